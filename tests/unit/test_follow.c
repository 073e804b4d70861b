/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dynamic linker follows without asking, in every class and byte order: hash
 * tables, symbols, versions, relocations, functions. tests/hostile/elf_files.py breaks a
 * real plugin in many more ways.
 */
#include "tests/unit/elf_rows.h"
#include "tests/unit/slowness.h"

/* Tables in the room behind the names; all of them are in the first PT_LOAD. */
enum {
	AT_RICH = AT_STRINGS + 0x40, /* symbols: none, an import, an export */
	AT_GNU = AT_RICH + 0x48,     /* one bucket: the export */
	AT_VERSYM = AT_GNU + 0x20,
	AT_VERNEED = AT_VERSYM + 8, /* of libfirst.so: version 2 */
	AT_VERDEF = AT_VERNEED + 0x20,
	AT_RELR = AT_VERDEF + 0x20,
	AT_JMPREL = AT_RELA + 0x18,
	AT_ARRAY = AT_DATA + DATA_MOVED, /* in memory: the constructor, then words */
};

static void put_symbol(struct sample *s, unsigned number, uint64_t name, unsigned info,
		       unsigned section, uint64_t value)
{
	bool wide = sample_wide(s);
	size_t at = AT_RICH + number * (wide ? 24u : 16u);

	sample_put(s, at, 4, name);
	sample_put(s, at + (wide ? 4 : 12), 1, info);
	sample_put(s, at + (wide ? 6 : 14), 2, section);
	sample_put(s, at + (wide ? 8 : 4), sample_word(s), value);
}

static void put_versions(struct sample *s)
{
	static const uint16_t versions[] = {0, 2, 3};

	for (size_t i = 0; i < 3; i++)
		sample_put(s, AT_VERSYM + 2 * i, 2, versions[i]);
	/* version, how many, file, where they are; hash, flags, number, name */
	sample_put(s, AT_VERNEED, 2, 1);
	sample_put(s, AT_VERNEED + 2, 2, 1);
	sample_put(s, AT_VERNEED + 4, 4, S_FIRST);
	sample_put(s, AT_VERNEED + 8, 4, 16);
	sample_put(s, AT_VERNEED + 16 + 6, 2, 2);
	sample_put(s, AT_VERNEED + 16 + 8, 4, S_SECOND);
	/* version, flags, number, how many names, hash, where they are; name */
	sample_put(s, AT_VERDEF, 2, 1);
	sample_put(s, AT_VERDEF + 4, 2, 3);
	sample_put(s, AT_VERDEF + 6, 2, 1);
	sample_put(s, AT_VERDEF + 12, 4, 20);
	sample_put(s, AT_VERDEF + 20, 4, S_SONAME);
	dynamic_add(s, DT_VERSYM, AT_VERSYM);
	dynamic_add(s, DT_VERNEED, AT_VERNEED);
	dynamic_add(s, DT_VERDEF, AT_VERDEF);
}

/* One of each table, all of them right. */
static void enrich(struct sample *s)
{
	size_t word = sample_word(s);
	bool wide = sample_wide(s);

	put_symbol(s, 1, S_FIRST, STT_FUNC | STB_GLOBAL << 4, SHN_UNDEF, 0);
	put_symbol(s, 2, S_SECOND, STT_FUNC | STB_GLOBAL << 4, 5, AT_CODE);
	dynamic_put(s, DT_SYMTAB, AT_RICH);
	dynamic_put(s, DT_STRSZ, AT_RELR - AT_STRINGS);
	/* one bucket, three symbols; the bucket, the chains */
	sample_put(s, AT_HASH, 4, 1);
	sample_put(s, AT_HASH + 4, 4, 3);
	sample_put(s, AT_HASH + 8, 4, 2);
	sample_put(s, AT_HASH + 12 + 2 * 4, 4, 1);
	/* one bucket, the first of its symbols, words of the filter, shift */
	sample_put(s, AT_GNU, 4, 1);
	sample_put(s, AT_GNU + 4, 4, 2);
	sample_put(s, AT_GNU + 8, 4, 1);
	sample_put(s, AT_GNU + 16 + word, 4, 2);
	sample_put(s, AT_GNU + 16 + word + 4, 4, 0x1235);
	dynamic_add(s, DT_GNU_HASH, AT_GNU);
	put_versions(s);
	/* the import: R_X86_64_JUMP_SLOT with an addend, R_386_JMP_SLOT without */
	sample_put(s, AT_JMPREL, word, AT_ARRAY + 8);
	sample_put(s, AT_JMPREL + word, word, 7 | 1ull << (wide ? 32 : 8));
	dynamic_add(s, DT_JMPREL, AT_JMPREL);
	dynamic_add(s, DT_PLTRELSZ, wide ? 24 : 8);
	dynamic_add(s, DT_PLTREL, wide ? DT_RELA : DT_REL);
	/* an address, and a bitmap of the first and the third word behind it */
	sample_put(s, AT_RELR, word, AT_ARRAY + 16);
	sample_put(s, AT_RELR + word, word, 5 << 1 | 1);
	dynamic_add(s, DT_RELR, AT_RELR);
	dynamic_add(s, DT_RELRSZ, 2 * word);
	dynamic_add(s, DT_RELRENT, word);
}

/* One field of one table, by its offset and width where words have 8 and 4 bytes. */
struct field_row {
	const char *name;
	size_t wide, narrow;
	size_t wide_width, narrow_width;
	uint64_t value;
	const char *word; /* NULL: accepted */
};
#define WORDS	  4, 4
#define HALVES	  2, 2
#define ADDRESSES 8, 4

static const struct field_row fields[] = {
	{"nothing", AT_RELR + 16, AT_RELR + 8, WORDS, 0, NULL},
	{"R36 a bucket behind the symbols", AT_HASH + 8, AT_HASH + 8, WORDS, 3,
	 "names symbol 3 of 3"},
	{"R36 a chain behind the symbols", AT_HASH + 16, AT_HASH + 16, WORDS, 1u << 31,
	 "DT_HASH names symbol"},
	{"R36 a chain that goes round", AT_HASH + 16, AT_HASH + 16, WORDS, 1,
	 "comes back to itself"},
	{"R36 more buckets than there is room", AT_HASH, AT_HASH, WORDS, 1u << 20,
	 "DT_HASH reaches out"},
	{"R36 more symbols than anybody has", AT_HASH + 4, AT_HASH + 4, WORDS,
	 (1u << 20) + 1, "DT_HASH has more"},
	{"R36 another count of symbols", AT_HASH + 4, AT_HASH + 4, WORDS, 4,
	 "4 symbols by DT_HASH, 3 by DT_GNU_HASH"},
	{"R36 no filter", AT_GNU + 8, AT_GNU + 8, WORDS, 0, "the filter"},
	{"R36 a filter of three words", AT_GNU + 8, AT_GNU + 8, WORDS, 3, "the filter"},
	{"R36 a filter without room", AT_GNU + 8, AT_GNU + 8, WORDS, 1u << 31,
	 "DT_GNU_HASH reaches out"},
	{"R36 buckets without room", AT_GNU, AT_GNU, WORDS, 1000000,
	 "DT_GNU_HASH reaches out"},
	{"R48 more buckets than there may be symbols", AT_GNU, AT_GNU, WORDS,
	 (1u << 20) + 1, "DT_GNU_HASH has more"},
	{"R36 a bucket before the first symbol", AT_GNU + 24, AT_GNU + 20, WORDS, 1,
	 "the first is 2"},
	{"R36 a bucket behind the chains", AT_GNU + 24, AT_GNU + 20, WORDS, 1u << 20,
	 "does not end"},
	{"nothing is exported", AT_GNU + 24, AT_GNU + 20, WORDS, 0, NULL},
	{"R36 an import without a name", AT_RICH + 24, AT_RICH + 16, WORDS, 0x1000,
	 "symbol 1 is not in DT_STRTAB"},
	{"R36 an export outside", AT_RICH + 56, AT_RICH + 36, ADDRESSES, 0x10000,
	 "'libsecond.so.2' lies outside every PT_LOAD"},
	{"an export at the end of the code", AT_RICH + 56, AT_RICH + 36, ADDRESSES,
	 AT_DATA, NULL},
	{"R36 an export right behind its end", AT_RICH + 56, AT_RICH + 36, ADDRESSES,
	 AT_DATA + 1, "lies outside"},
	{"an absolute number", AT_RICH + 54, AT_RICH + 46, HALVES, SHN_ABS, NULL},
	{"a function that chooses", AT_RICH + 52, AT_RICH + 44, 1, 1, STT_GNU_IFUNC,
	 NULL},
	{"R36 a thread's variable outside", AT_RICH + 52, AT_RICH + 44, 1, 1, STT_TLS,
	 "outside PT_TLS"},
	{"R36 a version that nobody has", AT_VERSYM + 2, AT_VERSYM + 2, HALVES, 4,
	 "symbol 1 has version 4, the last is 3"},
	{"a hidden version", AT_VERSYM + 4, AT_VERSYM + 4, HALVES, 0x8003, NULL},
	{"R36 versions of what is not needed", AT_VERNEED + 4, AT_VERNEED + 4, WORDS,
	 S_SONAME, "'libsample.so.1', which is not needed"},
	{"R36 versions of a file without a name", AT_VERNEED + 4, AT_VERNEED + 4, WORDS,
	 0x1000, "a name of DT_VERNEED"},
	{"R36 a needed version without a name", AT_VERNEED + 24, AT_VERNEED + 24, WORDS,
	 0x1000, "a name of DT_VERNEED"},
	{"R36 needed versions without end", AT_VERNEED + 28, AT_VERNEED + 28, WORDS,
	 1u << 20, "DT_VERNEED reaches out"},
	{"R36 needed versions that overlap", AT_VERNEED + 28, AT_VERNEED + 28, WORDS, 2,
	 "not aligned"},
	{"R36 an unknown DT_VERNEED", AT_VERNEED, AT_VERNEED, HALVES, 2,
	 "unknown version of DT_VERNEED"},
	{"R36 a defined version without a name", AT_VERDEF + 20, AT_VERDEF + 20, WORDS,
	 0x1000, "a name of DT_VERDEF"},
	{"R36 defined versions without end", AT_VERDEF + 16, AT_VERDEF + 16, WORDS,
	 1u << 20, "DT_VERDEF reaches out"},
	{"R36 an unknown DT_VERDEF", AT_VERDEF, AT_VERDEF, HALVES, 0,
	 "unknown version of DT_VERDEF"},
	{"R39 a relocation outside", AT_RELA, AT_RELA, ADDRESSES, 0x10000,
	 "outside every PT_LOAD"},
	{"R39 a relocation in the code", AT_RELA, AT_RELA, ADDRESSES, AT_CODE,
	 "which is not writable"},
	{"R39 a relocation in PT_DYNAMIC", AT_RELA, AT_RELA, ADDRESSES,
	 AT_DYNAMIC + DATA_MOVED, "in the tables"},
	{"R39 a relocation that reaches into PT_DYNAMIC", AT_RELA, AT_RELA, ADDRESSES,
	 AT_DYNAMIC + DATA_MOVED - 3, "in the tables"},
	{"R36 a constructor in the data", AT_RELA + 16, AT_RELA + 8, ADDRESSES, AT_ARRAY,
	 "not in its code"},
	{"R36 a constructor that is left out", AT_RELA, AT_RELA, ADDRESSES, AT_ARRAY + 8,
	 "no relocation fills function 0"},
	{"R36 a constructor behind the code", AT_RELA + 16, AT_RELA + 8, ADDRESSES,
	 AT_DATA, "not in its code"},
	{"R39 a call outside", AT_JMPREL, AT_JMPREL, ADDRESSES, 0x10000,
	 "a relocation of DT_JMPREL writes to 0x10000"},
	{"R39 a word that is outside", AT_RELR, AT_RELR, ADDRESSES, 0x10000,
	 "a relocation of DT_RELR writes to 0x10000"},
	{"R39 a bitmap that comes first", AT_RELR, AT_RELR, ADDRESSES, 3,
	 "begins with a bitmap"},
	{"R39 a word once more", AT_RELR + 16 - 8, AT_RELR + 8 - 4, ADDRESSES,
	 AT_ARRAY + 16, "do not rise"},
	/* the 8th bit is PT_DYNAMIC's first word of 8 bytes, the 16th of 4 */
	{"R39 a bitmap that reaches into PT_DYNAMIC", AT_RELR + 8, AT_RELR + 4, ADDRESSES,
	 0xff0001, "in the tables"},
};

Test(follow, every_field_is_judged)
{
	for (size_t i = 0; i < FORM_COUNT * sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field_row *row = &fields[i / FORM_COUNT];
		const struct form *form = &forms[i % FORM_COUNT];
		struct sample s = sample_make(form->elf_class, form->order);
		struct modseal_error error = {0};
		bool wide = sample_wide(&s);
		int r;

		enrich(&s);
		sample_put(&s, wide ? row->wide : row->narrow,
			   wide ? row->wide_width : row->narrow_width, row->value);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, NULL,
				&error);
		cr_assert(eq(int, r, row->word ? MODSEAL_E_ELF_MALFORMED : 0),
			  "%s, %s: %s", row->name, form->name, error.message);
		if (row->word) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
			cr_assert(ne(ptr, strstr(error.message, row->word), NULL),
				  "%s, %s: '%s' instead of '%s'", row->name, form->name,
				  error.message, row->word);
		}
		/* inspect tells what the file says of itself all the same */
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_INSPECT, NULL,
				&error);
		cr_assert(eq(int, r, 0), "%s: %s", row->name, error.message);
		free(s.bytes);
	}
}

static void no_calls(struct sample *s)
{
	enrich(s);
	dynamic_retag(s, DT_JMPREL, DT_DEBUG);
}
static void no_kind(struct sample *s)
{
	enrich(s);
	dynamic_retag(s, DT_PLTREL, DT_DEBUG);
}
static void no_size(struct sample *s)
{
	enrich(s);
	dynamic_retag(s, DT_PLTRELSZ, DT_DEBUG);
}
static void half_a_relocation(struct sample *s)
{
	enrich(s);
	dynamic_put(s, DT_RELASZ, sample_wide(s) ? 16 : 8);
}
static void half_a_call(struct sample *s)
{
	enrich(s);
	dynamic_put(s, DT_PLTRELSZ, sample_wide(s) ? 16 : 4);
}
static void half_a_word(struct sample *s)
{
	enrich(s);
	dynamic_put(s, DT_RELRSZ, sample_word(s) + 2);
}
static void counted_wrongly(struct sample *s)
{
	enrich(s);
	dynamic_put(s, DT_RELASZ, 2 * dynamic_get(s, DT_RELASZ));
	/* what follows is the call */
	dynamic_add(s, DT_RELACOUNT, 2);
}
static void names_without_end(struct sample *s)
{
	enrich(s);
	s->bytes[AT_RELR - 1] = 'x';
}
static void no_numbers(struct sample *s)
{
	enrich(s);
	dynamic_retag(s, DT_VERSYM, DT_DEBUG);
}
static void numbers_of_nothing(struct sample *s)
{
	enrich(s);
	dynamic_retag(s, DT_VERNEED, DT_DEBUG);
	dynamic_retag(s, DT_VERDEF, DT_CHECKSUM);
}
static void unreadable(struct sample *s)
{
	enrich(s);
	segment_put(s, PT_LOAD, 0, P_FLAGS, PF_X);
}
static void constant_dynamic(struct sample *s)
{
	sample_calm(s);
	segment_put(s, PT_LOAD, 1, P_FLAGS, PF_R);
}
static void start_in_data(struct sample *s)
{
	dynamic_put(s, DT_INIT, AT_ARRAY);
}
static void end_in_data(struct sample *s)
{
	dynamic_add(s, DT_FINI, AT_ARRAY);
}
static void function_too_many(struct sample *s)
{
	dynamic_put(s, DT_INIT_ARRAYSZ, 2 * sample_word(s));
}

static void functions_without_end(struct sample *s)
{
	dynamic_put(s, DT_INIT_ARRAYSZ, ((1u << 16) + 1) * sample_word(s));
	segment_put(s, PT_LOAD, 1, P_MEMSZ, 1u << 20);
}

static const struct row wrong[] = {
	{"R36 DT_PLTREL without DT_JMPREL", no_calls, "not all there"},
	{"R36 DT_JMPREL without DT_PLTREL", no_kind, "not all there"},
	{"R36 DT_JMPREL without DT_PLTRELSZ", no_size, "without its size"},
	{"R36 half a relocation", half_a_relocation, "DT_RELA ends inside"},
	{"R36 half a call", half_a_call, "DT_JMPREL ends inside"},
	{"R36 half a word", half_a_word, "DT_RELR ends inside"},
	{"R36 DT_RELACOUNT too large", counted_wrongly, "begins with"},
	{"R36 names that do not end", names_without_end, "does not end in a zero byte"},
	{"R36 versions without DT_VERSYM", no_numbers, "without DT_VERSYM"},
	{"R36 DT_VERSYM without versions", numbers_of_nothing, "the last is 0"},
	{"R36 tables that cannot be read", unreadable, "cannot be read"},
	{"R36 PT_DYNAMIC that cannot be written", constant_dynamic, "read or written"},
	{"R36 DT_INIT in the data", start_in_data, "DT_INIT is not"},
	{"R36 DT_FINI in the data", end_in_data, "DT_FINI is not"},
	{"R36 a constructor too many", function_too_many, "no relocation fills"},
	{"R36 more constructors than anybody has", functions_without_end,
	 "more than 65536 functions"},
};

Test(follow, what_belongs_together_is_there)
{
	CHECK_ROWS(wrong, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
}

static void constant_everything(struct sample *s)
{
	/* then glibc writes nothing into it */
	constant_dynamic(s);
	segment_put(s, PT_DYNAMIC, 0, P_FLAGS, PF_R);
}
static void by_symbol(struct sample *s)
{
	/* R_X86_64_64 and R_386_32: where that function is, others know */
	enrich(s);
	sample_put(s, AT_RELA + sample_word(s), sample_word(s),
		   1 | 1ull << (sample_wide(s) ? 32 : 8));
}
static void other_machine(struct sample *s)
{
	/* no relocation type of it is known here: only where it writes is judged */
	enrich(s);
	sample_put(s, 18, 2, EM_PPC64);
	sample_put(s, AT_RELA + sample_word(s), sample_word(s), 200);
}
static void nothing_of_a_relocation(struct sample *s)
{
	enrich(s);
	sample_put(s, AT_JMPREL, sample_word(s), 0x10000);
	sample_put(s, AT_JMPREL + sample_word(s), sample_word(s), 0);
}

static const struct row fine[] = {
	{"one of each", enrich, ""},
	{"nothing that is written", constant_everything, ""},
	{"a constructor found by its name", by_symbol, ""},
	{"another machine", other_machine, ""},
	{"a relocation that does nothing", nothing_of_a_relocation, ""},
};

Test(follow, what_linkers_make_is_accepted)
{
	CHECK_ROWS(fine, MODSEAL_ELF_STANDARD, 0);
}

/* R48: as many as are read at all, and one more. */
Test(follow, the_largest_tables_take_less_than_a_tenth_of_a_second)
{
	const size_t count = 3u << 19, entry = 24;
	const uint64_t first = AT_END + 0x700; /* where a page begins for no PT_LOAD */
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};
	double took;
	int r;

	s.bytes = realloc(s.bytes, first + (count + 1) * entry);
	memset(s.bytes + AT_END, 0, first - AT_END);
	s.size = first + (count + 1) * entry;
	for (size_t i = 0; i <= count; i++) {
		uint64_t *at = (uint64_t *)(void *)(s.bytes + first + i * entry);

		at[0] = AT_ARRAY + i % 7 * 8;
		at[1] = 8;
		at[2] = AT_CODE;
	}
	segment_make(&s, 10, PT_LOAD, PF_R, first, s.size - first, s.size - first,
		     0x1000);
	segment_put(&s, PT_LOAD, 2, P_VADDR, 0x10000 + first);
	dynamic_put(&s, DT_RELA, 0x10000 + first);
	dynamic_put(&s, DT_RELASZ, count * entry);
	took = cpu_seconds();
	r = modseal_elf_read(modseal_span_of(s.bytes, s.size), MODSEAL_KIND_LIBRARY,
			     MODSEAL_ELF_STANDARD, "sample", &elf, &error);
	took = cpu_seconds() - took;
	cr_assert(eq(int, r, 0), "R48 %s", error.message);
	modseal_elf_clear(&elf);
	printf("%.3f s\n", took);
	cr_assert(lt(dbl, took, 0.1 * time_factor()), "R48 %f", took);
	dynamic_put(&s, DT_RELASZ, (count + 1) * entry);
	r = modseal_elf_read(modseal_span_of(s.bytes, s.size), MODSEAL_KIND_LIBRARY,
			     MODSEAL_ELF_STANDARD, "sample", &elf, &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "R48");
	cr_assert(ne(ptr, strstr(error.message, "more than 1572864 relocations"), NULL),
		  "R48 %s", error.message);
	free(s.bytes);
}
