/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as JSON, and the memory that JSON takes. */
#include "verifier/tool/output_json.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "modseal.h"

/* A member that there was no memory for is missing in its object without a word, and so
 * is the object in its list: from the first one on nothing is whole. */
static atomic_bool json_lost;

static void *json_memory(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		atomic_store(&json_lost, true);
	return memory;
}

bool output_json_is_whole(void)
{
	return !atomic_load(&json_lost);
}

void output_json_begin(void)
{
	json_set_alloc_funcs(json_memory, free);
}

json_t *output_json_text(const char *text)
{
	json_t *value = json_string(text);
	char *escaped;
	size_t size;

	if (value)
		return value;
	/* jansson takes UTF-8 only; a file name may be anything */
	size = 4 * strlen(text) + 1;
	escaped = malloc(size);
	if (!escaped) {
		atomic_store(&json_lost, true);
		return NULL;
	}
	modseal_escape(escaped, size, text);
	value = json_string(escaped);
	free(escaped);
	return value;
}

void output_json_set(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, output_json_text(text));
}

int output_json_fact(json_t *object, const char *key, const char *value)
{
	json_t *present = json_object_get(object, key);
	json_t *list;

	if (!present)
		return json_object_set_new(object, key, output_json_text(value));
	if (json_is_array(present))
		return json_array_append_new(present, output_json_text(value));
	list = json_array();
	if (json_array_append(list, present) || json_object_set_new(object, key, list))
		return -1;
	return json_array_append_new(list, output_json_text(value));
}
