/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed copies, shared by all that load the same library. */
#include "verifier/run/copies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

/* The same bytes of the same file, by whatever name: the dynamic linker, too, takes them
 * for one. Whoever has a copy may change its mode, or have a lease on it, for which
 * others would wait: such a one is left to those who have it. */
static struct run_copy *open_same(struct run_copies *copies, const struct run_file *of,
				  const char *digest, int *ret_fresh)
{
	for (size_t i = 0; i < copies->most; i++) {
		struct run_copy *row = &copies->rows[i];

		if (row->descriptor >= 0 && row->of_device == of->device &&
		    row->of_inode == of->inode && strcmp(row->digest, digest) == 0 &&
		    run_own_reopen(row->descriptor, O_RDONLY | O_NONBLOCK, ret_fresh) ==
			    0)
			return row;
	}
	return NULL;
}

static bool goes_before(const struct run_copy *row, const struct run_copy *other)
{
	return !other || row->given < other->given;
}

/* A free row, or the one that was given longest ago: and may not be mapped yet. So a
 * process that has half of them gives up its own, not what others wait to map. */
static struct run_copy *find_place(struct run_copies *copies, pid_t process)
{
	struct run_copy *oldest = NULL, *own = NULL;
	size_t count = 0;

	for (size_t i = 0; i < copies->most; i++) {
		struct run_copy *row = &copies->rows[i];

		if (row->descriptor < 0)
			return row;
		if (goes_before(row, oldest))
			oldest = row;
		if (row->process != process)
			continue;
		count++;
		if (goes_before(row, own))
			own = row;
	}
	return count >= (copies->most + 1) / 2 ? own : oldest;
}

/* Instead of what the row has. */
static int add(struct run_copy *row, int sealed, const struct run_file *of,
	       const char *digest, pid_t process)
{
	struct run_file file;
	bool regular;
	int result = run_file_of(sealed, &file, &regular);
	int seals = fcntl(sealed, F_GET_SEALS);

	if (result == 0 && (seals < 0 || (seals & SEALS) != SEALS))
		result = EPERM;
	if (result != 0)
		return result;
	clear(row);
	row->process = process;
	row->of_device = of->device;
	row->of_inode = of->inode;
	row->file = file;
	row->descriptor = sealed;
	snprintf(row->digest, sizeof(row->digest), "%s", digest);
	return 0;
}

int run_copies_add(struct run_copies *copies, int sealed, const struct run_file *of,
		   const char *digest, pid_t process, int *ret_fresh)
{
	struct run_copy *row;
	int result = 0;

	pthread_mutex_lock(&copies->lock);
	row = open_same(copies, of, digest, ret_fresh);
	if (row) {
		close(sealed);
		if (row->process != process)
			row->process = 0;
	} else {
		row = find_place(copies, process);
		result = add(row, sealed, of, digest, process);
		if (result == 0)
			result = run_own_reopen(sealed, O_RDONLY, ret_fresh);
		else
			close(sealed);
	}
	if (result == 0)
		row->given = ++copies->given;
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
