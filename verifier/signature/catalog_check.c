/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a file with the line of a catalog that lists it. */
#include "verifier/signature/catalog_check.h"

#include <inttypes.h>

#include "verifier/signature/fsverity.h"

static int mismatch(struct modseal_error *error)
{
	modseal_remedy(error,
		       "after an upgrade install the catalog of the new packages, and "
		       "restart programs that have opened the old one; else put the "
		       "package back that the catalog lists");
	return MODSEAL_E_CATALOG_MISMATCH;
}

int modseal_catalog_digest_take(const struct modseal_crypto *crypto,
				const struct modseal_catalog_algorithm *algorithm,
				const struct modseal_catalog_question *question,
				uint8_t ret_digest[MODSEAL_MAX_DIGEST_SIZE],
				struct modseal_error *error)
{
	struct modseal_span salt = {.size = 0};

	if (algorithm->fsverity && question->measured) {
		memcpy(ret_digest, question->measured,
		       modseal_hash_size(algorithm->hash));
		return 0;
	}
	if (algorithm->fsverity)
		return modseal_fsverity_digest(crypto, algorithm->hash, salt,
					       question->content, question->rest,
					       ret_digest, error);
	if (algorithm->hash == MODSEAL_HASH_SHA256 && question->content_sha256) {
		memcpy(ret_digest, question->content_sha256, MODSEAL_SHA256_SIZE);
		return 0;
	}
	return modseal_crypto_digest(crypto, algorithm->hash, question->content,
				     ret_digest, error);
}

static int check_digest(const struct modseal_crypto *crypto,
			const struct modseal_catalog_digest *digest,
			const struct modseal_catalog_algorithm *algorithm,
			const struct modseal_catalog_question *question,
			struct modseal_error *error)
{
	uint8_t found[MODSEAL_MAX_DIGEST_SIZE];
	int result =
		modseal_catalog_digest_take(crypto, algorithm, question, found, error);

	if (result < 0)
		return result;
	if (modseal_catalog_digest_equal(digest, found,
					 modseal_hash_size(algorithm->hash)))
		return 0;
	modseal_fail(error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_EVIDENCE,
		     question->object,
		     "the catalog '%s' of serial %" PRIu64
		     " lists another %s digest: %.*s",
		     question->catalog, question->serial, algorithm->name,
		     (int)digest->hex.size, (const char *)digest->hex.data);
	return mismatch(error);
}

/* What cannot be judged vouches for nothing: such an entry is for newer readers. */
static int unsupported(const struct modseal_catalog_question *question, const char *what,
		       struct modseal_span algorithm, struct modseal_error *error)
{
	int result = modseal_fail(
		error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_EVIDENCE, question->object,
		"the catalog '%s' lists it with %s%.*s", question->catalog, what,
		(int)algorithm.size, (const char *)algorithm.data);

	modseal_remedy(error, "use a newer modseal, or a catalog with SHA-256 digests");
	return result;
}

int modseal_catalog_entry_check(const struct modseal_crypto *crypto,
				const struct modseal_catalog_entry *entry,
				const struct modseal_catalog_question *question,
				struct modseal_error *error)
{
	struct modseal_span none = modseal_span_of("", 0);
	size_t known = 0;

	if (entry->size != question->content.size) {
		modseal_fail(error, MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_EVIDENCE,
			     question->object,
			     "the catalog '%s' of serial %" PRIu64
			     " lists it with a size of %" PRIu64 " bytes, this is %zu",
			     question->catalog, question->serial, entry->size,
			     question->content.size);
		return mismatch(error);
	}
	for (size_t i = 0; i < entry->digest_count; i++) {
		const struct modseal_catalog_digest *digest = &entry->digests[i];
		const struct modseal_catalog_algorithm *algorithm =
			modseal_catalog_algorithm_find(digest->algorithm);
		int result;

		if (!algorithm && !digest->critical)
			continue;
		if (!algorithm)
			return unsupported(question, "the critical digest ",
					   digest->algorithm, error);
		if (question->measured &&
		    !(algorithm->fsverity && algorithm->hash == question->measured_hash))
			continue;
		result = check_digest(crypto, digest, algorithm, question, error);
		if (result < 0)
			return result;
		known++;
	}
	if (known == 0)
		return unsupported(question, "no digest that this version knows", none,
				   error);
	return 0;
}
