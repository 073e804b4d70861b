/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks what matters of packages into a tree that only the caller can enter. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/vouch_tree.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "verifier/tool/output.h"
#include "verifier/tool/package.h"
#include "verifier/tool/stopping.h"

#define CHUNK 65536
/* More than any policy lets a file have (limits.max-size), so that it is refused. */
#define MAX_FILE (2048ull * 1024 * 1024)
#define MAX_TREE (16ull * 1024 * 1024 * 1024)

static int failed(struct modseal_error *error, int code, const char *object, int number)
{
	output_error(error, number == ENOMEM ? MODSEAL_E_RESOURCE : code,
		     MODSEAL_STAGE_FIND, object,
		     "make room, or set TMPDIR to another directory", "%s",
		     strerror(number));
	error->system_errno = number;
	return error->code;
}

int vouch_tree_open(struct vouch_tree *ret_tree, struct modseal_error *error)
{
	const char *directory = getenv("TMPDIR");
	struct vouch_tree tree = {0};
	struct statvfs mount;

	if (!directory || directory[0] != '/')
		directory = "/var/tmp";
	if (asprintf(&tree.root, "%s/modseal-vouch.XXXXXX", directory) < 0)
		return failed(error, MODSEAL_E_RESOURCE, directory, ENOMEM);
	if (!mkdtemp(tree.root)) {
		int number = errno;

		free(tree.root);
		return failed(error, MODSEAL_E_SYSTEM, directory, number);
	}
	*ret_tree = tree;
	/* every file would be refused for where it was unpacked, and not for itself */
	if (statvfs(tree.root, &mount) == 0 && (mount.f_flag & ST_NOEXEC) == 0)
		return MODSEAL_OK;
	vouch_tree_close(ret_tree);
	return output_error(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_FIND, directory,
			    "set TMPDIR to a directory elsewhere",
			    "it is mounted noexec, so nothing can be judged there");
}

void vouch_tree_close(struct vouch_tree *tree)
{
	char *const starts[] = {tree->root, NULL};
	FTS *walk =
		tree->root ? fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	FTSENT *entry;

	while (walk && (entry = fts_read(walk))) {
		if (entry->fts_info == FTS_DP)
			rmdir(entry->fts_path);
		else if (entry->fts_info != FTS_D)
			unlink(entry->fts_path);
	}
	if (walk)
		fts_close(walk);
	for (size_t i = 0; i < tree->count; i++)
		free(tree->paths[i]);
	free(tree->paths);
	free(tree->root);
	*tree = (struct vouch_tree){0};
}

/* ---- one file -----------------------------------------------------------------------
 */

/* The modes are those of an ordinary package, whatever the umask; which the package
 * really has is not judged. */
static int make_parents(char *path, size_t start)
{
	for (char *slash = strchr(path + start + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		int result;

		*slash = '\0';
		result = mkdir(path, 0755);
		if (result == 0)
			result = chmod(path, 0755);
		else if (errno == EEXIST)
			result = 0;
		*slash = '/';
		if (result != 0)
			return errno;
	}
	return 0;
}

static int write_all(int descriptor, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(descriptor, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written == 0 ? EIO : errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

struct source {
	modseal_read *read;
	void *argument;
	char *buffer; /* CHUNK bytes, of which the first `got` are read already */
	size_t got;
};

/* 0 or a number of errno; -1: the package could not be read, and says why itself. */
static int copy(struct vouch_tree *tree, struct source *source, const char *path)
{
	int descriptor =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int number = descriptor < 0 ? errno : 0;
	uint64_t size = 0;
	ssize_t got = (ssize_t)source->got;

	if (number == 0 && fchmod(descriptor, 0644) != 0)
		number = errno;
	while (number == 0 && got > 0 && size <= MAX_FILE) {
		number = write_all(descriptor, source->buffer, (size_t)got);
		size += (uint64_t)got;
		tree->size += (uint64_t)got;
		if (number == 0 && tree->size > MAX_TREE)
			number = EFBIG;
		if (number == 0 && stopping())
			number = EINTR;
		if (number == 0)
			got = source->read(source->argument, source->buffer, CHUNK);
	}
	if (descriptor >= 0 && close(descriptor) != 0 && number == 0)
		number = errno;
	return number == 0 && got < 0 ? -1 : number;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

static int note_path(struct vouch_tree *tree, const char *listed)
{
	if (tree->count == tree->room) {
		size_t room = tree->room ? 2 * tree->room : 64;
		char **larger = reallocarray(tree->paths, room, sizeof(*tree->paths));

		if (!larger)
			return ENOMEM;
		tree->paths = larger;
		tree->room = room;
	}
	tree->paths[tree->count] = strdup(listed);
	if (!tree->paths[tree->count])
		return ENOMEM;
	tree->count++;
	return 0;
}

/* The start of a member, as much as tells what it is. */
static int read_start(struct source *source)
{
	while (source->got < SELFMAG) {
		ssize_t got = source->read(source->argument, source->buffer + source->got,
					   CHUNK - source->got);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		source->got += (size_t)got;
	}
	return 0;
}

static int add_member(struct vouch_tree *tree, const char *listed, struct source *source,
		      struct modseal_error *error)
{
	bool loadable, signature = ends_with(listed, ".p7s") || ends_with(listed, ".sig");
	char *path = NULL;
	int number = read_start(source);

	loadable = source->got >= SELFMAG && memcmp(source->buffer, ELFMAG, SELFMAG) == 0;
	if (number == 0 && !loadable && !signature)
		return MODSEAL_OK;
	if (number == 0 && asprintf(&path, "%s%s", tree->root, listed) < 0)
		number = ENOMEM;
	if (number == 0)
		number = make_parents(path, strlen(tree->root));
	if (number == 0)
		number = copy(tree, source, path);
	if (number == 0 && loadable)
		number = note_path(tree, listed);
	free(path);
	if (number == -1)
		return output_error(error, MODSEAL_E_TYPE_MISMATCH, MODSEAL_STAGE_FIND,
				    listed, "get the package again",
				    "the package is damaged here");
	return number == 0 ? MODSEAL_OK
			   : failed(error, MODSEAL_E_NOT_WRITABLE, listed, number);
}

static int visit(void *argument, const char *listed, modseal_read *read,
		 void *read_argument, struct modseal_error *error)
{
	struct source source = {
		.read = read, .argument = read_argument, .buffer = malloc(CHUNK)};
	int result = stopping()	     ? failed(error, MODSEAL_E_SYSTEM, listed, EINTR)
		     : source.buffer ? add_member(argument, listed, &source, error)
				     : failed(error, MODSEAL_E_RESOURCE, listed, ENOMEM);

	free(source.buffer);
	return result;
}

/* ---- packages -----------------------------------------------------------------------
 */

/* An RPM package's lead (rpm's lib/rpmlead.c); anything else is read as ar(5), which says
 * so where it is none. */
static enum package_format format_of(const char *package)
{
	static const unsigned char lead[] = {0xed, 0xab, 0xee, 0xdb};
	int descriptor = open(package, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned char start[sizeof(lead)];
	bool rpm;

	if (descriptor < 0)
		return PACKAGE_DEB;
	rpm = pread(descriptor, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
	      memcmp(start, lead, sizeof(lead)) == 0;
	close(descriptor);
	return rpm ? PACKAGE_RPM : PACKAGE_DEB;
}

int vouch_tree_add(struct vouch_tree *tree, const char *package, bool merged,
		   struct modseal_error *error)
{
	return package_walk(package, format_of(package), merged, visit, tree, error);
}
#else
typedef int modseal_vouch_tree_is_left_out; /* something declared (C11 6.9) */
#endif
