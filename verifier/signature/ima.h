/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the attribute security.ima, which files beside (FILE.sig of ima-evm-utils)
 * hold as they are. A signature of version 2 (struct signature_v2_hdr of the kernel's
 * security/integrity/integrity.h):
 *
 *	type      1 byte   3, EVM_IMA_XATTR_DIGSIG
 *	version   1 byte   2
 *	hash      1 byte   enum hash_algo of include/uapi/linux/hash_info.h
 *	key id    4 bytes  big-endian; see keys/identifier.h
 *	size      2 bytes  big-endian, of the signature
 *	signature          RSA PKCS#1 v1.5, or ECDSA in DER, to the end of the value
 *
 * It is over the whole file, an appended container included.
 */
#ifndef MODSEAL_SIGNATURE_IMA_H
#define MODSEAL_SIGNATURE_IMA_H

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/limits.h"
#include "internal/span.h"
#include "modseal-inspect.h"

#define MODSEAL_IMA_ATTRIBUTE	"security.ima"
#define MODSEAL_IMA_SUFFIX	".sig"
#define MODSEAL_IMA_HEADER_SIZE 9u

/* Where values lie. */
#define MODSEAL_IMA_PLACE_LIST(X)                                                        \
	X(XATTR, MODSEAL_IMA_ATTRIBUTE)                                                  \
	X(BESIDE, "FILE" MODSEAL_IMA_SUFFIX)

enum modseal_ima_place {
#define X(name, text) MODSEAL_IMA_##name,
	MODSEAL_IMA_PLACE_LIST(X)
#undef X
		MODSEAL_IMA_PLACE_COUNT,
};

struct modseal_ima {
	enum modseal_hash hash;
	uint32_t key_identifier;
	struct modseal_span signature; /* inside the value */
};

/* A value that holds a digest of the file and no signature (IMA_XATTR_DIGEST,
 * IMA_XATTR_DIGEST_NG): what the kernel writes by itself where it is told to. */
bool modseal_ima_is_digest(struct modseal_span value);

/*
 * Takes a value apart. Errors: SIGNATURE_MALFORMED (another type or version, a length
 * that is not exact, more than MODSEAL_MAX_IMA_SIZE bytes), ALGORITHM_NOT_ALLOWED (a
 * digest other than SHA-256, SHA-384, SHA-512).
 */
MODSEAL_MUST_CHECK int modseal_ima_read(struct modseal_span value,
					enum modseal_ima_place place, const char *object,
					struct modseal_ima *ret_ima,
					struct modseal_error *error);

/* The header for a signature of size bytes, at most 1024. */
void modseal_ima_header(enum modseal_hash hash, uint32_t key_identifier, size_t size,
			uint8_t ret_header[MODSEAL_IMA_HEADER_SIZE]);

/* For inspect: "ima.algorithm" and "ima.key-identifier". Errors: as modseal_ima_read. */
MODSEAL_MUST_CHECK int modseal_ima_describe(struct modseal_span value,
					    enum modseal_ima_place place,
					    modseal_fact *fact, void *argument,
					    struct modseal_error *error);

/* "security.ima", "FILE.sig"; never NULL. */
const char *modseal_ima_place_name(enum modseal_ima_place place);

#endif
