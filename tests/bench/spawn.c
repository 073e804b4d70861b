/* SPDX-License-Identifier: Apache-2.0 */
/* The whole life of a process, seen from the one that starts it. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

int bench_spawn(char **arguments)
{
	unsigned long times = strtoul(arguments[0], NULL, 10);
	posix_spawn_file_actions_t actions;
	static double each[BENCH_MAX_FILES];

	if (times == 0 || times > BENCH_MAX_FILES ||
	    posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0))
		return 1;
	for (unsigned long i = 0; i < times; i++) {
		double start = bench_now();
		int status, failed;
		pid_t child;

		failed = posix_spawn(&child, arguments[1], &actions, NULL, arguments + 1,
				     environ);
		if (failed || waitpid(child, &status, 0) != child || status != 0) {
			fprintf(stderr, "%s: %s\n", arguments[1],
				failed ? strerror(failed) : "did not end with 0");
			return 1;
		}
		each[i] = bench_now() - start;
	}
	printf("us %.2f\n", bench_median(each, times));
	posix_spawn_file_actions_destroy(&actions);
	return 0;
}
