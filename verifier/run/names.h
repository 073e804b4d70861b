/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text: joined, cut, and those told that mean another file for everybody.
 */
#ifndef MODSEAL_RUN_NAMES_H
#define MODSEAL_RUN_NAMES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* What a path is that leads everybody to something of his own. */
enum run_name_kind {
	RUN_NAME_PLAIN,	     /* nothing of the kind */
	RUN_NAME_DESCRIPTOR, /* /proc/self/fd/N, /dev/fd/N, /dev/stdin ... */
	RUN_NAME_PROGRAM,    /* /proc/self/exe */
	RUN_NAME_ROOT,	     /* /proc/self/root, and what follows */
	RUN_NAME_OTHER,	     /* another name below /proc/self or /dev/fd */
};
struct run_name {
	enum run_name_kind kind;
	int descriptor;	      /* its number; -1: none */
	size_t length;	      /* of the name of the root, at the path's beginning */
	bool of_thread;	      /* it begins with /proc/thread-self */
	char entry[16];	      /* in the folder of the process: fd/N, exe, root */
	const char *device;   /* the link of /dev that it goes over; NULL: none */
	const char *leads_to; /* and what that must say */
};

/* Both end with 0 or an errno (ENOENT, ENAMETOOLONG). */

/* Takes root off the beginning of path ("" is `/`). ENOENT: path is not below it. */
int run_names_strip(char path[PATH_MAX], const char *root);
/* An absolute path as it is, another behind start; empty and `.` components go, `..` is
 * left, for where it leads depends on links. */
int run_names_join(const char *start, const char *path, char ret_path[PATH_MAX]);

/* Reads a joined path. As text: whether such a name is there what it is elsewhere
 * run_places_check asks. */
void run_names_read(const char *path, struct run_name *ret_name);

#endif
