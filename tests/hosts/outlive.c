/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlive ANCHOR POLICY LIBRARY SECONDS...: opens a context that only checks with a clock
 * that stands at the first time, and checks the library at each of them. Prints each
 * answer, with the remarks of a verdict, and how many would have been refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "modseal.h"

static time_t seconds;

/* Comes before that of the C library. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){.tv_sec = seconds};
	return 0;
}

static void check(struct modseal *context, const char *library)
{
	static struct modseal_error error;
	struct modseal_verdict *verdict = NULL;
	const char *remark;
	int result =
		modseal_check(context, library, MODSEAL_KIND_BY_RULE, &verdict, &error);

	printf("check %s%s%s\n", modseal_code_name(result), result ? " " : "",
	       result ? error.message : "");
	if (result)
		return;
	for (size_t i = 0; (remark = modseal_verdict_remark(verdict, i)) != NULL; i++)
		printf("remark %s\n", remark);
	modseal_verdict_free(&verdict);
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	const char *anchors[] = {argv[1]};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | MODSEAL_OPEN_CHECK_ONLY,
		.policy_path = argv[2],
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;
	int result;

	if (argc < 5)
		return 2;
	seconds = (time_t)atoll(argv[4]);
	result = modseal_open(&options, &context, &error);
	printf("open %s%s%s\n", modseal_code_name(result), result ? " " : "",
	       result ? error.message : "");
	for (int i = 4; result == 0 && i < argc; i++) {
		seconds = (time_t)atoll(argv[i]);
		check(context, argv[3]);
	}
	if (modseal_audit_count(context))
		printf("would-refuse %llu\n",
		       (unsigned long long)modseal_audit_count(context));
	modseal_free(&context);
	return result != 0;
}
