/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files for tests: a small well-formed library of either class and byte order, files
 * out of the build folder, and setters by which a test breaks one field of a copy.
 */
#ifndef TESTS_ELF_SAMPLE_H
#define TESTS_ELF_SAMPLE_H

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/elf/elf.h"

struct sample {
	uint8_t *bytes;
	size_t size;
};

/* Where the parts of the made library lie; the second PT_LOAD is mapped a page higher. */
enum {
	AT_TABLE = 0x40, /* 12 program headers */
	AT_STRINGS = 0x400,
	AT_SYMBOLS = 0x500, /* the one of no name */
	AT_RELA = 0x530,    /* one, which fills in the constructor */
	AT_HASH = 0x560,
	AT_NOTE = 0x580, /* GNU property: IBT and SHSTK */
	AT_CODE = 0x5c0,
	AT_DATA = 0x600,
	AT_DYNAMIC = 0x640,
	AT_END = 0x900,
	DATA_MOVED = 0x1000, /* address less offset of the second PT_LOAD */
	DATA_MEMORY = 0x800,
};
/* Offsets in its string table. */
enum { S_SONAME = 1, S_FIRST = 17, S_SECOND = 29, S_PATH = 44, S_EMPTY = 0, S_FREE = 64 };
#define SAMPLE_STRINGS "\0libsample.so.1\0 libfirst.so\0   libsecond.so.2\0/opt/lib"

enum sample_field { P_TYPE, P_OFFSET, P_VADDR, P_FILESZ, P_MEMSZ, P_FLAGS, P_ALIGN };

static inline bool sample_wide(const struct sample *s)
{
	return s->bytes[EI_CLASS] == ELFCLASS64;
}

static inline size_t sample_word(const struct sample *s)
{
	return sample_wide(s) ? 8 : 4;
}

static inline void sample_put(struct sample *s, size_t at, size_t width, uint64_t value)
{
	bool big = s->bytes[EI_DATA] == ELFDATA2MSB;

	for (size_t i = 0; i < width; i++)
		s->bytes[at + (big ? width - 1 - i : i)] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t sample_get(const struct sample *s, size_t at, size_t width)
{
	bool big = s->bytes[EI_DATA] == ELFDATA2MSB;
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value |= (uint64_t)s->bytes[at + (big ? width - 1 - i : i)] << 8 * i;
	return value;
}

/* Header fields whose place depends on the class. */
static inline size_t at_phoff(const struct sample *s)
{
	return sample_wide(s) ? 32 : 28;
}
static inline size_t at_shoff(const struct sample *s)
{
	return sample_wide(s) ? 40 : 32;
}
static inline size_t
at_ehsize(const struct sample *s) /* then phentsize, phnum, shentsize, ... */
{
	return sample_wide(s) ? 52 : 40;
}

static inline size_t field_at(const struct sample *s, enum sample_field field,
			      size_t *ret_width)
{
	static const uint8_t wide[] = {0, 8, 16, 32, 40, 4, 48};
	static const uint8_t narrow[] = {0, 4, 8, 16, 20, 24, 28};

	*ret_width = field == P_TYPE || field == P_FLAGS ? 4 : sample_word(s);
	return sample_wide(s) ? wide[field] : narrow[field];
}

/* Offset of the nth program header of a type; ends the test if there is none. */
static inline size_t segment_at(const struct sample *s, uint32_t type, unsigned nth)
{
	size_t size = sample_wide(s) ? 56 : 32;
	size_t at = (size_t)sample_get(s, at_phoff(s), sample_word(s));
	size_t count = (size_t)sample_get(s, at_ehsize(s) + 4, 2);

	for (size_t i = 0; i < count; i++, at += size)
		if (sample_get(s, at, 4) == type && nth-- == 0)
			return at;
	fprintf(stderr, "the sample has no segment of type %u\n", type);
	abort();
}

static inline uint64_t segment_get(const struct sample *s, uint32_t type, unsigned nth,
				   enum sample_field field)
{
	size_t width, at = segment_at(s, type, nth) + field_at(s, field, &width);

	return sample_get(s, at, width);
}

static inline void segment_put(struct sample *s, uint32_t type, unsigned nth,
			       enum sample_field field, uint64_t value)
{
	size_t width, at = segment_at(s, type, nth) + field_at(s, field, &width);

	sample_put(s, at, width, value);
}

/* Offset of the nth dynamic entry with a tag. */
static inline size_t dynamic_at(const struct sample *s, uint64_t tag, unsigned nth)
{
	size_t at = (size_t)segment_get(s, PT_DYNAMIC, 0, P_OFFSET);
	size_t word = sample_word(s);

	for (; at < s->size; at += 2 * word)
		if (sample_get(s, at, word) == tag && nth-- == 0)
			return at;
	fprintf(stderr, "the sample has no dynamic tag %llx\n", (unsigned long long)tag);
	abort();
}

static inline void dynamic_put(struct sample *s, uint64_t tag, uint64_t value)
{
	sample_put(s, dynamic_at(s, tag, 0) + sample_word(s), sample_word(s), value);
}

static inline uint64_t dynamic_get(const struct sample *s, uint64_t tag)
{
	return sample_get(s, dynamic_at(s, tag, 0) + sample_word(s), sample_word(s));
}

static inline void dynamic_retag(struct sample *s, uint64_t tag, uint64_t other)
{
	sample_put(s, dynamic_at(s, tag, 0), sample_word(s), other);
}

/* Writes an entry over the first DT_NULL: the made library has room for many. */
static inline void dynamic_add(struct sample *s, uint64_t tag, uint64_t value)
{
	size_t at = dynamic_at(s, DT_NULL, 0);

	sample_put(s, at, sample_word(s), tag);
	sample_put(s, at + sample_word(s), sample_word(s), value);
}

static inline void segment_make(struct sample *s, unsigned slot, uint32_t type,
				uint32_t flags, uint64_t offset, uint64_t size,
				uint64_t memory, uint64_t align)
{
	size_t width, at = AT_TABLE + slot * (sample_wide(s) ? 56u : 32u);
	uint64_t moved = offset >= AT_DATA ? DATA_MOVED : 0;
	uint64_t values[] = {type, offset, offset + moved, size, memory, flags, align};

	for (unsigned f = P_TYPE; f <= P_ALIGN; f++) {
		size_t place = at + field_at(s, f, &width);

		sample_put(s, place, width, values[f]);
	}
}

static inline void sample_segments(struct sample *s)
{
	size_t table = 12 * (sample_wide(s) ? 56u : 32u), word = sample_word(s);

	segment_make(s, 0, PT_PHDR, PF_R, AT_TABLE, table, table, 8);
	segment_make(s, 1, PT_NULL, 0, 0, 0, 0, 0);
	segment_make(s, 2, PT_LOAD, PF_R | PF_X, 0, AT_DATA, AT_DATA, 0x1000);
	segment_make(s, 3, PT_LOAD, PF_R | PF_W, AT_DATA, AT_END - AT_DATA, DATA_MEMORY,
		     0x1000);
	segment_make(s, 4, PT_DYNAMIC, PF_R | PF_W, AT_DYNAMIC, 40 * 2 * word,
		     40 * 2 * word, word);
	segment_make(s, 5, PT_NOTE, PF_R, AT_NOTE, 16 + 8 + word, 16 + 8 + word, word);
	segment_make(s, 6, PT_TLS, PF_R, AT_DATA, 8, 16, 8);
	segment_make(s, 7, PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 16);
	/* ends with a page, as it does in what linkers make */
	segment_make(s, 8, PT_GNU_RELRO, PF_R, AT_DATA, AT_END - AT_DATA, 0x2000 - 0x1600,
		     1);
	segment_make(s, 9, PT_GNU_EH_FRAME, PF_R, AT_CODE, 8, 8, 4);
	segment_make(s, 10, PT_NULL, 0, 0, 0, 0, 0);
	segment_make(s, 11, PT_NULL, 0, 0, 0, 0, 0);
}

static inline void sample_dynamic(struct sample *s)
{
	bool wide = sample_wide(s);
	const uint64_t entries[][2] = {
		{DT_NEEDED, S_FIRST},
		{DT_NEEDED, S_SECOND},
		{DT_SONAME, S_SONAME},
		{DT_HASH, AT_HASH},
		{DT_STRTAB, AT_STRINGS},
		{DT_STRSZ, 0x100},
		{DT_SYMTAB, AT_SYMBOLS},
		{DT_SYMENT, wide ? 24 : 16},
		{DT_RELA, AT_RELA},
		{DT_RELASZ, wide ? 24 : 12},
		{DT_RELAENT, wide ? 24 : 12},
		{DT_INIT, AT_CODE},
		{DT_INIT_ARRAY, AT_DATA + DATA_MOVED},
		{DT_INIT_ARRAYSZ, wide ? 8 : 4},
		{DT_PLTGOT, AT_DATA + DATA_MOVED},
		{DT_FLAGS, DF_BIND_NOW},
		{DT_FLAGS_1, DF_1_NOW},
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		dynamic_add(s, entries[i][0], entries[i][1]);
}

/* A well-formed, hardened library: soname libsample.so.1, needs two. free(s.bytes). */
static inline struct sample sample_make(uint8_t elf_class, uint8_t order)
{
	struct sample s = {calloc(1, AT_END), AT_END};
	bool wide = elf_class == ELFCLASS64;

	memcpy(s.bytes, ELFMAG, SELFMAG);
	s.bytes[EI_CLASS] = elf_class;
	s.bytes[EI_DATA] = order;
	s.bytes[EI_VERSION] = EV_CURRENT;
	sample_put(&s, 16, 2, ET_DYN);
	sample_put(&s, 18, 2, wide ? EM_X86_64 : EM_386);
	sample_put(&s, 20, 4, EV_CURRENT);
	sample_put(&s, at_phoff(&s), sample_word(&s), AT_TABLE);
	sample_put(&s, at_ehsize(&s), 2, wide ? 64 : 52);
	sample_put(&s, at_ehsize(&s) + 2, 2, wide ? 56 : 32);
	sample_put(&s, at_ehsize(&s) + 4, 2, 12);
	sample_put(&s, at_ehsize(&s) + 6, 2, wide ? 64 : 40);
	sample_segments(&s);
	strcpy((char *)s.bytes + AT_STRINGS + S_SONAME, "libsample.so.1");
	strcpy((char *)s.bytes + AT_STRINGS + S_FIRST, "libfirst.so");
	strcpy((char *)s.bytes + AT_STRINGS + S_SECOND, "libsecond.so.2");
	strcpy((char *)s.bytes + AT_STRINGS + S_PATH, "/opt/lib");
	sample_put(&s, AT_NOTE, 4, 4);
	sample_put(&s, AT_NOTE + 4, 4, 8 + sample_word(&s));
	sample_put(&s, AT_NOTE + 8, 4, 5); /* NT_GNU_PROPERTY_TYPE_0 */
	memcpy(s.bytes + AT_NOTE + 12, "GNU", 4);
	sample_put(&s, AT_NOTE + 16, 4, 0xc0000002); /* x86 feature_1_and */
	sample_put(&s, AT_NOTE + 20, 4, 4);
	sample_put(&s, AT_NOTE + 24, 4, 3);
	sample_dynamic(&s);
	/* offset, R_X86_64_RELATIVE or R_386_RELATIVE, addend */
	sample_put(&s, AT_RELA, sample_word(&s), AT_DATA + DATA_MOVED);
	sample_put(&s, AT_RELA + sample_word(&s), sample_word(&s), 8);
	sample_put(&s, AT_RELA + 2 * sample_word(&s), sample_word(&s), AT_CODE);
	sample_put(&s, AT_HASH + 4, 4, 1); /* no bucket, one symbol */
	return s;
}

/* Takes the constructor and its relocation out, for tests that use their place. */
static inline void sample_calm(struct sample *s)
{
	dynamic_put(s, DT_RELASZ, 0);
	dynamic_put(s, DT_INIT_ARRAYSZ, 0);
}

/* A file below the build folder, "data/elf/plain.so". free(s.bytes). */
static inline struct sample sample_load(const char *name)
{
	struct sample s = {NULL, 0};
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", BUILD_DIR, name);
	file = fopen(path, "rb");
	if (!file || fseek(file, 0, SEEK_END) != 0)
		goto failed;
	s.size = (size_t)ftell(file);
	s.bytes = malloc(s.size + 1);
	rewind(file);
	if (!s.bytes || fread(s.bytes, 1, s.size, file) != s.size)
		goto failed;
	fclose(file);
	return s;
failed:
	fprintf(stderr, "%s: make testdata first\n", path);
	abort();
}

static inline struct sample sample_copy(const struct sample *s)
{
	struct sample copy = {malloc(s->size + 1), s->size};

	memcpy(copy.bytes, s->bytes, s->size);
	return copy;
}

/* A copy that has only the bytes that were asked for; poison stands in for the rest. */
struct sample_partial {
	const struct sample *sample;
	uint8_t *bytes;
};

static inline int sample_need(void *argument, uint64_t offset, uint64_t length,
			      struct modseal_error *error)
{
	struct sample_partial *partial = argument;

	if (!modseal_range_fits(partial->sample->size, offset, length))
		abort(); /* the reader asks for what the file has */
	memcpy(partial->bytes + offset, partial->sample->bytes + offset, (size_t)length);
	return 0;
}

/* The reader looks at nothing that it did not ask for: the answer is the same. */
static inline void sample_read_parts(const struct sample *s, enum modseal_kind kind,
				     enum modseal_elf_level level, int wanted,
				     const struct modseal_error *wanted_error)
{
	struct sample_partial partial = {s, malloc(s->size + 1)};
	struct modseal_elf_source source = {
		.need = sample_need,
		.argument = &partial,
		.content = modseal_span_of(partial.bytes, s->size)};
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};
	int r;

	memset(partial.bytes, 0xa5, s->size);
	r = modseal_elf_read_from(&source, kind, level, "sample", &elf, &error);
	if (r != wanted ||
	    (wanted_error && r && strcmp(error.message, wanted_error->message) != 0)) {
		fprintf(stderr, "by parts: %d %s\n", r, error.message);
		abort();
	}
	modseal_elf_clear(&elf);
	free(partial.bytes);
}

/*
 * modseal_elf_read of bytes that may only be read and behind which nothing is mapped, so
 * that a read past the end or a write crashes. Clears what was read if elf is NULL.
 */
static inline int sample_read(const struct sample *s, enum modseal_kind kind,
			      enum modseal_elf_level level, struct modseal_elf *elf,
			      struct modseal_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (s->size + page - 1) / page * page;
	uint8_t *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *place = map + (room - s->size);
	struct modseal_elf unwanted = {0};
	int r;

	if (map == MAP_FAILED)
		abort();
	memcpy(place, s->bytes, s->size);
	mprotect(map, room, PROT_READ);
	mprotect(map + room, page, PROT_NONE);
	r = modseal_elf_read(modseal_span_of(place, s->size), kind, level, "sample",
			     elf ? elf : &unwanted, error);
	modseal_elf_clear(&unwanted);
	munmap(map, room + page);
	sample_read_parts(s, kind, level, r, error);
	return r;
}

#endif
