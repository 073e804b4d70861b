/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mapped in a process, as the kernel lists it in /proc/PID/maps (proc(5)).
 * Device and inode in that list are the kernel's own; fstat(2) shows others on btrfs and
 * on overlay. So a file is identified by mapping a page of it and reading what the list
 * shows.
 */
#ifndef MODSEAL_LOADER_MAPS_H
#define MODSEAL_LOADER_MAPS_H

#include <stdbool.h>

#include "internal/error.h"

struct modseal_mapping {
	uintptr_t start;
	uintptr_t end; /* one past the last byte */
	bool writable;
	bool executable;
	bool file;	 /* something with an inode: memfds and shared memory too */
	bool deleted;	 /* the kernel says that its name is gone */
	uint64_t offset; /* of start, in the file */
	uint32_t major;
	uint32_t minor;
	uint64_t inode;
	const char *name; /* as the kernel writes it, "" for none */
};

struct modseal_maps {
	struct modseal_mapping *items; /* by rising address, no two overlap */
	size_t count;
	char *text; /* what the names point into */
};

/*
 * Reads a list. text is size bytes from malloc; it is changed, and belongs to *ret_maps
 * on success. Errors: SYSTEM (not such a list, out of order), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_maps_parse(char *text, size_t size,
					  enum modseal_stage stage,
					  struct modseal_maps *ret_maps,
					  struct modseal_error *error);

/* The list of this process. Errors: SYSTEM (also where /proc is not the kernel's, R61),
 * RESOURCE. The caller ends with modseal_maps_free. */
MODSEAL_MUST_CHECK int modseal_maps_read(enum modseal_stage stage,
					 struct modseal_maps *ret_maps,
					 struct modseal_error *error);
struct modseal_range {
	uintptr_t start;
	uintptr_t end;
};
/* The same, but only what is executable and what lies in the ranges has to be there: a
 * few are asked for one by one where the kernel answers (Linux 6.11), else all are read.
 */
MODSEAL_MUST_CHECK int modseal_maps_read_some(const struct modseal_range *ranges,
					      size_t count, enum modseal_stage stage,
					      struct modseal_maps *ret_maps,
					      struct modseal_error *error);
/* The questions. Returns 0 or errno; EPROTO: the answers do not fit together. */
MODSEAL_MUST_CHECK int modseal_maps_query(int descriptor,
					  const struct modseal_range *ranges,
					  size_t count, struct modseal_maps *ret_maps);
/* The same of another process, whose directory in /proc was opened; object: for messages.
 * Errors: as above; SYSTEM with the errno EACCES where this process may not look, and
 * ESRCH where the other has ended. A process without memory has an empty list. */
MODSEAL_MUST_CHECK int modseal_maps_read_of(int directory, const char *object,
					    enum modseal_stage stage,
					    struct modseal_maps *ret_maps,
					    struct modseal_error *error);
void modseal_maps_free(struct modseal_maps *maps);

/* Sets file and deleted by the rest. */
void modseal_mapping_classify(struct modseal_mapping *mapping);

/* The mapping that holds an address, or NULL. */
const struct modseal_mapping *modseal_maps_at(const struct modseal_maps *maps,
					      const void *address);

/*
 * True if both are mappings of one file. The name is compared too: files of two
 * subvolumes of a btrfs can share device and inode in this list, but then their names
 * differ.
 */
bool modseal_mapping_same(const struct modseal_mapping *a,
			  const struct modseal_mapping *b);

/* True for what the kernel itself maps: [vdso], [vsyscall] and their like elsewhere. */
bool modseal_mapping_is_kernel(const struct modseal_mapping *mapping);

/* What memory with an inode is, by the name that the kernel gives it. Only for messages:
 * a file can lie under such a name, too. */
enum modseal_backing {
	MODSEAL_BACKING_FILE,
	MODSEAL_BACKING_MEMFD,
	MODSEAL_BACKING_POSIX_SHARED, /* shm_open(3) */
	MODSEAL_BACKING_SYSTEM_V,     /* shmget(2) */
	MODSEAL_BACKING_SHARED,	      /* MAP_SHARED of no file */
};
enum modseal_backing modseal_mapping_backing(const struct modseal_mapping *mapping);

/*
 * The path of the file: without " (deleted)", `\012` turned into the newline it stands
 * for. The kernel writes a backslash as it is, so the list is ambiguous: a path made here
 * only says where to look, never what is mapped. The caller frees; NULL: out of memory.
 */
char *modseal_mapping_path(const struct modseal_mapping *mapping);

#endif
