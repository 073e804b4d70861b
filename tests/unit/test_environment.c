/* SPDX-License-Identifier: Apache-2.0 */
/* The environment at the start: its entries, and the lists in them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/loader/environment.h"

/* Reads bytes as if they were an environ file. */
static struct modseal_environment read_bytes(const char *bytes, size_t size)
{
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	cr_assert(eq(int, (int)write(ends[1], bytes, size), (int)size));
	close(ends[1]);
	return modseal_environment_read(ends[0]);
}

Test(environment, finds_a_variable_by_its_whole_name)
{
	static const char bytes[] = "XLD_PRELOAD=x\0LD_PRELOADX=y\0LD_PRELOAD\0"
				    "LD_PRELOAD=first\0LD_PRELOAD=/a.so:/b.so\0EMPTY=";
	struct modseal_environment environment = read_bytes(bytes, sizeof(bytes));

	cr_assert(eq(str, (char *)modseal_environment_get(&environment, "LD_PRELOAD"),
		     "/a.so:/b.so"));
	cr_assert(eq(str, (char *)modseal_environment_get(&environment, "EMPTY"), ""));
	cr_assert(zero(ptr, (void *)modseal_environment_get(&environment, "LD_AUDIT")));
	modseal_environment_free(&environment);
	cr_assert(zero(ptr, environment.text));
}

/* A process writes what it likes over its own: without end, without NUL. */
Test(environment, takes_any_bytes)
{
	struct modseal_environment environment = read_bytes("LD_PRELOAD=cut", 14);

	cr_assert(eq(str, (char *)modseal_environment_get(&environment, "LD_PRELOAD"),
		     "cut"));
	modseal_environment_free(&environment);
	environment = read_bytes("\0\0\0\0=", 5);
	cr_assert(eq(str, (char *)modseal_environment_get(&environment, ""), ""));
	modseal_environment_free(&environment);
	environment = read_bytes("", 0);
	cr_assert(zero(ptr, (void *)modseal_environment_get(&environment, "A")));
	modseal_environment_free(&environment);
	environment = modseal_environment_read(-1);
	cr_assert(zero(ptr, (void *)modseal_environment_get(&environment, "A")));
}

/* Half of it would be as good as none. */
Test(environment, without_end_is_not_known)
{
	struct modseal_environment environment =
		modseal_environment_read(open("/dev/zero", O_RDONLY));

	cr_assert(zero(ptr, environment.text));
	cr_assert(zero(sz, environment.size));
	cr_assert(eq(int, errno, E2BIG));
	environment = modseal_environment_read(open("/", O_RDONLY));
	cr_assert(zero(ptr, environment.text));
	cr_assert(eq(int, errno, EISDIR));
}

Test(environment, is_known_to_its_end)
{
	char *bytes = calloc(1, 60000);
	struct modseal_environment environment;

	memset(bytes, 'x', 50000);
	memcpy(bytes + 50001, "LAST=value", 10);
	environment = read_bytes(bytes, 60000);
	cr_assert(eq(sz, environment.size, 60000));
	cr_assert(
		eq(str, (char *)modseal_environment_get(&environment, "LAST"), "value"));
	modseal_environment_free(&environment);
	free(bytes);
}

/* What this process does to its own environment is not how it was started. */
Test(environment, is_that_of_the_start)
{
	struct modseal_environment environment;
	const char *path = getenv("PATH");

	setenv("LD_PRELOAD", "/since.so", 1);
	environment = modseal_environment_own();
	cr_assert(zero(ptr, (void *)modseal_environment_get(&environment, "LD_PRELOAD")));
	cr_assert(not(zero(ptr, (void *)path)));
	cr_assert(eq(str, (char *)modseal_environment_get(&environment, "PATH"),
		     (char *)path));
	modseal_environment_free(&environment);
}

Test(environment, lists_name_objects)
{
	static const struct {
		const char *list, *path, *opened_as;
		bool listed;
	} rows[] = {
		{"/a/b.so", "/a/b.so", NULL, true},
		{"x.so:/a/b.so y.so", "/a/b.so", NULL, true},
		{"x.so\t\n/a/b.so", "/a/b.so", NULL, true},
		{"b.so", "/a/b.so", NULL, true},
		{"./l/b.so", "/a/b.so", "./l/b.so", true},
		{"./l/b.so", "/a/b.so", NULL, false},
		{"/a/b.so.1", "/a/b.so", NULL, false},
		{"/a/b.s", "/a/b.so", NULL, false},
		{"/c/b.so", "/a/b.so", NULL, false},
		{"", "/a/b.so", "", false},
		{" :: ", "/a/b.so", "", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(eq(int,
			     modseal_environment_lists(rows[i].list, rows[i].path,
						       rows[i].opened_as),
			     rows[i].listed),
			  "row %zu", i);
}

Test(environment, search_lists_hold_what_was_found_below)
{
	static const struct {
		const char *list, *opened_as;
		bool searched;
	} rows[] = {
		{"/x:/a", "/a/b.so", true},
		{"/x;/a", "/a/b.so", true},
		{"/a", "/a/glibc-hwcaps/x86-64-v3/b.so", true},
		{"/a//:/x", "/a/b.so", true},
		{"lib", "lib/b.so", true},
		{"/a", "/ab/b.so", false},
		{"/a/", "/b/b.so", false},
		{"::", "/b/b.so", false},
		{"", "/b/b.so", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(
			eq(int,
			   modseal_environment_searches(rows[i].list, rows[i].opened_as),
			   rows[i].searched),
			"row %zu", i);
}
