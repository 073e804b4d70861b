/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fs-verity digest of bytes, as FS_IOC_MEASURE_VERITY and `fsverity digest` give it
 * (Linux, Documentation/filesystems/fsverity.rst): the hash of a descriptor
 * (include/uapi/linux/fsverity.h, struct fsverity_descriptor) that holds the size of the
 * file and the root of a Merkle tree over its blocks.
 */
#ifndef MODSEAL_SIGNATURE_FSVERITY_H
#define MODSEAL_SIGNATURE_FSVERITY_H

#include "keys/crypto.h"

#define MODSEAL_FSVERITY_BLOCK_SIZE 4096u /* the only one of all kernels and tools */
#define MODSEAL_FSVERITY_MAX_SALT   32u

/*
 * The digest of content followed by rest: fs-verity is over the whole file, and what
 * follows its content is a separate copy where it is to be loaded. hash is SHA256 or
 * SHA512 (fs-verity has no SHA-384); salt has 0 to MODSEAL_FSVERITY_MAX_SALT bytes.
 * ret_digest takes modseal_hash_size(hash) bytes. Each byte is read once; memory does not
 * grow with size. Errors: CRYPTO, RESOURCE, INTERNAL (hash or salt not as above).
 */
MODSEAL_MUST_CHECK int
modseal_fsverity_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
			struct modseal_span salt, struct modseal_span content,
			struct modseal_span rest, uint8_t *ret_digest,
			struct modseal_error *error);

#endif
