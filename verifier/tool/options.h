/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: what a command is, what options it has, and what was given. The help
 * is printed from the same tables that parse, so that the two cannot disagree.
 */
#ifndef MODSEAL_TOOL_OPTIONS_H
#define MODSEAL_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit values of the command (design: the command). */
enum exit_value {
	EXIT_DONE = 0,
	EXIT_NO = 1,		/* the answer is no */
	EXIT_USE = 2,		/* wrong use */
	EXIT_UNDECIDED = 3,	/* could not decide */
	EXIT_NOT_STARTED = 125, /* of what starts a program: it was not */
};

/* Words of the command line; they point into argv. */
struct words {
	const char **items;
	size_t count;
};

/* Everything any command can be given. A text is NULL, and a number 0, where the option
 * was not given. */
struct options {
	struct words operands;
	bool help;
	bool json;
	/* deciding */
	const char *policy;
	struct words anchors;
	const char *policy_name;
	const char *root;
	const char *anchor_directory;
	const char *state;
	bool yes;
	/* asking */
	const char *draft;
	bool strict;
	bool seal;
	bool summary;
	const char *kind;
	const char *trust;
	const char *evidence;
	bool hygiene;
	const char *symbol;
	bool dry_run;
	/* signing */
	const char *key;
	const char *certificate;
	const char *pkcs11_module;
	bool allow_expired;
	const char *hash;
	const char *padding;
	const char *output;
	const char *signatures;
	bool detached;
	bool ima;
	bool append;
	bool force;
	const char *signer;  /* whose signatures are taken off */
	const char *replace; /* whose signatures go when the new ones come */
	/* many files */
	const char *files_from;
	bool null;
	struct words include;
	struct words exclude;
	bool any;
	bool break_links;
	const char *report;
	/* time stamps */
	const char *authority_certificate;
	const char *authority_issuer;
	const char *token;
	/* catalogs */
	const char *name;
	const char *serial;
	const char *issued;
	struct words digests;
	bool all;
	bool deb;
	bool rpm;
	bool installed;
	bool no_usrmerge;
	/* learning */
	struct words signers;
	struct words logs;
	struct words users;
	bool audit;
	const char *catalog;
	const char *catalog_signer;
	/* making keys */
	const char *directory;
	const char *algorithm;
	const char *issuer;
	bool authority;
	bool request;
	uint32_t days;
	bool days_given;
	const char *passphrase_file;
	const char *passphrase_env;
	uint32_t passphrase_fd;
	bool passphrase_fd_given;
	uint32_t jobs;
	bool jobs_given;
};

enum option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *; given twice is wrong use */
	OPTION_CHOICE, /* the same, one of the words that stand in `argument` between '|'
			*/
	OPTION_LIST,   /* struct words; may be repeated */
	OPTION_NUMBER, /* uint32_t, decimal */
};

struct option_spec {
	const char *name;     /* without "--" */
	const char *argument; /* as shown in the help; NULL for a flag */
	enum option_type type;
	size_t offset; /* of the member in struct options */
	/* OPTION_NUMBER: of the bool that says it was given, and its range */
	size_t given_offset;
	uint32_t minimum;
	uint32_t maximum;
	const char *help; /* lines separated by \n */
};

#define OPTION_MEMBER(member) offsetof(struct options, member)
#define OPTION_A_FLAG(name, member, help)                                                \
	{                                                                                \
		name, NULL, OPTION_FLAG, OPTION_MEMBER(member), 0, 0, 0, help            \
	}
#define OPTION_A_TEXT(name, argument, member, help)                                      \
	{                                                                                \
		name, argument, OPTION_TEXT, OPTION_MEMBER(member), 0, 0, 0, help        \
	}
#define OPTION_A_CHOICE(name, choices, member, help)                                     \
	{                                                                                \
		name, choices, OPTION_CHOICE, OPTION_MEMBER(member), 0, 0, 0, help       \
	}
#define OPTION_A_LIST(name, argument, member, help)                                      \
	{                                                                                \
		name, argument, OPTION_LIST, OPTION_MEMBER(member), 0, 0, 0, help        \
	}
#define OPTION_A_NUMBER(name, member, minimum, maximum, help)                            \
	{                                                                                \
		name, "N", OPTION_NUMBER, OPTION_MEMBER(member),                         \
			OPTION_MEMBER(member##_given), minimum, maximum, help            \
	}
#define OPTION_END                                                                       \
	{                                                                                \
		NULL, NULL, OPTION_FLAG, 0, 0, 0, 0, NULL                                \
	}

/* Options that several commands share, worded once. */
#define OPTIONS_DECIDING                                                                 \
	OPTION_A_TEXT("policy", "FILE", policy,                                          \
		      "the policy (default: the installed one)"),                        \
		OPTION_A_LIST(                                                           \
			"anchor", "FILE", anchors,                                       \
			"certificate of a key that may sign the policy (repeatable);\n"  \
			"the policy's own files may then belong to you instead of "      \
			"root"),                                                         \
		OPTION_A_TEXT("anchor-directory", "DIR", anchor_directory,               \
			      "directory of such certificates, NAME.pem for the\n"       \
			      "policy NAME (default: the installed one)"),               \
		OPTION_A_TEXT("policy-name", "NAME", policy_name,                        \
			      "the name the policy must have"),                          \
		OPTION_A_TEXT("state", "DIR", state,                                     \
			      "directory of the rollback state (default: the\n"          \
			      "installed one; with --anchor none)")
/* Commands that only look may look at the tree of another system. */
#define OPTIONS_ROOT                                                                     \
	OPTION_A_TEXT("root", "DIR", root,                                               \
		      "judge the tree of an image below DIR, with the image's paths;\n"  \
		      "without --policy its own policy and anchors")
#define OPTIONS_SIGNING                                                                  \
	OPTION_A_TEXT("key", "KEY", key,                                                 \
		      "the private key: a PEM, PKCS#8 or PKCS#12 file, or a key in\n"    \
		      "a token: pkcs11:token=LABEL;object=LABEL (RFC 7512)"),            \
		OPTION_A_TEXT("certificate", "FILE", certificate,                        \
			      "the certificate of that key, a file or pkcs11: URI\n"     \
			      "(default: the one beside the key in the PKCS#12 file\n"   \
			      "or token)"),                                              \
		OPTION_PKCS11_MODULE, OPTION_ALLOW_EXPIRED
#define OPTION_PKCS11_MODULE                                                             \
	OPTION_A_TEXT("pkcs11-module", "FILE", pkcs11_module,                            \
		      "the library of the token (default: all that p11-kit knows)")
#define OPTION_ALLOW_EXPIRED                                                             \
	OPTION_A_FLAG("allow-expired", allow_expired,                                    \
		      "sign although the certificate is not valid now")
#define OPTIONS_PASSPHRASE                                                               \
	OPTION_A_TEXT("passphrase-file", "FILE", passphrase_file,                        \
		      "passphrase of the key: the first line of FILE"),                  \
		OPTION_A_NUMBER("passphrase-fd", passphrase_fd, 0, 1u << 20,             \
				"the same, read from descriptor N"),                     \
		OPTION_A_TEXT("passphrase-env", "NAME", passphrase_env,                  \
			      "the same, from the environment variable NAME;\n"          \
			      "with none of the three a terminal is asked")
#define OPTIONS_JOBS                                                                     \
	OPTION_A_NUMBER("jobs", jobs, 0, 1024,                                           \
			"work on N files at once (0: one per processor; default 1)")
#define OPTIONS_FILES                                                                    \
	OPTION_A_TEXT("files-from", "FILE", files_from,                                  \
		      "more names of files and directories, one a line, from the\n"      \
		      "file FILE, or from standard input (-)"),                          \
		OPTION_A_FLAG(                                                           \
			"null", null,                                                    \
			"the names in that list end in NUL instead (-0; find -print0)"), \
		OPTION_A_LIST(                                                           \
			"include", "PATTERN", include,                                   \
			"below directories only files whose name fits (or, with a\n"     \
			"'/' in PATTERN, whose path below it; repeatable)"),             \
		OPTION_A_LIST("exclude", "PATTERN", exclude,                             \
			      "nothing below directories that fits, and nothing below\n" \
			      "such a directory (repeatable)")
#define OPTIONS_COMMON                                                                   \
	OPTION_A_FLAG("json", json, "one JSON object per file and line"),                \
		OPTION_A_FLAG("help", help, "show this help")

#define OPERANDS_ANY SIZE_MAX

struct command {
	const char *name;		   /* "sign", "policy check" */
	const char *operands;		   /* "FILE..." */
	const char *summary;		   /* one line of the list of commands */
	const char *description;	   /* paragraphs of the command's help */
	const struct option_spec *options; /* ends with OPTION_END */
	size_t minimum_operands;
	size_t maximum_operands; /* or OPERANDS_ANY */
	/* The operands are a program and its arguments, which are nobody else's: options
	 * end with the first, they may be empty, and wrong use is told from the exit
	 * values of the program. */
	bool starts_program;
	/* Returns the exit value. */
	int (*run)(const struct options *options);
};

/* argv[0] is the command's last word. Returns EXIT_DONE, or EXIT_USE after one message.
 * What is written to *ret_options is released by options_free in both cases. */
int options_parse(const struct command *command, int argc, char **argv,
		  struct options *ret_options);
void options_free(struct options *options);

/* True if candidate is a better guess than those before at what was meant by typed;
 * *distance starts at SIZE_MAX. */
bool options_nearer(const char *typed, const char *candidate, size_t *distance);

/* The messages for a required option that is missing, and for one that makes no sense
 * beside (or without) something else. Return EXIT_USE. */
int options_missing(const struct command *command, const char *option);
int options_conflict(const struct command *command, const char *option, const char *why);

#endif
