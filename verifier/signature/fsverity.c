/* SPDX-License-Identifier: Apache-2.0 */
/* The Merkle tree of fs-verity, built level by level while the blocks go by. */
#include "verifier/signature/fsverity.h"

#include <stdlib.h>

#include "keys/openssl.h"

#define BLOCK_SIZE MODSEAL_FSVERITY_BLOCK_SIZE
/* 64 digests of SHA-512 fill a block, so ten levels cover 2^64 bytes. */
#define MAX_LEVELS 10
/* Salt is filled up with zeros to the hash's own block, 128 bytes for SHA-512. */
#define MAX_SALT_ROOM 128

/* struct fsverity_descriptor: little-endian, the rest of its 256 bytes zero. */
#define DESCRIPTOR_SIZE	   256
#define AT_VERSION	   0
#define AT_HASH_ALGORITHM  1
#define AT_LOG_BLOCKSIZE   2
#define AT_SALT_SIZE	   3
#define AT_DATA_SIZE	   8
#define AT_ROOT_HASH	   16
#define AT_SALT		   80
#define DESCRIPTOR_VERSION 1
#define LOG_BLOCKSIZE	   12

struct level {
	uint8_t block[BLOCK_SIZE]; /* digests of the level below, not hashed yet */
	size_t filled;
	uint64_t digests; /* that were put here so far */
};

struct tree {
	const EVP_MD *md;
	EVP_MD_CTX *running;
	size_t digest_size;
	uint8_t salt[MAX_SALT_ROOM];
	size_t salt_room; /* bytes of salt to hash before each block: 0 without salt */
	struct level levels[MAX_LEVELS];
};

/* The digest of one block given as two pieces, zeros behind them. */
static bool hash_block(struct tree *tree, struct modseal_span first,
		       struct modseal_span second, uint8_t *ret_digest)
{
	static const uint8_t zeros[BLOCK_SIZE];
	size_t missing = BLOCK_SIZE - first.size - second.size;
	EVP_MD_CTX *running = tree->running;

	return EVP_DigestInit_ex2(running, tree->md, NULL) == 1 &&
	       (!tree->salt_room ||
		EVP_DigestUpdate(running, tree->salt, tree->salt_room) == 1) &&
	       (!first.size || EVP_DigestUpdate(running, first.data, first.size) == 1) &&
	       (!second.size ||
		EVP_DigestUpdate(running, second.data, second.size) == 1) &&
	       (!missing || EVP_DigestUpdate(running, zeros, missing) == 1) &&
	       EVP_DigestFinal_ex(running, ret_digest, NULL) == 1;
}

/* Puts the digest of a block into the lowest level; levels that are full go up. */
static bool add_block(struct tree *tree, struct modseal_span first,
		      struct modseal_span second, size_t at)
{
	for (; at < MAX_LEVELS; at++) {
		struct level *level = &tree->levels[at];

		if (!hash_block(tree, first, second, level->block + level->filled))
			return false;
		level->filled += tree->digest_size;
		level->digests++;
		if (level->filled < BLOCK_SIZE)
			return true;
		level->filled = 0;
		first = modseal_span_of(level->block, BLOCK_SIZE);
		second = modseal_span_of(NULL, 0);
	}
	return false;
}

static struct modseal_span after(struct modseal_span span, size_t size)
{
	return size ? modseal_span_of(span.data + size, span.size - size) : span;
}

static bool add_content(struct tree *tree, struct modseal_span content,
			struct modseal_span rest)
{
	while (content.size || rest.size) {
		size_t first = content.size < BLOCK_SIZE ? content.size : BLOCK_SIZE;
		size_t second = BLOCK_SIZE - first;

		if (second > rest.size)
			second = rest.size;
		if (!add_block(tree, modseal_span_of(content.data, first),
			       modseal_span_of(rest.data, second), 0))
			return false;
		content = after(content, first);
		rest = after(rest, second);
	}
	return true;
}

/* The first level that ever held only one digest ends the tree: that is the root. A file
 * without bytes has a root of zeros. */
static bool find_root(struct tree *tree, uint8_t *ret_root)
{
	if (tree->levels[0].digests == 0) {
		memset(ret_root, 0, tree->digest_size);
		return true;
	}
	for (size_t at = 0; at < MAX_LEVELS; at++) {
		struct level *level = &tree->levels[at];
		struct modseal_span open = modseal_span_of(level->block, level->filled);

		if (level->digests == 1) {
			memcpy(ret_root, level->block, tree->digest_size);
			return true;
		}
		if (open.size && !add_block(tree, open, modseal_span_of(NULL, 0), at + 1))
			return false;
	}
	return false;
}

static bool hash_descriptor(struct tree *tree, enum modseal_hash hash,
			    struct modseal_span salt, uint64_t size, const uint8_t *root,
			    uint8_t *ret_digest)
{
	uint8_t descriptor[DESCRIPTOR_SIZE] = {
		[AT_VERSION] = DESCRIPTOR_VERSION,
		[AT_HASH_ALGORITHM] = hash == MODSEAL_HASH_SHA256 ? 1 : 2,
		[AT_LOG_BLOCKSIZE] = LOG_BLOCKSIZE,
		[AT_SALT_SIZE] = (uint8_t)salt.size,
	};

	for (size_t i = 0; i < sizeof(size); i++)
		descriptor[AT_DATA_SIZE + i] = (uint8_t)(size >> 8 * i);
	memcpy(descriptor + AT_ROOT_HASH, root, tree->digest_size);
	if (salt.size)
		memcpy(descriptor + AT_SALT, salt.data, salt.size);
	return EVP_DigestInit_ex2(tree->running, tree->md, NULL) == 1 &&
	       EVP_DigestUpdate(tree->running, descriptor, sizeof(descriptor)) == 1 &&
	       EVP_DigestFinal_ex(tree->running, ret_digest, NULL) == 1;
}

int modseal_fsverity_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
			    struct modseal_span salt, struct modseal_span content,
			    struct modseal_span rest, uint8_t *ret_digest,
			    struct modseal_error *error)
{
	uint8_t root[MODSEAL_MAX_DIGEST_SIZE], digest[MODSEAL_MAX_DIGEST_SIZE];
	struct tree *tree;
	int result = 0;

	if ((hash != MODSEAL_HASH_SHA256 && hash != MODSEAL_HASH_SHA512) ||
	    salt.size > MODSEAL_FSVERITY_MAX_SALT)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_NONE, NULL,
				    "no fs-verity digest has hash %d and %zu bytes salt",
				    (int)hash, salt.size);
	modseal_crypto_forget();
	tree = calloc(1, sizeof(*tree));
	if (!tree)
		return modseal_fail_memory(error, MODSEAL_STAGE_NONE);
	tree->md = modseal_crypto_md(crypto, hash);
	tree->digest_size = modseal_hash_size(hash);
	if (salt.size) {
		memcpy(tree->salt, salt.data, salt.size);
		tree->salt_room = (size_t)EVP_MD_get_block_size(tree->md);
	}
	tree->running = EVP_MD_CTX_new();
	if (!tree->running || tree->salt_room > MAX_SALT_ROOM ||
	    !add_content(tree, content, rest) || !find_root(tree, root) ||
	    !hash_descriptor(tree, hash, salt, (uint64_t)content.size + rest.size, root,
			     digest))
		result = modseal_fail_crypto(error, MODSEAL_STAGE_NONE, NULL,
					     "the fs-verity digest cannot be taken");
	else
		memcpy(ret_digest, digest, tree->digest_size);
	EVP_MD_CTX_free(tree->running);
	free(tree);
	return result;
}
