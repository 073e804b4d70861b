/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How something came to be mapped executable in this process, in words. Whoever put it
 * there may have cleared the traces: this serves messages and decides nothing.
 */
#ifndef MODSEAL_LOADER_ENTRY_H
#define MODSEAL_LOADER_ENTRY_H

#include <stdbool.h>

#include "verifier/loader/maps.h"

struct modseal_inquiry; /* startup.h */

/* It is called what modseal calls its memfds: a second copy of the library in this
 * process (the host's and a plugin's) may have loaded it (R116). */
bool modseal_entry_is_of_copy(const struct modseal_mapping *mapping);

/* What it is where it is no file that lies where it lay ("it is a memfd", "its file was
 * deleted"), or NULL. */
const char *modseal_entry_nature(const struct modseal_mapping *mapping, const char *path);

/* The way it came in: "it came in by LD_PRELOAD", "the program opened it with dlopen". */
const char *modseal_entry_way(const struct modseal_inquiry *inquiry,
			      const struct modseal_mapping *mapping, const char *path);

/* The text of /etc/ld.so.preload; "" where there is none. It only serves messages: what
 * lies beyond is not looked at. */
#define MODSEAL_ENTRY_PRELOAD_SIZE 4096
void modseal_entry_preload_file(char ret_text[MODSEAL_ENTRY_PRELOAD_SIZE]);

#endif
