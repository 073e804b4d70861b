/* SPDX-License-Identifier: Apache-2.0 */
/* Maps the file of an approved object, and reads memory without risking a signal. */
#include "verifier/process/reference.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal/span.h"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(uint64_t size)
{
	return ((size_t)size + page_size() - 1) & ~(page_size() - 1);
}

int modseal_reference_open(struct modseal_object *object, enum modseal_stage stage,
			   struct modseal_reference *ret_reference,
			   struct modseal_error *error)
{
	void *grown;

	if (object->stale || object->file_size == 0 || object->file_size > SIZE_MAX / 2)
		return modseal_fail(error, MODSEAL_E_SYSTEM, stage, object->path,
				    "the bytes it was approved with are not known");
	/* a mapping of a file that grows shows more of that file (mremap(2)) */
	grown = mremap((void *)object->page, page_size(), whole_pages(object->file_size),
		       MREMAP_MAYMOVE);
	if (grown == MAP_FAILED)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, stage, errno,
					  object->path,
					  "its approved bytes cannot be mapped");
	object->page = grown;
	*ret_reference =
		(struct modseal_reference){object, (uintptr_t)grown, object->file_size};
	return 0;
}

void modseal_reference_close(struct modseal_reference *reference)
{
	size_t size = whole_pages(reference->size);

	/* shrinks in place; the page itself stays the object's */
	if (reference->object && size > page_size())
		munmap((void *)(reference->start + page_size()), size - page_size());
	*reference = (struct modseal_reference){0};
}

int modseal_memory_copy(uintptr_t from, void *to, size_t size)
{
	struct iovec there = {(void *)from, size}, here = {to, size};
	ssize_t got;

	if (size == 0)
		return 0;
	got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	if (got == (ssize_t)size)
		return 0;
	if (got >= 0)
		return EFAULT;
	/* a filter of system calls, or an emulator: the caller knows what is mapped */
	if (errno != ENOSYS && errno != EPERM)
		return errno;
	memcpy(to, (const void *)from, size);
	return 0;
}

int modseal_reference_copy(const struct modseal_reference *reference, uint64_t offset,
			   void *to, size_t size)
{
	if (!modseal_range_fits(whole_pages(reference->size), offset, size))
		return EFAULT;
	return modseal_memory_copy(reference->start + (uintptr_t)offset, to, size);
}
