/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own on a safe path, and small helpers around files. */
#ifndef MODSEAL_TEST_PLACE_H
#define MODSEAL_TEST_PLACE_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verifier/image/path.h"

#define PLACE_STRANGER 12345 /* a user who is neither root nor the caller */

static char place[PATH_MAX];

static int place_remove(const char *path, const struct stat *status, int type,
			struct FTW *ftw)
{
	return remove(path);
}

static void place_end(void)
{
	if (seteuid(getuid()))
		abort();
	if (place[0])
		nftw(place, place_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	place[0] = '\0';
}

/* A new folder, mode 0755, below $TMPDIR or /var/tmp; the test is skipped where that lies
 * on a path or file system that cannot be safe. */
static inline void place_begin(void)
{
	const char *above = getenv("TMPDIR");
	struct modseal_located located = {.descriptor = -1};
	struct modseal_error error;
	char real[PATH_MAX], probe[PATH_MAX + 8];
	int descriptor;

	umask(022);
	cr_assert(realpath(above && above[0] ? above : "/var/tmp", real) != NULL);
	cr_assert(snprintf(place, sizeof(place), "%.4000s/modseal-unit.XXXXXX", real) >
		  0);
	cr_assert(mkdtemp(place) != NULL, "mkdtemp %s", place);
	cr_assert(zero(int, chmod(place, 0755)));
	snprintf(probe, sizeof(probe), "%s/probe", place);
	descriptor = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	cr_assert(descriptor >= 0);
	close(descriptor);
	if (modseal_path_open(probe, &located, &error) ||
	    located.safety == MODSEAL_PATH_UNTRUSTED) {
		modseal_located_close(&located);
		place_end();
		cr_skip_test("TMPDIR or /var/tmp is no safe place here");
	}
	modseal_located_close(&located);
	unlink(probe);
}

/* The path of a name in the folder; a few may be in use at once. */
static inline const char *in_place(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
static inline const char *in_place(const char *format, ...)
{
	static char paths[16][PATH_MAX + 512];
	static unsigned next;
	char *path = paths[next++ % 16];
	va_list arguments;
	int used = snprintf(path, sizeof(paths[0]), "%s/", place);

	va_start(arguments, format);
	vsnprintf(path + used, sizeof(paths[0]) - (size_t)used, format, arguments);
	va_end(arguments);
	return path;
}

static inline void make_directory(const char *path, mode_t mode)
{
	cr_assert(zero(int, mkdir(path, 0755)), "mkdir %s", path);
	cr_assert(zero(int, chmod(path, mode)));
}

/* A file of size bytes with a pattern in which no two pages are equal. */
static inline void make_file(const char *path, size_t size, mode_t mode)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint8_t *data = malloc(size + 1);

	cr_assert(descriptor >= 0, "open %s", path);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
	cr_assert(eq(sz, (size_t)write(descriptor, data, size), size));
	cr_assert(zero(int, fchmod(descriptor, mode)));
	free(data);
	close(descriptor);
}

static inline size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	while (directory && readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static inline bool is_root(void)
{
	return geteuid() == 0;
}

static inline void need_root(const char *for_what)
{
	if (is_root())
		return;
	place_end();
	cr_skip_test("needs root: %s", for_what);
}

/* A mount namespace of the test's own: what it mounts nobody else sees. */
static inline void need_mounts(void)
{
	need_root("to mount");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		place_end();
		cr_skip_test("mounting is not allowed here");
	}
}

#endif
