/* SPDX-License-Identifier: Apache-2.0 */
/* A signed list of files as evidence: is this file, byte for byte, the one it lists? */
#include <string.h>

#include "verifier/catalogs_open.h"
#include "verifier/evidence_catalog.h"
#include "verifier/evidence_signature.h"
#include "verifier/signature/catalog_check.h"
#include "verifier/step_evidence.h"

static bool is_measured(const struct modseal_subject *s,
			const struct modseal_catalog_algorithm *algorithm)
{
	return algorithm && algorithm->fsverity && algorithm->hash == s->verity.hash;
}

static int name_catalog(struct modseal_subject *s,
			const struct modseal_context_catalog *catalog, bool deciding,
			struct modseal_error *error)
{
	const struct modseal_policy_part *source =
		&s->authority->policy->catalogs[s->rule->catalog];

	s->verdict->catalog = strdup(source->name);
	if (!s->verdict->catalog)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	s->verdict->catalog_serial = catalog->text.serial;
	if (!deciding)
		return 0;
	return modseal_subject_signed_by(s, MODSEAL_EVIDENCE_CATALOG, source->signers,
					 source->signer_count, &catalog->part.found,
					 error);
}

int modseal_evidence_catalog(struct modseal_subject *s, bool deciding, bool *ret_present,
			     struct modseal_error *error)
{
	const struct modseal_context_catalog *catalog =
		&s->authority->catalogs[s->rule->catalog];
	struct modseal_catalog_question question = {
		.catalog = s->authority->policy->catalogs[s->rule->catalog].name,
		.serial = catalog->text.serial,
		.object = s->located.path,
		.content = s->content,
		.content_sha256 = s->digest,
		.measured = s->spared ? s->verity.digest : NULL,
		.measured_hash = s->verity.hash,
	};
	struct modseal_catalog_entry entry;
	int result;

	if (catalog->fault) {
		if (error)
			*error = *catalog->fault;
		return catalog->fault->code;
	}
	*ret_present = modseal_catalog_find(&catalog->text, s->located.path, &entry);
	if (!*ret_present)
		return 0;
	result = modseal_subject_rest(s, &question.rest, error);
	if (result == 0)
		result = modseal_catalog_entry_check(s->context->crypto, &entry,
						     &question, error);
	if (result < 0)
		return result;
	s->path_bound = true;
	s->version_listed = entry.version_known;
	s->listed_version = entry.version;
	return name_catalog(s, catalog, deciding, error);
}

/* A signature in the file is a container; one beside it would have to be looked for. */
static bool only_catalog_can_be_there(const struct modseal_subject *s)
{
	if (s->container.present || !s->rule->has_catalog)
		return false;
	for (size_t i = 0; i < s->rule->evidence_count; i++)
		if (s->rule->evidence[i] != MODSEAL_EVIDENCE_CATALOG &&
		    s->rule->evidence[i] != MODSEAL_EVIDENCE_APPENDED)
			return false;
	return true;
}

bool modseal_catalog_spares_reading(const struct modseal_subject *s)
{
	struct modseal_catalog_entry entry;

	const struct modseal_context_catalog *catalog;

	if (!s->bytes.partial || s->authority->revoked.files.count ||
	    !only_catalog_can_be_there(s))
		return false;
	catalog = &s->authority->catalogs[s->rule->catalog];
	if (catalog->fault ||
	    !modseal_catalog_find(&catalog->text, s->located.path, &entry) ||
	    entry.size != s->content.size)
		return false;
	for (size_t i = 0; i < entry.digest_count; i++) {
		const struct modseal_catalog_digest *digest = &entry.digests[i];
		const struct modseal_catalog_algorithm *algorithm =
			modseal_catalog_algorithm_find(digest->algorithm);

		if (is_measured(s, algorithm) && algorithm->hash == MODSEAL_HASH_SHA256)
			return modseal_catalog_digest_equal(digest, s->verity.digest,
							    MODSEAL_SHA256_SIZE);
	}
	return false;
}
