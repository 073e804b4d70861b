/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/loader/registry.c: which object a mapping belongs to. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "verifier/loader/registry.h"

static struct modseal_error error;

/* Of one mapping of a file, at 0x1000, and an object whose page lies in it. */
static int own(struct modseal_object *object, uint32_t major, uint32_t minor,
	       uint64_t inode, bool file, size_t *ret_count)
{
	char name[] = "/lib/a.so";
	struct modseal_mapping mapping = {.start = 0x1000,
					  .end = 0x2000,
					  .major = major,
					  .minor = minor,
					  .inode = inode,
					  .executable = true,
					  .file = file,
					  .name = name};
	struct modseal_maps maps = {.items = &mapping, .count = 1};
	struct modseal_owners owners = {0};
	int result =
		modseal_owners_add(&owners, &maps, object, MODSEAL_STAGE_GATE, &error);

	*ret_count = owners.count;
	if (owners.count && modseal_owners_of(&owners, &mapping) != object)
		*ret_count = 99;
	modseal_owners_free(&owners);
	return result;
}

/* Its address may be that of another file by now, which nobody has let pass. */
Test(registry, a_stale_object_owns_what_it_was_accepted_for)
{
	struct modseal_object object = {.page = (void *)0x1000,
					.stale = true,
					.major = 1,
					.minor = 2,
					.inode = 3};
	size_t count;

	cr_assert(zero(int, own(&object, 1, 2, 3, true, &count)));
	cr_assert(eq(sz, count, 1));
	cr_assert(zero(int, own(&object, 9, 2, 3, true, &count)));
	cr_assert(zero(sz, count));
	cr_assert(zero(int, own(&object, 1, 9, 3, true, &count)));
	cr_assert(zero(sz, count));
	cr_assert(zero(int, own(&object, 1, 2, 9, true, &count)));
	cr_assert(zero(sz, count));
	object.page = (void *)0x5000; /* nothing is there any more */
	cr_assert(zero(int, own(&object, 1, 2, 3, true, &count)));
	cr_assert(zero(sz, count));
}

Test(registry, an_object_whose_page_the_kernel_does_not_show_is_no_owner)
{
	struct modseal_object object = {.page = (void *)0x5000, .path = "/lib/a.so"};
	size_t count;

	cr_assert(eq(int, own(&object, 1, 2, 3, true, &count), MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_GATE));
	cr_assert(eq(str, error.object, "/lib/a.so"));
	object.page = (void *)0x1000;
	cr_assert(eq(int, own(&object, 1, 2, 3, false, &count), MODSEAL_E_SYSTEM));
	object.retiring = true; /* of another policy: it owns nothing */
	cr_assert(zero(int, own(&object, 1, 2, 3, true, &count)));
	cr_assert(zero(sz, count));
}
