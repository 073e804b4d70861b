/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the loaded image that satisfies a need. */
#include "verifier/step_loaded.h"

#include <stdlib.h>
#include <string.h>

/* What the walk over the closure looks at. */
static bool copy_names(const struct modseal_image *image, struct modseal_elf *elf)
{
	elf->soname = strdup(image->soname);
	elf->needed = calloc(image->needed_count + 1, sizeof(*elf->needed));
	if (!elf->soname || !elf->needed)
		return false;
	for (; elf->needed_count < image->needed_count; elf->needed_count++) {
		elf->needed[elf->needed_count] = strdup(image->needed[elf->needed_count]);
		if (!elf->needed[elf->needed_count])
			return false;
	}
	return true;
}

/* What audit mode let through is told each time, so it is judged each time. */
static bool satisfies(const struct modseal_subject *s, const struct modseal_image *image)
{
	return !image->would_refuse && strcmp(image->soname, s->asked) == 0 &&
	       modseal_image_is_loaded(image);
}

bool modseal_step_loaded(struct modseal_subject *s)
{
	struct modseal_image *image;

	if (!s->needed_by || !s->to_load || s->kind != MODSEAL_KIND_LIBRARY)
		return false;
	image = modseal_copies_find(&s->context->copies, s->located.path,
				    &s->located.status);
	if (!image)
		return false;
	if (!satisfies(s, image) || !copy_names(image, &s->elf)) {
		modseal_elf_clear(&s->elf);
		modseal_image_free(&image);
		return false;
	}
	modseal_verdict_free(&s->verdict);
	s->image = image;
	s->hand_off = MODSEAL_HAND_OFF_SEALED;
	memcpy(s->digest, image->digest, sizeof(s->digest));
	s->digest_known = true;
	return true;
}
