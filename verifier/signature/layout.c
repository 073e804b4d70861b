/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the layout of a CMS SignedData with nothing but bounds checks. */
#include "verifier/signature/layout.h"

#include "keys/der.h"

/* 1.2.840.113549.1.7.2, 1.2.840.113549.1.7.1, 1.2.840.113549.1.9.16.1.4 */
static const uint8_t signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
				      0x0d, 0x01, 0x07, 0x02};
static const uint8_t plain_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
				     0x0d, 0x01, 0x07, 0x01};
static const uint8_t tst_info[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
				   0x01, 0x09, 0x10, 0x01, 0x04};

#define VERSION_1 1
#define VERSION_3 3

static int malformed(struct modseal_error *error, const char *object, const char *what)
{
	return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED, MODSEAL_STAGE_EVIDENCE,
			    object, "%s", what);
}

/* A version number; 0 for anything that is none. */
static unsigned take_version(struct modseal_span *rest)
{
	struct modseal_tlv item;

	if (!modseal_tlv_take(rest, MODSEAL_TLV_INTEGER, &item) || item.value.size != 1)
		return 0;
	return item.value.data[0];
}

bool modseal_layout_algorithm(struct modseal_span *rest, struct modseal_span *ret_object,
			      struct modseal_span *ret_parameters)
{
	struct modseal_tlv algorithm, identifier;
	struct modseal_span inside;

	if (!modseal_tlv_take(rest, MODSEAL_TLV_SEQUENCE, &algorithm))
		return false;
	inside = algorithm.value;
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_OBJECT, &identifier))
		return false;
	*ret_object = identifier.value;
	*ret_parameters = inside;
	return true;
}

/* RFC 5754 section 2: the parameters of a SHA-2 digest are absent, or NULL. */
static bool take_digest_algorithm(struct modseal_span *rest,
				  struct modseal_span *ret_object)
{
	struct modseal_span parameters;
	struct modseal_tlv item;

	if (!modseal_layout_algorithm(rest, ret_object, &parameters))
		return false;
	return parameters.size == 0 ||
	       (modseal_tlv_take(&parameters, MODSEAL_TLV_NULL, &item) &&
		item.value.size == 0 && parameters.size == 0);
}

/* version, sid, digestAlgorithm, [0] signedAttrs, signatureAlgorithm, signature, [1] */
static const char *read_signer(struct modseal_span bytes,
			       struct modseal_layout_signer *signer)
{
	struct modseal_span rest = bytes, parameters;
	struct modseal_tlv item;
	unsigned version = take_version(&rest);

	if (version == VERSION_1 && modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item))
		signer->by_key_identifier = false;
	else if (version == VERSION_3 &&
		 modseal_tlv_take(&rest, MODSEAL_TLV_KEY_ID, &item))
		signer->by_key_identifier = true;
	else
		return "a SignerInfo's version does not fit the way it names its signer";
	signer->identifier = item.whole;
	if (!take_digest_algorithm(&rest, &signer->digest_object))
		return "a SignerInfo's digest algorithm is malformed";
	if (modseal_tlv_take(&rest, MODSEAL_TLV_CONTEXT(0), &item))
		signer->attributes = item.whole;
	if (!modseal_layout_algorithm(&rest, &signer->signature_object, &parameters))
		return "a SignerInfo's signature algorithm is malformed";
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_OCTET_STRING, &item))
		return "a SignerInfo has no signature";
	signer->signature = item.value;
	if (modseal_tlv_take(&rest, MODSEAL_TLV_CONTEXT(1), &item))
		signer->unsigned_attributes = item.whole;
	return rest.size == 0 ? NULL : "a SignerInfo has left-over bytes";
}

static const char *read_signers(struct modseal_span set, struct modseal_layout *layout)
{
	struct modseal_tlv item;

	if (set.size == 0)
		return "nobody signed: there is no SignerInfo";
	while (set.size > 0) {
		struct modseal_layout_signer signer = {.by_key_identifier = false};
		const char *problem;

		if (layout->signer_count == MODSEAL_MAX_SIGNER_INFOS)
			return "there are more than eight SignerInfos";
		if (!modseal_tlv_take(&set, MODSEAL_TLV_SEQUENCE, &item))
			return "a SignerInfo is malformed";
		signer.whole = item.whole;
		problem = read_signer(item.value, &signer);
		if (problem)
			return problem;
		layout->version_3 = layout->version_3 || signer.by_key_identifier;
		layout->signers[layout->signer_count++] = signer;
	}
	return NULL;
}

/* Exactly the digests of the SignerInfos, each once: an empty set once crashed decoders,
 * and a digest that nobody uses is a byte that nobody vouches for. */
static const char *check_digests(const struct modseal_layout *layout)
{
	struct modseal_span objects[MODSEAL_MAX_SIGNER_INFOS];
	struct modseal_span rest = layout->digest_algorithms;
	bool used[MODSEAL_MAX_SIGNER_INFOS] = {false};
	size_t count = 0;

	while (rest.size > 0) {
		if (count == MODSEAL_MAX_SIGNER_INFOS ||
		    !take_digest_algorithm(&rest, &objects[count]))
			return "the set of digest algorithms is malformed";
		count++;
	}
	for (size_t i = 0; i < layout->signer_count; i++) {
		size_t at = 0;

		while (at < count &&
		       !modseal_span_equal(layout->signers[i].digest_object, objects[at]))
			at++;
		if (at == count)
			return "a SignerInfo's digest is not in the set of digest "
			       "algorithms";
		used[at] = true;
	}
	for (size_t i = 0; i < count; i++)
		if (!used[i])
			return "the set of digest algorithms has one that no SignerInfo "
			       "uses";
	return NULL;
}

static const char *read_certificates(struct modseal_span *rest,
				     struct modseal_layout *layout)
{
	struct modseal_tlv item, certificate;
	struct modseal_span set;

	if (!modseal_tlv_take(rest, MODSEAL_TLV_CONTEXT(0), &item))
		return NULL;
	layout->certificates = item.value;
	for (set = item.value; set.size > 0; layout->certificate_count++) {
		if (layout->certificate_count == MODSEAL_MAX_CMS_CERTIFICATES)
			return "there are more than four certificates";
		if (!modseal_tlv_take(&set, MODSEAL_TLV_SEQUENCE, &certificate))
			return "a certificate is not of the plain kind";
	}
	return layout->certificate_count ? NULL : "the set of certificates is empty";
}

/* [0] { OCTET STRING { the DER of a TSTInfo } }, and nothing behind it. */
static bool take_token_content(struct modseal_span rest, struct modseal_span *ret_content)
{
	struct modseal_tlv item;
	struct modseal_span inside;

	if (!modseal_tlv_take(&rest, MODSEAL_TLV_CONTEXT(0), &item) || rest.size != 0)
		return false;
	inside = item.value;
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_OCTET_STRING, &item) ||
	    inside.size != 0)
		return false;
	*ret_content = item.value;
	return modseal_der_strict(item.value);
}

/* The value of SignedData: version, digests, content, [0] certificates, [1] CRLs,
 * signers. */
static const char *read_signed_data(struct modseal_span rest, bool token,
				    struct modseal_layout *layout)
{
	struct modseal_tlv item, content, type;
	unsigned version = take_version(&rest);
	struct modseal_span inside;
	const char *problem;

	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SET, &item))
		return "there is no set of digest algorithms";
	layout->digest_algorithms = item.value;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &content))
		return "there is no content type";
	inside = content.value;
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_OBJECT, &type))
		return "there is no content type";
	if (token && (!modseal_tlv_is_object(&type, tst_info, sizeof(tst_info)) ||
		      !take_token_content(inside, &layout->content)))
		return "its content is not a TSTInfo";
	if (!token && !modseal_tlv_is_object(&type, plain_data, sizeof(plain_data)))
		return "the content type is not id-data";
	if (!token && inside.size != 0)
		return "the signature carries content of its own";
	problem = read_certificates(&rest, layout);
	if (problem)
		return problem;
	if (rest.size > 0 && rest.data[0] == MODSEAL_TLV_CONTEXT(1))
		return "the signature carries revocation lists";
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SET, &item) || rest.size != 0)
		return "the SignedData does not end with its SignerInfos";
	problem = read_signers(item.value, layout);
	if (problem)
		return problem;
	if (token && layout->signer_count != 1)
		return "it has more than one signature";
	if (version != (token || layout->version_3 ? VERSION_3 : VERSION_1))
		return "the version of the SignedData does not fit its SignerInfos";
	return check_digests(layout);
}

/* ContentInfo { signedData, [0] { SignedData } }, and nothing behind it. */
static bool open_content_info(struct modseal_span bytes, struct modseal_span *ret_inside)
{
	struct modseal_tlv outer, type, explicit, data;
	struct modseal_span rest = bytes;

	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &outer) || rest.size != 0)
		return false;
	rest = outer.value;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_OBJECT, &type) ||
	    !modseal_tlv_is_object(&type, signed_data, sizeof(signed_data)) ||
	    !modseal_tlv_take(&rest, MODSEAL_TLV_CONTEXT(0), &explicit) || rest.size != 0)
		return false;
	rest = explicit.value;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &data) || rest.size != 0)
		return false;
	*ret_inside = data.value;
	return true;
}

static int read_layout(struct modseal_span cms, bool token, const char *object,
		       struct modseal_layout *ret_layout, struct modseal_error *error)
{
	struct modseal_layout layout = {.signer_count = 0};
	struct modseal_span inside;
	const char *problem;

	if (cms.size > MODSEAL_MAX_CMS_SIZE)
		return malformed(error, object, "the signature is larger than 64 KiB");
	if (!open_content_info(cms, &inside))
		return malformed(error, object,
				 "the signature is not a CMS SignedData in DER");
	if (!modseal_der_strict(cms))
		return malformed(error, object, "the signature is not strict DER");
	problem = read_signed_data(inside, token, &layout);
	if (problem)
		return malformed(error, object, problem);
	*ret_layout = layout;
	return 0;
}

int modseal_layout_read(struct modseal_span cms, const char *object,
			struct modseal_layout *ret_layout, struct modseal_error *error)
{
	return read_layout(cms, false, object, ret_layout, error);
}

int modseal_layout_read_token(struct modseal_span token, const char *object,
			      struct modseal_layout *ret_layout,
			      struct modseal_error *error)
{
	return read_layout(token, true, object, ret_layout, error);
}

bool modseal_layout_is_token(struct modseal_span bytes)
{
	struct modseal_tlv item, type;
	struct modseal_span rest, inside;

	if (!open_content_info(bytes, &rest) || take_version(&rest) != VERSION_3 ||
	    !modseal_tlv_take(&rest, MODSEAL_TLV_SET, &item) ||
	    !modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item))
		return false;
	inside = item.value;
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_OBJECT, &type) ||
	    !modseal_tlv_is_object(&type, tst_info, sizeof(tst_info)) ||
	    !take_token_content(inside, &inside))
		return false;
	/* RFC 3161 2.4.2: version 1, policy, imprint, serial number, time, and options */
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_SEQUENCE, &item) || inside.size != 0)
		return false;
	inside = item.value;
	return take_version(&inside) == VERSION_1 &&
	       modseal_tlv_take(&inside, MODSEAL_TLV_OBJECT, &item) &&
	       modseal_tlv_take(&inside, MODSEAL_TLV_SEQUENCE, &item) &&
	       modseal_tlv_take(&inside, MODSEAL_TLV_INTEGER, &item) &&
	       modseal_tlv_take(&inside, MODSEAL_TLV_GENERALIZED_TIME, &item);
}
