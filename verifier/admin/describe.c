/* SPDX-License-Identifier: Apache-2.0 */
/* The policy in force, key by key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "modseal-inspect.h"
#include "verifier/catalogs_open.h"
#include "verifier/expiry.h"
#include "verifier/handle.h"
#include "verifier/state_open.h"
#include "verifier/supplements_open.h"
#include "verifier/verdict.h"

struct teller {
	modseal_fact *fact;
	void *argument;
	int result;
	const char *prefix; /* "supplement.NAME", or "" */
};

#define KEY_SIZE 256

static void tell(struct teller *teller, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void tell(struct teller *teller, const char *key, const char *format, ...)
{
	char raw[4400], text[4800];
	va_list arguments;
	int length;

	if (teller->result)
		return;
	va_start(arguments, format);
	length = vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	modseal_escape(text, sizeof(text), raw);
	teller->result = teller->fact(teller->argument, key, text);
}

static const char *tolerance_name(enum modseal_tolerance tolerance)
{
	static const char *const names[] = {"refuse", "log", "allow"};

	return names[tolerance];
}

static const char *mode_name(bool audits)
{
	return audits ? "audit (what would be refused is loaded and told)" : "enforce";
}

/* The keys of a supplement begin with its name. */
static void name_key(const struct teller *teller, char *key, size_t size,
		     const char *section, const char *name)
{
	snprintf(key, size, "%s%s%s.%s", teller->prefix, *teller->prefix ? "." : "",
		 section, name);
}

static void tell_signer(struct teller *teller, const struct modseal_policy_signer *signer,
			const struct modseal_signer *opened)
{
	char digest[144], key[KEY_SIZE];

	modseal_digest_text(modseal_signer_key_digest(opened), digest, sizeof(digest));
	name_key(teller, key, sizeof(key), "signer", signer->name);
	tell(teller, key, "%s, key %s",
	     signer->trust == MODSEAL_TRUST_CHAIN ? "chain" : "pinned", digest);
	for (unsigned i = 0; i < MODSEAL_PURPOSE_COUNT; i++)
		if (signer->purposes & 1u << i)
			tell(teller, key, "purpose %s", modseal_purpose_name(i));
	if (signer->algorithms == MODSEAL_ALGORITHMS_ALL)
		return;
	for (unsigned i = 0; i < MODSEAL_ALGORITHM_COUNT; i++)
		if (signer->algorithms & 1u << i)
			tell(teller, key, "algorithm %s", modseal_algorithm_name(i));
}

static void tell_part(struct teller *teller, const struct modseal_authority *authority,
		      const struct modseal_policy_part *part, const char *key)
{
	for (size_t i = 0; i < part->signer_count; i++)
		tell(teller, key, "signer %s",
		     modseal_signer_name(authority->signers[part->signers[i]]));
	tell(teller, key, "require %u", part->require);
}

static void tell_fault(struct teller *teller, const char *key,
		       const struct modseal_error *fault)
{
	tell(teller, key, "not in force: %s: %s: %s", modseal_code_name(fault->code),
	     fault->object, fault->message);
}

static void tell_digest(struct teller *teller, const char *key, const char *what,
			const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	char text[144];

	modseal_digest_text(digest, text, sizeof(text));
	tell(teller, key, "%s %s", what, text);
}

static void tell_next(struct teller *teller, const struct modseal_context *context,
		      const char *what, const struct modseal_signer *signer)
{
	const struct modseal_revoked *revoked = &context->base.revoked;

	if (!modseal_digest_set_has(&revoked->keys, modseal_signer_key_digest(signer)) &&
	    !modseal_digest_set_has(&revoked->certificates,
				    modseal_signer_certificate_digest(signer)))
		tell_digest(teller, "next-signer", what,
			    modseal_signer_key_digest(signer));
}

/* Who may sign the next policy, and who may never again. */
static void tell_policy_signers(struct teller *teller,
				const struct modseal_context *context)
{
	/* without a state nothing is handed over, whatever the policy says */
	const struct modseal_signatories none = {.require = 1},
					 *next = context->state && context->next.count
							 ? &context->next
							 : &none;
	const char *name = context->base.policy->name;
	const uint8_t *digest;

	tell(teller, "next-require", "%u", next->require);
	for (size_t i = 0; i < next->count; i++)
		tell_next(teller, context, "key", next->signers[i]);
	for (size_t i = 0; !next->count && i < context->anchor_count; i++)
		if (!context->anchor_names[i] ||
		    strcmp(context->anchor_names[i], name) == 0)
			tell_next(teller, context, "anchor, key", context->anchors[i]);
	for (int certificate = 0; context->state && certificate < 2; certificate++)
		for (size_t i = 0; (digest = modseal_state_revoked(context->state, name,
								   certificate, i));
		     i++)
			tell_digest(teller, "revoked-signer",
				    certificate ? "certificate" : "key", digest);
}

static void tell_catalog(struct teller *teller, const struct modseal_authority *authority,
			 size_t number)
{
	const struct modseal_policy_part *catalog = &authority->policy->catalogs[number];
	const struct modseal_context_catalog *opened = &authority->catalogs[number];
	char key[KEY_SIZE];

	name_key(teller, key, sizeof(key), "catalog", catalog->name);
	if (opened->fault) {
		tell_fault(teller, key, opened->fault);
	} else {
		tell(teller, key, "%s", opened->part.path);
		tell(teller, key, "serial %" PRIu64 ", at least %" PRIu64,
		     opened->text.serial, catalog->minimum_serial);
		tell(teller, key, "issued %.*s", (int)opened->text.issued_text.size,
		     (const char *)opened->text.issued_text.data);
		tell(teller, key, "files %zu", opened->text.count);
	}
	tell_part(teller, authority, catalog, key);
}

static void tell_rule(struct teller *teller, const struct modseal_authority *authority,
		      const struct modseal_rule *rule)
{
	char key[KEY_SIZE], line[16];

	snprintf(line, sizeof(line), "%u", rule->line);
	name_key(teller, key, sizeof(key), "rule", line);
	tell(teller, key, "%s", rule->path);
	if (rule->delegates) {
		tell(teller, key, "delegate %s",
		     authority->policy->supplements[rule->supplement].name);
		tell(teller, key, "minimum-evidence %s",
		     modseal_evidence_name(rule->minimum_evidence));
		if (rule->mode_given)
			tell(teller, key, "mode %s", mode_name(rule->audits));
		return;
	}
	tell(teller, key, "kind %s",
	     modseal_purpose_name((enum modseal_purpose)rule->kind));
	for (size_t i = 0; i < rule->evidence_count; i++)
		tell(teller, key, "evidence %s",
		     modseal_evidence_name(rule->evidence[i]));
	if (rule->has_catalog)
		tell(teller, key, "catalog %s",
		     authority->policy->catalogs[rule->catalog].name);
	for (size_t i = 0; i < rule->signer_count; i++)
		tell(teller, key, "signer %s",
		     modseal_signer_name(authority->signers[rule->signers[i]]));
	if (rule->signer_count)
		tell(teller, key, "require %u", rule->require);
	if (rule->timestamp != MODSEAL_TIMESTAMP_IGNORED)
		tell(teller, key, "timestamp %s",
		     rule->timestamp == MODSEAL_TIMESTAMP_ALWAYS ? "always"
								 : "if-expired");
	for (size_t i = 0; i < rule->timestamp_signer_count; i++)
		tell(teller, key, "timestamp-signer %s",
		     modseal_signer_name(authority->signers[rule->timestamp_signers[i]]));
	if (rule->version_wanted)
		tell(teller, key, "minimum-version %" PRIu64, rule->minimum_version);
	tell(teller, key, "identity %s", rule->identity_bound ? "bound" : "unbound");
	tell(teller, key, "owners %s",
	     rule->owners == MODSEAL_OWNERS_ROOT ? "root" : "root, caller");
	tell(teller, key, "elf %s",
	     rule->hygiene == MODSEAL_HYGIENE_HARDENED ? "hardened" : "standard");
	tell(teller, key, "machine %s", rule->any_machine ? "any" : "native");
	tell(teller, key, "noexec %s", rule->noexec_allowed ? "allow" : "refuse");
	if (rule->mode_given)
		tell(teller, key, "mode %s", mode_name(rule->audits));
	for (size_t i = 0; i < rule->origin.count; i++)
		tell(teller, key, "origin %s", rule->origin.items[i]);
	for (size_t i = 0; i < rule->search.count; i++)
		tell(teller, key, "search %s", rule->search.items[i]);
	for (size_t i = 0; i < rule->hand_off_count; i++)
		tell(teller, key, "hand-off %s",
		     modseal_hand_off_name(rule->hand_off[i]));
}

static void tell_expiry(struct teller *teller, const struct modseal_context *context,
			const struct modseal_policy *policy)
{
	const struct modseal_policy_expiry *expiry = &policy->expiry;
	char when[MODSEAL_POLICY_TIME_SIZE];

	if (!expiry->given)
		return;
	modseal_policy_time_text(expiry->time, when);
	tell(teller, "expires", "%s", when);
	tell(teller, "on-expiry", "%s", expiry->warns ? "warn" : "refuse");
	if (modseal_expiry_is_past(context, expiry))
		tell(teller, "expired", "yes");
}

static void tell_revoked(struct teller *teller, const struct modseal_policy *policy)
{
	const struct {
		const char *name;
		size_t count;
	} rows[] = {{"keys", policy->revoked_keys.count},
		    {"certificates", policy->revoked_certificates.count},
		    {"files", policy->revoked_files.count}};
	char key[KEY_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		name_key(teller, key, sizeof(key), "revoked", rows[i].name);
		tell(teller, key, "%zu", rows[i].count);
	}
}

static void tell_authority(struct teller *teller,
			   const struct modseal_authority *authority)
{
	const struct modseal_policy *policy = authority->policy;

	for (size_t i = 0; i < policy->signer_count; i++)
		tell_signer(teller, &policy->signers[i], authority->signers[i]);
	for (size_t i = 0; i < policy->catalog_count; i++)
		tell_catalog(teller, authority, i);
	for (size_t i = 0; i < policy->rule_count; i++)
		tell_rule(teller, authority, &policy->rules[i]);
	tell_revoked(teller, policy);
}

static void tell_end(struct teller *teller, const char *key,
		     const struct modseal_policy_expiry *expiry)
{
	char when[MODSEAL_POLICY_TIME_SIZE];

	modseal_policy_time_text(expiry->time, when);
	tell(teller, key, "expires %s, then %s", when, expiry->warns ? "warn" : "refuse");
}

static void tell_supplement(struct teller *teller, const struct modseal_context *context,
			    size_t number)
{
	const struct modseal_policy_part *source =
		&context->base.policy->supplements[number];
	const struct modseal_context_supplement *supplement =
		&context->supplements[number];
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "supplement.%s", source->name);
	if (supplement->fault) {
		tell_fault(teller, key, supplement->fault);
		tell_part(teller, &context->base, source, key);
		return;
	}
	tell(teller, key, "%s", supplement->part.path);
	tell(teller, key, "serial %" PRIu64 ", at least %" PRIu64,
	     supplement->authority.policy->serial, source->minimum_serial);
	if (supplement->authority.policy->expiry.given)
		tell_end(teller, key, &supplement->authority.policy->expiry);
	tell_part(teller, &context->base, source, key);
	teller->prefix = key;
	tell_authority(teller, &supplement->authority);
	teller->prefix = "";
}

static void tell_records(struct teller *teller,
			 const struct modseal_policy_records *records)
{
	static const char *const names[MODSEAL_RECORD_TARGET_COUNT] = {"file", "syslog",
								       "journald"};

	if (!records->to)
		return;
	for (unsigned i = 0; i < MODSEAL_RECORD_TARGET_COUNT; i++)
		if (records->to & 1u << i)
			tell(teller, "records.to", "%s", names[i]);
	if (records->file)
		tell(teller, "records.file", "%s", records->file);
	tell(teller, "records.verdicts", "%s", records->refused_only ? "refused" : "all");
	tell(teller, "records.per-minute", "%u", records->per_minute);
}

static int describe(const struct modseal_context *context, modseal_fact *fact,
		    void *argument)
{
	struct teller teller = {.fact = fact, .argument = argument, .prefix = ""};
	const struct modseal_policy *policy = context->base.policy;
	char issued[MODSEAL_POLICY_TIME_SIZE];

	modseal_policy_time_text(policy->issued, issued);
	tell(&teller, "path", "%s", context->policy_path);
	tell(&teller, "name", "%s", policy->name);
	tell(&teller, "serial", "%" PRIu64, policy->serial);
	tell(&teller, "issued", "%s", issued);
	tell_expiry(&teller, context, policy);
	for (unsigned i = 0; i < MODSEAL_FEATURE_COUNT; i++)
		if (policy->requires & 1u << i)
			tell(&teller, "requires", "%s", modseal_feature_name(i));
	tell(&teller, "mode", "%s", mode_name(policy->audits));
	tell(&teller, "anchor-source", "%s", context->anchor_source);
	tell(&teller, "state", context->state ? "present" : "none");
	tell(&teller, "floor", "%" PRIu64, modseal_context_floor(context, NULL, NULL));
	tell_policy_signers(&teller, context);
	tell(&teller, "crypto.provider", "%s", modseal_provider_name(policy->provider));
	for (size_t i = 0; i < context->search_count; i++)
		tell(&teller, "search", "%s", context->search[i]);
	tell(&teller, "limits.max-size", "%" PRIu64, policy->max_size);
	for (size_t i = 0; i < policy->read_only_devices.count; i++)
		tell(&teller, "read-only-devices", "%s",
		     policy->read_only_devices.items[i]);
	for (size_t i = 0; i < policy->preload.count; i++)
		tell(&teller, "process.preload", "%s", policy->preload.items[i]);
	tell(&teller, "process.deleted", "%s", tolerance_name(policy->deleted));
	tell(&teller, "process.anonymous-executable", "%s",
	     tolerance_name(policy->anonymous_executable));
	tell_records(&teller, &policy->records);
	tell_authority(&teller, &context->base);
	for (size_t i = 0; i < policy->supplement_count; i++)
		tell_supplement(&teller, context, i);
	for (size_t i = 0; i < policy->version_count; i++) {
		char key[MODSEAL_MAX_NAME_LENGTH + 16];

		snprintf(key, sizeof(key), "versions.%s", policy->versions[i].name);
		tell(&teller, key, "%" PRIu64, policy->versions[i].floor);
	}
	return teller.result;
}

int modseal_describe(struct modseal *handle, modseal_fact *fact, void *argument,
		     struct modseal_error *error)
{
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	if (!fact)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, NULL);
	result = modseal_handle_take(handle, &context, error);
	if (result == 0)
		result = describe(context, fact, argument);
	modseal_context_close(&context);
	return result;
}
