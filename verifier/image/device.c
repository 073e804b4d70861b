/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out what a file lies on, by the kernel's word, and whether that can change. */
#include "verifier/image/device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "verifier/image/mapper.h"

#define MAGIC_EROFS	   0xe0f5e1e2 /* fs/erofs/erofs_fs.h */
#define PARTUUID_LINKS	   "/dev/disk/by-partuuid/"
#define PARTUUID	   "PARTUUID="
#define DM_UUID		   "DM-UUID="
#define VERITY_UUID_PREFIX "CRYPT-VERITY-" /* cryptsetup, lib/libdevmapper.c */
/* DM_UUID_LEN of linux/dm-ioctl.h, and a newline */
#define UUID_SIZE     130
#define PARTUUID_SIZE 40
#define NAME_SIZE     64
#define VALUE_SIZE    1024
/* A path with `..` is tried again where something is renamed meanwhile (openat2(2)). */
#define MAX_ATTEMPTS 16

/* What sysfs says of a block device. */
struct device {
	char name[NAME_SIZE];	      /* the kernel's, such as `dm-0` */
	bool read_only;		      /* the kernel takes no writes to it */
	bool physical;		      /* no loop device, no device mapper, no RAM */
	bool mapped;		      /* made by the device mapper */
	char uuid[UUID_SIZE];	      /* mapped */
	char partuuid[PARTUUID_SIZE]; /* "": no partition, or a kernel that does not say
				       */
};

/* No failure, but the answer that there is nothing, or nothing for this process. */
static bool is_answer(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES ||
	       errnum == EPERM || errnum == EXDEV || errnum == ELOOP ||
	       errnum == ENOSYS || errnum == ENODEV || errnum == ENXIO;
}

static int fail_sysfs(const char *object, int errnum, struct modseal_error *error)
{
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES, errnum,
				  object, "sysfs does not tell what it lies on");
}

/* Below the directory, across no mount and through no link that leads out of it. */
static int open_below(int directory, const char *path, uint64_t flags)
{
	const struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int descriptor = -1;

	errno = EAGAIN;
	for (int i = 0; i < MAX_ATTEMPTS && descriptor < 0 && errno == EAGAIN; i++)
		descriptor =
			(int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
	return descriptor;
}

/* The text of an attribute without its newline. False: errno says why. */
static bool read_value(int directory, const char *name, char *text, size_t size)
{
	int errnum, descriptor = open_below(directory, name, O_RDONLY);
	ssize_t length;

	if (descriptor < 0)
		return false;
	do
		length = read(descriptor, text, size - 1);
	while (length < 0 && errno == EINTR);
	errnum = length < 0 ? errno : 0;
	close(descriptor);
	errno = errnum;
	if (length < 0)
		return false;
	text[length] = '\0';
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return true;
}

/* The value of KEY= in the lines of a uevent; "" where there is none that fits. */
static void take_line(const char *text, const char *key, char *value, size_t size)
{
	size_t key_size = strlen(key);

	value[0] = '\0';
	while (text) {
		size_t length = strcspn(text, "\n");

		if (strncmp(text, key, key_size) == 0 && length - key_size < size) {
			memcpy(value, text + key_size, length - key_size);
			value[length - key_size] = '\0';
		}
		text = text[length] ? text + length + 1 : NULL;
	}
}

/* Where the link in dev/block leads tells the kernel's name, and who made the device. */
static bool read_link(int sysfs, const char *path, struct device *device)
{
	char target[512];
	const char *slash;
	int errnum, link = open_below(sysfs, path, O_PATH | O_NOFOLLOW);
	ssize_t length;

	if (link < 0)
		return false;
	length = readlinkat(link, "", target, sizeof(target) - 1);
	errnum = errno;
	close(link);
	errno = errnum;
	if (length < 0)
		return false;
	target[length] = '\0';
	slash = strrchr(target, '/');
	modseal_escape(device->name, sizeof(device->name), slash ? slash + 1 : target);
	device->physical =
		strstr(target, "/devices/") && !strstr(target, "/devices/virtual/");
	return true;
}

/* errno 0: the attributes do not fit together. */
static bool read_attributes(int directory, const char *number, struct device *device)
{
	char text[VALUE_SIZE];

	if (!read_value(directory, "dev", text, sizeof(text)))
		return false;
	if (strcmp(text, number) != 0) {
		errno = 0;
		return false;
	}
	if (!read_value(directory, "ro", text, sizeof(text)))
		return false;
	device->read_only = strcmp(text, "1") == 0;
	if (!read_value(directory, "uevent", text, sizeof(text)))
		return false;
	take_line(text, PARTUUID, device->partuuid, sizeof(device->partuuid));
	device->mapped =
		read_value(directory, "dm/uuid", device->uuid, sizeof(device->uuid));
	return device->mapped || errno == ENOENT;
}

/* errno 0: there is no such device, or what is shown is not the kernel's. */
static bool look(int sysfs, dev_t number, struct device *device)
{
	char path[64], text[32];
	int errnum, directory;
	bool known;

	snprintf(text, sizeof(text), "%u:%u", major(number), minor(number));
	snprintf(path, sizeof(path), "dev/block/%s", text);
	if (!read_link(sysfs, path, device))
		return false;
	directory = open_below(sysfs, path, O_PATH | O_DIRECTORY);
	if (directory < 0)
		return false;
	known = read_attributes(directory, text, device);
	errnum = errno;
	close(directory);
	errno = errnum;
	return known;
}

static int look_up(dev_t number, const char *object, bool *ret_known,
		   struct device *device, char *reason, struct modseal_error *error)
{
	struct statfs system;
	int errnum = 0;
	int sysfs = open("/sys", O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

	*ret_known = false;
	if (sysfs < 0 || fstatfs(sysfs, &system))
		errnum = errno;
	else if (system.f_type == SYSFS_MAGIC) {
		*ret_known = look(sysfs, number, device);
		errnum = *ret_known ? 0 : errno;
	}
	if (sysfs >= 0)
		close(sysfs);
	if (errnum && !is_answer(errnum))
		return fail_sysfs(object, errnum, error);
	if (!*ret_known)
		snprintf(reason, MODSEAL_DEVICE_REASON_SIZE,
			 "/sys does not show its device %u:%u as the kernel would",
			 major(number), minor(number));
	return 0;
}

/* A pattern with at most one `*`, for any characters. */
static bool fits(const char *pattern, const char *text)
{
	const char *star = strchr(pattern, '*');
	size_t head, tail, length = strlen(text);

	if (!star)
		return strcmp(pattern, text) == 0;
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	return length >= head + tail && memcmp(pattern, text, head) == 0 &&
	       strcmp(star + 1, text + length - tail) == 0;
}

/* Kernels that do not tell PARTUUIDs leave it to udev, whose links root makes. */
static bool is_linked(const char *partuuid, dev_t number)
{
	char path[sizeof(PARTUUID_LINKS) + PARTUUID_SIZE];
	struct stat status;
	int length = snprintf(path, sizeof(path), PARTUUID_LINKS "%s", partuuid);

	return length > 0 && (size_t)length < sizeof(path) && stat(path, &status) == 0 &&
	       S_ISBLK(status.st_mode) && status.st_rdev == number;
}

static bool is_named(const struct device *device, dev_t number, const char *name)
{
	if (strncmp(name, DM_UUID, strlen(DM_UUID)) == 0)
		return device->mapped && fits(name + strlen(DM_UUID), device->uuid);
	/* a loop device has whatever PARTUUID the owner of its file wants */
	if (strncmp(name, PARTUUID, strlen(PARTUUID)) != 0 || !device->physical)
		return false;
	name += strlen(PARTUUID);
	return device->partuuid[0] ? strcmp(name, device->partuuid) == 0
				   : is_linked(name, number);
}

static void say_unnamed(const struct device *device, char *reason)
{
	const char *label = device->partuuid[0] ? PARTUUID : "";

	snprintf(reason, MODSEAL_DEVICE_REASON_SIZE,
		 "its device %s is not one of dm-verity%s%s%s", device->name,
		 device->physical ? ", and read-only-devices does not name it" : "",
		 device->physical && *label ? " by " PARTUUID : "",
		 device->physical ? device->partuuid : "");
}

/* Where the kernel answers, a name does not overrule it. */
static int ask_mapper(const struct device *device, dev_t number, bool named,
		      const char *object, bool *ret_held, char *reason,
		      struct modseal_error *error)
{
	char why[MODSEAL_MAPPER_REASON_SIZE] = "";
	bool silent;
	int result = modseal_mapper_ask(number, object, ret_held, &silent, why, error);

	if (result == 0 && silent && named)
		*ret_held = true;
	else if (result == 0 && silent)
		snprintf(reason, MODSEAL_DEVICE_REASON_SIZE,
			 "%s, and read-only-devices does not name " DM_UUID "%s", why,
			 device->uuid);
	else if (result == 0)
		snprintf(reason, MODSEAL_DEVICE_REASON_SIZE, "%s", why);
	return result;
}

/*
 * squashfs and erofs have no writable mount. ext4 has, on a device that can be written
 * to, and may keep it when the device is made read-only later; one of dm-verity is
 * read-only from its beginning.
 */
static bool may_lie_on(unsigned long type, bool verity)
{
	return type == SQUASHFS_MAGIC || type == MAGIC_EROFS ||
	       (verity && type == EXT4_SUPER_MAGIC);
}

static unsigned long type_of(const struct statfs *system)
{
	return (unsigned long)system->f_type & 0xffffffffu;
}

static int judge(const struct device *device, dev_t number, unsigned long type,
		 char *const *named, size_t named_count, const char *object,
		 bool *ret_held, char *reason, struct modseal_error *error)
{
	bool verity = device->mapped && strncmp(device->uuid, VERITY_UUID_PREFIX,
						strlen(VERITY_UUID_PREFIX)) == 0;
	bool is_known = false;

	for (size_t i = 0; i < named_count && !is_known; i++)
		is_known = is_named(device, number, named[i]);
	if (!is_known && !device->mapped)
		say_unnamed(device, reason);
	else if (!device->read_only)
		snprintf(reason, MODSEAL_DEVICE_REASON_SIZE,
			 "its device %s can be written to (see blockdev --setro)",
			 device->name);
	else if (!is_known || verity)
		return ask_mapper(device, number, is_known, object, ret_held, reason,
				  error);
	else if (!may_lie_on(type, false))
		snprintf(reason, MODSEAL_DEVICE_REASON_SIZE,
			 "ext4 counts on dm-verity only, which %s is not by its name",
			 device->name);
	else
		*ret_held = true;
	return 0;
}

int modseal_device_judge(int descriptor, char *const *named, size_t named_count,
			 const char *object, bool *ret_held,
			 char ret_reason[MODSEAL_DEVICE_REASON_SIZE],
			 struct modseal_error *error)
{
	struct device device = {.read_only = false};
	struct statfs system;
	struct stat status;
	bool known;
	int result;

	*ret_held = false;
	if (fstatfs(descriptor, &system) || fstat(descriptor, &status))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					  errno, object, "its file system is unknown");
	if (!may_lie_on(type_of(&system), true)) {
		snprintf(ret_reason, MODSEAL_DEVICE_REASON_SIZE,
			 "its file system (type 0x%lx) is not squashfs, erofs or ext4",
			 type_of(&system));
		return 0;
	}
	/* erofs in a file of another file system, for one */
	if (major(status.st_dev) == 0) {
		snprintf(ret_reason, MODSEAL_DEVICE_REASON_SIZE,
			 "its file system lies on no block device");
		return 0;
	}
	result = look_up(status.st_dev, object, &known, &device, ret_reason, error);
	if (result < 0 || !known)
		return result;
	return judge(&device, status.st_dev, type_of(&system), named, named_count, object,
		     ret_held, ret_reason, error);
}

static int fail_tail(const char *object, int errnum, struct modseal_error *error)
{
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES, errnum,
				  object, "its last page cannot be looked at");
}

int modseal_device_ends_clean(int descriptor, uint64_t size, const char *object,
			      bool *ret_clean, struct modseal_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), rest = (size_t)(size % page);
	uint8_t *mapping, last;

	*ret_clean = true;
	if (rest == 0)
		return 0;
	/* read first: a page that does not verify ends a process that looks at it mapped
	 */
	if (pread(descriptor, &last, 1, (off_t)size - 1) != 1)
		return fail_tail(object, errno, error);
	mapping = mmap(NULL, page, PROT_READ, MAP_PRIVATE, descriptor,
		       (off_t)(size - rest));
	if (mapping == MAP_FAILED)
		return fail_tail(object, errno, error);
	for (size_t i = rest; i < page; i++)
		*ret_clean = *ret_clean && mapping[i] == 0;
	munmap(mapping, page);
	return 0;
}

int modseal_device_require(int descriptor, uint64_t size, const char *object,
			   struct modseal_error *error)
{
	struct statfs system;
	struct stat status;

	if (fstatfs(descriptor, &system) || fstat(descriptor, &status))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD,
					  errno, object, "its file system is unknown");
	if (!may_lie_on(type_of(&system), true))
		return modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD,
				    object,
				    "it is no file on a read-only device any more");
	if (status.st_size < 0 || (uint64_t)status.st_size != size)
		return modseal_fail(
			error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD, object,
			"it has %jd bytes, not the %" PRIu64 " that were approved",
			(intmax_t)status.st_size, size);
	return 0;
}
