/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is replaced in one step: written beside its place, synced, renamed over it.
 * The place holds its old bytes or the new ones, never a part of either.
 */
#ifndef MODSEAL_SIGN_TARGET_H
#define MODSEAL_SIGN_TARGET_H

#include "internal/span.h"
#include "verifier/image/bytes.h"

/* What the names of new files begin with until they are renamed; 16 hexadecimal digits
 * follow. */
#define MODSEAL_TARGET_PREFIX ".modseal-"

struct modseal_target {
	char *path;	    /* its real path: links are followed first */
	const char *name;   /* last component of path */
	int directory;	    /* descriptor */
	int descriptor;	    /* the new file, or -1 */
	char temporary[48]; /* its name until it is renamed; "" where there is none */
	int old;	    /* descriptor of what it replaces, or -1 */
	struct stat status; /* of old */
	uint64_t size;	    /* bytes written into the new file */
	/* The new file gets the times of what it replaces: it is the same file, signed.
	 * Set before it is written. */
	bool keep_times;
	const char *object; /* for messages: the path as the user wrote it */
};

/*
 * Prepares to replace path, which need not be there. Nothing is created yet. path lives
 * as long as the target. Errors: NOT_FOUND (its directory), NOT_REGULAR, NOT_WRITABLE
 * (each reason with its own message), CHANGED (somebody else is signing it), SYSTEM,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_target_open(const char *path,
					   struct modseal_target *ret_target,
					   struct modseal_error *error);

/* The same without the lock, and whatever the permissions of what is there: for a place
 * that is only looked at, or gets another name of the same file. */
MODSEAL_MUST_CHECK int modseal_target_find(const char *path,
					   struct modseal_target *ret_target,
					   struct modseal_error *error);

/*
 * Writes parts one after the other into the new file. It gets owner, mode and extended
 * attributes of what it replaces, or else the mode given less the umask.
 * Errors: NOT_WRITABLE, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_target_write(struct modseal_target *target, mode_t mode,
					    const struct modseal_span *parts,
					    size_t count, struct modseal_error *error);

/* Reads the new file back, for a last look before it takes its place. */
MODSEAL_MUST_CHECK int modseal_target_read(const struct modseal_target *target,
					   struct modseal_bytes *ret_bytes,
					   struct modseal_error *error);

/* Refuses CHANGED unless the new file holds exactly these bytes when it is read back. */
MODSEAL_MUST_CHECK int modseal_target_compare(const struct modseal_target *target,
					      const struct modseal_span *parts,
					      size_t count, struct modseal_error *error);

/* Does what is replaced still lie there, unchanged, or still nothing? A rename asks, too;
 * this is for who renames several. Errors: CHANGED, SYSTEM. */
MODSEAL_MUST_CHECK int modseal_target_check(const struct modseal_target *target,
					    struct modseal_error *error);

/* The three steps of modseal_target_commit, which must come in this order: what is
 * renamed is on disk already. */
MODSEAL_MUST_CHECK int modseal_target_sync(const struct modseal_target *target,
					   struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_target_rename(struct modseal_target *target,
					     struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_target_sync_directory(const struct modseal_target *target,
						     struct modseal_error *error);

/* Records why something could not be written: RESOURCE where there is no room, else
 * NOT_WRITABLE. Returns the code. */
int modseal_target_unwritable(struct modseal_error *error, int errnum, const char *object,
			      const char *what);

/* Syncs the new file, renames it into its place, and syncs the directory. What it
 * replaces must still be what it was when the target was opened. Errors: CHANGED,
 * NOT_WRITABLE, SYSTEM. */
MODSEAL_MUST_CHECK int modseal_target_commit(struct modseal_target *target,
					     struct modseal_error *error);

/* Removes a new file that was not committed, and frees. Accepts a target closed already.
 */
void modseal_target_close(struct modseal_target *target);

/* True if what is replaced is this very file, unchanged since it was located. */
bool modseal_target_replaces(const struct modseal_target *target,
			     const struct modseal_located *source);

/* Refuses CHANGED unless the file still is what it was when it was located. */
MODSEAL_MUST_CHECK int
modseal_target_source_unchanged(const struct modseal_located *source,
				struct modseal_error *error);

#endif
