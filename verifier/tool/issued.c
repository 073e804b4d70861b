/* SPDX-License-Identifier: Apache-2.0 */
/* The time and the serial number that what is made says of itself. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/issued.h"

#include <stdlib.h>
#include <time.h>

#include "verifier/tool/output.h"

/* 9999-12-31T23:59:59Z: no later time has four digits for its year. */
#define LAST_SECOND 253402300799

bool issued_number(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > 9007199254740991)
			return false;
	}
	*ret_number = number;
	return true;
}

int issued_epoch(uint64_t fallback, uint64_t *ret_seconds)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	*ret_seconds = fallback;
	if (epoch && (!issued_number(epoch, ret_seconds) || *ret_seconds > LAST_SECOND))
		return output_wrong_use(
			"SOURCE_DATE_EPOCH",
			"set it to a number of seconds since 1970, or take it out of the "
			"environment",
			"not such a number, or later than the year 9999");
	return EXIT_DONE;
}

int issued_choose(const struct options *options, char buffer[ISSUED_SIZE],
		  const char **ret_issued)
{
	uint64_t seconds;
	struct tm parts;
	time_t when;
	int status;

	if (options->issued) {
		*ret_issued = options->issued;
		return EXIT_DONE;
	}
	status = issued_epoch((uint64_t)time(NULL), &seconds);
	if (status != EXIT_DONE)
		return status;
	when = (time_t)seconds;
	if (!gmtime_r(&when, &parts) ||
	    strftime(buffer, ISSUED_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return output_wrong_use(NULL, "give one with --issued",
					"the time cannot be written");
	*ret_issued = buffer;
	return EXIT_DONE;
}
#else
typedef int modseal_issued_is_left_out; /* something declared (C11 6.9) */
#endif
