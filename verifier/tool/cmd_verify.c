/* SPDX-License-Identifier: Apache-2.0 */
/* modseal verify: decides about files, by the policy or by one certificate. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modseal-inspect.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/jobs.h"

static int run(const struct options *options);

static const struct option_spec options_verify[] = {
	OPTIONS_DECIDING,
	OPTIONS_ROOT,
	OPTION_A_CHOICE("kind", "library|program|kernel-module", kind,
			"judge the files as this (default: as the rule for them says)"),
	OPTION_A_TEXT("certificate", "FILE", certificate,
		      "without a policy: is the file signed by this certificate's key?\n"
		      "No rule about path, identity, dependencies or hygiene; - is\n"
		      "standard input"),
	OPTION_A_CHOICE("trust", "pinned|chain", trust,
			"with --certificate: exactly its key (default), or a\n"
			"code-signing certificate that it issued"),
	OPTION_A_CHOICE("evidence", "appended|detached|ima", evidence,
			"with --certificate: look for this signature only"),
	OPTION_A_FLAG("any", any,
		      "with --certificate: judge files that are not ELF too, by\n"
		      "FILE.p7s; nothing that is loaded is to be judged so"),
	OPTIONS_JOBS,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_verify = {
	.name = "verify",
	.operands = "FILE...",
	.summary = "decide whether files may be loaded",
	.description = "Judges files, and all that a library needs, by the signed "
		       "policy; maps and\n"
		       "runs nothing. A relative name with a '/', or one that exists "
		       "here, is a file\n"
		       "below the current directory; any other name is looked up in the "
		       "policy's\n"
		       "search list.",
	.options = options_verify,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};

/* ---- by the policy ---------------------------------------------------------------- */

struct judging {
	const struct options *options;
	struct modseal *context;
	enum modseal_kind kind;
};

static int check_one(void *argument, const char *operand,
		     struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	const struct judging *judging = argument;
	char *name = NULL;
	int result = deciding_name(judging->options, operand, &name, error);

	if (result == MODSEAL_OK)
		result = modseal_check(judging->context, name, judging->kind, ret_verdict,
				       error);
	free(name);
	return result;
}

static void report_one(void *argument, struct output *output, const char *operand,
		       const struct modseal_verdict *verdict)
{
	output_verdict(output, operand, "accepted", verdict, NULL);
}

static enum modseal_kind kind_of(const char *name)
{
	if (!name)
		return MODSEAL_KIND_BY_RULE;
	if (strcmp(name, "program") == 0)
		return MODSEAL_KIND_PROGRAM;
	if (strcmp(name, "kernel-module") == 0)
		return MODSEAL_KIND_KERNEL_MODULE;
	return MODSEAL_KIND_LIBRARY;
}

static int verify_by_policy(const struct options *options)
{
	struct judging judging = {.options = options, .kind = kind_of(options->kind)};
	struct output output = output_start(options);
	struct modseal_error error = {0};

	if (deciding_open(options, MODSEAL_OPEN_CHECK_ONLY, &judging.context, &error) !=
	    MODSEAL_OK)
		output_failure_for_all(&output, &options->operands, &error);
	else
		jobs_run(options, &output, check_one, report_one, &judging);
	modseal_free(&judging.context);
	return output_finish(&output);
}

/* ---- by a certificate ------------------------------------------------------------- */

static int trust_one(void *argument, const char *operand,
		     struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	struct modseal_trust *trust = argument;

	if (strcmp(operand, "-") == 0)
		return modseal_trust_check_fd(trust, STDIN_FILENO, "standard input",
					      ret_verdict, error);
	return modseal_trust_check(trust, operand, ret_verdict, error);
}

static int verify_by_certificate(const struct options *options)
{
	struct modseal_trust_options trust_options = {
		.version = MODSEAL_TRUST_OPTIONS_VERSION,
		.chain = options->trust && strcmp(options->trust, "chain") == 0,
		.certificate_path = options->certificate,
		.evidence = options->evidence,
		.any = options->any,
	};
	struct output output = output_start(options);
	struct modseal_trust *trust = NULL;
	struct modseal_error error = {0};

	if (modseal_trust_open(&trust_options, &trust, &error) != MODSEAL_OK)
		output_failure_for_all(&output, &options->operands, &error);
	else
		jobs_run(options, &output, trust_one, report_one, trust);
	modseal_trust_free(&trust);
	return output_finish(&output);
}

/* ---- which of the two ------------------------------------------------------------- */

static bool reads_standard_input(const struct options *options)
{
	for (size_t i = 0; i < options->operands.count; i++)
		if (strcmp(options->operands.items[i], "-") == 0)
			return true;
	return false;
}

/* An option that would be ignored is refused: who gave it expects it to decide. */
static int judge(const struct options *options)
{
	const struct command *command = &command_verify;

	if (!options->certificate) {
		if (options->trust)
			return options_conflict(command, "--trust",
						"it needs --certificate");
		if (options->evidence)
			return options_conflict(command, "--evidence",
						"it needs --certificate");
		if (options->any)
			return options_conflict(command, "--any",
						"it needs --certificate: a policy knows "
						"what a file is for");
		if (reads_standard_input(options))
			return options_conflict(
				command, "-",
				"standard input needs --certificate: a policy "
				"judges where a file lies");
		return EXIT_DONE;
	}
	if (options->policy || options->anchors.count > 0 || options->policy_name ||
	    options->anchor_directory || options->state)
		return options_conflict(
			command, "--certificate",
			"it takes the place of the policy; give one of the two");
	if (options->root)
		return options_conflict(command, "--root",
					"it needs a policy, not --certificate");
	if (options->kind)
		return options_conflict(command, "--kind",
					"it needs a policy, not --certificate");
	if (options->any && options->evidence &&
	    strcmp(options->evidence, "detached") != 0)
		return options_conflict(command, "--any",
					"what is not ELF has detached signatures only");
	if (reads_standard_input(options) && options->evidence &&
	    strcmp(options->evidence, "appended") != 0)
		return options_conflict(
			command, "-",
			"standard input has no signature beside it, only appended ones");
	return EXIT_DONE;
}

static int run(const struct options *options)
{
	int status = judge(options);

	if (status != EXIT_DONE)
		return status;
	return options->certificate ? verify_by_certificate(options)
				    : verify_by_policy(options);
}
