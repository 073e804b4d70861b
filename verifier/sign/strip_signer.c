/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the signatures by one key off, and keeps the others byte for byte. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "verifier/sign/make.h"
#include "verifier/sign/sign.h"

/* The names of those who signed, for whoever asked for somebody else. */
static int none_by(const struct modseal_signing_key *gone,
		   const struct modseal_others *others, const char *object,
		   struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_SIGN,
				object, "none of its %zu signatures is by '%s'",
				others->signer_count, gone->signer->name);

	modseal_remedy(error, "see with `modseal inspect` who has signed it");
	return code;
}

/* What stays of a CMS; *ret_cms is empty where nothing does. */
static int take_off(const struct modseal_signing_key *gone, enum modseal_evidence form,
		    struct modseal_span content, struct modseal_span existing,
		    const char *object, struct modseal_writer *ret_cms,
		    struct modseal_error *error)
{
	struct modseal_others others = {.signer_count = 0};
	struct modseal_writer cms = {.size = 0};
	int result = modseal_others_read(gone, form, content, existing, true, object,
					 &others, error);

	if (result == 0 && others.signer_count == others.cms.layout.signer_count)
		result = none_by(gone, &others, object, error);
	if (result == 0 && others.signer_count > 0)
		result = modseal_cms_keep(&others, &cms, error);
	if (result == 0 && others.signer_count > 0)
		result = modseal_others_alone(&others, gone->crypto,
					      modseal_writer_span(&cms), object, error);
	modseal_others_clear(&others);
	if (result == 0)
		*ret_cms = cms;
	else
		modseal_writer_clear(&cms);
	return result;
}

static int commit(const struct modseal_signing_source *source,
		  struct modseal_target *target, struct modseal_error *error)
{
	int result = modseal_target_source_unchanged(&source->located, error);

	return result < 0 ? result : modseal_target_commit(target, error);
}

/* ---- appended ---------------------------------------------------------------------- */

static int write_appended(const struct modseal_signing_source *source,
			  struct modseal_span cms, const char *output,
			  struct modseal_error *error)
{
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];
	const struct modseal_span parts[] = {
		source->content, cms, {.data = trailer, .size = sizeof(trailer)}};
	struct modseal_target target;
	int result = modseal_signing_open_target(source, output, MODSEAL_SIGN_BREAK_LINKS,
						 0, &target, error);

	if (result < 0)
		return result;
	modseal_container_trailer(cms.size, trailer);
	result = modseal_target_write(&target, source->located.status.st_mode, parts,
				      cms.size ? 3 : 1, error);
	if (result == 0)
		result = commit(source, &target, error);
	modseal_target_close(&target);
	return result;
}

static int strip_appended(const struct modseal_signing_key *gone,
			  const struct modseal_signing_source *source, const char *output,
			  struct modseal_error *error)
{
	struct modseal_writer cms = {.size = 0};
	int result = 0;

	if (!source->container.present)
		result = modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING,
				      MODSEAL_STAGE_CONTAINER, source->path,
				      "there is no signature to take off");
	if (result == 0)
		result = take_off(gone, MODSEAL_EVIDENCE_APPENDED, source->content,
				  source->container.cms, source->path, &cms, error);
	if (result == 0)
		result = write_appended(source, modseal_writer_span(&cms), output, error);
	modseal_writer_clear(&cms);
	return result;
}

/* ---- beside ------------------------------------------------------------------------ */

/* Where its last signature goes, so does the file; an output gets written in any case. */
static int write_beside(const struct modseal_signing_source *source,
			struct modseal_span cms, struct modseal_target *target,
			struct modseal_error *error)
{
	int result;

	if (cms.size > 0) {
		result = modseal_target_write(target, 0666, &cms, 1, error);
		return result < 0 ? result : commit(source, target, error);
	}
	if (unlinkat(target->directory, target->name, 0) == 0)
		return 0;
	return modseal_fail_errno(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
				  errno, target->object, "it cannot be removed");
}

static int read_beside(const struct modseal_target *target,
		       struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = target->old,
					  .path = target->path,
					  .status = target->status};

	if (target->old >= 0)
		return modseal_bytes_read(&located, MODSEAL_MAX_CMS_SIZE, ret_bytes,
					  error);
	return modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_CONTAINER,
			    target->object, "there is no signature to take off");
}

static int strip_beside(const struct modseal_signing_key *gone,
			const struct modseal_signing_source *source,
			struct modseal_error *error)
{
	struct modseal_bytes old = {.descriptor = -1};
	struct modseal_writer cms = {.size = 0};
	struct modseal_target target;
	char *name;
	int result =
		modseal_target_beside(gone, source, ".p7s", NULL, &target, &name, error);

	if (result < 0)
		return result;
	result = read_beside(&target, &old, error);
	if (result == 0)
		result = take_off(gone, MODSEAL_EVIDENCE_DETACHED, source->content,
				  old.view, source->path, &cms, error);
	if (result == 0)
		result = write_beside(source, modseal_writer_span(&cms), &target, error);
	modseal_writer_clear(&cms);
	modseal_bytes_free(&old);
	modseal_target_close(&target);
	free(name);
	return result;
}

int modseal_strip_signer(const char *path, const char *certificate_path, uint32_t flags,
			 const char *output, struct modseal_error *error)
{
	struct modseal_signing_key *gone = NULL;
	struct modseal_signing_source source;
	int result;

	if (!path || !certificate_path || (flags & ~MODSEAL_SIGN_DETACHED) ||
	    (flags && output))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a path, a certificate, known flags, and no output "
				    "for a signature beside");
	result = modseal_signing_key_named(certificate_path, &gone, error);
	if (result < 0)
		return result;
	result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE, &source,
					     error);
	if (result == 0) {
		result = modseal_signing_source_split(&source, error);
		if (result == 0 && flags)
			result = strip_beside(gone, &source, error);
		else if (result == 0)
			result = strip_appended(gone, &source, output, error);
		modseal_signing_source_close(&source);
	}
	modseal_signing_key_free(&gone);
	modseal_crypto_forget();
	return result;
}
