/* SPDX-License-Identifier: Apache-2.0 */
/* How a failure is recorded: one call fills the caller's struct modseal_error. */
#ifndef MODSEAL_INTERNAL_ERROR_H
#define MODSEAL_INTERNAL_ERROR_H

#include <stdarg.h>

#include "modseal.h"

/*
 * Records a failure and returns its code, so that a caller writes
 * `return modseal_fail(error, MODSEAL_E_X, MODSEAL_STAGE_Y, path, "why %s", what);`
 *
 * error may be NULL. object names the file or thing (may be NULL: none). The message is
 * one clause without final full stop; NULL takes the code's sentence. The remedy becomes
 * the code's own. Control bytes, and bytes that are not UTF-8, are escaped as \xNN in
 * object and message, so that every text of an error can be printed as it is. errno is
 * kept.
 */
int modseal_fail(struct modseal_error *error, int code, enum modseal_stage stage,
		 const char *object, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same for a failed system call: keeps errnum and appends its text to the message.
 * ENOMEM, EMFILE, ENFILE turn the code into MODSEAL_E_RESOURCE. */
int modseal_fail_errno(struct modseal_error *error, int code, enum modseal_stage stage,
		       int errnum, const char *object, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Replaces the remedy of a recorded failure by a more exact one. */
void modseal_remedy(struct modseal_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* MODSEAL_E_RESOURCE for a failed allocation. */
int modseal_fail_memory(struct modseal_error *error, enum modseal_stage stage);

/* Sets every byte to zero; the error then says MODSEAL_OK. error may be NULL. */
void modseal_error_clear(struct modseal_error *error);

#endif
