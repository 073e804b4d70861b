/* SPDX-License-Identifier: Apache-2.0 */
/* Reads PT_DYNAMIC as the dynamic linker does: entries to DT_NULL, names by DT_STRTAB. */
#include <stdlib.h>

#include "verifier/elf/view.h"

/* Longest RUNPATH that is told; it is never followed. */
#define MAX_PATH_LIST (64u * 1024)

/*
 * glibc files tags into slots, some by their low 31 bits, older versions by the low 32;
 * so a tag with other bits set could stand for another one. Nothing real has them.
 */
#define HIGHEST_TAG 0x7fffffff

static bool may_repeat(int64_t tag)
{
	return tag == DT_NEEDED || tag == DT_AUXILIARY || tag == DT_FILTER;
}

static int compare_entries(const void *a, const void *b)
{
	const GElf_Dyn *one = a, *other = b;

	return (one->d_tag > other->d_tag) - (one->d_tag < other->d_tag);
}

/* R38: of a tag that is there twice the dynamic linker takes the last, others the first.
 */
static int check_repeats(const struct modseal_elf_view *view, struct modseal_error *error)
{
	size_t count = view->dynamic_count;
	GElf_Dyn *sorted;
	int r = 0;

	if (count < 2)
		return 0;
	sorted = malloc(count * sizeof(*sorted));
	if (!sorted)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	memcpy(sorted, view->dynamic, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_entries);
	for (size_t i = 1; r == 0 && i < count; i++)
		if (sorted[i].d_tag == sorted[i - 1].d_tag &&
		    !may_repeat(sorted[i].d_tag))
			r = MODSEAL_ELF_MALFORMED(view, error, "dynamic tag 0x%llx twice",
						  (unsigned long long)sorted[i].d_tag);
	free(sorted);
	return r;
}

static int load_entries(struct modseal_elf_view *view, struct modseal_error *error)
{
	const GElf_Phdr *segment = view->dynamic_segment;
	size_t entry = gelf_fsize(view->handle, ELF_T_DYN, 1, EV_CURRENT);
	uint64_t room = entry ? segment->p_filesz / entry : 0;
	Elf_Data *data;

	if (room > MODSEAL_MAX_DYNAMIC_ENTRIES + 1)
		room = MODSEAL_MAX_DYNAMIC_ENTRIES + 1;
	if (room == 0 || segment->p_offset % (entry / 2) != 0)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "wrong size or alignment of PT_DYNAMIC");
	data = elf_getdata_rawchunk(view->handle, (int64_t)segment->p_offset,
				    (size_t)room * entry, ELF_T_DYN);
	if (!data)
		return modseal_elf_refused(view, "PT_DYNAMIC", error);
	view->dynamic = calloc((size_t)room, sizeof(*view->dynamic));
	if (!view->dynamic)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	for (size_t i = 0; i < room; i++) {
		GElf_Dyn *at = &view->dynamic[i];

		if (!gelf_getdyn(data, (int)i, at))
			return modseal_elf_refused(view, "PT_DYNAMIC", error);
		if (at->d_tag == DT_NULL) {
			view->dynamic_count = i;
			return check_repeats(view, error);
		}
		if (at->d_tag < 0 || at->d_tag > HIGHEST_TAG)
			return MODSEAL_ELF_MALFORMED(view, error,
						     "unknown dynamic tag 0x%llx",
						     (unsigned long long)at->d_tag);
	}
	/* glibc does not stop at the end of the segment */
	return MODSEAL_ELF_MALFORMED(view, error,
				     "no DT_NULL in PT_DYNAMIC, or more than %u entries",
				     MODSEAL_MAX_DYNAMIC_ENTRIES);
}

bool modseal_elf_tag(const struct modseal_elf_view *view, int64_t tag,
		     uint64_t *ret_value)
{
	for (size_t i = 0; i < view->dynamic_count; i++) {
		if (view->dynamic[i].d_tag == tag) {
			*ret_value = view->dynamic[i].d_un.d_val;
			return true;
		}
	}
	return false;
}

/*
 * DT_STRTAB is an address. Its bytes must be those of the file at the moment the dynamic
 * linker reads a name, and it adds the load address to entries of PT_DYNAMIC before that:
 * names inside PT_DYNAMIC would be other names in memory than in the file.
 */
static int find_strings(struct modseal_elf_view *view, struct modseal_error *error)
{
	const GElf_Phdr *dynamic = view->dynamic_segment;
	const GElf_Phdr *load = NULL;
	uint64_t address, size, offset;

	if (!modseal_elf_tag(view, DT_STRTAB, &address) ||
	    !modseal_elf_tag(view, DT_STRSZ, &size) || size == 0)
		return MODSEAL_ELF_MALFORMED(view, error, "no dynamic string table");
	load = modseal_elf_load_at(view, address, size, true);
	if (!load)
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"the dynamic string table lies outside every PT_LOAD");
	if (address < dynamic->p_vaddr + dynamic->p_memsz &&
	    dynamic->p_vaddr < address + size)
		return MODSEAL_ELF_MALFORMED(
			view, error, "the dynamic string table overlaps PT_DYNAMIC");
	offset = load->p_offset + (address - load->p_vaddr);
	if (!modseal_span_part(view->content, offset, size, &view->strings))
		return MODSEAL_ELF_MALFORMED(
			view, error, "the dynamic string table lies outside the content");
	return modseal_elf_need(view, offset, size, error);
}

int modseal_elf_dynamic_open(struct modseal_elf_view *view, struct modseal_error *error)
{
	int r;

	view->dynamic_segment = modseal_elf_segment(view, PT_DYNAMIC);
	if (!view->dynamic_segment) {
		if (view->header.e_type == ET_EXEC &&
		    !modseal_elf_segment(view, PT_INTERP))
			return 0;
		return MODSEAL_ELF_MALFORMED(view, error, "no PT_DYNAMIC");
	}
	r = load_entries(view, error);
	if (r == 0)
		r = find_strings(view, error);
	return r;
}

/* A copy of the name at an offset of the string table; it must end inside it. */
static int copy_string(const struct modseal_elf_view *view, uint64_t offset,
		       const char *what, char **ret_text, struct modseal_error *error)
{
	struct modseal_span rest;
	const uint8_t *end = NULL;
	char *copy;

	if (modseal_span_part(view->strings, offset, view->strings.size - offset, &rest))
		end = memchr(rest.data, '\0',
			     rest.size < MAX_PATH_LIST ? rest.size : MAX_PATH_LIST);
	if (!end)
		return MODSEAL_ELF_MALFORMED(
			view, error, "%s is not a text of the dynamic string table",
			what);
	copy = strdup((const char *)rest.data);
	if (!copy)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	*ret_text = copy;
	return 0;
}

/* R42: one component, printable ASCII, so that it means the same to everybody. */
static int check_name(const struct modseal_elf_view *view, const char *name,
		      const char *what, struct modseal_error *error)
{
	size_t length = strlen(name);

	if (view->level < MODSEAL_ELF_STANDARD)
		return 0;
	if (length == 0)
		return MODSEAL_ELF_UNSAFE(view, error, "an empty %s", what);
	if (length > MODSEAL_MAX_NAME_LENGTH)
		return MODSEAL_ELF_UNSAFE(view, error, "a %s of %zu bytes, at most %u",
					  what, length, MODSEAL_MAX_NAME_LENGTH);
	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return MODSEAL_ELF_UNSAFE(
				view, error, "%s '%s' is not plain text", what, name);
	if (strpbrk(name, "/$") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		int r = MODSEAL_ELF_UNSAFE(view, error, "%s '%s' is a path, not a name",
					   what, name);

		modseal_remedy(error,
			       "link with -Wl,-soname,NAME and -lNAME, so that only the "
			       "bare name of a library is written down");
		return r;
	}
	return 0;
}

static int read_needed(const struct modseal_elf_view *view, struct modseal_elf *elf,
		       struct modseal_error *error)
{
	size_t count = 0;

	for (size_t i = 0; i < view->dynamic_count; i++)
		count += view->dynamic[i].d_tag == DT_NEEDED;
	if (count > MODSEAL_MAX_NEEDED)
		return MODSEAL_ELF_MALFORMED(view, error, "%zu DT_NEEDED, at most %u",
					     count, MODSEAL_MAX_NEEDED);
	if (count == 0)
		return 0;
	elf->needed = calloc(count, sizeof(*elf->needed));
	if (!elf->needed)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	for (size_t i = 0; i < view->dynamic_count; i++) {
		char **at = &elf->needed[elf->needed_count];
		int r;

		if (view->dynamic[i].d_tag != DT_NEEDED)
			continue;
		r = copy_string(view, view->dynamic[i].d_un.d_val, "DT_NEEDED", at,
				error);
		if (r != 0)
			return r;
		elf->needed_count++;
		r = check_name(view, *at, "DT_NEEDED", error);
		if (r != 0)
			return r;
	}
	return 0;
}

int modseal_elf_dynamic_read(const struct modseal_elf_view *view, struct modseal_elf *elf,
			     struct modseal_error *error)
{
	uint64_t value = 0;
	int r;

	/* a static program has no entries, so nothing is found */
	r = read_needed(view, elf, error);
	if (r == 0 && modseal_elf_tag(view, DT_SONAME, &value)) {
		r = copy_string(view, value, "DT_SONAME", &elf->soname, error);
		if (r == 0)
			r = check_name(view, elf->soname, "DT_SONAME", error);
	}
	/* glibc ignores DT_RPATH where there is a DT_RUNPATH */
	if (r == 0 && (modseal_elf_tag(view, DT_RUNPATH, &value) ||
		       modseal_elf_tag(view, DT_RPATH, &value)))
		r = copy_string(view, value, "DT_RUNPATH", &elf->runpath, error);
	if (r == 0 && modseal_elf_tag(view, DT_FLAGS_1, &value)) {
		elf->position_independent_executable = (value & DF_1_PIE) != 0;
		elf->no_delete = (value & DF_1_NODELETE) != 0;
	}
	return r;
}
