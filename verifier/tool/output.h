/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that prints: messages on standard error, once each; results on standard
 * output, as text or as JSON, one object per file and line.
 */
#ifndef MODSEAL_TOOL_OUTPUT_H
#define MODSEAL_TOOL_OUTPUT_H

#include "modseal.h"
#include "verifier/tool/options.h"
#include "verifier/tool/output_json.h"

struct output {
	bool json;
	bool colour;	     /* standard output is a terminal */
	bool progress;	     /* standard error is one, and standard output is not */
	int exit;	     /* the worst exit value so far */
	size_t would_refuse; /* files that audit mode has let through */
	int failed_errno;    /* of the first failed write to standard output, else 0 */
	/* milliseconds of the monotonic clock */
	int64_t progress_begun;
	int64_t progress_due;
	bool progress_shown;
};

/* `modseal: 'object': reason (remedy)` on standard error; object and remedy may be NULL.
 */
void output_message(const char *object, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same as wrong use: returns EXIT_USE. */
int output_wrong_use(const char *object, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fills *error for a failure that the tool found itself; remedy NULL: none. Returns code.
 */
int output_error(struct modseal_error *error, int code, enum modseal_stage stage,
		 const char *object, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* What ENXIO means of a pipe. */
#define OUTPUT_NOBODY_THERE "nobody is at the other end of it"
/* The same for a file that could not be read, and why: an errno. */
int output_unreadable(struct modseal_error *error, enum modseal_stage stage,
		      const char *path, int number);

struct output output_start(const struct options *options);
/* Writes out what is buffered. Returns the exit value of the command: EXIT_UNDECIDED
 * where standard output could not be written (full disk, closed pipe). */
int output_finish(struct output *output);

/* An accepted file, or one that audit mode let through, with all its verdict tells.
 * `operand` is the name the user gave. what: a word of the text form ("accepted",
 * "loaded"). extra (may be NULL) is merged into the JSON object and released. */
void output_verdict(struct output *output, const char *operand, const char *what,
		    const struct modseal_verdict *verdict, json_t *extra);
/* A failure of the library about an operand (NULL: about none). error->code counts. */
void output_failure(struct output *output, const char *operand,
		    const struct modseal_error *error);
/* The same; extra as above. */
void output_failure_with(struct output *output, const char *operand,
			 const struct modseal_error *error, json_t *extra);
/* The exit value is at least this. */
void output_note(struct output *output, int value);
/* A failure for each operand, but one message: the policy itself could not be used. */
void output_failure_for_all(struct output *output, const struct words *operands,
			    const struct modseal_error *error);
/* A file that something was done with: "FILE: signed". extra as above. */
void output_done(struct output *output, const char *operand, const char *what,
		 json_t *extra);
/* A line of the text form that belongs to the result before; nothing with JSON. */
void output_line(struct output *output, const char *key, const char *value);

/* What was found out about a file without deciding: "undecided" with the code OK. facts
 * is merged into the JSON object and released. */
void output_facts(struct output *output, const char *operand, const char *reason,
		  json_t *facts);
/* A line of the text form by itself; nothing with JSON. */
void output_text(struct output *output, const char *text);
/* A line of the text form that lines of output_line follow. */
void output_name(struct output *output, const char *operand);

/* An object of its own with JSON, such as a summary; released. NULL: memory ran out. */
void output_object(struct output *output, json_t *object);

/* total 0: not known. Rate and time left count from output_progress_start, which
 * output_start has called. */
void output_progress(struct output *output, size_t done, size_t total);
void output_progress_start(struct output *output);
void output_progress_clear(struct output *output);

#endif
