/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about a policy in the making. */
#ifndef MODSEAL_ADMIN_LINT_H
#define MODSEAL_ADMIN_LINT_H

#include "modseal-ask.h"
#include "policy/places.h"
#include "verifier/admin/kept.h"
#include "verifier/admin/way.h"
#include "verifier/context.h"

#define SECONDS_OF_A_DAY 86400

struct modseal_lint {
	const char *path; /* of the policy, for messages */
	struct modseal_span text;
	const struct modseal_policy *policy;
	const struct modseal_places *places;
	/* With all that the policy names; NULL: it could not be opened. */
	struct modseal_context *context;
	const char *root_directory; /* or NULL */
	int root;
	int64_t now;
	int64_t soon; /* what ends before this ends soon */
	modseal_finding_visit *visit;
	void *argument;
	bool link_found;
	bool placeholder_found;
	uint64_t shadow_effort; /* that is left */
	int result;		/* of the visitor, or of a failure */
	struct modseal_error *error;
};

/* Every kind of finding: X(NAME, "id", SEVERITY) */
#define MODSEAL_FINDING_LIST(X)                                                          \
	X(POLICY_ERROR, "policy-error", ERROR)                                           \
	X(UNUSABLE, "unusable", ERROR)                                                   \
	X(LINK_IN_PATH, "link-in-path", ERROR)                                           \
	X(CERTIFICATE_EXPIRED, "certificate-expired", ERROR)                             \
	X(REVOKED_IN_USE, "revoked-in-use", ERROR)                                       \
	X(POLICY_EXPIRED, "policy-expired", ERROR)                                       \
	X(SHADOWED_RULE, "shadowed-rule", WARNING)                                       \
	X(NEVER_MATCHES, "never-matches", WARNING)                                       \
	X(UNUSED_SIGNER, "unused-signer", WARNING)                                       \
	X(UNUSED_CATALOG, "unused-catalog", WARNING)                                     \
	X(UNUSED_SUPPLEMENT, "unused-supplement", WARNING)                               \
	X(NO_RULES, "no-rules", WARNING)                                                 \
	X(PATH_UNSAFE, "path-unsafe", WARNING)                                           \
	X(CERTIFICATE_EXPIRES, "certificate-expires", WARNING)                           \
	X(CERTIFICATE_NOT_YET, "certificate-not-yet", WARNING)                           \
	X(POLICY_EXPIRES, "policy-expires", WARNING)                                     \
	X(ISSUED_IN_FUTURE, "issued-in-future", WARNING)                                 \
	X(NO_CERTIFICATES, "no-certificates", WARNING)                                   \
	X(BROAD_PROTECTED_PATH, "broad-protected-path", WARNING)                         \
	X(ANONYMOUS_EXECUTABLE, "anonymous-executable", WARNING)                         \
	X(AUDIT_MODE, "audit-mode", WARNING)                                             \
	X(SERIAL_ZERO, "serial-zero", WARNING)                                           \
	X(PATH_MISSING, "path-missing", NOTE)                                            \
	X(RULES_NOT_COMPARED, "rules-not-compared", NOTE)                                \
	X(PLACEHOLDER, "placeholder", NOTE)                                              \
	X(NEVER_EXPIRES, "never-expires", NOTE)                                          \
	X(PINNED_EXPIRED, "pinned-expired", NOTE)                                        \
	X(SHORT_RSA_KEY, "short-rsa-key", NOTE)                                          \
	X(NO_REVOCATION_LISTS, "no-revocation-lists", NOTE)                              \
	X(ONE_OF_MANY, "one-of-many", NOTE)                                              \
	X(IDENTITY_UNBOUND, "identity-unbound", NOTE)                                    \
	X(OWNERS_CALLER, "owners-caller", NOTE)                                          \
	X(NOEXEC_ALLOWED, "noexec-allowed", NOTE)                                        \
	X(DELETED_ALLOWED, "deleted-allowed", NOTE)

enum modseal_finding_kind {
#define X(name, id, severity) MODSEAL_FINDING_##name,
	MODSEAL_FINDING_LIST(X)
#undef X
};

/* Tells one finding; nothing once lint->result is set. remedy may be NULL. */
void modseal_lint_tell(struct modseal_lint *lint, enum modseal_finding_kind kind,
		       struct modseal_place place, const char *remedy, const char *format,
		       ...) __attribute__((format(printf, 5, 6)));
/* The same with a remedy that is made up. */
const char *modseal_lint_remedy(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What each file of verifier/admin/lint_*.c looks at. */
void modseal_lint_root(struct modseal_lint *lint);
void modseal_lint_rules(struct modseal_lint *lint);
void modseal_lint_paths(struct modseal_lint *lint);
void modseal_lint_signers(struct modseal_lint *lint);
void modseal_lint_files(struct modseal_lint *lint);

#endif
