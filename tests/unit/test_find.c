/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/find.c: the search for names, and real spellings. */
#include "tests/unit/opening.h"

TestSuite(find, .init = place_begin, .fini = place_end, .timeout = 30);

static int find_code(char *const *directories, size_t count, const char *name,
		     const char *want_path)
{
	struct modseal_located located = {.descriptor = -1};
	size_t before = count_descriptors();
	int result;

	memset(&error, 0, sizeof(error));
	result = modseal_path_find(MODSEAL_ROOT_OF_PROCESS, directories, count, name,
				   &located, &error);
	if (!result && want_path)
		cr_assert(eq(str, located.path, (char *)want_path));
	if (result)
		cr_assert(eq(ptr, located.path, NULL));
	modseal_located_close(&located);
	cr_assert(eq(sz, count_descriptors(), before));
	return result;
}

Test(find, the_first_entry_decides)
{
	char a[PATH_MAX], b[PATH_MAX], none[PATH_MAX];
	char *const directories[] = {none, a, b};

	snprintf(a, sizeof(a), "%s", in_place("a"));
	snprintf(b, sizeof(b), "%s", in_place("b"));
	snprintf(none, sizeof(none), "%s", in_place("none"));
	make_directory(a, 0755);
	make_directory(b, 0755);
	make_file(in_place("b/x.so"), 10, 0644);
	cr_assert(zero(int, find_code(directories, 3, "x.so", in_place("b/x.so"))));
	make_file(in_place("a/x.so"), 10, 0644);
	cr_assert(zero(int, find_code(directories, 3, "x.so", in_place("a/x.so"))));
	/* a refusal never tries the next */
	cr_assert(zero(int, chmod(in_place("a/x.so"), 0666)));
	cr_assert(
		eq(int, find_code(directories, 3, "x.so", NULL), MODSEAL_E_PATH_UNSAFE));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));
	cr_assert(zero(int, unlink(in_place("a/x.so"))));
	make_directory(in_place("a/x.so"), 0755);
	cr_assert(
		eq(int, find_code(directories, 3, "x.so", NULL), MODSEAL_E_NOT_REGULAR));
	cr_assert(zero(int, rmdir(in_place("a/x.so"))));
	/* a link to nothing is an entry */
	cr_assert(zero(int, symlink("nothing", in_place("a/x.so"))));
	cr_assert(eq(int, find_code(directories, 3, "x.so", NULL), MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));
	cr_assert(zero(int, unlink(in_place("a/x.so"))));
	/* and so is a link to a file in the same folder */
	make_file(in_place("a/x.so.1"), 10, 0644);
	cr_assert(zero(int, symlink("x.so.1", in_place("a/x.so"))));
	cr_assert(zero(int, find_code(directories, 3, "x.so", in_place("a/x.so.1"))));
	/* a folder in which others can put names is no folder to go on from */
	cr_assert(zero(int, unlink(in_place("a/x.so"))));
	cr_assert(zero(int, chmod(a, 0777)));
	cr_assert(
		eq(int, find_code(directories, 3, "x.so", NULL), MODSEAL_E_PATH_UNSAFE));
}

Test(find, names_where_it_looked)
{
	char *const directories[] = {"/none/one", "/none/two"};

	cr_assert(eq(int, find_code(directories, 2, "x.so", NULL), MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_FIND));
	cr_assert(says("/none/one"));
	cr_assert(says("/none/two"));
	cr_assert(eq(str, error.object, "x.so"));
	cr_assert(eq(int, find_code(NULL, 0, "x.so", NULL), MODSEAL_E_NOT_FOUND));
}

Test(find, only_names_are_searched)
{
	char a[PATH_MAX];
	char *const directories[] = {a};

	snprintf(a, sizeof(a), "%s", in_place("a"));
	make_directory(a, 0755);
	make_directory(in_place("a/b"), 0755);
	make_file(in_place("a/b/x.so"), 10, 0644);
	cr_assert(eq(int, find_code(directories, 1, "", NULL), MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_FIND));
	cr_assert(eq(int, find_code(directories, 1, "b/x.so", NULL), MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, find_code(directories, 1, in_place("a/b/x.so"), NULL),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, find_code(directories, 1, "..", NULL), MODSEAL_E_PATH_UNSAFE));
	cr_assert(eq(int, find_code(directories, 1, ".", NULL), MODSEAL_E_PATH_UNSAFE));
}

Test(find, a_long_list_of_folders_is_cut_in_the_message)
{
	char long_name[PATH_MAX];
	char *const directories[] = {long_name, long_name};

	memset(long_name, 'x', sizeof(long_name));
	long_name[0] = '/';
	for (size_t i = 100; i < 3000; i += 100)
		long_name[i] = '/';
	long_name[3000] = '\0';
	cr_assert(eq(int, find_code(directories, 2, "x.so", NULL), MODSEAL_E_NOT_FOUND));
}

Test(find, R79_real_spellings)
{
	static const struct {
		const char *asked, *real;
	} rows[] = {
		{"lib/x.so", "lib/x.so"},
		{"folder/x.so", "lib/x.so"},
		{"link", "lib/x.so"},
		{"lib", "lib"},
		{"lib/", "lib"},
		{"folder", "lib"},
		{"lib//./x.so", "lib/x.so"},
		{"lib/../lib/x.so", "lib/x.so"},
		{"folder/missing/deep", "lib/missing/deep"},
		{"missing", "missing"},
		{"missing/", "missing"},
		{"dangling", "lib/nothing"},
		{"dangling/more", "lib/nothing/more"},
		{"lib/x.so/below", "lib/x.so/below"},
	};
	char *real = NULL;

	make_directory(in_place("lib"), 0755);
	make_file(in_place("lib/x.so"), 10, 0666);
	cr_assert(zero(int, symlink("lib", in_place("folder"))));
	cr_assert(zero(int, symlink("folder/x.so", in_place("link"))));
	cr_assert(zero(int, symlink("folder/nothing", in_place("dangling"))));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t before = count_descriptors();

		cr_assert(zero(int, modseal_path_real(MODSEAL_ROOT_OF_PROCESS,
						      in_place("%s", rows[i].asked),
						      &real, &error)),
			  "%s: %s", rows[i].asked, error.message);
		cr_assert(eq(str, real, (char *)in_place("%s", rows[i].real)));
		cr_assert(eq(sz, count_descriptors(), before));
		free(real);
	}
	cr_assert(zero(int,
		       modseal_path_real(MODSEAL_ROOT_OF_PROCESS, "/", &real, &error)));
	cr_assert(eq(str, real, "/"));
	free(real);
	real = NULL;
	cr_assert(eq(int,
		     modseal_path_real(MODSEAL_ROOT_OF_PROCESS, "usr", &real, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, modseal_path_real(MODSEAL_ROOT_OF_PROCESS, "", &real, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(zero(int, symlink("loop", in_place("loop"))));
	cr_assert(eq(int,
		     modseal_path_real(MODSEAL_ROOT_OF_PROCESS, in_place("loop"), &real,
				       &error),
		     MODSEAL_E_PATH_UNSAFE));
	cr_assert(eq(ptr, real, NULL));
}
