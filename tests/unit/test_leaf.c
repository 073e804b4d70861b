/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of other versions of X.509, which OpenSSL reads as if they were of 3
 * (R25). */
#include <openssl/x509.h>

#include "keyring.h"
#include "keys/leaf.h"

Test(leaf, R25_other_versions_are_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate certificate = keyring_certificate(crypto, "leaf.pem");

	for (long version = 0; version < 5; version++) {
		struct modseal_error error = {.code = 0};
		int result;

		cr_assert(X509_set_version(certificate.x509, version));
		result = modseal_extensions_judge(&certificate, "x.so", &error);
		if (version == X509_VERSION_3) {
			cr_assert(zero(int, result), "%s", error.message);
			continue;
		}
		cr_assert(eq(int, result, MODSEAL_E_CERTIFICATE_INVALID), "R25 %ld",
			  version);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
		cr_assert(strstr(error.message, "is not of version 3") != NULL, "%s",
			  error.message);
	}
	modseal_certificate_clear(&certificate);
	modseal_crypto_free(&crypto);
}
