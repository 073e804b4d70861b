/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an authenticated ELF file by libelf on memory and reads it in the order of trust.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "verifier/elf/view.h"

#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#elif defined(__i386__)
#define NATIVE_MACHINE EM_386
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#elif defined(__arm__)
#define NATIVE_MACHINE EM_ARM
#elif defined(__riscv)
#define NATIVE_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define NATIVE_MACHINE EM_PPC64
#elif defined(__powerpc__)
#define NATIVE_MACHINE EM_PPC
#elif defined(__s390__)
#define NATIVE_MACHINE EM_S390
#elif defined(__mips__)
#define NATIVE_MACHINE EM_MIPS
#elif defined(__loongarch__)
#define NATIVE_MACHINE 258
#else
#define NATIVE_MACHINE EM_NONE /* nothing is native: nothing can be loaded */
#endif
#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ORDER ELFDATA2LSB
#else
#define NATIVE_ORDER ELFDATA2MSB
#endif

/* Smallest page of any Linux machine; a native file is judged by the real one. */
#define SMALLEST_PAGE 4096u
/* The header of the larger class. */
#define LONGEST_HEADER 64u

/* Offset and width of the header's fields (System V ABI, figure "ELF Header"). */
struct layout {
	size_t size, phoff, shoff, width, ehsize, phentsize, phnum, shentsize, shnum;
	uint16_t segment_size, section_size;
};
static const struct layout layouts[] = {
	[ELFCLASS32] = {52, 28, 32, 4, 40, 42, 44, 46, 48, 32, 40},
	[ELFCLASS64] = {64, 32, 40, 8, 52, 54, 56, 58, 60, 56, 64},
};

struct machine_name {
	uint16_t machine;
	const char *name;
};
static const struct machine_name machines[] = {
	{EM_386, "i386"},      {EM_X86_64, "x86-64"}, {EM_AARCH64, "aarch64"},
	{EM_ARM, "arm"},       {EM_RISCV, "riscv"},   {EM_PPC, "powerpc"},
	{EM_PPC64, "ppc64"},   {EM_S390, "s390"},     {EM_MIPS, "mips"},
	{EM_SPARCV9, "sparc"}, {EM_IA_64, "ia64"},    {258, "loongarch"},
};

static uint64_t field(struct modseal_span content, size_t offset, size_t width)
{
	bool big = content.data[EI_DATA] == ELFDATA2MSB;
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | content.data[offset + (big ? i : width - 1 - i)];
	return value;
}

int modseal_elf_need(const struct modseal_elf_view *view, uint64_t offset,
		     uint64_t length, struct modseal_error *error)
{
	const struct modseal_elf_source *source = view->source;

	if (!source->need || !modseal_range_fits(view->content.size, offset, length))
		return 0;
	return source->need(source->argument, offset, length, error);
}

/*
 * Judges the header before libelf sees the file: libelf believes a section count in
 * section zero and allocates for it, and glibc adds e_phoff and the table's size without
 * a check.
 */
static int check_header(const struct modseal_elf_view *view, struct modseal_error *error)
{
	struct modseal_span content = view->content;
	const struct layout *at;
	uint64_t phoff, phnum, shoff, shnum;

	if (content.size < EI_NIDENT || memcmp(content.data, ELFMAG, SELFMAG) != 0)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "does not begin with the ELF magic");
	if (content.data[EI_CLASS] != ELFCLASS32 && content.data[EI_CLASS] != ELFCLASS64)
		return MODSEAL_ELF_MALFORMED(view, error, "unknown ELF class %u",
					     content.data[EI_CLASS]);
	if (content.data[EI_DATA] != ELFDATA2LSB && content.data[EI_DATA] != ELFDATA2MSB)
		return MODSEAL_ELF_MALFORMED(view, error, "unknown byte order %u",
					     content.data[EI_DATA]);
	at = &layouts[content.data[EI_CLASS]];
	if (content.size < at->size)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "cut off inside the ELF header");
	if (content.data[EI_VERSION] != EV_CURRENT || field(content, 20, 4) != EV_CURRENT)
		return MODSEAL_ELF_MALFORMED(view, error, "unknown ELF version");
	if (field(content, at->ehsize, 2) != at->size)
		return MODSEAL_ELF_MALFORMED(view, error, "wrong ELF header size");

	phoff = field(content, at->phoff, at->width);
	phnum = field(content, at->phnum, 2);
	if (phnum > MODSEAL_MAX_PROGRAM_HEADERS) /* PN_XNUM is one of these */
		return MODSEAL_ELF_MALFORMED(
			view, error, "%u program headers, at most %u", (unsigned)phnum,
			MODSEAL_MAX_PROGRAM_HEADERS);
	if (phnum && field(content, at->phentsize, 2) != at->segment_size)
		return MODSEAL_ELF_MALFORMED(view, error, "wrong program header size");
	if (phnum && (phoff % at->width != 0 ||
		      !modseal_range_fits(content.size, phoff, phnum * at->segment_size)))
		return MODSEAL_ELF_MALFORMED(
			view, error, "the program headers are not inside the file");

	shoff = field(content, at->shoff, at->width);
	shnum = field(content, at->shnum, 2);
	if ((shoff == 0) != (shnum == 0) || shnum >= SHN_LORESERVE)
		return MODSEAL_ELF_MALFORMED(view, error, "wrong number of sections");
	if (shnum && (field(content, at->shentsize, 2) != at->section_size ||
		      !modseal_range_fits(content.size, shoff, shnum * at->section_size)))
		return MODSEAL_ELF_MALFORMED(
			view, error, "the section headers are not inside the file");
	return 0;
}

int modseal_elf_refused(const struct modseal_elf_view *view, const char *what,
			struct modseal_error *error)
{
	int number = elf_errno(); /* also empties libelf's memory of it */

	if (errno == ENOMEM)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	return MODSEAL_ELF_MALFORMED(view, error, "%s: %s", what, elf_errmsg(number));
}

/* The tables of headers: libelf looks at that of the sections, too, when it opens. */
static int need_tables(const struct modseal_elf_view *view, struct modseal_error *error)
{
	struct modseal_span content = view->content;
	const struct layout *at = &layouts[content.data[EI_CLASS]];
	int r = modseal_elf_need(view, field(content, at->phoff, at->width),
				 field(content, at->phnum, 2) * at->segment_size, error);

	if (r == 0)
		r = modseal_elf_need(view, field(content, at->shoff, at->width),
				     field(content, at->shnum, 2) * at->section_size,
				     error);
	return r;
}

/* What is read of a file that would be mapped, besides its string table; of a kernel
 * module, anything. */
static int need_contents(const struct modseal_elf_view *view, struct modseal_error *error)
{
	int r = 0;

	if (view->header.e_type == ET_REL)
		return modseal_elf_need(view, 0, view->content.size, error);
	for (size_t i = 0; r == 0 && i < view->segment_count; i++) {
		const GElf_Phdr *segment = &view->segments[i];

		if (segment->p_type == PT_DYNAMIC || segment->p_type == PT_INTERP ||
		    segment->p_type == PT_NOTE || segment->p_type == PT_GNU_PROPERTY)
			r = modseal_elf_need(view, segment->p_offset, segment->p_filesz,
					     error);
	}
	return r;
}

static int open_view(struct modseal_elf_view *view, struct modseal_error *error)
{
	long page = sysconf(_SC_PAGESIZE);
	size_t count = 0;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_IMAGE,
				    view->object, "libelf is older than its header");
	/* ELF_C_READ inside: libelf never writes to the image, whatever the type says. */
	view->handle =
		elf_memory((char *)(uintptr_t)view->content.data, view->content.size);
	if (!view->handle || elf_kind(view->handle) != ELF_K_ELF ||
	    !gelf_getehdr(view->handle, &view->header) ||
	    elf_getphdrnum(view->handle, &count) != 0)
		return modseal_elf_refused(view, "ELF header", error);
	if (count > MODSEAL_MAX_PROGRAM_HEADERS)
		return MODSEAL_ELF_MALFORMED(view, error, "too many program headers");
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(view->handle, (int)i, &view->segments[i]))
			return modseal_elf_refused(view, "program headers", error);
		if (view->segments[i].p_type == PT_LOAD)
			view->loads[view->load_count++] = (uint8_t)i;
	}
	view->segment_count = count;
	view->native = view->header.e_machine == NATIVE_MACHINE &&
		       view->header.e_ident[EI_CLASS] == NATIVE_CLASS &&
		       view->header.e_ident[EI_DATA] == NATIVE_ORDER;
	view->page_size = SMALLEST_PAGE;
	if (view->native && page > (long)SMALLEST_PAGE)
		view->page_size = (uint64_t)page;
	return 0;
}

/* ET_* against what was asked for, before anything that only makes sense for one of them.
 */
static int check_type(const struct modseal_elf_view *view, struct modseal_error *error)
{
	uint16_t type = view->header.e_type;
	bool relocatable = type == ET_REL;

	if (type != ET_REL && type != ET_DYN && type != ET_EXEC)
		return MODSEAL_ELF_MALFORMED(
			view, error, "ELF type %u is no library, program or module",
			type);
	if (view->kind == MODSEAL_KIND_KERNEL_MODULE && !relocatable)
		return MODSEAL_ELF_MALFORMED(view, error, "not a kernel module");
	if ((view->kind == MODSEAL_KIND_LIBRARY || view->kind == MODSEAL_KIND_PROGRAM) &&
	    relocatable)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "an object file or kernel module");
	if (view->kind == MODSEAL_KIND_LIBRARY && type == ET_EXEC)
		return MODSEAL_ELF_MALFORMED(view, error, "a program, not a library");
	return 0;
}

/* glibc refuses other systems' libraries and anything in the padding of e_ident. */
static int check_system(const struct modseal_elf_view *view, struct modseal_error *error)
{
	const unsigned char *ident = view->header.e_ident;

	if (ident[EI_OSABI] != ELFOSABI_SYSV && ident[EI_OSABI] != ELFOSABI_GNU)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "built for another system (OSABI %u)",
					     ident[EI_OSABI]);
	for (size_t i = EI_PAD; i < EI_NIDENT; i++)
		if (ident[i])
			return MODSEAL_ELF_MALFORMED(
				view, error, "reserved bytes of the header are not zero");
	return 0;
}

static int read_interpreter(const struct modseal_elf_view *view, struct modseal_elf *elf,
			    struct modseal_error *error)
{
	const GElf_Phdr *segment = modseal_elf_segment(view, PT_INTERP);
	struct modseal_span text;

	if (!segment)
		return 0;
	/* the kernel wants the final NUL and takes the string up to the first one */
	if (!modseal_span_part(view->content, segment->p_offset, segment->p_filesz,
			       &text) ||
	    text.size < 2 || text.size > 4096 ||
	    memchr(text.data, '\0', text.size) != text.data + text.size - 1)
		return MODSEAL_ELF_MALFORMED(view, error, "PT_INTERP is not one string");
	elf->interpreter = strdup((const char *)text.data);
	return elf->interpreter ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
}

/* PIE or library: both are ET_DYN. What the kernel would start is a program (R45). */
static int check_kind(const struct modseal_elf_view *view, const struct modseal_elf *elf,
		      struct modseal_error *error)
{
	const GElf_Phdr *load = modseal_elf_load_at(view, view->header.e_entry, 1, true);

	if (view->kind == MODSEAL_KIND_LIBRARY && elf->position_independent_executable)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "a program (DF_1_PIE), not a library");
	if (view->kind != MODSEAL_KIND_PROGRAM)
		return 0;
	if (elf->type == ET_DYN && !elf->position_independent_executable &&
	    !elf->interpreter)
		return MODSEAL_ELF_MALFORMED(view, error, "a library, not a program");
	if (!load || !(load->p_flags & PF_X))
		return MODSEAL_ELF_MALFORMED(view, error,
					     "the entry point is not in its code");
	return 0;
}

static int read_mapped(struct modseal_elf_view *view, struct modseal_elf *elf,
		       struct modseal_error *error)
{
	int r = modseal_elf_segments_check(view, error);

	if (r == 0)
		elf->mapped_end = modseal_elf_mapped_end(view);
	if (r == 0)
		r = read_interpreter(view, elf, error);
	if (r == 0)
		r = modseal_elf_dynamic_open(view, error);
	if (r == 0)
		r = modseal_elf_tables_check(view, error);
	if (r == 0)
		r = modseal_elf_dynamic_read(view, elf, error);
	if (r == 0)
		r = modseal_elf_note_read(view, &elf->note, error);
	if (r == 0)
		r = check_kind(view, elf, error);
	if (r == 0 && view->level >= MODSEAL_ELF_STANDARD)
		r = check_system(view, error);
	if (r == 0 && view->level >= MODSEAL_ELF_LIST)
		r = modseal_elf_hygiene_check(view, &elf->findings, error);
	if (r == 0 && view->level >= MODSEAL_ELF_STANDARD)
		r = modseal_elf_follow_check(view, error);
	return r;
}

static int read_view(struct modseal_elf_view *view, struct modseal_elf *elf,
		     struct modseal_error *error)
{
	int r = modseal_elf_need(view, 0,
				 view->content.size < LONGEST_HEADER ? view->content.size
								     : LONGEST_HEADER,
				 error);

	if (r == 0)
		r = check_header(view, error);
	if (r == 0)
		r = need_tables(view, error);
	if (r == 0)
		r = open_view(view, error);
	if (r == 0)
		r = check_type(view, error);
	if (r == 0)
		r = need_contents(view, error);
	if (r != 0)
		return r;
	elf->type = view->header.e_type;
	elf->machine = view->header.e_machine;
	elf->elf_class = view->header.e_ident[EI_CLASS];
	elf->byte_order = view->header.e_ident[EI_DATA];
	elf->native = view->native;
	if (elf->type == ET_REL)
		return modseal_elf_modinfo_read(
			view, view->kind == MODSEAL_KIND_KERNEL_MODULE, elf, error);
	return read_mapped(view, elf, error);
}

int modseal_elf_read(struct modseal_span content, enum modseal_kind kind,
		     enum modseal_elf_level level, const char *object,
		     struct modseal_elf *ret_elf, struct modseal_error *error)
{
	struct modseal_elf_source source = {.content = content};

	return modseal_elf_read_from(&source, kind, level, object, ret_elf, error);
}

int modseal_elf_read_from(const struct modseal_elf_source *source, enum modseal_kind kind,
			  enum modseal_elf_level level, const char *object,
			  struct modseal_elf *ret_elf, struct modseal_error *error)
{
	struct modseal_elf_view view = {.source = source,
					.content = source->content,
					.kind = kind,
					.level = level,
					.object = object};
	struct modseal_elf elf = {0};
	int r = MODSEAL_E_INTERNAL;

	errno = 0; /* modseal_elf_refused asks it */
	if ((unsigned)kind > MODSEAL_KIND_BY_RULE ||
	    (unsigned)level > MODSEAL_ELF_HARDENED)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_IMAGE,
				    object, "unknown kind or level");
	r = read_view(&view, &elf, error);
	free(view.dynamic);
	elf_end(view.handle); /* accepts NULL */
	if (r != 0) {
		modseal_elf_clear(&elf);
		return r;
	}
	*ret_elf = elf;
	return 0;
}

void modseal_elf_clear(struct modseal_elf *elf)
{
	if (!elf)
		return;
	for (size_t i = 0; i < elf->needed_count; i++)
		free(elf->needed[i]);
	free(elf->needed);
	modseal_note_clear(&elf->note);
	free(elf->soname);
	free(elf->interpreter);
	free(elf->runpath);
	free(elf->module_name);
	free(elf->module_release);
	free(elf->module_vermagic);
	free(elf->module_softdeps);
	memset(elf, 0, sizeof(*elf));
}

static void describe_machine(char *buffer, size_t size, uint16_t machine, unsigned bits,
			     bool big)
{
	const char *order = big ? ", big-endian" : "";

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].machine == machine) {
			snprintf(buffer, size, "%s (%u-bit%s)", machines[i].name, bits,
				 order);
			return;
		}
	}
	snprintf(buffer, size, "machine %u (%u-bit%s)", machine, bits, order);
}

int modseal_elf_require_native(const struct modseal_elf *elf, const char *object,
			       struct modseal_error *error)
{
	char file[64], here[64];

	if (elf->native)
		return 0;
	describe_machine(file, sizeof(file), elf->machine,
			 elf->elf_class == ELFCLASS64 ? 64 : 32,
			 elf->byte_order == ELFDATA2MSB);
	describe_machine(here, sizeof(here), NATIVE_MACHINE,
			 NATIVE_CLASS == ELFCLASS64 ? 64 : 32,
			 NATIVE_ORDER == ELFDATA2MSB);
	return modseal_fail(error, MODSEAL_E_ELF_FOREIGN, MODSEAL_STAGE_IMAGE, object,
			    "built for %s, this is %s", file, here);
}
