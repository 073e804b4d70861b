/* SPDX-License-Identifier: Apache-2.0 */
/* Signs policies and supplements: judged and signed are the same bytes, read once. */
#include "modseal-inspect.h"
#include "verifier/sign/sign.h"

#define FLAGS_KNOWN (MODSEAL_SIGN_APPEND | MODSEAL_SIGN_FORCE)

static int check_type(const struct modseal_signing_source *source,
		      struct modseal_error *error)
{
	enum modseal_content_type type = modseal_content_type(source->content);
	int result = 0;

	if (type != MODSEAL_CONTENT_SUPPLEMENT)
		result = modseal_content_want(source->content, MODSEAL_CONTENT_POLICY,
					      source->path, error);

	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_SIGN;
	return result;
}

int modseal_sign_policy(struct modseal_signing_key *key, const char *path,
			const char *root_directory, uint32_t flags,
			struct modseal_error *error)
{
	struct modseal_signing_source source;
	int result;

	if (!key || !path || (flags & ~FLAGS_KNOWN))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a key, a path, and known flags");
	result = modseal_signing_source_open(path, MODSEAL_MAX_POLICY_SIZE, &source,
					     error);
	if (result < 0)
		return result;
	result =
		modseal_policy_judge(path, root_directory,
				     (struct modseal_buffer){.data = source.content.data,
							     .size = source.content.size},
				     error);
	/* what the judge lets through must be what a verifier takes for a policy */
	if (result == 0)
		result = check_type(&source, error);
	if (result == 0)
		result = modseal_sign_detached(key, &source, flags | MODSEAL_SIGN_STALE,
					       NULL, error);
	modseal_signing_source_close(&source);
	return result;
}
