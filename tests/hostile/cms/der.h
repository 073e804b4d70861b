/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes DER, and what only looks like it, from text. Nothing here belongs to modseal or
 * to a library: what is forged must not depend on what is tested.
 *
 * A template is a row of:
 *	30			a byte; `ff*20`: twenty of them
 *	30( ... )		a tag, the shortest length, and the value between
 *	31< ... >		the same, with its elements in the order of a DER SET OF
 *	30L( ... )		a length one byte longer than it need be
 *	30I( ... )		the indefinite length, with its end
 *	30B( ... )		a length one byte more than the value has
 *	30( ... )*9		nine of them
 *	'text'			the bytes of a text
 *	@1.2.840		a whole OBJECT IDENTIFIER
 *	$name, $name:argument	what the name stands for; `$name*9`: nine of them
 */
#ifndef MODSEAL_HOSTILE_DER_H
#define MODSEAL_HOSTILE_DER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noreturn, format(printf, 1, 2))) static inline void die(const char *format,
								       ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

/* ---- bytes, all in one pool -------------------------------------------------------- */

struct bytes {
	uint8_t *data;
	size_t size;
};

#define POOL_SIZE (64u << 20)
static uint8_t *pool;
static size_t pool_used;

static inline struct bytes bytes_new(size_t size)
{
	struct bytes bytes = {.size = size};

	if (!pool)
		pool = malloc(POOL_SIZE);
	if (!pool || size > POOL_SIZE - pool_used)
		die("the pool is too small");
	bytes.data = pool + pool_used;
	pool_used += size;
	return bytes;
}

static inline struct bytes bytes_of(const void *data, size_t size)
{
	struct bytes bytes = bytes_new(size);

	if (size)
		memcpy(bytes.data, data, size);
	return bytes;
}

static inline struct bytes join(struct bytes a, struct bytes b)
{
	struct bytes both;

	if (a.data && a.data + a.size == pool + pool_used && b.size == 0)
		return a;
	both = bytes_new(a.size + b.size);
	if (a.size)
		memcpy(both.data, a.data, a.size);
	if (b.size)
		memcpy(both.data + a.size, b.data, b.size);
	return both;
}

/* ---- tags and lengths -------------------------------------------------------------- */

static inline struct bytes length_of(size_t size, bool longer)
{
	uint8_t bytes[6];
	size_t count = 0;

	if (size < 0x80 && !longer)
		return bytes_of((uint8_t[]){(uint8_t)size}, 1);
	for (size_t rest = size; rest || count == 0; rest >>= 8)
		count++;
	count += longer && size >= 0x80;
	bytes[0] = (uint8_t)(0x80 | count);
	for (size_t i = 0; i < count; i++)
		bytes[1 + i] = (uint8_t)(size >> 8 * (count - 1 - i));
	return bytes_of(bytes, 1 + count);
}

/* How: 0 as DER wants it; or L, I, B as above. */
static inline struct bytes wrap(uint8_t tag, struct bytes value, char how)
{
	struct bytes start = bytes_of(&tag, 1);

	if (how == 'I')
		return join(join(join(start, bytes_of("\x80", 1)), value),
			    bytes_of("\0\0", 2));
	return join(join(start, length_of(value.size + (how == 'B'), how == 'L')), value);
}

/* The size of the element at the start, or 0 where there is none. */
static inline size_t element_size(struct bytes bytes, size_t *ret_header)
{
	size_t header = 2, size;

	if (bytes.size < 2)
		return 0;
	size = bytes.data[1];
	if (size > 0x80) {
		header += size & 0x7f;
		size = 0;
		for (size_t i = 2; i < header && i < bytes.size; i++)
			size = size << 8 | bytes.data[i];
	}
	if (header + size > bytes.size)
		return 0;
	if (ret_header)
		*ret_header = header;
	return header + size;
}

static inline int compare(const void *first, const void *second)
{
	const struct bytes *a = first, *b = second;
	size_t size = a->size < b->size ? a->size : b->size;
	int order = memcmp(a->data, b->data, size);

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

#define MOST_ELEMENTS 2000
static inline struct bytes sorted(struct bytes value)
{
	static struct bytes items[MOST_ELEMENTS];
	struct bytes result = {.size = 0};
	size_t count = 0, size;

	for (; (size = element_size(value, NULL)) > 0 && count < MOST_ELEMENTS; count++) {
		items[count] = (struct bytes){value.data, size};
		value.data += size;
		value.size -= size;
	}
	qsort(items, count, sizeof(items[0]), compare);
	result = bytes_new(0);
	for (size_t i = 0; i < count; i++)
		bytes_of(items[i].data, items[i].size); /* one behind the other */
	result.size = (size_t)(pool + pool_used - result.data);
	return result;
}

static inline struct bytes object_identifier(const char *text, const char **ret_end)
{
	uint8_t bytes[64];
	size_t count = 0;
	unsigned long first = 0;

	for (int part = 0;; part++) {
		char *end;
		unsigned long value = strtoul(text, &end, 10);
		int shift = 28;

		text = end;
		if (part == 0) {
			first = value;
		} else {
			if (part == 1)
				value += first * 40;
			for (; shift > 0 && !(value >> shift); shift -= 7)
				;
			for (; shift >= 0; shift -= 7)
				bytes[count++] = (uint8_t)((value >> shift & 0x7f) |
							   (shift ? 0x80 : 0));
		}
		if (*text != '.')
			break;
		text++;
	}
	*ret_end = text;
	return wrap(0x06, bytes_of(bytes, count), 0);
}

/* ---- templates --------------------------------------------------------------------- */

struct scope;
/* What a name stands for; argument is "" where there is none. */
static struct bytes piece(const struct scope *scope, const char *name,
			  const char *argument);

/* The bracket that closes the one before text. */
static inline const char *closing(const char *text, char open, char close)
{
	int depth = 1;

	for (; *text; text++) {
		if (*text == '\'') {
			text = strchr(text + 1, '\'');
			if (!text)
				break;
		} else if (*text == open) {
			depth++;
		} else if (*text == close && --depth == 0) {
			return text;
		}
	}
	die("a bracket is not closed");
}

static inline int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct bytes expand(const struct scope *scope, const char *text, size_t length);

static inline struct bytes repeat(struct bytes once, const char **at)
{
	struct bytes all = once;
	unsigned long count;
	char *end;

	if (**at != '*')
		return once;
	count = strtoul(*at + 1, &end, 10);
	*at = end;
	all = bytes_new(once.size * count);
	for (unsigned long i = 0; i < count && once.size; i++)
		memcpy(all.data + i * once.size, once.data, once.size);
	return all;
}

/* A byte, alone or as the tag of what stands in brackets behind it. */
static inline struct bytes expand_byte(const struct scope *scope, const char **at)
{
	uint8_t byte = (uint8_t)(digit((*at)[0]) << 4 | digit((*at)[1]));
	const char *text = *at + 2, *end;
	struct bytes value;
	char how = 0;

	if ((*text == 'L' || *text == 'I' || *text == 'B') && text[1] == '(')
		how = *text++;
	if (*text == '(' || *text == '<') {
		end = closing(text + 1, *text, *text == '(' ? ')' : '>');
		value = expand(scope, text + 1, (size_t)(end - text - 1));
		*at = end + 1;
		return repeat(wrap(byte, *text == '<' ? sorted(value) : value, how), at);
	}
	*at = text;
	return repeat(bytes_of(&byte, 1), at);
}

static inline struct bytes expand_name(const struct scope *scope, const char **at)
{
	char name[32] = "", argument[64] = "";
	const char *text = *at + 1;
	size_t used = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	if (used == 0 || used >= sizeof(name))
		die("no name at '%.20s'", text);
	memcpy(name, text, used);
	text += used;
	if (*text == ':') {
		used = strcspn(++text, " )>*'$;");
		if (used >= sizeof(argument))
			die("a long argument at '%.20s'", text);
		memcpy(argument, text, used);
		text += used;
	}
	*at = text;
	return repeat(piece(scope, name, argument), at);
}

static struct bytes expand(const struct scope *scope, const char *text, size_t length)
{
	const char *end = text + length;
	struct bytes all = {.data = NULL};

	while (text < end) {
		const char *start = text;

		if (*text == ' ' || *text == '\t' || *text == '\n') {
			text++;
			continue;
		}
		if (*text == '\'') {
			text = strchr(text + 1, '\'');
			if (!text || text >= end)
				die("a text is not closed: %s", start);
			all = join(all, bytes_of(start + 1, (size_t)(text - start - 1)));
			text++;
		} else if (*text == '@') {
			all = join(all, object_identifier(text + 1, &text));
		} else if (*text == '$') {
			all = join(all, expand_name(scope, &text));
		} else if (digit(text[0]) >= 0 && digit(text[1]) >= 0) {
			all = join(all, expand_byte(scope, &text));
		} else {
			die("no template: '%.*s'", (int)(end - text), text);
		}
	}
	return all;
}

/* The template that a name has in "name=template; name=template", or NULL. */
static inline const char *find_definition(const char *definitions, const char *name,
					  size_t *ret_length)
{
	const char *at = definitions;
	size_t size = strlen(name);

	while (at && *at) {
		const char *end = at;

		while (*end && *end != ';') {
			if (*end == '\'')
				end = strchr(end + 1, '\'');
			end++;
		}
		at += strspn(at, " \t\n");
		if (strncmp(at, name, size) == 0 && at[size] == '=') {
			*ret_length = (size_t)(end - at) - size - 1;
			return at + size + 1;
		}
		at = *end ? end + 1 : end;
	}
	return NULL;
}

#endif
