/* SPDX-License-Identifier: Apache-2.0 */
/* What a key elsewhere has to sign for a file. */
#include <stdlib.h>

#include "verifier/sign/message.h"
#include "verifier/sign/raw.h"
#include "verifier/sign/sign.h"

#define FLAGS_KNOWN (MODSEAL_SIGN_DETACHED | MODSEAL_SIGN_ANY)

/* A DigestInfo is 19 bytes longer than its digest. */
struct modseal_tbs {
	enum modseal_algorithm algorithm;
	struct modseal_message message;
	char id[MODSEAL_MESSAGE_ID_SIZE];
	uint8_t digest_info[MODSEAL_MAX_DIGEST_INFO];
	size_t digest_info_size; /* 0: the algorithm has none */
	uint64_t content_size;
};

static int fill(const struct modseal_signing_key *key,
		const struct modseal_signing_source *source, uint32_t flags,
		struct modseal_tbs *tbs, struct modseal_error *error)
{
	struct modseal_content_digests digests = {.content = source->content};
	int result = modseal_message_make(key,
					  flags & MODSEAL_SIGN_DETACHED
						  ? MODSEAL_EVIDENCE_DETACHED
						  : MODSEAL_EVIDENCE_APPENDED,
					  &digests, &tbs->message, error);

	if (result < 0)
		return result;
	tbs->algorithm = key->algorithm;
	tbs->content_size = source->content.size;
	modseal_message_id(key, &tbs->message, &digests, tbs->id);
	if (key->algorithm <= MODSEAL_ALGORITHM_RSA_PKCS1_SHA512)
		tbs->digest_info_size = modseal_digest_info(
			key->hash,
			modseal_span_of(tbs->message.digest, tbs->message.digest_size),
			tbs->digest_info);
	return 0;
}

int modseal_tbs_new(struct modseal_signing_key *key, const char *path, uint32_t flags,
		    struct modseal_tbs **ret_tbs, struct modseal_error *error)
{
	struct modseal_signing_source source;
	struct modseal_tbs *tbs;
	int result;

	if (!key || !path || (flags & ~FLAGS_KNOWN))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a certificate, a path, and known flags");
	result = modseal_signing_flags_check(flags, path, error);
	if (result < 0)
		return result;
	result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE, &source,
					     error);
	if (result < 0)
		return result;
	tbs = calloc(1, sizeof(*tbs));
	if (!tbs)
		result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	if (result == 0)
		result = modseal_signing_source_split(&source, error);
	if (result == 0)
		result = modseal_signing_check_type(&source, flags, error);
	if (result == 0)
		result = fill(key, &source, flags, tbs, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source.located, error);
	modseal_signing_source_close(&source);
	if (result < 0)
		modseal_tbs_free(&tbs);
	else
		*ret_tbs = tbs;
	return result;
}

void modseal_tbs_free(struct modseal_tbs **tbs)
{
	if (!tbs || !*tbs)
		return;
	modseal_message_clear(&(*tbs)->message);
	free(*tbs);
	*tbs = NULL;
}

const char *modseal_tbs_algorithm(const struct modseal_tbs *tbs)
{
	return modseal_algorithm_name(tbs->algorithm);
}

const char *modseal_tbs_id(const struct modseal_tbs *tbs)
{
	return tbs->id;
}

static const uint8_t *part(const uint8_t *bytes, size_t size, size_t *ret_size)
{
	*ret_size = size;
	return size ? bytes : NULL;
}

const uint8_t *modseal_tbs_digest(const struct modseal_tbs *tbs, size_t *ret_size)
{
	return part(tbs->message.digest, tbs->message.digest_size, ret_size);
}

const uint8_t *modseal_tbs_message(const struct modseal_tbs *tbs, size_t *ret_size)
{
	struct modseal_span bytes = modseal_writer_span(&tbs->message.attributes);

	return part(bytes.data, bytes.size, ret_size);
}

const uint8_t *modseal_tbs_digest_info(const struct modseal_tbs *tbs, size_t *ret_size)
{
	return part(tbs->digest_info, tbs->digest_info_size, ret_size);
}

uint64_t modseal_tbs_content_size(const struct modseal_tbs *tbs)
{
	return tbs->content_size;
}
