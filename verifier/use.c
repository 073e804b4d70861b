/* SPDX-License-Identifier: Apache-2.0 */
/* For enforcers: one file that another process is about to use. */
#include "verifier/use.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/rules.h"
#include "verifier/audit.h"
#include "verifier/handle.h"
#include "verifier/recording.h"

const int *modseal_subject_root(const struct modseal_subject *s)
{
	return s->use ? &s->use->root : &s->context->root;
}

int modseal_step_use(struct modseal_subject *s, struct modseal_error *error)
{
	int result;

	if (!s->use || s->to_load)
		return 0;
	/* where a file system lies about owners everything it says is a lie */
	if (s->located.safety >= MODSEAL_PATH_ROOT)
		s->verdict->held = "root";
	else if (s->verity_known)
		s->verdict->held = "verity";
	if (s->verdict->held)
		return 0;
	result = modseal_fail(error, MODSEAL_E_HAND_OFF_UNAVAILABLE, MODSEAL_STAGE_IMAGE,
			      s->located.path,
			      "others than root could change it while it is in use: %s",
			      s->located.reason);
	if (s->kind == MODSEAL_KIND_LIBRARY)
		modseal_remedy(error,
			       "let only root write it, enable fs-verity on it, or "
			       "use `modseal run --seal`");
	else
		modseal_remedy(error, "let only root write it and every directory above "
				      "it, or enable fs-verity on it");
	return modseal_audit(s, result, error);
}

static int check_use(const struct modseal_context *context, const struct modseal_use *use,
		     struct modseal_error *error)
{
	static const uint64_t zeros[4];
	const char *why = NULL;

	if (!use || use->version != MODSEAL_USE_VERSION)
		why = "unknown version of the use";
	else if (use->flags & ~(MODSEAL_USE_SCRIPT | MODSEAL_USE_EITHER))
		why = "unknown flag";
	else if (use->reserved32 ||
		 memcmp(use->reserved, zeros, sizeof(use->reserved)) != 0)
		why = "a reserved member is not zero";
	else if (use->kind != MODSEAL_KIND_LIBRARY && use->kind != MODSEAL_KIND_PROGRAM)
		why = "neither a library nor a program";
	else if (!use->path || use->path[0] != '/')
		why = "no absolute path";
	else if (context->root >= 0)
		why = "the context is for the tree of an image";
	if (!why)
		return 0;
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
			    use ? use->path : NULL, "%s", why);
}

/* Of a file that was refused before its rule was looked for, that of the path that was
 * asked for. */
static bool is_enforced(const struct modseal_subject *s)
{
	const struct modseal_policy *policy = s->context->base.policy;
	const struct modseal_rule *rule = s->rule;

	if (rule)
		return !s->audits;
	rule = modseal_policy_decide(policy, s->use->path, s->kind);
	if (!rule && s->use->flags & MODSEAL_USE_EITHER)
		rule = modseal_policy_decide(policy, s->use->path, MODSEAL_KIND_PROGRAM);
	return rule && rule->mode_given && !rule->audits;
}

static int judge(struct modseal *handle, const struct modseal_use *use, bool to_load,
		 struct modseal_subject *s, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	struct modseal_error own;
	int cancel, result;
	bool enforced;

	if (!error) /* audit mode asks which step refused */
		error = &own;
	modseal_error_clear(error);
	result = modseal_handle_take(handle, &context, error);
	if (result == 0)
		result = check_use(context, use, error);
	if (result < 0) {
		modseal_context_close(&context);
		return result;
	}
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	*s = (struct modseal_subject){.context = context,
				      .asked = use->path,
				      .given = &use->descriptor,
				      .use = use,
				      .in_place = !to_load,
				      .to_load = to_load,
				      .kind = use->kind};
	result = modseal_subject_run(s, error);
	enforced = is_enforced(s);
	result = modseal_subject_conclude(s, result, error);
	pthread_setcancelstate(cancel, NULL);
	if (result < 0) {
		error->enforced = enforced;
		modseal_context_close(&context);
	} else {
		s->context = context;
	}
	return result;
}

/* Takes the verdict; what is left of the subject needs its context to the end. */
static struct modseal_verdict *finish(struct modseal_subject *s)
{
	struct modseal_context *context = s->context;
	struct modseal_verdict *verdict = s->verdict;

	s->verdict = NULL;
	modseal_subject_clear(s);
	modseal_context_close(&context);
	return verdict;
}

int modseal_guard_use(struct modseal *handle, const struct modseal_use *use,
		      struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	struct modseal_subject s;
	int result = judge(handle, use, false, &s, error);

	if (result < 0)
		return result;
	*ret_verdict = finish(&s);
	return 0;
}

int modseal_guard_copy(struct modseal *handle, const struct modseal_use *use,
		       int *ret_descriptor, struct modseal_verdict **ret_verdict,
		       struct modseal_error *error)
{
	struct modseal_subject s;
	int descriptor = -1, result = judge(handle, use, true, &s, error);

	if (result < 0)
		return result;
	if (s.hand_off == MODSEAL_HAND_OFF_SEALED)
		modseal_bytes_release(&s.bytes, &descriptor);
	*ret_descriptor = descriptor;
	*ret_verdict = finish(&s);
	return 0;
}

int modseal_guard_record(struct modseal *handle, const struct modseal_use *use,
			 const struct modseal_error *refusal, int passed,
			 struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	if (!use || use->version != MODSEAL_USE_VERSION || !refusal)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, NULL,
				    "no use, or of an unknown version, or no refusal");
	result = modseal_handle_take(handle, &context, error);
	if (result == 0)
		modseal_recording_use(context, use, refusal, passed != 0);
	modseal_context_close(&context);
	return result;
}

/* Where the files of a rule are; the caller frees. NULL: no memory. */
static char *place_of(const struct modseal_rule *rule)
{
	size_t length = modseal_pattern_fixed(rule->path);

	while (length > 1 && rule->path[length - 1] != '/')
		length--;
	if (length > 1)
		length--;
	return strndup(rule->path, length);
}

static int tell_places(const struct modseal_policy *policy, modseal_place_visit *visit,
		       void *argument, struct modseal_error *error)
{
	char *place = NULL;
	int result = 0;

	for (size_t i = 0; result == 0 && i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];
		char *before = place;

		/* of what is left to another, files of every kind match */
		if (rule->kind == MODSEAL_KIND_KERNEL_MODULE && !rule->delegates)
			continue;
		place = place_of(rule);
		if (!place)
			result = modseal_fail_memory(error, MODSEAL_STAGE_RULE);
		else if (!before || strcmp(before, place) != 0)
			result = visit(argument, place);
		free(before);
	}
	free(place);
	return result;
}

int modseal_guard_places(struct modseal *handle, modseal_place_visit *visit,
			 void *argument, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	if (!visit)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_RULE, NULL,
				    "nobody to tell of the places");
	result = modseal_handle_take(handle, &context, error);
	if (result < 0)
		return result;
	if (context->base.policy->audits)
		result = visit(argument, "/");
	else
		result = tell_places(context->base.policy, visit, argument, error);
	modseal_context_close(&context);
	return result;
}

int modseal_is_audit(struct modseal *handle)
{
	struct modseal_context *context = NULL;
	int audits;

	if (modseal_handle_take(handle, &context, NULL) < 0)
		return 0;
	audits = context->base.policy->audits;
	modseal_context_close(&context);
	return audits;
}
