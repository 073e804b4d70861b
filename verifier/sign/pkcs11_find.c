/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for tokens and objects (PKCS #11 2.40, sections 5.5 and 5.7). */
#include "verifier/sign/pkcs11_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SLOTS   256
#define MAX_OBJECTS 64 /* of which a message lists what it has room for */
#define MAX_VALUE   65536
#define MAX_LIST    700

/* ---- what a message lists ------------------------------------------------------------
 */

struct list {
	char text[MAX_LIST];
	size_t used;
	size_t count;
};

static void list_add(struct list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void list_add(struct list *list, const char *format, ...)
{
	size_t left = sizeof(list->text) - list->used;
	va_list arguments;
	int length;

	list->count++;
	va_start(arguments, format);
	length = vsnprintf(list->text + list->used, left, format, arguments);
	va_end(arguments);
	/* what does not fit whole is left away */
	if (length > 0 && (size_t)length < left)
		list->used += (size_t)length;
	else
		list->text[list->used] = '\0';
}

/* ---- tokens --------------------------------------------------------------------------
 */

/* Fields of fixed size, padded with blanks (PKCS #11 2.40, 3.2). */
static void trimmed(char *buffer, const unsigned char *field, size_t size)
{
	while (size > 0 && (field[size - 1] == ' ' || field[size - 1] == '\0'))
		size--;
	memcpy(buffer, field, size);
	buffer[size] = '\0';
}

static bool field_fits(const char *wanted, const unsigned char *field, size_t size)
{
	char text[65];

	trimmed(text, field, size);
	return !wanted || strcmp(wanted, text) == 0;
}

static bool info_fits(const struct modseal_pkcs11_uri *uri, CK_SLOT_ID slot,
		      const CK_TOKEN_INFO *info)
{
	char number[24];

	snprintf(number, sizeof(number), "%lu", (unsigned long)slot);
	return field_fits(uri->parts[MODSEAL_PKCS11_TOKEN], info->label,
			  sizeof(info->label)) &&
	       field_fits(uri->parts[MODSEAL_PKCS11_MANUFACTURER], info->manufacturerID,
			  sizeof(info->manufacturerID)) &&
	       field_fits(uri->parts[MODSEAL_PKCS11_MODEL], info->model,
			  sizeof(info->model)) &&
	       field_fits(uri->parts[MODSEAL_PKCS11_SERIAL], info->serialNumber,
			  sizeof(info->serialNumber)) &&
	       (!uri->parts[MODSEAL_PKCS11_SLOT] ||
		strcmp(uri->parts[MODSEAL_PKCS11_SLOT], number) == 0);
}

bool modseal_pkcs11_token_fits(const struct modseal_pkcs11_place *place,
			       const struct modseal_pkcs11_uri *uri)
{
	const char *module = uri->parts[MODSEAL_PKCS11_MODULE_PATH];
	CK_TOKEN_INFO info;

	return (!module || strcmp(module, place->module.name) == 0) &&
	       place->module.call->C_GetTokenInfo(place->slot, &info) == CKR_OK &&
	       info_fits(uri, place->slot, &info);
}

static void list_token(struct list *list, CK_SLOT_ID slot, const CK_TOKEN_INFO *info)
{
	char label[33], serial[17];

	trimmed(label, info->label, sizeof(info->label));
	trimmed(serial, info->serialNumber, sizeof(info->serialNumber));
	list_add(list, "%s'%s' (serial %s, slot %lu)", list->count ? ", " : "", label,
		 serial, (unsigned long)slot);
}

static int fail_token(const struct modseal_pkcs11_place *place,
		      const struct modseal_pkcs11_uri *uri, size_t found,
		      const struct list *list, struct modseal_error *error)
{
	int code = modseal_fail(
		error, MODSEAL_E_TOKEN_NOT_FOUND, MODSEAL_STAGE_KEY, uri->name,
		"%s of the PKCS#11 module %s fits; %s%s",
		found ? "more than one token" : "no token", place->module.name,
		list->count ? "there are " : "there is none at all", list->text);

	if (list->count)
		modseal_remedy(error, "name one of them with token= or serial=");
	else
		modseal_remedy(error, "connect the token, or name its own module with "
				      "--pkcs11-module or module-path=");
	return code;
}

int modseal_pkcs11_find_token(struct modseal_pkcs11_place *place,
			      const struct modseal_pkcs11_uri *uri,
			      CK_TOKEN_INFO *ret_info, struct modseal_error *error)
{
	CK_SLOT_ID slots[MAX_SLOTS];
	CK_ULONG count = MAX_SLOTS;
	struct list list = {.used = 0};
	size_t found = 0;
	CK_RV value = place->module.call->C_GetSlotList(CK_TRUE, slots, &count);

	if (value != CKR_OK)
		return modseal_pkcs11_fail(place, value, uri->name,
					   "does not tell its tokens", error);
	for (CK_ULONG i = 0; i < count && i < MAX_SLOTS; i++) {
		CK_TOKEN_INFO info;

		if (place->module.call->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
		    !(info.flags & CKF_TOKEN_INITIALIZED))
			continue;
		list_token(&list, slots[i], &info);
		if (!info_fits(uri, slots[i], &info))
			continue;
		if (found++)
			continue;
		place->slot = slots[i];
		trimmed(place->label, info.label, sizeof(info.label));
		*ret_info = info;
	}
	return found == 1 ? 0 : fail_token(place, uri, found, &list, error);
}

/* ---- objects -------------------------------------------------------------------------
 */

bool modseal_pkcs11_value(const struct modseal_pkcs11_place *place,
			  CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
			  struct modseal_pkcs11_value *ret_value)
{
	CK_ATTRIBUTE attribute = {.type = type};
	CK_FUNCTION_LIST *call = place->module.call;
	CK_ULONG room;

	if (call->C_GetAttributeValue(place->session, object, &attribute, 1) != CKR_OK ||
	    attribute.ulValueLen == (CK_ULONG)-1 || attribute.ulValueLen > MAX_VALUE)
		return false;
	room = attribute.ulValueLen;
	attribute.pValue = malloc(room + 1);
	if (!attribute.pValue)
		return false;
	/* A module may change its mind: what it says now is not more than there is room
	 * for (CK_UNAVAILABLE_INFORMATION, the largest number, among it). */
	if (call->C_GetAttributeValue(place->session, object, &attribute, 1) != CKR_OK ||
	    attribute.ulValueLen > room) {
		free(attribute.pValue);
		return false;
	}
	ret_value->bytes = attribute.pValue;
	ret_value->size = attribute.ulValueLen;
	return true;
}

/* At most MAX_OBJECTS of what fits the template. */
static CK_RV search(const struct modseal_pkcs11_place *place, CK_ATTRIBUTE *template,
		    CK_ULONG count, CK_OBJECT_HANDLE *objects, CK_ULONG *ret_count)
{
	CK_FUNCTION_LIST *call = place->module.call;
	CK_RV value = call->C_FindObjectsInit(place->session, template, count);

	*ret_count = 0;
	if (value != CKR_OK)
		return value;
	value = call->C_FindObjects(place->session, objects, MAX_OBJECTS, ret_count);
	call->C_FindObjectsFinal(place->session);
	if (value == CKR_OK && *ret_count > MAX_OBJECTS)
		value = CKR_GENERAL_ERROR; /* more than there is room for */
	if (value != CKR_OK)
		*ret_count = 0;
	return value;
}

static void list_object(const struct modseal_pkcs11_place *place, CK_OBJECT_HANDLE object,
			const char *what, struct list *list)
{
	struct modseal_pkcs11_value label = {NULL, 0}, id = {NULL, 0};
	char hex[2 * 32 + 1] = "";

	modseal_pkcs11_value(place, object, CKA_LABEL, &label);
	modseal_pkcs11_value(place, object, CKA_ID, &id);
	for (size_t i = 0; i < id.size && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", id.bytes[i]);
	list_add(list, "%s%s '%.*s' (id %s)", list->count ? ", " : "", what,
		 (int)label.size, label.bytes ? (const char *)label.bytes : "",
		 hex[0] ? hex : "none");
	free(label.bytes);
	free(id.bytes);
}

static const char *class_name(CK_OBJECT_CLASS class)
{
	return class == CKO_CERTIFICATE	 ? "certificate"
	       : class == CKO_PUBLIC_KEY ? "public key"
					 : "private key";
}

static int fail_object(const struct modseal_pkcs11_place *place,
		       const struct modseal_pkcs11_uri *uri, CK_OBJECT_CLASS class,
		       CK_ULONG found, bool of_key, struct modseal_error *error)
{
	static CK_OBJECT_CLASS const classes[] = {CKO_PRIVATE_KEY, CKO_CERTIFICATE};
	CK_OBJECT_HANDLE objects[MAX_OBJECTS];
	struct list list = {.used = 0};
	int code;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		CK_OBJECT_CLASS one = classes[i];
		CK_ATTRIBUTE template = {CKA_CLASS, &one, sizeof(one)};
		CK_ULONG count = 0;

		search(place, &template, 1, objects, &count);
		for (CK_ULONG j = 0; j < count; j++)
			list_object(place, objects[j], class_name(one), &list);
	}
	code = modseal_fail(
		error, MODSEAL_E_TOKEN_NOT_FOUND, MODSEAL_STAGE_KEY, uri->name,
		"%s %s%s in the token '%s' (module %s); %s%s",
		found ? "more than one" : "no", class_name(class),
		of_key ? " of that key" : " that fits", place->label, place->module.name,
		list.count ? "there are " : "it shows none at all", list.text);
	if (class == CKO_CERTIFICATE)
		modseal_remedy(error, "name one of them, or a file, with --certificate");
	else
		modseal_remedy(error, "name one of them with object= or id=");
	return code;
}

int modseal_pkcs11_find_object(const struct modseal_pkcs11_place *place,
			       const struct modseal_pkcs11_uri *uri,
			       CK_OBJECT_CLASS class,
			       const struct modseal_pkcs11_value *id,
			       CK_OBJECT_HANDLE *ret_object, struct modseal_error *error)
{
	char *label = uri->parts[MODSEAL_PKCS11_OBJECT];
	struct modseal_pkcs11_value wanted = {(uint8_t *)uri->parts[MODSEAL_PKCS11_ID],
					      uri->id_size};
	CK_ATTRIBUTE template[3] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_OBJECT_HANDLE objects[MAX_OBJECTS];
	CK_ULONG count = 1, found = 0;
	CK_RV value;

	if (id) {
		/* what the URI says is of the key, whose certificate this is */
		template[count++] = (CK_ATTRIBUTE){CKA_ID, id->bytes, id->size};
	} else {
		if (label)
			template[count++] =
				(CK_ATTRIBUTE){CKA_LABEL, label, strlen(label)};
		if (wanted.bytes)
			template[count++] =
				(CK_ATTRIBUTE){CKA_ID, wanted.bytes, wanted.size};
	}
	value = search(place, template, count, objects, &found);
	if (value != CKR_OK)
		return modseal_pkcs11_fail(place, value, uri->name, "cannot be searched",
					   error);
	if (found != 1)
		return fail_object(place, uri, class, found, id != NULL, error);
	*ret_object = objects[0];
	return 0;
}

bool modseal_pkcs11_has_object(const struct modseal_pkcs11_place *place,
			       CK_OBJECT_CLASS class,
			       const struct modseal_pkcs11_value *id,
			       CK_OBJECT_HANDLE *ret_object)
{
	CK_ATTRIBUTE template[2] = {{CKA_CLASS, &class, sizeof(class)},
				    {CKA_ID, id->bytes, id->size}};
	CK_OBJECT_HANDLE objects[MAX_OBJECTS];
	CK_ULONG found = 0;

	if (search(place, template, 2, objects, &found) != CKR_OK || found == 0)
		return false;
	*ret_object = objects[0];
	return true;
}

/* ---- failures ------------------------------------------------------------------------
 */

/* Answers that mean the same: what we talked to is not there any more. Others are asked
 * about. */
static bool is_gone(const struct modseal_pkcs11_place *place, CK_RV value)
{
	CK_TOKEN_INFO info;

	switch (value) {
	case CKR_DEVICE_REMOVED:
	case CKR_TOKEN_NOT_PRESENT:
	case CKR_TOKEN_NOT_RECOGNIZED:
	case CKR_SESSION_HANDLE_INVALID:
	case CKR_SESSION_CLOSED:
	case CKR_SLOT_ID_INVALID:
	case CKR_OBJECT_HANDLE_INVALID:
	case CKR_KEY_HANDLE_INVALID:
	case CKR_USER_NOT_LOGGED_IN:
		return true;
	default:
		return place->session &&
		       place->module.call->C_GetTokenInfo(place->slot, &info) != CKR_OK;
	}
}

int modseal_pkcs11_fail(const struct modseal_pkcs11_place *place, CK_RV value,
			const char *object, const char *doing,
			struct modseal_error *error)
{
	char name[MODSEAL_PKCS11_NAME_SIZE];
	int code;

	if (value == CKR_HOST_MEMORY)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	if (!is_gone(place, value))
		return modseal_fail(error, MODSEAL_E_TOKEN_FAILED, MODSEAL_STAGE_KEY,
				    object, "the token '%s' (module %s) %s: %s",
				    place->label, place->module.name, doing,
				    modseal_pkcs11_name(value, name));
	code = modseal_fail(error, MODSEAL_E_TOKEN_REMOVED, MODSEAL_STAGE_KEY, object,
			    "the token '%s' (module %s) was removed: %s", place->label,
			    place->module.name, modseal_pkcs11_name(value, name));
	return code;
}
