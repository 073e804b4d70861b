/* SPDX-License-Identifier: Apache-2.0 */
/* What each relocation of this machine leaves in the place it is for. */
#ifndef MODSEAL_PROCESS_RELOCATION_H
#define MODSEAL_PROCESS_RELOCATION_H

#include <stdint.h>

enum modseal_relocation {
	MODSEAL_RELOCATION_UNKNOWN,
	MODSEAL_RELOCATION_NUMBER,   /* no address: an offset, a size, a copy of data */
	MODSEAL_RELOCATION_CALL,     /* a function by its symbol, for the PLT alone */
	MODSEAL_RELOCATION_CHOSEN,   /* a function that an IFUNC resolver chose */
	MODSEAL_RELOCATION_RESOLVER, /* the dynamic linker's, for a TLS descriptor */
	MODSEAL_RELOCATION_SLOT,     /* a symbol's address, in the GOT alone */
	MODSEAL_RELOCATION_SYMBOL,   /* a symbol's address, in data */
	MODSEAL_RELOCATION_RELATIVE, /* an address of the object itself, in data */
};

/*
 * The kind of a relocation, with its stable name ("JUMP_SLOT"). On a machine whose
 * relocations are not known here all are MODSEAL_RELOCATION_UNKNOWN. Sources: System V
 * ABI, AMD64 supplement 1.0, section 4.4.1; ELF for the Arm 64-bit Architecture, 2023Q3,
 * section 5.7.12 (<elf.h> has the numbers of both).
 */
enum modseal_relocation modseal_relocation_kind(uint32_t type, const char **ret_name);

#endif
