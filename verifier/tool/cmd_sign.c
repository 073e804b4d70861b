/* SPDX-License-Identifier: Apache-2.0 */
/* modseal sign: puts signatures on files. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/sign_many.h"
#include "verifier/tool/sign_report.h"
#include "verifier/tool/signing.h"

static int judge_form(const struct options *options)
{
	const struct command *command = &command_sign;

	if (options->replace && (options->append || options->force || options->ima))
		return options_conflict(command, "--replace",
					"it takes one signer's place, and is not for "
					"--append, --force or --ima");
	if (options->append && options->ima)
		return options_conflict(command, "--append",
					"a place for IMA holds one signature");
	if (options->any && (!options->detached || options->ima))
		return options_conflict(command, "--any",
					"what is not ELF is signed with --detached only, "
					"and not for IMA");
	if (options->break_links && (options->detached || options->ima))
		return options_conflict(command, "--break-links",
					"a signature that is not in the file replaces "
					"no file");
	return EXIT_DONE;
}

static int judge(const struct options *options)
{
	int status = signing_judge(&command_sign, options);

	if (status == EXIT_DONE)
		status = judge_form(options);
	if (status != EXIT_DONE || !options->output)
		return status;
	if (options->operands.count > 1 || options->files_from)
		return options_conflict(&command_sign, "--output",
					"it takes one file, not several");
	return EXIT_DONE;
}

/* A signature beside each name is looked for by each; the others are one file's. */
static enum files_names names(const struct options *options)
{
	return options->detached ? FILES_BY_PATH : FILES_BY_INODE;
}

static int sign(const struct options *options, struct files *files)
{
	struct output output = output_start(options);
	struct sign_many many = {
		.options = options,
		.output = &output,
		.files = files,
		.flags = (options->detached ? MODSEAL_SIGN_DETACHED : 0) |
			 (options->append || options->replace ? MODSEAL_SIGN_APPEND : 0) |
			 (options->force ? MODSEAL_SIGN_FORCE : 0) |
			 (options->ima ? MODSEAL_SIGN_IMA : 0) |
			 (options->any ? MODSEAL_SIGN_ANY : 0) |
			 (options->break_links ? MODSEAL_SIGN_BREAK_LINKS : 0),
	};
	struct modseal_error error = {0};

	if (files->directories && options->output)
		return options_conflict(&command_sign, "--output",
					"it takes one file, not a directory");
	if (options->report && sign_report_check(options->report, &error) != MODSEAL_OK) {
		output_failure(&output, NULL, &error);
		return output_finish(&output);
	}
	if (signing_open(options, &many.key, &error) != MODSEAL_OK)
		sign_many_fail(&many, &error);
	else
		sign_many(&many);
	modseal_signing_key_free(&many.key);
	return output_finish(&output);
}

static int run(const struct options *options)
{
	struct files files;
	int status = judge(options);

	if (status != EXIT_DONE)
		return status;
	status = files_collect(&command_sign, options, names(options), &files);
	if (status == EXIT_DONE)
		status = sign(options, &files);
	files_free(&files);
	return status;
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
	OPTION_A_FLAG("any", any, "with --detached: sign files that are not ELF too"),
	OPTION_A_FLAG("break-links", break_links,
		      "sign a file that has other names (hard links) under this name\n"
		      "only"),
	OPTION_A_TEXT("output", "FILE", output,
		      "write the result here instead of in place"),
	OPTION_A_TEXT("report", "FILE", report,
		      "write who has signed what, in JSON: digests before and after,\n"
		      "signer, algorithm"),
	OPTIONS_FILES,
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
		"the file. The signature is appended as the kernel's sign-file does. A "
		"FILE that\n"
		"is a directory stands for every library, program and kernel module "
		"below it.\n"
		"What this key has signed already is left alone, so a run that was cut "
		"short can\n"
		"be repeated.",
	.options = options_sign,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_sign_is_left_out; /* a file must declare something (C11 6.9) */
#endif
