/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a policy still counts: `expires` and `on-expiry`. */
#ifndef MODSEAL_EXPIRY_H
#define MODSEAL_EXPIRY_H

#include "verifier/context.h"

/* "YYYY-MM-DDTHH:MM:SSZ" and NUL. */
#define MODSEAL_POLICY_TIME_SIZE 24

/* Seconds since 1970 as a policy writes them. */
void modseal_policy_time_text(int64_t seconds, char text[MODSEAL_POLICY_TIME_SIZE]);

/* True once its end has come, at the later of clock and time floor. Cheap. */
bool modseal_expiry_is_past(const struct modseal_context *context,
			    const struct modseal_policy_expiry *expiry);

/* Refuses what has expired, unless it is to warn only. object stands in the message.
 * Errors: POLICY_EXPIRED. */
MODSEAL_MUST_CHECK int modseal_expiry_judge(const struct modseal_context *context,
					    const struct modseal_policy_expiry *expiry,
					    const char *object,
					    struct modseal_error *error);

#endif
