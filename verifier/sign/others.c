/* SPDX-License-Identifier: Apache-2.0 */
/* Takes existing signatures apart and finds out whether a key is among them. */
#include "verifier/sign/others.h"

#include "verifier/signature/profile.h"
#include "verifier/signature/signer_info.h"

static int already(struct modseal_error *error, const char *object, const char *what)
{
	int code = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				object, "%s", what);

	modseal_remedy(error, "use --force to replace the signatures there are");
	return code;
}

/* Did the key make this signature? The name it goes by does not matter: a verifier counts
 * keys (design: counting signers). */
static int check_one(const struct modseal_signing_key *key,
		     struct modseal_signer_info *signer, enum modseal_evidence form,
		     struct modseal_content_digests *digests, const char *object,
		     struct modseal_error *error)
{
	X509 *own = key->signer->certificate.x509;
	int result = modseal_profile_check(signer->layout, form, object,
					   &signer->message_digest, error);

	if (result < 0) {
		modseal_remedy(error, "use --force to replace the signatures there are");
		return result;
	}
	result = modseal_signer_info_check(key->crypto, signer,
					   key->signer->certificate.key, 0, digests,
					   key->signer->name, object, error);
	if (result == 0)
		return already(error, object, "this key has signed it already");
	if (result != MODSEAL_E_SIGNATURE_INVALID &&
	    result != MODSEAL_E_ALGORITHM_NOT_ALLOWED)
		return result;
	if (result == MODSEAL_E_SIGNATURE_INVALID &&
	    modseal_cms_signer_is(signer->info, own)) {
		modseal_remedy(error, "use --force to replace the signatures there are");
		return result;
	}
	modseal_error_clear(error);
	return 0;
}

static int check_all(const struct modseal_signing_key *key, enum modseal_evidence form,
		     struct modseal_span content, const struct modseal_cms *cms,
		     const char *object, struct modseal_error *error)
{
	struct modseal_content_digests digests = {.content = content};

	for (size_t i = 0; i < cms->layout.signer_count; i++) {
		struct modseal_signer_info signer = {
			.info = sk_CMS_SignerInfo_value(cms->signers, (int)i),
			.layout = &cms->layout.signers[i],
		};
		int result = check_one(key, &signer, form, &digests, object, error);

		if (result < 0)
			return result;
	}
	return 0;
}

/* The elements of a set that the layout has counted. */
static size_t split(struct modseal_span set, struct modseal_span *items, size_t most)
{
	struct modseal_tlv item;
	size_t count = 0;

	while (count < most && modseal_tlv_next(&set, &item))
		items[count++] = item.whole;
	return count;
}

int modseal_others_read(const struct modseal_signing_key *key, enum modseal_evidence form,
			struct modseal_span content, struct modseal_span existing,
			const char *object, struct modseal_others *ret_others,
			struct modseal_error *error)
{
	struct modseal_others others = {.signer_count = 0};
	const struct modseal_layout *layout = &others.cms.layout;
	int result =
		modseal_cms_read(key->crypto, existing, form == MODSEAL_EVIDENCE_DETACHED,
				 object, &others.cms, error);

	if (result == 0)
		result = check_all(key, form, content, &others.cms, object, error);
	if (result < 0) {
		modseal_others_clear(&others);
		return result;
	}
	others.digest_count = split(layout->digest_algorithms, others.digests,
				    MODSEAL_MAX_SIGNER_INFOS);
	others.certificate_count = split(layout->certificates, others.certificates,
					 MODSEAL_MAX_CMS_CERTIFICATES);
	for (size_t i = 0; i < layout->signer_count; i++)
		others.signers[others.signer_count++] = layout->signers[i].whole;
	others.version_3 = layout->version_3;
	*ret_others = others;
	return 0;
}

/* The object identifier of a digest algorithm: parameters may be NULL or absent. */
static bool same_digest(struct modseal_span a, struct modseal_span b)
{
	struct modseal_span first, second, parameters;

	return modseal_layout_algorithm(&a, &first, &parameters) &&
	       modseal_layout_algorithm(&b, &second, &parameters) &&
	       modseal_span_equal(first, second);
}

int modseal_others_join(struct modseal_others *others, struct modseal_span signer,
			struct modseal_span digest, struct modseal_span certificate,
			const char *object, struct modseal_error *error)
{
	size_t at = 0;

	if (others->signer_count == MODSEAL_MAX_SIGNER_INFOS)
		return already(error, object,
			       "there are eight signatures, which is all that fit");
	others->signers[others->signer_count++] = signer;
	/* each of at most seven others brings at most one digest algorithm */
	while (at < others->digest_count && !same_digest(others->digests[at], digest))
		at++;
	if (at == others->digest_count)
		others->digests[others->digest_count++] = digest;
	if (certificate.size == 0)
		return 0;
	for (at = 0; at < others->certificate_count; at++)
		if (modseal_span_equal(others->certificates[at], certificate))
			return 0;
	if (others->certificate_count == MODSEAL_MAX_CMS_CERTIFICATES)
		return already(error, object,
			       "there are four certificates, which is all that fit");
	others->certificates[others->certificate_count++] = certificate;
	return 0;
}

void modseal_others_clear(struct modseal_others *others)
{
	modseal_cms_clear(&others->cms);
	memset(others, 0, sizeof(*others));
}
