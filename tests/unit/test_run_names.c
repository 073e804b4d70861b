/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the target as text (E21): where one leads may not depend on who looks. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "verifier/run/names.h"

Test(run_names, roots_are_taken_off_by_whole_components)
{
	static const struct {
		const char *path, *root, *want;
		int result;
	} rows[] = {
		{"/usr/lib/a.so", "", "/usr/lib/a.so", 0},
		{"/srv/jail/usr/lib/a.so", "/srv/jail", "/usr/lib/a.so", 0},
		{"/srv/jail", "/srv/jail", "/", 0},
		{"/srv/jailer/a", "/srv/jail", NULL, ENOENT},
		{"/srv/a", "/srv/jail", NULL, ENOENT},
		{"memfd:x", "", NULL, ENOENT},
		{"(unreachable)/a", "", NULL, ENOENT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[PATH_MAX];
		int result;

		snprintf(path, sizeof(path), "%s", rows[i].path);
		result = run_names_strip(path, rows[i].root);
		cr_assert(eq(int, result, rows[i].result), "row %zu", i);
		if (result == 0)
			cr_assert(eq(str, path, (char *)rows[i].want), "row %zu", i);
	}
}

Test(run_names, relative_paths_start_where_they_are_told)
{
	static const struct {
		const char *start, *path, *want;
	} rows[] = {
		{"/home/u", "a.so", "/home/u/a.so"},
		{"/", "bin/true", "/bin/true"},
		{"/home/u", "./x/./y", "/home/u/x/y"},
		{"/home/u", "../x", "/home/u/../x"},
		{"/home/u", "/usr//lib///a", "/usr/lib/a"},
		{"/home/u", "/", "/"},
		{"", "/./.", "/"},
	};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(int, run_names_join(rows[i].start, rows[i].path, path), 0));
		cr_assert(eq(str, path, (char *)rows[i].want), "row %zu", i);
	}
}

Test(run_names, what_is_too_long_is_refused)
{
	char longest[PATH_MAX], path[PATH_MAX];
	struct run_name name;

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_assert(eq(int, run_names_join("/", longest, path), ENAMETOOLONG));
	longest[PATH_MAX - 2] = '\0';
	cr_assert(eq(int, run_names_join("/", longest, path), 0));
	memcpy(path, "/proc/self/", 11);
	memset(path + 11, 'a', PATH_MAX - 12);
	path[PATH_MAX - 1] = '\0';
	cr_assert(eq(int, run_names_rewrite(path, 123456, 123456, &name), ENAMETOOLONG));
}

Test(run_names, what_is_the_askers_own_becomes_the_targets)
{
	static const struct {
		const char *path, *want;
		int descriptor;
		bool own;
	} rows[] = {
		{"/proc/self/fd/7", NULL, 7, false},
		{"/proc/thread-self/fd/12", NULL, 12, false},
		{"/dev/fd/3", NULL, 3, false},
		{"/dev/stdin", NULL, 0, false},
		{"/dev/stderr", NULL, 2, false},
		{"/proc/self/root/dev/fd/3", NULL, 3, false},
		{"/proc/self/exe", "/proc/10/exe", -1, true},
		{"/proc/self/root/proc/self/exe", "/proc/10/exe", -1, true},
		{"/proc/self/environ", "/proc/10/environ", -1, false},
		{"/proc/self", "/proc/10", -1, false},
		{"/proc/thread-self/x", "/proc/10/task/11/x", -1, false},
		{"/proc/self/root/usr/bin/true", "/usr/bin/true", -1, false},
		{"/proc/self/root", "/", -1, false},
		/* not the whole of it: left for the kernel, which follows no magic link
		 */
		{"/proc/self/fd/7/x", "/proc/10/fd/7/x", -1, false},
		{"/proc/self/fd/x", "/proc/10/fd/x", -1, false},
		{"/proc/self/fd/1234567890", "/proc/10/fd/1234567890", -1, false},
		{"/proc/selfish", "/proc/selfish", -1, false},
		{"/dev/fdx/3", "/dev/fdx/3", -1, false},
		{"/proc/10/fd/7", "/proc/10/fd/7", -1, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[PATH_MAX];
		struct run_name name;

		snprintf(path, sizeof(path), "%s", rows[i].path);
		cr_assert(eq(int, run_names_rewrite(path, 10, 11, &name), 0));
		cr_assert(eq(int, name.descriptor, rows[i].descriptor), "row %zu", i);
		cr_assert(eq(int, name.own_program, rows[i].own), "row %zu", i);
		if (rows[i].want)
			cr_assert(eq(str, path, (char *)rows[i].want), "row %zu", i);
	}
}
