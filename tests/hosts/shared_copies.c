/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_copies ANCHOR POLICY WORD...: one context, and a line for each word.
 *
 *	context		another context of the same policy, from here on
 *	verify=ID,PATH  free=ID  load=ID  call=ID,SYMBOL  unload=ID
 *	copies		how many descriptors of sealed copies there are, of how many files
 *	steal=ID,PATH	puts another file over the descriptor of an image
 *	instead=ID,ID	puts that of the second image over that of the first
 *	drain=ID	reads from the descriptor of an image; then where that of each is
 *	write=ID	tries to write to it
 *	size=ID		how many bytes it has
 *	move=FROM,TO	renames a file
 *	touch=PATH	changes its time, and nothing else
 *	tamper=N	somebody who holds the next memory copy writes over its byte N at
 *the last moment before it is sealed
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modseal.h"

#define IDS 128

static struct modseal_error error;
static struct modseal *context;
static struct modseal_image *images[IDS];
static struct modseal_module *modules[IDS];

static off_t tampered; /* 0: nowhere */

int fcntl(int descriptor, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_ADD_SEALS && tampered) {
		if (pwrite(descriptor, "X", 1, tampered) != 1)
			abort();
		tampered = 0;
	}
	return (int)syscall(SYS_fcntl, descriptor, command, argument);
}

static void say(const char *word, int code)
{
	printf("%s: %s\n", word, modseal_code_name(code));
	fflush(stdout);
}

static void open_context(const char *anchor, const char *policy)
{
	const char *anchors[] = {anchor};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = policy,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	int code;

	modseal_free(&context); /* its images live on */
	code = modseal_open(&options, &context, &error);

	if (code) {
		printf("open: %s %s %s\n", modseal_code_name(code), error.object,
		       error.message);
		exit(1);
	}
}

static void count_copies(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	ino_t inodes[IDS];
	size_t descriptors = 0, files = 0, i;

	while ((entry = readdir(directory))) {
		char target[64] = "";
		struct stat status;

		if (readlinkat(dirfd(directory), entry->d_name, target,
			       sizeof(target) - 1) < 0 ||
		    strncmp(target, "/memfd:modseal", 14) != 0 ||
		    fstat(atoi(entry->d_name), &status))
			continue;
		descriptors++;
		for (i = 0; i < files && inodes[i] != status.st_ino; i++)
			;
		if (i == files)
			inodes[files++] = status.st_ino;
	}
	closedir(directory);
	printf("copies: %zu of %zu\n", descriptors, files);
}

static void drain(int id)
{
	char buffer[4096];

	if (read(modseal_image_descriptor(images[id]), buffer, sizeof(buffer)) < 0)
		perror("read");
	for (int i = 0; i < IDS; i++)
		if (images[i])
			printf("position %c: %ld\n", i,
			       (long)lseek(modseal_image_descriptor(images[i]), 0,
					   SEEK_CUR));
}

static void perform(const char *verb, const char *first, const char *second)
{
	int id = first[0] & (IDS - 1);
	void *address = NULL;

	if (strcmp(verb, "verify") == 0)
		say(verb, modseal_verify(context, second, &images[id], &error));
	else if (strcmp(verb, "free") == 0)
		modseal_image_free(&images[id]);
	else if (strcmp(verb, "load") == 0)
		say(verb, modseal_load(images[id], 0, &modules[id], &error));
	else if (strcmp(verb, "unload") == 0)
		say(verb, modseal_unload(&modules[id], &error));
	else if (strcmp(verb, "call") == 0 &&
		 modseal_symbol(modules[id], second, NULL, &address, &error) == 0)
		printf("call: %d\n", ((int (*)(void))address)());
	else if (strcmp(verb, "copies") == 0)
		count_copies();
	else if (strcmp(verb, "drain") == 0)
		drain(id);
	else if (strcmp(verb, "write") == 0)
		printf("write: %s\n",
		       write(modseal_image_descriptor(images[id]), "x", 1) < 0
			       ? strerror(errno)
			       : "done");
	else if (strcmp(verb, "instead") == 0)
		dup2(modseal_image_descriptor(images[second[0] & (IDS - 1)]),
		     modseal_image_descriptor(images[id]));
	else if (strcmp(verb, "steal") == 0) {
		int other = open(second, O_RDONLY | O_CLOEXEC);

		dup2(other, modseal_image_descriptor(images[id]));
		close(other);
	} else if (strcmp(verb, "move") == 0 && rename(first, second))
		perror("move");
	else if (strcmp(verb, "touch") == 0 && utimensat(AT_FDCWD, first, NULL, 0))
		perror("touch");
	else if (strcmp(verb, "size") == 0)
		printf("size: %jd\n",
		       (intmax_t)lseek(modseal_image_descriptor(images[id]), 0,
				       SEEK_END));
	else if (strcmp(verb, "tamper") == 0)
		tampered = strtoll(first, NULL, 10);
}

int main(int argc, char **argv)
{
	open_context(argv[1], argv[2]);
	for (int i = 3; i < argc; i++) {
		char *word = argv[i], *verb = strsep(&word, "=");
		char *first = word ? strsep(&word, ",") : NULL;

		if (strcmp(verb, "context") == 0)
			open_context(argv[1], argv[2]);
		else
			perform(verb, first ? first : "", word ? word : "");
	}
	return 0;
}
