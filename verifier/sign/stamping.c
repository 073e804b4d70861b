/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls about time stamps share: whose word counts, and a file's signatures. */
#include "verifier/sign/stamping.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "keys/validity.h"
#include "verifier/signature/profile.h"

#define FLAGS_KNOWN (MODSEAL_STAMP_DETACHED | MODSEAL_STAMP_FORCE)
/* of a certificate, and of signatures beside a file */
#define MAX_SIZE  (64u * 1024)
#define DATE_SIZE 10 /* of "2026-11-26" */
#define PURPOSE	  (1u << MODSEAL_PURPOSE_TIMESTAMP)

/* ---- whose word counts --------------------------------------------------------------
 */

static int read_hash(const char *name, enum modseal_hash *ret_hash,
		     struct modseal_error *error)
{
	*ret_hash = MODSEAL_HASH_SHA256;
	if (!name)
		return 0;
	for (unsigned hash = 0; hash < MODSEAL_HASH_COUNT; hash++)
		if (strcmp(name, modseal_hash_name((enum modseal_hash)hash)) == 0) {
			*ret_hash = (enum modseal_hash)hash;
			return 0;
		}
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
			    "unknown digest %s", name);
}

static int read_bytes(const char *path, struct modseal_bytes *ret_bytes,
		      struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = -1};
	int result = modseal_path_open_any(path, &located, error);

	if (result == 0)
		result = modseal_bytes_read(&located, MAX_SIZE, ret_bytes, error);
	modseal_located_close(&located);
	return result;
}

static int read_authority(struct modseal_stamping *stamping,
			  const struct modseal_stamping_options *options,
			  struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_signer_config config = {
		.name = options->authority_path,
		.trust = options->chain ? MODSEAL_TRUST_CHAIN : MODSEAL_TRUST_PINNED,
		.purposes = PURPOSE,
	};
	int result = 0;

	if (!options->authority_path)
		return 0;
	result = read_bytes(options->authority_path, &bytes, error);
	config.certificate = bytes.view;
	if (result == 0)
		result = modseal_signer_new(stamping->crypto, &config,
					    &stamping->authority, error);
	modseal_bytes_free(&bytes);
	return result;
}

static int read_certificate(struct modseal_stamping *stamping, const char *path,
			    struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	int result = 0;

	if (!path)
		return 0;
	result = read_bytes(path, &bytes, error);
	if (result == 0)
		result = modseal_certificate_read(stamping->crypto, bytes.view, path,
						  &stamping->certificate, error);
	modseal_bytes_free(&bytes);
	return result;
}

static int check_options(const struct modseal_stamping_options *options,
			 struct modseal_error *error)
{
	const char *problem = NULL;

	if (!options || options->version != MODSEAL_STAMPING_OPTIONS_VERSION)
		problem = "options of an unknown version";
	else if (options->chain > 1 || (options->chain && !options->authority_path))
		problem = "chain is 0, or 1 with an authority";
	for (size_t i = 0; !problem && i < sizeof(options->reserved) / sizeof(uint64_t);
	     i++)
		if (options->reserved[i])
			problem = "reserved members of the options are not zero";
	if (!problem)
		return 0;
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL, "%s",
			    problem);
}

int modseal_stamping_open(const struct modseal_stamping_options *options,
			  struct modseal_stamping **ret_stamping,
			  struct modseal_error *error)
{
	struct modseal_stamping *stamping;
	int result;

	modseal_error_clear(error);
	result = check_options(options, error);
	if (result < 0)
		return result;
	stamping = calloc(1, sizeof(*stamping));
	if (!stamping)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	result = read_hash(options->hash, &stamping->hash, error);
	if (result == 0)
		result = modseal_crypto_new(&stamping->crypto, error);
	if (result == 0)
		result = read_authority(stamping, options, error);
	if (result == 0)
		result = read_certificate(stamping, options->certificate_path, error);
	if (result < 0) {
		modseal_stamping_free(&stamping);
		return result;
	}
	*ret_stamping = stamping;
	return 0;
}

void modseal_stamping_free(struct modseal_stamping **stamping)
{
	struct modseal_stamping *old;

	if (!stamping || !*stamping)
		return;
	old = *stamping;
	*stamping = NULL;
	modseal_signer_free(&old->authority);
	modseal_certificate_clear(&old->certificate);
	modseal_crypto_free(&old->crypto);
	free(old);
}

/* Signers of the certificates that the token brings along. */
static int trust_the_token(const struct modseal_stamping *stamping,
			   struct modseal_span token, const char *object,
			   struct modseal_signer **signers, size_t *count,
			   struct modseal_error *error)
{
	struct modseal_cms cms;
	struct modseal_span set;
	struct modseal_tlv item;
	struct modseal_error why;
	int result = modseal_cms_read_token(stamping->crypto, token, object, &cms, &why);

	if (result < 0) {
		if (result == MODSEAL_E_SIGNATURE_MALFORMED)
			return modseal_fail(error, MODSEAL_E_TIMESTAMP_INVALID,
					    MODSEAL_STAGE_EVIDENCE, object,
					    "the time stamp is not good: %s",
					    why.message);
		if (error)
			*error = why;
		return result;
	}
	for (set = cms.layout.certificates; modseal_tlv_next(&set, &item);) {
		const struct modseal_signer_config config = {
			.name = "the authority that the token names",
			.trust = MODSEAL_TRUST_PINNED,
			.certificate = item.whole,
			.purposes = PURPOSE,
		};

		/* one that cannot be used is passed over, as a verifier does */
		result = modseal_signer_new(stamping->crypto, &config, &signers[*count],
					    &why);
		*count += result == 0;
	}
	modseal_cms_clear(&cms);
	return 0;
}

int modseal_stamping_check(const struct modseal_stamping *stamping,
			   struct modseal_span token, struct modseal_span signature,
			   const char *object, int64_t *ret_time, char authority[256],
			   struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_CMS_CERTIFICATES] = {
		stamping->authority};
	const struct modseal_clock clock = {.now = time(NULL)};
	struct modseal_timestamp_request request = {
		.token = token,
		.signature = signature,
		.signers = signers,
		.signer_count = stamping->authority ? 1 : 0,
		.clock = &clock,
		.object = object,
	};
	struct modseal_timestamp stamp = {.time = 0};
	int result = 0;

	if (!stamping->authority)
		result = trust_the_token(stamping, token, object, signers,
					 &request.signer_count, error);
	if (result == 0)
		result = modseal_timestamp_check(stamping->crypto, &request, &stamp,
						 error);
	if (result == 0) {
		*ret_time = stamp.time;
		modseal_certificate_subject(&signers[stamp.signer]->certificate,
					    authority, 256);
	}
	for (size_t i = 0; !stamping->authority && i < request.signer_count; i++)
		modseal_signer_free(&signers[i]);
	return result;
}

/* ---- a file's signatures ------------------------------------------------------------
 */

static int missing(const struct modseal_stamped_file *file, const char *what,
		   struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING,
				MODSEAL_STAGE_CONTAINER, file->source.path, "%s%s", what,
				modseal_container_loss(&file->source.container));

	modseal_remedy(error, "sign the file first, with `modseal sign`");
	return code;
}

/* Appended signatures, or those beside the file. */
static int find_cms(struct modseal_stamped_file *file, uint32_t flags,
		    struct modseal_span *ret_cms, struct modseal_error *error)
{
	int result;

	file->form = MODSEAL_EVIDENCE_APPENDED;
	*ret_cms = file->source.container.cms;
	if (file->source.container.present && !(flags & MODSEAL_STAMP_DETACHED))
		return 0;
	file->form = MODSEAL_EVIDENCE_DETACHED;
	result = modseal_path_beside(file->source.path, ".p7s", &file->place, error);
	if (result == 0)
		result = read_bytes(file->place, &file->sidecar, error);
	if (result == MODSEAL_E_NOT_FOUND)
		return missing(file,
			       flags & MODSEAL_STAMP_DETACHED
				       ? "there is no signature beside it"
				       : "there is no signature in it or beside it",
			       error);
	*ret_cms = file->sidecar.view;
	return result;
}

/* The signatures by the certificate given, or all. */
static int choose(const struct modseal_stamping *stamping,
		  struct modseal_stamped_file *file, struct modseal_error *error)
{
	X509 *wanted = stamping->certificate.x509;
	size_t count = 0;

	for (size_t i = 0; i < file->cms.layout.signer_count; i++) {
		CMS_SignerInfo *info = sk_CMS_SignerInfo_value(file->cms.signers, (int)i);
		struct modseal_span digest;
		int result =
			modseal_profile_check(&file->cms.layout.signers[i], file->form,
					      file->source.path, &digest, error);

		if (result < 0)
			return result;
		file->chosen[i] = !wanted || modseal_cms_signer_is(info, wanted);
		count += file->chosen[i];
	}
	if (count > 0)
		return 0;
	return modseal_fail(error, MODSEAL_E_SIGNER_NOT_ALLOWED, MODSEAL_STAGE_EVIDENCE,
			    file->source.path,
			    "none of its signatures names the certificate given");
}

int modseal_stamped_open(const struct modseal_stamping *stamping, const char *path,
			 uint32_t flags, struct modseal_stamped_file *ret_file,
			 struct modseal_error *error)
{
	struct modseal_stamped_file file = {.sidecar = {.descriptor = -1}};
	struct modseal_span cms = {.data = NULL};
	int result;

	modseal_error_clear(error);
	if (!stamping || !path || (flags & ~FLAGS_KNOWN))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "whose word counts, a path, and known flags");
	result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE, &file.source,
					     error);
	if (result < 0)
		return result;
	result = modseal_signing_source_split(&file.source, error);
	if (result == 0)
		result = find_cms(&file, flags, &cms, error);
	if (result == 0)
		result = modseal_cms_read(stamping->crypto, cms,
					  file.form == MODSEAL_EVIDENCE_DETACHED, path,
					  &file.cms, error);
	if (result == 0)
		result = choose(stamping, &file, error);
	if (result < 0) {
		modseal_stamped_close(&file);
		return result;
	}
	*ret_file = file;
	return 0;
}

void modseal_stamped_close(struct modseal_stamped_file *file)
{
	modseal_cms_clear(&file->cms);
	modseal_bytes_free(&file->sidecar);
	modseal_signing_source_close(&file->source);
	free(file->place);
	file->place = NULL;
}

int modseal_stamped_name(const struct modseal_stamped_file *file, size_t index,
			 const char *suffix, char **ret_name, struct modseal_error *error)
{
	char number[24] = "";

	if (index > 0)
		snprintf(number, sizeof(number), ".%zu", index + 1);
	if (asprintf(ret_name, "%s%s%s", file->source.path, number, suffix) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	return 0;
}

int modseal_stamped_tell(const struct modseal_stamped_file *file, size_t index,
			 const char *name, int64_t time, const char *authority,
			 modseal_stamp_visit *visit, void *argument)
{
	char signer[320], escaped[sizeof(signer)], when[MODSEAL_TIME_TEXT_SIZE];
	struct modseal_stamp_fact fact = {
		.number = (uint32_t)index + 1,
		.signer = escaped,
		.file = name,
		.time = time ? when : NULL,
		.authority = authority,
	};

	if (!visit)
		return 0;
	modseal_cms_signer_text(sk_CMS_SignerInfo_value(file->cms.signers, (int)index),
				signer, sizeof(signer));
	modseal_escape(escaped, sizeof(escaped), signer);
	modseal_time_text(time, when);
	if (strlen(when) > DATE_SIZE)
		when[DATE_SIZE] = 'T';
	return visit(argument, &fact);
}
