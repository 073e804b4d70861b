/* SPDX-License-Identifier: Apache-2.0 */
/* A signed list of files as evidence: is this file, byte for byte, the one it lists? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal/scalars.h"
#include "verifier/catalogs_open.h"
#include "verifier/evidence_catalog.h"
#include "verifier/evidence_signature.h"
#include "verifier/signature/fsverity.h"
#include "verifier/step_evidence.h"

static int mismatch(struct modseal_error *error)
{
	modseal_remedy(error,
		       "after an upgrade install the catalog of the new packages; else "
		       "put the package back that the catalog lists");
	return MODSEAL_E_CATALOG_MISMATCH;
}

static int take_digest(const struct modseal_subject *s,
		       const struct modseal_catalog_algorithm *algorithm,
		       uint8_t ret_digest[MODSEAL_MAX_DIGEST_SIZE],
		       struct modseal_error *error)
{
	const struct modseal_crypto *crypto = s->context->crypto;
	struct modseal_span rest, salt = {.size = 0};
	int result;

	if (algorithm->fsverity && s->spared) {
		memcpy(ret_digest, s->verity.digest, modseal_hash_size(algorithm->hash));
		return 0;
	}
	if (algorithm->fsverity) {
		result = modseal_subject_rest(s, &rest, error);
		return result < 0 ? result
				  : modseal_fsverity_digest(crypto, algorithm->hash, salt,
							    s->content, rest, ret_digest,
							    error);
	}
	if (algorithm->hash == MODSEAL_HASH_SHA256) {
		memcpy(ret_digest, s->digest, MODSEAL_SHA256_SIZE);
		return 0;
	}
	return modseal_crypto_digest(crypto, algorithm->hash, s->content, ret_digest,
				     error);
}

static int check_digest(const struct modseal_subject *s,
			const struct modseal_catalog_digest *digest,
			const struct modseal_catalog_algorithm *algorithm,
			struct modseal_error *error)
{
	uint8_t found[MODSEAL_MAX_DIGEST_SIZE];
	int result = take_digest(s, algorithm, found, error);

	if (result < 0)
		return result;
	if (modseal_catalog_digest_equal(digest, found,
					 modseal_hash_size(algorithm->hash)))
		return 0;
	modseal_fail(error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_EVIDENCE,
		     s->located.path, "the catalog '%s' lists another %s digest: %.*s",
		     s->context->policy->catalogs[s->rule->catalog].name, algorithm->name,
		     (int)digest->hex.size, (const char *)digest->hex.data);
	return mismatch(error);
}

/* Nothing that can be judged vouches for nothing: such an entry is for newer readers. */
static int unsupported(const struct modseal_subject *s, struct modseal_error *error,
		       const char *what, struct modseal_span algorithm)
{
	int result =
		modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_EVIDENCE,
			     s->located.path, "the catalog '%s' lists it with %s%.*s",
			     s->context->policy->catalogs[s->rule->catalog].name, what,
			     (int)algorithm.size, (const char *)algorithm.data);

	modseal_remedy(error, "use a newer modseal, or a catalog with SHA-256 digests");
	return result;
}

static bool is_measured(const struct modseal_subject *s,
			const struct modseal_catalog_algorithm *algorithm)
{
	return algorithm && algorithm->fsverity && algorithm->hash == s->verity.hash;
}

/* Every digest that is known, not just the first: none of them is weaker than the rest.
 */
static int check_digests(const struct modseal_subject *s,
			 const struct modseal_catalog_entry *entry,
			 struct modseal_error *error)
{
	struct modseal_span none = {.size = 0};
	size_t known = 0;

	for (size_t i = 0; i < entry->digest_count; i++) {
		const struct modseal_catalog_digest *digest = &entry->digests[i];
		const struct modseal_catalog_algorithm *algorithm =
			modseal_catalog_algorithm_find(digest->algorithm);
		int result;

		if (!algorithm) {
			if (digest->critical)
				return unsupported(s, error, "the critical digest ",
						   digest->algorithm);
			continue;
		}
		/* measured is the one digest, of the same bytes as the others */
		if (s->spared && !is_measured(s, algorithm))
			continue;
		result = check_digest(s, digest, algorithm, error);
		if (result < 0)
			return result;
		known++;
	}
	if (known == 0)
		return unsupported(s, error, "no digest that this version knows", none);
	return 0;
}

static int name_catalog(struct modseal_subject *s,
			const struct modseal_context_catalog *catalog, bool deciding,
			struct modseal_error *error)
{
	const struct modseal_policy_catalog *source =
		&s->context->policy->catalogs[s->rule->catalog];

	s->verdict->catalog = strdup(source->name);
	if (!s->verdict->catalog)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	s->verdict->catalog_serial = catalog->text.serial;
	if (!deciding)
		return 0;
	return modseal_subject_signed_by(s, MODSEAL_EVIDENCE_CATALOG, source->signers,
					 source->signer_count, &catalog->found, error);
}

int modseal_evidence_catalog(struct modseal_subject *s, bool deciding, bool *ret_present,
			     struct modseal_error *error)
{
	const struct modseal_context_catalog *catalog =
		&s->context->catalogs[s->rule->catalog];
	struct modseal_catalog_entry entry;
	int result;

	*ret_present = modseal_catalog_find(&catalog->text, s->located.path, &entry);
	if (!*ret_present)
		return 0;
	if (entry.size != s->content.size) {
		modseal_fail(error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_EVIDENCE,
			     s->located.path,
			     "the catalog '%s' lists it with a size of %" PRIu64
			     " bytes, this is %zu",
			     s->context->policy->catalogs[s->rule->catalog].name,
			     entry.size, s->content.size);
		return mismatch(error);
	}
	result = check_digests(s, &entry, error);
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

bool modseal_catalog_spares_reading(const struct modseal_subject *s,
				    uint8_t ret_sha256[MODSEAL_SHA256_SIZE])
{
	struct modseal_catalog_entry entry;
	bool measured = false, known = false;

	if (!s->bytes.partial || !only_catalog_can_be_there(s) ||
	    !modseal_catalog_find(&s->context->catalogs[s->rule->catalog].text,
				  s->located.path, &entry) ||
	    entry.size != s->content.size)
		return false;
	for (size_t i = 0; i < entry.digest_count; i++) {
		const struct modseal_catalog_digest *digest = &entry.digests[i];
		const struct modseal_catalog_algorithm *algorithm =
			modseal_catalog_algorithm_find(digest->algorithm);

		if (is_measured(s, algorithm))
			measured = modseal_catalog_digest_equal(
				digest, s->verity.digest,
				modseal_hash_size(algorithm->hash));
		else if (algorithm && !algorithm->fsverity &&
			 algorithm->hash == MODSEAL_HASH_SHA256)
			known = modseal_scalar_hex(digest->hex, ret_sha256,
						   MODSEAL_SHA256_SIZE);
	}
	return measured && known;
}
