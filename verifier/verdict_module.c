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

int modseal_image_expect_abi(const struct modseal_image *image, const char *abi,
			     struct modseal_error *error)
{
	const char *own;

	modseal_error_clear(error);
	if (!image || !abi || !*abi)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_IMAGE, NULL,
				    "no image, or no ABI identifier");
	own = image->verdict->note.abi;
	if (own && strcmp(own, abi) == 0)
		return 0;
	if (!own)
		return modseal_fail(error, MODSEAL_E_ABI_MISMATCH, MODSEAL_STAGE_IMAGE,
				    image->path,
				    "no module note in it says that it is for '%s'", abi);
	return modseal_fail(error, MODSEAL_E_ABI_MISMATCH, MODSEAL_STAGE_IMAGE,
			    image->path, "it is for '%s', and here that is '%s'", own,
			    abi);
}
