/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: remarks, accessors, and freeing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-guard.h"
#include "verifier/verdict.h"

void modseal_verdict_remark_add(struct modseal_verdict *verdict, const char *format, ...)
{
	char raw[512], escaped[640];
	const char *text = format;
	va_list arguments;

	if (verdict->remark_count ==
	    sizeof(verdict->remarks) / sizeof(verdict->remarks[0]))
		return;
	if (strchr(format, '%')) {
		int length;

		va_start(arguments, format);
		length = vsnprintf(raw, sizeof(raw), format, arguments);
		va_end(arguments);
		if (length < 0)
			return;
		text = raw;
	}
	modseal_escape(escaped, sizeof(escaped), text);
	verdict->remarks[verdict->remark_count] = strdup(escaped);
	if (verdict->remarks[verdict->remark_count])
		verdict->remark_count++;
}

void modseal_digest_text(const uint8_t digest[MODSEAL_SHA256_SIZE], char *buffer,
			 size_t size)
{
	static const char prefix[] = "sha256:", digits[] = "0123456789abcdef";
	char text[sizeof(prefix) + 2 * MODSEAL_SHA256_SIZE];
	size_t length = size < sizeof(text) ? size : sizeof(text);
	char *at = text + sizeof(prefix) - 1;

	if (length == 0)
		return;
	memcpy(text, prefix, sizeof(prefix) - 1);
	for (size_t i = 0; i < MODSEAL_SHA256_SIZE; i++) {
		*at++ = digits[digest[i] >> 4];
		*at++ = digits[digest[i] & 15];
	}
	memcpy(buffer, text, length - 1);
	buffer[length - 1] = '\0';
}

void modseal_verdict_free(struct modseal_verdict **verdict)
{
	struct modseal_verdict *old;

	if (!verdict || !*verdict)
		return;
	old = *verdict;
	*verdict = NULL;
	for (size_t i = 0; i < old->signer_count; i++) {
		free(old->signers[i]);
		free(old->timestamps[i]);
		free(old->timestamp_signers[i]);
	}
	for (size_t i = 0; i < old->remark_count; i++)
		free(old->remarks[i]);
	for (size_t i = 0; i < old->dependency_count && !old->dependencies_borrowed; i++)
		modseal_verdict_free(&old->dependencies[i]);
	free(old->dependencies);
	free(old->catalog);
	free(old->supplement);
	free(old->would_message);
	free(old->would_remedy);
	modseal_note_clear(&old->note);
	free(old->policy);
	free(old->path);
	free(old);
}

const char *modseal_verdict_path(const struct modseal_verdict *verdict)
{
	return verdict->path;
}

enum modseal_kind modseal_verdict_kind(const struct modseal_verdict *verdict)
{
	return verdict->kind;
}

const char *modseal_verdict_digest(const struct modseal_verdict *verdict)
{
	return verdict->digest;
}

const char *modseal_verdict_evidence(const struct modseal_verdict *verdict)
{
	return modseal_evidence_name(verdict->evidence);
}

const char *modseal_verdict_signer(const struct modseal_verdict *verdict, size_t index)
{
	return index < verdict->signer_count ? verdict->signers[index] : NULL;
}

const char *modseal_verdict_timestamp(const struct modseal_verdict *verdict, size_t index)
{
	return index < verdict->signer_count ? verdict->timestamps[index] : NULL;
}

const char *modseal_verdict_timestamp_signer(const struct modseal_verdict *verdict,
					     size_t index)
{
	return index < verdict->signer_count ? verdict->timestamp_signers[index] : NULL;
}

const char *modseal_verdict_catalog(const struct modseal_verdict *verdict)
{
	return verdict->catalog;
}

uint64_t modseal_verdict_catalog_serial(const struct modseal_verdict *verdict)
{
	return verdict->catalog_serial;
}

const char *modseal_verdict_supplement(const struct modseal_verdict *verdict)
{
	return verdict->supplement;
}

uint64_t modseal_verdict_supplement_serial(const struct modseal_verdict *verdict)
{
	return verdict->supplement_serial;
}

uint32_t modseal_verdict_rule_line(const struct modseal_verdict *verdict)
{
	return verdict->rule_line;
}

const char *modseal_verdict_hand_off(const struct modseal_verdict *verdict)
{
	return verdict->hand_off;
}

const char *modseal_verdict_held(const struct modseal_verdict *verdict)
{
	return verdict->held;
}

const char *modseal_verdict_policy(const struct modseal_verdict *verdict)
{
	return verdict->policy;
}

uint64_t modseal_verdict_serial(const struct modseal_verdict *verdict)
{
	return verdict->serial;
}

const char *modseal_verdict_anchor_source(const struct modseal_verdict *verdict)
{
	return verdict->anchor_source;
}

const char *modseal_verdict_state(const struct modseal_verdict *verdict)
{
	return verdict->state;
}

const char *modseal_verdict_mode(const struct modseal_verdict *verdict)
{
	if (!verdict->policy) /* by one certificate alone */
		return NULL;
	return verdict->audited ? "audit" : "enforce";
}

int modseal_verdict_would_refuse(const struct modseal_verdict *verdict)
{
	return verdict->would_refuse;
}

const char *modseal_verdict_would_refuse_reason(const struct modseal_verdict *verdict)
{
	return verdict->would_message;
}

const char *modseal_verdict_remark(const struct modseal_verdict *verdict, size_t index)
{
	return index < verdict->remark_count ? verdict->remarks[index] : NULL;
}

const struct modseal_verdict *
modseal_verdict_dependency(const struct modseal_verdict *verdict, size_t index)
{
	return index < verdict->dependency_count ? verdict->dependencies[index] : NULL;
}
