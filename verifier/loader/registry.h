/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The approved objects of this process: the one process-wide state of the library. It has
 * to be one, because there is one dynamic linker and one list of mappings.
 *
 * Two locks. The loader lock is held for a whole gate check, load or unload; it may be
 * taken again by the thread that has it, because constructors and destructors may load
 * and unload. The data lock guards the lists and counters below; whoever changes them
 * holds both locks, whoever reads them holds one. Nothing of others is called under the
 * data lock.
 */
#ifndef MODSEAL_LOADER_REGISTRY_H
#define MODSEAL_LOADER_REGISTRY_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "verifier/loader/linker.h"
#include "verifier/loader/maps.h"

/* How an approved object came to be in the process. */
enum modseal_origin {
	MODSEAL_ORIGIN_PROGRAM,
	MODSEAL_ORIGIN_STARTUP, /* needed by the program, or by what it needs */
	MODSEAL_ORIGIN_PRELOAD, /* listed in the policy's process.preload */
	MODSEAL_ORIGIN_LOADED,	/* by modseal */
	/* Nobody verified it; audit mode lets it stay. It is stale, and of its segments
	 * nothing is known: no symbol lies in it. */
	MODSEAL_ORIGIN_STRANGER,
};

struct modseal_object {
	struct modseal_object *next;
	enum modseal_origin origin;
	/* Its file was replaced after it was mapped, and the policy tolerates that: the
	 * bytes that are mapped are unknown, the path and the names are those of the new
	 * file. */
	bool stale;
	/* Approved by another policy than the one that is asked now: while that one
	 * judges, the object owns nothing. */
	bool retiring;
	/* Audit mode: the program needs it, but something else is mapped. */
	bool absent;
	/* Loaded though it would have been refused: to a policy that audits nothing it is
	 * as any other stranger. */
	bool would_refuse;
	/*
	 * A page of the verified file, mapped for reading as long as the object is known.
	 * The kernel shows the file's device, inode and name for it in each list of
	 * mappings, and cannot give the inode to another file meanwhile. Stale: the
	 * object's own mapping.
	 */
	const void *page;
	uint64_t file_size; /* bytes; 0: not known */
	uint32_t major;	    /* stale: what the kernel showed when it was accepted */
	uint32_t minor;
	uint64_t inode;
	char *path;	 /* real path */
	char *soname;	 /* or NULL */
	char *needed_as; /* the name a start-up object was needed under, or NULL */
	bool digest_known;
	uint8_t digest[MODSEAL_SHA256_SIZE];
	char *load_name; /* what the dynamic linker knows it by; NULL: nothing */
	uintptr_t base;
	struct modseal_segment *segments;
	size_t segment_count;
	/* Openings by modseal, and how many modules hold it. Without one it may still be
	 * mapped (NODELETE), and stays known as verified. */
	void *handle;
	unsigned openings;
	unsigned references;
	/* The dynamic linker has it in hand further up in this very thread, or will when
	 * a destructor there has returned, so nobody else can have it: what it is about
	 * to do; NULL: nothing. */
	const char *busy;
};

/* A loaded image: what modseal_load gives out. */
struct modseal_module {
	struct modseal_module *next;
	unsigned references;
	struct modseal_object **objects; /* dependencies first, the image last */
	size_t object_count;
};

struct modseal_registry {
	struct modseal_object *objects;
	struct modseal_module *modules;
	uint64_t names; /* load names given out */
	/* Audit mode: the last check has let through memory that may be a file's and is
	 * writable and executable at once. */
	bool memory_let_through;
	bool closed; /* no further load */
	/* How many releases of objects are under way, each from a destructor of the one
	 * before. */
	unsigned closing;
	char *profiled; /* what LD_PROFILE named at the start; NULL: not known yet */
	/* Whose verdict the program and what it needs are here by. */
	bool policy_known;
	uint8_t policy_digest[MODSEAL_SHA256_SIZE];
};

/* Errors: SYSTEM where the locks cannot be made; ARGUMENT from a visitor (below). */
MODSEAL_MUST_CHECK int modseal_loader_lock(struct modseal_error *error);
void modseal_loader_unlock(void);
/* While a visitor is told something with the lock held: what is being looked at must not
 * go away, so who comes for the lock from there is refused. */
void modseal_loader_tell(bool telling);
void modseal_registry_lock(void);
void modseal_registry_unlock(void);
/* The lists; the caller holds a lock. */
struct modseal_registry *modseal_registry(void);

/*
 * A new object, in no list yet, with a page of the descriptor's file mapped. The texts
 * are copied; soname and needed_as may be NULL. Errors: SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_object_new(enum modseal_origin origin, int descriptor,
					  const char *path, const char *soname,
					  enum modseal_stage stage,
					  struct modseal_object **ret_object,
					  struct modseal_error *error);
void modseal_object_free(struct modseal_object *object);
void modseal_objects_free(struct modseal_object *list);

/* Makes the object stand for what is mapped there, whose file it replaced. */
void modseal_object_make_stale(struct modseal_object *object,
			       const struct modseal_mapping *mapping);

/* An object for a mapped file that nobody verified, in no list yet. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_object_of_stranger(const struct modseal_mapping *mapping,
						  struct modseal_object **ret_object,
						  struct modseal_error *error);

/* Takes over how the dynamic linker knows the object. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_object_link(struct modseal_object *object,
					   const struct modseal_linked *linked,
					   enum modseal_stage stage,
					   struct modseal_error *error);

/* Changes of the lists; the caller holds the loader lock. */
void modseal_registry_add(struct modseal_object *list);
void modseal_registry_remove(struct modseal_object *object);

/* The approved object with this SONAME, or (soname NULL) the one without any that has
 * this digest; or NULL. The caller holds a lock. */
struct modseal_object *modseal_registry_find(const char *soname,
					     const uint8_t digest[MODSEAL_SHA256_SIZE]);
/* The approved object of an address, or NULL. The caller holds a lock. */
struct modseal_object *modseal_registry_at(uintptr_t address);

/* What a list of mappings shows for objects: one row each. */
struct modseal_owners {
	struct modseal_owner_row {
		const struct modseal_mapping *shown; /* the row's page */
		struct modseal_object *object;
	} * rows;
	size_t count;
};

/*
 * Adds the objects of a list. Errors: SYSTEM where a page of ours is not in the list of
 * mappings, which then is another process's or a forgery; RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_owners_add(struct modseal_owners *owners,
					  const struct modseal_maps *maps,
					  struct modseal_object *list,
					  enum modseal_stage stage,
					  struct modseal_error *error);
void modseal_owners_free(struct modseal_owners *owners);
/* The object whose file a mapping shows, or NULL. */
struct modseal_object *modseal_owners_of(const struct modseal_owners *owners,
					 const struct modseal_mapping *mapping);
/* True if the object's file is mapped anywhere but at the object's page. */
bool modseal_owners_mapped(const struct modseal_owners *owners,
			   const struct modseal_maps *maps,
			   const struct modseal_object *object);

/*
 * Forgets objects that nobody holds and that are not mapped any more. The caller holds
 * the loader lock, and no pointer to an object without references afterwards. Errors:
 * SYSTEM, RESOURCE: what could not be found out stays known.
 */
int modseal_registry_settle(struct modseal_error *error);

#endif
