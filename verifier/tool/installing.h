/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that install share: the places, and the question. */
#ifndef MODSEAL_TOOL_INSTALLING_H
#define MODSEAL_TOOL_INSTALLING_H

#include "modseal-install.h"
#include "verifier/tool/options.h"
#include "verifier/tool/output.h"

struct installing_names {
	char *policy, *anchor_directory, *directory, *state;
	char **anchors;
	size_t anchor_count;
	struct modseal_install_options options; /* by these names */
};

/* What the options name, made absolute; policy may be NULL. The caller ends *names, which
 * is zero to begin with, also after a failure. Errors: SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int installing_names_make(const struct options *options,
					     const char *policy,
					     struct installing_names *names,
					     struct modseal_error *error);
void installing_names_free(struct installing_names *names);

/* What the library's question needs to be shown and answered. */
struct installing {
	struct output *output;
	const char *policy; /* what it is called where it is shown */
	bool yes;
	bool declined;
	json_t *facts;
};

/* A modseal_install_ask: shows what changes, and asks unless the answer is given. */
int installing_ask(void *argument, const struct modseal_install_plan *plan);
/* Asks on the terminal. */
bool installing_agreed(const char *question);

/* What --anchor and --anchor-directory, and asking nobody, exclude; EXIT_DONE: nothing.
 */
int installing_check(const struct command *command, const struct options *options);

/* Ends a command by its result: says what was done, or why it was not. */
int installing_end(struct installing *installing, int result, const char *done,
		   struct modseal_error *error);

#define OPTIONS_INSTALLED_PLACES                                                         \
	OPTION_A_TEXT("directory", "DIR", directory,                                     \
		      "where policies are installed (default: the built-in place)"),     \
		OPTION_A_TEXT("state", "DIR", state,                                     \
			      "directory of the rollback state (default: the built-in "  \
			      "place)"),                                                 \
		OPTION_A_FLAG("yes", yes, "do not ask")

#define OPTIONS_INSTALLING                                                               \
	OPTION_A_LIST("anchor", "FILE", anchors,                                         \
		      "certificate of a key that may sign the policy (repeatable);\n"    \
		      "what is installed may then belong to you instead of root"),       \
		OPTION_A_TEXT("anchor-directory", "DIR", anchor_directory,               \
			      "directory of such certificates, NAME.pem for the\n"       \
			      "policy NAME (default: the installed one)"),               \
		OPTION_A_TEXT("policy-name", "NAME", policy_name,                        \
			      "the name the policy must have"),                          \
		OPTIONS_INSTALLED_PLACES

#endif
