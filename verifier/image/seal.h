/* SPDX-License-Identifier: Apache-2.0 */
/* Memfds and their seals (memfd_create(2), fcntl(2) F_ADD_SEALS). */
#ifndef MODSEAL_IMAGE_SEAL_H
#define MODSEAL_IMAGE_SEAL_H

#include <stdbool.h>

#include "internal/error.h"

/* What our memfds are called: /proc/PID/maps shows "/memfd:modseal (deleted)". */
#define MODSEAL_MEMFD_NAME "modseal"

/* A new memfd that can be sealed: MFD_NOEXEC_SEAL where the kernel has it (6.3), else
 * mode 0400. *ret_exec_sealed says which. Errors: SYSTEM, RESOURCE, with the hint to
 * vm.memfd_noexec or a security module where the kernel says no. */
MODSEAL_MUST_CHECK int modseal_memfd_new(int *ret_descriptor, bool *ret_exec_sealed,
					 const char *object, struct modseal_error *error);

/* Sets all four seals and reads them back. Errors: CHANGED (EBUSY), SYSTEM. */
MODSEAL_MUST_CHECK int modseal_memfd_seal(int descriptor, const char *object,
					  struct modseal_error *error);

/* Refuses NOT_SEALED unless the descriptor is a memfd (no other kind of file, R68) of
 * size bytes that has all four seals (R67). */
MODSEAL_MUST_CHECK int modseal_memfd_require(int descriptor, uint64_t size,
					     const char *object,
					     struct modseal_error *error);

#endif
