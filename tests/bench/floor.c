/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: OpenSSL alone on the same bytes. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"

struct bench_floor {
	EVP_MD *md;
	EVP_MD_CTX *digest;
	EVP_PKEY *key;
	EVP_PKEY_CTX *verify;
	unsigned char *buffer;
	size_t room;
};

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2]
			 : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int bench_digest_file(const char *path)
{
	static unsigned char piece[128 * 1024];
	unsigned char digest[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	ssize_t got = -1;
	int good = fd >= 0 && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	while (good && (got = read(fd, piece, sizeof(piece))) > 0)
		good = EVP_DigestUpdate(context, piece, (size_t)got);
	good = good && got == 0 && EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	if (fd >= 0)
		close(fd);
	return good ? 0 : -1;
}

static X509 *read_certificate(const char *path)
{
	BIO *file = BIO_new_file(path, "rb");
	X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

	if (file && !certificate && BIO_reset(file) == 0)
		certificate = d2i_X509_bio(file, NULL);
	BIO_free(file);
	return certificate;
}

struct bench_floor *bench_floor_new(const char *path)
{
	struct bench_floor *floor = calloc(1, sizeof(*floor));
	X509 *certificate = read_certificate(path);

	if (!floor || !certificate)
		return NULL;
	floor->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	floor->digest = EVP_MD_CTX_new();
	floor->key = X509_get_pubkey(certificate);
	X509_free(certificate);
	floor->verify = floor->key ? EVP_PKEY_CTX_new(floor->key, NULL) : NULL;
	if (!floor->md || !floor->digest || !floor->verify ||
	    EVP_PKEY_verify_init(floor->verify) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(floor->verify, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(floor->verify, floor->md) <= 0)
		return NULL;
	return floor;
}

void bench_floor_free(struct bench_floor *floor)
{
	EVP_PKEY_CTX_free(floor->verify);
	EVP_PKEY_free(floor->key);
	EVP_MD_CTX_free(floor->digest);
	EVP_MD_free(floor->md);
	free(floor->buffer);
	free(floor);
}

int bench_floor_check(struct bench_floor *floor, const char *path)
{
	size_t signature_size = (size_t)EVP_PKEY_get_size(floor->key), size, cms;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const unsigned char *trailer;
	unsigned char digest[32];
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	size = (size_t)status.st_size;
	if (size > floor->room) {
		free(floor->buffer);
		floor->buffer = malloc(size);
		floor->room = floor->buffer ? size : 0;
	}
	if (size < 40 || !floor->buffer ||
	    pread(fd, floor->buffer, size, 0) != (ssize_t)size)
		return -1;
	close(fd);
	trailer = floor->buffer + size - 32;
	cms = (size_t)trailer[0] << 24 | (size_t)trailer[1] << 16 |
	      (size_t)trailer[2] << 8 | trailer[3];
	if (cms + 40 > size || cms < signature_size ||
	    EVP_DigestInit_ex(floor->digest, floor->md, NULL) <= 0 ||
	    EVP_DigestUpdate(floor->digest, floor->buffer, size - 40 - cms) <= 0 ||
	    EVP_DigestFinal_ex(floor->digest, digest, NULL) <= 0)
		return -1;
	/* the signature is the last field of the last SignerInfo */
	return EVP_PKEY_verify(floor->verify, floor->buffer + size - 40 - signature_size,
			       signature_size, digest, sizeof(digest)) == 1
		       ? 0
		       : -1;
}
