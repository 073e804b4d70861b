/* SPDX-License-Identifier: Apache-2.0 */
/* Writes DER, and loads the keys and certificates of tests/data/signature.sh. */
#ifndef MODSEAL_TEST_DER_H
#define MODSEAL_TEST_DER_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- writing DER ---------------------------------------------------------------- */

struct der {
	uint8_t bytes[24000]; /* two signers and a certificate of ML-DSA-87 */
	size_t size;
};

static struct der raw(const void *bytes, size_t size)
{
	struct der der = {.size = size};

	cr_assert(le(sz, size, sizeof(der.bytes)));
	memcpy(der.bytes, bytes, size);
	return der;
}
#define RAW(...)                                                                         \
	raw((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void add(struct der *to, struct der more)
{
	cr_assert(le(sz, to->size + more.size, sizeof(to->bytes)));
	memcpy(to->bytes + to->size, more.bytes, more.size);
	to->size += more.size;
}

static struct der tlv(uint8_t tag, struct der value)
{
	struct der der = RAW(tag);

	if (value.size < 0x80)
		add(&der, RAW((uint8_t)value.size));
	else if (value.size < 0x100)
		add(&der, RAW(0x81, (uint8_t)value.size));
	else
		add(&der, RAW(0x82, (uint8_t)(value.size >> 8), (uint8_t)value.size));
	add(&der, value);
	return der;
}

static int der_order(const struct der *a, const struct der *b)
{
	size_t least = a->size < b->size ? a->size : b->size;
	int order = memcmp(a->bytes, b->bytes, least);

	return order ? order : a->size < b->size ? -1 : a->size > b->size;
}

/* SET OF: in the order of DER, or (reverse) just not. */
static struct der set_of(uint8_t tag, struct der *items, size_t count, bool reverse)
{
	struct der value = {.size = 0};

	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j > 0; j--)
			if ((der_order(&items[j - 1], &items[j]) > 0) != reverse) {
				struct der other = items[j];

				items[j] = items[j - 1];
				items[j - 1] = other;
			}
	for (size_t i = 0; i < count; i++)
		add(&value, items[i]);
	return tlv(tag, value);
}

/* ---- object identifiers, whole elements ------------------------------------------- */

#define PKCS7(n)    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, n
#define PKCS9(n)    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, n
#define PKCS1(n)    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n
#define SMIME(a, b) 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, a, b
#define SHA2(n)	    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, n
#define ECDSA(n)    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, n
#define ML_DSA(n)   0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, n
#define DER_NULL    0x05, 0x00

/* ---- keys and certificates of tests/data/signature.sh ------------------------------ */

static FILE *open_data(const char *name, const char *suffix)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/data/signature/%s%s", BUILD_DIR, name, suffix);
	file = fopen(path, "r");
	cr_assert(file != NULL, "%s: run `make testdata`", path);
	return file;
}

static EVP_PKEY *load_key(const char *name)
{
	FILE *file = open_data(name, ".key");
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

	fclose(file);
	cr_assert(key != NULL, "%s", name);
	return key;
}

static X509 *load_certificate(const char *name)
{
	FILE *file = open_data(name, ".pem");
	X509 *x509 = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	cr_assert(x509 != NULL, "%s", name);
	return x509;
}

#define ENCODE(what, type)                                                               \
	({                                                                               \
		unsigned char *at_ = NULL;                                               \
		int size_ = i2d_##type((what), &at_);                                    \
		struct der der_;                                                         \
		cr_assert(size_ > 0);                                                    \
		der_ = raw(at_, (size_t)size_);                                          \
		OPENSSL_free(at_);                                                       \
		der_;                                                                    \
	})

static struct der certificate_der(const char *name)
{
	X509 *x509 = load_certificate(name);
	struct der der = ENCODE(x509, X509);

	X509_free(x509);
	return der;
}

#endif
