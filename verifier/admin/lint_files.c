/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lint: a signer that is trusted by a chain needs the certificates between: in the files,
 * or as intermediates in the policy. A few of the files that rules match are looked at.
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/signer_facts.h"
#include "policy/rules.h"
#include "verifier/admin/lint.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/container.h"
#include "verifier/signature/evidence.h"

/* So much is looked at, so that a lint never takes long, however many rules there are. */
#define MAX_ENTRIES   4096 /* of directories, for one rule */
#define MAX_FILES     4	   /* signed ones, for one rule */
#define MAX_SEARCHES  64   /* rules */
#define MAX_FILE_SIZE (64ull * 1024 * 1024)

struct search {
	struct modseal_lint *lint;
	const struct modseal_rule *rule;
	size_t prefix; /* bytes of the root in front of paths */
	size_t entries;
	size_t files;	 /* that are signed */
	char bare[4096]; /* the first without certificates, as the policy sees it */
};

static int count_certificate(void *argument, const char *key, const char *value)
{
	size_t *count = argument;

	*count += strcmp(key, "certificate.subject") == 0;
	return 0;
}

/* True where the file is signed in its end. */
static bool read_container(struct search *s, const char *path, size_t *ret_certificates)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_container container;
	struct modseal_located located;
	struct modseal_error ignored;
	bool present = false;

	if (modseal_path_open_any(path, &located, &ignored) < 0)
		return false;
	if (modseal_bytes_read(&located, MAX_FILE_SIZE, &bytes, &ignored) == 0 &&
	    modseal_container_split(bytes.tail, bytes.file_size, path, &container,
				    &ignored) == 0 &&
	    container.present)
		present = modseal_evidence_describe(s->lint->context->crypto,
						    container.cms, count_certificate,
						    ret_certificates, &ignored) == 0;
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
	return present;
}

static void look_at(struct search *s, const char *path)
{
	const char *inside = path + s->prefix;
	size_t certificates = 0;

	if (!modseal_pattern_matches(s->rule->path, inside) ||
	    !read_container(s, path, &certificates))
		return;
	s->files++;
	if (certificates == 0 && s->bare[0] == '\0')
		snprintf(s->bare, sizeof(s->bare), "%s", inside);
}

static void search_tree(struct search *s, char *start)
{
	char *const starts[] = {start, NULL};
	FTS *walk = fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;

	while (walk && s->entries++ < MAX_ENTRIES && s->files < MAX_FILES &&
	       (entry = fts_read(walk)))
		if (entry->fts_info == FTS_F)
			look_at(s, entry->fts_path);
	if (walk)
		fts_close(walk);
}

/* The signers of a rule that files must bring certificates for. */
static const struct modseal_policy_signer *bare_chain(const struct modseal_lint *lint,
						      const struct modseal_rule *rule)
{
	for (size_t i = 0; i < rule->signer_count; i++) {
		const struct modseal_policy_signer *signer =
			&lint->policy->signers[rule->signers[i]];
		struct modseal_certificate_facts facts;
		struct modseal_error ignored;

		if (signer->trust == MODSEAL_TRUST_CHAIN && !signer->intermediates &&
		    modseal_signer_facts(lint->context->crypto,
					 lint->context->base.signers[rule->signers[i]], 0,
					 &facts, &ignored) == 0 &&
		    facts.is_authority)
			return signer;
	}
	return NULL;
}

static bool lists_appended(const struct modseal_rule *rule)
{
	for (size_t i = 0; i < rule->evidence_count; i++)
		if (rule->evidence[i] == MODSEAL_EVIDENCE_APPENDED)
			return true;
	return false;
}

/* True if files were looked for. */
static bool look_at_rule(struct modseal_lint *lint, size_t number)
{
	const struct modseal_rule *rule = &lint->policy->rules[number];
	const struct modseal_policy_signer *signer = bare_chain(lint, rule);
	const char *root = lint->root_directory ? lint->root_directory : "";
	struct search s = {.lint = lint, .rule = rule, .prefix = strlen(root)};
	char *start = NULL;

	if (!signer || !lists_appended(rule))
		return false;
	while (s.prefix > 0 && root[s.prefix - 1] == '/')
		s.prefix--;
	if (asprintf(&start, "%.*s%.*s", (int)s.prefix, root,
		     (int)modseal_pattern_fixed(rule->path), rule->path) < 0) {
		lint->result = modseal_fail_memory(lint->error, MODSEAL_STAGE_POLICY);
		return true;
	}
	/* "/opt/lib/" would show as "/opt/lib//name" */
	for (size_t end = strlen(start); end > 1 && start[end - 1] == '/';)
		start[--end] = '\0';
	search_tree(&s, start);
	free(start);
	if (s.bare[0])
		modseal_lint_tell(
			lint, MODSEAL_FINDING_NO_CERTIFICATES,
			modseal_places_at(lint->places, "signers/%s", signer->name),
			"list the certificates below the CA as `intermediates`, or sign "
			"so that files carry them",
			"%s, which the rule in line %u is for, carries no certificates, "
			"and '%s' is trusted by a chain and lists no intermediates",
			s.bare, rule->line, signer->name);
	return true;
}

void modseal_lint_files(struct modseal_lint *lint)
{
	size_t searches = 0;

	for (size_t i = 0; i < lint->policy->rule_count && !lint->result; i++)
		if (!lint->policy->rules[i].delegates && searches < MAX_SEARCHES)
			searches += look_at_rule(lint, i);
}
