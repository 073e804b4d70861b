/* SPDX-License-Identifier: Apache-2.0 */
/* Signs files in place, into another file, or beside them. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/sign.h"
#include "verifier/signature/container.h"

#define FLAGS_KNOWN                                                                      \
	(MODSEAL_SIGN_DETACHED | MODSEAL_SIGN_APPEND | MODSEAL_SIGN_FORCE |              \
	 MODSEAL_SIGN_IMA)

int modseal_signing_source_open(const char *path, uint64_t max_size,
				struct modseal_signing_source *ret_source,
				struct modseal_error *error)
{
	struct modseal_signing_source source = {
		.path = path, .located = {.descriptor = -1}, .bytes = {.descriptor = -1}};
	int result = modseal_path_open_any(path, &source.located, error);

	if (result == 0)
		result = modseal_bytes_read(&source.located, max_size, &source.bytes,
					    error);
	if (result < 0) {
		modseal_signing_source_close(&source);
		return result;
	}
	source.content = source.bytes.view;
	*ret_source = source;
	return 0;
}

int modseal_signing_source_split(struct modseal_signing_source *source,
				 struct modseal_error *error)
{
	struct modseal_span view = source->bytes.view;
	int result = modseal_container_split(view, view.size, source->path,
					     &source->container, error);

	if (result < 0)
		return result;
	if (!modseal_span_part(view, 0, source->container.content_size,
			       &source->content) ||
	    (source->container.present && modseal_container_nested(source->content)))
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_CONTAINER, source->path,
				    "the content ends in a signature container itself");
	return 0;
}

void modseal_signing_source_close(struct modseal_signing_source *source)
{
	modseal_bytes_free(&source->bytes);
	modseal_located_close(&source->located);
}

/* Only ELF files: what modseal reads in other ways (policies for one) has other ways to
 * be signed, and a signature over it must never be had by calling it a library (R13). */
int modseal_signing_check_type(const struct modseal_signing_source *source,
			       struct modseal_error *error)
{
	enum modseal_content_type type = modseal_content_type(source->content);
	int code;

	if (type == MODSEAL_CONTENT_ELF)
		return 0;
	code = modseal_content_want(source->content, MODSEAL_CONTENT_ELF, source->path,
				    error);
	if (error)
		error->stage = MODSEAL_STAGE_SIGN;
	if (type == MODSEAL_CONTENT_POLICY)
		modseal_remedy(error, "sign policies with `modseal policy sign`");
	if (type == MODSEAL_CONTENT_CATALOG)
		modseal_remedy(error, "sign catalogs with `modseal catalog sign`");
	return code;
}

/* The new bytes are judged as they lie in the file, by nothing but what is read back. */
static int prove_appended(const struct modseal_signing_key *key,
			  const struct modseal_others *others,
			  const struct modseal_target *target,
			  struct modseal_error *error)
{
	struct modseal_signing_source again = {.path = target->object,
					       .located = {.descriptor = -1},
					       .bytes = {.descriptor = -1}};
	int result = modseal_target_read(target, &again.bytes, error);

	if (result == 0)
		result = modseal_signing_source_split(&again, error);
	if (result == 0)
		result = modseal_cms_prove(key, MODSEAL_EVIDENCE_APPENDED,
					   again.container.cms, again.content,
					   target->object, error);
	if (result == 0)
		result = modseal_others_kept(others, key->crypto, again.container.cms,
					     target->object, error);
	modseal_signing_source_close(&again);
	return result;
}

static int write_appended(const struct modseal_signing_key *key,
			  const struct modseal_signing_source *source,
			  const struct modseal_others *others, struct modseal_span cms,
			  struct modseal_target *target, struct modseal_error *error)
{
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];
	const struct modseal_span parts[] = {
		source->content, cms, {.data = trailer, .size = sizeof(trailer)}};
	int result;

	modseal_container_trailer(cms.size, trailer);
	result = modseal_target_write(target, source->located.status.st_mode, parts, 3,
				      error);
	if (result == 0)
		result = prove_appended(key, others, target, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	return result < 0 ? result : modseal_target_commit(target, error);
}

static int sign_appended(const struct modseal_signing_key *key,
			 const struct modseal_signing_source *source, uint32_t flags,
			 struct modseal_target *target, struct modseal_error *error)
{
	bool append = flags & MODSEAL_SIGN_APPEND, force = flags & MODSEAL_SIGN_FORCE;
	struct modseal_span existing = {.size = 0};
	struct modseal_others others = {.signer_count = 0};
	struct modseal_writer cms = {.size = 0};
	int result;

	if (source->container.present && !append && !force)
		return modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				    source->path, NULL);
	if (source->container.present && append)
		existing = source->container.cms;
	result = modseal_others_read(key, MODSEAL_EVIDENCE_APPENDED, source->content,
				     existing, force, source->path, &others, error);
	if (result == 0)
		result = modseal_cms_make(key, MODSEAL_EVIDENCE_APPENDED, source->content,
					  &others, source->path, &cms, error);
	if (result == 0)
		result = write_appended(key, source, &others, modseal_writer_span(&cms),
					target, error);
	modseal_writer_clear(&cms);
	modseal_others_clear(&others);
	return result;
}

int modseal_signing_in_place(const struct modseal_signing_source *source,
			     const struct modseal_target *target,
			     struct modseal_error *error)
{
	if (modseal_target_replaces(target, &source->located))
		return 0;
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN, source->path,
			    "it was replaced meanwhile");
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int modseal_target_spare(const struct modseal_target *target,
			 const struct modseal_signing_key *key,
			 struct modseal_error *error)
{
	if (target->old < 0 || (!same_file(&target->status, &key->key_file) &&
				!same_file(&target->status, &key->certificate_file)))
		return 0;
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, target->object,
			    "the output is the signing key or its certificate");
}

static int sign_source(const struct modseal_signing_key *key,
		       struct modseal_signing_source *source, uint32_t flags,
		       const char *output, struct modseal_error *error)
{
	struct modseal_target target;
	int result = modseal_signing_source_split(source, error);

	if (result == 0)
		result = modseal_signing_check_type(source, error);
	if (result < 0)
		return result;
	if (flags & MODSEAL_SIGN_IMA)
		return modseal_sign_ima(key, source, flags, output, error);
	if (flags & MODSEAL_SIGN_DETACHED)
		return modseal_sign_detached(key, source, flags, output, error);
	result = modseal_target_open(output ? output : source->path, &target, error);
	if (result < 0)
		return result;
	result = modseal_target_spare(&target, key, error);
	if (result == 0 && !output)
		result = modseal_signing_in_place(source, &target, error);
	if (result == 0)
		result = sign_appended(key, source, flags, &target, error);
	modseal_target_close(&target);
	return result;
}

int modseal_sign_file(struct modseal_signing_key *key, const char *path, uint32_t flags,
		      const char *output, struct modseal_error *error)
{
	struct modseal_signing_source source;
	int result;

	if (!key || !path || (flags & ~FLAGS_KNOWN) ||
	    ((flags & MODSEAL_SIGN_APPEND) && (flags & MODSEAL_SIGN_IMA)))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a key, a path, and known flags that fit together");
	result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE, &source,
					     error);
	if (result < 0)
		return result;
	result = sign_source(key, &source, flags, output, error);
	modseal_signing_source_close(&source);
	return result;
}

static int strip_source(const struct modseal_signing_source *source, const char *output,
			struct modseal_error *error)
{
	struct modseal_target target;
	int result = modseal_target_open(output ? output : source->path, &target, error);

	if (result < 0)
		return result;
	if (!output)
		result = modseal_signing_in_place(source, &target, error);
	if (result == 0)
		result = modseal_target_write(&target, source->located.status.st_mode,
					      &source->content, 1, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	if (result == 0)
		result = modseal_target_commit(&target, error);
	modseal_target_close(&target);
	return result;
}

int modseal_strip_file(const char *path, const char *output, struct modseal_error *error)
{
	struct modseal_signing_source source;
	int result;

	if (!path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "no path");
	result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE, &source,
					     error);
	if (result < 0)
		return result;
	result = modseal_signing_source_split(&source, error);
	if (result == 0 && !source.container.present)
		result = modseal_fail(
			error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_CONTAINER, path,
			"there is no signature to take off%s",
			source.container.lost ? "; part of one is there: lost in "
						"copying or stripping?"
					      : "");
	if (result == 0)
		result = strip_source(&source, output, error);
	modseal_signing_source_close(&source);
	return result;
}
