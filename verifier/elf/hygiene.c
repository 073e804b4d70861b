/* SPDX-License-Identifier: Apache-2.0 */
/* What an ELF file asks of the dynamic linker or the kernel that would weaken the
 * process. */
#include <stdio.h>

#include "verifier/elf/findings.h"
#include "verifier/elf/view.h"

/* Values of linux/elf.h and the psABIs, where an older <elf.h> lacks them. */
#define X86_FEATURES   0xc0000002u /* GNU_PROPERTY_X86_FEATURE_1_AND */
#define X86_IBT	       0x1u
#define X86_SHSTK      0x2u
#define ARM64_FEATURES 0xc0000000u /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
#define ARM64_BTI      0x1u

#define ROW(id, name, level, what, remedy) {name, MODSEAL_ELF_##level, what, remedy},
static const struct modseal_elf_finding findings[] = {MODSEAL_ELF_FINDINGS(ROW)};
#undef ROW

const struct modseal_elf_finding *modseal_elf_finding_at(uint32_t found, size_t index)
{
	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++)
		if ((found & 1u << i) && index-- == 0)
			return &findings[i];
	return NULL;
}

static void add(uint32_t *found, enum modseal_elf_finding_id id)
{
	*found |= 1u << id;
}

/* R41: memory that is writable and executable, or will be. */
static void find_executable_memory(const struct modseal_elf_view *view, uint32_t *found)
{
	const GElf_Phdr *stack = modseal_elf_segment(view, PT_GNU_STACK);
	uint64_t flags = 0, value;

	if (!stack)
		add(found, MODSEAL_ELF_NO_GNU_STACK);
	else if (stack->p_flags & PF_X)
		add(found, MODSEAL_ELF_EXECUTABLE_STACK);
	for (size_t i = 0; i < view->segment_count; i++) {
		const GElf_Phdr *load = &view->segments[i];

		if (load->p_type == PT_LOAD && (load->p_flags & PF_W) &&
		    (load->p_flags & PF_X))
			add(found, MODSEAL_ELF_WRITABLE_CODE);
	}
	modseal_elf_tag(view, DT_FLAGS, &flags);
	if (modseal_elf_tag(view, DT_TEXTREL, &value) || (flags & DF_TEXTREL))
		add(found, MODSEAL_ELF_TEXT_RELOCATIONS);
}

struct forbidden {
	int64_t tag;
	enum modseal_elf_finding_id id;
};

/* R44: what pulls in, or puts in front, code that nobody asked for. */
static void find_intrusions(const struct modseal_elf_view *view, uint32_t *found)
{
	static const struct forbidden tags[] = {
		{DT_AUDIT, MODSEAL_ELF_AUDIT},
		{DT_DEPAUDIT, MODSEAL_ELF_DEPENDENCY_AUDIT},
		{DT_FILTER, MODSEAL_ELF_FILTER},
		{DT_AUXILIARY, MODSEAL_ELF_AUXILIARY_FILTER},
		{DT_CONFIG, MODSEAL_ELF_CONFIGURATION},
	};
	uint64_t flags = 0, value;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (modseal_elf_tag(view, tags[i].tag, &value))
			add(found, tags[i].id);
	/* In a program these run as its own code and in its own order; a library has no
	 * use. */
	if (view->kind != MODSEAL_KIND_PROGRAM &&
	    modseal_elf_tag(view, DT_PREINIT_ARRAY, &value))
		add(found, MODSEAL_ELF_EARLY_FUNCTIONS);
	modseal_elf_tag(view, DT_FLAGS_1, &flags);
	if (flags & DF_1_INTERPOSE)
		add(found, MODSEAL_ELF_INTERPOSITION);
	if (flags & DF_1_LOADFLTR)
		add(found, MODSEAL_ELF_FILTERS_AT_ONCE);
}

/* The interpreter runs with all rights of the program: never one found by the directory.
 */
static void find_interpreter(const struct modseal_elf_view *view, uint32_t *found)
{
	const GElf_Phdr *segment = modseal_elf_segment(view, PT_INTERP);
	struct modseal_span text;

	if (!segment || view->kind != MODSEAL_KIND_PROGRAM)
		return;
	if (!modseal_span_part(view->content, segment->p_offset, segment->p_filesz,
			       &text) ||
	    !modseal_span_starts(text, "/"))
		add(found, MODSEAL_ELF_RELATIVE_INTERPRETER);
}

static bool binds_now(const struct modseal_elf_view *view)
{
	uint64_t value, flags = 0, flags_1 = 0;

	modseal_elf_tag(view, DT_FLAGS, &flags);
	modseal_elf_tag(view, DT_FLAGS_1, &flags_1);
	return modseal_elf_tag(view, DT_BIND_NOW, &value) || (flags & DF_BIND_NOW) ||
	       (flags_1 & DF_1_NOW);
}

static int find_control_flow(const struct modseal_elf_view *view, uint32_t *found,
			     struct modseal_error *error)
{
	uint32_t features = 0;
	int r = 0;

	if (view->header.e_machine == EM_X86_64 || view->header.e_machine == EM_386) {
		r = modseal_elf_features(view, X86_FEATURES, &features, error);
		if ((features & (X86_IBT | X86_SHSTK)) != (X86_IBT | X86_SHSTK))
			add(found, MODSEAL_ELF_NO_CET);
	} else if (view->header.e_machine == EM_AARCH64) {
		r = modseal_elf_features(view, ARM64_FEATURES, &features, error);
		if (!(features & ARM64_BTI))
			add(found, MODSEAL_ELF_NO_BTI);
	}
	return r;
}

/* R50, `elf: hardened`. */
static int find_soft_spots(const struct modseal_elf_view *view, uint32_t *found,
			   struct modseal_error *error)
{
	const GElf_Phdr *relro = modseal_elf_segment(view, PT_GNU_RELRO);
	bool covered = true;
	uint64_t value;
	int r = 0;

	if (!view->dynamic_segment)
		return 0; /* a static program has nothing to bind and no paths */
	if (!binds_now(view))
		add(found, MODSEAL_ELF_LAZY_BINDING);
	if (!relro)
		add(found, MODSEAL_ELF_NO_RELRO);
	else
		r = modseal_elf_relro_check(view, relro, &covered, error);
	if (!covered)
		add(found, MODSEAL_ELF_PARTIAL_RELRO);
	if (modseal_elf_tag(view, DT_RPATH, &value) ||
	    modseal_elf_tag(view, DT_RUNPATH, &value))
		add(found, MODSEAL_ELF_SEARCH_PATH);
	return r;
}

static int find_all(const struct modseal_elf_view *view, bool hardened, uint32_t *found,
		    struct modseal_error *error)
{
	int r;

	find_executable_memory(view, found);
	find_intrusions(view, found);
	find_interpreter(view, found);
	if (!hardened)
		return 0;
	r = find_soft_spots(view, found, error);
	return r == 0 ? find_control_flow(view, found, error) : r;
}

static void append(char *buffer, size_t size, const char *text)
{
	size_t used = strlen(buffer);

	snprintf(buffer + used, size - used, "%s%s", used ? "; " : "", text);
}

int modseal_elf_hygiene_check(const struct modseal_elf_view *view, uint32_t *ret_found,
			      struct modseal_error *error)
{
	bool lists = view->level == MODSEAL_ELF_LIST;
	const struct modseal_elf_finding *finding;
	char what[768] = "", remedy[480] = "";
	uint32_t found = 0;
	int r = find_all(view, lists || view->level >= MODSEAL_ELF_HARDENED, &found,
			 error);

	if (r != 0)
		return r;
	*ret_found = found;
	if (lists || found == 0)
		return 0;
	for (size_t i = 0; (finding = modseal_elf_finding_at(found, i)); i++) {
		append(what, sizeof(what), finding->what);
		append(remedy, sizeof(remedy), finding->remedy);
	}
	r = MODSEAL_ELF_UNSAFE(view, error, "%s", what);
	modseal_remedy(error, "%s", remedy);
	return r;
}
