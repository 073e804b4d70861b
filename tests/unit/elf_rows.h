/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of broken ELF files: each row breaks a fresh library of every class and order.
 */
#ifndef TESTS_ELF_ROWS_H
#define TESTS_ELF_ROWS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/elf_sample.h"

struct form {
	const char *name;
	uint8_t elf_class, order;
};
static const struct form forms[] = {
	{"64-bit little-endian", ELFCLASS64, ELFDATA2LSB},
	{"64-bit big-endian", ELFCLASS64, ELFDATA2MSB},
	{"32-bit little-endian", ELFCLASS32, ELFDATA2LSB},
	{"32-bit big-endian", ELFCLASS32, ELFDATA2MSB},
};
#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))

struct row {
	const char *name; /* begins with the requirement's number */
	void (*change)(struct sample *s);
	const char *word; /* the message must contain it: refused for this reason */
};

/* Every row must give code (0: accepted) in every form, at stage image, output untouched.
 */
static inline void check_rows(const struct row *rows, size_t count,
			      enum modseal_elf_level level, int code)
{
	for (size_t i = 0; i < FORM_COUNT * count; i++) {
		const struct form *form = &forms[i / count];
		const struct row *row = &rows[i % count];
		struct sample s = sample_make(form->elf_class, form->order);
		struct modseal_elf elf = {.type = 77};
		struct modseal_error error = {0};
		int r;

		row->change(&s);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, level, &elf, &error);
		cr_assert(eq(int, r, code), "%s, %s: %s", row->name, form->name,
			  error.message);
		if (code != 0) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "%s",
				  row->name);
			cr_assert(eq(str, error.object, "sample"), "%s", row->name);
			cr_assert(ne(ptr, strstr(error.message, row->word), NULL),
				  "%s: '%s' instead of '%s'", row->name, error.message,
				  row->word);
			cr_assert(ne(chr, error.remedy[0], '\0'), "%s", row->name);
			cr_assert(eq(int, elf.type, 77), "%s: output touched", row->name);
		} else {
			modseal_elf_clear(&elf);
		}
		free(s.bytes);
	}
}

#define CHECK_ROWS(rows, level, code)                                                    \
	check_rows(rows, sizeof(rows) / sizeof((rows)[0]), level, code)

#endif
