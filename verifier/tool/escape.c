/* SPDX-License-Identifier: Apache-2.0 */
/* Makes names that others chose safe to print: no control byte reaches a terminal or log.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "verifier/tool/output.h"

/* What a terminal or an editor acts upon instead of showing it (Unicode: C1 controls,
 * line and paragraph separators, bidirectional controls), and what is no character or not
 * to be seen: a policy cannot hold any of them. */
static bool is_hidden(uint32_t point)
{
	return point < 0xa0 || point == 0x061c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff ||
	       (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
}

/* Bytes of the character at text if it may be shown as it is (UTF-8 by RFC 3629), else 0.
 */
static size_t shown_length(const unsigned char *text)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point;
	size_t length;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	point = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0; /* also at the end: NUL is none of these */
		point = point << 6 | (text[i] & 0x3fu);
	}
	if (point < lowest[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point < 0xe000))
		return 0;
	return is_hidden(point) ? 0 : length;
}

void output_escape(char *buffer, size_t size, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t used = 0;

	if (size == 0)
		return;
	while (*at) {
		size_t length = shown_length(at);
		size_t wanted = length ? length : 4;

		if (used + wanted >= size)
			break;
		if (length)
			memcpy(buffer + used, at, length);
		else
			snprintf(buffer + used, 5, "\\x%02x", *at);
		used += wanted;
		at += length ? length : 1;
	}
	buffer[used] = '\0';
}
