/* SPDX-License-Identifier: Apache-2.0 */
/* modseal keygen: makes a key and its certificate. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/issued.h"
#include "verifier/tool/keygen_request.h"
#include "verifier/tool/output.h"
#include "verifier/tool/passphrase.h"
#include "verifier/tool/signing.h"

/* Cuts KEY,CERT in two. False where it is not exactly that. */
static bool split_issuer(char *issuer, struct modseal_keygen_options *keygen)
{
	char *comma = strchr(issuer, ',');

	if (!comma || comma == issuer || comma[1] == '\0' || strchr(comma + 1, ','))
		return false;
	*comma = '\0';
	keygen->issuer_key = issuer;
	keygen->issuer_certificate = comma + 1;
	return true;
}

static void report(struct output *output, const struct modseal_keygen_options *keygen)
{
	const char *directory = keygen->directory ? keygen->directory : ".";
	char *key = NULL, *certificate = NULL;
	json_t *extra;

	if (asprintf(&key, "%s/%s.key", directory, keygen->name) == -1)
		key = NULL;
	if (asprintf(&certificate, "%s/%s.pem", directory, keygen->name) == -1)
		certificate = NULL;
	extra = json_object();
	json_object_set_new(extra, "key", key ? output_json_text(key) : NULL);
	json_object_set_new(extra, "certificate",
			    certificate ? output_json_text(certificate) : NULL);
	output_done(output, keygen->name, "made", extra);
	output_line(output, "key", key ? key : "");
	output_line(output, "certificate", certificate ? certificate : "");
	free(key);
	free(certificate);
}

static int generate(const struct options *options, struct modseal_keygen_options *keygen,
		    struct output *output)
{
	struct modseal_error error = {0};
	struct passphrase passphrase;
	int result = passphrase_open(options, keygen->issuer_key, &passphrase, &error);

	keygen->passphrase = passphrase_get;
	keygen->passphrase_argument = &passphrase;
	if (result == MODSEAL_OK)
		result = modseal_keygen(keygen, &error);
	if (result == MODSEAL_OK) {
		report(output, keygen);
	} else {
		signing_explain(&passphrase, &error);
		output_failure(output, keygen->name, &error);
	}
	passphrase_wipe(&passphrase);
	return output_finish(output);
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_keygen_options keygen = {
		.version = MODSEAL_KEYGEN_OPTIONS_VERSION,
		.authority = options->authority,
		.name = options->operands.items[0],
		.directory = options->directory,
		.algorithm = options->algorithm,
		.days = options->days,
	};
	char *issuer = NULL;
	int status = signing_judge_passphrase(&command_keygen, options);

	if (status == EXIT_DONE)
		status = keygen_request_judge(&command_keygen, options);
	if (status == EXIT_DONE && options->request)
		return keygen_request(options, &output);
	if (status == EXIT_DONE)
		status = issued_epoch(0, &keygen.not_before);
	if (status != EXIT_DONE)
		return status;
	if (options->issuer && strncasecmp(options->issuer, "pkcs11:", 7) == 0)
		return options_conflict(&command_keygen, "--issuer",
					"an authority's key inside a token issues by its "
					"own tools: make a --request for them");
	if (options->issuer) {
		issuer = strdup(options->issuer);
		if (!issuer || !split_issuer(issuer, &keygen)) {
			free(issuer);
			return options_conflict(&command_keygen, options->issuer,
						"--issuer takes KEY,CERT: two files");
		}
	}
	status = generate(options, &keygen, &output);
	free(issuer);
	return status;
}
static const struct option_spec options_keygen[] = {
	OPTION_A_TEXT("directory", "DIR", directory, "where to write (default: here)"),
	OPTION_A_TEXT("algorithm", "ALGORITHM", algorithm,
		      "ecdsa-p256 (default), ecdsa-p384, rsa3072, rsa4096;\n"
		      "with OpenSSL 3.5 ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87"),
	OPTION_A_FLAG("ca", authority,
		      "a certificate that may issue others, and sign no code"),
	OPTION_A_TEXT(
		"issuer", "KEY,CERT", issuer,
		"key and certificate of the issuing authority (default: self-signed);\n"
		"no commas in their names"),
	OPTION_A_NUMBER("days", days, 1, 36500, "validity (default: 3650)"),
	OPTION_A_FLAG("request", request,
		      "write NAME.csr, a certificate request, instead of a certificate"),
	OPTION_A_TEXT("key", "KEY", key,
		      "with --request: for this key, a file or pkcs11: URI, instead of\n"
		      "a fresh one"),
	OPTION_PKCS11_MODULE,
	OPTIONS_PASSPHRASE,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_keygen = {
	.name = "keygen",
	.operands = "NAME",
	.summary = "make a signing key and its certificate",
	.description = "Writes NAME.key (the private key, readable by you only) and "
		       "NAME.pem (its\n"
		       "code-signing certificate). Existing files are left alone. With "
		       "SOURCE_DATE_EPOCH in\n"
		       "the environment the certificate is valid from then on, else from "
		       "now on.",
	.options = options_keygen,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
#else
typedef int modseal_keygen_is_left_out; /* a file must declare something (C11 6.9) */
#endif
