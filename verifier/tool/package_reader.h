/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a package file, one after the other, as a stream; nothing is unpacked to
 * disk. The only place that uses libarchive. */
#ifndef MODSEAL_TOOL_PACKAGE_READER_H
#define MODSEAL_TOOL_PACKAGE_READER_H

#include <stdbool.h>
#include <sys/types.h>

#include "verifier/tool/package.h"

struct package_reader;

/* A member. The texts live until the next call for the reader. */
struct package_member {
	const char *name; /* as the package spells it */
	bool regular;	  /* else a directory, a link, a device, ... */
	/* NULL, or the name of the first member of one file with several names */
	const char *hard_link;
	/* cpio: it has other names, and the content comes with the last of them */
	bool shared;
	bool empty;
};

/*
 * Errors: NOT_FOUND, NOT_REGULAR, SYSTEM, RESOURCE, UNSUPPORTED (a compression that is
 * not read), TYPE_MISMATCH (no package of this format, or a damaged one). The caller
 * frees *ret_reader with package_reader_free; path must live as long.
 */
MODSEAL_MUST_CHECK int package_reader_open(const char *path, enum package_format format,
					   struct package_reader **ret_reader,
					   struct modseal_error *error);
void package_reader_free(struct package_reader **reader);

/*
 * 1 and a member, or 0 at the end of the package, where everything behind the last member
 * was looked at too: checksums of the compression hold, and nothing is left over.
 * Errors: TYPE_MISMATCH (damaged), RESOURCE.
 */
MODSEAL_MUST_CHECK int package_reader_next(struct package_reader *reader,
					   struct package_member *ret_member,
					   struct modseal_error *error);

/* A modseal_read of the content of the last member; argument is the reader. */
ssize_t package_reader_read(void *argument, void *buffer, size_t size);
/* package_reader_read failed: *error is why. Returns its code. */
int package_reader_failure(struct package_reader *reader, struct modseal_error *error);

/* Something about the last member: the object of the message is both names. */
int package_reader_wrong(struct package_reader *reader, int code, const char *remedy,
			 const char *reason, struct modseal_error *error);

#endif
