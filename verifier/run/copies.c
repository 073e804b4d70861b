/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed copies, shared by all that load the same library. */
#include "verifier/run/copies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/run/own.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)
/* One of so many descriptors may be a copy. */
#define SHARE 4

static void clear(struct run_copy *copy)
{
	if (copy->descriptor >= 0)
		close(copy->descriptor);
	free(copy->path);
	*copy = (struct run_copy){.descriptor = -1};
}

void run_copies_start(struct run_copies *copies, size_t descriptors)
{
	size_t share = descriptors / SHARE;

	memset(copies, 0, sizeof(*copies));
	copies->most = share < 1 ? 1 : share > RUN_COPIES ? RUN_COPIES : share;
	pthread_mutex_init(&copies->lock, NULL);
	for (size_t i = 0; i < RUN_COPIES; i++)
		copies->rows[i].descriptor = -1;
}

void run_copies_end(struct run_copies *copies)
{
	for (size_t i = 0; i < RUN_COPIES; i++)
		clear(&copies->rows[i]);
	pthread_mutex_destroy(&copies->lock);
}

static struct run_copy *find_same(struct run_copies *copies, const char *path,
				  const char *digest)
{
	for (size_t i = 0; i < RUN_COPIES; i++) {
		struct run_copy *row = &copies->rows[i];

		if (row->descriptor >= 0 && strcmp(row->digest, digest) == 0 &&
		    strcmp(row->path, path) == 0)
			return row;
	}
	return NULL;
}

static struct run_copy *find_free(struct run_copies *copies)
{
	for (size_t i = 0; i < copies->most; i++)
		if (copies->rows[i].descriptor < 0)
			return &copies->rows[i];
	return &copies->rows[copies->next++ % copies->most];
}

/* Instead of what the row has. */
static int add(struct run_copy *row, int sealed, const char *path, const char *digest)
{
	struct run_file file;
	bool regular;
	char *name = strdup(path);
	int result = name ? run_file_of(sealed, &file, &regular) : ENOMEM;
	int seals = fcntl(sealed, F_GET_SEALS);

	if (result == 0 && (seals < 0 || (seals & SEALS) != SEALS))
		result = EPERM;
	if (result != 0) {
		free(name);
		return result;
	}
	clear(row);
	row->path = name;
	row->file = file;
	row->descriptor = sealed;
	snprintf(row->digest, sizeof(row->digest), "%s", digest);
	return 0;
}

int run_copies_add(struct run_copies *copies, int sealed, const char *path,
		   const char *digest, int *ret_fresh)
{
	struct run_copy *row;
	int result = 0;

	pthread_mutex_lock(&copies->lock);
	row = find_same(copies, path, digest);
	/* whoever has a copy may change its mode, or have a lease on it, for which others
	 * would wait: such a one is left to those who have it */
	if (row &&
	    run_own_reopen(row->descriptor, O_RDONLY | O_NONBLOCK, ret_fresh) == 0) {
		close(sealed);
	} else {
		row = row ? row : find_free(copies);
		result = add(row, sealed, path, digest);
		if (result == 0)
			result = run_own_reopen(sealed, O_RDONLY, ret_fresh);
		else
			close(sealed);
	}
	pthread_mutex_unlock(&copies->lock);
	return result;
}

/* Its number is nobody else's while it is kept open, and its content is sealed. Its times
 * and its mode are for whoever has it to change. */
static bool is_copy(const struct run_copy *row, const struct run_file *file)
{
	return row->descriptor >= 0 && row->file.device == file->device &&
	       row->file.inode == file->inode && row->file.mount == file->mount;
}

bool run_copies_has(struct run_copies *copies, const struct run_file *file)
{
	bool found = false;

	pthread_mutex_lock(&copies->lock);
	for (size_t i = 0; i < RUN_COPIES && !found; i++)
		found = is_copy(&copies->rows[i], file);
	pthread_mutex_unlock(&copies->lock);
	return found;
}
