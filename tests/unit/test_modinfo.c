/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel modules: .modinfo by sections, bounds-checked, each value once (R36, R31). */
#include "tests/unit/elf_rows.h"
#include "tests/unit/slowness.h"

/* Layout of the made module: header, .modinfo, section names, four section headers. */
enum { M_INFO = 0x40, M_NAMES = 0x100, M_SECTIONS = 0x140, M_END = 0x300 };
#define INFO  "license=GPL\0name=some_module\0alias=x\0vermagic=6.1.0-9 SMP mod_unload "
#define NAMES "\0.modinfo\0.shstrtab\0.text\0.modinfo2"
enum { N_MODINFO = 1, N_NAMES = 10, N_TEXT = 20 };

static size_t section(const struct sample *s, unsigned index)
{
	return M_SECTIONS + index * (sample_wide(s) ? 64u : 40u);
}

/* Name, type, flags, offset, size of a section header. */
static void section_make(struct sample *s, unsigned index, uint32_t name, uint32_t type,
			 uint64_t flags, uint64_t offset, uint64_t size)
{
	size_t at = section(s, index), word = sample_word(s);

	sample_put(s, at, 4, name);
	sample_put(s, at + 4, 4, type);
	sample_put(s, at + 8, word, flags);
	sample_put(s, at + 8 + 2 * word, word, offset);
	sample_put(s, at + 8 + 3 * word, word, size);
}

static void info_put(struct sample *s, const char *text, size_t size)
{
	memset(s->bytes + M_INFO, 0, M_NAMES - M_INFO);
	memcpy(s->bytes + M_INFO, text, size);
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_INFO, size);
}

static struct sample module_make(const struct form *form)
{
	struct sample s = {calloc(1, M_END), M_END};
	bool wide = form->elf_class == ELFCLASS64;

	memcpy(s.bytes, ELFMAG, SELFMAG);
	s.bytes[EI_CLASS] = form->elf_class;
	s.bytes[EI_DATA] = form->order;
	s.bytes[EI_VERSION] = EV_CURRENT;
	sample_put(&s, 16, 2, ET_REL);
	sample_put(&s, 18, 2, EM_X86_64);
	sample_put(&s, 20, 4, EV_CURRENT);
	sample_put(&s, at_shoff(&s), sample_word(&s), M_SECTIONS);
	sample_put(&s, at_ehsize(&s), 2, wide ? 64 : 52);
	sample_put(&s, at_ehsize(&s) + 6, 2, wide ? 64 : 40);
	sample_put(&s, at_ehsize(&s) + 8, 2, 4);
	sample_put(&s, at_ehsize(&s) + 10, 2, 2);
	memcpy(s.bytes + M_NAMES, NAMES, sizeof(NAMES));
	info_put(&s, INFO, sizeof(INFO));
	section_make(&s, 2, N_NAMES, SHT_STRTAB, 0, M_NAMES, sizeof(NAMES));
	section_make(&s, 3, N_TEXT, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, M_INFO, 16);
	return s;
}

static void no_sections(struct sample *s)
{
	sample_put(s, at_shoff(s), sample_word(s), 0);
	sample_put(s, at_ehsize(s) + 8, 2, 0);
}
static void names_index_zero(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 10, 2, 0);
}
static void names_index_high(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 10, 2, 4);
}
static void names_extended(struct sample *s)
{
	sample_put(s, at_ehsize(s) + 10, 2, SHN_XINDEX);
}
static void names_outside(struct sample *s)
{
	section_make(s, 2, N_NAMES, SHT_STRTAB, 0, M_END - 4, 64);
}
static void names_open_end(struct sample *s)
{
	section_make(s, 2, N_NAMES, SHT_STRTAB, 0, M_NAMES, sizeof(NAMES) - 1);
}
static void name_outside(struct sample *s)
{
	sample_put(s, section(s, 3), 4, sizeof(NAMES));
}
static void info_missing(struct sample *s)
{
	sample_put(s, section(s, 1), 4, N_TEXT);
}
static void info_twice(struct sample *s)
{
	section_make(s, 3, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_INFO, sizeof(INFO));
}
static void info_twice_unloaded(struct sample *s)
{
	section_make(s, 3, N_MODINFO, SHT_PROGBITS, 0, M_INFO, sizeof(INFO));
}
static void info_unloaded(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, 0, M_INFO, sizeof(INFO));
}
static void info_without_bytes(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_NOBITS, SHF_ALLOC, M_INFO, sizeof(INFO));
}
static void info_a_note(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_NOTE, SHF_ALLOC, M_INFO, sizeof(INFO));
}
static void info_compressed(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC | SHF_COMPRESSED, M_INFO,
		     sizeof(INFO));
}
static void info_outside(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_END, sizeof(INFO));
}
static void info_reaches_out(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_INFO,
		     M_END - M_INFO + 1);
}
static void info_wraps(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, UINT64_MAX - 15,
		     sizeof(INFO));
}
static void info_size_wraps(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_INFO, UINT64_MAX - 3);
}
static void info_empty(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_INFO, 0);
}
static void info_open_end(struct sample *s)
{
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_INFO, sizeof(INFO) - 1);
}
static void name_twice(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0name=b";

	info_put(s, text, sizeof(text));
}
static void name_missing(struct sample *s)
{
	static const char text[] =
		"nam=a\0names=a\0xame=a\0xname=a\0name\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_empty(struct sample *s)
{
	static const char text[] = "name=\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_two_words(struct sample *s)
{
	static const char text[] = "name=a b\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_a_path(struct sample *s)
{
	static const char text[] = "name=a/b\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_not_text(struct sample *s)
{
	static const char text[] = "name=a\tb\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_not_ascii(struct sample *s)
{
	static const char text[] = "name=a\x7f\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_dots(struct sample *s)
{
	static const char text[] = "name=..\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void name_long(struct sample *s)
{
	const size_t size = 5 + 56 + sizeof("\0vermagic=6 SMP");

	s->bytes = realloc(s->bytes, M_END + size);
	memset(s->bytes + M_END, 'n', size);
	memcpy(s->bytes + M_END, "name=", 5);
	memcpy(s->bytes + M_END + 5 + 56, "\0vermagic=6 SMP", sizeof("\0vermagic=6 SMP"));
	s->size = M_END + size;
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_END, size);
}
static void names_without_bytes(struct sample *s)
{
	section_make(s, 2, N_NAMES, SHT_NOBITS, 0, M_NAMES, sizeof(NAMES));
}
static void vermagic_twice(struct sample *s)
{
	static const char text[] = "vermagic=6 SMP\0name=a\0vermagic=6 SMP";

	info_put(s, text, sizeof(text));
}
static void vermagic_missing(struct sample *s)
{
	static const char text[] = "name=a";

	info_put(s, text, sizeof(text));
}
static void vermagic_blank(struct sample *s)
{
	static const char text[] = "name=a\0vermagic= SMP";

	info_put(s, text, sizeof(text));
}
static void vermagic_a_path(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=../6 SMP";

	info_put(s, text, sizeof(text));
}

static void vermagic_not_text(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\x1b[2J";

	info_put(s, text, sizeof(text));
}
static void vermagic_not_ascii(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\xc3\xa4";

	info_put(s, text, sizeof(text));
}
static void depends_twice(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0depends=b\0depends=c";

	info_put(s, text, sizeof(text));
}
static void depends_empty(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0depends=,b";

	info_put(s, text, sizeof(text));
}
static void depends_a_path(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0depends=b,../c";

	info_put(s, text, sizeof(text));
}
static void depends_dots(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0depends=..";

	info_put(s, text, sizeof(text));
}
static void depends_a_space(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0depends=b c";

	info_put(s, text, sizeof(text));
}
static void depends_open(struct sample *s)
{
	static const char text[] = "name=a\0vermagic=6 SMP\0depends=b,";

	info_put(s, text, sizeof(text));
}
/* 513 names of one letter. */
static void depends_many(struct sample *s)
{
	static const char head[] = "name=a\0vermagic=6 SMP\0depends=";
	const size_t names = 2 * (MODSEAL_MAX_NEEDED + 1), size = sizeof(head) + names;

	s->bytes = realloc(s->bytes, M_END + size);
	memcpy(s->bytes + M_END, head, sizeof(head) - 1);
	for (size_t i = 0; i < names; i++)
		s->bytes[M_END + sizeof(head) - 1 + i] = i % 2 ? ',' : 'b';
	s->bytes[M_END + size - 2] = s->bytes[M_END + size - 1] = '\0';
	s->size = M_END + size;
	section_make(s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_END, size);
}

static const struct row malformed[] = {
	{"R36 no sections", no_sections, "no sections"},
	{"R36 e_shstrndx 0", names_index_zero, "no section names"},
	{"R36 e_shstrndx past the end", names_index_high, "no section names"},
	{"R36 e_shstrndx extended", names_extended, "no section names"},
	{"R36 names outside", names_outside, "section names"},
	{"R36 names without end", names_open_end, "section names"},
	{"R36 a name outside", name_outside, "name out of range"},
	{"R36 no .modinfo", info_missing, "no .modinfo"},
	{"R36 two .modinfo", info_twice, "more than one .modinfo"},
	{"R36 two .modinfo, one not loaded", info_twice_unloaded,
	 "more than one .modinfo"},
	{"R36 .modinfo not loaded", info_unloaded, "wrong type"},
	{"R36 .modinfo without bytes", info_without_bytes, "wrong type"},
	{"R36 .modinfo a note", info_a_note, "wrong type"},
	{"R36 .modinfo compressed", info_compressed, ".modinfo is not"},
	{"R36 .modinfo outside", info_outside, ".modinfo is not"},
	{"R36 .modinfo reaches out", info_reaches_out, ".modinfo is not"},
	{"R36 .modinfo wraps", info_wraps, ".modinfo is not"},
	{"R36 .modinfo's size wraps", info_size_wraps, ".modinfo is not"},
	{"R36 .modinfo empty", info_empty, ".modinfo is not"},
	{"R36 .modinfo without end", info_open_end, ".modinfo is not"},
	{"R36 name twice", name_twice, "name= twice"},
	{"R36 no name", name_missing, "no name="},
	{"R36 empty name", name_empty, "no name of a module"},
	{"R36 name of two words", name_two_words, "no name of a module"},
	{"R36 name with a slash", name_a_path, "no name of a module"},
	{"R36 name with a tab", name_not_text, "no name of a module"},
	{"R36 name that is not ASCII", name_not_ascii, "no name of a module"},
	{"R36 name of 56 bytes", name_long, "no name of a module"},
	{"R36 name of dots", name_dots, "no name of a module"},
	{"R36 names without bytes", names_without_bytes, "section names"},
	{"R36 vermagic twice", vermagic_twice, "vermagic= twice"},
	{"R36 no vermagic", vermagic_missing, "no vermagic="},
	{"R36 vermagic without release", vermagic_blank, "vermagic= is empty"},
	{"R36 vermagic with a slash", vermagic_a_path, "not plain text"},
	{"R36 vermagic with a control byte", vermagic_not_text, "not plain text"},
	{"R36 vermagic with other letters", vermagic_not_ascii, "not plain text"},
	{"R36 depends twice", depends_twice, "depends= twice"},
	{"R36 depends on nothing, and one more", depends_empty, "no list of modules"},
	{"R36 depends on a path", depends_a_path, "no list of modules"},
	{"R36 depends on dots", depends_dots, "no list of modules"},
	{"R36 depends with a space", depends_a_space, "no list of modules"},
	{"R36 depends with a last comma", depends_open, "no list of modules"},
	{"R36 depends on too many", depends_many, "names too many"},
};

static void writable_text(struct sample *s)
{
	section_make(s, 3, N_TEXT, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR | SHF_WRITE,
		     M_INFO, 16);
}

static int read_module(const struct sample *s, struct modseal_elf *elf,
		       struct modseal_error *error)
{
	return sample_read(s, MODSEAL_KIND_KERNEL_MODULE, MODSEAL_ELF_STANDARD, elf,
			   error);
}

Test(modinfo, reads_name_and_release)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = module_make(&forms[i]);
		struct modseal_elf elf = {0};
		struct modseal_error error = {0};

		cr_assert(eq(int, read_module(&s, &elf, &error), 0), "%s: %s",
			  forms[i].name, error.message);
		cr_assert(eq(str, elf.module_name, "some_module"), "%s", forms[i].name);
		cr_assert(eq(str, elf.module_release, "6.1.0-9"), "%s", forms[i].name);
		cr_assert(eq(int, elf.type, ET_REL), "%s", forms[i].name);
		modseal_elf_clear(&elf);
		free(s.bytes);
	}
}

Test(modinfo, reads_dependencies)
{
	static const char text[] = "softdep=pre: c\0depends=nls-base,fat\0name=a\0"
				   "vermagic=6.1 SMP mod_unload \0softdep=post: d e\0"
				   "license=Dual MPL/GPL\0license=x\0intree=Y";
	struct sample s = module_make(&forms[0]);
	struct modseal_elf elf = {0};
	struct modseal_error error = {0};

	info_put(&s, text, sizeof(text));
	cr_assert(eq(int, read_module(&s, &elf, &error), 0), "%s", error.message);
	cr_assert(eq(sz, elf.needed_count, 2));
	cr_assert(eq(str, elf.needed[0], "nls_base"));
	cr_assert(eq(str, elf.needed[1], "fat"));
	cr_assert(eq(str, elf.module_vermagic, "6.1 SMP mod_unload "));
	cr_assert(eq(str, elf.module_softdeps, "pre: c; post: d e"));
	cr_assert(elf.module_free && elf.module_in_tree);
	modseal_elf_clear(&elf);
	free(s.bytes);
}

Test(modinfo, refuses_malformed_modules)
{
	const size_t count = sizeof(malformed) / sizeof(malformed[0]);

	for (size_t i = 0; i < FORM_COUNT * count; i++) {
		const struct row *row = &malformed[i / FORM_COUNT];
		struct sample s = module_make(&forms[i % FORM_COUNT]);
		struct modseal_error error = {0};
		int r;

		row->change(&s);
		r = read_module(&s, NULL, &error);
		cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "%s: %s", row->name,
			  error.message);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "%s", row->name);
		cr_assert(ne(ptr, strstr(error.message, row->word), NULL), "%s: %s",
			  row->name, error.message);
		free(s.bytes);
	}
}

/* The kernel refuses it as well, with strict memory permissions. */
Test(modinfo, refuses_writable_code)
{
	struct sample s = module_make(&forms[0]);
	struct modseal_error error = {0};

	writable_text(&s);
	cr_assert(eq(int, read_module(&s, NULL, &error), MODSEAL_E_ELF_UNSAFE), "R41");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE));
	free(s.bytes);
}

/* inspect: an object file is no module, but shows what it has. */
Test(modinfo, inspects_objects_without_modinfo)
{
	struct sample s = module_make(&forms[0]);
	struct modseal_elf elf = {0};
	int r;

	name_missing(&s);
	r = sample_read(&s, MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT, &elf, NULL);
	cr_assert(eq(int, r, 0));
	cr_assert(zero(ptr, elf.module_name));
	cr_assert(eq(str, elf.module_release, "6"));
	modseal_elf_clear(&elf);
	vermagic_missing(&s);
	r = sample_read(&s, MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT, &elf, NULL);
	cr_assert(eq(int, r, 0));
	cr_assert(eq(str, elf.module_name, "a"));
	modseal_elf_clear(&elf);
	info_missing(&s);
	writable_text(&s);
	r = sample_read(&s, MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT, NULL, NULL);
	cr_assert(eq(int, r, 0));
	free(s.bytes);
}

/* R48: 64 MiB of empty texts are not walked. */
Test(modinfo, refuses_an_endless_modinfo_at_once)
{
	const size_t size = 64u << 20;
	struct sample s = module_make(&forms[0]);
	struct modseal_error error = {0};
	double start;
	int r;

	s.bytes = realloc(s.bytes, M_END + size);
	memset(s.bytes + M_END, 0, size);
	s.size += size;
	section_make(&s, 1, N_MODINFO, SHT_PROGBITS, SHF_ALLOC, M_END, size);
	start = cpu_seconds();
	r = modseal_elf_read(modseal_span_of(s.bytes, s.size), MODSEAL_KIND_KERNEL_MODULE,
			     MODSEAL_ELF_STANDARD, "x", &(struct modseal_elf){0}, &error);
	cr_assert(lt(dbl, cpu_seconds() - start, 0.1 * time_factor()), "R48");
	cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "R48");
	cr_assert(ne(ptr, strstr(error.message, "too large"), NULL), "%s", error.message);
	free(s.bytes);
}

/* R31, R36: what a compiler makes out of MODULE_INFO-like texts. */
Test(modinfo, reads_a_compiled_module)
{
	struct sample s = sample_load("data/elf/first-module.ko");
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};

	cr_assert(eq(int, read_module(&s, &elf, &error), 0), "%s", error.message);
	cr_assert(eq(int,
		     modseal_identity_check(&elf, MODSEAL_KIND_KERNEL_MODULE,
					    "/lib/modules/6.1.0-9-test/first-module.ko",
					    &error),
		     0),
		  "R31 %s", error.message);
	cr_assert(eq(int,
		     modseal_identity_check(&elf, MODSEAL_KIND_KERNEL_MODULE,
					    "/lib/modules/6.1.0-9-test/second-module.ko",
					    &error),
		     MODSEAL_E_NAME_MISMATCH),
		  "R31");
	modseal_elf_clear(&elf);
	free(s.bytes);
}
