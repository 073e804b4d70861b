/* SPDX-License-Identifier: Apache-2.0 */
/* Signature algorithms that take the message itself: which there are, and which are here.
 */
#include <openssl/crypto.h>
#include <openssl/objects.h>

#include "keys/pure.h"

#define FIRST_VERSION	 0x30500000UL /* OpenSSL_version_num(3) of 3.5.0 */
#define ED25519_KEY_SIZE 32

static const struct modseal_pure all[] = {
	/* 1.3.101.112 (RFC 8410) */
	{MODSEAL_ALGORITHM_ED25519, "ED25519", "\x2b\x65\x70", ED25519_KEY_SIZE},
	/* 2.16.840.1.101.3.4.3.17 to 19 (RFC 9881) */
	{MODSEAL_ALGORITHM_ML_DSA_44, "ML-DSA-44", "\x60\x86\x48\x01\x65\x03\x04\x03\x11",
	 1312},
	{MODSEAL_ALGORITHM_ML_DSA_65, "ML-DSA-65", "\x60\x86\x48\x01\x65\x03\x04\x03\x12",
	 1952},
	{MODSEAL_ALGORITHM_ML_DSA_87, "ML-DSA-87", "\x60\x86\x48\x01\x65\x03\x04\x03\x13",
	 2592},
};
#define COUNT (sizeof(all) / sizeof(all[0]))

const struct modseal_pure *modseal_pure_of_key(EVP_PKEY *key)
{
	for (size_t i = 0; i < COUNT; i++)
		if (EVP_PKEY_is_a(key, all[i].type))
			return &all[i];
	return NULL;
}

const struct modseal_pure *modseal_pure_of_object(const ASN1_OBJECT *object)
{
	size_t length = OBJ_length(object);

	/* as it is encoded: spelled out it would take longer than all else about it */
	for (size_t i = 0; i < COUNT; i++)
		if (length == strlen(all[i].object) &&
		    memcmp(OBJ_get0_data(object), all[i].object, length) == 0)
			return &all[i];
	return NULL;
}

const struct modseal_pure *modseal_pure_of(enum modseal_algorithm algorithm)
{
	for (size_t i = 0; i < COUNT; i++)
		if (all[i].algorithm == algorithm)
			return &all[i];
	return NULL;
}

const struct modseal_pure *modseal_pure_named(const char *token)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(token, modseal_algorithm_name(all[i].algorithm)) == 0)
			return &all[i];
	return NULL;
}

const char *modseal_pure_lack(const struct modseal_crypto *crypto,
			      const struct modseal_pure *pure)
{
	EVP_SIGNATURE *signature;

	if (OpenSSL_version_num() < FIRST_VERSION)
		return "needs OpenSSL 3.5";
	signature = EVP_SIGNATURE_fetch(modseal_crypto_library(crypto), pure->type, NULL);
	EVP_SIGNATURE_free(signature);
	modseal_crypto_forget();
	return signature ? NULL : "is not offered by the provider in use";
}

int modseal_pure_refuse(const struct modseal_pure *pure, const char *lack,
			const char *object, struct modseal_error *error)
{
	int result =
		modseal_fail(error, MODSEAL_E_ALGORITHM_NOT_ALLOWED, MODSEAL_STAGE_KEY,
			     object, "a key of type %s, which %s", pure->type, lack);

	modseal_remedy(error,
		       "use OpenSSL 3.5 or newer and a provider that has %s, or an "
		       "RSA or ECDSA key",
		       pure->type);
	return result;
}

/* Little-endian: is it below 2^255 - 19? */
static bool is_reduced(const uint8_t y[ED25519_KEY_SIZE])
{
	if (y[31] != 0x7f)
		return true;
	for (size_t i = 1; i < 31; i++)
		if (y[i] != 0xff)
			return true;
	return y[0] < 0xed;
}

bool modseal_pure_key_is_sound(const struct modseal_pure *pure, struct modseal_span key)
{
	/* The y of the points whose order is 1, 2, 4 or 8; their negatives have the same.
	 */
	static const uint8_t small[][ED25519_KEY_SIZE] = {
		{0x00},
		{0x01},
		{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
		 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
		 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
		{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
		 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
		 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	};
	uint8_t y[ED25519_KEY_SIZE];

	if (key.size != pure->key_size)
		return false;
	if (pure->algorithm != MODSEAL_ALGORITHM_ED25519)
		return true; /* each string of that size is one key (FIPS 204 7.2) */
	memcpy(y, key.data, sizeof(y));
	y[31] &= 0x7f; /* the sign of x */
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		if (memcmp(y, small[i], sizeof(y)) == 0)
			return false;
	return is_reduced(y);
}
