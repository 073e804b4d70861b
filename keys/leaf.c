/* SPDX-License-Identifier: Apache-2.0 */
/* Judges usage and extensions of the certificates of a path. */
#include <openssl/x509v3.h>

#include "keys/der.h"
#include "keys/leaf.h"

int modseal_certificate_refuse(const struct modseal_certificate *certificate, int code,
			       const char *object, const char *what,
			       struct modseal_error *error)
{
	char subject[256];

	modseal_crypto_forget();
	modseal_certificate_subject(certificate, subject, sizeof(subject));
	return modseal_fail(error, code, MODSEAL_STAGE_EVIDENCE, object,
			    "the certificate '%s' %s", subject, what);
}

static int refuse(const struct modseal_certificate *certificate, const char *object,
		  const char *what, struct modseal_error *error)
{
	return modseal_certificate_refuse(certificate, MODSEAL_E_CERTIFICATE_INVALID,
					  object, what, error);
}

int modseal_leaf_judge(const struct modseal_certificate *leaf, const char *object,
		       struct modseal_error *error)
{
	uint32_t flags = X509_get_extension_flags(leaf->x509);

	if (modseal_certificate_is_authority(leaf))
		return refuse(leaf, object,
			      "is a CA's, which signs certificates, not code", error);
	if ((flags & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(leaf->x509) & KU_DIGITAL_SIGNATURE) == 0)
		return refuse(leaf, object, "lacks the key usage digitalSignature",
			      error);
	if ((flags & EXFLAG_XKUSAGE) == 0 ||
	    (X509_get_extended_key_usage(leaf->x509) & XKU_CODE_SIGN) == 0)
		return refuse(leaf, object, "lacks the extended key usage codeSigning",
			      error);
	return 0;
}

int modseal_stamper_judge(const struct modseal_certificate *leaf, const char *object,
			  struct modseal_error *error)
{
	/* SEQUENCE OF KeyPurposeId: 1.3.6.1.5.5.7.3.8 and nothing else */
	static const uint8_t only[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06,
				       0x01, 0x05, 0x05, 0x07, 0x03, 0x08};
	int at = X509_get_ext_by_NID(leaf->x509, NID_ext_key_usage, -1);
	X509_EXTENSION *usage = at < 0 ? NULL : X509_get_ext(leaf->x509, at);
	const ASN1_OCTET_STRING *value = usage ? X509_EXTENSION_get_data(usage) : NULL;

	if (modseal_certificate_is_authority(leaf))
		return refuse(leaf, object,
			      "is a CA's, which signs certificates, not time stamps",
			      error);
	/* X509_get_key_usage has all bits where there is no such extension */
	if ((X509_get_key_usage(leaf->x509) &
	     (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return refuse(leaf, object, "lacks the key usage digitalSignature",
			      error);
	if (!value || !X509_EXTENSION_get_critical(usage) ||
	    !modseal_span_equal(modseal_span_of(only, sizeof(only)),
				modseal_span_of(ASN1_STRING_get0_data(value),
						(size_t)ASN1_STRING_length(value))))
		return refuse(leaf, object,
			      "lacks timeStamping as its only, critical extended key "
			      "usage",
			      error);
	return 0;
}

int modseal_issuer_judge(const struct modseal_certificate *issuer, bool stamps,
			 const char *object, struct modseal_error *error)
{
	uint32_t usage = stamps ? XKU_TIMESTAMP : XKU_CODE_SIGN;

	if ((X509_get_extension_flags(issuer->x509) & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(issuer->x509) & (usage | XKU_ANYEKU)) == 0)
		return refuse(issuer, object,
			      stamps ? "may not issue for timeStamping"
				     : "may not issue for codeSigning",
			      error);
	return 0;
}

/*
 * Left out on purpose: policyConstraints, policyMappings and inhibitAnyPolicy, which
 * OpenSSL calls supported but skips unless asked, and whose processing was exponential
 * once (CVE-2023-0464).
 */
static bool acted_upon(int nid)
{
	switch (nid) {
	case NID_basic_constraints:
	case NID_key_usage:
	case NID_ext_key_usage:
	case NID_name_constraints:
	case NID_subject_alt_name:
	case NID_certificate_policies: /* no constraint by itself, RFC 5280 4.2.1.4 */
	case NID_subject_key_identifier:
	case NID_authority_key_identifier:
		return true;
	default:
		return false;
	}
}

int modseal_extensions_judge(const struct modseal_certificate *certificate,
			     const char *object, struct modseal_error *error)
{
	int count = X509_get_ext_count(certificate->x509);

	/* what a later version means nobody knows yet; earlier ones have no extensions */
	if (X509_get_version(certificate->x509) != X509_VERSION_3)
		return refuse(certificate, object, "is not of version 3 of X.509", error);
	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate->x509, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
		ASN1_OBJECT *type = X509_EXTENSION_get_object(extension);
		char name[80];
		char what[128];

		if (acted_upon(OBJ_obj2nid(type))) {
			if (!modseal_der_strict(
				    modseal_span_of(ASN1_STRING_get0_data(value),
						    (size_t)ASN1_STRING_length(value))))
				return refuse(
					certificate, object,
					"has an extension that is not in strict DER",
					error);
			continue;
		}
		if (!X509_EXTENSION_get_critical(extension))
			continue;
		if (OBJ_obj2txt(name, sizeof(name), type, 0) <= 0)
			snprintf(name, sizeof(name), "?");
		snprintf(what, sizeof(what), "has the unknown critical extension %s",
			 name);
		return refuse(certificate, object, what, error);
	}
	return 0;
}
