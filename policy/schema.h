/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every key of format 1: its section, type, presence and default. The reader walks these
 * tables; nothing else knows which keys there are. tests/lint/policy_keys.sh compares
 * them with modseal-policy(5).
 *
 * X(NAME, "key", TYPE, PRESENCE, "default" or NULL)
 *
 * TYPE:     a row of MODSEAL_SCHEMA_TYPE_LIST.
 * NAME:     MODSEAL_KEY_NAME is its position in the table of its section.
 * PRESENCE: REQUIRED or OPTIONAL.
 * default:  read by the code that reads the same words in the text (for a list: its
 * items, separated by spaces). Keys are read in the order of their table: signers and
 * catalogs before the rules that name them.
 */
#ifndef MODSEAL_POLICY_SCHEMA_H
#define MODSEAL_POLICY_SCHEMA_H

#include "policy/policy.h"
#include "policy/refuse.h"
#include "policy/yaml.h"

#define MODSEAL_ROOT_KEYS(X)                                                             \
	X(ROOT_FORMAT, "modseal-policy", FORMAT, REQUIRED, NULL)                         \
	X(ROOT_REQUIRES, "requires", FEATURES, OPTIONAL, NULL)                           \
	X(ROOT_NAME, "name", NAME, REQUIRED, NULL)                                       \
	X(ROOT_SERIAL, "serial", SERIAL, REQUIRED, NULL)                                 \
	X(ROOT_ISSUED, "issued", TIME, REQUIRED, NULL)                                   \
	X(ROOT_EXPIRES, "expires", TIME, OPTIONAL, NULL)                                 \
	X(ROOT_ON_EXPIRY, "on-expiry", WORD, OPTIONAL, "refuse")                         \
	X(ROOT_MODE, "mode", WORD, OPTIONAL, "enforce")                                  \
	X(ROOT_CRYPTO, "crypto", SECTION, OPTIONAL, NULL)                                \
	X(ROOT_SEARCH, "search", PATHS, OPTIONAL, NULL)                                  \
	X(ROOT_LIMITS, "limits", SECTION, OPTIONAL, NULL)                                \
	X(ROOT_READ_ONLY_DEVICES, "read-only-devices", DEVICES, OPTIONAL, NULL)          \
	X(ROOT_PROCESS, "process", SECTION, OPTIONAL, NULL)                              \
	X(ROOT_RECORDS, "records", SECTION, OPTIONAL, NULL)                              \
	X(ROOT_POLICY_SIGNERS, "policy-signers", SECTION, OPTIONAL, NULL)                \
	X(ROOT_SIGNERS, "signers", SECTION, OPTIONAL, NULL)                              \
	X(ROOT_CATALOGS, "catalogs", SECTIONS, OPTIONAL, NULL)                           \
	X(ROOT_SUPPLEMENTS, "supplements", SECTIONS, OPTIONAL, NULL)                     \
	X(ROOT_RULES, "rules", SECTIONS, REQUIRED, NULL)                                 \
	X(ROOT_VERSIONS, "versions", VERSIONS, OPTIONAL, NULL)                           \
	X(ROOT_REVOKED, "revoked", SECTION, OPTIONAL, NULL)

#define MODSEAL_CRYPTO_KEYS(X) X(CRYPTO_PROVIDER, "provider", WORD, OPTIONAL, "default")

#define MODSEAL_LIMITS_KEYS(X) X(LIMITS_MAX_SIZE, "max-size", SIZE, OPTIONAL, "256M")

#define MODSEAL_PROCESS_KEYS(X)                                                          \
	X(PROCESS_PRELOAD, "preload", PATHS_OR_NONE, OPTIONAL, NULL)                     \
	X(PROCESS_DELETED, "deleted", WORD, OPTIONAL, "refuse")                          \
	X(PROCESS_ANONYMOUS, "anonymous-executable", WORD, OPTIONAL, "log")

#define MODSEAL_RECORDS_KEYS(X)                                                          \
	X(RECORDS_TO, "to", WORDS, REQUIRED, NULL)                                       \
	X(RECORDS_FILE, "file", PLACE, OPTIONAL, NULL)                                   \
	X(RECORDS_VERDICTS, "verdicts", WORD, OPTIONAL, "all")                           \
	X(RECORDS_PER_MINUTE, "per-minute", RATE, OPTIONAL, "10")

#define MODSEAL_POLICYSIGNERS_KEYS(X)                                                    \
	X(POLICYSIGNERS_CERTIFICATES, "certificates", SECTIONS, REQUIRED, NULL)          \
	X(POLICYSIGNERS_REQUIRE, "require", COUNT, OPTIONAL, "1")

#define MODSEAL_POLICYSIGNER_KEYS(X)                                                     \
	X(POLICYSIGNER_CERTIFICATE, "certificate", PEM, OPTIONAL, NULL)                  \
	X(POLICYSIGNER_CERTIFICATE_FILE, "certificate-file", FILE, OPTIONAL, NULL)       \
	X(POLICYSIGNER_CERTIFICATE_SHA256, "certificate-sha256", DIGEST, OPTIONAL, NULL)

#define MODSEAL_SIGNER_KEYS(X)                                                           \
	X(SIGNER_TRUST, "trust", WORD, REQUIRED, NULL)                                   \
	X(SIGNER_CERTIFICATE, "certificate", PEM, OPTIONAL, NULL)                        \
	X(SIGNER_CERTIFICATE_FILE, "certificate-file", FILE, OPTIONAL, NULL)             \
	X(SIGNER_CERTIFICATE_SHA256, "certificate-sha256", DIGEST, OPTIONAL, NULL)       \
	X(SIGNER_INTERMEDIATES, "intermediates", PEM, OPTIONAL, NULL)                    \
	X(SIGNER_ALGORITHMS, "algorithms", WORDS, OPTIONAL, NULL)                        \
	X(SIGNER_PURPOSES, "purposes", WORDS, OPTIONAL, "library")                       \
	X(SIGNER_CRL, "crl", WORD, OPTIONAL, "none")                                     \
	X(SIGNER_CRL_FILES, "crl-files", FILES, OPTIONAL, NULL)                          \
	X(SIGNER_CRL_MAXIMUM_AGE, "crl-maximum-age", DAYS, OPTIONAL, NULL)

/* A supplement is a text of its own, with these keys of a policy. */
#define MODSEAL_SUPPLEMENT_KEYS(X)                                                       \
	X(SUPPLEMENT_FORMAT, "modseal-supplement", FORMAT, REQUIRED, NULL)               \
	X(SUPPLEMENT_REQUIRES, "requires", FEATURES, OPTIONAL, NULL)                     \
	X(SUPPLEMENT_NAME, "name", NAME, REQUIRED, NULL)                                 \
	X(SUPPLEMENT_SERIAL, "serial", SERIAL, REQUIRED, NULL)                           \
	X(SUPPLEMENT_ISSUED, "issued", TIME, REQUIRED, NULL)                             \
	X(SUPPLEMENT_EXPIRES, "expires", TIME, OPTIONAL, NULL)                           \
	X(SUPPLEMENT_ON_EXPIRY, "on-expiry", WORD, OPTIONAL, "refuse")                   \
	X(SUPPLEMENT_SIGNERS, "signers", SECTION, OPTIONAL, NULL)                        \
	X(SUPPLEMENT_CATALOGS, "catalogs", SECTIONS, OPTIONAL, NULL)                     \
	X(SUPPLEMENT_RULES, "rules", SECTIONS, REQUIRED, NULL)                           \
	X(SUPPLEMENT_REVOKED, "revoked", SECTION, OPTIONAL, NULL)

/* A catalog or supplement, where the policy names it. */
#define MODSEAL_PART_KEYS(X)                                                             \
	X(PART_NAME, "name", NAME, REQUIRED, NULL)                                       \
	X(PART_FILE, "file", FILE, REQUIRED, NULL)                                       \
	X(PART_SIGNERS, "signers", NAMES, REQUIRED, NULL)                                \
	X(PART_REQUIRE, "require", COUNT, OPTIONAL, "1")                                 \
	X(PART_MINIMUM_SERIAL, "minimum-serial", SERIAL, OPTIONAL, "0")

#define MODSEAL_RULE_KEYS(X)                                                             \
	X(RULE_PATH, "path", PATTERN, REQUIRED, NULL)                                    \
	X(RULE_KIND, "kind", WORD, OPTIONAL, "library")                                  \
	X(RULE_EVIDENCE, "evidence", WORDS, OPTIONAL, "appended")                        \
	X(RULE_CATALOG, "catalog", NAME, OPTIONAL, NULL)                                 \
	X(RULE_SIGNERS, "signers", NAMES, OPTIONAL, NULL)                                \
	X(RULE_REQUIRE, "require", COUNT, OPTIONAL, NULL)                                \
	X(RULE_TIMESTAMP, "timestamp", SECTION, OPTIONAL, NULL)                          \
	X(RULE_MINIMUM_VERSION, "minimum-version", SERIAL, OPTIONAL, NULL)               \
	X(RULE_IDENTITY, "identity", WORD, OPTIONAL, "bound")                            \
	X(RULE_OWNERS, "owners", WORDS, OPTIONAL, "root")                                \
	X(RULE_ELF, "elf", WORD, OPTIONAL, "standard")                                   \
	X(RULE_MACHINE, "machine", WORD, OPTIONAL, "native")                             \
	X(RULE_HAND_OFF, "hand-off", WORDS, OPTIONAL, "verity sealed")                   \
	X(RULE_SEARCH, "search", PATHS, OPTIONAL, NULL)                                  \
	X(RULE_ORIGIN, "origin", ORIGINS, OPTIONAL, NULL)                                \
	X(RULE_NOEXEC, "noexec", WORD, OPTIONAL, "refuse")                               \
	X(RULE_MODE, "mode", WORD, OPTIONAL, NULL)                                       \
	X(RULE_DELEGATE, "delegate", NAME, OPTIONAL, NULL)                               \
	X(RULE_MINIMUM_EVIDENCE, "minimum-evidence", WORD, OPTIONAL, "ima")

#define MODSEAL_TIMESTAMP_KEYS(X)                                                        \
	X(TIMESTAMP_REQUIRE, "require", WORD, OPTIONAL, "always")                        \
	X(TIMESTAMP_SIGNERS, "signers", NAMES, REQUIRED, NULL)

#define MODSEAL_REVOKED_KEYS(X)                                                          \
	X(REVOKED_KEYS, "keys", DIGESTS, OPTIONAL, NULL)                                 \
	X(REVOKED_CERTIFICATES, "certificates", DIGESTS, OPTIONAL, NULL)                 \
	X(REVOKED_FILES, "files", DIGESTS, OPTIONAL, NULL)

/*
 * X(TYPE, FORM, least, "what is expected")
 *
 * FORM: SCALAR; LIST of scalars, of at least so many; NODE: a mapping or list that has
 * its own reader. The text completes "`key` expects ..."; an empty one is made from the
 * words.
 */
#define MODSEAL_SCHEMA_TYPE_LIST(X)                                                      \
	X(FORMAT, SCALAR, 0, "the number 1")                                             \
	X(NAME, SCALAR, 0,                                                               \
	  "a name: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit")           \
	X(SERIAL, SCALAR, 0,                                                             \
	  "a whole number from 0 to 9007199254740991, without quotes or leading zeros")  \
	X(COUNT, SCALAR, 0,                                                              \
	  "a whole number from 1 to the number of signers, without quotes or leading "   \
	  "zeros")                                                                       \
	X(TIME, SCALAR, 0, "a time in UTC written as 2026-11-23T00:00:00Z")              \
	X(SIZE, SCALAR, 0, "a size in bytes, or with K, M or G, from 1 to 2047M")        \
	X(WORD, SCALAR, 0, "")                                                           \
	X(PEM, SCALAR, 0,                                                                \
	  "certificates as text: `|`, then lines from -----BEGIN CERTIFICATE----- on")   \
	X(FILE, SCALAR, 0,                                                               \
	  "a file name, absolute or from the policy's directory, without `//`, `.` and " \
	  "`..`")                                                                        \
	X(FILES, LIST, 1,                                                                \
	  "a list of file names, absolute or from the policy's directory, without "      \
	  "`//`, "                                                                       \
	  "`.` and `..`")                                                                \
	X(DAYS, SCALAR, 0, "a whole number of days from 1 to 3650")                      \
	X(RATE, SCALAR, 0, "a whole number from 1 to 6000")                              \
	X(PLACE, SCALAR, 0, "an absolute path without `//`, `.` and `..`")               \
	X(DIGEST, SCALAR, 0, "a SHA-256 digest of 64 lower-case hexadecimal digits")     \
	X(PATTERN, SCALAR, 0, "an absolute path, in which `*` and `**` may stand")       \
	X(FEATURES, LIST, 0, "a list of features of this version")                       \
	X(PATHS, LIST, 1,                                                                \
	  "a list of absolute paths without `//`, `.`, `..` and without `/` at the end") \
	X(PATHS_OR_NONE, LIST, 0,                                                        \
	  "a list of absolute paths without `//`, `.`, `..` and without `/` at the end") \
	X(DEVICES, LIST, 0,                                                              \
	  "a list of devices, each `PARTUUID=` and 32 lower-case hexadecimal digits in " \
	  "groups of 8-4-4-4-12 (of a DOS label 8-2), or `DM-UUID=` and a UUID of the "  \
	  "device mapper, in which one `*` may stand, but not first")                    \
	X(ORIGINS, LIST, 1,                                                              \
	  "a list of directories from the file's own on, such as `.` or `../lib`: "      \
	  "`..` only in front, no `/` at either end, no `$`")                            \
	X(WORDS, LIST, 1, "")                                                            \
	X(NAMES, LIST, 1, "a list of names from the policy's `signers`")                 \
	X(DIGESTS, LIST, 0,                                                              \
	  "a list of SHA-256 digests of 64 lower-case hexadecimal digits")               \
	X(VERSIONS, NODE, 0, "a mapping of names of libraries to security versions")     \
	X(SECTION, NODE, 0, "a mapping")                                                 \
	X(SECTIONS, NODE, 0, "a list of mappings")

enum modseal_schema_type {
#define X(name, form, least, text) MODSEAL_SCHEMA_##name,
	MODSEAL_SCHEMA_TYPE_LIST(X)
#undef X
};

enum modseal_schema_presence {
	MODSEAL_SCHEMA_REQUIRED,
	MODSEAL_SCHEMA_OPTIONAL,
};

struct modseal_schema_key {
	const char *name;
	enum modseal_schema_type type;
	enum modseal_schema_presence presence;
	const char *fallback;
};

/* Positions in the tables of the sections. */
#define X(name, key, type, presence, fallback) MODSEAL_KEY_##name,
enum modseal_root_key { MODSEAL_ROOT_KEYS(X) MODSEAL_ROOT_KEY_COUNT };
enum modseal_crypto_key { MODSEAL_CRYPTO_KEYS(X) MODSEAL_CRYPTO_KEY_COUNT };
enum modseal_limits_key { MODSEAL_LIMITS_KEYS(X) MODSEAL_LIMITS_KEY_COUNT };
enum modseal_process_key { MODSEAL_PROCESS_KEYS(X) MODSEAL_PROCESS_KEY_COUNT };
enum modseal_records_key { MODSEAL_RECORDS_KEYS(X) MODSEAL_RECORDS_KEY_COUNT };
enum modseal_policysigners_key {
	MODSEAL_POLICYSIGNERS_KEYS(X) MODSEAL_POLICYSIGNERS_KEY_COUNT
};
enum modseal_policysigner_key {
	MODSEAL_POLICYSIGNER_KEYS(X) MODSEAL_POLICYSIGNER_KEY_COUNT
};
enum modseal_signer_key { MODSEAL_SIGNER_KEYS(X) MODSEAL_SIGNER_KEY_COUNT };
enum modseal_supplement_key { MODSEAL_SUPPLEMENT_KEYS(X) MODSEAL_SUPPLEMENT_KEY_COUNT };
enum modseal_part_key { MODSEAL_PART_KEYS(X) MODSEAL_PART_KEY_COUNT };
enum modseal_rule_key { MODSEAL_RULE_KEYS(X) MODSEAL_RULE_KEY_COUNT };
enum modseal_timestamp_key { MODSEAL_TIMESTAMP_KEYS(X) MODSEAL_TIMESTAMP_KEY_COUNT };
enum modseal_revoked_key { MODSEAL_REVOKED_KEYS(X) MODSEAL_REVOKED_KEY_COUNT };
#undef X
#define MODSEAL_SCHEMA_MAX_KEYS 24

/* What reading one policy needs. */
struct modseal_policy_reader {
	const struct modseal_policy_source *source;
	const struct modseal_yaml *tree;
	struct modseal_policy *policy; /* as far as it is read */
	uint32_t *signers_by_name;     /* indices of its signers, sorted by name */
};

/* One scalar, item of a list, or node to be read. */
struct modseal_schema_value {
	const struct modseal_schema_key *key;
	const struct modseal_yaml_node *node; /* NULL: the key's default */
	struct modseal_span text;	      /* of a scalar; a NUL follows it */
	struct modseal_place place;
	bool plain;
};

/* Where the values of one section's keys were found; NULL: not given. */
struct modseal_schema_found {
	const struct modseal_yaml_node *values[MODSEAL_SCHEMA_MAX_KEYS];
};

struct modseal_schema_section {
	const char *title; /* "a rule" */
	const struct modseal_schema_key *keys;
	size_t count;
	/* Keys that a supplement must leave to its policy; NULL: there are none. */
	const struct modseal_schema_key *reserved_keys;
	size_t reserved_count;
	/* Writes one value into target: a scalar once, a list once per item, a node once,
	 * also where it is absent (value->node NULL). */
	int (*store)(struct modseal_policy_reader *reader, void *target, size_t key,
		     const struct modseal_schema_value *value);
};

extern const struct modseal_schema_key modseal_root_keys[MODSEAL_ROOT_KEY_COUNT];
extern const struct modseal_schema_key modseal_crypto_keys[MODSEAL_CRYPTO_KEY_COUNT];
extern const struct modseal_schema_key modseal_limits_keys[MODSEAL_LIMITS_KEY_COUNT];
extern const struct modseal_schema_key modseal_process_keys[MODSEAL_PROCESS_KEY_COUNT];
extern const struct modseal_schema_key modseal_records_keys[MODSEAL_RECORDS_KEY_COUNT];
extern const struct modseal_schema_key
	modseal_policysigners_keys[MODSEAL_POLICYSIGNERS_KEY_COUNT];
extern const struct modseal_schema_key
	modseal_policysigner_keys[MODSEAL_POLICYSIGNER_KEY_COUNT];
extern const struct modseal_schema_key modseal_signer_keys[MODSEAL_SIGNER_KEY_COUNT];
extern const struct modseal_schema_key
	modseal_supplement_keys[MODSEAL_SUPPLEMENT_KEY_COUNT];
extern const struct modseal_schema_key modseal_part_keys[MODSEAL_PART_KEY_COUNT];
extern const struct modseal_schema_key modseal_rule_keys[MODSEAL_RULE_KEY_COUNT];
extern const struct modseal_schema_key modseal_timestamp_keys[];
extern const struct modseal_schema_key modseal_revoked_keys[MODSEAL_REVOKED_KEY_COUNT];

/*
 * Reads a mapping: unknown keys (with the nearest known one), missing keys and
 * wrong forms are refused; keys that begin with `x-` are ignored; then every key is
 * stored in the order of the table, given or by default. node NULL: nothing was given.
 * ret_found may be NULL.
 */
MODSEAL_MUST_CHECK int modseal_schema_read(struct modseal_policy_reader *reader,
					   const struct modseal_schema_section *section,
					   const struct modseal_yaml_node *node,
					   void *target,
					   struct modseal_schema_found *ret_found);

/* What the type of a key expects, as in MODSEAL_SCHEMA_TYPE_LIST. */
const char *modseal_schema_expected(const struct modseal_schema_key *key);

/* The key of a section that takes the fewest edits (Levenshtein) to become text. */
const char *modseal_schema_nearest(const struct modseal_schema_key *keys, size_t count,
				   struct modseal_span text);

#endif
