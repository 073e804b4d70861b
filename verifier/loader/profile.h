/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic linker's own profiler (LD_PROFILE of ld.so(8)): for the library that it
 * names, a file of a foreseeable name in a directory that anybody may write to is mapped
 * for writing, and what it holds is believed. A module is not loaded with that beside it.
 * The caller holds the loader lock.
 */
#ifndef MODSEAL_LOADER_PROFILE_H
#define MODSEAL_LOADER_PROFILE_H

#include "internal/error.h"

struct modseal_image;

/* PROCESS_UNVERIFIED if the image, or one of its closure, would be profiled; SYSTEM,
 * RESOURCE where that cannot be found out. */
MODSEAL_MUST_CHECK int modseal_profile_refuse(const struct modseal_image *image,
					      struct modseal_error *error);

#endif
