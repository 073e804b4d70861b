/* SPDX-License-Identifier: Apache-2.0 */
/* Many files at once: each is in place and proven or as it was; what is left over goes.
 */
#include "tests/unit/signing.h"

#include <sys/file.h>

#define SIGNING MODSEAL_STAGE_SIGN
#define LEFT	".modseal-0123456789abcdef"

TestSuite(batch, .init = signing_begin, .fini = signing_end);

static const struct asked by_p256 = {.signers = {{"p256"}}};

struct seen {
	int codes[8];
	bool already[8];
	const char *tags[8];
	size_t count;
	struct modseal_outcome last;
};

static void see(void *argument, const struct modseal_outcome *outcome)
{
	struct seen *seen = argument;

	cr_assert(eq(int, outcome->error != NULL, outcome->code != 0));
	seen->codes[seen->count] = outcome->code;
	seen->already[seen->count] = outcome->already;
	seen->tags[seen->count++] = outcome->tag;
	seen->last = *outcome;
}

static struct modseal_batch *batch_of(struct modseal_signing_key *key,
				      struct modseal_batch_options options)
{
	struct modseal_batch *batch = NULL;

	options.version = MODSEAL_BATCH_OPTIONS_VERSION;
	cr_assert(zero(int, modseal_batch_new(key, &options, &batch, &error)), "%s",
		  error.message);
	return batch;
}

static int take(struct modseal_batch *batch, const char *path)
{
	return modseal_batch_add(batch, path, NULL, 0, NULL, (void *)path, &error);
}

Test(batch, places_files_when_it_is_committed_and_not_before)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch *batch =
		batch_of(key, (struct modseal_batch_options){.max_files = 4});
	const char *a = elf_file("a.so"), *b = elf_file("b.so"), *c = elf_file("c.so");
	struct seen seen = {.count = 0};
	int full = 1;

	cr_assert(zero(int, take(batch, a)), "%s", error.message);
	cr_assert(zero(int, take(batch, b)), "%s", error.message);
	cr_assert(zero(int, take(batch, c)), "%s", error.message);
	cr_assert(eq(sz, modseal_batch_count(batch, &full), 3));
	cr_assert(zero(int, full));
	cr_assert(same_bytes(read_bytes(a), elf_content()));
	cr_assert(eq(sz, count_files(), 6));
	modseal_batch_commit(batch, see, &seen);
	cr_assert(eq(sz, seen.count, 3));
	cr_assert(eq(ptr, (void *)seen.tags[2], (void *)c));
	cr_assert(zero(sz, modseal_batch_count(batch, NULL)));
	cr_assert(eq(sz, count_files(), 3));
	expect(0, verify_file(&by_p256, a), "%s", error.message);
	expect(0, verify_file(&by_p256, c), "%s", error.message);
	/* again: nothing to do, and no error */
	cr_assert(zero(int, take(batch, a)), "%s", error.message);
	modseal_batch_commit(batch, see, &seen);
	cr_assert(zero(int, seen.codes[3]));
	cr_assert(seen.already[3] && !seen.already[0]);
	modseal_batch_free(&batch);
	modseal_signing_key_free(&key);
}

Test(batch, a_file_that_was_changed_meanwhile_is_alone_in_that)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch *batch = batch_of(key, (struct modseal_batch_options){0});
	const char *a = elf_file("a.so"), *b = elf_file("b.so"), *c = elf_file("c.so");
	struct seen seen = {.count = 0};
	FILE *file;

	cr_assert(zero(int, take(batch, a)));
	cr_assert(zero(int, take(batch, b)));
	cr_assert(zero(int, take(batch, c)));
	file = fopen(b, "a");
	fputc('x', file);
	fclose(file);
	modseal_batch_commit(batch, see, &seen);
	cr_assert(zero(int, seen.codes[0]));
	cr_assert(eq(int, seen.codes[1], MODSEAL_E_CHANGED));
	cr_assert(zero(int, seen.codes[2]));
	cr_assert(eq(sz, read_bytes(b).size, elf_content().size + 1));
	cr_assert(eq(sz, count_files(), 3));
	modseal_batch_free(&batch);
	modseal_signing_key_free(&key);
}

Test(batch, what_is_not_committed_is_as_it_was)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch *batch = batch_of(
		key, (struct modseal_batch_options){.max_files = 1, .max_bytes = 1});
	const char *a = elf_file("a.so"), *b = elf_file("b.so");
	int full = 0;

	cr_assert(zero(int, take(batch, a)));
	cr_assert(eq(sz, modseal_batch_count(batch, &full), 1));
	cr_assert(eq(int, full, 1));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, take(batch, b));
	/* a second batch finds it locked */
	refuses(MODSEAL_E_CHANGED, SIGNING, sign(key, a, 0, NULL));
	modseal_batch_free(&batch);
	cr_assert(same_bytes(read_bytes(a), elf_content()));
	cr_assert(eq(sz, count_files(), 2));
	cr_assert(zero(int, sign(key, a, 0, NULL)), "%s", error.message);
	modseal_signing_key_free(&key);
}

Test(batch, options_are_checked)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch_options bad[] = {
		{.version = 2},
		{.version = 1, .flags = 0x10000},
		{.version = 1, .flags = MODSEAL_SIGN_ANY},
		{.version = 1, .flags = MODSEAL_SIGN_IMA | MODSEAL_SIGN_APPEND},
		{.version = 1, .digests = 2},
		{.version = 1, .reserved = {[7] = 1}},
	};
	struct modseal_batch *batch = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(MODSEAL_E_ARGUMENT, SIGNING,
			modseal_batch_new(key, &bad[i], &batch, &error));
	cr_assert(eq(ptr, batch, NULL));
	modseal_signing_key_free(&key);
}

Test(batch, names_of_one_file_move_along)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch *batch = batch_of(key, (struct modseal_batch_options){0});
	const char *a = elf_file("a.so"), *b = in_place("b.so"), *c = in_place("c.so");
	const char *const links[] = {b, c};
	struct seen seen = {.count = 0};
	struct stat status;

	cr_assert(zero(int, link(a, b)));
	cr_assert(zero(int, link(a, c)));
	refuses(MODSEAL_E_NOT_WRITABLE, SIGNING, sign(key, a, 0, NULL));
	cr_assert(zero(int, modseal_batch_add(batch, a, links, 2, NULL, NULL, &error)),
		  "%s", error.message);
	modseal_batch_commit(batch, see, &seen);
	cr_assert(zero(int, seen.codes[0]));
	cr_assert(zero(int, stat(c, &status)));
	cr_assert(eq(u64, (uint64_t)status.st_nlink, 3));
	expect(0, verify_file(&by_p256, c), "%s", error.message);
	/* a name that leads elsewhere by now is left alone */
	cr_assert(zero(int, strip(a, in_place("d.so"))));
	cr_assert(zero(int, rename(in_place("d.so"), b)));
	modseal_batch_free(&batch);
	batch = batch_of(key,
			 (struct modseal_batch_options){.flags = MODSEAL_SIGN_FORCE});
	cr_assert(zero(int, modseal_batch_add(batch, a, links, 1, NULL, NULL, &error)),
		  "%s", error.message);
	modseal_batch_commit(batch, see, &seen);
	cr_assert(eq(int, seen.codes[1], MODSEAL_E_CHANGED));
	cr_assert(same_bytes(read_bytes(b), elf_content()));
	cr_assert(eq(sz, count_files(), 3));
	modseal_batch_free(&batch);
	modseal_signing_key_free(&key);
}

Test(batch, outcomes_tell_digests)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch *batch =
		batch_of(key, (struct modseal_batch_options){.digests = 1});
	struct seen seen = {.count = 0};

	cr_assert(zero(int, take(batch, elf_file("a.so"))));
	modseal_batch_commit(batch, see, &seen);
	cr_assert(eq(str, seen.last.content, seen.last.before));
	cr_assert(ne(str, seen.last.before, seen.last.after));
	cr_assert(eq(sz, strlen(seen.last.after), 71));
	cr_assert(eq(str, seen.last.signature, ""));
	modseal_batch_free(&batch);
	modseal_signing_key_free(&key);
}

static size_t clean(void)
{
	size_t removed = 99;

	cr_assert(zero(int, modseal_sign_clean_directory(place, &removed, &error)), "%s",
		  error.message);
	return removed;
}

Test(batch, only_what_is_surely_left_over_is_removed)
{
	const char *left = elf_file(LEFT);
	int descriptor;

	elf_file(".modseal-0123456789abcde");
	elf_file(".modseal-0123456789abcdef0");
	elf_file(".modseal-0123456789abcdeF");
	cr_assert(zero(int, symlink(LEFT, in_place(".modseal-00000000000000fe"))));
	make_directory(in_place(".modseal-00000000000000ff"), 0755);
	cr_assert(zero(int, mkfifo(in_place(".modseal-00000000000000fd"), 0600)));
	/* another process works on it */
	descriptor = open(left, O_RDONLY);
	cr_assert(zero(int, flock(descriptor, LOCK_EX)));
	cr_assert(zero(sz, clean()));
	close(descriptor);
	/* it is more than a new file */
	cr_assert(zero(int, link(left, in_place("precious"))));
	cr_assert(zero(sz, clean()));
	cr_assert(zero(int, unlink(in_place("precious"))));
	cr_assert(eq(sz, clean(), 1));
	cr_assert(eq(sz, count_files(), 6));
	refuses(MODSEAL_E_NOT_FOUND, SIGNING,
		modseal_sign_clean_directory(in_place("nowhere"), NULL, &error));
}

Test(batch, somebody_elses_left_overs_stay)
{
	struct modseal_error why;
	size_t removed = 99;
	int code;

	need_root("to be two users");
	cr_assert(zero(int, chmod(place, 0777)));
	elf_file(LEFT);
	cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	code = modseal_sign_clean_directory(place, &removed, &why);
	cr_assert(zero(int, seteuid(0)));
	cr_assert(zero(int, code));
	cr_assert(zero(sz, removed));
	/* root cleans up after anybody */
	cr_assert(zero(int, chown(in_place(LEFT), PLACE_STRANGER, PLACE_STRANGER)));
	cr_assert(eq(sz, clean(), 1));
}

Test(batch, what_was_found_is_not_exchanged_for_another_file)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_batch_options options = {.version = MODSEAL_BATCH_OPTIONS_VERSION};
	struct modseal_batch *batch = NULL;
	char path[PATH_MAX], other[PATH_MAX];
	struct stat found;
	struct der before;

	snprintf(path, sizeof(path), "%s", elf_file("found"));
	snprintf(other, sizeof(other), "%s", elf_file("other"));
	cr_assert(zero(int, stat(path, &found)));
	/* somebody who may write there puts a link in its place */
	cr_assert(zero(int, unlink(path)));
	cr_assert(zero(int, symlink(other, path)));
	before = read_bytes(other);
	for (uint32_t flags = 0; flags <= MODSEAL_SIGN_DETACHED; flags++) {
		options.flags = flags;
		cr_assert(zero(int, modseal_batch_new(key, &options, &batch, &error)));
		modseal_batch_expect(batch, found.st_dev, found.st_ino);
		refuses(MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
			modseal_batch_add(batch, path, NULL, 0, NULL, NULL, &error));
		cr_assert(zero(sz, modseal_batch_count(batch, NULL)));
		modseal_batch_free(&batch);
	}
	cr_assert(same_bytes(read_bytes(other), before));
	/* it was for that file alone */
	options.flags = 0;
	cr_assert(zero(int, modseal_batch_new(key, &options, &batch, &error)));
	cr_assert(zero(int, stat(other, &found)));
	modseal_batch_expect(batch, found.st_dev, found.st_ino);
	cr_assert(zero(int, modseal_batch_add(batch, other, NULL, 0, NULL, NULL, &error)),
		  "%s", error.message);
	modseal_batch_free(&batch);
	modseal_signing_key_free(&key);
}
