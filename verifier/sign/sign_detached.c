/* SPDX-License-Identifier: Apache-2.0 */
/* Writes signatures beside what they are over. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/sign.h"

/* The signature file there is, or nothing (*ret_bytes stays as it is). */
static int read_existing(const struct modseal_target *target,
			 struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = target->old,
					  .path = target->path,
					  .status = target->status};

	if (target->old < 0)
		return 0;
	return modseal_bytes_read(&located, MODSEAL_MAX_CMS_SIZE, ret_bytes, error);
}

/* A file that was edited leaves its old signature useless to everybody; signing it again
 * is what its owner does next. A signature that still holds, or is another's, stays. */
static bool is_stale(const struct modseal_signing_key *key, struct modseal_span cms,
		     struct modseal_span content)
{
	return modseal_cms_prove(key, MODSEAL_EVIDENCE_DETACHED, cms, content, NULL,
				 NULL) == MODSEAL_E_SIGNATURE_INVALID;
}

static int write_detached(const struct modseal_signing_key *key,
			  const struct modseal_signing_source *source,
			  struct modseal_span cms, struct modseal_target *target,
			  struct modseal_error *error)
{
	struct modseal_bytes again = {.descriptor = -1};
	int result = modseal_target_write(target, 0666, &cms, 1, error);

	if (result == 0)
		result = modseal_target_read(target, &again, error);
	if (result == 0)
		result = modseal_cms_prove(key, MODSEAL_EVIDENCE_DETACHED, again.view,
					   source->content, source->path, error);
	modseal_bytes_free(&again);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	return result < 0 ? result : modseal_target_commit(target, error);
}

static int sign_into(const struct modseal_signing_key *key,
		     const struct modseal_signing_source *source, uint32_t flags,
		     struct modseal_target *target, struct modseal_error *error)
{
	struct modseal_bytes old = {.descriptor = -1};
	struct modseal_span existing = {.size = 0};
	struct modseal_writer cms = {.size = 0};
	int result = 0;

	if (!(flags & MODSEAL_SIGN_FORCE))
		result = read_existing(target, &old, error);
	if (result == 0 && old.view.size > 0) {
		if (flags & MODSEAL_SIGN_APPEND)
			existing = old.view;
		else if (!(flags & MODSEAL_SIGN_STALE) ||
			 !is_stale(key, old.view, source->content))
			result = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED,
					      MODSEAL_STAGE_SIGN, source->path,
					      "there is a signature beside it already");
	}
	if (result == 0)
		result = modseal_cms_make(key, MODSEAL_EVIDENCE_DETACHED, source->content,
					  existing, source->path, &cms, error);
	if (result == 0)
		result = write_detached(key, source, modseal_writer_span(&cms), target,
					error);
	modseal_writer_clear(&cms);
	modseal_bytes_free(&old);
	return result;
}

int modseal_sign_detached(const struct modseal_signing_key *key,
			  const struct modseal_signing_source *source, uint32_t flags,
			  const char *output, struct modseal_error *error)
{
	struct modseal_target target;
	struct stat link;
	char *sidecar = NULL;
	int result;

	if (!output && asprintf(&sidecar, "%s.p7s", source->path) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	/* Whoever may write beside the file must not choose what is replaced. */
	if (sidecar && lstat(sidecar, &link) == 0 && S_ISLNK(link.st_mode)) {
		result = modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN,
				      sidecar,
				      "the signature beside the file is a symbolic link");
		modseal_remedy(error, "remove the link, or name the place with --output");
		free(sidecar);
		return result;
	}
	result = modseal_target_open(output ? output : sidecar, &target, error);
	if (result == 0) {
		result = modseal_target_spare(&target, key, error);
		if (result == 0 && modseal_target_replaces(&target, &source->located))
			result = modseal_fail(error, MODSEAL_E_ARGUMENT,
					      MODSEAL_STAGE_SIGN, source->path,
					      "the output is the file that is signed");
		if (result == 0)
			result = sign_into(key, source, flags, &target, error);
		modseal_target_close(&target);
	}
	free(sidecar);
	return result;
}
