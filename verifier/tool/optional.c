/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads notes that list what a file opens itself while it runs (UAPI.12, "dlopen()
 * Metadata for ELF Files"): a JSON array of objects with `soname` (alternatives, the
 * preferred one first) and, where the file says so, `feature`, `description` and
 * `priority`. Members of other names are somebody else's.
 */
#include "verifier/tool/optional.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the library words what is wrong with a part of a file. */
static int add_problem(struct facts *facts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_problem(struct facts *facts, const char *format, ...)
{
	char text[512];
	int length =
		snprintf(text, sizeof(text),
			 "%s: dlopen note: ", modseal_code_name(MODSEAL_E_ELF_MALFORMED));
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
	va_end(arguments);
	return facts_add(facts, "problem", text);
}

/* What is wrong with an entry; NULL: nothing. */
static const char *fault_of(const json_t *entry)
{
	static const char *const texts[] = {"feature", "description", "priority"};
	static const char *const priorities[] = {"required", "recommended", "suggested"};
	const json_t *sonames = json_object_get(entry, "soname");
	const char *priority = json_string_value(json_object_get(entry, "priority"));
	bool known = !priority;

	if (!json_is_object(entry))
		return "it is no object";
	if (!json_is_array(sonames) || json_array_size(sonames) == 0)
		return "`soname` is not an array of names";
	for (size_t i = 0; i < json_array_size(sonames); i++)
		if (json_string_length(json_array_get(sonames, i)) == 0)
			return "`soname` is not an array of names";
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const json_t *text = json_object_get(entry, texts[i]);

		if (text && !json_is_string(text))
			return "`feature`, `description` or `priority` is no text";
	}
	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++)
		known = known || strcmp(priority, priorities[i]) == 0;
	return known ? NULL : "its priority is not required, recommended or suggested";
}

/* "libbpf.so.1 or libbpf.so.0 (suggested, for bpf: Support firewalling with BPF)" */
static char *line_of(const json_t *entry)
{
	const json_t *sonames = json_object_get(entry, "soname");
	const char *priority = json_string_value(json_object_get(entry, "priority"));
	const char *feature = json_string_value(json_object_get(entry, "feature"));
	const char *purpose = json_string_value(json_object_get(entry, "description"));
	char *line = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&line, &size);
	bool failed;

	if (!stream)
		return NULL;
	for (size_t i = 0; i < json_array_size(sonames); i++)
		fprintf(stream, "%s%s", i ? " or " : "",
			json_string_value(json_array_get(sonames, i)));
	if (priority || feature)
		fprintf(stream, " (%s%s%s%s%s%s)", priority ? priority : "",
			priority && feature ? ", " : "", feature ? "for " : "",
			feature ? feature : "", purpose ? ": " : "",
			purpose ? purpose : "");
	else if (purpose)
		fprintf(stream, " (%s)", purpose);
	failed = ferror(stream) != 0;
	if (fclose(stream) != 0 || failed) {
		free(line);
		return NULL;
	}
	return line;
}

static int add_line(struct facts *facts, const json_t *entry)
{
	char *line = line_of(entry);
	int r = line ? facts_add(facts, "optional", line) : MODSEAL_E_RESOURCE;

	free(line);
	return r;
}

static int add_member(struct facts *facts, const json_t *entry)
{
	static const char *const members[] = {"soname", "feature", "description",
					      "priority"};
	json_t *list = json_object_get(facts->object, "optional");
	json_t *object = json_object();

	if (!list) {
		list = json_array();
		if (json_object_set_new(facts->object, "optional", list) != 0)
			list = NULL;
	}
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *member = json_object_get(entry, members[i]);

		if (member && json_object_set(object, members[i], member) != 0) {
			json_decref(object);
			return MODSEAL_E_RESOURCE;
		}
	}
	return json_array_append_new(list, object) == 0 ? 0 : MODSEAL_E_RESOURCE;
}

int optional_add(struct facts *facts, const char *text)
{
	json_error_t error;
	json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	int r = 0;

	if (!list)
		return json_error_code(&error) == json_error_out_of_memory
			       ? MODSEAL_E_RESOURCE
			       : add_problem(facts, "column %d: %s", error.column,
					     error.text);
	if (!json_is_array(list))
		r = add_problem(facts, "it is no array");
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const char *fault = fault_of(entry);

		if (fault)
			r = add_problem(facts, "entry %zu: %s", i + 1, fault);
		else
			r = facts->output->json ? add_member(facts, entry)
						: add_line(facts, entry);
	}
	json_decref(list);
	return r;
}
