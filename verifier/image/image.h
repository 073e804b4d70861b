/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The approved handle. Only the approve step of verifier/verify.c may create one (lint
 * proves it); the loader takes nothing else.
 */
#ifndef MODSEAL_IMAGE_IMAGE_H
#define MODSEAL_IMAGE_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "verifier/image/copies.h"
#include "verifier/image/verity.h"

struct modseal_gate; /* verifier/loader/gate.h */

struct modseal_image {
	atomic_uint references;
	enum modseal_kind kind; /* a library, or a kernel module */
	/* A sealed memfd holding exactly the content (of a kernel module the whole file),
	 * or the file itself: then fs-verity holds its bytes, or what it lies on. */
	int descriptor;
	enum modseal_hand_off hand_off; /* which of these */
	struct modseal_verity verity;	/* hand_off is VERITY */
	bool exec_sealed;		/* hand_off is SEALED: F_SEAL_EXEC is in force */
	/* Of the descriptor, from when it was sealed, or (inode 0) set by
	 * modseal_image_create: another file under the same number is noticed. */
	uint64_t device;
	uint64_t inode;
	uint64_t size; /* bytes that the descriptor has */
	char *path;    /* real path of the source */
	struct modseal_origin_file {
		uint64_t device;
		uint64_t inode;
		uint64_t size;		 /* bytes */
		struct timespec changed; /* st_ctim */
	} source;	/* the file as it was when it was opened to be copied */
	bool is_needed; /* approved under its SONAME, because another needs it */
	char *soname;	/* or NULL; of a kernel module its name */
	uint8_t digest[MODSEAL_SHA256_SIZE];
	/* DT_NEEDED; each is in the closure or in the process (the kernel) already */
	char **needed;
	size_t needed_count;
	bool no_delete;			 /* DF_1_NODELETE: dlclose will not unmap it */
	bool would_refuse;		 /* audit mode let it through */
	struct modseal_verdict *verdict; /* owned */
	/* The closure, dependencies first, without this image itself; each holds a
	 * reference. Names satisfied by objects of the process are not in it. */
	struct modseal_image **closure;
	size_t closure_count;
	/* How the gate asks the context that approved this image; owned by the context,
	 * which context_reference keeps alive. */
	const struct modseal_gate *gate;
	struct modseal_copies *copies; /* that it is in (copies.h); NULL: in none */
	struct modseal_image *next_copy;
	void *context_reference;
	void (*context_release)(void *context_reference);
};

/* Takes ownership of everything named in *source on success (copies the struct, sets one
 * reference). Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_image_create(const struct modseal_image *source,
					    struct modseal_image **ret_image,
					    struct modseal_error *error);
/* Refuses NOT_SEALED unless the descriptor still is what the image was made with: sealed
 * memory, a file with fs-verity, which is measured anew, or the same file on the same
 * device. */
MODSEAL_MUST_CHECK int modseal_image_require(const struct modseal_image *image,
					     struct modseal_error *error);
struct modseal_image *modseal_image_ref(struct modseal_image *image);
/* The same of one that may be on its way to be freed: false, and no reference. */
bool modseal_image_ref_living(struct modseal_image *image);

#endif
