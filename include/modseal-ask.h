/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal-ask: answers for people about policies: drafts, explanations. Nothing here
 * decides for a process: it tells how it was, or would be, decided. Not in a library made
 * with VERIFY_ONLY=1.
 */
#ifndef MODSEAL_ASK_H
#define MODSEAL_ASK_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#define modseal modseal_handle
#endif

/* ---- drafts ----------------------------------------------------------------------- */

/*
 * Opens a context of a policy that nobody has signed, to ask what it would decide: for
 * checking only, so that modseal_verify refuses (ARGUMENT), and its verdicts say
 * "none (draft)" for the source of their anchor. It parses bytes that nobody vouched for,
 * so it belongs in a process that decides nothing; refused in secure execution.
 *
 * path says where relative file names start and stands in messages. root_directory: the
 * root of the image that the policy is for, or NULL for this system. The draft, and what
 * it names, may belong to root or the caller. The caller frees *ret_context with
 * modseal_free.
 *
 * Errors: ARGUMENT (no path or text; a supplement; secure execution), and those of
 * modseal_open.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_draft_open(const char *path,
						      const char *root_directory,
						      struct modseal_buffer text,
						      struct modseal **ret_context,
						      struct modseal_error *error);

/* ---- why a file is accepted or refused -------------------------------------------- */

/* An object met on the way from `/` to the file. */
struct modseal_met {
	const char *path; /* its real path */
	const char *link; /* where the symbolic link leads; NULL: no link */
	uint32_t owner;	  /* user ID */
	uint32_t mode;	  /* permission bits, 07777 */
	const char *risk; /* who could replace what lies there, or NULL */
	uint64_t reserved[2];
};

/* A rule that was tried, in the order of the policy; the last one may have matched. Where
 * it leaves the file to a supplement that one's rules follow. */
struct modseal_rule_tried {
	uint32_t line; /* in the policy, or the supplement */
	uint32_t matched;
	/* how near it came: the components of the path that its pattern allows, from
	 * the first on, or more than there are where it allows all of it */
	uint32_t components;
	uint32_t kind_matches;
	const char *path; /* its pattern */
	const char *kind;
	const char *why;	/* one clause */
	const char *supplement; /* whose rule it is; NULL: the policy's */
	uint64_t reserved[1];
};

/* What could vouch for the file. */
struct modseal_evidence_seen {
	const char *form; /* "appended", "detached", "ima", "catalog", "protected-path" */
	const char *place; /* the file, the name of the catalog */
	uint32_t present;
	uint32_t listed; /* the deciding rule asks for this form */
	int32_t code;	 /* what it says if the rule's signers are asked, or OK */
	uint32_t signer_count;
	const char *reason;	    /* of the code, one clause; NULL: OK */
	const char *const *signers; /* names in the policy of those whose good signature
				     * it is, whether the rule lists them or not */
	const char *const *claims;  /* what it says itself of its signers, unproved */
	uint32_t claim_count;
	uint32_t reserved_32;
	uint64_t reserved[2];
};

/* A directory that was searched for a name without '/'. */
struct modseal_searched {
	const char *path;   /* directory and spelling of the name */
	const char *answer; /* what is there */
	uint64_t reserved[2];
};

/* All texts are escaped as in struct modseal_error and live until the explanation is
 * freed. NULL and 0: not known, since it was not come so far. */
struct modseal_explanation {
	const char *asked;
	const char *path; /* the real path */
	const char *kind; /* what it is judged as; NULL: the rule would have said */
	const struct modseal_searched *searched;
	size_t searched_count;
	const struct modseal_met *met;
	size_t met_count;
	const struct modseal_rule_tried *rules;
	size_t rule_count;
	size_t rule_total; /* rules of the policy; those behind a match are not tried */
	const char *supplement; /* that decides; NULL: the policy does */
	uint32_t rule_line; /* of the deciding rule, in the policy or that supplement */
	uint32_t accepted;  /* or let through by audit mode: see the verdict */
	/* Its lines there; NULL where the text cannot be read any more. */
	const char *rule_text;
	const struct modseal_evidence_seen *evidence;
	size_t evidence_count;
	const char *evidence_problem; /* why it could not be looked at, or NULL */
	/* Accepted: with what it needs (modseal_verdict_dependency). */
	const struct modseal_verdict *verdict;
	/* Not accepted: code, stage, object, message, remedy. */
	const struct modseal_error *refusal;
	uint64_t reserved[7];
};

/*
 * Decides as modseal_check does, and tells what was met on the way. The decision is
 * modseal_check's own; what is told beside it is looked at afterwards, and so may be of
 * another moment if the file is being replaced. Returns 0 for refused files as well.
 *
 * Errors: ARGUMENT, RESOURCE, SYSTEM. The caller frees *ret_explanation with
 * modseal_explanation_free.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_explain(struct modseal *context, const char *path_or_name, enum modseal_kind kind,
		struct modseal_explanation **ret_explanation,
		struct modseal_error *error);
MODSEAL_API void modseal_explanation_free(struct modseal_explanation **explanation);

/* ---- what is wrong, weak or useless in a policy ----------------------------------- */

enum modseal_severity {
	MODSEAL_SEVERITY_NOTE,	  /* a choice that is weaker than it could be */
	MODSEAL_SEVERITY_WARNING, /* hardly what was meant */
	MODSEAL_SEVERITY_ERROR,	  /* cannot be used, or accepts nothing */
};

/* "note", "warning", "error" */
MODSEAL_API const char *modseal_severity_name(int severity);

/* One finding. Texts live until the callback returns. */
struct modseal_finding {
	/* Place in the text, both from 1, columns count characters; 0: none. */
	uint32_t line;
	uint32_t column;
	uint32_t severity; /* enum modseal_severity */
	uint32_t caret;	   /* as in struct modseal_error */
	const char *id;	   /* stable, of its kind: "shadowed-rule"; modseal(1) has them */
	const char *message;
	const char *remedy;
	const char *excerpt; /* as in struct modseal_error */
	uint64_t reserved[4];
};

/* A non-zero return ends the listing and becomes the result of the call. */
typedef int modseal_finding_visit(void *argument, const struct modseal_finding *finding);

#define MODSEAL_LINT_OPTIONS_VERSION 1u
struct modseal_lint_options {
	uint32_t version; /* MODSEAL_LINT_OPTIONS_VERSION */
	uint32_t days;	  /* what ends within so many is told; 0: 30 */
	/* The root of the image that the policy is for, or NULL: this system. */
	const char *root_directory;
	uint64_t reserved[4]; /* must be zero */
};

/*
 * Tells what is wrong, weak or useless in the text of a policy or supplement. Its
 * signature is not asked for: it is parsed whoever wrote it, so this belongs in a process
 * that decides nothing. path says where relative file names start and stands in messages.
 * A text that is no policy is one finding, not a failure. options NULL: the defaults.
 *
 * Errors: ARGUMENT, NOT_FOUND (no such root), RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_lint(const char *path, struct modseal_buffer text,
	     const struct modseal_lint_options *options, modseal_finding_visit *visit,
	     void *argument, struct modseal_error *error);

/* ---- what differs between two policies --------------------------------------------- */

struct modseal_policy_text {
	const char *path; /* where relative file names start, and for messages */
	struct modseal_buffer text;
};

/* One difference. Texts live until the callback returns. */
struct modseal_difference {
	const char *what;   /* "policy", "signer", "catalog", "supplement", "rule",
			     * "order", "version", "revoked" */
	const char *change; /* "added", "removed", "changed", "moved" */
	uint32_t old_line;  /* 0: none, or the whole policy */
	uint32_t new_line;
	const char *words; /* one clause */
	uint64_t reserved[4];
};

/* A non-zero return ends the listing and becomes the result of the call. */
typedef int modseal_difference_visit(void *argument,
				     const struct modseal_difference *difference);

/*
 * Tells in what two policies (or two supplements) differ as they are understood:
 * spelling, comments and the order of keys make no difference, nor does that of rules
 * that match no file in common. Signatures are not looked at. What the policies name is
 * read where it is there: without a signer's certificate file it is compared by its
 * digest in the policy. root_directory: the root of the image that they are for, or NULL.
 *
 * Errors: POLICY_INVALID, ARGUMENT, RESOURCE.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_policy_diff(const struct modseal_policy_text *before,
		    const struct modseal_policy_text *after, const char *root_directory,
		    modseal_difference_visit *visit, void *argument,
		    struct modseal_error *error);

/* ---- expected verdicts ------------------------------------------------------------ */

/* One line of a table of expected verdicts, compared. Texts live until the callback
 * returns. */
struct modseal_case_result {
	uint32_t line; /* in the table */
	uint32_t passed;
	const char *path;
	const char *why;      /* of the table, for people; NULL: not given */
	const char *expected; /* "accepted", "would-refuse", "refused", "undecided" */
	const char *differs;  /* what is not as expected; NULL: passed */
	int32_t code; /* of the verdict; in audit mode, with which it would refuse */
	uint32_t reserved_32;
	const struct modseal_explanation *explanation;
	uint64_t reserved[4];
};

/* Called for each case in the order of the table. A non-zero return ends the run and
 * becomes the result of the call. */
typedef int modseal_case_visit(void *argument, const struct modseal_case_result *result);

/*
 * Judges every file that a table of expected verdicts lists (modseal(1), under CASES) and
 * tells how each compares. path stands in messages about the text. *ret_failed: how many
 * differ.
 *
 * Errors: POLICY_INVALID (the table is not well-formed: line and column are named),
 * ARGUMENT, RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_cases_run(struct modseal *context, const char *path, struct modseal_buffer text,
		  modseal_case_visit *visit, void *argument, size_t *ret_failed,
		  struct modseal_error *error);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
