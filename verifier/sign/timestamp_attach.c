/* SPDX-License-Identifier: Apache-2.0 */
/* Puts time-stamp tokens into the signatures that they are for. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/stamping.h"
#include "verifier/sign/timestamp_response.h"
#include "verifier/signature/profile.h"

/* Elements of DER that never change: 1.2.840.113549.1.7.2, .1, 1.9.16.2.14 */
static const uint8_t signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				      0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t plain_data[] = {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48,
				     0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t time_stamp[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				     0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e};
static const uint8_t version_1[] = {0x02, 0x01, 0x01};
static const uint8_t version_3[] = {0x02, 0x01, 0x03};

#define FIXED(bytes) modseal_span_of(bytes, sizeof(bytes))

/* What is attached to one signature; nothing where token.size is 0. */
struct attached {
	struct modseal_writer token;
	struct modseal_writer signer; /* the SignerInfo with it */
	char *name;		      /* of the file it came in */
	int64_t time;
	char authority[256];
};

struct attaching {
	const struct modseal_stamping *stamping;
	struct modseal_stamped_file file;
	uint32_t flags;
	struct attached items[MODSEAL_MAX_SIGNER_INFOS];
	size_t count;
	struct modseal_writer cms; /* the result */
};

static void clear(struct attaching *a)
{
	for (size_t i = 0; i < MODSEAL_MAX_SIGNER_INFOS; i++) {
		modseal_writer_clear(&a->items[i].token);
		modseal_writer_clear(&a->items[i].signer);
		free(a->items[i].name);
	}
	modseal_writer_clear(&a->cms);
	modseal_stamped_close(&a->file);
}

/* ---- which token is for which signature ---------------------------------------------
 */

/* The first signature that the token fits, as a verifier would see it. */
static int place_token(struct attaching *a, struct modseal_writer *token,
		       const char *name, struct modseal_error *error)
{
	const struct modseal_layout *layout = &a->file.cms.layout;
	int result = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				  a->file.source.path,
				  "its signatures have time stamps already");

	modseal_remedy(error, "use --force to put this one in the place of the old");
	for (size_t i = 0; i < layout->signer_count; i++) {
		struct attached *item = &a->items[i];
		const struct modseal_layout_signer *signer = &layout->signers[i];

		if (!a->file.chosen[i] || item->token.size > 0 ||
		    (!(a->flags & MODSEAL_STAMP_FORCE) &&
		     modseal_profile_token(signer).size > 0))
			continue;
		result = modseal_stamping_check(a->stamping, modseal_writer_span(token),
						signer->signature, name, &item->time,
						item->authority, error);
		if (result == 0) {
			item->name = strdup(name);
			if (!item->name)
				return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
			item->token = *token;
			*token = (struct modseal_writer){.size = 0};
			a->count++;
			return 0;
		}
		if (result != MODSEAL_E_TIMESTAMP_INVALID)
			return result;
	}
	return result;
}

static int take_file(struct attaching *a, const char *name, bool *ret_present,
		     struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = -1};
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_writer token = {.size = 0};
	int result = modseal_path_open_any(name, &located, error);

	*ret_present = result != MODSEAL_E_NOT_FOUND;
	if (result == 0)
		result =
			modseal_bytes_read(&located, MODSEAL_MAX_CMS_SIZE, &bytes, error);
	if (result == 0)
		result = modseal_timestamp_response(a->stamping->crypto, bytes.view, name,
						    &token, error);
	if (result == 0)
		result = place_token(a, &token, name, error);
	modseal_writer_clear(&token);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
	return result;
}

static int nothing_there(const struct attaching *a, struct modseal_error *error)
{
	int code = modseal_fail(
		error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_SIGN, a->file.source.path,
		"no answer of an authority is beside it: no %s.tsr", a->file.source.path);

	modseal_remedy(error,
		       "send the request to an authority first, or name its answer "
		       "with --token");
	return code;
}

/* Every answer that is there must be good. */
static int take_files(struct attaching *a, const char *token, struct modseal_error *error)
{
	bool present;
	int result = 0;

	if (token)
		return take_file(a, token, &present, error);
	for (size_t i = 0; i < a->file.cms.layout.signer_count; i++) {
		char *name;

		if (!a->file.chosen[i])
			continue;
		result = modseal_stamped_name(&a->file, i, ".tsr", &name, error);
		if (result < 0)
			return result;
		result = take_file(a, name, &present, error);
		free(name);
		if (result < 0 && present)
			return result;
	}
	if (a->count == 0)
		return nothing_there(a, error);
	modseal_error_clear(error);
	return 0;
}

/* ---- the signature with it ----------------------------------------------------------
 */

/* The SignerInfo as it is, but for its unsigned attributes: SET { SEQUENCE { type,
 * SET { token } } } under [1] (RFC 5652 5.3). */
static void put_signer(const struct modseal_layout_signer *signer, struct attached *item)
{
	struct modseal_span rest = signer->whole;
	struct modseal_writer *writer = &item->signer;
	struct modseal_tlv all;
	size_t attributes, values;

	if (!modseal_tlv_next(&rest, &all)) {
		writer->failed = true;
		return;
	}
	/* unsigned attributes, where there are any, are all that is behind the rest */
	all.value.size -= signer->unsigned_attributes.size;
	modseal_writer_put(writer, all.value);
	attributes = writer->size;
	modseal_writer_put(writer, FIXED(time_stamp));
	values = writer->size;
	modseal_writer_put(writer, modseal_writer_span(&item->token));
	modseal_writer_wrap(writer, MODSEAL_TLV_SET, values);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, attributes);
	modseal_writer_wrap(writer, MODSEAL_TLV_CONTEXT(1), attributes);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
}

/* The CMS as it was, around the SignerInfos with their tokens. */
static int make_cms(struct attaching *a, struct modseal_error *error)
{
	const struct modseal_layout *layout = &a->file.cms.layout;
	struct modseal_span signers[MODSEAL_MAX_SIGNER_INFOS];
	struct modseal_writer inside = {.size = 0};
	bool failed;
	size_t start;

	for (size_t i = 0; i < layout->signer_count; i++) {
		signers[i] = layout->signers[i].whole;
		if (a->items[i].token.size == 0)
			continue;
		put_signer(&layout->signers[i], &a->items[i]);
		inside.failed = inside.failed || a->items[i].signer.failed;
		signers[i] = modseal_writer_span(&a->items[i].signer);
	}
	modseal_writer_put(&inside,
			   layout->version_3 ? FIXED(version_3) : FIXED(version_1));
	start = inside.size;
	modseal_writer_put(&inside, layout->digest_algorithms);
	modseal_writer_wrap(&inside, MODSEAL_TLV_SET, start);
	modseal_writer_put(&inside, FIXED(plain_data));
	start = inside.size;
	modseal_writer_put(&inside, layout->certificates);
	if (layout->certificate_count > 0)
		modseal_writer_wrap(&inside, MODSEAL_TLV_CONTEXT(0), start);
	modseal_writer_put_set(&inside, MODSEAL_TLV_SET, signers, layout->signer_count);
	modseal_writer_wrap(&inside, MODSEAL_TLV_SEQUENCE, 0);
	modseal_writer_wrap(&inside, MODSEAL_TLV_CONTEXT(0), 0);
	modseal_writer_put(&a->cms, FIXED(signed_data));
	modseal_writer_put(&a->cms, modseal_writer_span(&inside));
	modseal_writer_wrap(&a->cms, MODSEAL_TLV_SEQUENCE, 0);
	failed = inside.failed || a->cms.failed;
	modseal_writer_clear(&inside);
	return failed ? modseal_fail_memory(error, MODSEAL_STAGE_SIGN) : 0;
}

/* ---- proof --------------------------------------------------------------------------
 */

static int lost(const struct attaching *a, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN,
			    a->file.source.path,
			    "a signature that was there is not in the result");
}

/* A SignerInfo without the element that may be exchanged. */
static bool same_but_stamp(const struct modseal_layout_signer *a,
			   const struct modseal_layout_signer *b)
{
	return modseal_span_equal(a->identifier, b->identifier) &&
	       modseal_span_equal(a->digest_object, b->digest_object) &&
	       modseal_span_equal(a->attributes, b->attributes) &&
	       modseal_span_equal(a->signature_object, b->signature_object) &&
	       modseal_span_equal(a->signature, b->signature);
}

static int prove_signer(const struct attaching *a, const struct modseal_layout *made,
			size_t index, struct modseal_error *error)
{
	const struct modseal_layout_signer *before = &a->file.cms.layout.signers[index];
	const struct modseal_layout_signer *after = NULL;
	struct modseal_span digest;
	char authority[256];
	int64_t time;
	int result;

	for (size_t i = 0; i < made->signer_count && !after; i++)
		if (same_but_stamp(before, &made->signers[i]))
			after = &made->signers[i];
	if (!after)
		return lost(a, error);
	if (a->items[index].token.size == 0)
		return modseal_span_equal(before->whole, after->whole) ? 0
								       : lost(a, error);
	result = modseal_profile_check(after, a->file.form, a->file.source.path, &digest,
				       error);
	if (result == 0)
		result = modseal_stamping_check(a->stamping, modseal_profile_token(after),
						after->signature, a->file.source.path,
						&time, authority, error);
	return result;
}

/* By nothing but what was read back: the signatures there were, with their tokens. */
static int prove_cms(const struct attaching *a, struct modseal_span cms,
		     struct modseal_error *error)
{
	const struct modseal_layout *before = &a->file.cms.layout;
	struct modseal_cms made;
	int result = modseal_cms_read(a->stamping->crypto, cms, false,
				      a->file.source.path, &made, error);

	if (result < 0)
		return result;
	if (made.layout.signer_count != before->signer_count ||
	    !modseal_span_equal(made.layout.certificates, before->certificates) ||
	    !modseal_span_equal(made.layout.digest_algorithms, before->digest_algorithms))
		result = lost(a, error);
	for (size_t i = 0; result == 0 && i < before->signer_count; i++)
		result = prove_signer(a, &made.layout, i, error);
	modseal_cms_clear(&made);
	return result;
}

static int prove(const struct attaching *a, const struct modseal_target *target,
		 struct modseal_error *error)
{
	struct modseal_signing_source again = {.path = target->object,
					       .located = {.descriptor = -1},
					       .bytes = {.descriptor = -1}};
	int result = modseal_target_read(target, &again.bytes, error);

	if (result == 0 && a->file.form == MODSEAL_EVIDENCE_DETACHED) {
		result = prove_cms(a, again.bytes.view, error);
	} else if (result == 0) {
		result = modseal_signing_source_split(&again, error);
		if (result == 0 &&
		    !modseal_span_equal(again.content, a->file.source.content))
			result = lost(a, error);
		if (result == 0)
			result = prove_cms(a, again.container.cms, error);
	}
	modseal_signing_source_close(&again);
	return result;
}

/* ---- writing ------------------------------------------------------------------------
 */

/* What is replaced beside the file must be what was read. */
static int check_place(const struct attaching *a, const struct modseal_target *target,
		       struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = target->old,
					  .path = target->path,
					  .status = target->status};
	struct modseal_bytes now = {.descriptor = -1};
	struct stat link;
	int result;

	/* Whoever may write beside the file must not choose what is replaced. */
	if (lstat(a->file.place, &link) == 0 && S_ISLNK(link.st_mode))
		return modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN,
				    a->file.place,
				    "the signature beside the file is a symbolic link");
	result = target->old < 0 ? MODSEAL_E_CHANGED
				 : modseal_bytes_read(&located, MODSEAL_MAX_CMS_SIZE,
						      &now, error);
	if (result == 0 && !modseal_span_equal(now.view, a->file.sidecar.view))
		result = MODSEAL_E_CHANGED;
	modseal_bytes_free(&now);
	if (result != MODSEAL_E_CHANGED)
		return result;
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN, a->file.place,
			    "it was replaced meanwhile");
}

static int write_result(const struct attaching *a, struct modseal_error *error)
{
	bool detached = a->file.form == MODSEAL_EVIDENCE_DETACHED;
	struct modseal_span cms = modseal_writer_span(&a->cms);
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];
	const struct modseal_span parts[] = {a->file.source.content, cms, FIXED(trailer)};
	struct modseal_target target;
	int result = detached ? modseal_target_open(a->file.place, &target, error)
			      : modseal_signing_open_target(&a->file.source, NULL,
							    MODSEAL_SIGN_BREAK_LINKS, 0,
							    &target, error);

	if (result < 0)
		return result;
	modseal_container_trailer(cms.size, trailer);
	if (detached)
		result = check_place(a, &target, error);
	if (result == 0)
		result = modseal_target_write(
			&target, a->file.source.located.status.st_mode,
			detached ? &cms : parts, detached ? 1 : 3, error);
	if (result == 0)
		result = prove(a, &target, error);
	if (result == 0 && !detached)
		result = modseal_target_source_unchanged(&a->file.source.located, error);
	if (result == 0)
		result = modseal_target_commit(&target, error);
	modseal_target_close(&target);
	return result;
}

int modseal_timestamp_attach(const struct modseal_stamping *stamping, const char *path,
			     uint32_t flags, const char *token,
			     modseal_stamp_visit *visit, void *argument,
			     struct modseal_error *error)
{
	struct attaching a = {.stamping = stamping, .flags = flags};
	int result = modseal_stamped_open(stamping, path, flags, &a.file, error);

	if (result < 0)
		return result;
	result = take_files(&a, token, error);
	if (result == 0)
		result = make_cms(&a, error);
	if (result == 0)
		result = write_result(&a, error);
	for (size_t i = 0; result == 0 && i < MODSEAL_MAX_SIGNER_INFOS; i++)
		if (a.items[i].token.size > 0)
			result = modseal_stamped_tell(
				&a.file, i, a.items[i].name, a.items[i].time,
				a.items[i].authority, visit, argument);
	clear(&a);
	modseal_crypto_forget();
	return result;
}
