/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: OpenSSL alone on the same bytes; one digest, one signature check. */
#ifndef MODSEAL_BENCH_FLOOR_H
#define MODSEAL_BENCH_FLOOR_H

#include <stddef.h>

/* Microseconds on the monotonic clock. */
double bench_now(void);

/* The median of count values; sorts them. */
double bench_median(double *values, size_t count);

/* Reads the file in 128K pieces and takes SHA-256 of it. 0 or -1. */
int bench_digest_file(const char *path);

struct bench_floor;
/* The public key of a certificate (PEM or DER). NULL on failure. */
struct bench_floor *bench_floor_new(const char *certificate);
void bench_floor_free(struct bench_floor *floor);
/* One pread, SHA-256 of the content, one RSA check of the last key-size bytes of the CMS.
 * 0 where the signature is right. */
int bench_floor_check(struct bench_floor *floor, const char *path);

#endif
