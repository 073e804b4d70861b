/* SPDX-License-Identifier: Apache-2.0 */
/* Everything but /proc: none of it may be missed, wherever it is mounted (E25). */
#include "place.h"

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
				   "26 27 0:21 /sys /srv/c ro - proc proc rw\n";
	struct run_procs procs;

	cr_assert(zero(int, run_procs_read(file(text), &procs)));
	cr_assert(eq(sz, procs.count, 3));
	cr_assert(eq(str, procs.places[0], "/proc"));
	cr_assert(eq(str, procs.places[1], "/srv/a b\\\t/proc"));
	cr_assert(eq(str, procs.places[2], "/srv/c"));
	run_procs_free(&procs);
	cr_assert(zero(sz, procs.count));
}

Test(run_procs, what_is_not_understood_is_an_error)
{
	static const char *const rows[] = {
		"22 27 0:21 / /proc rw\n",
		"22 27 0:21 / /proc rw - proc proc rw\n\n",
		"22 27 - proc proc rw\n",
		"22 27 0:21 / proc rw - proc proc rw\n",
	};
	struct run_procs procs;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(int, run_procs_read(file(rows[i]), &procs), EBADMSG),
			  "row %zu", i);
		cr_assert(zero(ptr, procs.places), "row %zu", i);
	}
	cr_assert(eq(int, run_procs_read("/nowhere/mounts", &procs), ENOENT));
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
