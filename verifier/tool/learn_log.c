/* SPDX-License-Identifier: Apache-2.0 */
/* Records of verdicts, line by line; a line is hostile until each member was looked at.
 */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/input.h"
#include "verifier/tool/issued.h"
#include "verifier/tool/output.h"

/* A path of 4096 bytes that are all escaped, twice, and room for the rest. */
#define MAX_LINE     (64u * 1024)
#define MAX_PROGRAMS 4
#define MAX_CODES    16
#define MAX_COUNT    9007199254740991

/* A record's member has two names: in JSON lines, and as a field of the journal. */
struct member {
	const char *name;
	const char *field;
};
static const struct member version = {"modseal-record", "MODSEAL_RECORD"};
static const struct member verdict = {"verdict", "MODSEAL_VERDICT"};
static const struct member code = {"code", "MODSEAL_CODE"};
static const struct member object = {"object", "MODSEAL_OBJECT"};
static const struct member moment = {"time", "MODSEAL_TIME"};
static const struct member digest = {"digest", "MODSEAL_DIGEST"};
static const struct member program = {"program", "MODSEAL_PROGRAM"};
static const struct member suppressed = {"suppressed", "MODSEAL_SUPPRESSED"};
/* Of whom it came says the journal: no writer can set a field that begins so
 * (systemd.journal-fields(7)). */
#define WRITER "_UID"

static const json_t *get(const json_t *record, bool journal, struct member member)
{
	return json_object_get(record, journal ? member.field : member.name);
}

/* A text, or NULL also where it is something else: the journal gives bytes that are not
 * UTF-8 as a list of numbers. */
static const char *text_of(const json_t *record, bool journal, struct member member)
{
	return json_string_value(get(record, journal, member));
}

/* ---- members ------------------------------------------------------------------------
 */

static bool is_made_of(const char *text, const char *letters, size_t maximum)
{
	size_t length = strlen(text);

	return length > 0 && length <= maximum && strspn(text, letters) == length;
}

static bool is_code(const char *text)
{
	return is_made_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_", 40);
}

static bool is_time(const char *text)
{
	return is_made_of(text, "0123456789-:.TZ",
			  sizeof(((struct learn_records *)0)->first) - 1);
}

static bool is_digest(const char *text)
{
	return strncmp(text, "sha256:", 7) == 0 && strlen(text) == 7 + 64 &&
	       is_made_of(text + 7, "0123456789abcdef", 64);
}

/* One spelling: a path with `..` would lead out of an image. */
static bool is_plain_path(const char *text)
{
	if (*text != '/' || strlen(text) >= 4096)
		return false;
	while (*text == '/') {
		size_t length = strcspn(text + 1, "/");

		if (length == 0 || (text[1] == '.' && length == 1) ||
		    (text[1] == '.' && text[2] == '.' && length == 2))
			return false;
		text += 1 + length;
	}
	return true;
}

/* What a rule can answer: that nothing allowed the file, or not its signer. Everything
 * else says that something is wrong with the file itself. */
static bool is_answerable(const char *name)
{
	static const char *const names[] = {"OK",
					    "PATH_NOT_ALLOWED",
					    "PATH_UNSAFE",
					    "SIGNATURE_MISSING",
					    "SIGNER_NOT_ALLOWED",
					    "SIGNERS_TOO_FEW",
					    "NAME_MISMATCH"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* ---- one record ---------------------------------------------------------------------
 */

static struct learn_records *records_of(struct learn_file *file)
{
	if (!file->records) {
		file->records = calloc(1, sizeof(*file->records));
		if (file->records) {
			file->records->codes = json_object();
			file->records->programs = json_object();
		}
	}
	return file->records && file->records->codes && file->records->programs
		       ? file->records
		       : NULL;
}

/* A set, of the first so many. */
static bool put(json_t *set, const char *key, size_t maximum)
{
	return json_object_get(set, key) || json_object_size(set) >= maximum ||
	       json_object_set_new(set, key, json_true()) == 0;
}

static bool replace(char **text, const char *by)
{
	char *copy = strdup(by);

	if (copy) {
		free(*text);
		*text = copy;
	}
	return copy != NULL;
}

/* How many like it were not written; in the journal all values are texts. */
static uint64_t read_suppressed(const json_t *record, bool journal)
{
	const json_t *value = get(record, journal, suppressed);
	const char *text = json_string_value(value);
	json_int_t number = json_integer_value(value);
	uint64_t read = 0;

	if (text && issued_number(text, &read))
		return read;
	return number > 0 && number <= MAX_COUNT ? (uint64_t)number : 0;
}

/* What the newest record says of the file's digest counts; times compare as texts. */
static bool note_record(struct learn_records *records, const json_t *record, bool journal,
			const char *name)
{
	const char *when = text_of(record, journal, moment);
	const char *by = text_of(record, journal, program);
	const char *bytes = text_of(record, journal, digest);
	bool newest = !when || !is_time(when) || strcmp(when, records->last) >= 0;
	bool good = put(records->codes, name, MAX_CODES);

	records->count += 1 + read_suppressed(record, journal);
	if (when && is_time(when)) {
		if (!records->first[0] || strcmp(when, records->first) < 0)
			snprintf(records->first, sizeof(records->first), "%s", when);
		if (newest)
			snprintf(records->last, sizeof(records->last), "%s", when);
	}
	if (by)
		good = put(records->programs, by, MAX_PROGRAMS) && good;
	if (newest && bytes && is_digest(bytes))
		good = replace(&records->digest, bytes) && good;
	if (!is_answerable(name) && !records->refusal)
		good = replace(&records->refusal, name) && good;
	return good;
}

static bool says_something(const char *word)
{
	return strcmp(word, "accepted") == 0 || strcmp(word, "would-refuse") == 0 ||
	       strcmp(word, "refused") == 0;
}

static int read_members(const json_t *record, bool journal, struct learn_seen *seen,
			struct learn_log *log, struct modseal_error *error)
{
	const char *word = text_of(record, journal, verdict);
	const char *name = text_of(record, journal, code);
	const char *path = text_of(record, journal, object);
	struct learn_records *records;
	struct learn_file *file;

	/* a name that was not found is of no file */
	if ((word && strcmp(word, "undecided") == 0) || !get(record, journal, object)) {
		log->undecided++;
		return MODSEAL_OK;
	}
	if (!word || !says_something(word) || !name || !is_code(name) || !path ||
	    !is_plain_path(path)) {
		log->unreadable++;
		return MODSEAL_OK;
	}
	log->records++;
	file = learn_seen_add(seen, path, error);
	if (!file)
		return error->code;
	records = records_of(file);
	return records && note_record(records, record, journal, name)
		       ? MODSEAL_OK
		       : learn_no_memory(error);
}

/* ---- whose records ------------------------------------------------------------------
 */

bool learn_log_is_user(const char *text)
{
	return is_made_of(text, "0123456789",
			  sizeof(((struct learn_log *)0)->stranger_users[0]) - 1) &&
	       (*text != '0' || text[1] == '\0');
}

static bool is_believed(const char *user, const struct words *users)
{
	bool found = strcmp(user, "0") == 0;

	for (size_t i = 0; users && i < users->count; i++)
		found = found || strcmp(user, users->items[i]) == 0;
	return found;
}

static void note_stranger(struct learn_log *log, const char *user)
{
	size_t i = 0;

	log->strangers++;
	while (i < log->stranger_count && strcmp(log->stranger_users[i], user) != 0)
		i++;
	if (i < log->stranger_count)
		return;
	if (i < LEARN_MAX_STRANGERS)
		snprintf(log->stranger_users[i], sizeof(log->stranger_users[i]), "%s",
			 user);
	log->stranger_count = i < LEARN_MAX_STRANGERS ? i + 1 : i;
}

void learn_log_strangers(const struct learn_log *log, char *buffer, size_t size)
{
	size_t used = 0;

	if (size)
		*buffer = '\0';
	for (size_t i = 0; i < log->stranger_count && used < size; i++)
		used += (size_t)snprintf(
			buffer + used, size - used, "%s%s", i ? ", " : "",
			*log->stranger_users[i] ? log->stranger_users[i] : "unknown");
}

/* ---- lines --------------------------------------------------------------------------
 */

static int read_record(const char *path, uint64_t number, const json_t *record,
		       struct learn_seen *seen, struct learn_log *log,
		       struct modseal_error *error)
{
	const json_t *plain = get(record, false, version);
	const json_t *field = get(record, true, version);
	const char *text = json_string_value(field);

	if (!plain && !field) {
		log->others++;
		return MODSEAL_OK;
	}
	if (field && !plain) {
		const char *user = json_string_value(json_object_get(record, WRITER));

		user = user && learn_log_is_user(user) ? user : "";
		if (!is_believed(user, log->users)) {
			note_stranger(log, user);
			return MODSEAL_OK;
		}
	}
	/* both would be two records in one */
	if ((plain &&
	     (!json_is_integer(plain) || json_integer_value(plain) != 1 || field)) ||
	    (field && (!text || strcmp(text, "1") != 0)))
		return output_error(
			error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_FIND, path,
			"learn with the version of modseal that wrote it",
			"line %" PRIu64 " is a record of another version", number);
	return read_members(record, field != NULL, seen, log, error);
}

static int read_line(const char *path, uint64_t number, const char *line, size_t length,
		     struct learn_seen *seen, struct learn_log *log,
		     struct modseal_error *error)
{
	json_t *record = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	int result = MODSEAL_OK;

	if (json_is_object(record))
		result = read_record(path, number, record, seen, log, error);
	else
		log->unreadable++;
	json_decref(record);
	return result;
}

/* The bytes of a line without its end, of a longer one the first size. false at the end
 * of the stream. */
static bool next_line(FILE *stream, char *buffer, size_t size, size_t *ret_length,
		      bool *ret_whole)
{
	size_t length = 0;
	int byte = getc_unlocked(stream);
	bool found = byte != EOF;

	*ret_whole = true;
	for (; byte != EOF && byte != '\n'; byte = getc_unlocked(stream)) {
		if (length < size)
			buffer[length++] = (char)byte;
		else
			*ret_whole = false;
	}
	*ret_length = length;
	return found;
}

static int read_stream(FILE *stream, const char *path, struct learn_seen *seen,
		       struct learn_log *log, struct modseal_error *error)
{
	char *line = malloc(MAX_LINE);
	int result = line ? MODSEAL_OK : learn_no_memory(error);
	uint64_t number = 0;
	size_t length;
	bool whole;

	while (result == MODSEAL_OK &&
	       next_line(stream, line, MAX_LINE, &length, &whole)) {
		number++;
		if (whole)
			result = read_line(path, number, line, length, seen, log, error);
		else
			log->unreadable++;
	}
	free(line);
	if (result == MODSEAL_OK && ferror(stream))
		result = output_error(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_FIND, path,
				      NULL, "it cannot be read to its end");
	return result;
}

int learn_log_read(const char *path, struct learn_seen *seen, struct learn_log *log,
		   struct modseal_error *error)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *stream = standard ? stdin : input_stream(path);
	int result;

	if (!stream)
		return output_unreadable(error, MODSEAL_STAGE_FIND, path, errno);
	result = read_stream(stream, path, seen, log, error);
	if (!standard)
		fclose(stream);
	return result;
}
#else
typedef int modseal_learn_log_is_left_out; /* something declared (C11 6.9) */
#endif
