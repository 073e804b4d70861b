/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the program headers: what would be mapped, and that everything lies inside it.
 */
#include "verifier/elf/view.h"

/* The largest page there is; glibc aligns the whole mapping to the largest p_align. */
#define LARGEST_ALIGNMENT (1ull << 30)
/* No library needs more per thread; glibc adds these up without a check. */
#define LARGEST_TLS (1ull << 30)

struct rule {
	uint32_t type;
	const char *name;
	bool only;   /* the dynamic linker would take the last of several */
	bool mapped; /* must lie inside one PT_LOAD, address and offset agreeing */
};
static const struct rule rules[] = {
	{PT_DYNAMIC, "PT_DYNAMIC", true, true},
	{PT_INTERP, "PT_INTERP", true, true},
	{PT_PHDR, "PT_PHDR", true, true},
	{PT_NOTE, "PT_NOTE", false, true},
	{PT_GNU_PROPERTY, "PT_GNU_PROPERTY", true, true},
	{PT_GNU_EH_FRAME, "PT_GNU_EH_FRAME", true, true},
	{PT_TLS, "PT_TLS", true, false},
	{PT_GNU_RELRO, "PT_GNU_RELRO", true, false},
	{PT_GNU_STACK, "PT_GNU_STACK", true, false},
};

static uint64_t page_down(const struct modseal_elf_view *view, uint64_t address)
{
	return address & ~(view->page_size - 1);
}

/* Cannot wrap: check_load holds every address below the middle of the address space. */
static uint64_t page_up(const struct modseal_elf_view *view, uint64_t address)
{
	return page_down(view, address + view->page_size - 1);
}

/* Where an object must end: 2^32 less a page for 32 bits, 2^63 for 64 bits. */
static uint64_t address_limit(const struct modseal_elf_view *view)
{
	if (view->header.e_ident[EI_CLASS] == ELFCLASS32)
		return (1ull << 32) - view->page_size;
	return 1ull << 63;
}

static int check_load(const struct modseal_elf_view *view, const GElf_Phdr *load,
		      const GElf_Phdr *before, struct modseal_error *error)
{
	uint64_t align = load->p_align;

	if (load->p_filesz > load->p_memsz)
		return MODSEAL_ELF_MALFORMED(
			view, error, "a PT_LOAD is larger in the file than in memory");
	/* R40: this is the end of the content, not of the file */
	if (!modseal_range_fits(view->content.size, load->p_offset, load->p_filesz))
		return MODSEAL_ELF_MALFORMED(
			view, error, "a PT_LOAD reaches past the end of the content");
	if (!modseal_range_fits(address_limit(view), load->p_vaddr, load->p_memsz))
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"a PT_LOAD reaches past the end of the address space");
	if (align < view->page_size || align > LARGEST_ALIGNMENT ||
	    (align & (align - 1)) != 0)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "a PT_LOAD is aligned to %llu bytes",
					     (unsigned long long)align);
	if (((load->p_vaddr - load->p_offset) & (align - 1)) != 0)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"address and offset of a PT_LOAD do not fit its alignment");
	/* whose an object is, is told by the file its first page is mapped from */
	if (!before && load->p_filesz == 0)
		return MODSEAL_ELF_MALFORMED(
			view, error, "the first PT_LOAD has no bytes in the file");
	if (!before)
		return 0;
	/*
	 * The dynamic linker maps whole pages in table order, over whatever is there, and
	 * takes the last entry for the end of the object: so strictly ascending, and no
	 * page shared.
	 */
	if (load->p_vaddr < before->p_vaddr)
		return MODSEAL_ELF_MALFORMED(view, error, "the PT_LOADs are not sorted");
	if (page_down(view, load->p_vaddr) <
	    page_up(view, before->p_vaddr + before->p_memsz))
		return MODSEAL_ELF_MALFORMED(view, error,
					     "two PT_LOADs overlap in memory");
	return 0;
}

/* The same bytes in two places, mostly as code and as data, are no linker's work. */
static int check_shared(const struct modseal_elf_view *view, const GElf_Phdr *load,
			struct modseal_error *error)
{
	for (const GElf_Phdr *other = view->segments; other < load; other++)
		if (other->p_type == PT_LOAD &&
		    other->p_offset < load->p_offset + load->p_filesz &&
		    load->p_offset < other->p_offset + other->p_filesz)
			return MODSEAL_ELF_MALFORMED(
				view, error,
				"two PT_LOADs map the same bytes of the file");
	return 0;
}

static int check_loads(const struct modseal_elf_view *view, struct modseal_error *error)
{
	const GElf_Phdr *before = NULL;

	for (size_t i = 0; i < view->segment_count; i++) {
		const GElf_Phdr *load = &view->segments[i];
		int r;

		if (load->p_type != PT_LOAD)
			continue;
		r = check_load(view, load, before, error);
		if (r == 0)
			r = check_shared(view, load, error);
		if (r != 0)
			return r;
		before = load;
	}
	if (!before)
		return MODSEAL_ELF_MALFORMED(view, error, "no PT_LOAD: nothing to map");
	return 0;
}

/* The dynamic linker reads these in memory, we in the file: both must be the same bytes.
 */
static int check_mapped(const struct modseal_elf_view *view, const GElf_Phdr *segment,
			const char *name, struct modseal_error *error)
{
	const GElf_Phdr *load;

	if (segment->p_filesz == 0 && segment->p_memsz == 0 &&
	    segment->p_type != PT_DYNAMIC)
		return 0;
	if (segment->p_filesz != segment->p_memsz)
		return MODSEAL_ELF_MALFORMED(
			view, error, "%s has another size in memory than in the file",
			name);
	load = modseal_elf_load_at(view, segment->p_vaddr, segment->p_memsz, true);
	if (!load || segment->p_filesz == 0)
		return MODSEAL_ELF_MALFORMED(view, error, "%s lies outside every PT_LOAD",
					     name);
	if (segment->p_vaddr - load->p_vaddr != segment->p_offset - load->p_offset)
		return MODSEAL_ELF_MALFORMED(
			view, error, "file offset and address of %s do not agree", name);
	return 0;
}

static int check_tls(const struct modseal_elf_view *view, const GElf_Phdr *tls,
		     struct modseal_error *error)
{
	const GElf_Phdr *load = NULL;

	/* glibc divides by the alignment */
	if (tls->p_filesz > tls->p_memsz || tls->p_memsz > LARGEST_TLS ||
	    (tls->p_memsz != 0 && tls->p_align == 0) ||
	    tls->p_align > LARGEST_ALIGNMENT || (tls->p_align & (tls->p_align - 1)) != 0)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "wrong size or alignment of PT_TLS");
	if (tls->p_filesz == 0)
		return 0;
	load = modseal_elf_load_at(view, tls->p_vaddr, tls->p_filesz, true);
	if (!load || tls->p_vaddr - load->p_vaddr != tls->p_offset - load->p_offset)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"PT_TLS lies outside every PT_LOAD, or not where "
			"its file offset says");
	return 0;
}

/* The dynamic linker makes these pages read-only without asking whose they are. */
static int check_relro(const struct modseal_elf_view *view, const GElf_Phdr *relro,
		       struct modseal_error *error)
{
	for (size_t i = 0; i < view->segment_count; i++) {
		const GElf_Phdr *load = &view->segments[i];
		uint64_t start = page_down(view, load->p_vaddr);
		uint64_t end = page_up(view, load->p_vaddr + load->p_memsz);

		if (load->p_type == PT_LOAD && relro->p_vaddr >= start &&
		    modseal_range_fits(end - start, relro->p_vaddr - start,
				       relro->p_memsz))
			return 0;
	}
	return MODSEAL_ELF_MALFORMED(view, error,
				     "PT_GNU_RELRO lies outside every PT_LOAD");
}

/*
 * glibc finds the table in the mapped pages, and there the bytes behind p_filesz are
 * zeroed: so it must lie inside the file's bytes of one PT_LOAD.
 */
static int check_table(const struct modseal_elf_view *view, struct modseal_error *error)
{
	size_t size =
		gelf_fsize(view->handle, ELF_T_PHDR, view->segment_count, EV_CURRENT);

	for (size_t i = 0; i < view->segment_count; i++) {
		const GElf_Phdr *load = &view->segments[i];

		if (load->p_type == PT_LOAD && view->header.e_phoff >= load->p_offset &&
		    modseal_range_fits(load->p_filesz,
				       view->header.e_phoff - load->p_offset, size))
			return 0;
	}
	return MODSEAL_ELF_MALFORMED(view, error,
				     "the program headers lie outside every PT_LOAD");
}

/* glibc walks the table PT_PHDR points to, so it must be the one that was judged. */
static int check_phdr(const struct modseal_elf_view *view, const GElf_Phdr *table,
		      struct modseal_error *error)
{
	size_t size =
		gelf_fsize(view->handle, ELF_T_PHDR, view->segment_count, EV_CURRENT);

	if (table->p_offset != view->header.e_phoff || table->p_filesz != size)
		return MODSEAL_ELF_MALFORMED(
			view, error, "PT_PHDR is not the table of program headers");
	return 0;
}

static int check_segment(const struct modseal_elf_view *view, const GElf_Phdr *segment,
			 const struct rule *rule, struct modseal_error *error)
{
	int r = 0;

	if (rule->only && modseal_elf_segment(view, rule->type) != segment)
		return MODSEAL_ELF_MALFORMED(view, error, "more than one %s", rule->name);
	if (rule->mapped)
		r = check_mapped(view, segment, rule->name, error);
	if (r == 0 && rule->type == PT_TLS)
		r = check_tls(view, segment, error);
	if (r == 0 && rule->type == PT_GNU_RELRO)
		r = check_relro(view, segment, error);
	if (r == 0 && rule->type == PT_PHDR)
		r = check_phdr(view, segment, error);
	return r;
}

int modseal_elf_segments_check(const struct modseal_elf_view *view,
			       struct modseal_error *error)
{
	int r = check_loads(view, error);

	if (r == 0)
		r = check_table(view, error);
	for (size_t i = 0; r == 0 && i < view->segment_count; i++)
		for (size_t k = 0; r == 0 && k < sizeof(rules) / sizeof(rules[0]); k++)
			if (view->segments[i].p_type == rules[k].type)
				r = check_segment(view, &view->segments[i], &rules[k],
						  error);
	return r;
}

uint64_t modseal_elf_mapped_end(const struct modseal_elf_view *view)
{
	uint64_t end = 0;

	for (size_t i = 0; i < view->segment_count; i++) {
		const GElf_Phdr *load = &view->segments[i];

		if (load->p_type != PT_LOAD || load->p_filesz == 0)
			continue;
		if (end < page_up(view, load->p_offset + load->p_filesz))
			end = page_up(view, load->p_offset + load->p_filesz);
	}
	return end;
}

const GElf_Phdr *modseal_elf_segment(const struct modseal_elf_view *view, uint32_t type)
{
	for (size_t i = 0; i < view->segment_count; i++)
		if (view->segments[i].p_type == type)
			return &view->segments[i];
	return NULL;
}

/* By halves: a hostile file has as many as there may be, and millions of addresses. */
const GElf_Phdr *modseal_elf_load_below(const struct modseal_elf_view *view,
					uint64_t address)
{
	size_t first = 0, count = view->load_count;

	while (count > 0) {
		size_t half = count / 2;

		if (view->segments[view->loads[first + half]].p_vaddr <= address) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return first > 0 ? &view->segments[view->loads[first - 1]] : NULL;
}

const GElf_Phdr *modseal_elf_load_at(const struct modseal_elf_view *view,
				     uint64_t address, uint64_t length, bool from_file)
{
	const GElf_Phdr *load = modseal_elf_load_below(view, address);
	uint64_t size = load ? from_file ? load->p_filesz : load->p_memsz : 0;

	return load && modseal_range_fits(size, address - load->p_vaddr, length) ? load
										 : NULL;
}
