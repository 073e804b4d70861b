/* SPDX-License-Identifier: Apache-2.0 */
/* May the target use this file? */
#ifndef MODSEAL_RUN_DECISION_H
#define MODSEAL_RUN_DECISION_H

#include "verifier/run/copies.h"
#include "verifier/run/landlock.h"
#include "verifier/run/report.h"
#include "verifier/run/room.h"
#include "verifier/run/target.h"
#include "verifier/run/verdicts.h"

struct run_decider {
	struct modseal *context; /* borrowed */
	bool strict, seal;
	const struct run_landlock *landlock; /* borrowed; NULL: there is none */
	struct run_report report;
	struct run_verdicts verdicts;
	struct run_copies copies;
	struct run_rooms rooms;
};

/* All return 0: it may; or the errno the call is to end with. Where stay.full of the
 * target is set it does not end: it is to be decided again once there is room. */

/* A file that is mapped executable, by the arguments of mmap(2). */
int run_decide_mapping(struct run_decider *decider, struct run_target *target,
		       const uint64_t arguments[6]);
/* `--strict`: a mapping that mremap(2) makes larger, from length to wanted. */
int run_decide_growth(struct run_decider *decider, struct run_target *target,
		      uint64_t address, uint64_t length, uint64_t wanted);
/* Memory that is to become executable. */
int run_decide_memory(struct run_decider *decider, struct run_target *target,
		      uint64_t address, uint64_t length, uint64_t protection);
/* A program: the file, and who else runs it. flags: those of execveat(2). */
int run_decide_program(struct run_decider *decider, struct run_target *target,
		       int directory, uint64_t path, uint64_t flags);
/* A file system of this type (an address; 0: none is named) that is to be mounted. */
int run_decide_mount(struct run_decider *decider, struct run_target *target,
		     uint64_t type);
/* `--seal`: *ret_descriptor is what the target is to get in the place of the file it
 * opens, and the caller's; -1: the file itself. */
void run_decide_open(struct run_decider *decider, struct run_target *target,
		     int directory, uint64_t path, int *ret_descriptor);

/* Who the target is, for messages and records. */
void run_asker_of(struct run_target *target, struct run_asker *ret_asker);
/* Says more of what can be done where the library, which knows of no asker, refused. */
void run_asker_advise(const struct run_asker *asker, bool seal,
		      struct modseal_error *error);

/* One file, whatever it is used as: internal to the decisions. */
int run_decide_file(struct run_decider *decider, struct run_target *target,
		    int descriptor, enum run_use use);
/* A refusal that was found here; returns what the call is to end with: 0 in audit mode;
 * ESRCH, which nobody hears, if the target is gone: then it is not told. */
int run_decide_refuse(struct run_decider *decider, struct run_target *target,
		      enum run_use use, const struct modseal_error *error, int number);

#endif
