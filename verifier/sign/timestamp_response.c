/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a TimeStampResp, and writes its token in DER. */
#include "verifier/sign/timestamp_response.h"

#include <openssl/cms.h>
#include <stdio.h>

#include "keys/openssl.h"
#include "verifier/signature/tlv.h"

#define TLV_UTF8       0x0c
#define TLV_BIT_STRING 0x03

static int invalid(struct modseal_error *error, const char *object, const char *what)
{
	int code = modseal_fail(error, MODSEAL_E_TIMESTAMP_INVALID, MODSEAL_STAGE_SIGN,
				object, "%s", what);

	modseal_remedy(error, "give the answer of the authority as it came, a "
			      "TimeStampResp in DER");
	return code;
}

/* RFC 3161 2.4.2, PKIFailureInfo: the bits that have a name. */
static const char *failure(struct modseal_span bits)
{
	static const struct {
		unsigned bit;
		const char *text;
	} names[] = {
		{0, "unrecognized or unsupported algorithm"},
		{2, "transaction not permitted or supported"},
		{5, "the data submitted has the wrong format"},
		{14, "its time source is not available"},
		{15, "the requested policy is not supported"},
		{16, "the requested extension is not supported"},
		{17, "additional information is not available"},
		{25, "system failure"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t at = 1 + names[i].bit / 8; /* behind the count of unused bits */

		if (at < bits.size && bits.data[at] & 0x80 >> names[i].bit % 8)
			return names[i].text;
	}
	return "no reason given";
}

static int refused(struct modseal_span status, unsigned number, const char *object,
		   struct modseal_error *error)
{
	char text[256] = "", words[512] = "";
	struct modseal_tlv item, line;
	const char *reason = "no reason given";
	int code;

	if (modseal_tlv_take(&status, MODSEAL_TLV_SEQUENCE, &item) &&
	    modseal_tlv_take(&item.value, TLV_UTF8, &line)) {
		snprintf(text, sizeof(text), "%.*s", (int)line.value.size,
			 (const char *)line.value.data);
		modseal_escape(words, sizeof(words), text);
	}
	if (modseal_tlv_take(&status, TLV_BIT_STRING, &item))
		reason = failure(item.value);
	code = modseal_fail(error, MODSEAL_E_TIMESTAMP_MISSING, MODSEAL_STAGE_SIGN,
			    object,
			    "the authority gave no time stamp (status %u): %s%s%s",
			    number, reason, words[0] ? ": " : "", words);
	modseal_remedy(error, "ask again; for SHA-256 and without a policy of its own "
			      "where it does not know what was asked for");
	return code;
}

/* TimeStampResp ::= SEQUENCE { SEQUENCE { status, ... }, token OPTIONAL } */
static int open_response(struct modseal_span bytes, const char *object,
			 struct modseal_span *ret_token, struct modseal_error *error)
{
	struct modseal_span rest = bytes, status;
	struct modseal_tlv item, number;

	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item) || rest.size != 0)
		return invalid(error, object, "it is no answer of an authority in DER");
	rest = item.value;
	if (rest.size > 0 && rest.data[0] == MODSEAL_TLV_OBJECT) {
		*ret_token = bytes; /* a ContentInfo: the token alone */
		return 0;
	}
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item))
		return invalid(error, object, "it is no answer of an authority in DER");
	status = item.value;
	if (!modseal_tlv_take(&status, MODSEAL_TLV_INTEGER, &number) ||
	    number.value.size != 1)
		return invalid(error, object, "the authority's answer has no status");
	if (number.value.data[0] > 1) /* granted, grantedWithMods */
		return refused(status, number.value.data[0], object, error);
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item) || rest.size != 0)
		return invalid(error, object, "the authority's answer has no token");
	*ret_token = item.whole;
	return 0;
}

int modseal_timestamp_response(const struct modseal_crypto *crypto,
			       struct modseal_span bytes, const char *object,
			       struct modseal_writer *ret_token,
			       struct modseal_error *error)
{
	struct modseal_writer writer = {.size = 0};
	unsigned char *der = NULL;
	const unsigned char *at;
	struct modseal_span token = {.data = NULL};
	CMS_ContentInfo *info;
	int size;
	int result = open_response(bytes, object, &token, error);

	if (result < 0)
		return result;
	info = CMS_ContentInfo_new_ex(modseal_crypto_library(crypto), NULL);
	if (!info)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	at = token.data;
	if (!d2i_CMS_ContentInfo(&info, &at, (long)token.size)) {
		modseal_crypto_forget();
		return invalid(error, object, "the authority's token cannot be decoded");
	}
	size = i2d_CMS_ContentInfo(info, &der);
	if (size > 0)
		modseal_writer_put(&writer, modseal_span_of(der, (size_t)size));
	OPENSSL_free(der);
	CMS_ContentInfo_free(info);
	modseal_crypto_forget();
	if (size <= 0 || writer.failed) {
		modseal_writer_clear(&writer);
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	}
	*ret_token = writer;
	return 0;
}
