/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's FIPS provider: where it lies, and a crypto that uses nothing else. */
#ifndef MODSEAL_KEYS_FIPS_H
#define MODSEAL_KEYS_FIPS_H

#include "keys/crypto.h"

/* What `openssl fipsinstall` writes for the module (fips_config(5)) is about 1 KiB. */
#define MODSEAL_MAX_FIPS_CONFIG_SIZE (64u * 1024)

/* The places this OpenSSL was built with, whatever OPENSSL_MODULES and OPENSSL_CONF say:
 * the module, and fipsmodule.cnf beside openssl.cnf. The caller frees both.
 * Errors: RESOURCE, UNSUPPORTED (an OpenSSL without modules). */
MODSEAL_MUST_CHECK int modseal_fips_paths(char **ret_module, char **ret_config,
					  struct modseal_error *error);

/*
 * A crypto whose algorithms are the approved ones of the FIPS provider, and never any
 * other's. Needs OpenSSL 3.2. The module's code runs in this process: the caller has made
 * sure that nobody but root could put module and config there. config is the text of one
 * section of `key = value` lines; anything else in it (.include, $variables) is refused,
 * so that nothing of the environment comes in.
 *
 * Errors: UNSUPPORTED (the text is not what fipsinstall writes, or the provider does not
 * start with it: its self-test failed), CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_crypto_new_fips(const char *module,
					       struct modseal_span config,
					       struct modseal_crypto **ret_crypto,
					       struct modseal_error *error);

#endif
