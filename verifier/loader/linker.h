/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic linker: what it lists, and the calls made of it. Everything that only glibc
 * has (dlvsym, the writable link_map) is in linker.c and nowhere else.
 */
#ifndef MODSEAL_LOADER_LINKER_H
#define MODSEAL_LOADER_LINKER_H

#include <stdbool.h>

#include "internal/error.h"

/* The memory of one PT_LOAD. */
struct modseal_segment {
	uintptr_t start;
	uintptr_t file_end; /* one past the last byte that comes from the file */
	uintptr_t end;	    /* one past the last byte */
};

/* One object as the dynamic linker lists it. */
struct modseal_linked {
	uintptr_t base; /* what is added to the addresses of its headers */
	char *name;	/* as it was opened: "" for the program */
	struct modseal_segment *segments;
	size_t segment_count;
};

struct modseal_linked_list {
	struct modseal_linked *items;
	size_t count;
};

/* All objects of the program's own namespace. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_linker_list(enum modseal_stage stage,
					   struct modseal_linked_list *ret_list,
					   struct modseal_error *error);
void modseal_linker_list_free(struct modseal_linked_list *list);

/* The listed object that has a segment with this address, or NULL. */
const struct modseal_linked *modseal_linker_at(const struct modseal_linked_list *list,
					       uintptr_t address);

bool modseal_segments_hold(const struct modseal_segment *segments, size_t count,
			   uintptr_t address);

/*
 * Opens an object with everything bound at once. flags: MODSEAL_LOAD_*. existing: only
 * one that is loaded under this name already. NULL on failure; its reason is in text
 * then, without the load name.
 */
void *modseal_linker_open(const char *name, uint32_t flags, bool existing, char *text,
			  size_t text_size);
/* Gives one opening back; false with the reason in text where the linker says no. */
bool modseal_linker_close(void *handle, char *text, size_t text_size);

/* The dynamic linker's own record of an open object; false where it gives none. */
struct link_map;
bool modseal_linker_record(void *handle, struct link_map **ret_record);
/* What is added to the addresses of the object's headers. */
uintptr_t modseal_linker_base(const struct link_map *record);

/*
 * Looks a symbol up in an object and what it needs. version NULL: the default version.
 * False where there is none. *ret_address can be NULL all the same.
 */
bool modseal_linker_symbol(void *handle, const char *name, const char *version,
			   void **ret_address);

/*
 * Writes the true path over the load name, where it fits: dladdr(3), debuggers and
 * backtraces then name the real file (R66).
 */
void modseal_linker_rename(struct link_map *record, const char *path);

#endif
