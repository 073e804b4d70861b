/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed copies that `run --seal` has given to the target, so that it knows them. */
#ifndef MODSEAL_RUN_COPIES_H
#define MODSEAL_RUN_COPIES_H

#include <pthread.h>
#include <sys/types.h>

#include "verifier/run/verdicts.h"

struct run_copy {
	int descriptor;	      /* -1: a free row */
	struct run_file file; /* of the memory */
	/* of the library it was made of */
	uint64_t of_device, of_inode;
	char digest[144];
	pid_t process;	/* that it was given to; 0: to several */
	uint64_t given; /* when, the last time: a number that only grows */
	uint64_t bytes; /* of memory */
};

#define RUN_COPIES 256
struct run_copies {
	pthread_mutex_t lock;
	struct run_copy rows[RUN_COPIES];
	size_t most;	     /* so many rows are used */
	uint64_t most_bytes; /* of all; a larger one is kept, too, but no two such */
	uint64_t given;	     /* so often one was given */
};

/* descriptors: how many this process may have; most are left for decisions. bytes: of
 * memory, for all copies. */
void run_copies_start(struct run_copies *copies, size_t descriptors, uint64_t bytes);
void run_copies_end(struct run_copies *copies);

/*
 * Takes a sealed descriptor (it is closed where a copy of the same bytes of that file is
 * there already) and opens the copy anew: an open file has one position for all who have
 * it. process: who gets it. 0 or an errno; the caller closes *ret_fresh.
 */
int run_copies_add(struct run_copies *copies, int sealed, const struct run_file *of,
		   const char *digest, pid_t process, int *ret_fresh);

/* Whether a file is one of them. They are kept open, sealed: no other has what theirs
 * has.
 */
bool run_copies_has(struct run_copies *copies, const struct run_file *file);

#endif
