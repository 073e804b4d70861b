/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the dates of a certificate by arithmetic of our own. */
#include <stdio.h>

#include "keys/validity.h"

#define SECONDS_PER_DAY 86400

static bool take_number(const unsigned char **at, int digits, int *ret_number)
{
	int number = 0;

	for (int i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		number = number * 10 + (**at - '0');
	}
	*ret_number = number;
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t days_to(int year, int month, int day)
{
	static const int before[] = {0,	  31,  59,  90,	 120, 151,
				     181, 212, 243, 273, 304, 334};
	int64_t past = year - 1;
	int64_t days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;

	return days + before[month - 1] + (month > 2 && is_leap(year)) + day - 1;
}

bool modseal_time_parse(struct modseal_span text, bool is_short, int64_t *ret_seconds)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day, hour, minute, second;
	const unsigned char *at = text.data;

	if (text.size != (is_short ? 13 : 15) || at[text.size - 1] != 'Z')
		return false;
	if (!take_number(&at, is_short ? 2 : 4, &year) || !take_number(&at, 2, &month) ||
	    !take_number(&at, 2, &day) || !take_number(&at, 2, &hour) ||
	    !take_number(&at, 2, &minute) || !take_number(&at, 2, &second))
		return false;
	if (is_short)
		year += year < 50 ? 2000 : 1900;
	if (year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (month == 2 && is_leap(year)) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	*ret_seconds = days_to(year, month, day) * SECONDS_PER_DAY + hour * 3600 +
		       minute * 60 + second;
	return true;
}

bool modseal_time_read(const ASN1_TIME *time, int64_t *ret_seconds)
{
	int type = time ? ASN1_STRING_type(time) : V_ASN1_UNDEF;

	if (type != V_ASN1_UTCTIME && type != V_ASN1_GENERALIZEDTIME)
		return false;
	return modseal_time_parse(modseal_span_of(ASN1_STRING_get0_data(time),
						  (size_t)ASN1_STRING_length(time)),
				  type == V_ASN1_UTCTIME, ret_seconds);
}

void modseal_time_text(int64_t seconds, char text[MODSEAL_TIME_TEXT_SIZE])
{
	int64_t day = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0);
	unsigned rest = (unsigned)(seconds - day * SECONDS_PER_DAY);
	int year = (int)(day / 366) + 1970; /* not too late, for days after 1970 */
	int month = 12;

	if (day < days_to(1970, 1, 1) || day > days_to(9999, 12, 31)) {
		snprintf(text, MODSEAL_TIME_TEXT_SIZE, "?");
		return;
	}
	while (year < 9999 && days_to(year + 1, 1, 1) <= day)
		year++;
	while (days_to(year, month, 1) > day)
		month--;
	snprintf(text, MODSEAL_TIME_TEXT_SIZE, "%04d-%02d-%02d %02u:%02u:%02uZ", year,
		 month, (int)(day - days_to(year, month, 1)) + 1, rest / 3600 % 24,
		 rest / 60 % 60, rest % 60);
}

int modseal_validity_judge(X509 *x509, int64_t when, bool below_floor,
			   enum modseal_stage stage, const char *object,
			   struct modseal_error *error)
{
	int64_t since, until;

	if (!modseal_time_read(X509_get0_notBefore(x509), &since) ||
	    !modseal_time_read(X509_get0_notAfter(x509), &until))
		return modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID, stage, object,
				    "a certificate's times of validity are malformed");
	if (until < when)
		return modseal_fail(error, MODSEAL_E_CERTIFICATE_EXPIRED, stage, object,
				    "a certificate has expired");
	if (since > when && !below_floor)
		return modseal_fail(error, MODSEAL_E_CERTIFICATE_EXPIRED, stage, object,
				    "a certificate is not valid yet");
	return 0;
}
