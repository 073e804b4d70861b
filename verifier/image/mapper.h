/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's device mapper, asked for the table of a device (linux/dm-ioctl.h; Linux,
 * Documentation/admin-guide/device-mapper/verity.rst). Names and UUIDs of its devices are
 * what their makers called them; the table is what the kernel does.
 */
#ifndef MODSEAL_IMAGE_MAPPER_H
#define MODSEAL_IMAGE_MAPPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "internal/error.h"
#include "internal/span.h"

#define MODSEAL_MAPPER_REASON_SIZE 160

/*
 * Tells whether all of a device is one dm-verity target that gives no block which was
 * not compared, each time it is read, with a hash that cannot be forged; where not
 * (*ret_verity false), a clause says why. *ret_silent: the kernel answers only processes
 * with CAP_SYS_ADMIN, so nothing is known. Errors: SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_mapper_ask(dev_t device, const char *object,
					  bool *ret_verity, bool *ret_silent,
					  char ret_reason[MODSEAL_MAPPER_REASON_SIZE],
					  struct modseal_error *error);

/* The parameters of a verity target as its table has them. False, with a clause: its
 * blocks may be given unverified, or nobody here knows whether they are. */
bool modseal_mapper_verity_holds(const char *parameters,
				 char ret_reason[MODSEAL_MAPPER_REASON_SIZE]);

#endif
