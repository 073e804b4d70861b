/* SPDX-License-Identifier: Apache-2.0 */
/* Files of keys: whole, all or none, and never in the place of another. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/keyfile.h"

static char directory[4096]; /* each test is its own process */
static char paths[2][4200];

static void set_up(void)
{
	snprintf(directory, sizeof(directory), "%s/data/keyfile-XXXXXX", BUILD_DIR);
	cr_assert(mkdtemp(directory) != NULL);
	snprintf(paths[0], sizeof(paths[0]), "%s/a.key", directory);
	snprintf(paths[1], sizeof(paths[1]), "%s/a.pem", directory);
}

static void tear_down(void)
{
	unlink(paths[0]);
	unlink(paths[1]);
	rmdir(directory);
}

static size_t entries(void)
{
	DIR *open = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(open)))
		count += strcmp(entry->d_name, ".") != 0 &&
			 strcmp(entry->d_name, "..") != 0;
	closedir(open);
	return count;
}

TestSuite(keyfile, .init = set_up, .fini = tear_down);

static int create(struct modseal_error *error)
{
	const struct modseal_new_file files[] = {
		{paths[0], 0600, modseal_span_of("secret", 6)},
		{paths[1], 0644, modseal_span_of("public", 6)},
	};

	return modseal_key_files_create(files, 2, error);
}

static bool holds(const char *path, const char *text)
{
	char buffer[64] = {0};
	FILE *file = fopen(path, "r");
	bool equal;

	if (!file)
		return false;
	equal = fread(buffer, 1, sizeof(buffer) - 1, file) == strlen(text) &&
		strcmp(buffer, text) == 0;
	fclose(file);
	return equal;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

Test(keyfile, both_are_created_with_their_modes)
{
	struct modseal_error error = {0};
	struct stat status;

	umask(0);
	cr_assert(eq(int, create(&error), 0), "%s", error.message);
	cr_assert(holds(paths[0], "secret") && holds(paths[1], "public"));
	cr_assert(eq(sz, entries(), 2), "something was left behind");
	cr_assert(stat(paths[0], &status) == 0);
	cr_assert(eq(u32, status.st_mode & 07777, 0600));
	cr_assert(stat(paths[1], &status) == 0);
	cr_assert(eq(u32, status.st_mode & 07777, 0644));
}

/* Whoever comes between the look and the placing keeps his file. */
Test(keyfile, what_is_there_stays_and_nothing_is_left)
{
	for (int i = 0; i < 2; i++) {
		struct modseal_error error = {0};

		put(paths[i], "mine");
		cr_assert(eq(int, create(&error), MODSEAL_E_EXISTS));
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
		cr_assert(eq(str, error.object, paths[i]));
		cr_assert(holds(paths[i], "mine"));
		cr_assert(eq(sz, entries(), 1), "something was left behind");
		unlink(paths[i]);
	}
}

Test(keyfile, read_gives_all_of_it)
{
	struct modseal_span bytes = {0};
	struct modseal_error error = {0};

	put(paths[0], "some bytes");
	cr_assert(eq(int, modseal_key_file_read(paths[0], "key", &bytes, &error), 0));
	cr_assert(modseal_span_equal(bytes, modseal_span_of("some bytes", 10)));
	modseal_key_file_wipe(bytes);
	cr_assert(eq(int, modseal_key_file_read(paths[1], "key", &bytes, &error),
		     MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, error.system_errno, ENOENT));
	cr_assert(eq(int, modseal_key_file_read(directory, "key", &bytes, &error),
		     MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.system_errno, EISDIR));
}
