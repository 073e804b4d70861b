/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes read by descriptor: there, not there, too large, not to be had. */
#include <sys/xattr.h>

#include "tests/unit/place.h"
#include "verifier/image/attribute.h"

TestSuite(attribute, .init = place_begin, .fini = place_end);

#define NAME "user.modseal"

Test(attribute, is_read_from_the_descriptor)
{
	const char *path = in_place("file");
	struct modseal_error error = {0};
	enum modseal_attribute_state state;
	uint8_t buffer[4];
	size_t size;
	int file;

	make_file(path, 10, 0644);
	file = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(zero(int, modseal_attribute_read(file, NAME, buffer, 4, &state, &size,
						   "x", &error)));
	cr_assert(eq(int, state, MODSEAL_ATTRIBUTE_ABSENT));
	if (setxattr(path, NAME, "four", 4, 0)) {
		close(file);
		place_end();
		cr_skip_test("no attributes of users on this file system");
	}
	/* another file of that name has another attribute */
	cr_assert(zero(int, rename(path, in_place("moved"))));
	make_file(path, 10, 0644);
	cr_assert(zero(int, modseal_attribute_read(file, NAME, buffer, 4, &state, &size,
						   "x", &error)));
	cr_assert(eq(int, state, MODSEAL_ATTRIBUTE_READ));
	cr_assert(eq(sz, size, 4));
	cr_assert(zero(int, memcmp(buffer, "four", 4)));
	cr_assert(zero(int, fsetxattr(file, NAME, "fives", 5, 0)));
	cr_assert(zero(int, modseal_attribute_read(file, NAME, buffer, 4, &state, &size,
						   "x", &error)));
	cr_assert(eq(int, state, MODSEAL_ATTRIBUTE_TOO_LARGE));
	cr_assert(zero(int, fsetxattr(file, NAME, "", 0, 0)));
	cr_assert(zero(int, modseal_attribute_read(file, NAME, buffer, 4, &state, &size,
						   "x", &error)));
	cr_assert(eq(int, state, MODSEAL_ATTRIBUTE_READ));
	cr_assert(zero(sz, size));
	close(file);
}

Test(attribute, that_cannot_be_read_is_not_absent)
{
	struct modseal_error error = {0};
	enum modseal_attribute_state state;
	uint8_t buffer[4];
	size_t size;

	cr_assert(eq(
		int,
		modseal_attribute_read(-1, NAME, buffer, 4, &state, &size, "x", &error),
		MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));
	cr_assert(eq(int, error.system_errno, EBADF));
}
