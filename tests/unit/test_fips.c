/* SPDX-License-Identifier: Apache-2.0 */
/* The FIPS provider: its settings are read strictly, and nothing else serves in its
 * place. */
#include <openssl/provider.h>
#include <unistd.h>

#include "keyring.h"
#include "keys/algorithms.h"
#include "keys/crypto_private.h"
#include "keys/fips.h"

static int start(const char *module, struct modseal_span config,
		 struct modseal_crypto **ret_crypto, struct modseal_error *error)
{
	int code = modseal_crypto_new_fips(module, config, ret_crypto, error);

	cr_assert(eq(int, error->code, code));
	if (code < 0)
		cr_assert(eq(int, error->stage, MODSEAL_STAGE_CONTEXT));
	return code;
}

#define SECTION "[fips_sect]\n"

Test(fips, R27_settings_are_lines_of_fipsinstall_and_nothing_else)
{
	static const struct {
		const char *text;
		size_t size;
		const char *says;
	} rows[] = {
		{SECTION ".include /etc/passwd\n", 0, "line 2"},
		{SECTION "a = $ENV::HOME\n", 0, "line 2"},
		{SECTION "a = ${HOME}\n", 0, "line 2"},
		{SECTION "a = \"b\"\n", 0, "line 2"},
		{SECTION "a = b c\n", 0, "line 2"},
		{SECTION "a = b\\\n", 0, "line 2"},
		{SECTION "a = b # c\n", 0, "line 2"},
		{SECTION "a\n", 0, "line 2"},
		{SECTION "= b\n", 0, "line 2"},
		{SECTION "a =\n", 0, "line 2"},
		{SECTION "x::a = b\n", 0, "line 2"},
		{SECTION "a.b = c\n", 0, "line 2"},
		/* what is OpenSSL's to say */
		{SECTION "module-filename = x.so\n", 0, "line 2"},
		{SECTION "provider-name = x\n", 0, "line 2"},
		{SECTION "openssl-version = 9\n", 0, "line 2"},
		{SECTION "module = x.so\n", 0, "line 2"},
		{SECTION "identity = default\n", 0, "line 2"},
		{SECTION "soft_load = 1\n", 0, "line 2"},
		/* one section, and nothing before it */
		{"a = b\n" SECTION, 0, "line 1"},
		{SECTION "[other]\n", 0, "line 2"},
		{"[a\n", 0, "line 1"},
		{"[a b]\n", 0, "line 1"},
		{"[]\n", 0, "line 1"},
		{"[", 1, "line 1"},
		{SECTION "a = b\0c\n", sizeof(SECTION "a = b\0c\n") - 1, "line 2"},
		{SECTION "a = \xc3\xa4\n", 0, "line 2"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_crypto *crypto = NULL;
		struct modseal_error error = {0};
		size_t size = rows[i].size ? rows[i].size : strlen(rows[i].text);
		char *copy = malloc(size);

		memcpy(copy, rows[i].text, size);
		cr_assert(eq(int,
			     start("/nowhere/fips.so", modseal_span_of(copy, size),
				   &crypto, &error),
			     MODSEAL_E_UNSUPPORTED),
			  "row %zu: %s", i, error.message);
		cr_assert(strstr(error.message, rows[i].says) != NULL, "row %zu: %s", i,
			  error.message);
		cr_assert(crypto == NULL);
		free(copy);
	}
}

Test(fips, a_module_that_is_not_there_is_not_replaced)
{
	static const char good[] =
		"# a comment\n\n" SECTION "activate = 1\r\n conditional-errors = 1\n"
		"module-mac = 00:11:22\n";
	struct modseal_crypto *crypto = NULL;
	struct modseal_error error = {0};

	cr_assert(eq(int,
		     start("/nowhere/fips.so", modseal_span_of(good, sizeof(good) - 1),
			   &crypto, &error),
		     MODSEAL_E_UNSUPPORTED));
	cr_assert(strstr(error.message,
			 PURE_HERE ? "does not start" : "needs OpenSSL 3.2") != NULL,
		  "%s", error.message);
	cr_assert(eq(int,
		     start("/nowhere/other.so", modseal_span_of(good, sizeof(good) - 1),
			   &crypto, &error),
		     MODSEAL_E_INTERNAL));
	cr_assert(crypto == NULL);
}

Test(fips, settings_have_a_size)
{
	struct modseal_crypto *crypto = NULL;
	struct modseal_error error = {0};
	size_t size = MODSEAL_MAX_FIPS_CONFIG_SIZE + 1;
	char *text = malloc(size);

	memset(text, '\n', size);
	cr_assert(eq(
		int,
		start("/nowhere/fips.so", modseal_span_of(text, size), &crypto, &error),
		MODSEAL_E_UNSUPPORTED));
	cr_assert(strstr(error.message, "larger than 64 KiB") != NULL);
	memcpy(text, SECTION, strlen(SECTION));
	size = strlen(SECTION);
	for (int i = 0; i < 129; i++, size += 4)
		memcpy(text + size, "a=b\n", 4);
	cr_assert(eq(
		int,
		start("/nowhere/fips.so", modseal_span_of(text, size), &crypto, &error),
		MODSEAL_E_UNSUPPORTED));
	cr_assert(strstr(error.message, "line 130") != NULL, "%s", error.message);
	free(text);
}

Test(fips, the_places_are_fixed_when_openssl_is_built)
{
	char *module = NULL, *settings = NULL;
	struct modseal_error error;

	setenv("OPENSSL_MODULES", "/evil", 1);
	setenv("OPENSSL_CONF", "/evil/openssl.cnf", 1);
	cr_assert(zero(int, modseal_fips_paths(&module, &settings, &error)));
	cr_assert(eq(int, module[0], '/'));
	cr_assert(strstr(module, "/fips.so") != NULL && !strstr(module, "evil"));
	cr_assert(eq(int, settings[0], '/'));
	cr_assert(strstr(settings, "/fipsmodule.cnf") != NULL &&
		  !strstr(settings, "evil"));
	free(module);
	free(settings);
}

/* ---- with the provider installed (check-trixie) --------------------------------------
 */

static struct modseal_span read_settings(const char *path)
{
	uint8_t *bytes = malloc(MODSEAL_MAX_FIPS_CONFIG_SIZE);
	FILE *file = fopen(path, "r");
	size_t size;

	cr_assert(file != NULL);
	size = fread(bytes, 1, MODSEAL_MAX_FIPS_CONFIG_SIZE, file);
	fclose(file);
	return modseal_span_of(bytes, size);
}

static bool installed(char **ret_module, struct modseal_span *ret_settings)
{
	struct modseal_error error;
	char *settings = NULL;
	bool there;

	cr_assert(zero(int, modseal_fips_paths(ret_module, &settings, &error)));
	there = access(*ret_module, R_OK) == 0 && access(settings, R_OK) == 0;
	if (there)
		*ret_settings = read_settings(settings);
	free(settings);
	return there;
}

Test(fips, every_algorithm_is_the_modules)
{
	struct modseal_crypto *crypto = NULL;
	struct modseal_error error = {0};
	struct modseal_span settings;
	struct modseal_certificate certificate;
	char *module = NULL;
	EVP_KEYMGMT *unapproved;
	EVP_MD *md5;

	if (!installed(&module, &settings))
		cr_skip_test("the FIPS provider is not installed");
	cr_assert(zero(int, start(module, settings, &crypto, &error)), "%s",
		  error.message);
	for (int hash = 0; hash < MODSEAL_HASH_COUNT; hash++)
		cr_assert(eq(str,
			     (char *)OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(
				     modseal_crypto_md(crypto, (enum modseal_hash)hash))),
			     "fips"));
	certificate = keyring_certificate(crypto, "leaf.pem");
	cr_assert(eq(
		str,
		(char *)OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(certificate.key)),
		"fips"));
	md5 = EVP_MD_fetch(modseal_crypto_library(crypto), "MD5", NULL);
	cr_assert(md5 == NULL);
	/* the module has it, with the mark fips=no */
	unapproved = EVP_KEYMGMT_fetch(modseal_crypto_library(crypto), "X25519", NULL);
	cr_assert(unapproved == NULL);
	unapproved = EVP_KEYMGMT_fetch(modseal_crypto_library(crypto), "X25519", "-fips");
	cr_assert(unapproved != NULL);
	EVP_KEYMGMT_free(unapproved);
	modseal_certificate_clear(&certificate);
	modseal_crypto_free(&crypto);
	keyring_drop(settings);
	free(module);
}

Test(fips, a_module_with_another_checksum_does_not_start)
{
	struct modseal_crypto *crypto = NULL;
	struct modseal_error error = {0};
	struct modseal_span settings;
	char *module = NULL;
	uint8_t *at;

	if (!installed(&module, &settings))
		cr_skip_test("the FIPS provider is not installed");
	at = memmem(settings.data, settings.size, "module-mac = ", 13);
	cr_assert(at != NULL);
	at[13] = at[13] == '0' ? '1' : '0';
	cr_assert(
		eq(int, start(module, settings, &crypto, &error), MODSEAL_E_UNSUPPORTED));
	cr_assert(strstr(error.message, "does not start") != NULL, "%s", error.message);
	cr_assert(crypto == NULL);
	keyring_drop(settings);
	free(module);
}
