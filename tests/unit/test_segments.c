/* SPDX-License-Identifier: Apache-2.0 */
/* Program headers: what would be mapped where (R37, R39, R40). */
#include "tests/unit/elf_rows.h"

/* The code is the first PT_LOAD of the sample, the data the second. */
static void past_content(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_FILESZ, AT_END - AT_DATA + 1);
}
static void content_cut(struct sample *s)
{
	s->size--;
}
static void offset_past_content(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_OFFSET, AT_DATA + 0x1000000);
}
static void empty_past_content(struct sample *s)
{
	segment_make(s, 10, PT_LOAD, PF_R, 0x10000, 0, 0x100, 0x1000);
}
static void offset_wraps(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_OFFSET, UINT64_MAX - 0xfff + AT_DATA);
}
static void file_larger(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_MEMSZ, AT_DATA - 1);
}
static void address_wraps(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_MEMSZ, UINT64_MAX);
}
static void address_high(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_VADDR, UINT64_MAX - 0xfff + AT_DATA);
}
static void last_page(struct sample *s)
{
	uint64_t end = sample_wide(s) ? 1ull << 63 : 0xfffff000;

	segment_put(s, PT_LOAD, 1, P_MEMSZ, end - 0x1600 + 1);
}
static void unsorted(struct sample *s)
{
	struct sample old = sample_copy(s);
	size_t size = sample_wide(s) ? 56 : 32;

	memcpy(s->bytes + AT_TABLE + 2 * size, old.bytes + AT_TABLE + 3 * size, size);
	memcpy(s->bytes + AT_TABLE + 3 * size, old.bytes + AT_TABLE + 2 * size, size);
	free(old.bytes);
}
static void overlap(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_VADDR, AT_DATA);
	segment_put(s, PT_LOAD, 0, P_MEMSZ, AT_DATA + 1);
}
static void same_page(struct sample *s)
{
	/* not one byte shared, but the second is mapped over the first one's page */
	segment_put(s, PT_LOAD, 1, P_VADDR, AT_DATA);
}
static void memory_into_next(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_MEMSZ, 0x1001);
}
static void third_over_second(struct sample *s)
{
	segment_make(s, 10, PT_LOAD, PF_R | PF_X, AT_DATA, 0x10, 0x10, 0x1000);
}
static void empty_between(struct sample *s)
{
	segment_make(s, 10, PT_LOAD, PF_R, AT_DATA + 0x10, 0, 0, 0x1000);
}
static void align_not_power(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_ALIGN, 0x3000);
}
static void align_small(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_ALIGN, 0x800);
}
static void align_none(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_ALIGN, 0);
}
static void align_huge(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_ALIGN, sample_wide(s) ? 1ull << 62 : 1ull << 31);
}
static void align_disagrees(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_VADDR, AT_DATA + DATA_MOVED + 8);
}
static void align_disagrees_large(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_ALIGN, 0x10000);
}
static void same_bytes(struct sample *s)
{
	/* the code, and its last bytes as constants somewhere else */
	segment_make(s, 10, PT_LOAD, PF_R, AT_CODE, 0x10, 0x10, 0x1000);
	segment_put(s, PT_LOAD, 2, P_VADDR, 0x10000 + AT_CODE);
}
static void first_empty(struct sample *s)
{
	segment_make(s, 1, PT_LOAD, PF_R, 0, 0, 0, 0x1000);
}
static void no_load(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_TYPE, PT_NULL);
	segment_put(s, PT_LOAD, 0, P_TYPE, PT_NULL);
}

static const struct row loads[] = {
	{"R40 a byte past the content", past_content, "past the end of the content"},
	{"R40 the content a byte shorter", content_cut, "past the end of the content"},
	{"R39 offset past the content", offset_past_content,
	 "past the end of the content"},
	{"R39 an empty one past the content", empty_past_content, "end of the content"},
	{"R39 offset that wraps", offset_wraps, "past the end of the content"},
	{"R39 filesz > memsz", file_larger, "larger in the file"},
	{"R39 memsz that wraps", address_wraps, "address space"},
	{"R39 address at the end of memory", address_high, "address space"},
	{"R39 one byte into the last page", last_page, "address space"},
	{"R39 unsorted", unsorted, "not sorted"},
	{"R39 overlap", overlap, "overlap"},
	{"R39 one page for two", same_page, "overlap"},
	{"R39 memory reaches into the next", memory_into_next, "overlap"},
	{"R39 a third over the second", third_over_second, "overlap"},
	{"R39 an empty one inside the second", empty_between, "overlap"},
	{"R39 p_align no power of two", align_not_power, "aligned to 12288"},
	{"R39 p_align below a page", align_small, "aligned to 2048"},
	{"R39 p_align 0", align_none, "aligned to 0"},
	{"R39 p_align of half the memory", align_huge, "aligned to"},
	{"R39 address and offset disagree", align_disagrees, "do not fit its alignment"},
	{"R39 ... by 64K pages", align_disagrees_large, "do not fit its alignment"},
	{"R39 the same bytes twice", same_bytes, "the same bytes of the file"},
	{"R55 the first without a byte of the file", first_empty, "no bytes in the file"},
	{"R39 no PT_LOAD", no_load, "nothing to map"},
};

Test(segments, refuses_loads_that_would_be_mapped_wrongly)
{
	CHECK_ROWS(loads, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
	/* structure, not hygiene: inspect is told as well */
	CHECK_ROWS(loads, MODSEAL_ELF_INSPECT, MODSEAL_E_ELF_MALFORMED);
}

static void dynamic_other_offset(struct sample *s)
{
	/* a second dynamic section, which the dynamic linker would not see */
	segment_put(s, PT_DYNAMIC, 0, P_OFFSET, AT_DYNAMIC + 16);
}
static void dynamic_other_address(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_VADDR, AT_DYNAMIC);
}
static void dynamic_twice(struct sample *s)
{
	segment_make(s, 10, PT_DYNAMIC, PF_R, AT_DYNAMIC, 64, 64, 8);
}
static void dynamic_twice_empty(struct sample *s)
{
	segment_make(s, 10, PT_DYNAMIC, PF_R, AT_DYNAMIC, 0, 0, 8);
}
static void dynamic_outside(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_VADDR, 0x100000);
}
static void dynamic_across_end(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_FILESZ, AT_END - AT_DYNAMIC + 16);
	segment_put(s, PT_DYNAMIC, 0, P_MEMSZ, AT_END - AT_DYNAMIC + 16);
}
static void dynamic_in_zeroes(struct sample *s)
{
	segment_put(s, PT_LOAD, 1, P_FILESZ, AT_DYNAMIC - AT_DATA + 16);
}
static void dynamic_wraps(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_FILESZ, UINT64_MAX);
	segment_put(s, PT_DYNAMIC, 0, P_MEMSZ, UINT64_MAX);
}
static void dynamic_memory_larger(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_MEMSZ,
		    segment_get(s, PT_DYNAMIC, 0, P_MEMSZ) + 16);
}
static void dynamic_empty(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_FILESZ, 0);
	segment_put(s, PT_DYNAMIC, 0, P_MEMSZ, 0);
}
static void dynamic_none(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_TYPE, PT_NULL);
}
static void dynamic_unaligned(struct sample *s)
{
	segment_put(s, PT_DYNAMIC, 0, P_OFFSET, AT_DYNAMIC + 1);
	segment_put(s, PT_DYNAMIC, 0, P_VADDR, AT_DYNAMIC + DATA_MOVED + 1);
}

static const struct row dynamics[] = {
	{"R37 offset of another section", dynamic_other_offset, "do not agree"},
	{"R37 address of another segment", dynamic_other_address, "every PT_LOAD"},
	{"R37 two PT_DYNAMIC", dynamic_twice, "more than one PT_DYNAMIC"},
	{"R37 two PT_DYNAMIC, one empty", dynamic_twice_empty,
	 "more than one PT_DYNAMIC"},
	{"R37 outside every PT_LOAD", dynamic_outside, "outside every PT_LOAD"},
	{"R37 across the end of a PT_LOAD", dynamic_across_end, "outside every PT_LOAD"},
	{"R37 in memory that is zeroed", dynamic_in_zeroes, "outside every PT_LOAD"},
	{"R37 size that wraps", dynamic_wraps, "outside every PT_LOAD"},
	{"R37 memsz is not filesz", dynamic_memory_larger, "another size"},
	{"R37 empty", dynamic_empty, "outside every PT_LOAD"},
	{"R37 none", dynamic_none, "no PT_DYNAMIC"},
	{"R37 unaligned", dynamic_unaligned, "alignment of PT_DYNAMIC"},
};

Test(segments, refuses_a_dynamic_section_seen_differently_in_memory)
{
	CHECK_ROWS(dynamics, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
}

static void phdr_elsewhere(struct sample *s)
{
	segment_put(s, PT_PHDR, 0, P_OFFSET, AT_CODE);
	segment_put(s, PT_PHDR, 0, P_VADDR, AT_CODE);
	segment_put(s, PT_PHDR, 0, P_FILESZ, 32);
	segment_put(s, PT_PHDR, 0, P_MEMSZ, 32);
}
static void phdr_longer(struct sample *s)
{
	segment_put(s, PT_PHDR, 0, P_FILESZ, 13 * (sample_wide(s) ? 56 : 32));
	segment_put(s, PT_PHDR, 0, P_MEMSZ, 13 * (sample_wide(s) ? 56 : 32));
}
static void phdr_later(struct sample *s)
{
	segment_put(s, PT_PHDR, 0, P_OFFSET, AT_TABLE + 8);
	segment_put(s, PT_PHDR, 0, P_VADDR, AT_TABLE + 8);
}
static void phdr_address(struct sample *s)
{
	segment_put(s, PT_PHDR, 0, P_VADDR, AT_TABLE + 16);
}
static void phdr_twice(struct sample *s)
{
	struct sample old = sample_copy(s);
	size_t size = sample_wide(s) ? 56 : 32;

	memcpy(s->bytes + AT_TABLE + 10 * size, old.bytes + AT_TABLE, size);
	free(old.bytes);
}
static void table_zeroed(struct sample *s)
{
	/* glibc would find the table in the first page, zeroed behind p_filesz */
	segment_put(s, PT_PHDR, 0, P_TYPE, PT_NULL);
	segment_put(s, PT_LOAD, 0, P_FILESZ, AT_TABLE + 32);
}
static void tls_outside(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_VADDR, 0x100000);
}
static void tls_other_offset(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_OFFSET, AT_DATA + 8);
}
static void tls_file_larger(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_FILESZ, 17);
}
static void tls_huge(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_MEMSZ, 0x40000001);
}
static void tls_align(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_ALIGN, 24);
}
static void tls_align_none(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_ALIGN, 0);
}
static void tls_align_huge(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_ALIGN, 1ull << 31);
}
static void tls_twice(struct sample *s)
{
	segment_make(s, 10, PT_TLS, PF_R, AT_DATA, 8, 8, 8);
}
static void relro_outside(struct sample *s)
{
	segment_put(s, PT_GNU_RELRO, 0, P_VADDR, 0x100000);
}
static void relro_too_long(struct sample *s)
{
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, 0x2001 - 0x1600);
}
static void relro_wraps(struct sample *s)
{
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, UINT64_MAX);
}
static void relro_twice(struct sample *s)
{
	segment_make(s, 10, PT_GNU_RELRO, PF_R, AT_DATA, 8, 8, 8);
}
static void stack_twice(struct sample *s)
{
	/* the dynamic linker would take the last one */
	segment_make(s, 10, PT_GNU_STACK, PF_R | PF_W | PF_X, 0, 0, 0, 16);
}
static void note_past_load(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_FILESZ, 0x1000);
	segment_put(s, PT_NOTE, 0, P_MEMSZ, 0x1000);
}
static void note_memory(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_MEMSZ, 0x100000);
}
static void note_only_memory(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_FILESZ, 0);
}
static void note_only_file(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_MEMSZ, 0);
}
static void note_other_offset(struct sample *s)
{
	segment_put(s, PT_NOTE, 0, P_OFFSET, AT_CODE);
}
static void frames_outside(struct sample *s)
{
	segment_put(s, PT_GNU_EH_FRAME, 0, P_VADDR, 0x100000);
}
static void property_outside(struct sample *s)
{
	segment_make(s, 10, PT_GNU_PROPERTY, PF_R, AT_END + 8, 32, 32, 8);
}
static void property_twice(struct sample *s)
{
	segment_make(s, 10, PT_GNU_PROPERTY, PF_R, AT_NOTE, 32, 32, 8);
	segment_make(s, 11, PT_GNU_PROPERTY, PF_R, AT_NOTE, 32, 32, 8);
}
static void interpreter_outside(struct sample *s)
{
	segment_make(s, 1, PT_INTERP, PF_R, AT_END + 8, 8, 8, 1);
}
static void interpreter_twice(struct sample *s)
{
	segment_make(s, 1, PT_INTERP, PF_R, AT_STRINGS + S_PATH, 9, 9, 1);
	segment_make(s, 10, PT_INTERP, PF_R, AT_STRINGS + S_PATH, 9, 9, 1);
}
static void interpreter_open_end(struct sample *s)
{
	segment_make(s, 1, PT_INTERP, PF_R, AT_STRINGS + S_PATH, 8, 8, 1);
}
static void interpreter_two_texts(struct sample *s)
{
	segment_make(s, 1, PT_INTERP, PF_R, AT_STRINGS + S_FIRST, 36, 36, 1);
}
static void interpreter_empty(struct sample *s)
{
	segment_make(s, 1, PT_INTERP, PF_R, AT_STRINGS, 1, 1, 1);
}

static void interpreter_no_bytes(struct sample *s)
{
	segment_make(s, 1, PT_INTERP, PF_R, AT_STRINGS, 0, 0, 1);
}
static void interpreter_long(struct sample *s)
{
	s->bytes = realloc(s->bytes, AT_END + 4097);
	memset(s->bytes + AT_END, '/', 4096);
	s->bytes[AT_END + 4096] = '\0';
	s->size = AT_END + 4097;
	segment_put(s, PT_LOAD, 1, P_FILESZ, s->size - AT_DATA);
	segment_put(s, PT_LOAD, 1, P_MEMSZ, s->size - AT_DATA);
	segment_make(s, 1, PT_INTERP, PF_R, AT_END, 4097, 4097, 1);
}

static const struct row others[] = {
	{"R39 PT_PHDR is another table", phdr_elsewhere, "PT_PHDR is not"},
	{"R39 PT_PHDR begins later", phdr_later, "PT_PHDR is not"},
	{"R39 PT_PHDR longer than the table", phdr_longer, "PT_PHDR is not"},
	{"R39 PT_PHDR's address", phdr_address, "PT_PHDR do not agree"},
	{"R39 two PT_PHDR", phdr_twice, "more than one PT_PHDR"},
	{"R39 table of headers zeroed in memory", table_zeroed,
	 "program headers lie outside"},
	{"R39 PT_TLS outside", tls_outside, "PT_TLS lies outside"},
	{"R39 PT_TLS's offset", tls_other_offset, "PT_TLS lies outside"},
	{"R39 PT_TLS filesz > memsz", tls_file_larger, "PT_TLS"},
	{"R39 PT_TLS above 1 GiB", tls_huge, "PT_TLS"},
	{"R39 PT_TLS alignment", tls_align, "PT_TLS"},
	{"R39 PT_TLS without alignment", tls_align_none, "PT_TLS"},
	{"R39 PT_TLS alignment above 1 GiB", tls_align_huge, "PT_TLS"},
	{"R39 two PT_TLS", tls_twice, "more than one PT_TLS"},
	{"R39 PT_GNU_RELRO outside", relro_outside, "PT_GNU_RELRO"},
	{"R39 PT_GNU_RELRO into the next page", relro_too_long, "PT_GNU_RELRO"},
	{"R39 PT_GNU_RELRO that wraps", relro_wraps, "PT_GNU_RELRO"},
	{"R39 two PT_GNU_RELRO", relro_twice, "more than one PT_GNU_RELRO"},
	{"R41 two PT_GNU_STACK", stack_twice, "more than one PT_GNU_STACK"},
	{"R39 PT_NOTE past its PT_LOAD", note_past_load, "PT_NOTE lies outside"},
	{"R39 PT_NOTE larger in memory", note_memory, "PT_NOTE has another size"},
	{"R39 PT_NOTE without bytes", note_only_memory, "PT_NOTE has another size"},
	{"R39 PT_NOTE without memory", note_only_file, "PT_NOTE has another size"},
	{"R39 PT_NOTE's offset", note_other_offset, "PT_NOTE do not agree"},
	{"R39 PT_GNU_EH_FRAME outside", frames_outside, "PT_GNU_EH_FRAME"},
	{"R39 PT_GNU_PROPERTY outside", property_outside, "PT_GNU_PROPERTY lies"},
	{"R39 two PT_GNU_PROPERTY", property_twice, "more than one PT_GNU_PROPERTY"},
	{"R39 PT_INTERP outside", interpreter_outside, "PT_INTERP lies"},
	{"R39 two PT_INTERP", interpreter_twice, "more than one PT_INTERP"},
	{"R39 PT_INTERP without NUL", interpreter_open_end, "not one string"},
	{"R39 PT_INTERP with two texts", interpreter_two_texts, "not one string"},
	{"R39 PT_INTERP without bytes", interpreter_no_bytes, "not one string"},
	{"R39 PT_INTERP longer than a path", interpreter_long, "not one string"},
	{"R39 PT_INTERP empty", interpreter_empty, "not one string"},
};

Test(segments, refuses_segments_outside_what_is_mapped)
{
	CHECK_ROWS(others, MODSEAL_ELF_STANDARD, MODSEAL_E_ELF_MALFORMED);
}

static void exactly_at_end(struct sample *s)
{
	uint64_t end = sample_wide(s) ? 1ull << 63 : 0xfffff000;

	segment_put(s, PT_LOAD, 1, P_MEMSZ, end - 0x1600);
}
static void up_to_next(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_MEMSZ, 0x1000);
}
static void content_longer(struct sample *s)
{
	s->bytes = realloc(s->bytes, AT_END + 100);
	s->size += 100;
}
static void tls_only_zeroes(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_FILESZ, 0);
	segment_put(s, PT_TLS, 0, P_VADDR, AT_END + DATA_MOVED);
}
static void largest_tls(struct sample *s)
{
	segment_put(s, PT_TLS, 0, P_MEMSZ, 1ull << 30);
	segment_put(s, PT_TLS, 0, P_ALIGN, 1ull << 30);
}
static void largest_page(struct sample *s)
{
	segment_put(s, PT_LOAD, 0, P_ALIGN, 1ull << 30);
}
static void relro_whole_pages(struct sample *s)
{
	segment_put(s, PT_GNU_RELRO, 0, P_VADDR, 0x1000);
	segment_put(s, PT_GNU_RELRO, 0, P_MEMSZ, 0x1000);
}
static void note_empty(struct sample *s)
{
	segment_make(s, 10, PT_NOTE, PF_R, 0, 0, 0, 4);
}
static void unknown_segment(struct sample *s)
{
	segment_make(s, 10, 0x6fff1234, PF_R, 0x12345678, 0x1000, 0x1000, 3);
}

static const struct row fine[] = {
	{"memory up to the end of the address space", exactly_at_end, ""},
	{"memory up to the next PT_LOAD", up_to_next, ""},
	{"bytes that no PT_LOAD maps", content_longer, ""},
	{"PT_TLS of zeroes only", tls_only_zeroes, ""},
	{"the largest PT_TLS", largest_tls, ""},
	{"the largest page", largest_page, ""},
	{"PT_GNU_RELRO of whole pages", relro_whole_pages, ""},
	{"an empty PT_NOTE", note_empty, ""},
	{"a segment nobody maps", unknown_segment, ""},
};

Test(segments, accepts_the_last_fitting_value)
{
	CHECK_ROWS(fine, MODSEAL_ELF_STANDARD, 0);
}
