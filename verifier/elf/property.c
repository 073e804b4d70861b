/* SPDX-License-Identifier: Apache-2.0 */
/* The GNU property note: which protections all code of an object was compiled for. */
#include "verifier/elf/view.h"

#define PROPERTY_NOTE 5u /* NT_GNU_PROPERTY_TYPE_0, owner "GNU" */
/* Real ones have 32 to 64 bytes; walking millions of tiny notes would take a second. */
#define MAX_NOTES (64u * 1024)

/* {u32 type, u32 size, data, padding to the word of the class} ... (gABI extension,
 * Linux). */
static uint32_t features_of(const struct modseal_elf_view *view, struct modseal_span body,
			    uint32_t property)
{
	uint64_t unit = view->header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	uint64_t at = 0;

	while (modseal_range_fits(body.size, at, 8)) {
		uint32_t type = modseal_elf_word(view, body.data + at);
		uint32_t size = modseal_elf_word(view, body.data + at + 4);

		if (!modseal_range_fits(body.size, at + 8, size))
			return 0;
		if (type == property)
			return size == 4 ? modseal_elf_word(view, body.data + at + 8) : 0;
		at += 8 + (((uint64_t)size + unit - 1) & ~(unit - 1));
	}
	return 0;
}

static int features_in(const struct modseal_elf_view *view, const GElf_Phdr *segment,
		       uint32_t property, uint32_t *ret_features,
		       struct modseal_error *error)
{
	uint64_t unit = view->header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	size_t at = 0, name, body;
	struct modseal_span part;
	GElf_Nhdr note;
	Elf_Data *data;

	/* glibc skips notes that are aligned otherwise */
	if (segment->p_filesz == 0 || segment->p_align != unit ||
	    segment->p_filesz > MAX_NOTES)
		return 0;
	data = elf_getdata_rawchunk(view->handle, (int64_t)segment->p_offset,
				    (size_t)segment->p_filesz,
				    unit == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	if (!data)
		return modseal_elf_refused(view, "notes", error);
	while ((at = gelf_getnote(data, at, &note, &name, &body)) > 0) {
		uint64_t start = segment->p_offset;

		if (note.n_type == PROPERTY_NOTE && note.n_namesz == 4 &&
		    modseal_span_part(view->content, start + name, 4, &part) &&
		    memcmp(part.data, "GNU", 4) == 0 &&
		    modseal_span_part(view->content, start + body, note.n_descsz,
				      &part)) {
			*ret_features = features_of(view, part, property);
			return 0;
		}
	}
	return 0;
}

int modseal_elf_features(const struct modseal_elf_view *view, uint32_t property,
			 uint32_t *ret_features, struct modseal_error *error)
{
	const GElf_Phdr *segment = modseal_elf_segment(view, PT_GNU_PROPERTY);
	uint32_t features = 0;
	int r = 0;

	if (segment)
		r = features_in(view, segment, property, &features, error);
	for (size_t i = 0; r == 0 && !segment && features == 0 && i < view->segment_count;
	     i++)
		if (view->segments[i].p_type == PT_NOTE)
			r = features_in(view, &view->segments[i], property, &features,
					error);
	if (r == 0)
		*ret_features = features;
	return r;
}
