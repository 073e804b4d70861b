/* SPDX-License-Identifier: Apache-2.0 */
/* Memfds and their seals (memfd_create(2), fcntl(2) F_ADD_SEALS). */
#ifndef MODSEAL_IMAGE_SEAL_H
#define MODSEAL_IMAGE_SEAL_H

#include <stdbool.h>

#include "internal/error.h"

/* What our memfds are called, behind "/memfd:". */
#define MODSEAL_MEMFD_NAME "modseal"

/*
 * A new memfd that can be sealed: MFD_NOEXEC_SEAL where the kernel has it (6.3), else
 * mode 0444. *ret_exec_sealed says which. An absolute path becomes a part of its name:
 * /proc/PID/maps shows "/memfd:modseal:PATH (deleted)", so that whoever looks from
 * outside knows which file to compare it with. A path that is too long (above 241 bytes)
 * is left out. Errors: SYSTEM, RESOURCE, with the hint to vm.memfd_noexec or a security
 * module where the kernel says no.
 */
MODSEAL_MUST_CHECK int modseal_memfd_new(int *ret_descriptor, bool *ret_exec_sealed,
					 const char *object, struct modseal_error *error);

/*
 * The path in the name of a memfd of ours, as /proc shows it but without " (deleted)".
 * "": ours, but without a path; NULL: none of ours. Anybody can give a memfd this name:
 * it says where to look, never what is in there.
 */
const char *modseal_memfd_source(const char *shown);

/* Sets all four seals and reads them back. Errors: CHANGED (EBUSY), SYSTEM. */
MODSEAL_MUST_CHECK int modseal_memfd_seal(int descriptor, const char *object,
					  struct modseal_error *error);

/* Refuses NOT_SEALED unless the descriptor has all four seals (R67). That is enough where
 * it is known by its number to be the memfd that it was. */
MODSEAL_MUST_CHECK int modseal_memfd_require_seals(int descriptor, const char *object,
						   struct modseal_error *error);

/* Refuses NOT_SEALED unless the descriptor is a memfd (no other kind of file, R68) of
 * size bytes that has all four seals (R67). */
MODSEAL_MUST_CHECK int modseal_memfd_require(int descriptor, uint64_t size,
					     const char *object,
					     struct modseal_error *error);

#endif
