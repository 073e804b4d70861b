/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a revocation list strictly and keeps what is asked of it. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "internal/limits.h"
#include "keys/crl_signature.h"
#include "keys/der.h"
#include "keys/validity.h"

#define PEM_BEGIN "-----BEGIN "
#define FLAWED	  1 /* neither read (0) nor failed: the flaw says why */

/* RFC 5280 5.3.1. 7 is not used; 8, removeFromCRL, stands in delta lists only. */
static const char *const reasons[] = {
	"an unspecified reason",
	"keyCompromise",
	"cACompromise",
	"affiliationChanged",
	"superseded",
	"cessationOfOperation",
	"certificateHold",
	NULL,
	NULL,
	"privilegeWithdrawn",
	"aACompromise",
};

const char *modseal_crl_reason(uint32_t reason)
{
	return reason < sizeof(reasons) / sizeof(reasons[0]) ? reasons[reason] : NULL;
}

static int flaw(struct modseal_crl *crl, const char *what, struct modseal_error *error)
{
	modseal_crypto_forget();
	free(crl->flaw);
	crl->flaw = strdup(what);
	return crl->flaw ? FLAWED : modseal_fail_memory(error, MODSEAL_STAGE_KEY);
}

int modseal_crl_condemn(struct modseal_crl *crl, const char *what,
			struct modseal_error *error)
{
	int result = flaw(crl, what, error);

	return result == FLAWED ? 0 : result;
}

/* A failure inside OpenSSL's decoder: bad bytes, or no memory. */
static int flaw_decoding(struct modseal_crl *crl, const char *what,
			 struct modseal_error *error)
{
	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, crl->name, what);
	return flaw(crl, what, error);
}

/* ---- extensions ----------------------------------------------------------------------
 */

static const char *judge_extension(X509_EXTENSION *extension)
{
	switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
	case NID_delta_crl:
		return "is a delta list, which says only what is new";
	case NID_issuing_distribution_point:
		/* Which part may depend on where the list was fetched: whether it covers
		 * a certificate cannot be told offline. */
		return "covers only a part of its issuer's certificates "
		       "(issuingDistributionPoint)";
	default:
		break;
	}
	return X509_EXTENSION_get_critical(extension)
		       ? "has a critical extension that is not known here"
		       : NULL;
}

static int judge_extensions(const X509_CRL *list, struct modseal_crl *crl,
			    struct modseal_error *error)
{
	int count = X509_CRL_get_ext_count(list);
	long version = X509_CRL_get_version(list);

	if (version != X509_CRL_VERSION_1 && version != X509_CRL_VERSION_2)
		return flaw(crl, "is of an unknown version", error);
	if (count > 0 && version == X509_CRL_VERSION_1)
		return flaw(crl, "has extensions, but is of version 1", error);
	for (int i = 0; i < count; i++) {
		const char *problem = judge_extension(X509_CRL_get_ext(list, i));

		if (problem)
			return flaw(crl, problem, error);
	}
	return 0;
}

/* ENUMERATED in DER, one byte: all reasons are below 128. */
static bool read_reason(X509_EXTENSION *extension, uint8_t *ret_reason)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
	const uint8_t *bytes = ASN1_STRING_get0_data(value);

	if (ASN1_STRING_length(value) != 3 || bytes[0] != V_ASN1_ENUMERATED ||
	    bytes[1] != 1)
		return false;
	*ret_reason = bytes[2];
	return modseal_crl_reason(bytes[2]) != NULL;
}

static const char *judge_entry(const X509_REVOKED *revoked,
			       struct modseal_crl_entry *entry)
{
	int count = X509_REVOKED_get_ext_count(revoked);
	bool reasoned = false;

	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_REVOKED_get_ext(revoked, i);

		switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
		case NID_crl_reason:
			if (reasoned || !read_reason(extension, &entry->reason))
				return "gives a reason that a full list cannot have";
			reasoned = true;
			break;
		case NID_certificate_issuer:
			return "is an indirect list, with entries of other issuers";
		default:
			if (X509_EXTENSION_get_critical(extension))
				return "has an entry with a critical extension that is "
				       "not known here";
			break;
		}
	}
	if (!modseal_time_read(X509_REVOKED_get0_revocationDate(revoked), &entry->since))
		return "has an entry with a malformed date";
	return NULL;
}

/* ---- entries -------------------------------------------------------------------------
 */

static int compare_entries(const void *a, const void *b)
{
	const struct modseal_crl_entry *first = a;
	const struct modseal_crl_entry *second = b;

	if (first->negative != second->negative)
		return first->negative ? -1 : 1;
	if (first->size != second->size)
		return first->size < second->size ? -1 : 1;
	return first->size ? memcmp(first->serial, second->serial, first->size) : 0;
}

static void name_entry(struct modseal_crl_entry *entry, const ASN1_INTEGER *serial)
{
	entry->negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
	entry->size = (uint32_t)ASN1_STRING_length(serial);
	entry->serial = ASN1_STRING_get0_data(serial);
}

/* Out of OpenSSL's list, which is freed, into one block of our own. */
static int keep_serials(struct modseal_crl *crl, struct modseal_error *error)
{
	size_t used = 0;

	for (size_t i = 0; i < crl->count; i++)
		used += crl->entries[i].size;
	crl->serials = malloc(used ? used : 1);
	if (!crl->serials)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	used = 0;
	for (size_t i = 0; i < crl->count; i++) {
		struct modseal_crl_entry *entry = &crl->entries[i];

		if (entry->size)
			memcpy(crl->serials + used, entry->serial, entry->size);
		entry->serial = crl->serials + used;
		used += entry->size;
	}
	return 0;
}

static int take_entries(X509_CRL *list, bool extensible, struct modseal_crl *crl,
			struct modseal_error *error)
{
	STACK_OF(X509_REVOKED) *stack = X509_CRL_get_REVOKED(list);
	size_t count = stack ? (size_t)sk_X509_REVOKED_num(stack) : 0;
	int result;

	if (count == 0)
		return 0;
	crl->entries = calloc(count, sizeof(*crl->entries));
	if (!crl->entries)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	for (; crl->count < count; crl->count++) {
		const X509_REVOKED *revoked =
			sk_X509_REVOKED_value(stack, (int)crl->count);
		struct modseal_crl_entry *entry = &crl->entries[crl->count];
		const char *problem = judge_entry(revoked, entry);

		if (!problem && !extensible && X509_REVOKED_get_ext_count(revoked) > 0)
			problem = "has extensions, but is of version 1";
		if (problem)
			return flaw(crl, problem, error);
		name_entry(entry, X509_REVOKED_get0_serialNumber(revoked));
	}
	result = keep_serials(crl, error);
	if (result == 0)
		qsort(crl->entries, crl->count, sizeof(*crl->entries), compare_entries);
	return result;
}

static int take_list(const struct modseal_crypto *crypto, X509_CRL *list,
		     struct modseal_span der, struct modseal_crl *crl,
		     struct modseal_error *error)
{
	const char *problem = NULL;
	int result = judge_extensions(list, crl, error);

	if (result)
		return result;
	if (!modseal_time_read(X509_CRL_get0_lastUpdate(list), &crl->this_update))
		return flaw(crl, "has a malformed thisUpdate", error);
	if (!X509_CRL_get0_nextUpdate(list))
		return flaw(crl, "has no nextUpdate, so it would never end", error);
	if (!modseal_time_read(X509_CRL_get0_nextUpdate(list), &crl->next_update))
		return flaw(crl, "has a malformed nextUpdate", error);
	if (crl->next_update < crl->this_update)
		return flaw(crl, "ends before it begins", error);
	crl->issuer = X509_NAME_dup(X509_CRL_get_issuer(list));
	if (!crl->issuer)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	result = take_entries(list, X509_CRL_get_version(list) == X509_CRL_VERSION_2, crl,
			      error);
	if (result)
		return result;
	result = modseal_crl_take_signature(crypto, list, der, crl, &problem, error);
	return problem ? flaw(crl, problem, error) : result;
}

/* A second opinion on modseal_der_strict: OpenSSL, writing what it has read. */
static bool encodes_to(X509_CRL *list, struct modseal_span der)
{
	unsigned char *again = NULL;
	int size = i2d_X509_CRL(list, &again);
	bool equal =
		size > 0 && modseal_span_equal(modseal_span_of(again, (size_t)size), der);

	OPENSSL_free(again);
	return equal;
}

static int decode(const struct modseal_crypto *crypto, struct modseal_span der,
		  struct modseal_crl *crl, struct modseal_error *error)
{
	const unsigned char *at = der.data;
	X509_CRL *list;
	int result;

	if (der.size > MODSEAL_MAX_CRL_SIZE)
		return flaw(crl, "is larger than 4 MiB", error);
	if (!modseal_der_strict(der))
		return flaw(crl, "is not one revocation list in strict DER", error);
	list = X509_CRL_new_ex(modseal_crypto_library(crypto), NULL);
	if (!list)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, crl->name,
					   "no revocation list can be made");
	if (!d2i_X509_CRL(&list, &at, (long)der.size))
		result =
			flaw_decoding(crl, "is not a well-formed revocation list", error);
	else if (!encodes_to(list, der))
		result = flaw(crl, "is not in strict DER", error);
	else
		result = take_list(crypto, list, der, crl, error);
	X509_CRL_free(list); /* d2i_X509_CRL sets it to NULL where it frees it */
	return result;
}

static size_t count_blocks(struct modseal_span bytes)
{
	size_t count = 0;
	const uint8_t *at;

	while ((at = memmem(bytes.data, bytes.size, PEM_BEGIN, strlen(PEM_BEGIN)))) {
		count++;
		bytes.size -= (size_t)(at - bytes.data) + strlen(PEM_BEGIN);
		bytes.data = at + strlen(PEM_BEGIN);
	}
	return count;
}

static int decode_block(const struct modseal_crypto *crypto, struct modseal_span bytes,
			struct modseal_crl *crl, struct modseal_error *error)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	long size = 0;
	BIO *bio;
	int result;

	if (bytes.size > MODSEAL_MAX_CRL_FILE_SIZE)
		return flaw(crl, "is too large for one revocation list", error);
	/* Counted here, so that no block that OpenSSL passes over stays unseen. */
	if (count_blocks(bytes) != 1)
		return flaw(crl, "is neither DER nor one PEM block", error);
	bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
	if (!bio)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, crl->name,
					   "the revocation list cannot be read");
	if (PEM_read_bio(bio, &name, &header, &data, &size) != 1)
		result = flaw_decoding(crl, "is a damaged PEM block", error);
	else if (strcmp(name, PEM_STRING_X509_CRL) != 0 || header[0] != '\0')
		result = flaw(crl, "is a PEM block of another kind than X509 CRL", error);
	else
		result = decode(crypto, modseal_span_of(data, (size_t)size), crl, error);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data,
			   (size_t)size); /* it could be a key put there by mistake */
	BIO_free(bio);
	return result;
}

int modseal_crl_read(const struct modseal_crypto *crypto, const char *name,
		     struct modseal_span bytes, struct modseal_crl *ret_crl,
		     struct modseal_error *error)
{
	struct modseal_crl *crl = ret_crl;
	int result;

	modseal_crypto_forget();
	*crl = (struct modseal_crl){.absent = !bytes.data};
	crl->name = strdup(name);
	crl->signed_by = calloc(1, sizeof(*crl->signed_by));
	if (!crl->name || !crl->signed_by)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	if (crl->absent)
		return 0;
	result = modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, bytes,
				       crl->file_digest, error);
	if (result)
		return result;
	if (bytes.size == 0)
		result = flaw(crl, "is empty", error);
	else if (bytes.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		result = decode(crypto, bytes, crl, error);
	else
		result = decode_block(crypto, bytes, crl, error);
	modseal_crypto_forget();
	return result == FLAWED ? 0 : result;
}

void modseal_crl_clear(struct modseal_crl *crl)
{
	struct modseal_crl_maker *maker =
		crl->signed_by ? atomic_load(crl->signed_by) : NULL;

	if (maker)
		X509_free(maker->certificate);
	free(maker);
	free(crl->signed_by);
	free(crl->signature);
	free(crl->message);
	X509_ALGOR_free(crl->algorithm);
	X509_NAME_free(crl->issuer);
	free(crl->serials);
	free(crl->entries);
	free(crl->flaw);
	free(crl->name);
	memset(crl, 0, sizeof(*crl));
}

/* ---- what is asked of it -------------------------------------------------------------
 */

bool modseal_crl_names(const struct modseal_crl *crl,
		       const struct modseal_certificate *issuer)
{
	return !crl->absent && !crl->flaw &&
	       X509_NAME_cmp(crl->issuer, X509_get_subject_name(issuer->x509)) == 0;
}

const struct modseal_crl_entry *
modseal_crl_find(const struct modseal_crl *crl,
		 const struct modseal_certificate *certificate)
{
	struct modseal_crl_entry wanted = {0};

	if (crl->count == 0)
		return NULL;
	name_entry(&wanted, X509_get0_serialNumber(certificate->x509));
	return bsearch(&wanted, crl->entries, crl->count, sizeof(wanted),
		       compare_entries);
}
