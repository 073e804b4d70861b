/* SPDX-License-Identifier: Apache-2.0 */
/* Everything but /proc: none of it may be missed, wherever it is mounted (E25). */
#include "place.h"

#include <sys/resource.h>

#include "verifier/run/procs.h"

static void with_place(void)
{
	place_begin();
}

TestSuite(run_procs, .init = with_place, .fini = place_end);

static const char *file(const char *text)
{
	static char path[PATH_MAX + 8];
	FILE *out;

	snprintf(path, sizeof(path), "%s/mounts", place);
	out = fopen(path, "w");
	cr_assert(out != NULL);
	fputs(text, out);
	fclose(out);
	return path;
}

Test(run_procs, places_are_found_by_their_type)
{
	static const char text[] = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
				   "23 27 0:22 / /sys rw - sysfs proc rw\n"
				   "24 27 0:22 / /proc/fs/nfsd rw - nfsd nfsd rw\n"
				   "25 27 0:21 / /srv/a\\040b\\134\\011/proc rw shared:1 "
				   "master:2 - proc x rw\n"
				   "26 27 0:21 /sys /srv/c ro - proc proc rw\n"
				   "27 27 0:22 / /srv/d rw - process proc rw\n"
				   "28 27 0:21 / /srv/\\400\\081\\018 rw - proc x rw\n";
	struct run_procs procs;

	cr_assert(zero(int, run_procs_read(file(text), &procs)));
	cr_assert(eq(sz, procs.count, 4));
	cr_assert(eq(str, procs.places[0], "/proc"));
	cr_assert(eq(str, procs.places[1], "/srv/a b\\\t/proc"));
	cr_assert(eq(str, procs.places[2], "/srv/c"));
	/* no octal numbers of a byte */
	cr_assert(eq(str, procs.places[3], "/srv/\\400\\081\\018"));
	run_procs_free(&procs);
	cr_assert(zero(sz, procs.count));
}

Test(run_procs, what_is_not_understood_is_an_error)
{
	static const char *const rows[] = {
		"22 27 0:21 / /proc rw\n", "22 27 0:21 / - proc - proc proc rw\n",
		"22 27 - proc /srv rw\n",  "22 27 0:21 / /proc rw - proc proc rw\n\n",
		"22 27 - proc proc rw\n",  "22 27 0:21 / proc rw - proc proc rw\n",
	};
	struct run_procs procs;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(int, run_procs_read(file(rows[i]), &procs), EBADMSG),
			  "row %zu", i);
		cr_assert(zero(ptr, procs.places), "row %zu", i);
	}
	cr_assert(eq(int, run_procs_read("/nowhere/mounts", &procs), ENOENT));
	/* it can be opened, and not be read */
	cr_assert(eq(int, run_procs_read(place, &procs), EISDIR));
}

Test(run_procs, those_of_this_process_are_found)
{
	struct run_procs procs;

	cr_assert(zero(int, run_procs_read("/proc/self/mountinfo", &procs)));
	cr_assert(run_procs_are_at(&procs, "/proc"));
	cr_assert(run_procs_below(&procs, ""));
	cr_assert(not(run_procs_below(&procs, "/proc")));
	cr_assert(not(run_procs_below(&procs, "/pro")));
	run_procs_free(&procs);
}

/* ---- all else ------------------------------------------------------------------------
 */

/* What was visited, as names below the place, in order. */
struct seen {
	char names[64][64];
	size_t count;
	int result;
};

static int see(void *argument, int descriptor)
{
	struct seen *seen = argument;
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
	length = readlink(link, path, sizeof(path) - 1);
	cr_assert(gt(i64, length, 0));
	path[length] = '\0';
	if (strncmp(path, place, strlen(place)) == 0 && seen->count < 64)
		snprintf(seen->names[seen->count++], 64, "%s", path + strlen(place));
	return seen->result;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void sees(char *const *procs, size_t count, const char *want)
{
	const struct run_procs found = {.places = (char **)procs, .count = count};
	struct seen seen = {.count = 0};
	char all[4096] = "";

	cr_assert(zero(int, run_procs_others(&found, place, see, &seen)));
	qsort(seen.names, seen.count, 64, compare);
	for (size_t i = 0; i < seen.count; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all),
			 "%s:", seen.names[i]);
	cr_assert(eq(str, all, (char *)want));
}

static char *below(const char *name)
{
	char *path = NULL;

	cr_assert(gt(int, asprintf(&path, "%s%s", place, name), 0));
	return path;
}

static void folder(const char *name)
{
	char *path = below(name);

	cr_assert(zero(int, mkdir(path, 0755)), "%s", path);
	free(path);
}

Test(run_procs, entries_are_seen_and_those_above_a_proc_by_theirs)
{
	static const char *const folders[] = {"/a",   "/a/b", "/a/b/proc",
					      "/a/c", "/ab",  "/proc"};
	char *procs[] = {below("/proc"), below("/a/b/proc"), below("/gone/proc")};
	char *link = below("/link"), *plain = below("/a/file");
	int descriptor;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		folder(folders[i]);
	cr_assert(zero(int, symlink("a", link)));
	descriptor = open(plain, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	cr_assert(ge(int, descriptor, 0));
	close(descriptor);
	sees(procs, 0, "/a:/ab:/link:/proc:");
	sees(procs, 1, "/a:/ab:/link:");
	/* nothing is left of /a/b, in which there is nothing else */
	sees(procs, 3, "/a/c:/a/file:/ab:/link:");
	for (size_t i = 0; i < 3; i++)
		free(procs[i]);
	free(link);
	free(plain);
}

Test(run_procs, the_visitor_ends_it)
{
	const struct run_procs none = {0};
	struct seen seen = {.result = EXDEV};

	folder("/a");
	folder("/b");
	cr_assert(eq(int, run_procs_others(&none, place, see, &seen), EXDEV));
	cr_assert(eq(sz, seen.count, 1));
}

/* ---- what cannot be looked at --------------------------------------------------------
 */

static int count(void *argument, int descriptor)
{
	size_t *seen = argument;

	(void)descriptor;
	++*seen;
	return 0;
}

Test(run_procs, what_this_user_cannot_reach_is_left_out)
{
	char *places[] = {below("/shut/proc"), below("/seen/proc")};
	const struct run_procs procs = {.places = places, .count = 2};
	size_t seen = 0;

	need_root("to be somebody else");
	folder("/shut");
	folder("/seen");
	folder("/seen/a");
	cr_assert(zero(int, chmod(in_place("shut"), 0700)));
	cr_assert(zero(int, chmod(in_place("seen"), 0744))); /* its names, and no more */
	cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	cr_assert(zero(int, run_procs_others(&procs, place, count, &seen)));
	cr_assert(zero(int, seteuid(0)));
	cr_assert(zero(sz, seen));
	free(places[0]);
	free(places[1]);
}

/* Its entries would be missed: what lies there could not be written to. */
Test(run_procs, what_cannot_be_looked_at_for_another_reason_is_an_error)
{
	char *places[] = {below("/plain/proc")};
	const struct run_procs procs = {.places = places, .count = 1}, none = {0};
	struct rlimit limit;
	size_t seen = 0;
	int next;

	cr_assert(eq(int, run_procs_others(&none, in_place("nothing/proc"), count, &seen),
		     0));
	make_file(in_place("plain"), 1, 0644);
	cr_assert(eq(int, run_procs_others(&procs, place, count, &seen), ENOTDIR));
	cr_assert(zero(sz, seen));
	next = dup(STDERR_FILENO);
	close(next);
	cr_assert(zero(int, getrlimit(RLIMIT_NOFILE, &limit)));
	limit.rlim_cur = (rlim_t)next + 1; /* that of the directory */
	cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &limit)));
	cr_assert(eq(int, run_procs_others(&none, place, count, &seen), EMFILE));
	limit.rlim_cur = (rlim_t)next;
	cr_assert(zero(int, setrlimit(RLIMIT_NOFILE, &limit)));
	cr_assert(eq(int, run_procs_others(&none, place, count, &seen), EMFILE));
	cr_assert(zero(sz, seen));
	free(places[0]);
}

/* Cut short it would be another's name. */
Test(run_procs, a_path_that_is_too_long_is_nobodys)
{
	const struct run_procs none = {0};
	char path[PATH_MAX], name[201];
	size_t length = strlen(place), seen = 0;
	int here = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC), next;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(path, sizeof(path), "%s", place);
	while (length < PATH_MAX - 20) {
		size_t room = PATH_MAX - 20 - length;

		if (room <= sizeof(name))
			name[room > 1 ? room - 1 : 1] = '\0';
		cr_assert(zero(int, mkdirat(here, name, 0755)));
		next = openat(here, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(here);
		here = next;
		length += (size_t)snprintf(path + length, sizeof(path) - length, "/%s",
					   name);
	}
	/* the first takes all the room that there is */
	snprintf(name, sizeof(name), "%.*s", (int)(PATH_MAX - length - 2),
		 "eeeeeeeeeeeeeeeeeeeeeeee");
	cr_assert(zero(int, mkdirat(here, name, 0755)));
	cr_assert(zero(int, run_procs_others(&none, path, count, &seen)));
	cr_assert(eq(sz, seen, 1));
	length = strlen(name);
	memcpy(name + length, "e", 2);
	cr_assert(zero(int, mkdirat(here, name, 0755)));
	seen = 0;
	cr_assert(zero(int, run_procs_others(&none, path, count, &seen)));
	cr_assert(eq(sz, seen, 1));
	unlinkat(here, name, AT_REMOVEDIR);
	name[length] = '\0';
	unlinkat(here, name, AT_REMOVEDIR);
	close(here);
}
