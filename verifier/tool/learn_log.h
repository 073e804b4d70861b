/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of verdicts, modseal(1) RECORDS, as a source of what to learn: they say which
 * files to look at, and how often each was met. Whoever can write the log can name files,
 * so nothing else of it decides: each is examined where it lies, and left out where it is
 * not the one of the record.
 */
#ifndef MODSEAL_TOOL_LEARN_LOG_H
#define MODSEAL_TOOL_LEARN_LOG_H

#include "verifier/tool/learn_seen.h"
#include "verifier/tool/options.h"

#define LEARN_MAX_STRANGERS  4
#define LEARN_STRANGERS_SIZE 64 /* their numbers, as text */

/* What became of the lines of all logs. */
struct learn_log {
	uint64_t records;
	uint64_t undecided;  /* which could not judge a file, or are of none */
	uint64_t others;     /* JSON, but no record: a journal holds much else */
	uint64_t unreadable; /* no JSON, too long, or a member of another type */
	/* Anybody may write to the journal, which says itself who has: records of others
	 * than root and these users (numbers) are not believed. */
	const struct words *users;
	uint64_t strangers;
	/* the first few of them; "" where the journal does not say */
	char stranger_users[LEARN_MAX_STRANGERS][12];
	size_t stranger_count;
};

/* "1000, 1001", the first few; empty where there are none. */
void learn_log_strangers(const struct learn_log *log, char *buffer, size_t size);
/* Is it a number, as the journal writes one? */
bool learn_log_is_user(const char *text);

/*
 * Reads a log, JSON lines or the output of `journalctl -o json`, and adds the files of
 * its records; path `-` is standard input. May be called for several.
 * Errors: NOT_FOUND, SYSTEM, RESOURCE, TOO_LARGE (too many files), UNSUPPORTED (a record
 * of another version, whose line is named).
 */
MODSEAL_MUST_CHECK int learn_log_read(const char *path, struct learn_seen *seen,
				      struct learn_log *log, struct modseal_error *error);

/*
 * After all logs: leaves out what does not lie at its real path (inside of root, NULL:
 * `/`), and finds out in which directories nothing was left unseen.
 * Errors: RESOURCE.
 */
MODSEAL_MUST_CHECK int learn_log_locate(const char *root, struct learn_seen *seen,
					struct modseal_error *error);

#endif
