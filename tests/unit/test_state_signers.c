/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/state_signers.c and policy/state_change.c: who may sign policies, as
 * the rollback state remembers and forgets it (R33). */
#include "state_text.h"

#define SIGNERS                                                                          \
	HEAD "policy: a 1 " KEY_A "\n"                                                   \
	     "policy: b 1 " KEY_B "\n"                                                   \
	     "present-signer: a 1 0102\n"                                                \
	     "present-signer: b 2 00\n"                                                  \
	     "present-signer: b 2 01\n"                                                  \
	     "next-signer: a 1 0102\n"                                                   \
	     "next-signer: b 1 30\n"                                                     \
	     "signer-key: a " KEY_A "\n"                                                 \
	     "known-key: a " KEY_A "\n"                                                  \
	     "revoked-key: a " KEY_B "\n"                                                \
	     "revoked-certificate: b " KEY_B "\n"

static bool has(struct modseal_span bytes, const char *wanted, size_t size)
{
	return modseal_span_equal(bytes, modseal_span_of(wanted, size));
}

Test(state_signers, r33_remembers_who_may_sign, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = accepted(SIGNERS);
	struct modseal_state_signers signers;
	char *text = NULL;

	cr_assert(modseal_state_signers(state, "a", MODSEAL_STATE_NEXT, &signers));
	cr_assert(eq(sz, signers.count, 1));
	cr_assert(eq(u32, signers.require, 1));
	cr_assert(has(signers.certificates[0], "\1\2", 2));
	cr_assert(modseal_state_signers(state, "b", MODSEAL_STATE_PRESENT, &signers));
	cr_assert(eq(sz, signers.count, 2));
	cr_assert(eq(u32, signers.require, 2));
	cr_assert(has(signers.certificates[1], "\1", 1));
	cr_assert(not(modseal_state_signers(state, "c", MODSEAL_STATE_NEXT, &signers)));
	cr_assert(zero(sz, signers.count));
	cr_assert(eq(str, (char *)modseal_state_handed_over(state, 0), "a"));
	cr_assert(eq(str, (char *)modseal_state_handed_over(state, 1), "b"));
	cr_assert(modseal_state_handed_over(state, 2) == NULL);
	cr_assert(eq(str, (char *)modseal_state_policy_of(state, key_b), "b"));
	cr_assert(modseal_state_has_key(state, "a", false, key_a));
	cr_assert(not(modseal_state_has_key(state, "b", false, key_a)));
	cr_assert(memcmp(modseal_state_revoked(state, "a", false, 0), key_b, 32) == 0);
	cr_assert(modseal_state_revoked(state, "a", false, 1) == NULL);
	cr_assert(modseal_state_revoked(state, "a", true, 0) == NULL);
	cr_assert(modseal_state_revoked(state, "b", true, 0) != NULL);
	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	cr_assert(eq(str, text, SIGNERS));
	free(text);
	modseal_state_free(&state);
}

Test(state_signers, r33_keeps_other_signers_in_the_place_of_those_before, .init = set_up,
     .fini = tear_down)
{
	struct modseal_state *state = accepted(SIGNERS);
	struct modseal_state_signers signers = {.count = 2, .require = 2};

	signers.certificates[0] = span("second");
	signers.certificates[1] = span("first");
	cr_assert(zero(int, modseal_state_keep_signers(state, "a", MODSEAL_STATE_NEXT,
						       &signers, &error)));
	cr_assert(modseal_state_signers(state, "a", MODSEAL_STATE_NEXT, &signers));
	cr_assert(eq(sz, signers.count, 2));
	cr_assert(has(signers.certificates[0], "first", 5));
	cr_assert(modseal_state_signers(state, "a", MODSEAL_STATE_PRESENT, &signers));
	cr_assert(eq(sz, signers.count, 1));
	cr_assert(eq(int,
		     modseal_state_keep_signers(state, "c", MODSEAL_STATE_NEXT, &signers,
						&error),
		     MODSEAL_E_STATE_INVALID));
	cr_assert(zero(int, modseal_state_keep_key(state, "a", false, key_b, &error)));
	cr_assert(zero(int, modseal_state_keep_key(state, "a", false, key_b, &error)));
	cr_assert(modseal_state_has_key(state, "a", false, key_b));
	cr_assert(zero(int, modseal_state_revoke(state, "a", false, key_a, &error)));
	cr_assert(memcmp(modseal_state_revoked(state, "a", false, 0), key_a, 32) == 0);
	cr_assert(memcmp(modseal_state_revoked(state, "a", false, 1), key_b, 32) == 0);
	modseal_state_free(&state);
}

Test(state_signers, r33_lists_only_grow_newer, .init = set_up, .fini = tear_down)
{
	struct modseal_state *state = accepted(SIGNERS);

	cr_assert(zero(i64, modseal_state_listed(state, key_a)));
	cr_assert(zero(int, modseal_state_raise_list(state, key_a, 20, &error)));
	cr_assert(zero(int, modseal_state_raise_list(state, key_a, 10, &error)));
	cr_assert(zero(int, modseal_state_raise_list(state, key_a, 0, &error)));
	cr_assert(eq(i64, modseal_state_listed(state, key_a), 20));
	cr_assert(zero(int, modseal_state_raise_list(state, key_a, 30, &error)));
	cr_assert(eq(i64, modseal_state_listed(state, key_a), 30));
	cr_assert(zero(i64, modseal_state_listed(state, key_b)));
	modseal_state_free(&state);
}

Test(state_signers, r33_forgets_a_name_and_not_what_was_revoked, .init = set_up,
     .fini = tear_down)
{
	struct modseal_state *state = accepted(SIGNERS);
	struct modseal_state_signers signers;
	char *text = NULL;

	cr_assert(zero(int, modseal_state_recover(state, "a", 7, &error)));
	cr_assert(zero(int, modseal_state_forget(state, "a", true, &error)));
	cr_assert(modseal_state_is_forgotten(state, "a"));
	cr_assert(not(modseal_state_is_forgotten(state, "b")));
	cr_assert(eq(u64, modseal_state_recovered(state, "a"), 7));
	cr_assert(zero(u64, modseal_state_recovered(state, "b")));
	cr_assert(not(modseal_state_signers(state, "a", MODSEAL_STATE_NEXT, &signers)));
	cr_assert(modseal_state_signers(state, "b", MODSEAL_STATE_NEXT, &signers));
	cr_assert(zero(i64, modseal_state_time(state)));
	cr_assert(zero(int, modseal_state_print(state, &text, &error)));
	cr_assert(eq(str, text,
		     "modseal-state: 1\ntime-floor: 1970-01-01T00:00:00Z\n"
		     "policy: b 1 " KEY_B "\nforgotten: a\nrecovered: a 7\n"
		     "present-signer: b 2 00\npresent-signer: b 2 01\n"
		     "next-signer: b 1 30\nknown-key: a " KEY_A "\nrevoked-key: a " KEY_B
		     "\nrevoked-certificate: b " KEY_B "\n"));
	free(text);
	/* its next policy is a floor again */
	cr_assert(zero(int, modseal_state_raise(
				    state, &(struct modseal_state_subject){.policy = "a"},
				    3, key_a, &error)));
	cr_assert(not(modseal_state_is_forgotten(state, "a")));
	modseal_state_free(&state);
}
