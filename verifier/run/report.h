/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` tells people: refusals, once each, and the summary at the end. */
#ifndef MODSEAL_RUN_REPORT_H
#define MODSEAL_RUN_REPORT_H

#include <pthread.h>
#include <stdbool.h>

#include "modseal-guard.h"

/* What a file is used as. */
enum run_use {
	RUN_USE_PROGRAM,
	RUN_USE_INTERPRETER, /* of an ELF file or a script */
	RUN_USE_LIBRARY,
	RUN_USE_MEMORY, /* a mapping that is to become executable */
	RUN_USE_COUNT,
};

/* Who wants something; texts are "" where they are not known. */
struct run_asker {
	pid_t process;
	pid_t parent;
	uint32_t user;
	char program[4096];
	char command[64];
};

#define RUN_REPORT_SEEN 256
struct run_report {
	const char *policy_options;	/* as in struct run_options; borrowed */
	pthread_mutex_t lock;		/* over all that follows */
	uint64_t seen[RUN_REPORT_SEEN]; /* which refusals were told, by their hash */
	size_t seen_next;
	uint64_t judged[RUN_USE_COUNT];	 /* files read and accepted */
	uint64_t kept[RUN_USE_COUNT];	 /* by a verdict that was kept */
	uint64_t refused[RUN_USE_COUNT]; /* or would be, in audit mode */
	uint64_t copies;		 /* libraries given as sealed copies */
};

void run_report_start(struct run_report *report, const char *policy_options);
/* A refusal; passed: audit mode lets it through. */
void run_report_refusal(struct run_report *report, enum run_use use,
			const struct run_asker *asker, const struct modseal_error *error,
			bool passed);
void run_report_accepted(struct run_report *report, enum run_use use, bool kept);
void run_report_copy(struct run_report *report);
void run_report_summary(struct run_report *report);
/* `modseal: 'object': reason (remedy)` on standard error; object, remedy may be NULL. */
void run_report_message(const char *object, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Fills an error that `run` found itself. Returns code. */
int run_report_error(struct modseal_error *error, int code, const char *object,
		     const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
