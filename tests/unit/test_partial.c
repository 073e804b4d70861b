/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/partial.c: bytes are there once they were asked for, and only then. */
#include <sys/mman.h>

#include "tests/unit/place.h"
#include "verifier/elf/elf.h"
#include "verifier/image/bytes.h"

static size_t page;
static struct modseal_error error;

static struct modseal_located begin(size_t size, struct modseal_bytes *ret_bytes)
{
	struct modseal_located located = {.descriptor = -1};

	page = (size_t)sysconf(_SC_PAGESIZE);
	place_begin();
	make_file(in_place("x.so"), size, 0644);
	cr_assert(zero(int, modseal_path_open(in_place("x.so"), &located, &error)));
	cr_assert(zero(int, modseal_bytes_begin(&located, 1 << 30, ret_bytes, &error)));
	cr_assert(eq(sz, ret_bytes->view.size, size));
	cr_assert(ret_bytes->partial);
	return located;
}

static void end(struct modseal_located *located, struct modseal_bytes *bytes)
{
	modseal_bytes_free(bytes);
	modseal_located_close(located);
	place_end();
}

static int need(struct modseal_bytes *bytes, uint64_t offset, uint64_t length)
{
	return modseal_bytes_need(bytes, offset, length, "x.so", &error);
}

/* Asked of the kernel: EFAULT where a page is inaccessible. */
static bool readable(const struct modseal_bytes *bytes, size_t offset)
{
	int pipes[2];
	bool there;

	cr_assert(zero(int, pipe(pipes)));
	there = write(pipes[1], bytes->view.data + offset, 1) == 1;
	close(pipes[0]);
	close(pipes[1]);
	return there;
}

static bool is_pattern(const struct modseal_bytes *bytes, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (bytes->view.data[i] != (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16)))
			return false;
	return true;
}

Test(partial, only_what_is_needed_is_read)
{
	struct modseal_bytes bytes;
	struct modseal_located located = begin(10 * 65536 + 5, &bytes);
	size_t size = bytes.view.size;

	cr_assert(eq(u64, bytes.fetched, 0));
	for (size_t at = 0; at < size; at += page)
		cr_assert(not(readable(&bytes, at)), "at %zu", at);
	cr_assert(zero(int, need(&bytes, 10, 4)));
	cr_assert(eq(u64, bytes.fetched, page));
	cr_assert(is_pattern(&bytes, 0, page));
	cr_assert(not(readable(&bytes, page)));
	/* across a border, and around what is there */
	cr_assert(zero(int, need(&bytes, 5 * page - 1, 2)));
	cr_assert(eq(u64, bytes.fetched, 3 * page));
	cr_assert(zero(int, need(&bytes, 0, 7 * page)));
	cr_assert(eq(u64, bytes.fetched, 7 * page));
	cr_assert(is_pattern(&bytes, 0, 7 * page));
	cr_assert(not(readable(&bytes, 7 * page)));
	cr_assert(zero(int, need(&bytes, 0, 7 * page)));
	cr_assert(eq(u64, bytes.fetched, 7 * page));
	/* nothing, and what the file does not have */
	cr_assert(zero(int, need(&bytes, 8 * page, 0)));
	cr_assert(zero(int, need(&bytes, size, 1)));
	cr_assert(zero(int, need(&bytes, UINT64_MAX, UINT64_MAX)));
	cr_assert(eq(u64, bytes.fetched, 7 * page));
	cr_assert(zero(int, need(&bytes, size - 1, UINT64_MAX)));
	cr_assert(eq(
		int, bytes.view.data[size - 1],
		(uint8_t)((size - 1) * 31 + ((size - 1) >> 8) * 7 + ((size - 1) >> 16))));
	cr_assert(zero(int, need(&bytes, 0, size)));
	cr_assert(eq(u64, bytes.fetched, size));
	cr_assert(is_pattern(&bytes, 0, size));
	end(&located, &bytes);
}

Test(partial, sizes_around_pages)
{
	static const int more[] = {-1, 0, 1};
	size_t pages = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < 6; i++) {
		struct modseal_bytes bytes;
		size_t size = i < 3 ? pages + (size_t)more[i] : i - 3;
		struct modseal_located located = begin(size, &bytes);

		cr_assert(zero(int, need(&bytes, 0, size)));
		cr_assert(eq(u64, bytes.fetched, size));
		cr_assert(is_pattern(&bytes, 0, size));
		end(&located, &bytes);
	}
}

Test(partial, what_cannot_be_read_fails)
{
	struct modseal_bytes bytes;
	struct modseal_located located = begin(4 * 65536, &bytes);
	int folder = open(place, O_RDONLY | O_DIRECTORY);

	cr_assert(eq(int, modseal_bytes_begin(&located, 100, &bytes, &error),
		     MODSEAL_E_TOO_LARGE));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
	bytes.source = folder;
	cr_assert(eq(int, need(&bytes, 0, 10), MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
	cr_assert(eq(int, error.system_errno, EISDIR));
	bytes.source = located.descriptor;
	cr_assert(zero(int, truncate(in_place("x.so"), 65536 + 1)));
	cr_assert(zero(int, need(&bytes, 0, 10)));
	cr_assert(eq(int, need(&bytes, 65536, page + 1), MODSEAL_E_CHANGED));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
	close(folder);
	end(&located, &bytes);
}

/* Other bytes are as good as any: nothing has to be asked for. */
Test(partial, whole_buffers_need_nothing)
{
	struct modseal_bytes bytes = {.descriptor = -1};

	cr_assert(zero(int, need(&bytes, 0, 10)));
	bytes.view = modseal_span_of("abc", 3);
	cr_assert(zero(int, need(&bytes, 0, 10)));
}

static int need_bytes(void *argument, uint64_t offset, uint64_t length,
		      struct modseal_error *ret_error)
{
	return modseal_bytes_need(argument, offset, length, "x.so", ret_error);
}

/* A real library with 4 MiB of code and data: what the reader of ELF asks for is little,
 * and its answer the same. */
Test(partial, of_a_large_library_little_is_read)
{
	struct modseal_bytes bytes;
	struct modseal_located located = {.descriptor = -1};
	struct modseal_elf_source source = {.need = need_bytes, .argument = &bytes};
	struct modseal_elf some, all;

	cr_assert(zero(int, modseal_path_open_any(BUILD_DIR "/data/elf/large.so",
						  &located, &error)),
		  "%s", error.message);
	cr_assert(zero(int, modseal_bytes_begin(&located, 1 << 30, &bytes, &error)));
	source.content = bytes.view;
	cr_assert(zero(int, modseal_elf_read_from(&source, MODSEAL_KIND_LIBRARY,
						  MODSEAL_ELF_HARDENED, "large.so", &some,
						  &error)),
		  "%s", error.message);
	cr_assert(gt(u64, bytes.file_size, 4u << 20));
	cr_assert(lt(u64, bytes.fetched, 64u << 10));
	cr_assert(zero(int, need(&bytes, 0, bytes.file_size)));
	cr_assert(zero(int,
		       modseal_elf_read(bytes.view, MODSEAL_KIND_LIBRARY,
					MODSEAL_ELF_HARDENED, "large.so", &all, &error)));
	cr_assert(eq(str, some.soname, all.soname));
	cr_assert(eq(sz, some.needed_count, all.needed_count));
	cr_assert(eq(u64, some.mapped_end, all.mapped_end));
	cr_assert(gt(u64, all.mapped_end, 4u << 20));
	modseal_elf_clear(&some);
	modseal_elf_clear(&all);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
}
