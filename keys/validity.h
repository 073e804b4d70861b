/* SPDX-License-Identifier: Apache-2.0 */
/* When a certificate is valid, read from its own digits (RFC 5280 4.1.2.5). */
#ifndef MODSEAL_KEYS_VALIDITY_H
#define MODSEAL_KEYS_VALIDITY_H

#include "keys/certificate.h"

/* Seconds since 1970 of a UTCTime or GeneralizedTime in Zulu with seconds; false for any
 * other form. Asks neither the C library nor OpenSSL, so no TZ can answer. */
bool modseal_time_read(const ASN1_TIME *time, int64_t *ret_seconds);

/* The same of the digits of such a time; is_short: its year has two (RFC 5280). */
bool modseal_time_parse(struct modseal_span text, bool is_short, int64_t *ret_seconds);

/* "2026-11-25 10:00:00Z", for messages. */
#define MODSEAL_TIME_TEXT_SIZE 64
void modseal_time_text(int64_t seconds, char text[MODSEAL_TIME_TEXT_SIZE]);

/*
 * OpenSSL's comparison of times goes through gmtime_r(3), which in glibc applies the leap
 * seconds of the file that TZ names: whoever sets TZ could make an expired certificate
 * valid. So the dates are judged here as well. below_floor: the start does not count.
 * Errors: CERTIFICATE_INVALID (malformed time), CERTIFICATE_EXPIRED.
 */
MODSEAL_MUST_CHECK int modseal_validity_judge(X509 *x509, int64_t when, bool below_floor,
					      enum modseal_stage stage,
					      const char *object,
					      struct modseal_error *error);

#endif
