/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/text.c: which bytes a policy may be made of. */
#include "internal/limits.h"
#include "policy/text.h"
#include "policy_text.h"

struct row {
	const char *bytes; /* put behind "x: " in line 2 */
	size_t size;
	const char *said;
};

#define ROW(bytes, said)                                                                 \
	{                                                                                \
		bytes, sizeof(bytes) - 1, said                                           \
	}

static const struct row forbidden[] = {
	ROW("\r", "carriage return"),
	ROW("\0", "NUL"),
	ROW("\x01", "control"),
	ROW("\x08", "control"),
	ROW("\x0b", "control"),
	ROW("\x0c", "control"),
	ROW("\x1b", "control"),
	ROW("\x1f", "control"),
	ROW("\x7f", "control"),
	ROW("\xc2\x80", "control"),
	ROW("\xc2\x85", "NEL"),
	ROW("\xc2\x9f", "control"),
	ROW("\xe2\x80\xa8", "U+2028"),
	ROW("\xe2\x80\xa9", "U+2028"),
	ROW("\xd8\x9c", "bidirectional"),
	ROW("\xe2\x80\x8e", "bidirectional"),
	ROW("\xe2\x80\x8f", "bidirectional"),
	ROW("\xe2\x80\xaa", "bidirectional"),
	ROW("\xe2\x80\xae", "bidirectional"),
	ROW("\xe2\x81\xa6", "bidirectional"),
	ROW("\xe2\x81\xa9", "bidirectional"),
	ROW("\xef\xbb\xbf", "byte-order mark"),
	ROW("\xef\xbf\xbe", "no character"),
	ROW("\xef\xbf\xbf", "no character"),
	ROW("\xef\xb7\x90", "no character"),
	ROW("\xf0\x9f\xbf\xbe", "no character"),
	/* not UTF-8: alone, overlong, surrogate, above U+10FFFF, cut */
	ROW("\x80", "not UTF-8"),
	ROW("\xbf", "not UTF-8"),
	ROW("\xaa\xbf", "not UTF-8"),
	ROW("\xc0\x8a", "not UTF-8"),
	ROW("\xc1\xbf", "not UTF-8"),
	ROW("\xe0\x9f\xbf", "not UTF-8"),
	ROW("\xf0\x8f\xbf\xbf", "not UTF-8"),
	ROW("\xed\xa0\x80", "not UTF-8"),
	ROW("\xed\xbf\xbf", "not UTF-8"),
	ROW("\xf4\x90\x80\x80", "not UTF-8"),
	ROW("\xf5\x80\x80\x80", "not UTF-8"),
	ROW("\xf8\x90\x80\x80\x80", "not UTF-8"),
	ROW("\xff", "not UTF-8"),
	ROW("\xc3z", "not UTF-8"),
	ROW("\xe2\x82z", "not UTF-8"),
	ROW("\xf0\x9f\x98z", "not UTF-8"),
};

Test(text, R87_forbidden_characters_are_refused_with_their_place)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		char text[128] = "modseal-policy: 1\nx-é: ";
		size_t used = strlen(text);

		memcpy(text + used, forbidden[i].bytes, forbidden[i].size);
		used += forbidden[i].size;
		text[used++] = '\n';
		/* a column is a character: é counts once */
		refused_span(modseal_span_of(text, used), 2, 6, forbidden[i].said,
			     forbidden[i].said);
	}
}

Test(text, R87_characters_cut_off_at_the_end_are_refused)
{
	refused("modseal-policy: 1\nx: \xc3", 2, 4, "not UTF-8");
	refused("modseal-policy: 1\nx: \xe2\x82", 2, 4, "not UTF-8");
	refused("modseal-policy: 1\nx: \xf0\x9f\x98", 2, 4, "not UTF-8");
}

Test(text, R87_a_character_that_the_size_cuts_is_refused)
{
	static const char *const rows[] = {"\xc3\xa9", "\xe2\x82\xac",
					   "\xf0\x9f\x98\x80"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_text_flaw flaw = {0};

		for (size_t size = 1; size < strlen(rows[i]); size++)
			cr_assert(modseal_text_flawed(modseal_span_of(rows[i], size),
						      &flaw),
				  "row %zu size %zu", i, size);
		cr_assert(not(modseal_text_flawed(span(rows[i]), &flaw)));
	}
}

Test(text, R87_utf16_and_byte_order_marks_are_refused_at_the_start)
{
	static const struct row rows[] = {
		ROW("\xff\xfem\0o\0d\0", "UTF-16"),
		ROW("\xfe\xff\0m\0o\0d", "UTF-16"),
		ROW("m\0o\0d\0", "UTF-16"),
		ROW("\0m\0o\0d", "UTF-16"),
		ROW("\xff\xfe\0\0m\0\0\0", "UTF-16"),
		ROW("\xef\xbb\xbfmodseal-policy: 1\n", "byte-order mark"),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused_span(modseal_span_of(rows[i].bytes, rows[i].size), 1, 1,
			     rows[i].said, rows[i].said);
}

Test(text, of_other_scripts_is_no_flaw)
{
	static const char *const fine[] = {
		"",
		"plain\ttext\n",
		"Grüße",
		"\xc2\xa0",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbd",
		"\xf0\x90\x80\x80",
		"\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbd",
		"\xe2\x80\x8d",
	};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct modseal_text_flaw flaw = {0};

		cr_assert(not(modseal_text_flawed(span(fine[i]), &flaw)), "row %zu: %s",
			  i, flaw.what);
	}
}

Test(text, must_begin_with_exactly_the_first_line)
{
	static const char *const rows[] = {
		"",
		"modseal-policy: 1",
		"modseal-policy: 1 \nname: a\n",
		"modseal-policy: 1 # format\n",
		"modseal-policy: 2\n",
		"modseal-policy: 11\n",
		"modseal-policy:  1\n",
		"modseal-policy : 1\n",
		" modseal-policy: 1\n",
		"\nmodseal-policy: 1\n",
		"# comment\nmodseal-policy: 1\n",
		"\"modseal-policy\": 1\n",
		"---\nmodseal-policy: 1\n",
		"{modseal-policy: 1}\n",
		"name: a\nmodseal-policy: 1\n",
		"Modseal-policy: 1\n",
		"modseal-catalog: 1\n",
		"\177ELF",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) - 1; i++)
		refused(rows[i], 1, 1, "first line to be exactly `modseal-policy: 1`");
	refused(rows[sizeof(rows) / sizeof(rows[0]) - 1], 1, 1, "control character");
}

Test(text, R81_of_more_than_4_MiB_is_refused)
{
	size_t size = MODSEAL_MAX_POLICY_SIZE + 1;
	char *text = malloc(size);
	struct modseal_policy *policy = NULL;
	struct modseal_error error = {0};

	memset(text, ' ', size);
	memcpy(text, SMALL "#", strlen(SMALL "#"));
	refused_span(modseal_span_of(text, size), 1, 1, "at most 4194304 bytes",
		     "cap + 1");
	cr_assert(eq(int,
		     modseal_policy_parse(modseal_span_of(text, size - 1), "p.yaml",
					  &policy, &error),
		     0),
		  "%s", error.message);
	modseal_policy_free(&policy);
	free(text);
}

Test(text, place_counts_lines_and_characters_from_one)
{
	struct modseal_span text = span("ab\n\xc3\xa9x\n");

	cr_assert(eq(u32, modseal_place_of(text, 0).line, 1));
	cr_assert(eq(u32, modseal_place_of(text, 0).column, 1));
	cr_assert(eq(u32, modseal_place_of(text, 2).column, 3));
	cr_assert(eq(u32, modseal_place_of(text, 3).line, 2));
	cr_assert(eq(u32, modseal_place_of(text, 3).column, 1));
	cr_assert(eq(u32, modseal_place_of(text, 5).column, 2));
	cr_assert(eq(u32, modseal_place_of(text, 99).line, 3), "behind the end: the end");
}
