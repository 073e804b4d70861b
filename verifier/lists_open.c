/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the revocation lists that a policy names. */
#include <stdlib.h>
#include <string.h>

#include "verifier/lists_open.h"
#include "verifier/own_file.h"

int modseal_lists_read(const struct modseal_context *context,
		       const struct modseal_authority *authority,
		       const struct modseal_policy_signer *signer,
		       struct modseal_lists *ret_lists, struct modseal_error *error)
{
	for (size_t i = 0; i < signer->crl_files.count; i++) {
		const char *name = signer->crl_files.items[i];
		struct modseal_bytes *file = &ret_lists->files[i];
		int result;

		*file = (struct modseal_bytes){.descriptor = -1};
		ret_lists->count++;
		result = modseal_own_file_read_named(context, authority, name,
						     MODSEAL_MAX_CRL_FILE_SIZE, file,
						     &ret_lists->paths[i], error);
		if (result < 0 && result != MODSEAL_E_NOT_FOUND)
			return result;
		ret_lists->sources[i].name = result == 0 ? ret_lists->paths[i] : name;
		if (result == 0)
			ret_lists->sources[i].bytes = file->view;
	}
	modseal_error_clear(error);
	return 0;
}

void modseal_lists_clear(struct modseal_lists *lists)
{
	for (size_t i = 0; i < lists->count; i++) {
		modseal_bytes_free(&lists->files[i]);
		free(lists->paths[i]);
	}
	*lists = (struct modseal_lists){.count = 0};
}

static const struct modseal_signer *
signer_named(const struct modseal_authority *authority, const char *name)
{
	for (size_t i = 0; authority && i < authority->policy->signer_count; i++)
		if (strcmp(modseal_signer_name(authority->signers[i]), name) == 0)
			return authority->signers[i];
	return NULL;
}

int modseal_lists_succeed(const struct modseal_context *context,
			  const struct modseal_authority *current,
			  const struct modseal_authority *next,
			  struct modseal_error *error)
{
	int64_t latest = modseal_context_latest(context);
	int result = 0;

	for (size_t i = 0; result == 0 && i < next->policy->signer_count; i++)
		result = modseal_signer_lists_succeed(
			context->crypto, next->signers[i],
			signer_named(current, modseal_signer_name(next->signers[i])),
			latest, error);
	return result;
}

void modseal_lists_raise_floor(struct modseal_context *context)
{
	int64_t latest = modseal_context_latest(context);

	for (size_t i = 0; i < context->base.policy->signer_count; i++)
		modseal_context_raise_floor(
			context,
			modseal_signer_listed_at(context->base.signers[i], latest));
}
