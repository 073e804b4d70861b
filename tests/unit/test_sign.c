/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of signing and stripping: what is written, and what is refused. */
#include "tests/unit/signing.h"

#define APPEND	 MODSEAL_SIGN_APPEND
#define FORCE	 MODSEAL_SIGN_FORCE
#define DETACHED MODSEAL_SIGN_DETACHED
#define SIGNING	 MODSEAL_STAGE_SIGN

TestSuite(sign, .init = signing_begin, .fini = signing_end);

static const struct asked by_all = {.signers = {{"p256"}, {"p384"}, {"p521"}, {"rsa"}}};

Test(sign, signs_with_every_key_and_digest_and_strips_to_the_exact_input)
{
	static const char *const names[] = {"p256", "p384", "p521", "rsa"};
	static const char *const hashes[] = {NULL, "sha256", "sha384", "sha512"};

	for (size_t i = 0; i < 4 * 4 + 4; i++) {
		/* the last four: PSS */
		struct modseal_sign_options options = {.hash = hashes[i % 4],
						       .pss = i >= 16};
		const char *name = names[i < 16 ? i / 4 : 3], *path = elf_file("a.so");
		struct modseal_signing_key *key = NULL;

		cr_assert(zero(int, open_key(&options, name, name, &key)), "%s",
			  error.message);
		cr_assert(zero(int, sign(key, path, 0, NULL)), "%s: %s", name,
			  error.message);
		expect(0, verify_file(&by_all, path), "%s: %s", name, error.message);
		cr_assert(eq(u32, result.met_count, 1));
		cr_assert(zero(int, strip(path, NULL)), "%s", error.message);
		cr_assert(same_bytes(read_bytes(path), elf_content()), "%s", name);
		cr_assert(eq(sz, count_files(), 1));
		modseal_signing_key_free(&key);
		cr_assert(eq(ptr, key, NULL));
	}
}

Test(sign, the_default_digest_is_the_curves_own)
{
	static const struct {
		const char *name;
		enum modseal_algorithm algorithm;
	} rows[] = {{"p256", MODSEAL_ALGORITHM_ECDSA_P256_SHA256},
		    {"p384", MODSEAL_ALGORITHM_ECDSA_P384_SHA384},
		    {"p521", MODSEAL_ALGORITHM_ECDSA_P521_SHA512},
		    {"rsa", MODSEAL_ALGORITHM_RSA_PKCS1_SHA256}};

	for (size_t i = 0; i < 4; i++) {
		struct asked asked = {.signers = {{rows[i].name}}};
		struct modseal_signing_key *key = signing_key(rows[i].name);
		const char *path = elf_file("a.so");

		asked.signers[0].algorithms = 1u << rows[i].algorithm;
		cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
		expect(0, verify_file(&asked, path), "%s: %s", rows[i].name,
		       error.message);
		modseal_signing_key_free(&key);
	}
}

Test(sign, a_detached_signature_leaves_the_file_alone)
{
	struct modseal_signing_key *key = signing_key("rsa");
	const char *path = elf_file("a.so"), *sidecar = in_place("a.so.p7s");
	struct stat before, after, status;
	struct der first;

	cr_assert(zero(int, stat(path, &before)));
	cr_assert(zero(int, sign(key, path, DETACHED, NULL)), "%s", error.message);
	cr_assert(zero(int, stat(path, &after)));
	cr_assert(eq(u64, after.st_ino, before.st_ino));
	cr_assert(same_bytes(read_bytes(path), elf_content()));
	cr_assert(zero(int, stat(sidecar, &status)));
	cr_assert(eq(u32, status.st_mode & 07777, 0644));
	expect(0, verify_detached(&by_all, path, sidecar), "%s", error.message);
	/* the same again: nothing of the time of day is in it */
	first = read_bytes(sidecar);
	cr_assert(zero(int, sign(key, path, DETACHED | FORCE, NULL)), "%s",
		  error.message);
	cr_assert(same_bytes(read_bytes(sidecar), first));
	cr_assert(eq(sz, count_files(), 2));
	modseal_signing_key_free(&key);
}

Test(sign, a_detached_signature_is_over_the_content_before_a_container)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *sidecar = in_place("a.so.p7s");
	struct asked asked = {.form = MODSEAL_EVIDENCE_DETACHED, .signers = {{"p256"}}};

	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	cr_assert(zero(int, sign(key, path, DETACHED, NULL)), "%s", error.message);
	expect(0, judge(&asked, read_bytes(sidecar), elf_content()), "%s", error.message);
	modseal_signing_key_free(&key);
}

Test(sign, what_is_signed_is_signed_again_only_on_demand)
{
	struct modseal_signing_key *key = signing_key("p256"),
				   *other = signing_key("rsa");
	const char *path = elf_file("a.so"), *sidecar = in_place("a.so.p7s");
	struct asked both = {.require = 2, .signers = {{"p256"}, {"rsa"}}};
	struct asked first = {.signers = {{"p256"}}}, second = {.signers = {{"rsa"}}};
	struct der before;

	for (uint32_t form = 0; form <= DETACHED; form += DETACHED) {
		const char *written = form ? sidecar : path;
		int (*verify)(const struct asked *, const char *, const char *) =
			verify_detached;

		cr_assert(zero(int, sign(key, path, form, NULL)), "%s", error.message);
		before = read_bytes(written);
		refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign(key, path, form, NULL));
		refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign(other, path, form, NULL));
		cr_assert(strstr(error.remedy, "--force") &&
			  strstr(error.remedy, "--append"));
		refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING,
			sign(key, path, form | APPEND, NULL));
		cr_assert(same_bytes(read_bytes(written), before),
			  "file changed by a refusal");
		cr_assert(zero(int, sign(other, path, form | APPEND, NULL)), "%s",
			  error.message);
		expect(0, form ? verify(&both, path, sidecar) : verify_file(&both, path),
		       "%s", error.message);
		cr_assert(zero(int, sign(other, path, form | FORCE, NULL)), "%s",
			  error.message);
		expect(0,
		       form ? verify(&second, path, sidecar) : verify_file(&second, path),
		       "%s", error.message);
		expect(MODSEAL_E_SIGNER_NOT_ALLOWED,
		       form ? verify(&first, path, sidecar) : verify_file(&first, path),
		       "force");
		if (!form)
			cr_assert(zero(int, strip(path, NULL)), "%s", error.message);
	}
	cr_assert(eq(sz, count_files(), 2));
	modseal_signing_key_free(&key);
	modseal_signing_key_free(&other);
}

Test(sign, append_knows_its_key_under_any_name)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_sign_options options = {0};
	struct modseal_signing_key *alias = NULL;
	const char *path = elf_file("a.so");

	cr_assert(zero(int, open_key(&options, "p256", "alias", &alias)), "%s",
		  error.message);
	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign(alias, path, APPEND, NULL));
	cr_assert(strstr(error.message, "this key") != NULL, "%s", error.message);
	modseal_signing_key_free(&key);
	modseal_signing_key_free(&alias);
}

static const char *const eight[] = {"p256",	"p384", "p521", "rsa",
				    "stranger", "bare", "leaf", "leaf2"};

Test(sign, append_stops_at_eight_signatures)
{
	struct modseal_signing_key *key;
	const char *path = elf_file("a.so");
	struct asked asked = {.require = 8};
	struct der before;

	for (size_t i = 0; i < 8; i++) {
		asked.signers[i].name = eight[i];
		key = signing_key(eight[i]);
		cr_assert(zero(int, sign(key, path, APPEND, NULL)), "%s: %s", eight[i],
			  error.message);
		modseal_signing_key_free(&key);
	}
	expect(0, verify_file(&asked, path), "%s", error.message);
	before = read_bytes(path);
	key = signing_key("ninth");
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign(key, path, APPEND, NULL));
	cr_assert(strstr(error.message, "eight") != NULL, "%s", error.message);
	cr_assert(same_bytes(read_bytes(path), before));
	modseal_signing_key_free(&key);
}

Test(sign, append_refuses_where_its_own_signature_is_wrong)
{
	struct modseal_signing_key *key = signing_key("p256"),
				   *other = signing_key("p384");
	const char *path = elf_file("a.so");
	struct der bytes;

	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	bytes = read_bytes(path);
	bytes.bytes[8] ^= 1;
	write_bytes(path, bytes);
	refuses(MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE,
		sign(key, path, APPEND, NULL));
	cr_assert(strstr(error.remedy, "--force") != NULL, "%s", error.remedy);
	cr_assert(same_bytes(read_bytes(path), bytes));
	/* to another key the signature is a stranger's */
	cr_assert(zero(int, sign(other, path, APPEND, NULL)), "%s", error.message);
	modseal_signing_key_free(&key);
	modseal_signing_key_free(&other);
}

Test(sign, an_issued_certificate_goes_along_a_self_signed_one_does_not)
{
	struct modseal_signing_key *leaf = signing_key("leaf"),
				   *own = signing_key("p256");
	struct asked chain = {.signers = {{"ca", true}}};
	const char *path = elf_file("a.so"), *other = elf_file("b.so");
	struct der certificate = certificate_der("leaf"), bytes;

	cr_assert(zero(int, sign(leaf, path, 0, NULL)), "%s", error.message);
	expect(0, verify_file(&chain, path), "%s", error.message);
	bytes = read_bytes(path);
	cr_assert(memmem(bytes.bytes, bytes.size, certificate.bytes, certificate.size) !=
		  NULL);
	cr_assert(zero(int, sign(own, other, 0, NULL)), "%s", error.message);
	certificate = certificate_der("p256");
	bytes = read_bytes(other);
	cr_assert(memmem(bytes.bytes, bytes.size, certificate.bytes, certificate.size) ==
		  NULL);
	modseal_signing_key_free(&leaf);
	modseal_signing_key_free(&own);
}

Test(sign, a_certificate_that_is_there_is_not_added_again)
{
	struct modseal_signing_key *leaf = signing_key("leaf");
	struct forge forge = {.signers = {{"p256", .flags = ATTRIBUTES}},
			      .certificates = {"leaf", "p256", "ca", "rsa"}};
	struct asked both = {.require = 2, .signers = {{"p256"}, {"ca", true}}};
	const char *path = elf_file("a.so"), *sidecar = in_place("a.so.p7s");

	write_bytes(sidecar, forge_cms(&forge, elf_content()));
	cr_assert(zero(int, sign(leaf, path, DETACHED | APPEND, NULL)), "%s",
		  error.message);
	expect(0, verify_detached(&both, path, sidecar), "%s", error.message);
	modseal_signing_key_free(&leaf);
	/* where there is no room for one more */
	forge.certificates[0] = "leaf2";
	leaf = signing_key("leaf");
	write_bytes(sidecar, forge_cms(&forge, elf_content()));
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING,
		sign(leaf, path, DETACHED | APPEND, NULL));
	cr_assert(strstr(error.message, "four certificates") != NULL, "%s",
		  error.message);
	modseal_signing_key_free(&leaf);
}

Test(sign, a_sidecar_that_no_longer_fits_is_replaced_only_on_demand)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so");
	struct der bytes = elf_content();

	cr_assert(zero(int, sign(key, path, DETACHED, NULL)), "%s", error.message);
	bytes.bytes[8] ^= 1;
	write_bytes(path, bytes);
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign(key, path, DETACHED, NULL));
	cr_assert(zero(int, sign(key, path, DETACHED | FORCE, NULL)), "%s",
		  error.message);
	modseal_signing_key_free(&key);
}

Test(sign, R13_only_elf_files_are_signed)
{
	struct modseal_signing_key *key = signing_key("p256");
	static const char *const starts[] = {"modseal-policy: 1\nname: x\n",
					     "modseal-catalog: 1\n",
					     "modseal-supplement: 1\n",
					     "modseal-",
					     "#!/bin/sh\n",
					     "\x1f\x8b\x08",
					     "\x7f\x45L",
					     "1\x0c"};
	const char *path = in_place("a.so");

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct der bytes = raw(starts[i], strlen(starts[i]));

		write_bytes(path, bytes);
		for (uint32_t flags = 0; flags <= DETACHED; flags += DETACHED)
			refuses(MODSEAL_E_TYPE_MISMATCH, SIGNING,
				sign(key, path, flags, NULL));
		cr_assert(same_bytes(read_bytes(path), bytes));
	}
	write_bytes(path, raw("", 0));
	refuses(MODSEAL_E_TYPE_MISMATCH, SIGNING, sign(key, path, 0, NULL));
	cr_assert(eq(sz, count_files(), 1));
	modseal_signing_key_free(&key);
}

Test(sign, what_is_no_container_is_neither_signed_nor_stripped)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so");
	struct der bytes;

	refuses(MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_CONTAINER, strip(path, NULL));
	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	bytes = read_bytes(path);
	bytes.bytes[bytes.size - 40] ^= 1;
	write_bytes(path, bytes);
	refuses(MODSEAL_E_SIGNATURE_MALFORMED, MODSEAL_STAGE_CONTAINER,
		strip(path, NULL));
	refuses(MODSEAL_E_SIGNATURE_MALFORMED, MODSEAL_STAGE_CONTAINER,
		sign(key, path, FORCE, NULL));
	cr_assert(same_bytes(read_bytes(path), bytes));
	bytes.bytes[bytes.size - 40] ^= 1;
	bytes.size--;
	write_bytes(path, bytes);
	refuses(MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_CONTAINER, strip(path, NULL));
	cr_assert(strstr(error.message, "but a part of one") != NULL, "%s",
		  error.message);
	cr_assert(eq(sz, count_files(), 1));
	modseal_signing_key_free(&key);
}

Test(sign, arguments_are_checked)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so");

	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign(key, path, 16, NULL));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign(key, path, 0x80000000u, NULL));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign(NULL, path, 0, NULL));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign(key, NULL, 0, NULL));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, strip(NULL, NULL));
	refuses(MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
		sign(key, in_place("none"), 0, NULL));
	refuses(MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_OPEN, sign(key, place, 0, NULL));
	refuses(MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN, strip(in_place("none"), NULL));
	modseal_signing_key_free(&key);
}

Test(sign, R15_R23_no_bit_of_a_signed_file_matters_not)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct asked asked = {.signers = {{"p256"}}};
	const char *path = elf_file("a.so");
	struct der signed_file;
	uint8_t *bytes;

	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	signed_file = read_bytes(path);
	modseal_signing_key_free(&key);
	for (size_t bit = 0; bit < 8 * signed_file.size; bit++) {
		struct der bad = signed_file;

		bad.bytes[bit / 8] ^= 1 << bit % 8;
		cr_assert(lt(int, verify_file_bytes(&asked, bad.bytes, bad.size), 0),
			  "bit %zu", bit);
		cr_assert(ne(int, error.code, MODSEAL_E_INTERNAL), "bit %zu", bit);
	}
	for (size_t size = 0; size < signed_file.size; size++) {
		bytes = malloc(size ? size : 1);
		memcpy(bytes, signed_file.bytes, size);
		cr_assert(lt(int, verify_file_bytes(&asked, bytes, size), 0),
			  "cut at %zu", size);
		/* and the end without its beginning */
		memcpy(bytes, signed_file.bytes + signed_file.size - size, size);
		cr_assert(lt(int, verify_file_bytes(&asked, bytes, size), 0), "last %zu",
			  size);
		free(bytes);
	}
	for (int byte = 0; byte < 256; byte++) {
		struct der more = signed_file;

		add(&more, RAW((uint8_t)byte));
		cr_assert(lt(int, verify_file_bytes(&asked, more.bytes, more.size), 0),
			  "byte %d", byte);
	}
	expect(0, verify_file_bytes(&asked, signed_file.bytes, signed_file.size), "%s",
	       error.message);
}
