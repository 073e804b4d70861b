/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/signature/cms_memory.c: what is remembered decides nothing. */
#include "tests/unit/judging.h"
#include "tests/unit/slowness.h"

#define DETACHED MODSEAL_EVIDENCE_DETACHED
#define INVALID	 MODSEAL_E_SIGNATURE_INVALID

static struct modseal_cms_memory memory;

static void end(void)
{
	modseal_cms_memory_clear(&memory);
	judging_end();
}

TestSuite(cms_memory, .init = judging_begin, .fini = end);

static size_t count_known(void)
{
	size_t count = 0;

	for (size_t i = 0; i < MODSEAL_CMS_KNOWN; i++)
		count += memory.known[i] != NULL;
	return count;
}

static struct der content_of(uint8_t byte)
{
	struct der content = elf_content();

	add(&content, RAW(byte));
	return content;
}

Test(cms_memory, R15_the_next_signature_of_a_signer_is_judged_by_itself)
{
	struct asked asked = {.signers = {{"rsa"}, {"p256"}}, .memory = &memory};
	struct forge rsa = {.signers = {{"rsa"}}}, p256 = {.signers = {{"p256"}}};
	struct forge wrong = {.signers = {{"rsa", .flags = WRONG_SIGNATURE}}};
	struct der one = content_of(1), two = content_of(2);
	struct der by_one = forge_cms(&rsa, one), by_two = forge_cms(&rsa, two);
	struct modseal_cms_known *known;

	expect(0, judge(&asked, by_one, one), "%s", error.message);
	known = memory.known[0];
	cr_assert(known != NULL);
	expect(0, judge(&asked, by_two, two), "%s", error.message);
	cr_assert(memory.known[0] == known, "it was decoded again");
	cr_assert(eq(sz, count_known(), 1));
	/* what another file's signature was worth is worth nothing here */
	expect(INVALID, judge(&asked, by_one, two), "of the other content");
	expect(INVALID, judge(&asked, by_two, one), "of the other content");
	expect(INVALID, judge(&asked, forge_cms(&wrong, one), one), "a wrong one");
	cr_assert(eq(sz, count_known(), 1));
	expect(0, judge(&asked, forge_cms(&p256, one), one), "%s", error.message);
	cr_assert(eq(sz, count_known(), 2));
	expect(0, judge(&asked, by_one, one), "%s", error.message);
	cr_assert(eq(sz, count_known(), 2));
	asked.signers[0].name = "p256";
	expect(MODSEAL_E_SIGNER_NOT_ALLOWED, judge(&asked, by_one, one),
	       "its signer is none any more");
}

/* With what was decoded before and without: the same about every bit. */
static void compare(struct asked *asked, const struct forge *forge, const char *what)
{
	struct der content = elf_content(), cms = forge_cms(forge, content);
	size_t recalled = 0;

	asked->memory = &memory;
	expect(0, judge(asked, cms, content), "%s: %s", what, error.message);
	for (size_t bit = 0; bit < 8 * cms.size; bit += is_sanitized() ? 3 : 1) {
		struct modseal_cms_known *known = memory.known[0];
		struct der bad = cms;
		int with, without;

		bad.bytes[bit / 8] ^= 1 << bit % 8;
		asked->memory = &memory;
		with = judge(asked, bad, content);
		recalled += memory.known[0] == known && count_known() == 1;
		asked->memory = NULL;
		without = judge(asked, bad, content);
		cr_assert(eq(int, with, without), "%s: bit %zu", what, bit);
		cr_assert(lt(int, with, 0), "%s: bit %zu", what, bit);
		/* only the good one is to be known */
		modseal_cms_memory_clear(&memory);
		asked->memory = &memory;
		expect(0, judge(asked, cms, content), "%s: %s", what, error.message);
	}
	cr_assert(gt(sz, recalled, 0), "%s: nothing was recalled", what);
}

Test(cms_memory, R15_R23_every_bit_is_judged_as_without)
{
	struct asked rsa = {.signers = {{"rsa"}}};
	struct asked chain = {.signers = {{"ca", .chain = true}}};
	struct asked detached = {.form = DETACHED, .signers = {{"p256"}}};
	const struct forge by_rsa = {.signers = {{"rsa"}}};
	const struct forge by_leaf = {.signers = {{"leaf"}}, .certificates = {"leaf"}};
	const struct forge beside = {.signers = {{"p256", .flags = ATTRIBUTES}}};

	compare(&rsa, &by_rsa, "RSA");
	modseal_cms_memory_clear(&memory);
	compare(&chain, &by_leaf, "chain");
	modseal_cms_memory_clear(&memory);
	compare(&detached, &beside, "detached");
}

Test(cms_memory, only_so_many_are_kept)
{
	struct asked asked = {.form = DETACHED, .signers = {{"p256"}}, .memory = &memory};
	struct forge forge = {.signers = {{"p256", .flags = ATTRIBUTES}}};

	/* the signed digest makes each one different; what does not fit is freed */
	for (uint8_t i = 0; i < MODSEAL_CMS_KNOWN + 4; i++) {
		struct der content = content_of(i);

		expect(0, judge(&asked, forge_cms(&forge, content), content), "%u: %s", i,
		       error.message);
		cr_assert(eq(sz, count_known(),
			     i < MODSEAL_CMS_KNOWN ? i + 1u : MODSEAL_CMS_KNOWN));
	}
}

Test(cms_memory, what_is_refused_or_of_several_signers_is_not_kept)
{
	struct asked asked = {.signers = {{"rsa"}, {"p256"}}, .memory = &memory};
	struct forge both = {.signers = {{"rsa"}, {"p256"}}};
	struct forge indefinite = {.signers = {{"rsa"}}, .flags = INDEFINITE};
	struct der content = elf_content();

	expect(0, judge(&asked, forge_cms(&both, content), content), "%s", error.message);
	cr_assert(eq(sz, count_known(), 0));
	expect(MODSEAL_E_SIGNATURE_MALFORMED,
	       judge(&asked, forge_cms(&indefinite, content), content), "indefinite");
	cr_assert(eq(sz, count_known(), 0));
}
