/* SPDX-License-Identifier: Apache-2.0 */
/* Many kernel modules: checked by one certificate, and verified for the kernel. */
#include <stdio.h>

#include "bench.h"
#include "modseal-inspect.h"
#include "modseal-kernel.h"

int bench_modules(char **arguments)
{
	static char *files[BENCH_MAX_FILES];
	const struct modseal_trust_options options = {
		.version = MODSEAL_TRUST_OPTIONS_VERSION,
		.certificate_path = arguments[0],
	};
	size_t count = bench_read_list(files);
	struct modseal_trust *trust;
	struct modseal_error error;
	double start;

	if (modseal_trust_open(&options, &trust, &error))
		return bench_complain(&error);
	start = bench_now();
	for (size_t i = 0; i < count; i++) {
		struct modseal_verdict *verdict;

		if (modseal_trust_check(trust, files[i], &verdict, &error))
			return bench_complain(&error);
		modseal_verdict_free(&verdict);
	}
	printf("us %.2f\n", bench_now() - start);
	modseal_trust_free(&trust);
	return 0;
}

/* One after the other, each let go before the next: sealed, not handed to the kernel. */
int bench_kernel(char **arguments)
{
	static char *files[BENCH_MAX_FILES];
	size_t count = bench_read_list(files);
	struct modseal *context;
	struct modseal_error error;
	double start;

	if (bench_open(arguments[0], arguments[1], MODSEAL_OPEN_KERNEL_ONLY, &context))
		return 1;
	start = bench_now();
	for (size_t i = 0; i < count; i++) {
		struct modseal_image *image;

		if (modseal_verify_kernel_module(context, files[i], &image, &error))
			return bench_complain(&error);
		modseal_image_free(&image);
	}
	printf("us %.2f\n", bench_now() - start);
	modseal_free(&context);
	return 0;
}
