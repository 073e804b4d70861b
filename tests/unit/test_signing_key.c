/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys and certificates may sign. */
#include "tests/unit/signing.h"

#define KEY MODSEAL_STAGE_KEY

TestSuite(signing_key, .init = signing_begin, .fini = signing_end);

static int open_with(const char *key, const char *certificate,
		     struct modseal_sign_options options)
{
	struct modseal_signing_key *opened = NULL;
	int code = open_key(&options, key, certificate, &opened);

	cr_assert(eq(int, opened != NULL, code == 0));
	cr_assert(eq(int, error.code, code));
	modseal_signing_key_free(&opened);
	return code;
}

Test(signing_key, certificates_without_code_signing_do_not_sign)
{
	const struct modseal_sign_options plain = {0};

	cr_assert(zero(int, open_with("p256", "p256", plain)), "%s", error.message);
	/* no extended key usage at all: the kernel's build keys are so */
	cr_assert(zero(int, open_with("bare", "bare", plain)), "%s", error.message);
	refuses(MODSEAL_E_CERTIFICATE_INVALID, KEY, open_with("mail", "mail", plain));
	refuses(MODSEAL_E_CERTIFICATE_INVALID, KEY,
		open_with("leafmail", "leafmail", plain));
}

Test(signing_key, weak_and_foreign_keys_do_not_sign)
{
	const struct modseal_sign_options plain = {0};

	cr_assert(lt(int, open_with("weak", "weak", plain), 0));
	cr_assert(eq(int, error.stage, KEY));
	cr_assert(lt(int, open_with("k256", "k256", plain), 0));
	cr_assert(eq(int, error.stage, KEY));
	refuses(MODSEAL_E_KEY_MISMATCH, KEY, open_with("p256", "twin", plain));
	refuses(MODSEAL_E_KEY_MISMATCH, KEY, open_with("p256", "rsa", plain));
}

/* A certificate for the key p256, valid from now + since to now + until. */
static const char *dated(long since, long until)
{
	const char *path = in_place("dated.pem");
	X509 *x509 = load_certificate("p256");
	EVP_PKEY *key = load_key("p256");
	FILE *file = fopen(path, "w");

	cr_assert(X509_gmtime_adj(X509_getm_notBefore(x509), since) != NULL);
	cr_assert(X509_gmtime_adj(X509_getm_notAfter(x509), until) != NULL);
	cr_assert(X509_sign(x509, key, EVP_sha256()) > 0);
	cr_assert(PEM_write_X509(file, x509));
	fclose(file);
	X509_free(x509);
	EVP_PKEY_free(key);
	return path;
}

static int open_dated_with(long since, long until, uint32_t allow_expired, size_t remarks)
{
	struct modseal_sign_options options = {.version = MODSEAL_SIGN_OPTIONS_VERSION,
					       .allow_expired = allow_expired};
	struct modseal_signing_key *key = NULL;
	int code;

	options.key_path = BUILD_DIR "/data/signature/p256.key";
	options.certificate_path = dated(since, until);
	code = modseal_signing_key_open(&options, &key, &error);
	for (size_t i = 0; i < remarks; i++)
		cr_assert(modseal_signing_key_remark(key, i) != NULL);
	cr_assert(modseal_signing_key_remark(key, remarks) == NULL);
	modseal_signing_key_free(&key);
	return code;
}

static int open_dated(long since, long until)
{
	return open_dated_with(since, until, 0, 0);
}

Test(signing_key, certificates_sign_while_they_are_valid)
{
	cr_assert(zero(int, open_dated(-1000, 1000)), "%s", error.message);
	refuses(MODSEAL_E_CERTIFICATE_EXPIRED, KEY, open_dated(-2000, -1000));
	cr_assert(strstr(error.message, "expired") != NULL, "%s", error.message);
	refuses(MODSEAL_E_CERTIFICATE_EXPIRED, KEY, open_dated(1000, 2000));
	cr_assert(strstr(error.message, "not valid yet") != NULL, "%s", error.message);
}

Test(signing_key, who_insists_signs_with_an_expired_certificate)
{
	cr_assert(zero(int, open_dated_with(-2000, -1000, 1, 1)), "%s", error.message);
	cr_assert(zero(int, open_dated_with(1000, 2000, 1, 1)), "%s", error.message);
	cr_assert(zero(int, open_dated_with(-1000, 1000, 1, 0)), "%s", error.message);
	refuses(MODSEAL_E_ARGUMENT, KEY, open_dated_with(-1000, 1000, 2, 0));
}

static int tell(void *argument, char *buffer, size_t size)
{
	size_t length = strlen(argument);

	memcpy(buffer, argument, length < size ? length : size);
	return (int)length;
}

Test(signing_key, sealed_keys_open_with_their_passphrase_only)
{
	struct modseal_sign_options options = {0};

	refuses(MODSEAL_E_KEY_PASSPHRASE, KEY, open_with("sealed", "p256", options));
	options.passphrase = tell;
	options.passphrase_argument = "wrong";
	refuses(MODSEAL_E_KEY_PASSPHRASE, KEY, open_with("sealed", "p256", options));
	options.passphrase_argument = "secret";
	cr_assert(zero(int, open_with("sealed", "p256", options)), "%s", error.message);
}

Test(signing_key, what_is_missing_is_named)
{
	const struct modseal_sign_options plain = {0};

	refuses(MODSEAL_E_NOT_FOUND, KEY, open_with("none", "p256", plain));
	cr_assert(strstr(error.object, "none.key") != NULL, "%s", error.object);
	refuses(MODSEAL_E_NOT_FOUND, KEY, open_with("p256", "none", plain));
	cr_assert(strstr(error.object, "none.pem") != NULL, "%s", error.object);
}

Test(signing_key, options_are_checked)
{
	struct modseal_sign_options options = {0};
	struct modseal_signing_key *key = NULL;

	refuses(MODSEAL_E_ARGUMENT, KEY, modseal_signing_key_open(NULL, &key, &error));
	refuses(MODSEAL_E_ARGUMENT, KEY,
		modseal_signing_key_open(&options, &key, &error));
	options.version = MODSEAL_SIGN_OPTIONS_VERSION;
	refuses(MODSEAL_E_ARGUMENT, KEY,
		modseal_signing_key_open(&options, &key, &error));
	options.pss = 2;
	refuses(MODSEAL_E_ARGUMENT, KEY, open_with("rsa", "rsa", options));
	options.pss = 1;
	refuses(MODSEAL_E_ARGUMENT, KEY, open_with("p256", "p256", options));
	options.pss = 0;
	options.hash = "sha1";
	refuses(MODSEAL_E_ARGUMENT, KEY, open_with("rsa", "rsa", options));
	options.hash = NULL;
	options.reserved[sizeof(options.reserved) / sizeof(options.reserved[0]) - 1] = 1;
	refuses(MODSEAL_E_ARGUMENT, KEY, open_with("rsa", "rsa", options));
	options = (struct modseal_sign_options){.reserved_32 = 1};
	refuses(MODSEAL_E_ARGUMENT, KEY, open_with("rsa", "rsa", options));
	modseal_signing_key_free(NULL);
}
