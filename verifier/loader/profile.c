/* SPDX-License-Identifier: Apache-2.0 */
/* Looks whether the environment has the dynamic linker profile what is to be loaded. */
#include "verifier/loader/profile.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

#include "verifier/image/image.h"
#include "verifier/loader/environment.h"
#include "verifier/loader/registry.h"

#ifdef __GLIBC__
#define IS_GLIBC true
#else
#define IS_GLIBC false
#endif

/* A name with '/' could be a load name. */
static bool is_profiled(const struct modseal_image *image, const char *name)
{
	return strchr(name, '/') || (image->soname && strcmp(image->soname, name) == 0);
}

static int refuse_profiled(const struct modseal_image *image, const char *name,
			   struct modseal_error *error)
{
	for (size_t i = 0; i <= image->closure_count; i++) {
		const struct modseal_image *one =
			i < image->closure_count ? image->closure[i] : image;
		int code;

		if (!is_profiled(one, name))
			continue;
		code = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED,
				    MODSEAL_STAGE_LOAD, one->path,
				    "LD_PROFILE=%s makes the dynamic linker map and "
				    "write a file beside it",
				    name);
		modseal_remedy(error, "start the program without LD_PROFILE");
		return code;
	}
	return 0;
}

/* The dynamic linker has looked once, when the program started, and so is looked here. */
static int find_profiled(struct modseal_registry *registry, struct modseal_error *error)
{
	struct modseal_environment environment = modseal_environment_own();
	const char *name;
	char *copy;

	if (!environment.text)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD,
					  errno, "/proc/self/environ",
					  "the environment of the start cannot be read");
	name = modseal_environment_get(&environment, "LD_PROFILE");
	copy = strdup(name ? name : "");
	modseal_environment_free(&environment);
	if (!copy)
		return modseal_fail_memory(error, MODSEAL_STAGE_LOAD);
	modseal_registry_lock();
	registry->profiled = copy;
	modseal_registry_unlock();
	return 0;
}

int modseal_profile_refuse(const struct modseal_image *image, struct modseal_error *error)
{
	struct modseal_registry *registry = modseal_registry();
	int result = 0;

	/* in secure execution the dynamic linker does not look at it, and musl's never */
	if (!IS_GLIBC || getauxval(AT_SECURE))
		return 0;
	if (!registry->profiled)
		result = find_profiled(registry, error);
	if (result || !*registry->profiled)
		return result;
	return refuse_profiled(image, registry->profiled, error);
}
