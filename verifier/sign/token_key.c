/* SPDX-License-Identifier: Apache-2.0 */
/* The public half of a key in a token, as SubjectPublicKeyInfo (RFC 3279 2.3). */
#include <openssl/x509.h>
#include <stdlib.h>

#include "keys/crypto.h"
#include "verifier/sign/token_private.h"
#include "verifier/sign/writer.h"
#include "verifier/signature/tlv.h"

static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
			      0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t ec[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
static const uint8_t no_bits_left[] = {0};

#define FIXED(bytes) modseal_span_of(bytes, sizeof(bytes))
#define BIT_STRING   0x03

static struct modseal_span span_of(const struct modseal_pkcs11_value *value)
{
	return modseal_span_of(value->bytes, value->size);
}

/* Big-endian without sign: a leading zero where the first bit is set. */
static void put_number(struct modseal_writer *writer,
		       const struct modseal_pkcs11_value *value)
{
	size_t start = writer->size, skipped = 0;

	while (skipped + 1 < value->size && value->bytes[skipped] == 0)
		skipped++;
	if (value->size && value->bytes[skipped] & 0x80)
		modseal_writer_put(writer, FIXED(no_bits_left));
	modseal_writer_put(
		writer, modseal_span_of(value->bytes + skipped, value->size - skipped));
	modseal_writer_wrap(writer, MODSEAL_TLV_INTEGER, start);
}

static bool put_rsa(const struct modseal_token *token, struct modseal_writer *writer)
{
	struct modseal_pkcs11_value modulus = {NULL, 0}, exponent = {NULL, 0};
	size_t bits, pair;
	bool told =
		modseal_pkcs11_value(&token->place, token->key, CKA_MODULUS, &modulus) &&
		modseal_pkcs11_value(&token->place, token->key, CKA_PUBLIC_EXPONENT,
				     &exponent);

	if (told) {
		modseal_writer_put(writer, FIXED(rsa));
		bits = writer->size;
		modseal_writer_put(writer, FIXED(no_bits_left));
		pair = writer->size;
		put_number(writer, &modulus);
		put_number(writer, &exponent);
		modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, pair);
		modseal_writer_wrap(writer, BIT_STRING, bits);
	}
	free(modulus.bytes);
	free(exponent.bytes);
	return told;
}

/* CKA_EC_POINT is the point in an OCTET STRING; some modules leave that away (PKCS #11
 * 2.40, 2.3.3, and what was there before). */
static struct modseal_span unwrapped(const struct modseal_pkcs11_value *point)
{
	struct modseal_span all = span_of(point);

	if (all.size > 2 && all.data[0] == MODSEAL_TLV_OCTET_STRING &&
	    all.data[1] == all.size - 2)
		return modseal_span_of(all.data + 2, all.size - 2);
	if (all.size > 3 && all.data[0] == MODSEAL_TLV_OCTET_STRING &&
	    all.data[1] == 0x81 && all.data[2] == all.size - 3)
		return modseal_span_of(all.data + 3, all.size - 3);
	return all;
}

/* Private keys on curves seldom tell their point; the public object beside them does. */
static bool put_ec(const struct modseal_token *token, struct modseal_writer *writer)
{
	struct modseal_pkcs11_value curve = {NULL, 0}, point = {NULL, 0};
	CK_OBJECT_HANDLE public;
	size_t bits;
	bool told = modseal_pkcs11_has_object(&token->place, CKO_PUBLIC_KEY, &token->id,
					      &public) &&
		    modseal_pkcs11_value(&token->place, public, CKA_EC_PARAMS, &curve) &&
		    modseal_pkcs11_value(&token->place, public, CKA_EC_POINT, &point);

	if (told && token->type == CKK_EC_EDWARDS) {
		modseal_writer_put(writer, FIXED(ed25519));
	} else if (told) {
		modseal_writer_put(writer, FIXED(ec));
		modseal_writer_put(writer, span_of(&curve));
		modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
	}
	if (told) {
		bits = writer->size;
		modseal_writer_put(writer, FIXED(no_bits_left));
		modseal_writer_put(writer, unwrapped(&point));
		modseal_writer_wrap(writer, BIT_STRING, bits);
	}
	free(curve.bytes);
	free(point.bytes);
	return told;
}

int modseal_token_public_key(const struct modseal_token *token,
			     const struct modseal_crypto *crypto, const char *object,
			     EVP_PKEY **ret_key, struct modseal_error *error)
{
	struct modseal_writer writer = {.size = 0};
	const unsigned char *at;
	EVP_PKEY *key = NULL;
	bool told =
		token->type == CKK_RSA ? put_rsa(token, &writer) : put_ec(token, &writer);
	int result = 0;

	if (told) {
		modseal_writer_wrap(&writer, MODSEAL_TLV_SEQUENCE, 0);
		at = writer.bytes;
		if (!writer.failed)
			key = d2i_PUBKEY_ex(NULL, &at, (long)writer.size,
					    modseal_crypto_library(crypto), NULL);
		modseal_crypto_forget();
		if (writer.failed)
			result = modseal_fail_memory(error, MODSEAL_STAGE_KEY);
		else if (!key)
			result = modseal_fail(
				error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY, object,
				"what the token '%s' (module %s) tells as "
				"the public key is none",
				token->place.label, token->place.module.name);
	}
	modseal_writer_clear(&writer);
	if (result == 0)
		*ret_key = key;
	return result;
}
