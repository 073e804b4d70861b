/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of digests: sorted once when the policy is read, then searched by halves. */
#include <stdlib.h>
#include <string.h>

#include "keys/revoked.h"

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, MODSEAL_SHA256_SIZE);
}

void modseal_digest_set_sort(struct modseal_digest_set *set)
{
	if (set->count > 1)
		qsort(set->digests, set->count, sizeof(set->digests[0]), compare);
}

bool modseal_digest_set_has(const struct modseal_digest_set *set,
			    const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	if (set->count == 0)
		return false;
	return bsearch(digest, set->digests, set->count, sizeof(set->digests[0]),
		       compare) != NULL;
}
