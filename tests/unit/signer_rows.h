/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tests about signers: who is asked for, what is forged, who is counted. */
#ifndef MODSEAL_TEST_SIGNER_ROWS_H
#define MODSEAL_TEST_SIGNER_ROWS_H

#include "tests/unit/judging.h"

#define NOT_ALLOWED MODSEAL_E_SIGNER_NOT_ALLOWED
#define PURPOSE(x)  (1u << MODSEAL_PURPOSE_##x)

struct row {
	const char *name;
	struct asked asked;
	struct forge forge;
	int wanted;
	const char *met; /* one digit for each signer asked for */
	uint32_t unknown;
	uint32_t revoked;
};

static void judge_row(const struct row *row)
{
	struct der content = elf_content();
	int code = judge(&row->asked, forge_cms(&row->forge, content), content);

	expect(row->wanted, code, "%s: %s: %s", row->name, modseal_code_name(error.code),
	       error.message);
	if (code < 0)
		return;
	for (size_t i = 0; row->met[i]; i++)
		cr_assert(eq(int, result.met[i], row->met[i] == '1'), "%s: signer %zu",
			  row->name, i);
	cr_assert(eq(u32, result.unknown, row->unknown), "%s", row->name);
	cr_assert(eq(u32, result.revoked, row->revoked), "%s", row->name);
}

static inline void judge_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		judge_row(&rows[i]);
}
#define JUDGE_ROWS(rows) judge_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
