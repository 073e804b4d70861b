/* SPDX-License-Identifier: Apache-2.0 */
/* Where the module note may lie in an ELF file: one note, in one PT_NOTE in a PT_LOAD. */
#include "tests/unit/elf_rows.h"
#include "tests/unit/note_bytes.h"

static const char owner[8] = MODSEAL_NOTE_OWNER;

/* Writes one ELF note; returns where it ends. */
static size_t put_note(struct sample *s, size_t at, const char *name, size_t name_size,
		       uint32_t type, const void *content, size_t size)
{
	sample_put(s, at, 4, name_size);
	sample_put(s, at + 4, 4, size);
	sample_put(s, at + 8, 4, type);
	memcpy(s->bytes + at + 12, name, name_size);
	at += 12 + (name_size + 3) / 4 * 4;
	memcpy(s->bytes + at, content, size);
	return at + (size + 3) / 4 * 4;
}

static struct note_bytes *small(void)
{
	static struct note_bytes note;

	note_begin(&note);
	note_text(&note, MODSEAL_NOTE_NAME, "n");
	note_version(&note, 7);
	note_text(&note, MODSEAL_NOTE_ABI, "a");
	return &note;
}

/* More room: the file and its second PT_LOAD grow, to the page they are mapped in. */
static void grow(struct sample *s, size_t size)
{
	s->bytes = realloc(s->bytes, size);
	memset(s->bytes + s->size, 0, size - s->size);
	s->size = size;
	segment_put(s, PT_LOAD, 1, P_FILESZ, size - AT_DATA);
	segment_put(s, PT_LOAD, 1, P_MEMSZ, size - AT_DATA);
}

static void note_segment(struct sample *s, unsigned slot, size_t at, size_t end,
			 uint64_t align)
{
	segment_make(s, slot, PT_NOTE, PF_R, at, end - at, end - at, align);
}

static size_t module(struct sample *s, size_t at)
{
	struct note_bytes *note = small();

	return put_note(s, at, owner, 8, MODSEAL_NOTE_TYPE, note->bytes, note->size);
}

static size_t stranger(struct sample *s, size_t at)
{
	return put_note(s, at, "GNU", 4, 3, "build-id", 8);
}

static void alone(struct sample *s)
{
	grow(s, 0xa00);
	note_segment(s, 10, AT_END, module(s, AT_END), 4);
}
static void among_others(struct sample *s)
{
	grow(s, 0xa00);
	note_segment(s, 10, AT_END, stranger(s, module(s, stranger(s, AT_END))), 4);
}
static void without_sections(struct sample *s)
{
	alone(s);
	sample_put(s, at_shoff(s), sample_word(s), 0);
}
static void without_the_last_padding(struct sample *s)
{
	grow(s, 0xa00);
	note_segment(s, 10, AT_END,
		     put_note(s, module(s, AT_END), "GNU", 4, 3, "x", 1) - 3, 4);
}
static void others_unaligned(struct sample *s)
{
	alone(s);
	note_segment(s, 11, AT_CODE, AT_CODE + 0x30, 1);
}
static void other_cannot_be_read(struct sample *s)
{
	alone(s);
	memset(s->bytes + AT_CODE, 0xff, 0x30);
	note_segment(s, 11, AT_CODE, AT_CODE + 0x30, 4);
}
static void other_aligned_strangely(struct sample *s)
{
	alone(s);
	note_segment(s, 11, AT_CODE, AT_CODE + 0x30, 16);
}
static void other_owners(struct sample *s)
{
	grow(s, 0xa00);
	note_segment(s, 10, AT_END,
		     put_note(s, put_note(s, AT_END, "modsea", 7, 0x4d53, "x", 1),
			      "modsealed", 10, 0x4d53, "x", 1),
		     4);
}

Test(notes, lets_the_module_note_be_found)
{
	static const struct row rows[] = {
		{"alone", alone, ""},
		{"among others", among_others, ""},
		{"no section headers", without_sections, ""},
		{"without the last padding", without_the_last_padding, ""},
		{"another PT_NOTE, unaligned", others_unaligned, ""},
		{"another PT_NOTE that cannot be read", other_cannot_be_read, ""},
		{"another PT_NOTE, aligned to 16", other_aligned_strangely, ""},
		{"owners with a similar name", other_owners, ""},
	};

	CHECK_ROWS(rows, MODSEAL_ELF_STANDARD, 0);
	for (size_t i = 0; i < FORM_COUNT * 7; i++) { /* the last has none */
		struct sample s = sample_make(forms[i / 7].elf_class, forms[i / 7].order);
		struct modseal_error error = {0};
		struct modseal_elf elf;

		rows[i % 7].change(&s);
		cr_assert(eq(int,
			     sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD,
					 &elf, &error),
			     0),
			  "%s", error.message);
		cr_assert(elf.note.name != NULL, "%s", rows[i % 7].name);
		cr_assert(eq(str, elf.note.name, "n"), "%s", rows[i % 7].name);
		cr_assert(eq(u64, elf.note.version, 7), "%s", rows[i % 7].name);
		cr_assert(eq(str, elf.note.abi, "a"), "%s", rows[i % 7].name);
		modseal_elf_clear(&elf);
		free(s.bytes);
	}
}

struct seen {
	size_t count, own;
	uint32_t type;
	char owner[8], content[16];
};

static void see(void *argument, const struct modseal_elf_note *note)
{
	struct seen *seen = argument;

	seen->count++;
	seen->own += modseal_span_starts(note->owner, MODSEAL_NOTE_OWNER);
	seen->type = note->type;
	memset(seen->owner, 0, sizeof(seen->owner));
	memcpy(seen->owner, note->owner.data,
	       note->owner.size < 8 ? note->owner.size : 8);
	memset(seen->content, 0, sizeof(seen->content));
	memcpy(seen->content, note->content.data,
	       note->content.size < 16 ? note->content.size : 16);
}

Test(notes, of_others_are_told_to_who_asks)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = sample_make(forms[i].elf_class, forms[i].order);
		struct seen seen = {0};
		struct modseal_elf_source source = {.note = see, .argument = &seen};
		struct modseal_error error = {0};
		struct modseal_elf elf;
		size_t end;

		grow(&s, 0xa00);
		end = put_note(&s, stranger(&s, module(&s, AT_END)), "FDO", 4, 0x407c0c0a,
			       "[...]", 6);
		note_segment(&s, 10, AT_END, end, 4);
		source.content = modseal_span_of(s.bytes, s.size);
		cr_assert(
			eq(int,
			   modseal_elf_read_from(&source, MODSEAL_KIND_BY_RULE,
						 MODSEAL_ELF_INSPECT, "x", &elf, &error),
			   0),
			"%s", error.message);
		cr_assert(eq(str, elf.note.name, "n"));
		cr_assert(eq(sz, seen.own, 0));	  /* that is read, not told */
		cr_assert(eq(sz, seen.count, 3)); /* the sample has one of its own */
		cr_assert(eq(u32, seen.type, 0x407c0c0a));
		cr_assert(eq(str, seen.owner, "FDO"));
		cr_assert(eq(str, seen.content, "[...]"));
		modseal_elf_clear(&elf);

		/* one that reaches past the PT_NOTE is nobody's */
		sample_put(&s, end - 20, 4, 9);
		seen.count = 0;
		cr_assert(
			eq(int,
			   modseal_elf_read_from(&source, MODSEAL_KIND_BY_RULE,
						 MODSEAL_ELF_INSPECT, "x", &elf, &error),
			   0),
			"%s", error.message);
		cr_assert(eq(sz, seen.count, 2));
		modseal_elf_clear(&elf);
		free(s.bytes);
	}
}

Test(notes, of_others_are_no_module_note)
{
	struct sample s = sample_make(ELFCLASS64, ELFDATA2LSB);
	struct modseal_error error = {0};
	struct modseal_elf elf;

	other_owners(&s);
	cr_assert(eq(int,
		     sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf,
				 &error),
		     0),
		  "%s", error.message);
	cr_assert(elf.note.name == NULL);
	modseal_elf_clear(&elf);
	free(s.bytes);
}

static void two(struct sample *s)
{
	grow(s, 0xa00);
	note_segment(s, 10, AT_END, module(s, module(s, AT_END)), 4);
}
static void two_segments(struct sample *s)
{
	grow(s, 0xa00);
	note_segment(s, 10, AT_END, module(s, AT_END), 4);
	note_segment(s, 11, AT_END + 0x80, module(s, AT_END + 0x80), 4);
}
static void same_in_two_segments(struct sample *s)
{
	size_t end;

	grow(s, 0xa00);
	end = module(s, AT_END);
	note_segment(s, 10, AT_END, end, 4);
	note_segment(s, 11, AT_END, end, 4);
}
static void outside_every_load(struct sample *s)
{
	size_t end;

	grow(s, 0xa00);
	end = module(s, AT_END);
	segment_put(s, PT_LOAD, 1, P_FILESZ, AT_END - AT_DATA);
	note_segment(s, 10, AT_END, end, 4);
}
static void elsewhere_in_memory(struct sample *s)
{
	alone(s);
	segment_put(s, PT_NOTE, 1, P_VADDR, AT_END + DATA_MOVED - 4);
}
static void aligned_to_8(struct sample *s)
{
	struct note_bytes *note = small();
	char padded[sizeof(note->bytes) / 64];

	/* the content begins 4 bytes later then */
	grow(s, 0xa00);
	memset(padded, 0, sizeof(padded));
	memcpy(padded + 4, note->bytes, note->size);
	put_note(s, AT_END, owner, 8, MODSEAL_NOTE_TYPE, padded, note->size + 4);
	sample_put(s, AT_END + 4, 4, note->size);
	note_segment(s, 10, AT_END, AT_END + 24 + (note->size + 7) / 8 * 8, 8);
}
static void aligned_to_1(struct sample *s)
{
	alone(s);
	segment_put(s, PT_NOTE, 1, P_ALIGN, 1);
}
static void aligned_to_16(struct sample *s)
{
	alone(s);
	segment_put(s, PT_NOTE, 1, P_ALIGN, 16);
}
static void other_type(struct sample *s)
{
	alone(s);
	sample_put(s, AT_END + 8, 4, 1);
}
static void owner_without_zero(struct sample *s)
{
	alone(s);
	sample_put(s, AT_END, 4, 7);
}
static void owner_with_two_zeros(struct sample *s)
{
	struct note_bytes *note = small();
	char name[12] = MODSEAL_NOTE_OWNER;

	grow(s, 0xa00);
	note_segment(
		s, 10, AT_END,
		put_note(s, AT_END, name, 12, MODSEAL_NOTE_TYPE, note->bytes, note->size),
		4);
}
static void behind_a_broken_note(struct sample *s)
{
	size_t end;

	grow(s, 0xa00);
	end = module(s, stranger(s, AT_END));
	sample_put(s, AT_END + 4, 4, 0x10000);
	note_segment(s, 10, AT_END, end, 4);
}
static void cut_off(struct sample *s)
{
	alone(s);
	segment_put(s, PT_NOTE, 1, P_FILESZ, 24);
	segment_put(s, PT_NOTE, 1, P_MEMSZ, 24);
}
static void longest_owner(struct sample *s)
{
	alone(s);
	sample_put(s, AT_END, 4, 0xffffffff);
}
static void longest_content(struct sample *s)
{
	alone(s);
	sample_put(s, AT_END + 4, 4, 0xffffffff);
}
static void large_segment(struct sample *s)
{
	grow(s, AT_END + (128u << 10) + 4);
	module(s, AT_END);
	note_segment(s, 10, AT_END, s->size, 4);
}
static void broken_inside(struct sample *s)
{
	alone(s);
	s->bytes[AT_END + 20] = 2;
}

Test(notes, refuses_a_module_note_that_could_be_read_otherwise)
{
	static const struct row rows[] = {
		{"two notes", two, "more than one module note"},
		{"two notes in two PT_NOTEs", two_segments, "more than one module note"},
		{"one in two PT_NOTEs", same_in_two_segments, "in two PT_NOTEs"},
		{"outside PT_LOAD", outside_every_load,
		 "PT_NOTE lies outside every PT_LOAD"},
		{"elsewhere in memory", elsewhere_in_memory,
		 "file offset and address of PT_NOTE do not agree"},
		{"aligned to 8", aligned_to_8, "in a PT_NOTE aligned to 8"},
		{"aligned to 1", aligned_to_1, "in a PT_NOTE aligned to 1"},
		{"aligned to 16", aligned_to_16, "cannot be read to its end"},
		{"another type", other_type, "unknown type 0x1"},
		{"owner without its zero byte", owner_without_zero, "owner begins like"},
		{"owner with two zero bytes", owner_with_two_zeros, "owner begins like"},
		{"behind a broken note", behind_a_broken_note,
		 "cannot be read to its end"},
		{"cut off", cut_off, "cannot be read to its end"},
		{"the longest owner", longest_owner, "cannot be read to its end"},
		{"the longest content", longest_content, "cannot be read to its end"},
		{"a PT_NOTE above 128K", large_segment, "cannot be read to its end"},
		{"broken inside", broken_inside, "module note: unknown format 2"},
	};

	CHECK_ROWS(rows, MODSEAL_ELF_INSPECT, MODSEAL_E_ELF_MALFORMED);
}

/* In among_others: behind a stranger of 24 bytes, a note's head and owner of 20. */
#define AT_NAME	   (AT_END + 24u + 20u + 8u + 4u)
#define AT_VERSION (AT_NAME + 4u + 4u)

/* Each bit of the note and of its program header flipped: no crash, and no other note but
 * one that says what stands there. */
Test(notes, survives_every_flipped_bit)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = sample_make(forms[i].elf_class, forms[i].order);
		size_t head, end = AT_END;

		among_others(&s);
		head = segment_at(&s, PT_NOTE, 1);
		end += (size_t)segment_get(&s, PT_NOTE, 1, P_FILESZ);
		for (size_t at = head; at < end;
		     at = at + 1 == head + 56 ? AT_END : at + 1)
			for (unsigned bit = 0; bit < 8; bit++) {
				struct modseal_error error = {0};
				struct modseal_elf elf = {0};
				int r;

				s.bytes[at] ^= 1u << bit;
				r = sample_read(&s, MODSEAL_KIND_LIBRARY,
						MODSEAL_ELF_STANDARD, &elf, &error);
				s.bytes[at] ^= 1u << bit;
				cr_assert(r == 0 || r == MODSEAL_E_ELF_MALFORMED ||
						  r == MODSEAL_E_ELF_UNSAFE,
					  "at %zu bit %u: %d", at, bit, r);
				if (elf.note.name && elf.note.version != 7)
					cr_assert(at >= AT_VERSION && at < AT_VERSION + 8,
						  "at %zu bit %u: version", at, bit);
				if (elf.note.name && strcmp(elf.note.name, "n") != 0)
					cr_assert(eq(sz, at, AT_NAME), "bit %u: name",
						  bit);
				modseal_elf_clear(&elf);
			}
		free(s.bytes);
	}
}

/* A PT_NOTE of every length: the whole note, or none where nothing of it is left. */
Test(notes, survives_every_length)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = sample_make(forms[i].elf_class, forms[i].order);
		size_t start = 24, end, length;

		among_others(&s);
		length = (size_t)segment_get(&s, PT_NOTE, 1, P_FILESZ);
		end = length - 24; /* a stranger on either side */
		for (; length > 0; length--) {
			struct modseal_error error = {0};
			struct modseal_elf elf = {0};
			int r;

			segment_put(&s, PT_NOTE, 1, P_FILESZ, length);
			segment_put(&s, PT_NOTE, 1, P_MEMSZ, length);
			r = sample_read(&s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD,
					&elf, &error);
			/* from its owner on it is there, but not whole */
			if (length >= start + 20 && length < end)
				cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "%s, %zu",
					  forms[i].name, length);
			else
				cr_assert(eq(int, r, 0), "%s, %zu: %s", forms[i].name,
					  length, error.message);
			cr_assert(eq(int, elf.note.name != NULL, length >= end),
				  "%s, %zu", forms[i].name, length);
			modseal_elf_clear(&elf);
		}
		free(s.bytes);
	}
}
