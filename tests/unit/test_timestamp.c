/* SPDX-License-Identifier: Apache-2.0 */
/* Time-stamp tokens: every way in which one may not count (RFC 3161, RFC 5816). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "keys/certificate.h"
#include "verifier/signature/timestamp.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows are shorter */

#define MOST 3
/* 2020-06-01 12:00:00, when most of them were made */
#define MADE 1591012800

static struct modseal_crypto *crypto;
static struct modseal_error error;

static void begin(void)
{
	cr_assert(zero(int, modseal_crypto_new(&crypto, &error)), "%s", error.message);
}

static void end(void)
{
	modseal_crypto_free(&crypto);
}

struct file {
	uint8_t bytes[16384];
	size_t size;
};

static struct file load(const char *name, const char *suffix)
{
	struct file file;
	char path[512];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/data/timestamp/%s%s", BUILD_DIR, name, suffix);
	stream = fopen(path, "r");
	cr_assert(stream != NULL, "%s: run `make testdata`", path);
	file.size = fread(file.bytes, 1, sizeof(file.bytes), stream);
	fclose(stream);
	cr_assert(lt(sz, file.size, sizeof(file.bytes)), "%s", path);
	return file;
}

struct signer_row {
	const char *name; /* NULL ends the list */
	bool chain;
	uint32_t algorithms;
};

#define CA                                                                               \
	{                                                                                \
		"ca", true                                                               \
	}
#define TSA                                                                              \
	{                                                                                \
		"tsa", false                                                             \
	}

static struct modseal_signer *make_signer(const struct signer_row *row)
{
	struct file pem = load(row->name, ".pem");
	const struct modseal_signer_config config = {
		.name = row->name,
		.trust = row->chain ? MODSEAL_TRUST_CHAIN : MODSEAL_TRUST_PINNED,
		.certificate = modseal_span_of(pem.bytes, pem.size),
		.algorithms = row->algorithms,
		.purposes = 1u << MODSEAL_PURPOSE_TIMESTAMP,
	};
	struct modseal_signer *signer = NULL;

	cr_assert(zero(int, modseal_signer_new(crypto, &config, &signer, &error)),
		  "%s: %s", row->name, error.message);
	return signer;
}

static struct modseal_certificate load_certificate(const char *name)
{
	struct file pem = load(name, ".pem");
	struct modseal_certificate certificate;

	cr_assert(zero(int, modseal_certificate_read(crypto,
						     modseal_span_of(pem.bytes, pem.size),
						     name, &certificate, &error)));
	return certificate;
}

struct row {
	const char *token;
	struct signer_row signers[MOST];
	const char *message; /* NULL: it counts */
	int64_t time;	     /* where it does; 0: not asked */
	int64_t now, floor;  /* 0: today */
	const char *revoked_key, *revoked_certificate;
	const char *signature; /* file; NULL: "signature" */
};

static struct modseal_timestamp stamp;

static int check(const struct row *row, struct modseal_span token)
{
	struct modseal_signer *signers[MOST];
	struct file signature = load(row->signature ? row->signature : "signature", "");
	struct modseal_clock clock = {.now = row->now ? row->now : time(NULL),
				      .floor = row->floor};
	struct modseal_timestamp_request request = {
		.token = token,
		.signature = modseal_span_of(signature.bytes, signature.size),
		.signers = signers,
		.clock = &clock,
		.object = "x.so",
	};
	uint8_t key[1][MODSEAL_SHA256_SIZE], certificate[1][MODSEAL_SHA256_SIZE];
	struct modseal_revoked revoked = {
		.keys = {key, row->revoked_key != NULL},
		.certificates = {certificate, row->revoked_certificate != NULL}};
	int code;

	if (row->revoked_key) {
		struct modseal_certificate of = load_certificate(row->revoked_key);

		memcpy(key[0], of.key_sha256, sizeof(key[0]));
		modseal_certificate_clear(&of);
	}
	if (row->revoked_certificate) {
		struct modseal_certificate of =
			load_certificate(row->revoked_certificate);

		memcpy(certificate[0], of.sha256, sizeof(certificate[0]));
		modseal_certificate_clear(&of);
	}
	request.revoked = &revoked;
	while (request.signer_count < MOST && row->signers[request.signer_count].name) {
		signers[request.signer_count] =
			make_signer(&row->signers[request.signer_count]);
		request.signer_count++;
	}
	memset(&stamp, 0xff, sizeof(stamp));
	memset(&error, 0, sizeof(error));
	code = modseal_timestamp_check(crypto, &request, &stamp, &error);
	for (size_t i = 0; i < request.signer_count; i++)
		modseal_signer_free(&signers[i]);
	return code;
}

static const struct row rows[] = {
	/* what counts */
	{"good", {CA}, .time = MADE},
	{"good", {TSA}, .time = MADE},
	{"full", {CA}, .time = MADE + 3}, /* .25 s, 1 s and 500 ms, all rounded up */
	{"wide", {CA}, .time = MADE},
	{"hour", {CA}, .time = MADE + 3600},
	{"late", {CA}, .time = MADE + 365 * 86400},
	{"early", {CA}, .time = MADE - 366 * 86400},
	{"solo", {{"solo"}}, .time = MADE},
	{"bare", {TSA}, .time = MADE},
	{"keyid", {CA}, .time = MADE},
	{"foreign", {CA, {"otherca", true}}, .time = MADE},
	{"real2", {CA}},
	/* a pinned key, certified again: the token names the new certificate */
	{"foreign", {TSA}, .time = MADE},
	/* whose word */
	{"good", {{"otherca", true}}, "its authority 'CN=Stamper' is not one that is "},
	{"good", {{"solo"}}, "its authority 'CN=Stamper' is not one that is "},
	{"good", {{NULL}}, "its authority 'CN=Stamper' is not one that is "},
	{"foreign", {CA}, "its authority 'CN=Foreign stamper' is not one that is "},
	{"bare", {CA}, "the certificate of its authority is not there"},
	{"good",
	 {{"ca", true, 1u << MODSEAL_ALGORITHM_RSA_PSS_SHA256}},
	 "not among its algorithms"},
	{"twin", {CA}, "or not the one it names"},
	{"twin", {TSA}, .time = MADE}, /* the policy has the one it names */
	/* what for */
	{"good", {CA}, "it is for another signature", .signature = "another"},
	{"another", {CA}, "it is for another signature"},
	{"another", {CA}, .signature = "another", .time = MADE},
	{"short", {CA}, "it is for another signature"},
	{"sha1", {CA}, "not over a digest by SHA-256"},
	/* when */
	{"over", {CA}, "expired"},
	{"over", {TSA}, "expired"},
	{"future", {CA}, "it is from the future (2040-06-01 12:00:00Z)"},
	{"future", {CA}, "it is from the future", .now = MADE, .floor = MADE},
	/* a clock below the floor tells nothing; then the dates of the authority do */
	{"future", {CA}, "expired", .now = MADE, .floor = MADE + 1},
	{"good", {CA}, .now = MADE - 300, .time = MADE},
	{"good", {CA}, "it is from the future", .now = MADE - 301},
	/* an authority that knows the time no better is not ahead of it */
	{"hour", {CA}, .now = MADE - 300, .time = MADE + 3600},
	{"hour", {CA}, "it is from the future", .now = MADE - 301},
	{"good", {CA}, .now = 1, .floor = 2, .time = MADE},
	{"vague", {CA}, "not known to the hour"},
	{"fraction0", {CA}, "its time is malformed"},
	{"minute", {CA}, "its time is malformed"},
	{"zone", {CA}, "its time is malformed"},
	/* by whom */
	{"none", {CA}, "lacks timeStamping as its only, critical extended key usage"},
	{"soft", {CA}, "lacks timeStamping as its only, critical extended key usage"},
	{"both", {CA}, "lacks timeStamping as its only, critical extended key usage"},
	{"any", {CA}, "lacks timeStamping as its only, critical extended key usage"},
	{"code", {CA}, "lacks timeStamping as its only, critical extended key usage"},
	{"cipher", {CA}, "lacks the key usage digitalSignature"},
	{"isca", {CA}, "is a CA's"},
	{"solonone", {{"solonone"}}, "lacks timeStamping as its only"},
	{"none", {TSA}, "lacks timeStamping as its only"},
	/* revoked, whenever that was */
	{"good", {CA}, "has a revoked key", .revoked_key = "tsa"},
	{"good", {CA}, "has a revoked key", .revoked_key = "ca"},
	{"good", {CA}, "is revoked", .revoked_certificate = "tsa"},
	{"good", {TSA}, "has a revoked key", .revoked_key = "tsa"},
	{"good", {CA}, .revoked_key = "solo", .time = MADE},
	/* how */
	{"version2", {CA}, "not of version 1"},
	{"critical", {CA}, "critical extension that is not known"},
	{"more", {CA}, "left-over bytes"},
	{"sha1signed", {CA}, "does not name its certificate by SHA-2"},
	{"unnamed", {CA}, "does not name its certificate by SHA-2"},
	{"real1", {CA}, "does not name its certificate by SHA-2"},
	{"twice", {CA}, "more than one signature"},
	{"data", {CA}, "is not a TSTInfo"},
};

Test(timestamp, counts_or_is_refused_with_the_reason, .init = begin, .fini = end)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct file token = load(row->token, ".token");
		int code = check(row, modseal_span_of(token.bytes, token.size));

		if (!row->message) {
			cr_assert(zero(int, code), "row %zu, %s: %s", i, row->token,
				  error.message);
			if (row->time)
				cr_assert(eq(i64, stamp.time, row->time), "row %zu, %s",
					  i, row->token);
			continue;
		}
		cr_assert(eq(int, code, MODSEAL_E_TIMESTAMP_INVALID), "row %zu, %s: %s",
			  i, row->token, code ? error.message : "it counts");
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE), "row %zu, %s", i,
			  row->token);
		cr_assert(strstr(error.message, row->message) != NULL, "row %zu, %s: %s",
			  i, row->token, error.message);
		cr_assert(eq(i64, stamp.time, -1), "row %zu, %s: written", i, row->token);
	}
}

Test(timestamp, says_whose_word_it_is, .init = begin, .fini = end)
{
	const struct row row = {"foreign", {CA, {"solo"}, {"otherca", true}}};
	struct file token = load(row.token, ".token");

	cr_assert(zero(int, check(&row, modseal_span_of(token.bytes, token.size))));
	cr_assert(eq(sz, stamp.signer, 2));
}

/* Asks about many tokens in turn, on bytes of the exact size, so that the sanitizers see
 * every step outside. */
struct asking {
	struct modseal_signer *signer;
	struct file signature;
	struct modseal_clock clock;
};

static struct asking ask_many(void)
{
	const struct signer_row row = CA;

	return (struct asking){.signer = make_signer(&row),
			       .signature = load("signature", ""),
			       .clock = {.now = time(NULL)}};
}

static int check_copy(const struct asking *asking, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct modseal_timestamp_request request = {
		.token = modseal_span_of(copy, size),
		.signature =
			modseal_span_of(asking->signature.bytes, asking->signature.size),
		.signers = &asking->signer,
		.signer_count = 1,
		.clock = &asking->clock,
		.object = "x.so",
	};
	int code;

	memcpy(copy, bytes, size);
	code = modseal_timestamp_check(crypto, &request, &stamp, &error);
	free(copy);
	return code;
}

Test(timestamp, no_changed_bit_counts, .init = begin, .fini = end, .timeout = 300)
{
	struct asking asking = ask_many();
	struct file token = load("full", ".token");

	cr_assert(zero(int, check_copy(&asking, token.bytes, token.size)));
	for (size_t bit = 0; bit < 8 * token.size; bit++) {
		int code;

		token.bytes[bit / 8] ^= 1u << bit % 8;
		code = check_copy(&asking, token.bytes, token.size);
		token.bytes[bit / 8] ^= 1u << bit % 8;
		cr_assert(eq(int, code, MODSEAL_E_TIMESTAMP_INVALID),
			  "bit %zu of byte %zu: %s", bit % 8, bit / 8,
			  code ? error.message : "it counts");
	}
	modseal_signer_free(&asking.signer);
}

Test(timestamp, no_other_length_counts, .init = begin, .fini = end)
{
	struct asking asking = ask_many();
	struct file token = load("full", ".token");

	for (size_t size = 0; size < token.size; size++)
		cr_assert(eq(int, check_copy(&asking, token.bytes, size),
			     MODSEAL_E_TIMESTAMP_INVALID),
			  "%zu bytes", size);
	token.bytes[token.size] = 0;
	cr_assert(eq(int, check_copy(&asking, token.bytes, token.size + 1),
		     MODSEAL_E_TIMESTAMP_INVALID));
	modseal_signer_free(&asking.signer);
}

/* Puts an element behind the last of the SignerInfo: it is at the end of everything
 * around it, so five lengths (of two bytes each) grow with it. */
static void append_to_signer(struct file *token, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	for (int level = 0; level < 5; level++) {
		size_t length = (size_t)token->bytes[at + 2] << 8 | token->bytes[at + 3];
		size_t last = at + 4;

		cr_assert(eq(u8, token->bytes[at + 1], 0x82), "level %d", level);
		cr_assert(eq(sz, at + 4 + length, token->size), "level %d", level);
		token->bytes[at + 2] = (uint8_t)((length + size) >> 8);
		token->bytes[at + 3] = (uint8_t)(length + size);
		for (size_t next = last; level < 4 && next < token->size;) {
			size_t header = 2, value = token->bytes[next + 1];

			last = next;
			if (value == 0x81)
				value = token->bytes[next + 2], header = 3;
			else if (value == 0x82)
				value = (size_t)token->bytes[next + 2] << 8 |
					token->bytes[next + 3],
				header = 4;
			next += header + value;
		}
		at = last;
	}
	memcpy(token->bytes + token->size, bytes, size);
	token->size += size;
}

Test(timestamp, a_token_has_no_unsigned_attributes, .init = begin, .fini = end)
{
	/* [1] { SEQUENCE { 1.2.3.4, SET { NULL } } } */
	static const uint8_t attribute[] = {0xa1, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x2a,
					    0x03, 0x04, 0x31, 0x02, 0x05, 0x00};
	const struct row row = {"good", {CA}};
	struct file token = load(row.token, ".token");

	append_to_signer(&token, attribute, sizeof(attribute));
	cr_assert(eq(int, check(&row, modseal_span_of(token.bytes, token.size)),
		     MODSEAL_E_TIMESTAMP_INVALID));
	cr_assert(strstr(error.message, "it has unsigned attributes") != NULL, "%s",
		  error.message);
}
