/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/path.c: what is no path, what is no file, and what an open tells. */
#include "tests/unit/opening.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

TestSuite(path, .init = place_begin, .fini = place_end, .timeout = 30);

Test(path, gives_descriptor_status_and_real_path)
{
	struct modseal_located located = {.descriptor = -1};
	struct stat status;

	make_file(in_place("libx.so"), 100, 0644);
	cr_assert(zero(int, stat(in_place("libx.so"), &status)));
	cr_assert(zero(int, symlink("libx.so", in_place("link"))));
	cr_assert(zero(int, modseal_path_open(in_place("link"), &located, &error)));
	cr_assert(eq(str, located.path, (char *)in_place("libx.so")));
	cr_assert(eq(u64, located.status.st_ino, status.st_ino));
	cr_assert(eq(u64, located.status.st_size, 100));
	cr_assert(eq(int, fcntl(located.descriptor, F_GETFD), FD_CLOEXEC));
	cr_assert(eq(int, fcntl(located.descriptor, F_GETFL) & O_ACCMODE, O_RDONLY));
	modseal_located_close(&located);
	cr_assert(eq(int, located.descriptor, -1));
	cr_assert(eq(ptr, located.path, NULL));
	modseal_located_close(&located);
}

Test(path, noexec_mounts_are_told)
{
	struct modseal_located located = {.descriptor = -1};

	need_mounts();
	make_directory(in_place("m"), 0755);
	make_file(in_place("m/x.so"), 10, 0644);
	cr_assert(zero(int, modseal_path_open(in_place("m/x.so"), &located, &error)));
	cr_assert(not(located.noexec));
	modseal_located_close(&located);
	/* a bind mount has the same device number */
	cr_assert(zero(int, mount(in_place("m"), in_place("m"), NULL, MS_BIND, NULL)));
	cr_assert(zero(int, mount(NULL, in_place("m"), NULL,
				  MS_BIND | MS_REMOUNT | MS_NOEXEC, NULL)));
	cr_assert(zero(int, modseal_path_open(in_place("m/x.so"), &located, &error)));
	cr_assert(located.noexec);
	modseal_located_close(&located);
	cr_assert(zero(int, modseal_path_open_any(in_place("m/x.so"), &located, &error)));
	cr_assert(located.noexec);
	modseal_located_close(&located);
	umount(in_place("m"));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(path, R76_what_is_no_regular_file)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct modseal_located located = {.descriptor = -1};
	const char *rows[8] = {in_place("fifo"), in_place("socket"), in_place("folder"),
			       "/dev/null",	 "/dev/tty",	     "/proc/1/status",
			       "/proc/version",	 "/sys/kernel/notes"};
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert(zero(int, mkfifo(rows[0], 0644)));
	cr_assert(strlen(rows[1]) < sizeof(address.sun_path));
	strncpy(address.sun_path, rows[1], sizeof(address.sun_path) - 1);
	cr_assert(zero(int, bind(server, (struct sockaddr *)&address, sizeof(address))));
	make_directory(rows[2], 0755);
	for (size_t i = 0; i < 8; i++) {
		double start = seconds(), best;

		if (access(rows[i], F_OK))
			continue;
		refused(rows[i], MODSEAL_E_NOT_REGULAR);
		best = seconds() - start;
		start = seconds();
		cr_assert(eq(int, modseal_path_open_any(rows[i], &located, &error),
			     MODSEAL_E_NOT_REGULAR),
			  "%s: %s", rows[i], error.message);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));
		best = seconds() - start < best ? seconds() - start : best;
		cr_assert(lt(dbl, best, 0.1), "%s", rows[i]);
	}
	close(server);
}

Test(path, R77_near_misses)
{
	static const char *const below[] = {
		"lib//x.so",
		"lib/./x.so",
		"lib/../lib/x.so",
		"lib/x.so/",
		"lib/x.so/.",
		"lib/x.so/..",
		"./lib/x.so",
		"lib/x.so//",
		"/lib/x.so",
		"lib/x.so/../x.so",
		"LIB/x.so",
		"lib/X.so",
		"lib/x.SO",
		"lib/x.so ",
		" lib/x.so",
		"lib /x.so",
		"lib/x.s",
		"lib/x.soo",
		"lib%2fx.so",
		"lib/x.so\n",
		"lib/x\t.so",
		"lib/\x1b[2Jx.so",
		"lib/x.so\x7f",
		"lib/x\xff.so",
		"lib/\xc0\xafx.so",
		"lib/\xed\xa0\x80.so",
		"lib/x.so\xe2\x80",
		"lib/\xc2\x85x.so",
		"lib/\xe2\x80\xaex.so",
		"lib/x.so/x.so",
		"lib\\x.so",
		"lib/x.so;",
		"lib/x.so.",
		"lib-evil/../lib/x.so",
	};
	static char far[PATH_MAX + 16];
	const char *whole[] = {"",   ".",  "..",  "x.so", "/",
			       "//", "/.", "/..", far,	  "lib/x.so"};
	size_t used;

	make_directory(in_place("lib"), 0755);
	make_directory(in_place("lib-evil"), 0755);
	make_file(in_place("lib/x.so"), 10, 0644);
	cr_assert(zero(int, open_code(in_place("lib/x.so"))));
	cr_assert(zero(int, chdir(place)));
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		int code = open_code(in_place("%s", below[i]));

		cr_assert(code == MODSEAL_E_PATH_UNSAFE || code == MODSEAL_E_NOT_FOUND,
			  "row %zu: %d", i, code);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));
		for (const char *at = error.object; *at; at++)
			cr_assert(ge(int, *at, 0x20), "row %zu", i);
	}
	memset(far, 'x', sizeof(far) - 1);
	used = (size_t)snprintf(far, sizeof(far), "%s", in_place("lib/x.so"));
	far[used] = 'x';
	far[0] = '/';
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		refused(whole[i], MODSEAL_E_PATH_UNSAFE);
	refused(far, MODSEAL_E_PATH_UNSAFE);
	cr_assert(says("longer than 4095"));
	refused(in_place("lib/%0300d.so", 7), MODSEAL_E_NOT_FOUND);
	cr_assert(chdir("/") == 0);
}

Test(path, R77_bytes_that_cannot_be_printed_are_refused_though_there)
{
	static const char *const names[] = {"x\xff.so", "x\n.so", "x\xe2\x80\xae.so"};

	for (size_t i = 0; i < 3; i++) {
		make_file(in_place("%s", names[i]), 10, 0644);
		refused(in_place("%s", names[i]), MODSEAL_E_PATH_UNSAFE);
		/* nor can a link hide them */
		cr_assert(zero(int, symlink(names[i], in_place("link%zu", i))));
		refused(in_place("link%zu", i), MODSEAL_E_PATH_UNSAFE);
	}
	/* nor may a name that cannot be printed stand for one that can */
	make_file(in_place("x.so"), 10, 0644);
	for (size_t i = 0; i < 3; i++) {
		cr_assert(zero(int, unlink(in_place("%s", names[i]))));
		cr_assert(zero(int, symlink("x.so", in_place("%s", names[i]))));
		refused(in_place("%s", names[i]), MODSEAL_E_PATH_UNSAFE);
	}
}

Test(path, missing_and_unreadable)
{
	refused(in_place("nothing"), MODSEAL_E_NOT_FOUND);
	refused(in_place("nothing/x.so"), MODSEAL_E_NOT_FOUND);
	make_file(in_place("x.so"), 10, 0644);
	refused(in_place("x.so/y"), MODSEAL_E_NOT_FOUND);
	if (is_root()) {
		cr_assert(zero(int, chmod(in_place("x.so"), 0600)));
		cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	} else {
		cr_assert(zero(int, chmod(in_place("x.so"), 0)));
	}
	refused(in_place("x.so"), MODSEAL_E_SYSTEM);
	cr_assert(eq(int, error.system_errno, EACCES));
}

Test(path, a_lease_does_not_make_it_wait)
{
	int holder;

	make_file(in_place("x.so"), 10, 0644);
	holder = open(in_place("x.so"), O_WRONLY);
	signal(SIGIO, SIG_IGN);
	if (fcntl(holder, F_SETLEASE, F_WRLCK)) {
		close(holder);
		place_end();
		cr_skip_test("no leases on this file system");
	}
	refused(in_place("x.so"), MODSEAL_E_CHANGED);
	close(holder);
}

Test(path, open_any_takes_any_name_of_a_regular_file)
{
	struct modseal_located located = {.descriptor = -1};

	make_file(in_place("x.so"), 10, 0666);
	cr_assert(zero(int, symlink("x.so", in_place("link"))));
	cr_assert(zero(int, chdir(place)));
	cr_assert(zero(int, modseal_path_open_any("link", &located, &error)));
	cr_assert(eq(str, located.path, "link"));
	cr_assert(eq(int, located.safety, MODSEAL_PATH_UNTRUSTED));
	cr_assert(eq(u64, located.status.st_size, 10));
	cr_assert(eq(int, modseal_path_require(&located, MODSEAL_PATH_CALLER, &error),
		     MODSEAL_E_PATH_UNSAFE));
	modseal_located_close(&located);
	cr_assert(eq(int, modseal_path_open_any("", &located, &error),
		     MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, modseal_path_open_any("none", &located, &error),
		     MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));
	cr_assert(eq(int, located.descriptor, -1));
	cr_assert(zero(int, chdir("/")));
}

Test(path, R61_proc_must_be_the_kernels)
{
	cr_assert(modseal_proc_is_real());
	need_mounts();
	cr_assert(zero(int, mount("/proc/sys", "/proc", NULL, MS_BIND, NULL)));
	cr_assert(not(modseal_proc_is_real()), "a part of it");
	cr_assert(zero(int, mount("none", "/proc", "tmpfs", 0, "mode=0755")));
	cr_assert(not(modseal_proc_is_real()), "a tmpfs");
	cr_assert(zero(int, symlink("1", "/proc/self")));
	cr_assert(not(modseal_proc_is_real()), "a tmpfs that looks like it");
	cr_assert(zero(int, umount2("/proc", MNT_DETACH)));
	cr_assert(zero(int, umount2("/proc", MNT_DETACH)));
	cr_assert(modseal_proc_is_real());
}
