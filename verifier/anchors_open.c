/* SPDX-License-Identifier: Apache-2.0 */
/* Where anchors come from: built in, given by the application, or the anchor directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/builtin.h"
#include "verifier/image/bytes.h"
#include "verifier/policy_open.h"

static int add_anchor(struct modseal_context *context, const char *label,
		      const char *expected_name, struct modseal_span certificate,
		      struct modseal_error *error)
{
	struct modseal_signer *anchor = NULL;
	char *name = NULL;
	void *anchors, *names;
	int result;

	if (context->anchor_count == MODSEAL_MAX_ANCHORS)
		return modseal_fail(error, MODSEAL_E_ANCHOR_INVALID,
				    MODSEAL_STAGE_CONTEXT, label, "more than %d anchors",
				    MODSEAL_MAX_ANCHORS);
	anchors = reallocarray(context->anchors, context->anchor_count + 1,
			       sizeof(context->anchors[0]));
	if (anchors)
		context->anchors = anchors;
	names = reallocarray(context->anchor_names, context->anchor_count + 1,
			     sizeof(context->anchor_names[0]));
	if (names)
		context->anchor_names = names;
	if (expected_name)
		name = strdup(expected_name);
	if (!anchors || !names || (expected_name && !name)) {
		free(name);
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	}
	result = modseal_anchor_new(context->crypto, label, certificate, &anchor, error);
	if (result < 0) {
		free(name);
		return result;
	}
	context->anchors[context->anchor_count] = anchor;
	context->anchor_names[context->anchor_count] = name;
	context->anchor_count++;
	return 0;
}

static int add_anchor_file(struct modseal_context *context, int root, const char *path,
			   const char *expected_name, struct modseal_error *error)
{
	struct modseal_located located;
	struct modseal_bytes bytes;
	int result = modseal_path_open_in(root, path, &located, error);

	if (result < 0)
		return result;
	result = modseal_path_require(&located, modseal_context_own_level(context->flags),
				      error);
	if (result == 0)
		result = modseal_bytes_read(&located, MODSEAL_MAX_CERTIFICATE_SIZE,
					    &bytes, error);
	modseal_located_close(&located);
	if (result < 0)
		return result;
	result = add_anchor(context, path, expected_name, bytes.view, error);
	modseal_bytes_free(&bytes);
	return result;
}

/* NAME.pem in the anchor directory vouches for the policy named NAME. */
static int add_directory_entry(struct modseal_context *context, int root,
			       const char *directory, const char *entry,
			       struct modseal_error *error)
{
	size_t length = strlen(entry);
	char *path, *name;
	int result;

	if (length <= 4 || strcmp(entry + length - 4, ".pem") != 0 || entry[0] == '.')
		return 0;
	if (asprintf(&path, "%s/%s", directory, entry) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	name = strndup(entry, length - 4);
	if (!name) {
		free(path);
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	}
	result = add_anchor_file(context, root, path, name, error);
	free(name);
	free(path);
	return result;
}

/* Below the root of an image links lead to places of the image, or nowhere. */
static DIR *list(int root, const char *directory)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	DIR *listing;
	int descriptor;

	if (root == MODSEAL_ROOT_OF_PROCESS)
		return opendir(directory);
	descriptor = (int)syscall(SYS_openat2, root, directory, &how, sizeof(how));
	if (descriptor < 0)
		return NULL;
	listing = fdopendir(descriptor);
	if (!listing)
		close(descriptor);
	return listing;
}

/* The listing only proposes names; each file is then opened under the path rules, so an
 * entry that was put there by a stranger is refused, not believed. */
static int read_directory(struct modseal_context *context, int root,
			  const char *directory, struct modseal_error *error)
{
	DIR *listing = list(root, directory);
	struct dirent *entry;
	int result = 0;

	if (!listing && errno == ENOENT) {
		result = modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_CONTEXT,
				      directory,
				      "nobody is known who may sign policies: this "
				      "directory of anchors does not exist");
		modseal_remedy(error,
			       "where no policy is installed yet: as root, put the "
			       "certificate of its signer there as NAME.pem, NAME being "
			       "the policy's name, and `modseal policy install` it; or "
			       "name both by --policy and --anchor");
		return result;
	}
	if (!listing)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_CONTEXT,
					  errno, directory,
					  "the anchor directory cannot be read");
	while (result == 0) {
		errno = 0;
		entry = readdir(listing);
		if (!entry) {
			if (errno)
				result = modseal_fail_errno(
					error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_CONTEXT,
					errno, directory, "cannot be listed");
			break;
		}
		result = add_directory_entry(context, root, directory, entry->d_name,
					     error);
	}
	closedir(listing);
	if (result == 0 && context->anchor_count == 0) {
		result = modseal_fail(error, MODSEAL_E_ANCHOR_INVALID,
				      MODSEAL_STAGE_CONTEXT, directory,
				      "there is no anchor in this directory");
		modseal_remedy(error,
			       "put the policy signer's certificate there as NAME.pem,"
			       " NAME being the policy's name, or pass --anchor");
	}
	return result;
}

static int read_given(struct modseal_context *context,
		      const struct modseal_options *options, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < options->anchor_path_count; i++)
		result = add_anchor_file(context, MODSEAL_ROOT_OF_PROCESS,
					 options->anchor_paths[i], NULL, error);
	for (size_t i = 0; result == 0 && i < options->anchor_count; i++)
		result = add_anchor(context, "anchor given by the application", NULL,
				    modseal_span_of(options->anchors[i].data,
						    options->anchors[i].size),
				    error);
	return result;
}

static int open_anchors(struct modseal_context *context,
			const struct modseal_options *options,
			struct modseal_error *error)
{
	if (modseal_builtin_anchor_size) {
		if (options->anchor_path_count || options->anchor_count ||
		    options->anchor_directory)
			return modseal_fail(error, MODSEAL_E_ARGUMENT,
					    MODSEAL_STAGE_CONTEXT, NULL,
					    "this build has its own anchor; no other can"
					    " be given");
		context->anchor_source = "built-in";
		return add_anchor(context, "built-in anchor",
				  modseal_builtin_policy_name[0]
					  ? modseal_builtin_policy_name
					  : NULL,
				  modseal_span_of(modseal_builtin_anchor,
						  modseal_builtin_anchor_size),
				  error);
	}
	if (options->anchor_path_count || options->anchor_count) {
		context->anchor_source = options->anchor_path_count ? "file" : "options";
		return read_given(context, options, error);
	}
	context->anchor_source = "directory";
	if (options->anchor_directory)
		return read_directory(context, MODSEAL_ROOT_OF_PROCESS,
				      options->anchor_directory, error);
	return read_directory(context, context->root, MODSEAL_DEFAULT_ANCHORS, error);
}

/* Of use where anchors are installed: an application that brings its own has named all
 * whose word counts. One key for both would recover nothing. */
static int open_recovery(struct modseal_context *context,
			 const struct modseal_options *options,
			 struct modseal_error *error)
{
	int result;

	if (!modseal_builtin_recovery_size || options->anchor_path_count ||
	    options->anchor_count)
		return 0;
	result = modseal_anchor_new(
		context->crypto, "recovery key",
		modseal_span_of(modseal_builtin_recovery, modseal_builtin_recovery_size),
		&context->recovery, error);
	for (size_t i = 0; result == 0 && i < context->anchor_count; i++)
		if (!memcmp(modseal_signer_key_digest(context->recovery),
			    modseal_signer_key_digest(context->anchors[i]),
			    MODSEAL_SHA256_SIZE))
			result = modseal_fail(
				error, MODSEAL_E_ANCHOR_INVALID, MODSEAL_STAGE_CONTEXT,
				modseal_signer_name(context->anchors[i]),
				"it has the key that is compiled in for recovery");
	return result;
}

int modseal_anchors_open(struct modseal_context *context,
			 const struct modseal_options *options,
			 struct modseal_error *error)
{
	int result = open_anchors(context, options, error);

	return result < 0 ? result : open_recovery(context, options, error);
}
