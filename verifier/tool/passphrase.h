/* SPDX-License-Identifier: Apache-2.0 */
/* Where the passphrase of a private key comes from; wiped as soon as it is not needed. */
#ifndef MODSEAL_TOOL_PASSPHRASE_H
#define MODSEAL_TOOL_PASSPHRASE_H

#include <sys/types.h>

#include "modseal.h"
#include "verifier/tool/options.h"

#define PASSPHRASE_MAX 1024 /* bytes; OpenSSL takes no longer one (PEM_BUFSIZE) */

struct passphrase {
	char text[PASSPHRASE_MAX];
	ssize_t length;	      /* -1: none was given */
	const char *key_path; /* for the prompt */
	bool asked;	      /* a terminal is asked, where there is one */
};

/* Comes before every private key, so that from here on no core file is written, too.
 * Reads the passphrase from where the options say; from nowhere where they say nothing.
 * Errors: NOT_FOUND, SYSTEM, KEY_PASSPHRASE (empty, or too long). */
MODSEAL_MUST_CHECK int passphrase_open(const struct options *options,
				       const char *key_path,
				       struct passphrase *ret_passphrase,
				       struct modseal_error *error);
void passphrase_wipe(struct passphrase *passphrase);

/* A modseal_passphrase of modseal-sign.h; the argument is a struct passphrase. */
int passphrase_get(void *argument, char *buffer, size_t size);

#endif
