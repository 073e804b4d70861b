/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of the keys that stand for a whole policy, and of what it revokes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/diff.h"
#include "verifier/expiry.h"
#include "verifier/verdict.h"

static const char *tolerance_name(enum modseal_tolerance tolerance)
{
	static const char *const names[] = {"refuse", "log", "allow"};

	return names[tolerance];
}

static void compare_lists(struct modseal_diff *diff, const char *key,
			  const struct modseal_strings *before,
			  const struct modseal_strings *after)
{
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];

	modseal_diff_list(old, before);
	modseal_diff_list(new, after);
	modseal_diff_texts(diff, "policy", 0, 0, "", key, old, new);
}

static void compare_numbers(struct modseal_diff *diff, const char *key, uint64_t before,
			    uint64_t after)
{
	if (before == after)
		return;
	modseal_diff_tell(diff, "policy", "changed", 0, 0,
			  "%s: was %" PRIu64 ", is %" PRIu64 " (%s)", key, before, after,
			  after > before ? "raised" : "lowered");
}

static void time_text(const struct modseal_policy_expiry *expiry, char *text)
{
	char when[MODSEAL_POLICY_TIME_SIZE];

	text[0] = '\0';
	if (!expiry->given)
		return;
	modseal_policy_time_text(expiry->time, when);
	modseal_diff_append(text, "%s, then %s", when,
			    expiry->warns ? "a warning" : "refused");
}

static void compare_times(struct modseal_diff *diff)
{
	const struct modseal_policy *a = diff->before.policy, *b = diff->after.policy;
	char old[MODSEAL_DIFF_TEXT] = "", new[MODSEAL_DIFF_TEXT] = "";

	modseal_policy_time_text(a->issued, old);
	modseal_policy_time_text(b->issued, new);
	modseal_diff_texts(diff, "policy", 0, 0, "", "issued", old, new);
	time_text(&a->expiry, old);
	time_text(&b->expiry, new);
	modseal_diff_texts(diff, "policy", 0, 0, "", "expires", old, new);
}

static void records_text(const struct modseal_policy_records *records, char *text)
{
	static const char *const names[MODSEAL_RECORD_TARGET_COUNT] = {"file", "syslog",
								       "journald"};

	text[0] = '\0';
	if (!records->to)
		return;
	for (unsigned i = 0; i < MODSEAL_RECORD_TARGET_COUNT; i++)
		if (records->to & 1u << i)
			modseal_diff_append(text, "%s%s", *text ? ", " : "", names[i]);
	if (records->file)
		modseal_diff_append(text, " (%s)", records->file);
	modseal_diff_append(text, ", %s verdicts, %u a minute",
			    records->refused_only ? "refused" : "all",
			    records->per_minute);
}

static void compare_records(struct modseal_diff *diff)
{
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];

	records_text(&diff->before.policy->records, old);
	records_text(&diff->after.policy->records, new);
	modseal_diff_texts(diff, "policy", 0, 0, "", "records", old, new);
}

static void compare_versions(struct modseal_diff *diff)
{
	const struct modseal_policy *a = diff->before.policy, *b = diff->after.policy;

	for (size_t i = 0; i < a->version_count; i++) {
		const struct modseal_policy_version *was = &a->versions[i];
		const struct modseal_policy_version *is =
			modseal_policy_version_of(b, was->name);

		if (!is)
			modseal_diff_tell(diff, "version", "removed", was->line, 0,
					  "the floor %" PRIu64 " of '%s'", was->floor,
					  was->name);
		else if (is->floor != was->floor)
			modseal_diff_tell(diff, "version", "changed", was->line, is->line,
					  "the floor of '%s': was %" PRIu64
					  ", is %" PRIu64,
					  was->name, was->floor, is->floor);
	}
	for (size_t i = 0; i < b->version_count; i++)
		if (!modseal_policy_version_of(a, b->versions[i].name))
			modseal_diff_tell(diff, "version", "added", 0,
					  b->versions[i].line,
					  "the floor %" PRIu64 " of '%s'",
					  b->versions[i].floor, b->versions[i].name);
}

/* ---- revoked ------------------------------------------------------------------------
 */

static int compare_digests(const void *a, const void *b)
{
	return memcmp(a, b, MODSEAL_SHA256_SIZE);
}

static void tell_missing(struct modseal_diff *diff, const char *sort, const char *change,
			 const struct modseal_policy_digests *here,
			 const struct modseal_policy_digests *there)
{
	char text[144];

	for (size_t i = 0; i < here->count; i++) {
		if (there->count > 0 &&
		    bsearch(here->digests[i], there->digests, there->count,
			    MODSEAL_SHA256_SIZE, compare_digests))
			continue;
		modseal_digest_text(here->digests[i], text, sizeof(text));
		modseal_diff_tell(diff, "revoked", change, 0, 0, "%s %s", sort, text);
	}
}

static void compare_revoked(struct modseal_diff *diff, const char *sort,
			    struct modseal_policy_digests *before,
			    struct modseal_policy_digests *after)
{
	if (before->count > 0)
		qsort(before->digests, before->count, MODSEAL_SHA256_SIZE,
		      compare_digests);
	if (after->count > 0)
		qsort(after->digests, after->count, MODSEAL_SHA256_SIZE, compare_digests);
	tell_missing(diff, sort, "removed", before, after);
	tell_missing(diff, sort, "added", after, before);
}

void modseal_diff_root(struct modseal_diff *diff)
{
	struct modseal_policy *a = diff->before.policy, *b = diff->after.policy;

	modseal_diff_texts(diff, "policy", 0, 0, "", "name", a->name, b->name);
	compare_numbers(diff, "serial", a->serial, b->serial);
	compare_times(diff);
	modseal_diff_texts(diff, "policy", 0, 0, "", "mode",
			   a->audits ? "audit" : "enforce",
			   b->audits ? "audit" : "enforce");
	modseal_diff_texts(diff, "policy", 0, 0, "", "crypto provider",
			   modseal_provider_name(a->provider),
			   modseal_provider_name(b->provider));
	compare_lists(diff, "search", &a->search, &b->search);
	compare_numbers(diff, "limits max-size", a->max_size, b->max_size);
	compare_lists(diff, "read-only-devices", &a->read_only_devices,
		      &b->read_only_devices);
	compare_lists(diff, "process preload", &a->preload, &b->preload);
	modseal_diff_texts(diff, "policy", 0, 0, "", "process deleted",
			   tolerance_name(a->deleted), tolerance_name(b->deleted));
	modseal_diff_texts(diff, "policy", 0, 0, "", "process anonymous-executable",
			   tolerance_name(a->anonymous_executable),
			   tolerance_name(b->anonymous_executable));
	compare_records(diff);
	compare_versions(diff);
	compare_revoked(diff, "key", &a->revoked_keys, &b->revoked_keys);
	compare_revoked(diff, "certificate", &a->revoked_certificates,
			&b->revoked_certificates);
	compare_revoked(diff, "file", &a->revoked_files, &b->revoked_files);
}
