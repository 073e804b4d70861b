/* SPDX-License-Identifier: Apache-2.0 */
/* modseal catalog create: lists files with their digests, and signs the list. */
#ifndef MODSEAL_VERIFY_ONLY
#include <inttypes.h>
#include <string.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/installed.h"
#include "verifier/tool/issued.h"
#include "verifier/tool/output.h"
#include "verifier/tool/package.h"
#include "verifier/tool/signing.h"
#include "verifier/tool/tree.h"

/* What the operands are. */
static int judge_source(const struct options *options)
{
	const struct command *command = &command_catalog_create;
	bool packages = options->deb || options->rpm;

	if (options->deb + options->rpm + options->installed > 1)
		return options_conflict(
			command, options->installed ? "--installed" : "--rpm",
			"--deb, --rpm and --installed exclude each other");
	if (options->no_usrmerge && !packages)
		return options_conflict(command, "--no-usrmerge",
					"is for --deb and --rpm; elsewhere paths are "
					"those of the files");
	if (options->root && (packages || options->installed))
		return options_conflict(command, "--root",
					"packages are not looked for in an image");
	for (size_t i = 0; options->root && i < options->operands.count; i++)
		if (options->operands.items[i][0] != '/')
			return options_conflict(command, options->operands.items[i],
						"with --root files are named by their "
						"absolute paths there");
	return EXIT_DONE;
}

static int judge(const struct options *options, uint64_t *ret_serial)
{
	const struct command *command = &command_catalog_create;
	int status;

	if (!options->name)
		return options_missing(command, "name");
	if (!options->serial)
		return options_missing(command, "serial");
	if (!options->output)
		return options_missing(command, "output");
	if (!issued_number(options->serial, ret_serial))
		return output_wrong_use(
			options->serial,
			"--serial takes a whole number from 0 to 9007199254740991; see "
			"`modseal catalog create --help`",
			"not such a number");
	status = judge_source(options);
	if (status != EXIT_DONE)
		return status;
	if (!options->key && !options->certificate)
		return signing_judge_passphrase(command, options);
	return signing_judge(command, options);
}

struct creation {
	struct modseal_catalog_draft *draft;
	json_int_t left_out;
};

static int add_file(void *argument, const char *listed, const char *path,
		    struct modseal_error *error)
{
	struct creation *creation = argument;
	int added = 0;
	int result = modseal_catalog_draft_add_file(creation->draft, listed, path, &added,
						    error);

	if (result == MODSEAL_OK && !added)
		creation->left_out++;
	return result;
}

static int add_member(void *argument, const char *listed, modseal_read *read,
		      void *source, struct modseal_error *error)
{
	struct creation *creation = argument;
	int added = 0;
	int result = modseal_catalog_draft_add_stream(creation->draft, listed, read,
						      source, &added, error);

	if (result == MODSEAL_OK && !added)
		creation->left_out++;
	return result;
}

static int add_installed(void *argument, const char *listed, enum installed_state state,
			 struct modseal_error *error)
{
	struct creation *creation = argument;
	size_t before = modseal_catalog_draft_count(creation->draft);
	int result = add_file(creation, listed, listed, error);

	/* a changed configuration file that is not listed is no matter */
	if (result != MODSEAL_OK || state == INSTALLED_AS_SHIPPED ||
	    modseal_catalog_draft_count(creation->draft) == before)
		return result;
	if (state == INSTALLED_DIVERTED)
		return output_error(error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_FIND,
				    listed,
				    "list what was shipped, with --deb; or this file by "
				    "its path, if its bytes are known to be right",
				    "it was diverted to there, and dpkg compares no such "
				    "file with what its package brought");
	return output_error(error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_FIND, listed,
			    "find out who changed it; reinstall the package",
			    "it is not as its package installed it");
}

static int add_operand(const struct options *options, const char *operand,
		       struct creation *creation, struct modseal_error *error)
{
	if (options->deb || options->rpm)
		return package_walk(operand, options->deb ? PACKAGE_DEB : PACKAGE_RPM,
				    !options->no_usrmerge, add_member, creation, error);
	if (options->installed)
		return installed_walk(operand, add_installed, creation, error);
	return tree_walk(options->root, operand, add_file, creation, error);
}

static int fill(const struct options *options, struct creation *creation,
		struct modseal_error *error)
{
	int result = MODSEAL_OK;

	for (size_t i = 0; result == MODSEAL_OK && i < options->operands.count; i++)
		result =
			add_operand(options, options->operands.items[i], creation, error);
	if (result == MODSEAL_OK && modseal_catalog_draft_count(creation->draft) == 0)
		result = output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND,
				      options->operands.items[0],
				      "name other files, or list all with --all",
				      "there is no library, program or kernel module");
	return result;
}

static void report(struct output *output, const struct options *options,
		   const struct creation *creation, uint64_t serial)
{
	json_int_t count = (json_int_t)modseal_catalog_draft_count(creation->draft);
	json_t *extra = NULL;
	char text[32];

	if (output->json) {
		extra = json_object();
		json_object_set_new(extra, "catalog", output_json_text(options->name));
		json_object_set_new(extra, "catalog-serial",
				    json_integer((json_int_t)serial));
		json_object_set_new(extra, "listed", json_integer(count));
		json_object_set_new(extra, "left-out", json_integer(creation->left_out));
	}
	output_done(output, options->output,
		    options->key ? "written and signed" : "written", extra);
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, count);
	output_line(output, "listed", text);
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, creation->left_out);
	output_line(output, "left out", text);
}

static int run(const struct options *options)
{
	struct modseal_catalog_options draft = {
		.version = MODSEAL_CATALOG_OPTIONS_VERSION,
		.all = options->all,
		.name = options->name,
		.digests = options->digests.items,
		.digest_count = options->digests.count,
	};
	struct output output = output_start(options);
	struct modseal_signing_key *key = NULL;
	struct modseal_error error = {0};
	struct creation creation = {0};
	char issued[ISSUED_SIZE];
	int result = MODSEAL_OK, status = judge(options, &draft.serial);

	if (status == EXIT_DONE)
		status = issued_choose(options, issued, &draft.issued);
	if (status != EXIT_DONE)
		return status;
	if (options->key)
		result = signing_open(options, &key, &error);
	if (result == MODSEAL_OK)
		result = modseal_catalog_draft_new(&draft, &creation.draft, &error);
	if (result == MODSEAL_OK)
		result = fill(options, &creation, &error);
	if (result == MODSEAL_OK)
		result = modseal_catalog_draft_write(creation.draft, options->output, key,
						     &error);
	if (result == MODSEAL_OK && options->installed)
		output_message("--installed", "for what was shipped take --deb or --rpm",
			       "the catalog vouches for what lies on this machine");
	if (result == MODSEAL_OK)
		report(&output, options, &creation, draft.serial);
	else
		output_failure(&output, options->output, &error);
	modseal_catalog_draft_free(&creation.draft);
	modseal_signing_key_free(&key);
	return output_finish(&output);
}

static const struct option_spec options_catalog_create[] = {
	OPTION_A_TEXT("name", "NAME", name, "the catalog's name"),
	OPTION_A_TEXT("serial", "N", serial, "its serial number, to be raised each time"),
	OPTION_A_TEXT("issued", "TIME", issued,
		      "when it was made, as 2026-11-23T00:00:00Z\n"
		      "(default: SOURCE_DATE_EPOCH, or now)"),
	OPTION_A_TEXT("output", "FILE", output,
		      "the catalog; one that is there already is replaced"),
	OPTION_A_LIST("digest", "NAME", digests,
		      "sha256 (default), sha384, sha512 or fsverity-sha256\n"
		      "(repeatable)"),
	OPTION_A_FLAG("all", all, "list every regular file"),
	OPTION_A_TEXT("root", "DIR", root,
		      "the files lie in an image at DIR; operands and what is\n"
		      "listed are paths inside of it"),
	OPTION_A_FLAG("deb", deb,
		      "operands are Debian packages; the files in them are listed"),
	OPTION_A_FLAG("rpm", rpm, "operands are RPM packages"),
	OPTION_A_FLAG("installed", installed,
		      "operands are the names of installed packages (dpkg, rpm)"),
	OPTION_A_FLAG("no-usrmerge", no_usrmerge,
		      "leave /bin, /sbin and /lib of packages where they are, for\n"
		      "systems on which they are no links into /usr"),
	OPTIONS_SIGNING,
	OPTIONS_PASSPHRASE,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_catalog_create = {
	.name = "catalog create",
	.operands = "DIR|FILE|PACKAGE...",
	.summary = "list files with their digests",
	.description =
		"Lists files by their real paths, directories with all below them: the "
		"shared\n"
		"libraries, programs and kernel modules among them. Links and mounted "
		"file\n"
		"systems below a directory are passed over. With --key and --certificate "
		"the\n"
		"catalog is signed at once (FILE.p7s).",
	.options = options_catalog_create,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_catalog_create_is_left_out; /* something declared (C11 6.9) */
#endif
