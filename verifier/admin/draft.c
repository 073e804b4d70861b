/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that nobody has signed, as contexts to ask. */
#include <sys/auxv.h>

#include "modseal-ask.h"
#include "verifier/handle.h"

int modseal_draft_open(const char *path, const char *root_directory,
		       struct modseal_buffer text, struct modseal **ret_context,
		       struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	struct modseal *handle;
	int result;

	modseal_error_clear(error);
	/* Whoever starts a set-user-ID program may not choose what is parsed in it. */
	if (getauxval(AT_SECURE))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    path, "drafts are refused in secure execution");
	result =
		modseal_context_draft(path, root_directory, text, false, &context, error);
	if (result < 0)
		return result;
	if (context->base.policy->is_supplement) {
		modseal_context_close(&context);
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    path,
				    "a supplement decides nothing by itself: ask the "
				    "policy that names it");
	}
	handle = modseal_handle_of(context);
	if (!handle) {
		modseal_context_close(&context);
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	}
	*ret_context = handle;
	return 0;
}
