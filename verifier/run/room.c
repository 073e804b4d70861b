/* SPDX-License-Identifier: Apache-2.0 */
/* Lets calls in while there is memory for their files, and others wait in their order. */
#include "verifier/run/room.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/run/target.h"

/* So many of those that wait are looked at for one that finds no place: for each the
 * kernel goes through all calls that wait for an answer. */
#define LOOKS 16

void run_rooms_start(struct run_rooms *rooms, int listener, uint64_t limit)
{
	memset(rooms, 0, sizeof(*rooms));
	rooms->listener = listener;
	for (int i = 0; i < RUN_ROOM_COUNT; i++) {
		pthread_mutex_init(&rooms->of[i].lock, NULL);
		rooms->of[i].limit = limit;
	}
}

void run_rooms_end(struct run_rooms *rooms)
{
	for (int i = 0; i < RUN_ROOM_COUNT; i++) {
		while (rooms->of[i].first) {
			struct run_waiting *gone = rooms->of[i].first;

			rooms->of[i].first = gone->next;
			free(gone);
		}
		pthread_mutex_destroy(&rooms->of[i].lock);
	}
}

/* With the lock. */
static bool has_room(const struct run_room *room, uint64_t bytes)
{
	return room->used == 0 ||
	       (room->used <= room->limit && bytes <= room->limit - room->used);
}

int run_room_enter(void *argument, uint64_t bytes, enum modseal_reach reach)
{
	struct run_stay *stay = argument;
	struct run_room *room =
		&stay->rooms->of[stay->native ? reach : MODSEAL_REACH_UNKNOWN];
	bool enters;

	if (bytes < RUN_ROOM_COUNTED)
		return 0;
	stay->bytes = bytes;
	pthread_mutex_lock(&room->lock);
	/* not before others who wait: a large file would never get in */
	enters = (!room->first || stay->has_waited) && has_room(room, bytes);
	if (enters)
		room->used += bytes;
	pthread_mutex_unlock(&room->lock);
	if (enters)
		stay->room = room;
	else
		stay->full = room;
	if (enters && stay->reads && room != &stay->rooms->of[MODSEAL_REACH_UNKNOWN])
		atomic_store(stay->reads, true);
	return enters ? 0 : 1;
}

void run_room_leave(struct run_stay *stay)
{
	if (!stay->room)
		return;
	if (stay->reads)
		atomic_store(stay->reads, false);
	pthread_mutex_lock(&stay->room->lock);
	stay->room->used -= stay->bytes;
	pthread_mutex_unlock(&stay->room->lock);
	stay->room = NULL;
}

/* With the lock. Who has waited before was the first, and is again. */
static void queue(struct run_room *room, struct run_waiting *waiting, bool has_waited)
{
	struct run_waiting **place = &room->first;

	while (!has_waited && *place)
		place = &(*place)->next;
	waiting->next = *place;
	*place = waiting;
	atomic_fetch_add(&room->count, 1);
}

/* With the lock. */
static struct run_waiting *take_out(struct run_room *room, struct run_waiting **place)
{
	struct run_waiting *waiting = *place;

	*place = waiting->next;
	waiting->next = NULL;
	atomic_fetch_sub(&room->count, 1);
	return waiting;
}

/* With the lock, and from where it was left the last time. Else a program could have all
 * places for as long as they are waited in, and keep no process for it. */
static void drop_killed(struct run_room *room, int listener)
{
	struct run_waiting **place = &room->first;

	for (size_t i = 0; i < room->looked && *place; i++)
		place = &(*place)->next;
	for (int looks = 0; looks < LOOKS && room->first; looks++) {
		if (!*place) {
			place = &room->first;
			room->looked = 0;
		}
		if (run_call_waits(listener, (*place)->call.id)) {
			place = &(*place)->next;
			room->looked++;
		} else {
			free(take_out(room, place));
		}
	}
}

enum run_wait run_room_wait(const struct run_stay *stay, const struct seccomp_notif *call,
			    int64_t since, const char *path)
{
	struct run_room *room = stay->full;
	size_t length = strlen(path) + 1;
	struct run_waiting *waiting = malloc(sizeof(*waiting) + length);
	enum run_wait result = RUN_WAIT_BEGUN;

	if (!waiting)
		return RUN_WAIT_REFUSED;
	waiting->call = *call;
	waiting->since = since;
	waiting->bytes = stay->bytes;
	memcpy(waiting->path, path, length);
	pthread_mutex_lock(&room->lock);
	if (atomic_load(&room->count) >= RUN_ROOM_CALLS)
		drop_killed(room, stay->rooms->listener);
	/* somebody must come who asks run_rooms_next: who is in, or was just let in */
	if (room->used == 0 && (!room->first || stay->has_waited))
		result = RUN_WAIT_AGAIN;
	else if (atomic_load(&room->count) >= RUN_ROOM_CALLS)
		result = RUN_WAIT_REFUSED;
	else
		queue(room, waiting, stay->has_waited);
	pthread_mutex_unlock(&room->lock);
	if (result != RUN_WAIT_BEGUN)
		free(waiting);
	return result;
}

struct run_waiting *run_rooms_next(struct run_rooms *rooms)
{
	struct run_waiting *next = NULL;

	for (int i = 0; !next && i < RUN_ROOM_COUNT; i++) {
		struct run_room *room = &rooms->of[i];

		if (atomic_load(&room->count) == 0)
			continue;
		pthread_mutex_lock(&room->lock);
		if (room->first && has_room(room, room->first->bytes))
			next = take_out(room, &room->first);
		pthread_mutex_unlock(&room->lock);
	}
	return next;
}

struct run_waiting *run_rooms_late(struct run_rooms *rooms, int64_t since)
{
	struct run_waiting *late = NULL;

	for (int i = 0; !late && i < RUN_ROOM_COUNT; i++) {
		struct run_room *room = &rooms->of[i];
		struct run_waiting **place = &room->first;

		pthread_mutex_lock(&room->lock);
		while (*place && (*place)->since > since)
			place = &(*place)->next;
		if (*place)
			late = take_out(room, place);
		pthread_mutex_unlock(&room->lock);
	}
	return late;
}

bool run_rooms_are_waited_for(struct run_rooms *rooms)
{
	for (int i = 0; i < RUN_ROOM_COUNT; i++)
		if (atomic_load(&rooms->of[i].count) > 0)
			return true;
	return false;
}
