/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal-guard: for an enforcer, which stands outside of a process and answers when that
 * process wants to execute a file or to map it executable. `modseal run` is one; this is
 * all it needs of the library.
 */
#ifndef MODSEAL_GUARD_H
#define MODSEAL_GUARD_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#define modseal modseal_handle
#endif

#define MODSEAL_USE_VERSION 1u

/* A program may be a script, too: a file that begins with "#!". What it names as its
 * interpreter is another use, which the caller asks about. */
#define MODSEAL_USE_SCRIPT 0x1u
/* Where no rule for libraries matches, the rule for programs decides: a program that is
 * mapped like a library, as ld.so does when it is called by hand. */
#define MODSEAL_USE_EITHER 0x2u

/* Who could change a file while it is judged, or let whoever reads it wait. */
enum modseal_reach {
	MODSEAL_REACH_ROOT,    /* nobody but root */
	MODSEAL_REACH_USERS,   /* users could change it */
	MODSEAL_REACH_UNKNOWN, /* on a file system whose word about owners is not
				* believed: it may be a program of anybody's (FUSE) */
};

/* 0: they may be held. Not 0: not now, and the call ends with RESOURCE, unrecorded.
 * bytes: at most limits.max-size. */
typedef int modseal_hold(void *argument, uint64_t bytes, enum modseal_reach reach);

/* A file that another process is about to use. */
struct modseal_use {
	uint32_t version; /* MODSEAL_USE_VERSION */
	uint32_t flags;	  /* MODSEAL_USE_* */
	/* The file as that process has it, or as it was found for it: any descriptor,
	 * O_PATH too. Nothing is read of it: the path must lead to the very same file. */
	int descriptor;
	/* A descriptor of the directory that is `/` for that process (/proc/PID/root);
	 * -1: that of this process. */
	int root;
	const char *path;	/* the real path below that root, absolute */
	enum modseal_kind kind; /* LIBRARY or PROGRAM */
	/* Who wants it, for the record of the verdict: 0 and NULL leave out. */
	pid_t pid;
	pid_t parent;
	uint32_t user;	     /* effective user of that process; with pid only */
	uint32_t reserved32; /* must be zero, like the others */
	const char *program; /* the path of its program */
	const char *command; /* the name it gives itself */
	/* Asked before so many bytes of the file are held in memory, until the call ends:
	 * whoever judges for many at once can bound what they make it hold. NULL: nobody
	 * is asked. */
	modseal_hold *hold;
	void *hold_argument;
	uint64_t reserved[4];
};

/*
 * Decides whether the process may use the file where it lies. Judged is this one file,
 * not what it needs: that will be the next use. Accepted is only what nobody but root can
 * change afterwards, or what fs-verity holds: else the answer is HAND_OFF_UNAVAILABLE.
 * Nothing is kept from one call to the next, and nothing is mapped.
 *
 * It may be asked about files of a hostile process, and then may take as long as the file
 * system does. The caller frees *ret_verdict with modseal_verdict_free; it says in
 * modseal_verdict_held what holds the file. In audit mode what is refused for the place
 * only is let through, and modseal_verdict_held is NULL.
 *
 * Errors: as modseal_check, for one file; PATH_MISMATCH (path leads to another file);
 * HAND_OFF_UNAVAILABLE; ARGUMENT (unknown version or flag, another kind, no absolute
 * path, a context with a root_directory); RESOURCE, too, if use->hold said so.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_guard_use(struct modseal *context,
						     const struct modseal_use *use,
						     struct modseal_verdict **ret_verdict,
						     struct modseal_error *error);

/*
 * The same for a file that somebody could change: its bytes, judged as a library's, are
 * in *ret_descriptor: sealed memory that nobody can write to, or -1 where fs-verity holds
 * the file itself (and the rule's hand-off wants it so). The descriptor is the caller's.
 * No refusal is recorded: the file may only be read, and where it is to be executed
 * modseal_guard_use refuses it.
 *
 * Errors: as modseal_guard_use, but HAND_OFF_UNAVAILABLE only where the rule's hand-off
 * does not list `sealed`.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_guard_copy(struct modseal *context, const struct modseal_use *use,
		   int *ret_descriptor, struct modseal_verdict **ret_verdict,
		   struct modseal_error *error);

/*
 * Writes a record, if the policy wants records, of what the enforcer itself has refused,
 * or in audit mode (passed not 0) would have: memory that was to become executable, what
 * is no regular file. use says who wanted it; its path is the object, or where it is NULL
 * error->object. Nothing comes of it for any verdict.
 *
 * Errors: ARGUMENT (no context, version or flag unknown, no error).
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_guard_record(struct modseal *context, const struct modseal_use *use,
		     const struct modseal_error *refusal, int passed,
		     struct modseal_error *error);

/* Takes one directory of modseal_guard_places. Not 0: it wants no more. */
typedef int modseal_place_visit(void *argument, const char *directory);

/*
 * Tells the directories outside of which the policy in force approves neither programs
 * nor libraries: for each of its rules the one before the first component with a `*`, or
 * the one that its file is in. An enforcer may have the kernel execute nothing outside of
 * them (Landlock). Below them most files are approved no more than elsewhere. A directory
 * need not exist, and may be told more than once; in audit mode, where what no rule
 * approves passes, it is "/".
 *
 * Errors: ARGUMENT (no context, nobody to tell); otherwise 0 or what visit ended with.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_guard_places(struct modseal *context,
							modseal_place_visit *visit,
							void *argument,
							struct modseal_error *error);

/* What keeps the file of a verdict of modseal_guard_use from being changed where it lies:
 * "root" (it belongs to root, and so does the way to it; nobody else may write),
 * "verity"; NULL: nothing, or it was not asked. */
MODSEAL_API const char *modseal_verdict_held(const struct modseal_verdict *verdict);

/* 1 if the policy in force has `mode: audit`, 0 if it enforces, or without a context. */
MODSEAL_API int modseal_is_audit(struct modseal *context);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
