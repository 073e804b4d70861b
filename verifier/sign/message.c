/* SPDX-License-Identifier: Apache-2.0 */
/* Writes signed attributes (RFC 5652 section 11), and takes the digest that is signed. */
#include "verifier/sign/message.h"

#include <stdio.h>

#include "verifier/signature/tlv.h"

/* contentType: id-data, as one Attribute */
static const uint8_t content_type[] = {
	0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03,
	0x31, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t message_digest[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					 0xf7, 0x0d, 0x01, 0x09, 0x04};

#define FIXED(bytes) modseal_span_of(bytes, sizeof(bytes))

/* No signing time: nobody may believe it, and without it a deterministic algorithm gives
 * the same bytes again. */
static bool put_attributes(struct modseal_span digest, struct modseal_writer *writer)
{
	struct modseal_writer attribute = {.size = 0};
	struct modseal_span items[2] = {FIXED(content_type)};
	size_t value;

	modseal_writer_put(&attribute, FIXED(message_digest));
	value = attribute.size;
	modseal_writer_put(&attribute, digest);
	modseal_writer_wrap(&attribute, MODSEAL_TLV_OCTET_STRING, value);
	modseal_writer_wrap(&attribute, MODSEAL_TLV_SET, value);
	modseal_writer_wrap(&attribute, MODSEAL_TLV_SEQUENCE, 0);
	items[1] = modseal_writer_span(&attribute);
	if (attribute.failed)
		writer->failed = true;
	else
		modseal_writer_put_set(writer, MODSEAL_TLV_SET, items, 2);
	modseal_writer_clear(&attribute);
	return !writer->failed;
}

int modseal_message_make(const struct modseal_signing_key *key,
			 enum modseal_evidence form,
			 struct modseal_content_digests *digests,
			 struct modseal_message *ret_message, struct modseal_error *error)
{
	struct modseal_message message = {.digest_size = modseal_hash_size(key->hash)};
	bool pure = modseal_algorithm_is_pure(key->algorithm);
	int result = modseal_content_digest(key->crypto, key->hash, digests, error);

	if (result < 0)
		return result;
	memcpy(message.digest, digests->values[key->hash], message.digest_size);
	if (form == MODSEAL_EVIDENCE_DETACHED || pure) {
		if (!put_attributes(modseal_span_of(message.digest, message.digest_size),
				    &message.attributes))
			result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
		if (result == 0 && !pure)
			result = modseal_crypto_digest(
				key->crypto, key->hash,
				modseal_writer_span(&message.attributes), message.digest,
				error);
	}
	if (result < 0) {
		modseal_message_clear(&message);
		return result;
	}
	if (pure)
		message.digest_size = 0;
	*ret_message = message;
	return 0;
}

void modseal_message_clear(struct modseal_message *message)
{
	modseal_writer_clear(&message->attributes);
	message->digest_size = 0;
}

void modseal_message_id(const struct modseal_signing_key *key,
			const struct modseal_message *message,
			const struct modseal_content_digests *digests,
			char ret_id[MODSEAL_MESSAGE_ID_SIZE])
{
	const uint8_t *digest =
		message->digest_size ? message->digest : digests->values[key->hash];

	for (size_t i = 0; i < modseal_hash_size(key->hash); i++)
		snprintf(ret_id + 2 * i, 3, "%02x", digest[i]);
}
