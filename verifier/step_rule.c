/* SPDX-License-Identifier: Apache-2.0 */
/* Step 3: which rule decides, whether its text still counts, and what it says of the
 * place. */
#include <string.h>

#include "policy/delegation.h"
#include "policy/rules.h"
#include "verifier/audit.h"
#include "verifier/expiry.h"
#include "verifier/step_evidence.h"
#include "verifier/step_rule.h"
#include "verifier/supplements_open.h"
#include "verifier/use.h"

/* A context may outlive what it was opened by. */
static int judge_expiry(struct modseal_subject *s, const struct modseal_policy *policy,
			const char *what, const char *path, struct modseal_error *error)
{
	const struct modseal_policy_expiry *expiry = &policy->expiry;
	char when[MODSEAL_POLICY_TIME_SIZE];
	int result = modseal_expiry_judge(s->context, expiry, path, error);

	if (result < 0 || !modseal_expiry_is_past(s->context, expiry))
		return result;
	modseal_policy_time_text(expiry->time, when);
	modseal_verdict_remark_add(s->verdict, "the %s expired on %s", what, when);
	return 0;
}

int modseal_step_expiry(struct modseal_subject *s, struct modseal_error *error)
{
	return judge_expiry(s, s->context->base.policy, "policy", s->context->policy_path,
			    error);
}

/* What audit mode judges a file by that no rule is for: nothing is asked but what is
 * refused in audit mode, too, such as a malformed signature. */
static const struct modseal_rule no_rule = {
	.evidence = {MODSEAL_EVIDENCE_APPENDED},
	.evidence_count = 1,
	.require = 1,
	.any_machine = true,
	.hand_off = {MODSEAL_HAND_OFF_SEALED},
	.hand_off_count = 1,
};

static int audit_without_rule(struct modseal_subject *s, int result,
			      struct modseal_error *error)
{
	const char *end;

	result = modseal_audit(s, result, error);
	if (result < 0)
		return result;
	s->rule = &no_rule;
	if (s->kind != MODSEAL_KIND_BY_RULE)
		return 0;
	end = strrchr(s->located.path, '.');
	s->kind = end && strcmp(end, ".ko") == 0 ? MODSEAL_KIND_KERNEL_MODULE
						 : MODSEAL_KIND_LIBRARY;
	return 0;
}

/* What lies here is the supplement's to decide: where it says nothing the answer is no,
 * and no later rule of the policy is asked. */
static int find_delegated(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_rule *delegation = s->rule;
	const struct modseal_context_supplement *supplement =
		&s->context->supplements[delegation->supplement];
	const char *name =
		s->context->base.policy->supplements[delegation->supplement].name;
	enum modseal_evidence weak;
	int result;

	if (supplement->fault) {
		if (error)
			*error = *supplement->fault;
		return supplement->fault->code;
	}
	s->authority = &supplement->authority;
	result = judge_expiry(s, s->authority->policy, "supplement",
			      supplement->part.path, error);
	if (result < 0)
		return result;
	s->verdict->supplement = strdup(name);
	if (!s->verdict->supplement)
		return modseal_fail_memory(error, MODSEAL_STAGE_RULE);
	s->verdict->supplement_serial = s->authority->policy->serial;
	s->rule = modseal_policy_decide(s->authority->policy, s->located.path, s->kind);
	if (!s->rule) {
		result = modseal_fail(error, MODSEAL_E_PATH_NOT_ALLOWED,
				      MODSEAL_STAGE_RULE, s->located.path,
				      "line %u of the policy leaves %s to the supplement "
				      "'%s', which has no rule for it",
				      delegation->line, delegation->path, name);
		return audit_without_rule(s, result, error);
	}
	weak = modseal_delegation_too_weak(delegation, s->rule);
	if (weak == MODSEAL_EVIDENCE_COUNT)
		return 0;
	result = modseal_fail(
		error, MODSEAL_E_PATH_NOT_ALLOWED, MODSEAL_STAGE_RULE, s->located.path,
		"line %u of the supplement '%s' accepts `%s`, and line %u of "
		"the policy wants evidence at least as strong as `%s` here",
		s->rule->line, name, modseal_evidence_name(weak), delegation->line,
		modseal_evidence_name(delegation->minimum_evidence));
	return modseal_audit(s, result, error);
}

/* The word of `kind` is what rules are most often short of: /usr/lib is open to
 * libraries, and a program lies there. */
static int fail_without_rule(const struct modseal_subject *s, struct modseal_error *error)
{
	static const char *const names[] = {"library", "program", "kernel-module"};
	const struct modseal_rule *other = NULL;
	int result = modseal_fail(error, MODSEAL_E_PATH_NOT_ALLOWED, MODSEAL_STAGE_RULE,
				  s->located.path, NULL);

	if (s->kind == MODSEAL_KIND_BY_RULE)
		return result;
	for (int kind = 0; !other && kind < MODSEAL_KIND_COUNT; kind++)
		other = modseal_policy_decide(s->context->base.policy, s->located.path,
					      (enum modseal_kind)kind);
	if (other)
		result = modseal_fail(error, MODSEAL_E_PATH_NOT_ALLOWED,
				      MODSEAL_STAGE_RULE, s->located.path,
				      "no rule of the policy allows this path as `kind: "
				      "%s`; the one in line %u is of `kind: %s`",
				      names[s->kind], other->line, names[other->kind]);
	if (other || s->kind != MODSEAL_KIND_LIBRARY)
		modseal_remedy(error,
			       "add a rule of `kind: %s` for its real path, or move the "
			       "file to an allowed place",
			       names[s->kind]);
	return result;
}

static int find_rule(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_policy *policy = s->context->base.policy;

	s->authority = &s->context->base;
	s->rule = modseal_policy_decide(policy, s->located.path, s->kind);
	if (!s->rule && s->use && s->use->flags & MODSEAL_USE_EITHER)
		s->rule = modseal_policy_decide(policy, s->located.path,
						MODSEAL_KIND_PROGRAM);
	s->audits = s->rule && s->rule->mode_given ? s->rule->audits : policy->audits;
	s->verdict->audited = s->audits;
	if (s->rule)
		return s->rule->delegates ? find_delegated(s, error) : 0;
	return audit_without_rule(s, fail_without_rule(s, error), error);
}

/* How the tree of an image is mounted here says nothing of the image. */
static int judge_mount(const struct modseal_subject *s, struct modseal_error *error)
{
	if (s->located.noexec && !s->rule->noexec_allowed && s->context->root < 0 &&
	    s->kind != MODSEAL_KIND_KERNEL_MODULE)
		return modseal_fail(error, MODSEAL_E_NOEXEC, MODSEAL_STAGE_RULE,
				    s->located.path, NULL);
	return 0;
}

int modseal_step_rule(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_located *located = &s->located;
	enum modseal_path_safety level;
	int result = find_rule(s, error);

	if (result < 0 || s->rule == &no_rule)
		return result;
	s->kind = s->rule->kind;
	result = modseal_audit(s, judge_mount(s, error), error);
	if (result < 0)
		return result;
	/* Where the file system's word about owners is not believed, only signatures
	 * count. */
	if (located->safety == MODSEAL_PATH_UNTRUSTED && !s->in_place &&
	    modseal_rule_wants_signature(s->rule))
		return 0;
	level = s->rule->owners == MODSEAL_OWNERS_CALLER ? MODSEAL_PATH_CALLER
							 : MODSEAL_PATH_ROOT;
	if (!modseal_rule_wants_signature(s->rule))
		level = MODSEAL_PATH_PROTECTED;
	result = modseal_path_require(located, level, error);
	s->unprotected = result < 0;
	return modseal_audit(s, result, error);
}
