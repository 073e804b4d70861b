/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/spares.c: one owner at a time, few are kept, and no file sees another's
 * bytes. */
#include "tests/unit/sources.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* There where AddressSanitizer is linked (see is_sanitized). */
extern int __asan_address_is_poisoned(const volatile void *address) __attribute__((weak));

static bool is_out_of_bounds(const void *address)
{
	return !__asan_address_is_poisoned || __asan_address_is_poisoned(address);
}

static bool is_mapped(void *memory)
{
	return msync(memory, 4096, MS_ASYNC) == 0;
}

/* Another process's last moment: one byte of the memfd changes before its seals hold. */
static struct {
	bool comes;
	size_t offset;
	uint8_t byte; /* what is there then */
} attack;

static void attack_now(int descriptor)
{
	off_t offset = (off_t)attack.offset;

	attack.comes = false;
	cr_assert(eq(sz, (size_t)pread(descriptor, &attack.byte, 1, offset), 1));
	attack.byte ^= 0x10;
	cr_assert(eq(sz, (size_t)pwrite(descriptor, &attack.byte, 1, offset), 1));
}

/* In place of the C library's, which the call is passed on to. */
int fcntl(int descriptor, int command, ...)
{
	va_list arguments;
	unsigned long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (command == F_ADD_SEALS && attack.comes)
		attack_now(descriptor);
	return (int)syscall(SYS_fcntl, descriptor, command, argument);
}

TestSuite(spares, .init = place_begin, .fini = place_end, .timeout = 60);

Test(spares, what_was_given_back_is_given_out_again)
{
	struct modseal_spares spares = {{NULL}};
	uint8_t *first = modseal_spares_take(&spares, MODSEAL_SPARE_SIZE);
	uint8_t *second = modseal_spares_take(&spares, 10);

	cr_assert(first && second);
	cr_assert(first != second, "one memory for two");
	modseal_spares_give(&spares, second);
	cr_assert(modseal_spares_take(&spares, 1) == second);
	modseal_spares_give(&spares, first);
	modseal_spares_give(&spares, second);
	modseal_spares_give(&spares, NULL);
	modseal_spares_clear(&spares);
	for (size_t i = 0; i < MODSEAL_SPARE_COUNT; i++)
		cr_assert(spares.kept[i] == NULL);
}

Test(spares, no_more_are_kept_than_have_a_place)
{
	struct modseal_spares spares = {{NULL}};
	uint8_t *taken[MODSEAL_SPARE_COUNT + 3];
	size_t count = sizeof(taken) / sizeof(taken[0]);

	for (size_t i = 0; i < count; i++) {
		taken[i] = modseal_spares_take(&spares, 1);
		cr_assert(taken[i] != NULL);
	}
	for (size_t i = 0; i < count; i++)
		modseal_spares_give(&spares, taken[i]);
	for (size_t i = 0; i < MODSEAL_SPARE_COUNT; i++)
		cr_assert(spares.kept[i] == taken[i], "%zu", i);
	for (size_t i = 0; i < count; i++)
		cr_assert(eq(int, is_mapped(taken[i]), i < MODSEAL_SPARE_COUNT), "%zu",
			  i);
	modseal_spares_clear(&spares);
	for (size_t i = 0; i < count; i++)
		cr_assert(not(is_mapped(taken[i])), "%zu", i);
}

/* How much of it there is memory for. */
static size_t resident(uint8_t *memory)
{
	static unsigned char pages[MODSEAL_SPARE_SIZE / 4096];
	size_t count = 0;

	cr_assert(zero(int, mincore(memory, MODSEAL_SPARE_SIZE, pages)));
	for (size_t i = 0; i < sizeof(pages); i++)
		count += pages[i] & 1;
	return count * 4096;
}

Test(spares, trimmed_they_take_little)
{
	struct modseal_spares spares = {{NULL}};
	uint8_t *first = modseal_spares_take(&spares, MODSEAL_SPARE_SIZE);
	uint8_t *second = modseal_spares_take(&spares, MODSEAL_SPARE_SIZE);

	memset(first, 1, MODSEAL_SPARE_SIZE);
	memset(second, 2, MODSEAL_SPARE_SIZE);
	modseal_spares_trim(&spares);
	cr_assert(eq(sz, resident(first), MODSEAL_SPARE_SIZE), "it is in use");
	modseal_spares_give(&spares, first);
	modseal_spares_trim(&spares);
	cr_assert(eq(sz, resident(first), MODSEAL_SPARE_SIZE), "it is the only one");
	modseal_spares_give(&spares, second);
	cr_assert(eq(sz, resident(first), MODSEAL_SPARE_SIZE));
	modseal_spares_trim(&spares);
	cr_assert(is_mapped(first));
	cr_assert(le(sz, resident(first), MODSEAL_SPARE_SIZE / 8));
	cr_assert(not(is_mapped(second)));
	cr_assert(modseal_spares_take(&spares, MODSEAL_SPARE_SIZE) == first);
	memset(first, 3, MODSEAL_SPARE_SIZE);
	modseal_spares_give(&spares, first);
	modseal_spares_shrink(&spares);
	cr_assert(le(sz, resident(first), MODSEAL_SPARE_SIZE / 8));
	modseal_spares_clear(&spares);
}

static void *take_and_give(void *argument)
{
	struct modseal_spares *spares = argument;
	uint8_t own = (uint8_t)(uintptr_t)pthread_self() | 1;

	for (unsigned round = 0; round < 2000; round++) {
		uint8_t *memory = modseal_spares_take(spares, 4096);

		if (!memory)
			return spares;
		memset(memory, own + (uint8_t)round, 4096);
		sched_yield();
		for (size_t i = 0; i < 4096; i++)
			if (memory[i] != (uint8_t)(own + (uint8_t)round))
				return spares;
		modseal_spares_give(spares, memory);
	}
	return NULL;
}

Test(spares, threads_never_have_the_same)
{
	struct modseal_spares spares = {{NULL}};
	pthread_t threads[MODSEAL_SPARE_COUNT + 4];
	size_t count = sizeof(threads) / sizeof(threads[0]);

	for (size_t i = 0; i < count; i++)
		cr_assert(zero(
			int, pthread_create(&threads[i], NULL, take_and_give, &spares)));
	for (size_t i = 0; i < count; i++) {
		void *wrong = NULL;

		pthread_join(threads[i], &wrong);
		cr_assert(wrong == NULL, "thread %zu met somebody", i);
	}
	modseal_spares_clear(&spares);
}

Test(spares, all_but_one_are_given_up)
{
	struct modseal_spares spares = {{NULL}};
	uint8_t *taken[MODSEAL_SPARE_COUNT];

	for (size_t i = 0; i < MODSEAL_SPARE_COUNT; i++)
		taken[i] = modseal_spares_take(&spares, 1);
	for (size_t i = 0; i < MODSEAL_SPARE_COUNT; i++)
		modseal_spares_give(&spares, taken[i]);
	modseal_spares_trim(&spares);
	cr_assert(spares.kept[0] != NULL);
	for (size_t i = 1; i < MODSEAL_SPARE_COUNT; i++)
		cr_assert(spares.kept[i] == NULL, "%zu", i);
	modseal_spares_clear(&spares);
	modseal_spares_trim(&spares);
}

/* The view is exactly the file, whatever lay there before. */
Test(spares, a_file_has_no_bytes_of_the_one_before)
{
	static const size_t sizes[] = {MODSEAL_SPARE_SIZE - 1,
				       0,
				       1,
				       4096,
				       MODSEAL_SPARE_SIZE,
				       100,
				       2 * MEGABYTE - 1,
				       2 * MEGABYTE,
				       2 * MEGABYTE + 1,
				       5 * MEGABYTE,
				       100000};
	struct modseal_spares spares = {{NULL}};
	struct modseal_reading reading = {.spares = &spares};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct modseal_located located = locate_new(sizes[i]);
		struct modseal_bytes bytes;

		cr_assert(zero(int, modseal_bytes_read_with(&located, 8 * MEGABYTE,
							    &reading, &bytes, &error)),
			  "%zu: %s", sizes[i], error.message);
		cr_assert(eq(sz, bytes.view.size, sizes[i]));
		cr_assert(eq(sz, bytes.tail.size, sizes[i]));
		cr_assert(eq(u64, bytes.file_size, sizes[i]));
		cr_assert(same_bytes(bytes.view, 0), "size %zu", sizes[i]);
		if (sizes[i] < MODSEAL_SPARE_SIZE)
			cr_assert(spares.kept[0] == NULL, "%zu: it is not in use",
				  sizes[i]);
		/* one byte more was asked for, to see the end of the file */
		if (sizes[i] < MODSEAL_SPARE_SIZE - 1)
			cr_assert(is_out_of_bounds(bytes.view.data + sizes[i] + 1),
				  "size %zu", sizes[i]);
		modseal_bytes_free(&bytes);
		cr_assert(spares.kept[0] != NULL);
		cr_assert(spares.kept[1] == NULL, "one at a time needs one");
		cr_assert(is_out_of_bounds(spares.kept[0]));
		modseal_located_close(&located);
	}
	modseal_spares_clear(&spares);
}

Test(spares, what_a_refused_file_had_is_given_back)
{
	struct modseal_spares spares = {{NULL}};
	struct modseal_reading reading = {.spares = &spares};
	struct modseal_located located = locate_new(5000);
	struct modseal_bytes bytes;

	refused(modseal_bytes_read_with(&located, 4999, &reading, &bytes, &error),
		MODSEAL_E_TOO_LARGE);
	cr_assert(spares.kept[0] == NULL, "memory for a file that is too large");
	cr_assert(zero(int, truncate(in_place("x.so"), 4000)));
	refused(modseal_bytes_read_with(&located, 5000, &reading, &bytes, &error),
		MODSEAL_E_CHANGED);
	cr_assert(spares.kept[0] != NULL);
	modseal_located_close(&located);
	modseal_spares_clear(&spares);
}

static void take_all(void *argument, const uint8_t *data, size_t size)
{
	memcpy(argument, data, size);
}

/* R117: until it is sealed a process of the same user can write into the memfd. What is
 * looked at is what the seal holds fast, not what was read from the file. */
Test(spares, R117_the_view_of_a_small_copy_is_what_was_sealed)
{
	static const size_t sizes[] = {1, 4097, MODSEAL_SPARE_SIZE,
				       MODSEAL_SPARE_SIZE + 1};
	static uint8_t given[MODSEAL_SPARE_SIZE + 1], mapped[MODSEAL_SPARE_SIZE + 1];
	struct modseal_spares spares = {{NULL}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i], last = size - 1;
		struct modseal_located located = locate_new(size);
		struct modseal_reading reading = {.spares = &spares,
						  .take = take_all,
						  .argument = given,
						  .without_last = last / 2};
		struct modseal_bytes bytes;

		cr_assert(zero(int, modseal_bytes_copy(&located, 2 * MEGABYTE, 9, NULL,
						       &bytes, &error)));
		cr_assert(
			eq(sz, (size_t)pwrite(bytes.descriptor, "!", 1, (off_t)last), 1));
		cr_assert(eq(sz, (size_t)pwrite(bytes.descriptor, "?", 1, 0), 1));
		cr_assert(zero(int,
			       modseal_bytes_seal(&bytes, size, &reading, "x", &error)),
			  "%zu: %s", size, error.message);
		cr_assert(eq(sz, bytes.view.size, size));
		cr_assert(eq(sz, (size_t)pread(bytes.descriptor, mapped, size, 0), size));
		cr_assert(zero(int, memcmp(bytes.view.data, mapped, size)), "%zu", size);
		cr_assert(eq(u64, reading.taken, size - last / 2));
		if (size <= MODSEAL_SPARE_SIZE) {
			cr_assert(zero(int, memcmp(given, mapped, size - last / 2)));
			cr_assert(bytes.spare == bytes.view.data);
			modseal_bytes_leave_view(&bytes);
			cr_assert(spares.kept[0] != NULL);
			cr_assert(eq(sz, bytes.view.size, 0));
			cr_assert(eq(sz, bytes.tail.size, 0));
			cr_assert(bytes.tail_buffer == NULL);
			cr_assert(bytes.sealed && bytes.descriptor >= 0);
		}
		modseal_bytes_free(&bytes);
		modseal_located_close(&located);
	}
	modseal_spares_clear(&spares);
}

/* The same where what was read lies in a spare: the sealed bytes take its place, but for
 * the last ones, which were looked at before and must be those. changed: at which byte
 * the memfd is. */
static int seal_changed(struct modseal_spares *spares, size_t size, size_t last,
			size_t changed)
{
	static uint8_t given[MODSEAL_SPARE_SIZE], mapped[MODSEAL_SPARE_SIZE];
	struct modseal_located located = locate_new(size);
	struct modseal_reading reading = {.spares = spares,
					  .take = take_all,
					  .argument = given,
					  .without_last = last};
	struct modseal_bytes bytes;
	int result;

	cr_assert(zero(int, modseal_bytes_copy(&located, 2 * MEGABYTE, 77, &reading,
					       &bytes, &error)));
	modseal_located_close(&located);
	cr_assert(same_bytes(bytes.tail, size - 77), "%zu", size);
	cr_assert(spares->kept[0] == NULL, "it is not in use");
	attack.offset = changed;
	attack.comes = true;
	result = modseal_bytes_seal(&bytes, size, &reading, "x", &error);
	cr_assert(not(attack.comes), "nobody changed anything");
	if (result == 0) {
		cr_assert(eq(sz, bytes.view.size, size));
		cr_assert(eq(sz, (size_t)pread(bytes.descriptor, mapped, size, 0), size));
		cr_assert(zero(int, memcmp(bytes.view.data, mapped, size)), "%zu", size);
		cr_assert(eq(uint, bytes.view.data[changed], attack.byte));
		cr_assert(eq(u64, reading.taken, size - last));
		cr_assert(zero(int, memcmp(given, mapped, size - last)));
		if (size + 1 < MODSEAL_SPARE_SIZE)
			cr_assert(is_out_of_bounds(bytes.view.data + size + 1));
	} else {
		cr_assert(zero(sz, bytes.view.size));
	}
	modseal_bytes_free(&bytes);
	cr_assert(spares->kept[0] != NULL);
	cr_assert(spares->kept[1] == NULL, "one file needs one");
	return result;
}

Test(spares, R117_sealed_bytes_take_the_place_of_what_was_read)
{
	static const size_t sizes[] = {10000, 200000, MODSEAL_SPARE_SIZE - 1};
	static const size_t lasts[] = {0, 1, 700, 4096, 4097, 9000};
	struct modseal_spares spares = {{NULL}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t j = 0; j < sizeof(lasts) / sizeof(lasts[0]); j++) {
			size_t size = sizes[i], last = lasts[j], end = size - last;

			cr_assert(zero(int, seal_changed(&spares, size, last, 0)));
			cr_assert(zero(int, seal_changed(&spares, size, last, end - 1)));
			if (last == 0)
				continue;
			refused(seal_changed(&spares, size, last, end),
				MODSEAL_E_CHANGED);
			refused(seal_changed(&spares, size, last, size - 1),
				MODSEAL_E_CHANGED);
			refused(seal_changed(&spares, size, last, size - 1 - last / 2),
				MODSEAL_E_CHANGED);
		}
	modseal_spares_clear(&spares);
}
