/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an application holds: the context in force, which modseal_reload replaces by
 * another. Whoever decides takes a reference to the one of that moment, and so decides by
 * one consistent policy, whatever is reloaded meanwhile.
 */
#ifndef MODSEAL_HANDLE_H
#define MODSEAL_HANDLE_H

#include "verifier/context.h"

/* The context in force, with one more reference: modseal_context_close gives it back.
 * handle NULL: ARGUMENT. */
MODSEAL_MUST_CHECK int modseal_handle_take(struct modseal *handle,
					   struct modseal_context **ret_context,
					   struct modseal_error *error);

/* A handle of a context that is never reloaded: MODSEAL_OPEN_CHECK_ONLY drafts. Takes the
 * reference. NULL: no memory. */
struct modseal *modseal_handle_of(struct modseal_context *context);

#endif
