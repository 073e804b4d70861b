/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload_once POLICY ANCHOR NEXT FILE: opens POLICY, changes to `/`, renames NEXT to
 * `now` in the directory it was started in, reloads, and prints "CODE FILE'S-CODE
 * SERIAL": what the reload gave, and what then is decided about FILE and by which serial
 * (- where it is refused). CHECKS=N: asks N times before it reloads.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "modseal.h"

int main(int count, char **arguments)
{
	const char *anchors[] = {count == 5 ? arguments[2] : NULL};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = count == 5 ? arguments[1] : NULL,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal_verdict *verdict = NULL;
	struct modseal *context = NULL;
	struct modseal_error error, refusal;
	int here = open(".", O_DIRECTORY | O_CLOEXEC);
	int reloaded, result;

	if (count != 5 || here < 0)
		return 2;
	if (modseal_open(&options, &context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		return 1;
	}
	for (int i = atoi(getenv("CHECKS") ? getenv("CHECKS") : "0"); i > 0; i--) {
		result = modseal_check(context, arguments[4], MODSEAL_KIND_LIBRARY,
				       &verdict, &refusal);
		modseal_verdict_free(&verdict);
	}
	if (chdir("/") || renameat(here, arguments[3], here, "now")) {
		perror(arguments[3]);
		return 1;
	}
	reloaded = modseal_reload(context, &error);
	result = modseal_check(context, arguments[4], MODSEAL_KIND_LIBRARY, &verdict,
			       &refusal);
	printf("%s %s ", modseal_code_name(reloaded), modseal_code_name(result));
	if (result)
		printf("-\n");
	else
		printf("%llu\n", (unsigned long long)modseal_verdict_serial(verdict));
	if (reloaded)
		fprintf(stderr, "%s: %s\n", error.object, error.message);
	modseal_verdict_free(&verdict);
	modseal_free(&context);
	close(here);
	return 0;
}
