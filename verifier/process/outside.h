/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at processes from outside (modseal_check_running). Whoever owns a process
 * chooses its names, what is mapped in it, and when that changes: he is the attacker
 * here.
 */
#ifndef MODSEAL_PROCESS_OUTSIDE_H
#define MODSEAL_PROCESS_OUTSIDE_H

#include <limits.h>

#include "modseal-process.h"
#include "verifier/context.h"
#include "verifier/loader/environment.h"
#include "verifier/loader/maps.h"

/* ---- one process ---------------------------------------------------------------------
 */

/* One process, held by its directory in /proc: that stays its own whatever becomes of its
 * number. */
struct modseal_sight {
	pid_t pid;
	int process;   /* the directory: that of its first thread */
	int directory; /* that of a thread that lives; all share one memory */
	char name[32]; /* "process 12", for messages */
	uid_t user;
	char command[64];
	char program[PATH_MAX]; /* what /proc/PID/exe leads to */
	struct modseal_maps maps;
	struct modseal_environment environment;
	bool foreign; /* it is in another mount namespace, or that cannot be seen */
};

/*
 * Takes hold of a process and reads what is in it. What could be read is there on
 * failure, too; to be closed in any case. Errors: NOT_FOUND (ended, or never there),
 * UNSUPPORTED (a thread of the kernel), SYSTEM (errno EACCES: no right), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_sight_open(pid_t pid, struct modseal_sight *ret_sight,
					  struct modseal_error *error);
void modseal_sight_close(struct modseal_sight *sight);
/* Has the thread that was looked at ended by now? The process may go on. */
bool modseal_sight_is_lost(const struct modseal_sight *sight);
/* Has it ended by now? Then *error says so: NOT_FOUND. */
bool modseal_sight_has_ended(const struct modseal_sight *sight,
			     struct modseal_error *error);

/* The very file of a mapping, whatever its name leads to by now; flags as for open(2). A
 * descriptor, or -1 with errno: EPERM without CAP_CHECKPOINT_RESTORE, ENOENT where there
 * is no such mapping any more. */
int modseal_sight_open_mapping(const struct modseal_sight *sight,
			       const struct modseal_mapping *mapping, int flags);
/* May this process do that? */
bool modseal_sight_may_open_mappings(void);
/* Is the file of a descriptor mounted in the mount namespace of this process? False where
 * that cannot be seen. */
bool modseal_sight_is_mounted_here(int descriptor);
/* Does the kernel tell that a page of the vDSO is what it was? It is asked of our own. */
bool modseal_sight_knows_vdso(void);

/*
 * The number of pages of a mapping, size bytes from its start on, that are no longer
 * those of its file: somebody wrote to them. Errors: NOT_FOUND (the process has ended),
 * SYSTEM.
 */
MODSEAL_MUST_CHECK int modseal_sight_count_changed(const struct modseal_sight *sight,
						   const struct modseal_mapping *mapping,
						   uint64_t size, uint64_t *ret_pages,
						   struct modseal_error *error);

/* ---- files ---------------------------------------------------------------------------
 */

/* A file as the policy judges it, found out once in a run. */
struct modseal_outside_file {
	struct modseal_outside_file *next; /* of the same hash, younger first */
	char *asked;
	enum modseal_kind kind;
	bool sealed;	/* judged as one that is copied into sealed memory */
	uint64_t round; /* when: the number of the process */
	int code;	/* 0: approved, and then: */
	struct modseal_verdict *verdict;
	/* A page of it, as long as it is known: the kernel shows its own device, inode
	 * and name for it in our list of mappings, here copied. Not where it is sealed.
	 */
	const void *page;
	struct modseal_mapping shown;
	char *shown_name;
	uint64_t device; /* of fstat(2) */
	uint64_t inode;
	uint64_t size;
	uint64_t content_size;
	uint8_t digest[MODSEAL_SHA256_SIZE]; /* of the content */
	char *soname;
	char *interpreter;
	char **needed;
	size_t needed_count;
	uint64_t walked; /* the round in which what it needs was looked up */
	/* else why not */
	struct modseal_error *refusal;
};

#define MODSEAL_OUTSIDE_BUCKETS 1024u

/* One run over many processes. */
struct modseal_outside {
	struct modseal_context *context;
	uint32_t flags;
	uint64_t round; /* counts processes */
	struct modseal_outside_file *files[MODSEAL_OUTSIDE_BUCKETS];
	size_t file_count;
	bool unshown; /* there are files whose page was not looked up yet */
	bool may_open_mappings;
	bool vdso_is_told; /* the kernel tells changed pages of the vDSO from others */
};

/*
 * The file at a path, judged in this run, in this round where `fresh` is asked for. A
 * refusal is an answer: *ret_file says it. Errors: RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_outside_ask(struct modseal_outside *run, const char *path,
					   enum modseal_kind kind, bool sealed,
					   bool fresh,
					   struct modseal_outside_file **ret_file,
					   struct modseal_error *error);
/* Looks up what the kernel shows for the pages of new files. Errors: SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_outside_look_up(struct modseal_outside *run,
					       struct modseal_error *error);
void modseal_outside_forget(struct modseal_outside *run);

/* The SHA-256 of the first size bytes of a file. Errors: SYSTEM, CHANGED, CRYPTO,
 * RESOURCE. */
MODSEAL_MUST_CHECK int modseal_outside_digest(struct modseal_outside *run, int descriptor,
					      uint64_t size, const char *object,
					      uint8_t ret_digest[MODSEAL_SHA256_SIZE],
					      struct modseal_error *error);

/* ---- judging -------------------------------------------------------------------------
 */

/* One file or piece of memory of a process. */
struct modseal_outside_image {
	const struct modseal_mapping *mapping; /* the first executable one */
	char *path;			       /* where it would lie */
	const char *origin;
	struct modseal_outside_file *file; /* NULL: not asked, or memory */
	struct modseal_error *refusal;
	const char *remark;
};

struct modseal_outside_images {
	struct modseal_outside_image *items;
	size_t count;
};

/* Judges all that is mapped executable. Refusals are answers. Errors: what keeps the
 * process from being judged at all: NOT_FOUND, SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_outside_judge(struct modseal_outside *run,
					     const struct modseal_sight *sight,
					     struct modseal_outside_images *ret_images,
					     struct modseal_error *error);
void modseal_outside_images_free(struct modseal_outside_images *images);

/* Judges one memory copy that is called like one of modseal's, and that each mapping of
 * it holds what the policy approves at that path. Writes image->refusal. Errors:
 * RESOURCE. */
MODSEAL_MUST_CHECK int modseal_outside_judge_copy(struct modseal_outside *run,
						  const struct modseal_sight *sight,
						  struct modseal_outside_image *image,
						  struct modseal_error *error);

/* Marks what the program needs, and refuses what came in by a preload list. Errors:
 * RESOURCE. */
MODSEAL_MUST_CHECK int modseal_outside_judge_needs(struct modseal_outside *run,
						   const struct modseal_sight *sight,
						   struct modseal_outside_images *images,
						   struct modseal_error *error);

/* ---- words ---------------------------------------------------------------------------
 */

/* Keeps the first refusal of an image. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_outside_refuse(struct modseal_outside_image *image,
					      const struct modseal_error *why,
					      struct modseal_error *error);
/* How something of this path came in, as far as the traces tell that its owner left. */
const char *modseal_outside_way(const struct modseal_sight *sight, const char *path);
/* It is one that names it in a list which is for preloading. */
bool modseal_outside_is_preloaded(const char *way);

/* Fill *why: what is mapped is not the file that lies there, or that is gone; the policy
 * refuses it. */
void modseal_outside_fail_replaced(const struct modseal_sight *sight,
				   const struct modseal_outside_image *image,
				   const struct modseal_mapping *mapping,
				   struct modseal_error *why);
void modseal_outside_fail_by_policy(const struct modseal_sight *sight,
				    const struct modseal_outside_image *image,
				    struct modseal_error *why);

#endif
