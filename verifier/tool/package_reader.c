/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A package is three layers: the file of the package; the payload, decompressed; the
 * members in it. Each is read through libarchive with nothing but the one format that is
 * expected there, so that a file cannot be taken for something else.
 */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/package_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/output.h"

#define PIECE (64u * 1024)

struct package_reader {
	const char *path;
	enum package_format format;
	int descriptor;
	struct archive *outer;	 /* .deb: the ar archive; else NULL */
	struct archive *payload; /* one stream without its compression */
	struct archive *members; /* tar or cpio */
	const char *member;	 /* the last one; NULL: none */
	int64_t compressed;	 /* size of the payload in the package */
	uint64_t unpacked;	 /* bytes of the payload that went to members */
	uint64_t used;		 /* offset behind the last of them that is not zero */
	uint8_t outer_piece[PIECE];
	uint8_t payload_piece[PIECE];
};

/* ---- what can go wrong --------------------------------------------------------------
 */

int package_reader_wrong(struct package_reader *reader, int code, const char *remedy,
			 const char *reason, struct modseal_error *error)
{
	char object[sizeof(error->object)];

	snprintf(object, sizeof(object), "%s%s%s", reader->path,
		 reader->member ? ": " : "", reader->member ? reader->member : "");
	return output_error(error, code, MODSEAL_STAGE_FIND, object, remedy, "%s",
			    reason);
}

static int damaged(struct package_reader *reader, const char *reason,
		   struct modseal_error *error)
{
	return package_reader_wrong(reader, MODSEAL_E_TYPE_MISMATCH,
				    reader->format == PACKAGE_DEB
					    ? "name a whole .deb file"
					    : "name a whole .rpm file",
				    reason, error);
}

static int no_memory(struct package_reader *reader, struct modseal_error *error)
{
	return package_reader_wrong(reader, MODSEAL_E_RESOURCE, NULL, "out of memory",
				    error);
}

/* libarchive's own words; they may repeat bytes of the package. */
static int archive_failed(struct package_reader *reader, struct archive *archive,
			  struct modseal_error *error)
{
	const char *words = archive_error_string(archive);
	char reason[256], plain[224];

	if (archive_errno(archive) == ENOMEM)
		return no_memory(reader, error);
	modseal_escape(plain, sizeof(plain), words ? words : "it cannot be read");
	snprintf(reason, sizeof(reason), "damaged: %s", plain);
	return damaged(reader, reason, error);
}

int package_reader_failure(struct package_reader *reader, struct modseal_error *error)
{
	return archive_failed(reader, reader->members, error);
}

/* ---- from layer to layer -------------------------------------------------------------
 */

/* Hands on what the layer below says, an error with its words. */
static la_ssize_t hand_on(struct archive *to, struct archive *from, uint8_t *piece,
			  const void **ret_bytes)
{
	la_ssize_t got = archive_read_data(from, piece, PIECE);

	if (got < 0)
		archive_set_error(to, archive_errno(from), "%s",
				  archive_error_string(from));
	*ret_bytes = piece;
	return got < 0 ? ARCHIVE_FATAL : got;
}

static la_ssize_t read_outer(struct archive *archive, void *argument,
			     const void **ret_bytes)
{
	struct package_reader *reader = argument;

	return hand_on(archive, reader->outer, reader->outer_piece, ret_bytes);
}

static la_ssize_t read_payload(struct archive *archive, void *argument,
			       const void **ret_bytes)
{
	struct package_reader *reader = argument;
	la_ssize_t got =
		hand_on(archive, reader->payload, reader->payload_piece, ret_bytes);

	for (la_ssize_t i = got; i > 0; i--)
		if (reader->payload_piece[i - 1]) {
			reader->used = reader->unpacked + (uint64_t)i;
			break;
		}
	if (got > 0)
		reader->unpacked += (uint64_t)got;
	return got;
}

static bool allow_compressions(struct archive *archive)
{
	return archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_zstd(archive) == ARCHIVE_OK;
}

static int start_payload(struct package_reader *reader, struct modseal_error *error)
{
	struct archive_entry *entry;

	reader->payload = archive_read_new();
	if (!reader->payload ||
	    archive_read_support_format_raw(reader->payload) != ARCHIVE_OK ||
	    !allow_compressions(reader->payload) ||
	    (reader->format == PACKAGE_RPM &&
	     archive_read_support_filter_rpm(reader->payload) != ARCHIVE_OK))
		return no_memory(reader, error);
	if ((reader->outer
		     ? archive_read_open(reader->payload, reader, NULL, read_outer, NULL)
		     : archive_read_open_fd(reader->payload, reader->descriptor,
					    PIECE)) != ARCHIVE_OK ||
	    archive_read_next_header(reader->payload, &entry) != ARCHIVE_OK)
		return archive_failed(reader, reader->payload, error);
	return MODSEAL_OK;
}

static int start_members(struct package_reader *reader, struct modseal_error *error)
{
	reader->members = archive_read_new();
	if (!reader->members ||
	    (reader->format == PACKAGE_DEB
		     ? archive_read_support_format_tar(reader->members)
		     : archive_read_support_format_cpio(reader->members)) != ARCHIVE_OK)
		return no_memory(reader, error);
	if (archive_read_open(reader->members, reader, NULL, read_payload, NULL) !=
	    ARCHIVE_OK)
		return archive_failed(reader, reader->members, error);
	return MODSEAL_OK;
}

/* ---- Debian packages: deb(5) ---------------------------------------------------------
 */

/* The next member of the ar archive; NULL at its end. */
static int next_part(struct package_reader *reader, const char **ret_name,
		     struct archive_entry **ret_entry, struct modseal_error *error)
{
	int status = archive_read_next_header(reader->outer, ret_entry);

	*ret_name = NULL;
	if (status == ARCHIVE_EOF)
		return MODSEAL_OK;
	if (status != ARCHIVE_OK)
		return archive_failed(reader, reader->outer, error);
	*ret_name = archive_entry_pathname(*ret_entry);
	if (!*ret_name)
		return damaged(reader, "damaged: a part without a name", error);
	return MODSEAL_OK;
}

/* "Programs should ... accept newer minor numbers", and refuse another major one. */
static int check_version(struct package_reader *reader, const char *name,
			 struct modseal_error *error)
{
	char version[2];

	if (!name || strcmp(name, "debian-binary") != 0)
		return damaged(reader, "not a Debian package", error);
	if (archive_read_data(reader->outer, version, sizeof(version)) !=
		    sizeof(version) ||
	    memcmp(version, "2.", 2) != 0)
		return damaged(reader, "not a Debian package of format 2", error);
	return MODSEAL_OK;
}

/* The name tells the compression, and dpkg goes by it. */
static int check_compression(struct package_reader *reader, const char *name,
			     struct modseal_error *error)
{
	static const struct {
		const char *name;
		int code;
	} kinds[] = {
		{"data.tar", ARCHIVE_FILTER_NONE},
		{"data.tar.gz", ARCHIVE_FILTER_GZIP},
		{"data.tar.xz", ARCHIVE_FILTER_XZ},
		{"data.tar.zst", ARCHIVE_FILTER_ZSTD},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		/* the last filter is always the one that does nothing */
		if (archive_filter_code(reader->payload, 0) == kinds[i].code &&
		    archive_filter_count(reader->payload) <= 2)
			return MODSEAL_OK;
		return damaged(reader, "damaged: its data are not what their name says",
			       error);
	}
	return package_reader_wrong(
		reader, MODSEAL_E_UNSUPPORTED, "repack it with `dpkg-deb -Zxz`",
		"its data are compressed in a way that is not read here", error);
}

static int open_deb(struct package_reader *reader, struct modseal_error *error)
{
	struct archive_entry *entry;
	const char *name;
	char kept[64];
	int result;

	reader->outer = archive_read_new();
	if (!reader->outer || archive_read_support_format_ar(reader->outer) != ARCHIVE_OK)
		return no_memory(reader, error);
	if (archive_read_open_fd(reader->outer, reader->descriptor, PIECE) != ARCHIVE_OK)
		return archive_failed(reader, reader->outer, error);
	result = next_part(reader, &name, &entry, error);
	if (result == MODSEAL_OK)
		result = check_version(reader, name, error);
	/* parts of later minor versions stand here, and begin with an underscore */
	do {
		if (result == MODSEAL_OK)
			result = next_part(reader, &name, &entry, error);
	} while (result == MODSEAL_OK && name &&
		 (name[0] == '_' || strncmp(name, "control.tar", 11) == 0));
	if (result != MODSEAL_OK)
		return result;
	if (!name || strncmp(name, "data.tar", 8) != 0)
		return damaged(reader, "damaged: a Debian package without data", error);
	snprintf(kept, sizeof(kept), "%s", name);
	reader->compressed = archive_entry_size(entry);
	result = start_payload(reader, error);
	return result == MODSEAL_OK ? check_compression(reader, kept, error) : result;
}

/* ---- RPM packages --------------------------------------------------------------------
 */

static int open_rpm(struct package_reader *reader, struct modseal_error *error)
{
	int result = start_payload(reader, error);

	if (result != MODSEAL_OK)
		return result;
	/* nearest to the payload stands its compression, then the package around it */
	for (int i = 0; i < archive_filter_count(reader->payload); i++)
		if (archive_filter_code(reader->payload, i) == ARCHIVE_FILTER_RPM)
			return MODSEAL_OK;
	return damaged(reader, "not an RPM package", error);
}

/* ---- the reader ----------------------------------------------------------------------
 */

static int open_file(struct package_reader *reader, struct modseal_error *error)
{
	struct stat status;

	/* a FIFO would wait for ever */
	reader->descriptor = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (reader->descriptor < 0 || fstat(reader->descriptor, &status) != 0) {
		int number = errno;

		package_reader_wrong(reader,
				     number == ENOENT || number == ENOTDIR
					     ? MODSEAL_E_NOT_FOUND
					     : MODSEAL_E_SYSTEM,
				     "check the name", strerror(number), error);
		error->system_errno = number;
		return error->code;
	}
	if (!S_ISREG(status.st_mode))
		return package_reader_wrong(reader, MODSEAL_E_NOT_REGULAR,
					    "name a package file", "not a regular file",
					    error);
	reader->compressed = status.st_size;
	return MODSEAL_OK;
}

int package_reader_open(const char *path, enum package_format format,
			struct package_reader **ret_reader, struct modseal_error *error)
{
	struct package_reader *reader = calloc(1, sizeof(*reader));
	int result;

	if (!reader)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND, path,
				    NULL, "out of memory");
	reader->path = path;
	reader->format = format;
	result = open_file(reader, error);
	if (result == MODSEAL_OK)
		result = format == PACKAGE_DEB ? open_deb(reader, error)
					       : open_rpm(reader, error);
	if (result == MODSEAL_OK)
		result = start_members(reader, error);
	if (result == MODSEAL_OK)
		*ret_reader = reader;
	else
		package_reader_free(&reader);
	return result;
}

void package_reader_free(struct package_reader **reader)
{
	struct package_reader *old;

	if (!reader || !*reader)
		return;
	old = *reader;
	*reader = NULL;
	/* the upper layers read from the lower ones */
	archive_read_free(old->members);
	archive_read_free(old->payload);
	archive_read_free(old->outer);
	if (old->descriptor >= 0)
		close(old->descriptor);
	free(old);
}

/* Behind the last member: an end that was never read could hide a wrong checksum. */
static int finish(struct package_reader *reader, struct modseal_error *error)
{
	struct archive_entry *entry;
	const void *bytes;
	const char *name;
	la_ssize_t got;
	int result;

	do
		got = read_payload(reader->members, reader, &bytes);
	while (got > 0);
	if (got < 0)
		return archive_failed(reader, reader->members, error);
	if (reader->used > (uint64_t)archive_filter_bytes(reader->members, 0))
		return damaged(reader, "damaged: something stands behind the last file",
			       error);
	if (archive_filter_bytes(reader->payload, -1) != reader->compressed)
		return damaged(reader, "damaged: something stands behind its data",
			       error);
	if (!reader->outer)
		return 0;
	do
		result = next_part(reader, &name, &entry, error);
	while (result == MODSEAL_OK && name && name[0] == '_');
	if (result == MODSEAL_OK && name)
		return damaged(reader, "damaged: it has a part more than it should",
			       error);
	return result;
}

int package_reader_next(struct package_reader *reader, struct package_member *ret_member,
			struct modseal_error *error)
{
	struct archive_entry *entry;
	int status;

	reader->member = NULL; /* its name goes with the entry */
	status = archive_read_next_header(reader->members, &entry);
	if (status == ARCHIVE_EOF)
		return finish(reader, error);
	/* a warning too: what libarchive passes over, the package manager might not */
	if (status != ARCHIVE_OK)
		return archive_failed(reader, reader->members, error);
	*ret_member = (struct package_member){
		.name = archive_entry_pathname(entry),
		.regular = archive_entry_filetype(entry) == AE_IFREG,
		.hard_link = archive_entry_hardlink(entry),
		.shared = reader->format == PACKAGE_RPM && archive_entry_nlink(entry) > 1,
		.empty = archive_entry_size(entry) == 0,
	};
	reader->member = ret_member->name;
	if (!ret_member->name)
		return damaged(reader, "damaged: a file without a name", error);
	return 1;
}

ssize_t package_reader_read(void *argument, void *buffer, size_t size)
{
	struct package_reader *reader = argument;
	la_ssize_t got = archive_read_data(reader->members, buffer, size);

	if (got >= 0)
		return (ssize_t)got;
	errno = EIO;
	return -1;
}
#else
typedef int modseal_package_reader_is_left_out; /* something declared (C11 6.9) */
#endif
