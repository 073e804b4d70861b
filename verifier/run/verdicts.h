/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts that are kept (E19): only of what was accepted, and only of files that nobody
 * but root can write or replace. What a verdict is kept by changes with whatever is done
 * to the file: its content, its owner, its mode, its name.
 */
#ifndef MODSEAL_RUN_VERDICTS_H
#define MODSEAL_RUN_VERDICTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A policy's signers expire, and directories on the way to a file are given away: seconds
 * after which it is judged anew. */
#define RUN_VERDICT_SECONDS 60

struct run_file {
	uint64_t device;
	uint64_t inode;
	uint64_t mount;
	int64_t changed; /* ctime: seconds */
	uint32_t changed_ns;
	uint32_t owner;
	uint16_t mode;
	uint64_t size;
	uint32_t links;
};

struct run_verdict_row {
	struct run_file file;
	char *path;    /* as its user sees it: rules go by it */
	int kind;      /* and what else it is true of only */
	int64_t until; /* seconds of the monotonic clock */
};

#define RUN_VERDICT_ROWS 4096 /* a power of two */
struct run_verdicts {
	pthread_mutex_t lock;
	struct run_verdict_row rows[RUN_VERDICT_ROWS];
};

void run_verdicts_start(struct run_verdicts *verdicts);
void run_verdicts_end(struct run_verdicts *verdicts);

/* What tells a file from another. Asks no file system that has to ask somebody else. 0 or
 * an errno; ret_regular: whether it is a regular file. */
int run_file_of(int descriptor, struct run_file *ret_file, bool *ret_regular);
bool run_file_same(const struct run_file *one, const struct run_file *other);

/* Whether the next change will show: those within one tick of the file system's clock
 * have the same time, before Linux 6.13 or where it has whole seconds. now: as the clock
 * says. */
bool run_file_is_settled(const struct run_file *file, int64_t now);

/* now: seconds that only grow. */
bool run_verdicts_has(struct run_verdicts *verdicts, const struct run_file *file,
		      const char *path, int kind, int64_t now);
/* Whether a file of that device and mount was ever kept: then it is one whose word is
 * believed, and no program's of the target. */
bool run_verdicts_know(struct run_verdicts *verdicts, const struct run_file *file);
void run_verdicts_keep(struct run_verdicts *verdicts, const struct run_file *file,
		       const char *path, int kind, int64_t now);

#endif
