/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are meant: operands, lists of names, and what lies below directories. */
#ifndef MODSEAL_TOOL_FILES_H
#define MODSEAL_TOOL_FILES_H

#include <sys/stat.h>

#include "modseal.h"
#include "verifier/tool/options.h"

/* One file, though it may have been named several times. */
struct file {
	char *path;  /* as it was named, or found below a directory as named */
	char **also; /* its other names that were named or found (hard links) */
	size_t also_count;
	/* Found below a directory: only this very file is meant. */
	bool found;
	dev_t device;
	ino_t inode;
	struct modseal_error *error; /* why nothing can be done with this name */
};

struct files {
	struct file *items;
	size_t count;
	size_t passed_over; /* below directories, for what they are */
	bool directories;   /* some were looked through */
};

/* What is made of names of one file. */
enum files_names {
	FILES_BY_PATH,	/* each name is a file of its own, unless it is the same path */
	FILES_BY_INODE, /* one file */
};

/*
 * All of them, in their order; those below a directory by name. Below directories only
 * regular files are taken that are libraries, programs or kernel modules (with --any and
 * --include: every one that fits); links are not followed. New files of modseal's that a
 * killed process has left are never taken. *ret_files is released by files_free in every
 * case. Returns an exit value, after one message where it is not EXIT_DONE.
 */
int files_collect(const struct command *command, const struct options *options,
		  enum files_names names, struct files *ret_files);
void files_free(struct files *files);

/* Is it, by its name, a new file of modseal's before it is renamed? */
bool files_is_left_over(const char *path);

/* Removes what killed runs have left in the directories of the files, and (may be NULL)
 * in that of output. Returns how many. */
size_t files_clean(const struct files *files, const char *output);

#endif
