/* SPDX-License-Identifier: Apache-2.0 */
/* Writes signatures beside what they are over. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/own.h"
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

/* What is written was judged already; what lies there must be that. */
static int write_detached(const struct modseal_signing_source *source,
			  struct modseal_span cms, struct modseal_target *target,
			  struct modseal_error *error)
{
	int result = modseal_target_write(target, 0666, &cms, 1, error);

	if (result == 0)
		result = modseal_target_compare(target, &cms, 1, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	return result;
}

/* May a signature be put where this one lies? */
static int check_old(const struct modseal_signing_key *key,
		     const struct modseal_signing_source *source, uint32_t flags,
		     struct modseal_span old, struct modseal_error *error)
{
	if (old.size == 0 || (flags & (MODSEAL_SIGN_APPEND | MODSEAL_SIGN_FORCE)) ||
	    ((flags & MODSEAL_SIGN_STALE) && is_stale(key, old, source->content)))
		return 0;
	return modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
			    source->path, "there is a signature beside it already");
}

static int make(const struct modseal_signing_key *key,
		const struct modseal_signing_source *source, uint32_t flags,
		struct modseal_span old, struct modseal_writer *ret_cms,
		struct modseal_error *error)
{
	struct modseal_others others = {.signer_count = 0};
	struct modseal_content_digests digests = source->digests;
	struct modseal_span existing = {.size = 0};
	int result;

	if (flags & MODSEAL_SIGN_APPEND)
		existing = old;
	result = modseal_others_read(key, MODSEAL_EVIDENCE_DETACHED, source->content,
				     existing, flags & MODSEAL_SIGN_FORCE, source->path,
				     &others, error);
	if (result == 0)
		result = modseal_cms_make(key, MODSEAL_EVIDENCE_DETACHED, &digests,
					  &others, source->path, ret_cms, error);
	if (result == 0)
		result = modseal_others_kept(&others, key->crypto,
					     modseal_writer_span(ret_cms), source->path,
					     error);
	modseal_others_clear(&others);
	return result;
}

static int sign_into(const struct modseal_signing_key *key,
		     const struct modseal_signing_source *source, uint32_t flags,
		     struct modseal_prepared *prepared, struct modseal_error *error)
{
	bool append = flags & MODSEAL_SIGN_APPEND, force = flags & MODSEAL_SIGN_FORCE;
	struct modseal_bytes old = {.descriptor = -1};
	struct modseal_writer cms = {.size = 0};
	int result = 0;

	if (append || !force)
		result = read_existing(&prepared->target, &old, error);
	if (result == 0 && !force && (flags & MODSEAL_SIGN_SKIP) && old.view.size > 0)
		prepared->already =
			modseal_cms_is_own(key, MODSEAL_EVIDENCE_DETACHED, old.view,
					   &source->digests, source->path);
	if (result == 0 && prepared->already) {
		result = modseal_signing_digest_signature(key, old.view, prepared, error);
		modseal_bytes_free(&old);
		return result;
	}
	if (result == 0)
		result = check_old(key, source, flags, old.view, error);
	if (result == 0)
		result = make(key, source, flags, old.view, &cms, error);
	if (result == 0)
		result = write_detached(source, modseal_writer_span(&cms),
					&prepared->target, error);
	if (result == 0)
		result = modseal_signing_digest_signature(key, modseal_writer_span(&cms),
							  prepared, error);
	modseal_writer_clear(&cms);
	modseal_bytes_free(&old);
	return result;
}

/* The folder that was opened is still the one that the file was read from: whoever may
 * rename above it must not choose where a signature is made. */
static bool is_beside(const struct modseal_signing_source *source, const char *suffix,
		      const struct modseal_target *target)
{
	size_t length = strlen(target->name), ending = strlen(suffix);
	char name[NAME_MAX + 1];
	struct stat now;

	if (length <= ending || length - ending > NAME_MAX)
		return false;
	memcpy(name, target->name, length - ending);
	name[length - ending] = '\0';
	return fstatat(target->directory, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_dev == source->located.status.st_dev &&
	       now.st_ino == source->located.status.st_ino;
}

/* Whoever may write beside the file must not choose what is replaced. */
static int refuse_link(const char *name, struct modseal_error *error)
{
	struct stat link;
	int result;

	if (lstat(name, &link) || !S_ISLNK(link.st_mode))
		return 0;
	result = modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN, name,
			      "the signature beside the file is a symbolic link");
	modseal_remedy(error, "remove the link, or name the place with --output");
	return result;
}

int modseal_target_beside(const struct modseal_signing_key *key,
			  const struct modseal_signing_source *source, const char *suffix,
			  const char *output, struct modseal_target *ret_target,
			  char **ret_name, struct modseal_error *error)
{
	struct modseal_target target;
	char *name = NULL;
	int result = 0;

	if (!output)
		result = modseal_path_beside(source->path, suffix, &name, error);
	else if (!(name = strdup(output)))
		result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	if (result < 0)
		return result;
	if (!output)
		result = refuse_link(name, error);
	if (result == 0)
		result = modseal_target_open(name, &target, error);
	if (result < 0) {
		free(name);
		return result;
	}
	result = modseal_target_spare(&target, key, error);
	if (result == 0 && !output && !is_beside(source, suffix, &target))
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
				      source->path, "it was moved or replaced meanwhile");
	if (result == 0 && modseal_target_replaces(&target, &source->located))
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN,
				      source->path,
				      "the output is the file that is signed");
	if (result < 0) {
		modseal_target_close(&target);
		free(name);
		return result;
	}
	*ret_target = target;
	*ret_name = name;
	return 0;
}

int modseal_prepare_detached(const struct modseal_signing_key *key,
			     const struct modseal_signing_source *source, uint32_t flags,
			     const char *output, struct modseal_prepared *prepared,
			     struct modseal_error *error)
{
	int result = modseal_target_beside(key, source, ".p7s", output, &prepared->target,
					   &prepared->name, error);

	prepared->open = result == 0;
	return result < 0 ? result : sign_into(key, source, flags, prepared, error);
}

static bool same_directory(const struct modseal_target *a, const struct modseal_target *b)
{
	struct stat of_a, of_b;

	return fstat(a->directory, &of_a) == 0 && fstat(b->directory, &of_b) == 0 &&
	       of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

int modseal_prepare_with(const struct modseal_signing_key *key,
			 const struct modseal_target *signed_target,
			 struct modseal_span content, struct modseal_prepared *prepared,
			 struct modseal_error *error)
{
	struct modseal_signing_source source = {
		.path = signed_target->object,
		.located = {.descriptor = signed_target->descriptor,
			    .path = signed_target->path},
		.content = content,
		.digests = {.content = content},
	};
	int result = 0;

	if (asprintf(&prepared->name, "%s.p7s", signed_target->path) < 0) {
		prepared->name = NULL;
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	}
	if (fstat(signed_target->descriptor, &source.located.status))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_SIGN,
					  errno, source.path, "its status is unknown");
	result = refuse_link(prepared->name, error);
	if (result == 0)
		result = modseal_target_open(prepared->name, &prepared->target, error);
	prepared->open = result == 0;
	if (result == 0)
		result = modseal_target_spare(&prepared->target, key, error);
	if (result == 0 && !same_directory(signed_target, &prepared->target))
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
				      source.path, "its directory was moved meanwhile");
	if (result == 0)
		result = sign_into(key, &source, MODSEAL_SIGN_FORCE, prepared, error);
	return result;
}

int modseal_sign_detached(const struct modseal_signing_key *key,
			  const struct modseal_signing_source *source, uint32_t flags,
			  const char *output, struct modseal_error *error)
{
	struct modseal_prepared prepared = {.already = false};
	int result =
		modseal_prepare_detached(key, source, flags, output, &prepared, error);

	if (result == 0)
		result = modseal_target_commit(&prepared.target, error);
	modseal_prepared_clear(&prepared);
	return result;
}
