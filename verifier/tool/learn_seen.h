/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a proposal is made from, and what is known of each. */
#ifndef MODSEAL_TOOL_LEARN_SEEN_H
#define MODSEAL_TOOL_LEARN_SEEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modseal.h"

/* About 300 bytes of memory each; a large distribution image has a tenth of it. */
#define LEARN_MAX_FILES 1000000u
/* What a rule may list (modseal-policy(5)); a bit set of so many fits a number. */
#define LEARN_MAX_SIGNERS 64

/* What refuses a file that is left out, if a pattern matches it all the same. */
enum learn_refusal {
	LEARN_REFUSED_ANYWAY,	   /* every rule */
	LEARN_REFUSED_BY_EVIDENCE, /* every rule but one that asks for its place alone */
	LEARN_REFUSED_BY_NOTHING,
};

enum learn_form {
	LEARN_APPENDED,
	LEARN_DETACHED,
	LEARN_IMA,
	LEARN_CATALOG,
	LEARN_PROTECTED_PATH,
};

/* What a log says about a file; all texts are the log's, and nothing is decided by them.
 */
struct learn_records {
	uint64_t count;
	char first[32]; /* times, "" where none was readable */
	char last[32];
	json_t *codes;	  /* the members are the codes */
	json_t *programs; /* the first few */
	char *digest;	  /* "sha256:<hex>" of the newest record, or NULL */
	char *refusal;	  /* the first code that no rule can answer, or NULL */
};

struct learn_file {
	char *path;	 /* real; inside the image where there is one */
	char *needed_by; /* the first file that needs it, where that is why it is here */
	struct learn_records *records; /* NULL: not from a log */
	/* All that is in its directory was seen, and all below the directory that is the
	 * first so many bytes of its path: so a pattern may be as wide. */
	bool directory_seen;
	bool tree_seen;
	size_t tree;
	/* what the examination found: */
	enum modseal_kind kind;
	enum learn_form form;
	uint64_t signers; /* 1 << number, those whose signature verifies */
	bool caller;	  /* belongs to the caller, or a directory above it does */
	bool unbound;	  /* its name is not the one inside */
	bool foreign;	  /* of another machine */
	json_t *needed;	  /* its DT_NEEDED: a text, a list of them, or NULL */
	json_t *interpreter;
	bool examined;
	bool skipped;	/* nothing that is loaded, not worth a word */
	char *left_out; /* why no rule is proposed, or NULL */
	enum learn_refusal refusal;
	bool unnameable; /* only a pattern can match its name */
};

struct learn_seen {
	struct learn_file **files;
	size_t count;
	size_t room;
	void *tree;	/* the same by their paths, tsearch(3) */
	char **missing; /* "libx.so.1, which /usr/bin/y needs" */
	size_t missing_count;
};

/* The file of this path, added where it is new; NULL: out of memory, or too many. */
struct learn_file *learn_seen_add(struct learn_seen *seen, const char *path,
				  struct modseal_error *error);
/* The file of this path, or NULL. */
const struct learn_file *learn_seen_find(const struct learn_seen *seen, const char *path);

/* By their paths, byte by byte. Adding may go on afterwards. */
void learn_seen_sort(struct learn_seen *seen);
void learn_seen_clear(struct learn_seen *seen);

/* Says why a file is not proposed, if nothing is said yet. RESOURCE: out of memory. */
MODSEAL_MUST_CHECK int learn_leave_out(struct learn_file *file,
				       enum learn_refusal refusal,
				       struct modseal_error *error, const char *format,
				       ...) __attribute__((format(printf, 4, 5)));

int learn_no_memory(struct modseal_error *error);

#endif
