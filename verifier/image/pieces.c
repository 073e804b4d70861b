/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the pieces of a file ahead of who takes them. */
#include "verifier/image/pieces.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "verifier/image/crew.h"

struct job {
	struct modseal_task task;
	const struct modseal_pieces *pieces;
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock */
	size_t next;  /* to be read */
	size_t taken; /* so many: their slots are free */
	bool *ready;  /* by slot */
	int failed;
};

static struct job *job_of(struct modseal_task *task)
{
	return (struct job *)((char *)task - offsetof(struct job, task));
}

static uint8_t *slot_of(const struct modseal_pieces *pieces, size_t number)
{
	return pieces->memory + number % pieces->slots * MODSEAL_PIECE_SIZE;
}

static size_t size_of(const struct modseal_pieces *pieces, size_t number)
{
	uint64_t offset = (uint64_t)number * MODSEAL_PIECE_SIZE;

	return pieces->size - offset < MODSEAL_PIECE_SIZE
		       ? (size_t)(pieces->size - offset)
		       : MODSEAL_PIECE_SIZE;
}

int modseal_pieces_write(int descriptor, const uint8_t *data, size_t size,
			 uint64_t offset)
{
	while (size) {
		ssize_t length = pwrite(descriptor, data, size, (off_t)offset);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return length < 0 ? errno : EIO;
		data += length;
		offset += (uint64_t)length;
		size -= (size_t)length;
	}
	return 0;
}

static int read_piece(const struct modseal_pieces *pieces, size_t number)
{
	uint8_t *to = slot_of(pieces, number);
	size_t wanted = size_of(pieces, number), got = 0;
	uint64_t offset = pieces->start + (uint64_t)number * MODSEAL_PIECE_SIZE;

	while (got < wanted) {
		ssize_t length = pread(pieces->descriptor, to + got, wanted - got,
				       (off_t)(offset + got));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno;
		if (length == 0)
			return MODSEAL_PIECES_SHORT;
		got += (size_t)length;
	}
	return pieces->copy_to < 0
		       ? 0
		       : modseal_pieces_write(pieces->copy_to, to, wanted, offset);
}

static void take_piece(const struct modseal_pieces *pieces, size_t number)
{
	uint64_t offset = (uint64_t)number * MODSEAL_PIECE_SIZE;
	size_t size = size_of(pieces, number);

	if (offset >= pieces->take_size)
		return;
	if (pieces->take_size - offset < size)
		size = (size_t)(pieces->take_size - offset);
	pieces->take(pieces->argument, slot_of(pieces, number), size);
}

static int read_alone(const struct modseal_pieces *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int failed = read_piece(pieces, i);

		if (failed)
			return failed;
		take_piece(pieces, i);
	}
	return 0;
}

/* Is there a piece nobody reads, and a slot for it? With the lock. */
static bool may_read(const struct job *job)
{
	return !job->failed && job->next < job->count &&
	       job->next - job->taken < job->pieces->slots;
}

/* With the lock, which it lets go meanwhile. */
static void read_next(struct job *job)
{
	size_t number = job->next++;
	int failed;

	pthread_mutex_unlock(&job->lock);
	failed = read_piece(job->pieces, number);
	pthread_mutex_lock(&job->lock);
	if (failed && !job->failed)
		job->failed = failed;
	job->ready[number % job->pieces->slots] = true;
	pthread_cond_broadcast(&job->changed);
}

static void read_ahead(struct modseal_task *task)
{
	struct job *job = job_of(task);

	pthread_mutex_lock(&job->lock);
	while (!job->failed && job->next < job->count) {
		if (may_read(job))
			read_next(job);
		else
			pthread_cond_wait(&job->changed, &job->lock);
	}
	pthread_mutex_unlock(&job->lock);
}

/* Until the piece is there, this thread reads what nobody has begun. With the lock. */
static bool wait_for(struct job *job, size_t number)
{
	bool *ready = &job->ready[number % job->pieces->slots];

	while (!*ready && !job->failed) {
		if (may_read(job))
			read_next(job);
		else
			pthread_cond_wait(&job->changed, &job->lock);
	}
	return !job->failed;
}

static void take_all(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	for (size_t i = 0; i < job->count && wait_for(job, i); i++) {
		pthread_mutex_unlock(&job->lock);
		take_piece(job->pieces, i);
		pthread_mutex_lock(&job->lock);
		job->ready[i % job->pieces->slots] = false;
		job->taken++;
		pthread_cond_broadcast(&job->changed);
	}
	pthread_mutex_unlock(&job->lock);
}

int modseal_pieces_read(const struct modseal_pieces *pieces, struct modseal_crew *crew)
{
	struct job job = {
		.task.run = read_ahead,
		.pieces = pieces,
		.count = modseal_pieces_count(pieces->size),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};

	if (!crew || job.count < 2 || pieces->slots < 2)
		return read_alone(pieces, job.count);
	job.ready = calloc(pieces->slots, sizeof(*job.ready));
	if (!job.ready)
		return read_alone(pieces, job.count);
	modseal_crew_offer(crew, &job.task, true);
	take_all(&job);
	/* nothing is left to be read, unless by who has begun */
	modseal_crew_finish(crew, &job.task, false);
	pthread_cond_destroy(&job.changed);
	pthread_mutex_destroy(&job.lock);
	free(job.ready);
	return job.failed;
}
