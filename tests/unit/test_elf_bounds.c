/* SPDX-License-Identifier: Apache-2.0 */
/*
 * R48: no file costs its reader more than 100 ms, however large its tables and however
 * they are spread over its memory. Processor time is measured, not that of a clock.
 */
#include "tests/unit/elf_rows.h"
#include "tests/unit/slowness.h"

/* A library with one large PT_LOAD, and 50 small ones of memory behind it. */
enum {
	AT_LARGE = 0x1000, /* in the file; the table of segments is there */
	AT_ROOM = AT_LARGE + 0x1000,
	LARGE_MOVED = 0x10000, /* address less offset */
	SMALL_COUNT = 50,
};
#define AT_SMALL   (1ull << 33)
#define SMALL_STEP 0x2000u

static Elf64_Phdr *table_of(const struct sample *s)
{
	return (Elf64_Phdr *)(void *)(s->bytes + AT_LARGE);
}

static void *room_of(const struct sample *s, size_t offset)
{
	return s->bytes + AT_ROOM + offset;
}

static uint64_t address_of_room(size_t offset)
{
	return AT_ROOM + LARGE_MOVED + offset;
}

static struct sample make_large(size_t room)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	uint8_t *bytes = calloc(AT_ROOM + room, 1);
	Elf64_Phdr *table;

	memcpy(bytes, s.bytes, s.size);
	free(s.bytes);
	s.bytes = bytes;
	s.size = AT_ROOM + room;
	segment_put(&s, PT_PHDR, 0, P_TYPE, PT_NULL);
	table = table_of(&s);
	memcpy(table, s.bytes + AT_TABLE, 12 * sizeof(*table));
	table[10] = (Elf64_Phdr){.p_type = PT_LOAD,
				 .p_flags = PF_R,
				 .p_offset = AT_LARGE,
				 .p_vaddr = AT_LARGE + LARGE_MOVED,
				 .p_filesz = s.size - AT_LARGE,
				 .p_memsz = s.size - AT_LARGE,
				 .p_align = 0x1000};
	for (size_t i = 0; i < SMALL_COUNT; i++)
		table[12 + i] = (Elf64_Phdr){.p_type = PT_LOAD,
					     .p_flags = PF_R | PF_W,
					     .p_vaddr = AT_SMALL + i * SMALL_STEP,
					     .p_memsz = 0x1000,
					     .p_align = 0x1000};
	sample_put(&s, at_phoff(&s), 8, AT_LARGE);
	sample_put(&s, at_ehsize(&s) + 4, 2, 12 + SMALL_COUNT);
	return s;
}

/* Each in another PT_LOAD than the one before. */
static uint64_t scattered(size_t i)
{
	return AT_SMALL + (SMALL_COUNT - 1 - i % SMALL_COUNT) * SMALL_STEP + i % 500 * 8;
}

/* The answer, and that it took no longer than it may. */
static void answers(struct sample *s, enum modseal_elf_level level, int code,
		    const char *word)
{
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};
	double took = cpu_seconds();
	int r = modseal_elf_read(modseal_span_of(s->bytes, s->size), MODSEAL_KIND_LIBRARY,
				 level, "sample", &elf, &error);

	took = cpu_seconds() - took;
	printf("%s: %.3f s\n", word, took);
	cr_assert(eq(int, r, code), "R48 %s: %s", word, error.message);
	if (r == 0)
		modseal_elf_clear(&elf);
	else
		cr_assert(ne(ptr, strstr(error.message, word), NULL), "R48 %s: %s", word,
			  error.message);
	cr_assert(lt(dbl, took, 0.1 * time_factor()), "R48 %s: %f s", word, took);
	free(s->bytes);
}

/* As many as are read at all (verifier/elf/follow.h). */
#define RELOCATIONS (3u << 19)
#define SYMBOLS	    (1u << 20)
#define AT_SYMTAB   (RELOCATIONS * sizeof(Elf64_Rela))
#define AT_OLD_HASH (AT_SYMTAB + SYMBOLS * sizeof(Elf64_Sym))
#define AT_NUMBERS  (AT_OLD_HASH + (2 + 2 * SYMBOLS) * sizeof(uint32_t))

static void fill_relocations(const struct sample *s, uint64_t info)
{
	Elf64_Rela *table = room_of(s, 0);

	for (size_t i = 0; i < RELOCATIONS; i++)
		table[i] = (Elf64_Rela){scattered(i), info, (int64_t)AT_CODE};
	/* what the sample has: its constructor's */
	table[0] = (Elf64_Rela){AT_DATA + DATA_MOVED, 8, AT_CODE};
}

static void fill_symbols(const struct sample *s, unsigned type)
{
	Elf64_Sym *table = room_of(s, AT_SYMTAB);
	uint32_t *hash = room_of(s, AT_OLD_HASH);

	for (size_t i = 1; i < SYMBOLS; i++)
		table[i] =
			(Elf64_Sym){.st_name = S_FIRST,
				    .st_info = (unsigned char)type,
				    .st_shndx = 1,
				    .st_value = type == STT_TLS		? 0
						: type == STT_GNU_IFUNC ? AT_CODE
									: scattered(i)};
	hash[0] = hash[1] = SYMBOLS;
	for (uint32_t i = 1; i < SYMBOLS; i++)
		hash[2 + i] =
			i * 2654435761u % SYMBOLS; /* each once, none near the last */
}

/* R48: all tables at their largest, whatever their entries are. */
Test(elf_bounds, the_largest_tables_of_every_kind)
{
	static const struct {
		uint64_t info; /* R_X86_64_* */
		unsigned type;
		const char *what;
	} rows[] = {
		{8, STT_NOTYPE, "relative, by another segment each"},
		{6, STT_FUNC, "slots of the GOT, functions"},
		{16, STT_TLS, "modules of TLS, variables of TLS"},
		{36, STT_OBJECT, "descriptors of TLS, objects"},
		{37, STT_GNU_IFUNC, "functions that choose"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sample s = make_large(AT_NUMBERS + 2 * SYMBOLS);

		fill_relocations(&s, rows[i].info);
		fill_symbols(&s, rows[i].type);
		dynamic_put(&s, DT_RELA, address_of_room(0));
		dynamic_put(&s, DT_RELASZ, AT_SYMTAB);
		dynamic_put(&s, DT_SYMTAB, address_of_room(AT_SYMTAB));
		dynamic_put(&s, DT_HASH, address_of_room(AT_OLD_HASH));
		dynamic_add(&s, DT_VERSYM, address_of_room(AT_NUMBERS));
		answers(&s, MODSEAL_ELF_STANDARD, 0, rows[i].what);
	}
}

/* R48: `hardened` looks at each slot once more. */
Test(elf_bounds, the_largest_table_of_calls)
{
	struct sample s = make_large(RELOCATIONS * sizeof(Elf64_Rela));
	Elf64_Rela *table = room_of(&s, 0);

	for (size_t i = 0; i < RELOCATIONS - 1; i++)
		table[i] = (Elf64_Rela){
			AT_DATA + DATA_MOVED + DATA_MEMORY - 8 - i % 32 * 8, 7, 0};
	dynamic_add(&s, DT_JMPREL, address_of_room(0));
	dynamic_add(&s, DT_PLTREL, DT_RELA);
	dynamic_add(&s, DT_PLTRELSZ, (RELOCATIONS - 1) * sizeof(*table));
	answers(&s, MODSEAL_ELF_HARDENED, 0, "calls");
}

/* R48: each bitmap stands for 63 words. */
Test(elf_bounds, the_largest_packed_relocations)
{
	struct sample s = make_large(RELOCATIONS * sizeof(uint64_t));
	uint64_t *words = room_of(&s, 0);

	for (size_t i = 1; i < SMALL_COUNT; i++)
		table_of(&s)[12 + i].p_type = PT_NULL;
	table_of(&s)[12].p_memsz = 1ull << 40;
	words[0] = AT_SMALL;
	for (size_t i = 1; i < RELOCATIONS - 1; i++)
		words[i] = UINT64_MAX;
	dynamic_add(&s, DT_RELR, address_of_room(0));
	dynamic_add(&s, DT_RELRSZ, (RELOCATIONS - 1) * sizeof(uint64_t));
	dynamic_add(&s, DT_RELRENT, sizeof(uint64_t));
	answers(&s, MODSEAL_ELF_STANDARD, 0, "packed");
}

/* R48: the number is the file's word, and each would have to be looked at. */
Test(elf_bounds, no_more_buckets_than_symbols)
{
	struct sample s = make_large(64u << 20);
	uint32_t *hash = room_of(&s, 0);

	hash[0] = SYMBOLS + 1;
	hash[1] = hash[2] = 1;
	dynamic_add(&s, DT_GNU_HASH, address_of_room(0));
	answers(&s, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED,
		"DT_GNU_HASH has more than 1048576 buckets");
}

/* R48: 50 PT_NOTEs, all of the same bytes. */
Test(elf_bounds, notes_that_are_many_times_the_same)
{
	static const struct {
		uint64_t size;
		int code;
		const char *word;
	} rows[] = {
		{128u << 10, 0, "notes that are walked"},
		{320u << 10, 0, "notes that are searched"},
		{100u << 20, MODSEAL_E_ELF_MALFORMED,
		 "PT_NOTEs of more than 16777216 bytes together"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sample s = make_large(rows[i].size);

		for (size_t k = 0; k < SMALL_COUNT; k++)
			table_of(&s)[12 + k] = (Elf64_Phdr){.p_type = PT_NOTE,
							    .p_flags = PF_R,
							    .p_offset = AT_ROOM,
							    .p_vaddr = address_of_room(0),
							    .p_filesz = rows[i].size,
							    .p_memsz = rows[i].size,
							    .p_align = 4};
		answers(&s, MODSEAL_ELF_STANDARD, rows[i].code, rows[i].word);
	}
}

/* R48: 511 libraries are needed whose names differ in their ends, and of the last of them
 * versions are wanted, 512 times, by a name that stands elsewhere. */
Test(elf_bounds, versions_of_much_that_is_needed)
{
	enum { COUNT = 511, NAME = 256, AT_NEEDED = 0x1000, AT_NAMES = 0x8000 };
	struct sample s = make_large(AT_NAMES + NAME * (COUNT + 3) + 512 * 32);
	size_t at_versions = AT_NAMES + NAME * (COUNT + 2);
	char *names = room_of(&s, AT_NAMES);
	Elf64_Dyn *entry = room_of(&s, AT_NEEDED);
	Elf64_Phdr *dynamic = NULL;

	memcpy(names, SAMPLE_STRINGS, sizeof(SAMPLE_STRINGS)); /* its SONAME */
	for (size_t i = 1; i <= COUNT; i++)
		snprintf(names + i * NAME, NAME, "%0254zu", i);
	memcpy(names + (COUNT + 1) * NAME, names + COUNT * NAME, NAME);
	for (size_t i = 0; i < 12; i++)
		if (table_of(&s)[i].p_type == PT_DYNAMIC)
			dynamic = &table_of(&s)[i];
	for (const Elf64_Dyn *old = (void *)(s.bytes + dynamic->p_offset); old->d_tag;
	     old++)
		if (old->d_tag != DT_NEEDED)
			*entry++ = *old;
	for (size_t i = 1; i <= COUNT; i++)
		*entry++ = (Elf64_Dyn){DT_NEEDED, {NAME * i}};
	*entry++ = (Elf64_Dyn){DT_VERNEED, {address_of_room(at_versions)}};
	dynamic->p_flags = PF_R;
	dynamic->p_offset = AT_ROOM + AT_NEEDED;
	dynamic->p_vaddr = address_of_room(AT_NEEDED);
	dynamic->p_filesz = dynamic->p_memsz = (COUNT + 40) * sizeof(*entry);
	dynamic_put(&s, DT_STRTAB, address_of_room(AT_NAMES));
	dynamic_put(&s, DT_STRSZ, at_versions - AT_NAMES);
	for (size_t i = 0; i < 512; i++) {
		uint8_t *version = room_of(&s, at_versions + i * 32);

		version[0] = 1;
		*(uint32_t *)(void *)(version + 4) = NAME * (COUNT + 1);
		*(uint32_t *)(void *)(version + 8) = 16;
		*(uint32_t *)(void *)(version + 12) = i < 511 ? 32 : 0;
	}
	answers(&s, MODSEAL_ELF_STANDARD, 0, "versions");
}
