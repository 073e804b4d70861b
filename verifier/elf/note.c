/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the module note: {u16 format, u16 size, u32 critical flags}, then {u16 type, u16
 * length, value, 1 to 4 zero bytes} in rising order of type, all little-endian. */
#include "verifier/elf/note.h"

#include <stdio.h>
#include <stdlib.h>

#include "modseal-module.h"

#define HEADER_SIZE	 8u
#define HEAD_SIZE	 4u
#define MAX_KEY_LENGTH	 64u
#define MAX_VALUE_LENGTH 4095u
/* What a host asks for by name fits in; looking for keys twice stays cheap. */
#define MAX_METADATA 64u

/* Types without the bit that says critical. */
#define NUMBER(type) ((type) & ~MODSEAL_NOTE_CRITICAL)

struct reader {
	struct modseal_span content;
	const char *object;
	struct modseal_note *note;
	struct modseal_error *error;
};

/* One type-length-value. */
struct item {
	uint32_t type;
	struct modseal_span value; /* a zero byte follows it */
};

static int refuse(const struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct reader *reader, const char *format, ...)
{
	char text[256];
	va_list arguments;
	int r;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	r = modseal_fail(reader->error, MODSEAL_E_ELF_MALFORMED, MODSEAL_STAGE_IMAGE,
			 reader->object, "module note: %s", text);
	modseal_remedy(reader->error, "write the note with MODSEAL_MODULE of "
				      "modseal-module.h");
	return r;
}

static uint32_t read_16(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8;
}

static int check_header(const struct reader *reader)
{
	struct modseal_span content = reader->content;
	struct modseal_span flags;

	if (!modseal_span_part(content, 4, 4, &flags))
		return refuse(reader, "cut off inside its header");
	if (read_16(content.data) != MODSEAL_NOTE_FORMAT)
		return refuse(reader, "unknown format %u",
			      (unsigned)read_16(content.data));
	if (read_16(content.data + 2) != content.size)
		return refuse(reader, "it says that it has %u bytes, and has %zu",
			      (unsigned)read_16(content.data + 2), content.size);
	for (size_t i = 0; i < flags.size; i++)
		if (flags.data[i])
			return refuse(reader, "an unknown critical flag");
	return 0;
}

/* The item at *at, which moves behind it. */
static int next_item(const struct reader *reader, size_t *at, struct item *ret_item)
{
	struct modseal_span content = reader->content;
	uint32_t length;
	size_t end;

	if (!modseal_range_fits(content.size, *at, HEAD_SIZE))
		return refuse(reader, "bytes left over at its end");
	ret_item->type = read_16(content.data + *at);
	length = read_16(content.data + *at + 2);
	end = HEAD_SIZE + (length / 4u + 1) * 4u;
	if (!modseal_range_fits(content.size, *at, end))
		return refuse(reader, "a value reaches past its end");
	if (!modseal_span_part(content, *at + HEAD_SIZE, length, &ret_item->value))
		return refuse(reader, "a value reaches past its end");
	for (size_t i = HEAD_SIZE + length; i < end; i++)
		if (content.data[*at + i])
			return refuse(reader, "reserved bytes that are not zero");
	*at += end;
	return 0;
}

/* A zero byte follows every value, so a text that holds none ends where the value does.
 */
static bool is_plain(struct modseal_span text, size_t longest)
{
	char escaped[MAX_VALUE_LENGTH + 1];

	if (text.size > longest || memchr(text.data, '\0', text.size))
		return false;
	modseal_escape(escaped, sizeof(escaped), (const char *)text.data);
	return strlen(escaped) == text.size && memcmp(escaped, text.data, text.size) == 0;
}

static int copy(const struct reader *reader, struct modseal_span text, char **ret_text)
{
	*ret_text = strndup((const char *)text.data, text.size);
	return *ret_text ? 0 : modseal_fail_memory(reader->error, MODSEAL_STAGE_IMAGE);
}

/* The name stands for a file's, so it is one that a file can have. */
static int read_name(const struct reader *reader, struct modseal_span value)
{
	if (value.size == 0 || !is_plain(value, MODSEAL_MAX_NAME_LENGTH) ||
	    memchr(value.data, '/', value.size))
		return refuse(reader,
			      "the name is not plain text of 1 to %u bytes without '/'",
			      MODSEAL_MAX_NAME_LENGTH);
	return copy(reader, value, &reader->note->name);
}

static int read_version(const struct reader *reader, struct modseal_span value)
{
	uint64_t version = 0;

	if (value.size != sizeof(version))
		return refuse(reader, "the version has %zu bytes, not 8", value.size);
	for (size_t i = sizeof(version); i > 0; i--)
		version = version << 8 | value.data[i - 1];
	/* as serials: every reader of JSON holds it exactly, and a policy can name it */
	if (version > MODSEAL_MAX_SERIAL)
		return refuse(reader, "the version is above %llu", MODSEAL_MAX_SERIAL);
	reader->note->version = version;
	return 0;
}

static int read_abi(const struct reader *reader, struct modseal_span value)
{
	if (value.size == 0 || !is_plain(value, MODSEAL_MAX_NAME_LENGTH))
		return refuse(reader, "the abi is not plain text of 1 to %u bytes",
			      MODSEAL_MAX_NAME_LENGTH);
	return copy(reader, value, &reader->note->abi);
}

/* Keys become names in listings and JSON: [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
static bool is_key(struct modseal_span text)
{
	if (text.size == 0 || text.size > MAX_KEY_LENGTH)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z'))
			continue;
		if (i == 0 || (c != '.' && c != '_' && c != '-'))
			return false;
	}
	return true;
}

static int read_metadata(const struct reader *reader, struct modseal_span value)
{
	struct modseal_note *note = reader->note;
	const uint8_t *zero = memchr(value.data, '\0', value.size);
	struct modseal_metadata *pair;
	struct modseal_span key, text;
	int r;

	if (!zero)
		return refuse(reader, "metadata without a zero byte behind its key");
	key = modseal_span_of(value.data, (size_t)(zero - value.data));
	text = modseal_span_of(zero + 1, value.size - key.size - 1);
	if (!is_key(key))
		return refuse(reader,
			      "a key of metadata is not 1 to %u of "
			      "A-Z a-z 0-9 . _ -",
			      MAX_KEY_LENGTH);
	if (!is_plain(text, MAX_VALUE_LENGTH))
		return refuse(reader,
			      "metadata '%s' is not plain text of at most %u bytes",
			      (const char *)key.data, MAX_VALUE_LENGTH);
	for (size_t i = 0; i < note->metadata_count; i++)
		if (strcmp(note->metadata[i].key, (const char *)key.data) == 0)
			return refuse(reader, "metadata '%s' is there twice",
				      (const char *)key.data);
	if (note->metadata_count == MAX_METADATA)
		return refuse(reader, "more than %u pairs of metadata", MAX_METADATA);
	if (!note->metadata)
		note->metadata = calloc(MAX_METADATA, sizeof(*note->metadata));
	if (!note->metadata)
		return modseal_fail_memory(reader->error, MODSEAL_STAGE_IMAGE);
	pair = &note->metadata[note->metadata_count++];
	r = copy(reader, key, &pair->key);
	return r == 0 ? copy(reader, text, &pair->value) : r;
}

static const struct kind {
	uint32_t type;
	const char *what;
	bool required; /* exactly once; otherwise any number of times */
	int (*read)(const struct reader *reader, struct modseal_span value);
} kinds[] = {
	{MODSEAL_NOTE_NAME, "name", true, read_name},
	{MODSEAL_NOTE_VERSION, "version", true, read_version},
	{MODSEAL_NOTE_ABI, "abi", true, read_abi},
	{MODSEAL_NOTE_METADATA, "metadata", false, read_metadata},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *find_kind(uint32_t number)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (NUMBER(kinds[i].type) == number)
			return &kinds[i];
	return NULL;
}

/* One item, of a number not below the last: so one that is doubled stands beside itself.
 */
static int read_item(const struct reader *reader, const struct item *item, uint32_t last)
{
	uint32_t number = NUMBER(item->type);
	const struct kind *kind = find_kind(number);

	if (number < last)
		return refuse(reader, "its types do not rise");
	if (!kind && (item->type & MODSEAL_NOTE_CRITICAL))
		return refuse(reader, "unknown critical type 0x%04x",
			      (unsigned)item->type);
	if (!kind)
		return 0;
	if (kind->type != item->type)
		return refuse(reader, "the %s is marked wrongly as critical or not",
			      kind->what);
	if (kind->required && number == last)
		return refuse(reader, "the %s is there twice", kind->what);
	return kind->read(reader, item->value);
}

static int read_items(const struct reader *reader)
{
	bool seen[KIND_COUNT] = {false};
	size_t at = HEADER_SIZE;
	uint32_t last = 0;

	while (at < reader->content.size) {
		struct item item = {0};
		int r = next_item(reader, &at, &item);

		if (r == 0)
			r = read_item(reader, &item, last);
		if (r != 0)
			return r;
		last = NUMBER(item.type);
		for (size_t i = 0; i < KIND_COUNT; i++)
			seen[i] = seen[i] || kinds[i].type == item.type;
	}
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (kinds[i].required && !seen[i])
			return refuse(reader, "it has no %s", kinds[i].what);
	return 0;
}

int modseal_note_parse(struct modseal_span content, const char *object,
		       struct modseal_note *ret_note, struct modseal_error *error)
{
	struct modseal_note note = {0};
	const struct reader reader = {
		.content = content, .object = object, .note = &note, .error = error};
	int r = check_header(&reader);

	if (r == 0)
		r = read_items(&reader);
	if (r != 0) {
		modseal_note_clear(&note);
		return r;
	}
	*ret_note = note;
	return 0;
}

void modseal_note_clear(struct modseal_note *note)
{
	for (size_t i = 0; i < note->metadata_count; i++) {
		free(note->metadata[i].key);
		free(note->metadata[i].value);
	}
	free(note->metadata);
	free(note->abi);
	free(note->name);
	*note = (struct modseal_note){0};
}
