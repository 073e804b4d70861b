/* SPDX-License-Identifier: Apache-2.0 */
/* Writes what was signed, by whom, and what the files were before and after. No clock, no
 * host, no user: the same run gives the same report. */
#ifndef MODSEAL_VERIFY_ONLY
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/input.h"
#include "verifier/tool/new_file.h"
#include "verifier/tool/output.h"
#include "verifier/tool/sign_report.h"

#define FORMAT 1
/* What every report begins with, as jansson indents it. */
#define START "{\n  \"modseal-report\": "

static bool is_report(const char *path)
{
	char start[sizeof(START)] = "";
	FILE *stream = input_stream(path);
	bool same;

	if (!stream)
		return false;
	same = fread(start, 1, sizeof(start) - 1, stream) == sizeof(start) - 1 &&
	       strcmp(start, START) == 0;
	fclose(stream);
	return same;
}

int sign_report_check(const char *path, struct modseal_error *error)
{
	const char *slash = strrchr(path, '/');
	struct stat status;
	char *directory;
	int number, result = new_file_check(path, error);

	if (result < 0 || new_file_is_descriptor(path))
		return result;
	if (lstat(path, &status) == 0) {
		if (!S_ISREG(status.st_mode) || is_report(path))
			return MODSEAL_OK;
		return output_error(error, MODSEAL_E_EXISTS, MODSEAL_STAGE_SIGN, path,
				    "choose another name, or remove it",
				    "it is there already, and is no report");
	}
	directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	number = !directory ? ENOMEM : access(directory, W_OK | X_OK) ? errno : 0;
	free(directory);
	if (number == 0)
		return MODSEAL_OK;
	return output_error(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN, path,
			    "name another place, or change its permissions",
			    "the report cannot be written there: %s", strerror(number));
}

/* ---- files ------------------------------------------------------------------------- */

static json_t *whole(uint64_t size, const char *digest)
{
	return json_pack("{s:I,s:s}", "size", (json_int_t)size, "digest", digest);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_outcome(json_t *entry, const struct modseal_outcome *outcome)
{
	json_t *beside;

	json_object_set_new(entry, "content", json_string(outcome->content));
	json_object_set_new(entry, "before",
			    whole(outcome->size_before, outcome->before));
	json_object_set_new(entry, "after", whole(outcome->size_after, outcome->after));
	if (!outcome->signature[0] || !outcome->written)
		return;
	/* its whole path would tell where the file lay */
	beside = json_object();
	output_json_set(beside, "name", last_part(outcome->written));
	output_json_set(beside, "digest", outcome->signature);
	json_object_set_new(entry, "signature", beside);
}

void sign_report_add(json_t **files, const struct sign_report_file *file)
{
	json_t *entry = json_object(), *also;

	if (!*files) {
		json_decref(entry);
		return;
	}
	output_json_set(entry, "path", file->file->path);
	json_object_set_new(entry, "result", json_string(file->result));
	also = file->file->also_count > 0 ? json_array() : NULL;
	for (size_t i = 0; i < file->file->also_count; i++)
		json_array_append_new(also, output_json_text(file->file->also[i]));
	if (also)
		json_object_set_new(entry, "also", also);
	if (file->outcome)
		add_outcome(entry, file->outcome);
	if (file->error) {
		output_json_set(entry, "code", modseal_code_name(file->error->code));
		output_json_set(entry, "reason", file->error->message);
	}
	if (json_object_get(entry, "result") && json_object_get(entry, "path") &&
	    json_array_append_new(*files, entry) == 0)
		return;
	json_decref(*files);
	*files = NULL;
}

/* ---- all --------------------------------------------------------------------------- */

static const char *form_of(const struct options *options)
{
	return options->ima ? "ima" : options->detached ? "detached" : "appended";
}

static char *make_text(const struct options *options,
		       const struct modseal_signing_key *key, json_t *files,
		       json_t *summary)
{
	struct modseal_signing_identity identity;
	char *text = NULL, *line = NULL;
	json_t *report;

	modseal_signing_key_identity(key, &identity);
	/* o takes files and summary whatever happens */
	report = json_pack("{s:i,s:s,s:s,s:s,s:{s:s,s:o,s:s},s:o,s:o}", "modseal-report",
			   FORMAT, "made-by", modseal_version(), "form", form_of(options),
			   "algorithm", identity.algorithm, "signer", "certificate",
			   identity.certificate, "subject",
			   output_json_text(identity.subject), "key", identity.key,
			   "files", files, "summary", summary);
	if (report && options->output)
		output_json_set(report, "output", options->output);
	if (report)
		text = json_dumps(report, JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER |
						  JSON_INDENT(2));
	json_decref(report);
	if (text && output_json_is_whole() && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}

int sign_report_write(const struct options *options,
		      const struct modseal_signing_key *key, json_t *files,
		      json_t *summary, struct modseal_error *error)
{
	char *text = make_text(options, key, files, summary);
	int result;

	if (!text)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_SIGN,
				    options->report, NULL,
				    "out of memory for the report");
	result = new_file_write(options->report, text, strlen(text), 0666, 1, error);
	free(text);
	return result;
}
#else
typedef int modseal_sign_report_is_left_out; /* a file must declare something */
#endif
