/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is judged ahead, by name. */
#include "verifier/ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/image/crew.h"
#include "verifier/search.h"

struct entry {
	struct modseal_task task;
	struct modseal_ahead *ahead;
	struct modseal_subject *subject; /* NULL once it was taken */
	const char *name;		 /* of the needer's ELF view */
	bool skipped;			 /* somebody failed before it was begun */
	int result;
	struct modseal_error error;
	struct entry *next;
};

struct modseal_ahead {
	struct modseal_crew *crew;
	pthread_mutex_t lock;
	/* under the lock */
	struct entry *first;
	size_t count;
	bool failed; /* one of them: no more are begun */
};

struct modseal_ahead *modseal_ahead_new(struct modseal_crew *crew)
{
	struct modseal_ahead *ahead = crew ? calloc(1, sizeof(*ahead)) : NULL;

	if (!ahead)
		return NULL;
	ahead->crew = crew;
	pthread_mutex_init(&ahead->lock, NULL);
	return ahead;
}

static void judge(struct modseal_task *task)
{
	struct entry *entry =
		(struct entry *)((char *)task - offsetof(struct entry, task));
	struct modseal_ahead *ahead = entry->ahead;

	pthread_mutex_lock(&ahead->lock);
	entry->skipped = ahead->failed;
	pthread_mutex_unlock(&ahead->lock);
	if (entry->skipped)
		return;
	entry->result = modseal_subject_run(entry->subject, &entry->error);
	if (entry->result == 0) {
		modseal_ahead_offer(ahead, entry->subject);
		return;
	}
	pthread_mutex_lock(&ahead->lock);
	ahead->failed = true;
	pthread_mutex_unlock(&ahead->lock);
}

static struct entry *find(struct modseal_ahead *ahead, const char *name)
{
	struct entry *entry = ahead->first;

	while (entry && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

/* Offers an entry for the name, if nobody has met it yet. With the lock: whoever finds an
 * entry may finish it, so it must be on offer by then. */
static void add(struct modseal_ahead *ahead, const struct modseal_subject *needer,
		const char *name)
{
	struct entry *entry;

	if (ahead->failed || ahead->count == MODSEAL_MAX_CLOSURE || find(ahead, name))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->subject = modseal_subject_needed(needer, name);
	if (!entry->subject) {
		free(entry);
		return;
	}
	entry->task.run = judge;
	entry->ahead = ahead;
	entry->name = name;
	entry->next = ahead->first;
	ahead->first = entry;
	ahead->count++;
	modseal_crew_offer(ahead->crew, &entry->task, false);
}

void modseal_ahead_offer(struct modseal_ahead *ahead,
			 const struct modseal_subject *needer)
{
	/* Where a rule has places of its own to look in, the same name may be another
	 * file for somebody else. */
	if (!ahead || modseal_rule_searches(needer->rule))
		return;
	for (size_t i = 0; i < needer->elf.needed_count; i++) {
		const char *name = needer->elf.needed[i];

		if (needer->to_load && modseal_gate_is_startup(name))
			continue;
		pthread_mutex_lock(&ahead->lock);
		add(ahead, needer, name);
		pthread_mutex_unlock(&ahead->lock);
	}
}

struct modseal_subject *modseal_ahead_take(struct modseal_ahead *ahead,
					   const struct modseal_subject *needer,
					   const char *name, int *ret_result,
					   struct modseal_error *ret_error)
{
	struct modseal_subject *subject;
	struct entry *entry;

	if (!ahead || modseal_rule_searches(needer->rule))
		return NULL;
	pthread_mutex_lock(&ahead->lock);
	entry = find(ahead, name);
	pthread_mutex_unlock(&ahead->lock);
	if (!entry)
		return NULL;
	modseal_crew_finish(ahead->crew, &entry->task, true);
	subject = entry->subject;
	if (!subject || entry->skipped)
		return NULL;
	entry->subject = NULL;
	subject->asked = name;
	subject->needed_by = needer;
	*ret_result = entry->result;
	if (ret_error && entry->result < 0)
		*ret_error = entry->error;
	return subject;
}

void modseal_ahead_stop(struct modseal_ahead *ahead)
{
	if (!ahead)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->failed = true;
	pthread_mutex_unlock(&ahead->lock);
	/* those that are being judged may add none any more */
	for (struct entry *entry = ahead->first; entry; entry = entry->next)
		modseal_crew_finish(ahead->crew, &entry->task, false);
}

void modseal_ahead_free(struct modseal_ahead **ahead)
{
	struct modseal_ahead *old = *ahead;

	*ahead = NULL;
	if (!old)
		return;
	modseal_ahead_stop(old);
	for (struct entry *entry = old->first, *next; entry; entry = next) {
		next = entry->next;
		if (entry->subject) {
			modseal_subject_clear(entry->subject);
			free(entry->subject);
		}
		free(entry);
	}
	pthread_mutex_destroy(&old->lock);
	free(old);
}
