/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verifier/image/device.c: which devices a file may be mapped from. sysfs is played by a
 * folder, file systems by their number; tests/vm has real ones.
 */
#include <linux/magic.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "tests/unit/place.h"
#include "tests/unit/slowness.h"
#include "verifier/image/device.h"
#include "verifier/image/image.h"
#include "verifier/image/mapper.h"

/* makedev(3) as a constant, for minor numbers below 256 */
#define DEVICE(major, minor) ((dev_t)((major) << 8 | (minor)))
#include "verifier/verdict.h"

#define EROFS_MAGIC	0xe0f5e1e2
#define FILE_DESCRIPTOR 77
#define GPT		"6d6f6473-6561-6c2d-8000-000000000001"

static struct played {
	unsigned long type, sysfs; /* of the file, and of /sys */
	dev_t number;		   /* the file's device */
	off_t size;
	dev_t link; /* device to which a link of PARTUUID leads */
	const char *failing;
	int fail;
	/* the device mapper's answer */
	bool verity, silent;
	unsigned asked;
} played;

static bool fails(const char *call)
{
	if (!played.failing || strcmp(played.failing, call) != 0)
		return false;
	errno = played.fail;
	return true;
}

int fstatfs(int descriptor, struct statfs *system)
{
	bool file = descriptor == FILE_DESCRIPTOR;

	if (!file && !played.sysfs)
		return (int)syscall(SYS_fstatfs, descriptor, system);
	memset(system, 0, sizeof(*system));
	system->f_type = (__typeof__(system->f_type))(file ? played.type : played.sysfs);
	return fails(file ? "fstatfs" : "fstatfs of /sys") ? -1 : 0;
}

int fstat(int descriptor, struct stat *status)
{
	if (descriptor != FILE_DESCRIPTOR)
		return (int)syscall(SYS_newfstatat, descriptor, "", status,
				    AT_EMPTY_PATH);
	memset(status, 0, sizeof(*status));
	status->st_dev = played.number;
	status->st_size = played.size;
	return fails("fstat") ? -1 : 0;
}

int stat(const char *restrict path, struct stat *restrict status)
{
	if (strncmp(path, "/dev/disk/by-partuuid/", 22) != 0)
		return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFBLK;
	status->st_rdev = played.link;
	errno = ENOENT;
	return played.link && strcmp(path + 22, GPT) == 0 ? 0 : -1;
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	int mode;

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
	va_end(arguments);
	if (strcmp(path, "/sys") == 0) {
		if (!(flags & O_NOFOLLOW))
			abort();
		if (fails("open"))
			return -1;
		path = in_place("sys");
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int modseal_mapper_ask(dev_t device, const char *object, bool *ret_verity,
		       bool *ret_silent, char ret_reason[MODSEAL_MAPPER_REASON_SIZE],
		       struct modseal_error *told)
{
	played.asked++;
	if (device != played.number)
		abort();
	*ret_verity = played.verity;
	*ret_silent = played.silent;
	snprintf(ret_reason, MODSEAL_MAPPER_REASON_SIZE, "the mapper's reason");
	return fails("mapper")
		       ? modseal_fail_errno(told, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					    EIO, object, "played")
		       : 0;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file != NULL, "%s", path);
	fputs(text, file);
	fclose(file);
}

/* A block device with the number, below sys/devices/WHERE. */
static void make_device(const char *where, const char *number, const char *read_only,
			const char *uevent, const char *uuid)
{
	char target[256];

	for (const char *at = where; (at = strchr(at + 1, '/'));)
		mkdir(in_place("sys/devices/%.*s", (int)(at - where), where), 0755);
	mkdir(in_place("sys/devices/%s", where), 0755);
	put(in_place("sys/devices/%s/dev", where), number);
	put(in_place("sys/devices/%s/ro", where), read_only);
	put(in_place("sys/devices/%s/uevent", where), uevent);
	if (uuid) {
		mkdir(in_place("sys/devices/%s/dm", where), 0755);
		put(in_place("sys/devices/%s/dm/uuid", where), uuid);
	}
	snprintf(target, sizeof(target), "../../devices/%s", where);
	cr_assert(
		zero(int, symlink(target, in_place("sys/dev/block/%.*s",
						   (int)strcspn(number, "\n"), number))));
}

static void begin(void)
{
	place_begin();
	make_directory(in_place("sys"), 0755);
	make_directory(in_place("sys/dev"), 0755);
	make_directory(in_place("sys/dev/block"), 0755);
	make_directory(in_place("sys/devices"), 0755);
	make_device("virtual/block/dm-0", "254:0\n", "1\n", "MAJOR=254\n",
		    "CRYPT-VERITY-0123-vroot\n");
	make_device("virtual/block/dm-1", "254:1\n", "1\n", "", "LVM-abc\n");
	make_device("virtual/block/dm-2", "254:2\n", "0\n", "", "CRYPT-VERITY-9-w\n");
	make_device("virtual/block/dm-3", "254:3\n", "1\n", "", "\n");
	make_device("virtual/block/loop0", "7:0\n", "1\n", "PARTUUID=" GPT "\n", NULL);
	make_device("pci0/block/vda/vda1", "252:1\n", "1\n",
		    "MAJOR=252\nPARTN=1\nPARTUUID=" GPT "\n", NULL);
	make_device("pci0/block/vda/vda2", "252:2\n", "1\n", "MAJOR=252\n", NULL);
	make_device("pci0/block/vda/vda3", "252:3\n", "0\n", "PARTUUID=" GPT "\n", NULL);
	make_device("pci0/block/vda/vda4", "252:4\n", "1\n",
		    "PARTNAME=PARTUUID=" GPT "\nXPARTUUID=" GPT "\nPARTUUID=" GPT GPT
		    "\n",
		    NULL);
	make_device("virtual/block/liar", "7:9\n", "1\n", "", NULL);
	put(in_place("sys/devices/virtual/block/liar/dev"), "7:8\n");
}

static struct modseal_error error;
static char reason[MODSEAL_DEVICE_REASON_SIZE];

static int judge(const char *named, bool *ret_held)
{
	char name[256], other[] = "DM-UUID=nobody*";
	char *names[] = {other, name};

	snprintf(name, sizeof(name), "%s", named ? named : "");
	reason[0] = '\0';
	return modseal_device_judge(FILE_DESCRIPTOR, names, named ? 2 : 0, "x.so",
				    ret_held, reason, &error);
}

#define VERITY	  DEVICE(254, 0)
#define LVM	  DEVICE(254, 1)
#define PARTITION DEVICE(252, 1)

Test(device, is_one_of_verity_or_one_that_is_named, .init = begin, .fini = place_end)
{
	static const struct {
		unsigned long type;
		dev_t number, link;
		bool verity, silent;
		const char *named;
		unsigned asked;
	} rows[] = {
		/* the kernel says it */
		{SQUASHFS_MAGIC, VERITY, 0, true, false, NULL, 1},
		{EROFS_MAGIC, VERITY, 0, true, false, NULL, 1},
		{EXT4_SUPER_MAGIC, VERITY, 0, true, false, NULL, 1},
		{EROFS_MAGIC, LVM, 0, true, false, NULL, 1},
		{EROFS_MAGIC, DEVICE(254, 3), 0, true, false, NULL, 1},
		/* the policy does */
		{SQUASHFS_MAGIC, VERITY, 0, false, true,
		 "DM-UUID=CRYPT-VERITY-0123-vroot", 1},
		{EXT4_SUPER_MAGIC, VERITY, 0, false, true, "DM-UUID=CRYPT-VERITY-*-vroot",
		 1},
		{EROFS_MAGIC, VERITY, 0, false, true, "DM-UUID=CRYPT-*", 1},
		{EROFS_MAGIC, VERITY, 0, false, true, "DM-UUID=CRYPT-VERITY-0123-*vroot",
		 1},
		{EROFS_MAGIC, LVM, 0, false, false, "DM-UUID=LVM-abc", 0},
		{SQUASHFS_MAGIC, PARTITION, 0, false, false, "PARTUUID=" GPT, 0},
		{EROFS_MAGIC, DEVICE(252, 2), DEVICE(252, 2), false, false,
		 "PARTUUID=" GPT, 0},
	};

	if (is_emulated()) {
		place_end();
		cr_skip_test("no openat2(2) in the emulator");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool held = false;

		played = (struct played){.type = rows[i].type,
					 .sysfs = SYSFS_MAGIC,
					 .number = rows[i].number,
					 .link = rows[i].link,
					 .verity = rows[i].verity,
					 .silent = rows[i].silent};
		cr_assert(zero(int, judge(rows[i].named, &held)), "row %zu: %s", i,
			  error.message);
		cr_assert(held, "row %zu: %s", i, reason);
		cr_assert(eq(uint, played.asked, rows[i].asked), "row %zu", i);
	}
}

Test(device, others_are_not_taken_R113, .init = begin, .fini = place_end)
{
	static const struct {
		unsigned long type;
		dev_t number, link;
		bool verity, silent;
		const char *named, *reason;
	} rows[] = {
		{FUSE_SUPER_MAGIC, VERITY, 0, true, false, NULL, "type 0x65735546"},
		{OVERLAYFS_SUPER_MAGIC, VERITY, 0, true, false, NULL, "type 0x794c7630"},
		{BTRFS_SUPER_MAGIC, VERITY, 0, true, false, NULL, "not squashfs, erofs"},
		{TMPFS_MAGIC, VERITY, 0, true, false, "DM-UUID=CRYPT-*",
		 "type 0x1021994"},
		{EROFS_MAGIC, DEVICE(0, 42), 0, true, false, NULL, "on no block device"},
		{EROFS_MAGIC, DEVICE(254, 9), 0, true, false, NULL,
		 "/sys does not show its device 254:9"},
		{EROFS_MAGIC, DEVICE(7, 9), 0, true, false, NULL,
		 "/sys does not show its device 7:9 as the kernel would"},
		{EROFS_MAGIC, DEVICE(7, 0), 0, true, false, NULL,
		 "its device loop0 is not one of dm-verity"},
		/* its owner has given it the name of a partition */
		{EROFS_MAGIC, DEVICE(7, 0), DEVICE(7, 0), true, false, "PARTUUID=" GPT,
		 "its device loop0 is not one of dm-verity"},
		{EROFS_MAGIC, DEVICE(254, 2), 0, true, false, NULL,
		 "its device dm-2 can be written to"},
		{EROFS_MAGIC, DEVICE(254, 2), 0, true, true, "DM-UUID=CRYPT-VERITY-9-w",
		 "its device dm-2 can be written to"},
		{EROFS_MAGIC, DEVICE(252, 3), 0, false, false, "PARTUUID=" GPT,
		 "its device vda3 can be written to (see blockdev --setro)"},
		{EROFS_MAGIC, VERITY, 0, false, false, NULL, "the mapper's reason"},
		{EROFS_MAGIC, VERITY, 0, false, true, NULL,
		 "the mapper's reason, and read-only-devices does not name "
		 "DM-UUID=CRYPT-VERITY-0123-vroot"},
		/* a name does not overrule the kernel */
		{EROFS_MAGIC, VERITY, 0, false, false, "DM-UUID=CRYPT-VERITY-*",
		 "the mapper's reason"},
		{EXT4_SUPER_MAGIC, LVM, 0, false, false, "DM-UUID=LVM-*",
		 "ext4 counts on dm-verity only"},
		{EXT4_SUPER_MAGIC, PARTITION, 0, false, false, "PARTUUID=" GPT,
		 "ext4 counts on dm-verity only"},
		/* names that are not quite its own */
		{EROFS_MAGIC, VERITY, 0, false, true, "DM-UUID=CRYPT-VERITY-0123-vroo",
		 "does not name DM-UUID"},
		{EROFS_MAGIC, VERITY, 0, false, true, "DM-UUID=CRYPT-VERITY-0123-vroot*x",
		 "does not name DM-UUID"},
		{EROFS_MAGIC, VERITY, 0, false, true, "DM-UUID=CRYPT-VERITY-0123-v*vroot",
		 "does not name DM-UUID"},
		{EROFS_MAGIC, VERITY, 0, false, true, "PARTUUID=" GPT,
		 "does not name DM-UUID"},
		{EROFS_MAGIC, DEVICE(254, 3), 0, false, true, "DM-UUID=x*",
		 "does not name DM-UUID"},
		{EROFS_MAGIC, PARTITION, 0, false, false, NULL,
		 "its device vda1 is not one of dm-verity, and read-only-devices does "
		 "not name it by PARTUUID=" GPT},
		/* the kernel's word about a PARTUUID before that of a link */
		{EROFS_MAGIC, PARTITION, PARTITION, false, false,
		 "PARTUUID=00000000-0000-0000-0000-000000000000", "does not name it"},
		{EROFS_MAGIC, PARTITION, 0, false, false, "DM-UUID=CRYPT-*",
		 "does not name it"},
		{EROFS_MAGIC, DEVICE(252, 2), 0, false, false, "PARTUUID=" GPT,
		 "does not name it"},
		{EROFS_MAGIC, DEVICE(252, 2), PARTITION, false, false, "PARTUUID=" GPT,
		 "does not name it"},
		{EROFS_MAGIC, DEVICE(252, 4), 0, false, false, "PARTUUID=" GPT,
		 "does not name it"},
	};

	if (is_emulated()) {
		place_end();
		cr_skip_test("no openat2(2) in the emulator");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool held = true;

		played = (struct played){.type = rows[i].type,
					 .sysfs = SYSFS_MAGIC,
					 .number = rows[i].number,
					 .link = rows[i].link,
					 .verity = rows[i].verity,
					 .silent = rows[i].silent};
		cr_assert(zero(int, judge(rows[i].named, &held)), "row %zu: %s", i,
			  error.message);
		cr_assert(not(held), "row %zu", i);
		cr_assert(strstr(reason, rows[i].reason) != NULL, "row %zu: %s", i,
			  reason);
	}
}

/* What is not the kernel's, or is covered by something else, says nothing. */
Test(device, another_sysfs_is_not_believed_R113, .init = begin, .fini = place_end)
{
	bool held = true;

	played = (struct played){.type = EROFS_MAGIC,
				 .sysfs = TMPFS_MAGIC,
				 .number = VERITY,
				 .verity = true};
	cr_assert(zero(int, judge(NULL, &held)));
	cr_assert(not(held));
	cr_assert(strstr(reason, "/sys does not show its device 254:0") != NULL);
	/* a link that leads out of it */
	played.sysfs = SYSFS_MAGIC;
	cr_assert(zero(int, rename(in_place("sys/devices/virtual/block/dm-0"),
				   in_place("dm-0"))));
	cr_assert(zero(int, symlink(in_place("dm-0"),
				    in_place("sys/devices/virtual/block/dm-0"))));
	cr_assert(zero(int, judge(NULL, &held)));
	cr_assert(not(held));
	cr_assert(strstr(reason, "/sys does not show its device 254:0") != NULL);
	cr_assert(zero(uint, played.asked));
}

Test(device, calls_that_fail_decide_nothing, .init = begin, .fini = place_end)
{
	static const struct {
		const char *call;
		int fail, code;
	} rows[] = {
		{"fstatfs", EIO, MODSEAL_E_SYSTEM},
		{"fstat", EIO, MODSEAL_E_SYSTEM},
		{"open", EIO, MODSEAL_E_SYSTEM},
		{"open", EMFILE, MODSEAL_E_RESOURCE},
		{"mapper", EIO, MODSEAL_E_SYSTEM},
		{"fstatfs of /sys", EIO, MODSEAL_E_SYSTEM},
	};

	if (is_emulated()) {
		place_end();
		cr_skip_test("no openat2(2) in the emulator");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool held = true;

		played = (struct played){.type = EROFS_MAGIC,
					 .sysfs = SYSFS_MAGIC,
					 .number = VERITY,
					 .verity = true,
					 .failing = rows[i].call,
					 .fail = rows[i].fail};
		cr_assert(eq(int, judge(NULL, &held), rows[i].code), "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
	}
	/* sysfs is not there at all: an answer */
	{
		bool held = true;

		played.failing = "open";
		played.fail = ENOENT;
		cr_assert(zero(int, judge(NULL, &held)));
		cr_assert(not(held));
	}
}

/* Nobody has hashed what an image has behind the end of a file. */
Test(device, the_end_of_a_file_is_looked_at, .init = place_begin, .fini = place_end)
{
	static const struct {
		size_t size;
		int code;
	} rows[] = {{1, 0}, {4095, 0}, {4096, 0}, {4097, 0}, {8192, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool clean = false;
		int descriptor, result;

		make_file(in_place("x.so"), rows[i].size, 0644);
		descriptor = open(in_place("x.so"), O_RDONLY | O_CLOEXEC);
		result = modseal_device_ends_clean(descriptor, rows[i].size, "x.so",
						   &clean, &error);
		cr_assert(eq(int, result, rows[i].code), "row %zu", i);
		cr_assert(clean, "row %zu", i);
		/* what follows in this page is not zero, as if the file ended before */
		result = modseal_device_ends_clean(descriptor, rows[i].size - 1, "x.so",
						   &clean, &error);
		if (rows[i].size % 4096 > 1 || rows[i].size == 8192 ||
		    rows[i].size == 4096) {
			cr_assert(zero(int, result), "row %zu", i);
			cr_assert(not(clean), "row %zu", i);
		}
		close(descriptor);
	}
	{
		bool clean;

		cr_assert(eq(int,
			     modseal_device_ends_clean(-1, 5, "x.so", &clean, &error),
			     MODSEAL_E_SYSTEM));
	}
}

/* The device was judged when the image was made; the file must be the same. */
Test(device, images_stay_the_same_file_R67)
{
	static const struct {
		unsigned long type;
		off_t size;
		dev_t number;
		const char *message;
	} rows[] = {
		{EROFS_MAGIC, 5, VERITY, NULL},
		{TMPFS_MAGIC, 5, VERITY, "no file on a read-only device any more"},
		{EROFS_MAGIC, 6, VERITY, "it has 6 bytes, not the 5"},
		{EROFS_MAGIC, -1, VERITY, "it has -1 bytes"},
		{EROFS_MAGIC, 5, LVM, "leads to another file"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_image *image = NULL;
		struct modseal_image source = {.hand_off = MODSEAL_HAND_OFF_READ_ONLY,
					       .size = 5,
					       .descriptor = FILE_DESCRIPTOR};
		int result;

		source.path = strdup("/lib/x.so");
		/* open, whatever it is of */
		cr_assert(eq(int, dup2(STDERR_FILENO, FILE_DESCRIPTOR), FILE_DESCRIPTOR));
		played =
			(struct played){.type = EROFS_MAGIC, .number = VERITY, .size = 5};
		cr_assert(zero(int, modseal_image_create(&source, &image, &error)));
		played.type = rows[i].type;
		played.size = rows[i].size;
		played.number = rows[i].number;
		result = modseal_image_require(image, &error);
		if (rows[i].message) {
			cr_assert(eq(int, result, MODSEAL_E_NOT_SEALED), "row %zu", i);
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_LOAD));
			cr_assert(strstr(error.message, rows[i].message) != NULL,
				  "row %zu: %s", i, error.message);
		} else {
			cr_assert(zero(int, result), "%s", error.message);
		}
		modseal_image_free(&image);
	}
}
