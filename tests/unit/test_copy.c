/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/copy.c: what is given is what is sealed (R117), helped or alone. */
#include "tests/unit/sources.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/unit/slowness.h"
#include "verifier/image/crew.h"
#include "verifier/image/seal.h"

TestSuite(copy, .init = place_begin, .fini = place_end, .timeout = 60);

#define LARGE (5 * MEGABYTE + 4321)

struct given {
	uint64_t size;
	bool wrong;
};

static void take(void *argument, const uint8_t *data, size_t size)
{
	struct given *given = argument;

	given->wrong =
		given->wrong || !same_bytes(modseal_span_of(data, size), given->size);
	given->size += size;
}

/* Copies a new file; the crew is the caller's to free. */
static struct modseal_bytes copy_new(size_t size, struct modseal_crew *crew,
				     struct given *given,
				     struct modseal_reading *ret_reading)
{
	struct modseal_located located = locate_new(size);
	struct modseal_bytes bytes;

	*ret_reading = (struct modseal_reading){
		.crew = crew, .take = take, .argument = given, .without_last = 1000};
	cr_assert(zero(int, modseal_bytes_copy(&located, LARGE, 77, ret_reading, &bytes,
					       &error)),
		  "%s", error.message);
	modseal_located_close(&located);
	cr_assert(eq(sz, bytes.tail.size, 77));
	cr_assert(same_bytes(bytes.tail, size - 77));
	return bytes;
}

Test(copy, all_but_the_last_bytes_are_given_once)
{
	static const size_t sizes[] = {77,
				       1000,
				       1001,
				       PIECE,
				       MEGABYTE,
				       MEGABYTE + 1,
				       4 * MEGABYTE - 1,
				       4 * MEGABYTE,
				       4 * MEGABYTE + 1,
				       LARGE};

	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i / 2], content = size > 1000 ? size - 1000 : 0;
		struct modseal_crew *crew = modseal_crew_new(1 + i % 2);
		struct given given = {.size = 0};
		struct modseal_reading reading;
		struct modseal_bytes bytes = copy_new(size, crew, &given, &reading);
		bool large = crew && size >= 4 * MEGABYTE;

		cr_assert(eq(u64, reading.taken, large ? content : 0), "%zu", size);
		cr_assert(eq(int, bytes.given != NULL, large), "%zu", size);
		reading.taken = 0;
		reading.without_last = size - content;
		cr_assert(zero(int,
			       modseal_bytes_seal(&bytes, size, &reading, "x", &error)),
			  "%zu: %s", size, error.message);
		cr_assert(eq(u64, reading.taken, large ? 0 : content), "%zu", size);
		cr_assert(eq(u64, given.size, content), "%zu", size);
		cr_assert(not(given.wrong), "%zu", size);
		cr_assert(same_bytes(bytes.view, 0), "%zu", size);
		cr_assert(bytes.given == NULL);
		if (crew) /* nobody holds it any more */
			cr_assert(modseal_crew_claim(crew));
		modseal_bytes_free(&bytes);
		modseal_crew_free(&crew);
	}
}

/* A process of the same user can open the memfd until it is sealed. */
Test(copy, R117_what_was_changed_after_it_was_given_is_refused)
{
	static const off_t places[] = {
		0, LARGE / 2 - 1, LARGE / 2, LARGE - 1001, LARGE - 1000, LARGE - 1};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct modseal_crew *crew = modseal_crew_new(2);
		struct given given = {.size = 0};
		struct modseal_reading reading;
		struct modseal_bytes bytes = copy_new(LARGE, crew, &given, &reading);
		uint8_t byte;

		cr_assert(bytes.given != NULL);
		cr_assert(
			eq(long, (long)pread(bytes.descriptor, &byte, 1, places[i]), 1));
		byte ^= 0x10;
		cr_assert(
			eq(long, (long)pwrite(bytes.descriptor, &byte, 1, places[i]), 1));
		refused(modseal_bytes_seal(&bytes, LARGE, &reading, "x", &error),
			MODSEAL_E_CHANGED);
		cr_assert(zero(sz, bytes.view.size));
		modseal_bytes_free(&bytes);
		cr_assert(modseal_crew_claim(crew), "it was not given back");
		modseal_crew_free(&crew);
	}
}

/* Then nobody knows whether it was changed. */
Test(copy, without_memory_to_compare_it_is_not_called_changed)
{
	struct modseal_crew *crew = modseal_crew_new(2);
	struct given given = {.size = 0};
	struct modseal_reading reading;
	struct modseal_bytes bytes;
	struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
	void **all = NULL, **one;

	if (is_sanitized() || is_emulated())
		cr_skip_test("limits of memory do not hold here");
	bytes = copy_new(LARGE, crew, &given, &reading);
	cr_assert(bytes.given != NULL);
	cr_assert(zero(int, setrlimit(RLIMIT_AS, &limit)));
	while ((one = malloc(PIECE)) != NULL) {
		*one = all;
		all = one;
	}
	refused(modseal_bytes_seal(&bytes, LARGE, &reading, "x", &error),
		MODSEAL_E_RESOURCE);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert(zero(int, setrlimit(RLIMIT_AS, &limit)));
	for (; (one = all) != NULL; free(one))
		all = *one;
	cr_assert(zero(sz, bytes.view.size));
	modseal_bytes_free(&bytes);
	modseal_crew_free(&crew);
}

Test(copy, R117_a_copy_that_was_cut_or_grown_is_refused)
{
	static const off_t sizes[] = {0, LARGE - 1, LARGE + 1, LARGE + 4096};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct modseal_crew *crew = modseal_crew_new(2);
		struct given given = {.size = 0};
		struct modseal_reading reading;
		struct modseal_bytes bytes = copy_new(LARGE, crew, &given, &reading);

		cr_assert(zero(int, ftruncate(bytes.descriptor, sizes[i])));
		refused(modseal_bytes_seal(&bytes, LARGE, &reading, "x", &error),
			MODSEAL_E_CHANGED);
		modseal_bytes_free(&bytes);
		modseal_crew_free(&crew);
	}
}

/* What changes behind the part that is kept does not matter: it is cut off. */
Test(copy, the_kept_part_alone_is_compared)
{
	struct modseal_crew *crew = modseal_crew_new(2);
	struct given given = {.size = 0};
	struct modseal_reading reading;
	struct modseal_bytes bytes = copy_new(LARGE, crew, &given, &reading);

	cr_assert(eq(long, (long)pwrite(bytes.descriptor, "x", 1, LARGE - 500), 1));
	reading.without_last = 0;
	cr_assert(zero(int,
		       modseal_bytes_seal(&bytes, LARGE - 500, &reading, "x", &error)));
	cr_assert(eq(sz, bytes.view.size, LARGE - 500));
	cr_assert(same_bytes(bytes.view, 0));
	modseal_bytes_free(&bytes);
	modseal_crew_free(&crew);
}

Test(copy, one_at_a_time_is_held_in_private_memory)
{
	struct modseal_crew *crew = modseal_crew_new(2);
	struct given first_given = {.size = 0}, second_given = {.size = 0};
	struct modseal_reading first_reading, second_reading;
	struct modseal_bytes first = copy_new(LARGE, crew, &first_given, &first_reading);
	struct modseal_bytes second =
		copy_new(LARGE, crew, &second_given, &second_reading);

	cr_assert(first.given != NULL);
	cr_assert(second.given == NULL);
	modseal_bytes_free(&first); /* never sealed */
	cr_assert(zero(int,
		       modseal_bytes_seal(&second, LARGE, &second_reading, "x", &error)));
	cr_assert(eq(u64, second_given.size, LARGE - 1000));
	cr_assert(not(second_given.wrong));
	modseal_bytes_free(&second);
	cr_assert(modseal_crew_claim(crew));
	modseal_crew_free(&crew);
}

/* Longer than the kernel waits for one (a sixth of a second). */
static void *let_go_later(void *argument)
{
	int *ends = argument;
	char byte;

	usleep(250000);
	cr_assert(eq(long, (long)read(ends[0], &byte, 1), 1));
	return NULL;
}

/* Whoever moves pages about holds one for a moment, too. */
Test(copy, a_page_that_is_held_for_a_moment_is_waited_for)
{
	struct modseal_located located = locate_new(8192);
	struct modseal_bytes bytes;
	struct iovec held = {.iov_len = 1};
	pthread_t thread;
	int ends[2];

	if (is_emulated())
		cr_skip_test("pages are held by the emulator here");
	cr_assert(zero(int, modseal_bytes_copy(&located, 8192, 0, NULL, &bytes, &error)));
	cr_assert(zero(int, pipe(ends)));
	held.iov_base = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, bytes.descriptor, 0);
	cr_assert(held.iov_base != MAP_FAILED);
	cr_assert(eq(long, (long)vmsplice(ends[1], &held, 1, 0), 1));
	munmap(held.iov_base, 4096);
	cr_assert(zero(int, pthread_create(&thread, NULL, let_go_later, ends)));
	cr_assert(zero(int, modseal_bytes_seal(&bytes, 8192, NULL, "x", &error)), "%s",
		  error.message);
	pthread_join(thread, NULL);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
	close(ends[0]);
	close(ends[1]);
}
