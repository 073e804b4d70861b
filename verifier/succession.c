/* SPDX-License-Identifier: Apache-2.0 */
/* One context takes the place of another: of the same policy, and with nothing older. */
#include <string.h>

#include "verifier/catalogs_open.h"
#include "verifier/context.h"
#include "verifier/lists_open.h"
#include "verifier/record/record.h"
#include "verifier/supplements_open.h"

/* Parts have no order: one is known by its name. Returns the number of the one of this
 * name, or count. */
static size_t find_part(const struct modseal_policy_part *parts, size_t count,
			const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(parts[i].name, name) != 0)
		i++;
	return i;
}

/* What a policy, or supplement, names: no serial of its own tells how old that is.
 * present: NULL where there was none. */
static int succeed_named(const struct modseal_context *context,
			 const struct modseal_authority *present,
			 const struct modseal_authority *next,
			 struct modseal_error *error)
{
	const struct modseal_policy *old = present ? present->policy : NULL;
	const struct modseal_policy *new = next->policy;
	int result = modseal_lists_succeed(context, present, next, error);

	for (size_t i = 0; result == 0 && old && i < new->catalog_count; i++) {
		const struct modseal_context_catalog *catalog = &next->catalogs[i];
		size_t at = find_part(old->catalogs, old->catalog_count,
				      new->catalogs[i].name);

		if (at < old->catalog_count && !present->catalogs[at].fault)
			result = modseal_state_judge(present->catalogs[at].text.serial,
						     catalog->text.serial, "catalog",
						     catalog->part.path, error);
	}
	return result;
}

static int succeed_supplements(const struct modseal_context *present,
			       const struct modseal_context *next,
			       struct modseal_error *error)
{
	const struct modseal_policy *old = present->base.policy;
	const struct modseal_policy *new = next->base.policy;
	int result = 0;

	for (size_t i = 0; result == 0 && i < new->supplement_count; i++) {
		const struct modseal_context_supplement *supplement =
			&next->supplements[i];
		const struct modseal_authority *before = NULL;
		size_t at = find_part(old->supplements, old->supplement_count,
				      new->supplements[i].name);

		if (at < old->supplement_count && !present->supplements[at].fault)
			before = &present->supplements[at].authority;
		if (before)
			result = modseal_state_judge(before->policy->serial,
						     supplement->authority.policy->serial,
						     "supplement", supplement->part.path,
						     error);
		/* a new one is asked for flaws of its lists, as an installation asks */
		if (result == 0)
			result = succeed_named(next, before, &supplement->authority,
					       error);
	}
	return result;
}

static int succeed(const struct modseal_context *present,
		   const struct modseal_context *next, struct modseal_error *error)
{
	int result;

	if (strcmp(next->base.policy->name, present->base.policy->name) != 0)
		return modseal_fail(error, MODSEAL_E_POLICY_NAME, MODSEAL_STAGE_POLICY,
				    next->policy_path,
				    "its name is '%s', expected is '%s'",
				    next->base.policy->name, present->base.policy->name);
	result = modseal_state_judge(present->base.policy->serial,
				     next->base.policy->serial, "policy",
				     next->policy_path, error);
	if (result == 0)
		result = succeed_named(next, &present->base, &next->base, error);
	return result == 0 ? succeed_supplements(present, next, error) : result;
}

int modseal_context_succeed(const struct modseal_context *present,
			    const struct modseal_options *options,
			    struct modseal_context **ret_context,
			    struct modseal_error *error)
{
	const struct modseal_open_how how = {
		.time_floor = present->time_floor,
		.strict = true,
	};
	struct modseal_context *next = NULL;
	int result = modseal_context_open(options, &how, &next, error);

	if (result == 0)
		result = succeed(present, next, error);
	if (result == 0)
		result = modseal_context_begin(next, error);
	if (result < 0) {
		modseal_context_close(&next);
		return result;
	}
	if (next->recorder && present->recorder)
		modseal_recorder_succeed(next->recorder, present->recorder);
	*ret_context = next;
	return 0;
}
