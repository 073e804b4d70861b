/* SPDX-License-Identifier: Apache-2.0 */
/* Makes IMA signatures: into the attribute security.ima, or into files beside. */
#include <errno.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "keys/identifier.h"
#include "verifier/image/attribute.h"
#include "verifier/sign/raw.h"
#include "verifier/sign/sign.h"
#include "verifier/signature/ima_evidence.h"

struct value {
	uint8_t bytes[MODSEAL_MAX_IMA_SIZE];
	size_t size;
};

static int check_key(const struct modseal_signing_key *key, struct modseal_error *error)
{
	enum modseal_algorithm algorithm;
	int result = modseal_algorithm_of_key(key->signer->certificate.key, key->hash,
					      &algorithm, key->signer->name, NULL);

	if (result == 0 && !key->pss)
		return 0;
	result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN,
			      key->signer->name,
			      "IMA signatures are RSA with PKCS#1 v1.5, or ECDSA");
	modseal_remedy(error, "leave the padding away, or use an RSA or ECDSA key");
	return result;
}

/* Judges a value as a verifier that trusts only this key would. */
static int prove(const struct modseal_signing_key *key, struct modseal_span value,
		 enum modseal_ima_place place, struct modseal_span whole,
		 const char *object, struct modseal_error *error)
{
	struct modseal_signer *signers[] = {key->signer};
	struct modseal_evidence_request request = {
		.form = MODSEAL_EVIDENCE_IMA,
		.content = whole,
		.signers = signers,
		.signer_count = 1,
		.require = 1,
		.clock = {.now = time(NULL)},
		.object = object,
	};
	struct modseal_ima_source source = {.rest = {.size = 0}};
	struct modseal_evidence_result found;

	source.present[place] = true;
	source.values[place] = value;
	return modseal_ima_judge(key->crypto, &request, &source, &found, error);
}

static int make(const struct modseal_signing_key *key, struct modseal_span whole,
		const char *object, struct value *ret_value, struct modseal_error *error)
{
	uint32_t identifiers[MODSEAL_KEY_IDENTIFIERS];
	struct modseal_content_digests digests = {.content = whole};
	struct modseal_message message = {.digest_size = 0};
	struct modseal_raw raw;
	int result = modseal_key_identifiers(key->crypto, &key->signer->certificate,
					     identifiers, error);

	if (result == 0)
		result = modseal_message_make(key, MODSEAL_EVIDENCE_IMA, &digests,
					      &message, error);
	if (result == 0)
		result = modseal_raw_sign(key, &message, object, &raw, error);
	modseal_message_clear(&message);
	if (result < 0)
		return result;
	if (raw.size > sizeof(ret_value->bytes) - MODSEAL_IMA_HEADER_SIZE)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN, object,
				    "a signature of %zu bytes", raw.size);
	/* by the key, as evmctl does unless it is told otherwise: it looks for no other
	 */
	modseal_ima_header(key->hash, identifiers[0], raw.size, ret_value->bytes);
	memcpy(ret_value->bytes + MODSEAL_IMA_HEADER_SIZE, raw.bytes, raw.size);
	ret_value->size = MODSEAL_IMA_HEADER_SIZE + raw.size;
	return 0;
}

/* ---- the attribute -------------------------------------------------------------------
 */

static int cannot_write(int errnum, const char *object, struct modseal_error *error)
{
	bool full = errnum == ENOSPC || errnum == EDQUOT;
	int result = modseal_fail_errno(
		error, full ? MODSEAL_E_RESOURCE : MODSEAL_E_NOT_WRITABLE,
		MODSEAL_STAGE_SIGN, errnum, object, "%s",
		errnum == ENOTSUP ? "its file system cannot hold security.ima"
				  : "security.ima cannot be written");

	if (errnum == EPERM || errnum == EACCES)
		modseal_remedy(error, "do it as root (it needs CAP_SYS_ADMIN), or write "
				      "FILE.sig with --detached");
	else
		modseal_remedy(error, "write FILE.sig with --detached");
	return result;
}

/* Refuses a file whose attribute holds something that only --force may replace. A digest
 * is no signature: the kernel wrote it, and would again. */
static int check_attribute(const struct modseal_signing_key *key, int descriptor,
			   const struct modseal_signing_source *source, uint32_t flags,
			   bool *ret_already, struct modseal_error *error)
{
	enum modseal_attribute_state state;
	struct value old;
	int result = modseal_attribute_read(descriptor, MODSEAL_IMA_ATTRIBUTE, old.bytes,
					    sizeof(old.bytes), &state, &old.size,
					    source->path, error);

	if (result < 0 || state == MODSEAL_ATTRIBUTE_ABSENT ||
	    (state == MODSEAL_ATTRIBUTE_READ &&
	     modseal_ima_is_digest(modseal_span_of(old.bytes, old.size))))
		return result;
	*ret_already = (flags & MODSEAL_SIGN_SKIP) && state == MODSEAL_ATTRIBUTE_READ &&
		       prove(key, modseal_span_of(old.bytes, old.size), MODSEAL_IMA_XATTR,
			     source->bytes.view, source->path, NULL) == 0;
	if (*ret_already)
		return 0;
	result = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
			      source->path, "it has security.ima already");
	modseal_remedy(error, "use --force to replace it");
	return result;
}

/* Writes the attribute and judges what can be read back of it. */
static int put_attribute(const struct modseal_signing_key *key, int descriptor,
			 const struct value *value, struct modseal_span whole,
			 const char *object, struct modseal_error *error)
{
	enum modseal_attribute_state state;
	struct value again = {.size = 0};
	int result;

	if (fsetxattr(descriptor, MODSEAL_IMA_ATTRIBUTE, value->bytes, value->size, 0))
		return cannot_write(errno, object, error);
	result = modseal_attribute_read(descriptor, MODSEAL_IMA_ATTRIBUTE, again.bytes,
					sizeof(again.bytes), &state, &again.size, object,
					error);
	if (result < 0)
		return result;
	return prove(key, modseal_span_of(again.bytes, again.size), MODSEAL_IMA_XATTR,
		     whole, object, error);
}

/* The file keeps its inode: the attribute itself is replaced in one step. What is signed
 * are the bytes that were read; if others write meanwhile, the signature is wrong. */
static int sign_attribute(const struct modseal_signing_key *key,
			  const struct modseal_signing_source *source, uint32_t flags,
			  const struct value *value, struct modseal_prepared *prepared,
			  struct modseal_error *error)
{
	struct modseal_target *target = &prepared->target;
	int result = modseal_target_open(source->path, target, error);

	prepared->open = result == 0;
	if (result < 0)
		return result;
	result = modseal_signing_in_place(source, target, error);
	if (result == 0 && !(flags & MODSEAL_SIGN_FORCE))
		result = check_attribute(key, target->old, source, flags,
					 &prepared->already, error);
	if (result == 0 && !prepared->already)
		result = put_attribute(key, target->old, value, source->bytes.view,
				       source->path, error);
	return result;
}

static int sign_copy(const struct modseal_signing_key *key,
		     const struct modseal_signing_source *source, const char *output,
		     const struct value *value, struct modseal_prepared *prepared,
		     struct modseal_error *error)
{
	struct modseal_span whole = source->bytes.view;
	struct modseal_target *target = &prepared->target;
	int result = modseal_target_open(output, target, error);

	prepared->open = result == 0;
	if (result < 0)
		return result;
	result = modseal_target_spare(target, key, error);
	if (result == 0)
		result = modseal_target_write(target, source->located.status.st_mode,
					      &whole, 1, error);
	if (result == 0)
		result = put_attribute(key, target->descriptor, value, whole, output,
				       error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	return result;
}

/* ---- a file beside -------------------------------------------------------------------
 */

static int write_beside(const struct modseal_signing_key *key,
			const struct modseal_signing_source *source,
			const struct value *value, struct modseal_target *target,
			struct modseal_error *error)
{
	struct modseal_span bytes = modseal_span_of(value->bytes, value->size);
	struct modseal_bytes again = {.descriptor = -1};
	int result = modseal_target_write(target, 0666, &bytes, 1, error);

	if (result == 0)
		result = modseal_target_read(target, &again, error);
	if (result == 0)
		result = prove(key, again.view, MODSEAL_IMA_BESIDE, source->bytes.view,
			       source->path, error);
	modseal_bytes_free(&again);
	if (result == 0)
		result = modseal_target_source_unchanged(&source->located, error);
	return result;
}

/* Is the signature that lies there the key's, and does it hold? */
static int check_beside(const struct modseal_signing_key *key,
			const struct modseal_signing_source *source, uint32_t flags,
			struct modseal_prepared *prepared, struct modseal_error *error)
{
	struct modseal_target *target = &prepared->target;
	struct modseal_located located = {.descriptor = target->old,
					  .path = target->path,
					  .status = target->status};
	struct modseal_bytes old = {.descriptor = -1};
	int result;

	if (target->old < 0 || target->status.st_size == 0 ||
	    (flags & MODSEAL_SIGN_FORCE))
		return 0;
	if ((flags & MODSEAL_SIGN_SKIP) &&
	    modseal_bytes_read(&located, MODSEAL_MAX_IMA_SIZE, &old, NULL) == 0) {
		prepared->already = prove(key, old.view, MODSEAL_IMA_BESIDE,
					  source->bytes.view, source->path, NULL) == 0;
		result = prepared->already ? modseal_signing_digest_signature(
						     key, old.view, prepared, error)
					   : 0;
		modseal_bytes_free(&old);
		if (prepared->already)
			return result;
	}
	result =
		modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
			     source->path, "there is an IMA signature beside it already");
	modseal_remedy(error, "use --force to replace it");
	return result;
}

static int sign_beside(const struct modseal_signing_key *key,
		       const struct modseal_signing_source *source, uint32_t flags,
		       const char *output, const struct value *value,
		       struct modseal_prepared *prepared, struct modseal_error *error)
{
	int result = modseal_target_beside(key, source, MODSEAL_IMA_SUFFIX, output,
					   &prepared->target, &prepared->name, error);

	prepared->open = result == 0;
	if (result == 0)
		result = check_beside(key, source, flags, prepared, error);
	if (result < 0 || prepared->already)
		return result;
	result = write_beside(key, source, value, &prepared->target, error);
	if (result < 0)
		return result;
	return modseal_signing_digest_signature(
		key, modseal_span_of(value->bytes, value->size), prepared, error);
}

int modseal_prepare_ima(const struct modseal_signing_key *key,
			const struct modseal_signing_source *source, uint32_t flags,
			const char *output, struct modseal_prepared *prepared,
			struct modseal_error *error)
{
	struct value value = {.size = 0};
	int result = check_key(key, error);

	if (result == 0)
		result = make(key, source->bytes.view, source->path, &value, error);
	modseal_crypto_forget();
	if (result < 0)
		return result;
	if (flags & MODSEAL_SIGN_DETACHED)
		return sign_beside(key, source, flags, output, &value, prepared, error);
	if (output)
		return sign_copy(key, source, output, &value, prepared, error);
	return sign_attribute(key, source, flags, &value, prepared, error);
}
