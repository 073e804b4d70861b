/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc tells of this process itself. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

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

Test(run_own, the_machines_memory_is_what_the_kernel_says)
{
	struct sysinfo machine;

	cr_assert(zero(int, sysinfo(&machine)));
	cr_assert(
		eq(u64, run_own_memory(), (uint64_t)machine.totalram * machine.mem_unit));
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
