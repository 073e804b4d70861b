/* SPDX-License-Identifier: Apache-2.0 */
/* Opens signing keys as the options say. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <string.h>

#include "verifier/tool/output.h"
#include "verifier/tool/passphrase.h"
#include "verifier/tool/signing.h"

int signing_judge_passphrase(const struct command *command, const struct options *options)
{
	int sources = (options->passphrase_file != NULL) +
		      (options->passphrase_env != NULL) + options->passphrase_fd_given;

	if (sources > 1)
		return options_conflict(command, NULL,
					"the passphrase is given in several ways");
	if (sources && options->key && strncmp(options->key, "pkcs11:", 7) == 0 &&
	    strstr(options->key, "pin-source="))
		return options_conflict(command, NULL,
					"the PIN is given in several ways");
	return EXIT_DONE;
}

int signing_judge(const struct command *command, const struct options *options)
{
	if (!options->key)
		return options_missing(command, "key");
	return signing_judge_passphrase(command, options);
}

void signing_explain(const struct passphrase *passphrase, struct modseal_error *error)
{
	if (error->code == MODSEAL_E_KEY_PASSPHRASE && passphrase->length == -1)
		snprintf(error->remedy, sizeof(error->remedy), "%s",
			 "give one with --passphrase-file, --passphrase-fd or "
			 "--passphrase-env, or run this at a terminal");
}

/* What is no failure, on standard error all the same: once for all files. */
static void tell_remarks(const struct options *options,
			 const struct modseal_signing_key *key)
{
	const char *remark;

	for (size_t i = 0; (remark = modseal_signing_key_remark(key, i)) != NULL; i++)
		output_message(options->certificate ? options->certificate : options->key,
			       NULL, "%s", remark);
}

int signing_open(const struct options *options, struct modseal_signing_key **ret_key,
		 struct modseal_error *error)
{
	struct passphrase passphrase;
	struct modseal_sign_options sign = {
		.version = MODSEAL_SIGN_OPTIONS_VERSION,
		.pss = options->padding && strcmp(options->padding, "pss") == 0,
		.key_path = options->key,
		.certificate_path = options->certificate,
		.hash = options->hash,
		.replaced_certificate_path = options->replace,
		.allow_expired = options->allow_expired,
		.pkcs11_module = options->pkcs11_module,
		.passphrase = passphrase_get,
		.passphrase_argument = &passphrase,
	};
	int result = passphrase_open(options, options->key, &passphrase, error);

	if (result == MODSEAL_OK)
		result = modseal_signing_key_open(&sign, ret_key, error);
	if (result == MODSEAL_OK)
		tell_remarks(options, *ret_key);
	else
		signing_explain(&passphrase, error);
	passphrase_wipe(&passphrase);
	return result;
}

int signing_open_public(const struct options *options,
			struct modseal_signing_key **ret_key, struct modseal_error *error)
{
	struct modseal_sign_options sign = {
		.version = MODSEAL_SIGN_OPTIONS_VERSION,
		.pss = options->padding && strcmp(options->padding, "pss") == 0,
		.certificate_path = options->certificate,
		.hash = options->hash,
		.allow_expired = options->allow_expired,
	};
	int result;

	result = modseal_signing_key_open(&sign, ret_key, error);
	if (result == MODSEAL_OK)
		tell_remarks(options, *ret_key);
	return result;
}
#else
typedef int modseal_signing_is_left_out; /* a file must declare something (C11 6.9) */
#endif
