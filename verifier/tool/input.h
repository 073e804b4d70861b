/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a user names to be read, which may be a pipe. */
#ifndef MODSEAL_TOOL_INPUT_H
#define MODSEAL_TOOL_INPUT_H

#include <stdio.h>

/* How long the other end of a named pipe may take to be opened. */
#define INPUT_PIPE_WAIT_MS (10 * 1000)

/*
 * A descriptor to read from, the caller's; -1 with errno. Of a pipe that somebody has
 * open for writing, which is what `<(command)` names, all is waited for that comes; a
 * named one that nobody opens so is not waited for: ENXIO after INPUT_PIPE_WAIT_MS.
 */
int input_open(const char *path);
/* The same. */
FILE *input_stream(const char *path);

#endif
