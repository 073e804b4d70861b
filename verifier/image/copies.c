/* SPDX-License-Identifier: Apache-2.0 */
/* The list of sealed copies of a context, and how one of them is opened once more. */
#include "verifier/image/copies.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/image/image.h"
#include "verifier/image/seal.h"

void modseal_copies_init(struct modseal_copies *copies)
{
	modseal_lock_init(&copies->lock);
	copies->first = NULL;
}

void modseal_copies_destroy(struct modseal_copies *copies)
{
	modseal_lock_destroy(&copies->lock);
}

void modseal_copies_add(struct modseal_copies *copies, struct modseal_image *image)
{
	modseal_lock_take(&copies->lock);
	image->copies = copies;
	image->next_copy = copies->first;
	copies->first = image;
	modseal_lock_give(&copies->lock);
}

void modseal_copies_forget(struct modseal_image *image)
{
	struct modseal_copies *copies = image->copies;

	if (!copies)
		return;
	modseal_lock_take(&copies->lock);
	for (struct modseal_image **link = &copies->first; *link;
	     link = &(*link)->next_copy)
		if (*link == image) {
			*link = image->next_copy;
			break;
		}
	modseal_lock_give(&copies->lock);
	image->copies = NULL;
}

bool modseal_copies_has(struct modseal_copies *copies, const char *path)
{
	bool found = false;

	modseal_lock_take(&copies->lock);
	for (const struct modseal_image *image = copies->first; image && !found;
	     image = image->next_copy)
		found = strcmp(image->path, path) == 0;
	modseal_lock_give(&copies->lock);
	return found;
}

static bool is_source(const struct modseal_image *image, const struct stat *status)
{
	return image->source.device == (uint64_t)status->st_dev &&
	       image->source.inode == (uint64_t)status->st_ino &&
	       image->source.size == (uint64_t)status->st_size &&
	       image->source.changed.tv_sec == status->st_ctim.tv_sec &&
	       image->source.changed.tv_nsec == status->st_ctim.tv_nsec;
}

struct modseal_image *modseal_copies_find(struct modseal_copies *copies, const char *path,
					  const struct stat *status)
{
	struct modseal_image *image;

	modseal_lock_take(&copies->lock);
	for (image = copies->first; image; image = image->next_copy)
		if (image->is_needed && is_source(image, status) &&
		    strcmp(image->path, path) == 0 && modseal_image_ref_living(image))
			break;
	modseal_lock_give(&copies->lock);
	if (image && modseal_image_require(image, NULL) < 0)
		modseal_image_free(&image);
	return image;
}

/*
 * The number may mean another file by now (R62), and /proc be another file system: what
 * counts is what is open in the end. An opening of its own, not a duplicate: that would
 * share the position, and the right to write.
 */
static int open_again(const struct modseal_image *image)
{
	struct stat status;
	char name[64];
	int descriptor;

	snprintf(name, sizeof(name), "/proc/thread-self/fd/%d", image->descriptor);
	descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &status) == 0 && (uint64_t)status.st_dev == image->device &&
	    (uint64_t)status.st_ino == image->inode &&
	    modseal_memfd_require(descriptor, image->size, image->path, NULL) == 0)
		return descriptor;
	close(descriptor);
	return -1;
}

bool modseal_copies_open(struct modseal_copies *copies, const char *path,
			 const uint8_t *digest, uint64_t size, int *ret_descriptor,
			 bool *ret_exec_sealed)
{
	int descriptor = -1;

	modseal_lock_take(&copies->lock);
	for (const struct modseal_image *image = copies->first; image && descriptor < 0;
	     image = image->next_copy) {
		if (image->size != size || strcmp(image->path, path) != 0 ||
		    memcmp(image->digest, digest, sizeof(image->digest)) != 0)
			continue;
		descriptor = open_again(image);
		*ret_exec_sealed = image->exec_sealed;
	}
	modseal_lock_give(&copies->lock);
	*ret_descriptor = descriptor;
	return descriptor >= 0;
}
