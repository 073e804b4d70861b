/* SPDX-License-Identifier: Apache-2.0 */
/* Compares signatures with those that were decoded before, without a lock. */
#include <stdatomic.h>
#include <stdlib.h>

#include "verifier/signature/cms_known.h"

/* With four certificates most are smaller. */
#define MAX_SIZE 16384

struct modseal_cms_known {
	size_t size;
	size_t signature_at;
	size_t signature_size;
	CMS_ContentInfo *info;
	STACK_OF(CMS_SignerInfo) * signers;
	STACK_OF(X509) * certificates;
	uint8_t bytes[]; /* that it was decoded from */
};

static void forget(struct modseal_cms_known *known)
{
	if (!known)
		return;
	sk_X509_pop_free(known->certificates, X509_free);
	CMS_ContentInfo_free(known->info);
	free(known);
}

/* With several SignerInfos their order depends on their bytes. */
static bool can_be_known(struct modseal_span der, const struct modseal_layout *layout)
{
	return layout->signer_count == 1 && der.size <= MAX_SIZE;
}

static bool same_span(struct modseal_span der, const uint8_t *bytes, size_t start,
		      size_t end)
{
	return memcmp(der.data + start, bytes + start, end - start) == 0;
}

static bool is_like(const struct modseal_cms_known *known, struct modseal_span der,
		    struct modseal_span signature)
{
	size_t end = known->signature_at + known->signature_size;

	return der.size == known->size && signature.size == known->signature_size &&
	       (size_t)(signature.data - der.data) == known->signature_at &&
	       same_span(der, known->bytes, 0, known->signature_at) &&
	       same_span(der, known->bytes, end, known->size);
}

static void keep(struct modseal_cms_memory *memory, struct modseal_cms_known *known)
{
	for (size_t i = 0; i < MODSEAL_CMS_KNOWN; i++) {
		struct modseal_cms_known *none = NULL;

		if (atomic_compare_exchange_strong(&memory->known[i], &none, known))
			return;
	}
	/* the newest gets a place, or many signers would starve it */
	forget(atomic_exchange(&memory->known[0], known));
}

bool modseal_cms_recall(struct modseal_cms_memory *memory, struct modseal_span der,
			struct modseal_cms *cms)
{
	if (!memory || !can_be_known(der, &cms->layout))
		return false;
	for (size_t i = 0; i < MODSEAL_CMS_KNOWN; i++) {
		struct modseal_cms_known *known =
			atomic_exchange(&memory->known[i], NULL);

		if (!known)
			continue;
		if (!is_like(known, der, cms->layout.signers[0].signature)) {
			keep(memory, known);
			continue;
		}
		cms->info = known->info;
		cms->signers = known->signers;
		cms->certificates = known->certificates;
		cms->known = known;
		cms->memory = memory;
		return true;
	}
	return false;
}

int modseal_cms_remember(struct modseal_cms_memory *memory, struct modseal_span der,
			 struct modseal_cms *cms, struct modseal_error *error)
{
	struct modseal_span signature = cms->layout.signers[0].signature;
	struct modseal_cms_known *known;

	if (!memory || !can_be_known(der, &cms->layout))
		return 0;
	known = malloc(sizeof(*known) + der.size);
	if (!known)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	*known = (struct modseal_cms_known){
		.size = der.size,
		.signature_at = (size_t)(signature.data - der.data),
		.signature_size = signature.size,
		.info = cms->info,
		.signers = cms->signers,
		.certificates = cms->certificates,
	};
	memcpy(known->bytes, der.data, der.size);
	cms->known = known;
	cms->memory = memory;
	return 0;
}

void modseal_cms_let_go(struct modseal_cms *cms)
{
	keep(cms->memory, cms->known);
	cms->known = NULL;
	cms->info = NULL;
	cms->signers = NULL;
	cms->certificates = NULL;
}

void modseal_cms_memory_clear(struct modseal_cms_memory *memory)
{
	for (size_t i = 0; i < MODSEAL_CMS_KNOWN; i++)
		forget(atomic_exchange(&memory->known[i], NULL));
}
