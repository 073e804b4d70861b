/* SPDX-License-Identifier: Apache-2.0 */
/* The `signers` of a policy: names, certificates, and what each may sign. */
#include <stdlib.h>

#include "internal/scalars.h"
#include "policy/signer_reader.h"
#include "policy/values.h"

static int store_bit(struct modseal_policy_reader *reader,
		     const struct modseal_schema_value *value,
		     const struct modseal_words *words, uint32_t *bits)
{
	uint32_t word;

	/* the words seen are the bits */
	return modseal_value_new_word(reader, value, words, bits, &word);
}

static int store_signer(struct modseal_policy_reader *reader, void *target, size_t key,
			const struct modseal_schema_value *value)
{
	struct modseal_policy_signer *signer = target;
	uint32_t word = 0;
	int result;

	switch ((enum modseal_signer_key)key) {
	case MODSEAL_KEY_SIGNER_TRUST:
		result = modseal_value_word(reader, value, &modseal_words_trust, &word);
		signer->trust = (enum modseal_trust_model)word;
		break;
	case MODSEAL_KEY_SIGNER_CERTIFICATE:
		result = modseal_value_pem(reader, value, &signer->certificate);
		break;
	case MODSEAL_KEY_SIGNER_CERTIFICATE_FILE:
		result = modseal_value_file(reader, value, &signer->certificate_file);
		break;
	case MODSEAL_KEY_SIGNER_CERTIFICATE_SHA256:
		result = modseal_value_digest(reader, value, signer->certificate_sha256);
		break;
	case MODSEAL_KEY_SIGNER_INTERMEDIATES:
		result = modseal_value_pem(reader, value, &signer->intermediates);
		break;
	case MODSEAL_KEY_SIGNER_ALGORITHMS:
		result = store_bit(reader, value, &modseal_words_algorithm,
				   &signer->algorithms);
		break;
	case MODSEAL_KEY_SIGNER_PURPOSES:
		result = store_bit(reader, value, &modseal_words_purpose,
				   &signer->purposes);
		break;
	case MODSEAL_KEY_SIGNER_CRL:
		result = modseal_value_word(reader, value, &modseal_words_crl, &word);
		signer->crl = (enum modseal_crl_demand)word;
		break;
	case MODSEAL_KEY_SIGNER_CRL_FILES:
		result = modseal_value_add_file(reader, value, MODSEAL_MAX_CRL_FILES,
						&signer->crl_files);
		break;
	case MODSEAL_KEY_SIGNER_CRL_MAXIMUM_AGE:
		result = modseal_value_number(reader, value, 1, MODSEAL_MAX_CRL_AGE_DAYS,
					      &signer->crl_maximum_age);
		break;
	default:
		result = modseal_value_unforeseen(reader, value);
		break;
	}
	return result;
}

static const struct modseal_schema_section section = {
	.title = "a signer",
	.keys = modseal_signer_keys,
	.count = MODSEAL_SIGNER_KEY_COUNT,
	.store = store_signer,
};

int modseal_policy_check_certificate(const struct modseal_policy_reader *reader,
				     const struct modseal_policy_signer *signer,
				     struct modseal_place place,
				     const struct modseal_yaml_node *digest)
{
	const char *name = signer->name;

	if (signer->certificate && signer->certificate_file)
		return modseal_policy_refuse(reader->source, place,
					     "signer `%s` expects `certificate` or "
					     "`certificate-file`, not both",
					     name);
	if (!signer->certificate && !signer->certificate_file)
		return modseal_policy_refuse(
			reader->source, place,
			"signer `%s` expects `certificate`, or `certificate-file` with "
			"`certificate-sha256`",
			name);
	if (signer->certificate_file && !digest) {
		int result = modseal_policy_refuse(
			reader->source, place,
			"signer `%s` expects `certificate-sha256` beside "
			"`certificate-file`: a file "
			"outside the signed text decides nothing without its digest",
			name);

		modseal_remedy(
			reader->source->error,
			"add `certificate-sha256:` with the output of `sha256sum FILE`");
		return result;
	}
	if (signer->certificate && digest)
		return modseal_policy_refuse(reader->source, digest->place,
					     "signer `%s` expects `certificate-sha256` "
					     "only beside `certificate-file`",
					     name);
	return 0;
}

static int check_intermediates(const struct modseal_policy_reader *reader,
			       const struct modseal_policy_signer *signer,
			       const struct modseal_schema_found *found)
{
	const struct modseal_yaml_node *intermediates =
		found->values[MODSEAL_KEY_SIGNER_INTERMEDIATES];

	if (!intermediates || signer->trust == MODSEAL_TRUST_CHAIN)
		return 0;
	return modseal_policy_refuse(
		reader->source, intermediates->place,
		"signer `%s` expects `intermediates` only with `trust: chain`",
		signer->name);
}

/* Revocation lists answer for certificates that somebody issued, and only where somebody
 * asks for them: a key that could never matter was meant otherwise. */
static int check_lists(const struct modseal_policy_reader *reader,
		       const struct modseal_policy_signer *signer,
		       const struct modseal_schema_found *found)
{
	static const enum modseal_signer_key keys[] = {
		MODSEAL_KEY_SIGNER_CRL,
		MODSEAL_KEY_SIGNER_CRL_FILES,
		MODSEAL_KEY_SIGNER_CRL_MAXIMUM_AGE,
	};
	const struct modseal_yaml_node *demand = found->values[MODSEAL_KEY_SIGNER_CRL];
	int result;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct modseal_yaml_node *value = found->values[keys[i]];
		const char *key = modseal_signer_keys[keys[i]].name;

		if (value && signer->trust != MODSEAL_TRUST_CHAIN) {
			result = modseal_policy_refuse(
				reader->source, value->place,
				"signer `%s` expects `%s` only with `trust: chain`: a "
				"pinned key has no issuer that could revoke it",
				signer->name, key);
			modseal_remedy(reader->source->error,
				       "take `%s` out; a pinned key is revoked in "
				       "`revoked`, under `keys`",
				       key);
			return result;
		}
		if (value && i > 0 && signer->crl == MODSEAL_CRL_NONE)
			return modseal_policy_refuse(
				reader->source, value->place,
				"signer `%s` expects `%s` only with `crl: required` or "
				"`crl: if-present`",
				signer->name, key);
	}
	if (signer->crl != MODSEAL_CRL_NONE && signer->crl_files.count == 0) {
		result = modseal_policy_refuse(reader->source, demand->place,
					       "signer `%s` expects `crl-files` beside "
					       "`crl`: lists are never fetched",
					       signer->name);
		modseal_remedy(reader->source->error,
			       "add `crl-files:` with the files in which the lists of "
			       "the path's CAs are kept");
		return result;
	}
	return 0;
}

static int read_signer(struct modseal_policy_reader *reader,
		       const struct modseal_yaml_node *key,
		       const struct modseal_yaml_node *value,
		       struct modseal_policy_signer *signer)
{
	struct modseal_span name = modseal_yaml_text(reader->tree, key);
	struct modseal_schema_found found;
	int result;

	/* elsewhere such keys are ignored: nobody shall think that this one is */
	if (!modseal_scalar_is_name(name) || modseal_span_starts(name, "x-"))
		return modseal_policy_refuse(
			reader->source, key->place,
			"`signers` expects names of 1 to 64 of A-Z a-z 0-9 . _ -, the "
			"first a letter "
			"or digit, none beginning with `x-`; this is `%.*s`",
			MODSEAL_QUOTE(name));
	signer->line = key->place.line;
	signer->name = strndup((const char *)name.data, name.size);
	if (!signer->name)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	result = modseal_schema_read(reader, &section, value, signer, &found);
	if (result)
		return result;
	/* A key that signs other things too might be made to sign what looks like a token
	 * (RFC 3161 2.3). */
	if (signer->purposes & 1u << MODSEAL_PURPOSE_TIMESTAMP &&
	    signer->purposes != 1u << MODSEAL_PURPOSE_TIMESTAMP)
		return modseal_policy_refuse(
			reader->source, found.values[MODSEAL_KEY_SIGNER_PURPOSES]->place,
			"`purposes` expects `timestamp` alone: a time-stamping authority "
			"signs nothing else");
	if (reader->policy->is_supplement &&
	    signer->purposes & 1u << MODSEAL_PURPOSE_SUPPLEMENT)
		return modseal_policy_refuse(
			reader->source, found.values[MODSEAL_KEY_SIGNER_PURPOSES]->place,
			"`purposes` of a supplement's signer expects no `supplement`: "
			"only the policy says who signs supplements");
	if (!found.values[MODSEAL_KEY_SIGNER_ALGORITHMS])
		signer->algorithms = MODSEAL_ALGORITHMS_ALL;
	result = modseal_policy_check_certificate(
		reader, signer, key->place,
		found.values[MODSEAL_KEY_SIGNER_CERTIFICATE_SHA256]);
	if (result == 0)
		result = check_intermediates(reader, signer, &found);
	return result ? result : check_lists(reader, signer, &found);
}

static int compare_names(const void *a, const void *b, void *policy)
{
	const struct modseal_policy_signer *signers =
		((struct modseal_policy *)policy)->signers;

	return strcmp(signers[*(const uint32_t *)a].name,
		      signers[*(const uint32_t *)b].name);
}

static int sort_signers(struct modseal_policy_reader *reader)
{
	size_t count = reader->policy->signer_count;

	reader->signers_by_name = calloc(count, sizeof(*reader->signers_by_name));
	if (!reader->signers_by_name)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < count; i++)
		reader->signers_by_name[i] = (uint32_t)i;
	qsort_r(reader->signers_by_name, count, sizeof(*reader->signers_by_name),
		compare_names, reader->policy);
	return 0;
}

int modseal_policy_read_signers(struct modseal_policy_reader *reader,
				const struct modseal_yaml_node *node)
{
	struct modseal_policy *policy = reader->policy;
	const struct modseal_yaml_node *key;

	if (!node || node->count == 0)
		return 0;
	if (node->count > MODSEAL_MAX_SIGNERS)
		return modseal_policy_refuse(
			reader->source, node->place,
			"`signers` expects at most %d signers, these are %u",
			MODSEAL_MAX_SIGNERS, node->count);
	policy->signers = calloc(node->count, sizeof(*policy->signers));
	if (!policy->signers)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	key = modseal_yaml_first(reader->tree, node);
	while (key) {
		const struct modseal_yaml_node *value =
			modseal_yaml_next(reader->tree, key);
		/* counted before it is read, so that it is freed whatever happens */
		int result = read_signer(reader, key, value,
					 &policy->signers[policy->signer_count++]);

		if (result)
			return result;
		key = modseal_yaml_next(reader->tree, value);
	}
	return sort_signers(reader);
}

bool modseal_policy_find_signer(const struct modseal_policy_reader *reader,
				struct modseal_span name, uint32_t *ret_index)
{
	size_t low = 0, high = reader->policy->signer_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t index = reader->signers_by_name[middle];
		int order = strcmp((const char *)name.data,
				   reader->policy->signers[index].name);

		if (order == 0) {
			*ret_index = index;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

int modseal_policy_add_signer(const struct modseal_policy_reader *reader,
			      const struct modseal_schema_value *value,
			      uint32_t **signers, size_t *count)
{
	uint32_t index;

	if (!modseal_policy_find_signer(reader, value->text, &index)) {
		const struct modseal_policy *policy = reader->policy;
		struct modseal_nearest nearest = {.text = value->text};

		for (size_t i = 0; i < policy->signer_count; i++)
			modseal_nearest_offer(&nearest, policy->signers[i].name);
		return modseal_value_refuse_name(reader, value, "signers", &nearest);
	}
	for (size_t i = 0; i < *count; i++)
		if ((*signers)[i] == index)
			return modseal_policy_refuse(
				reader->source, value->place,
				"`signers` expects each name once, `%.*s` stands twice",
				MODSEAL_QUOTE(value->text));
	if (*count == MODSEAL_MAX_RULE_SIGNERS)
		return modseal_policy_refuse(reader->source, value->place,
					     "`signers` of a rule, catalog or supplement "
					     "expects at most %d names",
					     MODSEAL_MAX_RULE_SIGNERS);
	if (!modseal_grow((void **)signers, *count, sizeof(**signers)))
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	(*signers)[(*count)++] = index;
	return 0;
}

int modseal_policy_check_signers(const struct modseal_policy_reader *reader,
				 const uint32_t *signers, size_t count, uint32_t require,
				 enum modseal_purpose purpose,
				 struct modseal_signer_places places)
{
	const char *name = modseal_purpose_name(purpose);
	uint32_t fit = 0;
	int result;

	if (require > count)
		return modseal_policy_refuse(
			reader->source, places.require,
			"`require` expects at most the number of the signers, %zu; this "
			"is %u",
			count, require);
	for (size_t i = 0; i < count; i++)
		if (reader->policy->signers[signers[i]].purposes & 1u << purpose)
			fit++;
	if (fit >= require)
		return 0;
	if (purpose >= MODSEAL_KIND_COUNT)
		result = modseal_policy_refuse(
			reader->source, places.signers,
			"a %s that requires %u expects as many signers with the "
			"purpose `%s`; of its signers %u have it",
			name, require, name, fit);
	else
		result = modseal_policy_refuse(
			reader->source, places.signers,
			"a rule of `kind: %s` that requires %u expects as many signers "
			"with that purpose; of its signers %u have it",
			name, require, fit);
	modseal_remedy(reader->source->error,
		       "add `%s` to `purposes` of the signers that may sign it", name);
	return result;
}
