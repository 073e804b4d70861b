/* SPDX-License-Identifier: Apache-2.0 */
/* What the certificates of a signer say, for people. */
#include "keys/signer_facts.h"
#include "keys/signer.h"
#include "keys/validity.h"

size_t modseal_signer_certificate_count(const struct modseal_signer *signer)
{
	return 1 + signer->intermediate_count;
}

int modseal_signer_facts(const struct modseal_crypto *crypto,
			 struct modseal_signer *signer, size_t index,
			 struct modseal_certificate_facts *ret_facts,
			 struct modseal_error *error)
{
	const struct modseal_certificate *certificate = &signer->certificate;
	struct modseal_certificate_facts facts = {0};
	int result = modseal_signer_ready(crypto, signer, error);

	if (result < 0)
		return result;
	if (index > 0 && index <= signer->intermediate_count)
		certificate = &signer->intermediates[index - 1];
	else if (index > 0)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
				    signer->name, "no such certificate");
	if (!modseal_time_read(X509_get0_notBefore(certificate->x509),
			       &facts.not_before) ||
	    !modseal_time_read(X509_get0_notAfter(certificate->x509), &facts.not_after))
		return modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID,
				    MODSEAL_STAGE_KEY, signer->name,
				    "the times of its certificate are malformed");
	modseal_certificate_subject(certificate, facts.subject, sizeof(facts.subject));
	if (EVP_PKEY_is_a(certificate->key, "RSA"))
		facts.rsa_bits = (uint32_t)EVP_PKEY_get_bits(certificate->key);
	facts.is_authority = modseal_certificate_is_authority(certificate);
	memcpy(facts.sha256, certificate->sha256, sizeof(facts.sha256));
	memcpy(facts.key_sha256, certificate->key_sha256, sizeof(facts.key_sha256));
	*ret_facts = facts;
	return 0;
}
