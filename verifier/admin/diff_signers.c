/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of signers, and of the catalogs and supplements they sign. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/diff.h"
#include "verifier/verdict.h"

static const char *purpose_name(unsigned bit)
{
	return modseal_purpose_name((enum modseal_purpose)bit);
}

static const char *algorithm_name(unsigned bit)
{
	return modseal_algorithm_name((enum modseal_algorithm)bit);
}

/* ---- signers ------------------------------------------------------------------------
 */

/* Names sorted, so that thousands are found in time. */
struct index {
	const struct modseal_policy_signer **items;
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	const struct modseal_policy_signer *x =
		*(const struct modseal_policy_signer *const *)a;
	const struct modseal_policy_signer *y =
		*(const struct modseal_policy_signer *const *)b;

	return strcmp(x->name, y->name);
}

static bool make_index(const struct modseal_policy *policy, struct index *index)
{
	index->count = policy->signer_count;
	index->items = calloc(index->count + 1, sizeof(*index->items));
	for (size_t i = 0; index->items && i < index->count; i++)
		index->items[i] = &policy->signers[i];
	if (index->items && index->count > 0)
		qsort(index->items, index->count, sizeof(*index->items), by_name);
	return index->items != NULL;
}

static const struct modseal_policy_signer *find(const struct index *index,
						const struct modseal_policy_signer *like)
{
	const struct modseal_policy_signer *const *found =
		index->count == 0 ? NULL
				  : bsearch(&like, index->items, index->count,
					    sizeof(*index->items), by_name);

	return found ? *found : NULL;
}

/* "sha256:..." of the key, or of what the text says of the certificate. */
static void key_text(const struct modseal_diff_side *side,
		     const struct modseal_policy_signer *signer, char *text)
{
	char digest[144];

	text[0] = '\0';
	if (side->context) {
		size_t number = (size_t)(signer - side->policy->signers);

		modseal_digest_text(
			modseal_signer_key_digest(side->context->base.signers[number]),
			digest, sizeof(digest));
		modseal_diff_append(text, "%s", digest);
	} else if (signer->certificate_file) {
		modseal_digest_text(signer->certificate_sha256, digest, sizeof(digest));
		modseal_diff_append(text, "that of a certificate file %s", digest);
	} else {
		modseal_diff_append(text, "that of a certificate of %zu bytes",
				    strlen(signer->certificate));
	}
}

static bool same_certificate(const struct modseal_policy_signer *a,
			     const struct modseal_policy_signer *b)
{
	if (a->certificate && b->certificate)
		return strcmp(a->certificate, b->certificate) == 0;
	return a->certificate_file && b->certificate_file &&
	       memcmp(a->certificate_sha256, b->certificate_sha256,
		      MODSEAL_SHA256_SIZE) == 0;
}

static void compare_keys(struct modseal_diff *diff, const char *label,
			 const struct modseal_policy_signer *a,
			 const struct modseal_policy_signer *b)
{
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];

	if (same_certificate(a, b))
		return;
	key_text(&diff->before, a, old);
	key_text(&diff->after, b, new);
	if (strcmp(old, new) == 0)
		modseal_diff_tell(diff, "signer", "changed", a->line, b->line,
				  "%s: another certificate of the same key", label);
	else
		modseal_diff_tell(diff, "signer", "changed", a->line, b->line,
				  "%s: key replaced: was %s, is %s", label, old, new);
}

static const char *crl_name(const struct modseal_policy_signer *signer)
{
	static const char *const names[] = {"none", "if-present", "required"};

	return names[signer->crl];
}

static void compare_signer(struct modseal_diff *diff,
			   const struct modseal_policy_signer *a,
			   const struct modseal_policy_signer *b)
{
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];
	char label[MODSEAL_DIFF_TEXT] = "";

	modseal_diff_append(label, "signer '%s'", a->name);
	compare_keys(diff, label, a, b);
	modseal_diff_texts(diff, "signer", a->line, b->line, label, "trust",
			   a->trust == MODSEAL_TRUST_CHAIN ? "chain" : "pinned",
			   b->trust == MODSEAL_TRUST_CHAIN ? "chain" : "pinned");
	modseal_diff_bits(old, a->purposes, MODSEAL_PURPOSE_COUNT, 0, purpose_name);
	modseal_diff_bits(new, b->purposes, MODSEAL_PURPOSE_COUNT, 0, purpose_name);
	modseal_diff_texts(diff, "signer", a->line, b->line, label, "purposes", old, new);
	modseal_diff_bits(old, a->algorithms, MODSEAL_ALGORITHM_COUNT,
			  MODSEAL_ALGORITHMS_ALL, algorithm_name);
	modseal_diff_bits(new, b->algorithms, MODSEAL_ALGORITHM_COUNT,
			  MODSEAL_ALGORITHMS_ALL, algorithm_name);
	modseal_diff_texts(diff, "signer", a->line, b->line, label, "algorithms", old,
			   new);
	modseal_diff_texts(diff, "signer", a->line, b->line, label, "crl", crl_name(a),
			   crl_name(b));
	modseal_diff_list(old, &a->crl_files);
	modseal_diff_list(new, &b->crl_files);
	modseal_diff_texts(diff, "signer", a->line, b->line, label, "crl-files", old,
			   new);
	if (a->crl_maximum_age != b->crl_maximum_age)
		modseal_diff_tell(diff, "signer", "changed", a->line, b->line,
				  "%s: crl-maximum-age: was %" PRIu64 ", is %" PRIu64
				  " days",
				  label, a->crl_maximum_age, b->crl_maximum_age);
	if ((a->intermediates == NULL) != (b->intermediates == NULL) ||
	    (a->intermediates && strcmp(a->intermediates, b->intermediates) != 0))
		modseal_diff_tell(diff, "signer", "changed", a->line, b->line,
				  "%s: other intermediates", label);
}

static void tell_signer(struct modseal_diff *diff, const struct modseal_diff_side *side,
			const struct modseal_policy_signer *signer, bool added)
{
	char key[MODSEAL_DIFF_TEXT], purposes[MODSEAL_DIFF_TEXT];

	key_text(side, signer, key);
	modseal_diff_bits(purposes, signer->purposes, MODSEAL_PURPOSE_COUNT, 0,
			  purpose_name);
	modseal_diff_tell(diff, "signer", added ? "added" : "removed",
			  added ? 0 : signer->line, added ? signer->line : 0,
			  "signer '%s' (%s, for %s, key %s)", signer->name,
			  signer->trust == MODSEAL_TRUST_CHAIN ? "chain" : "pinned",
			  purposes, key);
}

static void compare_signers(struct modseal_diff *diff)
{
	struct index old = {0}, new = {0};

	if (!make_index(diff->before.policy, &old) ||
	    !make_index(diff->after.policy, &new)) {
		diff->result = modseal_fail_memory(diff->error, MODSEAL_STAGE_POLICY);
	} else {
		for (size_t i = 0; i < old.count && !diff->result; i++) {
			const struct modseal_policy_signer *other =
				find(&new, old.items[i]);

			if (other)
				compare_signer(diff, old.items[i], other);
			else
				tell_signer(diff, &diff->before, old.items[i], false);
		}
		for (size_t i = 0; i < new.count && !diff->result; i++)
			if (!find(&old, new.items[i]))
				tell_signer(diff, &diff->after, new.items[i], true);
	}
	free(old.items);
	free(new.items);
}

/* ---- who signs the next policy ------------------------------------------------------
 */

static void policy_signers_text(const struct modseal_policy *policy, char *text)
{
	text[0] = '\0';
	for (size_t i = 0; i < policy->policy_signer_count; i++) {
		const struct modseal_policy_signer *signer = &policy->policy_signers[i];

		modseal_diff_append(text, "%s%s", i ? ", " : "",
				    signer->certificate_file ? signer->certificate_file
							     : "a certificate as text");
	}
	if (policy->policy_signer_count > 0)
		modseal_diff_append(text, " (%u of them)", policy->policy_signer_require);
}

static void compare_policy_signers(struct modseal_diff *diff)
{
	const struct modseal_policy *a = diff->before.policy, *b = diff->after.policy;
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];
	size_t count = a->policy_signer_count;
	bool same = count == b->policy_signer_count;

	for (size_t i = 0; same && i < count; i++)
		same = same_certificate(&a->policy_signers[i], &b->policy_signers[i]);
	policy_signers_text(a, old);
	policy_signers_text(b, new);
	if (strcmp(old, new) != 0)
		modseal_diff_texts(diff, "policy", 0, 0, "", "policy-signers", old, new);
	else if (!same)
		modseal_diff_tell(diff, "policy", "changed", 0, 0,
				  "policy-signers: other certificates under the same "
				  "names");
}

/* ---- catalogs and supplements -------------------------------------------------------
 */

static const struct modseal_policy_part *
find_part(const struct modseal_policy_part *parts, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}

static void compare_part(struct modseal_diff *diff, const char *what,
			 const struct modseal_policy_part *a,
			 const struct modseal_policy_part *b)
{
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];
	char label[MODSEAL_DIFF_TEXT] = "";

	modseal_diff_append(label, "%s '%s'", what, a->name);
	modseal_diff_texts(diff, what, a->line, b->line, label, "file", a->file, b->file);
	modseal_diff_names(old, diff->before.policy, a->signers, a->signer_count);
	modseal_diff_names(new, diff->after.policy, b->signers, b->signer_count);
	modseal_diff_texts(diff, what, a->line, b->line, label, "signers", old, new);
	if (a->require != b->require)
		modseal_diff_tell(diff, what, "changed", a->line, b->line,
				  "%s: require: was %u, is %u", label, a->require,
				  b->require);
	if (a->minimum_serial != b->minimum_serial)
		modseal_diff_tell(diff, what, "changed", a->line, b->line,
				  "%s: minimum-serial: was %" PRIu64 ", is %" PRIu64,
				  label, a->minimum_serial, b->minimum_serial);
}

static void compare_parts(struct modseal_diff *diff, const char *what,
			  const struct modseal_policy_part *before, size_t before_count,
			  const struct modseal_policy_part *after, size_t after_count)
{
	for (size_t i = 0; i < before_count; i++) {
		const struct modseal_policy_part *other =
			find_part(after, after_count, before[i].name);

		if (other)
			compare_part(diff, what, &before[i], other);
		else
			modseal_diff_tell(diff, what, "removed", before[i].line, 0,
					  "%s '%s' (%s)", what, before[i].name,
					  before[i].file);
	}
	for (size_t i = 0; i < after_count; i++)
		if (!find_part(before, before_count, after[i].name))
			modseal_diff_tell(diff, what, "added", 0, after[i].line,
					  "%s '%s' (%s)", what, after[i].name,
					  after[i].file);
}

void modseal_diff_signers(struct modseal_diff *diff)
{
	const struct modseal_policy *a = diff->before.policy, *b = diff->after.policy;

	compare_policy_signers(diff);
	compare_signers(diff);
	compare_parts(diff, "catalog", a->catalogs, a->catalog_count, b->catalogs,
		      b->catalog_count);
	compare_parts(diff, "supplement", a->supplements, a->supplement_count,
		      b->supplements, b->supplement_count);
}
