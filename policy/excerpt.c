/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a text in which something is wrong, as it can be printed below a message.
 */
#include <stdio.h>
#include <string.h>

#include "policy/excerpt.h"

/* Columns that are shown, and how many of them before the place in a long line. */
#define SHOWN_COLUMNS 72u
#define SHOWN_BEFORE  36u
/* Bytes before and behind the place: more than the widest columns shown can need. */
#define LOOKED_AT   1024u
#define TAB_COLUMNS 8u
#define CUT	    "..."

/* One character of a line, or one byte that cannot be shown as it is. */
struct cell {
	char text[12];
	size_t bytes; /* of the line */
	size_t columns;
};

/* Scripts whose characters take two columns of a terminal (Unicode's East Asian Width W,
 * by block). */
static bool is_wide(const uint8_t *utf8, size_t length)
{
	uint32_t point;

	if (length < 3)
		return false;
	point = utf8[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++)
		point = point << 6 | (utf8[i] & 0x3fu);
	return (point >= 0x1100 && point <= 0x115f) ||
	       (point >= 0x2e80 && point <= 0xa4cf) ||
	       (point >= 0xac00 && point <= 0xd7a3) ||
	       (point >= 0xf900 && point <= 0xfaff) ||
	       (point >= 0xfe30 && point <= 0xfe6f) ||
	       (point >= 0xff00 && point <= 0xff60) ||
	       (point >= 0x1f300 && point <= 0x1faff) || point >= 0x20000;
}

/* The cell at the start of rest, which is not empty; column: where it begins, from 0. */
static struct cell cell_of(struct modseal_span rest, size_t column)
{
	uint8_t first = rest.data[0];
	size_t length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	struct cell cell = {.bytes = 1};
	char raw[5] = "";

	if (first == '\t') {
		cell.columns = TAB_COLUMNS - column % TAB_COLUMNS;
		memset(cell.text, ' ', cell.columns);
		return cell;
	}
	if (first >= 0x20 && first < 0x7f) {
		cell.text[0] = (char)first;
		cell.columns = 1;
		return cell;
	}
	if (length <= rest.size) {
		memcpy(raw, rest.data, length);
		modseal_escape(cell.text, sizeof(cell.text), raw);
	}
	if (cell.text[0] && strcmp(cell.text, raw) == 0) {
		cell.bytes = length;
		cell.columns = is_wide(rest.data, length) ? 2 : 1;
		return cell;
	}
	snprintf(cell.text, sizeof(cell.text), "\\x%02x", first);
	cell.columns = 4;
	return cell;
}

static struct modseal_span line_of(struct modseal_span text, uint32_t line)
{
	struct modseal_span rest = text;

	for (;;) {
		const uint8_t *end =
			rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
		size_t length = end ? (size_t)(end - rest.data) : rest.size;

		if (line <= 1 || !end)
			return modseal_span_of(rest.data, line <= 1 ? length : 0);
		rest = modseal_span_of(end + 1, rest.size - length - 1);
		line--;
	}
}

/* The byte of a line at which the character of a column (from 1) begins, or its end. */
static size_t byte_of(struct modseal_span line, uint32_t column)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < line.size; i++)
		if ((line.data[i] & 0xc0) != 0x80 && ++seen == column)
			return i;
	return line.size;
}

/* What is looked at of a line: all but what is far away from the place. */
static struct modseal_span part_around(struct modseal_span line, size_t byte,
				       size_t *ret_start)
{
	size_t start = byte > LOOKED_AT ? byte - LOOKED_AT : 0;
	size_t end = line.size - byte > LOOKED_AT ? byte + LOOKED_AT : line.size;

	while (start > 0 && start < byte && (line.data[start] & 0xc0) == 0x80)
		start++;
	*ret_start = start;
	return modseal_span_of(line.data + start, end - start);
}

/* The columns of a terminal that a line takes up to a byte. */
static size_t columns_before(struct modseal_span line, size_t byte)
{
	size_t columns = 0, at = 0;

	while (at < byte) {
		struct cell cell =
			cell_of(modseal_span_of(line.data + at, line.size - at), columns);

		columns += cell.columns;
		at += cell.bytes;
	}
	return columns;
}

/* Writes the cells of a line that lie in the columns shown; from: the first of them. */
static void show(struct modseal_span line, size_t from, char *buffer, size_t size)
{
	size_t used = 0, column = 0, at = 0;

	if (from > 0)
		used = (size_t)snprintf(buffer, size, CUT);
	while (at < line.size) {
		struct cell cell =
			cell_of(modseal_span_of(line.data + at, line.size - at), column);
		size_t length = strlen(cell.text);

		if (column >= from) {
			if (column + cell.columns > from + SHOWN_COLUMNS ||
			    used + length + sizeof(CUT) > size)
				break;
			memcpy(buffer + used, cell.text, length);
			used += length;
		}
		column += cell.columns;
		at += cell.bytes;
	}
	snprintf(buffer + used, size - used, at < line.size ? CUT : "");
}

/* The first cell boundary at or behind a column. */
static size_t boundary_at(struct modseal_span line, size_t wanted)
{
	size_t column = 0, at = 0;

	while (at < line.size && column < wanted) {
		struct cell cell =
			cell_of(modseal_span_of(line.data + at, line.size - at), column);

		column += cell.columns;
		at += cell.bytes;
	}
	return column;
}

void modseal_excerpt_take(struct modseal_span text, struct modseal_place place,
			  struct modseal_error *error)
{
	struct modseal_span line;
	size_t byte, before, start, from = 0;

	if (!error)
		return;
	line = line_of(text, place.line);
	byte = place.column ? byte_of(line, place.column) : 0;
	line = part_around(line, byte, &start);
	before = columns_before(line, byte - start);
	if (start > 0 || before >= SHOWN_COLUMNS)
		from = boundary_at(line, before - SHOWN_BEFORE);
	show(line, from, error->excerpt, sizeof(error->excerpt));
	error->line = place.line;
	error->column = place.column;
	error->caret = 0;
	if (error->excerpt[0] && place.column)
		error->caret =
			(uint32_t)(before - from + 1 + (from > 0 ? sizeof(CUT) - 1 : 0));
}
