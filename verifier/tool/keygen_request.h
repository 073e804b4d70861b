/* SPDX-License-Identifier: Apache-2.0 */
/* The part of `modseal keygen` that makes certificate requests. */
#ifndef MODSEAL_TOOL_KEYGEN_REQUEST_H
#define MODSEAL_TOOL_KEYGEN_REQUEST_H

#include "verifier/tool/options.h"
#include "verifier/tool/output.h"

/* EXIT_DONE if --request and what belongs to it make sense together. */
int keygen_request_judge(const struct command *command, const struct options *options);

/* Makes the request, tells it, and returns the exit value. */
int keygen_request(const struct options *options, struct output *output);

#endif
