/* SPDX-License-Identifier: Apache-2.0 */
/* Starts an unmodified program under a policy: `modseal run`. */
#ifndef MODSEAL_RUN_H
#define MODSEAL_RUN_H

#include <stdbool.h>

#include "modseal-guard.h"

/* What `run` itself ends with; otherwise with what the program ended with. */
enum run_exit {
	RUN_EXIT_SETUP = 125,	  /* nothing was started */
	RUN_EXIT_REFUSED = 126,	  /* the program may not be, or cannot be, executed */
	RUN_EXIT_NOT_FOUND = 127, /* there is no such program */
};

struct run_options {
	struct modseal *context; /* borrowed; checks only */
	char *const *arguments;	 /* of the program, its name first; ends with NULL */
	/* Options that lead another command to the same policy, each behind a space; "":
	 * the installed one. */
	const char *policy_options;
	bool seal;    /* libraries that a user may write are loaded from sealed copies */
	bool strict;  /* no executable memory without a file, no ptrace, Landlock */
	bool summary; /* at the end it is told what was used */
};

/*
 * Starts the program and judges whatever it, and all that it starts, executes or maps
 * executable, until the last of them is gone. The process must have one thread only.
 * Returns the program's exit status, or one of enum run_exit; where a signal ended the
 * program it ends this process too.
 */
int run_program(const struct run_options *options);

#endif
