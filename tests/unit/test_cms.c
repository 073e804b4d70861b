/* SPDX-License-Identifier: Apache-2.0 */
/* Every bit of a signature matters; PEM around it; what inspect is told of it. */
#include "tests/unit/judging.h"
#include "tests/unit/slowness.h"

#define APPENDED  MODSEAL_EVIDENCE_APPENDED
#define DETACHED  MODSEAL_EVIDENCE_DETACHED
#define MALFORMED MODSEAL_E_SIGNATURE_MALFORMED
#define ONE(...)                                                                         \
	{                                                                                \
		.signers = { {__VA_ARGS__} }                                             \
	}

TestSuite(cms, .init = judging_begin, .fini = judging_end);

/* ---- PEM ----------------------------------------------------------------------------
 */

static struct der armoured(const char *before, const char *name, struct der cms,
			   const char *after)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct der text;
	char *bytes;
	long size;

	BIO_puts(bio, before);
	cr_assert(PEM_write_bio(bio, name, "", cms.bytes, (long)cms.size) > 0);
	BIO_puts(bio, after);
	size = BIO_get_mem_data(bio, &bytes);
	text = raw(bytes, (size_t)size);
	BIO_free(bio);
	return text;
}

Test(cms, R23_pem_is_one_block_and_only_for_sidecars)
{
	struct asked asked = {.form = DETACHED, .signers = {{"p256"}}};
	struct forge forge = ONE("p256", .flags = ATTRIBUTES);
	struct der content = elf_content(), cms = forge_cms(&forge, content), cut;
	const struct {
		const char *before, *name, *after;
		int wanted;
	} rows[] = {
		{"", "CMS", "", 0},
		{"", "PKCS7", "\n \n", 0},
		{"", "CERTIFICATE", "", MALFORMED},
		{"", "CMS", "x", MALFORMED},
		{"text\n", "CMS", "", MALFORMED},
		{"", "CMS", "-----BEGIN CMS-----\n", MALFORMED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(rows[i].wanted,
		       judge(&asked,
			     armoured(rows[i].before, rows[i].name, cms, rows[i].after),
			     content),
		       "R23 row %zu %s", i, error.message);
	cut = armoured("", "CMS", cms, "");
	for (size_t size = 0; size < cut.size - 1; size += 7) {
		struct der part = raw(cut.bytes, size);

		expect(MALFORMED, judge(&asked, part, content), "R23 cut at %zu", size);
	}
	asked.form = APPENDED;
	forge = (struct forge)ONE("p256");
	cms = forge_cms(&forge, content);
	expect(0, judge(&asked, cms, content), "R23");
	expect(MALFORMED, judge(&asked, armoured("", "CMS", cms, ""), content),
	       "R23 appended");
}

/* ---- every bit ----------------------------------------------------------------------
 */

static void mutate(const struct asked *asked, struct der cms, struct der content,
		   const char *what)
{
	size_t all = cms.size + content.size;

	expect(0, judge(asked, cms, content), "%s: %s", what, error.message);
	/* what only a sanitizer sees is seen in fewer, of every place in a byte */
	for (size_t bit = 0; bit < 8 * all; bit += is_sanitized() ? 3 : 1) {
		struct der bad = cms, other = content;

		if (bit / 8 < cms.size)
			bad.bytes[bit / 8] ^= 1 << bit % 8;
		else
			other.bytes[bit / 8 - cms.size] ^= 1 << bit % 8;
		cr_assert(lt(int, judge(asked, bad, other), 0), "%s: bit %zu", what, bit);
		cr_assert(ne(int, error.code, MODSEAL_E_INTERNAL), "%s: bit %zu", what,
			  bit);
	}
	for (size_t size = 0; size < cms.size; size++)
		cr_assert(lt(int, judge(asked, raw(cms.bytes, size), content), 0),
			  "%s: cut %zu", what, size);
	for (size_t size = 0; size < content.size; size++)
		cr_assert(lt(int, judge(asked, cms, raw(content.bytes, size)), 0),
			  "%s: content cut %zu", what, size);
	for (int byte = 0; byte < 256; byte++) {
		struct der bad = cms, other = content;

		add(&bad, RAW((uint8_t)byte));
		add(&other, RAW((uint8_t)byte));
		cr_assert(lt(int, judge(asked, bad, content), 0), "%s: byte %d", what,
			  byte);
		cr_assert(lt(int, judge(asked, cms, other), 0), "%s: content byte %d",
			  what, byte);
	}
}

Test(cms, R15_R23_no_bit_of_an_appended_signature_matters_not)
{
	struct asked asked = {.signers = {{"p256"}}};
	struct forge forge = ONE("p256");

	mutate(&asked, forge_cms(&forge, elf_content()), elf_content(), "appended");
}

Test(cms, R15_R23_no_bit_of_an_rsa_signature_matters_not)
{
	struct asked asked = {.signers = {{"rsa"}}};
	struct forge forge = ONE("rsa");

	mutate(&asked, forge_cms(&forge, elf_content()), elf_content(), "RSA");
}

Test(cms, R15_R23_no_bit_of_a_pss_signature_matters_not)
{
	struct asked asked = {.signers = {{"rsa"}}};
	struct forge forge = ONE("rsa", .flags = PSS);

	mutate(&asked, forge_cms(&forge, elf_content()), elf_content(), "PSS");
}

Test(cms, R15_R23_no_bit_of_a_detached_signature_matters_not)
{
	struct asked asked = {.form = DETACHED, .signers = {{"p256"}}};
	struct forge forge =
		ONE("p256", .flags = ATTRIBUTES | TIME_SHORT | KEY_IDENTIFIER);

	mutate(&asked, forge_cms(&forge, elf_content()), elf_content(), "detached");
}

Test(cms, R15_R23_no_bit_of_a_chain_signature_matters_not)
{
	struct asked asked = {.signers = {{"ca", .chain = true}}};
	struct forge forge = {.signers = {{"leaf"}}, .certificates = {"leaf"}};

	mutate(&asked, forge_cms(&forge, elf_content()), elf_content(), "chain");
}

/* ---- inspect ------------------------------------------------------------------------
 */

static int collect(void *argument, const char *key, const char *value)
{
	char *text = argument;
	size_t used = strlen(text);

	snprintf(text + used, 4096 - used, "%s=%s\n", key, value);
	return strcmp(value, "stop") == 0 ? -4711 : 0;
}

static int stop(void *argument, const char *key, const char *value)
{
	return strcmp(key, argument) == 0 ? -4711 : 0;
}

Test(cms, is_described_for_inspect)
{
	struct forge forge = {.signers = {{"leaf", .flags = ATTRIBUTES},
					  {"p256", .flags = ATTRIBUTES | KEY_IDENTIFIER}},
			      .certificates = {"leaf"}};
	struct der cms = forge_cms(&forge, elf_content());
	struct modseal_span span = modseal_span_of(cms.bytes, cms.size);
	char text[4096] = "";
	const char *wanted[] = {"signature.signers=2\n",
				"signer.issuer=CN=Test CA\n",
				"signer.serial=15\n",
				"signer.key-identifier=",
				"signer.algorithm=ecdsa-sha256\n",
				"signer.attributes=contentType, messageDigest\n",
				"certificate.subject=CN=Test leaf\n",
				"certificate.sha256="};

	cr_assert(zero(int,
		       modseal_evidence_describe(crypto, span, collect, text, &error)));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		cr_assert(strstr(text, wanted[i]) != NULL, "%s not in\n%s", wanted[i],
			  text);
	cr_assert(
		eq(int,
		   modseal_evidence_describe(crypto, span, stop, "signer.serial", &error),
		   -4711));
	span.size--;
	expect(MALFORMED, modseal_evidence_describe(crypto, span, collect, text, &error),
	       "cut");
}
