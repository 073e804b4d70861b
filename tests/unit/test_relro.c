/* SPDX-License-Identifier: Apache-2.0 */
/* Full RELRO is where the addresses lie, not what a flag says (R50). */
#include "tests/unit/elf_rows.h"
#include "verifier/elf/findings.h"

static void small_relro(struct sample *s)
{
	/* less than to the end of a page: nothing at all becomes read-only */
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, 0x2000 - 0x1600 - 1);
}
static void relro_without_table(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_MEMSZ, 0x2000);
	dynamic_put(s, DT_PLTGOT, 0x2000);
}
/* A page of memory behind what PT_GNU_RELRO covers. */
enum { AT_CALLS = AT_RELA + 24, BEHIND = 0x2000 };
static void more_memory(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_MEMSZ, 0x2000);
}
static void relocate(struct sample *s, size_t at, uint64_t address, uint64_t type,
		     uint64_t addend)
{
	size_t word = sample_word(s);

	sample_put(s, at, word, address);
	sample_put(s, at + word, word, type);
	sample_put(s, at + 2 * word, word, addend);
}
static void relro_without_dynamic(struct sample *s)
{
	sample_calm(s);
	more_memory(s);
	dynamic_put(s, DT_PLTGOT, BEHIND);
	segment_put(s, PT_GNU_RELRO, 0, P_VADDR, BEHIND);
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, 0x1000);
}
static void dynamic_across_its_end(struct sample *s)
{
	const uint64_t at = BEHIND - DATA_MOVED - 0x100, size = 40 * 2 * sample_word(s);

	s->bytes = realloc(s->bytes, at + size);
	memset(s->bytes + AT_END, 0, at + size - AT_END);
	memcpy(s->bytes + at, s->bytes + AT_DYNAMIC, size);
	s->size = at + size;
	segment_put(s, PT_LOAD, 1, P_FILESZ, s->size - AT_DATA);
	segment_put(s, PT_LOAD, 1, P_MEMSZ, s->size - AT_DATA);
	segment_put(s, PT_DYNAMIC, 0, P_OFFSET, at);
	segment_put(s, PT_DYNAMIC, 0, P_VADDR, at + DATA_MOVED);
}
/* What -z relro -z lazy makes, with the flag that says that it was not lazy. */
static void call_slot(struct sample *s)
{
	more_memory(s);
	dynamic_add(s, DT_JMPREL, AT_CALLS);
	dynamic_add(s, DT_PLTREL, DT_RELA);
	dynamic_add(s, DT_PLTRELSZ, 3 * sample_word(s));
	relocate(s, AT_CALLS, BEHIND, 7 /* R_X86_64_JUMP_SLOT, R_386_JMP_SLOT */, 0);
}
static void call_slot_of_any_type(struct sample *s)
{
	call_slot(s);
	/* R_X86_64_IRELATIVE, R_386_IRELATIVE: an indirect function's */
	sample_put(s, AT_CALLS + sample_word(s), sample_word(s),
		   sample_wide(s) ? 37 : 42);
}
static void call_slot_across_its_end(struct sample *s)
{
	call_slot(s);
	sample_put(s, AT_CALLS, sample_word(s), BEHIND - sample_word(s) / 2);
}
static void call_slot_without_table(struct sample *s)
{
	call_slot(s);
	dynamic_retag(s, DT_PLTGOT, DT_DEBUG);
}
static void call_slot_without_addend(struct sample *s)
{
	call_slot(s);
	if (sample_wide(s)) /* has no such relocations */
		return;
	dynamic_put(s, DT_PLTREL, DT_REL);
	dynamic_put(s, DT_PLTRELSZ, 2 * 2 * 4);
	sample_put(s, AT_CALLS, 4, BEHIND - 4);
	sample_put(s, AT_CALLS + 8, 4, BEHIND);
	sample_put(s, AT_CALLS + 12, 4, 7);
}
static void import_slot(struct sample *s)
{
	more_memory(s);
	dynamic_put(s, DT_RELASZ, 2 * 3 * sample_word(s));
	relocate(s, AT_RELA + 3 * sample_word(s), BEHIND, 6 /* R_*_GLOB_DAT */, 0);
}
static void call_slot_elsewhere(struct sample *s)
{
	import_slot(s);
	relocate(s, AT_RELA + 3 * sample_word(s), BEHIND, 7, 0);
}
static void half_a_descriptor(struct sample *s)
{
	import_slot(s);
	relocate(s, AT_RELA + 3 * sample_word(s), BEHIND - sample_word(s),
		 sample_wide(s) ? 36 : 41 /* R_*_TLSDESC */, 0);
}
static void start_functions(struct sample *s)
{
	more_memory(s);
	dynamic_put(s, DT_INIT_ARRAY, BEHIND);
	sample_put(s, AT_RELA, sample_word(s), BEHIND);
}
static void end_functions(struct sample *s)
{
	import_slot(s);
	relocate(s, AT_RELA + 3 * sample_word(s), BEHIND, 8 /* R_*_RELATIVE */, AT_CODE);
	dynamic_add(s, DT_FINI_ARRAY, BEHIND);
	dynamic_add(s, DT_FINI_ARRAYSZ, sample_word(s));
}
static void relro_of_a_byte(struct sample *s)
{
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, 1);
}
static const struct row outside[] = {
	{"R50 PT_GNU_RELRO of less than a page", small_relro, "does not cover"},
	{"R50 DT_PLTGOT outside PT_GNU_RELRO", relro_without_table, "does not cover"},
	{"R50 PT_DYNAMIC before PT_GNU_RELRO", relro_without_dynamic, "does not cover"},
	{"R50 PT_DYNAMIC across its end", dynamic_across_its_end, "does not cover"},
	{"R50 PT_GNU_RELRO of a byte", relro_of_a_byte, "does not cover"},
	{"R50 a slot of DT_JMPREL outside", call_slot, "does not cover"},
	{"R50 of whatever type it is", call_slot_of_any_type, "does not cover"},
	{"R50 half of a slot outside", call_slot_across_its_end, "does not cover"},
	{"R50 a slot outside, and no DT_PLTGOT", call_slot_without_table,
	 "does not cover"},
	{"R50 a slot outside, by DT_REL", call_slot_without_addend, "does not cover"},
	{"R50 a slot of the GOT outside", import_slot, "does not cover"},
	{"R50 a slot of a call not in DT_JMPREL", call_slot_elsewhere, "does not cover"},
	{"R50 half of a TLS descriptor outside", half_a_descriptor, "does not cover"},
	{"R50 DT_INIT_ARRAY outside", start_functions, "does not cover"},
	{"R50 DT_FINI_ARRAY outside", end_functions, "does not cover"},
};

Test(relro, hardened_refuses_what_stays_writable)
{
	CHECK_ROWS(outside, MODSEAL_ELF_HARDENED, MODSEAL_E_ELF_UNSAFE);
}

Test(relro, standard_accepts_it)
{
	CHECK_ROWS(outside, MODSEAL_ELF_STANDARD, 0);
}

static void constant_table(struct sample *s)
{
	dynamic_put(s, DT_PLTGOT, AT_CODE); /* in memory that nobody can write to */
}
static void relro_in_the_middle(struct sample *s)
{
	/* its beginning is rounded down as well */
	segment_put(s, PT_GNU_RELRO, 0, P_VADDR, AT_END + DATA_MOVED);
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, 0x2000 - AT_END - DATA_MOVED);
}
static void last_slots(struct sample *s)
{
	call_slot(s);
	sample_put(s, AT_CALLS, sample_word(s), BEHIND - sample_word(s));
}
static void slot_of_nothing(struct sample *s)
{
	call_slot(s);
	sample_put(s, AT_CALLS + sample_word(s), sample_word(s), 0 /* R_*_NONE */);
}
static void addresses_in_data(struct sample *s)
{
	/* a variable that points to another may be written to, as others may */
	import_slot(s);
	sample_put(s, AT_RELA + 4 * sample_word(s), sample_word(s), 8);
}
static void no_table(struct sample *s)
{
	dynamic_retag(s, DT_PLTGOT, DT_DEBUG);
}

static const struct row inside[] = {
	{"PT_GNU_RELRO from the middle of a page", relro_in_the_middle, ""},
	{"a slot at the end of PT_GNU_RELRO", last_slots, ""},
	{"a relocation that fills nothing", slot_of_nothing, ""},
	{"a relocation of data", addresses_in_data, ""},
	{"no DT_PLTGOT and no calls", no_table, ""},
	{"DT_PLTGOT in constant memory", constant_table, ""},
};

Test(relro, hardened_accepts_what_becomes_constant)
{
	CHECK_ROWS(inside, MODSEAL_ELF_HARDENED, 0);
}

/* R50: their numbers are others on AArch64. */
Test(relro, hardened_knows_the_slots_of_aarch64)
{
	static const struct {
		uint32_t type;
		bool slot;
	} rows[] = {
		{1025 /* GLOB_DAT */, true},
		{1031 /* TLSDESC */, true},
		{1027 /* RELATIVE */, false},
		{257 /* ABS64 */, false},
		{1026 /* JUMP_SLOT, not among the calls */, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
		struct modseal_error error = {0};
		int r;

		sample_calm(&s);
		sample_put(&s, 18, 2, EM_AARCH64);
		sample_put(&s, AT_NOTE + 16, 4, 0xc0000000); /* its features: BTI */
		import_slot(&s);
		relocate(&s, AT_RELA, BEHIND, rows[i].type, 0);
		sample_put(&s, AT_RELA + 32, 8, 1027);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_HARDENED, NULL,
				&error);
		cr_assert(eq(int, r, rows[i].slot ? MODSEAL_E_ELF_UNSAFE : 0),
			  "R50 type %u: %s", rows[i].type, error.message);
		free(s.bytes);
	}
}

/* Of one whose types of relocations nobody here knows, the calls are known all the same.
 */
Test(relro, R50_hardened_lists_what_is_for_an_unknown_machine)
{
	for (int writable = 0; writable < 2; writable++) {
		struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
		struct modseal_error error = {0};
		struct modseal_elf elf = {0};

		call_slot(&s);
		sample_put(&s, 18, 2, EM_SPARCV9);
		sample_put(&s, AT_CALLS, 8, writable ? BEHIND : AT_DATA + DATA_MOVED);
		cr_assert(zero(int, sample_read(&s, MODSEAL_KIND_LIBRARY,
						MODSEAL_ELF_LIST, &elf, &error)),
			  "%s", error.message);
		cr_assert(eq(int, (elf.findings >> MODSEAL_ELF_PARTIAL_RELRO) & 1,
			     writable));
		modseal_elf_clear(&elf);
		free(s.bytes);
	}
}

/* R50: a lazily bound file with the flag of one that is not: its calls go through memory
 * that stays writable. */
Test(relro, hardened_does_not_believe_a_flag)
{
	struct sample s = sample_load("data/elf/lazy.so");
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};
	int r;

	dynamic_add(&s, DT_FLAGS, DF_BIND_NOW);
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_LIST, &elf, &error);
	cr_assert(eq(int, r, 0), "%s", error.message);
	cr_assert(zero(uint, elf.findings & 1u << MODSEAL_ELF_LAZY_BINDING), "R50");
	cr_assert(ne(uint, elf.findings & 1u << MODSEAL_ELF_PARTIAL_RELRO, 0), "R50");
	modseal_elf_clear(&elf);
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_HARDENED, NULL, &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_UNSAFE), "R50");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "R50");
	cr_assert(ne(ptr, strstr(error.message, "does not cover"), NULL), "R50 %s",
		  error.message);
	cr_assert(ne(ptr, strstr(error.remedy, "-z,relro,-z,now"), NULL), "R50 %s",
		  error.remedy);
	free(s.bytes);
}
