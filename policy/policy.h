/* SPDX-License-Identifier: Apache-2.0 */
/* A policy of format 1 as data: what its text says, nothing opened, nothing verified. */
#ifndef MODSEAL_POLICY_POLICY_H
#define MODSEAL_POLICY_POLICY_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/limits.h"
#include "internal/span.h"

enum modseal_tolerance {
	MODSEAL_TOLERANCE_REFUSE,
	MODSEAL_TOLERANCE_LOG,
	MODSEAL_TOLERANCE_ALLOW,
};

struct modseal_strings {
	char **items;
	size_t count;
};

/* SHA-256 digests as written in `revoked`. */
struct modseal_policy_digests {
	uint8_t (*digests)[MODSEAL_SHA256_SIZE];
	size_t count;
};

/* Where records of verdicts go: none where `to` is 0. */
struct modseal_policy_records {
	uint32_t to; /* bits of enum modseal_record_target */
	char *file;
	bool refused_only;
	uint32_t per_minute; /* of one object and code */
};

/* Until when a signed text counts; seconds since 1970. */
struct modseal_policy_expiry {
	bool given;
	bool warns; /* says so, instead of refusing */
	int64_t time;
};

/* Below which security version no file of a name is accepted. */
struct modseal_policy_version {
	char *name;
	uint32_t line;
	uint64_t floor;
};

struct modseal_policy_signer {
	char *name;
	uint32_t line;
	enum modseal_trust_model trust;
	char *certificate;	/* PEM text, or NULL where it is in a file */
	char *certificate_file; /* relative to the policy's directory, or absolute; or
				   NULL */
	uint8_t certificate_sha256[MODSEAL_SHA256_SIZE]; /* of the file's bytes */
	char *intermediates;				 /* PEM text, or NULL */
	uint32_t algorithms;				 /* bits; never 0 */
	uint32_t purposes;				 /* bits; never 0 */
	enum modseal_crl_demand crl;
	struct modseal_strings crl_files; /* as certificate_file; none where crl is none
					   */
	uint64_t crl_maximum_age;	  /* days; 0: not given */
};

/* A signed file of its own that the policy names: a catalog or a supplement. */
struct modseal_policy_part {
	char *name;
	uint32_t line;
	char *file;	   /* relative to the policy's directory, or absolute */
	uint32_t *signers; /* indices into the policy's signers */
	size_t signer_count;
	uint32_t require;
	uint64_t minimum_serial;
};

enum modseal_owners {
	MODSEAL_OWNERS_ROOT,   /* only root */
	MODSEAL_OWNERS_CALLER, /* root or the effective user of the process */
};

enum modseal_hygiene {
	MODSEAL_HYGIENE_STANDARD,
	MODSEAL_HYGIENE_HARDENED,
};

struct modseal_rule {
	uint32_t line; /* of its first key in the policy text, from 1 */
	uint32_t column;
	char *path; /* pattern; `*` within one component, `**` across */
	/* What lies here another decides: of the other members only the least evidence
	 * and the line count, and files of every kind match. */
	bool delegates;
	uint32_t supplement; /* index into the policy's supplements */
	enum modseal_evidence minimum_evidence;
	enum modseal_kind kind;
	enum modseal_evidence
		evidence[MODSEAL_EVIDENCE_COUNT]; /* in the order of the text */
	size_t evidence_count;
	bool has_catalog;  /* exactly where the evidence holds `catalog` */
	uint32_t catalog;  /* index into the policy's catalogs */
	uint32_t *signers; /* indices into the policy's signers */
	size_t signer_count;
	uint32_t require;
	enum modseal_timestamp_demand timestamp;
	uint32_t *timestamp_signers; /* indices into the policy's signers */
	size_t timestamp_signer_count;
	bool version_wanted;	  /* a file without a security version is refused */
	uint64_t minimum_version; /* where one is wanted */
	bool identity_bound;
	enum modseal_hand_off hand_off[MODSEAL_HAND_OFF_COUNT];
	size_t hand_off_count;
	enum modseal_owners owners;
	enum modseal_hygiene hygiene;
	bool any_machine; /* for checking only: what is loaded is native */
	/* Where what the file needs is looked for: first in directories relative to its
	 * own, then in these; none: the policy's. */
	struct modseal_strings origin;
	struct modseal_strings search;
	bool noexec_allowed; /* on a file system mounted noexec */
	bool mode_given;     /* instead of the policy's; a delegation's counts for what it
				leaves to another */
	bool audits;	     /* where it is given */
};

struct modseal_rule_index; /* policy/rule_index.h */

struct modseal_policy {
	bool is_supplement; /* it has name, serial, issued, signers, catalogs, rules and
			       revoked only */
	char *name;
	uint32_t requires; /* bits of enum modseal_feature */
	uint64_t serial;
	int64_t issued; /* seconds since 1970 */
	struct modseal_policy_expiry expiry;
	bool audits; /* reports what it would refuse (verifier/audit.h); rules may differ
		      */
	enum modseal_provider provider;
	struct modseal_strings search; /* real absolute directories; empty: the default */
	uint64_t max_size;	       /* bytes */
	struct modseal_strings preload;
	struct modseal_strings read_only_devices; /* PARTUUID=... or DM-UUID=... */
	enum modseal_tolerance deleted;
	enum modseal_tolerance anonymous_executable;
	struct modseal_policy_records records;
	/* Pinned; only name, line and certificate are set. None: those who may sign this
	 * policy may sign the next as well. */
	struct modseal_policy_signer *policy_signers;
	size_t policy_signer_count;
	uint32_t policy_signer_require;
	struct modseal_policy_signer *signers;
	size_t signer_count;
	struct modseal_policy_part *catalogs;
	size_t catalog_count;
	struct modseal_policy_part *supplements;
	size_t supplement_count;
	struct modseal_rule *rules;
	size_t rule_count;
	struct modseal_rule_index
		*index; /* of the rules; NULL: they are tried one by one */
	struct modseal_policy_version *versions; /* sorted by name */
	size_t version_count;
	struct modseal_policy_digests revoked_keys;
	struct modseal_policy_digests revoked_certificates;
	struct modseal_policy_digests revoked_files;
};

/*
 * Reads the text of a policy (its first line included). path stands in messages, which
 * name line and column. Errors: POLICY_INVALID, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_policy_parse(struct modseal_span text, const char *path,
					    struct modseal_policy **ret_policy,
					    struct modseal_error *error);
/* The same of a supplement. */
MODSEAL_MUST_CHECK int modseal_supplement_parse(struct modseal_span text,
						const char *path,
						struct modseal_policy **ret_supplement,
						struct modseal_error *error);
void modseal_policy_free(struct modseal_policy **policy);

/* The floor of a name (which may be NULL), or NULL. */
const struct modseal_policy_version *
modseal_policy_version_of(const struct modseal_policy *policy, const char *name);

#endif
