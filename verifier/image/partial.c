/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a file that cannot change, read where and when they are asked for. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/image/bytes_private.h"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int modseal_bytes_begin(const struct modseal_located *located, uint64_t max_size,
			struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1, .partial = true};
	size_t size = 0, page = page_size();
	int result = modseal_bytes_check_size(located, max_size, &size, error);

	if (result)
		return result;
	bytes.source = located->descriptor;
	bytes.file_size = size;
	bytes.mapping_size = (size / page + 1) * page; /* never 0 */
	bytes.pages = calloc(bytes.mapping_size / page, 1);
	bytes.mapping = mmap(NULL, bytes.mapping_size, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!bytes.pages || bytes.mapping == MAP_FAILED) {
		bytes.mapping = bytes.mapping == MAP_FAILED ? NULL : bytes.mapping;
		modseal_bytes_free(&bytes);
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	}
	bytes.view = modseal_span_of(bytes.mapping, size);
	bytes.tail = bytes.view;
	*ret_bytes = bytes;
	return 0;
}

/* Reads whole pages, so that whatever can be looked at is the file's. */
static int fetch(struct modseal_bytes *bytes, size_t first, size_t end,
		 const char *object, struct modseal_error *error)
{
	size_t page = page_size(), offset = first * page, wanted = (end - first) * page;
	uint8_t *at = (uint8_t *)bytes->mapping + offset;
	size_t got = 0;
	int result;

	if (mprotect(at, wanted, PROT_READ | PROT_WRITE))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					  errno, object, "no memory for its bytes");
	if (wanted > bytes->view.size - offset)
		wanted = bytes->view.size - offset;
	result = modseal_bytes_read_at(bytes->source, at, wanted, offset, object, &got,
				       error);
	if (!result && got != wanted)
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES,
				      object, "it was shortened while it was read");
	bytes->fetched += got;
	if (!result && mprotect(at, (end - first) * page, PROT_READ))
		result = modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					    errno, object, "its bytes cannot be kept");
	if (!result)
		memset(bytes->pages + first, 1, end - first);
	return result;
}

int modseal_bytes_need(struct modseal_bytes *bytes, uint64_t offset, uint64_t length,
		       const char *object, struct modseal_error *error)
{
	size_t page = page_size(), first, end;
	int result = 0;

	if (!bytes->partial || offset >= bytes->view.size)
		return 0;
	if (length > bytes->view.size - offset)
		length = bytes->view.size - offset;
	if (length == 0)
		return 0;
	end = (size_t)((offset + length - 1) / page) + 1;
	for (first = (size_t)(offset / page); result == 0 && first < end;) {
		size_t missing = first;

		while (missing < end && !bytes->pages[missing])
			missing++;
		if (missing > first)
			result = fetch(bytes, first, missing, object, error);
		first = missing < end ? missing + 1 : end;
	}
	return result;
}
