/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the end of the content by the trailer (include/linux/module_signature.h). */
#include "verifier/run/tail.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/own.h"

/* 12 bytes, of which the last four are the size of the signature before them, big-endian;
 * then this, at the very end. */
#define MAGIC	"~Module signature appended~\n"
#define HEADER	12u
#define TRAILER (HEADER + sizeof(MAGIC) - 1)

/* 0 where it cannot be told. */
static uint64_t content_end(int file)
{
	unsigned char trailer[TRAILER];
	struct stat status;
	uint64_t size, signature = 0;

	if (fstat(file, &status) || status.st_size < 0)
		return 0;
	size = (uint64_t)status.st_size;
	if (size < TRAILER)
		return size;
	size -= TRAILER;
	if (pread(file, trailer, sizeof(trailer), (off_t)size) !=
	    (ssize_t)sizeof(trailer))
		return 0;
	if (memcmp(trailer + HEADER, MAGIC, sizeof(MAGIC) - 1) != 0)
		return size + TRAILER;
	for (unsigned i = HEADER - 4; i < HEADER; i++)
		signature = signature << 8 | trailer[i];
	return signature > size ? 0 : size - signature;
}

bool run_tail_shows(int descriptor, uint64_t offset, uint64_t length)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct stat status;
	uint64_t content;
	int file;

	if (run_own_reopen(descriptor, O_RDONLY | O_NONBLOCK | O_NOCTTY, &file) != 0)
		return true;
	content = content_end(file);
	if (fstat(file, &status))
		content = 0;
	close(file);
	if (content > 0 && content == (uint64_t)status.st_size)
		return false; /* nothing is behind it */
	if (length > UINT64_MAX - page || offset > UINT64_MAX - page - length)
		return true;
	return offset + (length + page - 1) / page * page > content;
}
