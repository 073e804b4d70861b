/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an ELF file (R36-R50): read or refused at its stage within 0.1 s; the same
 * whatever level, but for findings; and the same where only what the reader asks for is
 * there.
 */
#ifndef MODSEAL_TESTS_FUZZ_ELF_H
#define MODSEAL_TESTS_FUZZ_ELF_H

#include "tests/fuzz/fuzz.h"
#include "verifier/elf/elf.h"
#include "verifier/elf/findings.h"

struct elf_partial {
	struct modseal_span whole;
	uint8_t *bytes;
};

static inline int elf_need(void *argument, uint64_t offset, uint64_t length,
			   struct modseal_error *error)
{
	struct elf_partial *partial = argument;

	(void)error;
	REQUIRE(modseal_range_fits(partial->whole.size, offset, length));
	if (length)
		memcpy(partial->bytes + offset, partial->whole.data + offset,
		       (size_t)length);
	return 0;
}

static inline void elf_note(void *argument, const struct modseal_elf_note *note)
{
	struct elf_partial *partial = argument;
	const uint8_t *end = partial->bytes + partial->whole.size;

	REQUIRE(note->owner.size == 0 ||
		(note->owner.data >= partial->bytes &&
		 note->owner.size <= (size_t)(end - note->owner.data)));
	REQUIRE(note->content.size == 0 ||
		(note->content.data >= partial->bytes &&
		 note->content.size <= (size_t)(end - note->content.data)));
}

static inline void elf_same_text(const char *a, const char *b)
{
	REQUIRE(!a == !b && (!a || strcmp(a, b) == 0));
}

static inline void elf_same(const struct modseal_elf *a, const struct modseal_elf *b)
{
	elf_same_text(a->soname, b->soname);
	elf_same_text(a->interpreter, b->interpreter);
	elf_same_text(a->runpath, b->runpath);
	elf_same_text(a->note.name, b->note.name);
	elf_same_text(a->module_name, b->module_name);
	elf_same_text(a->module_release, b->module_release);
	REQUIRE(a->needed_count == b->needed_count);
	for (size_t i = 0; i < a->needed_count; i++)
		elf_same_text(a->needed[i], b->needed[i]);
	REQUIRE(a->mapped_end == b->mapped_end && a->type == b->type &&
		a->note.version == b->note.version);
}

/* What a name of an object may be (R42). */
static inline void elf_name(const char *name)
{
	size_t length = strlen(name);

	REQUIRE(length > 0 && length <= 255 && !strpbrk(name, "/$"));
	REQUIRE(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
	for (size_t i = 0; i < length; i++)
		REQUIRE(name[i] > ' ' && name[i] < 0x7f);
}

static inline void elf_names(const struct modseal_elf *elf)
{
	for (size_t i = 0; i < elf->needed_count; i++)
		elf_name(elf->needed[i]);
	if (elf->soname)
		elf_name(elf->soname);
}

static inline bool try_level(struct modseal_span content, enum modseal_kind kind,
			     enum modseal_elf_level level)
{
	static struct modseal_error error, other;
	struct elf_partial partial = {content, fuzz_copy(content.data, content.size)};
	const struct modseal_elf_source source = {
		.content = modseal_span_of(partial.bytes, content.size),
		.need = elf_need,
		.note = elf_note,
		.argument = &partial,
	};
	struct modseal_elf whole = {0}, parts = {0};
	double start = cpu_seconds();
	int result, second;

	modseal_error_clear(&error);
	modseal_error_clear(&other);
	result = modseal_elf_read(content, kind, level, "x.so", &whole, &error);
	fuzz_fast(start, 0.1);
	memset(partial.bytes, 0xa5, content.size);
	second = modseal_elf_read_from(&source, kind, level, "x.so", &parts, &other);
	REQUIRE(second == result && strcmp(error.message, other.message) == 0);
	if (result != 0) {
		fuzz_refused(result, &error);
		REQUIRE(result == MODSEAL_E_ELF_MALFORMED ||
			result == MODSEAL_E_ELF_UNSAFE);
		REQUIRE(error.stage == MODSEAL_STAGE_IMAGE);
	} else {
		elf_same(&whole, &parts);
		REQUIRE(whole.mapped_end <= content.size + 0x10000);
		if (kind == MODSEAL_KIND_LIBRARY && level >= MODSEAL_ELF_STANDARD)
			elf_names(&whole);
	}
	modseal_elf_clear(&whole);
	modseal_elf_clear(&parts);
	free(partial.bytes);
	return result == 0;
}

static inline unsigned try_elf(const uint8_t *bytes, size_t size)
{
	static const enum modseal_kind kinds[] = {
		MODSEAL_KIND_LIBRARY, MODSEAL_KIND_PROGRAM, MODSEAL_KIND_KERNEL_MODULE,
		MODSEAL_KIND_BY_RULE};
	uint8_t *copy = fuzz_copy(bytes, size);
	struct modseal_span content = modseal_span_of(copy, size);
	struct modseal_note note = {0};
	unsigned accepted = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool hardened = try_level(content, kinds[i], MODSEAL_ELF_HARDENED);
		bool standard = try_level(content, kinds[i], MODSEAL_ELF_STANDARD);
		bool listed = try_level(content, kinds[i], MODSEAL_ELF_LIST);

		REQUIRE(standard || !hardened);
		REQUIRE(listed || !standard);
		REQUIRE(try_level(content, kinds[i], MODSEAL_ELF_INSPECT) || !listed);
		accepted += standard;
	}
	/* the rest of a file that begins otherwise, as a module note's content */
	if (modseal_note_parse(content, "x.so", &note, NULL) == 0)
		accepted++;
	modseal_note_clear(&note);
	free(copy);
	return accepted;
}

#endif
