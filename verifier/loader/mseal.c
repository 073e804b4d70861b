/* SPDX-License-Identifier: Apache-2.0 */
/* Seals the segments of loaded objects by mseal(2). */
#include "verifier/loader/mseal.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same number on every architecture that Linux 6.10 has in common with glibc 2.36,
 * whose headers do not know it yet (include/uapi/asm-generic/unistd.h of the kernel). */
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

int modseal_mseal_require(const char *path, struct modseal_error *error)
{
	int code;

	/* no bytes at all: accepted, and without effect (mm/mseal.c) */
	if (syscall(SYS_mseal, 0ul, 0ul, 0ul) == 0)
		return 0;
	code = modseal_fail_errno(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_LOAD, errno,
				  path, "its memory cannot be sealed here");
	modseal_remedy(error,
		       "use Linux 6.10 or newer (64 bits) and a system-call filter "
		       "that allows mseal, or load without "
		       "MODSEAL_LOAD_SEAL_MEMORY");
	return code;
}

static int seal_object(const struct modseal_object *object, struct modseal_error *error)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < object->segment_count; i++) {
		const struct modseal_segment *segment = &object->segments[i];
		uintptr_t start = segment->start & ~(page - 1);
		uintptr_t end = (segment->end + page - 1) & ~(page - 1);

		if (syscall(SYS_mseal, start, end - start, 0ul))
			return modseal_fail_errno(error, MODSEAL_E_SYSTEM,
						  MODSEAL_STAGE_LOAD, errno, object->path,
						  "its memory cannot be sealed");
	}
	return 0;
}

int modseal_mseal_module(const struct modseal_module *module, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; !result && i < module->object_count; i++)
		if (module->objects[i]->origin == MODSEAL_ORIGIN_LOADED)
			result = seal_object(module->objects[i], error);
	return result;
}
