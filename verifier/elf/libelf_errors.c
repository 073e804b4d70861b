/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of libelf's own elf_error.c where its archive goes into our shared library: in
 * Debian 12's that one member keeps its thread-local number where only programs can have
 * it. The linker takes ours and leaves the member out. packaging/probe.sh finds out
 * whether this is needed, and does.
 */
#include <libelf.h>
#include <stdio.h>

/* What the rest of libelf calls (elfutils' libelf/libelfP.h). */
void __libelf_seterrno(int value);

static __thread int last_error;

void __attribute__((visibility("hidden"))) __libelf_seterrno(int value)
{
	last_error = value;
}

int elf_errno(void)
{
	int result = last_error;

	last_error = 0;
	return result;
}

/* Without the table of texts; of the callers only modseal_elf_refused shows them. */
const char *elf_errmsg(int error)
{
	static __thread char text[32];

	snprintf(text, sizeof(text), "libelf's error %d", error);
	return text;
}
