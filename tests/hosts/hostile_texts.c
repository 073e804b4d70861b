/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_texts FOLDER KEY CERTIFICATE: signs every FOLDER/NAME.yaml with the key of a
 * policy signer, so that only the reader can refuse it, and opens it as a policy through
 * the public library. Prints a line for each, and tabs between what it says:
 *
 *	NAME CODE LINE COLUMN EXCERPT MESSAGE
 *
 * CODE is SLOW where it took more than 0.2 s of the processor.
 */
#include <dirent.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "modseal.h"
#include "tests/unit/slowness.h"

#define MOST_SECONDS 0.2

static EVP_PKEY *key;
static X509 *certificate;

static int sign(const char *path, const char *signature)
{
	BIO *text = BIO_new_file(path, "rb");
	BIO *out = BIO_new_file(signature, "wb");
	unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOCERTS | CMS_NOSMIMECAP;
	CMS_ContentInfo *cms =
		text ? CMS_sign(certificate, key, NULL, text, flags) : NULL;
	int done = cms && out && i2d_CMS_bio(out, cms) == 1;

	CMS_ContentInfo_free(cms);
	BIO_free(out);
	BIO_free(text);
	return done ? 0 : -1;
}

static void judge(const char *path, const char *name, const char *anchor)
{
	static struct modseal_error error;
	const char *anchors[] = {anchor};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | MODSEAL_OPEN_CHECK_ONLY,
		.policy_path = path,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;
	double start = cpu_seconds();
	int result = modseal_open(&options, &context, &error);
	double took = cpu_seconds() - start;

	if (result == 0)
		memset(&error, 0, sizeof(error));
	printf("%s\t%s\t%u\t%u\t%s\t%s\n", name,
	       took > MOST_SECONDS * time_factor() ? "SLOW" : modseal_code_name(result),
	       error.line, error.column, error.excerpt, error.message);
	modseal_free(&context);
}

static void *read_pem(const char *path, bool is_key)
{
	BIO *file = BIO_new_file(path, "rb");
	void *object = NULL;

	if (file && is_key)
		object = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
	else if (file)
		object = PEM_read_bio_X509(file, NULL, NULL, NULL);
	BIO_free(file);
	return object;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *folder;
	int status = 0;

	if (argc != 4)
		return 2;
	key = read_pem(argv[2], true);
	certificate = read_pem(argv[3], false);
	folder = opendir(argv[1]);
	while (folder && key && certificate && (entry = readdir(folder))) {
		size_t length = strlen(entry->d_name);
		char path[4096], signature[4200];

		if (length < 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		snprintf(signature, sizeof(signature), "%s.p7s", path);
		if (sign(path, signature) < 0)
			status = 3;
		else
			judge(path, entry->d_name, argv[3]);
	}
	if (folder)
		closedir(folder);
	EVP_PKEY_free(key);
	X509_free(certificate);
	return folder && key && certificate ? status : 3;
}
