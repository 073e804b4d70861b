/* SPDX-License-Identifier: Apache-2.0 */
/* Names the algorithm of a signature, and refuses what is not allowed. */
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include "keys/algorithms.h"
#include "keys/der.h"
#include "keys/pure.h"

/* Bytes; a longer name of an algorithm is cut. */
#define NAME_SIZE 80

enum family {
	FAMILY_ECDSA_P256 = MODSEAL_CURVE_P256,
	FAMILY_ECDSA_P384 = MODSEAL_CURVE_P384,
	FAMILY_ECDSA_P521 = MODSEAL_CURVE_P521,
	FAMILY_RSA_PKCS1,
	FAMILY_RSA_PSS,
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
	return modseal_fail(error, MODSEAL_E_ALGORITHM_NOT_ALLOWED,
			    MODSEAL_STAGE_EVIDENCE, object, "%s", message);
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

static int algorithm_nid(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	return OBJ_obj2nid(object);
}

/* What it is called in a refusal. */
static const char *name_algorithm(const X509_ALGOR *algorithm, char name[NAME_SIZE])
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	return OBJ_obj2txt(name, NAME_SIZE, object, 0) > 0 ? name : "unknown";
}

static bool hash_of(const X509_ALGOR *algorithm, enum modseal_hash *ret_hash)
{
	switch (algorithm_nid(algorithm)) {
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
	char name[NAME_SIZE];
	int type = V_ASN1_UNDEF;
	int result = MODSEAL_E_INTERNAL;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return refuse(error, object, "the PSS signature has no parameters");
	sequence = value;
	pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS),
					algorithm->parameter);
	if (!pss ||
	    !modseal_der_strict(modseal_span_of(ASN1_STRING_get0_data(sequence),
						(size_t)ASN1_STRING_length(sequence)))) {
		result = refuse(error, object, "the PSS parameters cannot be read");
		goto out;
	}
	if (!pss->hashAlgorithm || !hash_of(pss->hashAlgorithm, &hash)) {
		result = refuse(error, object, "the PSS parameters name the digest %s",
				pss->hashAlgorithm
					? name_algorithm(pss->hashAlgorithm, name)
					: "sha1 by default");
		goto out;
	}
	if (pss->maskGenAlgorithm && algorithm_nid(pss->maskGenAlgorithm) == NID_mgf1)
		mask_hash = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR),
						      pss->maskGenAlgorithm->parameter);
	if (!mask_hash || !hash_of(mask_hash, &mask) || mask != hash) {
		result = refuse(error, object,
				"the mask of the PSS signature is not MGF1 with %s",
				modseal_hash_name(hash));
		goto out;
	}
	if (ASN1_INTEGER_get_int64(&salt, pss->saltLength) != 1 ||
	    salt != (int64_t)modseal_hash_size(hash)) {
		result = refuse(error, object,
				"the salt of the PSS signature is not as long as its "
				"digest (%zu)",
				modseal_hash_size(hash));
		goto out;
	}
	if (pss->trailerField &&
	    (ASN1_INTEGER_get_int64(&trailer, pss->trailerField) != 1 || trailer != 1)) {
		result = refuse(error, object,
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
	char name[NAME_SIZE];
	int nid = algorithm_nid(algorithm);
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
			return refuse(error, object,
				      "the signature algorithm %s has wrong parameters",
				      name_algorithm(algorithm, name));
		}
		*ret_scheme = scheme;
		return 0;
	}
	return refuse(error, object, "signature algorithm %s",
		      name_algorithm(algorithm, name));
}

/* The name is looked up only where the number does not say it: that takes a while. */
static bool is_rsa(EVP_PKEY *key)
{
	return EVP_PKEY_get_id(key) == EVP_PKEY_RSA || EVP_PKEY_is_a(key, "RSA");
}

/* One identifier says it all: no parameters (RFC 8410 3, RFC 9881 2), one kind of key,
 * one digest of the content. */
static int identify_pure(EVP_PKEY *key, const struct modseal_pure *pure,
			 const X509_ALGOR *digest_algorithm,
			 const X509_ALGOR *signature_algorithm, const char *object,
			 struct modseal_error *error)
{
	enum modseal_hash wanted = modseal_algorithm_hash(pure->algorithm);
	enum modseal_hash hash = wanted;
	char name[NAME_SIZE];
	int result;

	if (!parameters_absent(signature_algorithm))
		return refuse(error, object,
			      "the signature algorithm %s has wrong parameters",
			      modseal_algorithm_name(pure->algorithm));
	if (digest_algorithm && !hash_of(digest_algorithm, &hash))
		return refuse(error, object, "digest algorithm %s",
			      name_algorithm(digest_algorithm, name));
	if (hash != wanted) {
		result = refuse(error, object, "the digest beside %s is %s, not %s",
				modseal_algorithm_name(pure->algorithm),
				modseal_hash_name(hash), modseal_hash_name(wanted));
		modseal_remedy(error, "sign again with the digest %s",
			       modseal_hash_name(wanted));
		return result;
	}
	if (!EVP_PKEY_is_a(key, pure->type))
		return refuse(error, object,
			      "the signature algorithm does not fit the signer's key");
	return 0;
}

int modseal_algorithm_identify(EVP_PKEY *key, const X509_ALGOR *digest_algorithm,
			       const X509_ALGOR *signature_algorithm,
			       enum modseal_algorithm *ret_algorithm, const char *object,
			       struct modseal_error *error)
{
	enum family family = FAMILY_RSA_PKCS1;
	enum modseal_curve curve = MODSEAL_CURVE_P256;
	struct scheme scheme = {.ecdsa = false};
	const ASN1_OBJECT *identifier = NULL;
	const struct modseal_pure *pure;
	enum modseal_hash hash;
	char name[NAME_SIZE];
	bool fits;
	int result;

	X509_ALGOR_get0(&identifier, NULL, NULL, signature_algorithm);
	pure = modseal_pure_of_object(identifier);
	if (pure) {
		result = identify_pure(key, pure, digest_algorithm, signature_algorithm,
				       object, error);
		if (result == 0)
			*ret_algorithm = pure->algorithm;
		return result;
	}
	result = read_scheme(signature_algorithm, &scheme, object, error);
	if (result)
		return result;
	hash = scheme.hash;
	if (digest_algorithm) {
		if (!hash_of(digest_algorithm, &hash))
			return refuse(error, object, "digest algorithm %s",
				      name_algorithm(digest_algorithm, name));
		if (scheme.has_hash && hash != scheme.hash)
			return refuse(
				error, object,
				"the signer's digest is %s, but the signature's is %s",
				modseal_hash_name(hash), modseal_hash_name(scheme.hash));
	} else if (!scheme.has_hash) {
		return refuse(error, object, "the signature algorithm names no digest");
	}
	if (scheme.ecdsa) {
		fits = modseal_key_curve(key, &curve, name, sizeof(name));
		family = (enum family)curve;
	} else {
		fits = is_rsa(key);
		family = scheme.pss ? FAMILY_RSA_PSS : FAMILY_RSA_PKCS1;
	}
	modseal_crypto_forget();
	if (!fits)
		return refuse(error, object,
			      "the signature algorithm does not fit the signer's key");
	*ret_algorithm = tokens[family][hash];
	return 0;
}

int modseal_algorithm_of_key(EVP_PKEY *key, enum modseal_hash hash,
			     enum modseal_algorithm *ret_algorithm, const char *object,
			     struct modseal_error *error)
{
	enum family family = FAMILY_RSA_PKCS1;
	enum modseal_curve curve = MODSEAL_CURVE_P256;
	bool known = is_rsa(key);
	char name[64];

	if (!known && modseal_key_curve(key, &curve, name, sizeof(name))) {
		family = (enum family)curve;
		known = true;
	}
	modseal_crypto_forget();
	if (!known || (unsigned)hash >= MODSEAL_HASH_COUNT)
		return refuse(error, object,
			      "neither an RSA key nor one on an allowed curve");
	*ret_algorithm = tokens[family][hash];
	return 0;
}

bool modseal_algorithm_is_pure(enum modseal_algorithm algorithm)
{
	return modseal_pure_of(algorithm) != NULL;
}
