/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/data/crl.sh made, and revocation lists that no CA would make. */
#ifndef TESTS_UNIT_CRL_FORGE_H
#define TESTS_UNIT_CRL_FORGE_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "internal/limits.h"
#include "keyring.h"
#include "keys/crls.h"

#define LISTS "../crl/" /* from KEYS_DIR */
/* Moments; root.crl and its like are of 2026 and hold until 2096. */
#define Y2026	   INT64_C(1767225600)
#define MIDDLE2026 INT64_C(1782000000) /* 2026-06-21 */
#define Y2028	   INT64_C(1830297600)
#define Y2030	   INT64_C(1893456000)
#define Y2096	   INT64_C(3976214400)
#define DAY	   INT64_C(86400)

/* A list to be made: by root, unless said otherwise, good, and empty. */
struct forged_list {
	const char *by;		      /* "root": root.pem and root.key */
	int64_t this_update;	      /* 0: the beginning of 2026 */
	int64_t next_update;	      /* 0: of 2096; -1: none */
	long version;		      /* 0: 2; -1: 1 */
	const char *serials[3];	      /* hexadecimal, "-" in front: negative */
	const char *reason;	      /* DER of the first entry's reason, hexadecimal */
	const char *extensions[2][3]; /* object, "critical" or NULL, DER */
	const char *entry[3];	      /* the same, of the first entry */
	const char *digest;	      /* NULL: SHA-256; "": the key takes none */
	bool garbled;		      /* one byte of the signature is another */
};

static inline X509_EXTENSION *forged_extension(const char *const description[3])
{
	long size = 0;
	unsigned char *bytes = OPENSSL_hexstr2buf(description[2], &size);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *type = OBJ_txt2obj(description[0], 0);
	X509_EXTENSION *extension;

	cr_assert(bytes && value && type);
	ASN1_OCTET_STRING_set(value, bytes, (int)size);
	extension =
		X509_EXTENSION_create_by_OBJ(NULL, type, description[1] != NULL, value);
	ASN1_OBJECT_free(type);
	ASN1_OCTET_STRING_free(value);
	OPENSSL_free(bytes);
	return extension;
}

static inline void forge_entry(X509_CRL *list, const char *hexadecimal,
			       const struct forged_list *plan, bool first)
{
	const char *const reason[3] = {"2.5.29.21", NULL, plan->reason};
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *since = ASN1_TIME_set(NULL, Y2026);
	BIGNUM *number = NULL;
	ASN1_INTEGER *serial;
	X509_EXTENSION *extension;

	BN_hex2bn(&number, hexadecimal);
	serial = BN_to_ASN1_INTEGER(number, NULL);
	X509_REVOKED_set_serialNumber(entry, serial);
	X509_REVOKED_set_revocationDate(entry, since);
	if (first && plan->reason) {
		extension = forged_extension(reason);
		X509_REVOKED_add_ext(entry, extension, -1);
		X509_EXTENSION_free(extension);
	}
	if (first && plan->entry[0]) {
		extension = forged_extension(plan->entry);
		X509_REVOKED_add_ext(entry, extension, -1);
		X509_EXTENSION_free(extension);
	}
	cr_assert(X509_CRL_add0_revoked(list, entry) == 1);
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(since);
	BN_free(number);
}

static inline void forge_sign(X509_CRL *list, const struct forged_list *plan)
{
	const EVP_MD *digest =
		EVP_get_digestbyname(plan->digest ? plan->digest : "SHA256");
	char path[4096];
	FILE *file;
	EVP_PKEY *key;
	X509 *issuer;

	snprintf(path, sizeof(path), KEYS_DIR LISTS "%s.pem",
		 plan->by ? plan->by : "root");
	file = fopen(path, "r");
	cr_assert(file != NULL, "%s", path);
	issuer = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	snprintf(path, sizeof(path), KEYS_DIR LISTS "%s.key",
		 plan->by ? plan->by : "root");
	file = fopen(path, "r");
	cr_assert(file != NULL, "%s", path);
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	cr_assert(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)) == 1);
	cr_assert(X509_CRL_sign(list, key, digest) > 0);
	EVP_PKEY_free(key);
	X509_free(issuer);
}

/* In DER; to be dropped with keyring_drop. */
static inline struct modseal_span forge_list(const struct forged_list *plan)
{
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(
		NULL, (time_t)(plan->this_update ? plan->this_update : Y2026));
	unsigned char *der = NULL;
	uint8_t *copy;
	int size;

	if (plan->version >= 0)
		X509_CRL_set_version(list, plan->version ? plan->version : 1);
	X509_CRL_set1_lastUpdate(list, time);
	ASN1_TIME_set(time, (time_t)(plan->next_update ? plan->next_update : Y2096));
	if (plan->next_update >= 0)
		X509_CRL_set1_nextUpdate(list, time);
	for (size_t i = 0; i < 3 && plan->serials[i]; i++)
		forge_entry(list, plan->serials[i], plan, i == 0);
	for (size_t i = 0; i < 2 && plan->extensions[i][0]; i++) {
		X509_EXTENSION *extension = forged_extension(plan->extensions[i]);

		X509_CRL_add_ext(list, extension, -1);
		X509_EXTENSION_free(extension);
	}
	forge_sign(list, plan);
	size = i2d_X509_CRL(list, &der);
	cr_assert(size > 0);
	copy = malloc((size_t)size);
	memcpy(copy, der, (size_t)size);
	if (plan->garbled)
		copy[size - 1] ^= 1;
	OPENSSL_free(der);
	ASN1_TIME_free(time);
	X509_CRL_free(list);
	return modseal_span_of(copy, (size_t)size);
}

#endif
