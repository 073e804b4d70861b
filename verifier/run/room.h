/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of files is held in memory while they are judged, and the calls that are
 * decided again once there is room. Any program can ask for many large files at once; a
 * call that waits so keeps no thread, and nobody waits who wants a small file.
 */
#ifndef MODSEAL_RUN_ROOM_H
#define MODSEAL_RUN_ROOM_H

#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "modseal-guard.h"

/* Smaller files are let in uncounted: there are only so many threads. */
#define RUN_ROOM_COUNTED (1024u * 1024)
/* Calls that wait for one room, and how long it may take, or to read a file that no
 * program can hold up; more, or longer, are refused. Of those that were killed meanwhile
 * a few go for each that would be too many. */
#define RUN_ROOM_CALLS	 1024u
#define RUN_ROOM_SECONDS 60

/* A call that waits. */
struct run_waiting {
	struct run_waiting *next;
	struct seccomp_notif call;
	int64_t since;	/* it was taken, milliseconds of the monotonic clock */
	uint64_t bytes; /* that it wants, as far as is known */
	char path[];
};

struct run_room {
	pthread_mutex_t lock;
	uint64_t limit; /* bytes; a larger file is let in when nothing else is there */
	/* locked */
	uint64_t used;
	struct run_waiting *first;
	size_t looked;	     /* so many of the first were found to wait still */
	atomic_size_t count; /* of the calls; changed with the lock */
};

/* What a program can slow down must not keep out what it cannot: each reach has a room of
 * its own. In a namespace of the program's no file system is known. */
#define RUN_ROOM_COUNT (MODSEAL_REACH_UNKNOWN + 1)
struct run_rooms {
	int listener; /* that calls come from */
	struct run_room of[RUN_ROOM_COUNT];
};

/* What one call has of them. */
struct run_stay {
	struct run_rooms *rooms;
	bool native;	       /* its file systems are those of this process */
	bool has_waited;       /* it is its turn, whoever else waits */
	struct run_room *room; /* that it has bytes of; NULL: none */
	struct run_room *full; /* that had none for it; NULL: none was asked */
	uint64_t bytes;	       /* of that room */
	/* Set while it has bytes of files that no program can hold up; NULL: nobody
	 * wants to know. */
	atomic_bool *reads;
};

/* limit: of each, in bytes. */
void run_rooms_start(struct run_rooms *rooms, int listener, uint64_t limit);
void run_rooms_end(struct run_rooms *rooms);

/* A modseal_hold; argument: the struct run_stay. */
int run_room_enter(void *argument, uint64_t bytes, enum modseal_reach reach);
/* What it was let in with is given back. */
void run_room_leave(struct run_stay *stay);

/* Lets a call wait for the room that was full for it. AGAIN: there is room by now.
 * REFUSED: too many wait, or there is no memory. */
enum run_wait { RUN_WAIT_BEGUN, RUN_WAIT_AGAIN, RUN_WAIT_REFUSED };
enum run_wait run_room_wait(const struct run_stay *stay, const struct seccomp_notif *call,
			    int64_t since, const char *path);
/* One that there is room for now, or NULL; the caller frees. Whoever left a room asks
 * until there is none: nobody else does. */
struct run_waiting *run_rooms_next(struct run_rooms *rooms);
/* One that waits since then or longer, or NULL; the caller frees. */
struct run_waiting *run_rooms_late(struct run_rooms *rooms, int64_t since);
bool run_rooms_are_waited_for(struct run_rooms *rooms);

#endif
