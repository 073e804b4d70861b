/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a time-stamp token (RFC 3161, RFC 5816) against the signature it is for. */
#include "verifier/signature/timestamp.h"

#include "keys/leaf.h"
#include "keys/signer.h"
#include "keys/validity.h"
#include "verifier/signature/cms.h"
#include "verifier/signature/profile.h"
#include "verifier/signature/signer_info.h"

/* What clocks may differ by. */
#define MAX_AHEAD 300
/* An authority that knows the time no better than this says nothing. */
#define MAX_ACCURACY 3600

/* 2.16.840.1.101.3.4.2.1 to .3 but for the last byte, SHA-256 to SHA-512 (RFC 5754 2) */
static const uint8_t sha2[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

/* What is looked at of a TSTInfo. */
struct info {
	enum modseal_hash hash;
	struct modseal_span imprint;
	int64_t time;	  /* when it was made, says the authority, */
	int64_t accuracy; /* plus or minus these seconds */
};

struct check {
	const struct modseal_crypto *crypto;
	const struct modseal_timestamp_request *request;
	struct modseal_cms cms;
	struct modseal_token_attributes attributes;
	struct info info;
	const struct modseal_certificate *leaf; /* NULL: not found yet */
	struct modseal_certificate embedded;	/* what it is, where it came along */
};

static int refuse(const struct check *check, struct modseal_error *error,
		  const char *what)
{
	modseal_crypto_forget();
	return modseal_fail(error, MODSEAL_E_TIMESTAMP_INVALID, MODSEAL_STAGE_EVIDENCE,
			    check->request->object, "the time stamp is not good: %s",
			    what);
}

/* "No" of another check is no; what could not be decided stays so. */
static int conclude(const struct check *check, int result,
		    const struct modseal_error *why, struct modseal_error *error)
{
	if (modseal_code_exit(result) == 1)
		return refuse(check, error, why->message);
	if (error)
		*error = *why;
	return result;
}

static bool take_hash(struct modseal_span *rest, enum modseal_hash *ret_hash)
{
	struct modseal_span object, parameters;
	struct modseal_tlv item;
	uint8_t last;

	if (!modseal_layout_algorithm(rest, &object, &parameters) ||
	    object.size != sizeof(sha2) + 1 ||
	    memcmp(object.data, sha2, sizeof(sha2)) != 0)
		return false;
	last = object.data[sizeof(sha2)];
	if (last < 1 || last > MODSEAL_HASH_COUNT)
		return false;
	*ret_hash = (enum modseal_hash)(last - 1);
	return parameters.size == 0 ||
	       (modseal_tlv_take(&parameters, MODSEAL_TLV_NULL, &item) &&
		parameters.size == 0);
}

/* GeneralizedTime with seconds and perhaps a fraction of them, in Zulu (RFC 3161 2.4.2);
 * a fraction counts as a second. */
static bool read_time(struct modseal_span text, int64_t *ret_time)
{
	char whole[15];
	size_t fraction = text.size;

	if (text.size < sizeof(whole))
		return false;
	memcpy(whole, text.data, sizeof(whole));
	if (text.size > sizeof(whole)) {
		/* X.690 11.7: a point, digits of which the last is not 0 */
		if (whole[14] != '.' || text.data[text.size - 1] != 'Z' ||
		    text.data[text.size - 2] == '0' || text.size < sizeof(whole) + 2)
			return false;
		for (size_t i = sizeof(whole); i < text.size - 1; i++)
			if (text.data[i] < '0' || text.data[i] > '9')
				return false;
		whole[14] = 'Z';
	}
	if (!modseal_time_parse(modseal_span_of(whole, sizeof(whole)), false, ret_time))
		return false;
	*ret_time += fraction > sizeof(whole);
	return true;
}

/* Accuracy ::= SEQUENCE { seconds, [0] millis, [1] micros }, all optional; parts of a
 * second count as one. */
static bool read_accuracy(struct modseal_span rest, int64_t *ret_seconds)
{
	struct modseal_tlv item;
	int64_t seconds = 0;

	if (modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &item)) {
		if (item.value.size > 2 || item.value.data[0] & 0x80)
			return false;
		for (size_t i = 0; i < item.value.size; i++)
			seconds = seconds << 8 | item.value.data[i];
	}
	for (uint8_t tag = 0x80; tag <= 0x81; tag++)
		if (modseal_tlv_take(&rest, tag, &item)) {
			if (item.value.size < 1 || item.value.size > 2)
				return false;
			seconds++;
		}
	*ret_seconds = seconds;
	return rest.size == 0 && seconds <= MAX_ACCURACY;
}

/* Extensions ::= SEQUENCE OF { OBJECT IDENTIFIER, BOOLEAN DEFAULT FALSE, OCTET STRING };
 * none is known here, so none may be critical. */
static bool extensions_are_harmless(struct modseal_span rest)
{
	struct modseal_tlv extension, item;
	struct modseal_span inside;

	while (rest.size > 0) {
		if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &extension))
			return false;
		inside = extension.value;
		if (!modseal_tlv_take(&inside, MODSEAL_TLV_OBJECT, &item) ||
		    !modseal_tlv_take(&inside, MODSEAL_TLV_OCTET_STRING, &item) ||
		    inside.size != 0)
			return false;
	}
	return true;
}

/* RFC 3161 2.4.2: version 1, policy, imprint, serial number, time, accuracy, ordering,
 * nonce, [0] name, [1] extensions. */
static const char *read_info(struct modseal_span content, struct info *info)
{
	struct modseal_span rest = content, inside;
	struct modseal_tlv all, item;

	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &all) || rest.size != 0)
		return "its content is malformed";
	rest = all.value;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &item) ||
	    item.value.size != 1 || item.value.data[0] != 1)
		return "its content is not of version 1";
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_OBJECT, &item) ||
	    !modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item))
		return "its content is malformed";
	inside = item.value;
	if (!take_hash(&inside, &info->hash))
		return "it is not over a digest by SHA-256, SHA-384 or SHA-512";
	if (!modseal_tlv_take(&inside, MODSEAL_TLV_OCTET_STRING, &item) ||
	    inside.size != 0)
		return "its content is malformed";
	info->imprint = item.value;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &item) ||
	    !modseal_tlv_take(&rest, MODSEAL_TLV_GENERALIZED_TIME, &item) ||
	    !read_time(item.value, &info->time))
		return "its time is malformed";
	if (modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item) &&
	    !read_accuracy(item.value, &info->accuracy))
		return "its time is malformed, or not known to the hour";
	(void)modseal_tlv_take(&rest, MODSEAL_TLV_BOOLEAN, &item);
	(void)modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &item);
	(void)modseal_tlv_take(&rest, MODSEAL_TLV_CONTEXT(0), &item);
	if (modseal_tlv_take(&rest, MODSEAL_TLV_CONTEXT(1), &item) &&
	    !extensions_are_harmless(item.value))
		return "it has a critical extension that is not known";
	return rest.size == 0 ? NULL : "its content has left-over bytes";
}

static int check_imprint(const struct check *check, struct modseal_error *error)
{
	const struct info *info = &check->info;
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	int result = modseal_crypto_digest(check->crypto, info->hash,
					   check->request->signature, digest, error);

	if (result < 0)
		return result;
	if (modseal_span_equal(info->imprint,
			       modseal_span_of(digest, modseal_hash_size(info->hash))))
		return 0;
	return refuse(check, error, "it is for another signature");
}

static int check_time(const struct check *check, struct modseal_error *error)
{
	const struct modseal_clock *clock = check->request->clock;
	char when[MODSEAL_TIME_TEXT_SIZE], what[MODSEAL_TIME_TEXT_SIZE + 64];

	if (clock->now < clock->floor || check->info.time <= clock->now + MAX_AHEAD)
		return 0;
	modseal_time_text(check->info.time, when);
	snprintf(what, sizeof(what), "it is from the future (%s); check the clock", when);
	return refuse(check, error, what);
}

/*
 * Does SigningCertificateV2 (RFC 5035 3) name this certificate first?
 * SEQUENCE { SEQUENCE OF SEQUENCE { hashAlgorithm DEFAULT sha256, OCTET STRING, ... } }
 * A digest that nobody can find another certificate for needs no issuer and serial number
 * beside it. 1: yes, 0: no.
 */
static int names(const struct check *check, X509 *x509, struct modseal_error *error)
{
	struct modseal_span rest = check->attributes.signing_certificate;
	enum modseal_hash hash = MODSEAL_HASH_SHA256;
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	unsigned char *der = NULL;
	struct modseal_tlv item;
	int size, result;

	for (int level = 0; level < 3; level++) {
		if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item))
			return 0;
		rest = item.value;
	}
	if (rest.size > 0 && rest.data[0] == MODSEAL_TLV_SEQUENCE &&
	    !take_hash(&rest, &hash))
		return 0;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_OCTET_STRING, &item))
		return 0;
	size = i2d_X509(x509, &der);
	if (size <= 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE,
					   check->request->object,
					   "a certificate cannot be encoded");
	result = modseal_crypto_digest(check->crypto, hash,
				       modseal_span_of(der, (size_t)size), digest, error);
	OPENSSL_free(der);
	return result < 0 ? result
			  : modseal_span_equal(
				    item.value,
				    modseal_span_of(digest, modseal_hash_size(hash)));
}

/* Is it the certificate of the one signature? 1: yes, 0: no. */
static int is_leaf(const struct check *check, X509 *x509, struct modseal_error *error)
{
	CMS_SignerInfo *info = sk_CMS_SignerInfo_value(check->cms.signers, 0);

	return modseal_cms_signer_is(info, x509) ? names(check, x509, error) : 0;
}

/* The authority's certificate: it comes along, or is a signer's own. */
static int find_leaf(struct check *check, struct modseal_error *error)
{
	const struct modseal_timestamp_request *request = check->request;
	struct modseal_error why;
	int result = 0;

	for (size_t i = 0; result == 0 && i < request->signer_count; i++) {
		result = is_leaf(check, request->signers[i]->certificate.x509, error);
		if (result == 1)
			check->leaf = &request->signers[i]->certificate;
	}
	for (int i = 0; result == 0 && i < sk_X509_num(check->cms.certificates); i++) {
		X509 *x509 = sk_X509_value(check->cms.certificates, i);

		result = is_leaf(check, x509, error);
		if (result != 1)
			continue;
		result = modseal_certificate_wrap(check->crypto, x509, &check->embedded,
						  &why);
		if (result < 0)
			return conclude(check, result, &why, error);
		check->leaf = &check->embedded;
		return 0;
	}
	if (result < 0 || check->leaf)
		return result < 0 ? result : 0;
	return refuse(check, error,
		      "the certificate of its authority is not there, or not the one it "
		      "names");
}

/* Did the authority speak for this signer, and sign? Refuses with the code of the check
 * that says no; SIGNER_NOT_ALLOWED: it is somebody else's. */
static int try_signer(const struct check *check, size_t at,
		      struct modseal_timestamp *ret_timestamp,
		      struct modseal_error *error)
{
	const struct modseal_timestamp_request *request = check->request;
	const struct modseal_signer *signer = request->signers[at];
	const struct modseal_signer_info subject = {
		.info = sk_CMS_SignerInfo_value(check->cms.signers, 0),
		.layout = &check->cms.layout.signers[0],
		.message_digest = check->attributes.message_digest,
	};
	struct modseal_content_digests digests = {.content = check->cms.layout.content};
	/* whoever was valid at the latest time that it may be of */
	struct modseal_timestamp stamp = {.time = check->info.time + check->info.accuracy,
					  .signer = at};
	struct modseal_clock clock = *request->clock;
	int result;

	clock.stamped = true;
	clock.stamp = stamp.time;
	result = modseal_signer_accepts(check->crypto, signer, check->leaf,
					check->cms.certificates, request->revoked, &clock,
					request->object, &stamp.unlisted, error);
	/* a pinned key is an authority's all the same, and has its time */
	if (result == 0)
		result = modseal_stamper_judge(check->leaf, request->object, error);
	if (result == 0)
		result = modseal_validity_judge(check->leaf->x509, stamp.time, false,
						MODSEAL_STAGE_EVIDENCE, request->object,
						error);
	if (result == 0)
		result = modseal_signer_info_check(
			check->crypto, &subject, check->leaf->key, signer->algorithms,
			&digests, signer->name, request->object, error);
	if (result == 0)
		*ret_timestamp = stamp;
	return result;
}

static int find_signer(const struct check *check, struct modseal_timestamp *ret_timestamp,
		       struct modseal_error *error)
{
	char subject[256], what[320];
	struct modseal_error first, why;
	int refused = 0;

	for (size_t at = 0; at < check->request->signer_count; at++) {
		int result = try_signer(check, at, ret_timestamp, &why);

		if (result == 0)
			return 0;
		if (modseal_code_exit(result) != 1)
			return conclude(check, result, &why, error);
		if (result != MODSEAL_E_SIGNER_NOT_ALLOWED && !refused) {
			refused = result;
			first = why;
		}
	}
	if (refused)
		return conclude(check, refused, &first, error);
	modseal_certificate_subject(check->leaf, subject, sizeof(subject));
	snprintf(what, sizeof(what), "its authority '%s' is not one that is allowed here",
		 subject);
	return refuse(check, error, what);
}

static int check_token(struct check *check, struct modseal_timestamp *ret_timestamp,
		       struct modseal_error *error)
{
	const struct modseal_timestamp_request *request = check->request;
	struct modseal_error why;
	const char *problem;
	int result = modseal_cms_read_token(check->crypto, request->token,
					    request->object, &check->cms, &why);

	if (result == 0)
		result = modseal_profile_check_token(&check->cms.layout.signers[0],
						     request->object, &check->attributes,
						     &why);
	if (result < 0)
		return conclude(check, result, &why, error);
	problem = read_info(check->cms.layout.content, &check->info);
	if (problem)
		return refuse(check, error, problem);
	result = check_imprint(check, error);
	if (result == 0)
		result = check_time(check, error);
	if (result == 0)
		result = find_leaf(check, error);
	return result < 0 ? result : find_signer(check, ret_timestamp, error);
}

int modseal_timestamp_check(const struct modseal_crypto *crypto,
			    const struct modseal_timestamp_request *request,
			    struct modseal_timestamp *ret_timestamp,
			    struct modseal_error *error)
{
	struct check check = {.crypto = crypto, .request = request};
	int result;

	modseal_crypto_forget();
	result = check_token(&check, ret_timestamp, error);
	modseal_certificate_clear(&check.embedded);
	modseal_cms_clear(&check.cms);
	modseal_crypto_forget();
	return result;
}
