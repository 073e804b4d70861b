/* SPDX-License-Identifier: Apache-2.0 */
/* A CMS SignedData, read by our own reader first and by OpenSSL's decoder second. */
#ifndef MODSEAL_SIGNATURE_CMS_H
#define MODSEAL_SIGNATURE_CMS_H

#include <openssl/cms.h>

#include "keys/certificate.h"
#include "verifier/signature/cms_memory.h"
#include "verifier/signature/layout.h"

struct modseal_cms {
	struct modseal_layout layout; /* spans into the bytes given, or into owned */
	uint8_t *owned;		      /* decoded from PEM, or NULL */
	CMS_ContentInfo *info;
	STACK_OF(CMS_SignerInfo) * signers; /* of info, in the layout's order */
	STACK_OF(X509) * certificates;	    /* NULL: none */
	struct modseal_cms_known *known;    /* owns the three before it; or NULL */
	struct modseal_cms_memory *memory;  /* where it goes */
};

/*
 * Reads DER (or PEM of one block "CMS" or "PKCS7" where armour is true) that is what
 * modseal_layout_read accepts and that OpenSSL's re-encoding gives back byte for byte
 * (R23). bytes must live as long as the result. The caller ends with modseal_cms_clear.
 * Errors: SIGNATURE_MALFORMED, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_cms_read(const struct modseal_crypto *crypto,
					struct modseal_span bytes, bool armour,
					const char *object, struct modseal_cms *ret_cms,
					struct modseal_error *error);
/* The same for one file after the other; memory must live longer. NULL: none. */
MODSEAL_MUST_CHECK int modseal_cms_read_again(const struct modseal_crypto *crypto,
					      struct modseal_cms_memory *memory,
					      struct modseal_span bytes, bool armour,
					      const char *object,
					      struct modseal_cms *ret_cms,
					      struct modseal_error *error);
/* The same of a time-stamp token in DER (modseal_layout_read_token). */
MODSEAL_MUST_CHECK int modseal_cms_read_token(const struct modseal_crypto *crypto,
					      struct modseal_span token,
					      const char *object,
					      struct modseal_cms *ret_cms,
					      struct modseal_error *error);
void modseal_cms_clear(struct modseal_cms *cms);

/* True if a SignerInfo names this certificate: the bytes of its issuer and its serial
 * number, or its key identifier. False for NULL. */
bool modseal_cms_signer_is(CMS_SignerInfo *info, X509 *x509);

/* How a SignerInfo names its signer: `issuer "CN=...", serial 0A`, or `key identifier
 * 0A`; for messages. */
void modseal_cms_signer_text(CMS_SignerInfo *info, char *buffer, size_t size);

#endif
