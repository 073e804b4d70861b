/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: OpenSSL alone on the same bytes; one digest, one signature check. */
#ifndef MODSEAL_BENCH_FLOOR_H
#define MODSEAL_BENCH_FLOOR_H

#include <stddef.h>

#define BENCH_FLOOR_PIECE (128 * 1024)
#define BENCH_FLOOR_TAIL  4096 /* more than a container with one RSA signature */
#define BENCH_MAX_THREADS 64

struct bench_floor;

/* Fetches the algorithms, and the key of a certificate (PEM or DER; NULL: digests only).
 * NULL on failure. */
struct bench_floor *bench_floor_new(const char *certificate);
void bench_floor_free(struct bench_floor *floor);

/*
 * Opens a file, reads it in pieces of 128K, which the cache of a processor holds, and
 * takes SHA-256 of it: of the whole, or with a key of what lies before the appended
 * signature, and checks that with RSA PKCS#1 v1.5. 0, or -1 where something failed or is
 * wrong.
 */
int bench_floor_file(struct bench_floor *floor, const char *path);

/*
 * The same by parts. bench_floor_content: how much of a file of that size lies before the
 * signature, with a key; end is behind its last byte, and its last BENCH_FLOOR_TAIL bytes
 * (or all it has) lie before that; 0: there is none. Then begin, add in order, and end,
 * which checks the signature before that place.
 */
size_t bench_floor_content(const struct bench_floor *floor, const unsigned char *end,
			   size_t size);
int bench_floor_begin(struct bench_floor *floor);
int bench_floor_add(struct bench_floor *floor, const void *bytes, size_t size);
int bench_floor_end(struct bench_floor *floor, const unsigned char *end);

#endif
