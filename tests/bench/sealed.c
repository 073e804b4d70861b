/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What any loader has to do that maps what it has checked: each file copied into a memfd,
 * sealed, and the sealed bytes read back: their digest taken, and its signature checked,
 * with OpenSSL alone. No path, policy, ELF file or process is looked at.
 *
 * A file below LARGE is copied, and its copy hashed, by one thread. Of a larger one,
 * where there are two threads, the first hashes what the others read and copy, and all
 * compare what was sealed with what was hashed: that is less than to hash it afterwards.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "floor.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

#define PIECE	    BENCH_FLOOR_PIECE
#define LARGE	    (4 * 1024 * 1024)
#define DESCRIPTORS 512

struct file {
	const char *path;
	size_t size, content;
	int source, memfd;
	unsigned char tail[BENCH_FLOOR_TAIL];
	atomic_bool taken;
	/* of a large one */
	unsigned char *kept;
	size_t pieces;
	atomic_bool begun, sealed, done;
	atomic_size_t copies, comparisons, compared; /* pieces taken, done */
	atomic_bool *copied;
};

struct crew {
	struct file **order;
	size_t count, threads;
	bool forget; /* lets each copy go as soon as it is checked */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* one of the atomic_bools */
	atomic_bool failed;
};

struct worker {
	struct crew *crew;
	struct bench_floor *floor;
	unsigned char piece[PIECE];
};

static void set(struct crew *crew, atomic_bool *state)
{
	pthread_mutex_lock(&crew->lock);
	atomic_store(state, true);
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

/* False: something failed. */
static bool wait_for(struct crew *crew, atomic_bool *state)
{
	pthread_mutex_lock(&crew->lock);
	while (!atomic_load(state) && !atomic_load(&crew->failed))
		pthread_cond_wait(&crew->changed, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	return !atomic_load(&crew->failed);
}

/* ---- one file ------------------------------------------------------------------------
 */

/* The tail is read with the rest where one piece has room for it. */
static int open_file(const struct bench_floor *floor, struct file *file,
		     unsigned char *piece)
{
	size_t tail = file->size < sizeof(file->tail) ? file->size : sizeof(file->tail);
	size_t first = file->size <= PIECE ? file->size : tail;
	off_t start = (off_t)(file->size - first);

	file->source = open(file->path, O_RDONLY | O_CLOEXEC);
	if (file->source < 0 ||
	    pread(file->source, piece, first, start) != (ssize_t)first)
		return -1;
	memcpy(file->tail + sizeof(file->tail) - tail, piece + first - tail, tail);
	file->content =
		bench_floor_content(floor, file->tail + sizeof(file->tail), file->size);
	file->memfd =
		memfd_create("floor", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (file->memfd < 0) /* before Linux 6.3 */
		file->memfd = memfd_create("floor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return file->memfd < 0 || file->content == 0 ? -1 : 0;
}

/* EBUSY: the kernel itself still has a page of it in hand, see verifier/image/seal.c. */
static int seal(struct file *file)
{
	int result, tries = 0;

	close(file->source);
	do
		result = fcntl(file->memfd, F_ADD_SEALS,
			       F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	while (result && errno == EBUSY && tries++ < 20);
	return result;
}

static size_t piece_size(const struct file *file, size_t start)
{
	return file->content - start < PIECE ? file->content - start : PIECE;
}

static int copy_and_check(struct worker *worker, struct file *file)
{
	struct bench_floor *floor = worker->floor;
	unsigned char *piece = worker->piece;

	if (open_file(floor, file, piece))
		return -1;
	for (size_t at = 0; at < file->content; at += PIECE) {
		ssize_t size = (ssize_t)piece_size(file, at);

		if ((file->size > PIECE &&
		     pread(file->source, piece, (size_t)size, (off_t)at) != size) ||
		    pwrite(file->memfd, piece, (size_t)size, (off_t)at) != size)
			return -1;
	}
	if (seal(file) || bench_floor_begin(floor))
		return -1;
	for (size_t at = 0; at < file->content; at += PIECE) {
		ssize_t size = (ssize_t)piece_size(file, at);

		if (pread(file->memfd, piece, (size_t)size, (off_t)at) != size ||
		    bench_floor_add(floor, piece, (size_t)size))
			return -1;
	}
	return bench_floor_end(floor, file->tail + sizeof(file->tail));
}

/* ---- a large file, by all
 * --------------------------------------------------------------
 */

/* A piece that nobody has begun; false: there is none left. */
static bool copy_piece(struct crew *crew, struct file *file)
{
	size_t number = atomic_fetch_add(&file->copies, 1), at = number * PIECE;
	ssize_t size;

	if (number >= file->pieces)
		return false;
	size = (ssize_t)piece_size(file, at);
	if (pread(file->source, file->kept + at, (size_t)size, (off_t)at) != size ||
	    pwrite(file->memfd, file->kept + at, (size_t)size, (off_t)at) != size)
		set(crew, &crew->failed);
	set(crew, &file->copied[number]);
	return true;
}

static bool compare_piece(struct worker *worker, struct file *file)
{
	struct crew *crew = worker->crew;
	size_t number = atomic_fetch_add(&file->comparisons, 1), at = number * PIECE;
	ssize_t size;

	if (number >= file->pieces)
		return false;
	size = (ssize_t)piece_size(file, at);
	if (pread(file->memfd, worker->piece, (size_t)size, (off_t)at) != size ||
	    memcmp(worker->piece, file->kept + at, (size_t)size) != 0)
		set(crew, &crew->failed);
	if (atomic_fetch_add(&file->compared, 1) + 1 == file->pieces)
		set(crew, &file->done);
	return true;
}

static int begin_large(const struct bench_floor *floor, struct file *file)
{
	unsigned char tail[BENCH_FLOOR_TAIL];

	if (open_file(floor, file, tail))
		return -1;
	file->pieces = (file->content + PIECE - 1) / PIECE;
	file->copied = calloc(file->pieces, sizeof(*file->copied));
	file->kept = mmap(NULL, file->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!file->copied || file->kept == MAP_FAILED)
		return -1;
	madvise(file->kept, file->size, MADV_HUGEPAGE);
	return 0;
}

/* Of whoever comes first. */
static int check_large(struct worker *worker, struct file *file)
{
	struct bench_floor *floor = worker->floor;
	struct crew *crew = worker->crew;

	if (begin_large(floor, file) || bench_floor_begin(floor))
		return -1;
	set(crew, &file->begun);
	for (size_t i = 0; i < file->pieces; i++) {
		while (!atomic_load(&file->copied[i]) && copy_piece(crew, file))
			;
		if (!wait_for(crew, &file->copied[i]) ||
		    bench_floor_add(floor, file->kept + i * PIECE,
				    piece_size(file, i * PIECE)))
			return -1;
	}
	if (bench_floor_end(floor, file->tail + sizeof(file->tail)) || seal(file))
		return -1;
	set(crew, &file->sealed);
	while (compare_piece(worker, file))
		;
	if (!wait_for(crew, &file->done))
		return -1;
	munmap(file->kept, file->size);
	free(file->copied);
	return 0;
}

/* ---- all files
 * -------------------------------------------------------------------------
 */

static bool is_large(const struct crew *crew, const struct file *file)
{
	return crew->threads > 1 && file->size >= LARGE;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;

	for (size_t i = 0; i < crew->count && !atomic_load(&crew->failed); i++) {
		struct file *file = crew->order[i];
		bool large = is_large(crew, file);
		int result = 0;

		if (!atomic_exchange(&file->taken, true))
			result = large ? check_large(worker, file)
				       : copy_and_check(worker, file);
		else if (large && wait_for(crew, &file->begun))
			while (copy_piece(crew, file))
				;
		else
			continue;
		if (result)
			set(crew, &crew->failed);
		else if (crew->forget && !large)
			close(file->memfd);
	}
	for (size_t i = 0; i < crew->count && is_large(crew, crew->order[i]); i++)
		if (wait_for(crew, &crew->order[i]->sealed))
			while (compare_piece(worker, crew->order[i]))
				;
	return NULL;
}

static int larger_first(const void *a, const void *b)
{
	const struct file *x = *(struct file *const *)a, *y = *(struct file *const *)b;

	return x->size < y->size ? 1 : x->size > y->size ? -1 : 0;
}

static int make_workers(struct crew *crew, const char *certificate,
			struct worker **ret_workers)
{
	struct worker *workers = calloc(crew->threads, sizeof(*workers));

	for (size_t i = 0; workers && i < crew->threads; i++) {
		workers[i].crew = crew;
		workers[i].floor = bench_floor_new(certificate);
		if (!workers[i].floor)
			return 1;
	}
	*ret_workers = workers;
	return !workers;
}

static void run_crew(struct crew *crew, struct worker *workers)
{
	pthread_t others[BENCH_MAX_THREADS];
	size_t begun = 0;

	/* while the table has one user it grows at once: see verifier/image/crew.c */
	close(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, DESCRIPTORS - 1));
	while (begun + 1 < crew->threads &&
	       pthread_create(&others[begun], NULL, work, &workers[begun + 1]) == 0)
		bench_put_elsewhere(others[begun++]);
	work(workers);
	for (size_t i = 0; i < begun; i++)
		pthread_join(others[i], NULL);
}

/* In the order given: dependencies first. */
static int load_all(const struct file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/proc/self/fd/%d", files[i].memfd);
		if (!dlopen(name, RTLD_NOW)) {
			fprintf(stderr, "%s: %s\n", files[i].path, dlerror());
			return 1;
		}
	}
	return 0;
}

static size_t read_files(struct file *files, struct file **order)
{
	static char *paths[BENCH_MAX_FILES];
	size_t count = bench_read_list(paths);
	struct stat status;

	for (size_t i = 0; i < count; i++) {
		files[i].path = paths[i];
		files[i].size = stat(paths[i], &status) == 0 ? (size_t)status.st_size : 0;
		order[i] = &files[i];
	}
	qsort(order, count, sizeof(*order), larger_first);
	return count;
}

int bench_sealed(char **arguments)
{
	static struct file files[BENCH_MAX_FILES];
	static struct file *order[BENCH_MAX_FILES];
	struct crew crew = {.order = order,
			    .count = read_files(files, order),
			    .threads = strtoul(arguments[0], NULL, 10),
			    .forget = strcmp(arguments[2], "forget") == 0,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .changed = PTHREAD_COND_INITIALIZER};
	struct worker *workers;
	double start, verified;

	if (crew.threads == 0 || crew.threads > BENCH_MAX_THREADS || crew.count == 0)
		return 2;
	if (make_workers(&crew, arguments[1], &workers))
		return 1;
	start = bench_now();
	run_crew(&crew, workers);
	verified = bench_now();
	if (atomic_load(&crew.failed)) {
		fprintf(stderr, "a file cannot be copied, or its signature is wrong\n");
		return 1;
	}
	if (!crew.forget && load_all(files, crew.count))
		return 1;
	printf("verify %.2f\nload %.2f\nus %.2f\n", verified - start,
	       bench_now() - verified, bench_now() - start);
	for (size_t i = 0; i < crew.threads; i++)
		bench_floor_free(workers[i].floor);
	free(workers);
	return 0;
}
