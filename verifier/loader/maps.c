/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /proc/PID/maps: fields by offset and width, every length bounded. */
#include "verifier/loader/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAPS_PATH "/proc/self/maps"
/* 65,530 mappings (the kernel's default limit) of ordinary paths take about 8 MiB. */
#define MAX_TEXT     (64u * 1024 * 1024)
#define FIRST_TEXT   (16u * 1024)
#define MAX_ATTEMPTS 8
/* A question costs as much as a line of the list. */
#define MAX_ASKED     32u
#define DELETED	      " (deleted)"
#define ESCAPED_BREAK "\\012"

struct cursor {
	const char *at;
	const char *end;
};

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* A number of at most 64 bits in the base, then the byte that must follow it. */
static bool take_number(struct cursor *cursor, unsigned base, char after, uint64_t *ret)
{
	const char *at = cursor->at;
	uint64_t value = 0;

	for (; at < cursor->end; at++) {
		int digit = hex_value(*at);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		/* no division: these are most of what reading the list costs */
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (unsigned)digit, &value))
			return false;
	}
	if (at == cursor->at || at == cursor->end || *at != after)
		return false;
	cursor->at = at + 1;
	*ret = value;
	return true;
}

/* "rwxp " or "rwxs ", a dash for each that is missing. */
static bool take_permissions(struct cursor *cursor, struct modseal_mapping *mapping)
{
	static const char set[] = "rwx";
	const char *at = cursor->at;

	if (cursor->end - at < 5)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (at[i] != set[i] && at[i] != '-')
			return false;
	if ((at[3] != 'p' && at[3] != 's') || at[4] != ' ')
		return false;
	mapping->writable = at[1] == 'w';
	mapping->executable = at[2] == 'x';
	cursor->at += 5;
	return true;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

void modseal_mapping_classify(struct modseal_mapping *mapping)
{
	mapping->file = mapping->inode || mapping->major || mapping->minor ||
			(mapping->name[0] && mapping->name[0] != '[');
	mapping->deleted = mapping->file && ends_with(mapping->name, DELETED);
}

/* One line; its newline is a NUL already. */
static bool parse_line(const char *line, const char *end, struct modseal_mapping *ret)
{
	struct cursor cursor = {line, end + 1};
	struct modseal_mapping mapping = {0};
	uint64_t start, stop, offset, major, minor;

	if (!take_number(&cursor, 16, '-', &start) ||
	    !take_number(&cursor, 16, ' ', &stop) ||
	    !take_permissions(&cursor, &mapping) ||
	    !take_number(&cursor, 16, ' ', &offset) ||
	    !take_number(&cursor, 16, ':', &major) ||
	    !take_number(&cursor, 16, ' ', &minor))
		return false;
	/* without a name the line may end right after the inode */
	if (!take_number(&cursor, 10, ' ', &mapping.inode) &&
	    !take_number(&cursor, 10, '\0', &mapping.inode))
		return false;
	if (start >= stop || stop > UINTPTR_MAX || major > UINT32_MAX ||
	    minor > UINT32_MAX)
		return false;
	while (cursor.at < end && *cursor.at == ' ')
		cursor.at++;
	mapping.name = cursor.at < end ? cursor.at : "";
	mapping.start = (uintptr_t)start;
	mapping.end = (uintptr_t)stop;
	mapping.offset = offset;
	mapping.major = (uint32_t)major;
	mapping.minor = (uint32_t)minor;
	modseal_mapping_classify(&mapping);
	*ret = mapping;
	return true;
}

static int fail_text(enum modseal_stage stage, const char *why,
		     struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_SYSTEM, stage, MAPS_PATH, "%s", why);

	modseal_remedy(error, "mount the kernel's own proc file system on /proc");
	return code;
}

int modseal_maps_parse(char *text, size_t size, enum modseal_stage stage,
		       struct modseal_maps *ret_maps, struct modseal_error *error)
{
	struct modseal_mapping *items;
	size_t count = 0, lines = 0;

	if (size == 0 || text[size - 1] != '\n' || memchr(text, '\0', size))
		return fail_text(stage, "it is not a list of mappings", error);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	items = calloc(lines, sizeof(*items));
	if (!items)
		return modseal_fail_memory(error, stage);
	for (char *line = text; line < text + size; count++) {
		char *end = memchr(line, '\n', (size_t)(text + size - line));

		*end = '\0';
		if (!parse_line(line, end, &items[count]) ||
		    (count > 0 && items[count].start < items[count - 1].end)) {
			free(items);
			return fail_text(stage,
					 "a line of it is malformed or out of order",
					 error);
		}
		line = end + 1;
	}
	*ret_maps = (struct modseal_maps){items, count, text};
	return 0;
}

static int fail_read(const char *object, enum modseal_stage stage, int errnum,
		     struct modseal_error *error)
{
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, stage, errnum, object,
				  "the list of mappings cannot be read");
}

/* All text that a descriptor gives. */
static int read_text(int descriptor, const char *object, enum modseal_stage stage,
		     char **ret_text, size_t *ret_size, struct modseal_error *error)
{
	size_t capacity = FIRST_TEXT, size = 0;
	char *text = malloc(capacity);

	if (!text)
		return modseal_fail_memory(error, stage);
	for (;;) {
		ssize_t got = read(descriptor, text + size, capacity - size);

		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int errnum = errno;

			free(text);
			return fail_read(object, stage, errnum, error);
		}
		size += (size_t)got;
		if (size == capacity) {
			char *larger =
				capacity < MAX_TEXT ? realloc(text, capacity * 2) : NULL;

			if (!larger) {
				free(text);
				return modseal_fail_memory(error, stage);
			}
			text = larger;
			capacity *= 2;
		}
	}
	*ret_text = text;
	*ret_size = size;
	return 0;
}

/* Where a list is: name below directory. */
struct place {
	int directory;
	const char *name;
	const char *object; /* for messages */
};

static int open_list(const struct place *place, enum modseal_stage stage,
		     int *ret_descriptor, struct modseal_error *error)
{
	struct statfs system;
	int descriptor = openat(place->directory, place->name, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		return fail_read(place->object, stage, errno, error);
	if (fstatfs(descriptor, &system) || system.f_type != PROC_SUPER_MAGIC) {
		close(descriptor);
		return fail_text(
			stage, "it does not lie on the kernel's proc file system", error);
	}
	*ret_descriptor = descriptor;
	return 0;
}

/* The text of the list; the caller frees. */
static int read_list(const struct place *place, enum modseal_stage stage, char **ret_text,
		     size_t *ret_size, struct modseal_error *error)
{
	int descriptor, result = open_list(place, stage, &descriptor, error);

	if (result)
		return result;
	result = read_text(descriptor, place->object, stage, ret_text, ret_size, error);
	close(descriptor);
	return result;
}

static int read_maps(const struct place *place, bool may_be_empty,
		     enum modseal_stage stage, struct modseal_maps *ret_maps,
		     struct modseal_error *error)
{
	int result = MODSEAL_E_SYSTEM;

	/* The kernel gives the list page by page: a mapping that another thread moves
	 * meanwhile can come twice, and then the list is out of order. */
	for (int i = 0; i < MAX_ATTEMPTS && result == MODSEAL_E_SYSTEM; i++) {
		char *text = NULL;
		size_t size = 0;
		int unread = read_list(place, stage, &text, &size, error);

		if (unread)
			return unread;
		if (size == 0 && may_be_empty) {
			*ret_maps = (struct modseal_maps){.text = text};
			result = 0;
		} else {
			result = modseal_maps_parse(text, size, stage, ret_maps, error);
		}
		if (result)
			free(text);
	}
	if (!result)
		modseal_error_clear(error);
	return result;
}

int modseal_maps_read(enum modseal_stage stage, struct modseal_maps *ret_maps,
		      struct modseal_error *error)
{
	const struct place place = {AT_FDCWD, MAPS_PATH, MAPS_PATH};

	return read_maps(&place, false, stage, ret_maps, error);
}

/* An older kernel, a filter of system calls; and what another thread changed meanwhile.
 */
static bool is_no_answer(int errnum)
{
	return errnum == ENOTTY || errnum == ENOSYS || errnum == EPERM ||
	       errnum == EACCES || errnum == ENAMETOOLONG || errnum == EPROTO;
}

int modseal_maps_read_some(const struct modseal_range *ranges, size_t count,
			   enum modseal_stage stage, struct modseal_maps *ret_maps,
			   struct modseal_error *error)
{
	const struct place place = {AT_FDCWD, MAPS_PATH, MAPS_PATH};
	int descriptor, failed, result;

	if (count > MAX_ASKED)
		return modseal_maps_read(stage, ret_maps, error);
	result = open_list(&place, stage, &descriptor, error);
	if (result)
		return result;
	failed = modseal_maps_query(descriptor, ranges, count, ret_maps);
	close(descriptor);
	if (is_no_answer(failed))
		return modseal_maps_read(stage, ret_maps, error);
	return failed ? fail_read(place.object, stage, failed, error) : 0;
}

int modseal_maps_read_of(int directory, const char *object, enum modseal_stage stage,
			 struct modseal_maps *ret_maps, struct modseal_error *error)
{
	const struct place place = {directory, "maps", object};

	return read_maps(&place, true, stage, ret_maps, error);
}

void modseal_maps_free(struct modseal_maps *maps)
{
	free(maps->items);
	free(maps->text);
	*maps = (struct modseal_maps){0};
}

const struct modseal_mapping *modseal_maps_at(const struct modseal_maps *maps,
					      const void *address)
{
	uintptr_t wanted = (uintptr_t)address;
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wanted < maps->items[middle].start)
			high = middle;
		else if (wanted >= maps->items[middle].end)
			low = middle + 1;
		else
			return &maps->items[middle];
	}
	return NULL;
}

bool modseal_mapping_same(const struct modseal_mapping *a,
			  const struct modseal_mapping *b)
{
	return a->file && b->file && a->inode == b->inode && a->major == b->major &&
	       a->minor == b->minor && strcmp(a->name, b->name) == 0;
}

bool modseal_mapping_is_kernel(const struct modseal_mapping *mapping)
{
	static const char *const names[] = {"[vdso]", "[vsyscall]", "[vectors]",
					    "[sigpage]", "[uprobes]"};

	if (mapping->file || mapping->writable)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(mapping->name, names[i]) == 0)
			return true;
	return false;
}

enum modseal_backing modseal_mapping_backing(const struct modseal_mapping *mapping)
{
	/* mm/shmem.c, ipc/shm.c, mm/hugetlb.c; /dev/shm is where shm_open(3) makes them
	 */
	static const struct {
		const char *begin;
		bool deleted;
		enum modseal_backing backing;
	} names[] = {
		{"/memfd:", true, MODSEAL_BACKING_MEMFD},
		{"/SYSV", true, MODSEAL_BACKING_SYSTEM_V},
		{"/dev/zero (", true, MODSEAL_BACKING_SHARED},
		{"/anon_hugepage (", true, MODSEAL_BACKING_SHARED},
		{"/dev/shm/", false, MODSEAL_BACKING_POSIX_SHARED},
	};

	for (size_t i = 0; mapping->file && i < sizeof(names) / sizeof(names[0]); i++)
		if ((mapping->deleted || !names[i].deleted) &&
		    strncmp(mapping->name, names[i].begin, strlen(names[i].begin)) == 0)
			return names[i].backing;
	return MODSEAL_BACKING_FILE;
}

char *modseal_mapping_path(const struct modseal_mapping *mapping)
{
	char *path = strdup(mapping->name), *to = path;

	if (!path)
		return NULL;
	if (mapping->deleted)
		path[strlen(path) - strlen(DELETED)] = '\0';
	for (const char *from = path; *from; to++) {
		bool escaped = strncmp(from, ESCAPED_BREAK, strlen(ESCAPED_BREAK)) == 0;

		*to = escaped ? '\n' : *from;
		from += escaped ? strlen(ESCAPED_BREAK) : 1;
	}
	*to = '\0';
	return path;
}
