/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges new files with old ones, and back where one fails. */
#include "verifier/sign/together.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "internal/calls.h"
#include "verifier/sign/placing.h"

/* What a target has become. */
enum state {
	STATE_WRITTEN,
	STATE_EXCHANGED, /* its temporary name is now the old file's */
	STATE_NEW,	 /* there was nothing before */
	STATE_RENAMED,	 /* there is no way back */
};

struct step {
	struct modseal_target *target;
	enum state state;
	ino_t made; /* the new file */
	dev_t device;
};

static int failed(const struct modseal_target *target, const char *what,
		  struct modseal_error *error)
{
	return modseal_fail_errno(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
				  errno, target->object, "%s", what);
}

static int changed(const struct modseal_target *target, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN, target->object,
			    "it was changed meanwhile");
}

/* Without the time of the last change of its status: a rename sets it. */
static bool is_old(const struct modseal_target *target, const char *name)
{
	struct stat now;

	return fstatat(target->directory, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_dev == target->status.st_dev &&
	       now.st_ino == target->status.st_ino &&
	       now.st_size == target->status.st_size &&
	       now.st_mtim.tv_sec == target->status.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == target->status.st_mtim.tv_nsec;
}

static int swap(const struct modseal_target *target)
{
	return renameat2(target->directory, target->temporary, target->directory,
			 target->name, RENAME_EXCHANGE);
}

/* What a file system says that can only rename (NFS, 9p). */
static bool is_plain(int number)
{
	return number == EINVAL || number == ENOSYS || number == EOPNOTSUPP;
}

static int place_new(struct step *step, struct modseal_error *error)
{
	struct modseal_target *target = step->target;
	int result = renameat2(target->directory, target->temporary, target->directory,
			       target->name, RENAME_NOREPLACE);

	if (result && is_plain(errno)) {
		result = modseal_target_check(target, error);
		if (result < 0)
			return result;
		result = renameat(target->directory, target->temporary, target->directory,
				  target->name);
	}
	if (result)
		return errno == EEXIST ? changed(target, error)
				       : failed(target, "it cannot be made", error);
	step->state = STATE_NEW;
	return 0;
}

static int place_over(struct step *step, struct modseal_error *error)
{
	struct modseal_target *target = step->target;

	if (renameat(target->directory, target->temporary, target->directory,
		     target->name))
		return failed(target, "it cannot be replaced", error);
	target->temporary[0] = '\0';
	step->state = STATE_RENAMED;
	return 0;
}

static int place(struct step *step, struct modseal_error *error)
{
	struct modseal_target *target = step->target;
	struct stat made;

	if (fstatat(target->directory, target->temporary, &made, AT_SYMLINK_NOFOLLOW))
		return failed(target, "the new file is gone", error);
	step->made = made.st_ino;
	step->device = made.st_dev;
	if (target->old < 0)
		return place_new(step, error);
	if (!is_old(target, target->name))
		return changed(target, error);
	if (swap(target)) {
		if (is_plain(errno))
			return place_over(step, error);
		return errno == ENOENT ? changed(target, error)
				       : failed(target, "it cannot be replaced", error);
	}
	step->state = STATE_EXCHANGED;
	/* what came out of its place decides: somebody may have slipped in between */
	return is_old(target, target->temporary) ? 0 : changed(target, error);
}

/* Changes back what was placed, as far as it is still ours. */
static void take_back(struct step *step, struct modseal_error *error)
{
	struct modseal_target *target = step->target;
	struct stat now;

	if (fstatat(target->directory, target->name, &now, AT_SYMLINK_NOFOLLOW) ||
	    now.st_ino != step->made || now.st_dev != step->device)
		return;
	/* what cannot be given back is at least not thrown away */
	if (step->state == STATE_EXCHANGED && swap(target)) {
		modseal_remedy(error, "the file that was there is now %s, beside it",
			       target->temporary);
		target->temporary[0] = '\0';
	}
	if (step->state == STATE_NEW)
		unlinkat(target->directory, target->name, 0);
	if (step->state == STATE_RENAMED)
		modseal_remedy(error, "%s is the new one by now: do it again",
			       target->object);
}

/* Each file system once. */
static int sync_all(struct modseal_target *const *targets, size_t count,
		    struct modseal_error *error)
{
	dev_t *synced = calloc(count ? count : 1, sizeof(*synced));
	size_t known = 0;
	int result = synced ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_SIGN);

	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct modseal_target *target = targets[i];
		struct stat directory;
		size_t at = 0;

		if (fstat(target->directory, &directory)) {
			result = failed(target, "its directory's status is unknown",
					error);
			break;
		}
		while (at < known && synced[at] != directory.st_dev)
			at++;
		if (at < known)
			continue;
		synced[known++] = directory.st_dev;
		if (modseal_syncs_together(target->directory) &&
		    syncfs(target->directory))
			result = failed(target, "it cannot be written to disk", error);
	}
	free(synced);
	return result;
}

int modseal_targets_exchange(struct modseal_target *const *targets, size_t count,
			     struct modseal_error *error)
{
	struct step *steps = calloc(count ? count : 1, sizeof(*steps));
	size_t placed = 0;
	int result = 0;

	if (!steps)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	for (size_t i = 0; i < count; i++)
		steps[i].target = targets[i];
	while (result == 0 && placed < count)
		result = place(&steps[placed++], error);
	for (size_t i = placed; result < 0 && i > 0; i--)
		take_back(&steps[i - 1], error);
	/* a new file has no old one that goes with its temporary name */
	for (size_t i = 0; i < count; i++)
		if (steps[i].state == STATE_NEW)
			steps[i].target->temporary[0] = '\0';
	free(steps);
	return result;
}

int modseal_targets_commit(struct modseal_target *const *targets, size_t count,
			   struct modseal_error *error)
{
	int result = sync_all(targets, count, error);

	if (result == 0)
		result = modseal_targets_exchange(targets, count, error);
	if (result == 0)
		result = sync_all(targets, count, error);
	for (size_t i = 0; result == 0 && i < count; i++)
		if (!modseal_syncs_together(targets[i]->directory))
			result = modseal_target_sync_directory(targets[i], error);
	return result;
}
