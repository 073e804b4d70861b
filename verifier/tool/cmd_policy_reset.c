/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy reset: forgets what was installed of a policy name. */
#include <stdio.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/installing.h"

static void tell_one(struct installing *installing, const struct modseal_forgotten *name)
{
	struct output *output = installing->output;
	char text[128];

	if (output->json) {
		json_array_append_new(json_object_get(installing->facts, "forgotten"),
				      json_pack("{s:o, s:I, s:i, s:b}", "policy",
						output_json_text(name->name), "serial",
						(json_int_t)name->serial, "catalogs",
						(int)name->catalogs, "handed-over",
						(int)name->handed_over));
		return;
	}
	output_name(output, name->name);
	snprintf(text, sizeof(text), "that no serial below %llu is accepted",
		 (unsigned long long)name->serial);
	output_line(output, "forgets", text);
	if (name->catalogs) {
		snprintf(text, sizeof(text),
			 "the lowest serials of %u catalogs and supplements",
			 name->catalogs);
		output_line(output, "forgets", text);
	}
	if (name->handed_over)
		output_line(output, "forgets",
			    "that others than the anchors sign its policies");
	output_line(output, "forgets", "the time floor, which is of all policies here");
	output_line(output, "keeps", "which of its signers were revoked");
}

/* What nobody should have to look up on such a day. */
static void tell_next(struct output *output)
{
	static const char *const steps[] = {
		"1. if an anchor's key was stolen, replace its certificate in the anchor "
		"directory",
		"2. sign a policy with a key of yours, and revoke the stolen one in it",
		"3. `modseal policy install` it; until then the set in force stays, if "
		"an "
		"anchor has signed it",
		"4. restart programs that run: they keep what they have opened",
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		output_line(output, "next", steps[i]);
}

static int ask(void *argument, const struct modseal_forgotten *names, size_t count)
{
	struct installing *installing = argument;

	if (installing->output->json)
		installing->facts = json_pack("{s:[]}", "forgotten");
	for (size_t i = 0; i < count; i++)
		tell_one(installing, &names[i]);
	if (!installing->output->json)
		tell_next(installing->output);
	if (installing->yes ||
	    installing_agreed("Forget it? Older policies are accepted then."))
		return 0;
	installing->declined = true;
	return 1;
}

static int run(const struct options *options)
{
	const char *name =
		options->operands.count > 0 ? options->operands.items[0] : NULL;
	struct output output = output_start(options);
	struct installing installing = {.output = &output,
					.policy = name ? name : "all policies",
					.yes = options->yes};
	struct installing_names names = {0};
	struct modseal_error error = {0};
	int result, status = installing_check(&command_policy_reset, options);

	if (status != EXIT_DONE)
		return status;
	result = installing_names_make(options, NULL, &names, &error);
	if (result == MODSEAL_OK)
		result = modseal_policy_reset(&names.options, name, ask, &installing,
					      &error);
	installing_names_free(&names);
	return installing_end(&installing, result, "forgotten", &error);
}

static const struct option_spec options_policy_reset[] = {
	OPTIONS_INSTALLED_PLACES,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_reset = {
	.name = "policy reset",
	.operands = "[NAME]",
	.summary = "forget the floors and signers of a policy name",
	.description =
		"For the day when a key was stolen: forgets the least serials of the "
		"policy NAME\n"
		"(default: of all) and who was allowed to sign it, so that an anchor can "
		"begin\n"
		"anew. Signers that were revoked stay revoked. Says what it forgets and "
		"what to\n"
		"do next, and asks.",
	.options = options_policy_reset,
	.minimum_operands = 0,
	.maximum_operands = 1,
	.run = run,
};
