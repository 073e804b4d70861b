/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/scalars.c: one spelling for each value, by tables of good and bad ones.
 */
#include "internal/scalars.h"
#include "policy_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(scalars, R86_decimals_have_one_spelling)
{
	static const char *const bad[] = {
		"",
		"00",
		"01",
		"010",
		"0x10",
		"0o10",
		"0b1",
		"1e3",
		"1.0",
		"1_000",
		"+1",
		"-1",
		" 1",
		"1 ",
		"1,0",
		"yes",
		"on",
		"~",
		"null",
		"true",
		".inf",
		"１",
		"1\t",
		"a",
		"18446744073709551616",
		"18446744073709551620",
		"99999999999999999999999",
	};
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{"0", 0},
		{"1", 1},
		{"10", 10},
		{"9007199254740991", 9007199254740991},
		{"18446744073709551615", UINT64_MAX},
	};
	uint64_t value = 7;

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_decimal(span(bad[i]), UINT64_MAX, &value)),
			  "row %s", bad[i]);
	cr_assert(eq(u64, value, 7), "written only on success");
	cr_assert(not(modseal_scalar_decimal(modseal_span_of("1\0", 2), 10, &value)));
	for (size_t i = 0; i < COUNT(good); i++) {
		cr_assert(modseal_scalar_decimal(span(good[i].text), UINT64_MAX, &value),
			  "row %s", good[i].text);
		cr_assert(eq(u64, value, good[i].value), "row %s", good[i].text);
	}
	cr_assert(modseal_scalar_decimal(span("10"), 10, &value));
	cr_assert(not(modseal_scalar_decimal(span("11"), 10, &value)), "above the limit");
}

Test(scalars, R86_sizes_take_binary_suffixes_and_do_not_wrap)
{
	static const char *const bad[] = {
		"",
		"K",
		"M",
		"G",
		"1k",
		"1m",
		"1g",
		"1T",
		"1KB",
		"1KiB",
		"1.5M",
		"01M",
		"0x1M",
		"1 M",
		"-1M",
		"1MM",
		"M1",
		"16777216G",
		"17179869184G",
		"18446744073709551615G",
	};
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {
		{"0", 0},	    {"1000", 1000}, {"1K", 1024}, {"256M", 256u << 20},
		{"2G", 2ull << 30},
	};
	uint64_t size = 7;

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_size(span(bad[i]), 1ull << 53, &size)),
			  "row %s", bad[i]);
	cr_assert(eq(u64, size, 7));
	for (size_t i = 0; i < COUNT(good); i++) {
		cr_assert(modseal_scalar_size(span(good[i].text), 1ull << 53, &size),
			  "row %s", good[i].text);
		cr_assert(eq(u64, size, good[i].size), "row %s", good[i].text);
	}
	cr_assert(modseal_scalar_size(span("2047M"), 2047u << 20, &size));
	cr_assert(not(modseal_scalar_size(span("2G"), 2047u << 20, &size)),
		  "above the limit");
	cr_assert(not(modseal_scalar_size(span("2096129K"), 2047u << 20, &size)));
}

Test(scalars, hex_is_lower_case_and_of_exact_length)
{
	static const char *const bad[] = {
		"",	     "0",	  "001",      "00112",	  "0011223",
		"001122334", "00112233 ", "0x112233", "0011223G", "0011223g",
		"001122AA",  "0011 233",  "/0112233", ":0112233", "`0112233"};
	uint8_t bytes[4] = {7, 7, 7, 7};
	static const uint8_t good[] = {0x00, 0x9a, 0xbf, 0xff};

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_hex(span(bad[i]), bytes, 4)), "row %s",
			  bad[i]);
	cr_assert(eq(u8, bytes[0], 7), "written only on success");
	cr_assert(modseal_scalar_hex(span("009abfff"), bytes, 4));
	cr_assert(memcmp(bytes, good, 4) == 0);
}

Test(scalars, R86_times_are_utc_in_one_form)
{
	static const char *const bad[] = {
		"",
		"2026-11-23",
		"2026-11-23T00:00:00",
		"2026-11-23T00:00:00z",
		"2026-11-23t00:00:00Z",
		"2026-11-23 00:00:00Z",
		"2026-11-23T00:00:00+00:00",
		"2026-11-23T00:00:00.0Z",
		"2026-11-23T00:00Z",
		"2026-1-23T00:00:00Z ",
		"2026-00-23T00:00:00Z",
		"2026-13-23T00:00:00Z",
		"2026-11-00T00:00:00Z",
		"2026-11-31T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2024-02-30T00:00:00Z",
		"2026-11-23T24:00:00Z",
		"2026-11-23T00:60:00Z",
		"2026-12-31T23:59:60Z",
		"1969-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z",
		"+026-11-23T00:00:00Z",
		"2026-11-23T-1:00:00Z",
		"2026/11/23T00:00:00Z",
	};
	/* by `date -u -d TIME +%s` */
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-03-01T00:00:00Z", 5097600},
		{"1972-02-29T12:34:56Z", 68214896},
		{"2000-02-29T23:59:59Z", 951868799},
		{"2000-12-31T00:00:00Z", 978220800},
		{"2026-11-23T00:00:00Z", 1795392000},
		{"2038-01-19T03:14:08Z", 2147483648},
		{"2100-03-01T00:00:00Z", 4107542400},
		{"9999-12-31T23:59:59Z", 253402300799},
	};
	int64_t seconds = 7;

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_time(span(bad[i]), &seconds)), "row %s",
			  bad[i]);
	cr_assert(eq(i64, seconds, 7));
	for (size_t i = 0; i < COUNT(good); i++) {
		cr_assert(modseal_scalar_time(span(good[i].text), &seconds), "row %s",
			  good[i].text);
		cr_assert(eq(i64, seconds, good[i].seconds), "row %s", good[i].text);
	}
}

Test(scalars, names_are_short_and_plain)
{
	static const char *const bad[] = {"",  ".a",  "_a", "-a", "a b", "a/b",	 "a:b",
					  "é", "a\n", "~",  "a*", "..",	 "a\x7f"};
	static const char *const good[] = {"a",	  "Z",	"0",   "a.b_c-d",
					   "yes", "on", "010", "a..b"};
	char longest[66];

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_is_name(span(bad[i]))), "row %s", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		cr_assert(modseal_scalar_is_name(span(good[i])), "row %s", good[i]);
	memset(longest, 'a', 65);
	cr_assert(modseal_scalar_is_name(modseal_span_of(longest, 64)));
	cr_assert(not(modseal_scalar_is_name(modseal_span_of(longest, 65))));
	cr_assert(not(modseal_scalar_is_name(modseal_span_of("a\0", 2))));
}

Test(scalars, origins_are_directories_around_one)
{
	static const char *const bad[] = {
		"",	  "/",	  "./",	  "../",  "/a",		"a/",	"./a",
		"a/.",	  "a/..", "../.", "..//", "..//a",	".../", "../a/..",
		"a/../b", "..\n", "$a",	  "a/$b", "../$ORIGIN",
	};
	static const char *const good[] = {
		".", "..", "../..", "a", "a/b", "../a", "../../a/b", "...", "..a", ".a",
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_is_origin(span(bad[i]))), "row %s", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		cr_assert(modseal_scalar_is_origin(span(good[i])), "row %s", good[i]);
}

Test(scalars, devices_are_named_as_the_kernel_names_them)
{
	static const char *const bad[] = {
		"",
		"/dev/sda1",
		"PARTUUID",
		"PARTUUID=",
		"PARTUUID=0123456-789",
		"PARTUUID=01234567-8",
		"PARTUUID=01234567-890",
		"PARTUUID=01234567-8g",
		"PARTUUID=01234567-8A",
		"PARTUUID=01234567_89",
		"PARTUUID=01234567-89*",
		"PARTUUID=0123456789",
		"PARTUUID=6d6f6473-6561-6c2d-8000-00000000000",
		"PARTUUID=6d6f6473-6561-6c2d-8000-0000000000012",
		"PARTUUID=6d6f6473-6561-6c2d-8000",
		"PARTUUID=6d6f64736561-6c2d-8000-000000000001-",
		"partuuid=01234567-89",
		"PARTUUID= 01234567-89",
		"DM-UUID",
		"DM-UUID=",
		"DM-UUID=*",
		"DM-UUID=*a",
		"DM-UUID=a*b*c",
		"DM-UUID=a b",
		"DM-UUID=a\tb",
		"DM-UUID=a\x7f",
		"DM-UUID=\xc3\xa9",
		"dm-uuid=a",
		"DM-NAME=root",
	};
	static const char *const good[] = {
		"PARTUUID=01234567-89",
		"PARTUUID=6d6f6473-6561-6c2d-8000-00000000000f",
		"DM-UUID=a",
		"DM-UUID=a*",
		"DM-UUID=CRYPT-VERITY-*-root",
		"DM-UUID=CRYPT-VERITY-0123456789abcdef0123456789abcdef-root",
		"DM-UUID=~!",
	};
	char longest[8 + 129 + 1] = "DM-UUID=";

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_is_device(span(bad[i]))), "row %s", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		cr_assert(modseal_scalar_is_device(span(good[i])), "row %s", good[i]);
	memset(longest + 8, 'a', 129);
	cr_assert(not(modseal_scalar_is_device(span(longest))));
	longest[8 + 128] = '\0';
	cr_assert(modseal_scalar_is_device(span(longest)));
}

Test(scalars, paths_have_one_spelling)
{
	static const char *const bad[] = {
		"",	"/",	"//",	 ".",	  "..",	    "/.",      "/..",
		"/a/",	"a/",	"/a//b", "//a",	  "/a/./b", "/a/../b", "./a",
		"../a", "a/..", "/a/.",	 "/a\nb", "/a\tb",  "/a\x7f",  "/a/\x01",
	};
	static const char *const good[] = {
		"/a",	"/a/b", "a",	"a/b",	"...", "/.a",
		"/..a", "/a.",	"/a..", "/a b", "/é",  "/a/...",
	};
	char longest[4097];

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert(not(modseal_scalar_is_path(span(bad[i]))), "row %s", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		cr_assert(modseal_scalar_is_path(span(good[i])), "row %s", good[i]);
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	cr_assert(modseal_scalar_is_path(modseal_span_of(longest, 4095)));
	cr_assert(not(modseal_scalar_is_path(modseal_span_of(longest, 4096))));
	cr_assert(not(modseal_scalar_is_path(modseal_span_of("/a\0b", 4))));
	cr_assert(modseal_scalar_is_absolute(span("/a")));
	cr_assert(not(modseal_scalar_is_absolute(span("a/b"))));
	cr_assert(not(modseal_scalar_is_absolute(span(""))));
}
