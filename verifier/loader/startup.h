/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program itself needs: the main program, its dynamic linker, and breadth-first
 * every needed name, each looked up in the policy's search and verified.
 */
#ifndef MODSEAL_LOADER_STARTUP_H
#define MODSEAL_LOADER_STARTUP_H

#include "verifier/loader/gate.h"
#include "verifier/loader/registry.h"

/* What one gate check has found out so far. */
struct modseal_inquiry {
	const struct modseal_gate *gate;
	struct modseal_maps maps;
	struct modseal_linked_list linked;
	struct modseal_owners owners;
	struct modseal_object *fresh; /* verified by this check, not registered yet */
	bool anonymous_told;	      /* process.anonymous-executable: log */
	bool memory_told;	      /* audit mode: of memory that is executable */
};

/*
 * Asks the gate about a file and appends it to inquiry->fresh. *ret_seen gets what the
 * verifier saw; the caller clears it. Errors: those of gate->verify, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_startup_ask(struct modseal_inquiry *inquiry,
					   const char *path, enum modseal_kind kind,
					   enum modseal_origin origin,
					   const char *needed_as,
					   struct modseal_gate_object *ret_seen,
					   struct modseal_error *error);

/*
 * Appends everything the program needs to inquiry->fresh; whether these are the objects
 * that are mapped is for the caller to find out. Errors: PROCESS_UNVERIFIED (no main
 * program to be found), STALE_OBJECT (a file is gone, and its object mapped),
 * DEPENDENCY_LIMIT, and those of modseal_startup_ask and gate->find.
 */
MODSEAL_MUST_CHECK int modseal_startup_gather(struct modseal_inquiry *inquiry,
					      struct modseal_error *error);

/* The part of a path after its last '/'. */
const char *modseal_path_name(const char *path);

#endif
