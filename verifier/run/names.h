/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text: joined, cut, and those rewritten that mean another file for everybody.
 */
#ifndef MODSEAL_RUN_NAMES_H
#define MODSEAL_RUN_NAMES_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* What a path is besides a path. */
struct run_name {
	int descriptor;	  /* it is this descriptor of the process; -1: none */
	bool own_program; /* it is /proc/self/exe */
};

/* Both end with 0 or an errno (ENOENT, ENAMETOOLONG). */

/* Takes root off the beginning of path ("" is `/`). ENOENT: path is not below it. */
int run_names_strip(char path[PATH_MAX], const char *root);
/* An absolute path as it is, another behind start; empty and `.` components go, `..` is
 * left, for where it leads depends on links. */
int run_names_join(const char *start, const char *path, char ret_path[PATH_MAX]);

/*
 * Of a joined path: /proc/self and /proc/thread-self become those of the given process
 * and thread, /proc/self/root is `/`; /dev/fd/N, /dev/stdin, /proc/self/fd/N and the like
 * are descriptors. For the supervisor each of them would be one of its own.
 */
int run_names_rewrite(char path[PATH_MAX], pid_t process, pid_t thread,
		      struct run_name *ret_name);

#endif
