/* SPDX-License-Identifier: Apache-2.0 */
/* The component walk behind path.h: from `/`, one descriptor at a time, judging what it
 * meets. */
#ifndef MODSEAL_IMAGE_WALK_H
#define MODSEAL_IMAGE_WALK_H

#include <limits.h>
#include <sys/types.h>

#include "verifier/image/path.h"

struct modseal_walk {
	/* in */
	int root;	   /* where `/` is: a directory, or MODSEAL_ROOT_OF_PROCESS */
	const char *asked; /* for messages */
	bool judged; /* false: only the real spelling is wanted, nobody is refused */
	/* out */
	int directory;	    /* O_PATH of the directory the object lies in */
	int object;	    /* O_PATH of what the path names, or -1: missing, or judged */
	struct stat status; /* of what the path names */
	char path[PATH_MAX]; /* real path; of the deepest part that exists where missing
			      */
	const char *name;    /* the last component, inside path */
	const char *rest;    /* what is missing after path, "" where nothing is */
	bool entry; /* the asked name itself has an entry (a link to nothing, say) */
	enum modseal_path_safety safety;
	char reason[512];
	/* internal */
	size_t length; /* of path, without the component in work */
	char pending[PATH_MAX];
	dev_t device; /* that `believed` was found out for */
	bool device_known;
	bool believed;
	bool caller_known;
	uid_t caller;
	unsigned links, steps;
	struct modseal_error *error;
};

/*
 * Walks to the end of a path that modseal_path_open would accept (judged), or any
 * absolute path (not judged). The last object is only looked at and not judged
 * yet: that is done on the descriptor it is read through. To be ended with
 * modseal_walk_end. Errors: NOT_FOUND, PATH_UNSAFE, NOT_REGULAR (a directory at the end,
 * judged), SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_walk_to(struct modseal_walk *walk, int root,
				       const char *path, bool judged,
				       struct modseal_error *error);
void modseal_walk_end(struct modseal_walk *walk);

/* Judges an object of the path by owner, mode and file system type. Errors: PATH_UNSAFE.
 */
MODSEAL_MUST_CHECK int modseal_walk_judge(struct modseal_walk *walk,
					  const struct stat *status, long type);

/* Judges what descriptor, which status is of, was opened for on the way. Errors:
 * PATH_UNSAFE, SYSTEM. */
MODSEAL_MUST_CHECK int modseal_walk_judge_on_way(struct modseal_walk *walk,
						 int descriptor,
						 const struct stat *status);

/*
 * Begins a judged walk in the directory that the last component of path is looked up in,
 * with the same result as if it had come there step by step, in less time. *ret_leapt
 * false: step by step, then, and anew; that tells what is wrong, too. Errors: SYSTEM.
 */
MODSEAL_MUST_CHECK int modseal_walk_leap(struct modseal_walk *walk, const char *path,
					 bool *ret_leapt);

/* modseal_path_open_in that also says whether the name has an entry, whatever came of it.
 */
MODSEAL_MUST_CHECK int modseal_path_open_entry(int root, const char *path,
					       struct modseal_located *ret_located,
					       bool *ret_entry,
					       struct modseal_error *error);

/* True for file systems that show the kernel's state as files: nothing on them is a file.
 */
bool modseal_file_system_is_pseudo(long type);

#endif
