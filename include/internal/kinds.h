/* SPDX-License-Identifier: Apache-2.0 */
/* The closed vocabularies that several rooms share; each with its stable name. */
#ifndef MODSEAL_INTERNAL_KINDS_H
#define MODSEAL_INTERNAL_KINDS_H

#include <stdint.h>

#include "modseal.h"

/* Purposes of a signer: a bit set of 1u << MODSEAL_PURPOSE_X. The first three have the
 * values of enum modseal_kind. */
#define MODSEAL_PURPOSE_LIST(X)                                                          \
	X(LIBRARY, "library")                                                            \
	X(PROGRAM, "program")                                                            \
	X(KERNEL_MODULE, "kernel-module")                                                \
	X(CATALOG, "catalog")                                                            \
	X(SUPPLEMENT, "supplement")                                                      \
	X(TIMESTAMP, "timestamp")
/* So many of them, the first, are kinds of files. */
#define MODSEAL_KIND_COUNT 3

/* Forms of evidence (design: what can vouch for a file). How strong each is says
 * modseal_evidence_strength in policy/delegation.c. */
#define MODSEAL_EVIDENCE_LIST(X)                                                         \
	X(APPENDED, "appended")                                                          \
	X(DETACHED, "detached")                                                          \
	X(IMA, "ima")                                                                    \
	X(PROTECTED_PATH, "protected-path")                                              \
	X(CATALOG, "catalog")

/* How approved bytes reach the dynamic linker. */
#define MODSEAL_HAND_OFF_LIST(X)                                                         \
	X(SEALED, "sealed")                                                              \
	X(VERITY, "verity")                                                              \
	X(READ_ONLY, "read-only")

/* What a policy may require its reader to know. */
#define MODSEAL_FEATURE_LIST(X)                                                          \
	X(DELEGATION, "delegation")                                                      \
	X(AUDIT, "audit")                                                                \
	X(RECORDS, "records")                                                            \
	X(EXPIRY, "expiry")                                                              \
	X(VERSIONS, "versions")                                                          \
	X(ORIGIN, "origin")                                                              \
	X(ROTATION, "rotation")                                                          \
	X(READ_ONLY, "read-only")                                                        \
	X(TIMESTAMP, "timestamp")

/* Which provider of OpenSSL the policy's checks use. */
#define MODSEAL_PROVIDER_LIST(X) X(DEFAULT, "default") X(FIPS, "fips")

/*
 * X(TOKEN, "token", hash): signature algorithms, as bits 1u << MODSEAL_ALGORITHM_X. The
 * hash is the SignerInfo's digest, which is that of the content. A token that is known
 * but not available in the OpenSSL at run time never matches.
 */
#define MODSEAL_ALGORITHM_LIST(X)                                                        \
	X(RSA_PKCS1_SHA256, "rsa-pkcs1-sha256", SHA256)                                  \
	X(RSA_PKCS1_SHA384, "rsa-pkcs1-sha384", SHA384)                                  \
	X(RSA_PKCS1_SHA512, "rsa-pkcs1-sha512", SHA512)                                  \
	X(RSA_PSS_SHA256, "rsa-pss-sha256", SHA256)                                      \
	X(RSA_PSS_SHA384, "rsa-pss-sha384", SHA384)                                      \
	X(RSA_PSS_SHA512, "rsa-pss-sha512", SHA512)                                      \
	X(ECDSA_P256_SHA256, "ecdsa-p256-sha256", SHA256)                                \
	X(ECDSA_P256_SHA384, "ecdsa-p256-sha384", SHA384)                                \
	X(ECDSA_P256_SHA512, "ecdsa-p256-sha512", SHA512)                                \
	X(ECDSA_P384_SHA256, "ecdsa-p384-sha256", SHA256)                                \
	X(ECDSA_P384_SHA384, "ecdsa-p384-sha384", SHA384)                                \
	X(ECDSA_P384_SHA512, "ecdsa-p384-sha512", SHA512)                                \
	X(ECDSA_P521_SHA256, "ecdsa-p521-sha256", SHA256)                                \
	X(ECDSA_P521_SHA384, "ecdsa-p521-sha384", SHA384)                                \
	X(ECDSA_P521_SHA512, "ecdsa-p521-sha512", SHA512)                                \
	X(ED25519, "ed25519", SHA512)                                                    \
	X(ML_DSA_44, "ml-dsa-44", SHA512)                                                \
	X(ML_DSA_65, "ml-dsa-65", SHA512)                                                \
	X(ML_DSA_87, "ml-dsa-87", SHA512)

enum modseal_hash {
	MODSEAL_HASH_SHA256,
	MODSEAL_HASH_SHA384,
	MODSEAL_HASH_SHA512,
	MODSEAL_HASH_COUNT,
};
#define MODSEAL_MAX_DIGEST_SIZE 64
#define MODSEAL_SHA256_SIZE	32

enum modseal_purpose {
#define X(name, text) MODSEAL_PURPOSE_##name,
	MODSEAL_PURPOSE_LIST(X)
#undef X
		MODSEAL_PURPOSE_COUNT,
};
enum modseal_evidence {
#define X(name, text) MODSEAL_EVIDENCE_##name,
	MODSEAL_EVIDENCE_LIST(X)
#undef X
		MODSEAL_EVIDENCE_COUNT,
};
enum modseal_hand_off {
#define X(name, text) MODSEAL_HAND_OFF_##name,
	MODSEAL_HAND_OFF_LIST(X)
#undef X
		MODSEAL_HAND_OFF_COUNT,
};
enum modseal_feature {
#define X(name, text) MODSEAL_FEATURE_##name,
	MODSEAL_FEATURE_LIST(X)
#undef X
		MODSEAL_FEATURE_COUNT,
};
enum modseal_provider {
#define X(name, text) MODSEAL_PROVIDER_##name,
	MODSEAL_PROVIDER_LIST(X)
#undef X
		MODSEAL_PROVIDER_COUNT,
};
enum modseal_algorithm {
#define X(name, text, hash) MODSEAL_ALGORITHM_##name,
	MODSEAL_ALGORITHM_LIST(X)
#undef X
		MODSEAL_ALGORITHM_COUNT,
};
#define MODSEAL_ALGORITHMS_ALL ((1u << MODSEAL_ALGORITHM_COUNT) - 1)

enum modseal_trust_model {
	MODSEAL_TRUST_CHAIN,
	MODSEAL_TRUST_PINNED,
};

/* Whether the revocation lists of a path's issuers are asked for. */
enum modseal_crl_demand {
	MODSEAL_CRL_NONE,
	MODSEAL_CRL_IF_PRESENT,
	MODSEAL_CRL_REQUIRED,
};

/* Whether a signature must bear a time stamp, at which its certificates are judged. */
enum modseal_timestamp_demand {
	MODSEAL_TIMESTAMP_IGNORED,
	MODSEAL_TIMESTAMP_IF_EXPIRED, /* where they are not valid now */
	MODSEAL_TIMESTAMP_ALWAYS,
};

/* Where records of verdicts go. */
enum modseal_record_target {
	MODSEAL_RECORD_TO_FILE,
	MODSEAL_RECORD_TO_SYSLOG,
	MODSEAL_RECORD_TO_JOURNALD,
	MODSEAL_RECORD_TARGET_COUNT,
};

/* Stable names; NULL for a value outside the list. Defined in verifier/names.c. */
const char *modseal_purpose_name(enum modseal_purpose purpose);
const char *modseal_evidence_name(enum modseal_evidence evidence);
const char *modseal_hand_off_name(enum modseal_hand_off hand_off);
const char *modseal_feature_name(enum modseal_feature feature);
const char *modseal_provider_name(enum modseal_provider provider);
const char *modseal_algorithm_name(enum modseal_algorithm algorithm);
const char *modseal_hash_name(enum modseal_hash hash); /* "sha256", ... */
size_t modseal_hash_size(enum modseal_hash hash);      /* bytes */
enum modseal_hash modseal_algorithm_hash(enum modseal_algorithm algorithm);

#endif
