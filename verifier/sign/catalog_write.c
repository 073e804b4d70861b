/* SPDX-License-Identifier: Apache-2.0 */
/* Writes catalogs: sorted, proved by the parser that will read them, in one step. */
#include <stdlib.h>
#include <unistd.h>

#include "verifier/sign/catalog_draft.h"
#include "verifier/sign/sign.h"
#include "verifier/sign/together.h"

static int compare(const void *a, const void *b)
{
	const struct modseal_draft_line *first = a, *second = b;
	size_t least = first->path_length < second->path_length ? first->path_length
								: second->path_length;
	int order = memcmp(first->text, second->text, least);

	if (order)
		return order;
	return first->path_length < second->path_length
		       ? -1
		       : first->path_length > second->path_length;
}

/* Sorts; a file that was added twice, by overlapping folders for one, stands once. */
static int sort_lines(struct modseal_catalog_draft *draft, struct modseal_error *error)
{
	size_t kept = 0;

	if (draft->count == 0)
		return 0;
	qsort(draft->lines, draft->count, sizeof(*draft->lines), compare);
	for (size_t i = 1; i < draft->count; i++) {
		const struct modseal_draft_line *line = &draft->lines[i];
		const struct modseal_draft_line *before = &draft->lines[i - 1];

		if (compare(before, line) != 0)
			continue;
		if (before->size != line->size ||
		    memcmp(before->text, line->text, line->size) != 0) {
			char path[MODSEAL_CATALOG_MAX_PATH + 1];

			modseal_catalog_unspell(
				modseal_span_of(line->text, line->path_length), path);
			return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN,
					    path, "two different files are listed so");
		}
	}
	for (size_t i = 1; i < draft->count; i++) {
		if (compare(&draft->lines[kept], &draft->lines[i]) != 0) {
			draft->lines[++kept] = draft->lines[i];
			continue;
		}
		draft->size -= draft->lines[i].size;
		free(draft->lines[i].text);
	}
	draft->count = kept + 1;
	return 0;
}

static void put(uint8_t **at, const void *bytes, size_t size)
{
	memcpy(*at, bytes, size);
	*at += size;
}

static int make_text(const struct modseal_catalog_draft *draft, const char *object,
		     uint8_t **ret_text, struct modseal_error *error)
{
	struct modseal_catalog_text parsed;
	struct modseal_error why;
	uint8_t *text = malloc(draft->size), *at = text;
	int result;

	if (!text)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	put(&at, draft->head, strlen(draft->head));
	for (size_t i = 0; i < draft->count; i++)
		put(&at, draft->lines[i].text, draft->lines[i].size);
	/* what a verifier would not read is not written */
	result = modseal_catalog_parse(modseal_span_of(text, draft->size), object,
				       &parsed, &why);
	if (result < 0) {
		free(text);
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN, object,
				    "the catalog made is none: %s", why.message);
	}
	*ret_text = text;
	return 0;
}

/* Only a catalog may be replaced: a slip of the hand does not cost a library. */
static int check_replaced(const struct modseal_target *target,
			  struct modseal_error *error)
{
	char start[sizeof(MODSEAL_CATALOG_FIRST_LINE)] = "";
	ssize_t got;

	if (target->old < 0)
		return 0;
	got = pread(target->old, start, sizeof(start) - 1, 0);
	if (got == (ssize_t)sizeof(start) - 1 &&
	    strcmp(start, MODSEAL_CATALOG_FIRST_LINE) == 0)
		return 0;
	return modseal_fail(error, MODSEAL_E_EXISTS, MODSEAL_STAGE_SIGN, target->object,
			    "it is there already, and is no catalog");
}

/* Both are on disk, and both places as they were, before either takes the place of an old
 * one. */
static int place(struct modseal_target *catalog, struct modseal_target *signature,
		 struct modseal_error *error)
{
	struct modseal_target *const both[] = {catalog, signature};
	int result = 0;

	for (int i = 0; result == 0 && i < 2; i++)
		result = modseal_target_sync(both[i], error);
	for (int i = 0; result == 0 && i < 2; i++)
		result = modseal_target_check(both[i], error);
	if (result == 0)
		result = modseal_targets_exchange(both, 2, error);
	/* they lie side by side */
	return result == 0 ? modseal_target_sync_directory(catalog, error) : result;
}

/* Signed is the text itself, and not what lies in its place by then: others may be able
 * to write there. */
static int sign_and_place(const struct modseal_signing_key *key,
			  struct modseal_target *catalog, struct modseal_span text,
			  struct modseal_error *error)
{
	struct modseal_prepared prepared = {.already = false};
	int result = modseal_prepare_with(key, catalog, text, &prepared, error);

	if (result == 0)
		result = place(catalog, &prepared.target, error);
	modseal_prepared_clear(&prepared);
	return result;
}

static int write_text(const char *output, struct modseal_span text,
		      const struct modseal_signing_key *key, struct modseal_error *error)
{
	struct modseal_bytes again = {.descriptor = -1};
	struct modseal_target target;
	int result = modseal_target_open(output, &target, error);

	if (result < 0)
		return result;
	if (key)
		result = modseal_target_spare(&target, key, error);
	if (result == 0)
		result = check_replaced(&target, error);
	if (result == 0)
		result = modseal_target_write(&target, 0666, &text, 1, error);
	if (result == 0)
		result = modseal_target_read(&target, &again, error);
	if (result == 0 && !modseal_span_equal(again.view, text))
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
				      output, NULL);
	modseal_bytes_free(&again);
	if (result == 0)
		result = key ? sign_and_place(key, &target, text, error)
			     : modseal_target_commit(&target, error);
	modseal_target_close(&target);
	return result;
}

int modseal_catalog_draft_write(struct modseal_catalog_draft *draft, const char *output,
				struct modseal_signing_key *key,
				struct modseal_error *error)
{
	uint8_t *text = NULL;
	int result;

	modseal_error_clear(error);
	if (!draft || !output)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, output,
				    "a draft and a place to write it to");
	result = sort_lines(draft, error);
	if (result == 0)
		result = make_text(draft, output, &text, error);
	if (result == 0)
		result = write_text(output, modseal_span_of(text, draft->size), key,
				    error);
	free(text);
	return result;
}
