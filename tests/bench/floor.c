/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: OpenSSL alone on the same bytes, on any number of threads. */
#include "floor.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define PIECE BENCH_FLOOR_PIECE
#define TAIL  BENCH_FLOOR_TAIL

struct bench_floor {
	EVP_MD *md;
	EVP_MD_CTX *digest;
	EVP_PKEY *key; /* NULL: digests only */
	EVP_PKEY_CTX *verify;
	unsigned char piece[PIECE], tail[TAIL];
};

static X509 *read_certificate(const char *path)
{
	BIO *file = BIO_new_file(path, "rb");
	X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

	if (file && !certificate && BIO_reset(file) == 0)
		certificate = d2i_X509_bio(file, NULL);
	BIO_free(file);
	return certificate;
}

static bool take_key(struct bench_floor *floor, const char *path)
{
	X509 *certificate = read_certificate(path);

	floor->key = certificate ? X509_get_pubkey(certificate) : NULL;
	X509_free(certificate);
	floor->verify = floor->key ? EVP_PKEY_CTX_new(floor->key, NULL) : NULL;
	return floor->verify && EVP_PKEY_verify_init(floor->verify) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(floor->verify, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(floor->verify, floor->md) == 1;
}

struct bench_floor *bench_floor_new(const char *certificate)
{
	struct bench_floor *floor = calloc(1, sizeof(*floor));

	if (!floor)
		return NULL;
	floor->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	floor->digest = EVP_MD_CTX_new();
	/* with the algorithm's own memory made once, too */
	if (floor->md && floor->digest &&
	    EVP_DigestInit_ex(floor->digest, floor->md, NULL) == 1 &&
	    (!certificate || take_key(floor, certificate)))
		return floor;
	bench_floor_free(floor);
	return NULL;
}

void bench_floor_free(struct bench_floor *floor)
{
	EVP_PKEY_CTX_free(floor->verify);
	EVP_PKEY_free(floor->key);
	EVP_MD_CTX_free(floor->digest);
	EVP_MD_free(floor->md);
	free(floor);
}

size_t bench_floor_content(const struct bench_floor *floor, const unsigned char *end,
			   size_t size)
{
	const unsigned char *trailer = end - 32;
	size_t cms;

	if (!floor->key)
		return size;
	if (size < 40)
		return 0;
	cms = (size_t)trailer[0] << 24 | (size_t)trailer[1] << 16 |
	      (size_t)trailer[2] << 8 | trailer[3];
	return cms + 40 < size && cms < TAIL - 40 ? size - 40 - cms : 0;
}

int bench_floor_begin(struct bench_floor *floor)
{
	return EVP_DigestInit_ex(floor->digest, NULL, NULL) == 1 ? 0 : -1;
}

int bench_floor_add(struct bench_floor *floor, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(floor->digest, bytes, size) == 1 ? 0 : -1;
}

int bench_floor_end(struct bench_floor *floor, const unsigned char *end)
{
	unsigned char digest[32];
	size_t length;

	if (EVP_DigestFinal_ex(floor->digest, digest, NULL) != 1)
		return -1;
	if (!floor->key)
		return 0;
	/* the signature is the last field of the last SignerInfo */
	length = (size_t)EVP_PKEY_get_size(floor->key);
	return EVP_PKEY_verify(floor->verify, end - 40 - length, length, digest,
			       sizeof(digest)) == 1
		       ? 0
		       : -1;
}

static int read_and_check(struct bench_floor *floor, int fd, size_t size)
{
	const unsigned char *end = NULL;
	size_t content;

	/* with its signature a small file is read at once, with its tail */
	if (floor->key && size <= PIECE) {
		if (pread(fd, floor->piece, size, 0) != (ssize_t)size)
			return -1;
		end = floor->piece + size;
	} else if (floor->key) {
		if (pread(fd, floor->tail, TAIL, (off_t)(size - TAIL)) != TAIL)
			return -1;
		end = floor->tail + TAIL;
	}
	content = bench_floor_content(floor, end, size);
	if ((floor->key && content == 0) || bench_floor_begin(floor))
		return -1;
	for (size_t done = 0; done < content;) {
		size_t wanted = content - done < PIECE ? content - done : PIECE;

		if (!(end && size <= PIECE) &&
		    pread(fd, floor->piece, wanted, (off_t)done) != (ssize_t)wanted)
			return -1;
		if (bench_floor_add(floor, floor->piece, wanted))
			return -1;
		done += wanted;
	}
	return bench_floor_end(floor, end);
}

int bench_floor_file(struct bench_floor *floor, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = -1;
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0)
		result = read_and_check(floor, fd, (size_t)status.st_size);
	if (fd >= 0)
		close(fd);
	return result;
}

/* ---- many files, on several threads --------------------------------------------------
 */

struct file {
	char *path;
	off_t size;
};

struct crew {
	struct file *files;
	size_t count;
	atomic_size_t next;
	atomic_int failed;
	struct bench_floor *floors[BENCH_MAX_THREADS];
	atomic_size_t members;
};

static int larger_first(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return x->size < y->size ? 1 : x->size > y->size ? -1 : 0;
}

/* Each takes the largest file that nobody has taken. */
static void *work(void *argument)
{
	struct crew *crew = argument;
	struct bench_floor *floor = crew->floors[atomic_fetch_add(&crew->members, 1)];
	size_t i;

	while ((i = atomic_fetch_add(&crew->next, 1)) < crew->count)
		if (bench_floor_file(floor, crew->files[i].path) != 0)
			atomic_store(&crew->failed, 1);
	return NULL;
}

static double run_crew(struct crew *crew, size_t threads)
{
	pthread_t others[BENCH_MAX_THREADS];
	double start = bench_now();
	size_t begun = 0;

	while (begun + 1 < threads &&
	       pthread_create(&others[begun], NULL, work, crew) == 0)
		bench_put_elsewhere(others[begun++]);
	work(crew);
	for (size_t i = 0; i < begun; i++)
		pthread_join(others[i], NULL);
	return bench_now() - start;
}

int bench_digest(char **arguments)
{
	static char *paths[BENCH_MAX_FILES];
	static struct file files[BENCH_MAX_FILES];
	size_t threads = strtoul(arguments[0], NULL, 10);
	struct crew crew = {.files = files, .count = bench_read_list(paths)};
	struct stat status;
	double us;

	if (threads == 0 || threads > BENCH_MAX_THREADS || crew.count == 0)
		return 2;
	for (size_t i = 0; i < crew.count; i++) {
		files[i].path = paths[i];
		files[i].size = stat(paths[i], &status) == 0 ? status.st_size : 0;
	}
	if (threads > 1)
		qsort(files, crew.count, sizeof(*files), larger_first);
	for (size_t i = 0; i < threads; i++)
		if (!(crew.floors[i] = bench_floor_new(arguments[1])))
			return 1;
	us = run_crew(&crew, threads);
	if (atomic_load(&crew.failed)) {
		fprintf(stderr, "a digest failed, or a signature is wrong\n");
		return 1;
	}
	printf("us %.2f\n", us);
	for (size_t i = 0; i < threads; i++)
		bench_floor_free(crew.floors[i]);
	return 0;
}
