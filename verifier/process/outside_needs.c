/* SPDX-License-Identifier: Apache-2.0 */
/* What of a process its program needs, by the policy's search, and what came in besides.
 */
#include <stdlib.h>
#include <string.h>

#include "verifier/process/outside.h"

static struct modseal_outside_image *find(struct modseal_outside_images *images,
					  const char *path)
{
	for (size_t i = 0; i < images->count; i++) {
		struct modseal_outside_image *image = &images->items[i];

		if (image->file && !image->file->sealed && !image->refusal &&
		    strcmp(modseal_verdict_path(image->file->verdict), path) == 0)
			return image;
	}
	return NULL;
}

/* The dynamic linker takes what is there already under that SONAME. */
static bool is_there(const struct modseal_outside_images *images, const char *name)
{
	for (size_t i = 0; i < images->count; i++) {
		const struct modseal_outside_image *image = &images->items[i];

		if (strcmp(image->origin, "needed") == 0 && image->file->soname &&
		    strcmp(image->file->soname, name) == 0)
			return true;
	}
	return false;
}

/* The image that the policy's search finds for a needed name, or NULL. */
static struct modseal_outside_image *look_for(struct modseal_outside *run,
					      struct modseal_outside_images *images,
					      const struct modseal_outside_file *needer,
					      const char *name)
{
	const struct modseal_gate *gate = &run->context->gate;
	struct modseal_outside_image *image;
	struct modseal_error ignored;
	char *path = NULL;

	if (is_there(images, name) ||
	    gate->find(gate->argument, modseal_verdict_path(needer->verdict),
		       modseal_verdict_kind(needer->verdict), name, &path, &ignored))
		return NULL;
	image = find(images, path);
	free(path);
	return image;
}

static void mark(struct modseal_outside *run, struct modseal_outside_images *images,
		 struct modseal_outside_image **queue)
{
	size_t count = 0;

	for (size_t i = 0; i < images->count && count == 0; i++)
		if (strcmp(images->items[i].origin, "program") == 0 &&
		    images->items[i].file && !images->items[i].refusal)
			queue[count++] = &images->items[i];
	for (size_t at = 0; at < count; at++) {
		const struct modseal_outside_file *file = queue[at]->file;

		/* one more: the program's dynamic linker */
		for (size_t i = 0; i <= file->needed_count; i++) {
			const char *name = i < file->needed_count ? file->needed[i]
					   : at == 0		  ? file->interpreter
								  : NULL;
			struct modseal_outside_image *image =
				name ? look_for(run, images, file, name) : NULL;

			if (!image || strcmp(image->origin, "opened") != 0)
				continue;
			image->origin = "needed";
			queue[count++] = image;
		}
	}
}

/* Approved, but the program did not ask for it. */
static int judge_opened(struct modseal_outside *run, const struct modseal_sight *sight,
			struct modseal_outside_image *image, struct modseal_error *error)
{
	const char *way = modseal_outside_way(sight, image->path);
	struct modseal_error why;

	if (!modseal_outside_is_preloaded(way)) {
		if (!(run->flags & MODSEAL_RUNNING_STRICT))
			return 0;
		way = "the program opened it itself, or something that needs it";
	}
	modseal_fail(&why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, image->path,
		     "the policy approves it, but the program does not need it and "
		     "modseal did not load it: %s",
		     way);
	return modseal_outside_refuse(image, &why, error);
}

int modseal_outside_judge_needs(struct modseal_outside *run,
				const struct modseal_sight *sight,
				struct modseal_outside_images *images,
				struct modseal_error *error)
{
	struct modseal_outside_image **queue = calloc(images->count + 1, sizeof(*queue));
	int result = 0;

	if (!queue)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	mark(run, images, queue);
	free(queue);
	for (size_t i = 0; i < images->count && !result; i++) {
		struct modseal_outside_image *image = &images->items[i];

		if (!image->refusal && strcmp(image->origin, "opened") == 0)
			result = judge_opened(run, sight, image, error);
	}
	return result;
}
