/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges what a library needs in several threads at once, ahead of the closure's walk,
 * which stays the one that decides: it takes each result where it comes to it, in its own
 * order, and nothing is told of a file before that.
 */
#ifndef MODSEAL_AHEAD_H
#define MODSEAL_AHEAD_H

#include "verifier/verify.h"

struct modseal_ahead;

/* NULL, which the others take for "nothing was judged ahead": there is no crew, or no
 * memory. */
struct modseal_ahead *modseal_ahead_new(struct modseal_crew *crew);
/* Begins no more, and waits for what is being judged: then no thread looks at the
 * subjects that were offered. */
void modseal_ahead_stop(struct modseal_ahead *ahead);
/* Stops, and frees what nobody took. */
void modseal_ahead_free(struct modseal_ahead **ahead);

/* What this library needs may be judged from now on, and what that needs in turn. The
 * subject must live until modseal_ahead_stop. */
void modseal_ahead_offer(struct modseal_ahead *ahead,
			 const struct modseal_subject *needer);

/*
 * The subject that was, or now is, judged under this name: NULL: none was. *ret_result is
 * what came of it, which modseal_subject_conclude has to be told; *ret_error, too. The
 * caller frees the subject.
 */
struct modseal_subject *modseal_ahead_take(struct modseal_ahead *ahead,
					   const struct modseal_subject *needer,
					   const char *name, int *ret_result,
					   struct modseal_error *ret_error);

#endif
