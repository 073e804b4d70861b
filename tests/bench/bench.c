/* SPDX-License-Identifier: Apache-2.0 */
/* Measures from inside of a process, for bench.py: one thing a run. See bench.h. */
#include "bench.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

static int print_version(char **arguments)
{
	(void)arguments;
	printf("modseal %s\nopenssl %s\n", modseal_version(),
	       OpenSSL_version(OPENSSL_VERSION));
	return 0;
}

static const struct command {
	const char *name;
	int least, most; /* arguments */
	int (*run)(char **arguments);
} commands[] = {
	{"again", 3, 3, bench_again},	{"calls", 3, 3, bench_calls},
	{"check", 3, 4, bench_check},	{"closure", 3, 3, bench_closure},
	{"decide", 1, 1, bench_decide}, {"digest", 1, 2, bench_digest},
	{"kernel", 2, 2, bench_kernel}, {"load", 3, 4, bench_load},
	{"memory", 3, 3, bench_memory}, {"modules", 1, 1, bench_modules},
	{"open", 2, 2, bench_context},	{"plain", 1, 2, bench_plain},
	{"sealed", 3, 3, bench_sealed}, {"sign", 1, 1, bench_sign},
	{"spawn", 2, 64, bench_spawn},	{"version", 0, 0, print_version},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0 &&
		    argc - 2 >= commands[i].least && argc - 2 <= commands[i].most)
			return commands[i].run(argv + 2);
	fprintf(stderr, "bench: see tests/bench/bench.h\n");
	return 2;
}
