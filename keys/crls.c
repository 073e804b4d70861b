/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the list of each issuer of a path, and judges whether it may be believed. */
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/limits.h"
#include "keys/crls.h"
#include "keys/leaf.h"
#include "keys/validity.h"

#define SECONDS_PER_DAY 86400

/* One certificate and who issued it. */
struct link {
	const struct modseal_crypto *crypto;
	const struct modseal_signer *signer;
	const struct modseal_certificate *certificate;
	const struct modseal_certificate *issuer;
	int64_t when;
	bool below_floor;
	const char *object;
};

__attribute__((format(printf, 4, 5))) static int
refuse_list(const struct link *link, const struct modseal_crl *crl,
	    struct modseal_error *error, const char *format, ...)
{
	char what[640];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	modseal_crypto_forget();
	return modseal_fail(error, MODSEAL_E_CRL_UNUSABLE, MODSEAL_STAGE_EVIDENCE,
			    link->object, "the revocation list %s of the signer '%s' %s",
			    crl->name, link->signer->name, what);
}

/* RFC 5280 6.3.3 (f): a CA whose key usage leaves cRLSign out signs no lists. */
static bool may_sign_lists(const struct modseal_certificate *issuer)
{
	uint32_t flags = X509_get_extension_flags(issuer->x509);

	return modseal_certificate_is_authority(issuer) &&
	       ((flags & EXFLAG_KUSAGE) == 0 ||
		(X509_get_key_usage(issuer->x509) & KU_CRL_SIGN) != 0);
}

/* True for "no" about a signature; anything else is "could not decide". */
static bool is_refusal(int code)
{
	return code == MODSEAL_E_SIGNATURE_INVALID ||
	       code == MODSEAL_E_ALGORITHM_NOT_ALLOWED;
}

static int find_list(const struct link *link, const struct modseal_crl **ret_crl,
		     struct modseal_error *error)
{
	const struct modseal_crl *newest = NULL;

	for (size_t i = 0; i < link->signer->crl_count; i++) {
		const struct modseal_crl *crl = &link->signer->crls[i];
		struct modseal_error why;
		bool other;
		int result;

		if (crl->flaw)
			return refuse_list(link, crl, error, "%s", crl->flaw);
		if (!modseal_crl_names(crl, link->issuer))
			continue;
		if (!may_sign_lists(link->issuer))
			return refuse_list(link, crl, error,
					   "is by a CA whose key usage lacks cRLSign");
		result = modseal_crl_verify(link->crypto, crl, link->issuer, link->object,
					    &other, &why);
		if (is_refusal(result))
			return refuse_list(link, crl, error,
					   "is not signed by its issuer: %s",
					   why.message);
		if (result) {
			if (error)
				*error = why;
			return result;
		}
		if (!other && (!newest || crl->this_update > newest->this_update))
			newest = crl;
	}
	*ret_crl = newest;
	return 0;
}

/* What is there instead of the list that is missing. */
static void list_files(const struct modseal_signer *signer, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < signer->crl_count && used < size; i++) {
		const struct modseal_crl *crl = &signer->crls[i];
		int length =
			snprintf(text + used, size - used, "%s%s is %s", i ? ", " : "",
				 crl->name, crl->absent ? "not there" : "another CA's");

		used += length > 0 ? (size_t)length : 0;
	}
}

static int refuse_missing(const struct link *link, struct modseal_error *error)
{
	char subject[256], files[512];
	int result;

	modseal_certificate_subject(link->issuer, subject, sizeof(subject));
	list_files(link->signer, files, sizeof(files));
	result = modseal_fail(error, MODSEAL_E_CRL_UNUSABLE, MODSEAL_STAGE_EVIDENCE,
			      link->object,
			      "the signer '%s' asks for a revocation list by '%s', and "
			      "there is none: %s",
			      link->signer->name, subject, files);
	modseal_remedy(error, "add the newest list of '%s' to the signer's crl-files",
		       subject);
	return result;
}

static int refuse_revoked(const struct link *link, const struct modseal_crl *crl,
			  const struct modseal_crl_entry *entry,
			  struct modseal_error *error)
{
	char since[MODSEAL_TIME_TEXT_SIZE], serial[48] = "", what[256];
	size_t shown = entry->size < 20 ? entry->size : 20; /* RFC 5280 4.1.2.2 */

	for (size_t i = 0; i < shown; i++)
		snprintf(serial + 2 * i, sizeof(serial) - 2 * i, "%02X",
			 entry->serial[i]);
	modseal_time_text(entry->since, since);
	snprintf(what, sizeof(what), "(serial number %s%s%s) was revoked at %s for %s",
		 entry->negative ? "-" : "", serial, shown < entry->size ? "..." : "",
		 since, modseal_crl_reason(entry->reason));
	modseal_certificate_refuse(link->certificate, MODSEAL_E_REVOKED, link->object,
				   what, error);
	modseal_remedy(error,
		       "sign it again with a certificate that is not revoked; the "
		       "list is %s",
		       crl->name);
	return MODSEAL_E_REVOKED;
}

static int judge_link(const struct link *link, bool *ret_missing,
		      struct modseal_error *error)
{
	const struct modseal_signer *signer = link->signer;
	const struct modseal_crl_entry *entry;
	const struct modseal_crl *crl = NULL;
	char when[MODSEAL_TIME_TEXT_SIZE];
	int result = find_list(link, &crl, error);

	if (result)
		return result;
	/* Whatever its age: what was revoked once is not good because time has passed. */
	entry = crl ? modseal_crl_find(crl, link->certificate) : NULL;
	if (entry)
		return refuse_revoked(link, crl, entry, error);
	if (crl && crl->next_update < link->when) {
		modseal_time_text(crl->next_update, when);
		return refuse_list(link, crl, error, "has expired at %s", when);
	}
	if (crl && crl->this_update > link->when && !link->below_floor) {
		modseal_time_text(crl->this_update, when);
		return refuse_list(link, crl, error,
				   "is from the future (%s); check the clock", when);
	}
	if (crl && signer->crl_maximum_age &&
	    link->when - crl->this_update > signer->crl_maximum_age) {
		if (signer->crl_demand == MODSEAL_CRL_REQUIRED) {
			modseal_time_text(crl->this_update, when);
			return refuse_list(
				link, crl, error,
				"is too old: it is of %s, and "
				"crl-maximum-age is %lld",
				when,
				(long long)(signer->crl_maximum_age / SECONDS_PER_DAY));
		}
		crl = NULL;
	}
	if (crl)
		return 0;
	if (signer->crl_demand == MODSEAL_CRL_REQUIRED)
		return refuse_missing(link, error);
	*ret_missing = true;
	return 0;
}

int modseal_crls_judge(const struct modseal_crypto *crypto,
		       const struct modseal_signer *signer,
		       const struct modseal_certificate *const *path, size_t count,
		       int64_t when, bool below_floor, const char *object,
		       bool *ret_missing, struct modseal_error *error)
{
	if (signer->crl_demand == MODSEAL_CRL_NONE)
		return 0;
	for (size_t i = 0; i + 1 < count; i++) {
		const struct link link = {
			.crypto = crypto,
			.signer = signer,
			.certificate = path[i],
			.issuer = path[i + 1],
			.when = when,
			.below_floor = below_floor,
			.object = object,
		};
		int result = judge_link(&link, ret_missing, error);

		if (result)
			return result;
	}
	return 0;
}

/* ---- when the signer is made ---------------------------------------------------------
 */

/* *why gets the reason where the list bears the issuer's name and not its signature. */
static int try_issuer(const struct modseal_crypto *crypto, const struct modseal_crl *crl,
		      const struct modseal_certificate *issuer, struct modseal_error *why,
		      struct modseal_error *error)
{
	struct modseal_error cause;
	bool other;
	int result;

	if (!modseal_crl_names(crl, issuer) || !may_sign_lists(issuer))
		return 0;
	result = modseal_crl_verify(crypto, crl, issuer, crl->name, &other, &cause);
	if (result == 0)
		return 0;
	if (is_refusal(result)) {
		*why = cause;
		return 0;
	}
	if (error)
		*error = cause;
	return result;
}

/* A list in the name of the signer's own CAs that none of them has signed is forged or
 * damaged, whoever brings another CA of that name along. */
static int try_issuers(const struct modseal_crypto *crypto, struct modseal_signer *signer,
		       struct modseal_crl *crl, struct modseal_error *error)
{
	struct modseal_error why = {.code = 0};
	char what[640];
	int result = try_issuer(crypto, crl, &signer->certificate, &why, error);

	for (size_t i = 0; result == 0 && i < signer->intermediate_count; i++)
		result = try_issuer(crypto, crl, &signer->intermediates[i], &why, error);
	if (result || why.code == 0 || atomic_load(crl->signed_by))
		return result;
	snprintf(what, sizeof(what), "is not signed by its issuer: %.500s", why.message);
	return modseal_crl_condemn(crl, what, error);
}

int modseal_crls_open(const struct modseal_crypto *crypto, struct modseal_signer *signer,
		      const struct modseal_crl_source *sources, size_t count,
		      struct modseal_error *error)
{
	int result = 0;

	if (count == 0)
		return 0;
	signer->crls = calloc(count, sizeof(*signer->crls));
	if (!signer->crls)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct modseal_crl *crl = &signer->crls[signer->crl_count++];

		result = modseal_crl_read(crypto, sources[i].name, sources[i].bytes, crl,
					  error);
		if (result == 0)
			result = try_issuers(crypto, signer, crl, error);
	}
	return result;
}

void modseal_crls_close(struct modseal_signer *signer)
{
	for (size_t i = 0; i < signer->crl_count; i++)
		modseal_crl_clear(&signer->crls[i]);
	free(signer->crls);
}

int64_t modseal_signer_listed_at(const struct modseal_signer *signer, int64_t latest)
{
	int64_t newest = INT64_MIN;

	for (size_t i = 0; i < signer->crl_count; i++) {
		const struct modseal_crl *crl = &signer->crls[i];

		if (crl->signed_by && atomic_load(crl->signed_by) &&
		    crl->this_update <= latest && crl->this_update > newest)
			newest = crl->this_update;
	}
	return newest;
}

size_t modseal_signer_list_digests(const struct modseal_signer *signer,
				   uint8_t (*ret_digests)[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; ret_digests && i < signer->crl_count; i++)
		memcpy(ret_digests[i], signer->crls[i].file_digest, MODSEAL_SHA256_SIZE);
	return signer->crl_count;
}
