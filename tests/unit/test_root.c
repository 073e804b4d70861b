/* SPDX-License-Identifier: Apache-2.0 */
/* Walks that take another directory for `/`: nothing outside of it is ever reached. */
#include "tests/unit/opening.h"

#define TREE "tree"

static int open_in_tree(const char *path, struct modseal_located *located)
{
	int root, result;

	cr_assert(zero(int, modseal_root_open(in_place(TREE), &root, &error)));
	result = modseal_path_open_in(root, path, located, &error);
	close(root);
	return result;
}

static void make_tree(void)
{
	cr_assert(zero(int, mkdir(in_place(TREE), 0755)));
	cr_assert(zero(int, mkdir(in_place(TREE "/lib"), 0755)));
	make_file(in_place(TREE "/lib/x.so"), 10, 0644);
	make_file(in_place("outside.so"), 10, 0644);
}

Test(root, R74_links_and_dots_stay_in_the_tree, .init = place_begin, .fini = place_end)
{
	static const struct {
		const char *target;
		int want;
	} rows[] = {
		{"/lib/x.so", 0},
		{"../../../../../../../../../../lib/x.so", 0},
		{"../lib/../lib/x.so", 0},
		{"/../lib/x.so", 0},
		{"../outside.so", MODSEAL_E_NOT_FOUND},
		{"../../outside.so", MODSEAL_E_NOT_FOUND},
		{"/outside.so", MODSEAL_E_NOT_FOUND},
		{"/etc/passwd", MODSEAL_E_NOT_FOUND},
		{"../../../../../../../../../etc/passwd", MODSEAL_E_NOT_FOUND},
		{"/proc/self/root/etc/passwd", MODSEAL_E_NOT_FOUND},
	};

	make_tree();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_located located = {.descriptor = -1};
		int result;

		unlink(in_place(TREE "/lib/link.so"));
		cr_assert(zero(int,
			       symlink(rows[i].target, in_place(TREE "/lib/link.so"))));
		result = open_in_tree("/lib/link.so", &located);
		cr_assert(eq(int, result, rows[i].want), "row %zu: %s", i, error.message);
		if (result == 0)
			cr_assert(eq(str, located.path, "/lib/x.so"), "row %zu", i);
		modseal_located_close(&located);
	}
}

Test(root, R75_the_tree_is_judged_from_its_root_on, .init = place_begin,
     .fini = place_end)
{
	struct modseal_located located = {.descriptor = -1};

	make_tree();
	cr_assert(zero(int, open_in_tree("/lib/x.so", &located)), "%s", error.message);
	/* the sticky directories above the tree are not on the way */
	cr_assert(eq(int, located.safety,
		     is_root() ? MODSEAL_PATH_PROTECTED : MODSEAL_PATH_CALLER));
	modseal_located_close(&located);
	cr_assert(zero(int, chmod(in_place(TREE), 0777)));
	cr_assert(eq(int, open_in_tree("/lib/x.so", &located), MODSEAL_E_PATH_UNSAFE));
	cr_assert(says("'/'"), "%s", error.message);
}

Test(root, is_a_directory_that_is_there, .init = place_begin, .fini = place_end)
{
	int root = -7;

	make_file(in_place("x.so"), 1, 0644);
	cr_assert(eq(int, modseal_root_open(in_place("none"), &root, &error),
		     MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, modseal_root_open(in_place("x.so"), &root, &error),
		     MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_CONTEXT));
	cr_assert(eq(int, root, -7));
}

Test(root, of_an_image_is_for_checking_only)
{
	const struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.root_directory = "/",
	};
	struct modseal *context = NULL;

	cr_assert(eq(int, modseal_open(&options, &context, &error), MODSEAL_E_ARGUMENT));
	cr_assert(says("for checking only"), "%s", error.message);
	cr_assert(zero(ptr, context));
}
