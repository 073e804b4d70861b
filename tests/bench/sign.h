/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of signing: OpenSSL alone, and one sync. */
#ifndef MODSEAL_BENCH_SIGN_H
#define MODSEAL_BENCH_SIGN_H

/*
 * bench sign KEY < LIST: every file of a list read, SHA-256 taken, the private-key
 * operation done, the file written anew beside itself with what modseal would append, and
 * renamed; all synced once before the renames and once after. Prints the time of all.
 */
int bench_sign(const char *key);

#endif
