/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict as members of a JSON object. */
#include <stdio.h>

#include "verifier/tool/output.h"
#include "verifier/tool/verdict_json.h"

static json_t *signers_of(const struct modseal_verdict *verdict)
{
	json_t *list = json_array();
	const char *signer;

	for (size_t i = 0; (signer = modseal_verdict_signer(verdict, i)) != NULL; i++)
		json_array_append_new(list, output_json_text(signer));
	return list;
}

/* Those of the signers that were counted by one; NULL: none was. */
static json_t *timestamps_of(const struct modseal_verdict *verdict)
{
	json_t *list = NULL;
	const char *signer;

	for (size_t i = 0; (signer = modseal_verdict_signer(verdict, i)) != NULL; i++) {
		json_t *object;

		if (!modseal_verdict_timestamp(verdict, i))
			continue;
		object = json_object();
		output_json_set(object, "signer", signer);
		output_json_set(object, "time", modseal_verdict_timestamp(verdict, i));
		output_json_set(object, "authority",
				modseal_verdict_timestamp_signer(verdict, i));
		list = list ? list : json_array();
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *remarks_of(const struct modseal_verdict *verdict)
{
	json_t *list = json_array();
	const char *remark;

	for (size_t i = 0; (remark = modseal_verdict_remark(verdict, i)) != NULL; i++)
		json_array_append_new(list, output_json_text(remark));
	return list;
}

/* The same keys as the facts of `inspect`. */
static void describe_module(json_t *object, const struct modseal_verdict *verdict)
{
	char member[96]; /* keys of metadata have at most 64 bytes */
	uint64_t version;
	const char *key;

	output_json_set(object, "module.name", modseal_verdict_module_name(verdict));
	if (modseal_verdict_module_version(verdict, &version))
		json_object_set_new(object, "module.version",
				    json_integer((json_int_t)version));
	output_json_set(object, "module.abi", modseal_verdict_module_abi(verdict));
	for (size_t i = 0; (key = modseal_verdict_module_metadata_key(verdict, i)); i++) {
		snprintf(member, sizeof(member), "module.metadata.%s", key);
		json_object_set_new(
			object, member,
			output_json_text(modseal_verdict_module_metadata(verdict, key)));
	}
}

/* What an object says about an accepted file, or one of its dependencies. */
static void describe_verdict(json_t *object, const struct modseal_verdict *verdict)
{
	const char *policy = modseal_verdict_policy(verdict);
	json_t *timestamps = timestamps_of(verdict);

	output_json_set(object, "real-path", modseal_verdict_path(verdict));
	output_json_set(object, "digest", modseal_verdict_digest(verdict));
	output_json_set(object, "mode", modseal_verdict_mode(verdict));
	if (modseal_verdict_would_refuse(verdict)) {
		output_json_set(object, "would-refuse",
				modseal_code_name(modseal_verdict_would_refuse(verdict)));
		output_json_set(object, "would-refuse-reason",
				modseal_verdict_would_refuse_reason(verdict));
	}
	output_json_set(object, "evidence", modseal_verdict_evidence(verdict));
	json_object_set_new(object, "signer", signers_of(verdict));
	if (timestamps)
		json_object_set_new(object, "timestamp", timestamps);
	if (modseal_verdict_catalog(verdict)) {
		output_json_set(object, "catalog", modseal_verdict_catalog(verdict));
		json_object_set_new(
			object, "catalog-serial",
			json_integer(
				(json_int_t)modseal_verdict_catalog_serial(verdict)));
	}
	if (modseal_verdict_supplement(verdict)) {
		output_json_set(object, "supplement",
				modseal_verdict_supplement(verdict));
		json_object_set_new(
			object, "supplement-serial",
			json_integer(
				(json_int_t)modseal_verdict_supplement_serial(verdict)));
	}
	if (modseal_verdict_rule_line(verdict) > 0)
		json_object_set_new(object, "rule",
				    json_integer(modseal_verdict_rule_line(verdict)));
	output_json_set(object, "hand-off", modseal_verdict_hand_off(verdict));
	if (policy) {
		output_json_set(object, "policy", policy);
		json_object_set_new(
			object, "serial",
			json_integer((json_int_t)modseal_verdict_serial(verdict)));
	}
	output_json_set(object, "anchor-source", modseal_verdict_anchor_source(verdict));
	output_json_set(object, "state", modseal_verdict_state(verdict));
	describe_module(object, verdict);
	json_object_set_new(object, "remarks", remarks_of(verdict));
}

static json_t *dependencies_of(const struct modseal_verdict *verdict)
{
	const struct modseal_verdict *dependency;
	json_t *list = json_array();

	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)); i++) {
		json_t *object = json_object();

		describe_verdict(object, dependency);
		json_array_append_new(list, object);
	}
	return list;
}

void verdict_json(json_t *object, const struct modseal_verdict *verdict)
{
	describe_verdict(object, verdict);
	json_object_set_new(object, "dependencies", dependencies_of(verdict));
}
