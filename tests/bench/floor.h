/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: OpenSSL alone on the same bytes; one digest, one signature check. */
#ifndef MODSEAL_BENCH_FLOOR_H
#define MODSEAL_BENCH_FLOOR_H

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

#endif
