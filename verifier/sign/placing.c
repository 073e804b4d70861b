/* SPDX-License-Identifier: Apache-2.0 */
/* Syncs once, renames many, syncs once. */
#include "verifier/sign/placing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "verifier/sign/links.h"

/* So few files are synced one by one: others may have much to write on a file system. */
#define FEW 2

/* XFS has no name in linux/magic.h before 6.0; statfs(2) */
#define MAGIC_XFS  0x58465342
#define MAGIC_F2FS 0xf2f52010

struct room { /* a file system */
	dev_t device;
	int directory; /* opened before the first of its files was written */
	size_t count;
	bool together; /* syncfs(2) is to be believed here */
};

struct placing {
	struct modseal_placement *items;
	size_t count;
	size_t *room_of;    /* by item */
	ino_t *directories; /* by item: the inode of its directory */
	struct room *rooms;
	size_t room_count;
};

static void note(struct modseal_placement *item, int code,
		 const struct modseal_error *error)
{
	item->code = code;
	item->error = malloc(sizeof(*item->error));
	if (item->error)
		*item->error = *error;
}

bool modseal_syncs_together(int directory)
{
	struct statfs status;

	if (fstatfs(directory, &status))
		return false;
	switch ((unsigned long)status.f_type) {
	case EXT4_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case MAGIC_XFS:
	case MAGIC_F2FS:
	case TMPFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
		return true;
	}
	return false;
}

static void find_room(struct placing *placing, size_t index)
{
	struct modseal_placement *item = &placing->items[index];
	struct modseal_error error;
	struct stat status;
	size_t at = 0;

	if (fstat(item->target->directory, &status)) {
		note(item,
		     modseal_fail_errno(&error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_SIGN,
					errno, item->target->object,
					"its directory's status is unknown"),
		     &error);
		return;
	}
	while (at < placing->room_count && placing->rooms[at].device != status.st_dev)
		at++;
	if (at == placing->room_count)
		placing->rooms[placing->room_count++] = (struct room){
			.device = status.st_dev,
			.directory = item->target->directory,
			.together = modseal_syncs_together(item->target->directory),
		};
	placing->directories[index] = status.st_ino;
	placing->rooms[at].count++;
	placing->room_of[index] = at;
}

/* ---- the new files ----------------------------------------------------------------- */

/* After syncfs there is nothing left to write: this only tells of this one file whether
 * its bytes have arrived. */
static int check_written(const struct modseal_target *target, struct modseal_error *error)
{
	if (target->descriptor < 0 ||
	    sync_file_range(target->descriptor, 0, 0,
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				    SYNC_FILE_RANGE_WAIT_AFTER) == 0)
		return 0;
	if (errno == ENOSYS || errno == ESPIPE) /* seccomp, or a strange file system */
		return modseal_target_sync(target, error);
	return modseal_target_unwritable(error, errno, target->object,
					 "it cannot be written to disk");
}

static void sync_new(struct placing *placing)
{
	for (size_t i = 0; i < placing->room_count; i++) {
		struct room *room = &placing->rooms[i];

		/* its error may be about a file of others: then each is asked */
		if (room->count <= FEW || syncfs(room->directory))
			room->together = false;
	}
	for (size_t i = 0; i < placing->count; i++) {
		struct modseal_placement *item = &placing->items[i];
		struct modseal_error error;
		int result;

		if (item->code < 0)
			continue;
		result = placing->rooms[placing->room_of[i]].together
				 ? check_written(item->target, &error)
				 : modseal_target_sync(item->target, &error);
		if (result < 0)
			note(item, result, &error);
	}
}

/* ---- the renames ------------------------------------------------------------------- */

static void rename_all(struct placing *placing)
{
	for (size_t i = 0; i < placing->count; i++) {
		struct modseal_placement *item = &placing->items[i];
		struct modseal_error error;
		int result = 0;

		/* a file that was changed in its place has no new one */
		if (item->code < 0 || !item->target->temporary[0])
			continue;
		result = modseal_target_rename(item->target, &error);
		if (result == 0)
			result = modseal_links_move(item->target, item->links,
						    item->link_count, &error);
		if (result < 0)
			note(item, result, &error);
	}
}

static void sync_directories(struct placing *placing)
{
	size_t last = SIZE_MAX; /* whose directory was synced last */

	for (size_t i = 0; i < placing->room_count; i++) {
		struct room *room = &placing->rooms[i];

		if (room->together && syncfs(room->directory))
			room->together = false;
	}
	for (size_t i = 0; i < placing->count; i++) {
		struct modseal_placement *item = &placing->items[i];
		struct modseal_error error;
		int result;

		if (item->code < 0 || placing->rooms[placing->room_of[i]].together)
			continue;
		/* files of a directory come one after the other */
		if (last != SIZE_MAX && placing->room_of[i] == placing->room_of[last] &&
		    placing->directories[i] == placing->directories[last])
			continue;
		result = modseal_target_sync_directory(item->target, &error);
		if (result < 0)
			note(item, result, &error);
		last = result < 0 ? SIZE_MAX : i;
	}
}

void modseal_targets_place(struct modseal_placement *placements, size_t count)
{
	struct placing placing = {
		.items = placements,
		.count = count,
		.room_of = calloc(count + 1, sizeof(*placing.room_of)),
		.directories = calloc(count + 1, sizeof(*placing.directories)),
		.rooms = calloc(count + 1, sizeof(*placing.rooms)),
	};
	bool ready = placing.room_of && placing.directories && placing.rooms;

	for (size_t i = 0; i < count; i++) {
		if (!ready)
			placements[i].code = MODSEAL_E_RESOURCE;
		else if (placements[i].code == 0)
			find_room(&placing, i);
	}
	if (ready) {
		sync_new(&placing);
		rename_all(&placing);
		sync_directories(&placing);
	}
	free(placing.rooms);
	free(placing.directories);
	free(placing.room_of);
}
