/* SPDX-License-Identifier: Apache-2.0 */
/* modseal catalog show: what a catalog lists, decided about nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-inspect.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/output.h"

struct listing {
	struct output *output;
	json_t *files; /* with JSON */
};

/* "sha256:00 !x:11" as an object of its algorithms. */
static json_t *digests_of(const char *digests)
{
	json_t *object = json_object();
	char *words = strdup(digests), *rest = words, *word;

	while (words && (word = strsep(&rest, " "))) {
		char *colon = strchr(word, ':');

		if (!colon)
			continue;
		*colon = '\0';
		json_object_set_new(object, word, json_string(colon + 1));
	}
	free(words);
	return object;
}

static int list_json(struct listing *listing, const struct modseal_catalog_file *file)
{
	json_t *object = json_object();

	json_object_set_new(object, "path", output_json_text(file->path));
	json_object_set_new(object, "size", json_integer((json_int_t)file->size));
	if (file->version_known)
		json_object_set_new(object, "version",
				    json_integer((json_int_t)file->version));
	json_object_set_new(object, "digests", digests_of(file->digests));
	return json_array_append_new(listing->files, object) ? MODSEAL_E_RESOURCE : 0;
}

static int list_file(void *argument, const struct modseal_catalog_file *file)
{
	struct listing *listing = argument;
	char *line = NULL;

	if (listing->output->json)
		return list_json(listing, file);
	if (asprintf(&line, "%s, %" PRIu64 " bytes, ", file->path, file->size) < 0)
		return MODSEAL_E_RESOURCE;
	if (file->version_known) {
		char *longer = NULL;

		if (asprintf(&longer, "%sversion %" PRIu64 ", ", line, file->version) < 0)
			longer = NULL;
		free(line);
		line = longer;
	}
	if (line) {
		char *whole = NULL;

		if (asprintf(&whole, "%s%s", line, file->digests) < 0)
			whole = NULL;
		free(line);
		line = whole;
	}
	if (!line)
		return MODSEAL_E_RESOURCE;
	output_line(listing->output, "file", line);
	free(line);
	return 0;
}

static int show(struct output *output, const char *path,
		const struct modseal_catalog *catalog, struct modseal_error *error)
{
	struct listing listing = {.output = output};
	json_t *facts;
	char number[32];
	int result;

	if (!output->json) {
		output_name(output, path);
		output_line(output, "catalog", modseal_catalog_name(catalog));
		snprintf(number, sizeof(number), "%" PRIu64,
			 modseal_catalog_serial(catalog));
		output_line(output, "catalog-serial", number);
		output_line(output, "issued", modseal_catalog_issued(catalog));
		return modseal_catalog_each(catalog, list_file, &listing, error);
	}
	facts = json_object();
	listing.files = json_array();
	json_object_set_new(facts, "catalog",
			    output_json_text(modseal_catalog_name(catalog)));
	json_object_set_new(facts, "catalog-serial",
			    json_integer((json_int_t)modseal_catalog_serial(catalog)));
	json_object_set_new(facts, "issued",
			    json_string(modseal_catalog_issued(catalog)));
	result = modseal_catalog_each(catalog, list_file, &listing, error);
	json_object_set_new(facts, "files", listing.files);
	if (result != MODSEAL_OK)
		json_decref(facts);
	else
		output_facts(output, path, "facts only, nothing was decided", facts);
	return result;
}

static int run(const struct options *options)
{
	const char *path = options->operands.items[0];
	struct output output = output_start(options);
	struct modseal_catalog *catalog = NULL;
	struct modseal_error error = {0};
	int result = modseal_catalog_open(path, NULL, &catalog, &error);

	if (result == MODSEAL_OK)
		result = show(&output, path, catalog, &error);
	if (result != MODSEAL_OK) {
		error.code = result;
		output_failure(&output, path, &error);
	}
	modseal_catalog_free(&catalog);
	return output_finish(&output);
}

static const struct option_spec options_catalog_show[] = {
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_catalog_show = {
	.name = "catalog show",
	.operands = "FILE",
	.summary = "show what a catalog lists",
	.description = "Shows a catalog as it is understood. Its signature is not looked "
		       "at; that is what\n"
		       "`modseal catalog verify` and `modseal policy check` are for.",
	.options = options_catalog_show,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
