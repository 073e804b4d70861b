/* SPDX-License-Identifier: Apache-2.0 */
/* Opening paths in tests: the code and stage of a refusal, the safety of what is
 * accepted. */
#ifndef MODSEAL_TEST_OPENING_H
#define MODSEAL_TEST_OPENING_H

#include "tests/unit/place.h"

static struct modseal_error error;

static inline bool says(const char *what)
{
	return strstr(error.message, what) != NULL;
}

static inline int open_code(const char *path)
{
	struct modseal_located located = {.descriptor = -1};
	size_t before = count_descriptors();
	int result;

	memset(&error, 0, sizeof(error));
	result = modseal_path_open(path, &located, &error);
	if (result)
		cr_assert(eq(int, located.descriptor, -1));
	cr_assert(eq(int, error.code, result));
	modseal_located_close(&located);
	cr_assert(eq(sz, count_descriptors(), before), "descriptors of %s", path);
	return result;
}

#define refused(path, wanted)                                                            \
	do {                                                                             \
		cr_assert(eq(int, open_code(path), (wanted)), "%s: %s %s", (path),       \
			  modseal_code_name(error.code), error.message);                 \
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_OPEN));                     \
	} while (0)

/* The safety of a path that must be accepted; reason in error.message. */
static inline enum modseal_path_safety safety_of(const char *path)
{
	struct modseal_located located = {.descriptor = -1};
	enum modseal_path_safety safety;

	cr_assert(zero(int, modseal_path_open(path, &located, &error)), "%s: %s", path,
		  error.message);
	safety = located.safety;
	memcpy(error.message, located.reason, sizeof(located.reason));
	modseal_located_close(&located);
	return safety;
}

/* What is safest below a sticky /var/tmp: root's files as root, the caller's otherwise.
 */
static inline enum modseal_path_safety best_here(void)
{
	return is_root() ? MODSEAL_PATH_ROOT : MODSEAL_PATH_CALLER;
}

#endif
