/* SPDX-License-Identifier: Apache-2.0 */
/* What verdicts and images say of the module note: accessors. */
#include <string.h>

#include "verifier/image/image.h"
#include "verifier/verdict.h"

const char *modseal_verdict_module_name(const struct modseal_verdict *verdict)
{
	return verdict->note.name;
}

int modseal_verdict_module_version(const struct modseal_verdict *verdict,
				   uint64_t *ret_version)
{
	if (!verdict->version_known)
		return 0;
	*ret_version = verdict->version;
	return 1;
}

const char *modseal_verdict_module_abi(const struct modseal_verdict *verdict)
{
	return verdict->note.abi;
}

const char *modseal_verdict_module_metadata(const struct modseal_verdict *verdict,
					    const char *key)
{
	for (size_t i = 0; i < verdict->note.metadata_count; i++)
		if (strcmp(verdict->note.metadata[i].key, key) == 0)
			return verdict->note.metadata[i].value;
	return NULL;
}

const char *modseal_verdict_module_metadata_key(const struct modseal_verdict *verdict,
						size_t index)
{
	return index < verdict->note.metadata_count ? verdict->note.metadata[index].key
						    : NULL;
}

const char *modseal_image_module_abi(const struct modseal_image *image)
{
	return image->verdict->note.abi;
}
