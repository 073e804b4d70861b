/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a proposed policy. Names of files are chosen by others, so what stands in a
 * value was judged by learn_is_plain and stands in single quotes, where YAML knows no
 * escape but the doubled quote; and what stands in a comment is escaped, so that it ends
 * with its line.
 */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/output.h"

/* So many names stand in the comment of a rule, and files among those left out. */
#define MAX_NAMES    6
#define MAX_LEFT_OUT 1000
#define MAX_COMMENT  1024

static const char *const forms[] = {
	[LEARN_APPENDED] = "appended",
	[LEARN_DETACHED] = "detached",
	[LEARN_IMA] = "ima",
	[LEARN_CATALOG] = "catalog",
	[LEARN_PROTECTED_PATH] = "protected-path",
};
static const char *const kinds[] = {
	[MODSEAL_KIND_LIBRARY] = "library",
	[MODSEAL_KIND_PROGRAM] = "program",
	[MODSEAL_KIND_KERNEL_MODULE] = "kernel-module",
};
static const char *const plurals[] = {
	[MODSEAL_KIND_LIBRARY] = "libraries",
	[MODSEAL_KIND_PROGRAM] = "programs",
	[MODSEAL_KIND_KERNEL_MODULE] = "kernel modules",
};

static void put_quoted(FILE *stream, const char *text)
{
	fputc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', stream);
		fputc(*text, stream);
	}
	fputc('\'', stream);
}

static void put_comment(FILE *stream, const char *text)
{
	char escaped[MAX_COMMENT];

	modseal_escape(escaped, sizeof(escaped), text);
	fputs(escaped, stream);
	if (strlen(text) >= sizeof(escaped) - 4)
		fputs("...", stream);
}

/* ---- signers and catalogs -----------------------------------------------------------
 */

static void put_pem(FILE *stream, const char *pem)
{
	while (*pem) {
		size_t length = strcspn(pem, "\n");

		fprintf(stream, "      %.*s\n", (int)length, pem);
		pem += length + (pem[length] == '\n');
	}
}

static void put_signer(FILE *stream, const struct learn_signer *signer,
		       const char *purposes)
{
	fprintf(stream,
		"  %s:\n    trust: pinned\n    purposes: [%s]\n    certificate: |\n",
		signer->name, purposes);
	put_pem(stream, signer->pem);
}

/* What the rules want of a signer; "" where none of them names it. */
static void gather_purposes(const struct learn_proposal *proposal, size_t number,
			    char *buffer, size_t size)
{
	bool wanted[sizeof(kinds) / sizeof(kinds[0])] = {0};

	buffer[0] = '\0';
	for (size_t i = 0; i < proposal->rules->count; i++) {
		const struct learn_file *file = proposal->rules->items[i].files[0];

		wanted[file->kind] |= (file->signers >> number & 1) != 0;
	}
	for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++) {
		size_t used = strlen(buffer);

		if (wanted[k])
			snprintf(buffer + used, size - used, "%s%s", used ? ", " : "",
				 kinds[k]);
	}
}

static void put_signers(FILE *stream, const struct learn_proposal *proposal)
{
	const struct learn_signers *signers = proposal->signers;
	char purposes[64];
	bool started = false;

	for (size_t i = 0; i < signers->count; i++) {
		gather_purposes(proposal, i, purposes, sizeof(purposes));
		if (!purposes[0])
			continue;
		if (!started)
			fputs("\nsigners:\n", stream);
		started = true;
		put_signer(stream, &signers->items[i], purposes);
	}
	for (size_t i = 0; i < signers->count; i++) {
		gather_purposes(proposal, i, purposes, sizeof(purposes));
		if (!purposes[0])
			fprintf(stream, "# Nothing that was seen is signed by %s.\n",
				signers->items[i].name);
	}
	if (!proposal->catalog)
		return;
	if (!started)
		fputs("\nsigners:\n", stream);
	put_signer(stream, proposal->catalog_signer, "catalog");
	fputs("\ncatalogs:\n"
	      "  # Drafted beside this policy; `modseal catalog sign` signs it.\n"
	      "  - {name: ",
	      stream);
	fprintf(stream, "%s, file: ", proposal->catalog);
	put_quoted(stream, proposal->catalog_file);
	fprintf(stream, ", signers: [%s]}\n", proposal->catalog_signer->name);
}

/* ---- rules --------------------------------------------------------------------------
 */

static size_t put_signer_names(FILE *stream, const struct learn_proposal *proposal,
			       uint64_t set, const char *between)
{
	size_t count = 0;

	for (size_t i = 0; i < proposal->signers->count; i++)
		if (set >> i & 1)
			fprintf(stream, "%s%s", count++ ? between : "",
				proposal->signers->items[i].name);
	return count;
}

/* The names of what a rule is for, without the directory that its path tells. */
static void put_names(FILE *stream, const struct learn_rule *rule)
{
	size_t common = strcspn(rule->path, "*");

	while (common > 0 && rule->path[common - 1] != '/')
		common--;
	for (size_t i = 0; i < rule->count && i < MAX_NAMES; i++) {
		fputs(i ? ", " : ": ", stream);
		put_comment(stream, rule->files[i]->path + common);
	}
	if (rule->count > MAX_NAMES)
		fprintf(stream, " and %zu more", rule->count - MAX_NAMES);
}

static void put_what_else(FILE *stream, const struct learn_proposal *proposal,
			  const struct learn_rule *rule)
{
	const struct learn_file *file = rule->files[0];

	switch (file->form) {
	case LEARN_CATALOG:
		fprintf(stream, "  # Nothing that comes later, unless %s lists it.\n",
			proposal->catalog);
		break;
	case LEARN_PROTECTED_PATH:
		fputs("  # Also whatever root puts there later under such a name.\n",
		      stream);
		break;
	default:
		fputs("  # Also what comes later under such a name, if signed by ",
		      stream);
		put_signer_names(stream, proposal, file->signers, " and ");
		fputs(".\n", stream);
		break;
	}
}

static void put_ground(FILE *stream, const struct learn_proposal *proposal,
		       const struct learn_file *file)
{
	switch (file->form) {
	case LEARN_CATALOG:
		fprintf(stream, "not signed, listed in %s", proposal->catalog);
		break;
	case LEARN_PROTECTED_PATH:
		fputs("not signed, but only root can write there", stream);
		break;
	default:
		fputs("signed by ", stream);
		put_signer_names(stream, proposal, file->signers, " and ");
		break;
	}
}

static void put_set(FILE *stream, const char *before, const json_t *set)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)set, name, value)
	{
		fputs(before, stream);
		put_comment(stream, name);
		before = ", ";
	}
}

/* What the log says, of all files of a rule together. */
static void put_records(FILE *stream, const struct learn_rule *rule)
{
	struct learn_records all = {.codes = json_object(), .programs = json_object()};

	for (size_t i = 0; i < rule->count; i++) {
		const struct learn_records *one = rule->files[i]->records;

		if (!one)
			continue;
		all.count += one->count;
		if (one->first[0] && (!all.first[0] || strcmp(one->first, all.first) < 0))
			memcpy(all.first, one->first, sizeof(all.first));
		if (strcmp(one->last, all.last) > 0)
			memcpy(all.last, one->last, sizeof(all.last));
		json_object_update(all.codes, one->codes);
		json_object_update(all.programs, one->programs);
	}
	if (all.count) {
		fprintf(stream, "  # In the log %" PRIu64 " time%s", all.count,
			all.count == 1 ? "" : "s");
		if (all.first[0])
			fprintf(stream, ", from %s to %s", all.first, all.last);
		put_set(stream, ": ", all.codes);
		put_set(stream, "; by ", all.programs);
		fputc('\n', stream);
	}
	json_decref(all.codes);
	json_decref(all.programs);
}

static void put_reasons(FILE *stream, const struct learn_proposal *proposal,
			const struct learn_rule *rule)
{
	const struct learn_file *file = rule->files[0];

	fputs("  # ", stream);
	if (rule->count == 1)
		fputs(file->kind == MODSEAL_KIND_KERNEL_MODULE ? "1 kernel module" : "",
		      stream);
	if (rule->count == 1 && file->kind != MODSEAL_KIND_KERNEL_MODULE)
		fprintf(stream, "1 %s", kinds[file->kind]);
	if (rule->count != 1)
		fprintf(stream, "%zu %s", rule->count, plurals[file->kind]);
	fputs(", ", stream);
	put_ground(stream, proposal, file);
	if (rule->wide)
		put_names(stream, rule);
	if (rule->count == 1 && file->needed_by) {
		fputs("; needed by ", stream);
		put_comment(stream, file->needed_by);
	}
	fputc('\n', stream);
	put_records(stream, rule);
	if (rule->wide)
		put_what_else(stream, proposal, rule);
	if (file->unbound)
		fputs("  # unbound: a SONAME or module note of the file's name would "
		      "bind it to this place.\n",
		      stream);
	if (file->caller)
		fputs("  # caller: not only root can write there, so only processes of "
		      "that user take it.\n",
		      stream);
}

static void put_rule(FILE *stream, const struct learn_proposal *proposal,
		     const struct learn_rule *rule)
{
	const struct learn_file *file = rule->files[0];
	bool is_signed =
		file->form != LEARN_CATALOG && file->form != LEARN_PROTECTED_PATH;

	fputs("  - {path: ", stream);
	put_quoted(stream, rule->path);
	if (file->kind != MODSEAL_KIND_LIBRARY)
		fprintf(stream, ", kind: %s", kinds[file->kind]);
	fprintf(stream, ", evidence: [%s]", forms[file->form]);
	if (file->form == LEARN_CATALOG)
		fprintf(stream, ", catalog: %s", proposal->catalog);
	if (is_signed) {
		size_t count;

		fputs(", signers: [", stream);
		count = put_signer_names(stream, proposal, file->signers, ", ");
		fputc(']', stream);
		if (count > 1)
			fprintf(stream, ", require: %zu", count);
	}
	if (file->caller)
		fputs(", owners: [root, caller]", stream);
	if (file->unbound)
		fputs(", identity: unbound", stream);
	if (file->foreign)
		fputs(", machine: any", stream);
	fputs("}\n", stream);
}

static void put_rules(FILE *stream, const struct learn_proposal *proposal)
{
	if (proposal->rules->count == 0)
		fputs("\nrules: []\n", stream);
	else
		fputs("\nrules:\n", stream);
	for (size_t i = 0; i < proposal->rules->count; i++) {
		put_reasons(stream, proposal, &proposal->rules->items[i]);
		put_rule(stream, proposal, &proposal->rules->items[i]);
	}
}

/* ---- the whole ----------------------------------------------------------------------
 */

static void put_log(FILE *stream, const struct learn_log *log)
{
	char strangers[LEARN_STRANGERS_SIZE];

	fprintf(stream,
		"# From a log: %" PRIu64 " records; %" PRIu64
		" that judged no file, and %" PRIu64
		" lines that\n# could not be read, say nothing.\n",
		log->records, log->undecided, log->unreadable);
	if (log->strangers == 0)
		return;
	learn_log_strangers(log, strangers, sizeof(strangers));
	fprintf(stream,
		"# %" PRIu64
		" records that root has not written to the journal are passed "
		"over:\n# of user %s.\n",
		log->strangers, strangers);
}

static void put_head(FILE *stream, const struct learn_proposal *proposal)
{
	fprintf(stream,
		"modseal-policy: 1\n"
		"# Proposed by `modseal learn`, and signed by nobody: read each rule "
		"first.\n"
		"# %zu files are allowed by the rules, %zu were left out (see the "
		"end).\n",
		proposal->proposed, proposal->left_out);
	if (proposal->log)
		put_log(stream, proposal->log);
	fprintf(stream, "name: %s\nserial: 1\nissued: %s\n", proposal->name,
		proposal->issued);
	if (proposal->audit)
		fputs("# Nothing is refused yet, only told: take this line out to "
		      "enforce.\n"
		      "mode: audit\n",
		      stream);
	if (proposal->search->plain)
		return;
	fputs("# Libraries that are needed were found in these, in this "
	      "order.\nsearch:\n",
	      stream);
	for (size_t i = 0; i < proposal->search->count; i++) {
		fputs("  - ", stream);
		put_quoted(stream, proposal->search->directories[i]);
		fputc('\n', stream);
	}
}

static void put_rest(FILE *stream, const struct learn_proposal *proposal)
{
	const struct learn_seen *seen = proposal->seen;
	size_t shown = 0;

	if (proposal->left_out)
		fputs("\n# Left out:\n", stream);
	for (size_t i = 0; i < seen->count && shown < MAX_LEFT_OUT; i++) {
		const struct learn_file *file = seen->files[i];

		if (!file->left_out)
			continue;
		shown++;
		fputs("# ", stream);
		put_comment(stream, file->path);
		fputs(": ", stream);
		put_comment(stream, file->left_out);
		fputc('\n', stream);
	}
	if (shown < proposal->left_out)
		fprintf(stream, "# and %zu more\n", proposal->left_out - shown);
	if (seen->missing_count)
		fputs("\n# Needed, and not found:\n", stream);
	for (size_t i = 0; i < seen->missing_count && i < MAX_LEFT_OUT; i++) {
		fputs("# ", stream);
		put_comment(stream, seen->missing[i]);
		fputc('\n', stream);
	}
}

int learn_text_make(const struct learn_proposal *proposal, char **ret_text,
		    size_t *ret_size, struct modseal_error *error)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	bool good;

	if (!stream)
		return learn_no_memory(error);
	put_head(stream, proposal);
	put_signers(stream, proposal);
	put_rules(stream, proposal);
	put_rest(stream, proposal);
	good = !ferror(stream);
	/* fclose does not say that there was no memory for the end */
	good = fclose(stream) == 0 && good && text;
	if (!good) {
		free(text);
		return learn_no_memory(error);
	}
	*ret_text = text;
	*ret_size = size;
	return MODSEAL_OK;
}
#else
typedef int modseal_learn_text_is_left_out; /* something declared (C11 6.9) */
#endif
