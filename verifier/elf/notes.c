/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the module note among the ELF notes of the PT_NOTEs (gABI, "Note Section"). */
#include "modseal-module.h"
#include "verifier/elf/view.h"

#define NOTE_HEAD 12u /* sizes of owner and content, type: words of the file's order */
/* The largest module note and whatever stands beside it; walking millions of tiny notes
 * would take a second. */
#define MAX_NOTES (128u * 1024)
/* Of all PT_NOTEs together: many may be the same bytes, and each is searched. */
#define MAX_SEARCHED (16u << 20)
#define OWNER_SIZE   sizeof(MODSEAL_NOTE_OWNER)

static uint64_t align_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) & ~(unit - 1);
}

static bool is_own(struct modseal_span owner)
{
	return modseal_span_starts(owner, MODSEAL_NOTE_OWNER) &&
	       (owner.size < OWNER_SIZE || owner.data[OWNER_SIZE - 1] == '\0');
}

/* Refuses what would be a second note, or one that other readers would read otherwise. */
static int take(const struct modseal_elf_view *view, const GElf_Phdr *segment,
		struct modseal_span owner, uint32_t type, struct modseal_span content,
		struct modseal_span *found, struct modseal_error *error)
{
	if (owner.size != OWNER_SIZE)
		return MODSEAL_ELF_MALFORMED(
			view, error, "a note's owner begins like that of a module note");
	if (type != MODSEAL_NOTE_TYPE)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "a module note of unknown type 0x%x",
					     (unsigned)type);
	if (segment->p_align != 4)
		return MODSEAL_ELF_MALFORMED(
			view, error, "the module note lies in a PT_NOTE aligned to %llu",
			(unsigned long long)segment->p_align);
	if (found->data)
		return MODSEAL_ELF_MALFORMED(
			view, error, "more than one module note, or one in two PT_NOTEs");
	*found = content;
	return 0;
}

/*
 * Walks one PT_NOTE. Where it cannot be followed (linkers of 2018 mixed alignments) the
 * walk ends, as that of the dynamic linker does; but then no module note may be hidden in
 * the rest.
 */
static int walk(const struct modseal_elf_view *view, const GElf_Phdr *segment,
		struct modseal_span *found, struct modseal_error *error)
{
	uint64_t unit = segment->p_align < 4 ? 4 : segment->p_align, at = 0;
	struct modseal_span notes, owner, content;

	/* modseal_elf_segments_check saw that it lies inside the file */
	if (!modseal_span_part(view->content, segment->p_offset, segment->p_filesz,
			       &notes))
		return MODSEAL_ELF_MALFORMED(view, error,
					     "a PT_NOTE lies outside the file");
	while ((unit == 4 || unit == 8) && notes.size <= MAX_NOTES &&
	       modseal_range_fits(notes.size, at, NOTE_HEAD)) {
		const uint8_t *head = notes.data + at;
		uint32_t owner_size = modseal_elf_word(view, head);
		uint32_t content_size = modseal_elf_word(view, head + 4);
		uint32_t type = modseal_elf_word(view, head + 8);
		uint64_t place = at + align_up(NOTE_HEAD + (uint64_t)owner_size, unit);
		int r = 0;

		if (!modseal_span_part(notes, at + NOTE_HEAD, owner_size, &owner) ||
		    !modseal_span_part(notes, place, content_size, &content))
			break;
		if (is_own(owner))
			r = take(view, segment, owner, type, content, found, error);
		else if (view->source->note)
			view->source->note(
				view->source->argument,
				&(const struct modseal_elf_note){owner, type, content});
		if (r != 0)
			return r;
		at = align_up(place + content_size, unit);
		if (at > notes.size)
			at = notes.size;
	}
	if (memmem(notes.data + at, notes.size - at, MODSEAL_NOTE_OWNER, OWNER_SIZE))
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"a module note in a PT_NOTE that cannot be read to its end");
	return 0;
}

int modseal_elf_note_read(const struct modseal_elf_view *view, struct modseal_note *note,
			  struct modseal_error *error)
{
	struct modseal_span found = {NULL, 0};
	uint64_t searched = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < view->segment_count; i++) {
		const GElf_Phdr *segment = &view->segments[i];

		if (segment->p_type != PT_NOTE || segment->p_filesz == 0)
			continue;
		/* does not wrap: each lies in the file */
		searched += segment->p_filesz;
		if (searched > MAX_SEARCHED)
			return MODSEAL_ELF_MALFORMED(
				view, error, "PT_NOTEs of more than %u bytes together",
				MAX_SEARCHED);
		r = walk(view, segment, &found, error);
	}
	if (r != 0 || !found.data)
		return r;
	return modseal_note_parse(found, view->object, note, error);
}
