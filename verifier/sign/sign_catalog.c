/* SPDX-License-Identifier: Apache-2.0 */
/* Signs catalogs: judged and signed are the same bytes, read once. */
#include "verifier/sign/sign.h"
#include "verifier/signature/catalog.h"

#define FLAGS_KNOWN (MODSEAL_SIGN_APPEND | MODSEAL_SIGN_FORCE)

/* Only what every verifier would read, so that nothing else is had signed as a catalog.
 */
static int judge(const struct modseal_signing_source *source, struct modseal_error *error)
{
	struct modseal_catalog_text catalog;
	int result = modseal_content_want(source->content, MODSEAL_CONTENT_CATALOG,
					  source->path, error);

	if (result == 0)
		result = modseal_catalog_parse(source->content, source->path, &catalog,
					       error);
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_SIGN;
	return result;
}

int modseal_sign_catalog(struct modseal_signing_key *key, const char *path,
			 uint32_t flags, struct modseal_error *error)
{
	struct modseal_signing_source source;
	int result;

	if (!key || !path || (flags & ~FLAGS_KNOWN) ||
	    ((flags & MODSEAL_SIGN_APPEND) && (flags & MODSEAL_SIGN_FORCE)))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a key, a path, and known flags that fit together");
	result = modseal_signing_source_open(path, MODSEAL_MAX_CATALOG_SIZE, &source,
					     error);
	if (result < 0)
		return result;
	result = judge(&source, error);
	if (result == 0)
		result = modseal_sign_detached(key, &source, flags | MODSEAL_SIGN_STALE,
					       NULL, error);
	modseal_signing_source_close(&source);
	return result;
}
