/* SPDX-License-Identifier: Apache-2.0 */
/* Tells why the signers of a content are not those that are wanted. */
#include "verifier/signature/reason.h"

#include <stdarg.h>
#include <stdio.h>

#include "keys/signer.h"

/* So many of each are named in a message; the rest is counted. */
#define NAMED_MOST 3
#define KEY_SHOWN  8 /* bytes of a key digest */

struct text {
	char buffer[768];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text,
						      const char *format, ...)
{
	size_t room = sizeof(text->buffer) - text->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->buffer + text->used, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->used += (size_t)length < room ? (size_t)length : room - 1;
}

static int rank(int code)
{
	switch (code) {
	case MODSEAL_OK:
		return 0;
	case MODSEAL_E_REVOKED:
		return 7;
	case MODSEAL_E_CRL_UNUSABLE:
		return 6;
	case MODSEAL_E_TIMESTAMP_INVALID:
	case MODSEAL_E_TIMESTAMP_MISSING:
		return 5;
	case MODSEAL_E_CERTIFICATE_EXPIRED:
		return 4;
	case MODSEAL_E_CERTIFICATE_INVALID:
		return 3;
	case MODSEAL_E_ALGORITHM_NOT_ALLOWED:
		return 2;
	default:
		return 1;
	}
}

void modseal_reason_note(struct modseal_reason *reason, const struct modseal_error *why)
{
	if (rank(why->code) > rank(reason->error.code))
		reason->error = *why;
}

static void add_key(struct text *text, const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	add(text, " (key ");
	for (size_t i = 0; i < KEY_SHOWN; i++)
		add(text, "%02x", digest[i]);
	add(text, "...)");
}

/* The key of the certificate in the CMS that a SignerInfo names, where there is one. */
static void add_embedded_key(struct text *text, CMS_SignerInfo *info,
			     const struct modseal_certificate *embedded)
{
	for (size_t i = 0; i < MODSEAL_MAX_CMS_CERTIFICATES; i++) {
		if (!embedded[i].x509 ||
		    CMS_SignerInfo_cert_cmp(info, embedded[i].x509) != 0)
			continue;
		add_key(text, embedded[i].key_sha256);
		return;
	}
}

static void add_found(struct text *text, const struct modseal_cms *cms,
		      const struct modseal_certificate *embedded)
{
	int count = sk_CMS_SignerInfo_num(cms->signers);

	for (int i = 0; i < count && i < NAMED_MOST; i++) {
		CMS_SignerInfo *info = sk_CMS_SignerInfo_value(cms->signers, i);
		char name[160];

		modseal_cms_signer_text(info, name, sizeof(name));
		add(text, "%s%s", i ? "; " : "", name);
		add_embedded_key(text, info, embedded);
	}
	if (count > NAMED_MOST)
		add(text, "; and %d more", count - NAMED_MOST);
}

static void add_wanted(struct text *text, const struct modseal_evidence_request *request,
		       const bool *met)
{
	size_t named = 0, left = 0;

	for (size_t i = 0; i < request->signer_count; i++) {
		const struct modseal_signer *signer = request->signers[i];

		if (met[i])
			continue;
		if (named == NAMED_MOST) {
			left++;
			continue;
		}
		add(text, "%s'%s'", named++ ? ", " : "", modseal_signer_name(signer));
		add_key(text, modseal_signer_key_digest(signer));
	}
	if (left)
		add(text, ", and %zu more", left);
}

int modseal_reason_refuse_by(const struct modseal_reason *reason,
			     const struct modseal_evidence_request *request,
			     const char *by, const struct modseal_evidence_result *found,
			     struct modseal_error *error)
{
	struct text text = {.used = 0};

	if (found->met_count == 0 && reason->error.code) {
		if (error)
			*error = reason->error;
		return reason->error.code;
	}
	add_wanted(&text, request, found->met);
	if (found->met_count == 0)
		return modseal_fail(error, MODSEAL_E_SIGNER_NOT_ALLOWED,
				    MODSEAL_STAGE_EVIDENCE, request->object,
				    "signed by %s; wanted: %s", by, text.buffer);
	return modseal_fail(error, MODSEAL_E_SIGNERS_TOO_FEW, MODSEAL_STAGE_EVIDENCE,
			    request->object,
			    "%u of the %u signers required; missing: %s%s%s",
			    found->met_count, request->require,
			    text.used ? text.buffer : "more signers than are allowed",
			    reason->error.code ? "; not counted: " : "",
			    reason->error.code ? reason->error.message : "");
}

int modseal_reason_refuse(const struct modseal_reason *reason,
			  const struct modseal_evidence_request *request,
			  const struct modseal_cms *cms,
			  const struct modseal_certificate *embedded,
			  const struct modseal_evidence_result *found,
			  struct modseal_error *error)
{
	struct text text = {.used = 0};

	add_found(&text, cms, embedded);
	return modseal_reason_refuse_by(reason, request, text.buffer, found, error);
}
