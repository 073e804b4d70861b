/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process gate: everything mapped executable in this process, and everything else
 * that its dynamic linker has loaded, must be approved, and must be there because the
 * program needed it, because modseal loaded it, or because the policy's process.preload
 * lists it.
 */
#ifndef MODSEAL_LOADER_GATE_H
#define MODSEAL_LOADER_GATE_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "verifier/loader/snapshot.h"

/* One verified object of the process, as the verifier saw it. */
struct modseal_gate_object {
	int descriptor; /* the file that was verified; closed by the gate */
	char *path;	/* real path */
	char *soname;	/* or NULL */
	char *interpreter;
	char **needed;
	size_t needed_count;
	uint8_t digest[MODSEAL_SHA256_SIZE];
};
void modseal_gate_object_clear(struct modseal_gate_object *object);

struct modseal_gate;
/* 0 where the gate lets its own refusal through (audit mode), else code. */
int modseal_gate_tolerate(const struct modseal_gate *gate, int code,
			  struct modseal_error *error);

struct modseal_module;

/* How the gate asks for verdicts. Lives as long as the context. */
struct modseal_gate {
	void *argument;
	uint8_t policy_digest[MODSEAL_SHA256_SIZE]; /* whose verdicts these are */
	/* Judges the file of a mapped object (steps open to image, no closure). */
	int (*verify)(void *argument, const char *path, enum modseal_kind kind,
		      struct modseal_gate_object *ret_object,
		      struct modseal_error *error);
	/* The real path at which the policy finds a name that the object at a real path
	 * needs. Errors: NOT_FOUND, ... */
	int (*find)(void *argument, const char *needer, enum modseal_kind kind,
		    const char *name, char **ret_path, struct modseal_error *error);
	bool audits_any; /* the policy, or a rule of it, audits */
	bool audits;	 /* refusals of the gate itself are let through, by: */
	/* 0 where a refusal is let through; it is told then. May be NULL: none is. */
	int (*tolerate)(void *argument, int result, struct modseal_error *error);
	/* Records what the gate refused itself, or the policy only wants to be told of.
	 * May be NULL. */
	void (*tell)(void *argument, bool refused, const struct modseal_error *error);
	/* MODSEAL_LOAD_CHECK_BINDINGS: judges what the dynamic linker bound in a module
	 * and in what it needs. Errors: BINDING_FOREIGN, ... */
	int (*check_bindings)(const struct modseal_module *module,
			      struct modseal_error *error);
	char *const *preload; /* real paths */
	size_t preload_count;
	bool deleted_told;
	bool anonymous_executable_told;
	bool deleted_allowed;		   /* process.deleted: log */
	bool anonymous_executable_allowed; /* process.anonymous-executable: log or allow
					    */
};

/*
 * Judges every executable mapping of the process (/proc/self/maps, which must be the
 * kernel's). What was approved is remembered for the process and recognized by the device
 * and inode the kernel shows for its mapping, so later calls verify only what is new. A
 * gate of another policy judges the program and what it needs anew: what one policy
 * approved is nothing to another.
 *
 * Errors: PROCESS_UNVERIFIED (names the stranger and the way it came in), STALE_OBJECT,
 * the codes of the verify callback, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_gate_check(const struct modseal_gate *gate,
					  struct modseal_error *error);

/* The same of what was read just now; it is taken over. Nothing in it: it is read. */
MODSEAL_MUST_CHECK int modseal_gate_check_seen(const struct modseal_gate *gate,
					       struct modseal_snapshot *snapshot,
					       struct modseal_error *error);

/* True if a start-up object with this SONAME is approved: the program itself needed it,
 * so it stays as long as the process. What modseal loaded does not count: it may go. */
bool modseal_gate_is_startup(const char *soname);

#endif
