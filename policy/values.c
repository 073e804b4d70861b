/* SPDX-License-Identifier: Apache-2.0 */
/* One value of the policy as C data; each says with its place what it expected instead.
 */
#include <stdio.h>
#include <stdlib.h>

#include "internal/limits.h"
#include "internal/scalars.h"
#include "policy/nearest.h"
#include "policy/rules.h"
#include "policy/values.h"

#define WORDS(list)                                                                      \
	{                                                                                \
		(list), sizeof(list) / sizeof((list)[0])                                 \
	}

static const struct modseal_word modes[] = {{"enforce", 0}, {"audit", 1}};
static const struct modseal_word record_targets[] = {
	{"file", MODSEAL_RECORD_TO_FILE},
	{"syslog", MODSEAL_RECORD_TO_SYSLOG},
	{"journald", MODSEAL_RECORD_TO_JOURNALD},
};
static const struct modseal_word recorded[] = {{"all", 0}, {"refused", 1}};
static const struct modseal_word providers[] = {
#define X(name, text) {text, MODSEAL_PROVIDER_##name},
	MODSEAL_PROVIDER_LIST(X)
#undef X
};
static const struct modseal_word tolerances[] = {
	{"refuse", MODSEAL_TOLERANCE_REFUSE},
	{"log", MODSEAL_TOLERANCE_LOG},
	{"allow", MODSEAL_TOLERANCE_ALLOW},
};
static const struct modseal_word trusts[] = {
	{"chain", MODSEAL_TRUST_CHAIN},
	{"pinned", MODSEAL_TRUST_PINNED},
};
static const struct modseal_word crl_demands[] = {
	{"none", MODSEAL_CRL_NONE},
	{"if-present", MODSEAL_CRL_IF_PRESENT},
	{"required", MODSEAL_CRL_REQUIRED},
};
/* The last four need an OpenSSL whose CMS has them (3.5); elsewhere known, and never met.
 */
static const struct modseal_word algorithms[] = {
#define X(name, text, hash) {text, MODSEAL_ALGORITHM_##name},
	MODSEAL_ALGORITHM_LIST(X)
#undef X
};
static const struct modseal_word purposes[] = {
#define X(name, text) {text, MODSEAL_PURPOSE_##name},
	MODSEAL_PURPOSE_LIST(X)
#undef X
};
static const struct modseal_word evidences[] = {
#define X(name, text) {text, MODSEAL_EVIDENCE_##name},
	MODSEAL_EVIDENCE_LIST(X)
#undef X
};
static const struct modseal_word owners[] = {
	{"root", MODSEAL_OWNERS_ROOT},
	{"caller", MODSEAL_OWNERS_CALLER},
};
static const struct modseal_word identities[] = {{"unbound", 0}, {"bound", 1}};
static const struct modseal_word hygienes[] = {
	{"standard", MODSEAL_HYGIENE_STANDARD},
	{"hardened", MODSEAL_HYGIENE_HARDENED},
};
static const struct modseal_word machines[] = {{"native", 0}, {"any", 1}};
static const struct modseal_word noexecs[] = {{"refuse", 0}, {"allow", 1}};
static const struct modseal_word expiries[] = {{"refuse", 0}, {"warn", 1}};
static const struct modseal_word timestamps[] = {
	{"always", MODSEAL_TIMESTAMP_ALWAYS},
	{"if-expired", MODSEAL_TIMESTAMP_IF_EXPIRED},
};
static const struct modseal_word features[] = {
#define X(name, text) {text, MODSEAL_FEATURE_##name},
	MODSEAL_FEATURE_LIST(X)
#undef X
};
static const struct modseal_word hand_offs[] = {
#define X(name, text) {text, MODSEAL_HAND_OFF_##name},
	MODSEAL_HAND_OFF_LIST(X)
#undef X
};

const struct modseal_words modseal_words_mode = WORDS(modes);
const struct modseal_words modseal_words_record_target = WORDS(record_targets);
const struct modseal_words modseal_words_recorded = WORDS(recorded);
const struct modseal_words modseal_words_provider = WORDS(providers);
const struct modseal_words modseal_words_deleted = {tolerances, 2}; /* never allowed */
const struct modseal_words modseal_words_anonymous = WORDS(tolerances);
const struct modseal_words modseal_words_trust = WORDS(trusts);
const struct modseal_words modseal_words_algorithm = WORDS(algorithms);
const struct modseal_words modseal_words_purpose = WORDS(purposes);
const struct modseal_words modseal_words_crl = WORDS(crl_demands);
const struct modseal_words modseal_words_kind = {purposes, MODSEAL_KIND_COUNT};
const struct modseal_words modseal_words_evidence = WORDS(evidences);
const struct modseal_words modseal_words_owners = WORDS(owners);
const struct modseal_words modseal_words_identity = WORDS(identities);
const struct modseal_words modseal_words_elf = WORDS(hygienes);
const struct modseal_words modseal_words_machine = WORDS(machines);
const struct modseal_words modseal_words_hand_off = WORDS(hand_offs);
const struct modseal_words modseal_words_noexec = WORDS(noexecs);
const struct modseal_words modseal_words_expiry = WORDS(expiries);
const struct modseal_words modseal_words_timestamp = WORDS(timestamps);
const struct modseal_words modseal_words_feature = WORDS(features);

int modseal_value_refuse(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value)
{
	return modseal_policy_refuse(
		reader->source, value->place, "`%s` expects %s; this is %s`%.*s`",
		value->key->name, modseal_schema_expected(value->key),
		value->plain ? "" : "the text ", MODSEAL_QUOTE(value->text));
}

int modseal_value_unforeseen(const struct modseal_policy_reader *reader,
			     const struct modseal_schema_value *value)
{
	return modseal_fail(reader->source->error, MODSEAL_E_INTERNAL,
			    MODSEAL_STAGE_POLICY, reader->source->path,
			    "line %u, column %u: nobody reads `%s`", value->place.line,
			    value->place.column, value->key->name);
}

static int refuse_word(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value,
		       const struct modseal_words *words)
{
	struct modseal_nearest nearest = {.text = value->text};
	char known[640] = "";
	size_t used = 0;
	int result;

	for (size_t i = 0; i < words->count && used < sizeof(known); i++) {
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 used ? ", " : "", words->items[i].text);
		modseal_nearest_offer(&nearest, words->items[i].text);
	}
	result = modseal_policy_refuse(
		reader->source, value->place, "`%s` expects one of: %s; this is `%.*s`",
		value->key->name, known, MODSEAL_QUOTE(value->text));
	if (modseal_nearest_meant(&nearest))
		modseal_remedy(reader->source->error,
			       "write `%s` if that is meant, and sign again",
			       modseal_nearest_meant(&nearest));
	return result;
}

int modseal_value_refuse_name(const struct modseal_policy_reader *reader,
			      const struct modseal_schema_value *value,
			      const char *section, const struct modseal_nearest *nearest)
{
	const char *meant = modseal_nearest_meant(nearest);
	int result = modseal_policy_refuse(
		reader->source, value->place,
		"`%s` expects a name from the policy's `%s`; there is no `%.*s`%s%s%s",
		value->key->name, section, MODSEAL_QUOTE(value->text),
		meant ? "; the nearest is `" : "", meant ? meant : "", meant ? "`" : "");

	modseal_remedy(reader->source->error,
		       "correct the name, or add it to the policy's `%s`", section);
	return result;
}

int modseal_value_word(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value,
		       const struct modseal_words *words, uint32_t *ret_word)
{
	for (size_t i = 0; i < words->count; i++) {
		const struct modseal_word *word = &words->items[i];

		if (strlen(word->text) != value->text.size ||
		    !modseal_span_starts(value->text, word->text))
			continue;
		*ret_word = word->value;
		return 0;
	}
	return refuse_word(reader, value, words);
}

int modseal_value_new_word(const struct modseal_policy_reader *reader,
			   const struct modseal_schema_value *value,
			   const struct modseal_words *words, uint32_t *seen,
			   uint32_t *ret_word)
{
	uint32_t word;
	int result = modseal_value_word(reader, value, words, &word);

	if (result)
		return result;
	if (*seen & 1u << word)
		return modseal_policy_refuse(
			reader->source, value->place,
			"`%s` expects each word once, `%.*s` stands twice",
			value->key->name, MODSEAL_QUOTE(value->text));
	*seen |= 1u << word;
	*ret_word = word;
	return 0;
}

int modseal_value_number(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value, uint64_t least,
			 uint64_t most, uint64_t *ret_number)
{
	uint64_t number;

	if (!value->plain || !modseal_scalar_decimal(value->text, most, &number) ||
	    number < least)
		return modseal_value_refuse(reader, value);
	*ret_number = number;
	return 0;
}

int modseal_value_size(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value, uint64_t *ret_size)
{
	uint64_t size;

	if (!modseal_scalar_size(value->text, MODSEAL_HIGHEST_MAX_SIZE, &size) ||
	    size == 0)
		return modseal_value_refuse(reader, value);
	*ret_size = size;
	return 0;
}

int modseal_value_time(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value, int64_t *ret_seconds)
{
	if (!modseal_scalar_time(value->text, ret_seconds))
		return modseal_value_refuse(reader, value);
	return 0;
}

int modseal_value_expires(const struct modseal_policy_reader *reader,
			  const struct modseal_schema_value *value, int64_t issued,
			  struct modseal_policy_expiry *expiry)
{
	int result = modseal_value_time(reader, value, &expiry->time);

	if (result)
		return result;
	expiry->given = true;
	if (expiry->time > issued)
		return 0;
	return modseal_policy_refuse(reader->source, value->place,
				     "`%s` expects a time after that of `issued`; this "
				     "is `%.*s`",
				     value->key->name, MODSEAL_QUOTE(value->text));
}

int modseal_value_mode(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value, bool *ret_audits)
{
	uint32_t audits = 0;
	int result = modseal_value_word(reader, value, &modseal_words_mode, &audits);

	*ret_audits = audits != 0;
	return result;
}

int modseal_value_on_expiry(const struct modseal_policy_reader *reader,
			    const struct modseal_schema_value *value,
			    struct modseal_policy_expiry *expiry)
{
	uint32_t warns = 0;
	int result = modseal_value_word(reader, value, &modseal_words_expiry, &warns);

	expiry->warns = warns != 0;
	if (result || !value->node || expiry->given)
		return result;
	return modseal_policy_refuse(reader->source, value->place,
				     "`%s` expects `expires` beside it",
				     value->key->name);
}

int modseal_value_digest(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value,
			 uint8_t ret_digest[MODSEAL_SHA256_SIZE])
{
	if (!modseal_scalar_hex(value->text, ret_digest, MODSEAL_SHA256_SIZE))
		return modseal_value_refuse(reader, value);
	return 0;
}

/* The text of a value that was found good. */
static int copy_text(const struct modseal_policy_reader *reader,
		     const struct modseal_schema_value *value, char **ret_text)
{
	char *text = strndup((const char *)value->text.data, value->text.size);

	if (!text)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	*ret_text = text;
	return 0;
}

int modseal_value_name(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value, char **ret_name)
{
	if (!modseal_scalar_is_name(value->text))
		return modseal_value_refuse(reader, value);
	return copy_text(reader, value, ret_name);
}

int modseal_value_pem(const struct modseal_policy_reader *reader,
		      const struct modseal_schema_value *value, char **ret_text)
{
	if (!modseal_span_starts(value->text, "-----BEGIN CERTIFICATE-----\n"))
		return modseal_value_refuse(reader, value);
	return copy_text(reader, value, ret_text);
}

int modseal_value_file(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_value *value, char **ret_file)
{
	if (!modseal_scalar_is_path(value->text))
		return modseal_value_refuse(reader, value);
	return copy_text(reader, value, ret_file);
}

int modseal_value_pattern(const struct modseal_policy_reader *reader,
			  const struct modseal_schema_value *value, char **ret_pattern)
{
	const char *flaw = modseal_pattern_flaw(value->text);

	if (flaw)
		return modseal_policy_refuse(reader->source, value->place,
					     "`%s` expects %s; this is `%.*s`: %s",
					     value->key->name,
					     modseal_schema_expected(value->key),
					     MODSEAL_QUOTE(value->text), flaw);
	return copy_text(reader, value, ret_pattern);
}

bool modseal_grow(void **items, size_t count, size_t size)
{
	void *bigger;

	/* full exactly when the count is a power of two, or nothing is there yet */
	if (count & (count - 1))
		return true;
	bigger = reallocarray(*items, count ? 2 * count : 1, size);
	if (!bigger)
		return false;
	*items = bigger;
	return true;
}

static int add_text(const struct modseal_policy_reader *reader,
		    const struct modseal_schema_value *value,
		    struct modseal_strings *strings)
{
	int result;

	if (!modseal_grow((void **)&strings->items, strings->count,
			  sizeof(*strings->items)))
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	result = copy_text(reader, value, &strings->items[strings->count]);
	if (result == 0)
		strings->count++;
	return result;
}

int modseal_value_add_path(const struct modseal_policy_reader *reader,
			   const struct modseal_schema_value *value,
			   struct modseal_strings *strings)
{
	if (!modseal_scalar_is_absolute(value->text) ||
	    !modseal_scalar_is_path(value->text))
		return modseal_value_refuse(reader, value);
	return add_text(reader, value, strings);
}

int modseal_value_add_origin(const struct modseal_policy_reader *reader,
			     const struct modseal_schema_value *value,
			     struct modseal_strings *strings)
{
	if (!modseal_scalar_is_origin(value->text))
		return modseal_value_refuse(reader, value);
	if (strings->count == MODSEAL_MAX_ORIGINS)
		return modseal_policy_refuse(reader->source, value->place,
					     "`%s` expects at most %d directories",
					     value->key->name, MODSEAL_MAX_ORIGINS);
	return add_text(reader, value, strings);
}

int modseal_value_add_device(const struct modseal_policy_reader *reader,
			     const struct modseal_schema_value *value,
			     struct modseal_strings *strings)
{
	if (!modseal_scalar_is_device(value->text))
		return modseal_value_refuse(reader, value);
	if (strings->count == MODSEAL_MAX_DEVICES)
		return modseal_policy_refuse(reader->source, value->place,
					     "`%s` expects at most %d devices",
					     value->key->name, MODSEAL_MAX_DEVICES);
	return add_text(reader, value, strings);
}

int modseal_value_add_file(const struct modseal_policy_reader *reader,
			   const struct modseal_schema_value *value, size_t most,
			   struct modseal_strings *strings)
{
	if (!modseal_scalar_is_path(value->text))
		return modseal_value_refuse(reader, value);
	if (strings->count == most)
		return modseal_policy_refuse(reader->source, value->place,
					     "`%s` expects at most %zu files",
					     value->key->name, most);
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], (const char *)value->text.data) == 0)
			return modseal_policy_refuse(
				reader->source, value->place,
				"`%s` expects each file once, `%.*s` stands twice",
				value->key->name, MODSEAL_QUOTE(value->text));
	return add_text(reader, value, strings);
}

int modseal_value_add_digest(const struct modseal_policy_reader *reader,
			     const struct modseal_schema_value *value,
			     struct modseal_policy_digests *digests)
{
	int result;

	if (!modseal_grow((void **)&digests->digests, digests->count,
			  sizeof(*digests->digests)))
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	result = modseal_value_digest(reader, value, digests->digests[digests->count]);
	if (result == 0)
		digests->count++;
	return result;
}
