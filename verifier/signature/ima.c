/* SPDX-License-Identifier: Apache-2.0 */
/* Takes values of security.ima apart, strictly, and puts them together. */
#include "verifier/signature/ima.h"

#include <stdarg.h>
#include <stdio.h>

/* enum evm_ima_xattr_type, security/integrity/integrity.h */
#define TYPE_DIGEST    0x01
#define TYPE_SIGNATURE 0x03
#define TYPE_DIGEST_NG 0x04
#define TYPE_VERITY    0x06

#define VERSION_2 2

/* enum hash_algo, include/uapi/linux/hash_info.h */
static const uint8_t hash_numbers[MODSEAL_HASH_COUNT] = {
	[MODSEAL_HASH_SHA256] = 4,
	[MODSEAL_HASH_SHA384] = 5,
	[MODSEAL_HASH_SHA512] = 6,
};

const char *modseal_ima_place_name(enum modseal_ima_place place)
{
	static const char *const names[] = {
#define X(name, text) [MODSEAL_IMA_##name] = (text),
		MODSEAL_IMA_PLACE_LIST(X)
#undef X
	};

	return (unsigned)place < MODSEAL_IMA_PLACE_COUNT ? names[place] : "?";
}

__attribute__((format(printf, 4, 5))) static int malformed(enum modseal_ima_place place,
							   const char *object,
							   struct modseal_error *error,
							   const char *format, ...)
{
	char why[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED, MODSEAL_STAGE_EVIDENCE, object,
		     "%s %s", modseal_ima_place_name(place), why);
	modseal_remedy(error, "sign again with `modseal sign --ima --force`%s",
		       place == MODSEAL_IMA_BESIDE
			       ? " and --detached"
			       : ", or take it off with `setfattr -x security.ima`");
	return MODSEAL_E_SIGNATURE_MALFORMED;
}

bool modseal_ima_is_digest(struct modseal_span value)
{
	return value.size > 0 &&
	       (value.data[0] == TYPE_DIGEST || value.data[0] == TYPE_DIGEST_NG);
}

static bool find_hash(uint8_t number, enum modseal_hash *ret_hash)
{
	for (unsigned hash = 0; hash < MODSEAL_HASH_COUNT; hash++) {
		if (hash_numbers[hash] != number)
			continue;
		*ret_hash = (enum modseal_hash)hash;
		return true;
	}
	return false;
}

int modseal_ima_read(struct modseal_span value, enum modseal_ima_place place,
		     const char *object, struct modseal_ima *ret_ima,
		     struct modseal_error *error)
{
	struct modseal_ima ima = {.hash = MODSEAL_HASH_SHA256};
	struct modseal_span header;
	size_t size;

	if (value.size > MODSEAL_MAX_IMA_SIZE)
		return malformed(place, object, error, "has more than %d bytes",
				 MODSEAL_MAX_IMA_SIZE);
	if (!modseal_span_part(value, 0, MODSEAL_IMA_HEADER_SIZE, &header))
		return malformed(place, object, error,
				 "is too short for a signature (%zu bytes)", value.size);
	/* Version 3 signs the fs-verity digest, in the same attribute. */
	if (header.data[0] != TYPE_SIGNATURE || header.data[1] != VERSION_2)
		return malformed(place, object, error,
				 "is of type %u and version %u%s; wanted is a signature "
				 "(3) of version 2",
				 header.data[0], header.data[1],
				 header.data[0] == TYPE_VERITY
					 ? ", a signature over the fs-verity digest"
					 : "");
	size = (size_t)header.data[7] << 8 | header.data[8];
	if (size == 0 ||
	    !modseal_span_part(value, MODSEAL_IMA_HEADER_SIZE, size, &ima.signature))
		return malformed(place, object, error,
				 "names a signature of %zu bytes, but has %zu", size,
				 value.size - MODSEAL_IMA_HEADER_SIZE);
	if (MODSEAL_IMA_HEADER_SIZE + size != value.size)
		return malformed(place, object, error,
				 "has %zu bytes behind the signature",
				 value.size - MODSEAL_IMA_HEADER_SIZE - size);
	if (!find_hash(header.data[2], &ima.hash))
		return modseal_fail(error, MODSEAL_E_ALGORITHM_NOT_ALLOWED,
				    MODSEAL_STAGE_EVIDENCE, object,
				    "%s is over a digest that is none of SHA-256, "
				    "SHA-384, SHA-512 (number %u)",
				    modseal_ima_place_name(place), header.data[2]);
	ima.key_identifier = modseal_read_be32(header.data + 3);
	*ret_ima = ima;
	return 0;
}

void modseal_ima_header(enum modseal_hash hash, uint32_t key_identifier, size_t size,
			uint8_t ret_header[MODSEAL_IMA_HEADER_SIZE])
{
	ret_header[0] = TYPE_SIGNATURE;
	ret_header[1] = VERSION_2;
	ret_header[2] = hash_numbers[hash];
	modseal_write_be32(ret_header + 3, key_identifier);
	ret_header[7] = (uint8_t)(size >> 8);
	ret_header[8] = (uint8_t)size;
}
