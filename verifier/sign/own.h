/* SPDX-License-Identifier: Apache-2.0 */
/* Has a key signed a content already, as it would sign it now? */
#ifndef MODSEAL_SIGN_OWN_H
#define MODSEAL_SIGN_OWN_H

#include "verifier/sign/make.h"

/* True only where a verifier that trusts nobody but the key would accept the CMS, and the
 * key's signature in it is by the algorithm that it would use now; where the key is to
 * take another's place, only where that one's signatures are gone. Whatever cannot be
 * decided is no. */
bool modseal_cms_is_own(const struct modseal_signing_key *key, enum modseal_evidence form,
			struct modseal_span cms,
			const struct modseal_content_digests *known, const char *object);

#endif
