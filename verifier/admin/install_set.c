/* SPDX-License-Identifier: Apache-2.0 */
/* A set of files to be installed: gathered in memory, written as one directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/admin/install_set.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int modseal_fail_install(struct modseal_error *error, int errnum, const char *object,
			 const char *what)
{
	bool full = errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG;
	bool closed = errnum == EACCES || errnum == EPERM || errnum == EROFS;
	int code = full	    ? MODSEAL_E_RESOURCE
		   : closed ? MODSEAL_E_NOT_WRITABLE
			    : MODSEAL_E_SYSTEM;
	int result = modseal_fail_errno(error, code, MODSEAL_STAGE_POLICY, errnum, object,
					"%s", what);

	if (full)
		modseal_remedy(error, "make room on its file system, and install again");
	if (closed)
		modseal_remedy(error, "install as root, on a file system that can be "
				      "written");
	return result;
}

/* ---- gathering ------------------------------------------------------------------- */

static int keep(struct modseal_set *set, const char *name, struct modseal_span bytes,
		struct modseal_error *error)
{
	struct modseal_set_file *files =
		reallocarray(set->files, set->count + 1, sizeof(*files));
	struct modseal_set_file file = {.size = bytes.size};

	if (!files)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	set->files = files;
	file.name = strdup(name);
	file.data = malloc(bytes.size + 1);
	if (!file.name || !file.data) {
		free(file.name);
		free(file.data);
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	}
	if (bytes.size)
		memcpy(file.data, bytes.data, bytes.size);
	files[set->count++] = file;
	return 0;
}

static const struct modseal_set_file *find(const struct modseal_set *set,
					   const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->files[i].name, name) == 0)
			return &set->files[i];
	return NULL;
}

int modseal_set_add(struct modseal_set *set, const char *name, struct modseal_span bytes,
		    struct modseal_error *error)
{
	const struct modseal_set_file *present = find(set, name);

	if (name[0] == '/' || strcmp(name, MODSEAL_SET_POLICY) == 0 ||
	    strcmp(name, MODSEAL_SET_SIGNATURE) == 0) {
		modseal_fail(error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY, name,
			     name[0] == '/'
				     ? "the policy names it by an absolute path, so it"
				       " would not be switched with the policy"
				     : "the policy names a file as itself is called where"
				       " it is installed");
		modseal_remedy(error, "give it a name of its own beside the policy, and"
				      " sign the policy again");
		return MODSEAL_E_POLICY_INVALID;
	}
	if (!present)
		return keep(set, name, bytes, error);
	if (modseal_span_equal(modseal_span_of(present->data, present->size), bytes))
		return 0;
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_POLICY, name, NULL);
}

int modseal_set_add_policy(struct modseal_set *set, struct modseal_span text,
			   struct modseal_span signature, struct modseal_error *error)
{
	int result = keep(set, MODSEAL_SET_POLICY, text, error);

	return result < 0 ? result : keep(set, MODSEAL_SET_SIGNATURE, signature, error);
}

void modseal_set_clear(struct modseal_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->files[i].name);
		free(set->files[i].data);
	}
	free(set->files);
	memset(set, 0, sizeof(*set));
}

/* ---- its name -------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct modseal_set_file *first = a, *second = b;

	return strcmp(first->name, second->name);
}

static void put_hex(char *text, const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; i < MODSEAL_SHA256_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* The digest of a list as sha256sum(1) prints it: no name holds a line feed. */
int modseal_set_name(struct modseal_set *set, const struct modseal_crypto *crypto,
		     char ret_name[MODSEAL_SET_NAME_SIZE], struct modseal_error *error)
{
	size_t size = 1, used = 0;
	uint8_t digest[MODSEAL_SHA256_SIZE];
	char *list;
	int result = 0;

	qsort(set->files, set->count, sizeof(set->files[0]), by_name);
	for (size_t i = 0; i < set->count; i++)
		size += MODSEAL_SET_NAME_SIZE + strlen(set->files[i].name) + 3;
	list = calloc(1, size);
	if (!list)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; result == 0 && i < set->count; i++) {
		const struct modseal_set_file *file = &set->files[i];

		result = modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
					       modseal_span_of(file->data, file->size),
					       digest, error);
		if (result == 0) {
			put_hex(list + used, digest);
			used += MODSEAL_SET_NAME_SIZE - 1;
			used += (size_t)snprintf(list + used, size - used, "  %s\n",
						 file->name);
		}
	}
	if (result == 0)
		result =
			modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
					      modseal_span_of(list, used), digest, error);
	free(list);
	if (result == 0)
		put_hex(ret_name, digest);
	return result;
}

/* ---- as a directory -------------------------------------------------------------- */

static int write_all(int descriptor, const struct modseal_set_file *file)
{
	size_t done = 0;

	while (done < file->size) {
		ssize_t written = write(descriptor, file->data + done, file->size - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		done += (size_t)written;
	}
	/* whatever the umask is: those who verify are not only root */
	return fchmod(descriptor, 0644) || fsync(descriptor) ? errno : 0;
}

/* A new directory, or the one that an earlier file of the set made. */
static int enter(int parent, const char *name, int *ret_directory)
{
	if (mkdirat(parent, name, 0755) && errno != EEXIST)
		return errno;
	*ret_directory = openat(parent, name, DIRECTORY_FLAGS);
	if (*ret_directory < 0)
		return errno;
	if (fchmod(*ret_directory, 0755)) {
		int errnum = errno;

		close(*ret_directory);
		return errnum;
	}
	return 0;
}

static int write_file(int directory, const struct modseal_set_file *file)
{
	int descriptor =
		openat(directory, file->name,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int errnum;

	if (descriptor < 0)
		return errno;
	errnum = write_all(descriptor, file);
	close(descriptor);
	return errnum;
}

/* Makes the directories in front of a name, then the file, and syncs on the way back. */
static int write_below(int directory, struct modseal_set_file file)
{
	char *slash = strchr(file.name, '/');
	int below = -1, errnum;

	if (!slash) {
		errnum = write_file(directory, &file);
	} else {
		*slash = '\0';
		errnum = enter(directory, file.name, &below);
		*slash = '/';
		file.name = slash + 1;
		if (errnum)
			return errnum;
		errnum = write_below(below, file);
		close(below);
	}
	if (!errnum && fsync(directory))
		errnum = errno;
	return errnum;
}

int modseal_set_write(const struct modseal_set *set, int parent, const char *name,
		      struct modseal_error *error)
{
	int directory = -1, errnum = enter(parent, name, &directory), result = 0;

	if (errnum)
		return modseal_fail_install(error, errnum, name,
					    "the directory cannot be made");
	for (size_t i = 0; result == 0 && i < set->count; i++) {
		errnum = write_below(directory, set->files[i]);
		if (errnum)
			result =
				modseal_fail_install(error, errnum, set->files[i].name,
						     "it cannot be written into the set");
	}
	close(directory);
	return result;
}

static bool file_is_at(int directory, const struct modseal_set_file *file)
{
	int descriptor = openat(directory, file->name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t piece[4096];
	size_t done = 0;
	ssize_t got = 0;
	bool same = descriptor >= 0;

	while (same && (got = read(descriptor, piece, sizeof(piece))) > 0) {
		same = (size_t)got <= file->size - done &&
		       memcmp(piece, file->data + done, (size_t)got) == 0;
		done += (size_t)got;
	}
	if (descriptor >= 0)
		close(descriptor);
	return same && got == 0 && done == file->size;
}

bool modseal_set_is_at(const struct modseal_set *set, int parent, const char *name)
{
	int directory = openat(parent, name, DIRECTORY_FLAGS);
	bool same = directory >= 0;

	for (size_t i = 0; same && i < set->count; i++)
		same = file_is_at(directory, &set->files[i]);
	if (directory >= 0)
		close(directory);
	return same;
}
