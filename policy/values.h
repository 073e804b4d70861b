/* SPDX-License-Identifier: Apache-2.0 */
/* One value of the policy as C data; each says with its place what it expected instead.
 */
#ifndef MODSEAL_POLICY_VALUES_H
#define MODSEAL_POLICY_VALUES_H

#include "policy/nearest.h"
#include "policy/schema.h"

/* A word of a closed list. */
struct modseal_word {
	const char *text;
	uint32_t value;
};

struct modseal_words {
	const struct modseal_word *items;
	size_t count;
};

extern const struct modseal_words modseal_words_mode;
extern const struct modseal_words modseal_words_record_target;
extern const struct modseal_words modseal_words_recorded;
extern const struct modseal_words modseal_words_provider;  /* enum modseal_provider */
extern const struct modseal_words modseal_words_deleted;   /* enum modseal_tolerance */
extern const struct modseal_words modseal_words_anonymous; /* enum modseal_tolerance */
extern const struct modseal_words modseal_words_trust;	   /* enum modseal_trust_model */
extern const struct modseal_words modseal_words_algorithm; /* enum modseal_algorithm */
extern const struct modseal_words modseal_words_purpose;   /* enum modseal_purpose */
extern const struct modseal_words modseal_words_crl;	   /* enum modseal_crl_demand */
extern const struct modseal_words modseal_words_kind;	   /* enum modseal_kind */
extern const struct modseal_words modseal_words_evidence;  /* enum modseal_evidence */
extern const struct modseal_words modseal_words_owners;	   /* enum modseal_owners */
extern const struct modseal_words modseal_words_identity;  /* bool: bound */
extern const struct modseal_words modseal_words_elf;	   /* enum modseal_hygiene */
extern const struct modseal_words modseal_words_machine;   /* bool: any */
extern const struct modseal_words modseal_words_hand_off;  /* enum modseal_hand_off */
extern const struct modseal_words modseal_words_noexec;	   /* bool: allow */
extern const struct modseal_words modseal_words_expiry;	   /* bool: warn */
extern const struct modseal_words
	modseal_words_timestamp; /* enum modseal_timestamp_demand */
extern const struct modseal_words modseal_words_feature; /* enum modseal_feature */

/* All: 0 and the value written, or POLICY_INVALID or RESOURCE recorded. Strings are the
 * caller's. */

/* "`key` expects ..., this is `text`" */
int modseal_value_refuse(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value);

/* "`key` expects a name from the policy's `section`, there is no `text`", with the
 * nearest of the names that were offered. */
int modseal_value_refuse_name(const struct modseal_policy_reader *reader,
			      const struct modseal_schema_value *value,
			      const char *section, const struct modseal_nearest *nearest);

/* INTERNAL: a key came by that the schema should have refused. */
int modseal_value_unforeseen(const struct modseal_policy_reader *reader,
			     const struct modseal_schema_value *value);

MODSEAL_MUST_CHECK int modseal_value_word(const struct modseal_policy_reader *reader,
					  const struct modseal_schema_value *value,
					  const struct modseal_words *words,
					  uint32_t *ret_word);
/* An item of a list of different words, of which *seen notes those there were. */
MODSEAL_MUST_CHECK int modseal_value_new_word(const struct modseal_policy_reader *reader,
					      const struct modseal_schema_value *value,
					      const struct modseal_words *words,
					      uint32_t *seen, uint32_t *ret_word);
MODSEAL_MUST_CHECK int modseal_value_number(const struct modseal_policy_reader *reader,
					    const struct modseal_schema_value *value,
					    uint64_t least, uint64_t most,
					    uint64_t *ret_number);
MODSEAL_MUST_CHECK int modseal_value_size(const struct modseal_policy_reader *reader,
					  const struct modseal_schema_value *value,
					  uint64_t *ret_size);
MODSEAL_MUST_CHECK int modseal_value_time(const struct modseal_policy_reader *reader,
					  const struct modseal_schema_value *value,
					  int64_t *ret_seconds);
/* `expires` and `on-expiry`, which are read in this order, behind `issued`. */
MODSEAL_MUST_CHECK int modseal_value_expires(const struct modseal_policy_reader *reader,
					     const struct modseal_schema_value *value,
					     int64_t issued,
					     struct modseal_policy_expiry *expiry);
MODSEAL_MUST_CHECK int modseal_value_mode(const struct modseal_policy_reader *reader,
					  const struct modseal_schema_value *value,
					  bool *ret_audits);
MODSEAL_MUST_CHECK int modseal_value_on_expiry(const struct modseal_policy_reader *reader,
					       const struct modseal_schema_value *value,
					       struct modseal_policy_expiry *expiry);
MODSEAL_MUST_CHECK int modseal_value_digest(const struct modseal_policy_reader *reader,
					    const struct modseal_schema_value *value,
					    uint8_t ret_digest[MODSEAL_SHA256_SIZE]);
MODSEAL_MUST_CHECK int modseal_value_name(const struct modseal_policy_reader *reader,
					  const struct modseal_schema_value *value,
					  char **ret_name);
/* PEM text; only its first line is looked at, keys/ reads the rest. */
MODSEAL_MUST_CHECK int modseal_value_pem(const struct modseal_policy_reader *reader,
					 const struct modseal_schema_value *value,
					 char **ret_text);
MODSEAL_MUST_CHECK int modseal_value_file(const struct modseal_policy_reader *reader,
					  const struct modseal_schema_value *value,
					  char **ret_file);
MODSEAL_MUST_CHECK int modseal_value_pattern(const struct modseal_policy_reader *reader,
					     const struct modseal_schema_value *value,
					     char **ret_pattern);
/* Append to a list. */
MODSEAL_MUST_CHECK int modseal_value_add_path(const struct modseal_policy_reader *reader,
					      const struct modseal_schema_value *value,
					      struct modseal_strings *strings);
/* At most MODSEAL_MAX_ORIGINS. */
MODSEAL_MUST_CHECK int
modseal_value_add_origin(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value,
			 struct modseal_strings *strings);
/* At most MODSEAL_MAX_DEVICES. */
MODSEAL_MUST_CHECK int
modseal_value_add_device(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value,
			 struct modseal_strings *strings);
/* At most most of them, each once. */
MODSEAL_MUST_CHECK int modseal_value_add_file(const struct modseal_policy_reader *reader,
					      const struct modseal_schema_value *value,
					      size_t most,
					      struct modseal_strings *strings);
MODSEAL_MUST_CHECK int
modseal_value_add_digest(const struct modseal_policy_reader *reader,
			 const struct modseal_schema_value *value,
			 struct modseal_policy_digests *digests);

/*
 * Makes room for one more item in an array of count items of size bytes each that has
 * only ever grown by this call. Returns false where memory is short; *items is then as
 * before.
 */
MODSEAL_MUST_CHECK bool modseal_grow(void **items, size_t count, size_t size);

#endif
