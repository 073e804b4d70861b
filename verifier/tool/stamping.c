/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about time stamps share. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <stdlib.h>

#include "verifier/tool/stamping.h"

/* What became of one file's signatures, told when all is well with it. */
struct told {
	json_t *list;
};

static int note(void *argument, const struct modseal_stamp_fact *fact)
{
	struct told *told = argument;
	json_t *object = json_object();

	json_object_set_new(object, "number", json_integer(fact->number));
	output_json_set(object, "signer", fact->signer);
	output_json_set(object, "file", fact->file);
	output_json_set(object, "time", fact->time);
	output_json_set(object, "authority", fact->authority);
	/* people, too, would take what is there of it for all */
	if (json_array_append_new(told->list, object) < 0 || !output_json_is_whole())
		return MODSEAL_E_RESOURCE;
	return 0;
}

static void print_facts(struct output *output, const json_t *list)
{
	static const char *const keys[] = {"signer", "file", "time", "authority"};
	json_t *object;
	size_t i;

	json_array_foreach(list, i, object)
	{
		for (size_t at = 0; at < sizeof(keys) / sizeof(keys[0]); at++) {
			const char *value =
				json_string_value(json_object_get(object, keys[at]));

			if (value)
				output_line(output, keys[at], value);
		}
	}
}

static void run_one(const struct modseal_stamping *stamping,
		    const struct options *options, struct output *output,
		    const char *operand, const char *what, stamping_work *work)
{
	uint32_t flags = (options->detached ? MODSEAL_STAMP_DETACHED : 0) |
			 (options->force ? MODSEAL_STAMP_FORCE : 0);
	struct modseal_error error = {0};
	struct told told = {.list = json_array()};
	json_t *extra = NULL;

	if (work(stamping, options, operand, flags, note, &told, &error) != MODSEAL_OK) {
		/* what the visitor has no memory for it cannot say itself */
		if (error.code == MODSEAL_OK)
			output_error(&error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_SIGN,
				     operand, NULL, "out of memory");
		output_failure(output, operand, &error);
		json_decref(told.list);
		return;
	}
	if (output->json) {
		extra = json_object();
		json_object_set(extra, "timestamps", told.list);
	}
	output_done(output, operand, what, extra);
	print_facts(output, told.list);
	json_decref(told.list);
}

int stamping_run(const struct options *options, const char *what, stamping_work *work)
{
	const char *issuer = options->authority_issuer;
	struct modseal_stamping_options stamping_options = {
		.version = MODSEAL_STAMPING_OPTIONS_VERSION,
		.chain = issuer != NULL,
		.authority_path = issuer ? issuer : options->authority_certificate,
		.certificate_path = options->certificate,
		.hash = options->hash,
	};
	struct output output = output_start(options);
	struct modseal_stamping *stamping = NULL;
	struct modseal_error error = {0};

	if (modseal_stamping_open(&stamping_options, &stamping, &error) != MODSEAL_OK)
		output_failure_for_all(&output, &options->operands, &error);
	for (size_t i = 0; stamping && i < options->operands.count; i++)
		run_one(stamping, options, &output, options->operands.items[i], what,
			work);
	modseal_stamping_free(&stamping);
	return output_finish(&output);
}
#else
typedef int modseal_stamping_is_left_out; /* a file must declare something (C11 6.9) */
#endif
