/* SPDX-License-Identifier: Apache-2.0 */
/* What a file may not ask for: R41, R44, and R50 for `elf: hardened`. */
#include "tests/unit/elf_rows.h"

static void no_stack(struct sample *s)
{
	segment_put(s, PT_GNU_STACK, 0, P_TYPE, PT_NULL);
}
static void executable_stack(struct sample *s)
{
	segment_put(s, PT_GNU_STACK, 0, P_FLAGS, PF_R | PF_W | PF_X);
}
static void executable_stack_only(struct sample *s)
{
	segment_put(s, PT_GNU_STACK, 0, P_FLAGS, PF_X);
}
static void writable_code(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_FLAGS, PF_R | PF_W | PF_X);
}
static void executable_data(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_FLAGS, PF_W | PF_X);
}
static void text_relocations(struct sample *s)
{
	dynamic_add(s, DT_TEXTREL, 0);
}
static void text_relocations_flag(struct sample *s)
{
	dynamic_put(s, DT_FLAGS, DF_BIND_NOW | DF_TEXTREL);
}
static void audit(struct sample *s)
{
	dynamic_add(s, DT_AUDIT, S_FIRST);
}
static void depaudit(struct sample *s)
{
	dynamic_add(s, DT_DEPAUDIT, S_FIRST);
}
static void filter(struct sample *s)
{
	dynamic_add(s, DT_FILTER, S_FIRST);
}
static void filter_twice(struct sample *s)
{
	dynamic_add(s, DT_FILTER, S_FIRST);
	dynamic_add(s, DT_FILTER, S_SECOND);
}
static void auxiliary_twice(struct sample *s)
{
	dynamic_add(s, DT_AUXILIARY, S_FIRST);
	dynamic_add(s, DT_AUXILIARY, S_SECOND);
}
static void auxiliary(struct sample *s)
{
	dynamic_add(s, DT_AUXILIARY, S_FIRST);
}
static void config(struct sample *s)
{
	dynamic_add(s, DT_CONFIG, S_FIRST);
}
static void interpose(struct sample *s)
{
	dynamic_put(s, DT_FLAGS_1, DF_1_INTERPOSE);
}
static void load_filters(struct sample *s)
{
	dynamic_put(s, DT_FLAGS_1, DF_1_NOW | DF_1_LOADFLTR);
}
static void early(struct sample *s)
{
	dynamic_add(s, DT_PREINIT_ARRAY, AT_DATA + DATA_MOVED);
	dynamic_add(s, DT_PREINIT_ARRAYSZ, 8);
}
static void early_none(struct sample *s)
{
	dynamic_add(s, DT_PREINIT_ARRAY, AT_DATA + DATA_MOVED);
	dynamic_add(s, DT_PREINIT_ARRAYSZ, 0);
}

static const struct row hazards[] = {
	{"R41 no PT_GNU_STACK", no_stack, "PT_GNU_STACK"},
	{"R41 executable PT_GNU_STACK", executable_stack, "executable stack"},
	{"R41 PT_GNU_STACK with X alone", executable_stack_only, "executable stack"},
	{"R41 writable code", writable_code, "writable and executable"},
	{"R41 executable data", executable_data, "writable and executable"},
	{"R41 DT_TEXTREL", text_relocations, "DT_TEXTREL"},
	{"R41 DF_TEXTREL", text_relocations_flag, "DT_TEXTREL"},
	{"R44 DT_AUDIT", audit, "DT_AUDIT"},
	{"R44 DT_DEPAUDIT", depaudit, "DT_DEPAUDIT"},
	{"R44 DT_FILTER", filter, "DT_FILTER"},
	{"R44 DT_FILTER, two", filter_twice, "DT_FILTER"},
	{"R44 DT_AUXILIARY", auxiliary, "DT_AUXILIARY"},
	{"R44 DT_AUXILIARY, two", auxiliary_twice, "DT_AUXILIARY"},
	{"R44 DT_CONFIG", config, "DT_CONFIG"},
	{"R44 DF_1_INTERPOSE", interpose, "DF_1_INTERPOSE"},
	{"R44 DF_1_LOADFLTR", load_filters, "DF_1_LOADFLTR"},
	{"R44 DT_PREINIT_ARRAY", early, "DT_PREINIT_ARRAY"},
	{"R44 DT_PREINIT_ARRAY, empty", early_none, "DT_PREINIT_ARRAY"},
};

Test(hygiene, standard_refuses_every_hazard)
{
	CHECK_ROWS(hazards, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_UNSAFE);
	CHECK_ROWS(hazards, MODSEAL_ELF_HARDENED, MODSEAL_E_ELF_UNSAFE);
}

Test(hygiene, inspect_shows_hazards_without_judging)
{
	CHECK_ROWS(hazards, MODSEAL_ELF_INSPECT, 0);
	CHECK_ROWS(hazards, MODSEAL_ELF_LIST, 0);
}

static void lazy(struct sample *s)
{
	dynamic_put(s, DT_FLAGS, 0);
	dynamic_put(s, DT_FLAGS_1, 0);
}
static void no_relro(struct sample *s)
{
	segment_put(s, PT_GNU_RELRO, 0, P_TYPE, PT_NULL);
}
static void rpath(struct sample *s)
{
	dynamic_add(s, DT_RPATH, S_PATH);
}
static void runpath(struct sample *s)
{
	dynamic_add(s, DT_RUNPATH, S_PATH);
}
static void no_note(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_TYPE, PT_NULL);
}
static void only_ibt(struct sample *s)
{
	sample_put(s, AT_NOTE + 24, 4, 1);
}
static void only_shstk(struct sample *s)
{
	sample_put(s, AT_NOTE + 24, 4, 2);
}
static void other_property(struct sample *s)
{
	sample_put(s, AT_NOTE + 16, 4, 0xc0000003);
}
static void other_owner(struct sample *s)
{
	memcpy(s->bytes + AT_NOTE + 12, "XNU", 4);
}
static void other_note(struct sample *s)
{
	sample_put(s, AT_NOTE + 8, 4, 4);
}
static void property_too_long(struct sample *s)
{
	sample_put(s, AT_NOTE + 20, 4, 0xfffffff8);
}
static void property_without_data(struct sample *s)
{
	sample_put(s, AT_NOTE + 4, 4, 8); /* what follows is no longer the note's */
}
static void owner_without_end(struct sample *s)
{
	sample_put(s, AT_NOTE, 4, 3);
}
static void notes_without_end(struct sample *s)
{
	const size_t size = (64 << 10) + 8;
	size_t note = 16 + 8 + sample_word(s);

	s->bytes = realloc(s->bytes, AT_END + size);
	memset(s->bytes + AT_END, 0, size);
	memcpy(s->bytes + AT_END, s->bytes + AT_NOTE, note);
	s->size = AT_END + size;
	segment_put(s, PT_LOAD, 1, P_FILESZ, s->size - AT_DATA);
	segment_put(s, PT_LOAD, 1, P_MEMSZ, s->size - AT_DATA);
	segment_put(s, PT_NOTE, 0, P_OFFSET, AT_END);
	segment_put(s, PT_NOTE, 0, P_VADDR, AT_END + DATA_MOVED);
	segment_put(s, PT_NOTE, 0, P_FILESZ, size);
	segment_put(s, PT_NOTE, 0, P_MEMSZ, size);
}
static void note_aligned_otherwise(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_ALIGN, sample_wide(s) ? 4 : 8);
}
static void no_landing_pads(struct sample *s)
{
	sample_calm(s); /* its relocation is one of x86 */
	sample_put(s, 18, 2, EM_AARCH64);
	sample_put(s, AT_NOTE + 16, 4, 0xc0000000);
	sample_put(s, AT_NOTE + 24, 4, 2); /* PAC without BTI */
}

static const struct row soft[] = {
	{"R50 lazy binding", lazy, "lazily"},
	{"R50 no PT_GNU_RELRO", no_relro, "no PT_GNU_RELRO"},
	{"R50 DT_RPATH", rpath, "DT_RPATH or DT_RUNPATH"},
	{"R50 DT_RUNPATH", runpath, "DT_RPATH or DT_RUNPATH"},
	{"R50 no property note", no_note, "CET"},
	{"R50 IBT without SHSTK", only_ibt, "CET"},
	{"R50 SHSTK without IBT", only_shstk, "CET"},
	{"R50 another property", other_property, "CET"},
	{"R50 another owner's note", other_owner, "CET"},
	{"R50 another note of GNU", other_note, "CET"},
	{"R50 a property longer than its note", property_too_long, "CET"},
	{"R50 a property without its data", property_without_data, "CET"},
	{"R50 an owner without NUL", owner_without_end, "CET"},
	{"R48 more than 64 KiB of notes", notes_without_end, "CET"},
	{"R50 a note that glibc overlooks", note_aligned_otherwise, "CET"},
	{"R50 aarch64 without BTI", no_landing_pads, "BTI"},
};

Test(hygiene, hardened_refuses_every_soft_spot)
{
	CHECK_ROWS(soft, MODSEAL_ELF_HARDENED, MODSEAL_E_ELF_UNSAFE);
}

Test(hygiene, standard_accepts_soft_spots)
{
	CHECK_ROWS(soft, MODSEAL_ELF_STANDARD, 0);
}

static void now_by_tag(struct sample *s)
{
	lazy(s);
	dynamic_add(s, DT_BIND_NOW, 0);
}
static void now_by_flags(struct sample *s)
{
	dynamic_put(s, DT_FLAGS_1, 0);
}
static void now_by_flags_1(struct sample *s)
{
	dynamic_put(s, DT_FLAGS, 0);
}
static void landing_pads(struct sample *s)
{
	no_landing_pads(s);
	sample_put(s, AT_NOTE + 24, 4, 3);
}
static void other_machine(struct sample *s)
{
	sample_put(s, 18, 2, EM_RISCV);
	sample_put(s, AT_RELA + sample_word(s), sample_word(s), 3 /* R_RISCV_RELATIVE */);
	no_note(s);
}
static void second_property(struct sample *s)
{
	size_t unit = sample_word(s), next = AT_NOTE + 16 + 8 + unit;

	/* another property first, ours after it, each padded to a word */
	sample_put(s, AT_NOTE + 4, 4, 2 * (8 + unit));
	sample_put(s, AT_NOTE + 16, 4, 0xc0000001);
	sample_put(s, next, 4, 0xc0000002);
	sample_put(s, next + 4, 4, 4);
	sample_put(s, next + 8, 4, 3);
	segment_put(s, PT_NOTE, 0, P_FILESZ, 16 + 2 * (8 + unit));
	segment_put(s, PT_NOTE, 0, P_MEMSZ, 16 + 2 * (8 + unit));
	segment_put(s, PT_NOTE, 0, P_TYPE, PT_GNU_PROPERTY);
}

static void flags_of_others(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_FLAGS, PF_R | PF_W | PF_X); /* maps nothing */
}
static void interpreter_unused(struct sample *s)
{
	/* the dynamic linker does not look at a library's */
	segment_make(s, 1, PT_INTERP, PF_R, AT_STRINGS + S_FIRST, 12, 12, 1);
}

static const struct row hard[] = {
	{"flags of what is no PT_LOAD", flags_of_others, ""},
	{"the interpreter of a library", interpreter_unused, ""},
	{"DT_BIND_NOW", now_by_tag, ""},
	{"DF_BIND_NOW", now_by_flags, ""},
	{"DF_1_NOW", now_by_flags_1, ""},
	{"aarch64 with BTI", landing_pads, ""},
	{"a machine without such notes", other_machine, ""},
	{"the second property of PT_GNU_PROPERTY", second_property, ""},
};

Test(hygiene, hardened_accepts_every_way_to_say_it)
{
	CHECK_ROWS(hard, MODSEAL_ELF_HARDENED, 0);
}

struct file_row {
	const char *file;
	const char *word;   /* in the message; NULL: accepted */
	const char *remedy; /* in the remedy */
};

static void check_file(const struct file_row *row, enum modseal_kind kind,
		       enum modseal_elf_level level)
{
	struct modseal_error error = {0};
	char name[64];
	struct sample s;
	int r;

	snprintf(name, sizeof(name), "data/elf/%s", row->file);
	s = sample_load(name);
	r = sample_read(&s, kind, level, NULL, &error);
	cr_assert(eq(int, r, row->word ? MODSEAL_E_ELF_UNSAFE : 0), "%s: %s", row->file,
		  error.message);
	if (row->word) {
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "%s", row->file);
		cr_assert(ne(ptr, strstr(error.message, row->word), NULL), "%s: %s",
			  row->file, error.message);
		cr_assert(ne(ptr, strstr(error.remedy, row->remedy), NULL), "%s: %s",
			  row->file, error.remedy);
	}
	free(s.bytes);
}

/* R41, R42, R44 in what linkers make; the remedy says what to change in the build. */
Test(hygiene, judges_what_linkers_make)
{
	const struct file_row rows[] = {
		{"plain.so", NULL, NULL},
		{"needs.so", NULL, NULL},
		{"nodelete.so", NULL, NULL},
		{"rpath.so", NULL, NULL},
		{"lazy.so", NULL, NULL},
		{"norelro.so", NULL, NULL},
		{"execstack.so", "executable stack", "noexecstack"},
		{"textrel.so", "DT_TEXTREL", "-fPIC"},
		{"interpose.so", "DF_1_INTERPOSE", "interpose"},
		{"loadfltr.so", "DF_1_LOADFLTR", "loadfltr"},
		{"filter.so", "DT_FILTER", "-F"},
		{"auxiliary.so", "DT_AUXILIARY", "-f"},
		{"audit.so", "DT_AUDIT", "--audit"},
		{"depaudit.so", "DT_DEPAUDIT", "--depaudit"},
		{"slash.so", "DT_NEEDED './nosoname.so'", "-soname"},
		{"dollar.so", "DT_NEEDED '$ORIGIN-dep.so'", "-soname"},
		{"dollar_dep.so", "DT_SONAME '$ORIGIN-dep.so'", "-soname"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_file(&rows[i], MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD);
}

/* R50: several findings are told at once. */
Test(hygiene, hardened_judges_what_linkers_make)
{
	const struct file_row rows[] = {
		{"hardened.so", NULL, NULL},
		{"lazy.so", "binds symbols lazily", "-z,now"},
		{"norelro.so", "no PT_GNU_RELRO", "-z,relro"},
		{"rpath.so", "DT_RPATH or DT_RUNPATH", "-rpath"},
		{"oldrpath.so", "DT_RPATH or DT_RUNPATH", "-rpath"},
		{"execstack.so", "executable stack (PT_GNU_STACK); ", "noexecstack"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_file(&rows[i], MODSEAL_KIND_LIBRARY, MODSEAL_ELF_HARDENED);
}

/* R44: functions before main are a program's own affair, not a library's. */
Test(hygiene, accepts_early_functions_of_a_program)
{
	const struct file_row row = {"preinit", NULL, NULL};
	struct sample s = sample_load("data/elf/preinit");

	cr_assert(gt(u64, dynamic_get(&s, DT_PREINIT_ARRAY), 0));
	free(s.bytes);
	check_file(&row, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD);
}

/* A relative interpreter would be taken out of the directory the user stands in. */
Test(hygiene, wants_an_absolute_interpreter)
{
	struct sample s = sample_load("data/elf/program");
	struct modseal_error error = {0};
	int r;

	s.bytes[segment_get(&s, PT_INTERP, 0, P_OFFSET)] = 'x';
	r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD, NULL, &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_UNSAFE), "R44");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
	cr_assert(ne(ptr, strstr(error.message, "interpreter"), NULL), "%s",
		  error.message);
	free(s.bytes);
}

/* R50: a static program binds nothing and searches nothing. */
Test(hygiene, hardened_asks_no_binding_of_static_programs)
{
	struct sample s = sample_load("data/elf/static");
	struct modseal_error error = {0};
	int r = sample_read(&s, MODSEAL_KIND_PROGRAM, MODSEAL_ELF_HARDENED, NULL, &error);

	/* most C libraries are not marked for CET or BTI: at most that is found */
	cr_assert(r == 0 || r == MODSEAL_E_ELF_UNSAFE, "R50");
	cr_assert(eq(ptr, strchr(error.message, ';'), NULL), "R50 %s", error.message);
	cr_assert(eq(ptr, strstr(error.message, "lazily"), NULL), "R50 %s",
		  error.message);
	free(s.bytes);
}

Test(hygiene, tells_all_findings_within_the_message)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	struct modseal_error error = {0};
	int r;

	for (size_t i = 1; i < sizeof(hazards) / sizeof(hazards[0]); i++)
		if (hazards[i].change != filter_twice && hazards[i].change != early_none)
			hazards[i].change(&s);
	lazy(&s);
	dynamic_put(&s, DT_FLAGS_1, DF_1_INTERPOSE | DF_1_LOADFLTR);
	runpath(&s);
	no_relro(&s);
	no_note(&s);
	r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_HARDENED, NULL, &error);
	cr_assert(eq(int, r, MODSEAL_E_ELF_UNSAFE));
	cr_assert(ne(ptr, strstr(error.message, "executable stack"), NULL));
	cr_assert(ne(ptr, strstr(error.message, "DF_1_INTERPOSE"), NULL), "%s",
		  error.message);
	cr_assert(ne(ptr, strstr(error.message, "CET"), NULL), "%s", error.message);
	free(s.bytes);
}
