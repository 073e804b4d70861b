/* SPDX-License-Identifier: Apache-2.0 */
/* What the measuring programs have in common: clock, memory, lists, contexts. */
#ifndef MODSEAL_BENCH_H
#define MODSEAL_BENCH_H

#include <pthread.h>
#include <stddef.h>

#include "modseal.h"

#define BENCH_MAX_FILES 8192

/* Microseconds on the monotonic clock. */
double bench_now(void);

/* The median of count values; sorts them. */
double bench_median(double *values, size_t count);

/* The lines of standard input, at most BENCH_MAX_FILES; returns how many. */
size_t bench_read_list(char **lines);

/* A thread just started goes to another processor, if the kernel left it on this one: as
 * modseal does it, see verifier/image/crew.c. */
void bench_put_elsewhere(pthread_t thread);

/* Prints what is wrong; returns 1. */
int bench_complain(const struct modseal_error *error);

/* Opens a context whose files may be the caller's; flags: MODSEAL_OPEN_* besides. 0 or 1
 * and a message. */
int bench_open(const char *policy, const char *anchor, uint32_t flags,
	       struct modseal **ret_context);

/* The peak that bench_print_memory tells is from now on. */
void bench_forget_peak(void);

/*
 * Prints "NAME-peak", "NAME-resident", "NAME-private" and "NAME-shmem" of this process in
 * KiB: VmHWM, VmRSS, RssAnon and RssShmem; and "NAME-memfd", what its memfds hold, each
 * counted once.
 */
void bench_print_memory(const char *name);

/*
 * From bench_watch on a process beside this one looks, again and again, at what this one
 * holds: its memory and its memfds, what is mapped of these counted once. VmHWM alone
 * cannot say: memfds are in it only while they are mapped. bench_watched prints "peak" in
 * KiB, the most that was seen, and how many "looks" there were. 0 or 1.
 */
int bench_watch(void);
int bench_watched(void);

/*
 * The commands, `bench NAME ARGUMENT...`; each prints lines "name value" and returns 0,
 * or 1 and a message. Times are microseconds, unless it says otherwise. Each is to be run
 * in a process of its own: what is measured is cold there, and what is not to be measured
 * (contexts, certificates, algorithms) was made before the clock starts.
 */

/* digest THREADS [CERTIFICATE] < LIST: "us" for all files with OpenSSL alone, see
 * floor.h; with a certificate also the signature at the end of each. */
int bench_digest(char **arguments);
/* sealed THREADS CERTIFICATE load|forget < LIST: "us" of what any loader has to do that
 * maps what it has checked, see sealed.c: "verify" the sealed copies of all, and "load"
 * them by dlopen in the order of the list; or each is let go. */
int bench_sealed(char **arguments);
/* modules CERTIFICATE < LIST: "us" for all files by modseal_trust_check. */
int bench_modules(char **arguments);
/* kernel POLICY ANCHOR < LIST: "us" for all files by modseal_verify_kernel_module. */
int bench_kernel(char **arguments);
/* plain LIBRARY [FIRST]: "us" of dlopen, and the memory before and behind it; FIRST is
 * loaded before. */
int bench_plain(char **arguments);
/* check POLICY ANCHOR LIBRARY: "us" of modseal_check, and its memory. */
int bench_check(char **arguments);
/* load POLICY ANCHOR LIBRARY [FIRST]: "verify" and "load" of modseal_verify and
 * modseal_load, "us" of both, and the memory after each; FIRST is loaded before. */
int bench_load(char **arguments);
/* memory POLICY ANCHOR LIBRARY: what bench_watch sees while it is verified and loaded; to
 * be run apart from `load`, because it disturbs that. */
int bench_memory(char **arguments);
/* again POLICY ANCHOR LIBRARY: "us" of modseal_load of an image that is loaded. */
int bench_again(char **arguments);
/* closure POLICY ANCHOR LIBRARY: no figures; the paths of what is sealed for it. */
int bench_closure(char **arguments);
/* open POLICY ANCHOR: "us" of modseal_open for checking alone. */
int bench_context(char **arguments);
/* decide POLICY < PATHS: "us" of asking the text of the policy for the rule of a path. */
int bench_decide(char **arguments);
/* calls POLICY ANCHOR LIBZ: or `-` `-` for dlopen: nanoseconds of "call" and "crc". */
int bench_calls(char **arguments);
/* sign KEY < LIST: "us" of the least that signing these files takes, see sign.c. */
int bench_sign(char **arguments);
/* spawn TIMES PROGRAM ARGUMENT...: "us" from the start of a process to its end, the
 * median of so many. */
int bench_spawn(char **arguments);

#endif
