/* SPDX-License-Identifier: Apache-2.0 */
/* The stable names of the closed vocabularies in include/internal/kinds.h. */
#include "internal/kinds.h"

#define X_NAME(name, text) text,

static const char *const purposes[] = {MODSEAL_PURPOSE_LIST(X_NAME)};
static const char *const evidences[] = {MODSEAL_EVIDENCE_LIST(X_NAME)};
static const char *const features[] = {
#define X(name, text) text,
	MODSEAL_FEATURE_LIST(X)
#undef X
};
static const char *const hand_offs[] = {MODSEAL_HAND_OFF_LIST(X_NAME)};
static const char *const providers[] = {MODSEAL_PROVIDER_LIST(X_NAME)};
static const char *const hashes[] = {"sha256", "sha384", "sha512"};
static const size_t hash_sizes[] = {32, 48, 64};

struct algorithm_entry {
	const char *name;
	enum modseal_hash hash;
};
#define X_ALGORITHM(name, text, hash) {text, MODSEAL_HASH_##hash},
static const struct algorithm_entry algorithms[] = {MODSEAL_ALGORITHM_LIST(X_ALGORITHM)};

const char *modseal_purpose_name(enum modseal_purpose purpose)
{
	return (unsigned)purpose < MODSEAL_PURPOSE_COUNT ? purposes[purpose] : NULL;
}

const char *modseal_evidence_name(enum modseal_evidence evidence)
{
	return (unsigned)evidence < MODSEAL_EVIDENCE_COUNT ? evidences[evidence] : NULL;
}

const char *modseal_hand_off_name(enum modseal_hand_off hand_off)
{
	return (unsigned)hand_off < MODSEAL_HAND_OFF_COUNT ? hand_offs[hand_off] : NULL;
}

const char *modseal_feature_name(enum modseal_feature feature)
{
	return (unsigned)feature < MODSEAL_FEATURE_COUNT ? features[feature] : NULL;
}

const char *modseal_provider_name(enum modseal_provider provider)
{
	return (unsigned)provider < MODSEAL_PROVIDER_COUNT ? providers[provider] : NULL;
}

const char *modseal_algorithm_name(enum modseal_algorithm algorithm)
{
	return (unsigned)algorithm < MODSEAL_ALGORITHM_COUNT ? algorithms[algorithm].name
							     : NULL;
}

const char *modseal_hash_name(enum modseal_hash hash)
{
	return (unsigned)hash < MODSEAL_HASH_COUNT ? hashes[hash] : NULL;
}

size_t modseal_hash_size(enum modseal_hash hash)
{
	return (unsigned)hash < MODSEAL_HASH_COUNT ? hash_sizes[hash] : 0;
}

enum modseal_hash modseal_algorithm_hash(enum modseal_algorithm algorithm)
{
	return (unsigned)algorithm < MODSEAL_ALGORITHM_COUNT ? algorithms[algorithm].hash
							     : MODSEAL_HASH_SHA256;
}
