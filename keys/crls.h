/* SPDX-License-Identifier: Apache-2.0 */
/* The revocation lists of a chain signer against a certificate path (R29). */
#ifndef MODSEAL_KEYS_CRLS_H
#define MODSEAL_KEYS_CRLS_H

#include "keys/crl.h"
#include "keys/signer.h"

/*
 * Reads the signer's lists and checks those of its own certificate and intermediates, so
 * that their times are known when it is made. A list that cannot be used is no failure
 * here. Errors: RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int modseal_crls_open(const struct modseal_crypto *crypto,
					 struct modseal_signer *signer,
					 const struct modseal_crl_source *sources,
					 size_t count, struct modseal_error *error);
void modseal_crls_close(struct modseal_signer *signer);

/*
 * Asks about every certificate of a path (the leaf first, the signer's own last) that has
 * its issuer in the path: the last is trusted by the policy's word, its issuer is not
 * known. Each link by the newest list that this issuer's key has signed; an older one is
 * superseded by it.
 *
 * REVOKED: that list names the certificate, however old it is. CRL_UNUSABLE: a file
 * cannot be read as a list, no key of the issuer's name made its signature, it is past
 * nextUpdate, it is from the future (not with a clock below the floor, which is known to
 * be wrong), the issuer may not sign lists; where lists are required also: there is
 * none, or it is older than the signer's maximum age. Where they are asked for only if
 * present, *ret_missing becomes true instead. Other errors: CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_crls_judge(const struct modseal_crypto *crypto,
					  const struct modseal_signer *signer,
					  const struct modseal_certificate *const *path,
					  size_t count, int64_t when, bool below_floor,
					  const char *object, bool *ret_missing,
					  struct modseal_error *error);

#endif
