/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files that lie beside a file. */
#include "verifier/beside.h"

#include <stdio.h>
#include <stdlib.h>

static int open_beside(const int *root, const char *path, const char *suffix,
		       struct modseal_located *ret_located, struct modseal_error *error)
{
	char *beside;
	int result = 0;

	if (!root)
		result = modseal_path_beside(path, suffix, &beside, error);
	else if (asprintf(&beside, "%s%s", path, suffix) < 0)
		result = modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	if (result < 0)
		return result;
	result = root ? modseal_path_open_in(*root, beside, ret_located, error)
		      : modseal_path_open_any(beside, ret_located, error);
	free(beside);
	return result;
}

int modseal_beside_read(const int *root, const char *path, const char *suffix,
			uint64_t max_size, struct modseal_bytes *ret_bytes,
			bool *ret_present, struct modseal_error *error)
{
	struct modseal_located located;
	int result = open_beside(root, path, suffix, &located, error);

	if (result == MODSEAL_E_NOT_FOUND) {
		*ret_present = false;
		modseal_error_clear(error);
		return 0;
	}
	if (result < 0)
		return result;
	result = modseal_bytes_read(&located, max_size, ret_bytes, error);
	modseal_located_close(&located);
	if (result == 0)
		*ret_present = true;
	return result;
}
