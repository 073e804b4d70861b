/* SPDX-License-Identifier: Apache-2.0 */
/* Where the content of a file ends: behind it may be its signature, and in that what
 * anybody has put there. */
#ifndef MODSEAL_RUN_TAIL_H
#define MODSEAL_RUN_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether length bytes of the file from offset on, in whole pages, show a part of the
 * signature that is appended to it; true also where that cannot be told. The descriptor
 * may be one of O_PATH; the file was approved, so the signature is well-formed.
 */
bool run_tail_shows(int descriptor, uint64_t offset, uint64_t length);

#endif
