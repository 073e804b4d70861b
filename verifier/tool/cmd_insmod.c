/* SPDX-License-Identifier: Apache-2.0 */
/* modseal insmod: verifies kernel modules with all they depend on, tells what the kernel
 * would say, and loads them. */
#include <stdlib.h>
#include <string.h>

#include "modseal-kernel.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/forecast.h"
#include "verifier/tool/insmod_words.h"
#include "verifier/tool/output.h"

/* One module of the command line. */
struct insertion {
	struct insmod_words words;
	char *parameters;
	struct modseal_image *image; /* NULL: refused */
	struct modseal_error error;  /* why */
	struct forecast forecast;
	bool placed; /* in the order of loading */
};

struct batch {
	const struct options *options;
	struct output output;
	struct modseal *context;
	struct insertion *items;
	struct insertion **order;
	size_t count;
	const struct insertion *failed; /* the first that was refused */
};

static int open_batch(struct batch *batch)
{
	const struct words *operands = &batch->options->operands;
	size_t first = 0, taken;
	struct insmod_words words;

	for (; (taken = insmod_words_next(operands, first, &words)); first += taken) {
		int status = insmod_words_judge(&words);

		if (status != EXIT_DONE)
			return status;
		batch->count++;
	}
	batch->items = calloc(batch->count, sizeof(*batch->items));
	batch->order = calloc(batch->count, sizeof(*batch->order));
	if (!batch->items || !batch->order) {
		struct modseal_error error = {0};

		output_error(&error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND, NULL, NULL,
			     "out of memory");
		output_failure(&batch->output, NULL, &error);
		return EXIT_UNDECIDED;
	}
	first = 0;
	for (size_t i = 0; i < batch->count; i++)
		first += insmod_words_next(operands, first, &batch->items[i].words);
	return EXIT_DONE;
}

static void close_batch(struct batch *batch)
{
	for (size_t i = 0; batch->items && i < batch->count; i++) {
		forecast_free(&batch->items[i].forecast);
		modseal_image_free(&batch->items[i].image);
		free(batch->items[i].parameters);
	}
	free(batch->items);
	free(batch->order);
	modseal_free(&batch->context);
}

/* ---- deciding ---------------------------------------------------------------------- */

/* Are these the names of one module for the kernel? A file's ends with ".ko". */
static bool is_one_name(const char *name, const char *other)
{
	for (; *name && *other; name++, other++)
		if ((*name == '-' ? '_' : *name) != (*other == '-' ? '_' : *other))
			return false;
	return (!*name || strcmp(name, ".ko") == 0) && !*other;
}

/* The kernel has one module of a name: the second would be refused when the first is in.
 */
static int refuse_twice(const struct batch *batch, struct insertion *item)
{
	const char *name = modseal_image_soname(item->image);

	for (const struct insertion *other = batch->items; other < item; other++)
		if (other->image &&
		    is_one_name(modseal_image_soname(other->image), name)) {
			modseal_image_free(&item->image);
			return output_error(&item->error, MODSEAL_E_ARGUMENT,
					    MODSEAL_STAGE_LOAD, item->words.file,
					    "give one of the two",
					    "it is the same kernel module as '%s'",
					    other->words.file);
		}
	return MODSEAL_OK;
}

static int decide(const struct batch *batch, struct insertion *item)
{
	char *name = NULL;
	/* as for insmod(8) a name without '/' is a file here */
	int result = deciding_file(item->words.file, &name, &item->error);

	item->parameters = insmod_words_join(&item->words);
	if (result == MODSEAL_OK && !item->parameters)
		result = output_error(&item->error, MODSEAL_E_RESOURCE,
				      MODSEAL_STAGE_FIND, NULL, NULL, "out of memory");
	if (result == MODSEAL_OK)
		result = modseal_verify_kernel_module(batch->context, name, &item->image,
						      &item->error);
	free(name);
	return result == MODSEAL_OK ? refuse_twice(batch, item) : result;
}

/* All of them, before the kernel gets the first. */
static void decide_all(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct insertion *item = &batch->items[i];

		if (decide(batch, item) != MODSEAL_OK && !batch->failed)
			batch->failed = item;
	}
}

static void place(struct batch *batch, struct insertion *item, size_t *placed)
{
	if (item->placed)
		return;
	item->placed = true;
	batch->order[(*placed)++] = item;
}

/* Dependencies are told in the order of loading, and each lies in a file of its name. */
static void place_needed(struct batch *batch, const struct modseal_verdict *verdict,
			 size_t *placed)
{
	const struct modseal_verdict *needed;

	for (size_t i = 0; (needed = modseal_verdict_dependency(verdict, i)); i++) {
		const char *file = strrchr(modseal_verdict_path(needed), '/') + 1;

		for (size_t k = 0; k < batch->count; k++) {
			struct insertion *item = &batch->items[k];

			if (item->image &&
			    is_one_name(file, modseal_image_soname(item->image)))
				place(batch, item, placed);
		}
	}
}

/* What others of them depend on comes first, with its own parameters: loaded as a
 * dependency it would have none. Returns how many are in order. */
static size_t arrange(struct batch *batch)
{
	size_t placed = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct insertion *item = &batch->items[i];

		if (!item->image)
			continue;
		place_needed(batch, modseal_image_verdict(item->image), &placed);
		place(batch, item, &placed);
	}
	return placed;
}

/* ---- loading and telling ----------------------------------------------------------- */

/* With --dry-run it is the answer; otherwise the kernel's own is, whether or not it could
 * be foretold. */
static int load(const struct options *options, struct insertion *item)
{
	struct forecast *forecast = &item->forecast;
	int result = forecast_ask(item->image, forecast, &item->error);

	if (!options->dry_run)
		return modseal_load_kernel_module(item->image, item->parameters,
						  &item->error);
	if (result == MODSEAL_OK && forecast->worst == MODSEAL_OUTLOOK_REFUSED)
		return output_error(
			&item->error, MODSEAL_E_KERNEL_REFUSED, MODSEAL_STAGE_LOAD,
			forecast->path[0] ? forecast->path : item->words.file,
			forecast->remedy,
			"the policy accepts it, but the kernel would refuse it: %s",
			forecast->text);
	return result;
}

static json_t *extra_of(const struct batch *batch, const struct insertion *item,
			bool loaded)
{
	json_t *extra = json_object();

	json_object_set_new(extra, "dry-run", json_boolean(batch->options->dry_run));
	json_object_set_new(extra, "loaded", json_boolean(loaded));
	output_json_set(extra, "parameters", item->parameters);
	if (item->forecast.list)
		json_object_set(extra, "forecast", item->forecast.list);
	return extra;
}

static void report_refusal(struct batch *batch, const struct insertion *item)
{
	output_failure_with(&batch->output, item->words.file, &item->error,
			    extra_of(batch, item, false));
}

/* blocked_by: what kept an accepted one from being loaded; NULL: nothing. */
static void report(struct batch *batch, const struct insertion *item,
		   const struct insertion *blocked_by)
{
	struct output *output = &batch->output;
	const struct modseal_verdict *verdict = modseal_image_verdict(item->image);
	const struct modseal_verdict *dependency;
	bool loaded = !batch->options->dry_run && !blocked_by;
	json_t *extra = extra_of(batch, item, loaded);

	if (blocked_by)
		output_json_set(extra, "because-of", blocked_by->words.file);
	output_verdict(output, item->words.file,
		       loaded ? "loaded" : "accepted, not loaded", verdict, extra);
	if (blocked_by)
		output_line(output, "because of", blocked_by->words.file);
	output_line(output, "path", modseal_verdict_path(verdict));
	output_line(output, "digest", modseal_verdict_digest(verdict));
	output_line(output, "hand-off", modseal_verdict_hand_off(verdict));
	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)); i++)
		output_line(output, "dependency", modseal_verdict_path(dependency));
}

/* One after the other. When one is refused nothing more is loaded: it may be what the
 * others were for. */
static void load_all(struct batch *batch)
{
	bool dry_run = batch->options->dry_run;
	size_t count = arrange(batch);

	for (size_t i = 0; i < batch->count; i++)
		if (!batch->items[i].image)
			report_refusal(batch, &batch->items[i]);
	for (size_t i = 0; i < count; i++) {
		struct insertion *item = batch->order[i];

		if (batch->failed && !dry_run) {
			report(batch, item, batch->failed);
			continue;
		}
		if (load(batch->options, item) == MODSEAL_OK) {
			report(batch, item, NULL);
		} else {
			report_refusal(batch, item);
			batch->failed = item;
		}
		forecast_lines(&batch->output, &item->forecast,
			       dry_run ? MODSEAL_OUTLOOK_FINE : MODSEAL_OUTLOOK_NOTE);
	}
}

/* The policy itself cannot be used: an answer for each file, but one message. */
static void report_policy(struct batch *batch, const struct modseal_error *error)
{
	if (batch->count > 1 && !batch->options->json) {
		output_failure(&batch->output, NULL, error);
		return;
	}
	for (size_t i = 0; i < batch->count; i++) {
		batch->items[i].error = *error;
		report_refusal(batch, &batch->items[i]);
	}
}

static int run(const struct options *options)
{
	struct batch batch = {.options = options, .output = output_start(options)};
	struct modseal_error error = {0};
	int status = open_batch(&batch);

	if (status == EXIT_DONE) {
		if (deciding_open(options, MODSEAL_OPEN_KERNEL_ONLY, &batch.context,
				  &error) == MODSEAL_OK) {
			decide_all(&batch);
			load_all(&batch);
		} else {
			report_policy(&batch, &error);
		}
		status = output_finish(&batch.output);
	}
	close_batch(&batch);
	return status;
}

static const struct option_spec options_insmod[] = {
	OPTIONS_DECIDING,
	OPTION_A_FLAG("dry-run", dry_run,
		      "load nothing; tell what the policy says, and what the kernel\n"
		      "would"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_insmod = {
	.name = "insmod",
	.operands = "FILE [PARAMETER[=VALUE]...]...",
	.summary = "verify and load kernel modules with all they depend on",
	.description =
		"Hands kernel modules to the running kernel, what they depend on first, "
		"if the\n"
		"policy allows all of them. Parameters are for the FILE before them; a "
		"FILE behind\n"
		"the first has a '/' before any '=', or a '.' and no '='. What speaks "
		"against a\n"
		"module in the kernel's eyes is told as `forecast`, whose first word is "
		"fine, note,\n"
		"unknown or refused. Modules are not decompressed.",
	.options = options_insmod,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
