/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a record as JSON, as a line for syslog, and as fields of the journal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal/limits.h"
#include "verifier/record/record.h"

/* authpriv, by syslog(3); the severities are shared with the journal */
#define FACILITY (10 << 3)

static void add(struct modseal_record_text *text, const char *bytes, size_t size)
{
	if (text->failed)
		return;
	if (text->room - text->size < size) {
		size_t room = text->room + size + 2048;
		char *bigger = realloc(text->data, room);

		text->failed = bigger == NULL;
		if (!bigger)
			return;
		text->data = bigger;
		text->room = room;
	}
	memcpy(text->data + text->size, bytes, size);
	text->size += size;
}

static void add_text(struct modseal_record_text *text, const char *string)
{
	add(text, string, strlen(string));
}

/* No byte of a name ends a line or a quoted value, or reaches a terminal. */
static void add_escaped(struct modseal_record_text *text, const char *string, bool quoted)
{
	size_t size = 4 * strlen(string) + 1;
	char *escaped = malloc(size);

	if (!escaped) {
		text->failed = true;
		return;
	}
	modseal_escape(escaped, size, string);
	if (!quoted)
		add_text(text, escaped);
	for (const char *at = escaped; quoted && *at; at++) {
		if (*at == '"' || *at == '\\')
			add(text, "\\", 1);
		add(text, at, 1);
	}
	free(escaped);
}

struct printer {
	struct modseal_record_text *text;
	enum modseal_record_form form;
	bool first;
};

/* signer-key becomes MODSEAL_SIGNER_KEY */
static void add_name(struct printer *printer, const char *name)
{
	if (printer->form != MODSEAL_RECORD_JOURNAL) {
		if (printer->form == MODSEAL_RECORD_JSON && !printer->first)
			add(printer->text, ",", 1);
		if (printer->form == MODSEAL_RECORD_LINE)
			add(printer->text, " ", 1);
		if (printer->form == MODSEAL_RECORD_JSON)
			add(printer->text, "\"", 1);
		add_text(printer->text, name);
		add_text(printer->text,
			 printer->form == MODSEAL_RECORD_JSON ? "\":" : "=");
		printer->first = false;
		return;
	}
	add_text(printer->text, "MODSEAL_");
	for (; *name; name++) {
		char letter = (char)(*name == '-' ? '_' : *name - 'a' + 'A');

		add(printer->text, &letter, 1);
	}
	add(printer->text, "=", 1);
}

static void add_value(struct printer *printer, const char *value)
{
	bool quoted = printer->form != MODSEAL_RECORD_JOURNAL;

	add_text(printer->text, quoted ? "\"" : "");
	add_escaped(printer->text, value, quoted);
	add_text(printer->text, quoted ? "\"" : "\n");
}

static void field(struct printer *printer, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	add_name(printer, name);
	add_value(printer, value);
}

static void number(struct printer *printer, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	add_name(printer, name);
	add_text(printer->text, text);
	add_text(printer->text, printer->form == MODSEAL_RECORD_JOURNAL ? "\n" : "");
}

static const char *key_text(const uint8_t *key, char text[80])
{
	size_t used = (size_t)snprintf(text, 80, "sha256:");

	if (!key)
		return NULL;
	for (size_t i = 0; i < MODSEAL_SHA256_SIZE; i++)
		used += (size_t)snprintf(text + used, 80 - used, "%02x", key[i]);
	return text;
}

static void signers(struct printer *printer, const struct modseal_record *record)
{
	bool json = printer->form == MODSEAL_RECORD_JSON;
	char key[80];

	if (json && record->signer_count) {
		add_name(printer, "signers");
		add_text(printer->text, "[");
	}
	for (size_t i = 0; i < record->signer_count; i++) {
		if (json) {
			add_text(printer->text, i ? ",{" : "{");
			printer->first = true;
		}
		field(printer, json ? "name" : "signer", record->signers[i]);
		field(printer, json ? "key" : "signer-key",
		      key_text(record->signer_keys[i], key));
		add_text(printer->text, json ? "}" : "");
	}
	add_text(printer->text, json && record->signer_count ? "]" : "");
	printer->first = false;
}

static void time_field(struct printer *printer)
{
	struct timespec now = {0};
	struct tm parts = {0};
	char seconds[32], text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, sizeof(text), "%s.%06ldZ", seconds, now.tv_nsec / 1000);
	field(printer, "time", text);
}

static void fields(struct printer *printer, const struct modseal_record *record,
		   const char *program, uint32_t suppressed)
{
	char key[80];

	if (printer->form == MODSEAL_RECORD_JSON)
		number(printer, "modseal-record", 1);
	else
		number(printer, "record", 1);
	time_field(printer);
	field(printer, "verdict", record->verdict);
	field(printer, "code", modseal_code_name(record->code));
	field(printer, "stage", modseal_stage_name((int)record->stage));
	field(printer, "object", record->object);
	field(printer, "asked", record->asked);
	field(printer, "kind", record->kind);
	field(printer, "digest", record->digest);
	field(printer, "evidence", record->evidence);
	signers(printer, record);
	if (record->rule)
		number(printer, "rule", record->rule);
	field(printer, "policy", record->policy);
	number(printer, "serial", record->serial);
	field(printer, "supplement", record->supplement);
	field(printer, "anchor-source", record->anchor_source);
	field(printer, "anchor-key", key_text(record->anchor_key, key));
	field(printer, "mode", record->mode);
	if (record->pid)
		program = record->program;
	number(printer, "pid", (uint64_t)(record->pid ? record->pid : getpid()));
	if (record->parent)
		number(printer, "parent", (uint64_t)record->parent);
	number(printer, "uid", record->pid ? record->user : geteuid());
	field(printer, "program", program);
	field(printer, "command", record->command);
	field(printer, "reason", record->reason);
	field(printer, "remedy", record->remedy);
	number(printer, "suppressed", suppressed);
}

static int severity(const char *verdict)
{
	static const struct {
		const char *verdict;
		int severity;
	} rows[] = {{"undecided", 3}, {"refused", 4}, {"would-refuse", 5}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].verdict, verdict) == 0)
			return rows[i].severity;
	return 6;
}

/* quoted: fields follow in the same line, and no name may look like one. */
static void sentence(struct modseal_record_text *text,
		     const struct modseal_record *record, bool quoted)
{
	const char *quote = quoted ? "\"" : "";

	add_text(text, record->verdict);
	add_text(text, ": ");
	add_text(text, quote);
	add_escaped(text, modseal_record_object(record), quoted);
	add_text(text, quote);
	if (record->reason && *record->reason) {
		add_text(text, ": ");
		add_text(text, quote);
		add_escaped(text, record->reason, quoted);
		add_text(text, quote);
	}
}

/* As syslog(3) writes to the daemon of this machine. */
static void line_start(struct modseal_record_text *text,
		       const struct modseal_record *record)
{
	struct timespec now = {0};
	struct tm parts = {0};
	char start[64], stamp[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &parts);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &parts);
	snprintf(start, sizeof(start),
		 "<%d>%s modseal[%d]: ", FACILITY | severity(record->verdict), stamp,
		 (int)getpid());
	add_text(text, start);
	sentence(text, record, true);
}

static void journal_start(struct modseal_record_text *text,
			  const struct modseal_record *record)
{
	char start[128];

	snprintf(start, sizeof(start),
		 "PRIORITY=%d\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=modseal\n"
		 "MESSAGE_ID=" MODSEAL_RECORD_MESSAGE_ID "\nMESSAGE=",
		 severity(record->verdict));
	add_text(text, start);
	sentence(text, record, false);
	add_text(text, "\n");
}

void modseal_record_print(struct modseal_record_text *text, enum modseal_record_form form,
			  const struct modseal_record *record, const char *program,
			  uint32_t suppressed)
{
	struct printer printer = {.text = text, .form = form, .first = true};

	if (form == MODSEAL_RECORD_JSON)
		add_text(text, "{");
	else if (form == MODSEAL_RECORD_LINE)
		line_start(text, record);
	else
		journal_start(text, record);
	fields(&printer, record, program, suppressed);
	add_text(text, form == MODSEAL_RECORD_JSON ? "}\n" : "");
}
