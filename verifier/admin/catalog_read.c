/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogs without a policy: what one lists, by whom it is signed, and whether files are
 * those it lists. */
#include <stdlib.h>
#include <string.h>

#include "keys/crypto.h"
#include "modseal-inspect.h"
#include "verifier/admin/trust.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/catalog_check.h"
#include "verifier/signature/container.h"

/* As large as any policy may allow a file to be. */
#define MAX_FILE_SIZE MODSEAL_HIGHEST_MAX_SIZE

struct modseal_catalog {
	struct modseal_crypto *crypto;
	struct modseal_bytes bytes;
	struct modseal_catalog_text text; /* spans into bytes */
	char *name;
	char issued[32];
};

static int read_any(const char *path, uint64_t max_size, struct modseal_bytes *ret_bytes,
		    struct modseal_error *error)
{
	struct modseal_located located;
	int result = modseal_path_open_any(path, &located, error);

	if (result < 0)
		return result;
	result = modseal_bytes_read(&located, max_size, ret_bytes, error);
	modseal_located_close(&located);
	return result;
}

static int read_catalog(struct modseal_catalog *catalog, const char *path,
			const struct modseal_trust *trust, struct modseal_error *error)
{
	int result = read_any(path, MODSEAL_MAX_CATALOG_SIZE, &catalog->bytes, error);

	if (result == 0)
		result = modseal_content_want(catalog->bytes.view,
					      MODSEAL_CONTENT_CATALOG, path, error);
	if (result == 0 && trust)
		result = modseal_trust_check_beside(trust, path, catalog->bytes.view,
						    error);
	if (result == 0)
		result = modseal_catalog_parse(catalog->bytes.view, path, &catalog->text,
					       error);
	if (result < 0)
		return result;
	memcpy(catalog->issued, catalog->text.issued_text.data,
	       catalog->text.issued_text.size); /* of a fixed length */
	catalog->name =
		strndup((const char *)catalog->text.name.data, catalog->text.name.size);
	return catalog->name ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
}

int modseal_catalog_open(const char *path, struct modseal_trust *trust,
			 struct modseal_catalog **ret_catalog,
			 struct modseal_error *error)
{
	struct modseal_catalog *catalog;
	int result;

	modseal_error_clear(error);
	if (!path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, NULL,
				    "no path");
	catalog = calloc(1, sizeof(*catalog));
	if (!catalog)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	catalog->bytes.descriptor = -1;
	result = modseal_crypto_new(&catalog->crypto, error);
	if (result == 0)
		result = read_catalog(catalog, path, trust, error);
	if (result < 0) {
		modseal_catalog_free(&catalog);
		return result;
	}
	*ret_catalog = catalog;
	return 0;
}

void modseal_catalog_free(struct modseal_catalog **catalog)
{
	if (!catalog || !*catalog)
		return;
	modseal_bytes_free(&(*catalog)->bytes);
	modseal_crypto_free(&(*catalog)->crypto);
	free((*catalog)->name);
	free(*catalog);
	*catalog = NULL;
}

const char *modseal_catalog_name(const struct modseal_catalog *catalog)
{
	return catalog->name;
}

uint64_t modseal_catalog_serial(const struct modseal_catalog *catalog)
{
	return catalog->text.serial;
}

const char *modseal_catalog_issued(const struct modseal_catalog *catalog)
{
	return catalog->issued;
}

size_t modseal_catalog_count(const struct modseal_catalog *catalog)
{
	return catalog->text.count;
}

/* ---- its files -----------------------------------------------------------------------
 */

/* Its digests as they stand in the line: from the first to the end of the last. */
static struct modseal_span digests_of(const struct modseal_catalog_entry *entry)
{
	const struct modseal_catalog_digest *first = &entry->digests[0];
	const struct modseal_catalog_digest *last =
		&entry->digests[entry->digest_count - 1];
	const uint8_t *start = first->algorithm.data - first->critical;

	return modseal_span_of(start, (size_t)(last->hex.data + last->hex.size - start));
}

static int visit_entry(const struct modseal_catalog_entry *entry,
		       modseal_catalog_visit *visit, void *argument, char *buffer)
{
	struct modseal_span digests = digests_of(entry);
	size_t length = modseal_catalog_unspell(entry->path, buffer);
	struct modseal_catalog_file file = {
		.path = buffer,
		.size = entry->size,
		.version = entry->version,
		.version_known = entry->version_known,
		.digests = buffer + length + 1,
	};

	memcpy(buffer + length + 1, digests.data, digests.size);
	buffer[length + 1 + digests.size] = '\0';
	return visit(argument, &file);
}

int modseal_catalog_each(const struct modseal_catalog *catalog,
			 modseal_catalog_visit *visit, void *argument,
			 struct modseal_error *error)
{
	struct modseal_catalog_entry entry;
	struct modseal_span rest;
	char *buffer;
	int result = 0;

	modseal_error_clear(error);
	if (!catalog || !visit)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_EVIDENCE,
				    NULL, "no catalog, or nobody to tell of it");
	/* path and digests come out of one line, and get no longer */
	buffer = malloc(MODSEAL_MAX_CATALOG_LINE + 2);
	if (!buffer)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	rest = catalog->text.entries;
	while (result == 0 && modseal_catalog_next(&rest, &entry))
		result = visit_entry(&entry, visit, argument, buffer);
	free(buffer);
	return result;
}

static int check_bytes(const struct modseal_catalog *catalog,
		       const struct modseal_catalog_entry *entry,
		       const struct modseal_bytes *bytes, const char *path,
		       struct modseal_error *error)
{
	struct modseal_catalog_question question = {
		.catalog = catalog->name, .serial = catalog->text.serial, .object = path};
	struct modseal_container container;
	int result = modseal_container_split(bytes->view, bytes->file_size, path,
					     &container, error);

	if (result < 0)
		return result;
	if (!modseal_span_part(bytes->view, 0, container.content_size,
			       &question.content) ||
	    !modseal_span_part(bytes->view, container.content_size,
			       bytes->view.size - container.content_size, &question.rest))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_CONTAINER,
				    path, NULL);
	return modseal_catalog_entry_check(catalog->crypto, entry, &question, error);
}

int modseal_catalog_check(const struct modseal_catalog *catalog, const char *listed,
			  const char *path, struct modseal_error *error)
{
	struct modseal_catalog_entry entry;
	struct modseal_bytes bytes = {.descriptor = -1};
	int result;

	modseal_error_clear(error);
	if (!catalog || !listed || !path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    "no catalog or no path");
	if (!modseal_catalog_find(&catalog->text, listed, &entry)) {
		result = modseal_fail(
			error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_EVIDENCE, path,
			"the catalog '%s' does not list %s", catalog->name, listed);
		modseal_remedy(error,
			       "make a new catalog with it, or name a file by the path "
			       "that is listed");
		return result;
	}
	result = read_any(path, MAX_FILE_SIZE, &bytes, error);
	if (result == 0)
		result = check_bytes(catalog, &entry, &bytes, path, error);
	modseal_bytes_free(&bytes);
	return result;
}
