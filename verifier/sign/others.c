/* SPDX-License-Identifier: Apache-2.0 */
/* Takes existing signatures apart, and finds out whether a key is among them and whether
 * they are over the same content. */
#include "verifier/sign/others.h"

#include "verifier/signature/profile.h"
#include "verifier/signature/signer_info.h"

#define REPLACE_ALL "use --force to replace the signatures there are"

static int already(struct modseal_error *error, const char *object, const char *what)
{
	int code = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				object, "%s", what);

	modseal_remedy(error, REPLACE_ALL);
	return code;
}

/* What is asked of each signature that is there. */
struct asked {
	const struct modseal_signing_key *key;
	const struct modseal_cms *cms;
	enum modseal_evidence form;
	struct modseal_content_digests digests;
	bool replace;
	const char *object;
};

/* Did the key make this signature? The name it goes by does not matter: a verifier counts
 * keys (design: counting signers). */
static int check_own(struct asked *asked, const struct modseal_signer_info *signer,
		     bool *ret_own, struct modseal_error *error)
{
	const struct modseal_certificate *own = &asked->key->signer->certificate;
	int result = modseal_signer_info_check(asked->key->crypto, signer, own->key, 0,
					       &asked->digests, asked->key->signer->name,
					       asked->object, error);

	*ret_own = true;
	if (result == 0 && (asked->replace || asked->key->replaced))
		return 0;
	if (result == 0) {
		result = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				      asked->object, "this key has signed it already");
		modseal_remedy(error, "use --append --force to replace the signature by "
				      "this key, or --force to replace all there are");
		return result;
	}
	if (result == MODSEAL_E_SIGNATURE_INVALID &&
	    modseal_cms_signer_is(signer->info, own->x509)) {
		modseal_remedy(error, REPLACE_ALL);
		if (!asked->replace)
			return result;
	} else if (result != MODSEAL_E_SIGNATURE_INVALID &&
		   result != MODSEAL_E_ALGORITHM_NOT_ALLOWED) {
		return result;
	} else {
		*ret_own = false;
	}
	modseal_error_clear(error);
	return 0;
}

static int other_content(const struct asked *asked,
			 const struct modseal_signer_info *signer,
			 struct modseal_error *error)
{
	char name[320];
	int code;

	modseal_cms_signer_text(signer->info, name, sizeof(name));
	code = modseal_fail(error, MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE,
			    asked->object,
			    "the signature that is there already, by %s, does not fit "
			    "the content: was the file changed since?",
			    name);
	modseal_remedy(error, REPLACE_ALL);
	return code;
}

/* 2.16.840.1.101.3.4.2.1 to .3 but for the last byte, SHA-256 to SHA-512 (RFC 5754 2) */
static const uint8_t sha2[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

static bool hash_of(struct modseal_span object, enum modseal_hash *ret_hash)
{
	if (object.size != sizeof(sha2) + 1 ||
	    memcmp(object.data, sha2, sizeof(sha2)) != 0 ||
	    object.data[sizeof(sha2)] < 1 ||
	    object.data[sizeof(sha2)] > MODSEAL_HASH_COUNT)
		return false;
	*ret_hash = (enum modseal_hash)(object.data[sizeof(sha2)] - 1);
	return true;
}

/* What shows without a key: *ret_differs is true where the message digest that was signed
 * is not the content's. False where there is none, or it is by a digest not known here.
 */
static int compare_content(const struct modseal_crypto *crypto,
			   const struct modseal_signer_info *signer,
			   struct modseal_content_digests *digests, bool *ret_differs,
			   struct modseal_error *error)
{
	enum modseal_hash hash;
	int result;

	*ret_differs = false;
	if (signer->message_digest.size == 0 ||
	    !hash_of(signer->layout->digest_object, &hash))
		return 0;
	result = modseal_content_digest(crypto, hash, digests, error);
	if (result < 0)
		return result;
	*ret_differs = !modseal_span_equal(
		signer->message_digest,
		modseal_span_of(digests->values[hash], modseal_hash_size(hash)));
	return 0;
}

/* A signature by others: a new one beside it would vouch for a content that it is not
 * over. Without its key only the digest it carries can be compared; with a certificate
 * that goes along, the signature itself. */
static int check_other(struct asked *asked, const struct modseal_signer_info *signer,
		       struct modseal_error *error)
{
	const struct modseal_crypto *crypto = asked->key->crypto;
	bool wrong = false, differs;
	int result = compare_content(crypto, signer, &asked->digests, &differs, error);

	if (result < 0)
		return result;
	if (differs)
		return other_content(asked, signer, error);
	for (int i = 0; i < sk_X509_num(asked->cms->certificates); i++) {
		X509 *x509 = sk_X509_value(asked->cms->certificates, i);
		struct modseal_certificate certificate;

		if (!modseal_cms_signer_is(signer->info, x509) ||
		    modseal_certificate_wrap(crypto, x509, &certificate, error) < 0)
			continue;
		result = modseal_signer_info_check(crypto, signer, certificate.key, 0,
						   &asked->digests, "its own certificate",
						   asked->object, error);
		modseal_certificate_clear(&certificate);
		if (result == 0)
			return 0;
		if (result == MODSEAL_E_SIGNATURE_INVALID)
			wrong = true;
		else if (result != MODSEAL_E_ALGORITHM_NOT_ALLOWED)
			return result;
	}
	modseal_error_clear(error);
	return wrong ? other_content(asked, signer, error) : 0;
}

/* A signature by the key whose place is taken: gone, whether it is good or not. */
static int check_replaced(struct asked *asked, const struct modseal_signer_info *signer,
			  bool *ret_replaced, struct modseal_error *error)
{
	const struct modseal_signing_key *signing = asked->key;
	struct asked other = *asked;
	int result;

	other.key = signing->replaced;
	other.replace = true;
	result = check_own(&other, signer, ret_replaced, error);
	asked->digests = other.digests;
	return result;
}

/* Which SignerInfos stay. */
static int check_all(struct asked *asked, bool keep[MODSEAL_MAX_SIGNER_INFOS],
		     struct modseal_error *error)
{
	const struct modseal_cms *cms = asked->cms;
	bool any = false, signed_already = false;

	for (size_t i = 0; i < cms->layout.signer_count; i++) {
		struct modseal_signer_info signer = {
			.info = sk_CMS_SignerInfo_value(cms->signers, (int)i),
			.layout = &cms->layout.signers[i],
		};
		bool own = false, replaced = false;
		int result =
			modseal_profile_check(signer.layout, asked->form, asked->object,
					      &signer.message_digest, error);

		if (result < 0) {
			modseal_remedy(error, REPLACE_ALL);
			return result;
		}
		if (asked->key->replaced)
			result = check_replaced(asked, &signer, &replaced, error);
		if (result == 0 && !replaced)
			result = check_own(asked, &signer, &own, error);
		if (result == 0 && !own && !replaced)
			result = check_other(asked, &signer, error);
		if (result < 0)
			return result;
		keep[i] = !own && !replaced;
		any = any || replaced;
		signed_already = signed_already || own;
	}
	if (any || !asked->key->replaced)
		return 0;
	if (signed_already)
		return modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				    asked->object,
				    "this key has signed it already, and '%s' has not",
				    asked->key->replaced->signer->name);
	return modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_SIGN,
			    asked->object, "it has no signature by '%s' to replace",
			    asked->key->replaced->signer->name);
}

/* A digest algorithm goes when nobody uses it any more: a verifier wants exactly those of
 * the SignerInfos. */
static void take_digests(const struct modseal_layout *layout, const bool *keep,
			 struct modseal_others *others)
{
	struct modseal_span set = layout->digest_algorithms, object, parameters, inside;
	struct modseal_tlv item;

	while (modseal_tlv_next(&set, &item)) {
		bool used = false;

		inside = item.whole;
		if (!modseal_layout_algorithm(&inside, &object, &parameters))
			return; /* the layout has read it */
		for (size_t i = 0; i < layout->signer_count; i++)
			used = used ||
			       (keep[i] &&
				modseal_span_equal(layout->signers[i].digest_object,
						   object));
		if (used)
			others->digests[others->digest_count++] = item.whole;
	}
}

/* A certificate goes with the only SignerInfo that names it. */
static void take_certificates(const struct modseal_cms *cms, const bool *keep,
			      struct modseal_others *others)
{
	struct modseal_span set = cms->layout.certificates;
	struct modseal_tlv item;

	for (int at = 0; modseal_tlv_next(&set, &item); at++) {
		X509 *x509 = sk_X509_value(cms->certificates, at);
		bool named = false, by_kept = false;

		for (size_t i = 0; i < cms->layout.signer_count; i++) {
			if (!modseal_cms_signer_is(
				    sk_CMS_SignerInfo_value(cms->signers, (int)i), x509))
				continue;
			named = true;
			by_kept = by_kept || keep[i];
		}
		if (by_kept || !named)
			others->certificates[others->certificate_count++] = item.whole;
	}
}

int modseal_others_read(const struct modseal_signing_key *key, enum modseal_evidence form,
			struct modseal_span content, struct modseal_span existing,
			bool replace, const char *object,
			struct modseal_others *ret_others, struct modseal_error *error)
{
	struct modseal_others others = {.signer_count = 0};
	const struct modseal_layout *layout = &others.cms.layout;
	bool keep[MODSEAL_MAX_SIGNER_INFOS] = {false};
	struct asked asked = {.key = key,
			      .cms = &others.cms,
			      .form = form,
			      .digests = {.content = content},
			      .replace = replace,
			      .object = object};
	int result = 0;

	modseal_crypto_forget();
	if (existing.size > 0)
		result = modseal_cms_read(key->crypto, existing,
					  form == MODSEAL_EVIDENCE_DETACHED, object,
					  &others.cms, error);
	if (result == 0)
		result = check_all(&asked, keep, error);
	if (result < 0) {
		modseal_others_clear(&others);
		return result;
	}
	take_digests(layout, keep, &others);
	take_certificates(&others.cms, keep, &others);
	for (size_t i = 0; i < layout->signer_count; i++) {
		if (!keep[i])
			continue;
		others.signers[others.signer_count++] = layout->signers[i].whole;
		others.version_3 =
			others.version_3 || layout->signers[i].by_key_identifier;
	}
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

/* The elements of a set that the layout has counted. */
static size_t split(struct modseal_span set, struct modseal_span *items, size_t most)
{
	struct modseal_tlv item;
	size_t count = 0;

	while (count < most && modseal_tlv_next(&set, &item))
		items[count++] = item.whole;
	return count;
}

static bool has(const struct modseal_span *items, size_t count, struct modseal_span item)
{
	for (size_t i = 0; i < count; i++)
		if (modseal_span_equal(items[i], item))
			return true;
	return false;
}

static int check_kept(const struct modseal_others *others, size_t added,
		      const struct modseal_crypto *crypto, struct modseal_span cms,
		      const char *object, struct modseal_error *error)
{
	struct modseal_span signers[MODSEAL_MAX_SIGNER_INFOS];
	struct modseal_span certificates[MODSEAL_MAX_CMS_CERTIFICATES];
	struct modseal_cms made = {.info = NULL};
	size_t certificate_count;
	bool kept;
	int result = modseal_cms_read(crypto, cms, false, object, &made, error);

	if (result < 0)
		return result;
	kept = made.layout.signer_count == others->signer_count + added;
	for (size_t i = 0; i < made.layout.signer_count; i++)
		signers[i] = made.layout.signers[i].whole;
	for (size_t i = 0; i < others->signer_count; i++)
		kept = kept && has(signers, made.layout.signer_count, others->signers[i]);
	certificate_count = split(made.layout.certificates, certificates,
				  MODSEAL_MAX_CMS_CERTIFICATES);
	for (size_t i = 0; i < others->certificate_count; i++)
		kept = kept &&
		       has(certificates, certificate_count, others->certificates[i]);
	modseal_cms_clear(&made);
	if (kept)
		return 0;
	return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN, object,
			    "a signature that was there is not in the result");
}

int modseal_others_kept(const struct modseal_others *others,
			const struct modseal_crypto *crypto, struct modseal_span cms,
			const char *object, struct modseal_error *error)
{
	if (others->signer_count == 0)
		return 0; /* alone, it was judged where it was made */
	return check_kept(others, 1, crypto, cms, object, error);
}

int modseal_others_alone(const struct modseal_others *others,
			 const struct modseal_crypto *crypto, struct modseal_span cms,
			 const char *object, struct modseal_error *error)
{
	return check_kept(others, 0, crypto, cms, object, error);
}

void modseal_others_clear(struct modseal_others *others)
{
	modseal_cms_clear(&others->cms);
	memset(others, 0, sizeof(*others));
}
