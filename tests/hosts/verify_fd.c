/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_fd POLICY ANCHOR HOW FILE PATH [SYMBOL]: verifies PATH by a descriptor of FILE,
 * and prints code, stage and message; with SYMBOL loads it and prints what that function
 * gives. HOW: read, both, path, write, directory, pipe, memfd, closed (its number is the
 * next that is given out), moved (FILE is renamed away and its bytes copied back, once it
 * is open), changed (a byte of it is written over then), only-checking, in-root and
 * load-in-root (the context is of the root `/`, the one only checks, the other does not).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modseal.h"

static int copy_bytes(const char *from, int to)
{
	char buffer[4096];
	int source = open(from, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	while ((got = read(source, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)got) != got)
			return -1;
	close(source);
	return got == 0 ? to : -1;
}

static int moved(const char *file)
{
	int descriptor = open(file, O_RDONLY | O_CLOEXEC), copy;
	char other[4096];

	snprintf(other, sizeof(other), "%s.moved", file);
	if (descriptor < 0 || rename(file, other) != 0)
		return -1;
	copy = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (copy_bytes(other, copy) < 0)
		return -1;
	close(copy);
	return descriptor;
}

/* By a descriptor of its own: on an overlay that copies the file up. */
static int change(const char *file)
{
	int descriptor = open(file, O_WRONLY | O_CLOEXEC);
	int written = pwrite(descriptor, "X", 1, 700) == 1;

	close(descriptor);
	return written;
}

static int open_as(const char *how, const char *file)
{
	int ends[2];

	if (strcmp(how, "both") == 0)
		return open(file, O_RDWR | O_CLOEXEC);
	if (strcmp(how, "path") == 0)
		return open(file, O_PATH | O_CLOEXEC);
	if (strcmp(how, "write") == 0)
		return open(file, O_WRONLY | O_CLOEXEC);
	if (strcmp(how, "directory") == 0)
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (strcmp(how, "pipe") == 0)
		return pipe2(ends, O_CLOEXEC) == 0 ? ends[0] : -1;
	if (strcmp(how, "memfd") == 0)
		return copy_bytes(file, memfd_create("copy", MFD_CLOEXEC));
	if (strcmp(how, "moved") == 0)
		return moved(file);
	ends[0] = open(file, O_RDONLY | O_CLOEXEC);
	if (strcmp(how, "closed") == 0)
		close(ends[0]);
	if (strcmp(how, "changed") == 0 && !change(file))
		return -1;
	return ends[0];
}

static int call(struct modseal_image *image, const char *symbol)
{
	static struct modseal_error error;
	struct modseal_module *module;
	int (*function)(void);
	void *address;

	if (modseal_load(image, 0, &module, &error) != 0 ||
	    modseal_symbol(module, symbol, NULL, &address, &error) != 0) {
		puts(error.message);
		return 1;
	}
	memcpy(&function, &address, sizeof(function));
	printf("%s: %d\n", symbol, function());
	return modseal_unload(&module, &error) != 0;
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION,
					  .flags = MODSEAL_OPEN_CALLER_OWNED};
	const char *anchors[1];
	struct modseal *context;
	struct modseal_image *image = NULL;
	int descriptor, result;

	if (argc < 6)
		return 2;
	anchors[0] = argv[2];
	options.policy_path = argv[1];
	options.anchor_paths = anchors;
	options.anchor_path_count = 1;
	if (strcmp(argv[3], "only-checking") == 0 || strcmp(argv[3], "in-root") == 0)
		options.flags |= MODSEAL_OPEN_CHECK_ONLY;
	if (strcmp(argv[3], "in-root") == 0 || strcmp(argv[3], "load-in-root") == 0)
		options.root_directory = "/";
	result = modseal_open(&options, &context, &error);
	if (result != 0) {
		printf("%s %s %s\n", modseal_code_name(result),
		       modseal_stage_name(error.stage), error.message);
		return 3;
	}
	descriptor = open_as(argv[3], argv[4]);
	result = modseal_verify_fd(context, descriptor, argv[5], &image, &error);
	printf("%s %s %s\n", modseal_code_name(result), modseal_stage_name(error.stage),
	       error.message);
	/* it stays the caller's */
	if (strcmp(argv[3], "closed") != 0 && fcntl(descriptor, F_GETFD) < 0)
		result = MODSEAL_E_INTERNAL;
	if (result == 0 && argc > 6)
		result = call(image, argv[6]);
	modseal_image_free(&image);
	modseal_free(&context);
	return result != 0;
}
