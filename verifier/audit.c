/* SPDX-License-Identifier: Apache-2.0 */
/* Audit mode: which refusals are let through, and how they are told. */
#include <stdio.h>
#include <string.h>

#include "verifier/audit.h"
#include "verifier/handle.h"
#include "verifier/recording.h"

/* Codes alone would not do: ROLLBACK is said of a file and of a catalog, PATH_UNSAFE of
 * where a file lies for the rule and of what no rule could allow. */
static const struct {
	int code;
	enum modseal_stage stage;
} tolerated[] = {
	{MODSEAL_E_PATH_NOT_ALLOWED, MODSEAL_STAGE_RULE},
	{MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_RULE},
	{MODSEAL_E_NOEXEC, MODSEAL_STAGE_RULE},
	{MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_SIGNER_NOT_ALLOWED, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_SIGNERS_TOO_FEW, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_ALGORITHM_NOT_ALLOWED, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_CERTIFICATE_EXPIRED, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_CRL_UNUSABLE, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_TIMESTAMP_MISSING, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_TIMESTAMP_INVALID, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_EVIDENCE},
	{MODSEAL_E_CATALOG_MISMATCH, MODSEAL_STAGE_IMAGE},
	{MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE},
	{MODSEAL_E_ROLLBACK, MODSEAL_STAGE_IMAGE},
	{MODSEAL_E_HAND_OFF_UNAVAILABLE, MODSEAL_STAGE_IMAGE},
	{MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE},
	{MODSEAL_E_STALE_OBJECT, MODSEAL_STAGE_GATE},
	{MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_GATE},
};

/* Without a place for the error there is none for the stage either: refused. */
static bool is_tolerated(int result, const struct modseal_error *error)
{
	for (size_t i = 0; error && i < sizeof(tolerated) / sizeof(tolerated[0]); i++)
		if (tolerated[i].code == result &&
		    tolerated[i].stage == (enum modseal_stage)error->stage)
			return true;
	return false;
}

static int note(struct modseal_verdict *verdict, int code, enum modseal_stage stage,
		const char *message, const char *remedy, struct modseal_error *error)
{
	if (verdict->would_refuse) {
		modseal_verdict_remark_add(verdict,
					   "would be refused for this, too: %s: %s",
					   modseal_code_name(code), message);
		return 0;
	}
	verdict->would_message = strdup(message);
	verdict->would_remedy = strdup(remedy);
	if (!verdict->would_message || !verdict->would_remedy)
		return modseal_fail_memory(error, stage);
	verdict->would_refuse = code;
	verdict->would_stage = stage;
	return 0;
}

int modseal_audit(struct modseal_subject *s, int result, struct modseal_error *error)
{
	if (result == 0 || !s->audits || !is_tolerated(result, error))
		return result;
	/* the dynamic linker would find nothing under the needed name, and search */
	if (result == MODSEAL_E_NAME_MISMATCH && s->needed_by)
		return result;
	result = note(s->verdict, result, (enum modseal_stage)error->stage,
		      error->message, error->remedy, error);
	if (result == 0)
		modseal_error_clear(error);
	return result;
}

int modseal_audit_gate(struct modseal_context *context, int result,
		       struct modseal_error *error)
{
	/* what a rule of its own enforces was refused by that, not by the gate */
	if (result == 0 || !context->base.policy->audits ||
	    !is_tolerated(result, error) || error->stage != MODSEAL_STAGE_GATE)
		return result;
	modseal_debug(context, "gate: would be refused: %s: %s: %s",
		      modseal_code_name(result), error->object, error->message);
	modseal_recording_gate(context, "would-refuse", error);
	atomic_fetch_add(&context->would_refuse, 1);
	modseal_error_clear(error);
	return 0;
}

int modseal_audit_closure(struct modseal_subject *root, struct modseal_error *error)
{
	for (size_t i = 0; i < root->closure.count; i++) {
		const struct modseal_subject *member = root->closure.members[i];
		const struct modseal_verdict *verdict = member->verdict;
		char message[sizeof(error->message)];
		int result;

		/* without one it is loaded already, and would not be refused */
		if (!verdict || !verdict->would_refuse)
			continue;
		snprintf(message, sizeof(message), "%s (needed: %s)",
			 verdict->would_message, verdict->path);
		result = note(root->verdict, verdict->would_refuse, verdict->would_stage,
			      message, verdict->would_remedy, error);
		if (result < 0)
			return result;
	}
	return 0;
}

void modseal_audit_count_verdict(struct modseal_context *context,
				 const struct modseal_verdict *verdict)
{
	if (verdict->would_refuse)
		atomic_fetch_add(&context->would_refuse, 1);
}

uint64_t modseal_audit_count(struct modseal *handle)
{
	struct modseal_context *context = NULL;
	uint64_t count;

	if (modseal_handle_take(handle, &context, NULL) < 0)
		return 0;
	count = atomic_load(&context->would_refuse);
	modseal_context_close(&context);
	return count;
}
