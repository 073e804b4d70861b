/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scalar of a policy or catalog says, by our own rules: no locale, no guessing,
 * one spelling for each value. YAML's own types are not used: `yes`, `on`, `~`, `0x10`,
 * `010` and `1e3` are just characters here, and no numbers. Defined in policy/scalars.c.
 */
#ifndef MODSEAL_INTERNAL_SCALARS_H
#define MODSEAL_INTERNAL_SCALARS_H

#include <stdbool.h>

#include "internal/span.h"

#define MODSEAL_MAX_POLICY_NAME 64
/* As PATH_MAX with its NUL (linux/limits.h). */
#define MODSEAL_MAX_POLICY_PATH 4095

/* All: true and the value written, or false. */

/* Decimal digits without leading zeros, at most limit. */
bool modseal_scalar_decimal(struct modseal_span text, uint64_t limit,
			    uint64_t *ret_value);

/* A decimal number of bytes, or of K, M or G (1024, 1024^2, 1024^3 bytes), at most limit.
 */
bool modseal_scalar_size(struct modseal_span text, uint64_t limit, uint64_t *ret_size);

/* Exactly 2 * size lower-case hexadecimal digits. */
bool modseal_scalar_hex(struct modseal_span text, uint8_t *ret_bytes, size_t size);

/* `2026-11-23T00:00:00Z` (RFC 3339 section 5.6, UTC, upper case, no fraction, no leap
 * second), 1970 or later, as seconds since then. */
bool modseal_scalar_time(struct modseal_span text, int64_t *ret_seconds);

/* [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
bool modseal_scalar_is_name(struct modseal_span text);

/* A path that has one spelling: no control bytes, no empty, `.` or `..` components, no
 * `/` at the end, not `/` itself. */
bool modseal_scalar_is_path(struct modseal_span text);
/* PARTUUID= as the kernel and blkid(8) write it, or DM-UUID= with 1 to 128 printable
 * characters, one of them a `*` perhaps, but not the first. */
bool modseal_scalar_is_device(struct modseal_span text);
/* `.`, or such a relative path without `$`, with any number of `..` in front of it or
 * alone. */
bool modseal_scalar_is_origin(struct modseal_span text);
bool modseal_scalar_is_absolute(struct modseal_span text);

#endif
