/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and authenticates the catalogs that a policy names. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/catalogs_open.h"
#include "verifier/state_open.h"

static const struct modseal_part_sort sort = {
	.type = MODSEAL_CONTENT_CATALOG,
	.purpose = MODSEAL_PURPOSE_CATALOG,
	.first_line = "modseal-catalog: 1",
	.max_size = MODSEAL_MAX_CATALOG_SIZE,
	.too_large = "split it into several catalogs of 64 MiB",
	.refused = MODSEAL_E_CATALOG_INVALID,
};

/* R33: the catalog that is meant, and not an old one. */
static int check_head(const struct modseal_context *context,
		      const struct modseal_authority *authority,
		      const struct modseal_policy_part *source,
		      const struct modseal_context_catalog *catalog,
		      struct modseal_error *error)
{
	const struct modseal_catalog_text *text = &catalog->text;
	const char *path = catalog->part.path;
	int result;

	if (!modseal_span_equal(text->name,
				modseal_span_of(source->name, strlen(source->name)))) {
		result = modseal_fail(error, MODSEAL_E_CATALOG_INVALID,
				      MODSEAL_STAGE_POLICY, path,
				      "its name is '%.*s', the policy (line %u) expects "
				      "'%s'",
				      (int)text->name.size, (const char *)text->name.data,
				      source->line, source->name);
		modseal_remedy(error, "install the catalog '%s' there", source->name);
		return result;
	}
	if (text->serial >= source->minimum_serial)
		return modseal_state_judge(modseal_context_floor(context,
								 authority->supplement,
								 source->name),
					   text->serial, "catalog", path, error);
	result = modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, path,
			      "the serial of the catalog '%s' is %" PRIu64
			      ", the policy (line %u) wants at least %" PRIu64,
			      source->name, text->serial, source->line,
			      source->minimum_serial);
	modseal_remedy(error, "install a newer catalog '%s'", source->name);
	return result;
}

static int open_catalog(struct modseal_context *context,
			const struct modseal_authority *authority,
			const struct modseal_policy_part *source,
			struct modseal_context_catalog *catalog,
			struct modseal_error *error)
{
	int result = modseal_part_open(context, authority, source, &sort, &catalog->part,
				       error);

	if (result == 0)
		result = modseal_catalog_parse(catalog->part.bytes.view,
					       catalog->part.path, &catalog->text, error);
	if (result == 0)
		result = check_head(context, authority, source, catalog, error);
	if (result < 0)
		return result;
	/* a vendor's word about the time is nothing to others */
	if (authority == &context->base &&
	    catalog->text.issued <= modseal_context_latest(context))
		modseal_context_raise_floor(context, catalog->text.issued);
	modseal_debug(context, "catalog %s: name %s, serial %" PRIu64 ", %zu files",
		      catalog->part.path, source->name, catalog->text.serial,
		      catalog->text.count);
	return 0;
}

int modseal_catalogs_open(struct modseal_context *context,
			  struct modseal_authority *authority,
			  struct modseal_error *error)
{
	const struct modseal_policy *policy = authority->policy;
	struct modseal_error cause;
	int result = 0;

	if (policy->catalog_count == 0)
		return 0;
	authority->catalogs = calloc(policy->catalog_count, sizeof(*authority->catalogs));
	if (!authority->catalogs)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < policy->catalog_count; i++)
		authority->catalogs[i].part.bytes.descriptor = -1;
	for (size_t i = 0; result == 0 && i < policy->catalog_count; i++) {
		struct modseal_context_catalog *catalog = &authority->catalogs[i];

		modseal_error_clear(&cause);
		result = open_catalog(context, authority, &policy->catalogs[i], catalog,
				      &cause);
		result = modseal_part_settle(context, result, &cause, &catalog->fault,
					     error);
	}
	return result;
}

void modseal_catalogs_close(struct modseal_authority *authority)
{
	for (size_t i = 0; authority->catalogs && i < authority->policy->catalog_count;
	     i++) {
		modseal_part_close(&authority->catalogs[i].part);
		free(authority->catalogs[i].fault);
	}
	free(authority->catalogs);
	authority->catalogs = NULL;
}
