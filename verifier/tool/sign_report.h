/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a run, for the evidence of a release: modseal(1), REPORTS. */
#ifndef MODSEAL_TOOL_SIGN_REPORT_H
#define MODSEAL_TOOL_SIGN_REPORT_H

#include <jansson.h>

#include "modseal-sign.h"
#include "verifier/tool/files.h"

/* What came of one file. */
struct sign_report_file {
	const struct file *file;
	const char *result; /* "signed", "already-signed", "failed", "not-done" */
	const struct modseal_outcome *outcome; /* of a file that is signed, else NULL */
	const struct modseal_error *error;     /* of one that failed, or NULL */
};

/* Can the report be written there? Only an old report may be replaced. Errors: EXISTS,
 * NOT_WRITABLE. */
MODSEAL_MUST_CHECK int sign_report_check(const char *path, struct modseal_error *error);

/* Adds to *files, a JSON array; NULL, and it stays so, where memory has run out. */
void sign_report_add(json_t **files, const struct sign_report_file *file);

/* Writes all, whole and synced. Takes files and summary. Errors: RESOURCE, NOT_WRITABLE,
 * SYSTEM. */
MODSEAL_MUST_CHECK int sign_report_write(const struct options *options,
					 const struct modseal_signing_key *key,
					 json_t *files, json_t *summary,
					 struct modseal_error *error);

#endif
