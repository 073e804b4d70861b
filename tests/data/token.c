/* SPDX-License-Identifier: Apache-2.0 */
/* A PKCS#11 module whose answers are set from outside; see tests/unit/fake_token.h. */
#include <p11-kit/pkcs11.h>
#include <string.h>

#include "tests/unit/fake_token.h"

struct fake_token fake_token;
static int open;

static CK_RV initialize(void *arguments)
{
	return CKR_OK;
}
static CK_RV slots(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
	if (list)
		*list = 0;
	*count = 1;
	return CKR_OK;
}
static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	memset(info, ' ', sizeof(*info));
	memcpy(info->label, "fake", 4);
	info->flags = CKF_TOKEN_INITIALIZED | fake_token.flags;
	return open ? fake_token.info : CKR_OK;
}
static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
			  CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	fake_token.sessions++;
	open = 1;
	*session = 1;
	return CKR_OK;
}
static CK_RV close_session(CK_SESSION_HANDLE session)
{
	fake_token.sessions--;
	open = 0;
	return CKR_OK;
}
static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE who, CK_UTF8CHAR *pin,
		   CK_ULONG size)
{
	if (who == CKU_CONTEXT_SPECIFIC) {
		fake_token.context_logins++;
		return size == 4 && !memcmp(pin, "1234", 4) ? fake_token.context_login
							    : CKR_PIN_INCORRECT;
	}
	fake_token.logins++;
	return fake_token.login;
}
static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	return CKR_OK;
}
static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room,
		  CK_ULONG *count)
{
	*count = fake_token.objects < room ? fake_token.objects : room;
	for (CK_ULONG i = 0; i < *count; i++)
		objects[i] = i + 1;
	*count += fake_token.too_many;
	return CKR_OK;
}
static CK_RV find_final(CK_SESSION_HANDLE session)
{
	return CKR_OK;
}
static CK_RV value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
		   CK_ATTRIBUTE *attribute, CK_ULONG count)
{
	CK_BBOOL always = fake_token.always != 0;
	CK_ULONG type = fake_token.key_type;

	if (attribute->type == CKA_KEY_TYPE) {
		memcpy(attribute->pValue, &type, sizeof(type));
	} else if (attribute->type == CKA_ALWAYS_AUTHENTICATE) {
		memcpy(attribute->pValue, &always, sizeof(always));
	} else {
		attribute->ulValueLen = fake_token.value_size;
		if (attribute->pValue) {
			memset(attribute->pValue, 'x', fake_token.value_size);
			attribute->ulValueLen += fake_token.grows;
		}
	}
	return CKR_OK;
}
static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
		       CK_OBJECT_HANDLE key)
{
	return fake_token.sign_init;
}
static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size,
		  CK_BYTE *signature, CK_ULONG *room)
{
	fake_token.signs++;
	if (fake_token.signature_size <= *room)
		memset(signature, 1, fake_token.signature_size);
	*room = fake_token.signature_size;
	return fake_token.sign;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	static CK_FUNCTION_LIST ours = {
		.C_Initialize = initialize,
		.C_Finalize = initialize,
		.C_GetSlotList = slots,
		.C_GetTokenInfo = token_info,
		.C_OpenSession = open_session,
		.C_CloseSession = close_session,
		.C_Login = login,
		.C_FindObjectsInit = find_init,
		.C_FindObjects = find,
		.C_FindObjectsFinal = find_final,
		.C_GetAttributeValue = value,
		.C_SignInit = sign_init,
		.C_Sign = sign,
	};

	*list = &ours;
	return CKR_OK;
}
