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

	for (int i = 2; i < argc; i++) {
		const char *anchors[] = {argv[1]};
		struct modseal_options options = {
			.version = MODSEAL_OPTIONS_VERSION,
			.flags = MODSEAL_OPEN_CALLER_OWNED,
			.policy_path = argv[i],
			.anchor_paths = anchors,
			.anchor_path_count = 1,
		};
		struct modseal *context;
		int result = modseal_open(&options, &context, &error);

		printf("%s\n", modseal_code_name(result));
	}
	return 0;
}
