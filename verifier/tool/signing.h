/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that sign share: the key, its certificate and its passphrase. */
#ifndef MODSEAL_TOOL_SIGNING_H
#define MODSEAL_TOOL_SIGNING_H

#include "modseal-sign.h"
#include "verifier/tool/options.h"

/* EXIT_DONE if --key, --certificate and the passphrase options make sense together. */
int signing_judge(const struct command *command, const struct options *options);
/* Only the passphrase options, for commands without --key. */
int signing_judge_passphrase(const struct command *command,
			     const struct options *options);

/* Opens the key. Errors: as modseal_signing_key_open, and those of passphrase_open. */
MODSEAL_MUST_CHECK int signing_open(const struct options *options,
				    struct modseal_signing_key **ret_key,
				    struct modseal_error *error);

/* Only its certificate, for a key that is elsewhere. */
MODSEAL_MUST_CHECK int signing_open_public(const struct options *options,
					   struct modseal_signing_key **ret_key,
					   struct modseal_error *error);

/* Says how to give a passphrase where one was needed and none came. */
struct passphrase;
void signing_explain(const struct passphrase *passphrase, struct modseal_error *error);

#endif
