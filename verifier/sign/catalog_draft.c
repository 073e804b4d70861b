/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers the files of a catalog: what each is, and its digests. */
#include "verifier/sign/catalog_draft.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal/scalars.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/container.h"

#define STREAM_START (256u * 1024)

static int wrong(struct modseal_error *error, const char *object, const char *what)
{
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, object, "%s",
			    what);
}

/* ---- a new draft ---------------------------------------------------------------------
 */

static struct modseal_span span_of_text(const char *text)
{
	return modseal_span_of(text, text ? strlen(text) : 0);
}

static int check_options(const struct modseal_catalog_options *options,
			 struct modseal_error *error)
{
	uint64_t reserved = 0;
	int64_t issued;

	if (!options || options->version != MODSEAL_CATALOG_OPTIONS_VERSION ||
	    options->all > 1)
		return wrong(error, NULL, "options of an unknown version");
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		reserved |= options->reserved[i];
	if (reserved)
		return wrong(error, NULL, "a reserved option is not zero");
	if (!modseal_scalar_is_name(span_of_text(options->name)))
		return wrong(
			error, options->name,
			"a catalog's name is 1 to 64 of A-Z a-z 0-9 . _ -, the first "
			"a letter or digit");
	if (options->serial > MODSEAL_MAX_SERIAL)
		return wrong(error, options->name,
			     "a serial is at most 9007199254740991");
	if (!modseal_scalar_time(span_of_text(options->issued), &issued))
		return wrong(error, options->issued,
			     "a time is written in UTC as 2026-11-23T00:00:00Z");
	if (options->max_size > MODSEAL_HIGHEST_MAX_SIZE)
		return wrong(error, NULL, "no file of more than 2047 MiB can be used");
	return 0;
}

/* In the order that a line wants; each once. */
static int add_algorithm(struct modseal_catalog_draft *draft, const char *name,
			 struct modseal_error *error)
{
	const struct modseal_catalog_algorithm *algorithm =
		modseal_catalog_algorithm_find(span_of_text(name));
	size_t at = draft->algorithm_count;

	if (!algorithm)
		return wrong(error, name,
			     "unknown digest; there are sha256, sha384, sha512 and "
			     "fsverity-sha256");
	for (size_t i = 0; i < draft->algorithm_count; i++)
		if (draft->algorithms[i] == algorithm)
			return wrong(error, name, "a digest stands twice");
	for (; at > 0 && strcmp(draft->algorithms[at - 1]->name, algorithm->name) > 0;
	     at--)
		draft->algorithms[at] = draft->algorithms[at - 1];
	draft->algorithms[at] = algorithm;
	draft->algorithm_count++;
	return 0;
}

int modseal_catalog_draft_new(const struct modseal_catalog_options *options,
			      struct modseal_catalog_draft **ret_draft,
			      struct modseal_error *error)
{
	static const char *const usual[] = {"sha256"};
	const char *const *names = usual;
	size_t count = 1;
	struct modseal_catalog_draft *draft;
	int result = check_options(options, error);

	if (result < 0)
		return result;
	draft = calloc(1, sizeof(*draft));
	if (!draft)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	draft->all = options->all == 1;
	draft->max_size =
		options->max_size ? options->max_size : MODSEAL_DEFAULT_MAX_SIZE;
	if (options->digest_count) {
		names = options->digests;
		count = options->digest_count;
	}
	for (size_t i = 0; result == 0 && i < count; i++)
		result = add_algorithm(draft, names[i], error);
	if (result == 0)
		result = modseal_crypto_new(&draft->crypto, error);
	if (result == 0 &&
	    asprintf(&draft->head,
		     MODSEAL_CATALOG_FIRST_LINE "name: %s\nserial: %" PRIu64
						"\nissued: %s\n",
		     options->name, options->serial, options->issued) < 0) {
		draft->head = NULL;
		result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	}
	if (result < 0) {
		modseal_catalog_draft_free(&draft);
		return result;
	}
	draft->size = strlen(draft->head);
	*ret_draft = draft;
	return 0;
}

void modseal_catalog_draft_free(struct modseal_catalog_draft **draft)
{
	struct modseal_catalog_draft *old;

	if (!draft || !*draft)
		return;
	old = *draft;
	*draft = NULL;
	for (size_t i = 0; i < old->count; i++)
		free(old->lines[i].text);
	free(old->lines);
	free(old->head);
	modseal_crypto_free(&old->crypto);
	free(old);
}

size_t modseal_catalog_draft_count(const struct modseal_catalog_draft *draft)
{
	return draft->count;
}

/* ---- one file ------------------------------------------------------------------------
 */

/* Shared libraries and programs; relocatable objects only where they are kernel modules.
 * Only what is listed depends on it, so a glance at the header is enough. */
static bool is_loadable(struct modseal_span content, const char *listed)
{
	size_t length = strlen(listed);
	unsigned type;

	if (modseal_content_type(content) != MODSEAL_CONTENT_ELF ||
	    content.size < EI_NIDENT + 2)
		return false;
	type = content.data[EI_DATA] == ELFDATA2MSB
		       ? (unsigned)content.data[EI_NIDENT] << 8 |
				 content.data[EI_NIDENT + 1]
		       : (unsigned)content.data[EI_NIDENT + 1] << 8 |
				 content.data[EI_NIDENT];
	if (type == ET_REL)
		return length > 3 && strcmp(listed + length - 3, ".ko") == 0;
	return type == ET_DYN || type == ET_EXEC;
}

static bool put_digest(FILE *stream, const char *name, const uint8_t *digest, size_t size)
{
	bool good = fprintf(stream, " %s:", name) > 0;

	for (size_t i = 0; good && i < size; i++)
		good = fprintf(stream, "%02x", digest[i]) == 2;
	return good;
}

static int make_line(const struct modseal_catalog_draft *draft, const char *spelling,
		     size_t spelling_length,
		     const struct modseal_catalog_question *question,
		     struct modseal_draft_line *ret_line, struct modseal_error *error)
{
	struct modseal_draft_line line = {.path_length = spelling_length};
	FILE *stream = open_memstream(&line.text, &line.size);
	bool good;
	int result = 0;

	if (!stream)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	good = fwrite(spelling, 1, spelling_length, stream) == spelling_length &&
	       fprintf(stream, " %zu", question->content.size) > 0;
	for (size_t i = 0; good && result == 0 && i < draft->algorithm_count; i++) {
		const struct modseal_catalog_algorithm *algorithm = draft->algorithms[i];
		uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];

		result = modseal_catalog_digest_take(draft->crypto, algorithm, question,
						     digest, error);
		good = result < 0 || put_digest(stream, algorithm->name, digest,
						modseal_hash_size(algorithm->hash));
	}
	good = good && fputc('\n', stream) == '\n';
	/* fclose does not say that there was no memory for the end */
	good = fclose(stream) == 0 && good && line.text;
	if (result == 0 && !good)
		result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	if (result < 0)
		free(line.text);
	else
		*ret_line = line;
	return result;
}

static int keep_line(struct modseal_catalog_draft *draft,
		     const struct modseal_draft_line *line, const char *listed,
		     struct modseal_error *error)
{
	struct modseal_draft_line *larger;

	if (draft->count == MODSEAL_MAX_CATALOG_ENTRIES ||
	    line->size > MODSEAL_MAX_CATALOG_SIZE - draft->size) {
		int result = modseal_fail(
			error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_SIGN, listed,
			"a catalog has at most 524288 files and 64 MiB");

		modseal_remedy(error, "make several catalogs of different names");
		return result;
	}
	/* full exactly when the count is a power of two, or nothing is there yet */
	if (!(draft->count & (draft->count - 1))) {
		larger = reallocarray(draft->lines, draft->count ? 2 * draft->count : 1,
				      sizeof(*larger));
		if (!larger)
			return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
		draft->lines = larger;
	}
	draft->lines[draft->count++] = *line;
	draft->size += line->size;
	return 0;
}

static int split(struct modseal_span bytes, const char *listed,
		 struct modseal_catalog_question *question, struct modseal_error *error)
{
	struct modseal_container container;
	int result =
		modseal_container_split(bytes, bytes.size, listed, &container, error);

	if (result < 0)
		return result;
	if (!modseal_span_part(bytes, 0, container.content_size, &question->content) ||
	    !modseal_span_part(bytes, container.content_size,
			       bytes.size - container.content_size, &question->rest))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN, listed,
				    NULL);
	if (container.present && modseal_container_nested(question->content))
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_CONTAINER, listed,
				    "two signature containers, one behind the other");
	return 0;
}

static int add_bytes(struct modseal_catalog_draft *draft, const char *listed,
		     struct modseal_span bytes, int *ret_added,
		     struct modseal_error *error)
{
	struct modseal_catalog_question question = {.object = listed};
	char spelling[MODSEAL_CATALOG_MAX_PATH];
	struct modseal_draft_line line;
	size_t length = modseal_catalog_spell(span_of_text(listed), spelling);
	int result;

	/* before anything is judged: most files of a tree cannot be loaded at all */
	if (!draft->all && !is_loadable(bytes, listed)) {
		*ret_added = 0;
		return 0;
	}
	if (length == 0)
		return wrong(error, listed,
			     "a listed path is absolute, in plain spelling, without "
			     "control characters, and of at most 4095 bytes");
	result = split(bytes, listed, &question, error);
	if (result == 0)
		result = make_line(draft, spelling, length, &question, &line, error);
	if (result < 0)
		return result;
	result = keep_line(draft, &line, listed, error);
	if (result < 0) {
		free(line.text);
		return result;
	}
	*ret_added = 1;
	return 0;
}

/* Most files of a tree cannot be loaded; those are not read to the end. */
static bool is_worth_reading(const struct modseal_catalog_draft *draft,
			     const struct modseal_located *located, const char *listed)
{
	uint8_t start[EI_NIDENT + 2];
	ssize_t got;

	if (draft->all)
		return true;
	got = pread(located->descriptor, start, sizeof(start), 0);
	/* why it cannot be read is told by who reads it */
	return got < 0 || is_loadable(modseal_span_of(start, (size_t)got), listed);
}

int modseal_catalog_draft_add_file(struct modseal_catalog_draft *draft,
				   const char *listed, const char *path, int *ret_added,
				   struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_located located;
	int result;

	modseal_error_clear(error);
	if (!draft || !listed || !path || !ret_added)
		return wrong(error, path, "a draft, two paths, and room for the answer");
	result = modseal_path_open_any(path, &located, error);
	if (result < 0)
		return result;
	if (!is_worth_reading(draft, &located, listed)) {
		modseal_located_close(&located);
		*ret_added = 0;
		return 0;
	}
	result = modseal_bytes_read(&located, draft->max_size, &bytes, error);
	modseal_located_close(&located);
	if (result == 0)
		result = add_bytes(draft, listed, bytes.view, ret_added, error);
	modseal_bytes_free(&bytes);
	return result;
}

/* ---- a stream ------------------------------------------------------------------------
 */

/* One byte more than is allowed is enough to refuse; and a glance at the start, where the
 * file is not one to list. */
static int read_stream(const struct modseal_catalog_draft *draft, const char *listed,
		       modseal_read *read, void *argument, uint8_t **buffer,
		       size_t *ret_size, struct modseal_error *error)
{
	size_t cap = (size_t)draft->max_size + 1, room = 0, size = 0;

	for (;;) {
		ssize_t got;

		if (size == cap)
			return modseal_fail(error, MODSEAL_E_TOO_LARGE,
					    MODSEAL_STAGE_BYTES, listed, NULL);
		if (size == room) {
			uint8_t *larger;

			room = room ? room * 2 : STREAM_START;
			room = room < cap ? room : cap;
			larger = realloc(*buffer, room);
			if (!larger)
				return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
			*buffer = larger;
		}
		got = read(argument, *buffer + size, room - size);
		if (got < 0)
			return modseal_fail_errno(error, MODSEAL_E_SYSTEM,
						  MODSEAL_STAGE_BYTES, errno, listed,
						  "it cannot be read");
		if ((size_t)got > room - size)
			return wrong(error, listed, "more was read than was asked for");
		if (got == 0)
			break;
		size += (size_t)got;
		if (!draft->all && size >= EI_NIDENT + 2 &&
		    !is_loadable(modseal_span_of(*buffer, size), listed))
			break;
	}
	*ret_size = size;
	return 0;
}

int modseal_catalog_draft_add_stream(struct modseal_catalog_draft *draft,
				     const char *listed, modseal_read *read,
				     void *argument, int *ret_added,
				     struct modseal_error *error)
{
	uint8_t *buffer = NULL;
	size_t size = 0;
	int result;

	modseal_error_clear(error);
	if (!draft || !listed || !read || !ret_added)
		return wrong(error, listed,
			     "a draft, a path, a reader, and room for the answer");
	result = read_stream(draft, listed, read, argument, &buffer, &size, error);
	if (result == 0)
		result = add_bytes(draft, listed, modseal_span_of(buffer, size),
				   ret_added, error);
	free(buffer);
	return result;
}
