/* SPDX-License-Identifier: Apache-2.0 */
/* Module notes for tests, written down item by item. */
#ifndef TESTS_UNIT_NOTE_BYTES_H
#define TESTS_UNIT_NOTE_BYTES_H

#include <stdint.h>
#include <string.h>

#include "modseal-module.h"

struct note_bytes {
	uint8_t bytes[1 << 17];
	size_t size;
};

static inline void note_put_16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

/* The size in the header follows the items. */
static inline void note_close(struct note_bytes *note)
{
	note_put_16(note->bytes + 2, note->size);
}

static inline void note_begin(struct note_bytes *note)
{
	memset(note, 0, sizeof(*note));
	note->size = 8;
	note_put_16(note->bytes, MODSEAL_NOTE_FORMAT);
	note_close(note);
}

static inline void note_item(struct note_bytes *note, unsigned type, const void *value,
			     size_t length)
{
	note_put_16(note->bytes + note->size, type);
	note_put_16(note->bytes + note->size + 2, length);
	memcpy(note->bytes + note->size + 4, value, length);
	note->size += 4 + (length / 4 + 1) * 4;
	note_close(note);
}

static inline void note_text(struct note_bytes *note, unsigned type, const char *text)
{
	note_item(note, type, text, strlen(text));
}

static inline void note_version(struct note_bytes *note, uint64_t version)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(version >> 8 * i);
	note_item(note, MODSEAL_NOTE_VERSION, bytes, 8);
}

static inline void note_pair(struct note_bytes *note, const char *key, const char *value)
{
	char both[8192];
	size_t length = strlen(key) + 1;

	memcpy(both, key, length);
	memcpy(both + length, value, strlen(value));
	note_item(note, MODSEAL_NOTE_METADATA, both, length + strlen(value));
}

/* name, version and abi of every note that is well-formed */
static inline void note_required(struct note_bytes *note)
{
	note_begin(note);
	note_text(note, MODSEAL_NOTE_NAME, "reverb");
	note_version(note, 7);
	note_text(note, MODSEAL_NOTE_ABI, "acme-plugin-3");
}

#endif
