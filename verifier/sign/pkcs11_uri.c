/* SPDX-License-Identifier: Apache-2.0 */
/* Reads PKCS#11 URIs strictly: what is not understood could have meant another key. */
#include "verifier/sign/pkcs11_uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCHEME	    "pkcs11:"
#define FILE_SCHEME "file:"
#define PIN_VALUE   "pin-value"
#define MAX_URI	    2048

static const struct {
	const char *name;
	bool in_query;
} parts[] = {
#define X(name, text, in_query) {text, in_query},
	MODSEAL_PKCS11_PARTS(X)
#undef X
};

static int refuse(struct modseal_error *error, const char *remedy, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/* Nothing of a text that was not understood is repeated: any of it may be a PIN. */
static int refuse(struct modseal_error *error, const char *remedy, const char *format,
		  ...)
{
	char message[256];
	va_list arguments;
	int code;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	code = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, SCHEME, "%s",
			    message);
	modseal_remedy(error, "%s", remedy);
	return code;
}

static int digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Decodes %XX; false for a bad escape. The result is no longer than the text. */
static bool decode(struct modseal_span text, char *buffer, size_t *ret_size)
{
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++) {
		char byte = (char)text.data[i];

		if (byte == '%') {
			int high = i + 2 < text.size ? digit((char)text.data[i + 1]) : -1;
			int low = i + 2 < text.size ? digit((char)text.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			byte = (char)(high << 4 | low);
			i += 2;
		}
		buffer[size++] = byte;
	}
	buffer[size] = '\0';
	*ret_size = size;
	return true;
}

static int fail_unknown(bool in_query, size_t number, struct modseal_error *error)
{
	char list[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < MODSEAL_PKCS11_PART_COUNT; i++)
		if (parts[i].in_query == in_query && used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "use ", parts[i].name);
	return refuse(error, list, "attribute %zu of the URI's %s is unknown", number,
		      in_query ? "query" : "path");
}

static bool is_named(struct modseal_span name, const char *text)
{
	return name.size == strlen(text) &&
	       strncasecmp((const char *)name.data, text, name.size) == 0;
}

/* A PIN is not even looked at. */
static int refuse_pin(struct modseal_error *error)
{
	return refuse(error,
		      "take it out; give the PIN with --passphrase-file, "
		      "--passphrase-fd, --passphrase-env or pin-source=file:PATH",
		      "a PIN in a URI (pin-value) can be read by everybody on this "
		      "machine");
}

static int put_part(struct modseal_pkcs11_uri *uri, size_t part,
		    struct modseal_span value, struct modseal_error *error)
{
	const char *name = parts[part].name;
	size_t size = 0;

	if (uri->parts[part])
		return refuse(error, "give it once", "the URI has '%s' twice", name);
	uri->parts[part] = malloc(value.size + 1);
	if (!uri->parts[part])
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	if (!decode(value, uri->parts[part], &size))
		return refuse(error, "write a percent sign itself as %25",
			      "the URI's '%s' has a '%%' without two hexadecimal digits",
			      name);
	if (part == MODSEAL_PKCS11_ID)
		uri->id_size = size;
	else if (memchr(uri->parts[part], '\0', size))
		return refuse(error, "leave it away", "the URI's '%s' has a NUL byte",
			      name);
	if (size == 0)
		return refuse(error, "leave it away, or give it a value",
			      "the URI's '%s' is empty", name);
	return 0;
}

static int take_part(struct modseal_pkcs11_uri *uri, struct modseal_span text,
		     bool in_query, size_t number, struct modseal_error *error)
{
	const uint8_t *equals = memchr(text.data, '=', text.size);
	struct modseal_span name =
		modseal_span_of(text.data, equals ? (size_t)(equals - text.data) : 0);

	if (!equals)
		return refuse(error, "write pkcs11:token=LABEL;object=LABEL",
			      "a part of the URI is not of the form NAME=VALUE");
	if (is_named(name, PIN_VALUE) || is_named(name, "pin"))
		return refuse_pin(error);
	for (size_t i = 0; i < MODSEAL_PKCS11_PART_COUNT; i++)
		if (parts[i].in_query == in_query && strlen(parts[i].name) == name.size &&
		    memcmp(parts[i].name, name.data, name.size) == 0)
			return put_part(
				uri, i,
				modseal_span_of(equals + 1, text.size - name.size - 1),
				error);
	return fail_unknown(in_query, number, error);
}

static int take_parts(struct modseal_pkcs11_uri *uri, const char *text, size_t size,
		      bool in_query, struct modseal_error *error)
{
	const char *end = text + size;
	size_t number = 0;
	int result = 0;

	while (result == 0 && text < end) {
		const char *next =
			memchr(text, in_query ? '&' : ';', (size_t)(end - text));

		if (!next)
			next = end;
		result = take_part(uri, modseal_span_of(text, (size_t)(next - text)),
				   in_query, ++number, error);
		text = next + 1;
	}
	return result;
}

static int judge(const struct modseal_pkcs11_uri *uri, struct modseal_error *error)
{
	const char *type = uri->parts[MODSEAL_PKCS11_TYPE];
	const char *slot = uri->parts[MODSEAL_PKCS11_SLOT];
	const char *module = uri->parts[MODSEAL_PKCS11_MODULE_PATH];

	if (type && strcmp(type, "private") != 0 && strcmp(type, "cert") != 0)
		return refuse(error, "use type=private or type=cert",
			      "objects of its type are of no use here");
	if (slot && strspn(slot, "0123456789") != strlen(slot))
		return refuse(error, "give the number of the slot",
			      "the URI's slot-id is no number");
	if (module && module[0] != '/')
		return refuse(error, "give the module's path from / on",
			      "the URI's module-path is not absolute");
	if (uri->parts[MODSEAL_PKCS11_PIN_SOURCE] && !modseal_pkcs11_uri_pin_file(uri))
		return refuse(error, "use pin-source=file:/PATH",
			      "the URI's pin-source is not the absolute path of a file");
	return 0;
}

bool modseal_pkcs11_uri_is(const char *text)
{
	return text && strncasecmp(text, SCHEME, strlen(SCHEME)) == 0;
}

/* What messages call it. A PIN that stands inside a value is not repeated either. */
static char *name_of(const char *text, size_t path)
{
	char *name = strndup(text, path);

	if (name && (strcasestr(name, PIN_VALUE) || strcasestr(name, "pin=")))
		name[strlen(SCHEME)] = '\0';
	return name;
}

int modseal_pkcs11_uri_read(const char *text, struct modseal_pkcs11_uri *ret_uri,
			    struct modseal_error *error)
{
	struct modseal_pkcs11_uri uri = {.id_size = 0};
	size_t path = strcspn(text, "?");
	const char *attributes = text + strlen(SCHEME);
	int result;

	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0 || strlen(text) > MAX_URI)
		return refuse(error, "write pkcs11:token=LABEL;object=LABEL",
			      "not a PKCS#11 URI of at most %d bytes", MAX_URI);
	result = take_parts(&uri, attributes, path - strlen(SCHEME), false, error);
	if (result == 0 && text[path])
		result = take_parts(&uri, text + path + 1, strlen(text + path + 1), true,
				    error);
	if (result == 0)
		result = judge(&uri, error);
	if (result == 0) {
		uri.name = name_of(text, path);
		if (!uri.name)
			result = modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	}
	if (result < 0)
		modseal_pkcs11_uri_clear(&uri);
	else
		*ret_uri = uri;
	return result;
}

void modseal_pkcs11_uri_clear(struct modseal_pkcs11_uri *uri)
{
	free(uri->name);
	for (size_t i = 0; i < MODSEAL_PKCS11_PART_COUNT; i++)
		free(uri->parts[i]);
	*uri = (struct modseal_pkcs11_uri){.id_size = 0};
}

const char *modseal_pkcs11_uri_pin_file(const struct modseal_pkcs11_uri *uri)
{
	const char *source = uri->parts[MODSEAL_PKCS11_PIN_SOURCE];

	if (source && strncmp(source, FILE_SCHEME, strlen(FILE_SCHEME)) == 0)
		source += strlen(FILE_SCHEME);
	if (source && strncmp(source, "//", 2) == 0) /* file:///PATH (RFC 8089 2) */
		source += 2;
	return source && source[0] == '/' ? source : NULL;
}
