/* SPDX-License-Identifier: Apache-2.0 */
/* Single mappings that were asked for are as the list has them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/slowness.h"
#include "verifier/loader/maps.h"

static struct modseal_error error;

static void require_same(const struct modseal_mapping *a, const struct modseal_mapping *b)
{
	cr_assert(eq(u64, a->start, b->start));
	cr_assert(eq(u64, a->end, b->end), "%lx", (unsigned long)b->start);
	cr_assert(eq(u64, a->offset, b->offset), "%s", b->name);
	cr_assert(eq(u64, a->inode, b->inode), "%s", b->name);
	cr_assert(eq(u32, a->major, b->major), "%s", b->name);
	cr_assert(eq(u32, a->minor, b->minor), "%s", b->name);
	cr_assert(eq(str, (char *)a->name, (char *)b->name));
	cr_assert(eq(int, a->writable, b->writable), "%s", b->name);
	cr_assert(eq(int, a->executable, b->executable), "%s", b->name);
	cr_assert(eq(int, a->file, b->file), "%s", b->name);
	cr_assert(eq(int, a->deleted, b->deleted), "%s", b->name);
}

static int ask(const struct modseal_range *ranges, size_t count,
	       struct modseal_maps *ret_maps)
{
	int descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	int failed = modseal_maps_query(descriptor, ranges, count, ret_maps);

	close(descriptor);
	if (failed == ENOTTY || (is_emulated() && failed == ENOSYS))
		cr_skip_test("a kernel before 6.11");
	cr_assert(zero(int, failed));
	return failed;
}

/* A page of a memfd, with code beside it. */
static char *map_pages(void)
{
	int descriptor = memfd_create("a page", MFD_CLOEXEC);
	char *memory;

	cr_assert(zero(int, ftruncate(descriptor, 3 * 4096)));
	memory = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE, descriptor, 0);
	cr_assert(memory != MAP_FAILED);
	cr_assert(zero(int, mprotect(memory + 4096, 4096, PROT_READ | PROT_WRITE)));
	close(descriptor);
	return memory;
}

Test(maps_query, what_is_executable_is_there_unasked)
{
	struct modseal_maps all, some;
	size_t executable = 0;

	if (is_emulated())
		cr_skip_test("no mapping is executable where code is translated");
	cr_assert(zero(int, modseal_maps_read(MODSEAL_STAGE_LOAD, &all, &error)));
	ask(NULL, 0, &some);
	for (size_t i = 0; i < all.count; i++) {
		/* which lies in no process's memory */
		if (!all.items[i].executable ||
		    strcmp(all.items[i].name, "[vsyscall]") == 0)
			continue;
		cr_assert(lt(sz, executable, some.count));
		require_same(&some.items[executable++], &all.items[i]);
	}
	cr_assert(gt(sz, executable, 1));
	cr_assert(eq(sz, executable, some.count));
	modseal_maps_free(&all);
	modseal_maps_free(&some);
}

Test(maps_query, what_is_asked_for_is_there_once)
{
	char *memory = map_pages();
	uintptr_t at = (uintptr_t)memory;
	const struct modseal_range ranges[] = {
		{at + 4096, at + 4097},
		{at, at + 3 * 4096},
		{at + 100, at + 5000},
		{(uintptr_t)modseal_maps_query, (uintptr_t)modseal_maps_query + 1},
		{at + 2 * 4096, at + 8193},
		{16, 17},
		{at, at},
	};
	struct modseal_maps all, some;

	ask(ranges, sizeof(ranges) / sizeof(ranges[0]), &some);
	cr_assert(zero(int, modseal_maps_read(MODSEAL_STAGE_LOAD, &all, &error)));
	for (size_t i = 0; i < 3; i++) {
		const struct modseal_mapping *one =
			modseal_maps_at(&some, memory + 4096 * i);

		cr_assert(one != NULL, "%zu", i);
		cr_assert(eq(u64, one->start, at + 4096 * i));
		require_same(one, modseal_maps_at(&all, memory + 4096 * i));
	}
	for (size_t i = 1; i < some.count; i++)
		cr_assert(le(u64, some.items[i - 1].end, some.items[i].start), "%zu", i);
	cr_assert(zero(ptr, (void *)modseal_maps_at(&some, (void *)16)));
	cr_assert(zero(ptr, (void *)modseal_maps_at(&some, &ranges)), "the stack");
	modseal_maps_free(&all);
	modseal_maps_free(&some);
}

/* More than are asked for one by one: then all are read, and all the same is there. */
Test(maps_query, few_or_many_are_read)
{
	char *memory = map_pages();
	uintptr_t at = (uintptr_t)memory;

	if (is_emulated())
		cr_skip_test("a file of maps that is the emulator's");
	for (size_t count = 1; count < 100; count += 31) {
		struct modseal_range ranges[100];
		struct modseal_maps maps;

		for (size_t i = 0; i < count; i++)
			ranges[i] = (struct modseal_range){at, at + 3 * 4096};
		cr_assert(zero(int,
			       modseal_maps_read_some(ranges, count, MODSEAL_STAGE_LOAD,
						      &maps, &error)),
			  "%zu: %s", count, error.message);
		for (size_t i = 0; i < 3; i++)
			cr_assert(modseal_maps_at(&maps, memory + 4096 * i) != NULL);
		modseal_maps_free(&maps);
	}
}

Test(maps_query, a_file_that_does_not_answer_is_told)
{
	int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct modseal_maps maps = {.count = 7};

	if (is_emulated())
		cr_skip_test("an ioctl(2) that the emulator does not know");
	cr_assert(eq(int, modseal_maps_query(descriptor, NULL, 0, &maps), ENOTTY));
	cr_assert(eq(sz, maps.count, 7));
	close(descriptor);
	cr_assert(eq(int, modseal_maps_query(descriptor, NULL, 0, &maps), EBADF));
}
