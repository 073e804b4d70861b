/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/excerpt.c: the line that is shown, and where the caret points. */
#include "policy/excerpt.h"
#include "policy_text.h"

static struct modseal_error taken_of(struct modseal_span text, uint32_t line,
				     uint32_t column)
{
	struct modseal_error error = {0};

	modseal_excerpt_take(text, (struct modseal_place){line, column}, &error);
	cr_assert(eq(u32, error.line, line));
	cr_assert(eq(u32, error.column, column));
	cr_assert(error.caret <= sizeof(error.excerpt));
	return error;
}

static struct modseal_error taken(const char *text, uint32_t line, uint32_t column)
{
	return taken_of(span(text), line, column);
}

Test(excerpt, shows_the_line_and_points_at_the_character)
{
	static const struct {
		const char *text;
		uint32_t line, column, caret;
		const char *excerpt;
	} rows[] = {
		{"a: b\nc: d\n", 1, 1, 1, "a: b"},
		{"a: b\nc: d\n", 2, 4, 4, "c: d"},
		{"a: b\nc: d", 2, 4, 4, "c: d"},
		/* behind the end, as what is missing is */
		{"a: b\nc:\n", 2, 3, 3, "c:"},
		/* the line is known, the column is not */
		{"a: b\nc: d\n", 2, 0, 0, "c: d"},
		/* no such line */
		{"a: b\n", 7, 1, 0, ""},
		{"a: b\n", 2, 1, 0, ""},
		{"", 1, 1, 0, ""},
		/* columns of the text are characters, those of the caret a terminal's */
		{"\xc3\xa4: b", 1, 4, 4, "\xc3\xa4: b"},
		{"\xe6\xbc\xa2: b", 1, 4, 5, "\xe6\xbc\xa2: b"},
		{"\ta: b", 1, 2, 9, "        a: b"},
		{"a:\tb", 1, 4, 9, "a:      b"},
		{"1234567\tb", 1, 9, 9, "1234567 b"},
		{"12345678\tb", 1, 10, 17, "12345678        b"},
		/* what a terminal would act upon */
		{"a\x1b[1m: b", 1, 7, 10, "a\\x1b[1m: b"},
		{"a\r: b", 1, 2, 2, "a\\x0d: b"},
		{"\xe2\x80\xae: b", 1, 2, 13, "\\xe2\\x80\\xae: b"},
		{"\xff\xfe: b", 1, 4, 10, "\\xff\\xfe: b"},
		{"a\xe2\x80", 1, 2, 2, "a\\xe2\\x80"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error =
			taken(rows[i].text, rows[i].line, rows[i].column);

		cr_assert(eq(str, error.excerpt, (char *)rows[i].excerpt), "row %zu", i);
		cr_assert(eq(u32, error.caret, rows[i].caret), "row %zu", i);
	}
}

Test(excerpt, a_NUL_byte_does_not_end_the_line)
{
	struct modseal_error error = taken_of(modseal_span_of("a\0b: c\n", 7), 1, 3);

	cr_assert(eq(str, error.excerpt, "a\\x00b: c"));
	cr_assert(eq(u32, error.caret, 6));
}

/* Wherever the place is in a long line, the caret stands below its character. */
Test(excerpt, a_long_line_is_cut_around_the_place)
{
	static char text[6001];

	for (size_t i = 0; i < 6000; i++)
		text[i] = (char)('a' + i % 26);
	for (uint32_t column = 1; column <= 6000; column++) {
		struct modseal_error error = taken(text, 1, column);

		cr_assert(strlen(error.excerpt) <= 78);
		cr_assert(eq(chr, error.excerpt[error.caret - 1], text[column - 1]),
			  "column %u: %s", column, error.excerpt);
	}
}

Test(excerpt, whatever_bytes_there_are_it_fits_and_is_quick)
{
	static const char *const pieces[] = {
		"\t",	"\xff",	    "\xf0\x9f\x98\x80", "\xe6\xbc\xa2",
		"\x1b", "\xc3\xa4", "\xcc\x81",		"\xe2\x80\xae"};
	enum { LENGTH = 4 << 20 };
	char *text = malloc(LENGTH + 8);

	cr_assert(text != NULL);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t length = strlen(pieces[i]), used = 0;
		double start = cpu_seconds();

		while (used + length <= LENGTH) {
			memcpy(text + used, pieces[i], length);
			used += length;
		}
		for (uint32_t column = 1; column < LENGTH; column = column * 7 + 1) {
			struct modseal_error error =
				taken_of(modseal_span_of(text, used), 1, column);
			char again[sizeof(error.excerpt)];

			modseal_escape(again, sizeof(again), error.excerpt);
			cr_assert(eq(str, error.excerpt, again), "piece %zu", i);
			cr_assert(memchr(error.excerpt, '\0', sizeof(error.excerpt)) !=
				  NULL);
		}
		/* eight places of a text of 4 MiB */
		cr_assert(lt(dbl, cpu_seconds() - start, 0.2 * time_factor()));
	}
	free(text);
}
