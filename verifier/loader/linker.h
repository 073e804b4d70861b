/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic linker: what it lists, and the calls made of it. Where that of glibc and
 * that of musl differ is in linker.c and nowhere else. Of musl's (ldso/dynlink.c there):
 *
 * - dlclose does nothing: whatever was loaded stays mapped, as NODELETE does with glibc.
 * - A name with a slash is opened, and the object is the one with the same device and
 *   inode if there is one; names are not compared.
 * - A needed name is compared with the names of objects that a search found: one that was
 *   loaded by descriptor satisfies none, and musl would search paths.
 * - `libc.so`, `libm.so` and their like are the linker itself, in whatever file it is.
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
	bool executable;
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

/*
 * Has the dynamic linker an object at this address in any of its namespaces? *ret_base is
 * what it adds to the addresses of that object's headers. modseal_linker_list knows the
 * program's own namespace alone. False where the linker cannot tell (musl has only one).
 */
bool modseal_linker_knows(uintptr_t address, uintptr_t *ret_base);

bool modseal_segments_hold(const struct modseal_segment *segments, size_t count,
			   uintptr_t address);

/* True where the linker itself is what a needed name stands for, whatever lies where. */
bool modseal_linker_provides(const char *needed);

/* What this dynamic linker cannot do: load an image after `dependencies` others that it
 * needs, or with these MODSEAL_LOAD_*. NULL: it can. */
const char *modseal_linker_limit(uint32_t flags, size_t dependencies);

/*
 * Opens an object with everything bound at once. flags: MODSEAL_LOAD_*. NULL on failure;
 * its reason is in text then, without the load name.
 */
void *modseal_linker_open(const char *name, uint32_t flags, char *text, size_t text_size);
/* The same for one that is loaded under this name and at this base already. */
void *modseal_linker_reopen(const char *name, uintptr_t base, uint32_t flags, char *text,
			    size_t text_size);
/* Gives one opening back; false with the reason in text where the linker says no. */
bool modseal_linker_close(void *handle, char *text, size_t text_size);

/* The dynamic linker's own record of an open object; false where it gives none. */
struct link_map;
bool modseal_linker_record(void *handle, struct link_map **ret_record);
/* What is added to the addresses of the object's headers. */
uintptr_t modseal_linker_base(const struct link_map *record);

/* True where symbols are looked up by version. */
bool modseal_linker_has_versions(void);

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
