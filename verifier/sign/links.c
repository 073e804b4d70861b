/* SPDX-License-Identifier: Apache-2.0 */
/* Moves the other names of a file to what has replaced it. */
#include "verifier/sign/links.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

int modseal_links_check(const struct modseal_target *target, size_t known,
			struct modseal_error *error)
{
	uint64_t names = target->old >= 0 ? target->status.st_nlink : 1;
	int code;

	if (names <= known + 1)
		return 0;
	code = modseal_fail(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
			    target->object,
			    "it has %" PRIu64 " names (hard links), and %" PRIu64
			    " of them would go on leading to the old bytes",
			    names, names - known - 1);
	modseal_remedy(error, "name all of them in one run, or break the link with "
			      "--break-links");
	return code;
}

static int failed(const struct modseal_target *other, struct modseal_error *error)
{
	return modseal_fail_errno(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
				  errno, other->object,
				  "another name of a file that was replaced cannot be "
				  "moved to the new one");
}

/* Does the other name still lead to what was replaced? Without the change time, which the
 * rename has set. */
static bool is_old(const struct modseal_target *target,
		   const struct modseal_target *other)
{
	const struct stat *then = &target->status, *now = &other->status;

	return other->old >= 0 && now->st_dev == then->st_dev &&
	       now->st_ino == then->st_ino && now->st_size == then->st_size &&
	       now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
	       now->st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

/* True if the name just made leads to the new file, not to what somebody put there. */
static bool is_new(const struct modseal_target *target,
		   const struct modseal_target *other)
{
	struct stat new, made;

	return fstat(target->descriptor, &new) == 0 &&
	       fstatat(other->directory, other->temporary, &made, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       new.st_dev == made.st_dev &&new.st_ino == made.st_ino;
}

static int move(const struct modseal_target *target, struct modseal_target *other,
		struct modseal_error *error)
{
	uint64_t number;

	if (!is_old(target, other))
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
				    other->object, "it was changed meanwhile");
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return failed(other, error);
	snprintf(other->temporary, sizeof(other->temporary),
		 MODSEAL_TARGET_PREFIX "%016" PRIx64, number);
	if (linkat(target->directory, target->name, other->directory, other->temporary,
		   0)) {
		int result = failed(other, error);

		other->temporary[0] = '\0';
		return result;
	}
	if (!is_new(target, other))
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
				    target->object, "it was replaced meanwhile");
	if (renameat(other->directory, other->temporary, other->directory, other->name))
		return failed(other, error);
	other->temporary[0] = '\0';
	return modseal_target_sync_directory(other, error);
}

int modseal_links_move(const struct modseal_target *target, const char *const *names,
		       size_t count, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++) {
		struct modseal_target other;

		result = modseal_target_find(names[i], &other, error);
		if (result < 0)
			break;
		result = move(target, &other, error);
		modseal_target_close(&other);
	}
	return result;
}
