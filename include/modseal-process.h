/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal-process: looks at what is in a process already. Nothing here loads, unloads or
 * changes anything; what is found is judged by the policy in force.
 */
#ifndef MODSEAL_PROCESS_H
#define MODSEAL_PROCESS_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- this process ----------------------------------------------------------------- */

/*
 * Judges the process again, as modseal_open and modseal_load do: everything mapped
 * executable in it, and everything its dynamic linker has loaded, must be there because
 * the program needed it, because modseal loaded it, or because the policy's
 * process.preload lists it. So it finds what came in since: a library's own dlopen
 * (iconv, name services, its plugins), a debugger's or profiler's, code made in memory.
 * What was judged before is recognized, and not judged again.
 *
 * It finds; it cannot undo: code of a stranger has run by then. A host calls it before it
 * does what matters, or from a timer, and ends the process where it fails.
 *
 * Threads: may be called at any time from any thread, except from a handler of a signal;
 * it waits while another thread loads.
 *
 * Errors: PROCESS_UNVERIFIED (the object is the stranger, the message says how it came
 * in), STALE_OBJECT, and every code of modseal_verify for objects of the process;
 * ARGUMENT (no context, or one opened with MODSEAL_OPEN_CHECK_ONLY, which may look at
 * files of another system: nothing here was ever judged by it); RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_check_process(struct modseal *context,
							 struct modseal_error *error);

#ifdef __cplusplus
}
#endif
#endif
