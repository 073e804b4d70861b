/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of verifier/admin/install_set.c: what a set is called, holds, and refuses. */
#include "modseal-install.h"
#include "tests/unit/place.h"
#include "verifier/admin/install_set.h"

static struct modseal_error error;
static struct modseal_crypto *crypto;
static int parent = -1;

static void set_up(void)
{
	place_begin();
	cr_assert(zero(int, modseal_crypto_new(&crypto, &error)));
	parent = open(place, O_RDONLY | O_DIRECTORY);
	cr_assert(parent >= 0);
}

static void tear_down(void)
{
	close(parent);
	modseal_crypto_free(&crypto);
	place_end();
}

static struct modseal_span span(const char *text)
{
	return modseal_span_of(text, strlen(text));
}

static int add(struct modseal_set *set, const char *name, const char *text)
{
	memset(&error, 0, sizeof(error));
	return modseal_set_add(set, name, span(text), &error);
}

/* A policy, its signature, and files as pairs of name and text. */
static struct modseal_set set_of(const char *const *files)
{
	struct modseal_set set = {0};

	for (; files && files[0]; files += 2)
		cr_assert(zero(int, add(&set, files[0], files[1])), "%s", error.message);
	cr_assert(zero(
		int, modseal_set_add_policy(&set, span("policy"), span("cms"), &error)));
	return set;
}

static const char *name_of(struct modseal_set *set)
{
	static char names[4][MODSEAL_SET_NAME_SIZE];
	static unsigned next;
	char *name = names[next++ % 4];

	cr_assert(zero(int, modseal_set_name(set, crypto, name, &error)));
	return name;
}

Test(install_set, is_called_by_what_it_holds, .init = set_up, .fini = tear_down)
{
	static const char *const rows[][6] = {
		{NULL},
		{"a.pem", "1"},
		{"a.pem", "2"},
		{"b.pem", "1"},
		{"a.pem", ""},
		{"a.pem", "1", "b.pem", "1"},
		{"a.pem", "12", "b.pem", ""},
		{"d/a.pem", "1"},
	};
	const size_t count = sizeof(rows) / sizeof(rows[0]);
	char names[8][MODSEAL_SET_NAME_SIZE];
	struct modseal_set turned =
		set_of((const char *const[]){"b.pem", "1", "a.pem", "1", NULL});

	for (size_t i = 0; i < count; i++) {
		struct modseal_set set = set_of(rows[i]);

		strcpy(names[i], name_of(&set));
		cr_assert(eq(sz, strlen(names[i]), 64));
		for (size_t j = 0; j < i; j++)
			cr_assert(strcmp(names[i], names[j]) != 0, "%zu and %zu", i, j);
		modseal_set_clear(&set);
	}
	/* the order in which they were read says nothing */
	cr_assert(eq(str, (char *)name_of(&turned), names[5]));
	modseal_set_clear(&turned);
}

Test(install_set, takes_only_names_that_are_switched_with_it)
{
	static const char *const rows[] = {"/etc/modseal/a.pem", "policy.yaml",
					   "policy.yaml.p7s"};
	struct modseal_set set = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(int, add(&set, rows[i], "1"), MODSEAL_E_POLICY_INVALID));
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
		cr_assert(eq(str, error.object, (char *)rows[i]));
		cr_assert(strstr(error.remedy, "beside the policy") != NULL);
	}
	cr_assert(zero(sz, set.count));
}

Test(install_set, holds_a_file_once_and_notices_that_it_changed)
{
	struct modseal_set set = {0};

	cr_assert(zero(int, add(&set, "a.pem", "1")));
	cr_assert(zero(int, add(&set, "a.pem", "1")));
	cr_assert(eq(sz, set.count, 1));
	cr_assert(eq(int, add(&set, "a.pem", "2"), MODSEAL_E_CHANGED));
	cr_assert(eq(int, add(&set, "a.pem", "12"), MODSEAL_E_CHANGED));
	cr_assert(eq(sz, set.count, 1));
	modseal_set_clear(&set);
	modseal_set_clear(&set);
}

Test(install_set, is_written_whole_and_found_again, .init = set_up, .fini = tear_down)
{
	static const char *const files[] = {"a.pem",   "1",	"d/e/b.pem", "",
					    "d/c.pem", "three", NULL};
	struct modseal_set set = set_of(files);
	struct stat status;

	umask(077);
	cr_assert(not(modseal_set_is_at(&set, parent, "s")));
	cr_assert(zero(int, modseal_set_write(&set, parent, "s", &error)), "%s",
		  error.message);
	cr_assert(modseal_set_is_at(&set, parent, "s"));
	for (size_t i = 0; i < set.count; i++) {
		cr_assert(zero(int, stat(in_place("s/%s", set.files[i].name), &status)));
		cr_assert(eq(uint, status.st_mode & 07777, 0644));
	}
	cr_assert(zero(int, stat(in_place("s/d/e"), &status)));
	cr_assert(eq(uint, status.st_mode & 07777, 0755));
	/* never over what is there */
	cr_assert(
		eq(int, modseal_set_write(&set, parent, "s", &error), MODSEAL_E_SYSTEM));
	modseal_set_clear(&set);
}

static void put(const char *path, const char *text)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	cr_assert(eq(sz, (size_t)write(descriptor, text, strlen(text)), strlen(text)));
	close(descriptor);
}

Test(install_set, is_not_found_where_a_byte_differs, .init = set_up, .fini = tear_down)
{
	static const char *const files[] = {"d/a.pem", "one", NULL};
	static const char *const wrong[] = {"", "on", "onE", "one\n", "oneone"};
	struct modseal_set set = set_of(files);

	cr_assert(zero(int, modseal_set_write(&set, parent, "s", &error)));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put(in_place("s/d/a.pem"), wrong[i]);
		cr_assert(not(modseal_set_is_at(&set, parent, "s")), "row %zu", i);
	}
	put(in_place("s/d/a.pem"), "one");
	cr_assert(modseal_set_is_at(&set, parent, "s"));
	rename(in_place("s/d/a.pem"), in_place("s/d/b.pem"));
	cr_assert(not(modseal_set_is_at(&set, parent, "s")));
	/* links are somebody else's files */
	cr_assert(zero(int, symlink("b.pem", in_place("s/d/a.pem"))));
	cr_assert(not(modseal_set_is_at(&set, parent, "s")));
	unlink(in_place("s/d/a.pem"));
	cr_assert(zero(int, mkfifo(in_place("s/d/a.pem"), 0600)));
	cr_assert(not(modseal_set_is_at(&set, parent, "s")));
	modseal_set_clear(&set);
}

Test(install_set, r33_failures_say_what_to_do)
{
	static const struct {
		int errnum, code;
		const char *remedy;
	} rows[] = {
		{ENOSPC, MODSEAL_E_RESOURCE, "make room"},
		{EDQUOT, MODSEAL_E_RESOURCE, "make room"},
		{EACCES, MODSEAL_E_NOT_WRITABLE, "as root"},
		{EROFS, MODSEAL_E_NOT_WRITABLE, "as root"},
		{EIO, MODSEAL_E_SYSTEM, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(int, modseal_fail_install(&error, rows[i].errnum, "x", "y"),
			     rows[i].code));
		cr_assert(eq(int, error.system_errno, rows[i].errnum));
		cr_assert(strstr(error.remedy, rows[i].remedy) != NULL, "row %zu", i);
	}
}

/* Before anything is made, opened or locked. */
Test(install, options_that_are_not_understood_are_refused, .init = set_up,
     .fini = tear_down)
{
	char directory[PATH_MAX], state[PATH_MAX];
	struct stat status;
	const struct modseal_install_options good = {
		.version = MODSEAL_INSTALL_OPTIONS_VERSION,
		.policy_path = "/nowhere/policy.yaml",
		.directory = directory,
		.state_directory = state,
	};
	struct modseal_install_options rows[5] = {good, good, good, good, good};
	static const char *const said[] = {"unknown version", "unknown flags",
					   "reserved member", "reserved member",
					   "no policy to install"};

	snprintf(directory, sizeof(directory), "%s", in_place("etc"));
	snprintf(state, sizeof(state), "%s", in_place("var"));
	rows[0].version++;
	rows[1].flags = MODSEAL_OPEN_CHECK_ONLY;
	rows[2].reserved[0] = 1;
	rows[3].reserved[7] = 1;
	rows[4].policy_path = NULL;
	for (size_t i = 0; i < 5; i++) {
		cr_assert(eq(int, modseal_policy_install(&rows[i], NULL, NULL, &error),
			     MODSEAL_E_ARGUMENT),
			  "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_CONTEXT));
		cr_assert(strstr(error.message, said[i]) != NULL, "row %zu: %s", i,
			  error.message);
	}
	cr_assert(eq(int, modseal_policy_install(NULL, NULL, NULL, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, modseal_policy_rollback(&good, NULL, NULL, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(strstr(error.message, "where none is") != NULL);
	cr_assert(ne(int, stat(directory, &status), 0), "nothing was made");
	cr_assert(ne(int, stat(state, &status), 0), "nothing was made");
}
