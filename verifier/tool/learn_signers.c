/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that the user gives, and which of them a file's signatures fit. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_signers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-inspect.h"
#include "verifier/tool/input.h"
#include "verifier/tool/output.h"

#define MAX_CERTIFICATE (64u * 1024)
#define PEM_BEGIN	"-----BEGIN CERTIFICATE-----"
#define PEM_END		"-----END CERTIFICATE-----"

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool learn_is_name(const char *text)
{
	size_t length = strlen(text);

	if (length < 1 || length > 64 || !is_letter_or_digit(text[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_letter_or_digit(text[i]) && !strchr("._-", text[i]))
			return false;
	return true;
}

/* ---- certificates ----------------------------------------------------------------- */

static int read_text(const char *path, char **ret_text, struct modseal_error *error)
{
	FILE *stream = input_stream(path);
	char *text = malloc(MAX_CERTIFICATE + 1);
	size_t size = 0;
	int number = errno;

	if (stream && text) {
		size = fread(text, 1, MAX_CERTIFICATE + 1, stream);
		number = ferror(stream) ? errno : 0;
	}
	if (stream)
		fclose(stream);
	if (!text || !stream || number || size > MAX_CERTIFICATE) {
		free(text);
		if (stream && text && !number)
			return output_error(error, MODSEAL_E_TOO_LARGE,
					    MODSEAL_STAGE_FIND, path,
					    "name a file with one certificate",
					    "too large for a certificate");
		return output_unreadable(error, MODSEAL_STAGE_FIND, path,
					 text ? number : ENOMEM);
	}
	text[size] = '\0';
	*ret_text = text;
	return MODSEAL_OK;
}

/* What stands between the marks goes into a policy, so it is these letters only. */
static bool is_base64(const char *text, const char *end)
{
	for (; text < end; text++)
		if (!is_letter_or_digit(*text) && !strchr("+/=\n\r", *text))
			return false;
	return true;
}

static int cut_pem(const char *path, char *text, char **ret_pem,
		   struct modseal_error *error)
{
	char *begin = strstr(text, PEM_BEGIN);
	char *end = begin ? strstr(begin, PEM_END) : NULL;
	size_t used = 0;

	if (!end || !is_base64(begin + strlen(PEM_BEGIN), end))
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    "make one of DER with `openssl x509 -inform DER -in "
				    "FILE -out FILE.pem`",
				    "it holds no certificate as PEM text");
	end += strlen(PEM_END);
	if (strstr(end, PEM_BEGIN))
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    "give each in a file of its own",
				    "it holds several certificates");
	*end = '\0';
	for (char *at = begin; *at; at++) /* a policy has no carriage returns */
		if (*at != '\r')
			text[used++] = *at;
	text[used] = '\0';
	*ret_pem = text;
	return MODSEAL_OK;
}

/* acme-release for keys/acme-release.pem */
static int make_name(const char *path, char **ret_name, struct modseal_error *error)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	char *dot = name ? strrchr(name, '.') : NULL;

	if (!name)
		return learn_no_memory(error);
	if (dot && dot != name)
		*dot = '\0';
	if (!learn_is_name(name)) {
		free(name);
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    "rename the file: 1 to 64 of A-Z a-z 0-9 . _ -, the "
				    "first a letter or digit",
				    "no signer can have the name of this file");
	}
	*ret_name = name;
	return MODSEAL_OK;
}

int learn_signer_open(const char *path, struct learn_signer *ret_signer,
		      struct modseal_error *error)
{
	struct modseal_trust_options options = {
		.version = MODSEAL_TRUST_OPTIONS_VERSION,
		.certificate_path = path,
	};
	struct learn_signer signer = {.path = path};
	char *text = NULL;
	int result = read_text(path, &text, error);

	if (result == MODSEAL_OK)
		result = cut_pem(path, text, &signer.pem, error);
	if (result != MODSEAL_OK) {
		free(text);
		return result;
	}
	result = make_name(path, &signer.name, error);
	if (result == MODSEAL_OK)
		result = modseal_trust_open(&options, &signer.trust, error);
	if (result != MODSEAL_OK) {
		learn_signer_clear(&signer);
		return result;
	}
	*ret_signer = signer;
	return MODSEAL_OK;
}

void learn_signer_clear(struct learn_signer *signer)
{
	free(signer->name);
	free(signer->pem);
	modseal_trust_free(&signer->trust);
	*signer = (struct learn_signer){0};
}

int learn_signers_open(const struct words *paths, struct learn_signers *ret_signers,
		       struct modseal_error *error)
{
	*ret_signers = (struct learn_signers){0};
	if (paths->count > LEARN_MAX_SIGNERS)
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
				    "--signer", "learn in several steps",
				    "given more than %d times", LEARN_MAX_SIGNERS);
	for (size_t i = 0; i < paths->count; i++) {
		struct learn_signer *signer = &ret_signers->items[i];
		int result = learn_signer_open(paths->items[i], signer, error);

		if (result != MODSEAL_OK)
			return result;
		ret_signers->count++;
		for (size_t j = 0; j < i; j++)
			if (strcmp(ret_signers->items[j].name, signer->name) == 0)
				return output_error(error, MODSEAL_E_ARGUMENT,
						    MODSEAL_STAGE_FIND, paths->items[i],
						    "rename one of the files",
						    "two signers would have the name %s",
						    signer->name);
	}
	return MODSEAL_OK;
}

void learn_signers_clear(struct learn_signers *signers)
{
	for (size_t i = 0; i < signers->count; i++)
		learn_signer_clear(&signers->items[i]);
	signers->count = 0;
}

/* ---- signatures ------------------------------------------------------------------- */

static enum learn_form form_of(const struct modseal_verdict *verdict)
{
	const char *name = modseal_verdict_evidence(verdict);

	if (name && strcmp(name, "detached") == 0)
		return LEARN_DETACHED;
	return name && strcmp(name, "ima") == 0 ? LEARN_IMA : LEARN_APPENDED;
}

int learn_signers_of(const struct learn_signers *signers, const char *path,
		     uint64_t *ret_signers, enum learn_form *ret_form,
		     struct modseal_error *ret_problem, struct modseal_error *error)
{
	uint64_t found = 0;

	for (size_t i = 0; i < signers->count; i++) {
		struct modseal_verdict *verdict = NULL;
		int result = modseal_trust_check(signers->items[i].trust, path, &verdict,
						 error);

		if (result == MODSEAL_OK) {
			found |= 1ull << i;
			*ret_form = form_of(verdict);
			modseal_verdict_free(&verdict);
		} else if (modseal_code_exit(result) != EXIT_NO) {
			return result;
		} else if (ret_problem->code == MODSEAL_OK) {
			*ret_problem = *error;
		}
	}
	*ret_signers = found;
	return MODSEAL_OK;
}
#else
typedef int modseal_learn_signers_is_left_out; /* something declared (C11 6.9) */
#endif
