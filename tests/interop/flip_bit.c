/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flip_bit content|cms|trailer DIRECTORY FILE...: copies signed files with one bit
 * flipped in the named part; which bit depends on the file's position in the list.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int flip_file(const char *part, const char *directory, const char *path,
		     unsigned number)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char target[4200];
	struct stat status;
	FILE *file = fopen(path, "rb");
	unsigned char *bytes;
	size_t size, cms, at;

	if (!file || fstat(fileno(file), &status) < 0 || status.st_size < 100)
		return 1;
	size = (size_t)status.st_size;
	bytes = malloc(size);
	if (!bytes || fread(bytes, 1, size, file) != size)
		return 1;
	fclose(file);
	cms = (size_t)bytes[size - 32] << 24 | (size_t)bytes[size - 31] << 16 |
	      (size_t)bytes[size - 30] << 8 | bytes[size - 29];
	if (cms + 40 >= size)
		return 1;
	if (strcmp(part, "content") == 0)
		at = number * 7919u % (size - 40 - cms);
	else if (strcmp(part, "cms") == 0)
		at = size - 40 - cms + number * 7919u % cms;
	else
		at = size - 40 + number % 40;
	bytes[at] ^= (unsigned char)(1u << number % 8);
	snprintf(target, sizeof(target), "%s/%05u-%s", directory, number, base);
	file = fopen(target, "wb");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
		return 1;
	free(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	for (int i = 3; i < argc; i++) {
		if (flip_file(argv[1], argv[2], argv[i], (unsigned)i) != 0) {
			fprintf(stderr, "%s: cannot be copied\n", argv[i]);
			return 1;
		}
	}
	return 0;
}
