/* SPDX-License-Identifier: Apache-2.0 */
/* Judges memory copies that are called like modseal's own: by their bytes and seals. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/image/seal.h"
#include "verifier/process/outside.h"

static int fail_open(const struct modseal_outside_image *image, int errnum,
		     struct modseal_error *why)
{
	int code = modseal_fail_errno(
		why, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, errnum, image->path,
		"it is a memory copy, and its bytes cannot be read");

	if (errnum == EPERM || errnum == EACCES)
		modseal_remedy(why, "ask as root, with CAP_CHECKPOINT_RESTORE or "
				    "CAP_SYS_ADMIN");
	return code;
}

/* Its bytes are final and those of the file: *ret_same. */
static int compare(struct modseal_outside *run, const struct modseal_outside_file *file,
		   int descriptor, const char *path, bool *ret_same,
		   struct modseal_error *why)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	struct stat status;
	int result;

	if (fstat(descriptor, &status) || status.st_size < 0)
		return modseal_fail_errno(why, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
					  errno, path, "its status is unknown");
	/* before anything is read: what can still change proves nothing */
	result = modseal_memfd_require(descriptor, (uint64_t)status.st_size, path, why);
	if (result)
		return result;
	*ret_same = (uint64_t)status.st_size == file->content_size;
	if (!*ret_same)
		return 0;
	result = modseal_outside_digest(run, descriptor, file->content_size, path, digest,
					why);
	*ret_same = !result && memcmp(digest, file->digest, sizeof(digest)) == 0;
	return result;
}

static int fail_other(const struct modseal_outside_image *image, const char *source,
		      struct modseal_error *why)
{
	int code = modseal_fail(why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
				image->path,
				"its bytes are not those of %s: that was replaced since, "
				"or it is a forgery",
				source);

	modseal_remedy(why, "restart the program; if it still is so, find out what made "
			    "this memory");
	return code;
}

static void fail_gone(const struct modseal_outside_image *image, const char *source,
		      struct modseal_error *why)
{
	modseal_fail(why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, image->path,
		     "there is no %s any more, so nothing vouches for its bytes", source);
	modseal_remedy(why, "put the file back, or restart the program");
}

/* Says why in *why; 0: it is what the policy approves. */
static int judge(struct modseal_outside *run, const char *source, int descriptor,
		 struct modseal_outside_image *image, struct modseal_error *why,
		 struct modseal_error *error)
{
	struct modseal_outside_file *file;
	bool same = false;

	/* what was approved for another process may have been replaced since */
	for (int fresh = 0; fresh < 2 && !same; fresh++) {
		int result = modseal_outside_ask(run, source, MODSEAL_KIND_LIBRARY, true,
						 fresh, &file, error);

		if (result)
			return result;
		image->file = file;
		if (file->code == MODSEAL_E_NOT_FOUND)
			fail_gone(image, source, why);
		else if (file->code)
			*why = *file->refusal;
		if (file->code)
			return 0;
		result = compare(run, file, descriptor, image->path, &same, why);
		if (result)
			return 0;
		if (!same)
			fail_other(image, source, why);
	}
	if (same)
		modseal_error_clear(why);
	return 0;
}

int modseal_outside_judge_copy(struct modseal_outside *run,
			       const struct modseal_sight *sight,
			       struct modseal_outside_image *image,
			       struct modseal_error *error)
{
	const char *source = modseal_memfd_source(image->path);
	struct modseal_error why = {0};
	int descriptor, result = 0;

	image->origin = "sealed";
	if (!*source) {
		modseal_fail(&why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
			     image->path,
			     "its name does not say which file it is a copy of: the path "
			     "was too long for it, or it is a forgery");
		modseal_remedy(&why, "keep modules under paths of at most 241 bytes");
		return modseal_outside_refuse(image, &why, error);
	}
	descriptor = modseal_sight_open_mapping(sight, image->mapping, O_RDONLY);
	if (descriptor < 0) {
		fail_open(image, errno, &why);
	} else {
		result = judge(run, source, descriptor, image, &why, error);
		close(descriptor);
	}
	if (result || !why.code)
		return result;
	return modseal_outside_refuse(image, &why, error);
}
