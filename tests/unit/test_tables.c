/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the dynamic section: every address and size the dynamic linker follows (R36).
 */
#include "tests/unit/elf_rows.h"

struct table_row {
	uint64_t tag, size_tag, entry_tag;
	bool from_file; /* must be bytes of the file, not only memory */
	bool aligned;
};
static const struct table_row table_rows[] = {
	{DT_SYMTAB, 0, DT_SYMENT, true, true},
	{DT_HASH, 0, 0, true, true},
	{DT_GNU_HASH, 0, 0, true, true},
	{DT_RELA, DT_RELASZ, DT_RELAENT, true, true},
	{DT_REL, DT_RELSZ, DT_RELENT, true, true},
	{36, 35, 37, true, true}, /* DT_RELR, DT_RELRSZ, DT_RELRENT */
	{DT_JMPREL, DT_PLTRELSZ, 0, true, true},
	{DT_VERSYM, 0, 0, true, true},
	{DT_VERNEED, 0, 0, true, true},
	{DT_VERDEF, 0, 0, true, true},
	{DT_INIT_ARRAY, DT_INIT_ARRAYSZ, 0, false, true},
	{DT_FINI_ARRAY, DT_FINI_ARRAYSZ, 0, false, true},
	{DT_INIT, 0, 0, false, false},
	{DT_FINI, 0, 0, false, false},
	{DT_PLTGOT, 0, 0, false, false},
};

static bool dynamic_has(const struct sample *s, uint64_t tag)
{
	size_t at = (size_t)segment_get(s, PT_DYNAMIC, 0, P_OFFSET),
	       word = sample_word(s);

	for (; sample_get(s, at, word) != DT_NULL; at += 2 * word)
		if (sample_get(s, at, word) == tag)
			return true;
	return false;
}

static void set(struct sample *s, uint64_t tag, uint64_t value)
{
	if (dynamic_has(s, tag))
		dynamic_put(s, tag, value);
	else
		dynamic_add(s, tag, value);
}

static uint64_t entry_size(const struct sample *s, uint64_t tag)
{
	bool wide = sample_wide(s);

	switch (tag) {
	case DT_REL:
		return wide ? 16 : 8;
	case 36:
		return wide ? 8 : 4;
	case DT_RELA:
		return wide ? 24 : 12;
	default:
		return wide ? 24 : 16;
	}
}

static void expect_table(const struct sample *s, uint64_t tag, const char *what,
			 int wanted)
{
	struct modseal_error error = {0};
	/* what is in the tables, test_follow looks at */
	int r = sample_read(s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_INSPECT, NULL, &error);

	cr_assert(eq(int, r, wanted), "R36 tag 0x%llx, %s: %s", (unsigned long long)tag,
		  what, error.message);
	if (wanted != 0)
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
}

/* Every address the dynamic linker follows stays inside the object; sizes are there. */
Test(tables, wants_every_table_inside_the_object)
{
	const int no = MODSEAL_E_ELF_MALFORMED;

	for (size_t i = 0; i < FORM_COUNT * sizeof(table_rows) / sizeof(table_rows[0]);
	     i++) {
		const struct table_row *row = &table_rows[i / FORM_COUNT];
		struct sample s = sample_make(forms[i % FORM_COUNT].elf_class,
					      forms[i % FORM_COUNT].order);

		set(&s, row->tag, AT_SYMBOLS);
		if (row->size_tag)
			set(&s, row->size_tag, 48);
		if (row->entry_tag)
			set(&s, row->entry_tag, entry_size(&s, row->tag));
		expect_table(&s, row->tag, "well-formed", 0);
		set(&s, row->tag, 0x100000);
		expect_table(&s, row->tag, "outside", no);
		set(&s, row->tag, AT_SYMBOLS + 1);
		expect_table(&s, row->tag, "not aligned", row->aligned ? no : 0);
		set(&s, row->tag, UINT64_MAX);
		expect_table(&s, row->tag, "wraps", no);
		set(&s, row->tag, AT_DATA + DATA_MOVED + DATA_MEMORY - 48);
		expect_table(&s, row->tag, "in zeroed memory", row->from_file ? no : 0);
		set(&s, row->tag, AT_SYMBOLS);
		if (row->size_tag) {
			set(&s, row->size_tag, UINT64_MAX);
			expect_table(&s, row->tag, "size wraps", no);
			set(&s, row->size_tag, AT_DATA - AT_SYMBOLS + 1);
			expect_table(&s, row->tag, "size reaches out", no);
			dynamic_retag(&s, row->size_tag, DT_DEBUG);
			expect_table(&s, row->tag, "no size", no);
			dynamic_retag(&s, DT_DEBUG, row->size_tag);
			set(&s, row->size_tag, 0);
			set(&s, row->tag, 0x100000);
			expect_table(&s, row->tag, "empty, anywhere", 0);
			set(&s, row->size_tag, 48);
			set(&s, row->tag, AT_SYMBOLS);
		}
		if (row->entry_tag) {
			set(&s, row->entry_tag, entry_size(&s, row->tag) + 1);
			expect_table(&s, row->tag, "entry size", no);
			dynamic_retag(&s, row->entry_tag, DT_DEBUG);
			expect_table(&s, row->tag, "no entry size", no);
		}
		free(s.bytes);
	}
}

static void no_symbols(struct sample *s)
{
	dynamic_retag(s, DT_SYMTAB, DT_DEBUG);
}
static void wrong_plt(struct sample *s)
{
	dynamic_add(s, DT_PLTREL, 9);
}

static const struct row tables[] = {
	{"no DT_SYMTAB", no_symbols, "no dynamic symbol table"},
	{"DT_PLTREL is nothing known", wrong_plt, "DT_PLTREL"},
};

Test(tables, refuses_what_would_crash_the_dynamic_linker)
{
	CHECK_ROWS(tables, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
	CHECK_ROWS(tables, MODSEAL_ELF_INSPECT, MODSEAL_E_ELF_MALFORMED);
}
