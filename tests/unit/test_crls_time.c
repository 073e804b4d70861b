/* SPDX-License-Identifier: Apache-2.0 */
/* When revocation lists count, and what their times say about now (R28). */
#include "crl_rows.h"

TestSuite(crls_time, .init = set_up, .fini = tear_down);

/* later.crl: June 2026; old.crl: January 2026; coming.crl: 2098; root.crl: 2026 to 2096.
 */
Test(crls_time, R28_lists_are_dated_by_the_later_of_clock_and_floor)
{
#define JUNE	 INT64_C(1780272000)
#define FEBRUARY INT64_C(1769904000)
	static const struct answer rows[] = {
		{{.demand = REQUIRED, .lists = {"later.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"later.crl"}, .now = JUNE}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"later.crl"}, .now = JUNE - 1},
		 UNUSABLE,
		 "is from the future (2026-06-01 00:00:00Z)",
		 0},
		{{.demand = REQUIRED, .lists = {"later.crl"}, .now = JUNE + 30 * DAY},
		 0,
		 NULL,
		 0},
		{{.demand = REQUIRED, .lists = {"later.crl"}, .now = JUNE + 30 * DAY + 1},
		 UNUSABLE,
		 "has expired at 2026-07-01 00:00:00Z",
		 0},
		{{.demand = IF_PRESENT, .lists = {"later.crl"}, .now = Y2028},
		 UNUSABLE,
		 "has expired",
		 0},
		{{.demand = IF_PRESENT, .lists = {"coming.crl"}},
		 UNUSABLE,
		 "is from the future",
		 0},
		/* an old clock does not revive an old list */
		{{.demand = REQUIRED, .lists = {"old.crl"}, .now = -1, .floor = Y2026},
		 0,
		 NULL,
		 0},
		{{.demand = REQUIRED, .lists = {"old.crl"}, .now = -1, .floor = JUNE},
		 UNUSABLE,
		 "has expired",
		 0},
		{{.demand = REQUIRED,
		  .lists = {"old.crl"},
		  .now = -1,
		  .floor = FEBRUARY + 1},
		 UNUSABLE,
		 "has expired",
		 0},
		/* a clock behind a signed time is wrong: the list may be right */
		{{.demand = REQUIRED, .lists = {"later.crl"}, .now = -1, .floor = Y2026},
		 0,
		 NULL,
		 0},
		{{.demand = REQUIRED, .lists = {"coming.crl"}, .now = -1, .floor = Y2026},
		 0,
		 NULL,
		 0},
		{{.demand = REQUIRED,
		  .lists = {"later.crl"},
		  .now = Y2026,
		  .floor = Y2026},
		 UNUSABLE,
		 "is from the future",
		 0},
		/* the newest decides; what it takes back is good again */
		{{.demand = REQUIRED, .lists = {"old.crl", "later.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"later.crl", "old.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"later.crl", "root.crl"}, .now = Y2028},
		 UNUSABLE,
		 "later.crl of the signer 'acme' has expired",
		 0},
		{{.demand = REQUIRED, .lists = {"root.crl", "coming.crl"}},
		 UNUSABLE,
		 "coming.crl",
		 0},
		/* what was revoked does not become good by waiting */
		{{.demand = REQUIRED,
		  .leaf = "bad.pem",
		  .lists = {"old.crl"},
		  .now = Y2028},
		 REVOKED,
		 NULL,
		 0},
		{{.demand = IF_PRESENT,
		  .leaf = "bad.pem",
		  .lists = {"root.crl"},
		  .maximum_age = 1,
		  .now = Y2028},
		 REVOKED,
		 NULL,
		 0},
		/* the maximum age: older is as good as missing */
		{{.demand = REQUIRED,
		  .lists = {"root.crl"},
		  .maximum_age = 30,
		  .now = Y2026 + 30 * DAY},
		 0,
		 NULL,
		 0},
		{{.demand = REQUIRED,
		  .lists = {"root.crl"},
		  .maximum_age = 30,
		  .now = Y2026 + 30 * DAY + 1},
		 UNUSABLE,
		 "is too old: it is of 2026-01-01 00:00:00Z, and crl-maximum-age is 30",
		 0},
		{{.demand = IF_PRESENT,
		  .lists = {"root.crl"},
		  .maximum_age = 30,
		  .now = Y2028},
		 0,
		 NULL,
		 1},
		{{.demand = REQUIRED,
		  .lists = {"root.crl"},
		  .maximum_age = 30,
		  .now = -1,
		  .floor = Y2026 + 30 * DAY + 1},
		 UNUSABLE,
		 "is too old",
		 0},
	};

	TRY("R28", rows);
}

/* Signed times: only of lists whose signature is good, and not later than asked. */
Test(crls_time, R28_only_good_signatures_raise_the_floor)
{
	static const struct {
		struct question question;
		int64_t latest, wanted;
	} rows[] = {
		{{.demand = REQUIRED, .lists = {"root.crl"}}, INT64_MAX, Y2026},
		{{.demand = IF_PRESENT, .lists = {"root.crl"}}, Y2026, Y2026},
		{{.demand = REQUIRED, .lists = {"root.crl"}}, Y2026 - 1, INT64_MIN},
		{{.demand = REQUIRED, .lists = {"later.crl", "root.crl"}}, JUNE, JUNE},
		{{.demand = REQUIRED, .lists = {"later.crl", "root.crl"}},
		 JUNE - 1,
		 Y2026},
		{{.demand = REQUIRED, .lists = {"coming.crl", "root.crl"}}, Y2028, Y2026},
		{{.demand = REQUIRED, .lists = {"fake.crl"}}, INT64_MAX, INT64_MIN},
		{{.demand = REQUIRED, .lists = {"weak.crl"}}, INT64_MAX, INT64_MIN},
		{{.demand = REQUIRED, .lists = {"inter.crl"}}, INT64_MAX, INT64_MIN},
		{{.demand = REQUIRED, .lists = {"damaged.crl", "-"}},
		 INT64_MAX,
		 INT64_MIN},
		{{.demand = REQUIRED, .signer = "mute.pem", .lists = {"mute.crl"}},
		 INT64_MAX,
		 INT64_MIN},
		{{.demand = NONE, .lists = {"root.crl"}}, INT64_MAX, INT64_MIN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_signer *signer = make_signer(&rows[i].question);

		cr_assert(eq(i64, modseal_signer_listed_at(signer, rows[i].latest),
			     rows[i].wanted),
			  "R28 row %zu", i);
		modseal_signer_free(&signer);
	}
}
