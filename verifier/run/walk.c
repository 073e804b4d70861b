/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a path one component at a time. */
#include "verifier/run/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/verdicts.h"

static bool is_link(int descriptor)
{
	struct stat status;

	return fstat(descriptor, &status) != 0 || S_ISLNK(status.st_mode);
}

/* What lies at a name in a directory; on the way it must be a directory. */
static int open_name(int directory, const char *name, bool is_last, bool no_follow,
		     int *ret_descriptor)
{
	int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int result;

	*ret_descriptor = openat(directory, name, is_last ? flags : flags | O_DIRECTORY);
	if (*ret_descriptor >= 0 && (!is_last || no_follow || !is_link(*ret_descriptor)))
		return 0;
	if (*ret_descriptor >= 0) {
		close(*ret_descriptor);
		return ELOOP;
	}
	result = errno;
	if (result != ENOTDIR || is_last)
		return result;
	/* as a link is called here, too */
	*ret_descriptor = openat(directory, name, flags);
	if (*ret_descriptor < 0)
		return errno;
	if (is_link(*ret_descriptor))
		result = ELOOP;
	close(*ret_descriptor);
	return result;
}

static int mount_of(int descriptor, uint64_t *ret_mount)
{
	struct run_file file;
	bool regular;
	int result = run_file_of(descriptor, &file, &regular);

	*ret_mount = file.mount;
	return result;
}

/* A path without `..`; it is changed. */
static int walk_down(int directory, char *path, bool no_follow, bool stay,
		     int *ret_descriptor)
{
	int place = fcntl(directory, F_DUPFD_CLOEXEC, 0), result = 0;
	uint64_t start = 0, there = 0;

	if (place < 0)
		return errno;
	if (stay)
		result = mount_of(place, &start);
	while (result == 0) {
		char *end;
		bool is_last;
		int next;

		path += strspn(path, "/");
		if (*path == '\0')
			break;
		end = path + strcspn(path, "/");
		is_last = *end == '\0';
		*end = '\0';
		result = open_name(place, path, is_last, no_follow, &next);
		if (result != 0)
			break;
		close(place);
		place = next;
		path = is_last ? end : end + 1;
		if (stay)
			result = mount_of(place, &there);
		if (result == 0 && there != start)
			result = EXDEV;
	}
	if (result == 0)
		*ret_descriptor = place;
	else
		close(place);
	return result;
}

/* The first `..` with the slash before it, or NULL. */
static char *find_up(char *path)
{
	for (char *at = path; (at = strstr(at, "/..")); at += 3)
		if (at[3] == '/' || at[3] == '\0')
			return at;
	return NULL;
}

/* No link is followed: so what is above a directory is what stands before it. */
int run_walk(int directory, const char *path, bool no_follow, bool stay,
	     int *ret_descriptor)
{
	char left[PATH_MAX + 1], before[PATH_MAX + 1], *up, *name;
	struct stat status;
	int result;

	if (snprintf(left, sizeof(left), "%s%s", path[0] == '/' ? "" : "/", path) >=
	    (int)sizeof(left))
		return ENAMETOOLONG;
	while ((up = find_up(left))) {
		int there;

		*up = '\0';
		memcpy(before, left, strlen(left) + 1);
		result = walk_down(directory, before, false, stay, &there);
		if (result != 0)
			return result;
		/* no directory: this has no name in it */
		result = fstatat(there, "..", &status, 0) ? errno : 0;
		close(there);
		if (result != 0)
			return result;
		name = strrchr(left, '/');
		if (!name)
			name = up;
		memmove(name, up + 3, strlen(up + 3) + 1);
	}
	return walk_down(directory, left, no_follow, stay, ret_descriptor);
}
