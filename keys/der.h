/* SPDX-License-Identifier: Apache-2.0 */
/* Is this DER, and not just BER that OpenSSL is kind enough to read? */
#ifndef MODSEAL_KEYS_DER_H
#define MODSEAL_KEYS_DER_H

#include <stdbool.h>

#include "internal/span.h"

/*
 * True for exactly one value in DER (X.690, chapters 8, 10 and 11), nothing left over:
 * definite lengths in their shortest form, shortest tags, strings not cut in pieces,
 * shortest integers, booleans 0 or 0xff, no stray bits, at most 32 levels.
 *
 * OpenSSL keeps the bytes of a name and of a TBSCertificate as they came and gives them
 * back when asked to encode, so comparing the re-encoding alone does not see BER in
 * there. Octet strings and bit strings are not looked into.
 */
bool modseal_der_strict(struct modseal_span bytes);

#endif
