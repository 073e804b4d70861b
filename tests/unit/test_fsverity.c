/* SPDX-License-Identifier: Apache-2.0 */
/* The fs-verity digest computed from bytes. tests/interop/fsverity.sh compares more of
 * them with fsverity-utils. */
#include "keyring.h"
#include "verifier/signature/fsverity.h"

#define BLOCK MODSEAL_FSVERITY_BLOCK_SIZE

static uint8_t *pattern(size_t size)
{
	uint8_t *bytes = malloc(size + 1);

	cr_assert(bytes != NULL);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 31 + i / 251);
	return bytes;
}

static void take(const struct modseal_crypto *crypto, enum modseal_hash hash,
		 struct modseal_span salt, struct modseal_span content,
		 struct modseal_span rest, char ret_text[2 * MODSEAL_MAX_DIGEST_SIZE + 1])
{
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	struct modseal_error error;
	int result = modseal_fsverity_digest(crypto, hash, salt, content, rest, digest,
					     &error);

	cr_assert(eq(int, result, 0), "%s", error.message);
	for (size_t i = 0; i < modseal_hash_size(hash); i++)
		sprintf(ret_text + 2 * i, "%02x", digest[i]);
}

/* Made by fsverity-utils 1.5: `fsverity digest --compact` of the pattern. */
Test(fsverity, digest_is_that_of_fsverity_utils)
{
	static const struct {
		size_t size;
		enum modseal_hash hash;
		const char *salt, *digest;
	} rows[] = {
		{0, MODSEAL_HASH_SHA256, "",
		 "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95"},
		{0, MODSEAL_HASH_SHA512, "",
		 "ccf9e5aea1c2a64efa2f2354a6024b90dffde6bbc017825045dce374474e13d1"
		 "0adb9dadcc6ca8e17a3c075fbd31336e8f266ae6fa93a6c3bed66f9e784e5abf"},
		{1, MODSEAL_HASH_SHA256, "",
		 "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551"},
		{1, MODSEAL_HASH_SHA256, "salt",
		 "422020c21399c3313de50103a6be3c58c04ccdf0a55a54eee467db45ac6b5057"},
		{1, MODSEAL_HASH_SHA256, "0123456789abcdef0123456789abcdef",
		 "7fe096969c829757b9ca56de4972dfd0619253a5dba0c2419f9a63c7d5b3abeb"},
		{1, MODSEAL_HASH_SHA512, "",
		 "9fcf5172b085b1c8f9365eecb37a1869e193a4705654a5829f11939cd01d5c0f"
		 "d97276be8cd9d49f76cfc8dcfeb80f8128e3548a1de50b56912b9e3fc7bde27b"},
		{1, MODSEAL_HASH_SHA512, "salt",
		 "51fcfc181693d114ed20037bfe6eccdac7e258500fc258afcb86d0dda72eb998"
		 "b2b9c0ca9640e2d8a7e5703c95e757b308f454ab9f44fea943119c3d560685f8"},
		{1, MODSEAL_HASH_SHA512, "0123456789abcdef0123456789abcdef",
		 "463223e5c21c6d8ded340ba558824db761155c2087076d53e3cad00d39bd1b16"
		 "8980f94a964ae7fdc6ee871b7c20f2f3da288b84c5b6b7abc17c252e3d874d54"},
		{4096, MODSEAL_HASH_SHA256, "",
		 "25e90905965bce0ddc94379b4c533ac2e9a486dc746b2611121fd40d5968eb65"},
		{4096, MODSEAL_HASH_SHA512, "",
		 "8423720b02417c520f5f0ea0e257e6ca4e79339ecc99c7d0838cdef303cf3c6d"
		 "c6abfe1e7fe6dcf8098783c47b16c497141e4d4549436d9d3c49ea615c28ef4f"},
		{4097, MODSEAL_HASH_SHA256, "",
		 "1fa0abb6b6c39abb17ccd9d324c8f7dd7c4273139fe127155db6abbbe7a64976"},
		{4097, MODSEAL_HASH_SHA256, "salt",
		 "48f6ffee511da28471533ec8cfb1dc89fef9398ced4e128ae5dff8990d7b562b"},
		{4097, MODSEAL_HASH_SHA256, "0123456789abcdef0123456789abcdef",
		 "d3fd2e6130cd37a0777e56c57a14cfe5e1f4b508b503fc2fcea54549cf68cbe3"},
		{4097, MODSEAL_HASH_SHA512, "",
		 "3c454ae8584bdc233eb90ecb6c507dc253f2b3ab6f036c2d3216c3076dfab236"
		 "22881b3a16fc53a2dbc9e95342de3908a7cbff619dff58a74a3c4a6c7999c8d6"},
		{4097, MODSEAL_HASH_SHA512, "salt",
		 "78e5c5aace8cb9c87721c34691ace5fb070bca072c44d1644ced5d4f9388c58f"
		 "0d2647f2b048494deebd3348689ced49be60a37843bee51d5851d125671a9c6e"},
		{4097, MODSEAL_HASH_SHA512, "0123456789abcdef0123456789abcdef",
		 "133c087c368debd490b6c24d9476fb40fd05cb91ac9ca8f2c9bbb7db0f8add05"
		 "3868eb60ddb9cf1b2f8ed6e6342022cedb2fc86e58c233ce5a2ae4aad925dda0"},
		{524288, MODSEAL_HASH_SHA256, "",
		 "bb6a15af22bb4be66a1191743084a86a19485b6ae46b741b394b0aa6d5769354"},
		{524288, MODSEAL_HASH_SHA256, "salt",
		 "b211cc7cccfd4116f2d39153fe73f22dad26bff36e03a76b4ad76bcbd01305fb"},
		{524288, MODSEAL_HASH_SHA256, "0123456789abcdef0123456789abcdef",
		 "839833d8f91a54030ece049a9b4e6193b8d72732c2972d9a0f3d46a5ed6996fa"},
		{524288, MODSEAL_HASH_SHA512, "",
		 "87239a8c4ac46791f9f672b8d90a22840ef70cf4af06752ecbeb10bdbc4d050d"
		 "9b45ea360c2f00a93be3a9a56255c3e3e6b6c3bfacbfdd78fb50b4335ac4bd82"},
		{524288, MODSEAL_HASH_SHA512, "salt",
		 "72ca580637f7e7aac92aca530fe7c7b396f3914a382d21b55a88fcc303d25212"
		 "703024b335a3de0a4062510a65033b3ad8ad2ad206b57e1f488dea74e702cd25"},
		{524288, MODSEAL_HASH_SHA512, "0123456789abcdef0123456789abcdef",
		 "14a4681842629d545d71a7fdde46cde79ccad00d635fcbd66d7e7d79a282b46d"
		 "015f4b82d75620eb3915489d1b6f525ce098e9424cea2f27c474154f6394d77b"},
		{528391, MODSEAL_HASH_SHA256, "",
		 "1d198c68afed28b77ebbf85b693711702b8ea3a451c9a0319e71eb93a66d4263"},
		{528391, MODSEAL_HASH_SHA256, "salt",
		 "33c6018d259c4f27b01d40849b16f5787a4f756aad9a22a1cf508ae27422e34e"},
		{528391, MODSEAL_HASH_SHA256, "0123456789abcdef0123456789abcdef",
		 "e0d9bb7982ef35f924915c2f6cf58853d7427312b1fdae63fa0f1a5329a9fc6f"},
		{528391, MODSEAL_HASH_SHA512, "",
		 "ca72cb6a4c05d291ad3e45d3216e993b6863c9689e0f821bd0aabf1f1fdb6533"
		 "d929870c8166e75bcb057197373eee0254cfe880e31ce7fdc7c9274fd3a7f507"},
		{528391, MODSEAL_HASH_SHA512, "salt",
		 "5a783403f6d01cdad597d9e0839d103d895a487321dd2c16a11a863aa2bac43c"
		 "3164e80ba3f6fb9996df359abb1ce76103077d082042305436a4934fe4f0e3ad"},
		{528391, MODSEAL_HASH_SHA512, "0123456789abcdef0123456789abcdef",
		 "0f5eba222212cf6357a18e1844a305a1f11728dbbf7520cf49b2c7e26da5d92e"
		 "7a07ccda8a1ea7ba611b7e6f4c1dd64ddcf2b7b94932756592b5d3f19973be54"},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *bytes = pattern(rows[i].size);
		char got[2 * MODSEAL_MAX_DIGEST_SIZE + 1];

		take(crypto, rows[i].hash,
		     modseal_span_of(rows[i].salt, strlen(rows[i].salt)),
		     modseal_span_of(bytes, rows[i].size), modseal_span_of(NULL, 0), got);
		cr_assert(eq(str, got, (char *)rows[i].digest), "row %zu", i);
		free(bytes);
	}
	modseal_crypto_free(&crypto);
}

Test(fsverity, a_cut_anywhere_changes_nothing)
{
	static const size_t cuts[] = {0,
				      1,
				      BLOCK - 1,
				      2 * BLOCK,
				      2 * BLOCK + 1,
				      128 * BLOCK,
				      128 * BLOCK - 1,
				      129 * BLOCK + 6,
				      129 * BLOCK + 7};
	size_t size = 129 * BLOCK + 7;
	struct modseal_crypto *crypto = keyring_crypto();
	uint8_t *bytes = pattern(size);
	char whole[2 * MODSEAL_MAX_DIGEST_SIZE + 1], got[sizeof(whole)];
	struct modseal_span salt = modseal_span_of("salt", 4);

	take(crypto, MODSEAL_HASH_SHA512, salt, modseal_span_of(bytes, size),
	     modseal_span_of(NULL, 0), whole);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		take(crypto, MODSEAL_HASH_SHA512, salt, modseal_span_of(bytes, cuts[i]),
		     modseal_span_of(bytes + cuts[i], size - cuts[i]), got);
		cr_assert(eq(str, got, whole), "cut at %zu", cuts[i]);
	}
	free(bytes);
	modseal_crypto_free(&crypto);
}

/* One bit in each block, in the last byte, and the length: all of it counts. */
Test(fsverity, every_block_counts)
{
	size_t size = 130 * BLOCK + 1;
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_span none = modseal_span_of(NULL, 0);
	uint8_t *bytes = pattern(size);
	char whole[2 * MODSEAL_MAX_DIGEST_SIZE + 1], got[sizeof(whole)];

	take(crypto, MODSEAL_HASH_SHA256, none, modseal_span_of(bytes, size), none,
	     whole);
	for (size_t at = 0; at < size; at += BLOCK) {
		bytes[at] ^= 0x10;
		take(crypto, MODSEAL_HASH_SHA256, none, modseal_span_of(bytes, size),
		     none, got);
		cr_assert(ne(str, got, whole), "block %zu", at / BLOCK);
		bytes[at] ^= 0x10;
	}
	/* the zeros that fill the last block are not bytes of the file */
	bytes[size - 1] = 0;
	take(crypto, MODSEAL_HASH_SHA256, none, modseal_span_of(bytes, size), none,
	     whole);
	take(crypto, MODSEAL_HASH_SHA256, none, modseal_span_of(bytes, size - 1), none,
	     got);
	cr_assert(ne(str, got, whole));
	free(bytes);
	modseal_crypto_free(&crypto);
}

Test(fsverity, what_fsverity_does_not_know_fails_and_writes_nothing)
{
	static const struct {
		enum modseal_hash hash;
		size_t salt;
	} rows[] = {{MODSEAL_HASH_SHA384, 0},
		    {MODSEAL_HASH_COUNT, 0},
		    {MODSEAL_HASH_SHA256, MODSEAL_FSVERITY_MAX_SALT + 1},
		    {MODSEAL_HASH_SHA512, SIZE_MAX}};
	static const uint8_t salt[MODSEAL_FSVERITY_MAX_SALT + 1];
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {7};
		struct modseal_error error;

		cr_assert(eq(int,
			     modseal_fsverity_digest(crypto, rows[i].hash,
						     modseal_span_of(salt, rows[i].salt),
						     modseal_span_of("abc", 3),
						     modseal_span_of(NULL, 0), digest,
						     &error),
			     MODSEAL_E_INTERNAL),
			  "row %zu", i);
		cr_assert(eq(int, error.code, MODSEAL_E_INTERNAL));
		cr_assert(eq(int, digest[0], 7), "row %zu", i);
	}
	modseal_crypto_free(&crypto);
}
