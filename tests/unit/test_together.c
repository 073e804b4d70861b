/* SPDX-License-Identifier: Apache-2.0 */
/* Several files that are replaced all or not at all. */
#include "tests/unit/signing.h"
#include "verifier/sign/together.h"

#define FILES 4

static struct modseal_target targets[FILES], *all[FILES];

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static bool has_text(const char *path, const char *text)
{
	char found[64] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	(void)!fread(found, 1, sizeof(found) - 1, file);
	fclose(file);
	return strcmp(found, text) == 0;
}

/* Three files that are there and one that is not, each with a new text beside. */
static void begin(void)
{
	const struct modseal_span text = modseal_span_of((const uint8_t *)"new", 3);

	signing_begin();
	for (int i = 0; i < FILES; i++) {
		const char *path = in_place("%d", i);

		if (i < FILES - 1)
			write_text(path, "old");
		cr_assert(zero(int,
			       modseal_target_open(strdup(path), &targets[i], &error)));
		cr_assert(zero(
			int, modseal_target_write(&targets[i], 0644, &text, 1, &error)));
		all[i] = &targets[i];
	}
}

static void end(void)
{
	signing_end();
}

TestSuite(together, .init = begin, .fini = end);

static void close_all(void)
{
	for (int i = 0; i < FILES; i++) {
		free((char *)(uintptr_t)targets[i].object);
		modseal_target_close(&targets[i]);
	}
}

/* The folder holds the files and nothing else. */
static void holds(const char *text, int count)
{
	int found = 0;
	struct dirent *entry;
	DIR *folder;

	for (int i = 0; i < count; i++)
		cr_assert(has_text(in_place("%d", i), text), "%d", i);
	folder = opendir(in_place("."));
	while ((entry = readdir(folder)))
		found += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(folder);
	cr_assert(eq(int, found, count));
}

Test(together, all_are_replaced)
{
	cr_assert(zero(int, modseal_targets_commit(all, FILES, &error)), "%s",
		  error.message);
	close_all();
	holds("new", FILES);
}

Test(together, none_is_where_the_last_cannot_be)
{
	/* somebody made the file that was not there */
	write_text(in_place("%d", FILES - 1), "theirs");
	refuses(MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
		modseal_targets_commit(all, FILES, &error));
	close_all();
	cr_assert(has_text(in_place("%d", FILES - 1), "theirs"));
	unlink(in_place("%d", FILES - 1));
	holds("old", FILES - 1);
}

Test(together, none_is_where_one_was_written_to)
{
	write_text(in_place("2"), "older");
	refuses(MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
		modseal_targets_commit(all, FILES, &error));
	close_all();
	cr_assert(has_text(in_place("2"), "older"));
	write_text(in_place("2"), "old");
	holds("old", FILES - 1);
}

Test(together, none_is_where_one_was_replaced)
{
	write_text(in_place("other"), "theirs");
	cr_assert(zero(int, rename(strdupa(in_place("other")), in_place("1"))));
	refuses(MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
		modseal_targets_commit(all, FILES, &error));
	close_all();
	cr_assert(has_text(in_place("1"), "theirs"));
	write_text(in_place("1"), "old");
	holds("old", FILES - 1);
}

Test(together, none_is_where_one_is_gone)
{
	unlink(in_place("1"));
	refuses(MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
		modseal_targets_commit(all, FILES, &error));
	close_all();
	cr_assert(lt(int, access(in_place("1"), F_OK), 0));
	write_text(in_place("1"), "old");
	holds("old", FILES - 1);
}

Test(together, a_new_file_that_is_gone_leaves_all_as_they_were)
{
	cr_assert(zero(int, unlinkat(targets[2].directory, targets[2].temporary, 0)));
	refuses(MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
		modseal_targets_commit(all, FILES, &error));
	close_all();
	holds("old", FILES - 1);
}

Test(together, no_files_are_no_failure)
{
	cr_assert(zero(int, modseal_targets_commit(all, 0, &error)));
	close_all();
	holds("old", FILES - 1);
}
