/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the rollback state; nothing here writes it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/builtin.h"
#include "verifier/own_file.h"
#include "verifier/state_open.h"

/* An installation replaces the file by a rename; more than one while it is opened is
 * somebody's doing. */
#define ATTEMPTS 3

static int read_file(const struct modseal_context *context, int root, const char *path,
		     struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	char reason[sizeof(error->message)];
	struct modseal_error cause;
	int result;

	modseal_error_clear(&cause);
	for (int i = 0; i < ATTEMPTS; i++) {
		result = modseal_own_file_read_in(context, root, path,
						  MODSEAL_MAX_STATE_SIZE, ret_bytes, NULL,
						  &cause);
		if (result != MODSEAL_E_CHANGED)
			break;
	}
	if (result == 0)
		return 0;
	if (result != MODSEAL_E_NOT_FOUND && result != MODSEAL_E_NOT_REGULAR &&
	    result != MODSEAL_E_TOO_LARGE && cause.system_errno != EACCES) {
		if (error)
			*error = cause;
		return result;
	}
	snprintf(reason, sizeof(reason), "%s", cause.message);
	modseal_fail(error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY, path, "%s",
		     result == MODSEAL_E_NOT_FOUND ? "there is no rollback state"
						   : reason);
	if (result == MODSEAL_E_NOT_FOUND)
		modseal_remedy(error, "install the policy with `modseal policy install`");
	return MODSEAL_E_STATE_INVALID;
}

static int parse(const struct modseal_context *context, const char *path,
		 struct modseal_span text, struct modseal_state **ret_state,
		 struct modseal_error *error)
{
	uint8_t named[MODSEAL_SHA256_SIZE], digest[MODSEAL_SHA256_SIZE];
	struct modseal_span covered;
	int result = modseal_state_split(text, path, &covered, named, error);

	if (result == 0)
		result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256,
					       covered, digest, error);
	if (result < 0)
		return result;
	if (memcmp(named, digest, sizeof(digest)) != 0)
		return modseal_fail(error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY,
				    path,
				    "it is damaged: its last line is not the digest of"
				    " the others");
	return modseal_state_parse(covered, path, ret_state, error);
}

int modseal_state_read(const struct modseal_context *context, const char *directory,
		       const char *name, struct modseal_state **ret_state,
		       struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	char *path;
	int result;

	if (asprintf(&path, "%s/%s", directory ? directory : MODSEAL_DEFAULT_STATE,
		     name) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	/* the built-in place is one of the image that is judged; others are the caller's
	 */
	result = read_file(context, directory ? MODSEAL_ROOT_OF_PROCESS : context->root,
			   path, &bytes, error);
	if (result == 0)
		result = parse(context, path, bytes.view, ret_state, error);
	modseal_bytes_free(&bytes);
	free(path);
	return result;
}

int modseal_state_open(struct modseal_context *context,
		       const struct modseal_options *options, struct modseal_error *error)
{
	bool installed = !options->anchor_path_count && !options->anchor_count;
	int result;

	if (!installed && !options->state_directory)
		return 0;
	result = modseal_state_read(context, options->state_directory, MODSEAL_STATE_FILE,
				    &context->own_state, error);
	if (result < 0)
		return result;
	context->state = context->own_state;
	modseal_context_raise_floor(context, modseal_state_time(context->state));
	return 0;
}

uint64_t modseal_context_floor(const struct modseal_context *context,
			       const char *supplement, const char *catalog)
{
	const struct modseal_state_subject subject = {
		.policy = context->base.policy->name,
		.supplement = supplement,
		.catalog = catalog,
	};
	uint64_t built_in = 0, kept = 0;

	if (!supplement && !catalog && modseal_builtin_anchor_size)
		built_in = modseal_builtin_policy_serial;
	if (context->state && !context->recovered)
		kept = modseal_state_serial(context->state, &subject);
	return kept > built_in ? kept : built_in;
}

int modseal_context_judge_serial(const struct modseal_context *context,
				 const char *supplement, uint64_t serial,
				 const uint8_t text[MODSEAL_SHA256_SIZE],
				 const char *object, struct modseal_error *error)
{
	const struct modseal_state_subject subject = {
		.policy = context->base.policy->name,
		.supplement = supplement,
	};
	int result = modseal_state_judge(modseal_context_floor(context, supplement, NULL),
					 serial, supplement ? "supplement" : "policy",
					 object, error);

	if (result == 0 && context->state && !context->recovered)
		result = modseal_state_judge_text(context->state, &subject, serial, text,
						  object, error);
	return result;
}
