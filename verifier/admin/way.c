/* SPDX-License-Identifier: Apache-2.0 */
/* The way to a file, told component by component. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/limits.h"
#include "verifier/admin/way.h"

struct walk {
	int root; /* O_PATH */
	const char *asked;
	char real[PATH_MAX];	/* without links; "" is the root */
	char pending[PATH_MAX]; /* from a slash on, or "" */
	unsigned links;
	struct modseal_kept *kept;
	struct modseal_way *way;
	struct modseal_error *error;
};

static int fail(struct walk *walk, int number, const char *what)
{
	return modseal_fail_errno(walk->error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
				  number, walk->asked, "%s '%s'", what,
				  walk->real[0] ? walk->real : "/");
}

/* What the decision would stumble over, in words; owners that a rule may allow too. */
static const char *risk_of(struct walk *walk, const struct stat *status)
{
	unsigned mode = (unsigned)status->st_mode & 07777;

	if (!S_ISLNK(status->st_mode) && mode & 022 && S_ISDIR(status->st_mode) &&
	    mode & S_ISVTX)
		return modseal_kept_text(walk->kept,
					 "others can add files to it (sticky)");
	if (!S_ISLNK(status->st_mode) && mode & 022)
		return modseal_kept_text(walk->kept,
					 "others than its owner can write to it");
	if (status->st_uid != 0)
		return modseal_kept_text(walk->kept, "it belongs to user %u, not to root",
					 (unsigned)status->st_uid);
	return NULL;
}

static int meet(struct walk *walk, const struct stat *status, const char *link)
{
	struct modseal_met *met = modseal_kept_append(walk->kept, &walk->way->met,
						      &walk->way->count, sizeof(*met));

	if (!met)
		return modseal_fail_memory(walk->error, MODSEAL_STAGE_OPEN);
	met->path = modseal_kept_text(walk->kept, "%s", walk->real[0] ? walk->real : "/");
	met->link = link ? modseal_kept_text(walk->kept, "%s", link) : NULL;
	met->owner = status->st_uid;
	met->mode = (uint32_t)status->st_mode & 07777;
	met->risk = risk_of(walk, status);
	walk->way->risky |= met->risk != NULL;
	walk->way->type = status->st_mode & S_IFMT;
	return 0;
}

static int set_pending(struct walk *walk, const char *head, const char *rest)
{
	char joined[PATH_MAX];
	int length = snprintf(joined, sizeof(joined), "%s%s%s",
			      head[0] == '/' || !head[0] ? "" : "/", head, rest);

	if (length < 0 || (size_t)length >= sizeof(joined))
		return fail(walk, ENAMETOOLONG, "the path goes on too long behind");
	memcpy(walk->pending, joined, (size_t)length + 1);
	return 0;
}

static void step_back(struct walk *walk)
{
	char *slash = strrchr(walk->real, '/');

	if (slash)
		*slash = '\0';
}

static int follow(struct walk *walk, const struct stat *status, const char *rest)
{
	char target[PATH_MAX];
	ssize_t length =
		readlinkat(walk->root, walk->real + 1, target, sizeof(target) - 1);

	if (length <= 0)
		return fail(walk, errno, "cannot read the link");
	target[length] = '\0';
	if (++walk->links > MODSEAL_MAX_SYMBOLIC_LINKS)
		return fail(walk, ELOOP, "too many links at");
	if (meet(walk, status, target))
		return MODSEAL_E_RESOURCE;
	if (target[0] == '/')
		walk->real[0] = '\0';
	else
		step_back(walk);
	return set_pending(walk, target, rest);
}

/* One component of pending; *ret_done: nothing is there. */
static int step(struct walk *walk, bool *ret_done)
{
	const char *name = walk->pending + strspn(walk->pending, "/");
	size_t size = strcspn(name, "/"), length = strlen(walk->real);
	struct stat status;
	char rest[PATH_MAX];

	memcpy(rest, name + size, strlen(name + size) + 1);
	if (size == 2 && name[0] == '.' && name[1] == '.')
		step_back(walk);
	if (size == 0 || (size == 1 && name[0] == '.') ||
	    (size == 2 && name[0] == '.' && name[1] == '.'))
		return set_pending(walk, "", rest);
	if (length + 1 + size >= sizeof(walk->real))
		return fail(walk, ENAMETOOLONG, "the path goes on too long behind");
	walk->real[length] = '/';
	memcpy(walk->real + length + 1, name, size);
	walk->real[length + 1 + size] = '\0';
	if (fstatat(walk->root, walk->real + 1, &status, AT_SYMLINK_NOFOLLOW)) {
		int number = errno;

		walk->real[length] = '\0';
		*ret_done = number == ENOENT || number == ENOTDIR;
		return *ret_done ? 0 : fail(walk, number, "cannot look into");
	}
	if (S_ISLNK(status.st_mode))
		return follow(walk, &status, rest);
	if (meet(walk, &status, NULL))
		return MODSEAL_E_RESOURCE;
	return set_pending(walk, "", rest);
}

static int walk_all(struct walk *walk, const char *path)
{
	bool missing = false;
	struct stat status;
	int result;

	if (fstat(walk->root, &status))
		return fail(walk, errno, "cannot look at");
	result = meet(walk, &status, NULL);
	if (result == 0)
		result = set_pending(walk, path, "");
	while (result == 0 && !missing && walk->pending[strspn(walk->pending, "/")])
		result = step(walk, &missing);
	walk->way->whole = !missing;
	if (result == 0) {
		walk->way->real = strdup(walk->real[0] ? walk->real : "/");
		if (!walk->way->real || walk->kept->failed)
			result = modseal_fail_memory(walk->error, MODSEAL_STAGE_OPEN);
	}
	return result;
}

int modseal_way_walk(int root, const char *path, struct modseal_kept *kept,
		     struct modseal_way *ret_way, struct modseal_error *error)
{
	struct modseal_way way = {0};
	struct walk walk = {.asked = path, .kept = kept, .way = &way, .error = error};
	int result;

	walk.root = root < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
			     : fcntl(root, F_DUPFD_CLOEXEC, 0);
	if (walk.root < 0)
		return fail(&walk, errno, "cannot open");
	result = walk_all(&walk, path);
	close(walk.root);
	if (result < 0) {
		modseal_way_clear(&way);
		return result;
	}
	*ret_way = way;
	return 0;
}

void modseal_way_clear(struct modseal_way *way)
{
	free(way->met);
	free(way->real);
	*way = (struct modseal_way){0};
}
