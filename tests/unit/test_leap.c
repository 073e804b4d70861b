/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/leap.c: what comes of it is what comes of going step by step. */
#include <signal.h>

#include "tests/unit/deny.h"
#include "tests/unit/opening.h"
#include "tests/unit/slowness.h"
#include "verifier/image/walk.h"

#define TREES  300
#define DEPTH  3
#define CALLER 12346

TestSuite(leap, .init = place_begin, .fini = place_end, .timeout = 60);

static unsigned dice(unsigned sides)
{
	static uint64_t state = 1; /* the same trees each time */

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % sides;
}

/* An empty /mnt of this process's own. */
static void begin_mounts(void)
{
	need_mounts();
	cr_assert(zero(int, mount("none", "/mnt", "tmpfs", 0, "mode=0755")));
}

static void give_away(const char *path, unsigned safe_of_ten)
{
	static const uid_t owners[] = {PLACE_STRANGER, CALLER, CALLER};
	static const mode_t modes[] = {0711, 0775, 0757, 01777, 01775, 02755};
	uid_t owner = dice(10) < safe_of_ten ? 0 : owners[dice(3)];
	mode_t mode = dice(10) < safe_of_ten ? 0755 : modes[dice(6)];

	cr_assert(zero(int, lchown(path, owner, owner)));
	cr_assert(zero(int, chmod(path, mode)));
}

static void grow(const char *path, unsigned depth)
{
	static const char *const targets[] = {"a", "../b", "/mnt/1/a", ".", "../../a"};
	static const char *const systems[] = {"tmpfs", "ramfs"};
	char below[128];

	if (depth > 0 && depth < DEPTH && dice(8) == 0) {
		cr_assert(zero(int, symlink(targets[dice(5)], path)));
		cr_assert(zero(int, lchown(path, dice(3) ? 0 : PLACE_STRANGER, 0)));
		return;
	}
	cr_assert(zero(int, mkdir(path, 0755)), "%s", path);
	if (dice(12) == 0)
		cr_assert(zero(int, mount("none", path, systems[dice(2)], 0, NULL)));
	snprintf(below, sizeof(below), "%s/x.so", path);
	if (dice(6) == 0)
		cr_assert(zero(int, symlink(dice(2) ? "../x.so" : "y.so", below)));
	else
		make_file(below, 1, 0644);
	for (const char *name = "ab"; depth < DEPTH && *name; name++) {
		snprintf(below, sizeof(below), "%s/%c", path, *name);
		grow(below, depth + 1);
	}
	give_away(path, 9);
}

/* Whether it was gone to the file's directory at once. */
static bool leaps(const char *path)
{
	struct modseal_walk walk = {.root = MODSEAL_ROOT_OF_PROCESS,
				    .asked = path,
				    .judged = true,
				    .directory = -1,
				    .object = -1,
				    .safety = MODSEAL_PATH_PROTECTED};
	bool leapt;

	cr_assert(zero(int, modseal_walk_leap(&walk, path, &leapt)));
	cr_assert(eq(int, leapt, walk.directory >= 0));
	modseal_walk_end(&walk);
	return leapt;
}

static void answer(FILE *answers, const char *path)
{
	struct modseal_located located = {.descriptor = -1};
	size_t before = count_descriptors();

	memset(&error, 0, sizeof(error));
	if (modseal_path_open(path, &located, &error))
		fprintf(answers, "%s: %d %d %s\n", path, error.code, (int)error.stage,
			error.message);
	else
		fprintf(answers, "%s: %s %d %d %jd %s\n", path, located.path,
			(int)located.safety, located.noexec,
			(intmax_t)located.status.st_ino, located.reason);
	modseal_located_close(&located);
	if (count_descriptors() != before)
		fprintf(answers, "descriptors lost\n");
}

/* Of each tree each file, to root and to another caller; how many were leapt to. */
static unsigned answer_all(FILE *answers)
{
	unsigned leapt = 0;
	char path[128];

	for (unsigned user = 0; user < 2; user++) {
		cr_assert(zero(int, seteuid(user ? CALLER : 0)));
		for (unsigned tree = 0; tree < TREES; tree++) {
			for (unsigned file = 2; file < 2u << DEPTH; file++) {
				int used = snprintf(path, sizeof(path), "/mnt/%u", tree);
				unsigned bit = 1;

				/* below the highest bit each is a turn */
				while (file >> bit > 1)
					bit++;
				while (bit-- > 0)
					used += snprintf(path + used,
							 sizeof(path) - (size_t)used,
							 file >> bit & 1 ? "/a" : "/b");
				snprintf(path + used, sizeof(path) - (size_t)used,
					 "/x.so");
				answer(answers, path);
				leapt += leaps(path);
			}
		}
	}
	cr_assert(zero(int, seteuid(0)));
	return leapt;
}

/* In a process of its own, as a filter stays. */
static char *answers_of(bool denied, unsigned *ret_leapt)
{
	FILE *answers = tmpfile();
	int leapt[2], status;
	size_t size;
	char *text;
	pid_t child;

	cr_assert(answers && pipe(leapt) == 0);
	child = fork();
	if (child == 0) {
		unsigned count;

		if (denied && !deny_call(__NR_openat2, ENOSYS))
			_exit(77);
		count = answer_all(answers);
		_exit(fflush(answers) == 0 && write(leapt[1], &count, sizeof(count)) ==
						      sizeof(count)
			      ? 0
			      : 1);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(eq(int, status, 0));
	cr_assert(eq(sz, (size_t)read(leapt[0], ret_leapt, sizeof(*ret_leapt)),
		     sizeof(*ret_leapt)));
	close(leapt[0]);
	close(leapt[1]);
	size = (size_t)lseek(fileno(answers), 0, SEEK_END);
	text = calloc(1, size + 1);
	cr_assert(eq(sz, (size_t)pread(fileno(answers), text, size, 0), size));
	fclose(answers);
	return text;
}

Test(leap, R75_as_step_by_step)
{
	unsigned leapt, stepped;
	char *with, *without, *rest, *other, *line, *expected;

	if (is_emulated()) {
		place_end();
		cr_skip_test("no seccomp filter in the emulator");
	}
	begin_mounts();
	for (unsigned tree = 0; tree < TREES; tree++) {
		char path[32];

		snprintf(path, sizeof(path), "/mnt/%u", tree);
		grow(path, 0);
	}
	with = answers_of(false, &leapt);
	without = answers_of(true, &stepped);
	cr_assert(eq(uint, stepped, 0));
	cr_assert(gt(uint, leapt, TREES), "%u of %u", leapt, 28 * TREES);
	rest = with;
	other = without;
	while ((line = strsep(&rest, "\n")) && (expected = strsep(&other, "\n")))
		cr_assert(eq(str, line, expected));
	cr_assert(not(line || other));
	free(with);
	free(without);
}

Test(leap, R75_below_the_root_of_an_image)
{
	struct modseal_located located;
	int root;

	make_directory(in_place("tree"), 0755);
	make_directory(in_place("tree/usr"), 0755);
	make_directory(in_place("tree/usr/lib"), 0755);
	make_file(in_place("tree/usr/lib/x.so"), 10, 0644);
	cr_assert(zero(int, modseal_root_open(in_place("tree"), &root, &error)));
	cr_assert(
		zero(int, modseal_path_open_in(root, "/usr/lib/x.so", &located, &error)));
	cr_assert(eq(str, located.path, "/usr/lib/x.so"));
	modseal_located_close(&located);
	/* the root of the image is judged, and nothing above it is in its place */
	cr_assert(zero(int, chmod(in_place("tree"), 0777)));
	cr_assert(eq(int, modseal_path_open_in(root, "/usr/lib/x.so", &located, &error),
		     MODSEAL_E_PATH_UNSAFE));
	cr_assert(zero(int, chmod(in_place("tree"), 0755)));
	cr_assert(zero(int, chmod(in_place("tree/usr"), 0777)));
	cr_assert(eq(int, modseal_path_open_in(root, "/usr/lib/x.so", &located, &error),
		     MODSEAL_E_PATH_UNSAFE));
	close(root);
}

/* The root is another then, and all that lies above it is out of sight. */
Test(leap, R75_after_a_chroot)
{
	struct modseal_located located;
	int status;
	pid_t child;

	make_directory(in_place("tree"), 0755);
	make_directory(in_place("tree/usr"), 0755);
	make_directory(in_place("tree/usr/lib"), 0755);
	make_file(in_place("tree/usr/lib/x.so"), 10, 0644);
	if (geteuid() != 0) {
		place_end();
		cr_skip_test("it needs root");
	}
	child = fork();
	if (child == 0) {
		bool before = leaps(in_place("tree/usr/lib/x.so"));

		if (chroot(in_place("tree")) || chdir("/"))
			_exit(2);
		if (leaps("/usr/lib/x.so") != before)
			_exit(3);
		if (modseal_path_open("/usr/lib/x.so", &located, &error))
			_exit(4);
		/* each time: the new root is known by now */
		if (leaps("/usr/lib/x.so") != before)
			_exit(5);
		if (chmod("/", 0777) ||
		    modseal_path_open("/usr/lib/x.so", &located, &error) !=
			    MODSEAL_E_PATH_UNSAFE)
			_exit(6);
		_exit(0);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(zero(int, status));
}

/* The same path, while somebody else changes what is on the way to it. */
struct tries {
	unsigned rounds, accepted, refused;
};

static void try_again(struct tries *tries, int root, const char *path)
{
	struct modseal_located located;
	int result = modseal_path_open_in(root, path, &located, &error);

	tries->rounds++;
	tries->accepted += result == 0;
	tries->refused += result == MODSEAL_E_PATH_UNSAFE;
	if (result == 0)
		modseal_located_close(&located);
}

static unsigned enough = 20000;

static bool is_enough(const struct tries *tries)
{
	return tries->rounds >= (is_emulated() ? 1000 : enough);
}

/* other: who has changed it all the time, and still does. */
static void assert_refused(const struct tries *tries, pid_t other)
{
	int status;

	cr_assert(zero(int, waitpid(other, &status, WNOHANG)), "nothing was changed");
	kill(other, SIGKILL);
	waitpid(other, &status, 0);
	cr_assert(zero(uint, tries->accepted), "%u accepted, %u refused", tries->accepted,
		  tries->refused);
	cr_assert(gt(uint, tries->refused, 0));
}

/* Moves it away whenever it is there, until it is ended. */
static pid_t move_away(const char *from, const char *to)
{
	pid_t child = fork();

	if (child == 0) {
		if (setgid(PLACE_STRANGER) || setuid(PLACE_STRANGER))
			_exit(1);
		while (rename(from, to) == 0 || errno == ENOENT)
			;
		_exit(2);
	}
	return child;
}

/* A sticky directory of root's that lies in a stranger's: he may move it to where all is
 * safe while it is judged. */
Test(leap, R75_a_directory_that_strangers_may_move)
{
	struct tries tries = {0};
	unsigned moved = 0;
	pid_t child;

	begin_mounts();
	make_directory("/mnt/his", 0755);
	make_directory("/mnt/tmp", 01777);
	make_directory("/mnt/his/m", 01777);
	make_directory("/mnt/his/m/lib", 0755);
	make_file("/mnt/his/m/lib/x.so", 10, 0644);
	cr_assert(zero(int, chown("/mnt/his", PLACE_STRANGER, PLACE_STRANGER)));
	child = move_away("/mnt/his/m", "/mnt/tmp/m");
	while (!is_enough(&tries)) {
		try_again(&tries, MODSEAL_ROOT_OF_PROCESS, "/mnt/his/m/lib/x.so");
		moved += rename("/mnt/tmp/m", "/mnt/his/m") == 0;
	}
	assert_refused(&tries, child);
	cr_assert(gt(uint, moved, 0));
}

/* Takes a mount away and puts it there again, until it is ended. */
static pid_t detach_again_and_again(const char *source, const char *target)
{
	pid_t child = fork();

	if (child == 0) {
		while (mount(source, target, NULL, MS_BIND, NULL) == 0 &&
		       umount2(target, MNT_DETACH) == 0)
			;
		_exit(2);
	}
	return child;
}

/* Whoever owns the directory below a mount may remove it in a mount namespace of his own,
 * and the mount is gone from every other one: what is above its root then is its root.
 * There path leads to through the mount. */
static void assert_refused_while_detached(const char *source, int root, const char *path)
{
	struct tries tries = {0};
	pid_t child;

	make_directory("/mnt/his", 0755);
	make_directory("/mnt/his/m", 0755);
	cr_assert(zero(int, chown("/mnt/his", PLACE_STRANGER, PLACE_STRANGER)));
	child = detach_again_and_again(source, "/mnt/his/m");
	while (!is_enough(&tries))
		try_again(&tries, root, path);
	assert_refused(&tries, child);
}

static void mount_kept(void)
{
	make_directory("/mnt/kept", 0755);
	cr_assert(zero(int, mount("none", "/mnt/kept", "tmpfs", 0, "mode=0755")));
	make_directory("/mnt/kept/lib", 0755);
	make_file("/mnt/kept/lib/x.so", 10, 0644);
}

Test(leap, R75_a_mount_that_strangers_may_detach)
{
	begin_mounts();
	mount_kept();
	assert_refused_while_detached("/mnt/kept", MODSEAL_ROOT_OF_PROCESS,
				      "/mnt/his/m/lib/x.so");
}

/* Its root is as far from the file as the root is from it, and lies on the same device.
 */
Test(leap, R75_one_of_the_file_system_of_the_root)
{
	begin_mounts();
	assert_refused_while_detached("/usr", MODSEAL_ROOT_OF_PROCESS,
				      "/mnt/his/m/lib/os-release");
}

/* The first directory of a tmpfs has the same number as that of any other. */
Test(leap, R75_one_whose_first_directory_has_the_number_of_the_root)
{
	struct stat kept, mnt;
	int root;

	enough *= 4; /* it seldom is the last to be looked at that is detached */
	begin_mounts();
	mount_kept();
	cr_assert(zero(int, stat("/mnt/kept", &kept) || stat("/mnt", &mnt)));
	cr_assert(eq(u64, kept.st_ino, mnt.st_ino));
	root = open("/mnt", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_refused_while_detached("/mnt/kept", root, "/his/m/lib/x.so");
	close(root);
}
