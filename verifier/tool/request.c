/* SPDX-License-Identifier: Apache-2.0 */
/* Reads requests for signatures, and the encodings in them. */
#ifndef MODSEAL_VERIFY_ONLY
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verifier/tool/input.h"
#include "verifier/tool/output.h"
#include "verifier/tool/request.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int no_memory(struct modseal_error *error, const char *object)
{
	return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_SIGN, object, NULL,
			    "out of memory");
}

json_t *request_base64(const uint8_t *bytes, size_t size)
{
	char *text = malloc(4 * ((size + 2) / 3) + 1), *at = text;
	json_t *value;

	if (!text)
		return NULL;
	for (size_t i = 0; i < size; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16;

		if (i + 1 < size)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < size)
			three |= bytes[i + 2];
		*at++ = digits[three >> 18];
		*at++ = digits[three >> 12 & 63];
		*at++ = i + 1 < size ? digits[three >> 6 & 63] : '=';
		*at++ = i + 2 < size ? digits[three & 63] : '=';
	}
	*at = '\0';
	value = json_string(text);
	free(text);
	return value;
}

/* One group of four; false where it is none. padding: '=' at its end. */
static bool read_group(const char *text, size_t padding, uint8_t *bytes)
{
	uint32_t all = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *digit = i < 4 - padding ? strchr(digits, text[i]) : digits;

		if (!digit || !*digit)
			return false;
		all = all << 6 | (uint32_t)(digit - digits);
	}
	for (size_t i = 0; i < 3 - padding; i++)
		bytes[i] = (uint8_t)(all >> (16 - 8 * i));
	/* bits that nothing stands for are zero: one spelling only */
	return (all & ((1u << 8 * padding) - 1)) == 0;
}

int request_from_base64(const char *text, uint8_t **ret_bytes, size_t *ret_size,
			const char *object, struct modseal_error *error)
{
	size_t length = strlen(text), padding = 0;
	bool good = length > 0 && length % 4 == 0;
	uint8_t *bytes = malloc(length / 4 * 3 + 1);

	if (!bytes)
		return no_memory(error, object);
	while (good && padding < 2 && text[length - 1 - padding] == '=')
		padding++;
	for (size_t at = 0; good && at < length; at += 4)
		good = read_group(text + at, at + 4 == length ? padding : 0,
				  bytes + at / 4 * 3);
	if (!good) {
		free(bytes);
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, object,
				    "encode it in standard Base64 without line breaks "
				    "(`base64 -w0`)",
				    "it is not in Base64");
	}
	*ret_bytes = bytes;
	*ret_size = length / 4 * 3 - padding;
	return MODSEAL_OK;
}

int request_set_path(json_t *entry, const char *path)
{
	json_t *exact = json_string(path);

	if (exact)
		return json_object_set_new(entry, "path", exact);
	if (json_object_set_new(entry, "path", output_json_text(path)))
		return -1;
	return json_object_set_new(entry, "path-base64",
				   request_base64((const uint8_t *)path, strlen(path)));
}

int request_path(const json_t *entry, char **ret_path, const char *object,
		 struct modseal_error *error)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	const char *exact = json_string_value(json_object_get(entry, "path-base64"));
	uint8_t *bytes = NULL;
	char *copy = NULL;
	size_t size = 0;
	int result = MODSEAL_OK;

	if (exact)
		result = request_from_base64(exact, &bytes, &size, object, error);
	if (result != MODSEAL_OK)
		return result;
	if (exact && !memchr(bytes, '\0', size))
		copy = strndup((const char *)bytes, size);
	else if (!exact && path && *path)
		copy = strdup(path);
	else
		result = output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN,
				      object, "make it with `modseal digest`",
				      "an entry of `files` names no path");
	free(bytes);
	if (result == MODSEAL_OK && !copy)
		return no_memory(error, object);
	if (result == MODSEAL_OK)
		*ret_path = copy;
	return result;
}

static int judge(const json_t *request, const char *file, struct modseal_error *error)
{
	const json_t *format = json_object_get(request, "modseal-request");
	const json_t *files = json_object_get(request, "files");
	const char *form = json_string_value(json_object_get(request, "form"));

	if (!json_is_integer(format))
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, file,
				    "make one with `modseal digest`",
				    "it is no request of modseal");
	if (json_integer_value(format) != REQUEST_FORMAT)
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, file,
				    "use the modseal that made it",
				    "its format is %" JSON_INTEGER_FORMAT ", known is %d",
				    json_integer_value(format), REQUEST_FORMAT);
	if (!json_is_array(files) || json_array_size(files) == 0 || !form ||
	    (strcmp(form, "appended") != 0 && strcmp(form, "detached") != 0) ||
	    !json_is_string(json_object_get(request, "algorithm")) ||
	    !json_is_string(json_object_get(request, "certificate")))
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, file,
				    "make one with `modseal digest`",
				    "it lacks form, algorithm, certificate or files");
	return MODSEAL_OK;
}

static int parse(FILE *stream, const char *file, json_t **ret_request,
		 struct modseal_error *error)
{
	json_error_t wrong;
	struct stat status;

	if (fstat(fileno(stream), &status))
		return output_unreadable(error, MODSEAL_STAGE_SIGN, file, errno);
	if (status.st_size > (off_t)REQUEST_MAX_SIZE)
		return output_error(error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_SIGN, file,
				    "make several requests", "more than %u bytes",
				    REQUEST_MAX_SIZE);
	*ret_request = json_loadf(stream, JSON_REJECT_DUPLICATES, &wrong);
	if (!*ret_request)
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, file,
				    "make it with `modseal digest`",
				    "it is not JSON: line %d, column %d: %s", wrong.line,
				    wrong.column, wrong.text);
	return judge(*ret_request, file, error);
}

int request_read(const char *file, json_t **ret_request, struct modseal_error *error)
{
	bool standard = strcmp(file, "-") == 0;
	FILE *stream = standard ? stdin : input_stream(file);
	json_t *request = NULL;
	int result;

	if (!stream)
		return output_unreadable(error, MODSEAL_STAGE_SIGN, file, errno);
	result = parse(stream, file, &request, error);
	if (!standard)
		fclose(stream);
	if (result == MODSEAL_OK)
		*ret_request = request;
	else
		json_decref(request);
	return result;
}
#else
typedef int modseal_request_is_left_out; /* something declared (C11 6.9) */
#endif
