/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes that an approved object was approved with, and how memory of this process is
 * read. Of what modseal loaded they are sealed; of what the program brought they are
 * those of the file that was verified, which only its owner can change.
 */
#ifndef MODSEAL_PROCESS_REFERENCE_H
#define MODSEAL_PROCESS_REFERENCE_H

#include <stdbool.h>

#include "verifier/loader/registry.h"

struct modseal_reference {
	struct modseal_object *object;
	uintptr_t start; /* the whole file is mapped for reading from here on */
	uint64_t size;	 /* bytes */
};

/*
 * Maps the whole file of an object, out of the page of it that the object holds: so no
 * name and no descriptor is asked again. The caller holds the loader lock until it has
 * called modseal_reference_close; of an object that is stale there are no such bytes.
 * Errors: SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_reference_open(struct modseal_object *object,
					      enum modseal_stage stage,
					      struct modseal_reference *ret_reference,
					      struct modseal_error *error);
void modseal_reference_close(struct modseal_reference *reference);

/*
 * Copies memory of this process. What is not mapped, or cannot be read, or lies past the
 * end of a file that was cut short, is an error and never a signal. Returns 0 or an errno
 * value, EFAULT for all of these.
 */
MODSEAL_MUST_CHECK int modseal_memory_copy(uintptr_t from, void *to, size_t size);

/* Copies bytes of the file, and zeros behind its end in its last page; EFAULT also where
 * the range is not inside of these pages. */
MODSEAL_MUST_CHECK int modseal_reference_copy(const struct modseal_reference *reference,
					      uint64_t offset, void *to, size_t size);

#endif
