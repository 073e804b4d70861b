/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that misbehave: how often they are asked, and what is made of their answers. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dlfcn.h>
#include <string.h>

#include "tests/unit/fake_token.h"
#include "verifier/sign/token.h"

#define MODULE BUILD_DIR "/data/token/fake.so"

/* PKCS #11 2.40, pkcs11t.h */
#define LOGIN_REQUIRED	  0x4ul
#define PIN_FINAL_TRY	  0x20000ul
#define PIN_LOCKED	  0x40000ul
#define DEVICE_ERROR	  0x30ul
#define DEVICE_REMOVED	  0x32ul
#define MECHANISM_INVALID 0x70ul
#define PIN_INCORRECT	  0xa0ul
#define PIN_WAS_LOCKED	  0xa4ul
#define KEY_TYPE_RSA	  0ul
#define KEY_TYPE_EC	  3ul
#define KEY_TYPE_AES	  0x1ful

#define RSA_SHA256   MODSEAL_ALGORITHM_RSA_PKCS1_SHA256
#define ECDSA_SHA256 MODSEAL_ALGORITHM_ECDSA_P256_SHA256

static struct fake_token *fake;
static struct modseal_token *token;
static struct modseal_pkcs11_uri uri;
static struct modseal_error error;
static int asked;

static int give_pin(void *argument, char *buffer, size_t size)
{
	asked++;
	memcpy(buffer, "1234", 4);
	return 4;
}

static void begin(void)
{
	void *library = dlopen(MODULE, RTLD_NOW);

	cr_assert(library != NULL, "%s", dlerror());
	fake = dlsym(library, "fake_token");
	*fake = (struct fake_token){
		.flags = LOGIN_REQUIRED,
		.key_type = KEY_TYPE_RSA,
		.objects = 1,
		.value_size = 2,
		.signature_size = 256,
	};
	cr_assert(zero(int, modseal_pkcs11_uri_read("pkcs11:token=fake", &uri, &error)));
}

static void end(void)
{
	modseal_token_close(&token);
	modseal_pkcs11_uri_clear(&uri);
	cr_assert(zero(int, fake->sessions));
}

TestSuite(token, .init = begin, .fini = end);

static int open_token(void)
{
	static const struct modseal_token_access access = {.module = MODULE,
							   .pin = give_pin};
	int code;

	modseal_token_close(&token);
	modseal_error_clear(&error);
	asked = 0;
	fake->logins = fake->context_logins = fake->signs = 0;
	code = modseal_token_open(&uri, &access, true, &token, &error);
	if (code == 0)
		code = modseal_token_choose_key(token, &uri, &error);
	cr_assert(eq(int, error.code, code));
	return code;
}

static int sign(enum modseal_algorithm algorithm)
{
	static const uint8_t digest[32];
	uint8_t signature[300];
	size_t size = 0;
	int code;

	modseal_error_clear(&error);
	code = modseal_token_sign(token, algorithm, modseal_span_of(digest, 32), "file",
				  signature, sizeof(signature), &size, &error);
	cr_assert(eq(int, error.code, code));
	cr_assert(eq(int, size > 0, code == 0));
	return code;
}

static void says(const char *text)
{
	cr_assert(strstr(error.message, text) != NULL, "%s", error.message);
}

Test(token, signs_after_one_login)
{
	cr_assert(zero(int, open_token()), "%s", error.message);
	for (int i = 0; i < 3; i++)
		cr_assert(zero(int, sign(RSA_SHA256)), "%s", error.message);
	cr_assert(eq(int, fake->logins, 1));
	cr_assert(eq(int, fake->signs, 3));
	cr_assert(eq(int, asked, 1));
}

Test(token, asks_for_no_pin_where_none_is_wanted)
{
	fake->flags = 0;
	cr_assert(zero(int, open_token()), "%s", error.message);
	cr_assert(zero(int, fake->logins));
	cr_assert(zero(int, asked));
}

Test(token, a_wrong_pin_is_tried_once)
{
	fake->login = PIN_INCORRECT;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_PIN));
	cr_assert(eq(int, fake->logins, 1));
	fake->flags |= PIN_FINAL_TRY;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_PIN));
	says("the next wrong one locks it");
	fake->login = PIN_WAS_LOCKED;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_PIN));
	says("has locked itself");
	cr_assert(eq(int, fake->logins, 1));
}

Test(token, a_locked_token_is_not_asked)
{
	fake->flags |= PIN_LOCKED;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_PIN));
	says("has locked itself");
	cr_assert(zero(int, fake->logins));
	cr_assert(zero(int, asked));
}

Test(token, one_that_was_removed_is_left_alone)
{
	cr_assert(zero(int, open_token()));
	fake->sign = DEVICE_REMOVED;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_REMOVED));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_SIGN));
	fake->sign = 0; /* it is back, but as another one */
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_REMOVED));
	says("was removed");
	cr_assert(eq(int, fake->signs, 1));
}

Test(token, one_that_failed_is_tried_with_the_next_file)
{
	cr_assert(zero(int, open_token()));
	fake->sign = DEVICE_ERROR;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_FAILED));
	says("CKR_DEVICE_ERROR");
	fake->sign = 0;
	cr_assert(zero(int, sign(RSA_SHA256)));
	/* an error behind which nothing is left */
	fake->sign = fake->info = DEVICE_ERROR;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_REMOVED));
}

Test(token, a_key_may_want_the_pin_each_time)
{
	fake->always = 1;
	cr_assert(zero(int, open_token()));
	cr_assert(zero(int, sign(RSA_SHA256)));
	cr_assert(zero(int, sign(RSA_SHA256)));
	cr_assert(eq(int, fake->context_logins, 2));
	cr_assert(eq(int, asked, 1));
	/* and once it is refused it is not offered again */
	fake->context_login = PIN_INCORRECT;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_PIN));
	fake->context_login = 0;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_PIN));
	cr_assert(eq(int, fake->context_logins, 3));
	cr_assert(eq(int, fake->signs, 2));
}

Test(token, what_a_token_cannot_do_is_said)
{
	cr_assert(zero(int, open_token()));
	fake->sign_init = MECHANISM_INVALID;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_UNSUPPORTED));
	says("does not sign with rsa-pkcs1-sha256");
	fake->sign_init = 0;
	/* a key of another kind is not even tried */
	cr_assert(eq(int, sign(ECDSA_SHA256), MODSEAL_E_UNSUPPORTED));
	cr_assert(zero(int, fake->signs));
	fake->key_type = KEY_TYPE_AES;
	cr_assert(eq(int, open_token(), MODSEAL_E_UNSUPPORTED));
}

Test(token, sizes_that_cannot_be_are_refused)
{
	cr_assert(zero(int, open_token()));
	fake->signature_size = 1ul << 40;
	cr_assert(eq(int, sign(RSA_SHA256), MODSEAL_E_TOKEN_FAILED));
	fake->key_type = KEY_TYPE_EC;
	cr_assert(zero(int, open_token()));
	fake->signature_size = 63; /* r and s are not equally long */
	cr_assert(eq(int, sign(ECDSA_SHA256), MODSEAL_E_TOKEN_FAILED));
	fake->signature_size = 64;
	cr_assert(zero(int, sign(ECDSA_SHA256)), "%s", error.message);
}

Test(token, objects_are_unambiguous)
{
	fake->objects = 2;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_NOT_FOUND));
	says("more than one private key that fits");
	fake->objects = 0;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_NOT_FOUND));
	says("it shows none at all");
	/* more than there is room for in a message, with labels of any length */
	fake->objects = 1000;
	fake->value_size = 5000;
	cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_NOT_FOUND));
}

Test(token, values_are_bounded)
{
	uint8_t *der = NULL;
	size_t size = 0;

	cr_assert(zero(int, open_token()));
	fake->value_size = (unsigned long)-1; /* CK_UNAVAILABLE_INFORMATION */
	cr_assert(eq(int,
		     modseal_token_certificate(token, &uri, false, &der, &size, &error),
		     MODSEAL_E_TOKEN_FAILED));
	fake->value_size = 1ul << 30;
	cr_assert(eq(int,
		     modseal_token_certificate(token, &uri, false, &der, &size, &error),
		     MODSEAL_E_TOKEN_FAILED));
	cr_assert(der == NULL);
}

/* What a module says of its answers does not lead behind the room for them. */
Test(token, answers_end_where_their_room_does)
{
	static const unsigned long grows[] = {1, 4096, 1ul << 40, (unsigned long)-3};
	uint8_t *der = NULL;
	size_t size = 0;

	cr_assert(zero(int, open_token()));
	for (size_t i = 0; i < sizeof(grows) / sizeof(grows[0]); i++) {
		fake->grows = grows[i]; /* the last one: CK_UNAVAILABLE_INFORMATION */
		cr_assert(eq(int,
			     modseal_token_certificate(token, &uri, false, &der, &size,
						       &error),
			     MODSEAL_E_TOKEN_FAILED),
			  "%lu", grows[i]);
		cr_assert(der == NULL);
	}
	fake->grows = 0;
	for (fake->objects = 0; fake->objects < 2; fake->objects++) {
		fake->too_many = 64;
		if (fake->objects == 0)
			fake->too_many++;
		cr_assert(eq(int, open_token(), MODSEAL_E_TOKEN_FAILED));
		says("cannot be searched");
	}
}

static int read_public_key(const struct modseal_crypto *crypto)
{
	EVP_PKEY *key = NULL;
	int code;

	cr_assert(zero(int, open_token()), "%s", error.message);
	code = modseal_token_public_key(token, crypto, "object", &key, &error);
	cr_assert(eq(int, key != NULL, code == 0));
	EVP_PKEY_free(key);
	return code;
}

Test(token, public_keys_that_are_none_are_refused)
{
	struct modseal_crypto *crypto = NULL;

	cr_assert(zero(int, modseal_crypto_new(&crypto, &error)));
	/* numbers of any value are a key, which others judge */
	cr_assert(zero(int, read_public_key(crypto)), "%s", error.message);
	fake->key_type = KEY_TYPE_EC;
	for (fake->value_size = 0; fake->value_size < 200; fake->value_size += 13)
		cr_assert(eq(int, read_public_key(crypto), MODSEAL_E_KEY_INVALID), "%lu",
			  fake->value_size);
	says("tells as the public key is none");
	modseal_crypto_free(&crypto);
}
