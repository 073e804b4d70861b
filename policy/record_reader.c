/* SPDX-License-Identifier: Apache-2.0 */
/* The `records` of a policy: where records of verdicts go, which, and how many. */
#include "policy/record_reader.h"
#include "internal/scalars.h"
#include "policy/values.h"

static int store(struct modseal_policy_reader *reader, void *target, size_t key,
		 const struct modseal_schema_value *value)
{
	struct modseal_policy_records *records = target;
	uint64_t number = 0;
	uint32_t word = 0;
	int result;

	switch ((enum modseal_records_key)key) {
	case MODSEAL_KEY_RECORDS_TO:
		return modseal_value_new_word(reader, value, &modseal_words_record_target,
					      &records->to, &word);
	case MODSEAL_KEY_RECORDS_FILE:
		if (!modseal_scalar_is_absolute(value->text))
			return modseal_value_refuse(reader, value);
		return modseal_value_file(reader, value, &records->file);
	case MODSEAL_KEY_RECORDS_VERDICTS:
		result =
			modseal_value_word(reader, value, &modseal_words_recorded, &word);
		records->refused_only = word != 0;
		return result;
	case MODSEAL_KEY_RECORDS_PER_MINUTE:
		result = modseal_value_number(reader, value, 1, 6000, &number);
		records->per_minute = (uint32_t)number;
		return result;
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section section = {
	.title = "`records`",
	.keys = modseal_records_keys,
	.count = MODSEAL_RECORDS_KEY_COUNT,
	.store = store,
};

int modseal_policy_read_records(struct modseal_policy_reader *reader,
				const struct modseal_yaml_node *node)
{
	struct modseal_policy_records *records = &reader->policy->records;
	bool to_file;
	int result;

	if (!node)
		return 0;
	result = modseal_schema_read(reader, &section, node, records, NULL);
	if (result)
		return result;
	to_file = records->to & 1u << MODSEAL_RECORD_TO_FILE;
	if (to_file && !records->file)
		return modseal_policy_refuse(
			reader->source, node->place,
			"`records` to a file expect `file: /its/path`");
	if (!to_file && records->file)
		return modseal_policy_refuse(
			reader->source, node->place,
			"`records` with a `file` expect `file` among `to`");
	return 0;
}
