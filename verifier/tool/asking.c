/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what the commands that only ask are asked by: signed policies and drafts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/asking.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"

/* As the library has it for signed ones. */
#define MAX_POLICY_SIZE (4u * 1024 * 1024)

static int read_all(int descriptor, const char *path, size_t size, char **ret_text,
		    struct modseal_error *error)
{
	char *text = malloc(size + 1);
	size_t done = 0;

	if (!text)
		return output_unreadable(error, MODSEAL_STAGE_POLICY, path, ENOMEM);
	while (done < size) {
		ssize_t got = read(descriptor, text + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			free(text);
			return got < 0 ? output_unreadable(error, MODSEAL_STAGE_POLICY,
							   path, errno)
				       : output_error(error, MODSEAL_E_CHANGED,
						      MODSEAL_STAGE_POLICY, path,
						      "try again",
						      "it became shorter while it was "
						      "read");
		}
		done += (size_t)got;
	}
	text[size] = '\0';
	*ret_text = text;
	return MODSEAL_OK;
}

int asking_read(const char *path, size_t limit, struct modseal_buffer *ret_text,
		struct modseal_error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	char *text = NULL;
	int result;

	if (descriptor < 0)
		return output_unreadable(error, MODSEAL_STAGE_POLICY, path, errno);
	if (fstat(descriptor, &status))
		result = output_unreadable(error, MODSEAL_STAGE_POLICY, path, errno);
	else if (!S_ISREG(status.st_mode))
		result = output_error(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_POLICY,
				      path, "name a regular file", "not a regular file");
	else if ((uint64_t)status.st_size > limit)
		result = output_error(error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_POLICY,
				      path, "make it smaller",
				      "it has more than %zu bytes", limit);
	else
		result = read_all(descriptor, path, (size_t)status.st_size, &text, error);
	close(descriptor);
	if (result != MODSEAL_OK)
		return result;
	ret_text->data = text;
	ret_text->size = (size_t)status.st_size;
	return MODSEAL_OK;
}

int asking_open_draft(const char *path, const char *root, struct modseal **ret_context,
		      struct modseal_error *error)
{
	struct modseal_buffer text = {0};
	char *absolute = NULL;
	int result = deciding_file(path, &absolute, error);

	if (result == MODSEAL_OK)
		result = asking_read(absolute, MAX_POLICY_SIZE, &text, error);
	if (result == MODSEAL_OK)
		result = modseal_draft_open(absolute, root, text, ret_context, error);
	free((void *)text.data);
	free(absolute);
	return result;
}

int asking_open(const struct options *options, struct modseal **ret_context,
		struct modseal_error *error)
{
	if (!options->draft)
		return deciding_open(options, MODSEAL_OPEN_CHECK_ONLY, ret_context,
				     error);
	/* an option that would be ignored is refused */
	if (options->policy || options->anchors.count > 0 || options->policy_name ||
	    options->anchor_directory || options->state)
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    "--draft", "give one of the two",
				    "it takes the place of a signed policy");
	return asking_open_draft(options->draft, options->root, ret_context, error);
}

enum modseal_kind asking_kind(const char *name)
{
	if (!name)
		return MODSEAL_KIND_BY_RULE;
	if (strcmp(name, "program") == 0)
		return MODSEAL_KIND_PROGRAM;
	if (strcmp(name, "kernel-module") == 0)
		return MODSEAL_KIND_KERNEL_MODULE;
	return MODSEAL_KIND_LIBRARY;
}
