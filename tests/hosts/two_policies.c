/* SPDX-License-Identifier: Apache-2.0 */
/*
 * two_policies ANCHOR POLICY...: opens one context after the other in one process, all
 * kept open, and prints the answer to each.
 */
#include <stdio.h>

#include "modseal.h"

int main(int argc, char **argv)
{
	static struct modseal_error error;
	static struct modseal *contexts[16];

	for (int i = 2; i < argc && i < 16; i++) {
		const char *anchors[] = {argv[1]};
		struct modseal_options options = {
			.version = MODSEAL_OPTIONS_VERSION,
			.flags = MODSEAL_OPEN_CALLER_OWNED,
			.policy_path = argv[i],
			.anchor_paths = anchors,
			.anchor_path_count = 1,
		};
		int result = modseal_open(&options, &contexts[i], &error);

		printf("%s\n", modseal_code_name(result));
	}
	for (int i = 0; i < 16; i++)
		modseal_free(&contexts[i]);
	return 0;
}
