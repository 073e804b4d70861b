/* SPDX-License-Identifier: Apache-2.0 */
/* What an application holds: opening, asking, reloading, freeing. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal/lock.h"
#include "modseal-kernel.h"
#include "modseal-process.h"
#include "verifier/handle.h"
#include "verifier/policy_open.h"
#include "verifier/step_descriptor.h"
#include "verifier/verify.h"

/* The options of modseal_open, so that the same can be opened again. */
struct copy {
	struct modseal_options options; /* borrows what follows */
	char *texts[5];			/* in the order of copy_options */
	char **anchor_paths;
	struct modseal_buffer *anchors;
	char *relative; /* the policy's path, where it was given as a relative one */
};

struct modseal {
	struct modseal_lock lock; /* over the pointer alone: held for a moment */
	struct modseal_context *context;
	struct modseal_lock reloading; /* one at a time */
	bool reloadable;
	struct copy copy;
};

/* ---- options that are kept ----------------------------------------------------------
 */

static void clear_copy(struct copy *copy)
{
	for (size_t i = 0; i < sizeof(copy->texts) / sizeof(copy->texts[0]); i++)
		free(copy->texts[i]);
	for (size_t i = 0; copy->anchor_paths && i < copy->options.anchor_path_count; i++)
		free(copy->anchor_paths[i]);
	free(copy->anchor_paths);
	for (size_t i = 0; copy->anchors && i < copy->options.anchor_count; i++)
		free((void *)copy->anchors[i].data);
	free(copy->anchors);
	free(copy->relative);
}

/* Where the current directory is another one later, a path still leads to the same. */
static bool keep_path(struct copy *copy, size_t number, const char **path)
{
	if (!*path)
		return true;
	*path = copy->texts[number] = modseal_path_absolute(*path);
	return *path != NULL;
}

/* The policy may be reached through links, and those are what is changed: a relative path
 * is kept with the directory it started at, and resolved anew each time. */
static bool keep_policy_path(struct copy *copy, const char *given)
{
	char *here;
	bool kept;

	if (!given || given[0] == '/')
		return keep_path(copy, 0, &copy->options.policy_path);
	here = getcwd(NULL, 0);
	if (!here || asprintf(&copy->relative, "%s/%s", here, given) < 0)
		copy->relative = NULL;
	kept = copy->relative != NULL;
	free(here);
	return kept;
}

static bool keep_anchors(struct copy *copy, const struct modseal_options *given)
{
	struct modseal_options *options = &copy->options;

	copy->anchor_paths = calloc(given->anchor_path_count + 1, sizeof(char *));
	copy->anchors = calloc(given->anchor_count + 1, sizeof(*copy->anchors));
	if (!copy->anchor_paths || !copy->anchors)
		return false;
	for (size_t i = 0; i < given->anchor_path_count; i++) {
		copy->anchor_paths[i] = modseal_path_absolute(given->anchor_paths[i]);
		if (!copy->anchor_paths[i])
			return false;
	}
	for (size_t i = 0; i < given->anchor_count; i++) {
		void *bytes = malloc(given->anchors[i].size + 1);

		if (!bytes)
			return false;
		if (given->anchors[i].size)
			memcpy(bytes, given->anchors[i].data, given->anchors[i].size);
		copy->anchors[i].data = bytes;
		copy->anchors[i].size = given->anchors[i].size;
	}
	options->anchor_paths = (const char *const *)copy->anchor_paths;
	options->anchors = copy->anchors;
	return true;
}

static int copy_options(struct copy *copy, const struct modseal_options *given,
			struct modseal_error *error)
{
	struct modseal_options *options = &copy->options;
	bool kept;

	*options = *given;
	kept = keep_policy_path(copy, given->policy_path) &&
	       keep_path(copy, 1, &options->anchor_directory) &&
	       keep_path(copy, 2, &options->root_directory) &&
	       keep_path(copy, 3, &options->state_directory);
	if (kept && options->policy_name) {
		options->policy_name = copy->texts[4] = strdup(given->policy_name);
		kept = options->policy_name != NULL;
	}
	if (kept && keep_anchors(copy, given))
		return 0;
	return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
}

/* ---- the handle ---------------------------------------------------------------------
 */

struct modseal *modseal_handle_of(struct modseal_context *context)
{
	struct modseal *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	modseal_lock_init(&handle->lock);
	modseal_lock_init(&handle->reloading);
	handle->context = context;
	return handle;
}

void modseal_free(struct modseal **handle)
{
	struct modseal *gone = handle ? *handle : NULL;

	if (!gone)
		return;
	modseal_context_close(&gone->context);
	modseal_lock_destroy(&gone->lock);
	modseal_lock_destroy(&gone->reloading);
	clear_copy(&gone->copy);
	free(gone);
	*handle = NULL;
}

static int open_handle(const struct modseal_options *options, struct modseal **ret_handle,
		       struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	struct modseal *handle;
	int result;

	modseal_error_clear(error);
	result = modseal_context_start(options, &context, error);
	if (result < 0)
		return result;
	handle = modseal_handle_of(context);
	if (!handle) {
		modseal_context_close(&context);
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	}
	handle->reloadable = true;
	result = copy_options(&handle->copy, options, error);
	if (result < 0) {
		modseal_free(&handle);
		return result;
	}
	*ret_handle = handle;
	return 0;
}

/* Not cancelled meanwhile: nobody would free what it has so far. */
int modseal_open(const struct modseal_options *options, struct modseal **ret_handle,
		 struct modseal_error *error)
{
	int cancel, result;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	result = open_handle(options, ret_handle, error);
	pthread_setcancelstate(cancel, NULL);
	return result;
}

int modseal_handle_take(struct modseal *handle, struct modseal_context **ret_context,
			struct modseal_error *error)
{
	if (!handle)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "no context");
	modseal_lock_take(&handle->lock);
	modseal_context_ref(handle->context);
	*ret_context = handle->context;
	modseal_lock_give(&handle->lock);
	return 0;
}

/* ---- reloading ----------------------------------------------------------------------
 */

static int open_again(const struct copy *copy, const struct modseal_context *present,
		      struct modseal_context **ret_next, struct modseal_error *error)
{
	struct modseal_options options = copy->options;
	char *path = NULL;
	int result;

	if (copy->relative) {
		path = modseal_path_resolved(copy->relative);
		if (!path)
			return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
		options.policy_path = path;
	}
	result = modseal_context_succeed(present, &options, ret_next, error);
	free(path);
	return result;
}

static int reload(struct modseal *handle, struct modseal_error *error)
{
	struct modseal_context *present = NULL, *next = NULL;
	int result;

	modseal_error_clear(error);
	result = modseal_handle_take(handle, &present, error);
	if (result < 0)
		return result;
	if (!handle->reloadable) {
		modseal_context_close(&present);
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "a draft cannot be reloaded");
	}
	modseal_lock_take(&handle->reloading);
	/* another thread may have reloaded while this one waited */
	modseal_context_close(&present);
	result = modseal_handle_take(handle, &present, error);
	if (result == 0)
		result = open_again(&handle->copy, present, &next, error);
	modseal_debug(present, "reload: %s", modseal_code_name(result));
	modseal_context_close(&present);
	if (result == 0) {
		modseal_lock_take(&handle->lock);
		present = handle->context;
		handle->context = next;
		modseal_lock_give(&handle->lock);
		modseal_context_close(&present);
	}
	modseal_lock_give(&handle->reloading);
	return result;
}

/* Not cancelled meanwhile: others wait for the lock. */
int modseal_reload(struct modseal *handle, struct modseal_error *error)
{
	int cancel, result;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	result = reload(handle, error);
	pthread_setcancelstate(cancel, NULL);
	return result;
}

/* ---- asking -------------------------------------------------------------------------
 */

int modseal_check(struct modseal *handle, const char *path_or_name,
		  enum modseal_kind kind, struct modseal_verdict **ret_verdict,
		  struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	result = modseal_handle_take(handle, &context, error);
	if (result == 0)
		result = modseal_context_check(context, path_or_name, kind, ret_verdict,
					       error);
	modseal_context_close(&context);
	return result;
}

/* Unless it was opened with one of the flags refused. stage: that of a refusal. */
static int take_unless(struct modseal *handle, uint32_t refused, enum modseal_stage stage,
		       const char *asked, struct modseal_context **ret_context,
		       struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	result = modseal_handle_take(handle, &context, error);
	if (result < 0)
		return result;
	refused &= context->flags;
	if (refused) {
		modseal_context_close(&context);
		return modseal_fail(error, MODSEAL_E_ARGUMENT, stage, asked,
				    "the context was opened for %s only",
				    refused & MODSEAL_OPEN_CHECK_ONLY ? "checking"
								      : "kernel modules");
	}
	*ret_context = context;
	return 0;
}

static int take_for_loading(struct modseal *handle, enum modseal_stage stage,
			    const char *asked, struct modseal_context **ret_context,
			    struct modseal_error *error)
{
	return take_unless(handle, MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_KERNEL_ONLY,
			   stage, asked, ret_context, error);
}

int modseal_verify(struct modseal *handle, const char *path_or_name,
		   struct modseal_image **ret_image, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result = take_for_loading(handle, MODSEAL_STAGE_FIND, path_or_name, &context,
				      error);

	if (result == 0)
		result = modseal_context_verify(context, path_or_name, NULL, NULL,
						MODSEAL_KIND_LIBRARY, ret_image, error);
	modseal_context_close(&context);
	return result;
}

int modseal_verify_version(struct modseal *handle, const char *name, const char *version,
			   struct modseal_image **ret_image, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result = take_for_loading(handle, MODSEAL_STAGE_FIND, name, &context, error);

	if (result < 0)
		return result;
	if (name && !strchr(name, '/') && version && *version && !strchr(version, '/'))
		result = modseal_context_verify(context, name, version, NULL,
						MODSEAL_KIND_LIBRARY, ret_image, error);
	else
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, name,
				      "a name and a version without '/' are needed");
	modseal_context_close(&context);
	return result;
}

int modseal_verify_fd(struct modseal *handle, int fd, const char *path,
		      struct modseal_image **ret_image, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int given, result = take_for_loading(handle, MODSEAL_STAGE_FIND, path, &context,
					     error);

	if (result < 0)
		return result;
	/* a name would be looked up, and so would not be where the descriptor is from */
	if (path && strchr(path, '/'))
		result = modseal_descriptor_take(fd, path, &given, error);
	else
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				      "no path with a '/'");
	if (result == 0) {
		result = modseal_context_verify(context, path, NULL, &given,
						MODSEAL_KIND_LIBRARY, ret_image, error);
		close(given);
	}
	modseal_context_close(&context);
	return result;
}

int modseal_check_process(struct modseal *handle, struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result = take_for_loading(handle, MODSEAL_STAGE_GATE, NULL, &context, error);

	if (result < 0)
		return result;
	result = modseal_gate_check(&context->gate, error);
	modseal_debug(context, "gate: %s", modseal_code_name(result));
	modseal_context_close(&context);
	return result;
}

int modseal_verify_kernel_module(struct modseal *handle, const char *path,
				 struct modseal_image **ret_image,
				 struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result = take_unless(handle, MODSEAL_OPEN_CHECK_ONLY, MODSEAL_STAGE_FIND,
				 path, &context, error);

	if (result < 0)
		return result;
	if (path && strchr(path, '/'))
		result = modseal_context_verify(context, path, NULL, NULL,
						MODSEAL_KIND_KERNEL_MODULE, ret_image,
						error);
	else
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				      "no path with a '/'");
	modseal_context_close(&context);
	return result;
}
