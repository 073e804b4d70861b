/* SPDX-License-Identifier: Apache-2.0 */
/* E21: what is opened where openat2(2) is refused is what openat2(2) opens. */
#include "tests/unit/slowness.h"
#include "verifier/run/walk.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_by_kernel(int directory, const char *path, bool no_follow,
			  int *descriptor)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};

	*descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
	return *descriptor < 0 ? errno : 0;
}

static int make_tree(void)
{
	char name[] = "/tmp/walk-XXXXXX";
	int directory;

	/* an emulator may have none */
	if (open_by_kernel(AT_FDCWD, "/", false, &directory) == ENOSYS)
		cr_skip_test("no openat2(2) here");
	close(directory);
	cr_assert(ne(ptr, mkdtemp(name), NULL));
	directory = open(name, O_PATH | O_DIRECTORY);
	cr_assert(eq(int, chmod(name, 0755), 0));
	cr_assert(eq(int, mkdirat(directory, "a", 0755), 0));
	cr_assert(eq(int, mkdirat(directory, "a/b", 0755), 0));
	cr_assert(eq(int, close(openat(directory, "a/f", O_CREAT | O_WRONLY, 0600)), 0));
	cr_assert(eq(int, symlinkat("a", directory, "l"), 0));
	cr_assert(eq(int, symlinkat("f", directory, "a/lf"), 0));
	cr_assert(eq(int, symlinkat("nothing", directory, "a/ln"), 0));
	cr_assert(eq(int, symlinkat("..", directory, "a/up"), 0));
	return directory;
}

static void remove_tree(int directory)
{
	static const char *const files[] = {"a/f", "l", "a/lf", "a/ln", "a/up"};
	char link[48], name[64];
	ssize_t length;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(directory, files[i], 0);
	unlinkat(directory, "a/b", AT_REMOVEDIR);
	unlinkat(directory, "a", AT_REMOVEDIR);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	length = readlink(link, name, sizeof(name) - 1);
	cr_assert(gt(int, (int)length, 0));
	name[length] = '\0';
	cr_assert(eq(int, rmdir(name), 0));
	close(directory);
}

static void compare(int directory, const char *path, bool no_follow)
{
	int ours = -1, kernels, wanted, got;
	struct stat one, other;

	wanted = open_by_kernel(directory, path, no_follow, &kernels);
	got = run_walk(directory, path, no_follow, false, &ours);
	cr_assert(eq(int, got, wanted), "%s%s", path, no_follow ? ", no_follow" : "");
	if (wanted != 0)
		return;
	cr_assert(eq(int, fstat(ours, &one), 0));
	cr_assert(eq(int, fstat(kernels, &other), 0));
	cr_assert(eq(ulong, one.st_ino, other.st_ino), "%s", path);
	cr_assert(eq(int, fcntl(ours, F_GETFD), FD_CLOEXEC));
	close(ours);
	close(kernels);
}

Test(run_walk, E21_it_is_as_openat2)
{
	static const char *const paths[] = {
		"/",
		"/a",
		"/a/b",
		"/a/f",
		"/a/lf",
		"/a/ln",
		"/a/up",
		"/a/up/a",
		"/l",
		"/l/f",
		"/l/b/..",
		"/l/..",
		"/a/..",
		"/a/b/..",
		"/a/b/../f",
		"/a/b/../../a/f",
		"/..",
		"/../..",
		"/../../a/f",
		"/a/../../a",
		"/a/f/..",
		"/a/f/x",
		"/a/f/../f",
		"/a/ln/..",
		"/nothing",
		"/a/nothing",
		"/nothing/..",
		"/nothing/../a",
		"/a/nothing/../f",
		"/a/..f",
		"/a/...",
		"/a/b/../..f",
		"a/f",
		"a/../a/b",
	};
	int directory = make_tree();

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		compare(directory, paths[i], false);
		compare(directory, paths[i], true);
	}
	remove_tree(directory);
}

Test(run_walk, E21_a_folder_that_may_not_be_searched)
{
	int directory = make_tree();

	cr_assert(eq(int, fchmodat(directory, "a/b", 0, 0), 0));
	if (geteuid() == 0)
		cr_assert(eq(int, seteuid(1), 0));
	compare(directory, "/a", false);
	compare(directory, "/a/b/..", false);
	compare(directory, "/a/b/../f", false);
	if (getuid() == 0)
		cr_assert(eq(int, seteuid(0), 0));
	remove_tree(directory);
}

Test(run_walk, E21_it_stays_in_a_file_system_if_it_is_to)
{
	int root = open("/", O_PATH | O_DIRECTORY), proc = open("/proc", O_PATH), found;

	if (is_emulated())
		cr_skip_test("no numbers of mounts in the emulator");
	cr_assert(eq(int, run_walk(root, "/proc", false, false, &found), 0));
	close(found);
	cr_assert(eq(int, run_walk(root, "/proc", false, true, &found), EXDEV));
	cr_assert(eq(int, run_walk(root, "/proc/self", true, true, &found), EXDEV));
	cr_assert(eq(int, run_walk(root, "/proc/..", true, true, &found), EXDEV));
	cr_assert(eq(int, run_walk(proc, "self", true, true, &found), 0));
	close(found);
	cr_assert(eq(int, run_walk(proc, "self/exe", true, true, &found), ELOOP));
	close(root);
	close(proc);
}

Test(run_walk, E21_what_is_too_long_is_not_cut_short)
{
	static char path[PATH_MAX + 2];
	int root = open("/", O_PATH | O_DIRECTORY), found;

	memset(path, '/', PATH_MAX);
	cr_assert(eq(int, run_walk(root, path, false, false, &found), 0));
	close(found);
	path[PATH_MAX] = 'a';
	cr_assert(eq(int, run_walk(root, path, false, false, &found), ENAMETOOLONG));
	close(root);
}
