/* SPDX-License-Identifier: Apache-2.0 */
/* Forgetting what was installed, for the day when that is a thief's. */
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/installation.h"

static int list_names(const struct modseal_installation *in, const char *wanted,
		      struct modseal_forgotten **ret_names, size_t *ret_count,
		      struct modseal_error *error)
{
	struct modseal_state_signers signers;
	struct modseal_forgotten *names;
	size_t all = 0, count = 0;
	const char *name;

	while (modseal_state_policy(in->state, all))
		all++;
	names = calloc(all + 1, sizeof(*names));
	if (!names)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; (name = modseal_state_policy(in->state, i)); i++) {
		if (wanted && strcmp(wanted, name) != 0)
			continue;
		names[count].name = strdup(name); /* the line itself goes */
		if (!names[count].name) {
			*ret_names = names;
			*ret_count = count;
			return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
		}
		names[count].serial = modseal_state_serial(
			in->state, &(struct modseal_state_subject){.policy = name});
		names[count].catalogs = (uint32_t)modseal_state_catalogs(in->state, name);
		names[count].handed_over = modseal_state_signers(
			in->state, name, MODSEAL_STATE_NEXT, &signers);
		count++;
	}
	*ret_names = names;
	*ret_count = count;
	if (count)
		return 0;
	modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_POLICY,
		     wanted ? wanted : in->state_directory,
		     "%s, so there is nothing to forget",
		     wanted ? "no policy of this name was ever installed here"
			    : "no policy was ever installed here");
	modseal_remedy(error,
		       "see `modseal policy show` for the name of the one in force");
	return MODSEAL_E_NOT_FOUND;
}

int modseal_policy_reset(const struct modseal_install_options *options, const char *name,
			 modseal_reset_ask *ask, void *argument,
			 struct modseal_error *error)
{
	struct modseal_forgotten *names = NULL;
	struct modseal_installation in;
	size_t count = 0;
	int result;

	modseal_error_clear(error);
	result = modseal_installation_begin(&in, options, false, error);
	if (result == 0)
		result = modseal_installation_read_state(&in, error);
	if (result == 0)
		result = list_names(&in, name, &names, &count, error);
	if (result == 0 && ask)
		result = ask(argument, names, count);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = modseal_state_forget(in.state, names[i].name, true, error);
	if (result == 0)
		result = modseal_installation_prepare_state(&in, error);
	if (result == 0)
		result = modseal_place_commit_state(&in.place, error);
	modseal_installation_end(&in, result);
	for (size_t i = 0; i < count; i++)
		free((char *)names[i].name);
	free(names);
	return result;
}
