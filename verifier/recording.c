/* SPDX-License-Identifier: Apache-2.0 */
/* Which verdicts become records, and what the record of one says. */
#include "verifier/recording.h"

#include <limits.h>
#include <string.h>

#include "modseal-guard.h"
#include "verifier/record/record.h"

int modseal_recording_start(struct modseal_context *context, struct modseal_error *error)
{
	const struct modseal_policy_records *records = &context->base.policy->records;
	struct modseal_recorder_config config = {
		.to = records->to,
		.file = records->file,
		.caller_owned = (context->flags & MODSEAL_OPEN_CALLER_OWNED) != 0,
		.refused_only = records->refused_only,
		.per_minute = records->per_minute,
		.syslog_socket = MODSEAL_RECORD_SYSLOG_SOCKET,
		.journal_socket = MODSEAL_RECORD_JOURNAL_SOCKET,
	};

	/* a tree is another system's, and so are its records */
	if (!config.to || context->root >= 0)
		return 0;
	return modseal_recorder_new(&config, &context->recorder, error);
}

/* Whatever comes of the record, nothing comes of it for the verdict (R106). */
static void write_record(struct modseal_context *context, struct modseal_record *record)
{
	uint64_t lost;

	record->policy = context->base.policy->name;
	record->serial = context->base.policy->serial;
	record->anchor_source = context->anchor_source;
	for (size_t i = 0; i < context->anchor_count && !record->anchor_key; i++)
		if (context->anchor_signed[i])
			record->anchor_key =
				modseal_signer_key_digest(context->anchors[i]);
	lost = modseal_record_write(context->recorder, record);
	if (lost && !atomic_exchange(&context->loss_told, true))
		modseal_debug(context, "a record could not be written: %s",
			      context->base.policy->records.file
				      ? context->base.policy->records.file
				      : "the daemon does not take it");
}

static void name_user(struct modseal_record *record, const struct modseal_use *use)
{
	record->pid = use->pid;
	record->parent = use->parent;
	record->user = use->user;
	record->program = use->program;
	record->command = use->command;
}

void modseal_recording_use(struct modseal_context *context, const struct modseal_use *use,
			   const struct modseal_error *refusal, bool passed)
{
	struct modseal_record record = {
		.verdict = passed				   ? "would-refuse"
			   : modseal_code_exit(refusal->code) == 1 ? "refused"
								   : "undecided",
		.code = refusal->code,
		.stage = (enum modseal_stage)refusal->stage,
		.object = use->path ? use->path : refusal->object,
		.mode = passed ? "audit" : "enforce",
		.reason = refusal->message,
		.remedy = refusal->remedy,
	};

	name_user(&record, use);
	if (context->recorder)
		write_record(context, &record);
}

void modseal_recording_subject(const struct modseal_subject *s,
			       const struct modseal_verdict *verdict, int result,
			       const struct modseal_error *error)
{
	bool refused = result < 0;
	struct modseal_record record = {
		.verdict = "accepted",
		.stage = MODSEAL_STAGE_APPROVE,
		.object = s->located.path,
		/* what nobody could open needs no room */
		.asked = strnlen(s->asked, PATH_MAX) < PATH_MAX ? s->asked : NULL,
		/* before the rule step it may be left to the rule */
		.kind = s->kind == MODSEAL_KIND_BY_RULE
				? NULL
				: modseal_purpose_name((enum modseal_purpose)s->kind),
		.rule = s->rule ? s->rule->line : 0,
		.mode = s->audits ? "audit" : "enforce",
	};
	char digest[sizeof(verdict->digest)] = "";

	if (!s->context->recorder)
		return;
	/* Who opens a file may only want to read it: it is refused, and recorded, when it
	 * is to be executed. */
	if (refused && s->use && s->to_load)
		return;
	/* it is known which file it is, whatever became of it here */
	if (s->use && !record.object)
		record.object = s->use->path;
	if (s->use)
		name_user(&record, s->use);
	if (refused) {
		record.verdict = modseal_code_exit(result) == 1 ? "refused" : "undecided";
		record.code = result;
		record.stage = (enum modseal_stage)error->stage;
		record.reason = error->message;
		record.remedy = error->remedy;
	} else if (verdict->would_refuse) {
		record.verdict = "would-refuse";
		record.code = verdict->would_refuse;
		record.stage = verdict->would_stage;
		record.reason = verdict->would_message;
		record.remedy = verdict->would_remedy;
	}
	if (s->digest_known)
		modseal_subject_digest_text(s, digest, sizeof(digest));
	record.digest = digest;
	if (verdict) {
		record.evidence = modseal_evidence_name(verdict->evidence);
		record.signers = (const char *const *)verdict->signers;
		record.signer_keys = verdict->signer_keys;
		record.signer_count = verdict->signer_count;
		record.supplement = verdict->supplement;
	}
	write_record(s->context, &record);
}

void modseal_recording_gate(struct modseal_context *context, const char *verdict,
			    const struct modseal_error *error)
{
	struct modseal_record record = {
		.verdict = verdict,
		.code = error->code,
		.stage = (enum modseal_stage)error->stage,
		.object = error->object,
		.mode = context->base.policy->audits ? "audit" : "enforce",
		.reason = error->message,
		.remedy = error->remedy,
	};

	if (context->recorder)
		write_record(context, &record);
}
