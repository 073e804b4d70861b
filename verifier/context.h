/* SPDX-License-Identifier: Apache-2.0 */
/* A context from inside: one authenticated policy and what it names, immutable once open.
 */
#ifndef MODSEAL_CONTEXT_H
#define MODSEAL_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "keys/keys.h"
#include "policy/policy.h"
#include "verifier/image/path.h"
#include "verifier/loader/gate.h"

struct modseal {
	atomic_uint references; /* the caller's, and one for each image it approved */
	uint32_t flags;		/* MODSEAL_OPEN_* */
	bool debug;
	struct modseal_crypto *crypto;
	struct modseal_policy *policy;
	uint8_t policy_digest[MODSEAL_SHA256_SIZE]; /* of its text */
	char *policy_path;			    /* as it was asked for, absolute */
	char *policy_real; /* with all links resolved, once it is open; NULL: a draft */
	const char *anchor_source;	 /* "built-in", "directory", "file", "options" */
	struct modseal_signer **anchors; /* all that may sign this policy */
	char **anchor_names;		 /* the policy name each expects; NULL: any */
	size_t anchor_count;
	struct modseal_signer **signers; /* in the order of policy->signers */
	struct modseal_revoked revoked;	 /* borrows the policy's digests */
	char *const *search;		 /* the policy's, or the built-in default */
	size_t search_count;
	struct modseal_gate gate;
};

/* Who may own the policy's own files. */
static inline enum modseal_path_safety modseal_context_own_level(uint32_t flags)
{
	return flags & MODSEAL_OPEN_CALLER_OWNED ? MODSEAL_PATH_CALLER
						 : MODSEAL_PATH_ROOT;
}

/* The clock a signature is judged by: now, and the policy's `issued` as the floor. */
struct modseal_clock modseal_context_clock(const struct modseal *context);

/* One more reference, and giving one back (the last frees). */
void modseal_context_ref(struct modseal *context);
void modseal_context_release(void *context);

/* MODSEAL_DEBUG: one line on standard error; names and codes only, never secrets or
 * addresses. */
void modseal_debug(const struct modseal *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* True if MODSEAL_DEBUG is set and the process does not run with raised rights. */
bool modseal_debug_wanted(void);

#endif
