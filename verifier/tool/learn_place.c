/* SPDX-License-Identifier: Apache-2.0 */
/* Who may write where a file lies: the rules of modseal-policy(5), `owners`. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

/* With an access control list the bits of the group are its mask, so it is seen too. */
static void judge_one(const char *name, const struct stat *status, bool directory,
		      struct learn_place *place)
{
	char shown[256];
	uid_t caller = geteuid();

	modseal_escape(shown, sizeof(shown), name);
	if (status->st_uid != 0 && status->st_uid != caller)
		snprintf(place->flaw, sizeof(place->flaw),
			 "%s belongs to the user %u, who can change it at any time",
			 shown, (unsigned)status->st_uid);
	else if ((status->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		place->caller |= status->st_uid != 0;
	else if (directory && (status->st_mode & S_ISVTX))
		place->shared = true;
	else
		snprintf(place->flaw, sizeof(place->flaw), "%s can write to %s",
			 status->st_mode & S_IWOTH ? "everybody" : "a whole group",
			 shown);
}

/* *path is a copy whose end is cut for a moment. */
static int judge_part(const char *root, char *path, size_t length, bool directory,
		      struct learn_place *place, struct modseal_error *error)
{
	char kept = path[length], *name = NULL;
	struct stat status;
	int result;

	path[length] = '\0';
	result = tree_path(root, length ? path : "/", &name, error);
	if (result == MODSEAL_OK && lstat(name, &status) != 0) {
		result = output_unreadable(error, MODSEAL_STAGE_FIND, name, errno);
	} else if (result == MODSEAL_OK) {
		judge_one(length ? path : "/", &status, directory, place);
	}
	free(name);
	path[length] = kept;
	return result;
}

int learn_place_judge(const char *root, const char *path, struct learn_place *ret_place,
		      struct modseal_error *error)
{
	char *copy = strdup(path);
	size_t length = strlen(path);
	int result = MODSEAL_OK;

	*ret_place = (struct learn_place){0};
	if (!copy)
		return learn_no_memory(error);
	for (size_t i = 0; i < length && result == MODSEAL_OK && !ret_place->flaw[0]; i++)
		if (path[i] == '/')
			result = judge_part(root, copy, i, true, ret_place, error);
	if (result == MODSEAL_OK && !ret_place->flaw[0])
		result = judge_part(root, copy, length, false, ret_place, error);
	free(copy);
	return result;
}
#else
typedef int modseal_learn_place_is_left_out; /* something declared (C11 6.9) */
#endif
