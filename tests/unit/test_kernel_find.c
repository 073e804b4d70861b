/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for a kernel module by its name below a directory, without an index. */
#include "tests/unit/place.h"

#include "verifier/kernel/kernel_find.h"

static struct modseal_error error;

static void set_up(void)
{
	place_begin();
	memset(&error, 0, sizeof(error));
}

static void put(const char *path)
{
	char *copy = strdup(in_place("%s", path));

	for (char *at = copy + strlen(place) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(copy, 0755);
		*at = '/';
	}
	make_file(copy, 1, 0644);
	free(copy);
}

/* What is found below the place, without it; the caller frees. */
static char *found(const char *name)
{
	char *path = NULL, *rest;
	int result = modseal_kernel_find_below(place, 16, name, &path, &error);

	cr_assert(eq(int, result, 0), "%s: %s", name, error.message);
	cr_assert(zero(int, strncmp(path, place, strlen(place))));
	rest = strdup(path + strlen(place) + 1);
	free(path);
	return rest;
}

static void finds(const char *name, const char *wanted)
{
	char *got = found(name);

	cr_assert(eq(str, got, (char *)wanted));
	free(got);
}

static void fails(const char *name, int code, const char *what)
{
	size_t before = count_descriptors();
	char *path = NULL;

	cr_assert(
		eq(int, modseal_kernel_find_below(place, 16, name, &path, &error), code),
		"%s: %s", name, error.message);
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_CLOSURE));
	cr_assert(strstr(error.message, what) != NULL, "%s", error.message);
	cr_assert(path == NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}

Test(kernel_find, finds_names_with_both_spellings, .init = set_up, .fini = place_end)
{
	put("kernel/lib/crc-itu-t.ko");
	put("kernel/drivers/cdrom/cdrom.ko");
	put("kernel/drivers/cdrom/cdrom.ko.bak");
	put("kernel/drivers/cdrom/xcdrom.ko");
	put("kernel/drivers/cdrom.ko.d/cdrom_more.ko");
	finds("crc_itu_t", "kernel/lib/crc-itu-t.ko");
	finds("cdrom", "kernel/drivers/cdrom/cdrom.ko");
	fails("cdro", MODSEAL_E_NOT_FOUND, "no such module below");
	fails("crc-itu-t", MODSEAL_E_NOT_FOUND, "no such module below");
}

Test(kernel_find, prefers_updates_and_whole_files, .init = set_up, .fini = place_end)
{
	put("kernel/a.ko");
	put("updates/dkms/a.ko");
	put("kernel/b.ko.xz");
	put("extra/b.ko");
	put("kernel/c.ko");
	put("updates/c.ko.xz");
	finds("a", "updates/dkms/a.ko");
	finds("b", "extra/b.ko");
	finds("c", "kernel/c.ko");
}

Test(kernel_find, does_not_choose_between_two, .init = set_up, .fini = place_end)
{
	put("kernel/a.ko");
	put("extra/a.ko");
	put("updates/b-c.ko");
	put("updates/dkms/b_c.ko");
	put("kernel/b_c.ko");
	fails("a", MODSEAL_E_DEPENDENCY_MISSING, "which file is the kernel module");
	fails("b_c", MODSEAL_E_DEPENDENCY_MISSING, "which file is the kernel module");
}

Test(kernel_find, r09_names_what_is_only_compressed, .init = set_up, .fini = place_end)
{
	put("kernel/a.ko.zst");
	fails("a", MODSEAL_E_DEPENDENCY_MISSING, "only compressed");
	cr_assert(strstr(error.remedy, "zstd -dk") != NULL, "%s", error.remedy);
}

/* Those of weak-updates lead into the directory of another kernel, or back. */
Test(kernel_find, prefers_a_file_to_a_link, .init = set_up, .fini = place_end)
{
	put("kernel/a.ko");
	put("weak-updates/other.ko");
	put("weak-updates/b.ko.xz");
	cr_assert(zero(int, symlink("../kernel/a.ko", in_place("weak-updates/a.ko"))));
	cr_assert(zero(int, symlink("/nowhere/b.ko", in_place("weak-updates/b.ko"))));
	finds("a", "kernel/a.ko");
	finds("b", "weak-updates/b.ko");
	/* two links, and it does not matter when the file is met */
	for (int i = 0; i < 2; i++) {
		make_directory(in_place("more%d", i), 0755);
		cr_assert(
			zero(int, symlink("../kernel/a.ko", in_place("more%d/a.ko", i))));
	}
	finds("a", "kernel/a.ko");
}

/* A release directory has links to the sources of its kernel, and may have any. */
Test(kernel_find, follows_no_link, .init = set_up, .fini = place_end)
{
	put("kernel/deep/a.ko");
	cr_assert(zero(int, symlink("kernel", in_place("build"))));
	cr_assert(zero(int, symlink(".", in_place("kernel/deep/loop"))));
	cr_assert(zero(int, mkfifo(in_place("kernel/pipe"), 0600)));
	finds("a", "kernel/deep/a.ko");
}

Test(kernel_find, goes_so_deep_and_no_deeper, .init = set_up, .fini = place_end)
{
	char *path = NULL;

	put("1/2/3/a.ko");
	cr_assert(eq(int, modseal_kernel_find_below(place, 2, "a", &path, &error),
		     MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, modseal_kernel_find_below(place, 3, "a", &path, &error), 0));
	free(path);
}

Test(kernel_find, looks_beside_a_module_from_elsewhere, .init = set_up, .fini = place_end)
{
	char *path = NULL, *module;

	put("out/b.ko");
	put("out/below/c.ko");
	module = strdup(in_place("out/a.ko"));
	cr_assert(eq(int, modseal_kernel_find(module, "0-none", "b", &path, &error), 0),
		  "%s", error.message);
	cr_assert(eq(str, path, (char *)in_place("out/b.ko")));
	free(path);
	path = NULL;
	cr_assert(eq(int, modseal_kernel_find(module, "0-none", "c", &path, &error),
		     MODSEAL_E_DEPENDENCY_MISSING));
	cr_assert(strstr(error.message, "nor below /lib/modules/0-none") != NULL, "%s",
		  error.message);
	/* below a release directory nothing else is asked */
	cr_assert(eq(int,
		     modseal_kernel_find("/usr/lib/modules/0-none/kernel/a.ko", "1-other",
					 "b", &path, &error),
		     MODSEAL_E_DEPENDENCY_MISSING));
	cr_assert(strstr(error.message, "kernel module below /usr/lib/modules/0-none") !=
			  NULL,
		  "%s", error.message);
	cr_assert(path == NULL);
	free(module);
}
