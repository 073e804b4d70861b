/* SPDX-License-Identifier: Apache-2.0 */
/* Step 7: what is inside the file: hygiene, machine, identity, security version. */
#include <stdio.h>
#include <string.h>

#include "verifier/audit.h"
#include "verifier/step_evidence.h"
#include "verifier/step_image.h"

/* Evidence that is for this very path says what the file is called: its own name, or one
 * that differs in version parts only. A link of another name is not in a catalog, and on
 * a file system whose owners are not believed anybody may have made it: there the file
 * must say so itself. */
static bool is_at_bound_path(const struct modseal_subject *s)
{
	const char *slash = strrchr(s->located.path, '/');

	if (!s->path_bound)
		return false;
	return !modseal_rule_wants_signature(s->rule) ||
	       modseal_identity_names_fit(s->entry, slash ? slash + 1 : s->located.path);
}

static int check_identity(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_elf *elf = &s->elf;
	const char *path = s->located.path;

	if (s->needed_by && (!elf->soname || strcmp(elf->soname, s->asked) != 0))
		return modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE,
				    path, "it is needed as '%s', but its SONAME is '%s'",
				    s->asked, elf->soname ? elf->soname : "(none)");
	if (!s->rule->identity_bound || is_at_bound_path(s))
		return 0;
	if (s->kind == MODSEAL_KIND_LIBRARY)
		return modseal_identity_check(elf, s->kind, s->entry, error);
	return modseal_identity_check(elf, s->kind, path, error);
}

/* The security version is that of the module note, or the one that a catalog lists. Who
 * signed the catalog did not mean this file where both are there and differ. */
static int settle_version(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_note *note = &s->elf.note;

	s->verdict->version_known = note->name || s->version_listed;
	s->verdict->version = note->name ? note->version : s->listed_version;
	if (note->name && s->version_listed && note->version != s->listed_version)
		return modseal_fail(
			error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_IMAGE,
			s->located.path,
			"its module note says security version %llu, the catalog %llu",
			(unsigned long long)note->version,
			(unsigned long long)s->listed_version);
	return 0;
}

/* R32: an old build stays validly signed, so its version decides. */
static int require_version(const struct modseal_subject *s, uint64_t floor,
			   const char *whose, struct modseal_error *error)
{
	const struct modseal_verdict *verdict = s->verdict;
	int result;

	if (verdict->version_known && verdict->version >= floor)
		return 0;
	if (verdict->version_known)
		return modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_IMAGE,
				    s->located.path,
				    "its security version is %llu, and %s wants %llu or "
				    "above",
				    (unsigned long long)verdict->version, whose,
				    (unsigned long long)floor);
	result = modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_IMAGE,
			      s->located.path,
			      "it carries no security version, and %s wants %llu or "
			      "above",
			      whose, (unsigned long long)floor);
	modseal_remedy(error, "install a build that says its version with "
			      "MODSEAL_MODULE of modseal-module.h");
	return result;
}

/* Every name inside counts: a file whose note and SONAME differ is both. */
static int check_version(const struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_policy *policy = s->context->base.policy;
	const char *const names[] = {s->elf.note.name, s->elf.soname};
	int result = 0;

	if (s->rule->version_wanted)
		result = require_version(s, s->rule->minimum_version, "the rule", error);
	for (size_t i = 0; result == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		const struct modseal_policy_version *version =
			modseal_policy_version_of(policy, names[i]);
		char whose[MODSEAL_MAX_NAME_LENGTH + 32];

		if (!version)
			continue;
		snprintf(whose, sizeof(whose), "`versions` for '%s'", version->name);
		result = require_version(s, version->floor, whose, error);
	}
	return result;
}

/* The content begins where the file begins. */
static int need_bytes(void *argument, uint64_t offset, uint64_t length,
		      struct modseal_error *error)
{
	struct modseal_subject *s = argument;

	return modseal_bytes_need(&s->bytes, offset, length, s->located.path, error);
}

int modseal_step_image(struct modseal_subject *s, struct modseal_error *error)
{
	enum modseal_elf_level level = s->rule->hygiene == MODSEAL_HYGIENE_HARDENED
					       ? MODSEAL_ELF_HARDENED
					       : MODSEAL_ELF_STANDARD;
	struct modseal_elf_source source = {
		.content = s->content, .need = need_bytes, .argument = s};
	const char *path = s->located.path;
	int result;

	if (s->is_preload)
		level = MODSEAL_ELF_INSPECT;
	result = s->script ? 0
			   : modseal_elf_read_from(&source, s->kind, level, path, &s->elf,
						   error);
	if (result == 0 && !s->script &&
	    (!s->rule->any_machine || s->to_load || (s->in_place && !s->outside)))
		result = modseal_elf_require_native(&s->elf, path, error);
	if (result == 0)
		result = modseal_audit(s, check_identity(s, error), error);
	if (result == 0)
		result = modseal_audit(s, settle_version(s, error), error);
	if (result == 0)
		result = modseal_audit(s, check_version(s, error), error);
	return result;
}
