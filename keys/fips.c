/* SPDX-License-Identifier: Apache-2.0 */
/* Starts OpenSSL's FIPS provider with the settings that fipsinstall made for it. */
#include "keys/fips.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/crypto_private.h"

#define MAX_SETTINGS 128 /* 3.5 has 33 */
#define MODULE_NAME  "/fips.so"

/* Came with 3.2; before, a provider took settings from configuration files only. */
extern OSSL_PROVIDER *OSSL_PROVIDER_load_ex(OSSL_LIB_CTX *library, const char *name,
					    OSSL_PARAM *parameters) __attribute__((weak));

/* The lines of the file as OpenSSL wants them; the texts lie in copy. */
struct settings {
	char *copy;
	OSSL_PARAM parameters[MAX_SETTINGS + 1];
	size_t count;
	unsigned sections;
};

int modseal_fips_paths(char **ret_module, char **ret_config, struct modseal_error *error)
{
	const char *modules = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
	const char *settings = OPENSSL_info(OPENSSL_INFO_CONFIG_DIR);
	char *module = NULL, *config = NULL;

	if (!modules || !settings)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_CONTEXT,
				    NULL, "this OpenSSL was built without providers");
	if (asprintf(&module, "%s" MODULE_NAME, modules) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	if (asprintf(&config, "%s/fipsmodule.cnf", settings) < 0) {
		free(module);
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	}
	*ret_module = module;
	*ret_config = config;
	return 0;
}

/* ---- the module's settings --------------------------------------------------------- */

static bool all_of(struct modseal_span text, const char *more)
{
	for (size_t i = 0; i < text.size; i++)
		if (!isascii(text.data[i]) ||
		    (!isalnum(text.data[i]) && !memchr(more, text.data[i], strlen(more))))
			return false;
	return text.size > 0;
}

static struct modseal_span trim(struct modseal_span text)
{
	while (text.size && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = modseal_span_of(text.data + 1, text.size - 1);
	while (text.size && memchr(" \t\r", text.data[text.size - 1], 3))
		text.size--;
	return text;
}

static struct modseal_span take_line(struct modseal_span *rest)
{
	const uint8_t *end = memchr(rest->data, '\n', rest->size);
	size_t length = end ? (size_t)(end - rest->data) : rest->size;
	struct modseal_span line = modseal_span_of(rest->data, length);

	length += end != NULL;
	*rest = modseal_span_of(rest->data + length, rest->size - length);
	return trim(line);
}

/* What OpenSSL itself tells the module (provider-base(7), core_get_params) is not for a
 * file to replace: the checksum would be another file's. The rest belongs to
 * configurations (config(5)). */
static bool is_reserved(struct modseal_span key)
{
	static const char *const names[] = {
		"module-filename", "provider-name", "openssl-version",
		"module",	   "identity",	    "soft_load",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (key.size == strlen(names[i]) && modseal_span_starts(key, names[i]))
			return true;
	return false;
}

/* One line, kept where it is a setting; false for what fipsinstall does not write. */
static bool take_setting(struct settings *settings, struct modseal_span line)
{
	struct modseal_span key, value;
	const uint8_t *equals;
	size_t length;
	char *name, *text;

	if (line.size == 0 || line.data[0] == '#')
		return true;
	if (line.data[0] == '[')
		return line.data[line.size - 1] == ']' && settings->sections++ == 0 &&
		       line.size > 2 &&
		       all_of(modseal_span_of(line.data + 1, line.size - 2), "_-");
	equals = memchr(line.data, '=', line.size);
	if (!equals || settings->sections != 1 || settings->count == MAX_SETTINGS)
		return false;
	length = (size_t)(equals - line.data);
	key = trim(modseal_span_of(line.data, length));
	value = trim(modseal_span_of(equals + 1, line.size - length - 1));
	if (!all_of(key, "-_") || !all_of(value, ":._-") || is_reserved(key))
		return false;
	/* their ends are blanks, '=' or the line's end, all within the copy */
	name = settings->copy + (key.data - (const uint8_t *)settings->copy);
	text = settings->copy + (value.data - (const uint8_t *)settings->copy);
	name[key.size] = '\0';
	text[value.size] = '\0';
	settings->parameters[settings->count++] =
		OSSL_PARAM_construct_utf8_string(name, text, 0);
	return true;
}

static int read_settings(const char *module, struct modseal_span config,
			 struct settings *settings, struct modseal_error *error)
{
	struct modseal_span rest;
	unsigned line = 0;

	if (config.size > MODSEAL_MAX_FIPS_CONFIG_SIZE)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_CONTEXT,
				    module, "its settings are larger than 64 KiB");
	settings->copy = calloc(1, config.size + 1);
	if (!settings->copy)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	if (config.size)
		memcpy(settings->copy, config.data, config.size);
	rest = modseal_span_of(settings->copy, config.size);
	while (rest.size > 0) {
		line++;
		if (!take_setting(settings, take_line(&rest)))
			return modseal_fail(
				error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_CONTEXT,
				module,
				"line %u of the FIPS module's settings is not as "
				"`openssl fipsinstall` writes them",
				line);
	}
	settings->parameters[settings->count] = OSSL_PARAM_construct_end();
	return 0;
}

/* ---- the provider ------------------------------------------------------------------ */

/*
 * The folder of modules is set, or OPENSSL_MODULES would decide. "base" has no
 * algorithms: it decodes keys. Loading runs the module's self-test. "fips=yes": approved
 * algorithms only, also of what the module has besides.
 */
static bool start(struct modseal_crypto *crypto, const char *folder,
		  struct settings *settings)
{
	if (OSSL_PROVIDER_set_default_search_path(crypto->library, folder) != 1)
		return false;
	crypto->base = OSSL_PROVIDER_load(crypto->library, "base");
	crypto->provider =
		OSSL_PROVIDER_load_ex(crypto->library, "fips", settings->parameters);
	return crypto->base && crypto->provider &&
	       EVP_set_default_properties(crypto->library, "fips=yes") == 1;
}

static int start_module(struct modseal_crypto *crypto, const char *module,
			struct settings *settings, struct modseal_error *error)
{
	size_t length = strlen(module), name = strlen(MODULE_NAME);
	char *folder;
	int result = 0;

	if (length <= name || strcmp(module + length - name, MODULE_NAME) != 0)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_CONTEXT,
				    module, "the FIPS module has another name");
	if (!OSSL_PROVIDER_load_ex)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_CONTEXT,
				    module, "the FIPS provider needs OpenSSL 3.2 here");
	folder = strndup(module, length - name);
	if (!folder)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	if (!start(crypto, folder, settings)) {
		result = modseal_fail_crypto(error, MODSEAL_STAGE_CONTEXT, module,
					     "the FIPS provider does not start");
		if (result == MODSEAL_E_CRYPTO) {
			result = MODSEAL_E_UNSUPPORTED;
			if (error)
				error->code = result;
		}
	}
	free(folder);
	return result;
}

int modseal_crypto_new_fips(const char *module, struct modseal_span config,
			    struct modseal_crypto **ret_crypto,
			    struct modseal_error *error)
{
	struct settings settings = {.count = 0};
	struct modseal_crypto *crypto = NULL;
	int result = read_settings(module, config, &settings, error);

	if (result == 0)
		result = modseal_crypto_begin(&crypto, error);
	if (result == 0)
		result = start_module(crypto, module, &settings, error);
	if (result == 0)
		result = modseal_crypto_finish(crypto, error);
	free(settings.copy);
	if (result < 0) {
		modseal_crypto_free(&crypto);
		return result;
	}
	*ret_crypto = crypto;
	return 0;
}
