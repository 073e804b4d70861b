/* SPDX-License-Identifier: Apache-2.0 */
/* Where the content of a file with an appended signature ends. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/run/tail.h"

#define MAGIC "~Module signature appended~\n"

/* A content of some pages, and a signature behind it that says it has `told` bytes. */
static int file_of(size_t content, size_t signature, unsigned told, const char *magic)
{
	int file = memfd_create("tail", 0);
	unsigned char header[12] = {0, 0, 2};

	header[8] = (unsigned char)(told >> 24);
	header[9] = (unsigned char)(told >> 16);
	header[10] = (unsigned char)(told >> 8);
	header[11] = (unsigned char)told;
	cr_assert(file >= 0);
	cr_assert(eq(int, ftruncate(file, (off_t)(content + signature)), 0));
	cr_assert(ge(i64, lseek(file, 0, SEEK_END), 0));
	cr_assert(eq(i64, write(file, header, sizeof(header)), sizeof(header)));
	cr_assert(eq(i64, write(file, magic, strlen(magic)), strlen(magic)));
	return file;
}

Test(run_tail, what_is_behind_the_content_is_seen_and_what_is_not_is_not)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const struct {
		size_t content;
		unsigned told;
		const char *magic;
		uint64_t offset, length;
		bool shows;
	} rows[] = {
		{2 * page, 600, MAGIC, 0, 2 * page, false},
		{2 * page, 600, MAGIC, page, page, false},
		{2 * page, 600, MAGIC, page, 1, false},
		{2 * page, 600, MAGIC, page, page + 1, true},
		{2 * page, 600, MAGIC, 2 * page, 1, true},
		{2 * page, 600, MAGIC, 7 * page, 1, true},
		/* the last page of the content is its, too */
		{2 * page + 8, 600, MAGIC, 0, 2 * page, false},
		{2 * page + 8, 600, MAGIC, 2 * page, 1, true},
		/* more than there is, or so much that it wraps */
		{2 * page, 600, MAGIC, 0, 9 * page, true},
		{2 * page, 600, MAGIC, 0, UINT64_MAX, true},
		{2 * page, 600, MAGIC, UINT64_MAX - page + 1, page, true},
		/* a size that cannot be */
		{2 * page, 0x7fffffff, MAGIC, 0, 1, true},
		{2 * page, 0xffffffff, MAGIC, 0, 1, true},
		/* no signature */
		{2 * page, 600, "~Module signature appended~ ", 0, 9 * page, false},
		{2 * page, 600, "", 2 * page, page, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int file = file_of(rows[i].content, 600, rows[i].told, rows[i].magic);
		bool shows = run_tail_shows(file, rows[i].offset, rows[i].length);

		close(file);
		cr_assert(eq(int, shows, rows[i].shows), "row %zu", i);
	}
}

Test(run_tail, a_short_file_has_none_and_what_cannot_be_read_may_have_one)
{
	int file = memfd_create("tail", 0);

	cr_assert(eq(i64, write(file, "x", 1), 1));
	cr_assert(eq(int, run_tail_shows(file, 0, 1), 0));
	close(file);
	cr_assert(eq(int, run_tail_shows(file, 0, 1), 1), "closed");
}
