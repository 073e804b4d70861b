/* SPDX-License-Identifier: Apache-2.0 */
/* When the certificates of a path are valid (R28). */
#include "chain_rows.h"

/* 2026, 2028, 2030 and a half, 2035: window.pem is valid in 2030 alone. */
#define Y2021                                                                            \
	1609459200 /* where expired.pem ends: OpenSSL takes the last second as past */
#define Y2026	     1767225600
#define Y2028	     1830297600
#define Y2030	     1893456000
#define Y2030_MIDDLE 1909000000
#define Y2031	     1924992000
#define Y2035	     2051222400

Test(chain_time, R28_validity_at_the_later_of_clock_and_floor)
{
	static const struct {
		const char *leaf;
		int64_t now, floor;
		int wanted;
	} rows[] = {
		/* a clock that is right */
		{"window.pem", Y2030_MIDDLE, 0, 0},
		{"window.pem", Y2030_MIDDLE, Y2028, 0},
		{"window.pem", Y2030_MIDDLE, Y2030_MIDDLE, 0},
		{"window.pem", Y2030, 0, 0},
		{"window.pem", Y2030 - 1, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2030 - 1, Y2030 - 1, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2031 - 1, 0, 0},
		{"window.pem", Y2031, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* a clock behind the floor: only notAfter counts, at the floor */
		{"window.pem", 0, Y2028, 0},
		{"window.pem", 0, Y2031 - 1, 0},
		{"window.pem", Y2030_MIDDLE, Y2031, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", 0, Y2035, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2028 - 1, Y2028, 0},
		{"window.pem", Y2028, Y2028, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* clock at 1970 */
		{"window.pem", 0, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"expired.pem", 0, Y2026, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"expired.pem", 0, Y2021 - 1, 0},
		{"expired.pem", 0, Y2021, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"future.pem", 0, Y2026, 0},
		{"future.pem", Y2030, Y2026, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* before 1970, and the end of time */
		{"window.pem", -1, 0, 0},
		{"window.pem", -5, -9, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", INT64_MAX, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", 0, INT64_MAX, MODSEAL_E_CERTIFICATE_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* the leaf is its own signer, so that no other date has a say */
		const struct row row = {.leaf = rows[i].leaf, .signer = rows[i].leaf};
		const struct modseal_clock clock = {rows[i].now, rows[i].floor};
		struct modseal_error error;
		int result = ask(&row, &clock, NULL, NULL, &error);

		cr_assert(eq(int, result, rows[i].wanted), "R28 row %zu (%s): %s", i,
			  rows[i].leaf, error.message);
	}
}

Test(chain_time, R28_every_certificate_of_the_path_is_dated)
{
	static const struct row rows[] = {
		{"expired.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys expired' expired at 2021-01-01"},
		{"future.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys future' is not valid before 2098-01-01"},
		{"underoldca.pem",
		 "root.pem",
		 {"oldca.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys oldca' expired"},
		{"underoldca.pem",
		 "oldca.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys oldca' expired"},
	};
	/* a dead clock does not revive the CA either */
	const struct modseal_clock dead = {0, Y2026};
	struct modseal_error error;

	TRY("R28", rows);
	cr_assert(eq(int, ask(&rows[2], &dead, NULL, NULL, &error),
		     MODSEAL_E_CERTIFICATE_EXPIRED));
}
