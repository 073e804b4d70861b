/* SPDX-License-Identifier: Apache-2.0 */
/* modseal keygen --request: a certificate request instead of a certificate. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <stdlib.h>

#include "verifier/tool/keygen_request.h"
#include "verifier/tool/output.h"
#include "verifier/tool/passphrase.h"
#include "verifier/tool/signing.h"

static void set_path(const struct modseal_request_options *made, const char *suffix,
		     const char *what, json_t *extra)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s.%s", made->directory ? made->directory : ".",
		     made->name, suffix) == -1)
		path = NULL;
	json_object_set_new(extra, what, path ? output_json_text(path) : NULL);
	free(path);
}

static void report_line(struct output *output, const char *what, json_t *values)
{
	const char *value = json_string_value(json_object_get(values, what));

	if (value)
		output_line(output, what, value);
}

static void report(struct output *output, const struct modseal_request_options *made)
{
	json_t *extra = json_object();

	json_incref(extra);
	if (!made->key_path)
		set_path(made, "key", "key", extra);
	set_path(made, "csr", "request", extra);
	output_done(output, made->name, "requested", extra);
	report_line(output, "key", extra);
	report_line(output, "request", extra);
	json_decref(extra);
}

int keygen_request_judge(const struct command *command, const struct options *options)
{
	if (!options->request && options->key)
		return options_conflict(command, "--key", "it goes with --request only");
	if (!options->request && options->pkcs11_module)
		return options_conflict(command, "--pkcs11-module",
					"it goes with --request only");
	if (options->request &&
	    (options->authority || options->issuer || options->days_given))
		return options_conflict(command, "--request",
					"the authority decides that: leave --ca, "
					"--issuer and --days away");
	if (options->request && options->key && options->algorithm)
		return options_conflict(command, "--algorithm",
					"the algorithm of a key that exists is its own");
	return EXIT_DONE;
}

int keygen_request(const struct options *options, struct output *output)
{
	struct modseal_error error = {0};
	struct passphrase passphrase;
	struct modseal_request_options request = {
		.version = MODSEAL_REQUEST_OPTIONS_VERSION,
		.name = options->operands.items[0],
		.directory = options->directory,
		.algorithm = options->algorithm,
		.key_path = options->key,
		.pkcs11_module = options->pkcs11_module,
		.passphrase = passphrase_get,
		.passphrase_argument = &passphrase,
	};
	int result = passphrase_open(options, options->key, &passphrase, &error);

	if (result == MODSEAL_OK)
		result = modseal_request(&request, &error);
	if (result == MODSEAL_OK) {
		report(output, &request);
	} else {
		signing_explain(&passphrase, &error);
		output_failure(output, request.name, &error);
	}
	passphrase_wipe(&passphrase);
	return output_finish(output);
}
#else
typedef int modseal_keygen_request_is_left_out; /* a file must declare something */
#endif
