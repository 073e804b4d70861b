/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and lists of an answer, freed together. */
#ifndef MODSEAL_ADMIN_KEPT_H
#define MODSEAL_ADMIN_KEPT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct modseal_kept {
	void **items;
	size_t count;
	bool failed; /* memory was short somewhere: the answer is not whole */
};

/* A text of at most 8 KiB, escaped as every text of an error; "" where memory is short.
 */
const char *modseal_kept_text(struct modseal_kept *kept, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *modseal_kept_text_v(struct modseal_kept *kept, const char *format,
				va_list arguments) __attribute__((format(printf, 2, 0)));
/* The same as it is, of any length, up to size bytes. */
const char *modseal_kept_copy(struct modseal_kept *kept, const char *text, size_t size);

/* Room for one more item behind count of them in *list, zeroed; NULL where memory is
 * short. Lists are freed with free. */
void *modseal_kept_append(struct modseal_kept *kept, void *list, size_t *count,
			  size_t size);

void modseal_kept_free(struct modseal_kept *kept);

#endif
