/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files whose bytes cannot change because of what they lie on: a file system that nothing
 * can write to, on a device whose bytes stay what they are. That is dm-verity, by the
 * kernel's word, or a device that the signed policy names; what is merely mounted
 * read-only is not (R113): the device below can be written to, and the page cache
 * follows.
 */
#ifndef MODSEAL_IMAGE_DEVICE_H
#define MODSEAL_IMAGE_DEVICE_H

#include <stdbool.h>

#include "internal/error.h"

#define MODSEAL_DEVICE_REASON_SIZE 384

/*
 * Tells whether the descriptor's file lies on such a device, named by one of `named`
 * ("PARTUUID=..." or "DM-UUID=...", as read-only-devices of the policy has them) or found
 * to be of dm-verity. Where not (*ret_held false), a clause says why.
 *
 * What is believed: the kernel, by fstat, sysfs and the device mapper. A mount namespace
 * of an unprivileged user may show another sysfs or parts of it elsewhere: nothing that
 * is mounted on the way is followed, and the device found must say its own number.
 *
 * Errors: SYSTEM (a call failed that does not merely say no), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_device_judge(int descriptor, char *const *named,
					    size_t named_count, const char *object,
					    bool *ret_held,
					    char ret_reason[MODSEAL_DEVICE_REASON_SIZE],
					    struct modseal_error *error);

/*
 * Tells whether nothing but zeros lies behind the end of such a file in its last page.
 * ext4 and erofs map what their image has there, which nobody has hashed. Errors: SYSTEM
 * (EIO where dm-verity found that the device was tampered with), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_device_ends_clean(int descriptor, uint64_t size,
						 const char *object, bool *ret_clean,
						 struct modseal_error *error);

/*
 * Refuses NOT_SEALED unless the descriptor's file is of size bytes on a file system of
 * the kinds that modseal_device_judge takes. That the device is the same is the caller's
 * to compare; it is not judged anew, because the right to ask may have been dropped
 * since: the open file keeps it mounted, and the device mapper never gives a mounted
 * dm-verity device a target of another kind (DM_TARGET_IMMUTABLE).
 * Errors: NOT_SEALED, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_device_require(int descriptor, uint64_t size,
					      const char *object,
					      struct modseal_error *error);

#endif
