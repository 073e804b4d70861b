/* SPDX-License-Identifier: Apache-2.0 */
/* Collects files from operands, lists and directories, each once. */
#ifndef MODSEAL_VERIFY_ONLY
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/tool/files.h"
#include "verifier/tool/input.h"
#include "verifier/tool/output.h"

struct collecting {
	const struct command *command;
	const struct options *options;
	struct files *files;
	size_t room;
};

static int no_memory(void)
{
	output_message(NULL, NULL, "out of memory");
	return EXIT_UNDECIDED;
}

static int add(struct collecting *collecting, const char *path,
	       const struct modseal_error *error)
{
	struct files *files = collecting->files;
	struct file file = {.path = strdup(path)};

	if (files->count == collecting->room) {
		size_t room = collecting->room ? 2 * collecting->room : 64;
		struct file *items = realloc(files->items, room * sizeof(*items));

		if (!items) {
			free(file.path);
			return no_memory();
		}
		files->items = items;
		collecting->room = room;
	}
	if (error) {
		file.error = malloc(sizeof(*file.error));
		if (file.error)
			*file.error = *error;
	}
	if (!file.path || (error && !file.error)) {
		free(file.path);
		return no_memory();
	}
	files->items[files->count++] = file;
	return EXIT_DONE;
}

static int add_found(struct collecting *collecting, const FTSENT *entry)
{
	int status = add(collecting, entry->fts_path, NULL);
	struct file *file;

	if (status != EXIT_DONE)
		return status;
	file = &collecting->files->items[collecting->files->count - 1];
	file->found = true;
	file->device = entry->fts_statp->st_dev;
	file->inode = entry->fts_statp->st_ino;
	return EXIT_DONE;
}

static int add_failure(struct collecting *collecting, const char *path, int number)
{
	struct modseal_error error;

	output_error(&error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_FIND, path,
		     "check its permissions", "it cannot be looked through: %s",
		     strerror(number));
	error.system_errno = number;
	return add(collecting, path, &error);
}

/* ---- below directories ------------------------------------------------------------- */

/* Shared libraries and programs; relocatable objects only where they are kernel modules.
 * What is signed is decided later and by more than a glance. What cannot be read is
 * taken, so that this is told. */
static bool is_loadable(const char *path)
{
	unsigned char start[EI_NIDENT + 2];
	int descriptor =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	size_t length = strlen(path);
	unsigned type;
	ssize_t got;

	if (descriptor < 0)
		return errno != ENOENT && errno != ELOOP;
	got = pread(descriptor, start, sizeof(start), 0);
	close(descriptor);
	if (got != (ssize_t)sizeof(start) || memcmp(start, ELFMAG, SELFMAG) != 0)
		return false;
	type = start[EI_DATA] == ELFDATA2MSB
		       ? (unsigned)start[EI_NIDENT] << 8 | start[EI_NIDENT + 1]
		       : (unsigned)start[EI_NIDENT + 1] << 8 | start[EI_NIDENT];
	if (type == ET_REL)
		return length > 3 && strcmp(path + length - 3, ".ko") == 0;
	return type == ET_DYN || type == ET_EXEC;
}

static bool fits(const struct words *patterns, const char *below, const char *name)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const char *pattern = patterns->items[i];

		if (fnmatch(pattern, strchr(pattern, '/') ? below : name, 0) == 0)
			return true;
	}
	return false;
}

static bool is_taken(const struct options *options, const FTSENT *entry,
		     const char *below)
{
	if (files_is_left_over(entry->fts_name))
		return false;
	if (options->include.count > 0) {
		if (!fits(&options->include, below, entry->fts_name))
			return false;
		if (options->any)
			return true;
	}
	return is_loadable(entry->fts_accpath);
}

static int visit(struct collecting *collecting, FTS *walk, FTSENT *entry, size_t start)
{
	const struct options *options = collecting->options;
	const char *below =
		entry->fts_path + start + strspn(entry->fts_path + start, "/");

	if (entry->fts_level > 0 && entry->fts_info != FTS_DP &&
	    fits(&options->exclude, below, entry->fts_name)) {
		collecting->files->passed_over += entry->fts_info == FTS_F;
		fts_set(walk, entry, FTS_SKIP);
		return EXIT_DONE;
	}
	switch (entry->fts_info) {
	case FTS_F:
		if (is_taken(options, entry, below))
			return add_found(collecting, entry);
		collecting->files->passed_over++;
		return EXIT_DONE;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return add_failure(collecting, entry->fts_path, entry->fts_errno);
	default:
		return EXIT_DONE;
	}
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int walk_directory(struct collecting *collecting, const char *path)
{
	size_t length = strlen(path);
	char *start = strdup(path);
	char *const starts[] = {start, NULL};
	int status = EXIT_DONE;
	FTSENT *entry;
	FTS *walk;

	if (!start)
		return no_memory();
	collecting->files->directories = true;
	while (length > 1 && start[length - 1] == '/')
		start[--length] = '\0';
	/* the operand itself may be a link, as it may for a file */
	walk = fts_open(starts, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (!walk) {
		free(start);
		return no_memory();
	}
	for (errno = 0; status == EXIT_DONE && (entry = fts_read(walk)); errno = 0)
		status = visit(collecting, walk, entry, length);
	if (status == EXIT_DONE && errno)
		status = add_failure(collecting, path, errno);
	fts_close(walk);
	free(start);
	return status;
}

/* A name from the command line or a list: what it is shows when it is worked on. */
static int add_name(struct collecting *collecting, const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return walk_directory(collecting, path);
	if (files_is_left_over(path)) {
		collecting->files->passed_over++;
		return EXIT_DONE;
	}
	return add(collecting, path, NULL);
}

/* ---- lists ------------------------------------------------------------------------- */

static int wrong_list(const char *list, const char *remedy, const char *reason)
{
	return output_wrong_use(list, remedy, "%s", reason);
}

static int add_line(struct collecting *collecting, const char *list, char *line,
		    size_t length, char end)
{
	bool ended = length > 0 && line[length - 1] == end;

	if (ended)
		line[--length] = '\0';
	if (strlen(line) != length)
		return wrong_list(list, "give --null too",
				  "the list holds NUL bytes, so its names end in them");
	if (end == '\0' && !ended && strchr(line, '\n'))
		return wrong_list(list, "leave --null away",
				  "the names of the list do not end in NUL bytes");
	return length > 0 ? add_name(collecting, line) : EXIT_DONE;
}

static int read_list(struct collecting *collecting, const char *list)
{
	bool standard = strcmp(list, "-") == 0;
	FILE *stream = standard ? stdin : input_stream(list);
	char end = collecting->options->null ? '\0' : '\n', *line = NULL;
	int status = EXIT_DONE;
	size_t room = 0;
	ssize_t length;

	if (!stream) {
		output_message(list, "check the name", "the list cannot be read: %s",
			       errno == ENXIO ? OUTPUT_NOBODY_THERE : strerror(errno));
		return EXIT_UNDECIDED;
	}
	for (errno = 0;
	     status == EXIT_DONE && (length = getdelim(&line, &room, end, stream)) >= 0;
	     errno = 0)
		status = add_line(collecting, standard ? "standard input" : list, line,
				  (size_t)length, end);
	if (status == EXIT_DONE && (ferror(stream) || errno == ENOMEM)) {
		output_message(standard ? "standard input" : list, NULL,
			       "the list cannot be read: %s", strerror(errno));
		status = EXIT_UNDECIDED;
	}
	free(line);
	if (!standard)
		fclose(stream);
	return status;
}

/* ---- each once --------------------------------------------------------------------- */

struct name {
	dev_t device;
	ino_t inode;
	size_t index;
	char *real; /* where there are several of a file; NULL: it has none */
};

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int compare_reals(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->real ? x->real : "", y->real ? y->real : "");

	return order ? order : compare_names(a, b);
}

/* The first of those that are one path stays. */
static void drop_same(struct files *files, struct name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		names[i].real = realpath(files->items[names[i].index].path, NULL);
	qsort(names, count, sizeof(*names), compare_reals);
	for (size_t i = 1; i < count; i++) {
		struct file *file = &files->items[names[i].index];

		if (!names[i].real || !names[i - 1].real ||
		    strcmp(names[i].real, names[i - 1].real) != 0)
			continue;
		free(file->path);
		file->path = NULL;
	}
	for (size_t i = 0; i < count; i++)
		free(names[i].real);
	qsort(names, count, sizeof(*names), compare_names);
}

/* The other names of a file go to the first. */
static int join(struct files *files, const struct name *names, size_t count)
{
	struct file *first = &files->items[names[0].index];

	first->also = calloc(count, sizeof(*first->also));
	if (!first->also)
		return no_memory();
	for (size_t i = 1; i < count; i++) {
		struct file *file = &files->items[names[i].index];

		if (!file->path)
			continue;
		first->also[first->also_count++] = file->path;
		file->path = NULL;
	}
	return EXIT_DONE;
}

static void close_gaps(struct files *files)
{
	size_t kept = 0;

	for (size_t i = 0; i < files->count; i++) {
		if (!files->items[i].path)
			continue;
		if (kept != i) {
			files->items[kept] = files->items[i];
			files->items[i] = (struct file){.path = NULL};
		}
		kept++;
	}
	files->count = kept;
}

static int join_names(struct files *files, enum files_names how)
{
	struct name *names = calloc(files->count + 1, sizeof(*names));
	int status = EXIT_DONE;
	size_t count = 0;

	if (!names)
		return no_memory();
	for (size_t i = 0; i < files->count; i++) {
		struct stat found;

		if (!files->items[i].error && stat(files->items[i].path, &found) == 0)
			names[count++] =
				(struct name){found.st_dev, found.st_ino, i, NULL};
	}
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0, of_file; status == EXIT_DONE && i < count; i += of_file) {
		of_file = 1;
		while (i + of_file < count &&
		       names[i + of_file].device == names[i].device &&
		       names[i + of_file].inode == names[i].inode)
			of_file++;
		if (of_file == 1)
			continue;
		drop_same(files, &names[i], of_file);
		if (how == FILES_BY_INODE)
			status = join(files, &names[i], of_file);
	}
	free(names);
	close_gaps(files);
	return status;
}

/* ---- all --------------------------------------------------------------------------- */

static int judge(const struct collecting *collecting)
{
	const struct options *options = collecting->options;

	if (options->null && !options->files_from)
		return options_conflict(collecting->command, "--null",
					"it needs --files-from");
	if (options->files_from && strcmp(options->files_from, "-") == 0 &&
	    options->passphrase_fd_given && options->passphrase_fd == STDIN_FILENO)
		return options_conflict(collecting->command, "--files-from",
					"standard input is where the passphrase is read "
					"from");
	return EXIT_DONE;
}

static int judge_found(const struct collecting *collecting)
{
	const struct options *options = collecting->options;

	if (collecting->files->directories)
		return EXIT_DONE;
	if (options->include.count > 0)
		return options_conflict(
			collecting->command, "--include",
			"it chooses below directories, and none is named");
	if (options->exclude.count > 0)
		return options_conflict(
			collecting->command, "--exclude",
			"it chooses below directories, and none is named");
	return EXIT_DONE;
}

int files_collect(const struct command *command, const struct options *options,
		  enum files_names names, struct files *ret_files)
{
	struct collecting collecting = {
		.command = command, .options = options, .files = ret_files};
	int status = judge(&collecting);

	*ret_files = (struct files){.count = 0};
	for (size_t i = 0; status == EXIT_DONE && i < options->operands.count; i++)
		status = add_name(&collecting, options->operands.items[i]);
	if (status == EXIT_DONE && options->files_from)
		status = read_list(&collecting, options->files_from);
	if (status == EXIT_DONE)
		status = judge_found(&collecting);
	if (status == EXIT_DONE && ret_files->count > 1)
		status = join_names(ret_files, names);
	return status;
}

void files_free(struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct file *file = &files->items[i];

		for (size_t at = 0; at < file->also_count; at++)
			free(file->also[at]);
		free(file->also);
		free(file->error);
		free(file->path);
	}
	free(files->items);
	*files = (struct files){.count = 0};
}

#else
typedef int modseal_files_is_left_out; /* a file must declare something (C11 6.9) */
#endif
