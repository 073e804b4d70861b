/* SPDX-License-Identifier: Apache-2.0 */
/* Where a signing key and its certificate come from. */
#ifndef MODSEAL_SIGN_SOURCE_H
#define MODSEAL_SIGN_SOURCE_H

#include "verifier/sign/key.h"

/*
 * Fills the key (where the options name one), the signer of its certificate, and what
 * outputs must spare; proves that the two belong together. Without a certificate_path the
 * certificate is taken from where the key is.
 *
 * Errors: those of modseal_private_key_read, modseal_signer_new (in stage KEY) and of
 * reading files; those of modseal_pkcs11_uri_read and of token.h; ARGUMENT (there is no
 * certificate beside the key), KEY_MISMATCH.
 */
MODSEAL_MUST_CHECK int modseal_key_source_read(const struct modseal_sign_options *options,
					       struct modseal_signing_key *key,
					       struct modseal_error *error);

#endif
