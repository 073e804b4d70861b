/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into libz once it is loaded: what modseal adds to them, which is nothing. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define CALLS	  (8 << 20)
#define CRC_CALLS (1 << 16)
#define CRC_BYTES 4096

typedef const char *version_function(void);
typedef unsigned long crc_function(unsigned long, const unsigned char *, unsigned);

static int find_plain(const char *library, void **ret_version, void **ret_crc)
{
	void *handle = dlopen(library, RTLD_NOW);

	*ret_version = handle ? dlsym(handle, "zlibVersion") : NULL;
	*ret_crc = handle ? dlsym(handle, "crc32") : NULL;
	return !*ret_version || !*ret_crc;
}

static int find_verified(char **arguments, void **ret_version, void **ret_crc)
{
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module;
	struct modseal_error error;

	if (bench_open(arguments[0], arguments[1], 0, &context))
		return 1;
	if (modseal_verify(context, arguments[2], &image, &error) ||
	    modseal_load(image, 0, &module, &error) ||
	    modseal_symbol(module, "zlibVersion", NULL, ret_version, &error) ||
	    modseal_symbol(module, "crc32", NULL, ret_crc, &error))
		return bench_complain(&error);
	return 0;
}

int bench_calls(char **arguments)
{
	static unsigned char bytes[CRC_BYTES];
	void *version_address, *crc_address;
	version_function *version;
	crc_function *crc;
	volatile unsigned long sink = 0;
	double start;

	if (strcmp(arguments[0], "-") == 0
		    ? find_plain(arguments[2], &version_address, &crc_address)
		    : find_verified(arguments, &version_address, &crc_address))
		return 1;
	memcpy(&version, &version_address, sizeof(version));
	memcpy(&crc, &crc_address, sizeof(crc));
	start = bench_now();
	for (int i = 0; i < CALLS; i++)
		sink += (unsigned long)version();
	printf("call %.4f\n", (bench_now() - start) * 1000 / CALLS);
	start = bench_now();
	for (int i = 0; i < CRC_CALLS; i++)
		sink += crc(sink, bytes, sizeof(bytes));
	printf("crc %.2f\n", (bench_now() - start) * 1000 / CRC_CALLS);
	return 0;
}
