/* SPDX-License-Identifier: Apache-2.0 */
/* Judges public keys: type, size, exponent, curve. */
#include <openssl/core_names.h>

#include "keys/key.h"
#include "keys/pure.h"

#define MIN_RSA_BITS	      2048
#define MAX_RSA_BITS	      8192
#define MIN_RSA_EXPONENT      65537
#define MAX_RSA_EXPONENT_BITS 64
#define MAX_EC_BITS	      521
#define MAX_PURE_KEY_SIZE     2592 /* ML-DSA-87 */

static const struct {
	const char *group; /* OpenSSL's name */
	enum modseal_curve curve;
} curves[] = {
	{"prime256v1", MODSEAL_CURVE_P256},
	{"secp384r1", MODSEAL_CURVE_P384},
	{"secp521r1", MODSEAL_CURVE_P521},
};

static int refuse(struct modseal_error *error, const char *object, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

static int refuse(struct modseal_error *error, const char *object, const char *format,
		  ...)
{
	char message[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return modseal_fail(error, MODSEAL_E_ALGORITHM_NOT_ALLOWED, MODSEAL_STAGE_KEY,
			    object, "%s", message);
}

/* A curve spelled out by its numbers is refused even where it equals a named one:
 * CVE-2020-0601 came from there. */
static bool curve_is_named(EVP_PKEY *key)
{
	char encoding[32];
	size_t length = 0;

	return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding,
					      sizeof(encoding), &length) == 1 &&
	       strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0;
}

bool modseal_key_curve(EVP_PKEY *key, enum modseal_curve *ret_curve, char *name,
		       size_t size)
{
	size_t length = 0;

	snprintf(name, size, "without a name");
	if (!curve_is_named(key) ||
	    EVP_PKEY_get_group_name(key, name, size, &length) != 1)
		return false;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (strcmp(name, curves[i].group) == 0) {
			*ret_curve = curves[i].curve;
			return true;
		}
	}
	return false;
}

static int judge_rsa(EVP_PKEY *key, const char *object, struct modseal_error *error)
{
	int bits = EVP_PKEY_get_bits(key);
	BIGNUM *exponent = NULL;
	int exponent_bits;
	bool good;

	if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
		return refuse(error, object,
			      "an RSA key of %d bits; %d to %d are allowed", bits,
			      MIN_RSA_BITS, MAX_RSA_BITS);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object,
					   "the RSA exponent cannot be read");
	exponent_bits = BN_num_bits(exponent);
	good = exponent_bits <= MAX_RSA_EXPONENT_BITS && BN_is_odd(exponent) &&
	       (exponent_bits > 17 || BN_get_word(exponent) >= MIN_RSA_EXPONENT);
	BN_free(exponent);
	if (!good)
		return refuse(
			error, object,
			"an RSA key whose public exponent is not an odd number from %d "
			"up to %d bits",
			MIN_RSA_EXPONENT, MAX_RSA_EXPONENT_BITS);
	return 0;
}

static int judge_pure(const struct modseal_crypto *crypto,
		      const struct modseal_pure *pure, EVP_PKEY *key, const char *object,
		      struct modseal_error *error)
{
	const char *lack = modseal_pure_lack(crypto, pure);
	uint8_t bytes[MAX_PURE_KEY_SIZE];
	size_t size = sizeof(bytes);

	if (lack)
		return modseal_pure_refuse(pure, lack, object, error);
	if (EVP_PKEY_get_raw_public_key(key, bytes, &size) != 1)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object,
					   "the public key cannot be read");
	if (!modseal_pure_key_is_sound(pure, modseal_span_of(bytes, size)))
		return refuse(error, object,
			      "a key of type %s that is no proper point of the curve",
			      pure->type);
	return 0;
}

int modseal_key_judge(const struct modseal_crypto *crypto, EVP_PKEY *key,
		      const char *object, struct modseal_error *error)
{
	const struct modseal_pure *pure = modseal_pure_of_key(key);
	const char *type = EVP_PKEY_get0_type_name(key);
	enum modseal_curve curve;
	char name[64];
	bool good;

	modseal_crypto_forget();
	if (EVP_PKEY_is_a(key, "RSA"))
		return judge_rsa(key, object, error);
	if (EVP_PKEY_is_a(key, "EC")) {
		good = modseal_key_curve(key, &curve, name, sizeof(name));
		modseal_crypto_forget();
		if (good)
			return 0;
		return refuse(
			error, object,
			"a key on the curve %s; P-256, P-384 and P-521 are allowed, "
			"given by name",
			name);
	}
	if (pure)
		return judge_pure(crypto, pure, key, object, error);
	if (EVP_PKEY_is_a(key, "RSA-PSS"))
		return refuse(error, object,
			      "a key of type RSASSA-PSS; PSS signatures are made with "
			      "ordinary RSA keys here");
	return refuse(error, object,
		      "a key of type %s; RSA, ECDSA, Ed25519 and ML-DSA are allowed",
		      type ? type : "unknown");
}

bool modseal_key_is_quick(EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;
	bool quick = false;

	if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) <= MAX_RSA_BITS &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1)
		quick = BN_num_bits(exponent) <= MAX_RSA_EXPONENT_BITS;
	else if (EVP_PKEY_is_a(key, "EC"))
		quick = EVP_PKEY_get_bits(key) <= MAX_EC_BITS && curve_is_named(key);
	else
		quick = modseal_pure_of_key(key) != NULL;
	BN_free(exponent);
	modseal_crypto_forget();
	return quick;
}
