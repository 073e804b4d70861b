/* SPDX-License-Identifier: Apache-2.0 */
/* The four bytes that name a key, beside what OpenSSL says of the certificate. */
#include <openssl/x509v3.h>

#include "keyring.h"
#include "keys/identifier.h"

static uint32_t last_bytes(const uint8_t *bytes, size_t size)
{
	return modseal_read_be32(bytes + size - 4);
}

Test(identifier, is_that_of_the_key_and_of_the_certificate)
{
	static const char *const names[] = {"../signature/rsa.pem",
					    "../signature/p521.pem",
					    "../signature/named.pem"};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct modseal_certificate certificate =
			keyring_certificate(crypto, names[i]);
		const ASN1_OCTET_STRING *named =
			X509_get0_subject_key_id(certificate.x509);
		uint32_t got[MODSEAL_KEY_IDENTIFIERS] = {0};
		uint8_t digest[EVP_MAX_MD_SIZE];
		struct modseal_error error;
		unsigned size;

		cr_assert(zero(
			int, modseal_key_identifiers(crypto, &certificate, got, &error)));
		X509_pubkey_digest(certificate.x509, EVP_sha1(), digest, &size);
		cr_assert(eq(u32, got[0], last_bytes(digest, size)), "%s", names[i]);
		cr_assert(eq(u32, got[1],
			     last_bytes(ASN1_STRING_get0_data(named),
					(size_t)ASN1_STRING_length(named))),
			  "%s", names[i]);
		cr_assert(eq(int, got[0] == got[1], i < 2), "%s", names[i]);
		modseal_certificate_clear(&certificate);
	}
	modseal_crypto_free(&crypto);
}

/* Too short to hold four bytes, or not there: nothing is read past its end. */
Test(identifier, of_a_certificate_that_names_none_is_the_keys)
{
	static const uint8_t three[] = {1, 2, 3};
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate certificate =
		keyring_certificate(crypto, "../signature/p256.pem");
	uint32_t before[MODSEAL_KEY_IDENTIFIERS], got[MODSEAL_KEY_IDENTIFIERS];
	ASN1_OCTET_STRING *named = ASN1_OCTET_STRING_new();
	struct modseal_error error;
	X509 *x509;

	cr_assert(
		zero(int, modseal_key_identifiers(crypto, &certificate, before, &error)));
	for (int there = 0; there < 2; there++) {
		int at;

		x509 = X509_dup(certificate.x509);
		at = X509_get_ext_by_NID(x509, NID_subject_key_identifier, -1);
		X509_EXTENSION_free(X509_delete_ext(x509, at));
		ASN1_OCTET_STRING_set(named, three, sizeof(three));
		if (there)
			cr_assert(X509_add1_ext_i2d(x509, NID_subject_key_identifier,
						    named, 0, 0) == 1);
		cr_assert(zero(int, modseal_key_identifiers(
					    crypto,
					    &(struct modseal_certificate){.x509 = x509},
					    got, &error)));
		cr_assert(eq(u32, got[0], before[0]));
		cr_assert(eq(u32, got[1], before[0]));
		X509_free(x509);
	}
	ASN1_OCTET_STRING_free(named);
	modseal_certificate_clear(&certificate);
	modseal_crypto_free(&crypto);
}
