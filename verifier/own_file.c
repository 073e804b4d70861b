/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the policy's own files under the rules about who may own and write them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/own_file.h"

static int open_own(const struct modseal_context *context, int root, const char *path,
		    struct modseal_located *ret_located, struct modseal_error *error)
{
	int result;

	if (context->gather) /* judged where it will be used */
		return context->gather->open(context, path, ret_located, error);
	result = modseal_path_open_in(root, path, ret_located, error);
	if (result < 0)
		return result;
	result = modseal_path_require(ret_located,
				      modseal_context_own_level(context->flags), error);
	if (result < 0) {
		modseal_located_close(ret_located);
		if (error)
			error->stage = MODSEAL_STAGE_POLICY;
	}
	return result;
}

int modseal_own_file_read_in(const struct modseal_context *context, int root,
			     const char *path, uint64_t max_size,
			     struct modseal_bytes *ret_bytes, char **ret_real,
			     struct modseal_error *error)
{
	struct modseal_located located;
	int result = open_own(context, root, path, &located, error);

	if (result < 0)
		return result;
	result = modseal_bytes_read(&located, max_size, ret_bytes, error);
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_POLICY;
	if (result == 0 && context->gather) {
		result = context->gather->take(context, located.path, ret_bytes->view,
					       error);
		if (result < 0)
			modseal_bytes_free(ret_bytes);
	}
	if (result == 0 && ret_real) {
		*ret_real = located.path;
		located.path = NULL;
	}
	modseal_located_close(&located);
	return result;
}

int modseal_own_file_read(const struct modseal_context *context, const char *path,
			  uint64_t max_size, struct modseal_bytes *ret_bytes,
			  char **ret_real, struct modseal_error *error)
{
	return modseal_own_file_read_in(context, context->policy_root, path, max_size,
					ret_bytes, ret_real, error);
}

/* The absolute path of a name in the policy; the caller frees. */
static char *path_of(const struct modseal_context *context,
		     const struct modseal_authority *authority, const char *name)
{
	const char *policy = authority->path	    ? authority->path
			     : context->policy_real ? context->policy_real
						    : context->policy_path;
	const char *slash = strrchr(policy, '/');
	char *path;

	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - policy), policy, name) < 0)
		return NULL;
	return path;
}

int modseal_own_file_read_named(const struct modseal_context *context,
				const struct modseal_authority *authority,
				const char *name, uint64_t max_size,
				struct modseal_bytes *ret_bytes, char **ret_real,
				struct modseal_error *error)
{
	char *path;
	int result;

	/* refuses: wherever it leads, a set that is switched would leave it behind */
	if (context->gather && name[0] == '/')
		return context->gather->take_named(context, name,
						   (struct modseal_span){0}, error);
	path = path_of(context, authority, name);
	if (!path)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_own_file_read(context, path, max_size, ret_bytes, ret_real,
				       error);
	if (result == MODSEAL_E_NOT_FOUND)
		modseal_remedy(error, "put it there, or correct its name in the policy");
	free(path);
	return result;
}

int modseal_own_signature_read(const struct modseal_context *context, const char *real,
			       const char *object, int missing_code,
			       struct modseal_bytes *ret_bytes,
			       struct modseal_error *error)
{
	char *sidecar;
	int result;

	if (asprintf(&sidecar, "%s.p7s", real) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_own_file_read(context, sidecar, MODSEAL_MAX_CMS_SIZE, ret_bytes,
				       NULL, error);
	if (result == MODSEAL_E_NOT_FOUND)
		result = modseal_fail(error, missing_code, MODSEAL_STAGE_POLICY, object,
				      "there is no signature %s beside it", sidecar);
	free(sidecar);
	return result;
}
