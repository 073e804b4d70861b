/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and lists of an answer, freed together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/error.h"
#include "verifier/admin/kept.h"

#define MAX_TEXT 8192

static const char *keep(struct modseal_kept *kept, char *text)
{
	void **items =
		text ? reallocarray(kept->items, kept->count + 1, sizeof(*items)) : NULL;

	if (!items) {
		free(text);
		kept->failed = true;
		return "";
	}
	kept->items = items;
	kept->items[kept->count++] = text;
	return text;
}

const char *modseal_kept_text_v(struct modseal_kept *kept, const char *format,
				va_list arguments)
{
	char raw[MAX_TEXT], escaped[MAX_TEXT];
	int length = vsnprintf(raw, sizeof(raw), format, arguments);

	if (length < 0) {
		kept->failed = true;
		return "";
	}
	modseal_escape(escaped, sizeof(escaped), raw);
	return keep(kept, strdup(escaped));
}

const char *modseal_kept_text(struct modseal_kept *kept, const char *format, ...)
{
	const char *text;
	va_list arguments;

	va_start(arguments, format);
	text = modseal_kept_text_v(kept, format, arguments);
	va_end(arguments);
	return text;
}

const char *modseal_kept_copy(struct modseal_kept *kept, const char *text, size_t size)
{
	return keep(kept, strndup(text, size));
}

/* Lists grow to powers of two. */
void *modseal_kept_append(struct modseal_kept *kept, void *list, size_t *count,
			  size_t size)
{
	void **items = list;
	size_t used = *count;

	if ((used & (used - 1)) == 0) {
		void *grown = reallocarray(*items, used ? 2 * used : 1, size);

		if (!grown) {
			kept->failed = true;
			return NULL;
		}
		*items = grown;
	}
	(*count)++;
	return memset((char *)*items + used * size, 0, size);
}

void modseal_kept_free(struct modseal_kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		free(kept->items[i]);
	free(kept->items);
	*kept = (struct modseal_kept){0};
}
