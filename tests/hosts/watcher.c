/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watcher POLICY ANCHORS STATE FILE: a process that runs on. It opens the policy once,
 * and for each line of standard input reloads it and prints "CODE FILE'S-CODE SERIAL":
 * what the reload gave, and what is decided then, by which serial (- where it is
 * refused).
 */
#include <stdio.h>

#include "modseal.h"

static void tell(struct modseal *context, const char *file, int reloaded)
{
	struct modseal_verdict *verdict = NULL;
	struct modseal_error error;
	int result = modseal_check(context, file, MODSEAL_KIND_LIBRARY, &verdict, &error);

	printf("%s %s ", modseal_code_name(reloaded), modseal_code_name(result));
	if (result)
		printf("-\n");
	else
		printf("%llu\n", (unsigned long long)modseal_verdict_serial(verdict));
	fflush(stdout);
	modseal_verdict_free(&verdict);
}

int main(int count, char **arguments)
{
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CHECK_ONLY,
		.policy_path = count == 5 ? arguments[1] : NULL,
		.anchor_directory = count == 5 ? arguments[2] : NULL,
		.state_directory = count == 5 ? arguments[3] : NULL,
	};
	struct modseal *context = NULL;
	struct modseal_error error;
	char line[64];

	if (count != 5)
		return 2;
	if (modseal_open(&options, &context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		return 1;
	}
	tell(context, arguments[4], MODSEAL_OK);
	while (fgets(line, sizeof(line), stdin))
		tell(context, arguments[4], modseal_reload(context, &error));
	modseal_free(&context);
	return 0;
}
