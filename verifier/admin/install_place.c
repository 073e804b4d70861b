/* SPDX-License-Identifier: Apache-2.0 */
/* The directories of installed sets and of the state: locked, written, switched. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/calls.h"
#include "verifier/admin/install_place.h"
#include "verifier/state_open.h"

#define CURRENT	    "current"
#define PREVIOUS    "previous"
#define LOCK	    ".lock"
#define UNFINISHED  ".new"
#define REPLACED    MODSEAL_SET_POLICY ".replaced"
#define POLICY_LINK CURRENT "/" MODSEAL_SET_POLICY

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
/* `sets/` and a name. */
#define TARGET_SIZE (sizeof(MODSEAL_SETS) + MODSEAL_SET_NAME_SIZE)
/* Of directories that are removed; nobody names files deeper than that. */
#define MAX_DEPTH 64

/* A new entry is there after a power cut only if its directory was synced. */
static int sync_parent(int directory)
{
	int parent = openat(directory, "..", DIRECTORY_FLAGS);
	int result = parent < 0 ? -1 : fsync(parent);
	int errnum = errno;

	if (parent >= 0)
		close(parent);
	errno = errnum;
	return result;
}

static int make_directory(int parent, const char *name, int flags, const char *object,
			  int *ret_directory, struct modseal_error *error)
{
	bool made = mkdirat(parent, name, 0755) == 0;

	if (!made && errno != EEXIST)
		return modseal_fail_install(error, errno, object, "it cannot be made");
	*ret_directory = openat(parent, name, DIRECTORY_FLAGS | flags);
	if (*ret_directory < 0)
		return modseal_fail_install(error, errno, object, "it cannot be opened");
	/* whatever the umask is: those who verify are not only root */
	if (made && (fchmod(*ret_directory, 0755) || sync_parent(*ret_directory)))
		return modseal_fail_install(error, errno, object, "it cannot be made");
	return 0;
}

static int fail_sets(const char *object, const char *flaw, struct modseal_error *error)
{
	modseal_fail(error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_POLICY, object,
		     "its entry `" MODSEAL_SETS "` %s", flaw);
	modseal_remedy(error, "move it away; the directory is made again");
	return MODSEAL_E_PATH_UNSAFE;
}

/* Directories are removed in it, so it must be no other place, and nobody else's. The
 * directories above are the caller's word, links and all; who owns them is judged when
 * the set is opened where it will be used. */
static int open_sets(struct modseal_place_of_sets *place, struct modseal_error *error)
{
	struct stat status;
	int result;

	if (fstatat(place->directory, MODSEAL_SETS, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(status.st_mode))
		return fail_sets(place->path, "is a link or no directory", error);
	result = make_directory(place->directory, MODSEAL_SETS, O_NOFOLLOW, place->path,
				&place->sets, error);
	if (result < 0)
		return result;
	if (fstat(place->sets, &status))
		return modseal_fail_install(error, errno, place->path,
					    "its status is unknown");
	if ((status.st_uid && status.st_uid != geteuid()) ||
	    (status.st_mode & (S_IWGRP | S_IWOTH)))
		return fail_sets(place->path, "belongs to others or is theirs to write",
				 error);
	return 0;
}

static int lock(int directory, const char *object, int *ret_lock,
		struct modseal_error *error)
{
	*ret_lock = openat(directory, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			   0600); /* who could open it could hold up every installation */
	if (*ret_lock < 0)
		return modseal_fail_install(error, errno, object, "it cannot be locked");
	if (flock(*ret_lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return modseal_fail_install(error, errno, object, "it cannot be locked");
	modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_POLICY, object,
		     "another installation is under way");
	modseal_remedy(error, "let it end, then try again");
	return MODSEAL_E_CHANGED;
}

int modseal_place_open(const char *path, const char *state_path,
		       struct modseal_place_of_sets *ret_place,
		       struct modseal_error *error)
{
	struct modseal_place_of_sets place = {
		.path = path,
		.state_path = state_path,
		.directory = -1,
		.sets = -1,
		.state = -1,
		.locks = {-1, -1},
	};
	int result = make_directory(AT_FDCWD, path, 0, path, &place.directory, error);

	if (result == 0)
		result = make_directory(AT_FDCWD, state_path, 0, state_path, &place.state,
					error);
	if (result == 0)
		result = lock(place.directory, path, &place.locks[0], error);
	if (result == 0)
		result = lock(place.state, state_path, &place.locks[1], error);
	if (result == 0)
		result = open_sets(&place, error);
	if (result < 0) {
		modseal_place_close(&place);
		return result;
	}
	*ret_place = place;
	return 0;
}

void modseal_place_close(struct modseal_place_of_sets *place)
{
	int *const descriptors[] = {&place->directory, &place->sets, &place->state,
				    &place->locks[0], &place->locks[1]};

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
		if (*descriptors[i] >= 0)
			close(*descriptors[i]);
		*descriptors[i] = -1;
	}
}

/* ---- sets ------------------------------------------------------------------------ */

static void remove_tree(int parent, const char *name, unsigned depth)
{
	struct dirent *entry;
	DIR *listing;
	int directory;

	if (unlinkat(parent, name, 0) == 0 || depth == MAX_DEPTH)
		return;
	directory = openat(parent, name, DIRECTORY_FLAGS | O_NOFOLLOW);
	if (directory < 0)
		return;
	listing = fdopendir(directory);
	if (!listing) {
		close(directory);
		return;
	}
	while ((entry = readdir(listing)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(directory, entry->d_name, depth + 1);
	closedir(listing);
	unlinkat(parent, name, AT_REMOVEDIR);
}

int modseal_place_put(struct modseal_place_of_sets *place, const struct modseal_set *set,
		      const char *name, struct modseal_error *error)
{
	int result;

	if (modseal_set_is_at(set, place->sets, name))
		return 0;
	remove_tree(place->sets, UNFINISHED, 0);
	result = modseal_set_write(set, place->sets, UNFINISHED, error);
	/* What is there and differs is damaged (a plain rename does not replace it). It
	 * may be in force all the same, so there must be no moment without it. */
	if (result == 0 && renameat(place->sets, UNFINISHED, place->sets, name) &&
	    renameat2(place->sets, UNFINISHED, place->sets, name, RENAME_EXCHANGE))
		result = modseal_fail_install(error, errno, name,
					      "the set cannot be put in its place");
	place->put = result == 0;
	if (result == 0 && fsync(place->sets))
		result = modseal_fail_install(error, errno, name, "it cannot be synced");
	remove_tree(place->sets, UNFINISHED, 0);
	return result;
}

/* What a link of the directory says, or "". */
static void read_link(int directory, const char *name, char target[PATH_MAX])
{
	ssize_t length = readlinkat(directory, name, target, PATH_MAX - 1);

	target[length > 0 ? length : 0] = '\0';
}

static bool leads_to(const struct modseal_place_of_sets *place, const char *link,
		     const char *wanted)
{
	char target[PATH_MAX];

	read_link(place->directory, link, target);
	return strcmp(target, wanted) == 0;
}

/* True if a link leads to the set, however it is spelled. With unknown: also if nobody
 * knows where the link leads. */
static bool resolves_to(const struct modseal_place_of_sets *place, const char *link,
			const char *name, bool unknown)
{
	struct stat set, found;

	if (fstatat(place->sets, name, &set, 0))
		return errno != ENOENT && unknown;
	if (fstatat(place->directory, link, &found, 0))
		return errno != ENOENT && unknown;
	return set.st_dev == found.st_dev && set.st_ino == found.st_ino;
}

bool modseal_place_is_current(const struct modseal_place_of_sets *place, const char *name)
{
	return resolves_to(place, CURRENT, name, false) &&
	       leads_to(place, MODSEAL_SET_POLICY, POLICY_LINK);
}

/* Of a set, or of one that an interrupted installation did not finish; everything else
 * is somebody else's. */
static bool is_own_name(const char *name)
{
	return strcmp(name, UNFINISHED) == 0 ||
	       (strlen(name) == MODSEAL_SET_NAME_SIZE - 1 &&
		strspn(name, "0123456789abcdef") == MODSEAL_SET_NAME_SIZE - 1);
}

/* By its name among the sets: the link may be spelled in any way. */
bool modseal_place_previous(const struct modseal_place_of_sets *place,
			    char ret_name[MODSEAL_SET_NAME_SIZE])
{
	int copy = openat(place->sets, ".", DIRECTORY_FLAGS);
	DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;
	bool found = false;

	if (!listing && copy >= 0)
		close(copy);
	while (listing && !found && (entry = readdir(listing)) != NULL) {
		found = strlen(entry->d_name) == MODSEAL_SET_NAME_SIZE - 1 &&
			is_own_name(entry->d_name) &&
			resolves_to(place, PREVIOUS, entry->d_name, false);
		if (found)
			memcpy(ret_name, entry->d_name, MODSEAL_SET_NAME_SIZE);
	}
	if (listing)
		closedir(listing);
	return found;
}

static void remove_unused(struct modseal_place_of_sets *place, const char *name)
{
	if (!resolves_to(place, CURRENT, name, true) &&
	    !resolves_to(place, PREVIOUS, name, true))
		remove_tree(place->sets, name, 0);
}

void modseal_place_clean(struct modseal_place_of_sets *place)
{
	struct dirent *entry;
	int copy = openat(place->sets, ".", DIRECTORY_FLAGS);
	DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;

	if (!listing && copy >= 0)
		close(copy);
	while (listing && (entry = readdir(listing)) != NULL)
		if (is_own_name(entry->d_name))
			remove_unused(place, entry->d_name);
	if (listing)
		closedir(listing);
}

void modseal_place_withdraw(struct modseal_place_of_sets *place, const char *name)
{
	if (place->put)
		remove_unused(place, name);
}

/* ---- links ----------------------------------------------------------------------- */

/* A link that is there or is not, and leads to its old or its new target. */
static int set_link(struct modseal_place_of_sets *place, const char *name,
		    const char *target, struct modseal_error *error)
{
	char fresh[64];

	if (leads_to(place, name, target))
		return 0;
	snprintf(fresh, sizeof(fresh), "%s" UNFINISHED, name);
	unlinkat(place->directory, fresh, 0);
	if (symlinkat(target, place->directory, fresh) ||
	    renameat(place->directory, fresh, place->directory, name) ||
	    fsync(place->directory))
		return modseal_fail_install(error, errno, name,
					    "the link cannot be switched");
	return 0;
}

/* A policy that somebody put here by hand is replaced, not lost. */
static int keep_replaced(struct modseal_place_of_sets *place, struct modseal_error *error)
{
	struct stat status;

	if (fstatat(place->directory, MODSEAL_SET_POLICY, &status, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(status.st_mode))
		return 0;
	unlinkat(place->directory, REPLACED, 0);
	if (linkat(place->directory, MODSEAL_SET_POLICY, place->directory, REPLACED, 0))
		return modseal_fail_install(error, errno, MODSEAL_SET_POLICY,
					    "it cannot be kept under another name");
	return 0;
}

int modseal_place_switch(struct modseal_place_of_sets *place, const char *name,
			 struct modseal_error *error)
{
	char target[TARGET_SIZE], old[PATH_MAX];
	int result = 0;

	snprintf(target, sizeof(target), MODSEAL_SETS "/%s", name);
	read_link(place->directory, CURRENT, old);
	if (old[0] && !resolves_to(place, CURRENT, name, false))
		result = set_link(place, PREVIOUS, old, error);
	if (result == 0)
		result = keep_replaced(place, error);
	if (result == 0)
		result = set_link(place, CURRENT, target, error);
	/* Once this link is made it stays, and the one before is the switch. */
	if (result == 0)
		result = set_link(place, MODSEAL_SET_POLICY, POLICY_LINK, error);
	return result;
}

/* ---- state ----------------------------------------------------------------------- */

static int write_state(int directory, const char *text)
{
	size_t size = strlen(text), done = 0;
	int descriptor, errnum = 0;

	unlinkat(directory, MODSEAL_STATE_NEW, 0);
	descriptor = openat(directory, MODSEAL_STATE_NEW,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (descriptor < 0)
		return errno;
	while (!errnum && done < size) {
		ssize_t written = write(descriptor, text + done, size - done);

		if (written >= 0)
			done += (size_t)written;
		else if (errno != EINTR)
			errnum = errno;
	}
	if (!errnum && (fchmod(descriptor, 0644) || fsync(descriptor)))
		errnum = errno;
	close(descriptor);
	return errnum;
}

int modseal_place_prepare_state(struct modseal_place_of_sets *place,
				const struct modseal_crypto *crypto,
				const struct modseal_state *state,
				struct modseal_error *error)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	char *text;
	int result = modseal_state_print(state, &text, error);

	if (result < 0)
		return result;
	result =
		modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
				      modseal_span_of(text, strlen(text)), digest, error);
	if (result == 0) {
		int errnum;

		modseal_state_close(text, digest);
		errnum = write_state(place->state, text);
		if (errnum)
			result = modseal_fail_install(error, errnum, place->state_path,
						      "the rollback state cannot be"
						      " written");
	}
	free(text);
	return result;
}

int modseal_place_commit_state(struct modseal_place_of_sets *place,
			       struct modseal_error *error)
{
	if (renameat(place->state, MODSEAL_STATE_NEW, place->state, MODSEAL_STATE_FILE) ||
	    fsync(place->state))
		return modseal_fail_install(error, errno, place->state_path,
					    "the rollback state cannot be replaced");
	return 0;
}
