/* SPDX-License-Identifier: Apache-2.0 */
/* Which notes list what a file opens itself, and how much of them is kept. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/optional.h"

#define DLOPEN 0x407c0c0au

static void give(struct modseal_optional *optional, struct modseal_span owner,
		 uint32_t type, const void *content, size_t size)
{
	struct modseal_elf_note note = {owner, type, modseal_span_of(content, size)};

	modseal_optional_note(optional, &note);
}

struct row {
	const char *name, *owner;
	size_t owner_size;
	uint32_t type;
	const char *content;
	size_t size;
	size_t kept;	     /* 0 or 1 */
	const char *problem; /* NULL: none */
};

static const char broken[] = "dlopen note: not one text that a zero byte ends";

Test(optional, keeps_the_notes_of_the_specification)
{
	static const struct row rows[] = {
		{"as specified", "FDO", 4, DLOPEN, "[]", 3, 1, NULL},
		{"padded with zeros", "FDO", 4, DLOPEN, "[]\0\0\0", 6, 1, NULL},
		{"owner without its zero byte", "FDO", 3, DLOPEN, "[]", 3, 0, NULL},
		{"owner with more", "FDO\0", 5, DLOPEN, "[]", 3, 0, NULL},
		{"another owner", "FDP", 4, DLOPEN, "[]", 3, 0, NULL},
		{"packaging metadata", "FDO", 4, 0xcafe1a7e, "{}", 3, 0, NULL},
		{"no zero byte", "FDO", 4, DLOPEN, "[]", 2, 0, broken},
		{"bytes behind the zero byte", "FDO", 4, DLOPEN, "[]\0x", 4, 0, broken},
		{"nothing", "FDO", 4, DLOPEN, "", 0, 0, broken},
		{"nothing but its zero byte", "FDO", 4, DLOPEN, "", 1, 1, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct modseal_optional found = {0};
		char *content = malloc(row->size + 1); /* what follows is not read */

		memcpy(content, row->content, row->size);
		content[row->size] = 'x';
		give(&found, modseal_span_of(row->owner, row->owner_size), row->type,
		     content, row->size);
		free(content);
		cr_assert(eq(sz, found.texts.count, row->kept), "%s", row->name);
		if (row->kept)
			cr_assert(eq(str, found.texts.items[0],
				     (char *)(uintptr_t)row->content),
				  "%s", row->name);
		cr_assert(eq(int, found.problem != NULL, row->problem != NULL), "%s",
			  row->name);
		if (row->problem)
			cr_assert(eq(str, (char *)(uintptr_t)found.problem,
				     (char *)(uintptr_t)row->problem),
				  "%s", row->name);
		modseal_kept_free(&found.texts);
	}
}

Test(optional, keeps_neither_too_many_nor_too_much)
{
	static char text[(128u << 10) + 1];
	static char many[] = "dlopen notes: more than 256, or than 128 KiB";
	const struct modseal_span owner = modseal_span_of("FDO", 4);
	struct modseal_optional found = {0};

	for (size_t i = 0; i < 256; i++)
		give(&found, owner, DLOPEN, "[]", 3);
	cr_assert(eq(sz, found.texts.count, 256));
	cr_assert(eq(sz, found.bytes, 512));
	cr_assert(eq(ptr, (void *)(uintptr_t)found.problem, NULL));
	give(&found, owner, DLOPEN, "[]", 3);
	cr_assert(eq(sz, found.texts.count, 256));
	cr_assert(eq(str, (char *)(uintptr_t)found.problem, many));
	modseal_kept_free(&found.texts);

	found = (struct modseal_optional){0};
	memset(text, ' ', sizeof(text) - 1);
	give(&found, owner, DLOPEN, text, sizeof(text));
	cr_assert(eq(sz, found.texts.count, 1));
	cr_assert(eq(ptr, (void *)(uintptr_t)found.problem, NULL));
	give(&found, owner, DLOPEN, "[", 2);
	cr_assert(eq(sz, found.texts.count, 1));
	cr_assert(eq(str, (char *)(uintptr_t)found.problem, many));
	modseal_kept_free(&found.texts);
}
