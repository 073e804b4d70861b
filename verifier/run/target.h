/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread of the target means by an address, a descriptor or a path. All of it is
 * the word of somebody hostile: it is looked at, bounded, and never believed.
 */
#ifndef MODSEAL_RUN_TARGET_H
#define MODSEAL_RUN_TARGET_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "verifier/run/room.h"

/* What is being looked at, for whoever has to tell that it takes too long. */
struct run_about {
	pthread_mutex_t lock; /* over the path */
	char path[PATH_MAX];
	atomic_bool reads; /* it takes as long as it is large: see struct run_stay */
	/* Few threads are left that no file system holds up: only what answers at once
	 * is asked. */
	bool careful;
	bool may_wait; /* what is not to be had so is asked for later */
};
void run_about_set(struct run_about *about, const char *path);
void run_about_get(struct run_about *about, char path[PATH_MAX]);

/* A call of the target that waits for its answer. */
struct run_call {
	int listener; /* -1: there is no call, and no target that could be gone */
	uint64_t id;
	pid_t thread; /* who called, as this process sees it */
};

struct run_target {
	struct run_about *about; /* borrowed; NULL: nobody wants to know */
	struct run_call call;
	pid_t process; /* its thread group; 0: not asked yet */
	int root;      /* its `/`, O_PATH; -1: not opened yet */
	bool root_known;
	char root_path[PATH_MAX]; /* as this process sees that; "" for `/` */
	struct run_stay stay;	  /* what its file takes of the memory there is */
	/* Something could not be had carefully: it is to be decided again with a permit.
	 */
	bool wants_permit;
};

void run_target_start(struct run_target *target, const struct run_call *call,
		      struct run_about *about);
void run_target_end(struct run_target *target);

/*
 * Whether the call still waits. Numbers of threads are used again, but not the one of a
 * thread that waits: if it does now, all that was looked at until now was the caller's,
 * else it may be anybody's. So it is asked between looking and whatever is told,
 * recorded or kept of it (E22). The answer itself needs no asking: the kernel takes it
 * for this call only.
 */
bool run_target_waits(const struct run_target *target);
bool run_call_waits(int listener, uint64_t id);

/* All of these return 0 or an errno. */

/* What a descriptor of the thread leads to, O_PATH; the caller closes. EBADF: it has no
 * such. */
int run_target_descriptor(struct run_target *target, int number, int *ret_descriptor);
/* A text in its memory, at most size bytes with the NUL. ENAMETOOLONG, EFAULT. */
int run_target_text(const struct run_target *target, uint64_t address, char *buffer,
		    size_t size);
/* The real path of an open file below the thread's root. ENOENT: it has none there, or
 * none any more. */
int run_target_path_of(struct run_target *target, int descriptor, char path[PATH_MAX]);
/* Opens (O_PATH) what the thread means by a path: from directory (AT_FDCWD or a number of
 * its own), links followed as it would, unless no_follow. */
int run_target_find(struct run_target *target, int directory, const char *path,
		    bool no_follow, int *ret_descriptor);
/* Its `/`; borrowed. */
int run_target_root(struct run_target *target, int *ret_root);
/* Whether only what answers at once may be asked; run_target_find and what opens paths
 * give EAGAIN then for what is not to be had so. */
bool run_target_is_careful(const struct run_target *target);
/* Whether its user namespace is this process's: else chroot(2) and mounts are what it
 * pleases, and so are its paths. False also where that cannot be told. */
bool run_target_is_native(const struct run_target *target);
/* What /proc tells of the thread; sets the process, too. */
#define RUN_TARGET_STATUS 16384 /* more than a thousand groups */
int run_target_status(struct run_target *target, char status[RUN_TARGET_STATUS]);
/* What stands there behind a key, up to the end of the status; "": there is no such. */
const char *run_status_line(const char *status, const char *key);

#endif
