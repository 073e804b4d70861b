/* SPDX-License-Identifier: Apache-2.0 */
/* What a scalar says, by our own rules: no locale, no guessing, one spelling for each
 * value. */
#include "internal/scalars.h"

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool modseal_scalar_decimal(struct modseal_span text, uint64_t limit, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.size == 0 || (text.size > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint64_t digit;

		if (!is_digit(text.data[i]))
			return false;
		digit = text.data[i] - (uint64_t)'0';
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > limit)
		return false;
	*ret_value = value;
	return true;
}

bool modseal_scalar_size(struct modseal_span text, uint64_t limit, uint64_t *ret_size)
{
	uint64_t value;
	unsigned shift = 0;

	if (text.size == 0)
		return false;
	switch (text.data[text.size - 1]) {
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	default:
		break;
	}
	if (shift)
		text.size--;
	if (!modseal_scalar_decimal(text, limit >> shift, &value))
		return false;
	*ret_size = value << shift;
	return true;
}

/* The value of a hexadecimal digit, or 16. */
static uint8_t hex_digit(uint8_t byte)
{
	if (is_digit(byte))
		return byte - '0';
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : 16;
}

bool modseal_scalar_hex(struct modseal_span text, uint8_t *ret_bytes, size_t size)
{
	if (text.size != 2 * size)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (hex_digit(text.data[i]) == 16)
			return false;
	for (size_t i = 0; i < size; i++)
		ret_bytes[i] = (uint8_t)(hex_digit(text.data[2 * i]) << 4 |
					 hex_digit(text.data[2 * i + 1]));
	return true;
}

static unsigned two_digits(const uint8_t *at)
{
	return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01; the date exists. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
	static const unsigned before_month[] = {0,   31,  59,  90,  120, 151,
						181, 212, 243, 273, 304, 334};
	unsigned past = year - 1;
	int64_t days = (int64_t)past * 365 + past / 4 - past / 100 + past / 400;

	days += before_month[month - 1] + day - 1;
	if (month > 2 && is_leap(year))
		days++;
	return days - 719162; /* from 0001-01-01 to 1970-01-01 */
}

bool modseal_scalar_time(struct modseal_span text, int64_t *ret_seconds)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	static const unsigned month_days[] = {31, 29, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31};
	const uint8_t *at = text.data;
	unsigned year, month, day, hour, minute, second;

	if (text.size != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (form[i] == 'd' ? !is_digit(at[i]) : at[i] != (uint8_t)form[i])
			return false;
	year = two_digits(at) * 100 + two_digits(at + 2);
	month = two_digits(at + 5);
	day = two_digits(at + 8);
	hour = two_digits(at + 11);
	minute = two_digits(at + 14);
	second = two_digits(at + 17);
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > month_days[month - 1] || (month == 2 && day == 29 && !is_leap(year)))
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_seconds = days_of(year, month, day) * 86400 +
		       (int64_t)(hour * 3600 + minute * 60 + second);
	return true;
}

bool modseal_scalar_is_name(struct modseal_span text)
{
	if (text.size == 0 || text.size > MODSEAL_MAX_POLICY_NAME)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];

		if (is_letter(byte) || is_digit(byte))
			continue;
		if (i == 0 || (byte != '.' && byte != '_' && byte != '-'))
			return false;
	}
	return true;
}

bool modseal_scalar_is_path(struct modseal_span text)
{
	size_t start = 0; /* of the component */

	if (text.size == 0 || text.size > MODSEAL_MAX_POLICY_PATH)
		return false;
	if (text.data[0] == '/')
		start = 1;
	for (size_t i = start; i <= text.size; i++) {
		size_t length = i - start;

		if (i < text.size && (text.data[i] < 0x20 || text.data[i] == 0x7f))
			return false;
		if (i < text.size && text.data[i] != '/')
			continue;
		if (length == 0 || (length == 1 && text.data[start] == '.') ||
		    (length == 2 && text.data[start] == '.' &&
		     text.data[start + 1] == '.'))
			return false;
		start = i + 1;
	}
	return true;
}

bool modseal_scalar_is_origin(struct modseal_span text)
{
	struct modseal_span rest = text;

	/* `$ORIGIN` is not written: a directory called so is not what was meant */
	if (text.size > MODSEAL_MAX_POLICY_PATH || modseal_scalar_is_absolute(text) ||
	    (text.size && memchr(text.data, '$', text.size)))
		return false;
	if (text.size == 1 && text.data[0] == '.')
		return true;
	while (rest.size >= 3 && modseal_span_starts(rest, "../"))
		rest = modseal_span_of(rest.data + 3, rest.size - 3);
	if (rest.size == 2 && modseal_span_starts(rest, ".."))
		return true;
	return !modseal_scalar_is_absolute(rest) && modseal_scalar_is_path(rest);
}

bool modseal_scalar_is_absolute(struct modseal_span text)
{
	return text.size > 0 && text.data[0] == '/';
}

/* Groups of lower-case hexadecimal digits with a dash between them. */
static bool is_grouped(struct modseal_span text, const size_t *groups, size_t count)
{
	const uint8_t *at = text.data, *end = at + text.size;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (at == end || *at++ != '-'))
			return false;
		for (size_t digit = 0; digit < groups[i]; digit++, at++)
			if (at == end ||
			    !((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f')))
				return false;
	}
	return at == end;
}

bool modseal_scalar_is_device(struct modseal_span text)
{
	static const char partuuid[] = "PARTUUID=", dm_uuid[] = "DM-UUID=";
	static const size_t gpt[] = {8, 4, 4, 4, 12}, dos[] = {8, 2};
	size_t stars = 0;

	if (modseal_span_starts(text, partuuid)) {
		text = modseal_span_of(text.data + sizeof(partuuid) - 1,
				       text.size - (sizeof(partuuid) - 1));
		return is_grouped(text, gpt, 5) || is_grouped(text, dos, 2);
	}
	if (!modseal_span_starts(text, dm_uuid))
		return false;
	text = modseal_span_of(text.data + sizeof(dm_uuid) - 1,
			       text.size - (sizeof(dm_uuid) - 1));
	/* a star alone would name whatever root made for other purposes */
	if (text.size == 0 || text.size > 128 || text.data[0] == '*')
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
		stars += text.data[i] == '*';
	}
	return stars <= 1;
}
