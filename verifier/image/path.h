/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a file once, component by component, and records who could replace it.
 * The descriptor it gives is the only way to the file from then on.
 */
#ifndef MODSEAL_IMAGE_PATH_H
#define MODSEAL_IMAGE_PATH_H

#include <sys/stat.h>

#include <stdbool.h>

#include "internal/error.h"
#include "internal/limits.h"

/* The root of this process, where a call takes the descriptor of a root. */
#define MODSEAL_ROOT_OF_PROCESS (-1)

/* How safe a file is from being replaced; each level includes those below it. */
enum modseal_path_safety {
	MODSEAL_PATH_UNTRUSTED, /* the file system's word about owners is not believed */
	MODSEAL_PATH_CALLER,	/* only root or the effective user can replace it */
	MODSEAL_PATH_ROOT, /* only root; sticky directories allowed (the entry is root's)
			    */
	MODSEAL_PATH_PROTECTED, /* only root, and no sticky directory on the way */
};

struct modseal_located {
	int descriptor;	    /* O_RDONLY, close-on-exec; a regular file */
	char *path;	    /* its real absolute path */
	struct stat status; /* of the descriptor */
	/* Of its file, as statx(2) told them then, and those that its file system knows.
	 */
	uint64_t attributes, attributes_known;
	enum modseal_path_safety safety;
	bool noexec;	  /* on a file system mounted noexec */
	char reason[512]; /* what kept safety from being PROTECTED, with the component */
};

/*
 * Opens an absolute path from `/`: every component with O_PATH|O_NOFOLLOW, checked on the
 * descriptor; symbolic links followed (at most 40) only inside directories that are safe
 * at least at the level CALLER; magic links of /proc never; the final object opened
 * O_NONBLOCK. Anything on the way that lies on a file system not known by type makes it
 * UNTRUSTED. What no rule could allow on a file system that is believed (another owner,
 * writable by others, ACLs included) is refused: PATH_UNSAFE.
 * Paths that are empty, relative, contain `//`, `.` or `..` components, end in '/', or
 * are longer than 4095 bytes are refused; so are paths, and real paths, with control
 * bytes or bytes that are not UTF-8.
 *
 * Errors: NOT_FOUND, PATH_UNSAFE, NOT_REGULAR, CHANGED (replaced while it was opened, or
 * leased to a writer), SYSTEM, RESOURCE; within 0.1 s whatever
 * lies there (R76). The caller ends with modseal_located_close.
 */
MODSEAL_MUST_CHECK int modseal_path_open(const char *path,
					 struct modseal_located *ret_located,
					 struct modseal_error *error);
/*
 * The same with another directory as `/`: paths, absolute links and `..` stay below it,
 * as after chroot(2), and it is judged as `/` is. Paths, located->path too, are those of
 * the tree.
 */
MODSEAL_MUST_CHECK int modseal_path_open_in(int root, const char *path,
					    struct modseal_located *ret_located,
					    struct modseal_error *error);
/* The root of an image tree by its name, which is believed: O_PATH, for the calls that
 * take a root. The caller closes. Errors: NOT_FOUND, SYSTEM. */
MODSEAL_MUST_CHECK int modseal_root_open(const char *path, int *ret_root,
					 struct modseal_error *error);
/*
 * Opens any path the way open(2) does (relative, through links), for what is judged by
 * its bytes alone: certificate mode, inspect, signing. Only regular files; safety is
 * UNTRUSTED, and located->path is the path as it was given. Errors: NOT_FOUND,
 * NOT_REGULAR, CHANGED, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_path_open_any(const char *path,
					     struct modseal_located *ret_located,
					     struct modseal_error *error);
/* Closes, frees and zeroes; accepts a zeroed struct with descriptor -1. */
void modseal_located_close(struct modseal_located *located);
/* The descriptor alone: what was found out stays. */
void modseal_located_close_file(struct modseal_located *located);

/* Refuses PATH_UNSAFE, with the component and the reason, where safety is below level. */
MODSEAL_MUST_CHECK int modseal_path_require(const struct modseal_located *located,
					    enum modseal_path_safety level,
					    struct modseal_error *error);

/*
 * Looks a name without '/' up in directories, in order. The first that has an entry of
 * the name decides: it is opened as modseal_path_open does, and a refusal ends the
 * search. Errors: NOT_FOUND (names where it looked), ARGUMENT (a name with '/'), and
 * those of modseal_path_open.
 */
MODSEAL_MUST_CHECK int modseal_path_find(int root, char *const *directories, size_t count,
					 const char *name,
					 struct modseal_located *ret_located,
					 struct modseal_error *error);

/*
 * The real spelling of an absolute path whose last part may be missing: links resolved as
 * far as the path exists, no slash at the end. Judges nobody: for comparing spellings
 * only, never for opening. The caller frees *ret_real. Errors: ARGUMENT (relative),
 * PATH_UNSAFE (too long, more than 40 links), SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_path_real(int root, const char *path, char **ret_real,
					 struct modseal_error *error);

/*
 * The name beside a file where its signature or the like lies: its real path, links
 * resolved as open(2) does, with a suffix. Whoever writes it and whoever reads it must
 * mean the same place. The caller frees *ret_path. Errors: NOT_FOUND, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_path_beside(const char *path, const char *suffix,
					   char **ret_path, struct modseal_error *error);

/* True if /proc is the kernel's own proc file system (R61). */
bool modseal_proc_is_real(void);

#endif
