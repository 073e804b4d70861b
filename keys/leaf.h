/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate of a path must say about itself; OpenSSL's own rules come on top. */
#ifndef MODSEAL_KEYS_LEAF_H
#define MODSEAL_KEYS_LEAF_H

#include "keys/certificate.h"

/*
 * A code-signing leaf (R21): no CA, keyUsage with digitalSignature,
 * extendedKeyUsage with codeSigning itself. anyExtendedKeyUsage does not count: a
 * certificate for everything was not issued for signing code.
 * Errors: CERTIFICATE_INVALID.
 */
MODSEAL_MUST_CHECK int modseal_leaf_judge(const struct modseal_certificate *leaf,
					  const char *object,
					  struct modseal_error *error);

/*
 * The leaf of a time-stamping authority (RFC 3161 2.3): no CA, a keyUsage (if any) with
 * digitalSignature or nonRepudiation, a critical extendedKeyUsage with timeStamping and
 * nothing else: a key that signs other things too might be made to sign what looks like a
 * token. Errors: CERTIFICATE_INVALID.
 */
MODSEAL_MUST_CHECK int modseal_stamper_judge(const struct modseal_certificate *leaf,
					     const char *object,
					     struct modseal_error *error);

/* A CA above a leaf: an extendedKeyUsage narrows what it may issue for (CA/Browser Forum
 * practice), so where it has one codeSigning (stamps: timeStamping) or
 * anyExtendedKeyUsage is in it. Errors: CERTIFICATE_INVALID. */
MODSEAL_MUST_CHECK int modseal_issuer_judge(const struct modseal_certificate *issuer,
					    bool stamps, const char *object,
					    struct modseal_error *error);

/* A version that has extensions and no later one. Critical extensions are those we, and
 * not just OpenSSL, act upon (R25), and all that are acted upon are strict DER. Errors:
 * CERTIFICATE_INVALID. */
MODSEAL_MUST_CHECK int
modseal_extensions_judge(const struct modseal_certificate *certificate,
			 const char *object, struct modseal_error *error);

/* Errors: CERTIFICATE_INVALID at stage evidence, naming the certificate's subject. */
int modseal_certificate_refuse(const struct modseal_certificate *certificate, int code,
			       const char *object, const char *what,
			       struct modseal_error *error);

#endif
