/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing while calls fail: whatever is answered, the file is the exact input or well
 * signed, and nothing is left beside it.
 */
#ifndef MODSEAL_TEST_FAULT_SIGNING_H
#define MODSEAL_TEST_FAULT_SIGNING_H

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modseal-inspect.h"
#include "modseal-sign.h"

/* A folder of this process with a copy of a file in it; calls made for it do not count.
 */
struct fault_place {
	char folder[PATH_MAX];
	char file[PATH_MAX + 8];
	uint64_t *ways;
	long countdown;
};

static size_t fault_read(const char *path, char *bytes, size_t size)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = read(descriptor, bytes, size);

	close(descriptor);
	if (got < 0)
		abort();
	return (size_t)got;
}

static void fault_place_begin(struct fault_place *place, const char *input)
{
	static char bytes[1 << 20];
	size_t size;
	int descriptor;

	place->ways = ways;
	place->countdown = countdown;
	ways = NULL;
	countdown = -1;
	snprintf(place->folder, sizeof(place->folder), "%s.%d", input, getpid());
	snprintf(place->file, sizeof(place->file), "%s/file", place->folder);
	size = fault_read(input, bytes, sizeof(bytes));
	if (mkdir(place->folder, 0755))
		abort();
	descriptor = open(place->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (write(descriptor, bytes, size) != (ssize_t)size)
		abort();
	close(descriptor);
	ways = place->ways;
	countdown = place->countdown;
}

static bool fault_is_signed(const char *certificate, const char *file)
{
	struct modseal_trust_options options = {.version = MODSEAL_TRUST_OPTIONS_VERSION,
						.certificate_path = certificate};
	struct modseal_trust *trust = NULL;
	struct modseal_verdict *verdict = NULL;
	bool good = modseal_trust_open(&options, &trust, NULL) == 0 &&
		    modseal_trust_check(trust, file, &verdict, NULL) == 0;

	modseal_verdict_free(&verdict);
	modseal_trust_free(&trust);
	return good;
}

/* Ends the process where the file is neither, or where it is not what was answered. */
static void fault_place_end(struct fault_place *place, const char *input,
			    const char *certificate, int result)
{
	static char before[1 << 20], after[1 << 20];
	size_t size, files = 0;
	struct dirent *entry;
	bool same;
	DIR *folder;

	ways = NULL;
	countdown = -1;
	again = false;
	size = fault_read(input, before, sizeof(before));
	same = fault_read(place->file, after, sizeof(after)) == size &&
	       memcmp(before, after, size) == 0;
	if ((same && result == 0) ||
	    (!same && !fault_is_signed(certificate, place->file)))
		abort();
	folder = opendir(place->folder);
	while ((entry = readdir(folder))) {
		char path[2 * PATH_MAX];

		if (entry->d_name[0] == '.' && entry->d_name[1] != 'm')
			continue;
		files++;
		snprintf(path, sizeof(path), "%s/%s", place->folder, entry->d_name);
		unlink(path);
	}
	closedir(folder);
	rmdir(place->folder);
	/* what cannot be removed is found there */
	if (files != 1 &&
	    strcmp(failed_name < 0 ? "" : names[failed_name], "unlinkat") != 0)
		abort();
}

/* Failures that need not stop it: the status of the key's files, which are only looked at
 * to spare them, locks on file systems that have none, removing the old file, the type of
 * a file system, without which each file is synced by itself, and the page by which a
 * forked process is told. */
static bool fault_is_tolerated(const char *name)
{
	return strcmp(name, "stat") == 0 || strcmp(name, "fstatfs") == 0 ||
	       strcmp(name, "flock") == 0 || strcmp(name, "unlinkat") == 0 ||
	       strcmp(name, "madvise") == 0;
}

/* fault sign KEY CERTIFICATE FILE */
static int run_sign(char **argv)
{
	struct modseal_sign_options options = {.version = MODSEAL_SIGN_OPTIONS_VERSION,
					       .key_path = argv[2],
					       .certificate_path = argv[3]};
	struct modseal_signing_key *key = NULL;
	struct fault_place place;
	int result;

	fault_place_begin(&place, argv[4]);
	result = modseal_signing_key_open(&options, &key, &error);
	if (result == 0)
		result = modseal_sign_file(key, place.file, 0, NULL, &error);
	fault_place_end(&place, argv[4], argv[3], result);
	modseal_signing_key_free(&key);
	return result;
}

static void fault_done(void *argument, const struct modseal_outcome *outcome)
{
	int *code = argument;

	*code = outcome->code;
	if (outcome->error)
		error = *outcome->error;
}

/* fault batch KEY CERTIFICATE FILE: with the digests for a report */
static int run_batch(char **argv)
{
	struct modseal_sign_options options = {.version = MODSEAL_SIGN_OPTIONS_VERSION,
					       .key_path = argv[2],
					       .certificate_path = argv[3]};
	struct modseal_batch_options batch_options = {
		.version = MODSEAL_BATCH_OPTIONS_VERSION, .digests = 1};
	struct modseal_signing_key *key = NULL;
	struct modseal_batch *batch = NULL;
	struct fault_place place;
	int result;

	fault_place_begin(&place, argv[4]);
	result = modseal_signing_key_open(&options, &key, &error);
	if (result == 0)
		result = modseal_batch_new(key, &batch_options, &batch, &error);
	if (result == 0)
		result =
			modseal_batch_add(batch, place.file, NULL, 0, NULL, NULL, &error);
	if (result == 0)
		modseal_batch_commit(batch, fault_done, &result);
	modseal_batch_free(&batch);
	fault_place_end(&place, argv[4], argv[3], result);
	modseal_signing_key_free(&key);
	return result;
}

/* fault attach CERTIFICATE FILE SIGNATURE */
static int run_attach(char **argv)
{
	struct modseal_sign_options options = {.version = MODSEAL_SIGN_OPTIONS_VERSION,
					       .certificate_path = argv[2]};
	struct modseal_signing_key *key = NULL;
	struct modseal_attachment *attachment = NULL;
	static char signature[4096];
	struct fault_place place;
	size_t size;
	int result, added = 0;

	fault_place_begin(&place, argv[3]);
	ways = NULL;
	countdown = -1;
	size = fault_read(argv[4], signature, sizeof(signature));
	ways = place.ways;
	countdown = place.countdown;
	result = modseal_signing_key_open(&options, &key, &error);
	if (result == 0)
		result = modseal_attachment_new(key, 0, &attachment, &error);
	if (result == 0)
		result = modseal_attachment_add(attachment, place.file, NULL, signature,
						size, &added, &error);
	if (result == 0)
		result = modseal_attachment_commit(attachment, &error);
	modseal_attachment_free(&attachment);
	fault_place_end(&place, argv[3], argv[2], result);
	modseal_signing_key_free(&key);
	return result;
}

#endif
