/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy may be made of: plain UTF-8, judged before libyaml sees a byte of it. */
#ifndef MODSEAL_POLICY_TEXT_H
#define MODSEAL_POLICY_TEXT_H

#include "policy/refuse.h"

#define MODSEAL_POLICY_FIRST_LINE     "modseal-policy: 1\n"
#define MODSEAL_SUPPLEMENT_FIRST_LINE "modseal-supplement: 1\n"

/* Why a byte may not stand in a policy. */
struct modseal_text_flaw {
	size_t offset;	    /* of the first byte of the offending character */
	const char *what;   /* "a carriage return", ... */
	const char *remedy; /* what to do about it */
};

/*
 * Looks for the first thing that no text of a policy may hold: bytes that are not UTF-8
 * (RFC 3629), a byte-order mark anywhere, controls of C0 and C1 other than tab and line
 * feed (so NEL, NUL, DEL and carriage return too: every line ends with a line feed alone,
 * so that all tools count the same lines), U+2028 and U+2029, bidirectional controls
 * (Unicode Bidi_Control, which make a reviewer see another text than the parser), and
 * non-characters. Also asked of every scalar after its escapes are resolved. True if
 * there is a flaw.
 */
bool modseal_text_flawed(struct modseal_span text, struct modseal_text_flaw *ret_flaw);

/* The size, the first line, and every byte of a whole policy or supplement. Errors:
 * POLICY_INVALID. */
MODSEAL_MUST_CHECK int modseal_text_check(const struct modseal_policy_source *source,
					  const char *first_line);

#endif
