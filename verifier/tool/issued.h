/* SPDX-License-Identifier: Apache-2.0 */
/* The time and the serial number that what is made says of itself. */
#ifndef MODSEAL_TOOL_ISSUED_H
#define MODSEAL_TOOL_ISSUED_H

#include "verifier/tool/options.h"

#define ISSUED_SIZE 32

/* Decimal digits without leading zeros, at most 2^53-1. */
bool issued_number(const char *text, uint64_t *ret_number);

/* The time that reproducible builds name in SOURCE_DATE_EPOCH, seconds since 1970, or
 * fallback where none is named. Returns EXIT_DONE, or EXIT_USE after a message. */
int issued_epoch(uint64_t fallback, uint64_t *ret_seconds);

/* --issued, or the time that reproducible builds name
 * (https://reproducible-builds.org/specs/source-date-epoch/), or now, written into
 * buffer. Returns EXIT_DONE, or EXIT_USE after a message. */
int issued_choose(const struct options *options, char buffer[ISSUED_SIZE],
		  const char **ret_issued);

#endif
