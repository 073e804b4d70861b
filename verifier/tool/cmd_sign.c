/* SPDX-License-Identifier: Apache-2.0 */
/* modseal sign: puts signatures on files. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/jobs.h"
#include "verifier/tool/signing.h"

struct signing {
	struct modseal_signing_key *key;
	uint32_t flags;
	const char *output;
};

static int sign_one(void *argument, const char *operand,
		    struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	const struct signing *signing = argument;

	return modseal_sign_file(signing->key, operand, signing->flags, signing->output,
				 error);
}

/* Where the signature went, if not into the operand itself: FILE.p7s lies beside the file
 * that a link leads to. */
static char *written(const struct signing *signing, const char *operand)
{
	char *real, *path = NULL;

	if (signing->output)
		return strdup(signing->output);
	if (!(signing->flags & MODSEAL_SIGN_DETACHED))
		return NULL;
	real = realpath(operand, NULL);
	if (real && asprintf(&path, "%s.p7s", real) < 0)
		path = NULL;
	free(real);
	return path;
}

static void report_one(void *argument, struct output *output, const char *operand,
		       const struct modseal_verdict *verdict)
{
	char *path = written(argument, operand);
	json_t *extra = NULL;

	if (path && output->json) {
		extra = json_object();
		json_object_set_new(extra, "output", output_json_text(path));
	}
	output_done(output, operand, "signed", extra);
	if (path)
		output_line(output, "output", path);
	free(path);
}

static int judge(const struct options *options)
{
	int status = signing_judge(&command_sign, options);

	if (status != EXIT_DONE)
		return status;
	if (options->replace && (options->append || options->force || options->ima))
		return options_conflict(&command_sign, "--replace",
					"it takes one signer's place, and is not for "
					"--append, --force or --ima");
	if (options->append && options->ima)
		return options_conflict(&command_sign, "--append",
					"a place for IMA holds one signature");
	if (options->output && options->operands.count > 1)
		return options_conflict(&command_sign, "--output",
					"it takes one file, not several");
	return EXIT_DONE;
}

static int run(const struct options *options)
{
	struct signing signing = {
		.flags = (options->detached ? MODSEAL_SIGN_DETACHED : 0) |
			 (options->append || options->replace ? MODSEAL_SIGN_APPEND : 0) |
			 (options->force ? MODSEAL_SIGN_FORCE : 0) |
			 (options->ima ? MODSEAL_SIGN_IMA : 0),
		.output = options->output,
	};
	struct modseal_error error = {0};
	struct output output = output_start(options);
	int status = judge(options);

	if (status != EXIT_DONE)
		return status;
	if (signing_open(options, &signing.key, &error) != MODSEAL_OK)
		output_failure_for_all(&output, &options->operands, &error);
	else
		jobs_run(options, &output, sign_one, report_one, &signing);
	modseal_signing_key_free(&signing.key);
	return output_finish(&output);
}
static const struct option_spec options_sign[] = {
	OPTIONS_SIGNING,
	OPTION_A_CHOICE("hash", "sha256|sha384|sha512", hash,
			"digest (default: the curve's own; SHA-256 for RSA)"),
	OPTION_A_CHOICE("padding", "pkcs1|pss", padding,
			"RSA padding (default: pkcs1, which the kernel wants)"),
	OPTION_A_FLAG("detached", detached,
		      "write FILE.p7s and leave FILE alone (a link's: beside the\n"
		      "file that it leads to)"),
	OPTION_A_FLAG("ima", ima,
		      "write an IMA signature into the attribute security.ima, or\n"
		      "with --detached into FILE.sig"),
	OPTION_A_FLAG("append", append, "add a signature to those the file has"),
	OPTION_A_FLAG("force", force,
		      "replace the signatures the file has; with --append only the\n"
		      "one by this key"),
	OPTION_A_TEXT("replace", "CERTIFICATE", replace,
		      "take the place of the signature by this certificate's key;\n"
		      "signatures by others stay"),
	OPTION_A_TEXT("output", "FILE", output,
		      "write the result here instead of in place"),
	OPTIONS_JOBS,
	OPTIONS_PASSPHRASE,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_sign = {
	.name = "sign",
	.operands = "FILE...",
	.summary = "sign libraries, programs and kernel modules",
	.description =
		"Signs files in place, atomically, and verifies each result before it "
		"replaces\n"
		"the file. The signature is appended as the kernel's sign-file does.",
	.options = options_sign,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_sign_is_left_out; /* a file must declare something (C11 6.9) */
#endif
