/* SPDX-License-Identifier: Apache-2.0 */
/* The approved handle: a counted reference to a sealed file and to what it needs. */
#include "verifier/image/image.h"

#include "verifier/image/device.h"
#include "verifier/image/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int modseal_image_create(const struct modseal_image *source,
			 struct modseal_image **ret_image, struct modseal_error *error)
{
	struct stat status = {.st_dev = source->device, .st_ino = source->inode};
	struct modseal_image *image;

	if (source->descriptor >= 0 && source->inode == 0 &&
	    fstat(source->descriptor, &status) < 0)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_APPROVE,
					  errno, source->path,
					  "its memory cannot be looked at");
	image = malloc(sizeof(*image));
	if (!image)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	*image = *source;
	image->device = (uint64_t)status.st_dev;
	image->inode = (uint64_t)status.st_ino;
	atomic_init(&image->references, 1);
	*ret_image = image;
	return 0;
}

static int require_held(const struct modseal_image *image, struct modseal_error *error)
{
	switch (image->hand_off) {
	case MODSEAL_HAND_OFF_SEALED:
		/* that it is the memfd that was made says its number */
		return modseal_memfd_require_seals(image->descriptor, image->path, error);
	case MODSEAL_HAND_OFF_VERITY:
		return modseal_verity_require(image->descriptor, &image->verity,
					      image->size, image->path, error);
	case MODSEAL_HAND_OFF_READ_ONLY:
		return modseal_device_require(image->descriptor, image->size, image->path,
					      error);
	default:
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_LOAD,
				    image->path, "an unknown hand-off");
	}
}

static int fail_closed(const struct modseal_image *image, struct modseal_error *error)
{
	int code =
		modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD, image->path,
			     "its descriptor was closed since it was verified");

	modseal_remedy(error,
		       "find who closes what is not his (closefrom, close_range, a "
		       "constructor that becomes a daemon), or verify after that");
	return code;
}

int modseal_image_require(const struct modseal_image *image, struct modseal_error *error)
{
	struct stat status;
	int result = require_held(image, error);

	if (result < 0 && fcntl(image->descriptor, F_GETFD) < 0 && errno == EBADF)
		return fail_closed(image, error);
	if (result < 0)
		return result;
	if (fstat(image->descriptor, &status) < 0)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD,
					  errno, image->path,
					  "its descriptor cannot be looked at");
	if ((uint64_t)status.st_dev != image->device ||
	    (uint64_t)status.st_ino != image->inode)
		return modseal_fail(
			error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD, image->path,
			"its descriptor was closed and leads to another file now");
	if (status.st_size < 0 || (uint64_t)status.st_size != image->size)
		return modseal_fail(error, MODSEAL_E_NOT_SEALED, MODSEAL_STAGE_LOAD,
				    image->path,
				    "it has %jd bytes, not the %ju that were approved",
				    (intmax_t)status.st_size, (uintmax_t)image->size);
	return 0;
}

struct modseal_image *modseal_image_ref(struct modseal_image *image)
{
	atomic_fetch_add_explicit(&image->references, 1, memory_order_relaxed);
	return image;
}

bool modseal_image_ref_living(struct modseal_image *image)
{
	unsigned count = atomic_load_explicit(&image->references, memory_order_relaxed);

	while (count > 0)
		if (atomic_compare_exchange_weak_explicit(&image->references, &count,
							  count + 1, memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

void modseal_image_free(struct modseal_image **image)
{
	struct modseal_image *gone = image ? *image : NULL;

	if (!gone)
		return;
	*image = NULL;
	if (atomic_fetch_sub_explicit(&gone->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < gone->closure_count; i++)
		modseal_image_free(&gone->closure[i]);
	free(gone->closure);
	for (size_t i = 0; i < gone->needed_count; i++)
		free(gone->needed[i]);
	free(gone->needed);
	modseal_verdict_free(&gone->verdict);
	modseal_copies_forget(gone);
	if (gone->descriptor >= 0)
		close(gone->descriptor);
	free(gone->path);
	free(gone->soname);
	if (gone->context_release)
		gone->context_release(gone->context_reference);
	free(gone);
}

const struct modseal_verdict *modseal_image_verdict(const struct modseal_image *image)
{
	return image->verdict;
}

int modseal_image_descriptor(const struct modseal_image *image)
{
	return image->descriptor;
}

const char *modseal_image_soname(const struct modseal_image *image)
{
	return image->soname;
}
