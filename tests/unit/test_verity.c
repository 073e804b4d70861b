/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verifier/image/verity.c: which answers of the kernel make a file one that fs-verity
 * holds. The kernel is played by this program; tests/vm asks a real one.
 */
#include <linux/fsverity.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "tests/unit/place.h"
#include "verifier/image/image.h"
#include "verifier/image/verity.h"
#include "verifier/verdict.h"

static struct kernel {
	int fail; /* errno of the call that is to fail */
	const char *failing;
	unsigned long type;
	uint64_t mask, attributes;
	uint16_t algorithm, size;
	uint8_t first; /* byte of the digest */
	unsigned measured;
} kernel;

static bool fails(const char *call)
{
	if (!kernel.failing || strcmp(kernel.failing, call) != 0)
		return false;
	errno = kernel.fail;
	return true;
}

int fstatfs(int descriptor, struct statfs *system)
{
	memset(system, 0, sizeof(*system));
	system->f_type = (__typeof__(system->f_type))kernel.type;
	return fails("fstatfs") ? -1 : 0;
}

int statx(int directory, const char *restrict path, int flags, unsigned mask,
	  struct statx *restrict status)
{
	memset(status, 0, sizeof(*status));
	status->stx_attributes_mask = kernel.mask;
	status->stx_attributes = kernel.attributes;
	return fails("statx") || path[0] || !(flags & AT_EMPTY_PATH) ? -1 : 0;
}

int ioctl(int descriptor, unsigned long request, ...)
{
	struct fsverity_digest *digest;
	va_list arguments;

	va_start(arguments, request);
	digest = va_arg(arguments, void *);
	va_end(arguments);
	if (request != FS_IOC_MEASURE_VERITY || fails("ioctl"))
		return -1;
	kernel.measured++;
	if (digest->digest_size < 64)
		abort(); /* EOVERFLOW for SHA-512 */
	digest->digest_algorithm = kernel.algorithm;
	digest->digest_size = kernel.size;
	memset(digest->digest, 7, kernel.size);
	digest->digest[0] = kernel.first;
	return 0;
}

static struct modseal_error error;
static char reason[MODSEAL_VERITY_REASON_SIZE];

static bool measure(int descriptor, struct modseal_verity *ret_verity)
{
	bool enabled = false;
	int result = modseal_verity_measure(descriptor, "x.so", MODSEAL_STAGE_BYTES,
					    &enabled, ret_verity, reason, &error);

	cr_assert(zero(int, result), "%s", error.message);
	return enabled;
}

static const struct kernel truth = {
	.type = EXT4_SUPER_MAGIC,
	.mask = STATX_ATTR_VERITY | STATX_ATTR_IMMUTABLE,
	.attributes = STATX_ATTR_VERITY,
	.algorithm = FS_VERITY_HASH_ALG_SHA256,
	.size = 32,
	.first = 1,
};

Test(verity, is_measured_on_file_systems_that_are_believed)
{
	static const unsigned long types[] = {EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC,
					      BTRFS_SUPER_MAGIC};

	for (size_t i = 0; i < 6; i++) {
		struct modseal_verity verity;

		kernel = truth;
		kernel.type = types[i % 3];
		kernel.algorithm = i < 3 ? 1 : 2;
		kernel.size = i < 3 ? 32 : 64;
		cr_assert(measure(0, &verity), "%zu: %s", i, reason);
		cr_assert(eq(int, verity.hash,
			     i < 3 ? MODSEAL_HASH_SHA256 : MODSEAL_HASH_SHA512));
		cr_assert(eq(int, verity.digest[0], 1));
		cr_assert(eq(int, verity.digest[kernel.size - 1], 7));
	}
}

/* R113: whoever is not believed is not even asked for a digest. */
Test(verity, is_not_believed_of_others_R113)
{
	enum { V = STATX_ATTR_VERITY };
	static const struct {
		unsigned long type;
		uint64_t mask, attributes;
		uint16_t algorithm, size;
		unsigned measured;
		const char *reason;
	} rows[] = {
		{FUSE_SUPER_MAGIC, V, V, 1, 32, 0, "type 0x65735546"},
		{OVERLAYFS_SUPER_MAGIC, V, V, 1, 32, 0, "type 0x794c7630"},
		{TMPFS_MAGIC, V, V, 1, 32, 0, "type 0x1021994"},
		{SQUASHFS_MAGIC, V, V, 1, 32, 0, "not ext4, f2fs or btrfs"},
		{0x58465342, V, V, 1, 32, 0, "not ext4, f2fs or btrfs"},
		{NFS_SUPER_MAGIC, V, V, 1, 32, 0, "not ext4, f2fs or btrfs"},
		{0, V, V, 1, 32, 0, "not ext4, f2fs or btrfs"},
		{EXT4_SUPER_MAGIC, 0, V, 1, 32, 0, "does not tell of fs-verity"},
		{EXT4_SUPER_MAGIC, ~V, V, 1, 32, 0, "does not tell of fs-verity"},
		{EXT4_SUPER_MAGIC, V, 0, 1, 32, 0, "not enabled"},
		{EXT4_SUPER_MAGIC, V, ~V, 1, 32, 0, "not enabled"},
		{EXT4_SUPER_MAGIC, V, V, 3, 32, 1, "unknown kind (algorithm 3)"},
		{EXT4_SUPER_MAGIC, V, V, 0, 32, 1, "unknown kind"},
		{EXT4_SUPER_MAGIC, V, V, 1, 31, 1, "unknown kind"},
		{EXT4_SUPER_MAGIC, V, V, 1, 64, 1, "unknown kind"},
		{EXT4_SUPER_MAGIC, V, V, 2, 32, 1, "unknown kind"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_verity verity = {.digest = {99}};

		kernel = (struct kernel){.type = rows[i].type,
					 .mask = rows[i].mask,
					 .attributes = rows[i].attributes,
					 .algorithm = rows[i].algorithm,
					 .size = rows[i].size};
		cr_assert(not(measure(0, &verity)), "row %zu", i);
		cr_assert(strstr(reason, rows[i].reason) != NULL, "row %zu: %s", i,
			  reason);
		cr_assert(eq(uint, kernel.measured, rows[i].measured), "row %zu", i);
		cr_assert(eq(int, verity.digest[0], 99), "row %zu", i);
	}
}

Test(verity, calls_that_fail_decide_nothing)
{
	static const char *const calls[] = {"fstatfs", "statx", "ioctl"};

	for (size_t i = 0; i < 3; i++) {
		struct modseal_verity verity;
		bool enabled;

		kernel = truth;
		kernel.failing = calls[i];
		kernel.fail = EIO;
		cr_assert(eq(int,
			     modseal_verity_measure(0, "x.so", MODSEAL_STAGE_BYTES,
						    &enabled, &verity, reason, &error),
			     MODSEAL_E_SYSTEM),
			  "%s", calls[i]);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
		cr_assert(eq(int, error.system_errno, EIO));
		cr_assert(eq(int, modseal_verity_require(0, &verity, 5, "x.so", &error),
			     MODSEAL_E_SYSTEM));
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_LOAD));
	}
}

/* What was measured when it was approved is measured again before it is mapped. */
Test(verity, images_in_place_are_measured_anew_R67)
{
	static const struct {
		struct kernel kernel;
		off_t size;
		bool other;
		const char *message;
	} rows[] = {
		{truth, 5, false, NULL},
		{{0}, 5, false, "no file with fs-verity any more: its file system"},
		{{.type = EXT4_SUPER_MAGIC, .mask = STATX_ATTR_VERITY},
		 5,
		 false,
		 "no file with fs-verity any more: fs-verity is not enabled"},
		{{.type = EXT4_SUPER_MAGIC,
		  .mask = STATX_ATTR_VERITY,
		  .attributes = STATX_ATTR_VERITY,
		  .algorithm = 1,
		  .size = 32,
		  .first = 2},
		 5,
		 false,
		 "digest is not the one approved"},
		{{.type = EXT4_SUPER_MAGIC,
		  .mask = STATX_ATTR_VERITY,
		  .attributes = STATX_ATTR_VERITY,
		  .algorithm = 2,
		  .size = 64,
		  .first = 1},
		 5,
		 false,
		 "digest is not the one approved"},
		{truth, 6, false, "it has 6 bytes, not the 5"},
		{truth, 5, true, "leads to another file"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_image *image = NULL;
		struct modseal_image source = {.hand_off = MODSEAL_HAND_OFF_VERITY,
					       .size = 5};
		char name[] = "/tmp/verity.XXXXXX", other[] = "/tmp/verity.XXXXXX";
		int descriptor = mkstemp(other), result;

		kernel = truth;
		source.path = strdup("/lib/x.so");
		source.descriptor = mkstemp(name);
		unlink(name);
		unlink(other);
		cr_assert(zero(int, ftruncate(source.descriptor, 5)));
		cr_assert(zero(int, ftruncate(descriptor, 5)));
		cr_assert(measure(source.descriptor, &source.verity));
		cr_assert(zero(int, modseal_image_create(&source, &image, &error)));
		kernel = rows[i].kernel;
		cr_assert(zero(int, ftruncate(image->descriptor, rows[i].size)));
		if (rows[i].other)
			dup2(descriptor, image->descriptor);
		result = modseal_image_require(image, &error);
		if (!rows[i].message) {
			cr_assert(zero(int, result), "%s", error.message);
		} else {
			cr_assert(eq(int, result, MODSEAL_E_NOT_SEALED), "row %zu", i);
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_LOAD));
			cr_assert(strstr(error.message, rows[i].message) != NULL,
				  "row %zu: %s", i, error.message);
		}
		close(descriptor);
		modseal_image_free(&image);
	}
}

/* Neither does the word of the one make the other: a file is no sealed memory. */
Test(verity, files_do_not_pass_for_memfds_R68)
{
	struct modseal_image *image = NULL;
	struct modseal_image source = {.size = 5};
	char name[] = "/tmp/verity.XXXXXX";

	kernel = truth;
	source.path = strdup("/lib/x.so");
	source.descriptor = mkstemp(name);
	unlink(name);
	cr_assert(zero(int, ftruncate(source.descriptor, 5)));
	cr_assert(zero(int, modseal_image_create(&source, &image, &error)));
	cr_assert(eq(int, modseal_image_require(image, &error), MODSEAL_E_NOT_SEALED));
	modseal_image_free(&image);
}
