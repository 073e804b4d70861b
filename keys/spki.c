/* SPDX-License-Identifier: Apache-2.0 */
/* The public key of a certificate, found in its bytes without decoding them. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "internal/limits.h"
#include "keys/der.h"
#include "keys/spki.h"

#define PEM_FIRST "-----BEGIN CERTIFICATE-----\n"
#define PEM_LAST  "-----END CERTIFICATE-----\n"

#define TAG_SEQUENCE 0x30
#define TAG_VERSION  0xa0 /* [0] EXPLICIT */
#define TAG_INTEGER  0x02

/* The bytes between the two lines of the only block. */
static bool find_block(struct modseal_span pem, struct modseal_span *ret_base64)
{
	size_t first = strlen(PEM_FIRST), last = strlen(PEM_LAST);

	while (pem.size > 0 && pem.data[pem.size - 1] == '\n' && pem.size > 1 &&
	       pem.data[pem.size - 2] == '\n')
		pem.size--;
	return pem.size > first + last && modseal_span_starts(pem, PEM_FIRST) &&
	       memcmp(pem.data + pem.size - last, PEM_LAST, last) == 0 &&
	       modseal_span_part(pem, first, pem.size - first - last, ret_base64) &&
	       !memchr(ret_base64->data, '-', ret_base64->size);
}

/* One value off the front of rest, its header included. The bytes are strict DER. */
static bool take(struct modseal_span *rest, uint8_t tag, struct modseal_span *ret_whole,
		 struct modseal_span *ret_content)
{
	size_t header = 2, length, bytes;

	if (rest->size < header || rest->data[0] != tag)
		return false;
	length = rest->data[1];
	if (length > 0x7f) {
		bytes = length & 0x7f;
		if (bytes > 3 || rest->size < header + bytes)
			return false;
		for (length = 0; bytes > 0; bytes--)
			length = length << 8 | rest->data[header++];
	}
	return modseal_span_part(*rest, header, length, ret_content) &&
	       modseal_span_part(*rest, 0, header + length, ret_whole) &&
	       modseal_span_part(*rest, header + length, rest->size - header - length,
				 rest);
}

/* serialNumber, signature, issuer, validity, subject, and then the key. */
static bool find_key(struct modseal_span der, struct modseal_span *ret_key)
{
	struct modseal_span rest = der, whole, content;

	if (!take(&rest, TAG_SEQUENCE, &whole, &content))
		return false;
	rest = content;
	if (!take(&rest, TAG_SEQUENCE, &whole, &content))
		return false;
	rest = content;
	if (rest.size > 0 && rest.data[0] == TAG_VERSION &&
	    !take(&rest, TAG_VERSION, &whole, &content))
		return false;
	if (!take(&rest, TAG_INTEGER, &whole, &content))
		return false;
	for (int i = 0; i < 4; i++)
		if (!take(&rest, TAG_SEQUENCE, &whole, &content))
			return false;
	return take(&rest, TAG_SEQUENCE, ret_key, &content);
}

/* Without the line feeds; false where anything else than base64 is there. */
static bool gather(struct modseal_span base64, uint8_t *text, size_t *ret_size)
{
	size_t size = 0;

	for (size_t i = 0; i < base64.size; i++) {
		uint8_t c = base64.data[i];

		if (c == '\n')
			continue;
		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '='))
			return false;
		text[size++] = c;
	}
	*ret_size = size;
	return size > 0 && size % 4 == 0;
}

/* In the place of text; padding stands only at the end, so these are the last bytes. */
static bool decode(uint8_t *text, size_t size, size_t *ret_size)
{
	size_t padding = (text[size - 1] == '=') + (text[size - 2] == '=');
	int decoded = EVP_DecodeBlock(text, text, (int)size);

	/* an empty block is no block: 0 is a failure, too */
	if (decoded <= 0 || (size_t)decoded <= padding)
		return false;
	*ret_size = (size_t)decoded - padding;
	return true;
}

int modseal_spki_digest(const struct modseal_crypto *crypto, struct modseal_span pem,
			bool *ret_found, uint8_t ret_digest[MODSEAL_SHA256_SIZE],
			struct modseal_error *error)
{
	struct modseal_span base64, der, key;
	uint8_t *buffer;
	size_t size;
	int result = 0;

	*ret_found = false;
	if (pem.size > MODSEAL_MAX_CERTIFICATE_SIZE || !find_block(pem, &base64))
		return 0;
	buffer = malloc(base64.size + 1);
	if (!buffer)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	if (!gather(base64, buffer, &size))
		goto out;
	if (!decode(buffer, size, &size)) {
		result = modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID,
				      MODSEAL_STAGE_KEY, NULL, "a PEM block is damaged");
		goto out;
	}
	der = modseal_span_of(buffer, size);
	if (modseal_der_strict(der) && find_key(der, &key)) {
		result = modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, key,
					       ret_digest, error);
		*ret_found = result == 0;
	}
out:
	free(buffer);
	return result;
}
