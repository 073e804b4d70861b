/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#11 URIs (RFC 7512): where a key or certificate lies inside a token. */
#ifndef MODSEAL_SIGN_PKCS11_URI_H
#define MODSEAL_SIGN_PKCS11_URI_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/span.h"

/* X(NAME, "attribute", in_query): what is understood (RFC 7512 2.3, 2.4). */
#define MODSEAL_PKCS11_PARTS(X)                                                          \
	X(TOKEN, "token", false)                                                         \
	X(MANUFACTURER, "manufacturer", false)                                           \
	X(MODEL, "model", false)                                                         \
	X(SERIAL, "serial", false)                                                       \
	X(SLOT, "slot-id", false)                                                        \
	X(OBJECT, "object", false)                                                       \
	X(ID, "id", false)                                                               \
	X(TYPE, "type", false)                                                           \
	X(PIN_SOURCE, "pin-source", true)                                                \
	X(MODULE_PATH, "module-path", true)

enum modseal_pkcs11_part {
#define X(name, text, in_query) MODSEAL_PKCS11_##name,
	MODSEAL_PKCS11_PARTS(X)
#undef X
		MODSEAL_PKCS11_PART_COUNT
};

struct modseal_pkcs11_uri {
	char *name; /* the URI without its query, for messages: that may hold secrets */
	/* Decoded, ended by NUL; NULL: not in the URI. Only ID may hold NUL bytes. */
	char *parts[MODSEAL_PKCS11_PART_COUNT];
	size_t id_size;
};

/* True for what begins with "pkcs11:", in letters of any case: what is written in others
 * is refused as a URI, and not repeated as the name of a file. NULL is none. */
bool modseal_pkcs11_uri_is(const char *text);

/*
 * Takes a URI apart. A PIN in it (pin-value) is refused: a command line can be read by
 * everybody on the machine. Errors repeat nothing of a URI that is refused.
 *
 * Errors: ARGUMENT (unknown or doubled attribute, bad escape, a type that is neither
 * "private" nor "cert", a pin-source that is no file, a module-path that is not
 * absolute), RESOURCE. The caller ends *ret_uri with modseal_pkcs11_uri_clear.
 */
MODSEAL_MUST_CHECK int modseal_pkcs11_uri_read(const char *text,
					       struct modseal_pkcs11_uri *ret_uri,
					       struct modseal_error *error);
void modseal_pkcs11_uri_clear(struct modseal_pkcs11_uri *uri);

/* The file that pin-source names, or NULL. */
const char *modseal_pkcs11_uri_pin_file(const struct modseal_pkcs11_uri *uri);

#endif
