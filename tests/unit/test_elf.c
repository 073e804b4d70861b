/* SPDX-License-Identifier: Apache-2.0 */
/* The header of an ELF file, its kind and machine (R45, R48, R49). */
#include "tests/unit/elf_rows.h"

static void no_magic(struct sample *s)
{
	s->bytes[0] = '!';
}
static void an_archive(struct sample *s)
{
	memcpy(s->bytes, "!<arch>\n", 8);
}
static void class_three(struct sample *s)
{
	s->bytes[EI_CLASS] = 3;
}
static void order_three(struct sample *s)
{
	s->bytes[EI_DATA] = 3;
}
static void ident_version(struct sample *s)
{
	s->bytes[EI_VERSION] = 2;
}
static void version(struct sample *s)
{
	sample_put(s, 20, 4, 2);
}
static void header_size(struct sample *s)
{
	sample_put(s, at_ehsize(s), 2, 63);
}
static void entry_size(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 2, 2, sample_wide(s) ? 32 : 56);
}
static void entry_size_zero(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 2, 2, 0);
}
static void entries_65(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 4, 2, 65);
}
static void entries_extended(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 4, 2, PN_XNUM);
}
static void entries_none(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 4, 2, 0);
}
static void table_past_end(struct sample *s)
{
	sample_put(s, at_phoff(s), sample_word(s), AT_END - 32);
}
static void table_wraps(struct sample *s)
{
	sample_put(s, at_phoff(s), sample_word(s), UINT64_MAX - 63);
}
static void table_unaligned(struct sample *s)
{
	sample_put(s, at_phoff(s), sample_word(s), AT_TABLE + 2);
}
static void table_not_loaded(struct sample *s)
{
	size_t size = 12 * (sample_wide(s) ? 56 : 32);

	s->bytes = realloc(s->bytes, AT_END + size);
	memcpy(s->bytes + AT_END, s->bytes + AT_TABLE, size);
	sample_put(s, at_phoff(s), sample_word(s), AT_END);
	s->size += size;
	segment_put(s, PT_PHDR, 0, P_TYPE, PT_NULL);
}
static void sections_without_count(struct sample *s)
{
	/* section zero would then tell their number: 2^32 - 1 */
	sample_put(s, at_shoff(s), sample_word(s), AT_CODE);
	sample_put(s, AT_CODE + (sample_wide(s) ? 32 : 20), 4, UINT32_MAX);
}
static void sections_past_end(struct sample *s)
{
	sample_put(s, at_shoff(s), sample_word(s), AT_END - 64);
	sample_put(s, at_ehsize(s) + 8, 2, 2);
}
static void sections_wrap(struct sample *s)
{
	sample_put(s, at_shoff(s), sample_word(s), UINT64_MAX - 127);
	sample_put(s, at_ehsize(s) + 8, 2, 2);
}
static void section_size(struct sample *s)
{
	sample_put(s, at_shoff(s), sample_word(s), AT_CODE);
	sample_put(s, at_ehsize(s) + 6, 2, 41);
	sample_put(s, at_ehsize(s) + 8, 2, 1);
}
static void a_core(struct sample *s)
{
	sample_put(s, 16, 2, ET_CORE);
}
static void an_object(struct sample *s)
{
	sample_put(s, 16, 2, ET_REL);
}
static void fixed_address(struct sample *s)
{
	sample_put(s, 16, 2, ET_EXEC);
}
static void no_type(struct sample *s)
{
	sample_put(s, 16, 2, ET_NONE);
}
static void executable(struct sample *s)
{
	dynamic_put(s, DT_FLAGS_1, DF_1_NOW | DF_1_PIE);
}
static void other_system(struct sample *s)
{
	s->bytes[EI_OSABI] = ELFOSABI_FREEBSD;
}
static void padding(struct sample *s)
{
	s->bytes[EI_NIDENT - 1] = 1;
}

static const struct row malformed[] = {
	{"R48 no magic", no_magic, "magic"},
	{"R48 an ar archive", an_archive, "magic"},
	{"R45 class 3", class_three, "class"},
	{"R45 byte order 3", order_three, "byte order"},
	{"version in e_ident", ident_version, "version"},
	{"e_version", version, "version"},
	{"e_ehsize", header_size, "header size"},
	{"R49 e_phentsize", entry_size, "program header size"},
	{"R49 e_phentsize 0", entry_size_zero, "program header size"},
	{"R49 65 program headers", entries_65, "65 program headers"},
	{"R49 PN_XNUM", entries_extended, "65535 program headers"},
	{"R39 no program header", entries_none, "nothing to map"},
	{"R39 program headers past the end", table_past_end, "program headers"},
	{"R39 program headers that wrap", table_wraps, "program headers"},
	{"R39 program headers unaligned", table_unaligned, "program headers"},
	{"R39 program headers in no PT_LOAD", table_not_loaded, "outside every PT_LOAD"},
	{"R48 number of sections in section zero", sections_without_count,
	 "number of sections"},
	{"R48 sections past the end", sections_past_end, "section headers"},
	{"R48 sections that wrap", sections_wrap, "section headers"},
	{"R48 size of a section header", section_size, "section headers"},
	{"R45 ET_CORE", a_core, "type 4"},
	{"R45 ET_REL", an_object, "object file"},
	{"R45 ET_EXEC", fixed_address, "a program"},
	{"R45 ET_NONE", no_type, "type 0"},
	{"R45 DF_1_PIE", executable, "DF_1_PIE"},
	{"another system", other_system, "OSABI"},
	{"reserved bytes of e_ident", padding, "reserved"},
};

Test(elf, accepts_every_class_and_byte_order)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = sample_make(forms[i].elf_class, forms[i].order);
		const char *form = forms[i].name;
		struct modseal_elf elf = {0};
		struct modseal_error error;
		int r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_HARDENED, &elf,
				    &error);

		cr_assert(eq(int, r, 0), "%s: %s", form, error.message);
		cr_assert(eq(str, elf.soname, "libsample.so.1"), "%s", form);
		cr_assert(eq(sz, elf.needed_count, 2), "%s", form);
		cr_assert(eq(str, elf.needed[0], "libfirst.so"), "%s", form);
		cr_assert(eq(str, elf.needed[1], "libsecond.so.2"), "%s", form);
		cr_assert(eq(int, elf.type, ET_DYN), "%s", form);
		cr_assert(eq(int, elf.elf_class, forms[i].elf_class), "%s", form);
		cr_assert(eq(int, elf.byte_order, forms[i].order), "%s", form);
		cr_assert(not(elf.position_independent_executable), "%s", form);
		cr_assert(not(elf.no_delete), "%s", form);
		cr_assert(zero(ptr, elf.runpath), "%s", form);
		cr_assert(zero(ptr, elf.interpreter), "%s", form);
		modseal_elf_clear(&elf);
		cr_assert(zero(ptr, elf.needed), "%s: cleared", form);
		free(s.bytes);
	}
}

/* R45, R48, R49: what no library may be. */
Test(elf, refuses_malformed_headers)
{
	CHECK_ROWS(malformed, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
}

/* R48: a table of 65,279 sections is allowed and read in no time; one more is not. */
Test(elf, bounds_the_number_of_sections)
{
	for (size_t i = 0; i < 2; i++) {
		struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
		size_t count = SHN_LORESERVE - 1 + i;
		int r;

		s.bytes = realloc(s.bytes, AT_END + count * 64);
		memset(s.bytes + AT_END, 0xff, count * 64);
		s.size += count * 64;
		sample_put(&s, at_shoff(&s), 8, AT_END);
		sample_put(&s, at_ehsize(&s) + 8, 2, count);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, NULL,
				NULL);
		cr_assert(eq(int, r, i ? MODSEAL_E_ELF_MALFORMED : 0), "R48 %zu sections",
			  count);
		free(s.bytes);
	}
}

/* R49: 64 program headers are the most; the table is moved behind everything. */
Test(elf, accepts_sixty_four_program_headers)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = sample_make(forms[i].elf_class, forms[i].order);
		size_t one = sample_wide(&s) ? 56 : 32, end = AT_END + 64 * one;
		struct modseal_error error = {0};
		int r;

		segment_put(&s, PT_PHDR, 0, P_TYPE, PT_NULL);
		segment_put(&s, PT_LOAD, 1, P_FILESZ, end - AT_DATA);
		segment_put(&s, PT_LOAD, 1, P_MEMSZ, end - AT_DATA);
		s.bytes = realloc(s.bytes, end);
		memset(s.bytes + AT_END, 0, end - AT_END);
		memcpy(s.bytes + AT_END, s.bytes + AT_TABLE, 12 * one);
		s.size = end;
		sample_put(&s, at_phoff(&s), sample_word(&s), AT_END);
		sample_put(&s, at_ehsize(&s) + 4, 2, 64);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, NULL,
				&error);
		cr_assert(eq(int, r, 0), "R49 %s: %s", forms[i].name, error.message);
		free(s.bytes);
	}
}

struct kind_row {
	const char *file;
	int library, program, module; /* result under each kind */
};

/* R45: what is a library, what is a program. */
Test(elf, tells_libraries_programs_and_modules_apart)
{
	const int no = MODSEAL_E_ELF_MALFORMED;
	const struct kind_row rows[] = {
		{"plain.so", 0, no, no},  {"nosoname.so", 0, no, no},
		{"program", no, 0, no},	  {"fixed", no, 0, no},
		{"static", no, 0, no},	  {"staticpie", no, 0, no},
		{"object.o", no, no, no}, {"first-module.ko", no, no, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int wanted[] = {rows[i].library, rows[i].program, rows[i].module,
				      0};
		char name[64];
		struct sample s;

		snprintf(name, sizeof(name), "data/elf/%s", rows[i].file);
		s = sample_load(name);
		for (int kind = MODSEAL_KIND_LIBRARY; kind <= MODSEAL_KIND_BY_RULE;
		     kind++) {
			struct modseal_error error = {0};
			int r = sample_read(&s, kind,
					    kind == MODSEAL_KIND_BY_RULE
						    ? MODSEAL_ELF_INSPECT
						    : MODSEAL_ELF_STANDARD,
					    NULL, &error);

			cr_assert(eq(int, r, wanted[kind]), "R45 %s as kind %d: %s",
				  rows[i].file, kind, error.message);
			if (r != 0)
				cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
		}
		free(s.bytes);
	}
}

/* R45: a program says so by DF_1_PIE, PT_INTERP or ET_EXEC; a library may have PT_INTERP.
 */
Test(elf, knows_programs_by_what_the_kernel_sees)
{
	struct sample s = sample_load("data/elf/program");
	struct modseal_elf elf = {0};
	int r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, &elf, NULL);

	cr_assert(eq(int, r, 0));
	cr_assert(elf.position_independent_executable, "R45");
	cr_assert(eq(chr, elf.interpreter[0], '/'));
	modseal_elf_clear(&elf);
	dynamic_put(&s, DT_FLAGS_1, 0);
	r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, NULL, NULL);
	cr_assert(eq(int, r, 0), "R45 PIE of an old linker");
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, NULL, NULL);
	cr_assert(eq(int, r, 0), "R45 as libc.so.6, which has an interpreter too");
	free(s.bytes);
}

/* R45: code at the entry point makes no program of a library; nor is one without a
 * linker. */
Test(elf, refuses_programs_that_cannot_be_started)
{
	struct sample s = sample_load("data/elf/plain.so");
	struct modseal_error error = {0};
	int r;

	sample_put(&s, 24, sample_word(&s), dynamic_get(&s, DT_INIT));
	r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, NULL, &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "R45");
	cr_assert(ne(ptr, strstr(error.message, "a library"), NULL), "R45 %s",
		  error.message);
	free(s.bytes);
	s = sample_load("data/elf/fixed");
	segment_put(&s, PT_DYNAMIC, 0, P_TYPE, PT_NULL);
	r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, NULL, &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED),
		  "R45 interpreter without PT_DYNAMIC");
	segment_put(&s, PT_INTERP, 0, P_TYPE, PT_NULL);
	r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, NULL, &error);
	cr_assert(eq(int, r, 0), "R45 static: %s", error.message);
	free(s.bytes);
}

/* R45: the kernel starts at e_entry, so it must be code of the file. */
Test(elf, wants_the_entry_point_of_a_program_in_its_code)
{
	struct sample s = sample_load("data/elf/program");
	uint64_t data = segment_get(&s, PT_DYNAMIC, 0, P_VADDR);
	const uint64_t entries[] = {data, UINT64_MAX, 1ull << 40};

	for (size_t i = 0; i < 3; i++) {
		struct modseal_error error = {0};
		int r;

		sample_put(&s, 24, sample_word(&s), entries[i]);
		r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, NULL,
				&error);
		cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "R45 entry %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
	}
	free(s.bytes);
}

static void no_section_size(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 6, 2, 0);
}

Test(elf, needs_no_section_headers)
{
	const struct row row = {"R36 no section headers", no_section_size, ""};

	check_rows(&row, 1, MODSEAL_ELF_STANDARD, 0);
	modseal_elf_clear(NULL);
}

Test(elf, judges_nothing_but_structure_when_inspecting)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	struct modseal_elf elf = {0};
	int r;

	segment_put(&s, PT_GNU_STACK, 0, P_TYPE, PT_NULL);
	dynamic_add(&s, DT_AUDIT, S_PATH);
	dynamic_put(&s, DT_NEEDED, S_PATH);
	s.bytes[EI_OSABI] = ELFOSABI_SOLARIS;
	r = sample_read(&s, MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT, &elf, NULL);
	cr_assert(eq(int, r, 0));
	cr_assert(eq(str, elf.needed[0], "/opt/lib"));
	modseal_elf_clear(&elf);
	free(s.bytes);
}

Test(elf, refuses_levels_and_kinds_outside_the_lists)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);

	cr_assert(eq(int,
		     sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_HARDENED + 1, NULL,
				 NULL),
		     MODSEAL_E_INTERNAL));
	cr_assert(eq(int, sample_read(&s, 4, MODSEAL_ELF_STANDARD, NULL, NULL),
		     MODSEAL_E_INTERNAL));
	free(s.bytes);
}

/* R45: a foreign machine, class or byte order is named, and refused where it matters. */
Test(elf, names_a_foreign_machine)
{
	struct sample s = sample_load("data/elf/plain.so");
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};
	int r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf, NULL);

	cr_assert(eq(int, r, 0));
	cr_assert(elf.native);
	cr_assert(eq(int, modseal_elf_require_native(&elf, "x", &error), 0));
	modseal_elf_clear(&elf);
	sample_put(&s, 18, 2, EM_S390);
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf, NULL);
	cr_assert(eq(int, r, 0), "R45 judged all the same");
	elf.machine = 0x1234;
	r = modseal_elf_require_native(&elf, "x", &error);
	cr_assert(ne(ptr, strstr(error.message, "machine 4660"), NULL), "%s",
		  error.message);
	elf.machine = EM_S390;
	r = modseal_elf_require_native(&elf, "x", &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_FOREIGN), "R45 machine");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
	cr_assert(ne(ptr, strstr(error.message, "s390"), NULL), "%s", error.message);
	modseal_elf_clear(&elf);
	free(s.bytes);
	for (size_t i = 1; i < FORM_COUNT; i++) {
		s = sample_make(forms[i].elf_class, forms[i].order);
		r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf,
				NULL);
		cr_assert(eq(int, r, 0));
		cr_assert(not(elf.native), "R45 %s", forms[i].name);
		r = modseal_elf_require_native(&elf, "x", &error);
		cr_assert(eq(int, r, MODSEAL_E_ELF_FOREIGN), "R45 %s", forms[i].name);
		modseal_elf_clear(&elf);
		free(s.bytes);
	}
}

/* Whether a mapped page reaches past the content goes by the last byte of all, in
 * whatever order the segments lie in the file. */
Test(elf, R40_the_end_of_what_is_mapped_is_that_of_the_last_in_the_file)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};

	cr_assert(zero(int, sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_INSPECT,
					&elf, &error)),
		  "%s", error.message);
	cr_assert(eq(u64, elf.mapped_end, 0x1000));
	modseal_elf_clear(&elf);
	/* the data a page longer; and the end of the code apart, behind it in memory */
	s.bytes = realloc(s.bytes, 0x1900);
	memset(s.bytes + s.size, 0, 0x1900 - s.size);
	s.size = 0x1900;
	segment_put(&s, PT_LOAD, 1, P_FILESZ, 0x1900 - AT_DATA);
	segment_put(&s, PT_LOAD, 1, P_MEMSZ, 0x1900 - AT_DATA);
	segment_put(&s, PT_LOAD, 0, P_FILESZ, AT_CODE);
	segment_put(&s, PT_LOAD, 0, P_MEMSZ, AT_CODE);
	segment_put(&s, PT_GNU_EH_FRAME, 0, P_TYPE, PT_NULL);
	segment_make(&s, 10, PT_LOAD, PF_R, AT_CODE, AT_DATA - AT_CODE, AT_DATA - AT_CODE,
		     0x1000);
	segment_put(&s, PT_LOAD, 2, P_VADDR, 0x10000 + AT_CODE);
	dynamic_put(&s, DT_INIT, 0x10000 + AT_CODE);
	cr_assert(zero(int, sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_INSPECT,
					&elf, &error)),
		  "%s", error.message);
	cr_assert(eq(u64, elf.mapped_end, 0x2000));
	modseal_elf_clear(&elf);
	free(s.bytes);
}
