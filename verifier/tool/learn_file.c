/* SPDX-License-Identifier: Apache-2.0 */
/* Examines a file: what it is, what vouches for it, whether a rule can accept it. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modseal-inspect.h"
#include "verifier/tool/learn_place.h"
#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

#define MAX_SHOWN 1024
#define MAX_PATH  4096

bool learn_is_plain(const char *text)
{
	char escaped[4 * 4096 + 1];

	modseal_escape(escaped, sizeof(escaped), text);
	return strcmp(escaped, text) == 0;
}

bool learn_is_nameable(const char *path)
{
	return path[strcspn(path, "*?[\\")] == '\0';
}

/* The start only: most files of a tree are neither read nor hashed. */
bool learn_is_elf(const char *name)
{
	int descriptor = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	char start[SELFMAG];
	bool found;

	if (descriptor < 0)
		return errno == EACCES; /* which is told, where it is examined */
	found = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
		pread(descriptor, start, SELFMAG, 0) == SELFMAG &&
		memcmp(start, ELFMAG, SELFMAG) == 0;
	close(descriptor);
	return found;
}

static int add_fact(void *argument, const char *key, const char *value)
{
	return output_json_fact(argument, key, value) == 0 ? 0 : MODSEAL_E_RESOURCE;
}

/* The first of the values of a key. */
static const char *fact(const json_t *facts, const char *key)
{
	const json_t *value = json_object_get(facts, key);

	return json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
}

static bool read_kind(const json_t *facts, enum modseal_kind *ret_kind)
{
	const char *kind = fact(facts, "kind");

	if (!kind)
		return false;
	*ret_kind = strcmp(kind, "program") == 0	 ? MODSEAL_KIND_PROGRAM
		    : strcmp(kind, "kernel-module") == 0 ? MODSEAL_KIND_KERNEL_MODULE
							 : MODSEAL_KIND_LIBRARY;
	return true;
}

/* ---- what vouches for it ------------------------------------------------------------
 */

/* Who seems to have signed a file that no given certificate fits. */
static void name_stranger(const json_t *facts, char *buffer, size_t size)
{
	const char *keys[] = {"certificate.subject", "signer.issuer",
			      "signer.key-identifier", "ima.key-identifier"};

	snprintf(buffer, size, "somebody");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = fact(facts, keys[i]);

		if (!value)
			continue;
		snprintf(buffer, size, "%s%s", strchr(keys[i], '-') ? "the key " : "",
			 value);
		return;
	}
}

static int judge_signed(const struct learn_examiner *examiner, struct learn_file *file,
			const char *name, const json_t *facts,
			struct modseal_error *error)
{
	struct modseal_error problem = {0};
	char stranger[MAX_SHOWN];
	int result = learn_signers_of(examiner->signers, name, &file->signers,
				      &file->form, &problem, error);

	if (result != MODSEAL_OK || file->signers)
		return result;
	name_stranger(facts, stranger, sizeof(stranger));
	if (problem.code != MODSEAL_OK && problem.code != MODSEAL_E_SIGNER_NOT_ALLOWED)
		return learn_leave_out(file, LEARN_REFUSED_BY_EVIDENCE, error, "%s: %s",
				       modseal_code_name(problem.code), problem.message);
	return learn_leave_out(
		file, LEARN_REFUSED_BY_EVIDENCE, error,
		"signed, it says, by %s; give that certificate with --signer", stranger);
}

/* A catalog, or root's protection of the place. */
static int judge_unsigned(const struct learn_examiner *examiner, struct learn_file *file,
			  const char *name, const struct learn_place *place,
			  struct modseal_error *error)
{
	int added = 0, result;

	if (!examiner->draft) {
		file->form = LEARN_PROTECTED_PATH;
		if (place->caller || place->shared)
			return learn_leave_out(
				file, LEARN_REFUSED_ANYWAY, error,
				"not signed, and %s; sign it, or list it in a catalog",
				place->caller ? "root is not the only one who can "
						"change it"
					      : "it lies below a directory that all can "
						"write to");
		return MODSEAL_OK;
	}
	file->form = LEARN_CATALOG;
	result = modseal_catalog_draft_add_file(examiner->draft, file->path, name, &added,
						error);
	if (result != MODSEAL_OK && modseal_code_exit(result) == EXIT_NO)
		return learn_leave_out(file, LEARN_REFUSED_BY_EVIDENCE, error, "%s: %s",
				       modseal_code_name(result), error->message);
	return result;
}

static int judge_evidence(const struct learn_examiner *examiner, struct learn_file *file,
			  const char *name, const json_t *facts,
			  struct modseal_error *error)
{
	const char *problem = fact(facts, "problem");
	struct learn_place place;
	int result = learn_place_judge(examiner->root, file->path, &place, error);

	if (result != MODSEAL_OK)
		return result;
	if (place.flaw[0])
		return learn_leave_out(file, LEARN_REFUSED_ANYWAY, error,
				       "PATH_UNSAFE: %s", place.flaw);
	file->caller = place.caller;
	/* half a signature, or a broken one, was a good one once: nobody takes the file
	 * for one that never had any */
	if (problem)
		return learn_leave_out(file, LEARN_REFUSED_BY_EVIDENCE, error, "%s",
				       problem);
	if (fact(facts, "evidence"))
		return judge_signed(examiner, file, name, facts, error);
	return judge_unsigned(examiner, file, name, &place, error);
}

/* ---- the file -----------------------------------------------------------------------
 */

static bool is_path_bound(enum learn_form form)
{
	return form == LEARN_CATALOG || form == LEARN_PROTECTED_PATH;
}

/* What every policy says about the inside of a file, whatever vouches for it. */
static int judge_image(const struct learn_examiner *examiner, struct learn_file *file,
		       const json_t *facts, struct modseal_error *error)
{
	const char *unsafe = fact(facts, "unsafe");

	file->foreign = fact(facts, "native") != NULL;
	if (unsafe)
		return learn_leave_out(file, LEARN_REFUSED_ANYWAY, error, "%s", unsafe);
	if (file->foreign && !examiner->root)
		return learn_leave_out(file, LEARN_REFUSED_ANYWAY, error,
				       "ELF_FOREIGN: built for another machine");
	return MODSEAL_OK;
}

static int judge_identity(struct learn_file *file, const json_t *facts,
			  struct modseal_error *error)
{
	const char *unbound = fact(facts, "unbound");

	if (!unbound || is_path_bound(file->form))
		return MODSEAL_OK;
	if (file->kind == MODSEAL_KIND_KERNEL_MODULE)
		return learn_leave_out(file, LEARN_REFUSED_BY_EVIDENCE, error, "%s",
				       unbound);
	file->unbound = true;
	return MODSEAL_OK;
}

/* Learned is what ran, not what took its place since. */
static int judge_record(struct learn_file *file, const json_t *facts,
			struct modseal_error *error)
{
	const char *digest = file->records ? file->records->digest : NULL;
	const char *found = fact(facts, "sha256");

	if (!digest || (found && strcmp(digest + strlen("sha256:"), found) == 0))
		return MODSEAL_OK;
	return learn_leave_out(file, LEARN_REFUSED_BY_NOTHING, error,
			       "not the file that the log names, %s", digest);
}

static int judge(const struct learn_examiner *examiner, struct learn_file *file,
		 const char *name, const json_t *facts, struct modseal_error *error)
{
	int result = judge_record(file, facts, error);

	if (result == MODSEAL_OK && !file->left_out)
		result = judge_image(examiner, file, facts, error);
	if (result == MODSEAL_OK && !file->left_out)
		result = judge_evidence(examiner, file, name, facts, error);
	if (result == MODSEAL_OK && !file->left_out)
		result = judge_identity(file, facts, error);
	if (result == MODSEAL_OK && !file->left_out) {
		file->needed = json_incref(json_object_get(facts, "needed"));
		file->interpreter = json_incref(json_object_get(facts, "interpreter"));
	}
	return result;
}

static int examine(const struct learn_examiner *examiner, struct learn_file *file,
		   const char *name, json_t *facts, struct modseal_error *error)
{
	const char *problem;
	int result = modseal_inspect(name, add_fact, facts, error);

	if (result != MODSEAL_OK && modseal_code_exit(result) == EXIT_NO)
		return learn_leave_out(file, LEARN_REFUSED_BY_EVIDENCE, error, "%s: %s",
				       modseal_code_name(result), error->message);
	if (result != MODSEAL_OK)
		return result;
	if (!read_kind(facts, &file->kind)) {
		problem = fact(facts, "problem");
		file->skipped = !problem;
		return problem ? learn_leave_out(file, LEARN_REFUSED_BY_EVIDENCE, error,
						 "%s", problem)
			       : MODSEAL_OK;
	}
	return judge(examiner, file, name, facts, error);
}

int learn_file_examine(const struct learn_examiner *examiner, struct learn_file *file,
		       struct modseal_error *error)
{
	json_t *facts = NULL;
	char *name = NULL;
	int result = tree_path(examiner->root, file->path, &name, error);

	if (result != MODSEAL_OK)
		return result;
	if (!learn_is_elf(name)) {
		file->skipped = true;
	} else if (!learn_is_plain(file->path) || strlen(file->path) >= MAX_PATH) {
		result = learn_leave_out(file, LEARN_REFUSED_ANYWAY, error,
					 "no policy can hold this name; rename it");
	} else {
		file->unnameable = !learn_is_nameable(file->path);
		facts = json_object();
		result = facts ? examine(examiner, file, name, facts, error)
			       : learn_no_memory(error);
	}
	free(name);
	json_decref(facts);
	file->examined = true;
	return result;
}
#else
typedef int modseal_learn_file_is_left_out; /* something declared (C11 6.9) */
#endif
