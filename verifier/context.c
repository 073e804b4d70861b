/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and freeing a context, and what it tells the process gate. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "internal/builtin.h"
#include "internal/calls.h"
#include "modseal-inspect.h"
#include "policy/rules.h"
#include "verifier/audit.h"
#include "verifier/authority_open.h"
#include "verifier/catalogs_open.h"
#include "verifier/context.h"
#include "verifier/expiry.h"
#include "verifier/image/crew.h"
#include "verifier/policy_open.h"
#include "verifier/policy_signers.h"
#include "verifier/process/bindings.h"
#include "verifier/real_paths.h"
#include "verifier/record/record.h"
#include "verifier/recording.h"
#include "verifier/search.h"
#include "verifier/set_digest.h"
#include "verifier/state_open.h"
#include "verifier/supplements_open.h"
#include "verifier/verify.h"

#define DAY (24 * 60 * 60)
#define KNOWN_FLAGS                                                                      \
	(MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED | MODSEAL_OPEN_STRICT |     \
	 MODSEAL_OPEN_KERNEL_ONLY)
/* Nothing is loaded into this process: it need not be judged. */
#define FLAGS_WITHOUT_GATE (MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_KERNEL_ONLY)

struct modseal_clock modseal_context_clock(const struct modseal_context *context)
{
	struct timespec now = {0};

	/* A clock that cannot be read is a clock at 1970: the floor decides. */
	clock_gettime(CLOCK_REALTIME, &now);
	return (struct modseal_clock){
		.now = now.tv_sec,
		.floor = context->time_floor,
	};
}

int64_t modseal_context_latest(const struct modseal_context *context)
{
	struct modseal_clock clock = modseal_context_clock(context);

	if (clock.floor > clock.now && clock.floor - clock.now > DAY)
		return INT64_MAX;
	return clock.now > clock.floor ? clock.now : clock.floor;
}

void modseal_context_ref(struct modseal_context *context)
{
	atomic_fetch_add(&context->references, 1);
}

void modseal_context_release(void *argument)
{
	struct modseal_context *context = argument;

	if (atomic_fetch_sub(&context->references, 1) != 1)
		return;
	modseal_recorder_free(&context->recorder);
	modseal_supplements_close(context);
	modseal_authority_close(&context->base);
	for (size_t i = 0; i < context->anchor_count; i++) {
		modseal_signer_free(&context->anchors[i]);
		free(context->anchor_names[i]);
	}
	free(context->anchors);
	free(context->anchor_names);
	modseal_signer_free(&context->recovery);
	modseal_signatories_close(&context->present);
	modseal_signatories_close(&context->next);
	modseal_state_free(&context->own_state);
	modseal_cms_memory_clear(&context->memory);
	modseal_crypto_free(&context->crypto);
	free(context->policy_path);
	free(context->policy_real);
	modseal_copies_destroy(&context->copies);
	modseal_spares_clear(&context->spares);
	if (context->root >= 0)
		close(context->root);
	free(context);
}

static int check_options(const struct modseal_options *options,
			 struct modseal_error *error)
{
	uint64_t reserved;

	if (!options || options->version != MODSEAL_OPTIONS_VERSION)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "%s: .version has to be %u",
				    options ? "options of an unknown version"
					    : "there are no options, not even empty ones",
				    MODSEAL_OPTIONS_VERSION);
	if (options->flags & ~KNOWN_FLAGS)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "unknown flags 0x%x",
				    options->flags & ~KNOWN_FLAGS);
	reserved = options->reserved_threads;
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		reserved |= options->reserved[i];
	if (reserved)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "a reserved member is not zero");
	/* Whoever starts a set-user-ID program may not choose who is believed. */
	if ((options->flags & MODSEAL_OPEN_CALLER_OWNED) && getauxval(AT_SECURE))
		return modseal_fail(
			error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT, NULL,
			"caller-owned policies are refused in secure execution");
	return 0;
}

char *modseal_path_resolved(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *directory, *real, *joined = NULL;

	directory = slash ? strndup(path, (size_t)(slash - path + (slash == path)))
			  : strdup(".");
	real = directory ? modseal_realpath(directory) : NULL;
	free(directory);
	if (!real)
		return errno == ENOMEM ? NULL : strdup(path); /* the walk tells why */
	if (asprintf(&joined, "%s/%s", strcmp(real, "/") == 0 ? "" : real, base) < 0)
		joined = NULL;
	free(real);
	return joined;
}

char *modseal_path_absolute(const char *path)
{
	return path[0] == '/' ? strdup(path) : modseal_path_resolved(path);
}

/* Whoever names a root names a tree to look at, not where this process loads from. */
static int open_root(struct modseal_context *context,
		     const struct modseal_options *options, struct modseal_error *error)
{
	int result;

	if (!options->root_directory)
		return 0;
	if (!(options->flags & MODSEAL_OPEN_CHECK_ONLY))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    options->root_directory,
				    "the root of an image is for checking only");
	result = modseal_root_open(options->root_directory, &context->root, error);
	if (result == 0 && !options->policy_path)
		context->policy_root = context->root;
	return result;
}

static int context_new(const char *policy_path, uint32_t flags,
		       struct modseal_context **ret_context, struct modseal_error *error)
{
	struct modseal_context *context = calloc(1, sizeof(*context));
	int result;

	if (!context)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	atomic_init(&context->references, 1);
	modseal_copies_init(&context->copies);
	context->flags = flags;
	context->root = context->policy_root = MODSEAL_ROOT_OF_PROCESS;
	context->debug = modseal_debug_wanted();
	context->policy_path =
		modseal_path_absolute(policy_path ? policy_path : MODSEAL_DEFAULT_POLICY);
	result = context->policy_path ? modseal_crypto_new(&context->crypto, error)
				      : modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	if (result < 0) {
		modseal_context_release(context);
		return result;
	}
	*ret_context = context;
	return 0;
}

/* ---- what the process gate asks -----------------------------------------------------
 */

static int gate_verify(void *argument, const char *path, enum modseal_kind kind,
		       struct modseal_gate_object *ret_object,
		       struct modseal_error *error)
{
	return modseal_judge_object(argument, path, kind, ret_object, error);
}

static int gate_find(void *argument, const char *needer, enum modseal_kind kind,
		     const char *name, char **ret_path, struct modseal_error *error)
{
	const struct modseal_context *context = argument;
	struct modseal_located located;
	struct modseal_search search;
	int result;

	if (name[0] == '/') {
		result = modseal_path_open_in(context->root, name, &located, error);
	} else {
		result = modseal_search_open(
			context,
			modseal_policy_decide(context->base.policy, needer, kind), needer,
			&search, error);
		if (result < 0)
			return result;
		result = modseal_path_find(context->root, search.directories,
					   search.count, name, &located, error);
		modseal_search_close(&search);
	}
	if (result < 0)
		return result;
	*ret_path = strdup(located.path);
	modseal_located_close(&located);
	if (!*ret_path)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	return 0;
}

static int gate_tolerate(void *argument, int result, struct modseal_error *error)
{
	return modseal_audit_gate(argument, result, error);
}

static void gate_tell(void *argument, bool refused, const struct modseal_error *error)
{
	modseal_recording_gate(argument,
			       !refused				     ? "accepted"
			       : modseal_code_exit(error->code) == 1 ? "refused"
								     : "undecided",
			       error);
}

static bool audits_any(const struct modseal_policy *policy)
{
	bool any = policy->audits;

	for (size_t i = 0; !any && i < policy->rule_count; i++)
		any = policy->rules[i].mode_given && policy->rules[i].audits;
	return any;
}

static void set_up_gate(struct modseal_context *context)
{
	const struct modseal_policy *policy = context->base.policy;

	context->gate = (struct modseal_gate){
		.argument = context,
		.verify = gate_verify,
		.find = gate_find,
		.audits = policy->audits,
		.audits_any = audits_any(policy),
		.tolerate = gate_tolerate,
		.tell = gate_tell,
		.check_bindings = modseal_bindings_require,
		.deleted_told = policy->deleted == MODSEAL_TOLERANCE_LOG,
		.anonymous_executable_told =
			policy->anonymous_executable == MODSEAL_TOLERANCE_LOG,
		.preload = policy->preload.items,
		.preload_count = policy->preload.count,
		.deleted_allowed = policy->deleted != MODSEAL_TOLERANCE_REFUSE,
		.anonymous_executable_allowed =
			policy->anonymous_executable != MODSEAL_TOLERANCE_REFUSE,
	};
}

int modseal_context_open(const struct modseal_options *options,
			 const struct modseal_open_how *how,
			 struct modseal_context **ret_context,
			 struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result = check_options(options, error);

	if (result < 0)
		return result;
	result = context_new(options->policy_path, options->flags, &context, error);
	if (result < 0)
		return result;
	context->threads = options->threads ? options->threads : modseal_crew_default();
	result = open_root(context, options, error);
	if (result == 0)
		result = modseal_anchors_open(context, options, error);
	if (how->floors) {
		context->state = how->floors;
		modseal_context_raise_floor(context, modseal_state_time(how->floors));
	} else if (result == 0) {
		result = modseal_state_open(context, options, error);
	}
	modseal_context_raise_floor(context, how->time_floor);
	context->strict =
		how->strict || how->gather || (options->flags & MODSEAL_OPEN_STRICT) != 0;
	context->gather = how->gather;
	if (result == 0)
		result = modseal_policy_open(context, options, error);
	context->gather = NULL;
	if (result < 0) {
		modseal_debug(context, "policy %s: %s", context->policy_path,
			      modseal_code_name(result));
		modseal_context_release(context);
		return result;
	}
	modseal_debug(context, "policy %s: name %s, serial %llu, anchor from %s",
		      context->policy_path, context->base.policy->name,
		      (unsigned long long)context->base.policy->serial,
		      context->anchor_source);
	if (context->base.policy->audits)
		modseal_debug(context,
			      "policy %s: mode audit: what it refuses is let "
			      "through and told",
			      context->policy_path);
	*ret_context = context;
	return 0;
}

/* From now on the process is judged by it, too. */
int modseal_context_begin(struct modseal_context *context, struct modseal_error *error)
{
	int result;

	set_up_gate(context);
	result = modseal_recording_start(context, error);
	if (result < 0)
		return result;
	if (context->flags & FLAGS_WITHOUT_GATE)
		return 0;
	result = modseal_set_digest(context, context->gate.policy_digest, error);
	if (result == 0)
		result = modseal_gate_check(&context->gate, error);
	modseal_debug(context, "gate: %s", modseal_code_name(result));
	return result;
}

int modseal_context_start(const struct modseal_options *options,
			  struct modseal_context **ret_context,
			  struct modseal_error *error)
{
	const struct modseal_open_how how = {0};
	struct modseal_context *context = NULL;
	int result = modseal_context_open(options, &how, &context, error);

	if (result == 0)
		result = modseal_context_begin(context, error);
	if (result < 0) {
		modseal_context_close(&context);
		return result;
	}
	*ret_context = context;
	return 0;
}

/* A supplement is judged by itself: what may stand in it depends on the policies that
 * will name it, and is judged there. */
static int judge_text(struct modseal_context *context, struct modseal_span text,
		      struct modseal_error *error)
{
	int result;

	if (modseal_content_type(text) == MODSEAL_CONTENT_SUPPLEMENT) {
		result = modseal_supplement_parse(text, context->policy_path,
						  &context->base.policy, error);
		if (result == 0)
			result = modseal_real_paths_require(context, &context->base,
							    error);
		if (result == 0)
			result = modseal_authority_open(context, &context->base, error);
		return result;
	}
	result = modseal_policy_parse(text, context->policy_path, &context->base.policy,
				      error);
	return result == 0 ? modseal_policy_resolve(context, text, error) : result;
}

int modseal_context_draft(const char *path, const char *root_directory,
			  struct modseal_buffer text, bool strict,
			  struct modseal_context **ret_context,
			  struct modseal_error *error)
{
	struct modseal_span span = modseal_span_of(text.data, text.size);
	struct modseal_context *context = NULL;
	int result;

	if (!path || (!text.data && text.size))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    path, "no path or no text");
	/* A draft belongs to whoever writes it; where it will lie is judged when it is
	 * used. */
	result = context_new(path, MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED,
			     &context, error);
	if (result < 0)
		return result;
	context->anchor_source = "none (draft)";
	if (root_directory)
		result = modseal_root_open(root_directory, &context->root, error);
	if (result == 0)
		result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256, span,
					       context->policy_digest, error);
	context->strict = strict;
	if (result == 0)
		result = judge_text(context, span, error);
	if (result < 0) {
		modseal_context_release(context);
		return result;
	}
	*ret_context = context;
	return 0;
}

int modseal_policy_judge(const char *path, const char *root_directory,
			 struct modseal_buffer text, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	result = modseal_context_draft(path, root_directory, text, true, &context, error);
	/* a draft may be looked at after its end, but is not signed then */
	if (result == 0)
		result = modseal_expiry_judge(context, &context->base.policy->expiry,
					      path, error);
	modseal_context_close(&context);
	return result;
}
