/* SPDX-License-Identifier: Apache-2.0 */
/* Works on many files at once and reports on them in their order. */
#ifndef MODSEAL_TOOL_JOBS_H
#define MODSEAL_TOOL_JOBS_H

#include "modseal.h"
#include "verifier/tool/output.h"

/* Works on one file, in any thread. Fills *error on failure, and *ret_verdict (may be
 * left alone) on success. */
typedef int job_work(void *argument, const char *operand,
		     struct modseal_verdict **ret_verdict, struct modseal_error *error);
/* Reports a success, in the calling thread and in the order of the operands; verdict
 * belongs to the caller. Failures are reported by jobs_run itself. */
typedef void job_report(void *argument, struct output *output, const char *operand,
			const struct modseal_verdict *verdict);

/* Works on all operands with as many threads as the options say (fewer where the system
 * gives no more). Results wait in a window of bounded size, not all in memory. */
void jobs_run(const struct options *options, struct output *output, job_work *work,
	      job_report *report, void *argument);

/* So many threads as the options say are of use for count files; at least 1. */
size_t jobs_threads(const struct options *options, size_t count);
/* The failure of an operand for which there was no memory. */
void jobs_no_memory(struct output *output, const char *operand);

#endif
