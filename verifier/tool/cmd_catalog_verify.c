/* SPDX-License-Identifier: Apache-2.0 */
/* modseal catalog verify: is a catalog signed, and are the files those it lists? */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-inspect.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

static int run(const struct options *options);

static const struct option_spec options_catalog_verify[] = {
	OPTION_A_TEXT("certificate", "FILE", certificate,
		      "the certificate of the key that signed the catalog"),
	OPTION_A_CHOICE("trust", "pinned|chain", trust,
			"exactly its key (default), or a code-signing certificate\n"
			"that it issued"),
	OPTION_A_TEXT("root", "DIR", root,
		      "the files lie in an image at DIR; PATH is inside of it"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_catalog_verify = {
	.name = "catalog verify",
	.operands = "FILE [PATH...]",
	.summary = "check a catalog and the files it lists",
	.description =
		"Checks that FILE.p7s is a signature over the catalog by the "
		"certificate's "
		"key, and\n"
		"that every file it lists lies there with the size and the digests it "
		"says; with\n"
		"PATHs only those files that are listed under a PATH or below it.",
	.options = options_catalog_verify,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};

struct verification {
	const struct options *options;
	struct output *output;
	const struct modseal_catalog *catalog;
	const char *below; /* only this path and what is below it; NULL: all */
	size_t good, bad;
};

static bool is_wanted(const char *below, const char *path)
{
	size_t length = below ? strlen(below) : 0;

	while (length > 0 && below[length - 1] == '/')
		length--;
	return strncmp(path, below ? below : "", length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

/* A file that is not right is reported, and the next one looked at. */
static void check_file(struct verification *verification, const char *listed)
{
	struct modseal_error error = {0};
	char *path = NULL;
	int result = tree_path(verification->options->root, listed, &path, &error);

	if (result == MODSEAL_OK)
		result = modseal_catalog_check(verification->catalog, listed, path,
					       &error);
	if (result == MODSEAL_OK) {
		verification->good++;
	} else {
		verification->bad++;
		output_failure(verification->output, path ? path : listed, &error);
	}
	free(path);
}

static int check_listed(void *argument, const struct modseal_catalog_file *file)
{
	struct verification *verification = argument;

	if (is_wanted(verification->below, file->path))
		check_file(verification, file->path);
	return 0;
}

static void check_below(struct verification *verification, const char *below)
{
	size_t before = verification->good + verification->bad;
	struct modseal_error error = {0};
	int result;

	verification->below = below;
	result = modseal_catalog_each(verification->catalog, check_listed, verification,
				      &error);
	if (result != MODSEAL_OK) {
		error.code = result;
		verification->bad++;
		output_failure(verification->output, below, &error);
	} else if (below && verification->good + verification->bad == before) {
		check_file(verification, below); /* tells that it is not listed */
	}
}

static void report(const struct verification *verification)
{
	const struct modseal_catalog *catalog = verification->catalog;
	struct output *output = verification->output;
	json_t *extra = NULL;
	char text[64];

	if (verification->bad > 0)
		return;
	if (output->json) {
		extra = json_object();
		json_object_set_new(extra, "catalog",
				    output_json_text(modseal_catalog_name(catalog)));
		json_object_set_new(
			extra, "catalog-serial",
			json_integer((json_int_t)modseal_catalog_serial(catalog)));
		json_object_set_new(extra, "checked",
				    json_integer((json_int_t)verification->good));
	}
	output_done(output, verification->options->operands.items[0], "accepted", extra);
	output_line(output, "catalog", modseal_catalog_name(catalog));
	snprintf(text, sizeof(text), "%" PRIu64, modseal_catalog_serial(catalog));
	output_line(output, "catalog-serial", text);
	snprintf(text, sizeof(text), "%zu", verification->good);
	output_line(output, "checked", text);
}

static int run(const struct options *options)
{
	const char *path = options->operands.items[0];
	struct modseal_trust_options trust_options = {
		.version = MODSEAL_TRUST_OPTIONS_VERSION,
		.chain = options->trust && strcmp(options->trust, "chain") == 0,
		.certificate_path = options->certificate,
	};
	struct output output = output_start(options);
	struct verification verification = {.options = options, .output = &output};
	struct modseal_trust *trust = NULL;
	struct modseal_catalog *catalog = NULL;
	struct modseal_error error = {0};
	int result;

	if (!options->certificate)
		return options_missing(&command_catalog_verify, "certificate");
	for (size_t i = 1; i < options->operands.count; i++)
		if (options->operands.items[i][0] != '/')
			return options_conflict(&command_catalog_verify,
						options->operands.items[i],
						"files are named by the absolute paths "
						"that are listed");
	result = modseal_trust_open(&trust_options, &trust, &error);
	if (result == MODSEAL_OK)
		result = modseal_catalog_open(path, trust, &catalog, &error);
	if (result == MODSEAL_OK) {
		verification.catalog = catalog;
		if (options->operands.count == 1)
			check_below(&verification, NULL);
		for (size_t i = 1; i < options->operands.count; i++)
			check_below(&verification, options->operands.items[i]);
		report(&verification);
	} else {
		output_failure(&output, path, &error);
	}
	modseal_catalog_free(&catalog);
	modseal_trust_free(&trust);
	return output_finish(&output);
}
