/* SPDX-License-Identifier: Apache-2.0 */
/* The approved handle: a counted reference to a sealed file and to what it needs. */
#include "verifier/image/image.h"

#include <stdlib.h>
#include <unistd.h>

int modseal_image_create(const struct modseal_image *source,
			 struct modseal_image **ret_image, struct modseal_error *error)
{
	struct modseal_image *image = malloc(sizeof(*image));

	if (!image)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	*image = *source;
	atomic_init(&image->references, 1);
	*ret_image = image;
	return 0;
}

struct modseal_image *modseal_image_ref(struct modseal_image *image)
{
	atomic_fetch_add_explicit(&image->references, 1, memory_order_relaxed);
	return image;
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
