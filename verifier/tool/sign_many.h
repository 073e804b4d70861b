/* SPDX-License-Identifier: Apache-2.0 */
/* Signs any number of files: in batches, in threads, told of in their order. */
#ifndef MODSEAL_TOOL_SIGN_MANY_H
#define MODSEAL_TOOL_SIGN_MANY_H

#include "modseal-sign.h"
#include "verifier/tool/files.h"
#include "verifier/tool/output.h"

struct sign_many {
	const struct options *options;
	struct output *output;
	struct files *files;
	struct modseal_signing_key *key;
	uint32_t flags; /* MODSEAL_SIGN_* */
};

/* Signs and tells of each file, and with several of all together. */
void sign_many(struct sign_many *many);

/* The failure of every file: the key could not be used. */
void sign_many_fail(struct sign_many *many, const struct modseal_error *error);

#endif
