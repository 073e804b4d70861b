/* SPDX-License-Identifier: Apache-2.0 */
/* Changes a context over to OpenSSL's FIPS provider where its policy says so. */
#include "verifier/provider.h"

#include <stdlib.h>
#include <string.h>

#include "keys/fips.h"
#include "verifier/image/bytes.h"

/* The module's place and its settings, opened under the rules of `protected-path`. */
struct module {
	char *path;
	char *settings;
	struct modseal_located located;
	struct modseal_bytes bytes;
};

static int open_protected(const char *path, struct modseal_located *ret_located,
			  struct modseal_error *error)
{
	int result = modseal_path_open(path, ret_located, error);

	if (result < 0)
		return result;
	result = modseal_path_require(ret_located, MODSEAL_PATH_PROTECTED, error);
	if (result < 0) {
		modseal_located_close(ret_located);
		ret_located->descriptor = -1;
	}
	return result;
}

/* Both are made by the administrator; one sentence tells how. */
static int explain(const struct module *module, const char *missing, int result,
		   struct modseal_error *error)
{
	if (result == MODSEAL_E_NOT_FOUND)
		result = modseal_fail(
			error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_CONTEXT, missing,
			"the policy wants OpenSSL's FIPS provider, and this "
			"file of it is not there");
	if (result == MODSEAL_E_UNSUPPORTED)
		modseal_remedy(error,
			       "install the FIPS provider, then run `openssl fipsinstall "
			       "-module %s -out %s`; or write `provider: default`",
			       module->path, module->settings);
	return result;
}

static int open_module(struct module *module, struct modseal_error *error)
{
	struct modseal_located settings = {.descriptor = -1};
	int result = open_protected(module->path, &module->located, error);

	if (result < 0)
		return explain(module, module->path, result, error);
	result = open_protected(module->settings, &settings, error);
	if (result == 0)
		result = modseal_bytes_read(&settings, MODSEAL_MAX_FIPS_CONFIG_SIZE,
					    &module->bytes, error);
	modseal_located_close(&settings);
	return explain(module, module->settings, result, error);
}

static int move_anchor(struct modseal_signer **anchor,
		       const struct modseal_crypto *crypto, struct modseal_error *error)
{
	struct modseal_signer *moved = NULL;
	int result = modseal_anchor_move(crypto, *anchor, &moved, error);

	if (result < 0)
		return result;
	modseal_signer_free(anchor);
	*anchor = moved;
	return 0;
}

static int move_anchors(struct modseal_context *context,
			const struct modseal_crypto *crypto, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < context->anchor_count; i++)
		result = move_anchor(&context->anchors[i], crypto, error);
	if (result == 0 && context->recovery)
		result = move_anchor(&context->recovery, crypto, error);
	return result;
}

static int add_preload(struct modseal_strings *preload, const char *path,
		       struct modseal_error *error)
{
	char **items = reallocarray(preload->items, preload->count + 1, sizeof(*items));

	if (!items)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	preload->items = items;
	items[preload->count] = strdup(path);
	if (!items[preload->count])
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	preload->count++;
	return 0;
}

int modseal_provider_choose(struct modseal_context *context, struct modseal_error *error)
{
	struct module module = {.located = {.descriptor = -1},
				.bytes = {.descriptor = -1}};
	struct modseal_crypto *crypto = NULL;
	int result;

	if (context->base.policy->provider == MODSEAL_PROVIDER_DEFAULT)
		return 0;
	result = modseal_fips_paths(&module.path, &module.settings, error);
	if (result == 0)
		result = open_module(&module, error);
	/* by the path that was judged, every component and link of it */
	if (result == 0) {
		result = modseal_crypto_new_fips(module.path, module.bytes.view, &crypto,
						 error);
		result = explain(&module, module.path, result, error);
	}
	if (result == 0)
		result = move_anchors(context, crypto, error);
	if (result == 0)
		result = add_preload(&context->base.policy->preload, module.located.path,
				     error);
	if (result == 0) {
		modseal_crypto_free(&context->crypto);
		context->crypto = crypto;
		crypto = NULL;
	}
	modseal_crypto_free(&crypto);
	modseal_bytes_free(&module.bytes);
	modseal_located_close(&module.located);
	free(module.path);
	free(module.settings);
	return result;
}
