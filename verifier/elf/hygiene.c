/* SPDX-License-Identifier: Apache-2.0 */
/* What an ELF file asks of the dynamic linker or the kernel that would weaken the
 * process. */
#include <stdio.h>

#include "verifier/elf/view.h"

/* Values of linux/elf.h and the psABIs, where an older <elf.h> lacks them. */
#define X86_FEATURES   0xc0000002u /* GNU_PROPERTY_X86_FEATURE_1_AND */
#define X86_IBT	       0x1u
#define X86_SHSTK      0x2u
#define ARM64_FEATURES 0xc0000000u /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
#define ARM64_BTI      0x1u

/* All findings of one file: what is wrong, and what to change in the build. */
struct findings {
	unsigned count;
	char what[768];
	char remedy[480];
};

static void append(char *buffer, size_t size, const char *separator, const char *text)
{
	size_t used = strlen(buffer);

	snprintf(buffer + used, size - used, "%s%s", used ? separator : "", text);
}

static void found(struct findings *findings, const char *what, const char *remedy)
{
	findings->count++;
	append(findings->what, sizeof(findings->what), "; ", what);
	append(findings->remedy, sizeof(findings->remedy), "; ", remedy);
}

/* R41: memory that is writable and executable, or will be. */
static void find_executable_memory(const struct modseal_elf_view *view,
				   struct findings *findings)
{
	const GElf_Phdr *stack = modseal_elf_segment(view, PT_GNU_STACK);
	uint64_t flags = 0, value;

	if (!stack)
		found(findings, "no PT_GNU_STACK, which makes the stack executable",
		      "link with -Wl,-z,noexecstack");
	else if (stack->p_flags & PF_X)
		found(findings, "asks for an executable stack (PT_GNU_STACK)",
		      "link with -Wl,-z,noexecstack, and mark assembly with "
		      ".note.GNU-stack");
	for (size_t i = 0; i < view->segment_count; i++) {
		const GElf_Phdr *load = &view->segments[i];

		if (load->p_type == PT_LOAD && (load->p_flags & PF_W) &&
		    (load->p_flags & PF_X)) {
			found(findings, "a PT_LOAD that is writable and executable",
			      "link without -N, --omagic and linker scripts that mix "
			      "code and data");
			break;
		}
	}
	modseal_elf_tag(view, DT_FLAGS, &flags);
	if (modseal_elf_tag(view, DT_TEXTREL, &value) || (flags & DF_TEXTREL))
		found(findings, "relocations in its code (DT_TEXTREL)",
		      "compile everything with -fPIC and link with -Wl,-z,text");
}

struct forbidden {
	int64_t tag;
	const char *what;
	const char *remedy;
};

/* R44: what pulls in, or puts in front, code that nobody asked for. */
static void find_intrusions(const struct modseal_elf_view *view,
			    struct findings *findings)
{
	static const struct forbidden tags[] = {
		{DT_AUDIT, "names an audit library (DT_AUDIT)",
		 "link without -Wl,--audit"},
		{DT_DEPAUDIT, "names an audit library (DT_DEPAUDIT)",
		 "link without -Wl,--depaudit"},
		{DT_FILTER, "is a filter (DT_FILTER)", "link without -Wl,-F"},
		{DT_AUXILIARY, "is an auxiliary filter (DT_AUXILIARY)",
		 "link without -Wl,-f"},
		{DT_CONFIG, "names a configuration file (DT_CONFIG)",
		 "link without -Wl,-c"},
	};
	uint64_t flags = 0, value;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (modseal_elf_tag(view, tags[i].tag, &value))
			found(findings, tags[i].what, tags[i].remedy);
	/* In a program these run as its own code and in its own order; a library has no
	 * use. */
	if (view->kind != MODSEAL_KIND_PROGRAM &&
	    modseal_elf_tag(view, DT_PREINIT_ARRAY, &value))
		found(findings,
		      "functions that run before everybody's (DT_PREINIT_ARRAY)",
		      "use constructors instead of .preinit_array");
	modseal_elf_tag(view, DT_FLAGS_1, &flags);
	if (flags & DF_1_INTERPOSE)
		found(findings, "puts its symbols before everybody's (DF_1_INTERPOSE)",
		      "link without -Wl,-z,interpose");
	if (flags & DF_1_LOADFLTR)
		found(findings, "asks for filters at once (DF_1_LOADFLTR)",
		      "link without -Wl,-z,loadfltr");
}

/* The interpreter runs with all rights of the program: never one found by the directory.
 */
static void find_interpreter(const struct modseal_elf_view *view,
			     struct findings *findings)
{
	const GElf_Phdr *segment = modseal_elf_segment(view, PT_INTERP);
	struct modseal_span text;

	if (!segment || view->kind != MODSEAL_KIND_PROGRAM)
		return;
	if (!modseal_span_part(view->content, segment->p_offset, segment->p_filesz,
			       &text) ||
	    !modseal_span_starts(text, "/"))
		found(findings, "its program interpreter is no absolute path",
		      "link without -Wl,--dynamic-linker");
}

static bool binds_now(const struct modseal_elf_view *view)
{
	uint64_t value, flags = 0, flags_1 = 0;

	modseal_elf_tag(view, DT_FLAGS, &flags);
	modseal_elf_tag(view, DT_FLAGS_1, &flags_1);
	return modseal_elf_tag(view, DT_BIND_NOW, &value) || (flags & DF_BIND_NOW) ||
	       (flags_1 & DF_1_NOW);
}

/* Does PT_GNU_RELRO, in whole pages as it is applied, cover what relocation fills in? */
static bool relro_covers(const struct modseal_elf_view *view, const GElf_Phdr *relro,
			 uint64_t address)
{
	const GElf_Phdr *load = modseal_elf_load_at(view, address, 1, false);
	uint64_t end = (relro->p_vaddr + relro->p_memsz) & ~(view->page_size - 1);

	if (load && !(load->p_flags & PF_W))
		return true; /* nobody can write there anyway */
	return address >= relro->p_vaddr && address < end;
}

static int find_control_flow(const struct modseal_elf_view *view,
			     struct findings *findings, struct modseal_error *error)
{
	uint32_t features = 0;
	int r = 0;

	if (view->header.e_machine == EM_X86_64 || view->header.e_machine == EM_386) {
		r = modseal_elf_features(view, X86_FEATURES, &features, error);
		if ((features & (X86_IBT | X86_SHSTK)) != (X86_IBT | X86_SHSTK))
			found(findings,
			      "not all of its code is marked for CET (IBT, SHSTK)",
			      "compile everything with -fcf-protection=full and link "
			      "with "
			      "-Wl,-z,cet-report=error");
	} else if (view->header.e_machine == EM_AARCH64) {
		r = modseal_elf_features(view, ARM64_FEATURES, &features, error);
		if (!(features & ARM64_BTI))
			found(findings, "not all of its code is marked for BTI",
			      "compile everything with -mbranch-protection=standard and "
			      "link "
			      "with -Wl,-z,force-bti");
	}
	return r;
}

/* R50, `elf: hardened`. */
static void find_soft_spots(const struct modseal_elf_view *view,
			    struct findings *findings)
{
	const GElf_Phdr *relro = modseal_elf_segment(view, PT_GNU_RELRO);
	uint64_t value;

	if (!view->dynamic_segment)
		return; /* a static program has nothing to bind and no paths */
	if (!binds_now(view))
		found(findings, "binds symbols lazily", "link with -Wl,-z,now");
	if (!relro)
		found(findings, "no PT_GNU_RELRO", "link with -Wl,-z,relro");
	else if (!relro_covers(view, relro, view->dynamic_segment->p_vaddr) ||
		 (modseal_elf_tag(view, DT_PLTGOT, &value) &&
		  !relro_covers(view, relro, value)))
		found(findings, "PT_GNU_RELRO does not cover its tables of addresses",
		      "link with -Wl,-z,relro,-z,now");
	if (modseal_elf_tag(view, DT_RPATH, &value) ||
	    modseal_elf_tag(view, DT_RUNPATH, &value))
		found(findings, "carries a search path (DT_RPATH or DT_RUNPATH)",
		      "link without -Wl,-rpath");
}

int modseal_elf_hygiene_check(const struct modseal_elf_view *view,
			      struct modseal_error *error)
{
	struct findings findings = {0};
	int r = 0;

	find_executable_memory(view, &findings);
	find_intrusions(view, &findings);
	find_interpreter(view, &findings);
	if (view->level >= MODSEAL_ELF_HARDENED) {
		find_soft_spots(view, &findings);
		r = find_control_flow(view, &findings, error);
	}
	if (r != 0)
		return r;
	if (findings.count == 0)
		return 0;
	r = MODSEAL_ELF_UNSAFE(view, error, "%s", findings.what);
	modseal_remedy(error, "%s", findings.remedy);
	return r;
}
