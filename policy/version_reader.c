/* SPDX-License-Identifier: Apache-2.0 */
/* The `versions` of a policy: floors of security versions by the names of libraries. */
#include <stdlib.h>

#include "internal/limits.h"
#include "internal/scalars.h"
#include "policy/values.h"
#include "policy/version_reader.h"

/* What a module note or a SONAME can say; text.h has seen to its bytes. Keys that begin
 * with `x-` are ignored elsewhere: nobody shall think that this one is. */
static bool is_name(struct modseal_span name)
{
	return name.size <= MODSEAL_MAX_NAME_LENGTH && !modseal_span_starts(name, "x-") &&
	       !memchr(name.data, '/', name.size) &&
	       !memchr(name.data, '\n', name.size) && !memchr(name.data, '\t', name.size);
}

static int read_version(struct modseal_policy_reader *reader,
			const struct modseal_yaml_node *key,
			const struct modseal_yaml_node *node,
			struct modseal_policy_version *version)
{
	struct modseal_span name = modseal_yaml_text(reader->tree, key);
	struct modseal_span text = modseal_yaml_text(reader->tree, node);

	if (!is_name(name))
		return modseal_policy_refuse(
			reader->source, key->place,
			"`versions` expects names of libraries: 1 to %d bytes without "
			"`/`, none beginning with `x-`; this is `%.*s`",
			MODSEAL_MAX_NAME_LENGTH, MODSEAL_QUOTE(name));
	if (node->type != MODSEAL_YAML_SCALAR || !node->plain ||
	    !modseal_scalar_decimal(text, MODSEAL_MAX_SERIAL, &version->floor))
		return modseal_policy_refuse(
			reader->source, node->place,
			"`versions` expects for `%.*s` a whole number from 0 to "
			"9007199254740991, without quotes or leading zeros",
			MODSEAL_QUOTE(name));
	version->line = key->place.line;
	version->name = strndup((const char *)name.data, name.size);
	if (!version->name)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct modseal_policy_version *)a)->name,
		      ((const struct modseal_policy_version *)b)->name);
}

int modseal_policy_read_versions(struct modseal_policy_reader *reader,
				 const struct modseal_yaml_node *node)
{
	struct modseal_policy *policy = reader->policy;
	const struct modseal_yaml_node *key;

	if (!node || node->count == 0)
		return 0;
	policy->versions = calloc(node->count, sizeof(*policy->versions));
	if (!policy->versions)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	key = modseal_yaml_first(reader->tree, node);
	while (key) {
		const struct modseal_yaml_node *value =
			modseal_yaml_next(reader->tree, key);
		int result = read_version(reader, key, value,
					  &policy->versions[policy->version_count]);

		if (result)
			return result;
		policy->version_count++;
		key = modseal_yaml_next(reader->tree, value);
	}
	qsort(policy->versions, policy->version_count, sizeof(*policy->versions),
	      compare_names);
	return 0;
}

const struct modseal_policy_version *
modseal_policy_version_of(const struct modseal_policy *policy, const char *name)
{
	struct modseal_policy_version key = {.name = (char *)name};

	if (!name || policy->version_count == 0)
		return NULL;
	return bsearch(&key, policy->versions, policy->version_count,
		       sizeof(*policy->versions), compare_names);
}
