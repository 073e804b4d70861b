/* SPDX-License-Identifier: Apache-2.0 */
/* Forges values of security.ima, right or wrong, with the keys of the test data. */
#ifndef MODSEAL_TEST_IMA_FORGE_H
#define MODSEAL_TEST_IMA_FORGE_H

#include "tests/unit/judging.h"
#include "verifier/signature/ima_evidence.h"

struct ima_forge {
	const char *name; /* whose key identifier; NULL: no value */
	const char *key;  /* another key */
	const char *hash; /* NULL: SHA256 */
	uint8_t claim;	  /* another number for the digest */
	bool by_subject;  /* the certificate's subject key identifier */
	bool pss;
};

/* The last four bytes of the SHA-1 of the public key, taken without our own code. */
static inline uint32_t ima_identifier(const char *name)
{
	X509 *x509 = load_certificate(name);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	cr_assert(X509_pubkey_digest(x509, EVP_sha1(), digest, &size));
	X509_free(x509);
	return modseal_read_be32(digest + size - 4);
}

static inline uint32_t ima_subject_identifier(const char *name)
{
	X509 *x509 = load_certificate(name);
	const ASN1_OCTET_STRING *named = X509_get0_subject_key_id(x509);
	uint32_t identifier;

	cr_assert(named != NULL);
	identifier = modseal_read_be32(ASN1_STRING_get0_data(named) +
				       ASN1_STRING_length(named) - 4);
	X509_free(x509);
	return identifier;
}

static inline struct der ima_sign(const struct ima_forge *forge, const char *hash,
				  struct der whole)
{
	EVP_PKEY *key = load_key(forge->key ? forge->key : forge->name);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;
	struct der signature = {.size = sizeof(signature.bytes)};

	cr_assert(EVP_DigestSignInit_ex(context, &parameters, hash, NULL, NULL, key,
					NULL) == 1);
	if (forge->pss)
		cr_assert(EVP_PKEY_CTX_set_rsa_padding(parameters,
						       RSA_PKCS1_PSS_PADDING) == 1);
	cr_assert(EVP_DigestSign(context, signature.bytes, &signature.size, whole.bytes,
				 whole.size) == 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return signature;
}

static inline struct der ima_value(struct ima_forge forge, struct der whole)
{
	const char *hash = forge.hash ? forge.hash : "SHA256";
	uint8_t number = strcmp(hash, "SHA1") == 0     ? 2
			 : strcmp(hash, "SHA256") == 0 ? 4
			 : strcmp(hash, "SHA384") == 0 ? 5
						       : 6;
	uint32_t id = forge.by_subject ? ima_subject_identifier(forge.name)
				       : ima_identifier(forge.name);
	struct der signature = ima_sign(&forge, hash, whole);
	struct der value =
		RAW(3, 2, forge.claim ? forge.claim : number, (uint8_t)(id >> 24),
		    (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id,
		    (uint8_t)(signature.size >> 8), (uint8_t)signature.size);

	add(&value, signature);
	return value;
}

/* Content and rest are judged apart, as they lie apart when a file is loaded. */
struct ima_case {
	const struct der *attribute, *beside; /* NULL: not there */
	struct der content, rest;
};

static inline int judge_ima(const struct asked *asked, const struct ima_case *given)
{
	struct modseal_signer *signers[MOST_SIGNERS];
	uint8_t digest[MODSEAL_SHA256_SIZE];
	struct modseal_evidence_request request = {
		.content = modseal_span_of(given->content.bytes, given->content.size),
		.content_sha256 = asked->no_digest ? NULL : digest,
		.signers = signers,
		.require = asked->require ? asked->require : 1,
		.purpose = asked->purpose,
		.revoked = asked->revoked,
		.clock = {.now = asked->now ? asked->now : time(NULL)},
		.object = "x.so",
	};
	struct modseal_ima_source source = {
		.rest = modseal_span_of(given->rest.bytes, given->rest.size)};
	const struct der *values[] = {given->attribute, given->beside};
	int code;

	cr_assert(zero(int, modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
						  request.content, digest, &error)));
	digest[0] ^= asked->wrong_digest;
	for (int at = 0; at < MODSEAL_IMA_PLACE_COUNT; at++) {
		if (!values[at])
			continue;
		/* of the exact size, so that the sanitizers see every step outside */
		source.present[at] = true;
		source.values[at] = modseal_span_of(
			memcpy(malloc(values[at]->size ? values[at]->size : 1),
			       values[at]->bytes, values[at]->size),
			values[at]->size);
	}
	for (; request.signer_count < MOST_SIGNERS &&
	       asked->signers[request.signer_count].name;
	     request.signer_count++)
		signers[request.signer_count] =
			make_signer(&asked->signers[request.signer_count]);
	memset(&result, 0xff, sizeof(result));
	memset(&error, 0, sizeof(error));
	code = modseal_ima_judge(crypto, &request, &source, &result, &error);
	cr_assert(eq(int, error.code, code), "code %d, recorded %d", code, error.code);
	if (code < 0)
		cr_assert(eq(u32, result.met_count, UINT32_MAX), "output written");
	for (size_t i = 0; i < request.signer_count; i++)
		modseal_signer_free(&signers[i]);
	for (int at = 0; at < MODSEAL_IMA_PLACE_COUNT; at++)
		free((void *)(uintptr_t)source.values[at].data);
	return code;
}

/* One value in the attribute, over elf_content(). */
static inline int judge_value(const struct asked *asked, struct der value)
{
	struct ima_case given = {.attribute = &value, .content = elf_content()};

	return judge_ima(asked, &given);
}

#endif
