/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the revocation lists of a new set may take the place of those in force. */
#include <stdatomic.h>

#include "keys/crl.h"
#include "keys/signer.h"
#include "keys/validity.h"

/* Who made its signature; NULL where that was not found good. */
static const struct modseal_crl_maker *maker_of(const struct modseal_crl *crl)
{
	return crl->signed_by ? atomic_load(crl->signed_by) : NULL;
}

/* SHA-256 of the key. */
static const uint8_t *signing_key(const struct modseal_crl *crl)
{
	const struct modseal_crl_maker *maker = maker_of(crl);

	return maker ? maker->key_sha256 : NULL;
}

/* The CA of old may be one that only files bring along: of the lists of next, which
 * judged no file yet, nobody knows then that they are its. */
static int find_makers(const struct modseal_crypto *crypto,
		       const struct modseal_signer *next, const struct modseal_crl *old,
		       struct modseal_error *error)
{
	struct modseal_certificate maker;
	int result = modseal_certificate_wrap(crypto, maker_of(old)->certificate, &maker,
					      error);

	if (result)
		return result;
	for (size_t i = 0; result == 0 && i < next->crl_count; i++) {
		const struct modseal_crl *crl = &next->crls[i];
		struct modseal_error why;
		bool other;

		if (maker_of(crl) || !modseal_crl_names(crl, &maker))
			continue;
		result = modseal_crl_verify(crypto, crl, &maker, crl->name, &other, &why);
		if (result == MODSEAL_E_SIGNATURE_INVALID ||
		    result == MODSEAL_E_ALGORITHM_NOT_ALLOWED)
			result = 0; /* another's */
		else if (result && error)
			*error = why;
	}
	modseal_certificate_clear(&maker);
	return result;
}

static int check_flaws(const struct modseal_signer *signer, struct modseal_error *error)
{
	for (size_t i = 0; i < signer->crl_count; i++) {
		const struct modseal_crl *crl = &signer->crls[i];

		if (crl->flaw) {
			modseal_fail(error, MODSEAL_E_CRL_UNUSABLE, MODSEAL_STAGE_POLICY,
				     crl->name,
				     "as a revocation list of the signer '%s' it %s",
				     signer->name, crl->flaw);
			return MODSEAL_E_CRL_UNUSABLE;
		}
	}
	return 0;
}

static int check_list(const struct modseal_signer *next, const struct modseal_crl *old,
		      struct modseal_error *error)
{
	const struct modseal_crl *newest = NULL;
	char was[MODSEAL_TIME_TEXT_SIZE], is[MODSEAL_TIME_TEXT_SIZE];

	for (size_t i = 0; i < next->crl_count; i++) {
		const struct modseal_crl *crl = &next->crls[i];
		const uint8_t *key = signing_key(crl);

		if (key && memcmp(key, signing_key(old), MODSEAL_SHA256_SIZE) == 0 &&
		    (!newest || crl->this_update > newest->this_update))
			newest = crl;
	}
	if (newest && newest->this_update >= old->this_update)
		return 0;
	modseal_time_text(old->this_update, was);
	if (newest) {
		modseal_time_text(newest->this_update, is);
		modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY,
			     newest->name,
			     "this revocation list of the signer '%s' is of %s, the one "
			     "in force of %s",
			     next->name, is, was);
	} else {
		modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, old->name,
			     "the signer '%s' has a revocation list of %s in force, and "
			     "none by the same CA comes with this policy",
			     next->name, was);
	}
	modseal_remedy(error, "put the newest list of this CA beside the policy, under a "
			      "name of the signer's `crl-files`");
	return MODSEAL_E_ROLLBACK;
}

int modseal_signer_lists_succeed(const struct modseal_crypto *crypto,
				 const struct modseal_signer *next,
				 const struct modseal_signer *current, int64_t latest,
				 struct modseal_error *error)
{
	int result;

	if (next->crl_demand == MODSEAL_CRL_NONE)
		return 0;
	result = check_flaws(next, error);
	for (size_t i = 0; result == 0 && current && i < current->crl_count; i++) {
		const struct modseal_crl *old = &current->crls[i];

		if (!maker_of(old) || old->flaw || old->this_update > latest)
			continue;
		result = find_makers(crypto, next, old, error);
		if (result == 0)
			result = check_list(next, old, error);
	}
	return result;
}

bool modseal_signer_list(const struct modseal_signer *signer, int64_t latest,
			 size_t number, const char **ret_name, const uint8_t **ret_key,
			 int64_t *ret_made)
{
	for (size_t i = 0; i < signer->crl_count; i++) {
		const struct modseal_crl *crl = &signer->crls[i];
		const uint8_t *key = signing_key(crl);

		if (!key || crl->flaw || crl->this_update > latest || number-- > 0)
			continue;
		*ret_name = crl->name;
		*ret_key = key;
		*ret_made = crl->this_update;
		return true;
	}
	return false;
}
