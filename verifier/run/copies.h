/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed copies that `run --seal` has given to the target, so that it knows them. */
#ifndef MODSEAL_RUN_COPIES_H
#define MODSEAL_RUN_COPIES_H

#include <pthread.h>

#include "verifier/run/verdicts.h"

struct run_copy {
	int descriptor;	      /* -1: a free row */
	struct run_file file; /* of the memory */
	char *path;	      /* of the library it was made of */
	char digest[144];
};

#define RUN_COPIES 256
struct run_copies {
	pthread_mutex_t lock;
	struct run_copy rows[RUN_COPIES];
	size_t most; /* so many rows are used */
	size_t next; /* the row that is given up where all are taken */
};

/* descriptors: how many this process may have; most are left for decisions. */
void run_copies_start(struct run_copies *copies, size_t descriptors);
void run_copies_end(struct run_copies *copies);

/*
 * Takes a sealed descriptor (it is closed where a copy of the same bytes of that path is
 * there already) and opens the copy anew: an open file has one position for all who have
 * it. 0 or an errno; the caller closes *ret_fresh.
 */
int run_copies_add(struct run_copies *copies, int sealed, const char *path,
		   const char *digest, int *ret_fresh);

/* Whether a file is one of them. They are kept open, sealed: no other has what theirs
 * has.
 */
bool run_copies_has(struct run_copies *copies, const struct run_file *file);

#endif
