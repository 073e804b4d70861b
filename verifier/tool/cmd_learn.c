/* SPDX-License-Identifier: Apache-2.0 */
/* modseal learn: proposes a policy for what is there, for somebody to read and sign. */
#ifndef MODSEAL_VERIFY_ONLY
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/issued.h"
#include "verifier/tool/learn_text.h"
#include "verifier/tool/new_file.h"
#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

struct learning {
	const struct options *options;
	struct output output;
	struct learn_seen seen;
	struct learn_log log;
	struct learn_signers signers;
	struct learn_signer catalog_signer;
	struct modseal_catalog_draft *draft;
	struct learn_search search;
	struct learn_rules rules;
	char *catalog_name;
	char *catalog_file;
	/* of the operand that is walked */
	size_t tree;
	bool is_directory;
};

static int judge(const struct options *options)
{
	const struct command *command = &command_learn;

	if (options->name && !learn_is_name(options->name))
		return output_wrong_use(
			options->name,
			"a policy's name has 1 to 64 of A-Z a-z 0-9 . _ -, the first a "
			"letter or digit",
			"not such a name");
	if (options->operands.count + options->logs.count == 0)
		return options_conflict(command, NULL,
					"name directories, or a log with --from");
	if (options->users.count > 0 && options->logs.count == 0)
		return options_conflict(command, "--from-user", "belongs to --from");
	for (size_t i = 0; i < options->users.count; i++)
		if (!learn_log_is_user(options->users.items[i]))
			return output_wrong_use(
				options->users.items[i],
				"give the number of a user, as id -u does",
				"no number of a user");
	if (options->json && !options->output)
		return options_conflict(command, "--json",
					"needs --output: the proposal itself would be "
					"on standard output");
	if (!options->catalog != !options->catalog_signer)
		return options_conflict(
			command, options->catalog ? "--catalog" : "--catalog-signer",
			"--catalog and --catalog-signer belong together");
	for (size_t i = 0; options->root && i < options->operands.count; i++)
		if (options->operands.items[i][0] != '/')
			return options_conflict(command, options->operands.items[i],
						"with --root files are named by their "
						"absolute paths there");
	return EXIT_DONE;
}

/* ---- what is read -------------------------------------------------------------------
 */

static int add_file(void *argument, const char *listed, const char *path,
		    struct modseal_error *error)
{
	struct learning *learning = argument;
	struct learn_file *file = learn_seen_add(&learning->seen, listed, error);

	if (!file)
		return error->code;
	if (learning->is_directory) {
		file->directory_seen = file->tree_seen = true;
		/* of two operands one inside of the other, the outer one */
		if (!file->tree || learning->tree < file->tree)
			file->tree = learning->tree;
	}
	return MODSEAL_OK;
}

/* How much of the paths below it is an operand's own, and is it a directory at all? */
static int measure(struct learning *learning, const char *operand,
		   struct modseal_error *error)
{
	const char *root = learning->options->root;
	char *path = NULL, *real = NULL, *real_root = realpath(root ? root : "/", NULL);
	struct stat status;
	int result = tree_path(root, operand, &path, error);

	if (result != MODSEAL_OK)
		return result;
	real = realpath(path, NULL);
	learning->is_directory =
		real && stat(real, &status) == 0 && S_ISDIR(status.st_mode);
	learning->tree = 0;
	if (real && real_root) { /* a slash at the end is the root's alone */
		size_t outside = real_root[1] ? strlen(real_root) : 0;

		learning->tree = real[1] ? strlen(real) - outside : 0;
	}
	free(path);
	free(real);
	free(real_root);
	return MODSEAL_OK; /* what is wrong with it the walk says */
}

static void tell_strangers(const struct learn_log *log)
{
	char strangers[LEARN_STRANGERS_SIZE];

	learn_log_strangers(log, strangers, sizeof(strangers));
	if (log->strangers)
		output_message(
			"--from",
			"anybody may write to the journal; to believe a user, name "
			"him with --from-user",
			"%" PRIu64 " records that root has not written are passed "
			"over, of user %s",
			log->strangers, strangers);
}

static int gather(struct learning *learning, struct modseal_error *error)
{
	const struct options *options = learning->options;
	int result = MODSEAL_OK;

	learning->log.users = &options->users;
	for (size_t i = 0; result == MODSEAL_OK && i < options->logs.count; i++)
		result = learn_log_read(options->logs.items[i], &learning->seen,
					&learning->log, error);
	tell_strangers(&learning->log);
	if (result == MODSEAL_OK)
		result = learn_log_locate(options->root, &learning->seen, error);
	for (size_t i = 0; result == MODSEAL_OK && i < options->operands.count; i++) {
		result = measure(learning, options->operands.items[i], error);
		if (result == MODSEAL_OK)
			result = tree_walk(options->root, options->operands.items[i],
					   add_file, learning, error);
	}
	return result;
}

/* ---- the catalog --------------------------------------------------------------------
 */

/* `file` of a policy is relative to its directory, where the draft lies there. */
static int name_file(const char *path, const char *policy, char **ret_file,
		     struct modseal_error *error)
{
	const char *slash = strrchr(path, '/'),
		   *beside = policy ? strrchr(policy, '/') : NULL;
	size_t length = slash ? (size_t)(slash - path) : 0;
	size_t other = beside ? (size_t)(beside - policy) : 0;
	char *directory = NULL, *copy;

	if (length == other && !slash == !beside &&
	    strncmp(path, policy ? policy : "", length) == 0) {
		*ret_file = strdup(slash ? slash + 1 : path);
		return *ret_file ? MODSEAL_OK : learn_no_memory(error);
	}
	copy = slash ? strndup(path, length ? length : 1) : strdup(".");
	directory = copy ? realpath(copy, NULL) : NULL;
	free(copy);
	if (!directory)
		return output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, path,
				    "make the directory first", "no such directory");
	if (asprintf(ret_file, "%s/%s", directory[1] ? directory : "",
		     slash ? slash + 1 : path) < 0)
		*ret_file = NULL;
	free(directory);
	return *ret_file ? MODSEAL_OK : learn_no_memory(error);
}

static int start_catalog(struct learning *learning, const char *issued,
			 struct modseal_error *error)
{
	const struct options *options = learning->options;
	struct modseal_catalog_options draft = {
		.version = MODSEAL_CATALOG_OPTIONS_VERSION,
		.serial = 1,
		.issued = issued,
	};
	const char *slash = strrchr(options->catalog, '/');
	int result = new_file_require_absent(options->catalog, error);
	char *dot;

	if (result == MODSEAL_OK)
		result = name_file(options->catalog, options->output,
				   &learning->catalog_file, error);
	if (result == MODSEAL_OK)
		result = learn_signer_open(options->catalog_signer,
					   &learning->catalog_signer, error);
	if (result != MODSEAL_OK)
		return result;
	for (size_t i = 0; i < learning->signers.count; i++)
		if (strcmp(learning->signers.items[i].name,
			   learning->catalog_signer.name) == 0)
			return output_error(
				error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
				options->catalog_signer,
				"sign catalogs with a key of their own",
				"--signer has a certificate of this name, too");
	learning->catalog_name = strdup(slash ? slash + 1 : options->catalog);
	if (!learning->catalog_name)
		return learn_no_memory(error);
	dot = strrchr(learning->catalog_name, '.');
	if (dot && dot != learning->catalog_name)
		*dot = '\0';
	if (!learn_is_name(learning->catalog_name) ||
	    !learn_is_plain(learning->catalog_file))
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
				    options->catalog, "choose another name",
				    "no catalog can have this name");
	draft.name = learning->catalog_name;
	return modseal_catalog_draft_new(&draft, &learning->draft, error);
}

/* ---- the proposal -------------------------------------------------------------------
 */

static void show_progress(void *argument, size_t done, size_t total)
{
	output_progress(argument, done, total);
}

static int examine(struct learning *learning, const char *issued,
		   struct modseal_error *error)
{
	const struct options *options = learning->options;
	struct learn_examiner examiner = {
		.root = options->root,
		.signers = &learning->signers,
	};
	int result = new_file_require_absent(options->output, error);

	if (result == MODSEAL_OK)
		result = learn_signers_open(&options->signers, &learning->signers, error);
	if (result == MODSEAL_OK && options->catalog)
		result = start_catalog(learning, issued, error);
	if (result == MODSEAL_OK)
		result = gather(learning, error);
	examiner.draft = learning->draft;
	if (result == MODSEAL_OK)
		result = learn_needed_follow(&examiner, &learning->seen, show_progress,
					     &learning->output, &learning->search, error);
	if (result != MODSEAL_OK)
		return result;
	learn_seen_sort(&learning->seen);
	return learn_rules_make(&learning->seen, &learning->rules, error);
}

static void count_files(const struct learning *learning, struct learn_proposal *proposal)
{
	for (size_t i = 0; i < learning->seen.count; i++) {
		const struct learn_file *file = learning->seen.files[i];

		proposal->left_out += !file->skipped && file->left_out;
		proposal->proposed += !file->skipped && !file->left_out;
	}
}

static void report(struct learning *learning, const struct learn_proposal *proposal)
{
	struct output *output = &learning->output;
	json_t *extra = NULL;
	char text[32];

	if (learning->log.unreadable)
		output_message("--from", "they may be cut, or of another program",
			       "%" PRIu64 " lines could not be read",
			       learning->log.unreadable);
	if (proposal->left_out)
		output_message(NULL, "the proposal ends with the list of them",
			       "%zu files were left out", proposal->left_out);
	if (!learning->options->output)
		return;
	if (output->json) {
		extra = json_object();
		json_object_set_new(extra, "rules",
				    json_integer((json_int_t)proposal->rules->count));
		json_object_set_new(extra, "allowed",
				    json_integer((json_int_t)proposal->proposed));
		json_object_set_new(extra, "left-out",
				    json_integer((json_int_t)proposal->left_out));
	}
	output_done(output, learning->options->output, "written, not signed", extra);
	snprintf(text, sizeof(text), "%zu", proposal->rules->count);
	output_line(output, "rules", text);
	snprintf(text, sizeof(text), "%zu", proposal->proposed);
	output_line(output, "files allowed", text);
	snprintf(text, sizeof(text), "%zu", proposal->left_out);
	output_line(output, "left out", text);
}

static int propose(struct learning *learning, const char *issued,
		   struct modseal_error *error)
{
	const struct options *options = learning->options;
	struct learn_proposal proposal = {
		.name = options->name ? options->name : "learned",
		.issued = issued,
		.seen = &learning->seen,
		.rules = &learning->rules,
		.search = &learning->search,
		.signers = &learning->signers,
		.audit = options->audit,
		.log = options->logs.count ? &learning->log : NULL,
	};
	char *text = NULL;
	size_t size = 0;
	int result = examine(learning, issued, error);

	if (result != MODSEAL_OK)
		return result;
	count_files(learning, &proposal);
	if (proposal.proposed + proposal.left_out == 0)
		return output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND,
				    options->operands.count ? options->operands.items[0]
							    : options->logs.items[0],
				    "name other directories, or another log",
				    "there is no library, program or kernel module");
	if (learning->draft && modseal_catalog_draft_count(learning->draft) > 0) {
		proposal.catalog = learning->catalog_name;
		proposal.catalog_file = learning->catalog_file;
		proposal.catalog_signer = &learning->catalog_signer;
		result = modseal_catalog_draft_write(learning->draft, options->catalog,
						     NULL, error);
	}
	if (result == MODSEAL_OK)
		result = learn_text_make(&proposal, &text, &size, error);
	if (result == MODSEAL_OK && options->output)
		result = new_file_create(options->output, text, size, 0644, error);
	else if (result == MODSEAL_OK)
		fwrite(text, 1, size, stdout);
	if (result == MODSEAL_OK)
		report(learning, &proposal);
	free(text);
	return result;
}

static int run(const struct options *options)
{
	struct learning learning = {.options = options, .output = output_start(options)};
	struct modseal_error error = {0};
	char buffer[ISSUED_SIZE];
	const char *issued = NULL;
	int status = judge(options);

	if (status == EXIT_DONE)
		status = issued_choose(options, buffer, &issued);
	if (status != EXIT_DONE)
		return status;
	if (propose(&learning, issued, &error) != MODSEAL_OK)
		output_failure(&learning.output, NULL, &error);
	learn_rules_clear(&learning.rules);
	learn_search_clear(&learning.search);
	learn_seen_clear(&learning.seen);
	learn_signers_clear(&learning.signers);
	learn_signer_clear(&learning.catalog_signer);
	modseal_catalog_draft_free(&learning.draft);
	free(learning.catalog_name);
	free(learning.catalog_file);
	return output_finish(&learning.output);
}

static const struct option_spec options_learn[] = {
	OPTION_A_LIST("signer", "FILE", signers,
		      "certificate of a key that may sign files; its signer has the\n"
		      "file's name without the ending (repeatable)"),
	OPTION_A_LIST("from", "LOG", logs,
		      "learn from the files of records in a log, JSON lines or\n"
		      "`journalctl -o json`; - is standard input (repeatable)"),
	OPTION_A_LIST("from-user", "NUMBER", users,
		      "believe what this user has written to the journal, too, as\n"
		      "what root has (repeatable)"),
	OPTION_A_TEXT("catalog", "FILE", catalog,
		      "list what is not signed in this catalog, a new one"),
	OPTION_A_TEXT("catalog-signer", "FILE", catalog_signer,
		      "certificate of the key that will sign the catalog"),
	OPTION_A_FLAG("audit", audit,
		      "propose a policy that reports what it would refuse, and refuses\n"
		      "it only once `mode: audit` is taken out"),
	OPTION_A_TEXT("name", "NAME", name, "the policy's name (default: learned)"),
	OPTION_A_TEXT("output", "FILE", output,
		      "write the proposal into a new file (default: standard output)"),
	OPTION_A_TEXT("root", "DIR", root,
		      "the files lie in an image at DIR; operands are paths inside of\n"
		      "it"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_learn = {
	.name = "learn",
	.operands = "[DIR|FILE...]",
	.summary = "propose a policy for what is there",
	.description =
		"Looks at the libraries, programs and kernel modules of directories, or "
		"of\n"
		"the records in a log, and at what they need, and writes a policy that\n"
		"would accept them, with comments that say what each rule is for. It is "
		"a\n"
		"draft: nothing is signed or put in force, and nothing is overwritten.",
	.options = options_learn,
	.minimum_operands = 0,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_cmd_learn_is_left_out; /* something declared (C11 6.9) */
#endif
