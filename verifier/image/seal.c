/* SPDX-License-Identifier: Apache-2.0 */
/* Makes memfds, seals them, and proves that a descriptor is a sealed memfd. */
#include "verifier/image/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* linux/memfd.h and linux/fcntl.h of 6.3; older C libraries do not name them. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#define ALL_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SEAL_TRIES	4
#define MEMFD_LINK	"/memfd:"
#define NAME_MAX_LENGTH 249 /* memfd_create(2) */

static int fail_new(const char *object, int errnum, struct modseal_error *error)
{
	int code =
		modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES, errnum,
				   object, "no memory file for it (memfd_create)");

	if (code == MODSEAL_E_SYSTEM)
		modseal_remedy(error,
			       "allow memfd_create: look at vm.memfd_noexec, seccomp "
			       "filters and the security module of this system");
	return code;
}

int modseal_memfd_new(int *ret_descriptor, bool *ret_exec_sealed, const char *object,
		      struct modseal_error *error)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	char name[NAME_MAX_LENGTH + 1] = MODSEAL_MEMFD_NAME;
	size_t length = strlen(object);
	bool exec_sealed = true;
	int descriptor;

	if (object[0] == '/' && length < sizeof(name) - sizeof(MODSEAL_MEMFD_NAME)) {
		name[sizeof(MODSEAL_MEMFD_NAME) - 1] = ':';
		memcpy(name + sizeof(MODSEAL_MEMFD_NAME), object, length + 1);
	}
	descriptor = memfd_create(name, flags | MFD_NOEXEC_SEAL);
	if (descriptor < 0 && errno == EINVAL) { /* before Linux 6.3 */
		exec_sealed = false;
		descriptor = memfd_create(name, flags);
	}
	if (descriptor < 0)
		return fail_new(object, errno, error);
	/* A plain memfd is born 0777. Who verified may load after it gave up its rights.
	 */
	if (!exec_sealed && fchmod(descriptor, 0444)) {
		int errnum = errno;

		close(descriptor);
		return fail_new(object, errnum, error);
	}
	*ret_descriptor = descriptor;
	*ret_exec_sealed = exec_sealed;
	return 0;
}

const char *modseal_memfd_source(const char *shown)
{
	static const char ours[] = MEMFD_LINK MODSEAL_MEMFD_NAME;

	if (strncmp(shown, ours, sizeof(ours) - 1) != 0)
		return NULL;
	shown += sizeof(ours) - 1;
	if (!*shown)
		return shown;
	return shown[0] == ':' && shown[1] == '/' ? shown + 1 : NULL;
}

/*
 * Whoever holds a page of it, if only to move it elsewhere, is waited for by the kernel;
 * but it stops waiting when the thread is woken, and a wake-up that comes late (futex(2))
 * may be meant for what the thread waited for before. So one "busy" is not believed. A
 * writable mapping is told of at once, each time.
 */
static int add_seals(int descriptor)
{
	int result = -1;

	for (int i = 0; i < SEAL_TRIES && result; i++) {
		result = fcntl(descriptor, F_ADD_SEALS, ALL_SEALS);
		if (result && errno != EBUSY)
			break;
	}
	return result;
}

int modseal_memfd_seal(int descriptor, const char *object, struct modseal_error *error)
{
	int seals;

	if (add_seals(descriptor)) {
		if (errno == EBUSY)
			return modseal_fail(
				error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES, object,
				"another process holds its memory copy mapped "
				"for writing");
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					  errno, object,
					  "its memory copy cannot be sealed");
	}
	seals = fcntl(descriptor, F_GET_SEALS);
	if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS)
		return modseal_fail(
			error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES, object,
			"its memory copy is not sealed though sealing succeeded");
	return 0;
}

static int fail_seals(const char *object, const char *why, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD, object, "%s",
			    why);
}

int modseal_memfd_require_seals(int descriptor, const char *object,
				struct modseal_error *error)
{
	static const struct {
		int seal;
		const char *name;
	} wanted[] = {
		{F_SEAL_WRITE, "WRITE"},
		{F_SEAL_GROW, "GROW"},
		{F_SEAL_SHRINK, "SHRINK"},
		{F_SEAL_SEAL, "SEAL"},
	};
	int seals = fcntl(descriptor, F_GET_SEALS);

	if (seals < 0)
		return fail_seals(object, "its descriptor is not one that can be sealed",
				  error);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!(seals & wanted[i].seal))
			return modseal_fail(error, MODSEAL_E_NOT_SEALED,
					    MODSEAL_STAGE_LOAD, object,
					    "the seal %s is missing", wanted[i].name);
	return 0;
}

int modseal_memfd_require(int descriptor, uint64_t size, const char *object,
			  struct modseal_error *error)
{
	char name[64], target[sizeof(MEMFD_LINK)];
	struct statfs system;
	struct stat status;
	int result = modseal_memfd_require_seals(descriptor, object, error);

	if (result)
		return result;
	if (fstat(descriptor, &status) || fstatfs(descriptor, &system))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD,
					  errno, object,
					  "the status of its memory is unknown");
	if (status.st_nlink != 0 ||
	    (system.f_type != TMPFS_MAGIC && system.f_type != HUGETLBFS_MAGIC))
		return fail_seals(object, "its descriptor is not a memfd", error);
	if (status.st_size < 0 || (uint64_t)status.st_size != size)
		return modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD,
				    object,
				    "its memory has %jd bytes, not the %" PRIu64
				    " that were approved",
				    (intmax_t)status.st_size, size);
	/* /proc/self is the first thread's: this thread may have a table of its own */
	snprintf(name, sizeof(name), "/proc/thread-self/fd/%d", descriptor);
	if (readlink(name, target, sizeof(target)) != (ssize_t)sizeof(target) ||
	    memcmp(target, MEMFD_LINK, strlen(MEMFD_LINK)) != 0)
		return fail_seals(object,
				  "its descriptor does not look like a memfd in /proc",
				  error);
	return 0;
}
