/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: the closed list, what is recorded, and that nothing unprintable gets out. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

#include "internal/error.h"

static const struct {
	int code;
	int exit;
	const char *name;
	const char *sentence;
	const char *remedy;
} codes[] = {
#define X(name, number, exit, sentence, remedy)                                          \
	{MODSEAL_E_##name, exit, #name, sentence, remedy},
	MODSEAL_ERROR_LIST(X)
#undef X
};
#define CODE_COUNT (sizeof(codes) / sizeof(codes[0]))

Test(error, every_code_has_name_exit_sentence_and_remedy_R104)
{
	for (size_t i = 0; i < CODE_COUNT; i++) {
		cr_assert(eq(str, (char *)modseal_code_name(codes[i].code),
			     (char *)codes[i].name));
		cr_assert(eq(int, modseal_code_exit(codes[i].code), codes[i].exit), "%s",
			  codes[i].name);
		cr_assert(eq(str, (char *)modseal_code_sentence(codes[i].code),
			     (char *)codes[i].sentence));
		cr_assert(codes[i].exit >= 1 && codes[i].exit <= 3, "%s", codes[i].name);
		cr_assert(codes[i].code < 0, "%s", codes[i].name);
		cr_assert(codes[i].sentence[0] && codes[i].remedy[0], "%s",
			  codes[i].name);
		for (size_t j = 0; j < i; j++)
			cr_assert(codes[i].code != codes[j].code, "%s and %s",
				  codes[i].name, codes[j].name);
	}
}

Test(error, where_the_system_refused_its_reason_chooses_the_remedy)
{
	static const struct {
		int code, errnum;
		const char *remedy;
	} rows[] = {
		{MODSEAL_E_SYSTEM, EACCES,
		 "give this user the right to it, or run this as a user who has it"},
		{MODSEAL_E_SYSTEM, EPERM,
		 "give this user the right to it, or run this as a user who has it"},
		{MODSEAL_E_SYSTEM, EISDIR, "name a file, not a directory"},
		{MODSEAL_E_SYSTEM, ENOENT, "check the name"},
		{MODSEAL_E_SYSTEM, EIO,
		 "look into the kernel's log (dmesg): the disk may be damaged"},
		{MODSEAL_E_SYSTEM, EXDEV, "see the system's reason in the message"},
		{MODSEAL_E_SYSTEM, 0, "see the system's reason in the message"},
		{MODSEAL_E_NOT_WRITABLE, EACCES,
		 "write to another place, or change its permissions"},
		{MODSEAL_E_NOT_WRITABLE, EROFS,
		 "write to another place, or have its file system mounted for writing"},
		{MODSEAL_E_NOT_WRITABLE, ENOSPC,
		 "make room on the file system, or write to another place"},
		{MODSEAL_E_NOT_WRITABLE, ENOTDIR,
		 "make its directory first, or write to another place"},
		/* what decides says itself what to do */
		{MODSEAL_E_PATH_UNSAFE, EACCES,
		 "let only allowed owners own and write the file and every directory "
		 "above it"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error;

		cr_assert(eq(int,
			     modseal_fail_errno(&error, rows[i].code, MODSEAL_STAGE_OPEN,
						rows[i].errnum, "x", "reason"),
			     rows[i].code),
			  "row %zu", i);
		cr_assert(eq(str, error.remedy, (char *)rows[i].remedy), "row %zu", i);
	}
}

Test(error, unknown_codes_and_stages_are_internal_refusals_R104)
{
	static const int unknown[] = {1, 42, -9, -99, -1000000, 2147483647};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		cr_assert(eq(str, (char *)modseal_code_name(unknown[i]), "INTERNAL"),
			  "row %zu", i);
		cr_assert(eq(int, modseal_code_exit(unknown[i]), 3), "row %zu", i);
	}
	cr_assert(eq(int, modseal_code_exit(MODSEAL_OK), 0));
	cr_assert(eq(str, (char *)modseal_stage_name(-1), "INTERNAL"));
	cr_assert(
		eq(str, (char *)modseal_stage_name(MODSEAL_STAGE_SIGN + 1), "INTERNAL"));
	cr_assert(
		eq(str, (char *)modseal_stage_name(MODSEAL_STAGE_EVIDENCE), "evidence"));
}

Test(error, text_is_escaped_R77)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{"plain", "plain"},
		{"a\nb\tc", "a\\x0ab\\x09c"},
		{"\x1b[31mred", "\\x1b[31mred"},
		{"\x7f", "\\x7f"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"\xc3", "\\xc3"},
		{"\xc0\xaf", "\\xc0\\xaf"},		      /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},	      /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* past U+10FFFF */
		{"\xc2\x85", "\\xc2\\x85"},		      /* NEL, a C1 control */
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},	      /* right-to-left override */
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},	      /* isolate */
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},	      /* line separator */
		{"\xc2\x9b"
		 "2J",
		 "\\xc2\\x9b2J"},		     /* CSI */
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"}, /* byte-order mark */
		{"\xef\xb7\x90", "\\xef\\xb7\\x90"}, /* a non-character */
		{"\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buffer[64];

		modseal_escape(buffer, sizeof(buffer), rows[i].text);
		cr_assert(eq(str, buffer, (char *)rows[i].wanted), "row %zu", i);
	}
}

Test(error, escaping_never_writes_past_the_end_or_half_a_sequence)
{
	char buffer[16];

	for (size_t size = 1; size < sizeof(buffer); size++) {
		memset(buffer, 'x', sizeof(buffer));
		modseal_escape(buffer, size, "a\n\xc3\xbc\x01z");
		cr_assert(strlen(buffer) < size, "size %zu", size);
		cr_assert(eq(chr, buffer[size], 'x'), "size %zu", size);
		cr_assert(strcmp(buffer, "a\\x0a\xc3") != 0, "size %zu", size);
		memset(buffer, 'x', sizeof(buffer));
		modseal_escape(buffer, size, "plain text without end");
		cr_assert(eq(sz, strlen(buffer), size - 1));
		cr_assert(eq(chr, buffer[size], 'x'), "size %zu", size);
	}
}

Test(error, a_failure_is_recorded_whole_and_replaces_the_one_before)
{
	struct modseal_error error;
	int result;

	modseal_error_clear(&error);
	errno = EBADF;
	result = modseal_fail(&error, MODSEAL_E_REVOKED, MODSEAL_STAGE_EVIDENCE, "/a\nb",
			      "x %d\n", 7);
	cr_assert(eq(int, result, MODSEAL_E_REVOKED));
	cr_assert(eq(int, errno, EBADF), "errno is kept");
	cr_assert(eq(int, error.code, MODSEAL_E_REVOKED));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	cr_assert(eq(str, error.object, "/a\\x0ab"));
	cr_assert(eq(str, error.message, "x 7\\x0a"));
	cr_assert(ne(str, error.remedy, ""));
	modseal_remedy(&error, "do %s", "this\x1b");
	cr_assert(eq(str, error.remedy, "do this\\x1b"));
	error.rule_line = 9;
	modseal_fail(&error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, NULL, NULL);
	cr_assert(eq(str, error.object, ""));
	cr_assert(eq(str, error.message, "no such file"));
	cr_assert(eq(u32, error.rule_line, 0));
}

Test(error, exhaustion_is_told_from_other_failures)
{
	static const struct {
		int number, wanted;
	} rows[] = {{ENOMEM, MODSEAL_E_RESOURCE},
		    {EMFILE, MODSEAL_E_RESOURCE},
		    {ENFILE, MODSEAL_E_RESOURCE},
		    {EIO, MODSEAL_E_SYSTEM}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error;
		int result =
			modseal_fail_errno(&error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
					   rows[i].number, "f", "it failed");

		cr_assert(eq(int, result, rows[i].wanted), "row %zu", i);
		cr_assert(eq(int, error.system_errno, rows[i].number), "row %zu", i);
		cr_assert(strstr(error.message, "it failed: ") != NULL, "row %zu", i);
	}
	cr_assert(eq(int, modseal_fail_memory(NULL, MODSEAL_STAGE_OPEN),
		     MODSEAL_E_RESOURCE));
}

Test(error, long_texts_are_cut_and_ended)
{
	static char huge[10000];
	struct modseal_error error;

	memset(huge, 'a', sizeof(huge) - 1);
	modseal_fail(&error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES, huge, "%s", huge);
	cr_assert(eq(sz, strlen(error.object), sizeof(error.object) - 1));
	cr_assert(eq(sz, strlen(error.message), sizeof(error.message) - 1));
	modseal_fail_errno(&error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES, EIO, huge, "%s",
			   huge);
	cr_assert(lt(sz, strlen(error.message), sizeof(error.message)));
}
