/* SPDX-License-Identifier: Apache-2.0 */
/* What the program inherits and must not, or has to have as if it had been started alone.
 * For the child that becomes it. */
#ifndef MODSEAL_RUN_SURROUNDINGS_H
#define MODSEAL_RUN_SURROUNDINGS_H

#include <stdbool.h>
#include <sys/types.h>

/* Clears READ_IMPLIES_EXEC, with which every readable mapping is executable. False: it is
 * set, or may be; errno says why. */
bool run_persona_clear(void);

/* A service manager names the process that it started (`modseal run`: starter) in
 * variables, such as LISTEN_PID, by which that one knows that it is meant: in the entries
 * of an environment they are to name this process. */
void run_variables_take(pid_t starter, char **entries);

#endif
