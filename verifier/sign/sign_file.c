/* SPDX-License-Identifier: Apache-2.0 */
/* Signs files in place, into another file, or beside them. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/links.h"
#include "verifier/sign/own.h"
#include "verifier/sign/sign.h"
#include "verifier/signature/container.h"

#define FLAGS_KNOWN                                                                      \
	(MODSEAL_SIGN_DETACHED | MODSEAL_SIGN_APPEND | MODSEAL_SIGN_FORCE |              \
	 MODSEAL_SIGN_IMA | MODSEAL_SIGN_ANY | MODSEAL_SIGN_BREAK_LINKS)

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
	source.digests.content = source.content;
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
	source->digests.content = source->content;
	return 0;
}

void modseal_signing_source_close(struct modseal_signing_source *source)
{
	modseal_bytes_free(&source->bytes);
	modseal_located_close(&source->located);
}

/* Only ELF files: what modseal reads in other ways (policies for one) has other ways to
 * be signed, and a signature over it must never be had by calling it a library (R13). */
static int check_type(const struct modseal_signing_source *source,
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

/* With --any also what nothing of modseal's takes for anything, but only beside the file:
 * then the key signs attributes that hold its digest, and never the bytes themselves,
 * which somebody may have chosen to be something else (R13). */
int modseal_signing_check_type(const struct modseal_signing_source *source,
			       uint32_t flags, struct modseal_error *error)
{
	int code;

	if ((flags & MODSEAL_SIGN_ANY) && modseal_content_is_foreign(source->content) &&
	    !source->container.present)
		return 0;
	if (!(flags & MODSEAL_SIGN_ANY) ||
	    !modseal_span_starts(source->content, "modseal-"))
		return check_type(source, error);
	code = modseal_fail(error, MODSEAL_E_TYPE_MISMATCH, MODSEAL_STAGE_SIGN,
			    source->path,
			    "the content begins like a format of modseal's own");
	modseal_remedy(error, "sign policies and catalogs with `modseal policy sign` and "
			      "`modseal catalog sign`");
	return code;
}

/* A verifier must find exactly this signature behind exactly this content. tail: the
 * signature and the trailer, as they will lie in the file. */
static int check_tail(const struct modseal_signing_source *source,
		      struct modseal_span tail, struct modseal_error *error)
{
	uint64_t size = source->content.size + tail.size;
	struct modseal_container found;
	int result;

	if (size > MODSEAL_HIGHEST_MAX_SIZE)
		return modseal_fail(error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_SIGN,
				    source->path, "with its signature it is too large");
	result = modseal_container_split(tail, size, source->path, &found, error);
	if (result < 0)
		return result;
	if (!found.present || found.content_size != source->content.size ||
	    found.cms.data != tail.data ||
	    found.cms.size + MODSEAL_CONTAINER_TRAILER_SIZE != tail.size ||
	    modseal_container_nested(source->content))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN,
				    source->path, "no verifier would find its signature");
	return 0;
}

/* What is written was judged already; what lies there must be that. */
static int write_appended(const struct modseal_signing_source *source,
			  struct modseal_span tail, struct modseal_target *target,
			  struct modseal_error *error)
{
	const struct modseal_span parts[] = {source->content, tail};
	int result = modseal_target_write(target, source->located.status.st_mode, parts,
					  2, error);

	if (result == 0)
		result = modseal_target_compare(target, parts, 2, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	return result;
}

/* The signature with its trailer, judged. */
static int make_tail(const struct modseal_signing_key *key,
		     const struct modseal_signing_source *source, uint32_t flags,
		     struct modseal_writer *ret_tail, struct modseal_error *error)
{
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];
	struct modseal_span existing = {.size = 0};
	struct modseal_others others = {.signer_count = 0};
	struct modseal_content_digests digests = source->digests;
	int result;

	if (source->container.present && (flags & MODSEAL_SIGN_APPEND))
		existing = source->container.cms;
	result = modseal_others_read(key, MODSEAL_EVIDENCE_APPENDED, source->content,
				     existing, flags & MODSEAL_SIGN_FORCE, source->path,
				     &others, error);
	if (result == 0)
		result = modseal_cms_make(key, MODSEAL_EVIDENCE_APPENDED, &digests,
					  &others, source->path, ret_tail, error);
	if (result == 0)
		result = modseal_others_kept(&others, key->crypto,
					     modseal_writer_span(ret_tail), source->path,
					     error);
	modseal_others_clear(&others);
	if (result < 0)
		return result;
	modseal_container_trailer(ret_tail->size, trailer);
	modseal_writer_put(ret_tail, modseal_span_of(trailer, sizeof(trailer)));
	if (ret_tail->failed)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	return check_tail(source, modseal_writer_span(ret_tail), error);
}

static int sign_appended(const struct modseal_signing_key *key,
			 const struct modseal_signing_source *source, uint32_t flags,
			 struct modseal_prepared *prepared, struct modseal_error *error)
{
	struct modseal_writer tail = {.size = 0};
	int result = make_tail(key, source, flags, &tail, error);

	if (result == 0)
		result = write_appended(source, modseal_writer_span(&tail),
					&prepared->target, error);
	if (result == 0)
		result = modseal_signing_digest_after(
			key, source, modseal_writer_span(&tail), prepared, error);
	modseal_writer_clear(&tail);
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

int modseal_signing_open_target(const struct modseal_signing_source *source,
				const char *output, uint32_t flags, size_t links,
				struct modseal_target *ret_target,
				struct modseal_error *error)
{
	struct modseal_target target;
	int result = modseal_target_open(output ? output : source->path, &target, error);

	if (result < 0)
		return result;
	target.keep_times = !output;
	if (!output)
		result = modseal_signing_in_place(source, &target, error);
	if (result == 0 && !output && !(flags & MODSEAL_SIGN_BREAK_LINKS))
		result = modseal_links_check(&target, links, error);
	if (result < 0)
		modseal_target_close(&target);
	else
		*ret_target = target;
	return result;
}

static int prepare_appended(const struct modseal_signing_key *key,
			    const struct modseal_signing_source *source, uint32_t flags,
			    const char *output, struct modseal_prepared *prepared,
			    struct modseal_error *error)
{
	int result;

	if (source->container.present && !(flags & MODSEAL_SIGN_FORCE)) {
		if ((flags & MODSEAL_SIGN_SKIP) && !output)
			prepared->already = modseal_cms_is_own(
				key, MODSEAL_EVIDENCE_APPENDED, source->container.cms,
				&source->digests, source->path);
		if (prepared->already)
			return 0;
		if (!(flags & MODSEAL_SIGN_APPEND))
			return modseal_fail(error, MODSEAL_E_ALREADY_SIGNED,
					    MODSEAL_STAGE_SIGN, source->path, NULL);
	}
	result = modseal_signing_open_target(source, output, flags, prepared->link_count,
					     &prepared->target, error);
	prepared->open = result == 0;
	if (result == 0)
		result = modseal_target_spare(&prepared->target, key, error);
	if (result == 0)
		result = sign_appended(key, source, flags, prepared, error);
	return result;
}

static int prepare_source(const struct modseal_signing_key *key,
			  struct modseal_signing_source *source, uint32_t flags,
			  const char *output, struct modseal_prepared *prepared,
			  struct modseal_error *error)
{
	int result = modseal_signing_source_split(source, error);

	if (result == 0)
		result = modseal_signing_check_type(source, flags, error);
	if (result == 0)
		result = modseal_signing_digest_before(key, source, prepared, error);
	if (result < 0)
		return result;
	if (flags & MODSEAL_SIGN_IMA)
		return modseal_prepare_ima(key, source, flags, output, prepared, error);
	if (flags & MODSEAL_SIGN_DETACHED)
		return modseal_prepare_detached(key, source, flags, output, prepared,
						error);
	return prepare_appended(key, source, flags, output, prepared, error);
}

int modseal_signing_flags_check(uint32_t flags, const char *path,
				struct modseal_error *error)
{
	bool ima = flags & MODSEAL_SIGN_IMA, any = flags & MODSEAL_SIGN_ANY;

	if (!(flags & ~FLAGS_KNOWN) && !((flags & MODSEAL_SIGN_APPEND) && ima) &&
	    !(any && (ima || !(flags & MODSEAL_SIGN_DETACHED))))
		return 0;
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
			    "flags that are known and fit together");
}

int modseal_prepare_file(const struct modseal_signing_key *key, const char *path,
			 uint32_t flags, const char *output,
			 struct modseal_prepared *prepared, struct modseal_error *error)
{
	struct modseal_signing_source source;
	int result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE, &source,
						 error);

	if (result < 0)
		return result;
	if (prepared->expected && (source.located.status.st_dev != prepared->device ||
				   source.located.status.st_ino != prepared->inode))
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN, path,
				      "another file lies there than was found there");
	if (result == 0)
		result = prepare_source(key, &source, flags, output, prepared, error);
	modseal_signing_digests_end(prepared);
	modseal_signing_source_close(&source);
	return result;
}

void modseal_prepared_clear(struct modseal_prepared *prepared)
{
	if (prepared->open)
		modseal_target_close(&prepared->target);
	prepared->open = false;
	free(prepared->name);
	prepared->name = NULL;
}

int modseal_sign_file(struct modseal_signing_key *key, const char *path, uint32_t flags,
		      const char *output, struct modseal_error *error)
{
	struct modseal_prepared prepared = {.already = false};
	int result;

	if (!key || !path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a key and a path");
	result = modseal_signing_flags_check(flags, path, error);
	if (result < 0)
		return result;
	result = modseal_prepare_file(key, path, flags, output, &prepared, error);
	/* an attribute is in its place already */
	if (result == 0 && prepared.target.temporary[0])
		result = modseal_target_commit(&prepared.target, error);
	modseal_prepared_clear(&prepared);
	return result;
}

static int strip_source(const struct modseal_signing_source *source, const char *output,
			struct modseal_error *error)
{
	struct modseal_target target;
	int result = modseal_signing_open_target(source, output, MODSEAL_SIGN_BREAK_LINKS,
						 0, &target, error);

	if (result < 0)
		return result;
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
		result = modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING,
				      MODSEAL_STAGE_CONTAINER, path,
				      "there is no signature to take off%s",
				      modseal_container_loss(&source.container));
	if (result == 0)
		result = strip_source(&source, output, error);
	modseal_signing_source_close(&source);
	return result;
}
