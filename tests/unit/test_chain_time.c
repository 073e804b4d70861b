/* SPDX-License-Identifier: Apache-2.0 */
/* When the certificates of a path are valid (R28). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "chain_rows.h"
#include "keys/validity.h"

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
		const struct modseal_clock clock = {.now = rows[i].now,
						    .floor = rows[i].floor};
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
	/* whatever else is wrong, below a date that is wrong as well */
	static const struct row worse[] = {
		{"oldca.pem",
		 "oldca.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "is a CA's"},
		{"oldca.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "is a CA's"},
	};
	/* a dead clock does not revive the CA either */
	const struct modseal_clock dead = {.floor = Y2026};
	struct modseal_error error;

	TRY("R28", rows);
	TRY("R28", worse);
	cr_assert(eq(int, ask(&rows[2], &dead, NULL, NULL, &error),
		     MODSEAL_E_CERTIFICATE_EXPIRED));
}

/* Who only names an issuer that has expired is nobody, with any clock. */
Test(chain_time, R18_no_date_stands_in_for_a_signature)
{
	static const struct row forged = {.leaf = "fakeleaf.pem", .signer = "root.pem"};
	static const struct modseal_clock clocks[] = {
		{.now = Y9999},
		{.now = INT64_MAX},
		{.now = INT64_MIN},
		{.floor = INT64_MAX},
		{.now = Y2026, .stamped = true, .stamp = Y9999},
	};

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct modseal_error error;

		cr_assert(eq(int, ask(&forged, &clocks[i], NULL, NULL, &error),
			     MODSEAL_E_SIGNER_NOT_ALLOWED),
			  "clock %zu: %s", i, error.message);
	}
}

/*
 * A time zone file with one leap second of ten years (RFC 8536): where TZ names it,
 * gmtime_r shows a time ten years before the one asked for.
 */
static void put_number(FILE *file, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		fputc((int)(number >> shift & 0xff), file);
}

/* Header, then one type of time: UTC. */
static void put_zone(FILE *file, uint32_t leap_seconds)
{
	fwrite("TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1, 20, file);
	put_number(file, 0); /* UT indicators, standard indicators, leap seconds, */
	put_number(file, 0); /* transitions, types, bytes of names */
	put_number(file, leap_seconds);
	put_number(file, 0);
	put_number(file, 1);
	put_number(file, 4);
	fwrite("\0\0\0\0\0\0UTC\0", 1, 10, file);
}

static void use_hostile_zone(const char *path)
{
	FILE *file = fopen(path, "wb");
	char name[256];

	cr_assert(file != NULL);
	put_zone(file, 0);
	put_zone(file, 1);
	put_number(file, 0);
	put_number(file, 1);
	put_number(file, 315360000);
	fputs("\nUTC0\n", file);
	cr_assert(fclose(file) == 0);
	snprintf(name, sizeof(name), ":%s", path);
	setenv("TZ", name, 1);
	tzset();
}

Test(chain_time, R28_no_time_zone_revives_an_expired_certificate)
{
	const struct row row = {.leaf = "window.pem", .signer = "window.pem"};
	const struct modseal_clock clock = {.now = INT64_C(2224360000)};
	char path[] = "/var/tmp/modseal-zone-XXXXXX";
	time_t moment = INT64_C(2224360000);
	struct modseal_error error;
	struct tm shown;
	int file = mkstemp(path), result;

	cr_assert(file >= 0);
	close(file);
	use_hostile_zone(path);
	gmtime_r(&moment, &shown);
	result = ask(&row, &clock, NULL, NULL, &error);
	unlink(path);
	if (shown.tm_year != 130)
		cr_skip_test("this C library takes no leap seconds from TZ");
	cr_assert(eq(int, result, MODSEAL_E_CERTIFICATE_EXPIRED), "%s", error.message);
}

Test(chain_time, times_are_read_from_their_digits)
{
	static const struct {
		int type;
		const char *text;
		bool good;
		int64_t wanted;
	} rows[] = {
		{V_ASN1_UTCTIME, "700101000000Z", true, 0},
		{V_ASN1_UTCTIME, "260101000000Z", true, Y2026},
		{V_ASN1_UTCTIME, "500101000000Z", true, -631152000},
		{V_ASN1_UTCTIME, "240229235959Z", true, 1709251199},
		{V_ASN1_GENERALIZEDTIME, "20350101000000Z", true, Y2035},
		{V_ASN1_GENERALIZEDTIME, "99991231235959Z", true, 253402300799},
		{V_ASN1_GENERALIZEDTIME, "19000301000000Z", true, -2203891200},
		{V_ASN1_GENERALIZEDTIME, "20000229000000Z", true, 951782400},
		{V_ASN1_GENERALIZEDTIME, "21000229000000Z", false, 0},
		{V_ASN1_GENERALIZEDTIME, "00000101000000Z", false, 0},
		{V_ASN1_UTCTIME, "230229000000Z", false, 0},
		{V_ASN1_UTCTIME, "260001000000Z", false, 0},
		{V_ASN1_UTCTIME, "261301000000Z", false, 0},
		{V_ASN1_UTCTIME, "260100000000Z", false, 0},
		{V_ASN1_UTCTIME, "260101240000Z", false, 0},
		{V_ASN1_UTCTIME, "260101006000Z", false, 0},
		{V_ASN1_UTCTIME, "260101000060Z", false, 0},
		{V_ASN1_UTCTIME, "2601010000Z", false, 0},
		{V_ASN1_UTCTIME, "260101000000+", false, 0},
		{V_ASN1_UTCTIME, "26010100000xZ", false, 0},
		/* the characters beside the digits: as numbers they would be 10 and -1 */
		{V_ASN1_UTCTIME, "26010100000:Z", false, 0},
		{V_ASN1_UTCTIME, "26010100000/Z", false, 0},
		{V_ASN1_UTCTIME, "2601010000000Z", false, 0},
		{V_ASN1_GENERALIZEDTIME, "260101000000Z", false, 0},
		{V_ASN1_OCTET_STRING, "260101000000Z", false, 0},
		{V_ASN1_OCTET_STRING, "20260101000000Z", false, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASN1_STRING *time = ASN1_STRING_type_new(rows[i].type);
		int64_t seconds = 0;

		cr_assert(time && ASN1_STRING_set(time, rows[i].text, -1));
		cr_assert(eq(int, modseal_time_read(time, &seconds), rows[i].good),
			  "row %zu", i);
		cr_assert(eq(i64, seconds, rows[i].wanted), "row %zu", i);
		ASN1_STRING_free(time);
	}
}

static ASN1_STRING *time_of(const char *text)
{
	ASN1_STRING *time = ASN1_STRING_type_new(V_ASN1_GENERALIZEDTIME);

	cr_assert(time && ASN1_STRING_set(time, text, -1));
	return time;
}

/* What OpenSSL has judged before is judged once more: by the digits alone. */
Test(chain_time, R28_one_certificate_by_itself)
{
	static const struct {
		const char *since, *until;
		int64_t when;
		bool below_floor;
		int wanted;
		const char *said;
	} rows[] = {
		{"20260101000000Z", "20350101000000Z", Y2026, false, 0, ""},
		{"20260101000000Z", "20350101000000Z", Y2035, false, 0, ""},
		{"20260101000000Z", "20350101000000Z", Y2035 + 1, false,
		 MODSEAL_E_CERTIFICATE_EXPIRED, "has expired"},
		{"20260101000000Z", "20350101000000Z", Y2035 + 1, true,
		 MODSEAL_E_CERTIFICATE_EXPIRED, "has expired"},
		{"20260101000000Z", "20350101000000Z", Y2026 - 1, false,
		 MODSEAL_E_CERTIFICATE_EXPIRED, "is not valid yet"},
		{"20260101000000Z", "20350101000000Z", Y2026 - 1, true, 0, ""},
		{"20260101000000", "20350101000000Z", Y2028, false,
		 MODSEAL_E_CERTIFICATE_INVALID, "malformed"},
		{"20260101000000Z", "20350229000000Z", Y2028, false,
		 MODSEAL_E_CERTIFICATE_INVALID, "malformed"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ASN1_STRING *since = time_of(rows[i].since);
		ASN1_STRING *until = time_of(rows[i].until);
		struct modseal_error error = {0};
		X509 *x509 = X509_new();

		cr_assert(x509 && X509_set1_notBefore(x509, since) == 1 &&
			  X509_set1_notAfter(x509, until) == 1);
		cr_assert(
			eq(int,
			   modseal_validity_judge(x509, rows[i].when, rows[i].below_floor,
						  MODSEAL_STAGE_EVIDENCE, "x", &error),
			   rows[i].wanted),
			"row %zu", i);
		cr_assert(strstr(error.message, rows[i].said) != NULL, "row %zu: %s", i,
			  error.message);
		if (rows[i].wanted)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
		X509_free(x509);
		ASN1_STRING_free(since);
		ASN1_STRING_free(until);
	}
}

/* The time of a time stamp takes the place of clock and floor, both ways. */
Test(chain_time, R118_validity_at_the_time_of_a_time_stamp)
{
	static const struct {
		const char *leaf;
		int64_t now, floor, stamp;
		int wanted;
	} rows[] = {
		{"expired.pem", Y2026, 0, Y2021 - 2, 0},
		{"expired.pem", Y2026, Y2028, Y2021 - 2, 0},
		{"expired.pem", 0, Y2026, Y2021 - 2, 0},
		{"expired.pem", Y2026, 0, Y2021 + 1, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2035, Y2035, Y2030_MIDDLE, 0},
		{"window.pem", Y2030_MIDDLE, 0, Y2028, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2030_MIDDLE, 0, Y2031, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* below the floor the start does not count, but for a time stamp it does
		 */
		{"window.pem", 0, Y2026, Y2028, MODSEAL_E_CERTIFICATE_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row row = {.leaf = rows[i].leaf, .signer = rows[i].leaf};
		const struct modseal_clock clock = {.now = rows[i].now,
						    .floor = rows[i].floor,
						    .stamped = true,
						    .stamp = rows[i].stamp};
		struct modseal_error error;
		int result = ask(&row, &clock, NULL, NULL, &error);

		cr_assert(eq(int, result, rows[i].wanted), "row %zu: %d", i, result);
	}
}
