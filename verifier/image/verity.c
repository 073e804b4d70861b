/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel whether a file has fs-verity, and believes it where it can know. */
#include "verifier/image/verity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fsverity.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "internal/calls.h"

/* Newer than some of the headers that this is built with. */
#ifndef F2FS_SUPER_MAGIC
#define F2FS_SUPER_MAGIC 0xF2F52010
#endif
#ifndef STATX_ATTR_VERITY
#define STATX_ATTR_VERITY 0x00100000
#endif

bool modseal_verity_is_absent(uint64_t attributes, uint64_t known,
			      char ret_reason[MODSEAL_VERITY_REASON_SIZE])
{
	static const char reason[] = "fs-verity is not enabled on the file";
	bool none = (known & STATX_ATTR_VERITY) && !(attributes & STATX_ATTR_VERITY);

	_Static_assert(sizeof(reason) <= MODSEAL_VERITY_REASON_SIZE, "it fits");
	if (none)
		memcpy(ret_reason, reason, sizeof(reason));
	return none;
}

static bool may_have_verity(unsigned long type, const struct statx *status, char *reason)
{
	if (type != EXT4_SUPER_MAGIC && type != F2FS_SUPER_MAGIC &&
	    type != BTRFS_SUPER_MAGIC) {
		snprintf(reason, MODSEAL_VERITY_REASON_SIZE,
			 "its file system (type 0x%lx) is not ext4, f2fs or btrfs", type);
		return false;
	}
	if (status->stx_attributes_mask & STATX_ATTR_VERITY)
		return true;
	snprintf(reason, MODSEAL_VERITY_REASON_SIZE,
		 "its file system does not tell of fs-verity");
	return false;
}

static bool is_digest(const struct fsverity_digest *answer, enum modseal_hash *ret_hash)
{
	if (answer->digest_algorithm == FS_VERITY_HASH_ALG_SHA256)
		*ret_hash = MODSEAL_HASH_SHA256;
	else if (answer->digest_algorithm == FS_VERITY_HASH_ALG_SHA512)
		*ret_hash = MODSEAL_HASH_SHA512;
	else
		return false;
	return answer->digest_size == modseal_hash_size(*ret_hash);
}

int modseal_verity_measure(int descriptor, const char *object, enum modseal_stage stage,
			   bool *ret_enabled, struct modseal_verity *ret_verity,
			   char ret_reason[MODSEAL_VERITY_REASON_SIZE],
			   struct modseal_error *error)
{
	/* struct fsverity_digest ends in an array without a size of its own */
	union {
		struct fsverity_digest head;
		uint8_t room[sizeof(struct fsverity_digest) + MODSEAL_MAX_DIGEST_SIZE];
	} answer = {.head = {.digest_size = MODSEAL_MAX_DIGEST_SIZE}};
	struct modseal_verity verity;
	struct statfs system;
	struct statx status;
	unsigned long type;

	*ret_enabled = false;
	if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &status))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, stage, errno, object,
					  "its status is unknown");
	if (modseal_verity_is_absent(status.stx_attributes, status.stx_attributes_mask,
				     ret_reason))
		return 0;
	if (fstatfs(descriptor, &system))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, stage, errno, object,
					  "its file system is unknown");
	type = (unsigned long)system.f_type & 0xffffffffu;
	if (!may_have_verity(type, &status, ret_reason))
		return 0;
	if (ioctl(descriptor, FS_IOC_MEASURE_VERITY, &answer))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, stage, errno, object,
					  "its fs-verity digest cannot be measured");
	if (!is_digest(&answer.head, &verity.hash)) {
		snprintf(ret_reason, MODSEAL_VERITY_REASON_SIZE,
			 "its fs-verity digest is of an unknown kind (algorithm %u)",
			 answer.head.digest_algorithm);
		return 0;
	}
	memcpy(verity.digest, answer.room + sizeof(answer.head), answer.head.digest_size);
	*ret_verity = verity;
	*ret_enabled = true;
	return 0;
}

int modseal_verity_require(int descriptor, const struct modseal_verity *verity,
			   uint64_t size, const char *object, struct modseal_error *error)
{
	char reason[MODSEAL_VERITY_REASON_SIZE];
	struct modseal_verity now;
	struct stat status;
	bool enabled;
	int result = modseal_verity_measure(descriptor, object, MODSEAL_STAGE_LOAD,
					    &enabled, &now, reason, error);

	if (result < 0)
		return result;
	if (!enabled)
		return modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD,
				    object, "it is no file with fs-verity any more: %s",
				    reason);
	if (now.hash != verity->hash ||
	    memcmp(now.digest, verity->digest, modseal_hash_size(now.hash)) != 0)
		return modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD,
				    object,
				    "its fs-verity digest is not the one approved");
	if (fstat(descriptor, &status))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD,
					  errno, object, "its status is unknown");
	if (status.st_size < 0 || (uint64_t)status.st_size != size)
		return modseal_fail(
			error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD, object,
			"it has %jd bytes, not the %" PRIu64 " that were approved",
			(intmax_t)status.st_size, size);
	return 0;
}
