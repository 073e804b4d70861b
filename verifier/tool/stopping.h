/* SPDX-License-Identifier: Apache-2.0 */
/* Ends a long run in good order when the user wants it to (SIGINT, SIGTERM, SIGHUP). */
#ifndef MODSEAL_TOOL_STOPPING_H
#define MODSEAL_TOOL_STOPPING_H

#include <stdbool.h>

/* From here on such a signal is remembered; the second one ends the process at once, as
 * does one that is ignored already (nohup) not at all. */
void stopping_begin(void);
/* True once there was one; in any thread. */
bool stopping(void);
/* The signals are as they were. If there was one, the process ends by it, so that the
 * shell sees what has ended it; does not return then. */
void stopping_end(void);

#endif
