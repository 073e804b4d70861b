/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy may be made of: plain UTF-8, judged before libyaml sees a byte of it. */
#include "policy/text.h"
#include "internal/limits.h"

#define SAVE_AS_UTF8                                                                     \
	"save the file as plain UTF-8 without a byte-order mark, and sign it again"
#define TAKE_IT_OUT "take the character out, and sign again"

/*
 * Decodes the character at the start of text, which is not empty. Returns its length in
 * bytes, or 0 where the bytes are not UTF-8: overlong forms, surrogates and everything
 * above U+10FFFF are not (RFC 3629, section 4).
 */
static size_t decode(struct modseal_span text, uint32_t *ret_point)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = text.data[0];
	size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t point = length == 1 ? first : first & (0x7fu >> length);

	if (length > text.size || (first & 0xc0) == 0x80 || first >= 0xf8)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text.data[i] & 0x3fu);
	}
	if (point < lowest[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return length;
}

static bool is_bidirectional_control(uint32_t point)
{
	return point == 0x61c || point == 0x200e || point == 0x200f ||
	       (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

static bool is_no_character(uint32_t point)
{
	return (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
}

/* What is wrong with a character that is not printable ASCII, tab or line feed; or NULL.
 */
static const char *judge(uint32_t point, const char **ret_remedy)
{
	*ret_remedy = TAKE_IT_OUT;
	if (point == '\r') {
		*ret_remedy = "end every line with a line feed alone, for example with "
			      "`sed -i 's/\\r$//' FILE`, and sign again";
		return "a carriage return";
	}
	if (point == 0)
		return "a NUL byte";
	if (point == 0x85)
		return "the line separator NEL (U+0085)";
	if (point < 0xa0)
		return "a control character";
	if (point == 0x2028 || point == 0x2029)
		return "a line or paragraph separator (U+2028, U+2029)";
	if (is_bidirectional_control(point))
		return "a bidirectional control, which makes the text look other than it "
		       "is";
	if (is_no_character(point))
		return "a code point that is no character";
	*ret_remedy = SAVE_AS_UTF8;
	return point == 0xfeff ? "a byte-order mark (U+FEFF)" : NULL;
}

bool modseal_text_flawed(struct modseal_span text, struct modseal_text_flaw *ret_flaw)
{
	size_t at = 0;

	while (at < text.size) {
		struct modseal_text_flaw flaw = {.offset = at};
		uint32_t point = 0;
		size_t length;

		/* nearly every byte of a policy */
		if ((text.data[at] >= 0x20 && text.data[at] < 0x7f) ||
		    text.data[at] == '\n' || text.data[at] == '\t') {
			at++;
			continue;
		}
		length = decode(modseal_span_of(text.data + at, text.size - at), &point);
		if (length == 0) {
			flaw.what = "bytes that are not UTF-8";
			flaw.remedy = SAVE_AS_UTF8;
		} else {
			flaw.what = judge(point, &flaw.remedy);
		}
		if (flaw.what) {
			*ret_flaw = flaw;
			return true;
		}
		at += length;
	}
	return false;
}

/* UTF-16 and UTF-32, with or without a mark, deserve their own words. */
static bool looks_like_utf16(struct modseal_span text)
{
	const uint8_t *data = text.data;

	if (text.size < 2)
		return false;
	if ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff))
		return true;
	return (data[0] == 0) != (data[1] == 0);
}

int modseal_text_check(const struct modseal_policy_source *source, const char *first_line)
{
	const struct modseal_place start = {.line = 1, .column = 1};
	struct modseal_text_flaw flaw;
	int result;

	if (source->text.size > MODSEAL_MAX_POLICY_SIZE) {
		result = modseal_policy_refuse(
			source, start, "expects at most %u bytes of text, this has %zu",
			MODSEAL_MAX_POLICY_SIZE, source->text.size);
		modseal_remedy(
			source->error,
			"split the policy between systems, or write fewer, wider rules");
		return result;
	}
	if (looks_like_utf16(source->text)) {
		result = modseal_policy_refuse(source, start,
					       "expects UTF-8, this looks like UTF-16");
		modseal_remedy(source->error, SAVE_AS_UTF8);
		return result;
	}
	if (modseal_text_flawed(source->text, &flaw)) {
		result = modseal_policy_refuse(
			source, modseal_place_of(source->text, flaw.offset),
			"expects plain text, this is %s", flaw.what);
		modseal_remedy(source->error, "%s", flaw.remedy);
		return result;
	}
	if (!modseal_span_starts(source->text, first_line)) {
		int length = (int)strcspn(first_line, "\n");

		result = modseal_policy_refuse(
			source, start, "expects the first line to be exactly `%.*s`",
			length, first_line);
		modseal_remedy(
			source->error,
			"make `%.*s` the first line, with nothing before, between or "
			"behind, and sign again",
			length, first_line);
		return result;
	}
	return 0;
}
