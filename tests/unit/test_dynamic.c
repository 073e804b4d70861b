/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic section: entries and names (R36, R38, R42). */
#include "tests/unit/elf_rows.h"

static void no_end(struct sample *s)
{
	size_t at = dynamic_at(s, DT_NULL, 0), word = sample_word(s);
	size_t end = (size_t)(segment_get(s, PT_DYNAMIC, 0, P_OFFSET) +
			      segment_get(s, PT_DYNAMIC, 0, P_FILESZ));

	for (uint64_t tag = 0x60000100; at < end; at += 2 * word)
		sample_put(s, at, word, tag++);
}
static void too_many(struct sample *s)
{
	size_t word = sample_word(s), size = 1100 * 2 * word;
	size_t old = (size_t)segment_get(s, PT_DYNAMIC, 0, P_FILESZ);

	/* moved behind everything, where there is room for 1100 entries */
	s->bytes = realloc(s->bytes, AT_END + size);
	memset(s->bytes + AT_END, 0, size);
	memcpy(s->bytes + AT_END, s->bytes + AT_DYNAMIC, old);
	s->size = AT_END + size;
	segment_put(s, PT_LOAD, 1, P_FILESZ, AT_END + size - AT_DATA);
	segment_put(s, PT_LOAD, 1, P_MEMSZ, AT_END + size - AT_DATA);
	segment_put(s, PT_DYNAMIC, 0, P_OFFSET, AT_END);
	segment_put(s, PT_DYNAMIC, 0, P_VADDR, AT_END + DATA_MOVED);
	segment_put(s, PT_DYNAMIC, 0, P_FILESZ, size);
	segment_put(s, PT_DYNAMIC, 0, P_MEMSZ, size);
	for (unsigned i = 0; i < 1050; i++)
		dynamic_add(s, 0x60000100 + i, 0);
}
static void needed_513(struct sample *s)
{
	too_many(s);
	for (unsigned i = 0; i < 511; i++) {
		dynamic_put(s, 0x60000100 + i, S_FIRST);
		dynamic_retag(s, 0x60000100 + i, DT_NEEDED);
	}
	/* with the two of the sample; and an end within the allowed number of entries */
	dynamic_retag(s, 0x60000100 + 600, DT_NULL);
}
static void size_of_half_an_entry(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_FILESZ, sample_word(s));
	segment_put(s, PT_DYNAMIC, 0, P_MEMSZ, sample_word(s));
}
static void tag_negative(struct sample *s)
{
	/* glibc files tags by their low 31 bits: this would be DT_FILTER */
	dynamic_add(s, UINT64_MAX, S_FIRST);
}
static void tag_wide(struct sample *s)
{
	/* old versions of glibc looked at the low 32 bits only */
	dynamic_add(s, sample_wide(s) ? (1ull << 32) + DT_NEEDED : 0x80000001, S_FIRST);
}

static const struct row entries[] = {
	{"R37 no DT_NULL", no_end, "no DT_NULL"},
	{"R48 1067 entries", too_many, "no DT_NULL"},
	{"R48 513 DT_NEEDED", needed_513, "513 DT_NEEDED"},
	{"R37 half an entry", size_of_half_an_entry, "wrong size"},
	{"R44 a tag that could be DT_FILTER", tag_negative, "unknown dynamic tag"},
	{"R36 a tag that could be DT_NEEDED", tag_wide, "unknown dynamic tag"},
};

Test(dynamic, refuses_malformed_entries)
{
	CHECK_ROWS(entries, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
	CHECK_ROWS(entries, MODSEAL_ELF_INSPECT, MODSEAL_E_ELF_MALFORMED);
}

/* R38: every tag but DT_NEEDED, with the same and with another value, next to it or far.
 */
Test(dynamic, refuses_single_valued_tags_twice)
{
	static const uint64_t tags[] = {DT_SONAME, DT_STRTAB,  DT_STRSZ,      DT_SYMTAB,
					DT_SYMENT, DT_HASH,    DT_RELA,	      DT_RELASZ,
					DT_INIT,   DT_FLAGS,   DT_INIT_ARRAY, DT_FLAGS_1,
					DT_RPATH,  DT_RUNPATH, 0x60001234};

	for (size_t i = 0; i < FORM_COUNT * sizeof(tags) / sizeof(tags[0]); i++) {
		for (uint64_t more = 0; more < 2; more++) {
			struct sample s = sample_make(forms[i % FORM_COUNT].elf_class,
						      forms[i % FORM_COUNT].order);
			uint64_t tag = tags[i / FORM_COUNT];
			struct modseal_error error = {0};
			int r;

			if (tag == DT_RPATH || tag == DT_RUNPATH || tag == 0x60001234)
				dynamic_add(&s, tag, S_PATH);
			dynamic_add(&s, DT_DEBUG, 0);
			dynamic_add(&s, tag, dynamic_get(&s, tag) + more);
			r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD,
					NULL, &error);
			cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "R38 tag %llx",
				  (unsigned long long)tag);
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
			cr_assert(ne(ptr, strstr(error.message, "twice"), NULL), "R38 %s",
				  error.message);
			free(s.bytes);
		}
	}
}

static void strings_outside(struct sample *s)
{
	dynamic_put(s, DT_STRTAB, 0x100000);
}
static void strings_reach_out(struct sample *s)
{
	dynamic_put(s, DT_STRSZ, AT_DATA - AT_STRINGS + 1);
}
static void strings_wrap(struct sample *s)
{
	dynamic_put(s, DT_STRSZ, UINT64_MAX);
}
static void strings_in_zeroes(struct sample *s)
{
	/* there is memory, but no byte of the file */
	dynamic_put(s, DT_STRTAB, AT_END + DATA_MOVED - 16);
}
static void strings_in_dynamic(struct sample *s)
{
	/* the dynamic linker adds the load address to entries before it reads names */
	dynamic_put(s, DT_STRTAB, AT_DYNAMIC + DATA_MOVED + 0x20);
	dynamic_put(s, DT_STRSZ, 0x40);
}
static void strings_touch_dynamic(struct sample *s)
{
	dynamic_put(s, DT_STRTAB, AT_DATA + DATA_MOVED);
	dynamic_put(s, DT_STRSZ, AT_DYNAMIC - AT_DATA + 1);
}
static void strings_none(struct sample *s)
{
	dynamic_retag(s, DT_STRTAB, DT_DEBUG);
}
static void strings_without_size(struct sample *s)
{
	dynamic_retag(s, DT_STRSZ, DT_DEBUG);
}
static void strings_empty(struct sample *s)
{
	dynamic_put(s, DT_STRSZ, 0);
}
static void needed_outside(struct sample *s)
{
	dynamic_put(s, DT_NEEDED, 0x100);
}
static void needed_wraps(struct sample *s)
{
	dynamic_put(s, DT_NEEDED, UINT64_MAX);
}
static void needed_open_end(struct sample *s)
{
	memcpy(s->bytes + AT_STRINGS + 0xfc, "name", 4); /* goes on behind the table */
	dynamic_put(s, DT_NEEDED, 0xfc);
}
static void soname_outside(struct sample *s)
{
	dynamic_put(s, DT_SONAME, 0x10000);
}
static void runpath_outside(struct sample *s)
{
	dynamic_add(s, DT_RUNPATH, 0x10000);
}

static const struct row strings[] = {
	{"R36 DT_STRTAB outside", strings_outside, "string table lies outside"},
	{"R36 DT_STRTAB reaches out of its PT_LOAD", strings_reach_out, "lies outside"},
	{"R36 DT_STRSZ that wraps", strings_wrap, "string table lies outside"},
	{"R36 DT_STRTAB in memory without bytes", strings_in_zeroes, "lies outside"},
	{"R36 DT_STRTAB inside PT_DYNAMIC", strings_in_dynamic, "overlaps PT_DYNAMIC"},
	{"R36 DT_STRTAB a byte into PT_DYNAMIC", strings_touch_dynamic, "overlaps"},
	{"R36 no DT_STRTAB", strings_none, "no dynamic string table"},
	{"R36 no DT_STRSZ", strings_without_size, "no dynamic string table"},
	{"R36 DT_STRSZ 0", strings_empty, "no dynamic string table"},
	{"R36 DT_NEEDED behind the strings", needed_outside, "DT_NEEDED is not a text"},
	{"R36 DT_NEEDED that wraps", needed_wraps, "DT_NEEDED is not a text"},
	{"R36 DT_NEEDED without end", needed_open_end, "DT_NEEDED is not a text"},
	{"R36 DT_SONAME behind the strings", soname_outside, "DT_SONAME is not a text"},
	{"R36 DT_RUNPATH behind the strings", runpath_outside,
	 "DT_RUNPATH is not a text"},
};

Test(dynamic, refuses_names_that_would_be_others_in_memory)
{
	CHECK_ROWS(strings, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
	CHECK_ROWS(strings, MODSEAL_ELF_INSPECT, MODSEAL_E_ELF_MALFORMED);
}

struct name_row {
	const char *name;
	bool good;
};

/* R42: the same rule for what is needed and for what it is called. */
Test(dynamic, wants_names_that_are_plain_text_and_no_path)
{
	char long_good[256], long_bad[257];
	const struct name_row rows[] = {
		{"", false},
		{"/lib/libc.so", false},
		{"./libc.so", false},
		{"lib/", false},
		{"$ORIGIN", false},
		{"lib$LIB.so", false},
		{"${PLATFORM}", false},
		{"lib a.so", false},
		{" ", false},
		{"lib\n.so", false},
		{"lib\x7f.so", false},
		{"lib\x01.so", false},
		{"libgr\xc3\xbcn.so", false},
		{"lib\xff.so", false},
		{".", false},
		{"..", false},
		{"libc.so.6", true},
		{"x", true},
		{"lib~weird!+,-=@%.so", true},
		{"...", true},
		{"ld-linux-x86-64.so.2", true},
		{long_good, true},
		{long_bad, false},
	};

	memset(long_good, 'n', 255);
	long_good[255] = '\0';
	memset(long_bad, 'n', 256);
	long_bad[256] = '\0';
	for (size_t i = 0; i < FORM_COUNT * sizeof(rows) / sizeof(rows[0]) * 2; i++) {
		const struct name_row *row = &rows[i / FORM_COUNT / 2];
		uint64_t tag = i & 1 ? DT_NEEDED : DT_SONAME;
		struct sample s = sample_make(forms[i / 2 % FORM_COUNT].elf_class,
					      forms[i / 2 % FORM_COUNT].order);
		struct modseal_error error = {0};
		struct modseal_elf elf = {0};
		int r;

		/* up to the code there is room for the longest */
		sample_calm(&s);
		strcpy((char *)s.bytes + AT_STRINGS, "");
		dynamic_put(&s, DT_STRSZ, 0x180 + 0x80);
		memset(s.bytes + AT_STRINGS + S_FREE, 0, 0x200 - S_FREE);
		strcpy((char *)s.bytes + AT_STRINGS + S_FREE, row->name);
		segment_put(&s, PT_NOTE, 0, P_TYPE, PT_NULL);
		dynamic_put(&s, tag, S_FREE);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf,
				&error);
		cr_assert(eq(int, r, row->good ? 0 : MODSEAL_E_ELF_UNSAFE),
			  "R42 '%s': %s", row->name, error.message);
		if (row->good)
			cr_assert(eq(str, tag == DT_SONAME ? elf.soname : elf.needed[0],
				     (char *)row->name),
				  "R42");
		else
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "R42");
		modseal_elf_clear(&elf);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_INSPECT, NULL,
				&error);
		cr_assert(eq(int, r, 0), "inspect shows '%s': %s", row->name,
			  error.message);
		free(s.bytes);
	}
}

static void needed_then_all(struct sample *s)
{
	dynamic_put(s, DT_NEEDED, S_EMPTY);
	dynamic_add(s, DT_RUNPATH, S_PATH);
}
static void soname_then_path(struct sample *s)
{
	dynamic_put(s, DT_SONAME, S_EMPTY);
	dynamic_add(s, DT_RUNPATH, S_PATH);
}
static const struct row behind[] = {
	{"R42 an empty DT_NEEDED before a good SONAME", needed_then_all,
	 "an empty DT_NEEDED"},
	{"R42 an empty SONAME before a path", soname_then_path, "an empty DT_SONAME"},
};

Test(dynamic, a_bad_name_is_not_forgotten_for_a_good_one_behind_it)
{
	CHECK_ROWS(behind, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_UNSAFE);
}

static void strings_before(struct sample *s)
{
	sample_calm(s);
	memcpy(s->bytes + AT_DATA, s->bytes + AT_STRINGS, AT_DYNAMIC - AT_DATA);
	dynamic_put(s, DT_STRTAB, AT_DATA + DATA_MOVED);
	dynamic_put(s, DT_STRSZ, AT_DYNAMIC - AT_DATA);
}
static void strings_behind(struct sample *s)
{
	size_t size = (size_t)segment_get(s, PT_DYNAMIC, 0, P_FILESZ);

	memcpy(s->bytes + AT_DYNAMIC + size, s->bytes + AT_STRINGS, 64);
	dynamic_put(s, DT_STRTAB, AT_DYNAMIC + size + DATA_MOVED);
	dynamic_put(s, DT_STRSZ, 64);
}
static void needed_512(struct sample *s)
{
	needed_513(s);
	dynamic_retag(s, DT_NEEDED, DT_DEBUG);
}
static void needed_again(struct sample *s)
{
	dynamic_add(s, DT_NEEDED, S_FIRST); /* the same name again */
}

static const struct row fine[] = {
	{"strings up to PT_DYNAMIC", strings_before, ""},
	{"strings right behind PT_DYNAMIC", strings_behind, ""},
	{"512 DT_NEEDED", needed_512, ""},
	{"one name needed twice", needed_again, ""},
};

Test(dynamic, accepts_the_last_fitting_value)
{
	CHECK_ROWS(fine, MODSEAL_ELF_STANDARD, 0);
}

Test(dynamic, tells_path_lists_and_flags)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	struct modseal_elf elf = {0};
	int r;

	dynamic_add(&s, DT_RPATH, S_FIRST);
	dynamic_add(&s, DT_RUNPATH, S_PATH);
	dynamic_put(&s, DT_FLAGS_1, DF_1_NODELETE);
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf, NULL);
	cr_assert(eq(int, r, 0));
	cr_assert(eq(str, elf.runpath, "/opt/lib"));
	cr_assert(elf.no_delete);
	modseal_elf_clear(&elf);
	dynamic_retag(&s, DT_RUNPATH, DT_DEBUG);
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf, NULL);
	cr_assert(eq(int, r, 0));
	cr_assert(eq(str, elf.runpath, "libfirst.so"));
	modseal_elf_clear(&elf);
	free(s.bytes);
}

static void check_needs(const struct sample *s, const char *what)
{
	struct modseal_elf elf = {0};
	struct modseal_error error = {0};
	int r = sample_read(s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf, &error);

	cr_assert(eq(int, r, 0), "R36 %s: %s", what, error.message);
	cr_assert(eq(str, elf.soname, "libneeds.so.1"), "R36 %s", what);
	cr_assert(ge(sz, elf.needed_count, 2), "R36 %s", what);
	cr_assert(eq(str, elf.needed[0], "libdep.so.1"), "R36 %s", what);
	cr_assert(eq(str, elf.needed[1], "libdep2.so"), "R36 %s", what);
	modseal_elf_clear(&elf);
}

/* The section header of a type in a 64-bit file, by its place. */
static size_t section_at(const struct sample *s, uint32_t type)
{
	size_t at = (size_t)sample_get(s, at_shoff(s), 8);

	while (sample_get(s, at + 4, 4) != type)
		at += 64;
	return at;
}

/* R36: sections may lie or be missing; the answer is what the dynamic linker sees. */
Test(dynamic, believes_no_section)
{
	struct sample s = sample_load("data/elf/needs.so");
	struct sample lie = sample_copy(&s);
	size_t at;

	cr_assert(eq(int, s.bytes[EI_CLASS], ELFCLASS64));
	check_needs(&s, "as it was linked");
	/* .dynamic somewhere else, where another list of names could stand */
	at = section_at(&lie, SHT_DYNAMIC);
	sample_put(&lie, at + 24, 8, sample_get(&lie, at + 24, 8) + 32);
	check_needs(&lie, ".dynamic moved");
	sample_put(&lie, at + 24, 8, 64);
	sample_put(&lie, at + 16, 8, 64);
	check_needs(&lie, ".dynamic over the program headers");
	sample_put(&lie, at + 4, 4, SHT_PROGBITS);
	check_needs(&lie, "no .dynamic");
	free(lie.bytes);
	lie = sample_copy(&s);
	at = section_at(&lie, SHT_STRTAB);
	sample_put(&lie, at + 24, 8, 0);
	sample_put(&lie, at + 32, 8, UINT64_MAX);
	check_needs(&lie, ".dynstr elsewhere");
	free(lie.bytes);
	/* no section headers at all */
	memset(s.bytes + 40, 0, 8);
	memset(s.bytes + 60, 0, 4);
	check_needs(&s, "no section headers");
	free(s.bytes);
}
