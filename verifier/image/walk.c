/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a path from its root, component by component, and records who could replace it.
 */
#include "verifier/image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not in every linux/magic.h: fs/xfs/libxfs/xfs_format.h, fs/f2fs, fs/erofs, and others.
 */
#define MAGIC_XFS      0x58465342
#define MAGIC_F2FS     0xf2f52010
#define MAGIC_EROFS    0xe0f5e1e2
#define MAGIC_CONFIGFS 0x62656570
#define MAGIC_MQUEUE   0x19800202
#define MAGIC_FUSECTL  0x65735543

/* Whatever links and `..` do, a walk ends. */
#define MAX_STEPS 4096
/* How the kernel shows an owner outside our user namespace (user_namespaces(7)): many
 * users look alike, so the number proves nothing, even if our own is shown so too. */
#define OVERFLOW_UID 65534

/* Local file systems whose word about owners is believed: a closed list. ramfs is left
 * out: it has neither limits nor ACLs and no real use as a place for libraries. */
static bool is_believed(long type)
{
	switch ((unsigned long)type & 0xffffffffu) {
	case EXT4_SUPER_MAGIC: /* ext2 and ext3 too */
	case MAGIC_XFS:
	case BTRFS_SUPER_MAGIC:
	case MAGIC_F2FS:
	case TMPFS_MAGIC:
	case SQUASHFS_MAGIC:
	case MAGIC_EROFS:
	case OVERLAYFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

bool modseal_file_system_is_pseudo(long type)
{
	switch ((unsigned long)type & 0xffffffffu) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case RDTGROUP_SUPER_MAGIC:
	case BPF_FS_MAGIC:
	case PSTOREFS_MAGIC:
	case EFIVARFS_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case NSFS_MAGIC:
	case BINFMTFS_MAGIC:
	case MAGIC_CONFIGFS:
	case MAGIC_MQUEUE:
	case MAGIC_FUSECTL:
		return true;
	default:
		return false;
	}
}

static const char *shown(const struct modseal_walk *walk)
{
	return walk->path[0] ? walk->path : "/";
}

static void lower(struct modseal_walk *walk, enum modseal_path_safety level,
		  const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The reason kept is that of the lowest level: the one that a rule will stumble over. */
static void lower(struct modseal_walk *walk, enum modseal_path_safety level,
		  const char *format, ...)
{
	char raw[sizeof(walk->reason)];
	va_list arguments;

	if (level >= walk->safety)
		return;
	walk->safety = level;
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	modseal_escape(walk->reason, sizeof(walk->reason), raw);
}

static bool is_caller(struct modseal_walk *walk, uid_t owner)
{
	if (!walk->caller_known) {
		walk->caller = geteuid();
		walk->caller_known = true;
	}
	return owner == walk->caller && owner != OVERFLOW_UID;
}

/* The group bits are the mask of an access ACL (acl(5)), so 022 covers ACLs as well. */
static int judge_owner(struct modseal_walk *walk, const struct stat *status)
{
	unsigned mode = (unsigned)status->st_mode & 07777;

	if (status->st_uid != 0 && !is_caller(walk, status->st_uid))
		return modseal_fail(
			walk->error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_OPEN,
			walk->asked,
			"'%s' belongs to user %u%s, neither root nor the caller",
			shown(walk), (unsigned)status->st_uid,
			status->st_uid == OVERFLOW_UID
				? ", who may stand for all that have no number here"
				: "");
	if (status->st_uid != 0)
		lower(walk, MODSEAL_PATH_CALLER, "'%s' belongs to user %u, not to root",
		      shown(walk), (unsigned)status->st_uid);
	if (S_ISLNK(status->st_mode) || !(mode & 022))
		return 0;
	/* In a sticky directory others can add names, but not take away ours. */
	if (S_ISDIR(status->st_mode) && mode & S_ISVTX) {
		lower(walk, MODSEAL_PATH_ROOT,
		      "others can add files to '%s' (sticky, mode %04o)", shown(walk),
		      mode);
		return 0;
	}
	return modseal_fail(
		walk->error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_OPEN, walk->asked,
		"others than its owner can write to '%s' (mode %04o)", shown(walk), mode);
}

int modseal_walk_judge(struct modseal_walk *walk, const struct stat *status, long type)
{
	if (is_believed(type))
		return judge_owner(walk, status);
	lower(walk, MODSEAL_PATH_UNTRUSTED,
	      "'%s' lies on a file system whose word about owners is not believed (type "
	      "0x%lx)",
	      shown(walk), (unsigned long)type & 0xffffffffu);
	return 0;
}

/* Objects of one device number lie on one file system; fstatfs is needed where it
 * changes. */
int modseal_walk_judge_on_way(struct modseal_walk *walk, int descriptor,
			      const struct stat *status)
{
	struct statfs system;

	if (!walk->judged)
		return 0;
	if (!walk->device_known || walk->device != status->st_dev) {
		if (fstatfs(descriptor, &system))
			return modseal_fail_errno(walk->error, MODSEAL_E_SYSTEM,
						  MODSEAL_STAGE_OPEN, errno, walk->asked,
						  "the file system of '%s' is unknown",
						  shown(walk));
		walk->device = status->st_dev;
		walk->device_known = true;
		walk->believed = is_believed(system.f_type);
		if (!walk->believed)
			return modseal_walk_judge(walk, status, system.f_type);
	}
	if (!walk->believed)
		return 0; /* was lowered when its file system was entered */
	return judge_owner(walk, status);
}

static int start_at_root(struct modseal_walk *walk)
{
	struct stat status;

	if (walk->directory >= 0)
		close(walk->directory);
	walk->length = 0;
	walk->path[0] = '\0';
	walk->directory = walk->root < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
					 : fcntl(walk->root, F_DUPFD_CLOEXEC, 0);
	if (walk->directory < 0 || fstat(walk->directory, &status))
		return modseal_fail_errno(walk->error, MODSEAL_E_SYSTEM,
					  MODSEAL_STAGE_OPEN, errno, walk->asked,
					  "'/' cannot be opened");
	return modseal_walk_judge_on_way(walk, walk->directory, &status);
}

/* What is still to be walked becomes head, then rest (in pending; "" or from a slash on).
 */
static int set_pending(struct modseal_walk *walk, const char *head, size_t head_length,
		       const char *rest)
{
	size_t rest_length = strlen(rest);

	if (head_length + rest_length >= sizeof(walk->pending))
		return modseal_fail(walk->error, MODSEAL_E_PATH_UNSAFE,
				    MODSEAL_STAGE_OPEN, walk->asked,
				    "a link on the way makes the path too long");
	memmove(walk->pending + head_length, rest, rest_length + 1);
	memcpy(walk->pending, head, head_length);
	return 0;
}

static int follow(struct modseal_walk *walk, int link, const char *rest)
{
	char target[PATH_MAX];
	ssize_t length;

	if (walk->judged && walk->safety < MODSEAL_PATH_CALLER)
		return modseal_fail(
			walk->error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_OPEN,
			walk->asked,
			"'%s' is a symbolic link where others could have put it",
			shown(walk));
	if (++walk->links > MODSEAL_MAX_SYMBOLIC_LINKS)
		return modseal_fail(walk->error, MODSEAL_E_PATH_UNSAFE,
				    MODSEAL_STAGE_OPEN, walk->asked,
				    "more than %d symbolic links on the way",
				    MODSEAL_MAX_SYMBOLIC_LINKS);
	length = readlinkat(link, "", target, sizeof(target));
	if (length < 0)
		return modseal_fail_errno(walk->error, MODSEAL_E_SYSTEM,
					  MODSEAL_STAGE_OPEN, errno, walk->asked,
					  "the link '%s' cannot be read", shown(walk));
	if (length == 0 || (size_t)length == sizeof(target) ||
	    memchr(target, '\0', (size_t)length))
		return modseal_fail(walk->error, MODSEAL_E_PATH_UNSAFE,
				    MODSEAL_STAGE_OPEN, walk->asked,
				    "the link '%s' is malformed", shown(walk));
	walk->path[walk->length] = '\0';
	if (set_pending(walk, target, (size_t)length, rest))
		return MODSEAL_E_PATH_UNSAFE;
	return target[0] == '/' ? start_at_root(walk) : 0;
}

/* `..` in a link: path has no links in it, so its parent is one component less; it is
 * walked, and judged, anew from the root. */
static int step_back(struct modseal_walk *walk, const char *rest)
{
	char parent[PATH_MAX];
	char *slash;

	memcpy(parent, walk->path, walk->length + 1);
	slash = strrchr(parent, '/');
	if (slash)
		*slash = '\0';
	if (set_pending(walk, parent, strlen(parent), rest))
		return MODSEAL_E_PATH_UNSAFE;
	return start_at_root(walk);
}

static int fail_open(struct modseal_walk *walk, int errnum)
{
	if (errnum == ENOENT && strcmp(shown(walk), walk->asked) == 0)
		return modseal_fail(walk->error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
				    walk->asked, "it does not exist");
	if (errnum == ENOENT)
		return modseal_fail(walk->error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
				    walk->asked, "'%s' does not exist", shown(walk));
	if (errnum == ENAMETOOLONG)
		return modseal_fail(walk->error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
				    walk->asked,
				    "a name in the path is too long to exist");
	return modseal_fail_errno(walk->error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
				  errnum, walk->asked, "'%s' cannot be opened",
				  shown(walk));
}

/* path becomes path/name, while length still says where the directory ends. */
static int append_name(struct modseal_walk *walk, const char *name, size_t size)
{
	if (walk->length + 1 + size >= sizeof(walk->path))
		return modseal_fail(walk->error, MODSEAL_E_PATH_UNSAFE,
				    MODSEAL_STAGE_OPEN, walk->asked,
				    "the real path is too long");
	walk->path[walk->length] = '/';
	memcpy(walk->path + walk->length + 1, name, size);
	walk->path[walk->length + 1 + size] = '\0';
	walk->name = walk->path + walk->length + 1;
	return 0;
}

/* Enters the directory or follows the link that object is; owns object. */
static int go_on(struct modseal_walk *walk, int object, const struct stat *status,
		 const char *rest)
{
	int result = modseal_walk_judge_on_way(walk, object, status);

	if (!result && S_ISLNK(status->st_mode)) {
		result = follow(walk, object, rest);
	} else if (!result && !S_ISDIR(status->st_mode)) {
		result =
			modseal_fail(walk->error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
				     walk->asked, "'%s' is not a directory", shown(walk));
	} else if (!result) {
		close(walk->directory);
		walk->directory = object;
		walk->length = strlen(walk->path);
		return set_pending(walk, "", 0, rest);
	}
	close(object);
	return result;
}

/*
 * Looks at what the name is of; 0 or errno. *ret_object: O_PATH of it, or -1: a file at
 * the end of a judged path is opened once, by who reads it, and judged on that.
 */
static int look(const struct modseal_walk *walk, bool more, int *ret_object,
		struct stat *ret_status)
{
	int object, errnum;

	*ret_object = -1;
	if (walk->judged && !more) {
		if (fstatat(walk->directory, walk->name, ret_status, AT_SYMLINK_NOFOLLOW))
			return errno;
		if (!S_ISLNK(ret_status->st_mode) && !S_ISDIR(ret_status->st_mode))
			return 0;
	}
	object = openat(walk->directory, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (object < 0)
		return errno;
	if (fstat(object, ret_status)) {
		errnum = errno;
		close(object);
		return errnum;
	}
	*ret_object = object;
	return 0;
}

/* One component of pending. *ret_done: the object is reached, or (not judged) missing. */
static int step(struct modseal_walk *walk, bool *ret_done)
{
	const char *name = walk->pending + strspn(walk->pending, "/");
	size_t size = strcspn(name, "/");
	const char *rest = name + size;
	struct stat status;
	int object, errnum;

	if (++walk->steps > MAX_STEPS)
		return modseal_fail(walk->error, MODSEAL_E_PATH_UNSAFE,
				    MODSEAL_STAGE_OPEN, walk->asked,
				    "too many components on the way");
	if (size == 0) { /* ends in a directory */
		*ret_done = true;
		return walk->judged ? modseal_fail(walk->error, MODSEAL_E_NOT_REGULAR,
						   MODSEAL_STAGE_OPEN, walk->asked,
						   "'%s' is a directory", shown(walk))
				    : 0;
	}
	if (size == 1 && name[0] == '.')
		return set_pending(walk, "", 0, rest);
	if (size == 2 && name[0] == '.' && name[1] == '.')
		return step_back(walk, rest);
	if (append_name(walk, name, size))
		return MODSEAL_E_PATH_UNSAFE;
	errnum = look(walk, *rest != '\0', &object, &status);
	walk->entry |= *rest == '\0' && errnum != ENOENT;
	if (!walk->judged && (errnum == ENOENT || errnum == ENOTDIR)) {
		walk->path[walk->length] = '\0';
		walk->rest = name;
		*ret_done = true;
		return 0;
	}
	if (errnum)
		return fail_open(walk, errnum);
	if (S_ISLNK(status.st_mode) ||
	    (S_ISDIR(status.st_mode) && (*rest || !walk->judged)) ||
	    (*rest && walk->judged))
		return go_on(walk, object, &status, rest);
	walk->rest = rest + strspn(rest, "/"); /* beyond a file, where nobody is judged */
	walk->object = object;
	walk->status = status;
	*ret_done = true;
	return 0;
}

static void begin(struct modseal_walk *walk)
{
	walk->directory = walk->object = -1;
	walk->name = walk->rest = "";
	walk->entry = walk->device_known = walk->believed = walk->caller_known = false;
	walk->links = walk->steps = 0;
	walk->length = 0;
	walk->path[0] = '\0';
	walk->safety = MODSEAL_PATH_PROTECTED;
	walk->reason[0] = '\0';
}

int modseal_walk_to(struct modseal_walk *walk, int root, const char *path, bool judged,
		    struct modseal_error *error)
{
	bool leapt = false, done = false;
	int result = 0;

	walk->root = root;
	walk->asked = path;
	walk->judged = judged;
	walk->error = error;
	begin(walk);
	if (judged)
		result = modseal_walk_leap(walk, path, &leapt);
	if (leapt) {
		path += walk->length;
	} else if (!result) {
		begin(walk);
		result = start_at_root(walk);
	}
	if (!result)
		result = set_pending(walk, path, strlen(path), "");
	while (!result && !done)
		result = step(walk, &done);
	if (result)
		modseal_walk_end(walk);
	return result;
}

void modseal_walk_end(struct modseal_walk *walk)
{
	if (walk->directory >= 0)
		close(walk->directory);
	if (walk->object >= 0)
		close(walk->object);
	walk->directory = walk->object = -1;
}
