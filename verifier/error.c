/* SPDX-License-Identifier: Apache-2.0 */
/* Codes, stages and the one place that writes a struct modseal_error. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "internal/error.h"

struct code_entry {
	int code;
	int exit;
	const char *name;
	const char *sentence;
	const char *remedy;
};

static const struct code_entry codes[] = {{MODSEAL_OK, 0, "OK", "accepted", ""},
#define X(name, number, exit, sentence, remedy)                                          \
	{MODSEAL_E_##name, exit, #name, sentence, remedy},
					  MODSEAL_ERROR_LIST(X)
#undef X
};

static const char *const stages[] = {
#define X(name, text) [MODSEAL_STAGE_##name] = text,
	MODSEAL_STAGE_LIST(X)
#undef X
};

static const struct code_entry *find_code(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return &codes[i];
	return &codes[1]; /* INTERNAL: an unknown state is a refusal */
}

const char *modseal_code_name(int code)
{
	return find_code(code)->name;
}

const char *modseal_code_sentence(int code)
{
	return find_code(code)->sentence;
}

int modseal_code_exit(int code)
{
	return find_code(code)->exit;
}

const char *modseal_stage_name(int stage)
{
	if (stage < 0 || (size_t)stage >= sizeof(stages) / sizeof(stages[0]))
		return modseal_code_name(MODSEAL_E_INTERNAL);
	return stages[stage];
}

/* What a terminal or an editor acts upon instead of showing it (Unicode: C1 controls,
 * line and paragraph separators, bidirectional controls), and what is no character or not
 * to be seen: a policy cannot hold any of them. */
static bool is_hidden(uint32_t point)
{
	return point < 0xa0 || point == 0x061c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff ||
	       (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
}

/* Bytes of the character at text if it may be shown as it is (UTF-8 by RFC 3629), else 0.
 */
static size_t printable_length(const unsigned char *text)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point;
	size_t length;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	point = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0; /* also at the end: NUL is none of these */
		point = point << 6 | (text[i] & 0x3fu);
	}
	if (point < lowest[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point < 0xe000))
		return 0;
	return is_hidden(point) ? 0 : length;
}

/* How many bytes from the first are printable ASCII: nearly all that paths have, and each
 * path that is walked comes here. Eight at a time: none has its highest bit, nor has one
 * after 0x20 was taken off (that is below) or 1 added (0x7f). */
static size_t plain_length(const char *text, size_t size)
{
	const uint64_t each = 0x0101010101010101u;
	size_t length = 0;
	uint64_t word;

	for (; size - length >= sizeof(word); length += sizeof(word)) {
		memcpy(&word, text + length, sizeof(word));
		if ((word | (word - 0x20 * each) | (word + each)) & 0x80 * each)
			break;
	}
	while (length < size && text[length] >= 0x20 && text[length] < 0x7f)
		length++;
	return length;
}

void modseal_escape(char *buffer, size_t size, const char *text)
{
	size_t used = 0;

	if (size == 0)
		return;
	for (;;) {
		size_t plain = plain_length(text, strnlen(text, size - 1 - used));
		size_t length, wanted;

		memcpy(buffer + used, text, plain);
		used += plain;
		text += plain;
		if (*text == '\0' || used + 1 >= size)
			break;
		length = printable_length((const unsigned char *)text);
		wanted = length ? length : 4;
		if (used + wanted >= size)
			break;
		if (length)
			memcpy(buffer + used, text, length);
		else
			snprintf(buffer + used, 5, "\\x%02x", (unsigned char)*text);
		used += wanted;
		text += length ? length : 1;
	}
	buffer[used] = '\0';
}

void modseal_error_clear(struct modseal_error *error)
{
	if (error)
		memset(error, 0, sizeof(*error));
}

static void record(struct modseal_error *error, int code, enum modseal_stage stage,
		   int errnum, const char *object, const char *format, va_list arguments)
	__attribute__((format(printf, 6, 0)));

/* Where the code says no more than that the system refused, its reason says what to do.
 */
static const char *remedy_of(const struct code_entry *entry, int errnum)
{
	bool writes = entry->code == MODSEAL_E_NOT_WRITABLE;

	if (entry->code != MODSEAL_E_SYSTEM && !writes)
		return entry->remedy;
	switch (errnum) {
	case EACCES:
	case EPERM:
		return writes ? entry->remedy
			      : "give this user the right to it, or run this as a user "
				"who has it";
	case EROFS:
		return "write to another place, or have its file system mounted for "
		       "writing";
	case ENOSPC:
	case EDQUOT:
		return "make room on the file system, or write to another place";
	case EFBIG:
		return "raise the process's limit of file sizes (ulimit -f)";
	case ENOENT:
	case ENOTDIR:
		return writes ? "make its directory first, or write to another place"
			      : "check the name";
	case EISDIR:
		return "name a file, not a directory";
	case EIO:
		return "look into the kernel's log (dmesg): the disk may be damaged";
	default:
		return entry->remedy;
	}
}

static void record(struct modseal_error *error, int code, enum modseal_stage stage,
		   int errnum, const char *object, const char *format, va_list arguments)
{
	const struct code_entry *entry = find_code(code);
	char raw[sizeof(error->message)];
	size_t used = 0;

	raw[0] = '\0';
	if (format) {
		int length = vsnprintf(raw, sizeof(raw), format, arguments);

		used = length < 0 ? 0 : (size_t)length;
		if (used >= sizeof(raw))
			used = sizeof(raw) - 1;
	} else {
		used = (size_t)snprintf(raw, sizeof(raw), "%s", entry->sentence);
	}
	if (errnum) {
		/* strerror_r is another function in musl; the caller keeps errno */
		errno = errnum;
		snprintf(raw + used, sizeof(raw) - used, ": %m");
	}
	memset(error, 0, sizeof(*error));
	error->code = code;
	error->stage = (int32_t)stage;
	error->system_errno = errnum;
	modseal_escape(error->object, sizeof(error->object), object ? object : "");
	modseal_escape(error->message, sizeof(error->message), raw);
	modseal_escape(error->remedy, sizeof(error->remedy), remedy_of(entry, errnum));
}

int modseal_fail(struct modseal_error *error, int code, enum modseal_stage stage,
		 const char *object, const char *format, ...)
{
	int saved = errno;

	if (error) {
		va_list arguments;

		va_start(arguments, format);
		record(error, code, stage, 0, object, format, arguments);
		va_end(arguments);
	}
	errno = saved;
	return code;
}

int modseal_fail_errno(struct modseal_error *error, int code, enum modseal_stage stage,
		       int errnum, const char *object, const char *format, ...)
{
	int saved = errno;

	if (errnum == ENOMEM || errnum == EMFILE || errnum == ENFILE)
		code = MODSEAL_E_RESOURCE;
	if (error) {
		va_list arguments;

		va_start(arguments, format);
		record(error, code, stage, errnum, object, format, arguments);
		va_end(arguments);
	}
	errno = saved;
	return code;
}

void modseal_remedy(struct modseal_error *error, const char *format, ...)
{
	char raw[sizeof(error->remedy)];
	va_list arguments;

	if (!error)
		return;
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	modseal_escape(error->remedy, sizeof(error->remedy), raw);
}

int modseal_fail_memory(struct modseal_error *error, enum modseal_stage stage)
{
	return modseal_fail(error, MODSEAL_E_RESOURCE, stage, NULL, "out of memory");
}
