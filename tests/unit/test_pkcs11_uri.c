/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#11 URIs: what is not understood could have meant another key, so it is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "verifier/sign/pkcs11_uri.h"

static struct modseal_error error;

static int read_uri(const char *text, struct modseal_pkcs11_uri *uri)
{
	memset(uri, 0, sizeof(*uri));
	modseal_error_clear(&error);
	return modseal_pkcs11_uri_read(text, uri, &error);
}

Test(pkcs11_uri, every_part_is_read)
{
	struct modseal_pkcs11_uri uri;

	cr_assert(zero(int, read_uri("pkcs11:token=My%20Token;manufacturer=M;model=X;"
				     "serial=01;slot-id=7;object=a%3Bb%3f;id=%00%fF1;"
				     "type=private?pin-source=file:/run/pin&"
				     "module-path=/usr/lib/m.so",
				     &uri)),
		  "%s", error.message);
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_TOKEN], "My Token"));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_MANUFACTURER], "M"));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_MODEL], "X"));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_SERIAL], "01"));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_SLOT], "7"));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_OBJECT], "a;b?"));
	cr_assert(eq(sz, uri.id_size, 3));
	cr_assert(zero(int, memcmp(uri.parts[MODSEAL_PKCS11_ID],
				   "\x00\xff"
				   "1",
				   3)));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_TYPE], "private"));
	cr_assert(eq(str, uri.parts[MODSEAL_PKCS11_MODULE_PATH], "/usr/lib/m.so"));
	cr_assert(eq(str, (char *)modseal_pkcs11_uri_pin_file(&uri), "/run/pin"));
	/* messages show no query */
	cr_assert(strchr(uri.name, '?') == NULL);
	modseal_pkcs11_uri_clear(&uri);
	cr_assert(uri.name == NULL);
}

Test(pkcs11_uri, nothing_need_be_said)
{
	struct modseal_pkcs11_uri uri;

	cr_assert(zero(int, read_uri("pkcs11:", &uri)), "%s", error.message);
	cr_assert(uri.parts[MODSEAL_PKCS11_TOKEN] == NULL);
	cr_assert(modseal_pkcs11_uri_pin_file(&uri) == NULL);
	modseal_pkcs11_uri_clear(&uri);
	cr_assert(zero(int, read_uri("pkcs11:?pin-source=file:///run/pin", &uri)));
	cr_assert(eq(str, (char *)modseal_pkcs11_uri_pin_file(&uri), "/run/pin"));
	modseal_pkcs11_uri_clear(&uri);
	cr_assert(zero(int, read_uri("pkcs11:?pin-source=/run/pin", &uri)));
	cr_assert(eq(str, (char *)modseal_pkcs11_uri_pin_file(&uri), "/run/pin"));
	modseal_pkcs11_uri_clear(&uri);
}

static const struct {
	const char *uri;
	const char *says;
} refused[] = {
	{"pkcs12:token=a", "not a PKCS#11 URI"},
	{"", "not a PKCS#11 URI"},
	{"PKCS11:token=a", "not a PKCS#11 URI"},
	{"pkcs11:token", "not of the form NAME=VALUE"},
	{"pkcs11:token=a;;object=b", "not of the form NAME=VALUE"},
	{"pkcs11:=a", "attribute 1 of the URI's path is unknown"},
	{"pkcs11:tokens=a", "attribute 1 of the URI's path is unknown"},
	{"pkcs11:toke=a", "attribute 1 of the URI's path is unknown"},
	{"pkcs11:Token=a", "attribute 1 of the URI's path is unknown"},
	{"pkcs11:library-version=3", "attribute 1 of the URI's path is unknown"},
	{"pkcs11:pin-source=file:/a", "attribute 1 of the URI's path is unknown"},
	{"pkcs11:token=a?object=b", "attribute 1 of the URI's query is unknown"},
	{"pkcs11:token=a?module-name=b", "attribute 1 of the URI's query is unknown"},
	{"pkcs11:token=a;token=a", "has 'token' twice"},
	{"pkcs11:token=", "'token' is empty"},
	{"pkcs11:id=", "'id' is empty"},
	{"pkcs11:token=%", "'%' without two"},
	{"pkcs11:token=%4", "'%' without two"},
	{"pkcs11:token=a%4g", "'%' without two"},
	{"pkcs11:token=a%00b", "has a NUL byte"},
	{"pkcs11:object=%00", "has a NUL byte"},
	{"pkcs11:type=public", "objects of its type"},
	{"pkcs11:type=secret-key", "objects of its type"},
	{"pkcs11:slot-id=-1", "slot-id is no number"},
	{"pkcs11:slot-id=1x", "slot-id is no number"},
	{"pkcs11:?module-path=lib.so", "module-path is not absolute"},
	{"pkcs11:?pin-source=pin", "pin-source is not the absolute path"},
	{"pkcs11:?pin-source=file:pin", "pin-source is not the absolute path"},
	{"pkcs11:?pin-source=%7C/bin/pin", "pin-source is not the absolute path"},
	{"pkcs11:?pin-value=1234", "can be read by everybody"},
	{"pkcs11:pin-value=1234", "can be read by everybody"},
	{"pkcs11:?pin-value=%zz", "can be read by everybody"},
	{"pkcs11:token=a;tokens=b", "attribute 2 of the URI's path is unknown"},
};

Test(pkcs11_uri, what_is_not_understood_is_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct modseal_pkcs11_uri uri;

		cr_assert(eq(int, read_uri(refused[i].uri, &uri), MODSEAL_E_ARGUMENT),
			  "%s", refused[i].uri);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
		cr_assert(strstr(error.message, refused[i].says) != NULL, "%s: %s",
			  refused[i].uri, error.message);
		cr_assert(uri.name == NULL, "%s", refused[i].uri);
	}
}

/* However it is written, the PIN that is refused is in no part of the error. */
Test(pkcs11_uri, a_pin_is_not_repeated)
{
	static const char *const uris[] = {
		"pkcs11:token=a?x=y&pin-value=4711",
		"pkcs11:token=a;pin-value=4711",
		"pkcs11:token=a?PIN-VALUE=4711",
		"pkcs11:token=a;Pin-Value=4711",
		"pkcs11:token=a;pin=4711",
		"pkcs11:token=a?PIN=4711",
		"pkcs11:token=a;4711=pin",
		"pkcs11:token=a;pin%2dvalue=4711",
		"pkcs11:type=private&pin-value=4711",
		"pkcs11:token=a;slot-id=4711x",
		"pkcs11:token=a;4711",
		"PKCS11:token=a?pin-value=4711",
		"Pkcs11:token=a;pin-value=4711",
	};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct modseal_pkcs11_uri uri;

		cr_assert(modseal_pkcs11_uri_is(uris[i]), "%s", uris[i]);
		cr_assert(eq(int, read_uri(uris[i], &uri), MODSEAL_E_ARGUMENT), "%s",
			  uris[i]);
		cr_assert(eq(str, error.object, "pkcs11:"), "%s", uris[i]);
		cr_assert(strstr(error.message, "4711") == NULL, "%s", error.message);
		cr_assert(strstr(error.remedy, "4711") == NULL, "%s", error.remedy);
	}
}

/* Nor is one in a value, of a URI that is read. */
Test(pkcs11_uri, a_name_shows_no_pin)
{
	static const char *const uris[] = {
		"pkcs11:token=a&pin-value=4711",
		"pkcs11:token=a&PIN-VALUE=4711",
		"pkcs11:token=a&pin=4711",
	};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct modseal_pkcs11_uri uri;

		cr_assert(zero(int, read_uri(uris[i], &uri)), "%s", error.message);
		cr_assert(eq(str, uri.name, "pkcs11:"), "%s", uris[i]);
		modseal_pkcs11_uri_clear(&uri);
	}
}

/* Each length of a good URI, and each byte of it changed: read or refused, no crash. */
Test(pkcs11_uri, mutations_are_read_or_refused)
{
	static const char good[] =
		"pkcs11:token=a%20b;id=%01;type=cert?pin-source=file:/p";
	char text[sizeof(good)];

	for (size_t i = 0; i < sizeof(good); i++) {
		static const char bytes[] = "%;?&=\x01\xff/0";

		for (size_t j = 0; j < sizeof(bytes); j++) {
			struct modseal_pkcs11_uri uri;

			memcpy(text, good, sizeof(good));
			text[i] = bytes[j]; /* the last one cuts */
			text[sizeof(text) - 1] = '\0';
			if (read_uri(text, &uri) == 0)
				modseal_pkcs11_uri_clear(&uri);
			else
				cr_assert(eq(int, error.code, MODSEAL_E_ARGUMENT), "%s",
					  text);
		}
	}
}
