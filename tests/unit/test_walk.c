/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/walk.c: who could replace a file, and where links may lead. */
#include "tests/unit/opening.h"

#include <sys/xattr.h>

#include "tests/hosts/image_races.h"
#include "tests/unit/fuse.h"

TestSuite(walk, .init = place_begin, .fini = place_end, .timeout = 30);

Test(walk, R75_modes_of_the_file)
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

Test(walk, R75_modes_of_directories)
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

Test(walk, R75_access_control_lists)
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

Test(walk, R75_owners)
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

Test(walk, R75_owners_outside_the_user_namespace_are_nobody)
{
	need_root("to give files away");
	make_file(in_place("x.so"), 10, 0644);
	cr_assert(zero(int, chown(in_place("x.so"), 65534, 0)));
	cr_assert(zero(int, seteuid(65534)));
	refused(in_place("x.so"), MODSEAL_E_PATH_UNSAFE);
}

Test(walk, R75_sticky_directories)
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

Test(walk, R75_sticky_is_never_protected)
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

/* In a root folder of its own: 0, or the step that went wrong. */
static int judge_root_folder(void)
{
	struct modseal_located located = {.descriptor = -1};

	if (chroot(in_place("a")) || modseal_path_open("/link", &located, &error))
		return 1;
	if (chmod("/", 0777) ||
	    modseal_path_open("/link", &located, &error) != MODSEAL_E_PATH_UNSAFE)
		return 2;
	if (chmod("/", 01777) || modseal_path_open("/link", &located, &error))
		return 3;
	return located.safety == MODSEAL_PATH_ROOT ? 0 : 4;
}

Test(walk, R75_the_root_folder_is_judged_too)
{
	int status;
	pid_t child;

	need_root("to change the root folder");
	make_directory(in_place("a"), 0755);
	make_file(in_place("a/x.so"), 10, 0644);
	cr_assert(zero(int, symlink("x.so", in_place("a/link"))));
	child = fork();
	if (child == 0)
		_exit(judge_root_folder());
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(eq(int, status, 0), "step %d", WEXITSTATUS(status));
}

Test(walk, R75_file_systems_that_are_not_believed)
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

Test(walk, the_longest_path_is_walked)
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

Test(walk, links_are_followed_to_their_real_path)
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

Test(walk, forty_links_and_no_more)
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

#define LONG_NAME                                                                        \
	"0123456789012345678901234567890123456789"                                       \
	"0123456789012345678901234567890123456789"

/* Makes count directories, each in the one before, below an open one; that is closed. */
static int descend(int directory, int count)
{
	for (int i = 0; i < count; i++) {
		int next;

		cr_assert(zero(int, mkdirat(directory, LONG_NAME, 0755)));
		next = openat(directory, LONG_NAME, O_RDONLY | O_DIRECTORY);
		close(directory);
		directory = next;
	}
	return directory;
}

/* What is walked, and what was, stay within the buffers for them. */
Test(walk, links_that_make_a_path_too_long)
{
	char target[PATH_MAX] = "";
	int directory;

	for (size_t i = 0; i < 2000; i++)
		memcpy(target + 2 * i, "./", 3);
	cr_assert(zero(int, symlink(target, in_place("dots"))));
	refused(in_place("dots/" LONG_NAME LONG_NAME LONG_NAME), MODSEAL_E_PATH_UNSAFE);
	cr_assert(says("a link on the way makes the path too long"));
	directory = descend(open(place, O_RDONLY | O_DIRECTORY), 45);
	target[0] = '\0';
	for (size_t i = 0; i < 45; i++)
		strcat(target, i ? "/" LONG_NAME : LONG_NAME);
	cr_assert(zero(int, symlink(target, in_place("deep"))));
	cr_assert(zero(int, symlinkat(LONG_NAME "/" LONG_NAME "/" LONG_NAME "/" LONG_NAME
						"/" LONG_NAME "/" LONG_NAME,
				      directory, "deeper")));
	close(descend(directory, 6));
	refused(in_place("deep/deeper/x.so"), MODSEAL_E_PATH_UNSAFE);
	cr_assert(says("the real path is too long"));
	/* too long for nftw(3) as well */
	snprintf(target, sizeof(target), "rm -r '%s'", in_place(LONG_NAME));
	cr_assert(zero(int, system(target)));
}

Test(walk, steps_are_bounded)
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

Test(walk, magic_links_are_never_followed)
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

Test(walk, R75_a_file_system_whose_server_says_that_all_is_roots)
{
	struct fuse_lies lies = {.size = 10, .really = 10, .target = "/etc/passwd"};
	struct modseal_located located = {.descriptor = -1};
	pid_t server;

	need_mounts();
	make_directory(in_place("m"), 0755);
	server = fuse_begin(in_place("m"), &lies);
	if (server < 0) {
		place_end();
		cr_skip_test("no FUSE");
	}
	cr_assert(zero(int, modseal_path_open(in_place("m/x.so"), &located, &error)),
		  "%s", error.message);
	cr_assert(eq(u64, located.status.st_uid, 0));
	cr_assert(eq(int, located.safety, MODSEAL_PATH_UNTRUSTED));
	cr_assert(eq(int, modseal_path_require(&located, MODSEAL_PATH_CALLER, &error),
		     MODSEAL_E_PATH_UNSAFE));
	modseal_located_close(&located);
	refused(in_place("m/link"), MODSEAL_E_PATH_UNSAFE);
	fuse_end(in_place("m"), server);
}

Test(walk, R74_what_others_can_write_is_swapped_in)
{
	for (size_t i = 0; i < RACE_SWAP_COUNT; i++) {
		struct race race = {.rounds = 2000};

		if (race_swaps[i].mounts &&
		    (!is_root() || unshare(CLONE_NEWNS) ||
		     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
			continue;
		make_directory(in_place("%zu", i), 0755);
		cr_assert(
			lt(int,
			   snprintf(race.folder, sizeof(race.folder), "%s/%zu", place, i),
			   200));
		race_names(&race, &race_swaps[i]);
		cr_assert(eq(ulong, race.wrong, 0), "%s: %s", race_swaps[i].name,
			  race.message);
		cr_assert(gt(ulong, race.refused, 0), "%s", race_swaps[i].name);
		cr_assert(gt(ulong, race.accepted, 0), "%s", race_swaps[i].name);
	}
}
