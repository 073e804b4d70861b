/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations: the dynamic linker writes wherever they say, without a look at whose
 * memory it is (gABI, "Relocation"). */
#include "verifier/elf/follow.h"

struct table {
	struct modseal_elf_target target; /* its name and where it wrote last */
	struct modseal_elf_follow *follow;
	bool with_addend;
};

/* Takes what lies on one side of an address away; false: the address lies in it. Neither
 * wraps: they lie inside PT_LOADs, which end below the end of numbers. */
static bool cut(struct modseal_elf_range *free, uint64_t address, uint64_t size,
		struct modseal_elf_range taken)
{
	uint64_t end = free->address + free->size, taken_end = taken.address + taken.size;

	if (taken.size == 0)
		return true;
	if (taken_end <= address && taken_end > free->address)
		*free = (struct modseal_elf_range){taken_end, end - taken_end};
	else if (taken.address >= address + size && taken.address < end)
		free->size = taken.address - free->address;
	return taken_end <= address || taken.address >= address + size;
}

/* Around a target that is allowed. */
static void find_free(struct modseal_elf_target *target, const GElf_Phdr *load,
		      uint64_t address, uint64_t size)
{
	const struct modseal_elf_follow *follow = target->follow;
	struct modseal_elf_range free = {load->p_vaddr, load->p_memsz};
	bool found = load->p_flags & PF_W;

	for (size_t i = 0; found && i < follow->kept_count; i++)
		found = cut(&free, address, size, follow->kept[i]);
	for (size_t i = 0; found && i < MODSEAL_ELF_ARRAYS; i++)
		found = cut(&free, address, size,
			    (struct modseal_elf_range){
				    follow->arrays[i].address,
				    follow->arrays[i].count *
					    modseal_elf_width(follow->view)});
	target->free = found ? free : (struct modseal_elf_range){0};
}

int modseal_elf_target_check(struct modseal_elf_target *target, uint64_t address,
			     uint64_t size, struct modseal_error *error)
{
	const struct modseal_elf_follow *follow = target->follow;
	const struct modseal_elf_view *view = follow->view;
	const GElf_Phdr *load;

	if (modseal_elf_target_is_free(target, address, size))
		return 0;
	load = modseal_elf_load_at(view, address, size, false);
	if (!load)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"a relocation of %s writes to 0x%llx, outside every PT_LOAD",
			target->name, (unsigned long long)address);
	if (!(load->p_flags & PF_W) && !follow->text_relocations)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"a relocation of %s writes to 0x%llx, which is not writable",
			target->name, (unsigned long long)address);
	for (size_t i = 0; i < follow->kept_count; i++)
		if (address < follow->kept[i].address + follow->kept[i].size &&
		    follow->kept[i].address < address + size)
			return MODSEAL_ELF_MALFORMED(
				view, error,
				"a relocation of %s writes to 0x%llx, in the tables of "
				"the dynamic linker",
				target->name, (unsigned long long)address);
	find_free(target, load, address, size);
	return 0;
}

/* What a machine's relocation adds to the load address, where it is one that does. */
static int fill(struct table *table, const struct modseal_elf_relocation *relocation,
		uint64_t size, bool known, struct modseal_error *error)
{
	const struct modseal_elf_view *view = table->follow->view;
	uint64_t value = relocation->addend;
	struct modseal_span bytes;
	int r;

	if (!table->with_addend && known) {
		size_t width = modseal_elf_width(view);

		r = modseal_elf_bytes_at(view, relocation->offset, width,
					 table->target.name, &bytes, error);
		if (r != 0)
			return r;
		value = modseal_elf_number(view, bytes.data, width);
	}
	return modseal_elf_functions_fill(table->follow, relocation->offset, size, known,
					  value, error);
}

static int check_indirect(const struct table *table,
			  const struct modseal_elf_relocation *relocation,
			  struct modseal_error *error)
{
	const struct modseal_elf_view *view = table->follow->view;
	size_t width = modseal_elf_width(view);
	uint64_t value = relocation->addend;
	struct modseal_span bytes;
	int r = 0;

	if (!table->with_addend) {
		r = modseal_elf_bytes_at(view, relocation->offset, width,
					 table->target.name, &bytes, error);
		if (r != 0)
			return r;
		value = modseal_elf_number(view, bytes.data, width);
	}
	if (!modseal_elf_is_code(view, value))
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"a relocation of %s calls 0x%llx, which is not in its code",
			table->target.name, (unsigned long long)value);
	return 0;
}

static bool is_known(const struct modseal_elf_machine *machine, uint32_t type)
{
	if (machine->known == 0 || type == 0 ||
	    (machine->further && type == machine->further))
		return true;
	return type >= machine->base && type - machine->base < 64 &&
	       (machine->known >> (type - machine->base) & 1) != 0;
}

/* How much it writes: a word, as a rule. A copied variable has as many bytes as it has:
 * a program's may be the last ones of its memory. */
static uint64_t size_of(const struct modseal_elf_machine *machine, uint32_t type,
			size_t width)
{
	if (type == machine->pair)
		return 2 * width;
	return type == machine->copy || (type < 64 && machine->halves >> type & 1)
		       ? 4
		       : width;
}

/* By what the machine's psABI says of its type. */
static int check_type(struct table *table,
		      const struct modseal_elf_relocation *relocation,
		      struct modseal_error *error)
{
	const struct modseal_elf_follow *follow = table->follow;
	const struct modseal_elf_view *view = follow->view;
	const struct modseal_elf_machine *machine = follow->machine;
	uint32_t type = relocation->type;
	bool is_tls =
		type - machine->first_tls < machine->of_tls || type == machine->pair;
	int r = 0;

	if (!is_known(machine, type))
		return MODSEAL_ELF_MALFORMED(view, error,
					     "a relocation of %s of unknown type %u",
					     table->target.name, (unsigned)type);
	/* glibc divides by the alignment of a PT_TLS that is not there */
	if (is_tls && machine->of_tls && relocation->symbol == 0 && !follow->tls)
		return MODSEAL_ELF_MALFORMED(
			view, error, "a relocation of %s for a PT_TLS that is not there",
			table->target.name);
	if (type == machine->copy && view->header.e_type == ET_DYN &&
	    view->kind == MODSEAL_KIND_LIBRARY)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"a relocation of %s copies a variable into a library",
			table->target.name);
	if (type == machine->indirect)
		r = check_indirect(table, relocation, error);
	return r;
}

static int check_relocation(struct table *table,
			    const struct modseal_elf_relocation *relocation,
			    struct modseal_error *error)
{
	struct modseal_elf_follow *follow = table->follow;
	const struct modseal_elf_machine *machine = follow->machine;
	size_t width = modseal_elf_width(follow->view);
	bool relative = machine && relocation->type == machine->relative;
	bool plain = modseal_elf_target_is_free(&table->target, relocation->offset,
						2 * sizeof(uint64_t));
	uint64_t size = width;
	int r = 0;

	if (relocation->type == 0 /* R_*_NONE */)
		return 0;
	if (!plain && machine)
		size = size_of(machine, relocation->type, width);
	/* where the machine is not known, how much it is is not, either */
	if (!plain)
		r = modseal_elf_target_check(&table->target, relocation->offset,
					     machine ? size : 1, error);
	if (r == 0 && machine && !relative)
		r = check_type(table, relocation, error);
	if (r == 0 && !plain &&
	    modseal_elf_functions_near(follow, relocation->offset, size))
		r = fill(table, relocation, size, relative, error);
	if (relocation->symbol >= follow->symbols_used)
		follow->symbols_used = (uint64_t)relocation->symbol + 1;
	return r;
}

/* The first of the relative ones are applied without a look at their types. */
static int check_counted(const struct table *table, int64_t tag, uint64_t entries,
			 uint64_t relative, struct modseal_error *error)
{
	const struct modseal_elf_view *view = table->follow->view;
	uint64_t counted;

	if (!table->follow->machine || !modseal_elf_tag(view, tag, &counted))
		return 0;
	/* glibc takes no more than there are */
	if ((counted < entries ? counted : entries) <= relative)
		return 0;
	return MODSEAL_ELF_MALFORMED(
		view, error,
		"%s says that it begins with %llu relative relocations, and "
		"has %llu",
		table->target.name, (unsigned long long)counted,
		(unsigned long long)relative);
}

/* count_tag: DT_RELACOUNT, DT_RELCOUNT; 0: none. */
static int check_table(struct modseal_elf_follow *follow, const char *name,
		       uint64_t address, uint64_t size, bool with_addend,
		       int64_t count_tag, struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	struct table table = {.target = {.follow = follow, .name = name},
			      .follow = follow,
			      .with_addend = with_addend};
	size_t entry = (with_addend ? 3 : 2) * modseal_elf_width(view);
	uint64_t relative = 0;
	struct modseal_span bytes;
	bool leading = true, wide = modseal_elf_is_wide(view);
	int r;

	if (size % entry != 0)
		return MODSEAL_ELF_MALFORMED(view, error, "%s ends inside a relocation",
					     name);
	follow->entries += size / entry;
	if (follow->entries > MODSEAL_MAX_RELOCATIONS)
		return MODSEAL_ELF_MALFORMED(view, error, "more than %u relocations",
					     MODSEAL_MAX_RELOCATIONS);
	if (size == 0)
		return 0;
	r = modseal_elf_bytes_at(view, address, size, name, &bytes, error);
	for (uint64_t at = 0; r == 0 && at < size; at += entry) {
		struct modseal_elf_relocation relocation = modseal_elf_relocation_at(
			view, bytes.data + at, with_addend, wide);

		leading = leading && follow->machine &&
			  relocation.type == follow->machine->relative;
		relative += leading;
		r = check_relocation(&table, &relocation, error);
	}
	if (r == 0 && count_tag)
		r = check_counted(&table, count_tag, size / entry, relative, error);
	return r;
}

/* DT_JMPREL: which of the two it is, DT_PLTREL says; glibc reads all three where it is.
 */
static int check_calls(struct modseal_elf_follow *follow, struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	uint64_t kind = 0, address = 0, size = 0;
	bool has_kind = modseal_elf_tag(view, DT_PLTREL, &kind);
	bool has_table = modseal_elf_tag(view, DT_JMPREL, &address);
	bool has_size = modseal_elf_tag(view, DT_PLTRELSZ, &size);

	if (has_kind != has_table || has_table != has_size)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"DT_JMPREL, DT_PLTRELSZ and DT_PLTREL are not all there");
	if (!has_kind)
		return 0;
	if (kind != DT_RELA &&
	    (kind != DT_REL || (follow->machine && follow->machine->with_addend)))
		return MODSEAL_ELF_MALFORMED(view, error,
					     "DT_PLTREL is not what this machine has");
	return check_table(follow, "DT_JMPREL", address, size, kind == DT_RELA, 0, error);
}

int modseal_elf_relocations_check(struct modseal_elf_follow *follow,
				  struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	uint64_t address, size = 0;
	int r = 0;

	/* the two words are packed otherwise there */
	if (view->header.e_machine == EM_MIPS)
		return 0;
	if (modseal_elf_tag(view, DT_RELA, &address) &&
	    modseal_elf_tag(view, DT_RELASZ, &size))
		r = check_table(follow, "DT_RELA", address, size, true, DT_RELACOUNT,
				error);
	if (r == 0 && modseal_elf_tag(view, DT_REL, &address) &&
	    modseal_elf_tag(view, DT_RELSZ, &size)) {
		if (size && follow->machine && follow->machine->with_addend)
			return MODSEAL_ELF_MALFORMED(
				view, error, "DT_REL, which this machine does not have");
		r = check_table(follow, "DT_REL", address, size, false, DT_RELCOUNT,
				error);
	}
	if (r == 0)
		r = check_calls(follow, error);
	if (r == 0)
		r = modseal_elf_relr_check(follow, error);
	return r;
}
