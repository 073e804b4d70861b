/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_races FOLDER ROUNDS source|memory|0|1|2|3|4
 *
 * One of the races of image_races.h in a folder that is there and empty; the numbers are
 * the swaps of R74. Prints what came of it; ends with 0 if nothing was wrong, 77 if it
 * cannot be run here.
 */
#include "tests/hosts/image_races.h"

int main(int count, char **arguments)
{
	struct race race = {0};
	const char *what;

	if (count != 4)
		return 2;
	umask(022);
	snprintf(race.folder, sizeof(race.folder), "%s", arguments[1]);
	race.rounds = strtoul(arguments[2], NULL, 10);
	what = arguments[3];
	if (strcmp(what, "source") == 0) {
		race_source(&race);
	} else if (strcmp(what, "memory") == 0) {
		race_memory(&race);
	} else {
		const struct race_swap *swap =
			&race_swaps[strtoul(what, NULL, 10) % RACE_SWAP_COUNT];

		what = swap->name;
		if (swap->mounts && (geteuid() != 0 || unshare(CLONE_NEWNS) ||
				     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
			return 77;
		race_names(&race, swap);
	}
	printf("%s: %lu accepted, %lu refused, %lu wrong %s\n", what, race.accepted,
	       race.refused, race.wrong, race.message);
	return race.wrong != 0 || race.accepted + race.refused < race.rounds;
}
