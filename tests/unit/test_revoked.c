/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of digests. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "keys/revoked.h"

Test(revoked, empty_set_has_nothing)
{
	const struct modseal_digest_set set = {NULL, 0};
	const uint8_t digest[MODSEAL_SHA256_SIZE] = {0};

	cr_assert(not(modseal_digest_set_has(&set, digest)));
}

Test(revoked, sorted_set_has_its_members_and_no_other)
{
	uint8_t digests[100][MODSEAL_SHA256_SIZE] = {{0}};
	struct modseal_digest_set set = {digests, 100};
	uint8_t wanted[MODSEAL_SHA256_SIZE] = {0};

	for (unsigned i = 0; i < 100; i++) {
		digests[i][0] = (uint8_t)(i * 37 % 100);
		digests[i][31] = 1;
	}
	modseal_digest_set_sort(&set);
	wanted[31] = 1;
	for (unsigned i = 0; i < 256; i++) {
		wanted[0] = (uint8_t)i;
		cr_assert(eq(int, modseal_digest_set_has(&set, wanted), i < 100), "%u",
			  i);
	}
	wanted[0] = 5;
	wanted[31] = 2; /* all 32 bytes count */
	cr_assert(not(modseal_digest_set_has(&set, wanted)));
}
