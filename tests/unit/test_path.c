/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/path.c and walk.c: who could replace a file, and what is no file at all.
 */
#include "tests/unit/place.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

TestSuite(path, .init = place_begin, .fini = place_end, .timeout = 30);

static struct modseal_error error;

static bool says(const char *what)
{
	return strstr(error.message, what) != NULL;
}

static int open_code(const char *path)
{
	struct modseal_located located = {.descriptor = -1};
	size_t before = count_descriptors();
	int result;

	memset(&error, 0, sizeof(error));
	result = modseal_path_open(path, &located, &error);
	if (result)
		cr_assert(eq(int, located.descriptor, -1));
	cr_assert(eq(int, error.code, result));
	modseal_located_close(&located);
	cr_assert(eq(sz, count_descriptors(), before), "descriptors of %s", path);
	return result;
}

#define refused(path, wanted)                                                            \
	do {                                                                             \
		cr_assert(eq(int, open_code(path), (wanted)), "%s: %s %s", (path),       \
			  modseal_code_name(error.code), error.message);                 \
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));                     \
	} while (0)

/* The safety of a path that must be accepted; reason in error.message. */
static enum modseal_path_safety safety_of(const char *path)
{
	struct modseal_located located = {.descriptor = -1};
	enum modseal_path_safety safety;

	cr_assert(zero(int, modseal_path_open(path, &located, &error)), "%s: %s", path,
		  error.message);
	safety = located.safety;
	memcpy(error.message, located.reason, sizeof(located.reason));
	modseal_located_close(&located);
	return safety;
}

/* What is safest below a sticky /var/tmp: root's files as root, the caller's otherwise.
 */
static enum modseal_path_safety best_here(void)
{
	return is_root() ? MODSEAL_PATH_ROOT : MODSEAL_PATH_CALLER;
}

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

Test(path, R75_modes_of_the_file)
{
	static const struct {
		mode_t mode;
		int want;
	} rows[] = {
		{0644, 0},
		{0755, 0},
		{0444, 0},
		{0600, 0},
		{04755, 0},
		{01644, 0},
		{0664, MODSEAL_E_PATH_UNSAFE},
		{0646, MODSEAL_E_PATH_UNSAFE},
		{0666, MODSEAL_E_PATH_UNSAFE},
		{0620, MODSEAL_E_PATH_UNSAFE},
		{0602, MODSEAL_E_PATH_UNSAFE},
		{01666, MODSEAL_E_PATH_UNSAFE}, /* sticky means nothing on files */
	};

	make_file(in_place("x.so"), 10, 0644);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(zero(int, chmod(in_place("x.so"), rows[i].mode)));
		cr_assert(eq(int, open_code(in_place("x.so")), rows[i].want),
			  "mode %04o: %s", rows[i].mode, error.message);
		if (rows[i].want)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));
	}
}

Test(path, R75_modes_of_directories)
{
	static const struct {
		mode_t mode;
		int want;
	} rows[] = {
		{0755, 0},
		{0711, 0},
		{01777, 0},
		{01775, 0},
		{0775, MODSEAL_E_PATH_UNSAFE},
		{0757, MODSEAL_E_PATH_UNSAFE},
		{0777, MODSEAL_E_PATH_UNSAFE},
		{02775, MODSEAL_E_PATH_UNSAFE},
	};

	make_directory(in_place("a"), 0755);
	make_directory(in_place("a/b"), 0755);
	make_file(in_place("a/b/x.so"), 10, 0644);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(zero(int, chmod(in_place("a"), rows[i].mode)));
		cr_assert(eq(int, open_code(in_place("a/b/x.so")), rows[i].want),
			  "grandparent %04o: %s", rows[i].mode, error.message);
		cr_assert(zero(int, chmod(in_place("a"), 0755)));
		cr_assert(zero(int, chmod(in_place("a/b"), rows[i].mode)));
		cr_assert(eq(int, open_code(in_place("a/b/x.so")), rows[i].want),
			  "parent %04o: %s", rows[i].mode, error.message);
		if (rows[i].want)
			cr_assert(says("a/b'"));
		cr_assert(zero(int, chmod(in_place("a/b"), 0755)));
	}
}

/* The wire form of an access ACL, linux/posix_acl_xattr.h: version 2, then entries. */
static int set_acl(const char *path, uint16_t tag, uint16_t permissions)
{
	struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} acl = {2,
		 {{0x01, 7, UINT32_MAX},	      /* owner */
		  {tag, permissions, PLACE_STRANGER}, /* a named user or group */
		  {0x04, 5, UINT32_MAX},	      /* group */
		  {0x10, 7, UINT32_MAX},	      /* mask */
		  {0x20, 5, UINT32_MAX}}};	      /* others */

	if (tag == 0x08) { /* named groups come after the owning group */
		acl.entries[2].tag = 0x08;
		acl.entries[2].permissions = permissions;
		acl.entries[2].id = PLACE_STRANGER;
		acl.entries[1].tag = 0x04;
		acl.entries[1].permissions = 5;
		acl.entries[1].id = UINT32_MAX;
	}
	/* the mask says what can be had at most, as setfacl computes it */
	acl.entries[3].permissions = 5 | permissions;
	return setxattr(path, "system.posix_acl_access", &acl, sizeof(acl), 0);
}

Test(path, R75_access_control_lists)
{
	make_directory(in_place("a"), 0755);
	make_file(in_place("a/x.so"), 10, 0755);
	if (set_acl(in_place("a/x.so"), 0x02, 4)) {
		place_end();
		cr_skip_test("no access control lists on this file system");
	}
	cr_assert(zero(int, open_code(in_place("a/x.so"))), "user may read: %s",
		  error.message);
	cr_assert(zero(int, set_acl(in_place("a/x.so"), 0x02, 6)));
	refused(in_place("a/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, set_acl(in_place("a/x.so"), 0x08, 6)));
	refused(in_place("a/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, set_acl(in_place("a/x.so"), 0x08, 4)));
	cr_assert(zero(int, set_acl(in_place("a"), 0x02, 7)));
	refused(in_place("a/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, set_acl(in_place("a"), 0x02, 5)));
	cr_assert(zero(int, open_code(in_place("a/x.so"))), "%s", error.message);
}

Test(path, R75_owners)
{
	need_root("to give files away");
	make_directory(in_place("a"), 0755);
	make_directory(in_place("a/b"), 0755);
	make_file(in_place("a/b/x.so"), 10, 0644);
	cr_assert(eq(int, safety_of(in_place("a/b/x.so")), best_here()));
	cr_assert(zero(int, chown(in_place("a/b/x.so"), PLACE_STRANGER, 0)));
	refused(in_place("a/b/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(says("user 12345"));
	cr_assert(zero(int, chown(in_place("a/b/x.so"), 0, PLACE_STRANGER)));
	cr_assert(zero(int, open_code(in_place("a/b/x.so"))), "groups that cannot write");
	cr_assert(zero(int, chown(in_place("a/b"), PLACE_STRANGER, 0)));
	refused(in_place("a/b/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, chown(in_place("a/b"), 0, 0)));
	cr_assert(zero(int, chown(in_place("a"), PLACE_STRANGER, 0)));
	refused(in_place("a/b/x.so"), MODSEAL_E_PATH_UNSAFE);
	/* the effective user is the caller, and only as far as CALLER */
	cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	cr_assert(eq(int, safety_of(in_place("a/b/x.so")), MODSEAL_PATH_CALLER));
	cr_assert(says("/a'"), "%s", error.message);
	cr_assert(zero(int, seteuid(0)));
	cr_assert(zero(int, seteuid(PLACE_STRANGER + 1)));
	refused(in_place("a/b/x.so"), MODSEAL_E_PATH_UNSAFE);
}

Test(path, R75_owners_outside_the_user_namespace_are_nobody)
{
	need_root("to give files away");
	make_file(in_place("x.so"), 10, 0644);
	cr_assert(zero(int, chown(in_place("x.so"), 65534, 0)));
	cr_assert(zero(int, seteuid(65534)));
	refused(in_place("x.so"), MODSEAL_E_PATH_UNSAFE);
}

Test(path, R75_sticky_directories)
{
	make_directory(in_place("t"), 01777);
	make_directory(in_place("t/mine"), 0755);
	make_file(in_place("t/mine/x.so"), 10, 0644);
	make_file(in_place("t/x.so"), 10, 0644);
	cr_assert(eq(int, safety_of(in_place("t/mine/x.so")), best_here()));
	cr_assert(eq(int, safety_of(in_place("t/x.so")), best_here()));
	need_root("to give files away");
	cr_assert(zero(int, chown(in_place("t/x.so"), PLACE_STRANGER, 0)));
	refused(in_place("t/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, lchown(in_place("t/mine"), PLACE_STRANGER, 0)));
	refused(in_place("t/mine/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, symlink("../t/x.so", in_place("t/link"))));
	cr_assert(zero(int, chown(in_place("t/x.so"), 0, 0)));
	cr_assert(eq(int, safety_of(in_place("t/link")), MODSEAL_PATH_ROOT));
	cr_assert(zero(int, lchown(in_place("t/link"), PLACE_STRANGER, 0)));
	refused(in_place("t/link"), MODSEAL_E_PATH_UNSAFE);
}

Test(path, R75_sticky_is_never_protected)
{
	struct modseal_located located = {.descriptor = -1};

	need_mounts();
	/* a path on which only the folders made here can be at fault */
	cr_assert(zero(int, mount("none", "/mnt", "tmpfs", 0, "mode=0755")));
	make_directory("/mnt/a", 0755);
	make_file("/mnt/a/x.so", 10, 0644);
	cr_assert(eq(int, safety_of("/mnt/a/x.so"), MODSEAL_PATH_PROTECTED));
	cr_assert(zero(int, chmod("/mnt/a", 01777)));
	cr_assert(eq(int, safety_of("/mnt/a/x.so"), MODSEAL_PATH_ROOT));
	cr_assert(zero(int, modseal_path_open("/mnt/a/x.so", &located, &error)));
	cr_assert(zero(int, modseal_path_require(&located, MODSEAL_PATH_ROOT, &error)));
	cr_assert(eq(int, modseal_path_require(&located, MODSEAL_PATH_PROTECTED, &error),
		     MODSEAL_E_PATH_UNSAFE));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_RULE));
	cr_assert(says("/mnt/a"), "%s", error.message);
	modseal_located_close(&located);
	/* a link on the way counts as much as a directory */
	cr_assert(zero(int, chmod("/mnt/a", 0755)));
	make_directory("/mnt/t", 01777);
	cr_assert(zero(int, symlink("/mnt/a", "/mnt/t/a")));
	cr_assert(eq(int, safety_of("/mnt/t/a/x.so"), MODSEAL_PATH_ROOT));
}

Test(path, R75_file_systems_that_are_not_believed)
{
	need_mounts();
	if (mount("none", "/mnt", "ramfs", 0, NULL)) {
		place_end();
		cr_skip_test("no ramfs");
	}
	make_file("/mnt/x.so", 10, 0644);
	make_file("/mnt/open.so", 10, 0666);
	cr_assert(eq(int, safety_of("/mnt/x.so"), MODSEAL_PATH_UNTRUSTED));
	cr_assert(says("'/mnt'"), "%s", error.message);
	cr_assert(eq(int, safety_of("/mnt/open.so"), MODSEAL_PATH_UNTRUSTED));
	/* no link of theirs is followed, and a believed one mounted below them stays
	 * below them */
	cr_assert(zero(int, symlink("/mnt/x.so", "/mnt/link")));
	refused("/mnt/link", MODSEAL_E_PATH_UNSAFE);
	make_directory("/mnt/a", 0755);
	cr_assert(zero(int, mount("none", "/mnt/a", "tmpfs", 0, "mode=0755")));
	make_file("/mnt/a/x.so", 10, 0644);
	cr_assert(eq(int, safety_of("/mnt/a/x.so"), MODSEAL_PATH_UNTRUSTED));
	cr_assert(zero(int, symlink("/mnt/a/x.so", in_place("link"))));
	cr_assert(eq(int, safety_of(in_place("link")), MODSEAL_PATH_UNTRUSTED));
	/* and a link among what is not believed, to something that is, does not lead
	 * there */
	make_file(in_place("good.so"), 10, 0644);
	cr_assert(zero(int, symlink(in_place("good.so"), "/mnt/good")));
	refused("/mnt/good", MODSEAL_E_PATH_UNSAFE);
	/* one file of a believed file system mounted over one of theirs, and the reverse
	 */
	cr_assert(
		zero(int, mount("/mnt/x.so", in_place("good.so"), NULL, MS_BIND, NULL)));
	cr_assert(eq(int, safety_of(in_place("good.so")), MODSEAL_PATH_UNTRUSTED));
	umount(in_place("good.so"));
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
}

Test(path, the_longest_path_is_walked)
{
	struct modseal_located located = {.descriptor = -1};
	char path[PATH_MAX];
	size_t used = strlen(place);
	int directory = open(place, O_RDONLY | O_DIRECTORY), next;

	memcpy(path, place, used + 1);
	while (used < PATH_MAX - 1 - 200) {
		cr_assert(zero(int, mkdirat(directory,
					    "0123456789012345678901234567890123456789"
					    "0123456789012345678901234567890123456789",
					    0755)));
		next = openat(directory,
			      "0123456789012345678901234567890123456789"
			      "0123456789012345678901234567890123456789",
			      O_RDONLY | O_DIRECTORY);
		close(directory);
		directory = next;
		used += (size_t)snprintf(path + used, sizeof(path) - used, "/%s",
					 "0123456789012345678901234567890123456789"
					 "0123456789012345678901234567890123456789");
	}
	path[used++] = '/';
	memset(path + used, 'x', PATH_MAX - 1 - used);
	path[PATH_MAX - 1] = '\0';
	next = openat(directory, path + used, O_WRONLY | O_CREAT, 0644);
	cr_assert(ge(int, next, 0), "%s", path + used);
	close(next);
	close(directory);
	cr_assert(zero(int, modseal_path_open(path, &located, &error)), "%s",
		  error.message);
	cr_assert(eq(str, located.path, path));
	modseal_located_close(&located);
}

Test(path, links_are_followed_to_their_real_path)
{
	static const struct {
		const char *link, *target;
	} rows[] = {
		{"l1", "lib/x.so"},	   {"l2", "./lib/./x.so"},
		{"l3", "lib//x.so"},	   {"l4", "lib/../lib/x.so"},
		{"lib/l5", "../lib/x.so"}, {"lib/l6", "../../%s/lib/x.so"},
		{"l7", "%p/lib/x.so"},	   {"l8", "l7"},
	};
	struct modseal_located located = {.descriptor = -1};
	char target[PATH_MAX + 64];

	make_directory(in_place("lib"), 0755);
	make_file(in_place("lib/x.so"), 10, 0644);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(rows[i].target, "%p", 2) == 0)
			snprintf(target, sizeof(target), "%s%s", place,
				 rows[i].target + 2);
		else if (strstr(rows[i].target, "%s"))
			snprintf(target, sizeof(target), "../../%s/lib/x.so",
				 strrchr(place, '/') + 1);
		else
			snprintf(target, sizeof(target), "%s", rows[i].target);
		cr_assert(zero(int, symlink(target, in_place("%s", rows[i].link))));
		cr_assert(zero(int, modseal_path_open(in_place("%s", rows[i].link),
						      &located, &error)),
			  "%s: %s", target, error.message);
		cr_assert(eq(str, located.path, (char *)in_place("lib/x.so")));
		cr_assert(eq(int, located.safety, best_here()));
		modseal_located_close(&located);
	}
	cr_assert(zero(int, symlink("lib", in_place("folder"))));
	cr_assert(zero(int, open_code(in_place("folder/x.so"))));
	refused(in_place("folder"), MODSEAL_E_NOT_REGULAR);
	cr_assert(zero(int, symlink("lib/x.so/", in_place("slash"))));
	refused(in_place("slash"), MODSEAL_E_NOT_FOUND);
	cr_assert(zero(int, symlink("lib/..", in_place("back"))));
	refused(in_place("back"), MODSEAL_E_NOT_REGULAR);
	cr_assert(zero(int, symlink("nothing", in_place("dangling"))));
	refused(in_place("dangling"), MODSEAL_E_NOT_FOUND);
	cr_assert(zero(int, symlink("nothing/../lib/x.so", in_place("through"))));
	refused(in_place("through"), MODSEAL_E_NOT_FOUND);
	/* what a link leads through is judged like what is named */
	make_directory(in_place("open"), 0777);
	cr_assert(zero(int, symlink("open/../lib/x.so", in_place("unsafe"))));
	refused(in_place("unsafe"), MODSEAL_E_PATH_UNSAFE);
}

Test(path, forty_links_and_no_more)
{
	make_file(in_place("0"), 10, 0644);
	for (int i = 1; i <= 41; i++)
		cr_assert(zero(int, symlink(in_place("%d", i - 1), in_place("%d", i))));
	cr_assert(zero(int, open_code(in_place("40"))), "%s", error.message);
	refused(in_place("41"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(zero(int, symlink("loop", in_place("loop"))));
	refused(in_place("loop"), MODSEAL_E_PATH_UNSAFE);
	/* far more steps than components anyone needs, within a few links */
	cr_assert(zero(int, symlink("a/../a/../a/../a/../a/../a/../a/../a/../a/../x",
				    in_place("zigzag"))));
	make_directory(in_place("a"), 0755);
	make_file(in_place("x"), 10, 0644);
	cr_assert(zero(int, open_code(in_place("zigzag"))), "%s", error.message);
}

Test(path, steps_are_bounded)
{
	char target[4001];

	for (size_t i = 0; i + 5 <= 4000; i += 5)
		memcpy(target + i, "a/../", 5);
	target[4000] = '\0';
	make_directory(in_place("b"), 0755);
	make_directory(in_place("b/c"), 0755);
	make_directory(in_place("b/c/a"), 0755);
	cr_assert(zero(int, symlink(target, in_place("b/c/zigzag"))));
	refused(in_place("b/c/zigzag"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(says("too many components"));
}

Test(path, magic_links_are_never_followed)
{
	char own[64];
	const char *rows[5] = {"/proc/self/exe", "/proc/self/root/etc/passwd", own,
			       "/dev/stdin", in_place("link")};
	int descriptor;

	make_file(in_place("x.so"), 10, 0644);
	descriptor = open(in_place("x.so"), O_RDONLY);
	snprintf(own, sizeof(own), "/proc/%d/fd/%d", getpid(), descriptor);
	cr_assert(zero(int, symlink(own, rows[4])));
	for (size_t i = 0; i < 5; i++)
		if (access(rows[i], F_OK) == 0)
			refused(rows[i], MODSEAL_E_PATH_UNSAFE);
	close(descriptor);
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
	cr_assert(zero(int, umount2("/proc", MNT_DETACH)));
	cr_assert(zero(int, umount2("/proc", MNT_DETACH)));
	cr_assert(modseal_proc_is_real());
}
