/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files and pipes. A pipe that nobody writes to would be waited for until morning.
 */
#include "verifier/tool/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes nothing out of it: tee(2) gives 0 only where there is neither a byte nor anybody
 * to write one. */
static bool has_writer(int descriptor)
{
	int ends[2];
	bool has;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return true;
	has = tee(descriptor, ends[1], 1, SPLICE_F_NONBLOCK) != 0;
	close(ends[0]);
	close(ends[1]);
	return has;
}

int input_open(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct pollfd bytes = {.fd = descriptor, .events = POLLIN};
	struct stat status;
	int flags, number = 0;

	if (descriptor < 0)
		return -1;
	flags = fcntl(descriptor, F_GETFL);
	if (flags < 0 || fstat(descriptor, &status) < 0)
		number = errno;
	else if (S_ISFIFO(status.st_mode) && poll(&bytes, 1, INPUT_PIPE_WAIT_MS) == 0 &&
		 !has_writer(descriptor))
		number = ENXIO;
	else if (fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) < 0)
		number = errno;
	if (number == 0)
		return descriptor;
	close(descriptor);
	errno = number;
	return -1;
}

FILE *input_stream(const char *path)
{
	int descriptor = input_open(path), number;
	FILE *stream = descriptor < 0 ? NULL : fdopen(descriptor, "r");

	if (descriptor >= 0 && !stream) {
		number = errno;
		close(descriptor);
		errno = number;
	}
	return stream;
}
