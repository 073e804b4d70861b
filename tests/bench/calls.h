/* SPDX-License-Identifier: Apache-2.0 */
/* What a library costs once it is loaded. */
#ifndef MODSEAL_BENCH_CALLS_H
#define MODSEAL_BENCH_CALLS_H

/*
 * With libz: calls of its functions through symbols got by dlsym and by modseal_symbol,
 * in fresh processes in turn, and another modseal_load of the image that is loaded
 * already. Prints "call-plain NANOSECONDS", "call-modseal", "crc-plain", "crc-modseal"
 * (the least of the rounds: what disturbs only adds), and "again MICROSECONDS". 0, or 1
 * and a message.
 */
int bench_calls(const char *policy, const char *anchor, const char *library);

#endif
