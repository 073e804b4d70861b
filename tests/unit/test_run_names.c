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
		{"/srv/else/a", "/srv/jail", NULL, ENOENT},
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

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_assert(eq(int, run_names_join("/", longest, path), ENAMETOOLONG));
	longest[PATH_MAX - 2] = '\0';
	cr_assert(eq(int, run_names_join("/", longest, path), 0));
}

Test(run_names, what_is_everybodys_own_is_told)
{
	static const struct {
		const char *path;
		enum run_name_kind kind;
		int descriptor;
		const char *entry, *leads_to;
		bool of_thread;
	} rows[] = {
		{"/proc/self/fd/7", RUN_NAME_DESCRIPTOR, 7, "fd/7", NULL, false},
		{"/proc/thread-self/fd/12", RUN_NAME_DESCRIPTOR, 12, "fd/12", NULL, true},
		{"/dev/fd/3", RUN_NAME_DESCRIPTOR, 3, "fd/3", "/proc/self/fd", false},
		{"/dev/stdin", RUN_NAME_DESCRIPTOR, 0, "fd/0", "/proc/self/fd/0", false},
		{"/dev/stderr", RUN_NAME_DESCRIPTOR, 2, "fd/2", "/proc/self/fd/2", false},
		{"/proc/self/exe", RUN_NAME_PROGRAM, -1, "exe", NULL, false},
		{"/proc/thread-self/exe", RUN_NAME_PROGRAM, -1, "exe", NULL, true},
		{"/proc/self/root", RUN_NAME_ROOT, -1, "root", NULL, false},
		{"/proc/self/root/dev/fd/3", RUN_NAME_ROOT, -1, "root", NULL, false},
		/* nothing that is executed, or not the whole of it */
		{"/proc/self/environ", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/cwd/x", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/task/../exe", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/../self/exe", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/exe/x", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/fd/7/x", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/fd/x", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/proc/self/fd/1234567890", RUN_NAME_OTHER, -1, "", NULL, false},
		{"/dev/fd/../x", RUN_NAME_OTHER, -1, "", "/proc/self/fd", false},
		{"/proc/selfish", RUN_NAME_PLAIN, -1, "", NULL, false},
		{"/dev/fdx/3", RUN_NAME_PLAIN, -1, "", NULL, false},
		{"/proc/10/fd/7", RUN_NAME_PLAIN, -1, "", NULL, false},
		{"/usr/bin/true", RUN_NAME_PLAIN, -1, "", NULL, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_name name;

		run_names_read(rows[i].path, &name);
		cr_assert(eq(int, (int)name.kind, (int)rows[i].kind), "row %zu", i);
		cr_assert(eq(int, name.descriptor, rows[i].descriptor), "row %zu", i);
		cr_assert(eq(str, name.entry, (char *)rows[i].entry), "row %zu", i);
		cr_assert(eq(int, name.of_thread, rows[i].of_thread), "row %zu", i);
		cr_assert(eq(str, (char *)(name.leads_to ? name.leads_to : ""),
			     (char *)(rows[i].leads_to ? rows[i].leads_to : "")),
			  "row %zu", i);
		if (name.kind == RUN_NAME_ROOT)
			cr_assert(eq(sz, name.length, strlen("/proc/self/root")),
				  "row %zu", i);
	}
}
