/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this process can do what its decisions will take (E14). */
#ifndef MODSEAL_RUN_REHEARSAL_H
#define MODSEAL_RUN_REHEARSAL_H

#include <sys/types.h>

/* 0, or an errno: no sealed copy of any library can be made. */
int run_rehearsal_copy(void);
/* As many descriptors as the limit of this process allows are its. Nothing of the child's
 * changes, if it is there already. */
void run_rehearsal_prepare(void);
/*
 * Looks into the child, which waits, in all the ways that decisions take; number: a
 * descriptor that it has. 0, or an errno: *ret_what cannot be done, and all that the
 * child wants would be refused without anybody's fault.
 */
int run_rehearsal(pid_t child, int number, const char **ret_what);

#endif
