/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/state.c: the rollback state as text, and its floors (R33). */
#include "state_text.h"

#define FULL                                                                             \
	HEAD "policy: production 42 " KEY_A "\n"                                         \
	     "policy: staging 9007199254740991 " KEY_B "\n"                              \
	     "catalog: production debian-base 7\n"

#define SUBJECT(name, ...)                                                               \
	(&(struct modseal_state_subject){.policy = (name), ##__VA_ARGS__})

static int raise(struct modseal_state *state, const char *policy, const char *catalog,
		 uint64_t to)
{
	return modseal_state_raise(state, SUBJECT(policy, .catalog = catalog), to,
				   catalog    ? NULL
				   : to == 42 ? key_a
					      : key_b,
				   &error);
}

Test(state, is_read_with_the_floors_it_names, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = accepted(FULL);

	cr_assert(eq(i64, modseal_state_time(state), 1795392000));
	cr_assert(eq(u64, modseal_state_serial(state, SUBJECT("production")), 42));
	cr_assert(eq(u64,
		     modseal_state_serial(
			     state, SUBJECT("production", .catalog = "debian-base")),
		     7));
	cr_assert(eq(u64, modseal_state_serial(state, SUBJECT("staging")),
		     9007199254740991));
	cr_assert(
		zero(u64, modseal_state_serial(
				  state, SUBJECT("staging", .catalog = "debian-base"))));
	cr_assert(zero(u64, modseal_state_serial(state, SUBJECT("other"))));
	cr_assert(memcmp(modseal_state_text(state, "production"), key_a, 32) == 0);
	cr_assert(memcmp(modseal_state_text(state, "staging"), key_b, 32) == 0);
	cr_assert(modseal_state_text(state, "other") == NULL);
	modseal_state_free(&state);
	cr_assert(state == NULL);
	modseal_state_free(&state);
}

Test(state, without_floors_is_read, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = accepted(HEAD);

	cr_assert(zero(u64, modseal_state_serial(state, SUBJECT("production"))));
	modseal_state_free(&state);
}

Test(state, r33_of_another_form_is_refused, .init = set_up, .fini = tear_down)
{
	static const struct {
		const char *lines, *said;
	} rows[] = {
		{"modseal-state: 2\ntime-floor: 2026-11-23T00:00:00Z\n", "line 1"},
		{"modseal-state: 1\r\ntime-floor: 2026-11-23T00:00:00Z\n", "line 1"},
		{"modseal-policy: 1\n", "line 1"},
		{"\n" HEAD, "line 1"},
		{"modseal-state: 1\n", "line 2"},
		{"modseal-state: 1\ntime-floor: \n", "line 2"},
		{"modseal-state: 1\ntime-floor: 0\n", "line 2"},
		{"modseal-state: 1\ntime-floor: 2026-11-23T00:00:00Z \n", "line 2"},
		{"modseal-state: 1\ntime-floor:  2026-11-23T00:00:00Z\n", "line 2"},
		{"modseal-state: 1\npolicy: a 1 " KEY_A "\n", "line 2"},
		{HEAD "\n", "line 3: it is no line"},
		{HEAD "# a comment\n", "line 3: it is no line"},
		{HEAD "time-floor: 2026-11-23T00:00:00Z\n", "line 3: it is no line"},
		{HEAD "policy: a\n", "line 3: it is no line"},
		{HEAD "policy: a \n", "line 3: it is no line"},
		{HEAD "policy: a 1\n", "line 3: it is no line"},
		{HEAD "policy: a 1 \n", "line 3: it is no line"},
		{HEAD "policy: a 1 " KEY_A " \n", "line 3: it is no line"},
		{HEAD "policy: a 1 " KEY_A " 2\n", "line 3: it is no line"},
		{HEAD "policy: a b 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy:  a 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a  1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a 01 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a -1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a 1x " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a 9007199254740992 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a 18446744073709551616 " KEY_A "\n",
		 "line 3: it is no line"},
		{HEAD "policy: .a 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a/b 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a 1 aa\n", "line 3: it is no line"},
		{HEAD "policy: a 1 aa" KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy: a 1 A" KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy a 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "policy\n", "line 3: it is no line"},
		{HEAD "policys: a 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "catalog: a 1\n", "line 3: it is no line"},
		{HEAD "catalog: a b c 1\n", "line 3: it is no line"},
		{HEAD "Policy: a 1 " KEY_A "\n", "line 3: it is no line"},
		{HEAD "revoked-key: " KEY_A "\n", "line 3: it is no line"},
		{HEAD "revoked-key: a\n", "line 3: it is no line"},
		{HEAD "signer-key: a aa\n", "line 3: it is no line"},
		{HEAD "next-signer: a 1 \n", "line 3: it is no line"},
		{HEAD "next-signer: a 1 0\n", "line 3: it is no line"},
		{HEAD "next-signer: a 1 AA\n", "line 3: it is no line"},
		{HEAD "next-signer: a 1 00 00\n", "line 3: it is no line"},
		{HEAD "next-signer: a 1\n", "line 3: it is no line"},
		/* signers that nobody could count, or that are not whole */
		{HEAD "next-signer: a 1 00\n", "line 3: the signers"},
		{HEAD "policy: a 1 " KEY_A "\nnext-signer: a 1 00\n", "line 4"},
		{HEAD "policy: a 1 " KEY_A "\npresent-signer: a 1 00\n", "line 4"},
		{HEAD "policy: b 1 " KEY_A
		      "\npresent-signer: a 1 00\nnext-signer: a 1 00\n",
		 "line 4"},
		{HEAD "policy: a 1 " KEY_A
		      "\npresent-signer: a 1 00\nnext-signer: a 2 00\n",
		 "line 5"},
		{HEAD "policy: a 1 " KEY_A
		      "\npresent-signer: a 0 00\nnext-signer: a 1 00\n",
		 "line 4"},
		{HEAD "policy: a 1 " KEY_A "\npresent-signer: a 1 00\n"
		      "next-signer: a 1 00\nnext-signer: a 2 01\n",
		 "line 5"},
		{HEAD "policy: a 1 " KEY_A "\npresent-signer: a 1 00\n"
		      "next-signer: a 1 00\nnext-signer: a 1 00\n",
		 "line 6"},
		/* no floor twice, and none out of its place */
		{HEAD "policy: a 2 " KEY_A "\npolicy: a 1 " KEY_A "\n", "line 4"},
		{HEAD "policy: a 2 " KEY_A "\npolicy: a 3 " KEY_B "\n", "line 4"},
		{HEAD "policy: b 2 " KEY_A "\npolicy: a 1 " KEY_A "\n", "line 4"},
		{HEAD "catalog: a b 2\npolicy: a 1 " KEY_A "\n", "line 4"},
		{HEAD "catalog: a b 2\ncatalog: a b 2\n", "line 4"},
		{HEAD "catalog: b a 2\ncatalog: a b 2\n", "line 4"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(rows[i].lines, rows[i].said);
}

Test(state, r33_signers_are_as_many_as_can_be_used, .init = set_up, .fini = tear_down)
{
	char lines[2048];
	size_t used;

	used = (size_t)snprintf(lines, sizeof(lines), "%s",
				HEAD "policy: a 1 " KEY_A "\npresent-signer: a 1 00\n");
	for (unsigned i = 0; i <= MODSEAL_MAX_POLICY_SIGNERS; i++) {
		struct modseal_state *state = NULL;

		used += (size_t)snprintf(lines + used, sizeof(lines) - used,
					 "next-signer: a 1 %02x\n", i);
		if (i + 1 < MODSEAL_MAX_POLICY_SIGNERS)
			continue;
		if (i < MODSEAL_MAX_POLICY_SIGNERS)
			state = accepted(lines);
		else
			refused(lines, "line 5: the signers of this policy are not");
		modseal_state_free(&state);
	}
}

/* A certificate no larger than one that can be read. */
Test(state, r33_certificates_have_a_limit, .init = set_up, .fini = tear_down)
{
	size_t limit = MODSEAL_MAX_CERTIFICATE_SIZE, room = 2 * limit + 256;
	char *lines = malloc(room), *hex = malloc(2 * limit + 3);

	memset(hex, '0', 2 * limit + 2);
	hex[2 * limit] = '\0';
	snprintf(lines, room, "%s%s\n", HEAD "next-signer: a 1 ", hex);
	refused(lines, "line 3: the signers of this policy are not whole");
	hex[2 * limit] = '0';
	hex[2 * limit + 2] = '\0';
	snprintf(lines, room, "%s%s\n", HEAD "next-signer: a 1 ", hex);
	refused(lines, "line 3: it is no line");
	free(hex);
	free(lines);
}

Test(state, r33_that_is_empty_or_has_no_closing_line_is_refused)
{
	static const char *const rows[] = {
		"",
		"\n",
		HEAD,
		FULL,
		"sha256: " KEY_A "\n",
		HEAD "sha256: " KEY_A,
		HEAD "sha256: " KEY_A " \n",
		HEAD "sha256: A" KEY_A "\n",
		"modseal-state: 1sha256: " KEY_A "\n",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_state *state = NULL;

		cr_assert(eq(int, read_bytes(span(rows[i]), &state),
			     MODSEAL_E_STATE_INVALID),
			  "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
	}
}

Test(state, r33_is_refused_with_any_bit_flipped_cut_anywhere_or_longer, .init = set_up,
     .fini = tear_down)
{
	char *text = closed(FULL);
	size_t size = strlen(text);
	struct modseal_state *state = NULL;
	uint8_t *longer = malloc(size + 1);

	for (size_t i = 0; i < 8 * size; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		cr_assert(eq(int, read_bytes(modseal_span_of(text, size), &state),
			     MODSEAL_E_STATE_INVALID),
			  "bit %zu", i);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t i = 0; i < size; i++)
		cr_assert(eq(int, read_bytes(modseal_span_of(text, i), &state),
			     MODSEAL_E_STATE_INVALID),
			  "cut to %zu", i);
	/* whole lines taken out, the closing line kept */
	for (const char *line = text; (line = strchr(line, '\n')) && line[1]; line++) {
		size_t rest = strlen(line + 1), from = (size_t)(line + 1 - text);
		const char *end = strchr(line + 1, '\n');
		size_t gone = (size_t)(end - line);

		memcpy(longer, text, from);
		memcpy(longer + from, line + 1 + gone, rest - gone);
		cr_assert(eq(int,
			     read_bytes(modseal_span_of(longer, size - gone), &state),
			     MODSEAL_E_STATE_INVALID));
	}
	memcpy(longer, text, size);
	for (unsigned byte = 0; byte < 256; byte++) {
		longer[size] = (uint8_t)byte;
		cr_assert(eq(int, read_bytes(modseal_span_of(longer, size + 1), &state),
			     MODSEAL_E_STATE_INVALID),
			  "byte %u behind", byte);
	}
	cr_assert(zero(int, read_bytes(modseal_span_of(text, size), &state)));
	modseal_state_free(&state);
	free(longer);
	free(text);
}

Test(state, is_written_as_it_is_read, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = accepted(FULL);
	char *text = NULL;

	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	cr_assert(eq(str, text, FULL));
	free(text);
	modseal_state_free(&state);
	state = modseal_state_new();
	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	cr_assert(eq(str, text, "modseal-state: 1\ntime-floor: 1970-01-01T00:00:00Z\n"));
	free(text);
	modseal_state_free(&state);
}

Test(state, is_raised_and_never_lowered, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = modseal_state_new();
	char *text = NULL;

	cr_assert(zero(int, raise(state, "staging", NULL, 9007199254740991)));
	cr_assert(zero(int, raise(state, "production", "debian-base", 7)));
	cr_assert(zero(int, raise(state, "production", NULL, 41)));
	cr_assert(zero(int, raise(state, "production", NULL, 42)));
	cr_assert(zero(int, raise(state, "production", NULL, 5)));
	modseal_state_raise_time(state, 1795392000);
	modseal_state_raise_time(state, 1795391999);
	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	cr_assert(eq(str, text, FULL));
	free(text);
	cr_assert(eq(int, raise(state, "production", NULL, 1ull << 53),
		     MODSEAL_E_INTERNAL));
	modseal_state_free(&state);
}

Test(state, holds_so_many_floors_and_no_more, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = modseal_state_new(), *again;
	char name[16], *text = NULL, *lines;

	for (unsigned i = 0; i < MODSEAL_MAX_STATE_RECORDS; i++) {
		snprintf(name, sizeof(name), "p%u", i * 7919 % 100003);
		cr_assert(zero(int, raise(state, name, NULL, i)));
	}
	cr_assert(eq(int, raise(state, "more", NULL, 1), MODSEAL_E_STATE_INVALID));
	cr_assert(zero(int, raise(state, name, NULL, 1ull << 52)));
	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	again = accepted(text);
	cr_assert(eq(u64, modseal_state_serial(again, SUBJECT(name)), 1ull << 52));
	modseal_state_free(&again);
	lines = malloc(strlen(text) + 256);
	sprintf(lines, "%spolicy: zzz 1 " KEY_B "\n", text);
	again = NULL;
	free(text);
	text = closed(lines);
	cr_assert(eq(int, read_bytes(span(text), &again), MODSEAL_E_STATE_INVALID));
	cr_assert(strstr(error.message, "more than 8192") != NULL);
	cr_assert(strlen(text) < MODSEAL_MAX_STATE_SIZE);
	free(lines);
	free(text);
	modseal_state_free(&state);
}

Test(state, r33_refuses_a_serial_below_the_floor_and_names_both)
{
	cr_assert(zero(int, modseal_state_judge(0, 0, "policy", "p.yaml", &error)));
	cr_assert(zero(int, modseal_state_judge(42, 42, "policy", "p.yaml", &error)));
	cr_assert(zero(int, modseal_state_judge(42, 43, "policy", "p.yaml", &error)));
	cr_assert(eq(int, modseal_state_judge(42, 41, "policy", "p.yaml", &error),
		     MODSEAL_E_ROLLBACK));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
	cr_assert(eq(str, error.object, "p.yaml"));
	cr_assert(strstr(error.message, "serial is 41, below the floor 42") != NULL);
	cr_assert(strstr(error.remedy, "policy with serial 42 or higher") != NULL);
}

Test(state, r33_refuses_another_text_with_the_serial_of_the_floor)
{
	struct modseal_state *state = modseal_state_new();

	cr_assert(zero(int, raise(state, "p", NULL, 42)));
	cr_assert(zero(int, modseal_state_judge_text(state, SUBJECT("p"), 42, key_a,
						     "p.yaml", &error)));
	cr_assert(zero(int, modseal_state_judge_text(state, SUBJECT("p"), 43, key_b,
						     "p.yaml", &error)));
	cr_assert(zero(int, modseal_state_judge_text(state, SUBJECT("q"), 42, key_b,
						     "p.yaml", &error)));
	cr_assert(eq(int,
		     modseal_state_judge_text(state, SUBJECT("p"), 42, key_b, "p.yaml",
					      &error),
		     MODSEAL_E_ROLLBACK));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
	cr_assert(eq(str, error.object, "p.yaml"));
	cr_assert(strstr(error.message, "serial is 42, with which another text") != NULL);
	cr_assert(strstr(error.remedy, "serial of 43 or higher") != NULL);
	/* a floor that is not raised keeps its text */
	cr_assert(zero(int, modseal_state_raise(state, SUBJECT("p"), 42, key_b, &error)));
	cr_assert(memcmp(modseal_state_text(state, "p"), key_a, 32) == 0);
	modseal_state_free(&state);
}

Test(state, R33_supplements_and_their_catalogs_have_floors_of_their_own, .init = set_up,
     .fini = tear_down)
{
	struct modseal_state *state = modseal_state_new(), *again;
	char *text = NULL;

	cr_assert(zero(int, raise(state, "p", NULL, 42)));
	cr_assert(zero(int, raise(state, "p", "c", 1)));
	cr_assert(zero(int, modseal_state_raise(state, SUBJECT("p", .supplement = "c"), 5,
						key_b, &error)));
	cr_assert(zero(
		int, modseal_state_raise(state,
					 SUBJECT("p", .supplement = "c", .catalog = "c"),
					 7, NULL, &error)));
	cr_assert(zero(int, modseal_state_raise(state, SUBJECT("p", .supplement = "c"), 4,
						key_a, &error)));
	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	again = accepted(text);
	free(text);
	cr_assert(eq(u64, modseal_state_serial(again, SUBJECT("p")), 42));
	cr_assert(eq(u64, modseal_state_serial(again, SUBJECT("p", .catalog = "c")), 1));
	cr_assert(
		eq(u64, modseal_state_serial(again, SUBJECT("p", .supplement = "c")), 5));
	cr_assert(eq(u64,
		     modseal_state_serial(
			     again, SUBJECT("p", .supplement = "c", .catalog = "c")),
		     7));
	cr_assert(
		zero(u64, modseal_state_serial(again, SUBJECT("q", .supplement = "c"))));
	cr_assert(eq(int,
		     modseal_state_judge_text(again, SUBJECT("p", .supplement = "c"), 5,
					      key_a, "v.yaml", &error),
		     MODSEAL_E_ROLLBACK));
	cr_assert(
		zero(int, modseal_state_judge_text(again, SUBJECT("p", .supplement = "c"),
						   5, key_b, "v.yaml", &error)));
	/* a text belongs to what is one, and to nothing else */
	cr_assert(eq(int,
		     modseal_state_raise(state, SUBJECT("p", .supplement = "c"), 9, NULL,
					 &error),
		     MODSEAL_E_INTERNAL));
	cr_assert(eq(int,
		     modseal_state_raise(state, SUBJECT("p", .catalog = "c"), 9, key_a,
					 &error),
		     MODSEAL_E_INTERNAL));
	modseal_state_free(&state);
	modseal_state_free(&again);
}
