/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of a SignerInfo, whatever OpenSSL would say of them (R12, R14, R28). */
#include "tests/unit/signing.h"
#include "verifier/signature/profile.h"

#define APPENDED MODSEAL_EVIDENCE_APPENDED
#define DETACHED MODSEAL_EVIDENCE_DETACHED
#define SIGN	 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04

/* type: a whole identifier; more: what stands in the attribute behind its values */
static struct der attribute_of(struct der type, struct der value, struct der more)
{
	add(&type, tlv(MODSEAL_TLV_SET, value));
	add(&type, more);
	return tlv(MODSEAL_TLV_SEQUENCE, type);
}

/* A content type and a message digest of four bytes, as they must be, and one more. */
static struct der attributes(struct der more)
{
	struct der all =
		attribute_of(RAW(PKCS9(3)), RAW(PKCS7(1)), (struct der){.size = 0});

	add(&all,
	    attribute_of(RAW(PKCS9(4)), tlv(MODSEAL_TLV_OCTET_STRING, RAW(1, 2, 3, 4)),
			 (struct der){.size = 0}));
	add(&all, more);
	return tlv(0xa0, all);
}

static struct der signing_time(uint8_t tag, const char *text)
{
	return attributes(attribute_of(RAW(PKCS9(5)), tlv(tag, raw(text, strlen(text))),
				       (struct der){.size = 0}));
}

static int profile(enum modseal_evidence form, struct der algorithm,
		   struct der attributes)
{
	struct modseal_layout_signer signer = {
		.signature_object = modseal_span_of(algorithm.bytes, algorithm.size),
		.attributes = modseal_span_of(attributes.bytes, attributes.size),
	};
	struct modseal_span digest = {.size = 99};
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_profile_check(&signer, form, "x.so", &digest, &error);
	if (code == 0)
		cr_assert(eq(sz, digest.size, attributes.size ? 4 : 0));
	else
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	return code;
}

Test(profile, R12_attributes_are_there_or_not_by_algorithm)
{
	const struct {
		const char *name;
		struct der algorithm;
		bool wanted;
	} rows[] = {
		{"ed25519", RAW(0x2b, 0x65, 0x70), true},
		{"ml-dsa-44", RAW(SIGN, 0x03, 0x11), true},
		{"ml-dsa-65", RAW(SIGN, 0x03, 0x12), true},
		{"ml-dsa-87", RAW(SIGN, 0x03, 0x13), true},
		{"rsaEncryption", RAW(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1),
		 false},
		{"ecdsa-with-SHA256", RAW(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2), false},
		{"ed448", RAW(0x2b, 0x65, 0x71), false},
		{"before ml-dsa", RAW(SIGN, 0x03, 0x10), false},
		{"behind ml-dsa", RAW(SIGN, 0x03, 0x14), false},
		{"above ml-dsa", RAW(SIGN, 0x03, 0x11, 0x01), false},
		{"a digest's number", RAW(SIGN, 0x02, 0x11), false},
	};
	const struct der none = {.size = 0}, both = attributes(none);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int with = profile(APPENDED, rows[i].algorithm, both);

		if (!rows[i].wanted)
			cr_assert(strstr(error.message, "must not have") != NULL, "%s",
				  rows[i].name);
		cr_assert(
			eq(int, with, rows[i].wanted ? 0 : MODSEAL_E_SIGNATURE_MALFORMED),
			"R12 %s with: %s", rows[i].name, error.message);
		cr_assert(eq(int, profile(APPENDED, rows[i].algorithm, none),
			     rows[i].wanted ? MODSEAL_E_SIGNATURE_MALFORMED : 0),
			  "R12 %s without: %s", rows[i].name, error.message);
		cr_assert(zero(int, profile(DETACHED, rows[i].algorithm, both)),
			  "R12 %s detached: %s", rows[i].name, error.message);
		cr_assert(eq(int, profile(DETACHED, rows[i].algorithm, none),
			     MODSEAL_E_SIGNATURE_MALFORMED),
			  "R12 %s detached, without", rows[i].name);
		cr_assert(strstr(error.message, "must have") != NULL, "%s", rows[i].name);
	}
}

static const struct der ecdsa = {.bytes = {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2},
				 .size = 8};

Test(profile, R14_nothing_is_left_over_in_an_attribute)
{
	struct der more =
		attribute_of(RAW(PKCS9(52)), RAW(0x05, 0x00), (struct der){.size = 0});

	cr_assert(zero(int, profile(DETACHED, ecdsa, attributes(more))), "%s",
		  error.message);
	more = attribute_of(RAW(PKCS9(52)), RAW(0x05, 0x00), RAW(0x05, 0x00));
	cr_assert(eq(int, profile(DETACHED, ecdsa, attributes(more)),
		     MODSEAL_E_SIGNATURE_MALFORMED));
	cr_assert(strstr(error.message, "a signed attribute is malformed") != NULL, "%s",
		  error.message);
}

/* RFC 5652 11.3 and RFC 5280 4.1.2.5: in Zulu, with seconds, without fractions. */
Test(profile, R28_a_signing_time_is_of_a_right_type)
{
	static const struct {
		uint8_t tag;
		const char *text;
		bool good;
	} rows[] = {
		{MODSEAL_TLV_UTC_TIME, "260101000000Z", true},
		{MODSEAL_TLV_GENERALIZED_TIME, "20260101000000Z", true},
		{MODSEAL_TLV_GENERALIZED_TIME, "20260101000000.5Z", false},
		{MODSEAL_TLV_GENERALIZED_TIME, "260101000000Z", false},
		{MODSEAL_TLV_UTC_TIME, "20260101000000Z", false},
		{MODSEAL_TLV_UTC_TIME, "2601010000Z", false},
		{MODSEAL_TLV_UTC_TIME, "260101000000+", false},
		{MODSEAL_TLV_UTC_TIME, "26010100000:Z", false},
		{MODSEAL_TLV_UTC_TIME, "26010100000/Z", false},
		{MODSEAL_TLV_UTC_TIME, "", false},
		{MODSEAL_TLV_OCTET_STRING, "260101000000Z", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int code =
			profile(DETACHED, ecdsa, signing_time(rows[i].tag, rows[i].text));

		cr_assert(eq(int, code, rows[i].good ? 0 : MODSEAL_E_SIGNATURE_MALFORMED),
			  "R28 %s: %s", rows[i].text, error.message);
		if (!rows[i].good)
			cr_assert(strstr(error.message, "signing time") != NULL, "%s",
				  error.message);
	}
}
