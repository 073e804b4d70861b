/* SPDX-License-Identifier: Apache-2.0 */
/* `policy-signers`: who may sign the policies after this one. */
#include "policy/policy_signer_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/signer_reader.h"
#include "policy/values.h"

static int store_signer(struct modseal_policy_reader *reader, void *target, size_t key,
			const struct modseal_schema_value *value)
{
	struct modseal_policy_signer *signer = target;

	switch ((enum modseal_policysigner_key)key) {
	case MODSEAL_KEY_POLICYSIGNER_CERTIFICATE:
		return modseal_value_pem(reader, value, &signer->certificate);
	case MODSEAL_KEY_POLICYSIGNER_CERTIFICATE_FILE:
		return modseal_value_file(reader, value, &signer->certificate_file);
	case MODSEAL_KEY_POLICYSIGNER_CERTIFICATE_SHA256:
		return modseal_value_digest(reader, value, signer->certificate_sha256);
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section one = {
	.title = "a policy signer",
	.keys = modseal_policysigner_keys,
	.count = MODSEAL_POLICYSIGNER_KEY_COUNT,
	.store = store_signer,
};

static int read_signer(struct modseal_policy_reader *reader,
		       const struct modseal_yaml_node *node,
		       struct modseal_policy_signer *signer)
{
	const struct modseal_yaml_node *first = modseal_yaml_first(reader->tree, node);
	struct modseal_schema_found found;
	int result;

	signer->line = first ? first->place.line : node->place.line;
	signer->trust = MODSEAL_TRUST_PINNED;
	/* they have no names of their own: messages and `policy show` say where they are
	 */
	if (asprintf(&signer->name, "policy-signers, line %u", signer->line) < 0) {
		signer->name = NULL;
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	}
	result = modseal_schema_read(reader, &one, node, signer, &found);
	if (result)
		return result;
	return modseal_policy_check_certificate(
		reader, signer, node->place,
		found.values[MODSEAL_KEY_POLICYSIGNER_CERTIFICATE_SHA256]);
}

static int read_certificates(struct modseal_policy_reader *reader,
			     const struct modseal_yaml_node *node)
{
	struct modseal_policy *policy = reader->policy;
	const struct modseal_yaml_node *item;

	if (node->count < 1 || node->count > MODSEAL_MAX_POLICY_SIGNERS)
		return modseal_policy_refuse(
			reader->source, node->place,
			"`certificates` expects 1 to %d certificates, these are %u",
			MODSEAL_MAX_POLICY_SIGNERS, node->count);
	policy->policy_signers = calloc(node->count, sizeof(*policy->policy_signers));
	if (!policy->policy_signers)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	item = modseal_yaml_first(reader->tree, node);
	for (; item; item = modseal_yaml_next(reader->tree, item)) {
		/* counted before it is read, so that it is freed whatever happens */
		int result = read_signer(
			reader, item,
			&policy->policy_signers[policy->policy_signer_count++]);

		if (result)
			return result;
	}
	return 0;
}

static int store_all(struct modseal_policy_reader *reader, void *target, size_t key,
		     const struct modseal_schema_value *value)
{
	struct modseal_policy *policy = target;
	uint64_t require = 1;
	int result;

	switch ((enum modseal_policysigners_key)key) {
	case MODSEAL_KEY_POLICYSIGNERS_CERTIFICATES:
		return read_certificates(reader, value->node);
	case MODSEAL_KEY_POLICYSIGNERS_REQUIRE:
		/* more than a CMS can hold nobody could ever meet */
		result = modseal_value_number(reader, value, 1,
					      policy->policy_signer_count <
							      MODSEAL_MAX_SIGNER_INFOS
						      ? policy->policy_signer_count
						      : MODSEAL_MAX_SIGNER_INFOS,
					      &require);
		policy->policy_signer_require = (uint32_t)require;
		return result;
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section all = {
	.title = "`policy-signers`",
	.keys = modseal_policysigners_keys,
	.count = MODSEAL_POLICYSIGNERS_KEY_COUNT,
	.store = store_all,
};

int modseal_policy_read_policy_signers(struct modseal_policy_reader *reader,
				       const struct modseal_yaml_node *node)
{
	if (!node)
		return 0;
	return modseal_schema_read(reader, &all, node, reader->policy, NULL);
}
