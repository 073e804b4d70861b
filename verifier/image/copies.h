/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sealed copies that the images of one context have in memory, so that a library
 * which several modules need is there once. What is shared is the memory alone: each file
 * is read and judged anew, and whoever gets a copy has shown that its bytes are these.
 */
#ifndef MODSEAL_IMAGE_COPIES_H
#define MODSEAL_IMAGE_COPIES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "internal/lock.h"

struct modseal_image; /* verifier/image/image.h */

struct modseal_copies {
	struct modseal_lock lock;
	struct modseal_image *first; /* the newest; no references of their own */
};

void modseal_copies_init(struct modseal_copies *copies);
/* None may be left. */
void modseal_copies_destroy(struct modseal_copies *copies);

/* A sealed image is known from now on, until modseal_copies_forget; copies must live
 * longer. */
void modseal_copies_add(struct modseal_copies *copies, struct modseal_image *image);
/* Before its descriptor is closed. Of an image that was never added: nothing. */
void modseal_copies_forget(struct modseal_image *image);

/* Whether one of a file of this name is there: a hint, its bytes may be others. */
bool modseal_copies_has(struct modseal_copies *copies, const char *path);

/*
 * The image of a library that others need, if the file at the path still is the one it
 * was copied from, unchanged since, and its copy is where it was; with a reference of the
 * caller's. NULL: there is none. That the file is unchanged is its file system's word,
 * and approves nothing: the bytes are those that were approved, whatever the file has
 * now.
 */
struct modseal_image *modseal_copies_find(struct modseal_copies *copies, const char *path,
					  const struct stat *status);

/*
 * A descriptor of its own, the caller's, of the sealed copy of these bytes: size bytes
 * with this SHA-256, approved under this path (which its name in /proc tells). False:
 * there is none, or it cannot be opened any more.
 */
bool modseal_copies_open(struct modseal_copies *copies, const char *path,
			 const uint8_t *digest, uint64_t size, int *ret_descriptor,
			 bool *ret_exec_sealed);

#endif
