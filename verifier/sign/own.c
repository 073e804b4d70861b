/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for a key's own signature among those there are. */
#include "verifier/sign/own.h"

#include "verifier/signature/profile.h"

/* algorithms: bits; 0: any */
static bool is_by(const struct modseal_signing_key *key, uint32_t algorithms,
		  enum modseal_evidence form, const struct modseal_cms *cms, size_t index,
		  struct modseal_content_digests *digests, const char *object)
{
	struct modseal_signer_info signer = {
		.info = sk_CMS_SignerInfo_value(cms->signers, (int)index),
		.layout = &cms->layout.signers[index],
	};

	return modseal_profile_check(signer.layout, form, object, &signer.message_digest,
				     NULL) == 0 &&
	       modseal_signer_info_check(key->crypto, &signer,
					 key->signer->certificate.key, algorithms,
					 digests, key->signer->name, object, NULL) == 0;
}

bool modseal_cms_is_own(const struct modseal_signing_key *key, enum modseal_evidence form,
			struct modseal_span cms,
			const struct modseal_content_digests *known, const char *object)
{
	struct modseal_content_digests digests = *known;
	struct modseal_cms read = {.info = NULL};
	bool found = false, other = false;

	modseal_crypto_forget();
	if (modseal_cms_read(key->crypto, cms, form == MODSEAL_EVIDENCE_DETACHED, object,
			     &read, NULL) < 0)
		return false;
	for (size_t i = 0; i < read.layout.signer_count; i++) {
		found = found || is_by(key, 1u << key->algorithm, form, &read, i,
				       &digests, object);
		other = other || (key->replaced && is_by(key->replaced, 0, form, &read, i,
							 &digests, object));
	}
	modseal_cms_clear(&read);
	if (found && other)
		found = false;
	if (found)
		found = modseal_cms_prove_known(key, form, cms, &digests, object, NULL) ==
			0;
	modseal_crypto_forget();
	return found;
}
