/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel will make of a program, by its first bytes: who else runs it. */
#ifndef MODSEAL_RUN_HEAD_H
#define MODSEAL_RUN_HEAD_H

#include <limits.h>
#include <stddef.h>

enum run_head_kind {
	RUN_HEAD_ELF,	  /* for this machine */
	RUN_HEAD_SCRIPT,  /* #! */
	RUN_HEAD_FOREIGN, /* an ELF file for another machine */
	RUN_HEAD_OTHER,
};

struct run_head {
	enum run_head_kind kind;
	char interpreter[PATH_MAX]; /* as it is written there; "" where there is none */
};

/* The kernel looks at so many bytes of a script (BINPRM_BUF_SIZE). */
#define RUN_HEAD_SIZE 256

/* descriptor: open for reading, of a file that was judged. 0 or an errno; ENOEXEC: what
 * the kernel would not execute. */
int run_head_read(int descriptor, struct run_head *ret_head);
/* The interpreter that a line "#! ..." of so many bytes names. 0 or ENOEXEC. */
int run_head_script(const char *line, size_t size, char ret_interpreter[PATH_MAX]);

#endif
