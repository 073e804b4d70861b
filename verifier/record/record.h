/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record for each verdict, to a file, syslog or journald, as the policy's `records`
 * says; the fields are those of modseal-record(5). Whatever comes of it, a verdict stays
 * what it is (R106).
 */
#ifndef MODSEAL_RECORD_H
#define MODSEAL_RECORD_H

#include <stdbool.h>
#include <sys/types.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/lock.h"

#define MODSEAL_RECORD_SYSLOG_SOCKET  "/dev/log"
#define MODSEAL_RECORD_JOURNAL_SOCKET "/run/systemd/journal/socket"
#define MODSEAL_RECORD_MESSAGE_ID     "c4eec9b2a7d14b6c9b1de3d0f1a5c7e8"

/* What is told of one verdict; texts that do not apply are NULL. Borrowed. */
struct modseal_record {
	const char *verdict; /* "accepted", "would-refuse", "refused", "undecided" */
	int code;
	enum modseal_stage stage;
	const char *object;
	const char *asked;
	const char *kind;
	const char *digest;
	const char *evidence;
	const char *const *signers;
	const uint8_t *const *signer_keys;
	size_t signer_count;
	uint32_t rule; /* 0: none */
	const char *policy;
	uint64_t serial;
	const char *supplement;
	const char *anchor_source;
	const uint8_t *anchor_key;
	const char *mode;
	/* whose use of the object it is; 0: this process's */
	pid_t pid;
	pid_t parent;
	uid_t user;
	const char *program;
	const char *command;
	const char *reason;
	const char *remedy;
};

struct modseal_recorder_config {
	uint32_t to;	   /* bits of enum modseal_record_target */
	const char *file;  /* an absolute path; with the file among `to` */
	bool caller_owned; /* its directories may be the effective user's, too */
	bool refused_only; /* nothing of what was accepted without a remark */
	uint32_t per_minute;
	const char *syslog_socket;
	const char *journal_socket;
};

/* Which lines of one object and code are held back. No attacker can find two objects that
 * share a row: the numbers they are told apart by are made with a secret. */
#define MODSEAL_RECORD_ROWS 256
struct modseal_record_row {
	uint64_t key;
	int64_t minute; /* when its minute began, seconds */
	uint32_t written;
	uint32_t suppressed;
};

struct modseal_recorder {
	struct modseal_recorder_config config; /* borrows the texts */
	struct modseal_lock lock;	       /* over what follows */
	uint32_t forgotten; /* held back of objects whose row another has taken */
	struct modseal_record_row rows[MODSEAL_RECORD_ROWS];
	uint32_t secrets[2];
	int descriptor; /* of the file, or -1 */
	dev_t device;	/* what it was opened as */
	ino_t inode;
	bool torn;     /* the last line could be written in part only */
	uint64_t lost; /* records that could not be written somewhere */
	char program[4096];
};

/* Opens nothing yet. The caller frees. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_recorder_new(const struct modseal_recorder_config *config,
					    struct modseal_recorder **ret_recorder,
					    struct modseal_error *error);
void modseal_recorder_free(struct modseal_recorder **recorder);
/* One takes the place of another: it tells what that one has held back. */
void modseal_recorder_succeed(struct modseal_recorder *next,
			      struct modseal_recorder *present);

/* Writes a record, or counts it where there are too many. Never waits for a reader.
 * Returns how many could not be written so far. */
uint64_t modseal_record_write(struct modseal_recorder *recorder,
			      const struct modseal_record *record);

/*
 * True where a record of this object and code may be written now; *ret_suppressed are
 * those that were held back since the last. digest: of what was accepted, where that is
 * known: other bytes in the place of a file are another object, and nobody but signers
 * can make many of those. NULL: none. now: seconds that only grow.
 */
bool modseal_record_may(struct modseal_recorder *recorder, const char *object,
			const char *digest, int code, int64_t now,
			uint32_t *ret_suppressed);

/* ---- inside of the room --------------------------------------------------------------
 */

/* A text that grows; failed: memory ran out, and it is of no use. */
struct modseal_record_text {
	char *data;
	size_t size, room;
	bool failed;
};

enum modseal_record_form {
	MODSEAL_RECORD_JSON,
	MODSEAL_RECORD_LINE,
	MODSEAL_RECORD_JOURNAL
};

/* What a record is about: the object, or where none was found what was asked for. */
const char *modseal_record_object(const struct modseal_record *record);

/* Appends all fields in one of the forms. */
void modseal_record_print(struct modseal_record_text *text, enum modseal_record_form form,
			  const struct modseal_record *record, const char *program,
			  uint32_t suppressed);

/* Closes the file, if the descriptor still is its. */
void modseal_record_close(struct modseal_recorder *recorder);
/* 0 where the whole text went there. */
int modseal_record_to_file(struct modseal_recorder *recorder,
			   const struct modseal_record_text *line);
int modseal_record_to_socket(const char *path, const struct modseal_record_text *text);

#endif
