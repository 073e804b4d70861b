/* SPDX-License-Identifier: Apache-2.0 */
/* Splits an appended signature container off a file, and tells contents by first bytes.
 */
#include "verifier/signature/container.h"

#include "verifier/signature/tlv.h"

#define HEADER_ID_TYPE_PKCS7 2
/* So much of a magic at the end, or a whole one so near it, is the remark "lost?" worth.
 */
_Static_assert(MODSEAL_MAX_CMS_SIZE == 64 * 1024, "a message names it");

#define LOST_LEAST  8
#define LOST_WINDOW 4096

struct type_entry {
	enum modseal_content_type type;
	const char *start;
	const char *name;
};

static const struct type_entry types[] = {
	{MODSEAL_CONTENT_ELF,
	 "\x7f"
	 "ELF",
	 "an ELF file"},
	{MODSEAL_CONTENT_POLICY, "modseal-policy: 1\n", "a policy"},
	{MODSEAL_CONTENT_SUPPLEMENT, "modseal-supplement: 1\n", "a policy supplement"},
	{MODSEAL_CONTENT_CATALOG, "modseal-catalog: 1\n", "a catalog"},
};

struct compression_entry {
	const char *start;
	size_t size;
	const char *name;
	const char *command;
};

static const struct compression_entry compressions[] = {
	{"\x1f\x8b", 2, "gzip", "gzip"},
	{"\xfd"
	 "7zXZ\0",
	 6, "xz", "xz"},
	{"\x28\xb5\x2f\xfd", 4, "zstd", "zstd"},
};

bool modseal_container_nested(struct modseal_span content)
{
	struct modseal_span end;

	return content.size >= MODSEAL_CONTAINER_MAGIC_SIZE &&
	       modseal_span_part(content, content.size - MODSEAL_CONTAINER_MAGIC_SIZE,
				 MODSEAL_CONTAINER_MAGIC_SIZE, &end) &&
	       memcmp(end.data, MODSEAL_CONTAINER_MAGIC, MODSEAL_CONTAINER_MAGIC_SIZE) ==
		       0;
}

/* A cut magic at the very end, or a whole one with something behind it. Only a hint. */
static bool container_was_lost(struct modseal_span tail)
{
	size_t most = tail.size < LOST_WINDOW ? tail.size : LOST_WINDOW;
	const uint8_t *end = tail.data + tail.size;

	for (size_t cut = LOST_LEAST; cut < MODSEAL_CONTAINER_MAGIC_SIZE; cut++)
		if (cut <= most && memcmp(end - cut, MODSEAL_CONTAINER_MAGIC, cut) == 0)
			return true;
	return most > 0 && memmem(end - most, most, MODSEAL_CONTAINER_MAGIC,
				  MODSEAL_CONTAINER_MAGIC_SIZE) != NULL;
}

/* What is not understood cannot be stripped either: a remedy of its own. */
static int beyond_repair(struct modseal_error *error, int code)
{
	modseal_remedy(error,
		       "get the file again from its source, or sign a fresh build of it");
	return code;
}

static int malformed(struct modseal_error *error, const char *object, const char *what)
{
	return beyond_repair(error,
			     modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
					  MODSEAL_STAGE_CONTAINER, object, "%s", what));
}

/* Every byte of the header but the length is fixed for signatures of the kind CMS. */
static int check_header(const uint8_t *header, const char *object,
			struct modseal_error *error)
{
	static const char *const names[] = {"algorithm",     "hash",	      "id type",
					    "signer length", "key id length", "padding",
					    "padding",	     "padding"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned wanted = i == 2 ? HEADER_ID_TYPE_PKCS7 : 0;

		if (header[i] != wanted)
			return beyond_repair(
				error, modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
						    MODSEAL_STAGE_CONTAINER, object,
						    "byte %zu of the signature trailer "
						    "(%s) is %u, not %u",
						    i, names[i], header[i], wanted));
	}
	return 0;
}

/* The header's length, once it fits between the first byte of the file and the trailer.
 */
static int check_length(uint64_t length, uint64_t file_size, const char *object,
			struct modseal_error *error)
{
	if (length == 0)
		return malformed(error, object,
				 "the trailer says that the signature is empty");
	if (length > MODSEAL_MAX_CMS_SIZE)
		return malformed(
			error, object,
			"the trailer says that the signature is larger than 64 KiB");
	if (length > file_size - MODSEAL_CONTAINER_TRAILER_SIZE)
		return malformed(
			error, object,
			"the trailer says that the signature is larger than the file");
	if (length == file_size - MODSEAL_CONTAINER_TRAILER_SIZE)
		return malformed(error, object,
				 "nothing but a signature: the content is empty");
	return 0;
}

int modseal_container_split(struct modseal_span tail, uint64_t file_size,
			    const char *object, struct modseal_container *ret_container,
			    struct modseal_error *error)
{
	struct modseal_container container = {.content_size = file_size};
	struct modseal_span trailer, before, rest;
	struct modseal_tlv outer;
	uint64_t length;
	int result;

	if (tail.size > file_size)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_CONTAINER,
				    object, "more bytes than the file has");
	if (!modseal_container_nested(tail)) {
		container.lost = container_was_lost(tail);
		*ret_container = container;
		return 0;
	}
	if (!modseal_span_part(tail, tail.size - MODSEAL_CONTAINER_TRAILER_SIZE,
			       MODSEAL_CONTAINER_TRAILER_SIZE, &trailer))
		return malformed(error, object, "nothing but the trailer of a signature");
	result = check_header(trailer.data, object, error);
	if (result)
		return result;
	length = modseal_read_be32(trailer.data + 8);
	result = check_length(length, file_size, object, error);
	if (result)
		return result;
	before = modseal_span_of(tail.data, tail.size - MODSEAL_CONTAINER_TRAILER_SIZE);
	if (length > before.size ||
	    !modseal_span_part(before, before.size - length, length, &container.cms))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_CONTAINER,
				    object,
				    "the signature begins before the bytes at hand");
	rest = container.cms;
	if (!modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &outer) || rest.size != 0)
		return malformed(
			error, object,
			"the trailer's length is not that of the signature before it");
	if (modseal_container_nested(modseal_span_of(before.data, before.size - length)))
		return malformed(
			error, object,
			"the content ends in a signature container itself; several "
			"signatures belong into one container");
	container.present = true;
	container.content_size = file_size - MODSEAL_CONTAINER_TRAILER_SIZE - length;
	*ret_container = container;
	return 0;
}

void modseal_container_trailer(size_t cms_size,
			       uint8_t ret_trailer[MODSEAL_CONTAINER_TRAILER_SIZE])
{
	memset(ret_trailer, 0, MODSEAL_CONTAINER_HEADER_SIZE);
	ret_trailer[2] = HEADER_ID_TYPE_PKCS7;
	modseal_write_be32(ret_trailer + 8, (uint32_t)cms_size);
	memcpy(ret_trailer + MODSEAL_CONTAINER_HEADER_SIZE, MODSEAL_CONTAINER_MAGIC,
	       MODSEAL_CONTAINER_MAGIC_SIZE);
}

static const struct type_entry *find_type(struct modseal_span content)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (modseal_span_starts(content, types[i].start))
			return &types[i];
	return NULL;
}

enum modseal_content_type modseal_content_type(struct modseal_span content)
{
	const struct type_entry *entry = find_type(content);

	return entry ? entry->type : MODSEAL_CONTENT_OTHER;
}

static const struct compression_entry *find_compression(struct modseal_span content)
{
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
		const struct compression_entry *entry = &compressions[i];

		if (content.size >= entry->size &&
		    memcmp(content.data, entry->start, entry->size) == 0)
			return entry;
	}
	return NULL;
}

int modseal_content_want(struct modseal_span content, enum modseal_content_type wanted,
			 const char *object, struct modseal_error *error)
{
	const struct type_entry *found = find_type(content);
	const struct compression_entry *compression = find_compression(content);
	const char *wanted_name = "a type of modseal";
	int code = MODSEAL_E_TYPE_MISMATCH;

	if (found && found->type == wanted)
		return 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == wanted)
			wanted_name = types[i].name;
	if (!compression)
		return modseal_fail(error, code, MODSEAL_STAGE_CONTAINER, object,
				    "the content begins like %s, wanted is %s",
				    found ? found->name : "nothing that modseal knows",
				    wanted_name);
	code = modseal_fail(error, code, MODSEAL_STAGE_CONTAINER, object,
			    "the file is compressed (%s), wanted is %s",
			    compression->name, wanted_name);
	modseal_remedy(error,
		       "decompress it first; a kernel module: "
		       "`%s -dc FILE | modseal verify --certificate CERT -`",
		       compression->command);
	return code;
}
