/* SPDX-License-Identifier: Apache-2.0 */
/* Judges keys, names signature algorithms, and checks raw signatures. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "keys/algorithms.h"
#include "keys/der.h"

#define MIN_RSA_BITS	      2048
#define MAX_RSA_BITS	      8192
#define MIN_RSA_EXPONENT      65537
#define MAX_RSA_EXPONENT_BITS 64
#define MAX_EC_BITS	      521

enum family {
	FAMILY_RSA_PKCS1,
	FAMILY_RSA_PSS,
	FAMILY_ECDSA_P256,
	FAMILY_ECDSA_P384,
	FAMILY_ECDSA_P521,
};

/* Which token a family and a hash make. */
static const enum modseal_algorithm tokens[][MODSEAL_HASH_COUNT] = {
	[FAMILY_RSA_PKCS1] = {MODSEAL_ALGORITHM_RSA_PKCS1_SHA256,
			      MODSEAL_ALGORITHM_RSA_PKCS1_SHA384,
			      MODSEAL_ALGORITHM_RSA_PKCS1_SHA512},
	[FAMILY_RSA_PSS] = {MODSEAL_ALGORITHM_RSA_PSS_SHA256,
			    MODSEAL_ALGORITHM_RSA_PSS_SHA384,
			    MODSEAL_ALGORITHM_RSA_PSS_SHA512},
	[FAMILY_ECDSA_P256] = {MODSEAL_ALGORITHM_ECDSA_P256_SHA256,
			       MODSEAL_ALGORITHM_ECDSA_P256_SHA384,
			       MODSEAL_ALGORITHM_ECDSA_P256_SHA512},
	[FAMILY_ECDSA_P384] = {MODSEAL_ALGORITHM_ECDSA_P384_SHA256,
			       MODSEAL_ALGORITHM_ECDSA_P384_SHA384,
			       MODSEAL_ALGORITHM_ECDSA_P384_SHA512},
	[FAMILY_ECDSA_P521] = {MODSEAL_ALGORITHM_ECDSA_P521_SHA256,
			       MODSEAL_ALGORITHM_ECDSA_P521_SHA384,
			       MODSEAL_ALGORITHM_ECDSA_P521_SHA512},
};

static const struct {
	const char *group; /* OpenSSL's name */
	enum family family;
} curves[] = {
	{"prime256v1", FAMILY_ECDSA_P256},
	{"secp384r1", FAMILY_ECDSA_P384},
	{"secp521r1", FAMILY_ECDSA_P521},
};

static int refuse(struct modseal_error *error, enum modseal_stage stage,
		  const char *object, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int refuse(struct modseal_error *error, enum modseal_stage stage,
		  const char *object, const char *format, ...)
{
	char message[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return modseal_fail(error, MODSEAL_E_ALGORITHM_NOT_ALLOWED, stage, object, "%s",
			    message);
}

static bool curve_of(EVP_PKEY *key, enum family *ret_family, char *name, size_t size)
{
	char encoding[32];
	size_t length = 0;

	snprintf(name, size, "unnamed");
	/* A curve spelled out by its numbers is refused even where it equals a named one:
	 * CVE-2020-0601 came from there. */
	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding,
					   sizeof(encoding), &length) != 1 ||
	    strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
		return false;
	if (EVP_PKEY_get_group_name(key, name, size, &length) != 1)
		return false;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (strcmp(name, curves[i].group) == 0) {
			*ret_family = curves[i].family;
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

	if (bits < MIN_RSA_BITS)
		return refuse(error, MODSEAL_STAGE_KEY, object,
			      "its RSA key has %d bits, at least %d are needed", bits,
			      MIN_RSA_BITS);
	if (bits > MAX_RSA_BITS)
		return refuse(error, MODSEAL_STAGE_KEY, object,
			      "its RSA key has %d bits, at most %d are allowed", bits,
			      MAX_RSA_BITS);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object,
					   "the RSA exponent cannot be read");
	exponent_bits = BN_num_bits(exponent);
	good = exponent_bits <= MAX_RSA_EXPONENT_BITS && BN_is_odd(exponent) &&
	       (exponent_bits > 17 || BN_get_word(exponent) >= MIN_RSA_EXPONENT);
	BN_free(exponent);
	if (!good)
		return refuse(
			error, MODSEAL_STAGE_KEY, object,
			"the public exponent of its RSA key is not an odd number from %d "
			"up to %d bits",
			MIN_RSA_EXPONENT, MAX_RSA_EXPONENT_BITS);
	return 0;
}

int modseal_key_judge(EVP_PKEY *key, const char *object, struct modseal_error *error)
{
	const char *type = EVP_PKEY_get0_type_name(key);
	enum family family;
	char name[64];

	modseal_crypto_forget();
	if (EVP_PKEY_is_a(key, "RSA"))
		return judge_rsa(key, object, error);
	if (EVP_PKEY_is_a(key, "EC")) {
		if (curve_of(key, &family, name, sizeof(name)))
			return 0;
		modseal_crypto_forget();
		return refuse(
			error, MODSEAL_STAGE_KEY, object,
			"its key is on the curve %s; P-256, P-384 and P-521 by name are "
			"allowed",
			name);
	}
	if (EVP_PKEY_is_a(key, "RSA-PSS"))
		return refuse(
			error, MODSEAL_STAGE_KEY, object,
			"its key is of type RSASSA-PSS; PSS signatures are made with "
			"ordinary RSA keys here");
	return refuse(error, MODSEAL_STAGE_KEY, object, "its key is of type %s",
		      type ? type : "unknown");
}

bool modseal_key_is_quick(EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;
	char encoding[32];
	size_t length = 0;
	bool quick = false;

	if (EVP_PKEY_get_bits(key) > MAX_RSA_BITS)
		return false;
	if (EVP_PKEY_is_a(key, "RSA") &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1) {
		quick = BN_num_bits(exponent) <= MAX_RSA_EXPONENT_BITS;
		BN_free(exponent);
	} else if (EVP_PKEY_is_a(key, "EC")) {
		quick = EVP_PKEY_get_bits(key) <= MAX_EC_BITS &&
			EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
						       encoding, sizeof(encoding),
						       &length) == 1 &&
			strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0;
	}
	modseal_crypto_forget();
	return quick;
}

/* Parameters of a hash, and of RSA with PKCS#1 v1.5: NULL, or absent, which readers must
 * accept too (RFC 5754 2 and 3.2, RFC 4055 5). */
static bool parameters_null_or_absent(const X509_ALGOR *algorithm)
{
	int type = V_ASN1_UNDEF;

	X509_ALGOR_get0(NULL, &type, NULL, algorithm);
	return type == V_ASN1_UNDEF || type == V_ASN1_NULL;
}

static bool parameters_absent(const X509_ALGOR *algorithm)
{
	int type = V_ASN1_NULL;

	X509_ALGOR_get0(NULL, &type, NULL, algorithm);
	return type == V_ASN1_UNDEF;
}

static int algorithm_nid(const X509_ALGOR *algorithm, char *name, size_t size)
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	if (OBJ_obj2txt(name, (int)size, object, 0) <= 0)
		snprintf(name, size, "unknown");
	return OBJ_obj2nid(object);
}

static bool hash_of(const X509_ALGOR *algorithm, enum modseal_hash *ret_hash, char *name,
		    size_t size)
{
	switch (algorithm_nid(algorithm, name, size)) {
	case NID_sha256:
		*ret_hash = MODSEAL_HASH_SHA256;
		break;
	case NID_sha384:
		*ret_hash = MODSEAL_HASH_SHA384;
		break;
	case NID_sha512:
		*ret_hash = MODSEAL_HASH_SHA512;
		break;
	default:
		return false;
	}
	return parameters_null_or_absent(algorithm);
}

/* RFC 4055 3.1. Everything but the default trailer is written out by who means SHA-2. */
static int pss_hash(const X509_ALGOR *algorithm, enum modseal_hash *ret_hash,
		    const char *object, struct modseal_error *error)
{
	RSA_PSS_PARAMS *pss = NULL;
	X509_ALGOR *mask_hash = NULL;
	enum modseal_hash hash;
	enum modseal_hash mask;
	const void *value = NULL;
	const ASN1_STRING *sequence;
	int64_t salt = -1;
	int64_t trailer = 1;
	char name[80] = "sha1 by default";
	int type = V_ASN1_UNDEF;
	int result = MODSEAL_E_INTERNAL;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return refuse(error, MODSEAL_STAGE_EVIDENCE, object,
			      "the PSS signature has no parameters");
	sequence = value;
	pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS),
					algorithm->parameter);
	if (!pss ||
	    !modseal_der_strict(modseal_span_of(ASN1_STRING_get0_data(sequence),
						(size_t)ASN1_STRING_length(sequence)))) {
		result = refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				"the PSS parameters cannot be read");
		goto out;
	}
	if (!pss->hashAlgorithm ||
	    !hash_of(pss->hashAlgorithm, &hash, name, sizeof(name))) {
		result = refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				"the PSS parameters name the digest %s", name);
		goto out;
	}
	if (pss->maskGenAlgorithm &&
	    algorithm_nid(pss->maskGenAlgorithm, name, sizeof(name)) == NID_mgf1)
		mask_hash = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR),
						      pss->maskGenAlgorithm->parameter);
	if (!mask_hash || !hash_of(mask_hash, &mask, name, sizeof(name)) ||
	    mask != hash) {
		result = refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				"the mask of the PSS signature is not MGF1 with %s",
				modseal_hash_name(hash));
		goto out;
	}
	if (!pss->saltLength || ASN1_INTEGER_get_int64(&salt, pss->saltLength) != 1 ||
	    salt != (int64_t)modseal_hash_size(hash)) {
		result = refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				"the salt of the PSS signature is not as long as its "
				"digest (%zu)",
				modseal_hash_size(hash));
		goto out;
	}
	if (pss->trailerField &&
	    (ASN1_INTEGER_get_int64(&trailer, pss->trailerField) != 1 || trailer != 1)) {
		result = refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				"the PSS signature has a trailer field other than 1");
		goto out;
	}
	*ret_hash = hash;
	result = 0;
out:
	RSA_PSS_PARAMS_free(pss);
	X509_ALGOR_free(mask_hash);
	modseal_crypto_forget();
	return result;
}

/* What a signatureAlgorithm says by itself. */
struct scheme {
	bool ecdsa;
	bool pss;
	bool has_hash; /* rsaEncryption names none */
	enum modseal_hash hash;
};

static int read_scheme(const X509_ALGOR *algorithm, struct scheme *ret_scheme,
		       const char *object, struct modseal_error *error)
{
	static const struct {
		int nid;
		struct scheme scheme;
	} known[] = {
		{NID_rsaEncryption, {false, false, false, MODSEAL_HASH_SHA256}},
		{NID_sha256WithRSAEncryption, {false, false, true, MODSEAL_HASH_SHA256}},
		{NID_sha384WithRSAEncryption, {false, false, true, MODSEAL_HASH_SHA384}},
		{NID_sha512WithRSAEncryption, {false, false, true, MODSEAL_HASH_SHA512}},
		{NID_rsassaPss, {false, true, true, MODSEAL_HASH_SHA256}},
		{NID_ecdsa_with_SHA256, {true, false, true, MODSEAL_HASH_SHA256}},
		{NID_ecdsa_with_SHA384, {true, false, true, MODSEAL_HASH_SHA384}},
		{NID_ecdsa_with_SHA512, {true, false, true, MODSEAL_HASH_SHA512}},
	};
	char name[80];
	int nid = algorithm_nid(algorithm, name, sizeof(name));
	struct scheme scheme;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].nid != nid)
			continue;
		scheme = known[i].scheme;
		if (scheme.pss) {
			int result = pss_hash(algorithm, &scheme.hash, object, error);

			if (result)
				return result;
		} else if (scheme.ecdsa ? !parameters_absent(algorithm) /* RFC 5754 3.3 */
					: !parameters_null_or_absent(algorithm)) {
			return refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				      "the signature algorithm %s has wrong parameters",
				      name);
		}
		*ret_scheme = scheme;
		return 0;
	}
	return refuse(error, MODSEAL_STAGE_EVIDENCE, object, "signature algorithm %s",
		      name);
}

int modseal_algorithm_identify(EVP_PKEY *key, const X509_ALGOR *digest_algorithm,
			       const X509_ALGOR *signature_algorithm,
			       enum modseal_algorithm *ret_algorithm, const char *object,
			       struct modseal_error *error)
{
	enum family family = FAMILY_RSA_PKCS1;
	struct scheme scheme;
	enum modseal_hash hash;
	char name[80];
	bool fits;
	int result;

	modseal_crypto_forget();
	result = read_scheme(signature_algorithm, &scheme, object, error);
	if (result)
		return result;
	hash = scheme.hash;
	if (digest_algorithm) {
		if (!hash_of(digest_algorithm, &hash, name, sizeof(name)))
			return refuse(error, MODSEAL_STAGE_EVIDENCE, object,
				      "digest algorithm %s", name);
		if (scheme.has_hash && hash != scheme.hash)
			return refuse(
				error, MODSEAL_STAGE_EVIDENCE, object,
				"the signer's digest is %s, but the signature's is %s",
				modseal_hash_name(hash), modseal_hash_name(scheme.hash));
	} else if (!scheme.has_hash) {
		return refuse(error, MODSEAL_STAGE_EVIDENCE, object,
			      "the signature algorithm names no digest");
	}
	if (scheme.ecdsa) {
		fits = EVP_PKEY_is_a(key, "EC") &&
		       curve_of(key, &family, name, sizeof(name));
	} else {
		fits = EVP_PKEY_is_a(key, "RSA");
		family = scheme.pss ? FAMILY_RSA_PSS : FAMILY_RSA_PKCS1;
	}
	modseal_crypto_forget();
	if (!fits)
		return refuse(error, MODSEAL_STAGE_EVIDENCE, object,
			      "the signature algorithm does not fit the signer's key");
	*ret_algorithm = tokens[family][hash];
	return 0;
}

static bool is_pss(enum modseal_algorithm algorithm)
{
	return algorithm == MODSEAL_ALGORITHM_RSA_PSS_SHA256 ||
	       algorithm == MODSEAL_ALGORITHM_RSA_PSS_SHA384 ||
	       algorithm == MODSEAL_ALGORITHM_RSA_PSS_SHA512;
}

static bool prepare(EVP_PKEY_CTX *context, EVP_PKEY *key,
		    enum modseal_algorithm algorithm, const EVP_MD *md)
{
	if (EVP_PKEY_verify_init(context) != 1)
		return false;
	if (EVP_PKEY_is_a(key, "RSA") &&
	    EVP_PKEY_CTX_set_rsa_padding(context, is_pss(algorithm)
							  ? RSA_PKCS1_PSS_PADDING
							  : RSA_PKCS1_PADDING) != 1)
		return false;
	if (EVP_PKEY_CTX_set_signature_md(context, md) != 1)
		return false;
	return !is_pss(algorithm) ||
	       (EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

int modseal_signature_check(const struct modseal_crypto *crypto, EVP_PKEY *key,
			    enum modseal_algorithm algorithm, const uint8_t *digest,
			    struct modseal_span signature, const char *object,
			    struct modseal_error *error)
{
	enum modseal_hash hash = modseal_algorithm_hash(algorithm);
	EVP_PKEY_CTX *context;
	int verified = 0;

	if ((unsigned)algorithm >= MODSEAL_ALGORITHM_COUNT)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    object, "unknown algorithm %d", (int)algorithm);
	modseal_crypto_forget();
	context = EVP_PKEY_CTX_new_from_pkey(modseal_crypto_library(crypto), key, NULL);
	if (!context ||
	    !prepare(context, key, algorithm, modseal_crypto_md(crypto, hash))) {
		EVP_PKEY_CTX_free(context);
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
					   "the signature check cannot be set up");
	}
	verified = EVP_PKEY_verify(context, signature.data, signature.size, digest,
				   modseal_hash_size(hash));
	EVP_PKEY_CTX_free(context);
	/* Only 1 is yes. A malformed signature gives 0 or a negative value: no either
	 * way. */
	if (verified != 1) {
		if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
			return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
						   "the signature cannot be checked");
		modseal_crypto_forget();
		return modseal_fail(error, MODSEAL_E_SIGNATURE_INVALID,
				    MODSEAL_STAGE_EVIDENCE, object, NULL);
	}
	modseal_crypto_forget();
	return 0;
}
