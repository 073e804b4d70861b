/* SPDX-License-Identifier: Apache-2.0 */
/* modseal digest: asks a key that is elsewhere for signatures. */
#ifndef MODSEAL_VERIFY_ONLY
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/files.h"
#include "verifier/tool/new_file.h"
#include "verifier/tool/output.h"
#include "verifier/tool/request.h"
#include "verifier/tool/signing.h"

static int no_memory(struct modseal_error *error)
{
	return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_SIGN, NULL, NULL,
			    "out of memory");
}

/* The entry of a file. False: no memory. */
static bool describe(const struct modseal_tbs *tbs, const char *path, json_t *files)
{
	json_t *entry = json_object();
	const uint8_t *bytes;
	size_t size;
	int failed = request_set_path(entry, path);

	failed |= json_object_set_new(
		entry, "size", json_integer((json_int_t)modseal_tbs_content_size(tbs)));
	failed |= json_object_set_new(entry, "id", json_string(modseal_tbs_id(tbs)));
	bytes = modseal_tbs_digest(tbs, &size);
	if (bytes)
		failed |=
			json_object_set_new(entry, "digest", request_base64(bytes, size));
	bytes = modseal_tbs_message(tbs, &size);
	if (bytes)
		failed |= json_object_set_new(entry, "message",
					      request_base64(bytes, size));
	failed |= json_array_append_new(files, entry);
	return failed == 0;
}

/* DIR/ID.suffix */
static int write_part(const char *directory, const struct modseal_tbs *tbs,
		      const char *suffix, const uint8_t *bytes, size_t size,
		      struct modseal_error *error)
{
	char *path;
	int result;

	if (!bytes)
		return MODSEAL_OK;
	if (asprintf(&path, "%s/%s.%s", directory, modseal_tbs_id(tbs), suffix) < 0)
		return no_memory(error);
	result = new_file_write(path, bytes, size, 0666, 0, error);
	free(path);
	return result;
}

static int write_parts(const char *directory, const struct modseal_tbs *tbs,
		       struct modseal_error *error)
{
	size_t size = 0;
	const uint8_t *bytes = modseal_tbs_digest(tbs, &size);
	int result = write_part(directory, tbs, "digest", bytes, size, error);

	bytes = modseal_tbs_message(tbs, &size);
	if (result == MODSEAL_OK)
		result = write_part(directory, tbs, "message", bytes, size, error);
	bytes = modseal_tbs_digest_info(tbs, &size);
	if (result == MODSEAL_OK)
		result = write_part(directory, tbs, "digestinfo", bytes, size, error);
	return result;
}

/* What a request says once; the first file tells the algorithm. */
static bool begin(json_t *request, const struct options *options,
		  const struct modseal_signing_key *key, const struct modseal_tbs *tbs)
{
	char digest[65];

	modseal_signing_key_certificate(key, digest);
	return !(json_object_set_new(request, "modseal-request",
				     json_integer(REQUEST_FORMAT)) |
		 json_object_set_new(request, "certificate", json_string(digest)) |
		 json_object_set_new(request, "algorithm",
				     json_string(modseal_tbs_algorithm(tbs))) |
		 json_object_set_new(
			 request, "form",
			 json_string(options->detached ? "detached" : "appended")));
}

/* Asks for one file; what fails is reported by the caller. */
static int ask(const struct options *options, struct modseal_signing_key *key,
	       const char *path, json_t *request, json_t *files,
	       struct modseal_error *error)
{
	struct modseal_tbs *tbs = NULL;
	int result = modseal_tbs_new(key, path,
				     (options->detached ? MODSEAL_SIGN_DETACHED : 0) |
					     (options->any ? MODSEAL_SIGN_ANY : 0),
				     &tbs, error);

	if (result != MODSEAL_OK)
		return result;
	if ((json_object_size(request) == 0 && !begin(request, options, key, tbs)) ||
	    !describe(tbs, path, files))
		result = no_memory(error);
	else if (options->directory)
		result = write_parts(options->directory, tbs, error);
	modseal_tbs_free(&tbs);
	return result;
}

static int write_request(const struct options *options, json_t *request,
			 struct modseal_error *error)
{
	const char *path = options->output ? options->output : "/dev/stdout";
	char *text = json_dumps(request, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	char *line;
	int result;

	if (!text || asprintf(&line, "%s\n", text) < 0) {
		free(text);
		return no_memory(error);
	}
	free(text);
	if (!options->output) {
		fputs(line, stdout);
		result = MODSEAL_OK; /* output_finish tells what came of it */
	} else {
		result = new_file_write(path, line, strlen(line), 0666, 1, error);
	}
	free(line);
	return result;
}

static int make_directory(const struct options *options, struct modseal_error *error)
{
	if (!options->directory || mkdir(options->directory, 0777) == 0 ||
	    errno == EEXIST)
		return MODSEAL_OK;
	return output_error(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
			    options->directory, "name another place",
			    "it cannot be made: %s", strerror(errno));
}

static void ask_all(const struct options *options, const struct files *files,
		    struct modseal_signing_key *key, struct output *output)
{
	json_t *request = json_object(), *entries = json_array();
	struct modseal_error error = {0};
	bool failed = false;

	for (size_t i = 0; i < files->count; i++) {
		const struct file *file = &files->items[i];

		if (file->error) {
			output_failure(output, file->path, file->error);
			failed = true;
		} else if (ask(options, key, file->path, request, entries, &error) !=
			   MODSEAL_OK) {
			output_failure(output, file->path, &error);
			failed = true;
		}
		output_progress(output, i + 1, files->count);
	}
	if (files->count == 0) {
		output_error(&error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, NULL,
			     "name files, or directories with libraries, programs or "
			     "kernel modules below them",
			     "there is nothing to sign");
		output_failure(output, NULL, &error);
		failed = true;
	}
	/* half a request would be signed as if it were the whole release */
	if (!failed) {
		json_object_set(request, "files", entries);
		if (write_request(options, request, &error) != MODSEAL_OK)
			output_failure(output, options->output, &error);
	}
	json_decref(entries);
	json_decref(request);
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_signing_key *key = NULL;
	struct modseal_error error = {0};
	struct files files;
	int status;

	if (!options->certificate)
		return options_missing(&command_digest, "certificate");
	if (options->any && !options->detached)
		return options_conflict(&command_digest, "--any",
					"it goes with --detached");
	status = files_collect(&command_digest, options, FILES_BY_PATH, &files);
	if (status != EXIT_DONE) {
		files_free(&files);
		return status;
	}
	if (signing_open_public(options, &key, &error) != MODSEAL_OK ||
	    make_directory(options, &error) != MODSEAL_OK)
		output_failure_for_all(&output, &options->operands, &error);
	else
		ask_all(options, &files, key, &output);
	files_free(&files);
	modseal_signing_key_free(&key);
	return output_finish(&output);
}

static const struct option_spec options_digest[] = {
	OPTION_A_TEXT("certificate", "FILE", certificate,
		      "the certificate of the key that will sign"),
	OPTION_ALLOW_EXPIRED,
	OPTION_A_CHOICE("hash", "sha256|sha384|sha512", hash,
			"digest (default: the curve's own; SHA-256 for RSA)"),
	OPTION_A_CHOICE("padding", "pkcs1|pss", padding,
			"RSA padding (default: pkcs1, which the kernel wants)"),
	OPTION_A_FLAG("detached", detached, "for signatures beside the files, FILE.p7s"),
	OPTION_A_FLAG("any", any, "with --detached: for files that are not ELF too"),
	OPTIONS_FILES,
	OPTION_A_TEXT("output", "FILE", output,
		      "write the request here (default: standard output)"),
	OPTION_A_TEXT("directory", "DIR", directory,
		      "also write what is to be signed into files DIR/ID.digest,\n"
		      "DIR/ID.message and DIR/ID.digestinfo"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_digest = {
	.name = "digest",
	.operands = "FILE...",
	.summary = "ask a key that is elsewhere to sign files",
	.description =
		"Writes a request in JSON: for each file what the key of the certificate "
		"has to\n"
		"sign. The files stay as they are; `modseal attach` puts the signatures "
		"on them.\n"
		"Where a file fails nothing is written.",
	.options = options_digest,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_cmd_digest_is_left_out; /* something declared (C11 6.9) */
#endif
