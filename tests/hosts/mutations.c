/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutations POLICY ANCHOR LIBRARY FILE: flips each bit of FILE (the library, or what lies
 * beside it), cuts it at each length, from both ends, and puts each byte behind it and in
 * front; each time the policy decides about the library, as a whole, anew. Prints how
 * often it accepted, and every code it refused with.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modseal.h"

static struct modseal *context;
static const char *library;
static int descriptor;
static unsigned long tried, accepted;
static unsigned long codes[256];

static int decide(void)
{
	static struct modseal_error error;
	struct modseal_verdict *verdict = NULL;
	int code =
		modseal_check(context, library, MODSEAL_KIND_BY_RULE, &verdict, &error);

	modseal_verdict_free(&verdict);
	return code;
}

static void judge(const char *what, size_t at)
{
	int code = decide();

	tried++;
	codes[-code & 0xff]++;
	if (code != MODSEAL_OK)
		return;
	accepted++;
	printf("accepted: %s %zu\n", what, at);
}

static void put(const uint8_t *bytes, size_t size, off_t at)
{
	if (pwrite(descriptor, bytes, size, at) != (ssize_t)size) {
		perror("pwrite");
		exit(2);
	}
}

static void put_all(const uint8_t *bytes, size_t size)
{
	if (ftruncate(descriptor, (off_t)size)) {
		perror("ftruncate");
		exit(2);
	}
	put(bytes, size, 0);
}

static void mutate(const uint8_t *bytes, uint8_t *work, size_t size)
{
	for (size_t bit = 0; bit < 8 * size; bit++) {
		uint8_t byte = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);

		put(&byte, 1, (off_t)(bit / 8));
		judge("bit", bit);
		put(bytes + bit / 8, 1, (off_t)(bit / 8));
	}
	for (size_t length = 0; length < size; length++) {
		put_all(bytes, length);
		judge("cut at", length);
		put_all(bytes + size - length, length);
		judge("the last", length);
	}
	for (size_t byte = 0; byte < 256; byte++) {
		memcpy(work, bytes, size);
		work[size] = (uint8_t)byte;
		put_all(work, size + 1);
		judge("behind it", byte);
		memcpy(work + 1, bytes, size);
		work[0] = (uint8_t)byte;
		put_all(work, size + 1);
		judge("in front", byte);
	}
	put_all(bytes, size);
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED,
	};
	const char *anchors[1];
	uint8_t *bytes, *work;
	struct stat status;
	int good;

	if (argc != 5)
		return 2;
	options.policy_path = argv[1];
	anchors[0] = argv[2];
	options.anchor_paths = anchors;
	options.anchor_path_count = 1;
	library = argv[3];
	descriptor = open(argv[4], O_RDWR | O_CLOEXEC);
	if (descriptor < 0 || fstat(descriptor, &status) < 0 ||
	    modseal_open(&options, &context, &error) != MODSEAL_OK) {
		fprintf(stderr, "%s\n", error.message);
		return 2;
	}
	bytes = malloc((size_t)status.st_size + 1);
	work = malloc((size_t)status.st_size + 1);
	if (!bytes || !work ||
	    read(descriptor, bytes, (size_t)status.st_size) != status.st_size)
		return 2;
	good = decide() == MODSEAL_OK;
	mutate(bytes, work, (size_t)status.st_size);
	good = good && decide() == MODSEAL_OK;
	printf("%lu tried, %lu accepted; as it is: %s;", tried, accepted,
	       good ? "accepted" : "refused");
	for (int code = 1; code < 256; code++)
		if (codes[code])
			printf(" %s %lu", modseal_code_name(-code), codes[code]);
	putchar('\n');
	free(bytes);
	free(work);
	modseal_free(&context);
	close(descriptor);
	return !good || accepted > 0 || codes[-MODSEAL_E_INTERNAL & 0xff] > 0;
}
