/* SPDX-License-Identifier: Apache-2.0 */
/* Reading certificates strictly (R23), naming them, telling CAs. */
#include <openssl/pem.h>

#include "keyring.h"
#include "keys/crypto_private.h"

static int read_name(struct modseal_crypto *crypto, const char *name,
		     struct modseal_certificate *ret_certificate,
		     struct modseal_error *error)
{
	struct modseal_span bytes = keyring_bytes(name);
	int result =
		modseal_certificate_read(crypto, bytes, name, ret_certificate, error);

	keyring_drop(bytes);
	return result;
}

Test(certificate, PEM_and_DER_and_text_around_give_the_same)
{
	static const char *const names[] = {"leaf.pem", "leaf.der", "text.pem"};
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_span der = keyring_bytes("leaf.der");
	uint8_t wanted[32];
	char subject[64];

	cr_assert(
		eq(int,
		   modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, der, wanted, NULL),
		   0));
	for (size_t i = 0; i < 3; i++) {
		struct modseal_certificate certificate =
			keyring_certificate(crypto, names[i]);

		cr_assert(memcmp(certificate.sha256, wanted, 32) == 0, "row %s",
			  names[i]);
		cr_assert(certificate.key == X509_get0_pubkey(certificate.x509));
		modseal_certificate_subject(&certificate, subject, sizeof(subject));
		cr_assert(eq(str, subject, "CN=Keys leaf"));
		modseal_certificate_clear(&certificate);
		cr_assert(certificate.x509 == NULL);
	}
	keyring_drop(der);
	modseal_crypto_free(&crypto);
}

Test(certificate, key_digest_is_of_the_SubjectPublicKeyInfo)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate leaf = keyring_certificate(crypto, "leaf.pem");
	struct modseal_certificate alias = keyring_certificate(crypto, "alias.pem");
	struct modseal_certificate other = keyring_certificate(crypto, "namesake.pem");
	unsigned char *spki = NULL;
	int size = i2d_PUBKEY(leaf.key, &spki);
	uint8_t wanted[32];

	cr_assert(eq(int,
		     modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
					   modseal_span_of(spki, (size_t)size), wanted,
					   NULL),
		     0));
	cr_assert(memcmp(leaf.key_sha256, wanted, 32) == 0);
	cr_assert(memcmp(alias.key_sha256, wanted, 32) == 0);
	cr_assert(memcmp(alias.sha256, leaf.sha256, 32) != 0);
	cr_assert(memcmp(other.key_sha256, wanted, 32) != 0);
	OPENSSL_free(spki);
	modseal_certificate_clear(&leaf);
	modseal_certificate_clear(&alias);
	modseal_certificate_clear(&other);
	modseal_crypto_free(&crypto);
}

Test(certificate, R23_what_is_not_exactly_one_certificate_is_refused)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{"two.pem", "more than one PEM block"},
		{"withkey.pem", "more than one PEM block"},
		{"leaf.key", "PRIVATE KEY"},
		{"encrypted-rsa.key", "RSA PRIVATE KEY"},
		{"trusted.pem", "TRUSTED CERTIFICATE"},
		{"damaged.pem", ""},
		{"expired.csr", "CERTIFICATE REQUEST"},
		{"leaf.cnf", "neither PEM nor DER"},
		{"der.key", "not a well-formed X.509 certificate"},
		{"empty.pem", "empty"},
		{"compressed.pem", "usual encoding"},
		{"hybrid.pem", "usual encoding"},
		{"explicit.pem", "usual encoding"},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_certificate certificate = {0};
		struct modseal_error error = {0};

		cr_assert(eq(int, read_name(crypto, rows[i].name, &certificate, &error),
			     MODSEAL_E_CERTIFICATE_INVALID),
			  "row %s", rows[i].name);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY), "row %s",
			  rows[i].name);
		cr_assert(eq(str, error.object, (char *)rows[i].name));
		cr_assert(strstr(error.message, rows[i].says) != NULL, "row %s: %s",
			  rows[i].name, error.message);
		cr_assert(certificate.x509 == NULL);
	}
	modseal_crypto_free(&crypto);
}

Test(certificate, R23_trailing_bytes_and_every_cut_are_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_span der = keyring_bytes("leaf.der");
	struct modseal_certificate certificate = {0};
	uint8_t *longer = malloc(der.size + 1);

	memcpy(longer, der.data, der.size);
	longer[der.size] = 0;
	cr_assert(
		eq(int,
		   modseal_certificate_read(crypto, modseal_span_of(longer, der.size + 1),
					    NULL, &certificate, NULL),
		   MODSEAL_E_CERTIFICATE_INVALID));
	for (size_t size = 0; size < der.size; size++) {
		uint8_t *cut = malloc(size ? size : 1);

		memcpy(cut, der.data, size);
		cr_assert(eq(int,
			     modseal_certificate_read(crypto, modseal_span_of(cut, size),
						      NULL, &certificate, NULL),
			     MODSEAL_E_CERTIFICATE_INVALID),
			  "cut at %zu", size);
		free(cut);
	}
	free(longer);
	keyring_drop(der);
	modseal_crypto_free(&crypto);
}

/* Any bit flipped: refused, or another certificate; never a crash, never the same digest.
 */
Test(certificate, no_flipped_bit_keeps_the_digest)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate good = keyring_certificate(crypto, "leaf.pem");
	struct modseal_span der = keyring_bytes("leaf.der");
	uint8_t *copy = malloc(der.size);

	memcpy(copy, der.data, der.size);
	for (size_t bit = 0; bit < 8 * der.size; bit++) {
		struct modseal_certificate certificate = {0};

		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (modseal_certificate_read(crypto, modseal_span_of(copy, der.size),
					     NULL, &certificate, NULL) == 0)
			cr_assert(memcmp(certificate.sha256, good.sha256, 32) != 0, "%zu",
				  bit);
		modseal_certificate_clear(&certificate);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(copy);
	keyring_drop(der);
	modseal_certificate_clear(&good);
	modseal_crypto_free(&crypto);
}

/* BER inside a name: OpenSSL gives the bytes back as they came. */
Test(certificate, R23_BER_inside_a_name_is_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_span der = keyring_bytes("leaf.der");
	struct modseal_certificate certificate = {0};
	struct modseal_error error = {0};
	uint8_t *copy = malloc(der.size + 1);
	static const uint8_t name[] = "Keys root";
	const uint8_t *at = memmem(der.data, der.size, name, sizeof(name) - 1);
	size_t offset = (size_t)(at - der.data);
	X509 *x509 = NULL;
	const unsigned char *walk = copy;

	/* the string's length 09 becomes 81 09; every length around it grows by one */
	memcpy(copy, der.data, offset - 1);
	copy[offset - 1] = 0x81;
	memcpy(copy + offset, der.data + offset - 1, der.size - offset + 1);
	copy[offset - 3 - 5]++; /* AttributeTypeAndValue */
	copy[offset - 3 - 7]++; /* RelativeDistinguishedName */
	copy[offset - 3 - 9]++; /* Name */
	for (size_t i = 2; i < 9;
	     i += 4) { /* Certificate and TBSCertificate, two-byte lengths */
		if (++copy[i + 1] == 0)
			copy[i]++;
	}
	cr_assert(d2i_X509(&x509, &walk, (long)der.size + 1) != NULL,
		  "OpenSSL itself no longer reads this: the test is empty");
	X509_free(x509);
	/* nor does it come in with a CMS, decoded in our own context already */
	x509 = X509_new_ex(modseal_crypto_library(crypto), NULL);
	walk = copy;
	cr_assert(d2i_X509(&x509, &walk, (long)der.size + 1) != NULL);
	cr_assert(eq(int, modseal_certificate_wrap(crypto, x509, &certificate, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	X509_free(x509);
	cr_assert(eq(int,
		     modseal_certificate_read(crypto, modseal_span_of(copy, der.size + 1),
					      NULL, &certificate, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(strstr(error.message, "strict DER") != NULL, "%s", error.message);
	free(copy);
	keyring_drop(der);
	modseal_crypto_free(&crypto);
}

Test(certificate, too_large_is_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate certificate = {0};
	struct modseal_error error = {0};
	size_t size = (1u << 20) + 1;
	uint8_t *bytes = calloc(1, size);
	/* an octet string in a sequence: strict DER, 65537 bytes */
	static const uint8_t start[] = {0x30, 0x82, 0xff, 0xfd, 0x04, 0x82, 0xff, 0xf9};

	memcpy(bytes, start, sizeof(start));
	cr_assert(eq(int,
		     modseal_certificate_read(crypto, modseal_span_of(bytes, 65537), "c",
					      &certificate, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(strstr(error.message, "larger than 64 KiB") != NULL, "%s",
		  error.message);
	bytes[0] = '-';
	cr_assert(eq(int,
		     modseal_certificate_read(crypto, modseal_span_of(bytes, size), "c",
					      &certificate, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(strstr(error.message, "too large") != NULL, "%s", error.message);
	free(bytes);
	modseal_crypto_free(&crypto);
}

Test(certificate, several_are_read_in_order_and_at_most_four)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_span two = keyring_bytes("inters.pem");
	struct modseal_span five = keyring_bytes("five.pem");
	struct modseal_span key = keyring_bytes("withkey.pem");
	struct modseal_certificate first = keyring_certificate(crypto, "inter.pem");
	struct modseal_certificate *list = NULL;
	struct modseal_error error = {0};
	size_t count = 0;

	cr_assert(eq(int,
		     modseal_certificate_read_several(crypto, two, "list", &list, &count,
						      &error),
		     0));
	cr_assert(eq(sz, count, 2));
	cr_assert(memcmp(list[0].sha256, first.sha256, 32) == 0);
	for (size_t i = 0; i < count; i++)
		modseal_certificate_clear(&list[i]);
	free(list);
	list = NULL;
	cr_assert(eq(int,
		     modseal_certificate_read_several(crypto, five, "list", &list, &count,
						      &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(strstr(error.message, "four") != NULL);
	cr_assert(eq(int,
		     modseal_certificate_read_several(crypto, key, "list", &list, &count,
						      &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(strstr(error.message, "PRIVATE KEY") != NULL);
	cr_assert(eq(int,
		     modseal_certificate_read_several(crypto, modseal_span_of("x", 1),
						      "list", &list, &count, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(list == NULL);
	modseal_certificate_clear(&first);
	keyring_drop(two);
	keyring_drop(five);
	keyring_drop(key);
	modseal_crypto_free(&crypto);
}

Test(certificate, wrap_keeps_keys_out_of_the_default_context)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate good = keyring_certificate(crypto, "leaf.pem");
	struct modseal_certificate own = {0}, foreign = {0};
	struct modseal_span der = keyring_bytes("leaf.der");
	const unsigned char *at = der.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)der.size);

	cr_assert(eq(int, modseal_certificate_wrap(crypto, good.x509, &own, NULL), 0));
	cr_assert(own.x509 == good.x509);
	cr_assert(eq(int, modseal_certificate_wrap(crypto, x509, &foreign, NULL), 0));
	cr_assert(foreign.x509 != x509);
	cr_assert(EVP_PKEY_get0_provider(foreign.key) == crypto->provider);
	cr_assert(memcmp(own.sha256, good.sha256, 32) == 0);
	cr_assert(memcmp(foreign.sha256, good.sha256, 32) == 0);
	X509_free(x509);
	modseal_certificate_clear(&own);
	modseal_certificate_clear(&good);
	modseal_certificate_clear(&foreign);
	keyring_drop(der);
	modseal_crypto_free(&crypto);
}

Test(certificate, the_default_context_of_a_thread_stays_the_hosts)
{
	static const char *const names[] = {"leaf.pem", "berextension.pem",
					    "explicit.pem", "damaged.pem"};
	struct modseal_crypto *crypto = keyring_crypto();
	OSSL_LIB_CTX *host = OSSL_LIB_CTX_new();
	OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(host);
	int accepted = 0;

	for (size_t i = 0; i < 4; i++) {
		struct modseal_certificate certificate = {0};
		struct modseal_error error;

		accepted += read_name(crypto, names[i], &certificate, &error) == 0;
		/* NULL changes nothing */
		cr_assert(OSSL_LIB_CTX_set0_default(NULL) == host, "row %s", names[i]);
		modseal_certificate_clear(&certificate);
	}
	cr_assert(accepted > 0 && accepted < 4, "both ways: %d", accepted);
	OSSL_LIB_CTX_set0_default(before);
	OSSL_LIB_CTX_free(host);
	modseal_crypto_free(&crypto);
}

Test(certificate, authorities_are_told_from_others)
{
	static const struct {
		const char *name;
		bool authority;
	} rows[] = {
		{"root.pem", true},	{"inter.pem", true}, {"caleaf.pem", true},
		{"canosign.pem", true}, {"leaf.pem", false}, {"selfleaf.pem", false},
		{"bare.pem", false},	{"noku.pem", false},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_certificate certificate =
			keyring_certificate(crypto, rows[i].name);

		cr_assert(eq(int, modseal_certificate_is_authority(&certificate),
			     rows[i].authority),
			  "row %s", rows[i].name);
		modseal_certificate_clear(&certificate);
	}
	modseal_crypto_free(&crypto);
}
