/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc tells of this process itself. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "tests/unit/place.h"
#include "verifier/run/own.h"

Test(run_own, a_descriptor_has_its_path_and_can_be_opened_anew)
{
	int named = open("/usr", O_PATH | O_CLOEXEC), file, again;
	char path[PATH_MAX], byte;

	cr_assert(eq(int, run_own_path(named, path), 0));
	cr_assert(eq(str, path, "/usr"));
	close(named);
	cr_assert(eq(int, run_own_path(named, path), ENOENT));
	cr_assert(eq(int, run_own_reopen(named, O_RDONLY, &again), ENOENT));
	file = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	cr_assert(read(file, &byte, 1) < 0, "O_PATH can be read");
	cr_assert(eq(int, run_own_reopen(file, O_RDONLY, &again), 0));
	cr_assert(eq(sz, (size_t)read(again, &byte, 1), 1));
	cr_assert(fcntl(again, F_GETFD) & FD_CLOEXEC);
	close(again);
	close(file);
}

Test(run_own, its_memory_is_the_machines_or_less)
{
	struct sysinfo machine;
	uint64_t memory = run_own_memory();

	cr_assert(zero(int, sysinfo(&machine)));
	cr_assert(gt(u64, memory, 0));
	cr_assert(le(u64, memory, (uint64_t)machine.totalram * machine.mem_unit));
}

static void write_max(const char *group, const char *text)
{
	char name[PATH_MAX];
	FILE *file;

	snprintf(name, sizeof(name), "%s/memory.max", in_place("%s", group));
	file = fopen(name, "w");
	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static uint64_t memory_of(const char *group)
{
	char path[64];

	snprintf(path, sizeof(path), "%s", group);
	return run_own_memory_of(in_place("."), path);
}

Test(run_own, a_control_group_has_what_all_above_it_leave, .init = place_begin,
     .fini = place_end)
{
	make_directory(in_place("a"), 0755);
	make_directory(in_place("a/b"), 0755);
	cr_assert(eq(u64, memory_of("/"), UINT64_MAX));
	cr_assert(eq(u64, memory_of("/a/b"), UINT64_MAX));
	write_max("a/b", "max\n");
	cr_assert(eq(u64, memory_of("/a/b"), UINT64_MAX));
	write_max("a/b", "5000\n");
	cr_assert(eq(u64, memory_of("/a/b"), 5000));
	cr_assert(eq(u64, memory_of("/a"), UINT64_MAX));
	write_max("a", "4000\n");
	cr_assert(eq(u64, memory_of("/a/b"), 4000));
	write_max("a", "6000\n");
	cr_assert(eq(u64, memory_of("/a/b"), 5000));
	write_max(".", "3000\n");
	cr_assert(eq(u64, memory_of("/a/b"), 3000));
	cr_assert(eq(u64, memory_of("/"), 3000));
	/* one that is not there, as in a container */
	cr_assert(eq(u64, memory_of("/docker/x"), 3000));
	write_max(".", "99999999999999999999999\n");
	cr_assert(eq(u64, memory_of("/"), UINT64_MAX));
	write_max(".", "12x\n");
	cr_assert(eq(u64, memory_of("/"), UINT64_MAX));
	write_max(".", "");
	cr_assert(eq(u64, memory_of("/"), UINT64_MAX));
}

Test(run_own, its_root_is_told_from_other_directories)
{
	static const char *const others[] = {"/usr", "/proc", "/proc/self/fd"};
	int root = open("/", O_PATH | O_CLOEXEC);

	cr_assert(run_own_is_root(root));
	close(root);
	cr_assert(not(run_own_is_root(root)), "a closed descriptor");
	root = open("/proc/self/root", O_PATH | O_CLOEXEC);
	cr_assert(run_own_is_root(root));
	close(root);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		int other = open(others[i], O_PATH | O_CLOEXEC);

		cr_assert(not(run_own_is_root(other)), "%s", others[i]);
		close(other);
	}
}

Test(run_own, its_user_namespace_is_the_kernels_link)
{
	char link[PATH_MAX];

	cr_assert(eq(int, run_own_read_link(AT_FDCWD, "/proc/self/ns/user", link), 0));
	cr_assert(strncmp(link, "user:[", 6) == 0);
	cr_assert(eq(str, (char *)run_own_user_namespace(), link));
	cr_assert(eq(int, run_own_read_link(AT_FDCWD, "/proc/self", link), 0));
	cr_assert(eq(int, run_own_read_link(AT_FDCWD, "/proc/self/none", link), ENOENT));
}

Test(run_own, a_file_of_proc_is_read_as_a_text_and_cut_to_its_room)
{
	char text[64], cut[4];

	cr_assert(eq(int, run_own_read("/proc/self/comm", text, sizeof(text)), 0));
	cr_assert(eq(str, text, "test_run_own\n"));
	cr_assert(eq(int, run_own_read("/proc/self/comm", cut, sizeof(cut)), 0));
	cr_assert(eq(str, cut, "tes"));
	cr_assert(eq(int, run_own_read("/proc/self/none", text, sizeof(text)), ENOENT));
	cr_assert(eq(str, text, ""));
	memcpy(text, "x", 2);
	cr_assert(eq(int, run_own_read("/dev/null", text, sizeof(text)), ESRCH));
	cr_assert(eq(str, text, ""));
	memcpy(text, "x", 2);
	cr_assert(eq(int, run_own_read("/proc/self", text, sizeof(text)), EISDIR));
	cr_assert(eq(str, text, ""));
}
