/* SPDX-License-Identifier: Apache-2.0 */
/* What a directory like /sys/module says of a module. */
#include "tests/unit/place.h"

#include "verifier/kernel/kernel_state.h"

static void put(const char *name, const char *state)
{
	FILE *file;

	make_directory(in_place("%s", name), 0755);
	if (!state)
		return;
	file = fopen(in_place("%s/initstate", name), "w");
	cr_assert(file != NULL);
	fputs(state, file);
	fclose(file);
}

static void expect(const char *name, enum modseal_kernel_state wanted)
{
	int directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t before = count_descriptors();
	enum modseal_kernel_state state;
	struct modseal_error error;

	cr_assert(zero(int, modseal_kernel_state_at(directory, name, &state, &error)),
		  "%s", name);
	cr_assert(eq(int, (int)state, (int)wanted), "%s", name);
	cr_assert(eq(sz, count_descriptors(), before));
	close(directory);
}

Test(kernel_state, says_what_satisfies_a_name, .init = place_begin, .fini = place_end)
{
	put("live", "live\n");
	put("coming", "coming\n");
	put("going", "going\n");
	put("strange", "unheard of\n");
	put("empty", "");
	put("built_in", NULL);
	make_file(in_place("file"), 1, 0644);
	cr_assert(zero(int, symlink("live", in_place("link"))));
	expect("live", MODSEAL_KERNEL_LOADED);
	expect("coming", MODSEAL_KERNEL_LOADED);
	expect("going", MODSEAL_KERNEL_ABSENT);
	expect("strange", MODSEAL_KERNEL_ABSENT);
	expect("empty", MODSEAL_KERNEL_ABSENT);
	expect("built_in", MODSEAL_KERNEL_BUILT_IN);
	expect("file", MODSEAL_KERNEL_ABSENT);
	expect("none", MODSEAL_KERNEL_ABSENT);
}

/* Names come out of signed files; a path among them would be a mistake of ours. */
Test(kernel_state, takes_no_path_for_a_name, .init = place_begin, .fini = place_end)
{
	char longest[400];

	put("live", "live\n");
	make_directory(in_place("below"), 0755);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	expect("below/../live", MODSEAL_KERNEL_ABSENT);
	expect("./live", MODSEAL_KERNEL_ABSENT);
	expect("..", MODSEAL_KERNEL_ABSENT);
	expect("", MODSEAL_KERNEL_ABSENT);
	expect(longest, MODSEAL_KERNEL_ABSENT);
}

/* What is there and cannot be read is not taken for absent. */
Test(kernel_state, fails_where_it_cannot_read, .init = place_begin, .fini = place_end)
{
	enum modseal_kernel_state state;
	struct modseal_error error;
	int directory;
	size_t before;

	make_directory(in_place("odd"), 0755);
	make_directory(in_place("odd/initstate"), 0755);
	directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	before = count_descriptors();
	cr_assert(eq(int, modseal_kernel_state_at(directory, "odd", &state, &error),
		     MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_CLOSURE));
	cr_assert(eq(sz, count_descriptors(), before));
	close(directory);
}
