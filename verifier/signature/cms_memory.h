/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoded CMS SignedData, kept for the next file: the signatures of one signer differ in
 * nothing but the value of the signature, which is read from the file itself anyway. Any
 * number of threads may share it.
 */
#ifndef MODSEAL_SIGNATURE_CMS_MEMORY_H
#define MODSEAL_SIGNATURE_CMS_MEMORY_H

struct modseal_cms_known; /* cms_memory.c */

/* So many are kept: a few signers, in a few threads. */
#define MODSEAL_CMS_KNOWN 8

/* Nothing but zeros: nothing is known. */
struct modseal_cms_memory {
	_Atomic(struct modseal_cms_known *) known[MODSEAL_CMS_KNOWN];
};

/* Frees what is kept; before the modseal_crypto that it was read with. */
void modseal_cms_memory_clear(struct modseal_cms_memory *memory);

#endif
