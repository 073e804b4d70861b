/* SPDX-License-Identifier: Apache-2.0 */
/* modseal attach: puts signatures that were made elsewhere on their files. */
#ifndef MODSEAL_VERIFY_ONLY
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/output.h"
#include "verifier/tool/request.h"
#include "verifier/tool/signing.h"

#define MAX_SIGNATURE 8192 /* bytes; more than any algorithm has */

struct attaching {
	const struct options *options;
	struct output *output;
	struct modseal_signing_key *key;
	struct modseal_attachment *attachment;
	json_t *request;
	size_t count; /* of files */
	char **paths;
	bool *added; /* false: it had its signature already */
};

static int wrong_file(struct modseal_error *error, const char *object, const char *remedy,
		      const char *reason)
{
	return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, object, remedy,
			    "%s", reason);
}

/* ---- the signatures ---------------------------------------------------------------- */

static int fail_reading(struct modseal_error *error, const char *path, int number)
{
	int code = output_error(
		error, number == ENOENT ? MODSEAL_E_NOT_FOUND : MODSEAL_E_SYSTEM,
		MODSEAL_STAGE_SIGN, path,
		number == ENOENT ? "sign DIR/ID.digest and put the "
				   "signature into DIR/ID.sig"
				 : NULL,
		number == ENOENT ? "there is no signature with this name" : "%s",
		strerror(number));

	error->system_errno = number;
	return code;
}

/* At most MAX_SIGNATURE bytes of a file. Nothing else is waited for: whoever may write to
 * the directory could put a FIFO there. */
static int read_signature(const char *path, uint8_t *bytes, size_t *ret_size,
			  struct modseal_error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	int result = MODSEAL_OK;
	FILE *stream;

	if (descriptor < 0)
		return fail_reading(error, path, errno);
	stream = fdopen(descriptor, "r");
	if (!stream || fstat(descriptor, &status) < 0) {
		result = fail_reading(error, path, errno);
	} else if (!S_ISREG(status.st_mode)) {
		result = output_error(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN,
				      path, "give the bare signature, in a file",
				      "it is not a regular file");
	} else {
		*ret_size = fread(bytes, 1, MAX_SIGNATURE + 1, stream);
		if (ferror(stream))
			result = fail_reading(error, path, errno);
		else if (*ret_size == 0 || *ret_size > MAX_SIGNATURE)
			result = wrong_file(error, path,
					    "give the bare signature, in binary",
					    *ret_size ? "too long for a signature"
						      : "the signature is empty");
	}
	if (stream)
		fclose(stream);
	else
		close(descriptor);
	return result;
}

/* DIR/ID.sig, as it came from the signer. */
static int from_directory(const char *directory, const char *id, uint8_t **ret_bytes,
			  size_t *ret_size, struct modseal_error *error)
{
	int result = MODSEAL_OK;
	uint8_t *bytes;
	char *path;

	if (strspn(id, "0123456789abcdef") != strlen(id) || !*id)
		return wrong_file(error, directory,
				  "make the request with `modseal "
				  "digest`",
				  "an `id` of the request is no digest");
	if (asprintf(&path, "%s/%s.sig", directory, id) < 0)
		return wrong_file(error, directory, NULL, "out of memory");
	bytes = malloc(MAX_SIGNATURE + 1);
	if (!bytes)
		result = fail_reading(error, path, ENOMEM);
	else
		result = read_signature(path, bytes, ret_size, error);
	free(path);
	if (result == MODSEAL_OK)
		*ret_bytes = bytes;
	else
		free(bytes);
	return result;
}

static int signature_of(const struct attaching *attaching, const json_t *entry,
			const char *path, uint8_t **ret_bytes, size_t *ret_size,
			struct modseal_error *error)
{
	const char *id = json_string_value(json_object_get(entry, "id"));
	const char *text = json_string_value(json_object_get(entry, "signature"));

	if (!id)
		return wrong_file(error, path, "make the request with `modseal digest`",
				  "its entry in the request has no `id`");
	if (attaching->options->signatures)
		return from_directory(attaching->options->signatures, id, ret_bytes,
				      ret_size, error);
	if (text)
		return request_from_base64(text, ret_bytes, ret_size, path, error);
	return wrong_file(error, path,
			  "add it to the request, in Base64, or name a directory of "
			  "ID.sig with --signatures",
			  "its entry in the request has no `signature`");
}

/* ---- the request ------------------------------------------------------------------- */

/* The certificate on the command line is the one that is trusted; that the request names
 * the same only tells a mistake early. */
static int judge_request(const struct attaching *attaching, struct modseal_error *error)
{
	const char *file = attaching->options->operands.items[0];
	const char *named =
		json_string_value(json_object_get(attaching->request, "certificate"));
	char digest[65];

	modseal_signing_key_certificate(attaching->key, digest);
	if (strcmp(named, digest) == 0)
		return MODSEAL_OK;
	return output_error(error, MODSEAL_E_KEY_MISMATCH, MODSEAL_STAGE_KEY, file,
			    "give the certificate that the request was made with",
			    "the request is for another certificate (%.16s...)", named);
}

/* The request tells padding and digest, which are asked for once. */
static bool take_algorithm(const json_t *request, struct options *options)
{
	const char *algorithm = json_string_value(json_object_get(request, "algorithm"));
	const char *dash = strrchr(algorithm, '-');

	options->padding = strncmp(algorithm, "rsa-pss-", 8) == 0 ? "pss" : NULL;
	options->hash = dash && strncmp(dash, "-sha", 4) == 0 ? dash + 1 : NULL;
	return strcmp(json_string_value(json_object_get(request, "form")), "detached") ==
	       0;
}

/* So many are open at the end: the file, the new one, which is locked, and their folder.
 */
#define DESCRIPTORS_PER_FILE 3

static void allow_descriptors(size_t files)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur < DESCRIPTORS_PER_FILE * files + 64) {
		limit.rlim_cur = limit.rlim_max < DESCRIPTORS_PER_FILE * files + 64
					 ? limit.rlim_max
					 : DESCRIPTORS_PER_FILE * files + 64;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int check_one(struct attaching *attaching, size_t index,
		     struct modseal_error *error)
{
	const json_t *entry =
		json_array_get(json_object_get(attaching->request, "files"), index);
	const char *id = json_string_value(json_object_get(entry, "id"));
	const char *file = attaching->options->operands.items[0];
	uint8_t *signature = NULL;
	size_t size = 0;
	int added = 0;
	int result = request_path(entry, &attaching->paths[index], file, error);

	if (result == MODSEAL_OK)
		result = signature_of(attaching, entry, attaching->paths[index],
				      &signature, &size, error);
	if (result == MODSEAL_OK)
		result = modseal_attachment_add(attaching->attachment,
						attaching->paths[index], id, signature,
						size, &added, error);
	free(signature);
	attaching->added[index] = added;
	return result;
}

static void report(const struct attaching *attaching)
{
	for (size_t i = 0; i < attaching->count; i++)
		output_done(attaching->output, attaching->paths[i],
			    attaching->added[i] ? "signed" : "signed already", NULL);
}

/* All are looked at, so that one run tells all that is wrong. */
static void attach_all(struct attaching *attaching)
{
	size_t count = json_array_size(json_object_get(attaching->request, "files"));
	struct modseal_error error = {0};
	bool failed = false;

	attaching->count = count;
	attaching->paths = calloc(count, sizeof(*attaching->paths));
	attaching->added = calloc(count, sizeof(*attaching->added));
	if (!attaching->paths || !attaching->added) {
		output_error(&error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_SIGN, NULL, NULL,
			     "out of memory");
		output_failure(attaching->output, NULL, &error);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (check_one(attaching, i, &error) != MODSEAL_OK) {
			output_failure(attaching->output, attaching->paths[i], &error);
			failed = true;
		}
		output_progress(attaching->output, i + 1, count);
	}
	allow_descriptors(count);
	if (failed && !attaching->output->json)
		output_message(NULL, "put it right and repeat",
			       "nothing was written, because of the above");
	if (failed)
		return;
	if (modseal_attachment_commit(attaching->attachment, &error) != MODSEAL_OK)
		output_failure(attaching->output, NULL, &error);
	else
		report(attaching);
}

static void attach(struct attaching *attaching)
{
	const char *file = attaching->options->operands.items[0];
	struct options options = *attaching->options;
	struct modseal_error error = {0};
	uint32_t flags = (options.append ? MODSEAL_SIGN_APPEND : 0) |
			 (options.force ? MODSEAL_SIGN_FORCE : 0) |
			 (options.any ? MODSEAL_SIGN_ANY : 0) |
			 (options.break_links ? MODSEAL_SIGN_BREAK_LINKS : 0);
	int result = request_read(file, &attaching->request, &error);

	if (result == MODSEAL_OK && take_algorithm(attaching->request, &options))
		flags |= MODSEAL_SIGN_DETACHED;
	if (result == MODSEAL_OK)
		result = signing_open_public(&options, &attaching->key, &error);
	if (result == MODSEAL_OK)
		result = judge_request(attaching, &error);
	if (result == MODSEAL_OK)
		result = modseal_attachment_new(attaching->key, flags,
						&attaching->attachment, &error);
	if (result == MODSEAL_OK)
		attach_all(attaching);
	else
		output_failure(attaching->output, file, &error);
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct attaching attaching = {.options = options, .output = &output};

	if (!options->certificate)
		return options_missing(&command_attach, "certificate");
	attach(&attaching);
	for (size_t i = 0; attaching.paths && i < attaching.count; i++)
		free(attaching.paths[i]);
	modseal_attachment_free(&attaching.attachment);
	modseal_signing_key_free(&attaching.key);
	json_decref(attaching.request);
	free(attaching.paths);
	free(attaching.added);
	return output_finish(&output);
}

static const struct option_spec options_attach[] = {
	OPTION_A_TEXT("certificate", "FILE", certificate,
		      "the certificate of the key that has signed"),
	OPTION_ALLOW_EXPIRED,
	OPTION_A_TEXT("signatures", "DIR", signatures,
		      "take the signatures from DIR/ID.sig (default: from the\n"
		      "members `signature` of the request)"),
	OPTION_A_FLAG("append", append, "add them to the signatures the files have"),
	OPTION_A_FLAG("force", force,
		      "replace the signatures the files have; with --append only\n"
		      "those by this key"),
	OPTION_A_FLAG("any", any, "where they were asked for so: files that are not ELF"),
	OPTION_A_FLAG("break-links", break_links,
		      "sign a file that has other names (hard links) under this name\n"
		      "only"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_attach = {
	.name = "attach",
	.operands = "REQUEST",
	.summary = "put signatures made elsewhere on files",
	.description =
		"Checks every signature that came back for a request of `modseal digest` "
		"against\n"
		"the file as it lies there now; then writes all, or, where one is "
		"wrong, none.",
	.options = options_attach,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
#else
typedef int modseal_cmd_attach_is_left_out; /* something declared (C11 6.9) */
#endif
