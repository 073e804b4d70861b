/* SPDX-License-Identifier: Apache-2.0 */
/* Puts signatures that were made elsewhere on their files, all or none. */
#include <openssl/ecdsa.h>
#include <stdlib.h>

#include "verifier/sign/links.h"
#include "verifier/sign/make.h"
#include "verifier/sign/placing.h"
#include "verifier/sign/raw.h"
#include "verifier/sign/sign.h"
#include "verifier/sign/together.h"

#define FLAGS_KNOWN                                                                      \
	(MODSEAL_SIGN_DETACHED | MODSEAL_SIGN_APPEND | MODSEAL_SIGN_FORCE |              \
	 MODSEAL_SIGN_ANY | MODSEAL_SIGN_BREAK_LINKS)

/* A file and what will be on it. */
struct item {
	char *path;
	struct modseal_writer cms;
	/* What is replaced, as it was when the signature was checked. */
	bool replaces;
	struct stat status;
	/* while it is committed */
	struct modseal_target target;
	char *name; /* of a file beside */
};

struct modseal_attachment {
	struct modseal_signing_key *key;
	uint32_t flags;
	enum modseal_evidence form;
	struct item *items;
	size_t count;
	size_t room;
};

int modseal_attachment_new(struct modseal_signing_key *key, uint32_t flags,
			   struct modseal_attachment **ret_attachment,
			   struct modseal_error *error)
{
	struct modseal_attachment *attachment;
	int result;

	if (!key || (flags & ~FLAGS_KNOWN))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "a certificate and known flags");
	result = modseal_signing_flags_check(flags, NULL, error);
	if (result < 0)
		return result;
	attachment = calloc(1, sizeof(*attachment));
	if (!attachment)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	attachment->key = key;
	attachment->flags = flags;
	attachment->form = flags & MODSEAL_SIGN_DETACHED ? MODSEAL_EVIDENCE_DETACHED
							 : MODSEAL_EVIDENCE_APPENDED;
	*ret_attachment = attachment;
	return 0;
}

static void clear(struct item *item)
{
	modseal_target_close(&item->target);
	modseal_writer_clear(&item->cms);
	free(item->name);
	free(item->path);
}

void modseal_attachment_free(struct modseal_attachment **attachment)
{
	struct modseal_attachment *old;

	if (!attachment || !*attachment)
		return;
	old = *attachment;
	*attachment = NULL;
	for (size_t i = 0; i < old->count; i++)
		clear(&old->items[i]);
	free(old->items);
	free(old);
}

/* ---- checking ---------------------------------------------------------------------- */

static void put_number(struct modseal_writer *writer, struct modseal_span number)
{
	static const uint8_t zero = 0;
	size_t start = writer->size;

	while (number.size > 1 && number.data[0] == 0)
		number = modseal_span_of(number.data + 1, number.size - 1);
	if (number.data[0] & 0x80)
		modseal_writer_put(writer, modseal_span_of(&zero, 1));
	modseal_writer_put(writer, number);
	modseal_writer_wrap(writer, MODSEAL_TLV_INTEGER, start);
}

/* Tokens give the two numbers of ECDSA one after the other (PKCS #11 v3.0 2.3.1); CMS has
 * them in DER. Bytes that are DER to the end are taken for it: two numbers that look so
 * are not met by accident (1 in 2^40), and would only be refused. */
static bool to_der(const struct modseal_signing_key *key, struct modseal_span signature,
		   struct modseal_writer *writer)
{
	EVP_PKEY *public = key->signer->certificate.key;
	size_t half = ((size_t)EVP_PKEY_get_bits(public) + 7) / 8;
	const unsigned char *at = signature.data;
	ECDSA_SIG *decoded;
	bool is_der;

	if (!EVP_PKEY_is_a(public, "EC") || signature.size != 2 * half)
		return false;
	decoded = d2i_ECDSA_SIG(NULL, &at, (long)signature.size);
	is_der = decoded && at == signature.data + signature.size;
	ECDSA_SIG_free(decoded);
	modseal_crypto_forget();
	if (is_der)
		return false;
	put_number(writer, modseal_span_of(signature.data, half));
	put_number(writer, modseal_span_of(signature.data + half, half));
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
	return true;
}

/* The id is from elsewhere and decides nothing: it only tells why a signature does not
 * fit. */
static int explain(const char *id, const char *wanted, const char *path, int result,
		   struct modseal_error *error)
{
	if (result != MODSEAL_E_SIGNATURE_INVALID || !id || strcmp(id, wanted) == 0)
		return result;
	result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN, path,
			      "it is not the file that the signature was asked for");
	modseal_remedy(error, "ask again, with `modseal digest` for one, or put the file "
			      "back");
	return result;
}

static int make(struct modseal_attachment *attachment, struct modseal_span content,
		const struct modseal_others *others, const char *id,
		struct modseal_span signature, struct item *item,
		struct modseal_error *error)
{
	const struct modseal_signing_key *key = attachment->key;
	struct modseal_content_digests digests = {.content = content};
	struct modseal_message message = {.digest_size = 0};
	struct modseal_writer der = {.size = 0};
	char wanted[MODSEAL_MESSAGE_ID_SIZE];
	int result =
		modseal_message_make(key, attachment->form, &digests, &message, error);

	if (result < 0)
		return result;
	modseal_message_id(key, &message, &digests, wanted);
	if (to_der(key, signature, &der))
		signature = modseal_writer_span(&der);
	if (der.failed)
		result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	if (result == 0)
		result =
			modseal_cms_put(key, attachment->form, &digests, &message,
					signature, others, item->path, &item->cms, error);
	result = explain(id, wanted, item->path, result, error);
	if (result == 0)
		result = modseal_others_kept(others, key->crypto,
					     modseal_writer_span(&item->cms), item->path,
					     error);
	modseal_writer_clear(&der);
	modseal_message_clear(&message);
	return result;
}

static int check(struct modseal_attachment *attachment, struct modseal_span content,
		 struct modseal_span existing, const char *id,
		 struct modseal_span signature, struct item *item, int *ret_added,
		 struct modseal_error *error)
{
	const struct modseal_signing_key *key = attachment->key;
	bool append = attachment->flags & MODSEAL_SIGN_APPEND;
	bool force = attachment->flags & MODSEAL_SIGN_FORCE;
	struct modseal_span kept = {.size = 0};
	struct modseal_others others = {.signer_count = 0};
	int result;

	/* attached before an interruption, for one */
	if (existing.size > 0 && !force &&
	    modseal_cms_prove(key, attachment->form, existing, content, item->path,
			      NULL) == 0) {
		*ret_added = 0;
		return 0;
	}
	if (existing.size > 0 && !append && !force)
		return modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				    item->path, NULL);
	if (append)
		kept = existing;
	result = modseal_others_read(key, attachment->form, content, kept, force,
				     item->path, &others, error);
	if (result == 0)
		result = make(attachment, content, &others, id, signature, item, error);
	modseal_others_clear(&others);
	if (result == 0)
		*ret_added = 1;
	return result;
}

/* Opens what will be replaced. */
static int open_place(struct modseal_attachment *attachment,
		      const struct modseal_signing_source *source, struct item *item,
		      struct modseal_error *error)
{
	uint32_t flags = attachment->flags;
	int result;

	if (attachment->form == MODSEAL_EVIDENCE_DETACHED)
		return modseal_target_beside(attachment->key, source, ".p7s", NULL,
					     &item->target, &item->name, error);
	result = modseal_signing_open_target(
		source, NULL, flags | MODSEAL_SIGN_BREAK_LINKS, 0, &item->target, error);
	if (result == 0 && !(flags & MODSEAL_SIGN_BREAK_LINKS)) {
		result = modseal_links_check(&item->target, 0, error);
		/* each name is asked for by itself, so that naming all does not help */
		if (result < 0)
			modseal_remedy(error, "break the link with --break-links");
	}
	if (result == 0)
		result = modseal_target_spare(&item->target, attachment->key, error);
	return result;
}

static void close_place(struct item *item)
{
	modseal_target_close(&item->target);
	free(item->name);
	item->name = NULL;
}

static int open_source(const char *path, uint32_t flags,
		       struct modseal_signing_source *ret_source,
		       struct modseal_error *error)
{
	int result = modseal_signing_source_open(path, MODSEAL_HIGHEST_MAX_SIZE,
						 ret_source, error);

	if (result < 0)
		return result;
	result = modseal_signing_source_split(ret_source, error);
	if (result == 0)
		result = modseal_signing_check_type(ret_source, flags, error);
	if (result < 0)
		modseal_signing_source_close(ret_source);
	return result;
}

/* The signatures there are, of the file or beside it. */
static int existing_of(const struct modseal_attachment *attachment,
		       const struct modseal_signing_source *source,
		       const struct item *item, struct modseal_bytes *beside,
		       struct modseal_span *ret_existing, struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = item->target.old,
					  .path = item->target.path,
					  .status = item->target.status};
	int result;

	if (attachment->form == MODSEAL_EVIDENCE_APPENDED) {
		if (source->container.present)
			*ret_existing = source->container.cms;
		return 0;
	}
	if (item->target.old < 0)
		return 0;
	result = modseal_bytes_read(&located, MODSEAL_MAX_CMS_SIZE, beside, error);
	if (result == 0)
		*ret_existing = beside->view;
	return result;
}

static int check_item(struct modseal_attachment *attachment, const char *id,
		      struct modseal_span signature, struct item *item, int *ret_added,
		      struct modseal_error *error)
{
	struct modseal_signing_source source;
	struct modseal_bytes beside = {.descriptor = -1};
	struct modseal_span existing = {.size = 0};
	int result = open_source(item->path, attachment->flags, &source, error);

	if (result < 0)
		return result;
	result = open_place(attachment, &source, item, error);
	item->replaces = item->target.old >= 0;
	item->status = item->target.status;
	if (result == 0)
		result =
			existing_of(attachment, &source, item, &beside, &existing, error);
	if (result == 0)
		result = check(attachment, source.content, existing, id, signature, item,
			       ret_added, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source.located, error);
	modseal_bytes_free(&beside);
	close_place(item);
	modseal_signing_source_close(&source);
	return result;
}

int modseal_attachment_add(struct modseal_attachment *attachment, const char *path,
			   const char *id, const void *signature, size_t size,
			   int *ret_added, struct modseal_error *error)
{
	struct item item = {.target = {.directory = -1, .descriptor = -1, .old = -1}};
	int result, added = 0;

	if (!attachment || !path || !signature || !ret_added || size == 0 ||
	    size > MODSEAL_MAX_RAW_SIGNATURE)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a path and a signature of 1 to %d bytes",
				    MODSEAL_MAX_RAW_SIGNATURE);
	if (attachment->count == attachment->room) {
		size_t room = attachment->room ? 2 * attachment->room : 16;
		struct item *items =
			reallocarray(attachment->items, room, sizeof(*items));

		if (!items)
			return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
		attachment->items = items;
		attachment->room = room;
	}
	item.path = strdup(path);
	if (!item.path)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	result = check_item(attachment, id, modseal_span_of(signature, size), &item,
			    &added, error);
	if (result == 0 && added)
		attachment->items[attachment->count++] = item;
	else
		clear(&item);
	if (result == 0)
		*ret_added = added;
	return result;
}

/* ---- writing ----------------------------------------------------------------------- */

static bool unchanged(const struct item *item)
{
	const struct stat *now = &item->target.status, *then = &item->status;

	return item->replaces == (item->target.old >= 0) &&
	       (!item->replaces ||
		(now->st_dev == then->st_dev && now->st_ino == then->st_ino &&
		 now->st_size == then->st_size &&
		 now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
		 now->st_mtim.tv_nsec == then->st_mtim.tv_nsec &&
		 now->st_ctim.tv_sec == then->st_ctim.tv_sec &&
		 now->st_ctim.tv_nsec == then->st_ctim.tv_nsec));
}

/* Judges what was written by nothing but what is read back. */
static int prove(const struct modseal_attachment *attachment,
		 const struct modseal_signing_source *source, const struct item *item,
		 struct modseal_error *error)
{
	struct modseal_signing_source again = {.path = item->path,
					       .located = {.descriptor = -1},
					       .bytes = {.descriptor = -1}};
	struct modseal_span cms, content = source->content;
	int result = modseal_target_read(&item->target, &again.bytes, error);

	cms = again.bytes.view;
	if (result == 0 && attachment->form == MODSEAL_EVIDENCE_APPENDED) {
		result = modseal_signing_source_split(&again, error);
		cms = again.container.cms;
		content = again.content;
	}
	if (result == 0)
		result = modseal_cms_prove(attachment->key, attachment->form, cms,
					   content, item->path, error);
	if (result == 0 && !modseal_span_equal(cms, modseal_writer_span(&item->cms)))
		result = modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN,
				      item->path, "what was written reads differently");
	modseal_signing_source_close(&again);
	return result;
}

static int write_item(struct modseal_attachment *attachment,
		      const struct modseal_signing_source *source, struct item *item,
		      struct modseal_error *error)
{
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];
	struct modseal_span cms = modseal_writer_span(&item->cms);
	const struct modseal_span whole[] = {
		source->content, cms, {.data = trailer, .size = sizeof(trailer)}};

	modseal_container_trailer(cms.size, trailer);
	if (attachment->form == MODSEAL_EVIDENCE_DETACHED)
		return modseal_target_write(&item->target, 0666, &cms, 1, error);
	return modseal_target_write(&item->target, source->located.status.st_mode, whole,
				    3, error);
}

static int prepare(struct modseal_attachment *attachment, struct item *item,
		   struct modseal_error *error)
{
	struct modseal_signing_source source;
	int result = open_source(item->path, attachment->flags, &source, error);

	if (result < 0)
		return result;
	result = open_place(attachment, &source, item, error);
	if (result == 0 && !unchanged(item))
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN,
				      item->path, "it was changed meanwhile");
	if (result == 0)
		result = write_item(attachment, &source, item, error);
	if (result == 0)
		result = prove(attachment, &source, item, error);
	if (result == 0)
		result = modseal_target_source_unchanged(&source.located, error);
	modseal_signing_source_close(&source);
	if (result == 0 && !modseal_syncs_together(item->target.directory))
		result = modseal_target_sync(&item->target, error);
	return result;
}

int modseal_attachment_commit(struct modseal_attachment *attachment,
			      struct modseal_error *error)
{
	struct modseal_target **targets;
	int result = 0;

	if (!attachment)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "no attachment");
	targets = calloc(attachment->count + 1, sizeof(struct modseal_target *));
	if (!targets)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	for (size_t i = 0; result == 0 && i < attachment->count; i++) {
		targets[i] = &attachment->items[i].target;
		result = prepare(attachment, &attachment->items[i], error);
	}
	if (result == 0)
		result = modseal_targets_commit(targets, attachment->count, error);
	for (size_t i = 0; i < attachment->count; i++)
		close_place(&attachment->items[i]);
	free(targets);
	return result;
}
