/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a catalog in force: no changed byte of either file gets through, and the
 * time it was issued is believed. */
#include <time.h>

#include "tests/unit/signing.h"
#include "verifier/catalogs_open.h"
#include "verifier/context.h"
#include "verifier/sign/make.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char catalog_text[] = "modseal-catalog: 1\n"
				   "name: base\n"
				   "serial: 7\n"
				   "issued: 2100-01-01T00:00:00Z\n"
				   "/usr/lib/a.so 12 sha256:" DIGEST "\n";

static const char policy_text[] =
	"modseal-policy: 1\n"
	"name: test\n"
	"serial: 1\n"
	"issued: 2026-11-23T00:00:00Z\n"
	"signers: {cats: {trust: pinned, purposes: [catalog], "
	"certificate-file: c, certificate-sha256: " DIGEST "}}\n"
	"catalogs: [{name: base, file: base.cat, signers: "
	"[cats]}]\n"
	"rules: []\n";

static struct modseal_context context;
static struct modseal_signer *context_signers[1];
static struct der cms;
/* in_place gives a few at once, the mutations take more */
static char policy_path[PATH_MAX], catalog_path[PATH_MAX], signature_path[PATH_MAX + 8];

static void begin(void)
{
	struct modseal_signing_key *key;
	struct modseal_writer made = {.size = 0};

	signing_begin();
	memset(&context, 0, sizeof(context));
	context.strict = true;
	context.flags = MODSEAL_OPEN_CALLER_OWNED;
	context.root = context.policy_root = MODSEAL_ROOT_OF_PROCESS;
	context.crypto = crypto;
	snprintf(policy_path, sizeof(policy_path), "%s", in_place("policy.yaml"));
	snprintf(catalog_path, sizeof(catalog_path), "%s", in_place("base.cat"));
	snprintf(signature_path, sizeof(signature_path), "%s.p7s", catalog_path);
	context.policy_path = policy_path;
	context.base.signers = context_signers;
	context_signers[0] = make_signer(&(struct signer_row){
		.name = "p256", .purposes = 1u << MODSEAL_PURPOSE_CATALOG});
	cr_assert(zero(int, modseal_policy_parse(
				    modseal_span_of(policy_text, strlen(policy_text)),
				    "policy.yaml", &context.base.policy, &error)),
		  "%s", error.message);
	key = signing_key("p256");
	cr_assert(zero(int, modseal_cms_make(
				    key, MODSEAL_EVIDENCE_DETACHED,
				    &(struct modseal_content_digests){
					    .content = modseal_span_of(
						    catalog_text, strlen(catalog_text))},
				    &(struct modseal_others){.signer_count = 0},
				    "base.cat", &made, &error)),
		  "%s", error.message);
	cms = raw(made.bytes, made.size);
	modseal_writer_clear(&made);
	modseal_signing_key_free(&key);
	write_bytes(catalog_path, raw(catalog_text, strlen(catalog_text)));
	write_bytes(signature_path, cms);
}

static void end(void)
{
	modseal_policy_free(&context.base.policy);
	modseal_signer_free(&context_signers[0]);
	signing_end();
}

TestSuite(catalogs_open, .init = begin, .fini = end);

static int open_catalogs(void)
{
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_catalogs_open(&context, &context.base, &error);
	if (code)
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY), "%s",
			  error.message);
	modseal_catalogs_close(&context.base);
	return code;
}

Test(catalogs_open, R28_the_time_a_catalog_was_issued_raises_the_floor)
{
	/* by a clock that is behind signed times anyway */
	context.time_floor = 4000000000;
	cr_assert(zero(int, open_catalogs()), "%s", error.message);
	cr_assert(eq(i64, context.time_floor, 4102444800));
	cr_assert(eq(i64, modseal_context_clock(&context).floor, 4102444800));
	/* never down again */
	context.time_floor = 5000000000;
	cr_assert(zero(int, open_catalogs()), "%s", error.message);
	cr_assert(eq(i64, context.time_floor, 5000000000));
}

/* Issued in 2100: its signer could make everything expire that others have signed. */
Test(catalogs_open, R28_a_catalog_from_the_future_does_not_raise_the_floor)
{
	int64_t now = (int64_t)time(NULL);

	cr_assert(zero(int, open_catalogs()), "%s", error.message);
	cr_assert(zero(i64, context.time_floor));
	/* nor where the clock is a little behind the policy */
	context.time_floor = now + 3600;
	cr_assert(zero(int, open_catalogs()), "%s", error.message);
	cr_assert(eq(i64, context.time_floor, now + 3600));
}

Test(catalogs_open, R28_a_catalog_that_is_refused_raises_nothing)
{
	context.base.policy->catalogs[0].minimum_serial = 8;
	cr_assert(eq(int, open_catalogs(), MODSEAL_E_ROLLBACK));
	cr_assert(zero(i64, context.time_floor));
}

Test(catalogs_open, R21_a_signer_without_the_purpose_is_refused)
{
	context_signers[0]->purposes = ~(1u << MODSEAL_PURPOSE_CATALOG);
	cr_assert(eq(int, open_catalogs(), MODSEAL_E_CATALOG_INVALID));
	cr_assert(strstr(error.message, "SIGNER_NOT_ALLOWED") != NULL, "%s",
		  error.message);
}

Test(catalogs_open, R18_more_signers_may_be_required)
{
	struct modseal_signer *both[2] = {context_signers[0],
					  make_signer(&(struct signer_row){"p384"})};
	uint32_t indices[2] = {0, 1};
	struct modseal_policy_part *catalog = &context.base.policy->catalogs[0];
	uint32_t *kept = catalog->signers;

	context.base.signers = both;
	catalog->signers = indices;
	catalog->signer_count = 2;
	catalog->require = 2;
	cr_assert(eq(int, open_catalogs(), MODSEAL_E_CATALOG_INVALID));
	cr_assert(strstr(error.message, "SIGNERS_TOO_FEW") != NULL, "%s", error.message);
	catalog->require = 1;
	cr_assert(zero(int, open_catalogs()), "%s", error.message);
	catalog->signers = kept;
	modseal_signer_free(&both[1]);
}

Test(catalogs_open, R07_R79_more_than_the_cap_is_not_read)
{
	cr_assert(zero(int, truncate(catalog_path, MODSEAL_MAX_CATALOG_SIZE + 1)));
	cr_assert(eq(int, open_catalogs(), MODSEAL_E_TOO_LARGE));
}

static size_t accepted;

static void count_accepted(const char *path, struct der bytes)
{
	write_bytes(path, bytes);
	accepted += open_catalogs() == 0;
}

/* Each bit flipped, each length cut, a byte appended: 0 accepted. */
static void each_mutation(const char *path, struct der bytes)
{
	struct der changed;

	for (size_t i = 0; i < bytes.size * 8; i++) {
		changed = bytes;
		changed.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		count_accepted(path, changed);
	}
	for (size_t size = 0; size < bytes.size; size++) {
		changed = bytes;
		changed.size = size;
		count_accepted(path, changed);
	}
	for (int byte = 0; byte < 256; byte++) {
		changed = bytes;
		changed.bytes[changed.size++] = (uint8_t)byte;
		count_accepted(path, changed);
	}
	write_bytes(path, bytes);
}

Test(catalogs_open, R15_R23_no_mutation_of_a_catalog_is_accepted, .timeout = 240)
{
	each_mutation(catalog_path, raw(catalog_text, strlen(catalog_text)));
	cr_assert(zero(sz, accepted));
	cr_assert(zero(int, open_catalogs()), "%s", error.message);
}

Test(catalogs_open, R15_R23_no_mutation_of_its_signature_is_accepted, .timeout = 240)
{
	each_mutation(signature_path, cms);
	cr_assert(zero(sz, accepted));
	cr_assert(zero(int, open_catalogs()), "%s", error.message);
}
