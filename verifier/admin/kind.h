/* SPDX-License-Identifier: Apache-2.0 */
/* What a file that no rule speaks of could be loaded as. */
#ifndef MODSEAL_ADMIN_KIND_H
#define MODSEAL_ADMIN_KIND_H

#include <elf.h>

#include "verifier/elf/elf.h"

static inline enum modseal_kind modseal_kind_of(const struct modseal_elf *elf)
{
	if (elf->type == ET_REL)
		return MODSEAL_KIND_KERNEL_MODULE;
	return elf->type == ET_EXEC || elf->position_independent_executable
		       ? MODSEAL_KIND_PROGRAM
		       : MODSEAL_KIND_LIBRARY;
}

#endif
