/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/seal.c and the sealing of byte sources: who holds what cannot change it.
 */
#include "tests/unit/sources.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/hosts/image_races.h"
#include "tests/unit/deny.h"
#include "tests/unit/slowness.h"
#include "verifier/image/seal.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

TestSuite(seal, .init = place_begin, .fini = place_end, .timeout = 60);

Test(seal, R40_the_memfd_ends_where_it_is_told)
{
	static const size_t keeps[] = {0, 1, 4096, PIECE, PIECE + 4999, PIECE + 5000};

	for (size_t i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i++) {
		struct modseal_located located = locate_new(PIECE + 5000);
		struct modseal_bytes bytes;
		struct stat status;
		int descriptor;

		cr_assert(zero(int, modseal_bytes_copy(&located, MEGABYTE, 5, NULL,
						       &bytes, &error)));
		cr_assert(zero(int,
			       modseal_bytes_seal(&bytes, keeps[i], NULL, "x", &error)));
		cr_assert(eq(sz, bytes.view.size, keeps[i]));
		cr_assert(same_bytes(bytes.view, 0));
		cr_assert(same_bytes(bytes.tail, PIECE + 4995));
		modseal_bytes_release(&bytes, &descriptor);
		cr_assert(eq(int, bytes.descriptor, -1));
		cr_assert(eq(sz, bytes.view.size, 0));
		cr_assert(zero(int, fstat(descriptor, &status)));
		cr_assert(eq(u64, status.st_size, keeps[i]));
		close(descriptor);
		modseal_located_close(&located);
	}
}

Test(seal, sealing_out_of_order_is_our_mistake)
{
	struct modseal_located located = locate_new(100);
	struct modseal_bytes bytes;

	cr_assert(zero(int, modseal_bytes_read(&located, 100, &bytes, &error)));
	refused(modseal_bytes_seal(&bytes, 100, NULL, "x", &error), MODSEAL_E_INTERNAL);
	modseal_bytes_free(&bytes);
	cr_assert(zero(int, modseal_bytes_copy(&located, 100, 0, NULL, &bytes, &error)));
	refused(modseal_bytes_seal(&bytes, 101, NULL, "x", &error), MODSEAL_E_INTERNAL);
	cr_assert(zero(int, modseal_bytes_seal(&bytes, 100, NULL, "x", &error)));
	refused(modseal_bytes_seal(&bytes, 100, NULL, "x", &error), MODSEAL_E_INTERNAL);
	modseal_bytes_free(&bytes);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
}

Test(seal, R112_without_mappings_the_sealed_bytes_are_read)
{
	struct modseal_located located = locate_new(PIECE + 100);
	struct modseal_bytes bytes;
	size_t before = count_descriptors();
	int descriptor;

	if (!deny_file_maps(ENOMEM)) {
		place_end();
		cr_skip_test("no seccomp filters here");
	}
	cr_assert(zero(int,
		       modseal_bytes_copy(&located, MEGABYTE, 9, NULL, &bytes, &error)));
	cr_assert(zero(int, modseal_bytes_seal(&bytes, PIECE + 50, NULL, "x", &error)),
		  "%s", error.message);
	cr_assert(eq(ptr, bytes.mapping, NULL));
	cr_assert(eq(sz, bytes.view.size, PIECE + 50));
	cr_assert(same_bytes(bytes.view, 0));
	cr_assert(zero(int,
		       modseal_memfd_require(bytes.descriptor, PIECE + 50, "x", &error)));
	modseal_bytes_release(&bytes, &descriptor);
	close(descriptor);
	cr_assert(eq(sz, count_descriptors(), before));
	modseal_located_close(&located);
}

/* From now on the process gets no more than that. */
static void leave_memory(size_t size)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;
	struct rlimit limit;

	malloc_trim(0);
	cr_assert(eq(int, fscanf(file, "%lu", &pages), 1));
	fclose(file);
	limit.rlim_cur = limit.rlim_max = pages * (unsigned long)getpagesize() + size;
	cr_assert(zero(int, setrlimit(RLIMIT_AS, &limit)));
}

Test(seal, R112_without_memory_nothing_stays_behind)
{
	struct modseal_located located = locate_new(4 * MEGABYTE);
	struct modseal_bytes bytes = {.descriptor = -7}, copied;
	size_t before = count_descriptors();

	if (is_sanitized()) {
		modseal_located_close(&located);
		place_end();
		cr_skip_test("the sanitizer ends the process when memory is refused");
	}
	if (is_emulated()) {
		modseal_located_close(&located);
		place_end();
		cr_skip_test("the emulator needs memory of its own");
	}
	leave_memory(MEGABYTE);
	refused(modseal_bytes_read(&located, 4 * MEGABYTE, &bytes, &error),
		MODSEAL_E_RESOURCE);
	refused(modseal_bytes_copy(&located, 4 * MEGABYTE, 3 * MEGABYTE, NULL, &bytes,
				   &error),
		MODSEAL_E_RESOURCE);
	cr_assert(eq(int, bytes.descriptor, -7));
	cr_assert(eq(sz, count_descriptors(), before));
	refused(modseal_bytes_read_stream(located.descriptor, "-", 4 * MEGABYTE, &bytes,
					  &error),
		MODSEAL_E_RESOURCE);
	cr_assert(zero(int, modseal_bytes_copy(&located, 4 * MEGABYTE, 9, NULL, &copied,
					       &error)));
	refused(modseal_bytes_seal(&copied, 4 * MEGABYTE, NULL, "x", &error),
		MODSEAL_E_RESOURCE);
	modseal_bytes_free(&copied);
	cr_assert(eq(sz, count_descriptors(), before));
	modseal_located_close(&located);
}

static int require_code(int descriptor, uint64_t size)
{
	memset(&error, 0, sizeof(error));
	return modseal_memfd_require(descriptor, size, "x.so", &error);
}

#define not_sealed(descriptor, size, what)                                               \
	do {                                                                             \
		cr_assert(eq(int, require_code((descriptor), (size)),                    \
			     MODSEAL_E_NOT_SEALED),                                      \
			  "%s", (what));                                                 \
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_LOAD));                     \
	} while (0)

#define ALL (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int memfd_with(int seals)
{
	int descriptor = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert(ge(int, descriptor, 0));
	cr_assert(eq(sz, (size_t)write(descriptor, "12345", 5), 5));
	cr_assert(zero(int, fcntl(descriptor, F_ADD_SEALS, seals)));
	return descriptor;
}

Test(seal, R67_each_missing_seal_refuses)
{
	static const struct {
		int seal;
		const char *name;
	} rows[] = {
		{F_SEAL_WRITE, "WRITE"},
		{F_SEAL_GROW, "GROW"},
		{F_SEAL_SHRINK, "SHRINK"},
		{F_SEAL_SEAL, "SEAL"},
	};
	int descriptor = memfd_with(ALL);

	cr_assert(zero(int, require_code(descriptor, 5)), "%s", error.message);
	not_sealed(descriptor, 4, "another size");
	not_sealed(descriptor, 6, "another size");
	close(descriptor);
	for (size_t i = 0; i < 4; i++) {
		descriptor = memfd_with(ALL & ~rows[i].seal);
		not_sealed(descriptor, 5, rows[i].name);
		cr_assert(ne(ptr, strstr(error.message, rows[i].name), NULL), "%s",
			  error.message);
		close(descriptor);
	}
	/* the seal that leaves old mappings alive is no WRITE seal */
	descriptor = memfd_with((ALL & ~F_SEAL_WRITE) | F_SEAL_FUTURE_WRITE);
	not_sealed(descriptor, 5, "FUTURE_WRITE");
	close(descriptor);
}

Test(seal, R68_what_is_no_sealed_memfd_refuses)
{
	int pair[2], descriptor;
	struct {
		const char *name;
		int descriptor;
	} rows[] = {
		{"regular file", -1},	{"tmpfs file", -1},   {"FIFO", -1},
		{"unsealed memfd", -1}, {"socket", -1},	      {"folder", -1},
		{"nothing", -1},	{"unnamed file", -1},
	};

	make_file(in_place("x.so"), 5, 0644);
	rows[0].descriptor = open(in_place("x.so"), O_RDONLY);
	rows[1].descriptor = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
	if (rows[1].descriptor >= 0)
		cr_assert(eq(sz, (size_t)write(rows[1].descriptor, "12345", 5), 5));
	cr_assert(zero(int, pipe(pair)));
	rows[2].descriptor = pair[0];
	rows[3].descriptor = memfd_with(0);
	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, pair)));
	rows[4].descriptor = pair[0];
	rows[5].descriptor = open(place, O_RDONLY);
	rows[7].descriptor = open(place, O_TMPFILE | O_RDWR, 0600);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		not_sealed(rows[i].descriptor, 5, rows[i].name);
	descriptor = memfd_create("test", MFD_CLOEXEC);
	cr_assert(eq(sz, (size_t)write(descriptor, "12345", 5), 5));
	not_sealed(descriptor, 5, "memfd that cannot be sealed");
}

Test(seal, R67_seals_are_read_back)
{
	int descriptor = memfd_with(0);

	cr_assert(zero(int, modseal_memfd_seal(descriptor, "x", &error)));
	cr_assert(eq(int, fcntl(descriptor, F_GET_SEALS) & ALL, ALL));
	cr_assert(eq(sz, (size_t)pwrite(descriptor, "x", 1, 0), (size_t)-1));
	cr_assert(eq(int, ftruncate(descriptor, 4), -1));
	cr_assert(eq(int, ftruncate(descriptor, 6), -1));
	close(descriptor);
	/* somebody sealed the seals before us */
	descriptor = memfd_with(F_SEAL_SEAL);
	refused(modseal_memfd_seal(descriptor, "x", &error), MODSEAL_E_SYSTEM);
	close(descriptor);
	/* F_ADD_SEALS that says yes and does nothing */
	descriptor = memfd_with(0);
	if (!deny_value(__NR_fcntl, 1, F_ADD_SEALS, 0)) {
		place_end();
		cr_skip_test("no seccomp filters here");
	}
	refused(modseal_memfd_seal(descriptor, "x", &error), MODSEAL_E_SYSTEM);
	close(descriptor);
}

/* In a child of a new pid namespace, whose own sysctl it is: at most 2, upwards. */
static int works_at_each_level(void)
{
	char *const arguments[] = {"x", NULL};

	for (char level = '0'; level <= '2'; level++) {
		int control = open("/proc/sys/vm/memfd_noexec", O_WRONLY);
		int descriptor, plain;
		bool exec_sealed;

		if (control < 0 || (write(control, &level, 1) != 1 && level != '0'))
			return 1;
		close(control);
		plain = memfd_create("plain", MFD_CLOEXEC | 0x10 /* MFD_EXEC */);
		if ((plain >= 0) != (level != '2'))
			return 2;
		if (modseal_memfd_new(&descriptor, &exec_sealed, "x", &error) ||
		    !exec_sealed)
			return 3;
		if (write(descriptor, "#!/bin/true\n", 12) != 12 ||
		    modseal_memfd_seal(descriptor, "x", &error) ||
		    modseal_memfd_require(descriptor, 12, "x", &error))
			return 4;
		if (fchmod(descriptor, 0500) == 0 || errno != EPERM)
			return 5;
		if (fexecve(descriptor, arguments, environ) == 0 || errno != EACCES)
			return 6;
	}
	return 0;
}

Test(seal, R69_works_at_every_memfd_noexec)
{
	int status;
	pid_t child;

	need_root("for a pid namespace");
	/* of a child's, so that the test's own process stays where it is */
	child = fork();
	if (child == 0) {
		if (access("/proc/sys/vm/memfd_noexec", W_OK) || unshare(CLONE_NEWPID))
			_exit(77);
		child = fork();
		if (child == 0)
			_exit(works_at_each_level());
		_exit(waitpid(child, &status, 0) == child && WIFEXITED(status)
			      ? WEXITSTATUS(status)
			      : 99);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	if (WEXITSTATUS(status) == 77) {
		place_end();
		cr_skip_test("no vm.memfd_noexec, or no pid namespaces");
	}
	cr_assert(eq(int, status, 0), "step %d", WEXITSTATUS(status));
}

Test(seal, R69_before_Linux_6_3_it_is_a_plain_memfd_and_said_so)
{
	struct modseal_located located = {.descriptor = -1};
	struct modseal_bytes bytes;
	struct stat status;

	make_file(in_place("x.so"), 500, 0644);
	located = locate(in_place("x.so"));
	if (!deny_bits(__NR_memfd_create, 1, MFD_NOEXEC_SEAL, EINVAL)) {
		place_end();
		cr_skip_test("no seccomp filters here");
	}
	cr_assert(zero(int, modseal_bytes_copy(&located, 500, 0, NULL, &bytes, &error)));
	cr_assert(not(bytes.exec_sealed));
	cr_assert(zero(int, modseal_bytes_seal(&bytes, 500, NULL, "x", &error)));
	cr_assert(not(bytes.exec_sealed));
	cr_assert(zero(int, modseal_memfd_require(bytes.descriptor, 500, "x", &error)));
	cr_assert(zero(int, fstat(bytes.descriptor, &status)));
	cr_assert(eq(uint, status.st_mode & 07777, 0444));
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
}

Test(seal, a_kernel_that_gives_no_memfd_is_named)
{
	bool exec_sealed;
	int descriptor = -7;

	if (!deny_call(__NR_memfd_create, EACCES)) {
		place_end();
		cr_skip_test("no seccomp filters here");
	}
	refused(modseal_memfd_new(&descriptor, &exec_sealed, "x", &error),
		MODSEAL_E_SYSTEM);
	cr_assert(eq(int, descriptor, -7));
	cr_assert(eq(int, error.system_errno, EACCES));
	cr_assert(ne(ptr, strstr(error.remedy, "vm.memfd_noexec"), NULL));
}

/* Opens our memfd for writing through /proc, as any process of the same user can. */
static int steal(int descriptor)
{
	char path[64];
	int stolen;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), descriptor);
	chmod(path, 0600);
	stolen = open(path, O_RDWR | O_CLOEXEC);
	cr_assert(ge(int, stolen, 0));
	return stolen;
}

Test(seal, R117_what_others_hold_of_the_memory_copy)
{
	struct modseal_located located = locate_new(8192);
	int protections[] = {PROT_READ | PROT_WRITE, PROT_READ};
	struct modseal_bytes bytes;
	uint8_t *map;
	int stolen;

	/* a mapping that is writable, or could be made so, keeps it from being sealed */
	for (size_t i = 0; i < 2; i++) {
		cr_assert(zero(int, modseal_bytes_copy(&located, 8192, 0, NULL, &bytes,
						       &error)));
		stolen = steal(bytes.descriptor);
		map = mmap(NULL, 8192, protections[i], MAP_SHARED, stolen, 0);
		cr_assert(ne(ptr, map, MAP_FAILED));
		close(stolen);
		refused(modseal_bytes_seal(&bytes, 8192, NULL, "x", &error),
			MODSEAL_E_CHANGED);
		cr_assert(not(bytes.sealed));
		cr_assert(eq(sz, bytes.view.size, 0));
		munmap(map, 8192);
		modseal_bytes_free(&bytes);
	}
	/* a descriptor is worth nothing once it is sealed; what was written before is
	 * seen */
	cr_assert(zero(int, modseal_bytes_copy(&located, 8192, 0, NULL, &bytes, &error)));
	stolen = steal(bytes.descriptor);
	cr_assert(eq(sz, (size_t)pwrite(stolen, "E", 1, 0), 1));
	cr_assert(zero(int, modseal_bytes_seal(&bytes, 8192, NULL, "x", &error)));
	cr_assert(eq(u8, bytes.view.data[0], 'E'));
	cr_assert(eq(sz, (size_t)pwrite(stolen, "F", 1, 0), (size_t)-1));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, stolen, 0);
	cr_assert(eq(ptr, map, MAP_FAILED));
	cr_assert(eq(u8, bytes.view.data[0], 'E'));
	close(stolen);
	modseal_bytes_free(&bytes);
	/* cut or grown before it is sealed */
	for (int size = 8191; size <= 8193; size += 2) {
		cr_assert(zero(int, modseal_bytes_copy(&located, 8192, 0, NULL, &bytes,
						       &error)));
		stolen = steal(bytes.descriptor);
		cr_assert(zero(int, ftruncate(stolen, size)));
		refused(modseal_bytes_seal(&bytes, 8192, NULL, "x", &error),
			MODSEAL_E_CHANGED);
		close(stolen);
		modseal_bytes_free(&bytes);
	}
	/* sealed by others in a way that leaves their mapping alive */
	cr_assert(zero(int, modseal_bytes_copy(&located, 8192, 0, NULL, &bytes, &error)));
	stolen = steal(bytes.descriptor);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, stolen, 0);
	cr_assert(
		zero(int, fcntl(stolen, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)));
	refused(modseal_bytes_seal(&bytes, 8192, NULL, "x", &error), MODSEAL_E_SYSTEM);
	munmap(map, 8192);
	close(stolen);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
}

Test(seal, R117_a_process_that_keeps_attacking_the_memory_copy)
{
	struct race race = {.rounds = 2000};

	cr_assert(lt(int, snprintf(race.folder, sizeof(race.folder), "%s", place), 200));
	race_memory(&race);
	cr_assert(eq(ulong, race.wrong, 0), "%s", race.message);
	cr_assert(gt(ulong, race.refused, 0), "%lu accepted", race.accepted);
}

/* What /proc shows for a new memfd made for an object. */
static void shown_for(const char *object, char *shown, size_t size)
{
	char link[64];
	bool exec_sealed;
	int descriptor;
	ssize_t length;

	cr_assert(
		zero(int, modseal_memfd_new(&descriptor, &exec_sealed, object, &error)));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
	length = readlink(link, shown, size - 1);
	cr_assert(gt(long, length, 0));
	shown[length] = '\0';
	close(descriptor);
}

Test(seal, the_name_says_which_file_it_is_of)
{
	char shown[PATH_MAX], longest[242] = "/", too_long[243] = "/";

	shown_for("/usr/lib/libz.so.1", shown, sizeof(shown));
	cr_assert(eq(str, shown, "/memfd:modseal:/usr/lib/libz.so.1 (deleted)"));
	shown_for("x", shown, sizeof(shown));
	cr_assert(eq(str, shown, "/memfd:modseal (deleted)"));
	memset(longest + 1, 'a', sizeof(longest) - 2);
	shown_for(longest, shown, sizeof(shown));
	cr_assert(eq(sz, strlen(shown), strlen("/memfd:modseal: (deleted)") + 241));
	memset(too_long + 1, 'a', sizeof(too_long) - 2);
	shown_for(too_long, shown, sizeof(shown));
	cr_assert(eq(str, shown, "/memfd:modseal (deleted)"));
}

Test(seal, the_path_is_read_back_from_the_name)
{
	cr_assert(eq(str, (char *)modseal_memfd_source("/memfd:modseal:/a b"), "/a b"));
	cr_assert(eq(str, (char *)modseal_memfd_source("/memfd:modseal"), ""));
	cr_assert(zero(ptr, (void *)modseal_memfd_source("/memfd:modseal:")));
	cr_assert(zero(ptr, (void *)modseal_memfd_source("/memfd:modseal:a")));
	cr_assert(zero(ptr, (void *)modseal_memfd_source("/memfd:modsealed")));
	cr_assert(zero(ptr, (void *)modseal_memfd_source("/x/memfd:modseal:/a")));
}
