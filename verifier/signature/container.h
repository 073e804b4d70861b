/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The appended container of the kernel's module signing
 * (include/linux/module_signature.h): content, CMS, 12-byte header {algo, hash,
 * id_type=2, signer_len, key_id_len, pad[3], big-endian sig_len}, 28-byte magic. And the
 * type of a content by its first bytes.
 */
#ifndef MODSEAL_SIGNATURE_CONTAINER_H
#define MODSEAL_SIGNATURE_CONTAINER_H

#include "internal/error.h"
#include "internal/limits.h"
#include "internal/span.h"

#define MODSEAL_CONTAINER_MAGIC	       "~Module signature appended~\n"
#define MODSEAL_CONTAINER_MAGIC_SIZE   28u
#define MODSEAL_CONTAINER_HEADER_SIZE  12u
#define MODSEAL_CONTAINER_TRAILER_SIZE 40u
/* So many last bytes of a file hold any container that is accepted. */
#define MODSEAL_CONTAINER_TAIL_SIZE                                                      \
	(MODSEAL_MAX_CMS_SIZE + MODSEAL_CONTAINER_TRAILER_SIZE)

struct modseal_container {
	bool present;
	bool lost; /* absent, but part of a magic is there: lost in copying or stripping?
		    */
	uint64_t content_size; /* bytes before the container; the file's size if absent */
	struct modseal_span cms; /* DER, inside the tail given */
};

/* What is said behind "no signature" where a part of one is there, and what to do then.
 */
static inline const char *
modseal_container_loss(const struct modseal_container *container)
{
	return container->lost
		       ? ", but a part of one (changed, or cut in copying or stripping?)"
		       : "";
}
#define MODSEAL_CONTAINER_LOSS_REMEDY                                                    \
	"get the file again from its source, or sign it anew with `modseal sign`"

/*
 * Looks for a container at the end of a file of file_size bytes, of which tail is the end
 * (the last MODSEAL_CONTAINER_TAIL_SIZE bytes, or all). No container is no error.
 * Errors: SIGNATURE_MALFORMED: any header byte off, length out of range or not that of
 * the DER (R01, R02, R04), empty content (R08), content that ends in a container (R03;
 * only as far as the tail shows: see modseal_container_nested).
 */
MODSEAL_MUST_CHECK int modseal_container_split(struct modseal_span tail,
					       uint64_t file_size, const char *object,
					       struct modseal_container *ret_container,
					       struct modseal_error *error);
/* True if a content (or the end of one, 28 bytes or more) ends in the magic. */
bool modseal_container_nested(struct modseal_span content);

/* The trailer for a CMS of cms_size bytes. */
void modseal_container_trailer(size_t cms_size,
			       uint8_t ret_trailer[MODSEAL_CONTAINER_TRAILER_SIZE]);

enum modseal_content_type {
	MODSEAL_CONTENT_OTHER,
	MODSEAL_CONTENT_ELF,	    /* \x7fELF */
	MODSEAL_CONTENT_POLICY,	    /* modseal-policy: 1\n */
	MODSEAL_CONTENT_SUPPLEMENT, /* modseal-supplement: 1\n */
	MODSEAL_CONTENT_CATALOG,    /* modseal-catalog: 1\n */
};
enum modseal_content_type modseal_content_type(struct modseal_span content);
/* What nothing of modseal's takes for anything, nor will (its formats begin so): it can
 * be signed beside, where the key signs attributes and not these bytes (R13). */
static inline bool modseal_content_is_foreign(struct modseal_span content)
{
	return content.size > 0 && !modseal_span_starts(content, "modseal-") &&
	       modseal_content_type(content) == MODSEAL_CONTENT_OTHER;
}
/* Errors: TYPE_MISMATCH; gzip, xz and zstd are named, with the remedy of R09. */
MODSEAL_MUST_CHECK int modseal_content_want(struct modseal_span content,
					    enum modseal_content_type wanted,
					    const char *object,
					    struct modseal_error *error);

#endif
