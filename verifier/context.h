/* SPDX-License-Identifier: Apache-2.0 */
/* A context from inside: one authenticated policy and what it names, immutable once open.
 */
#ifndef MODSEAL_CONTEXT_H
#define MODSEAL_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "keys/keys.h"
#include "policy/policy.h"
#include "policy/state.h"
#include "verifier/image/copies.h"
#include "verifier/image/path.h"
#include "verifier/image/spares.h"
#include "verifier/loader/gate.h"
#include "verifier/signature/cms_memory.h"

struct modseal_context;
struct modseal_recorder;	   /* verifier/record/record.h */
struct modseal_context_supplement; /* verifier/supplements_open.h */
struct modseal_context_catalog;	   /* verifier/catalogs_open.h */

/* Who may vouch for a file, by whose signed word. */
struct modseal_authority {
	struct modseal_policy *policy;
	struct modseal_signer **signers; /* in the order of policy->signers */
	struct modseal_revoked revoked;	 /* borrows the policy's digests */
	/* in the order of policy->catalogs; each authenticated and parsed */
	struct modseal_context_catalog *catalogs;
	/* A supplement's, which it borrows: its real path, where relative names start.
	 * NULL: the policy. */
	const char *path;
	const char *supplement; /* its name, borrowed from the policy; NULL: the policy */
	void *merged[3];	/* memory of revoked where it is not the policy's */
};

struct modseal_set; /* verifier/admin/install_set.h */

/* How a policy that is to be installed is read, and every file that is read kept
 * (verifier/admin/gather.h). */
struct modseal_gatherer {
	/* instead of judging who owns a file and its directories */
	int (*open)(const struct modseal_context *context, const char *path,
		    struct modseal_located *ret_located, struct modseal_error *error);
	/* by its real path; by its name in the policy; the policy itself */
	int (*take)(const struct modseal_context *context, const char *path,
		    struct modseal_span bytes, struct modseal_error *error);
	int (*take_named)(const struct modseal_context *context, const char *name,
			  struct modseal_span bytes, struct modseal_error *error);
	int (*take_policy)(const struct modseal_context *context,
			   struct modseal_span text, struct modseal_span signature,
			   struct modseal_error *error);
	struct modseal_set *set;
};

/* How an installation opens contexts; zero in every member: as everybody else. */
struct modseal_open_how {
	/* Judge by these floors, not by those of the state file. Borrowed. */
	const struct modseal_state *floors;
	/* Give a copy of every file that is read. The policy may then lie anywhere, the
	 * files in its directory, and belong to anybody: they are authenticated one by
	 * one, and the copy is judged where it will be used. */
	const struct modseal_gatherer *gather;
	/* Signed times up to here are known already: that of the context before. */
	int64_t time_floor;
	bool strict; /* as MODSEAL_OPEN_STRICT */
};

/* Those who may sign policies, each by one exact key. */
struct modseal_signatories {
	struct modseal_signer **signers;
	size_t count;
	uint32_t require; /* how many different ones */
};

struct modseal_context {
	atomic_uint references; /* the caller's, and one for each image it approved */
	struct modseal_recorder *recorder; /* of verdicts; NULL: none are asked for */
	atomic_bool loss_told;		   /* a record could not be written */
	atomic_ulong would_refuse;	   /* what audit mode let through so far */
	uint32_t flags;			   /* MODSEAL_OPEN_* */
	unsigned threads;		   /* that a call may use; 0: its own */
	bool debug;
	bool strict; /* a part of the policy that is not good now is a failure */
	struct modseal_crypto *crypto;
	struct modseal_authority base; /* the policy */
	/* in the order of the policy's supplements */
	struct modseal_context_supplement *supplements;
	uint8_t policy_digest[MODSEAL_SHA256_SIZE]; /* of its text */
	char *policy_path;			    /* as it was asked for, absolute */
	char *policy_real; /* with all links resolved, once it is open; NULL: a draft */
	int root; /* where the judged files are: an image tree, or MODSEAL_ROOT_OF_PROCESS
		   */
	int policy_root; /* the same of the policy and what it names; borrows root */
	const char *anchor_source;	 /* "built-in", "directory", "file", "options" */
	struct modseal_signer **anchors; /* all that may sign this policy */
	char **anchor_names;		 /* the policy name each expects; NULL: any */
	size_t anchor_count;
	bool anchor_signed[MODSEAL_MAX_ANCHORS]; /* the policy, where anchors decide */
	struct modseal_signer *recovery; /* compiled in, and of use here; or NULL */
	bool recovered; /* the policy was signed with its key, and is not installed yet */
	/* Where the state says that anchors do not: who may have signed this policy. */
	struct modseal_signatories present;
	/* Who may sign the next, where the policy or the state says so; else those who
	 * may have signed this one. */
	struct modseal_signatories next;
	/* The rollback state; NULL: an older policy is not noticed. Own or borrowed. */
	const struct modseal_state *state;
	struct modseal_state *own_state;
	/* The newest time that somebody trusted for it has signed (R28): no certificate
	 * is judged at an earlier one. Seconds since 1970; final once open. */
	int64_t time_floor;
	char *const *search; /* the policy's, or the built-in default */
	size_t search_count;
	/* see struct modseal_open_how; NULL once open */
	const struct modseal_gatherer *gather;
	struct modseal_gate gate;
	struct modseal_copies copies; /* of the images it approved */
	struct modseal_spares spares; /* for bytes while they are read */
	struct modseal_cms_memory memory;
};

/* modseal_open without the process gate, and in the way an installation needs. */
MODSEAL_MUST_CHECK int modseal_context_open(const struct modseal_options *options,
					    const struct modseal_open_how *how,
					    struct modseal_context **ret_context,
					    struct modseal_error *error);

/* The same as everybody else opens one, and the process judged by it (unless it only
 * checks). */
MODSEAL_MUST_CHECK int modseal_context_start(const struct modseal_options *options,
					     struct modseal_context **ret_context,
					     struct modseal_error *error);

/* An open context begins to decide: the process is judged by it (unless it only checks).
 * Errors: those of modseal_gate_check. */
MODSEAL_MUST_CHECK int modseal_context_begin(struct modseal_context *context,
					     struct modseal_error *error);

/*
 * The same to take the place of another: of the same policy name, with no serial and no
 * time floor below its own. Errors: as modseal_context_start; POLICY_NAME, ROLLBACK.
 */
MODSEAL_MUST_CHECK int modseal_context_succeed(const struct modseal_context *present,
					       const struct modseal_options *options,
					       struct modseal_context **ret_context,
					       struct modseal_error *error);

/*
 * A policy that nobody has signed, with all it names, to ask what it would decide: for
 * checking only. No call that decides for a process may come here. path: where the text
 * would lie; it may be a supplement's, too. strict: as MODSEAL_OPEN_STRICT. Errors:
 * ARGUMENT, and those of modseal_policy_resolve.
 */
MODSEAL_MUST_CHECK int modseal_context_draft(const char *path, const char *root_directory,
					     struct modseal_buffer text, bool strict,
					     struct modseal_context **ret_context,
					     struct modseal_error *error);

/*
 * The real path of the directory of path, with its last component; the caller frees.
 * NULL: no memory. Only a spelling: the walk from `/` judges what it finds.
 */
char *modseal_path_resolved(const char *path);
/* The same of a path that is relative to the current directory; a copy of others. */
char *modseal_path_absolute(const char *path);

/* Who may own the policy's own files. */
static inline enum modseal_path_safety modseal_context_own_level(uint32_t flags)
{
	return flags & MODSEAL_OPEN_CALLER_OWNED ? MODSEAL_PATH_CALLER
						 : MODSEAL_PATH_ROOT;
}

/* The clock a signature is judged by: now, and the context's time floor. */
struct modseal_clock modseal_context_clock(const struct modseal_context *context);

/*
 * The latest time that something the policy names may raise the floor to: the later of
 * clock and floor. Without an end where the clock is more than a day behind the floor and
 * so known to be wrong (R28): else one catalog or list from the future could make
 * everything expire that others have signed, and no clock would be right again.
 */
int64_t modseal_context_latest(const struct modseal_context *context);

/* A signed time that was authenticated: of a policy, or of what it names. */
static inline void modseal_context_raise_floor(struct modseal_context *context,
					       int64_t signed_time)
{
	if (signed_time > context->time_floor)
		context->time_floor = signed_time;
}

/* One more reference, and giving one back (the last frees). */
void modseal_context_ref(struct modseal_context *context);
void modseal_context_release(void *context);
static inline void modseal_context_close(struct modseal_context **context)
{
	if (*context)
		modseal_context_release(*context);
	*context = NULL;
}

/* MODSEAL_DEBUG: one line on standard error; names and codes only, never secrets or
 * addresses. */
void modseal_debug(const struct modseal_context *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* True if MODSEAL_DEBUG is set and the process does not run with raised rights. */
bool modseal_debug_wanted(void);

#endif
