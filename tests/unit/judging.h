/* SPDX-License-Identifier: Apache-2.0 */
/* Judging forged signatures in tests: signers out of the test data, code and stage. */
#ifndef MODSEAL_TEST_JUDGING_H
#define MODSEAL_TEST_JUDGING_H

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows are shorter */

#include <stdlib.h>
#include <time.h>

#include "tests/unit/forge.h"
#include "verifier/signature/evidence.h"

static struct modseal_crypto *crypto;
static struct modseal_error error;
static struct modseal_evidence_result result;

static void judging_begin(void)
{
	cr_assert(zero(int, modseal_crypto_new(&crypto, &error)), "%s", error.message);
}

static void judging_end(void)
{
	modseal_crypto_free(&crypto);
}

/* A content that is an ELF file by its first bytes. */
static struct der elf_content(void)
{
	static const char text[] = {0x7f, 'E', 'L', 'F', ' ', 'c',
				    'o',  'n', 't', 'e', 'n', 't'};

	return raw(text, sizeof(text));
}

struct signer_row {
	const char *name; /* file of the certificate; NULL ends the list */
	bool chain;
	const char *intermediate;
	uint32_t algorithms;
	uint32_t purposes;
};

#define MOST_SIGNERS 8

static struct modseal_span load_pem(const char *name, char *buffer, size_t size)
{
	FILE *file = open_data(name, ".pem");
	size_t length = fread(buffer, 1, size, file);

	fclose(file);
	cr_assert(lt(sz, length, size));
	return modseal_span_of(buffer, length);
}

static struct modseal_signer *make_signer(const struct signer_row *row)
{
	char pem[16384], more[16384];
	struct modseal_signer_config config = {
		.name = row->name,
		.trust = row->chain ? MODSEAL_TRUST_CHAIN : MODSEAL_TRUST_PINNED,
		.certificate = load_pem(row->name, pem, sizeof(pem)),
		.algorithms = row->algorithms,
		.purposes = row->purposes,
	};
	struct modseal_signer *signer = NULL;

	if (row->intermediate)
		config.intermediates = load_pem(row->intermediate, more, sizeof(more));
	cr_assert(zero(int, modseal_signer_new(crypto, &config, &signer, &error)),
		  "%s: %s", row->name, error.message);
	return signer;
}

/* What a case changes of an ordinary request. */
struct asked {
	enum modseal_evidence form;
	uint32_t require; /* 0: 1 */
	uint32_t purpose;
	const struct modseal_revoked *revoked;
	int64_t now; /* 0: the clock */
	bool no_digest;
	bool wrong_digest;
	struct modseal_cms_memory *memory;
	struct signer_row signers[MOST_SIGNERS];
};

static int judge_bytes(const struct asked *asked, struct modseal_span cms,
		       struct modseal_span content)
{
	struct modseal_signer *signers[MOST_SIGNERS];
	struct modseal_evidence_request request = {
		.form = asked->form,
		.cms = cms,
		.content = content,
		.signers = signers,
		.require = asked->require ? asked->require : 1,
		.purpose = asked->purpose,
		.revoked = asked->revoked,
		.clock = {.now = asked->now ? asked->now : time(NULL)},
		.memory = asked->memory,
		.object = "x.so",
	};
	uint8_t digest[MODSEAL_SHA256_SIZE];
	int code;

	cr_assert(zero(int, modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, content,
						  digest, &error)));
	digest[0] ^= asked->wrong_digest;
	request.content_sha256 = asked->no_digest ? NULL : digest;
	for (; request.signer_count < MOST_SIGNERS &&
	       asked->signers[request.signer_count].name;
	     request.signer_count++)
		signers[request.signer_count] =
			make_signer(&asked->signers[request.signer_count]);
	memset(&result, 0xff, sizeof(result));
	memset(&error, 0, sizeof(error));
	code = modseal_evidence_judge(crypto, &request, &result, &error);
	cr_assert(eq(int, error.code, code), "code %d, recorded %d", code, error.code);
	if (code < 0)
		cr_assert(eq(u32, result.met_count, UINT32_MAX), "output written");
	for (size_t i = 0; i < request.signer_count; i++)
		modseal_signer_free(&signers[i]);
	return code;
}

static inline int judge(const struct asked *asked, struct der cms, struct der content)
{
	/* copies of the exact size, so that the sanitizers see every step outside */
	uint8_t *bytes = malloc(cms.size ? cms.size : 1);
	int code;

	memcpy(bytes, cms.bytes, cms.size);
	code = judge_bytes(asked, modseal_span_of(bytes, cms.size),
			   modseal_span_of(content.bytes, content.size));
	free(bytes);
	return code;
}

/* code, and for refusals the stage */
#define expect(wanted, got, ...)                                                         \
	do {                                                                             \
		int got_ = (got);                                                        \
		cr_assert(eq(int, got_, (wanted)), __VA_ARGS__);                         \
		if (got_ < 0)                                                            \
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE),          \
				  __VA_ARGS__);                                          \
	} while (0)

#endif
