/* SPDX-License-Identifier: Apache-2.0 */
/* Installing a policy: verify, copy, verify the copy, ask, switch, raise the floors; and
 * going back to the set before, as far as these allow. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "internal/calls.h"
#include "verifier/admin/gather.h"
#include "verifier/admin/installation.h"

/* From where it lies, keeping what is read; only what was authenticated gets further. */
static int gather(struct modseal_installation *in, struct modseal_error *error)
{
	const struct modseal_gatherer gatherer = modseal_gatherer_of(&in->set);
	const struct modseal_open_how how = {.floors = in->state, .gather = &gatherer};
	const char *asked = in->options->policy_path;
	char *real = modseal_realpath(asked);
	struct modseal_context *source = NULL;
	int result;

	if (!real)
		return modseal_fail_errno(
			error,
			errno == ENOENT || errno == ENOTDIR ? MODSEAL_E_NOT_FOUND
							    : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_OPEN, errno, asked, "it cannot be opened");
	result = modseal_installation_open(in, real, &how, &source, error);
	if (result == 0)
		result = modseal_set_name(&in->set, source->crypto, in->name, error);
	modseal_context_close(&source);
	free(real);
	return result;
}

int modseal_policy_install(const struct modseal_install_options *options,
			   modseal_install_ask *ask, void *argument,
			   struct modseal_error *error)
{
	struct modseal_installation in;
	int result;

	modseal_error_clear(error);
	result = modseal_installation_begin(&in, options, true, error);
	if (result == 0)
		result = modseal_installation_read_state(&in, error);
	if (result == 0)
		result = modseal_installation_open_current(&in, error);
	if (result == 0)
		result = gather(&in, error);
	if (result == 0)
		result = modseal_place_put(&in.place, &in.set, in.name, error);
	if (result == 0)
		result = modseal_installation_open_next(&in, error);
	if (result == 0)
		result = modseal_installation_check_lists(&in, error);
	if (result == 0 && ask)
		result = modseal_installation_ask(&in, ask, argument, error);
	if (result == 0)
		result = modseal_installation_put_in_force(&in, error);
	modseal_installation_end(&in, result);
	return result;
}

/* ---- going back ------------------------------------------------------------------ */

/* Which of the checks forbids it is the error's own text. */
static void tell_way_back(const struct modseal_installation *in,
			  struct modseal_error *error)
{
	const struct modseal_context *current = in->current;
	uint64_t least = current ? current->base.policy->serial + 1 : 0;

	modseal_remedy(
		error,
		"to have its content again: `cp -rL %s/" MODSEAL_SETS
		"/%s again`, raise the serial in again/policy.yaml%s%" PRIu64
		", put newer lists and catalogs there where they are told, then "
		"`modseal policy sign --force again/policy.yaml` with the keys, and "
		"`modseal policy install again/policy.yaml`",
		in->directory, in->name, current ? " to at least " : ", from ", least);
}

static int find_previous(struct modseal_installation *in, struct modseal_error *error)
{
	if (modseal_place_previous(&in->place, in->name))
		return 0;
	modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_POLICY, in->directory,
		     "no set of before is kept here");
	modseal_remedy(error, "install a policy with a higher serial");
	return MODSEAL_E_NOT_FOUND;
}

int modseal_policy_rollback(const struct modseal_install_options *options,
			    modseal_install_ask *ask, void *argument,
			    struct modseal_error *error)
{
	struct modseal_installation in;
	int result;

	modseal_error_clear(error);
	result = modseal_installation_begin(&in, options, false, error);
	if (result == 0)
		result = modseal_installation_read_state(&in, error);
	if (result == 0)
		result = modseal_installation_open_current(&in, error);
	if (result == 0)
		result = find_previous(&in, error);
	if (result == 0) {
		result = modseal_installation_open_next(&in, error);
		if (result == 0)
			result = modseal_installation_check_lists(&in, error);
		if (result < 0 && modseal_code_exit(result) == 1)
			tell_way_back(&in, error);
	}
	if (result == 0 && ask)
		result = modseal_installation_ask(&in, ask, argument, error);
	if (result == 0)
		result = modseal_installation_put_in_force(&in, error);
	modseal_installation_end(&in, result);
	return result;
}
