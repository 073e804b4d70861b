/* SPDX-License-Identifier: Apache-2.0 */
/* IMA signatures made: where they are written, and what is left alone. */
#include <sys/xattr.h>

#include "tests/unit/signing.h"

#include "tests/unit/ima_forge.h"

TestSuite(sign_ima, .init = signing_begin, .fini = signing_end);

#define BESIDE (MODSEAL_SIGN_IMA | MODSEAL_SIGN_DETACHED)

/* Attributes of this name are root's alone, and not every file system has them. */
static void need_attribute(const char *path)
{
	need_root("to write security.ima");
	if (setxattr(path, "security.ima", "\1", 1, 0) == 0) {
		cr_assert(zero(int, removexattr(path, "security.ima")));
		return;
	}
	place_end();
	cr_skip_test("security.ima cannot be written here");
}

static bool attribute_of(const char *path, struct der *ret_value)
{
	ssize_t size = getxattr(path, "security.ima", ret_value->bytes,
				sizeof(ret_value->bytes));

	ret_value->size = size < 0 ? 0 : (size_t)size;
	return size >= 0;
}

/* By all keys, over the file as it lies there. */
static int verify_value(struct der value, const char *path)
{
	struct asked asked = {.signers = {{"p256"}, {"p384"}, {"p521"}, {"rsa"}}};
	struct ima_case given = {.beside = &value, .content = read_bytes(path)};

	return judge_ima(&asked, &given);
}

Test(sign_ima, every_key_and_digest_beside_the_file)
{
	static const char *const names[] = {"p256", "p384", "p521", "rsa"};
	static const char *const hashes[] = {"sha256", "sha384", "sha512"};
	static const uint8_t numbers[] = {4, 5, 6};
	const char *path = elf_file("a.so"), *beside = in_place("a.so.sig");

	for (size_t i = 0; i < 12; i++) {
		struct modseal_sign_options options = {.hash = hashes[i % 3]};
		const char *name = names[i / 3];
		struct modseal_signing_key *key = NULL;
		struct der value, unused;

		cr_assert(zero(int, open_key(&options, name, name, &key)));
		cr_assert(zero(int, sign(key, path, BESIDE | MODSEAL_SIGN_FORCE, NULL)),
			  "%s", error.message);
		value = read_bytes(beside);
		expect(0, verify_value(value, path), "%s: %s", name, error.message);
		cr_assert(eq(u8, value.bytes[2], numbers[i % 3]));
		cr_assert(eq(u32, modseal_read_be32(value.bytes + 3),
			     ima_identifier(name)));
		cr_assert(same_bytes(read_bytes(path), elf_content()));
		cr_assert(not(attribute_of(path, &unused)));
		modseal_signing_key_free(&key);
	}
	cr_assert(eq(sz, count_files(), 2));
}

Test(sign_ima, the_attribute_is_written_and_nothing_else)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *copy = in_place("b.so");
	struct stat before, after;
	struct der value;

	need_attribute(path);
	cr_assert(zero(int, stat(path, &before)));
	cr_assert(zero(int, sign(key, path, MODSEAL_SIGN_IMA, NULL)), "%s",
		  error.message);
	cr_assert(zero(int, stat(path, &after)));
	cr_assert(eq(u64, before.st_ino, after.st_ino));
	cr_assert(zero(int,
		       memcmp(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim))));
	cr_assert(attribute_of(path, &value));
	expect(0, verify_value(value, path), "%s", error.message);
	cr_assert(eq(sz, count_files(), 1));
	/* a copy gets bytes and attribute in one step, and may replace an older one */
	for (int i = 0; i < 2; i++) {
		cr_assert(zero(int, sign(key, path, MODSEAL_SIGN_IMA, copy)), "%s",
			  error.message);
		cr_assert(attribute_of(copy, &value));
		expect(0, verify_value(value, copy), "%s", error.message);
		cr_assert(same_bytes(read_bytes(path), read_bytes(copy)));
		cr_assert(eq(sz, count_files(), 2));
	}
	modseal_signing_key_free(&key);
}

Test(sign_ima, what_is_signed_is_signed_again_only_on_demand)
{
	struct modseal_signing_key *first = signing_key("p256"),
				   *second = signing_key("rsa");
	const char *path = elf_file("a.so"), *beside = in_place("a.so.sig");
	struct der value, again;

	cr_assert(zero(int, sign(first, path, BESIDE, NULL)));
	value = read_bytes(beside);
	refuses(MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
		sign(second, path, BESIDE, NULL));
	cr_assert(strstr(error.remedy, "--append") == NULL, "%s", error.remedy);
	cr_assert(same_bytes(read_bytes(beside), value));
	cr_assert(zero(int, sign(second, path, BESIDE | MODSEAL_SIGN_FORCE, NULL)));
	cr_assert(eq(u32, modseal_read_be32(read_bytes(beside).bytes + 3),
		     ima_identifier("rsa")));
	need_attribute(path);
	/* a digest is no signature, whatever its length */
	cr_assert(zero(int, setxattr(path, "security.ima", "\4\4digest", 8, 0)));
	cr_assert(zero(int, sign(first, path, MODSEAL_SIGN_IMA, NULL)), "%s",
		  error.message);
	cr_assert(attribute_of(path, &value));
	refuses(MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
		sign(second, path, MODSEAL_SIGN_IMA, NULL));
	cr_assert(attribute_of(path, &again));
	cr_assert(same_bytes(value, again));
	cr_assert(zero(int,
		       sign(second, path, MODSEAL_SIGN_IMA | MODSEAL_SIGN_FORCE, NULL)));
	cr_assert(attribute_of(path, &again));
	expect(0, verify_value(again, path), "%s", error.message);
	/* what is not understood is not replaced either */
	cr_assert(zero(int, setxattr(path, "security.ima", "\6\3x", 3, 0)));
	refuses(MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
		sign(second, path, MODSEAL_SIGN_IMA, NULL));
	modseal_signing_key_free(&first);
	modseal_signing_key_free(&second);
}

Test(sign_ima, an_appended_container_is_part_of_what_is_signed)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *beside = in_place("a.so.sig");
	struct asked asked = {.signers = {{"p256"}}};
	struct der value, whole;
	struct ima_case given = {.beside = &value, .content = elf_content()};

	cr_assert(zero(int, sign(key, path, 0, NULL)));
	cr_assert(zero(int, sign(key, path, BESIDE, NULL)), "%s", error.message);
	value = read_bytes(beside);
	whole = read_bytes(path);
	expect(0, verify_value(value, path), "%s", error.message);
	expect(MODSEAL_E_SIGNATURE_INVALID, judge_ima(&asked, &given), "%s",
	       error.message);
	given.rest =
		raw(whole.bytes + given.content.size, whole.size - given.content.size);
	expect(0, judge_ima(&asked, &given), "%s", error.message);
	modseal_signing_key_free(&key);
}

Test(sign_ima, a_link_beside_the_file_is_not_followed)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *victim = elf_file("victim");

	cr_assert(zero(int, symlink(victim, in_place("a.so.sig"))));
	refuses(MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN, sign(key, path, BESIDE, NULL));
	refuses(MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN,
		sign(key, path, BESIDE | MODSEAL_SIGN_FORCE, NULL));
	cr_assert(same_bytes(read_bytes(victim), elf_content()));
	cr_assert(eq(sz, count_files(), 3));
	modseal_signing_key_free(&key);
}

Test(sign_ima, arguments_and_keys_must_fit)
{
	struct modseal_sign_options with_pss = {.pss = 1};
	struct modseal_signing_key *key = signing_key("p256"), *pss = NULL;
	const char *path = elf_file("a.so"), *text = in_place("text");

	cr_assert(zero(int, open_key(&with_pss, "rsa", "rsa", &pss)));
	refuses(MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, sign(pss, path, BESIDE, NULL));
	cr_assert(strstr(error.message, "PKCS#1") != NULL);
	refuses(MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN,
		sign(key, path, MODSEAL_SIGN_IMA | MODSEAL_SIGN_APPEND, NULL));
	refuses(MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN,
		sign(key, path, BESIDE | MODSEAL_SIGN_APPEND, NULL));
	refuses(MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, sign(key, path, BESIDE, path));
	write_bytes(text, RAW('m', 'o', 'd', 's', 'e', 'a', 'l', '-'));
	refuses(MODSEAL_E_TYPE_MISMATCH, MODSEAL_STAGE_SIGN,
		sign(key, text, BESIDE, NULL));
	cr_assert(eq(sz, count_files(), 2));
	modseal_signing_key_free(&key);
	modseal_signing_key_free(&pss);
}

Test(sign_ima, without_the_right_to_write_it_the_attribute_is_refused)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so");
	struct der value;

	if (is_root()) {
		cr_assert(zero(int, chown(path, PLACE_STRANGER, PLACE_STRANGER)));
		cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	}
	refuses(MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
		sign(key, path, MODSEAL_SIGN_IMA, NULL));
	cr_assert(strstr(error.remedy, "--detached") != NULL, "%s", error.remedy);
	cr_assert(zero(int, seteuid(getuid())));
	cr_assert(not(attribute_of(path, &value)));
	modseal_signing_key_free(&key);
}
