/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What signing many files costs at least: each read, SHA-256 taken, the private-key
 * operation done, the file written anew beside itself with what modseal would append, and
 * renamed; all synced once before the renames and once after.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

/* As long as an appended signature by P-256 is, or by RSA less its signature. */
#define TAIL_SIZE 240

struct signing {
	EVP_PKEY *key;
	EVP_PKEY_CTX *context;
	EVP_MD *md;
	EVP_MD_CTX *digest;
	unsigned char *buffer;
	size_t room;
};

static int begin(struct signing *signing, const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -1;
	signing->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	signing->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	signing->digest = EVP_MD_CTX_new();
	signing->context = signing->key ? EVP_PKEY_CTX_new(signing->key, NULL) : NULL;
	return signing->context && signing->md && signing->digest &&
			       EVP_PKEY_sign_init(signing->context) == 1 &&
			       EVP_PKEY_CTX_set_signature_md(signing->context,
							     signing->md) == 1
		       ? 0
		       : -1;
}

static void end(struct signing *signing)
{
	EVP_PKEY_CTX_free(signing->context);
	EVP_PKEY_free(signing->key);
	EVP_MD_CTX_free(signing->digest);
	EVP_MD_free(signing->md);
	free(signing->buffer);
}

static int write_beside(const struct signing *signing, const char *path, mode_t mode,
			size_t size)
{
	char beside[4200];
	int fd, good;

	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	good = fd >= 0 && write(fd, signing->buffer, size) == (ssize_t)size;
	if (fd >= 0)
		close(fd);
	return good ? 0 : -1;
}

static int sign_one(struct signing *signing, const char *path)
{
	unsigned char digest[32], signature[1024];
	size_t size, length = sizeof(signature);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	size = (size_t)status.st_size;
	if (size + TAIL_SIZE + sizeof(signature) > signing->room) {
		free(signing->buffer);
		signing->room = size + TAIL_SIZE + sizeof(signature);
		signing->buffer = calloc(1, signing->room);
	}
	if (!signing->buffer || pread(fd, signing->buffer, size, 0) != (ssize_t)size)
		return -1;
	close(fd);
	if (EVP_DigestInit_ex(signing->digest, signing->md, NULL) != 1 ||
	    EVP_DigestUpdate(signing->digest, signing->buffer, size) != 1 ||
	    EVP_DigestFinal_ex(signing->digest, digest, NULL) != 1 ||
	    EVP_PKEY_sign(signing->context, signature, &length, digest, sizeof(digest)) !=
		    1)
		return -1;
	memcpy(signing->buffer + size, signature, length);
	memset(signing->buffer + size + length, 0, TAIL_SIZE);
	return write_beside(signing, path, status.st_mode & 07777,
			    size + length + TAIL_SIZE);
}

static int sync_and_rename(char **files, size_t count)
{
	int directory = open(files[0], O_RDONLY | O_CLOEXEC);
	int good = directory >= 0 && syncfs(directory) == 0;

	for (size_t i = 0; good && i < count; i++) {
		char beside[4200];

		snprintf(beside, sizeof(beside), "%s.new", files[i]);
		good = rename(beside, files[i]) == 0;
	}
	good = good && syncfs(directory) == 0;
	if (directory >= 0)
		close(directory);
	return good ? 0 : -1;
}

int bench_sign(char **arguments)
{
	static char *files[BENCH_MAX_FILES];
	size_t count = bench_read_list(files);
	struct signing signing = {.room = 0};
	double start = bench_now();

	if (count == 0 || begin(&signing, arguments[0]) != 0)
		return 1;
	for (size_t i = 0; i < count; i++)
		if (sign_one(&signing, files[i]) != 0)
			return 1;
	if (sync_and_rename(files, count) != 0)
		return 1;
	printf("us %.1f\n", bench_now() - start);
	end(&signing);
	return 0;
}
