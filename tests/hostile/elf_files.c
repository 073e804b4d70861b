/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The good plugin that elf_files.py breaks: it has every kind of table that the dynamic
 * linker reads, and its answer says of each whether it was read rightly.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-module.h"

MODSEAL_MODULE("unbroken", 7, "hostile-1", MODSEAL_METADATA("vendor", "tests"));

typedef int function(int);

static int started; /* by DT_INIT_ARRAY */
int zeroed[3000];
/* the last bytes of the file, and the first that are none */
int filled[4] = {1, 2, 3, 4};
__thread int counted = 5;
__thread int untouched;
static __thread volatile int early __attribute__((tls_model("initial-exec"))) = 6;

__attribute__((constructor)) static void start(void)
{
	started++;
}
__attribute__((destructor)) static void stop(void)
{
	started--;
}

int twice(int value)
{
	return 2 * value;
}
static int thrice(int value)
{
	return 3 * value;
}
static function *choose(void)
{
	return thrice;
}
int chosen(int value) __attribute__((ifunc("choose")));
/* nobody else sees it: its relocation has no symbol */
int chosen_here(int value) __attribute__((ifunc("choose"), visibility("hidden")));

/* an exported function, one of its own, one of others */
function *const table[] = {twice, thrice, abs};
const char *const words[] = {"one", "two", "three"};

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

const char *answer(void)
{
	static char text[256];
	int numbers[] = {3, 1, 2}, zeros = 0;

	qsort(numbers, 3, sizeof(int), compare);
	for (size_t i = 0; i < sizeof(zeroed) / sizeof(zeroed[0]); i++)
		zeros += zeroed[i];
	counted++;
	snprintf(
		text, sizeof(text),
		"started %d, sorted %d%d%d, zeros %d, filled %d, threads %d %d %d, table "
		"%d %d %d, chosen %d %d, words %s %s %zu",
		started, numbers[0], numbers[1], numbers[2], zeros, filled[3], counted,
		untouched, early, table[0](4), table[1](4), table[2](-4), chosen(4),
		chosen_here(4), words[0], words[2], strlen(words[1]));
	return text;
}
