/* SPDX-License-Identifier: Apache-2.0 */
/* A table of accepted files. */
#include "verifier/run/verdicts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif
#ifndef STATX_MNT_ID_UNIQUE /* Linux 6.8: never used twice */
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif
/* How many places a row may have. */
#define PROBES 4

void run_verdicts_start(struct run_verdicts *verdicts)
{
	memset(verdicts, 0, sizeof(*verdicts));
	pthread_mutex_init(&verdicts->lock, NULL);
}

void run_verdicts_end(struct run_verdicts *verdicts)
{
	for (size_t i = 0; i < RUN_VERDICT_ROWS; i++)
		free(verdicts->rows[i].path);
	pthread_mutex_destroy(&verdicts->lock);
}

int run_file_of(int descriptor, struct run_file *ret_file, bool *ret_regular)
{
	struct statx status;

	/* older kernels leave out what they do not know, and then the other is there */
	if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_BASIC_STATS | STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &status))
		return errno;
	*ret_regular = S_ISREG(status.stx_mode);
	memset(ret_file, 0, sizeof(*ret_file)); /* compared with its gaps */
	ret_file->device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
	ret_file->inode = status.stx_ino;
	ret_file->mount = status.stx_mnt_id;
	ret_file->changed = status.stx_ctime.tv_sec;
	ret_file->changed_ns = status.stx_ctime.tv_nsec;
	ret_file->owner = status.stx_uid;
	ret_file->mode = status.stx_mode;
	ret_file->size = status.stx_size;
	ret_file->links = status.stx_nlink;
	return 0;
}

bool run_file_same(const struct run_file *one, const struct run_file *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

bool run_file_is_settled(const struct run_file *file, int64_t now)
{
	return file->changed + 1 < now;
}

static size_t place_of(const struct run_file *file)
{
	uint64_t mixed = (file->inode ^ file->device << 7) * 0x9e3779b97f4a7c15u;

	return (size_t)(mixed >> 40) % RUN_VERDICT_ROWS;
}

static bool is_row(const struct run_verdict_row *row, const struct run_file *file,
		   const char *path, int kind)
{
	return row->path && row->kind == kind && run_file_same(&row->file, file) &&
	       strcmp(row->path, path) == 0;
}

bool run_verdicts_has(struct run_verdicts *verdicts, const struct run_file *file,
		      const char *path, int kind, int64_t now)
{
	size_t place = place_of(file);
	bool found = false;

	pthread_mutex_lock(&verdicts->lock);
	for (size_t i = 0; i < PROBES && !found; i++) {
		const struct run_verdict_row *row =
			&verdicts->rows[(place + i) % RUN_VERDICT_ROWS];

		found = is_row(row, file, path, kind) && now < row->until;
	}
	pthread_mutex_unlock(&verdicts->lock);
	return found;
}

bool run_verdicts_know(struct run_verdicts *verdicts, const struct run_file *file)
{
	bool found = false;

	pthread_mutex_lock(&verdicts->lock);
	for (size_t i = 0; i < RUN_VERDICT_ROWS && !found; i++)
		found = verdicts->rows[i].path &&
			verdicts->rows[i].file.device == file->device &&
			verdicts->rows[i].file.mount == file->mount;
	pthread_mutex_unlock(&verdicts->lock);
	return found;
}

void run_verdicts_keep(struct run_verdicts *verdicts, const struct run_file *file,
		       const char *path, int kind, int64_t now)
{
	size_t place = place_of(file);
	struct run_verdict_row *chosen = NULL;
	char *copy = strdup(path);

	if (!copy)
		return;
	pthread_mutex_lock(&verdicts->lock);
	for (size_t i = 0; i < PROBES; i++) {
		struct run_verdict_row *row =
			&verdicts->rows[(place + i) % RUN_VERDICT_ROWS];

		if (is_row(row, file, path, kind)) {
			chosen = row;
			break;
		}
		/* the one that goes first, or was never taken (until is 0) */
		if (!chosen || row->until < chosen->until)
			chosen = row;
	}
	free(chosen->path);
	*chosen = (struct run_verdict_row){
		.path = copy, .kind = kind, .until = now + RUN_VERDICT_SECONDS};
	chosen->file = *file;
	pthread_mutex_unlock(&verdicts->lock);
}
