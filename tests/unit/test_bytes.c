/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/bytes.c: every byte once, bounded, and nothing of a file that changes.
 */
#include "tests/unit/sources.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/hosts/image_races.h"
#include "tests/unit/deny.h"
#include "tests/unit/fuse.h"
#include "tests/unit/slowness.h"
#include "verifier/image/seal.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

TestSuite(bytes, .init = place_begin, .fini = place_end, .timeout = 60);

Test(bytes, both_sources_give_all_bytes)
{
	static const size_t sizes[] = {0,	  1,	     4095,	4096,
				       4097,	  PIECE - 1, PIECE,	PIECE + 1,
				       PIECE * 2, 1000001,   PIECE * 4, PIECE * 4 + 3};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct modseal_located located = locate_new(sizes[i]);
		struct modseal_bytes bytes;

		cr_assert(zero(int, modseal_bytes_read(&located, MEGABYTE + 3, &bytes,
						       &error)),
			  "%zu: %s", sizes[i], error.message);
		cr_assert(eq(sz, bytes.view.size, sizes[i]));
		cr_assert(eq(sz, bytes.tail.size, sizes[i]));
		cr_assert(eq(u64, bytes.file_size, sizes[i]));
		cr_assert(eq(int, bytes.descriptor, -1));
		cr_assert(same_bytes(bytes.view, 0), "size %zu", sizes[i]);
		modseal_bytes_free(&bytes);
		cr_assert(zero(int, modseal_bytes_copy(&located, MEGABYTE + 3, 0, NULL,
						       &bytes, &error)));
		cr_assert(eq(sz, bytes.view.size, 0));
		cr_assert(eq(u64, bytes.file_size, sizes[i]));
		cr_assert(not(bytes.sealed));
		cr_assert(zero(int,
			       modseal_bytes_seal(&bytes, sizes[i], NULL, "x", &error)));
		cr_assert(bytes.sealed);
		cr_assert(eq(sz, bytes.view.size, sizes[i]));
		cr_assert(same_bytes(bytes.view, 0), "size %zu", sizes[i]);
		cr_assert(zero(int, modseal_memfd_require(bytes.descriptor, sizes[i], "x",
							  &error)));
		modseal_bytes_free(&bytes);
		modseal_located_close(&located);
	}
}

Test(bytes, the_tail_is_the_end_of_the_file)
{
	static const struct {
		size_t size, tail;
	} rows[] = {
		{0, 10},
		{10, 0},
		{10, 10},
		{10, 11},
		{PIECE, 28},
		{PIECE + 3, 28},
		{PIECE * 2 + 27, 28},
		{PIECE + 1, PIECE + 1},
		{PIECE * 3, PIECE * 2 + 5},
		{PIECE * 2 + 9, PIECE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_located located = locate_new(rows[i].size);
		size_t want = rows[i].tail < rows[i].size ? rows[i].tail : rows[i].size;
		struct modseal_bytes bytes;

		cr_assert(zero(int, modseal_bytes_copy(&located, MEGABYTE, rows[i].tail,
						       NULL, &bytes, &error)));
		cr_assert(eq(sz, bytes.tail.size, want), "row %zu", i);
		cr_assert(same_bytes(bytes.tail, rows[i].size - want), "row %zu", i);
		modseal_bytes_free(&bytes);
		modseal_located_close(&located);
	}
}

Test(bytes, R07_the_size_is_capped_before_anything_is_taken)
{
	static const struct {
		uint64_t size, cap;
		int want;
	} rows[] = {
		{100, 100, 0},
		{101, 100, MODSEAL_E_TOO_LARGE},
		{1, 0, MODSEAL_E_TOO_LARGE},
		{MODSEAL_DEFAULT_MAX_SIZE + 1, MODSEAL_DEFAULT_MAX_SIZE,
		 MODSEAL_E_TOO_LARGE},
		{8ull << 30, MODSEAL_DEFAULT_MAX_SIZE, MODSEAL_E_TOO_LARGE},
		{(1ull << 31) + 1, MODSEAL_DEFAULT_MAX_SIZE, MODSEAL_E_TOO_LARGE},
		/* even a cap that no policy may set */
		{(1ull << 31) + 1, UINT64_MAX, MODSEAL_E_TOO_LARGE},
		{MODSEAL_HIGHEST_MAX_SIZE + 1, UINT64_MAX, MODSEAL_E_TOO_LARGE},
	};
	struct rusage before, after;
	struct timespec start, end;

	make_file(in_place("x.so"), 0, 0644);
	getrusage(RUSAGE_SELF, &before);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_located located;
		struct modseal_bytes bytes;

		cr_assert(zero(int, truncate(in_place("x.so"), (off_t)rows[i].size)));
		located = locate(in_place("x.so"));
		cr_assert(eq(int,
			     modseal_bytes_read(&located, rows[i].cap, &bytes, &error),
			     rows[i].want),
			  "row %zu", i);
		if (rows[i].want)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
		else
			modseal_bytes_free(&bytes);
		cr_assert(eq(int,
			     modseal_bytes_copy(&located, rows[i].cap, 64, NULL, &bytes,
						&error),
			     rows[i].want),
			  "row %zu", i);
		if (rows[i].want)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
		else
			modseal_bytes_free(&bytes);
		modseal_located_close(&located);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	getrusage(RUSAGE_SELF, &after);
	cr_assert(lt(i64, end.tv_sec - start.tv_sec, 2));
	cr_assert(lt(i64, after.ru_maxrss - before.ru_maxrss, 16 * 1024), "KiB taken");
}

Test(bytes, R78_changes_while_it_is_read)
{
	static const char *const names[] = {"shortened", "grown", "rewritten",
					    "made empty", "mode changed"};

	for (size_t i = 0; i < 5; i++)
		for (int copy = 0; copy < 2; copy++) {
			struct modseal_located located = locate_new(PIECE + 100);
			struct modseal_bytes bytes = {.descriptor = -7};
			size_t before = count_descriptors();
			int writer = open(in_place("x.so"), O_RDWR);
			struct timespec pause = {0, 20 * 1000 * 1000};

			/* kernel times have the grain of the clock tick */
			nanosleep(&pause, NULL);
			cr_assert(zero(int, i == 0   ? ftruncate(writer, PIECE + 99)
					    : i == 1 ? ftruncate(writer, PIECE + 101)
					    : i == 2 ? pwrite(writer, "x", 1, 5) != 1
					    : i == 3 ? ftruncate(writer, 0)
						     : fchmod(writer, 0600)),
				  "%s", names[i]);
			close(writer);
			cr_assert(eq(int,
				     copy ? modseal_bytes_copy(&located, MEGABYTE, 9,
							       NULL, &bytes, &error)
					  : modseal_bytes_read(&located, MEGABYTE, &bytes,
							       &error),
				     MODSEAL_E_CHANGED),
				  "%s, copy %d", names[i], copy);
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
			if (i == 0 || i == 3)
				cr_assert(ne(ptr, strstr(error.message, "shortened"),
					     NULL));
			if (i == 1)
				cr_assert(ne(ptr, strstr(error.message, "grew"), NULL));
			cr_assert(eq(int, bytes.descriptor, -7));
			cr_assert(eq(sz, count_descriptors(), before));
			modseal_located_close(&located);
		}
}

/* Each of the two times, to its last part. */
Test(bytes, R78_every_part_of_the_times_counts)
{
	for (int part = 0; part < 4; part++) {
		struct modseal_located located = locate_new(100);
		struct modseal_bytes bytes = {.descriptor = -7};
		struct stat *status = &located.status;

		*(part == 0   ? &status->st_mtim.tv_sec
		  : part == 1 ? &status->st_mtim.tv_nsec
		  : part == 2 ? &status->st_ctim.tv_sec
			      : &status->st_ctim.tv_nsec) += 1;
		cr_assert(eq(int, modseal_bytes_read(&located, MEGABYTE, &bytes, &error),
			     MODSEAL_E_CHANGED),
			  "part %d", part);
		cr_assert(ne(ptr, strstr(error.message, "was changed"), NULL));
		cr_assert(eq(int,
			     modseal_bytes_copy(&located, MEGABYTE, 9, NULL, &bytes,
						&error),
			     MODSEAL_E_CHANGED),
			  "part %d, copy", part);
		modseal_located_close(&located);
	}
}

Test(bytes, R78_a_file_system_that_lies_about_the_size)
{
	static const struct {
		uint64_t size, really, later;
		int want;
	} rows[] = {
		{10000, 10000, 10000, 0},
		{10000, 9999, 10000, MODSEAL_E_CHANGED},
		{10000, 0, 10000, MODSEAL_E_CHANGED},
		{10000, 10001, 10000, MODSEAL_E_CHANGED},
		{PIECE, PIECE - 1, PIECE, MODSEAL_E_CHANGED},
		{PIECE, PIECE + 1, PIECE, MODSEAL_E_CHANGED},
		/* all bytes come, but the size is said to have changed, and no time */
		{10000, 10000, 10001, MODSEAL_E_CHANGED},
		{10000, 10000, 9999, MODSEAL_E_CHANGED},
	};
	struct fuse_lies *lies = mmap(NULL, sizeof(*lies), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need_mounts();
	make_directory(in_place("m"), 0755);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_located located;
		struct modseal_bytes bytes;
		pid_t server;

		*lies = (struct fuse_lies){.size = rows[i].size,
					   .really = rows[i].really,
					   .direct = true,
					   .target = ""};
		server = fuse_begin(in_place("m"), lies);
		if (server < 0) {
			place_end();
			cr_skip_test("no FUSE");
		}
		located = locate(in_place("m/x.so"));
		lies->size = rows[i].later;
		cr_assert(eq(int, modseal_bytes_read(&located, MEGABYTE, &bytes, &error),
			     rows[i].want),
			  "row %zu", i);
		if (!rows[i].want)
			modseal_bytes_free(&bytes);
		cr_assert(eq(int,
			     modseal_bytes_copy(&located, MEGABYTE, 9, NULL, &bytes,
						&error),
			     rows[i].want),
			  "row %zu", i);
		if (!rows[i].want)
			modseal_bytes_free(&bytes);
		modseal_located_close(&located);
		fuse_end(in_place("m"), server);
	}
}

/* A child that keeps cutting and growing the file; to be killed. */
static pid_t start_cutter(const char *path, size_t size)
{
	pid_t child = fork();

	if (child == 0) {
		int writer = open(path, O_RDWR);

		for (;;) {
			if (ftruncate(writer, 10) ||
			    ftruncate(writer, (off_t)size + 5000) ||
			    ftruncate(writer, (off_t)size))
				_exit(1);
		}
	}
	return child;
}

Test(bytes, R78_a_file_that_is_cut_all_the_time_is_no_SIGBUS)
{
	unsigned accepted = 0, changed = 0;
	size_t size = PIECE + 100;
	pid_t cutter;

	make_file(in_place("x.so"), size, 0644);
	cutter = start_cutter(in_place("x.so"), size);
	for (int i = 0; i < 300; i++) {
		struct modseal_located located = locate(in_place("x.so"));
		struct modseal_bytes bytes;
		int result =
			i % 2 ? modseal_bytes_read(&located, MEGABYTE, &bytes, &error)
			      : modseal_bytes_copy(&located, MEGABYTE, 40, NULL, &bytes,
						   &error);

		if (!result && i % 2 == 0)
			result = modseal_bytes_seal(&bytes, bytes.file_size, NULL, "x",
						    &error);
		cr_assert(result == 0 || result == MODSEAL_E_CHANGED, "%s",
			  error.message);
		if (!result) {
			volatile uint8_t sum = 0;

			for (size_t j = 0; j < bytes.view.size; j++)
				sum = (uint8_t)(sum + bytes.view.data[j]);
			modseal_bytes_free(&bytes);
		}
		accepted += !result;
		changed += result != 0;
		modseal_located_close(&located);
	}
	kill(cutter, SIGKILL);
	waitpid(cutter, NULL, 0);
	cr_assert(gt(uint, changed, 0), "%u accepted", accepted);
}

Test(bytes, streams_are_read_to_their_end)
{
	static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int pending = 0; pending < 2; pending++) {
			struct modseal_bytes bytes;
			int ends[2];
			pid_t writer;

			cr_assert(zero(int, pipe2(ends, pending ? O_NONBLOCK : 0)));
			writer = fork();
			if (writer == 0) {
				fcntl(ends[1], F_SETFL, 0);
				for (size_t at = 0; at < sizes[i]; at++) {
					uint8_t byte = (uint8_t)(at * 31 + (at >> 8) * 7 +
								 (at >> 16));

					if (write(ends[1], &byte, 1) != 1)
						_exit(1);
				}
				_exit(0);
			}
			close(ends[1]);
			cr_assert(zero(int,
				       modseal_bytes_read_stream(ends[0], "-", sizes[i],
								 &bytes, &error)),
				  "%zu: %s", sizes[i], error.message);
			cr_assert(eq(sz, bytes.view.size, sizes[i]));
			cr_assert(eq(sz, bytes.tail.size, sizes[i]));
			cr_assert(same_bytes(bytes.view, 0));
			modseal_bytes_free(&bytes);
			close(ends[0]);
			waitpid(writer, NULL, 0);
		}
}

Test(bytes, R07_streams_are_capped)
{
	struct modseal_bytes bytes;
	int endless = open("/dev/zero", O_RDONLY), ends[2];

	cr_assert(zero(int, pipe(ends)));
	cr_assert(eq(sz, (size_t)write(ends[1], "12345", 5), 5));
	close(ends[1]);
	cr_assert(zero(int, modseal_bytes_read_stream(ends[0], "-", UINT64_MAX, &bytes,
						      &error)));
	cr_assert(eq(sz, bytes.view.size, 5));
	modseal_bytes_free(&bytes);
	close(ends[0]);
	refused(modseal_bytes_read_stream(endless, "-", 0, &bytes, &error),
		MODSEAL_E_TOO_LARGE);
	refused(modseal_bytes_read_stream(endless, "-", 100000, &bytes, &error),
		MODSEAL_E_TOO_LARGE);
	close(endless);
	refused(modseal_bytes_read_stream(endless, "-", 100, &bytes, &error),
		MODSEAL_E_SYSTEM);
	endless = open("/", O_RDONLY);
	refused(modseal_bytes_read_stream(endless, "-", 100, &bytes, &error),
		MODSEAL_E_SYSTEM);
	close(endless);
}

Test(bytes, a_file_size_limit_is_an_error_and_no_signal)
{
	struct modseal_located located = locate_new(100000);
	struct rlimit limit = {99999, 99999};
	struct modseal_bytes bytes;

	cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &limit)));
	refused(modseal_bytes_copy(&located, MEGABYTE, 9, NULL, &bytes, &error),
		MODSEAL_E_RESOURCE);
	cr_assert(zero(int, modseal_bytes_read(&located, MEGABYTE, &bytes, &error)));
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
}

/* What a pipeline does with one file, from name to sealed view. */
static int whole_way(const char *path)
{
	struct modseal_located located = {.descriptor = -1};
	struct modseal_bytes bytes = {.descriptor = -1};
	int result = modseal_path_open(path, &located, &error);

	if (!result)
		result = modseal_bytes_copy(&located, MEGABYTE, 9, NULL, &bytes, &error);
	if (!result)
		result = modseal_bytes_seal(&bytes, bytes.file_size - 1, NULL, "x",
					    &error);
	if (!result)
		result = modseal_memfd_require(bytes.descriptor, bytes.view.size, "x",
					       &error);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
	return result;
}

Test(bytes, R34_every_system_call_that_fails_refuses)
{
	static const struct {
		const char *name;
		unsigned number;
	} rows[] = {
#ifdef __NR_open
		{"open", __NR_open},
#endif
		{"openat", __NR_openat},
		{"newfstatat", __NR_newfstatat},
		{"fstat", __NR_fstat},
		{"fstatfs", __NR_fstatfs},
		{"pread64", __NR_pread64},
		{"pwrite64", __NR_pwrite64},
		{"memfd_create", __NR_memfd_create},
		{"fchmod", __NR_fchmod},
		{"fcntl", __NR_fcntl},
		{"ftruncate", __NR_ftruncate},
		{"prlimit64", __NR_prlimit64},
		{"readlinkat", __NR_readlinkat},
#ifdef __NR_readlink
		{"readlink", __NR_readlink},
#endif
	};

	if (is_emulated()) {
		place_end();
		cr_skip_test("the calls that seccomp denies are the emulator's");
	}
	make_file(in_place("x.so"), 5000, 0644);
	cr_assert(zero(int, symlink("x.so", in_place("link"))));
	cr_assert(zero(int, whole_way(in_place("link"))), "%s", error.message);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			const char *path = in_place("link");
			int code;

			/* only before Linux 6.3 a mode is needed */
			if ((rows[i].number == __NR_fchmod &&
			     !deny_bits(__NR_memfd_create, 1, MFD_NOEXEC_SEAL, EINVAL)) ||
			    !deny_call(rows[i].number, EPERM))
				_exit(2);
			code = whole_way(path);
			/* a call that this C library does not use denies nothing */
			_exit(code == 0					? 3
			      : error.code != code || !error.message[0] ? 4
									: 0);
		}
		cr_assert(eq(int, waitpid(child, &status, 0), child));
		cr_assert(eq(int, WIFEXITED(status), 1), "%s: signal %d", rows[i].name,
			  WTERMSIG(status));
		if (WEXITSTATUS(status) == 3 && (strcmp(rows[i].name, "open") == 0 ||
						 strcmp(rows[i].name, "fstat") == 0 ||
						 strcmp(rows[i].name, "newfstatat") == 0))
			continue;
		cr_assert(eq(int, WEXITSTATUS(status), 0), "%s", rows[i].name);
	}
}

Test(bytes, R06_a_source_that_is_written_while_it_is_read)
{
	struct race race = {.rounds = 2000};

	cr_assert(lt(int, snprintf(race.folder, sizeof(race.folder), "%s", place), 200));
	race_source(&race);
	cr_assert(eq(ulong, race.wrong, 0), "%s", race.message);
}
