/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 4 and 5: the bytes, the container at their end; and, once it is known what would
 * be mapped, how they reach the dynamic linker. */
#ifndef MODSEAL_STEP_BYTES_H
#define MODSEAL_STEP_BYTES_H

#include "verifier/verify.h"

/* True for what is loaded, and for libraries that could be by who checks them. What is in
 * the process already, what is a program, and what is in the tree of another system is
 * not handed over. */
bool modseal_subject_is_handed_over(const struct modseal_subject *subject);

/* A library that is loaded from a sealed copy, which another image of the same bytes may
 * have too. Known from the evidence on. */
bool modseal_subject_may_share(const struct modseal_subject *subject);

/*
 * Takes hold of the file's bytes: a copy in a memfd (to load), a private buffer (to
 * check, or because a copy of such a file is in memory already), or, where fs-verity or
 * what it lies on holds the file, a view that is read where it is needed. Errors:
 * HAND_OFF_UNAVAILABLE (a library whose rule wants it only in place), those of
 * modseal_bytes_copy.
 */
MODSEAL_MUST_CHECK int modseal_step_bytes(struct modseal_subject *subject,
					  struct modseal_error *error);

/* Splits the container off, seals what is to be loaded, and wants ELF. Errors:
 * SIGNATURE_MALFORMED, TYPE_MISMATCH, CHANGED, SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_step_container(struct modseal_subject *subject,
					      struct modseal_error *error);

/* Makes all bytes of the file readable; evidence over the content asks for it. Errors:
 * those of modseal_bytes_need. */
MODSEAL_MUST_CHECK int modseal_subject_need_all(struct modseal_subject *subject,
						struct modseal_error *error);

/* Sees to it that subject->hashing is there. Errors: those of modseal_running_digest_new.
 */
MODSEAL_MUST_CHECK int modseal_subject_hashing(struct modseal_subject *subject,
					       struct modseal_error *error);

/* After the image: a file that cannot be mapped as it is, because pages reach into its
 * container, which nobody signed, is copied after all; and one that was only read shares
 * the copy of an image with the same bytes, or gets its own. Errors:
 * HAND_OFF_UNAVAILABLE, CHANGED, those of modseal_bytes_copy. */
MODSEAL_MUST_CHECK int modseal_step_hand_off(struct modseal_subject *subject,
					     struct modseal_error *error);

#endif
