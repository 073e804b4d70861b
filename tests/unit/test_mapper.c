/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verifier/image/mapper.c: which tables of the device mapper are dm-verity that gives no
 * unverified block. The device mapper is played by this program; tests/vm asks a real
 * one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "verifier/image/mapper.h"

/* makedev(3) as a constant, for minor numbers below 256 */
#define DEVICE(major, minor) ((dev_t)((major) << 8 | (minor)))

#define SIXTEEN "0123456789abcdef"
#define ROOT	SIXTEEN SIXTEEN SIXTEEN SIXTEEN
#define PLAIN	"1 7:2 7:3 4096 4096 1024 1 sha256 " ROOT " 0123"

static struct mapper {
	mode_t mode;
	dev_t number;			/* of the node that is asked */
	int missing, unopened, failing; /* errno of lstat, open, ioctl */
	uint32_t targets, flags, start;
	const char *type, *table;
	/* what it was asked */
	uint64_t asked;
	unsigned times;
} mapper;

static const struct mapper truth = {
	.mode = S_IFCHR | 0600,
	.number = DEVICE(10, 236),
	.targets = 1,
	.start = sizeof(struct dm_ioctl),
	.type = "verity",
	.table = PLAIN,
};

int lstat(const char *restrict path, struct stat *restrict status)
{
	if (strcmp(path, "/dev/mapper/control") != 0)
		return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status,
				    AT_SYMLINK_NOFOLLOW);
	memset(status, 0, sizeof(*status));
	status->st_mode = mapper.mode;
	status->st_rdev = mapper.number;
	errno = mapper.missing;
	return mapper.missing ? -1 : 0;
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	int mode;

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
	va_end(arguments);
	if (strcmp(path, "/dev/mapper/control") != 0)
		return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (!(flags & O_NOFOLLOW) || !(flags & O_CLOEXEC))
		abort();
	errno = mapper.unopened;
	return mapper.unopened ? -1 : (int)syscall(SYS_dup, 0);
}

int ioctl(int descriptor, unsigned long request, ...)
{
	struct dm_target_spec target = {.sector_start = 0};
	struct dm_ioctl *head;
	va_list arguments;

	va_start(arguments, request);
	head = va_arg(arguments, void *);
	va_end(arguments);
	mapper.times++;
	if (request != DM_TABLE_STATUS || !(head->flags & DM_STATUS_TABLE_FLAG) ||
	    head->version[0] != 4 || head->name[0] || head->uuid[0])
		abort();
	mapper.asked = head->dev;
	errno = mapper.failing;
	if (mapper.failing)
		return -1;
	head->target_count = mapper.targets;
	head->flags |= mapper.flags;
	head->data_start = mapper.start;
	memcpy(target.target_type, mapper.type, strlen(mapper.type));
	if (mapper.start + sizeof(target) + strlen(mapper.table) < head->data_size) {
		memcpy((char *)head + mapper.start, &target, sizeof(target));
		memcpy((char *)head + mapper.start + sizeof(target), mapper.table,
		       strlen(mapper.table) + 1);
	}
	return 0;
}

static struct modseal_error error;
static char reason[MODSEAL_MAPPER_REASON_SIZE];
static bool verity, silent;

static int ask(dev_t device)
{
	reason[0] = '\0';
	return modseal_mapper_ask(device, "x.so", &verity, &silent, reason, &error);
}

Test(mapper, a_device_of_one_verity_target_holds)
{
	mapper = truth;
	cr_assert(zero(int, ask(makedev(254, 0x12345))), "%s", error.message);
	cr_assert(verity, "%s", reason);
	cr_assert(not(silent));
	cr_assert(eq(u64, mapper.asked, 0x12300000ULL | 254ULL << 8 | 0x45));
	cr_assert(eq(uint, mapper.times, 1));
}

Test(mapper, other_tables_do_not_R113)
{
	static const struct {
		uint32_t targets, flags, start;
		const char *type, *table, *reason;
	} rows[] = {
		{1, 0, 312, "linear", "7:2 0", "one of dm-linear, not of dm-verity"},
		{1, 0, 312, "crypt", PLAIN, "one of dm-crypt"},
		{1, 0, 312, "verity2", PLAIN, "one of dm-verity2, not"},
		{1, 0, 312, "", PLAIN, "one of dm-, not"},
		{0, 0, 312, "verity", PLAIN, "more than one target"},
		{2, 0, 312, "verity", PLAIN, "more than one target"},
		{1, DM_BUFFER_FULL_FLAG, 312, "verity", PLAIN, "more than one target"},
		{1, 0, 4096, "verity", PLAIN, "more than one target"},
		{1, 0, 0xfffffff0, "verity", PLAIN, "more than one target"},
		{1, 0, 312, "verity", "1 7:2", "of an unknown form"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mapper = truth;
		mapper.targets = rows[i].targets;
		mapper.flags = rows[i].flags;
		mapper.start = rows[i].start;
		mapper.type = rows[i].type;
		mapper.table = rows[i].table;
		cr_assert(zero(int, ask(DEVICE(254, 0))), "row %zu", i);
		cr_assert(not(verity), "row %zu", i);
		cr_assert(not(silent), "row %zu", i);
		cr_assert(strstr(reason, rows[i].reason) != NULL, "row %zu: %s", i,
			  reason);
	}
}

/* Whatever is not its node is not even opened; that it may not be asked is no failure. */
Test(mapper, only_the_kernel_is_asked_R113)
{
	static const struct {
		struct mapper mapper;
		unsigned times;
	} rows[] = {
		{{.mode = S_IFREG, .number = DEVICE(10, 236)}, 0},
		{{.mode = S_IFBLK, .number = DEVICE(10, 236)}, 0},
		{{.mode = S_IFCHR, .number = DEVICE(10, 237)}, 0},
		{{.mode = S_IFCHR, .number = DEVICE(1, 3)}, 0},
		{{.missing = ENOENT}, 0},
		{{.missing = EACCES}, 0},
		{{.mode = S_IFCHR, .number = DEVICE(10, 236), .unopened = EACCES}, 0},
		{{.mode = S_IFCHR, .number = DEVICE(10, 236), .unopened = ENODEV}, 0},
		{{.mode = S_IFCHR, .number = DEVICE(10, 236), .failing = EACCES}, 1},
		{{.mode = S_IFCHR, .number = DEVICE(10, 236), .failing = EPERM}, 1},
		{{.mode = S_IFCHR, .number = DEVICE(10, 236), .failing = ENXIO}, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mapper = rows[i].mapper;
		cr_assert(zero(int, ask(DEVICE(254, 0))), "row %zu", i);
		cr_assert(not(verity), "row %zu", i);
		cr_assert(silent, "row %zu", i);
		cr_assert(eq(uint, mapper.times, rows[i].times), "row %zu", i);
		cr_assert(strstr(reason, "only a process with CAP_SYS_ADMIN") != NULL,
			  "row %zu: %s", i, reason);
	}
}

Test(mapper, calls_that_fail_decide_nothing)
{
	for (size_t i = 0; i < 3; i++) {
		mapper = truth;
		*(i == 0   ? &mapper.missing
		  : i == 1 ? &mapper.unopened
			   : &mapper.failing) = i == 1 ? EMFILE : EIO;
		cr_assert(eq(int, ask(DEVICE(254, 0)),
			     i == 1 ? MODSEAL_E_RESOURCE : MODSEAL_E_SYSTEM),
			  "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
		cr_assert(not(verity), "row %zu", i);
	}
}

Test(mapper, options_and_algorithms_are_closed_lists_R113)
{
	static const struct {
		const char *table, *reason; /* NULL: it holds */
	} rows[] = {
		{PLAIN, NULL},
		{"0 7:2 7:3 4096 4096 1024 1 sha512 " ROOT ROOT " -", NULL},
		{PLAIN " 0", NULL},
		{PLAIN " 1 restart_on_corruption", NULL},
		{PLAIN " 2 panic_on_corruption ignore_zero_blocks", NULL},
		{PLAIN " 2 root_hash_sig_key_desc verity:key", NULL},
		{PLAIN " 8 use_fec_from_device 7:4 fec_blocks 9 fec_start 0 fec_roots 2",
		 NULL},
		{PLAIN " 1 ignore_corruption", "the option `ignore_corruption`"},
		{PLAIN " 1 check_at_most_once", "the option `check_at_most_once`"},
		{PLAIN " 2 restart_on_corruption check_at_most_once",
		 "the option `check_at_most_once`"},
		{PLAIN " 3 use_fec_from_device 7:4 ignore_corruption",
		 "the option `ignore_corruption`"},
		{PLAIN " 1 trust_me", "the option `trust_me`"},
		{PLAIN " 1 RESTART_ON_CORRUPTION", "the option `RESTART"},
		/* a value is not looked at as an option, an option not as a value */
		{PLAIN " 1 use_fec_from_device", "the option `"},
		{PLAIN " 1 fec_roots ignore_corruption extra", "the option `extra`"},
		{"1 7:2 7:3 4096 4096 1024 1 md5 " SIXTEEN SIXTEEN " -",
		 "hashes with `md5`"},
		{"1 7:2 7:3 4096 4096 1024 1 sha1 " SIXTEEN " -", "hashes with `sha1`"},
		{"1 7:2 7:3 4096 4096 1024 1 crc32c " SIXTEEN " -", "`crc32c`"},
		{"1 7:2 7:3 4096 4096 1024 1 sha256x " ROOT " -", "`sha256x`"},
		{"1 7:2 7:3 4096 4096 1024 1 sha256 " ROOT, "unknown form"},
		{"", "unknown form"},
		{"   ", "unknown form"},
	};
	char far[1024];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool holds = modseal_mapper_verity_holds(rows[i].table, reason);

		cr_assert(eq(int, holds, rows[i].reason == NULL), "row %zu: %s", i,
			  reason);
		if (rows[i].reason)
			cr_assert(strstr(reason, rows[i].reason) != NULL, "row %zu: %s",
				  i, reason);
	}
	/* words longer than any that is known, as an option and before */
	snprintf(far, sizeof(far), PLAIN " 1 %0300d", 7);
	cr_assert(not(modseal_mapper_verity_holds(far, reason)));
	snprintf(far, sizeof(far), "1 %0300d", 7);
	cr_assert(not(modseal_mapper_verity_holds(far, reason)));
}
