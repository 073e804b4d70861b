/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the attributes of a SignerInfo (RFC 5652 section 11) against the form's profile.
 */
#include "verifier/signature/profile.h"

/* 1.2.840.113549.1.9.3, .4, .5 (PKCS
 * #9); 1.2.840.113549.1.7.1; 1.2.840.113549.1.9.16.2.14, .2.47, .1.4 */
static const uint8_t content_type[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
				       0x0d, 0x01, 0x09, 0x03};
static const uint8_t message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
					 0x0d, 0x01, 0x09, 0x04};
static const uint8_t signing_time[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
				       0x0d, 0x01, 0x09, 0x05};
static const uint8_t plain_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
				     0x0d, 0x01, 0x07, 0x01};
static const uint8_t time_stamp[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
				     0x01, 0x09, 0x10, 0x02, 0x0e};
static const uint8_t signing_certificate[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					      0x01, 0x09, 0x10, 0x02, 0x2f};
static const uint8_t tst_info[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
				   0x01, 0x09, 0x10, 0x01, 0x04};
/* 1.3.101.112; 2.16.840.1.101.3.4.3.17 to .19 but for the last byte */
static const uint8_t ed25519[] = {0x2b, 0x65, 0x70};
static const uint8_t ml_dsa[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03};
#define ML_DSA_FIRST 0x11
#define ML_DSA_LAST  0x13

/* What is looked for among signed attributes, and how often it was there. */
struct found {
	unsigned content_types;
	unsigned message_digests;
	unsigned signing_times;
	unsigned signing_certificates;
	struct modseal_span digest;
	struct modseal_span certificate;
};

/* Algorithms whose CMS profile asks for signed attributes in every form. */
static bool wants_attributes(struct modseal_span algorithm)
{
	if (modseal_span_equal(algorithm, modseal_span_of(ed25519, sizeof(ed25519))))
		return true;
	return algorithm.size == sizeof(ml_dsa) + 1 &&
	       memcmp(algorithm.data, ml_dsa, sizeof(ml_dsa)) == 0 &&
	       algorithm.data[sizeof(ml_dsa)] >= ML_DSA_FIRST &&
	       algorithm.data[sizeof(ml_dsa)] <= ML_DSA_LAST;
}

/* Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY } */
static bool take_attribute(struct modseal_span *rest, struct modseal_tlv *ret_type,
			   struct modseal_span *ret_values)
{
	struct modseal_tlv attribute, type, values;
	struct modseal_span inside;

	if (!modseal_tlv_take(rest, MODSEAL_TLV_SEQUENCE, &attribute))
		return false;
	inside = attribute.value;
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_OBJECT, &type) ||
	    !modseal_tlv_take(&inside, MODSEAL_TLV_SET, &values) || inside.size != 0)
		return false;
	*ret_type = type;
	*ret_values = values.value;
	return true;
}

static bool take_only_value(struct modseal_span values, struct modseal_tlv *ret_value)
{
	return modseal_tlv_next(&values, ret_value) && values.size == 0;
}

/* RFC 5652 11.3: UTCTime or GeneralizedTime in Zulu, with seconds, without fractions. */
static bool is_time(const struct modseal_tlv *value)
{
	size_t digits = value->tag == MODSEAL_TLV_UTC_TIME	     ? 12
			: value->tag == MODSEAL_TLV_GENERALIZED_TIME ? 14
								     : 0;

	if (!digits || value->value.size != digits + 1 ||
	    value->value.data[digits] != 'Z')
		return false;
	for (size_t i = 0; i < digits; i++)
		if (value->value.data[i] < '0' || value->value.data[i] > '9')
			return false;
	return true;
}

static const char *note_attribute(const struct modseal_tlv *type,
				  struct modseal_span values, struct modseal_span content,
				  struct found *found)
{
	struct modseal_tlv value;
	bool single = take_only_value(values, &value);

	if (modseal_tlv_is_object(type, content_type, sizeof(content_type))) {
		found->content_types++;
		if (!single || !modseal_tlv_is_object(&value, content.data, content.size))
			return "the signed content type is not that of the content";
	} else if (modseal_tlv_is_object(type, message_digest, sizeof(message_digest))) {
		found->message_digests++;
		if (!single || value.tag != MODSEAL_TLV_OCTET_STRING ||
		    value.value.size == 0)
			return "the signed message digest is malformed";
		found->digest = value.value;
	} else if (modseal_tlv_is_object(type, signing_time, sizeof(signing_time))) {
		found->signing_times++;
		if (!single || !is_time(&value))
			return "the signing time is of a wrong type";
	} else if (modseal_tlv_is_object(type, signing_certificate,
					 sizeof(signing_certificate))) {
		found->signing_certificates++;
		found->certificate = single ? value.whole : values;
	}
	return NULL;
}

static const char *check_signed(struct modseal_span element, struct modseal_span content,
				struct found *ret_found)
{
	struct found found = {.content_types = 0};
	struct modseal_span attributes, values;
	struct modseal_tlv all, type;

	if (!modseal_tlv_next(&element, &all))
		return "the signed attributes are malformed";
	attributes = all.value;
	while (attributes.size > 0) {
		const char *problem;

		if (!take_attribute(&attributes, &type, &values))
			return "a signed attribute is malformed";
		problem = note_attribute(&type, values, content, &found);
		if (problem)
			return problem;
	}
	if (found.content_types != 1)
		return "there is not exactly one signed content type";
	if (found.message_digests != 1)
		return "there is not exactly one signed message digest";
	if (found.signing_times > 1)
		return "there is more than one signing time";
	*ret_found = found;
	return NULL;
}

static const char *check_unsigned(const struct modseal_layout_signer *signer)
{
	struct modseal_span rest = signer->unsigned_attributes, values;
	struct modseal_tlv all, type, value;

	if (rest.size == 0)
		return NULL;
	if (!modseal_tlv_next(&rest, &all))
		return "the unsigned attributes are malformed";
	rest = all.value;
	if (!take_attribute(&rest, &type, &values) || rest.size != 0 ||
	    !modseal_tlv_is_object(&type, time_stamp, sizeof(time_stamp)))
		return "there are unsigned attributes other than one time stamp";
	if (!take_only_value(values, &value) || !modseal_layout_is_token(value.whole))
		return "the time stamp is malformed";
	return NULL;
}

int modseal_profile_check(const struct modseal_layout_signer *signer,
			  enum modseal_evidence form, const char *object,
			  struct modseal_span *ret_message_digest,
			  struct modseal_error *error)
{
	bool wanted = form == MODSEAL_EVIDENCE_DETACHED ||
		      wants_attributes(signer->signature_object);
	struct found found = {.content_types = 0};
	const char *problem = NULL;

	if (wanted && signer->attributes.size == 0)
		problem = "a signature of this kind must have signed attributes";
	else if (!wanted && signer->attributes.size > 0)
		problem = "an appended signature of this kind must not have signed "
			  "attributes";
	else if (signer->attributes.size > 0)
		problem = check_signed(signer->attributes,
				       modseal_span_of(plain_data, sizeof(plain_data)),
				       &found);
	if (!problem)
		problem = check_unsigned(signer);
	if (problem)
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_EVIDENCE, object, "%s", problem);
	*ret_message_digest = found.digest;
	return 0;
}

int modseal_profile_check_token(const struct modseal_layout_signer *signer,
				const char *object,
				struct modseal_token_attributes *ret_attributes,
				struct modseal_error *error)
{
	struct found found = {.content_types = 0};
	const char *problem;

	if (signer->unsigned_attributes.size > 0)
		problem = "it has unsigned attributes";
	else
		problem =
			check_signed(signer->attributes,
				     modseal_span_of(tst_info, sizeof(tst_info)), &found);
	if (!problem && found.signing_certificates != 1)
		problem = "its authority does not name its certificate by SHA-2 "
			  "(signing certificate V2, RFC 5816)";
	if (problem)
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_EVIDENCE, object, "%s", problem);
	ret_attributes->message_digest = found.digest;
	ret_attributes->signing_certificate = found.certificate;
	return 0;
}

struct modseal_span modseal_profile_token(const struct modseal_layout_signer *signer)
{
	struct modseal_span rest = signer->unsigned_attributes, values;
	struct modseal_tlv all, type, value;

	if (!modseal_tlv_next(&rest, &all))
		return modseal_span_of(NULL, 0);
	rest = all.value;
	if (!take_attribute(&rest, &type, &values) || !take_only_value(values, &value))
		return modseal_span_of(NULL, 0);
	return value.whole;
}
