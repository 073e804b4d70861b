/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed copies, shared by all that load the same library. */
#include "verifier/run/copies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

void run_copies_start(struct run_copies *copies, size_t descriptors, uint64_t bytes)
{
	size_t share = descriptors / SHARE;

	memset(copies, 0, sizeof(*copies));
	copies->most = share < 1 ? 1 : share > RUN_COPIES ? RUN_COPIES : share;
	copies->most_bytes = bytes;
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

struct held {
	size_t rows;
	uint64_t bytes;
	struct run_copy *oldest; /* given longest ago */
};

static void hold(struct held *held, struct run_copy *row, uint64_t bytes)
{
	held->rows++;
	held->bytes += bytes;
	if (!held->oldest || row->given < held->oldest->given)
		held->oldest = row;
}

/* What has to go for one of so many bytes, or NULL: there is room. A process that has
 * half of them, or would, gives up its own, not what others wait to map. A copy that is
 * larger than all may be is one beside them: else who wants such could have all the
 * others go. */
static struct run_copy *find_oldest(struct run_copies *copies, uint64_t bytes,
				    pid_t process)
{
	uint64_t most = copies->most_bytes;
	struct run_copy *large = NULL;
	struct held all = {0}, own = {0};

	for (size_t i = 0; i < copies->most; i++) {
		struct run_copy *row = &copies->rows[i];
		bool is_large = row->bytes > most;

		if (row->descriptor < 0)
			continue;
		if (is_large)
			large = row;
		hold(&all, row, is_large ? 0 : row->bytes);
		if (row->process == process)
			hold(&own, row, is_large ? 0 : row->bytes);
	}
	if (bytes > most && large)
		return large;
	if (all.rows == copies->most)
		return own.rows >= (copies->most + 1) / 2 ? own.oldest : all.oldest;
	if (bytes > most || bytes <= most - all.bytes)
		return NULL;
	return own.rows > 0 && own.bytes + bytes > most / 2 ? own.oldest : all.oldest;
}

/* A free row. */
static struct run_copy *make_room(struct run_copies *copies, uint64_t bytes,
				  pid_t process)
{
	struct run_copy *row;

	while ((row = find_oldest(copies, bytes, process)))
		clear(row);
	for (row = copies->rows; row->descriptor >= 0;)
		row++;
	return row;
}

/* A hole gets memory where it is mapped, and a huge page at the end is more than the
 * size. */
static uint64_t bytes_of(const struct stat *status)
{
	uint64_t size = (uint64_t)status->st_size;
	uint64_t blocks = (uint64_t)status->st_blocks * 512;

	return size > blocks ? size : blocks;
}

static int add(struct run_copies *copies, int sealed, const struct run_file *of,
	       const char *digest, pid_t process, struct run_copy **ret_row)
{
	int seals = fcntl(sealed, F_GET_SEALS);
	struct stat status;
	struct run_file file;
	struct run_copy *row;
	bool regular;
	int result = run_file_of(sealed, &file, &regular);

	if (result == 0 && (seals < 0 || (seals & SEALS) != SEALS))
		result = EPERM;
	if (result == 0 && fstat(sealed, &status))
		result = errno;
	if (result != 0)
		return result;
	row = make_room(copies, bytes_of(&status), process);
	row->process = process;
	row->bytes = bytes_of(&status);
	row->of_device = of->device;
	row->of_inode = of->inode;
	row->file = file;
	row->descriptor = sealed;
	snprintf(row->digest, sizeof(row->digest), "%s", digest);
	*ret_row = row;
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
		result = add(copies, sealed, of, digest, process, &row);
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
