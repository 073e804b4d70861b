/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a policy still counts: `expires` and `on-expiry`. */
#include <stdio.h>
#include <time.h>

#include "verifier/expiry.h"

void modseal_policy_time_text(int64_t seconds, char text[MODSEAL_POLICY_TIME_SIZE])
{
	time_t when = (time_t)seconds;
	struct tm parts;

	text[0] = '\0';
	if (gmtime_r(&when, &parts))
		strftime(text, MODSEAL_POLICY_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* As certificates are judged (R28): a clock that was set back, or died, does not bring an
 * expired policy back to life once something newer was signed. */
bool modseal_expiry_is_past(const struct modseal_context *context,
			    const struct modseal_policy_expiry *expiry)
{
	struct modseal_clock clock;

	if (!expiry->given)
		return false;
	clock = modseal_context_clock(context);
	return clock.now >= expiry->time || clock.floor >= expiry->time;
}

int modseal_expiry_judge(const struct modseal_context *context,
			 const struct modseal_policy_expiry *expiry, const char *object,
			 struct modseal_error *error)
{
	char when[MODSEAL_POLICY_TIME_SIZE];

	if (expiry->warns || !modseal_expiry_is_past(context, expiry))
		return 0;
	modseal_policy_time_text(expiry->time, when);
	return modseal_fail(error, MODSEAL_E_POLICY_EXPIRED, MODSEAL_STAGE_POLICY, object,
			    "expired on %s", when);
}
