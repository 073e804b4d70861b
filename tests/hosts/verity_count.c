/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verity_count POLICY ANCHOR FIRST LIBRARY SYMBOL: what a library costs that is not the
 * first of the process, from its name to the address of its symbol: bytes that the
 * process read, by the kernel's account, and ticks of the processor's counter. In a
 * virtual machine that counts instructions (qemu -icount shift=0) a tick is one, whether
 * the process's own or the kernel's; the ticks of two million show whether it does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal.h"

struct count {
	unsigned long long ticks, bytes;
};

/* "rchar: N": what read(2) and its like gave, whoever had it before. */
static unsigned long long bytes_read(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	unsigned long long bytes = 0;

	if (!file || fscanf(file, "rchar: %llu", &bytes) != 1)
		exit(2);
	fclose(file);
	return bytes;
}

#ifdef __x86_64__ /* what the virtual machine is */
static unsigned long long ticks(void)
{
	return __builtin_ia32_rdtsc();
}

static void two_million_instructions(void)
{
	unsigned long left = 1000000;

	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(left));
}
#else
static unsigned long long ticks(void)
{
	return 0;
}

static void two_million_instructions(void)
{
}
#endif

static void begin(struct count *count)
{
	count->bytes = bytes_read();
	count->ticks = ticks();
}

static void end(const char *name, const struct count *count)
{
	unsigned long long taken = ticks() - count->ticks;

	printf("%s %llu ticks, %llu bytes\n", name, taken, bytes_read() - count->bytes);
}

static int complain(const struct modseal_error *error)
{
	printf("%s: %s\n", modseal_code_name(error->code), error->message);
	return 1;
}

static int load(struct modseal *context, const char *path, const char *symbol)
{
	static struct modseal_error error;
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	struct count count;
	void *address = NULL;

	begin(&count);
	if (modseal_verify(context, path, &image, &error) < 0)
		return complain(&error);
	end("verify", &count);
	begin(&count);
	if (modseal_load(image, 0, &module, &error) < 0 ||
	    (symbol && modseal_symbol(module, symbol, NULL, &address, &error) < 0))
		return complain(&error);
	end("load", &count);
	printf("hand-off %s\n", modseal_verdict_hand_off(modseal_image_verdict(image)));
	if (address)
		printf("call %d\n", ((int (*)(void))address)());
	modseal_image_free(&image);
	return 0;
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	const char *anchors[] = {argc > 2 ? argv[2] : NULL};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = argv[1],
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context;
	struct count count;

	if (argc != 6)
		return 2;
	begin(&count);
	two_million_instructions();
	end("two-million", &count);
	if (modseal_open(&options, &context, &error) < 0)
		return complain(&error);
	if (load(context, argv[3], NULL) || load(context, argv[4], argv[5]))
		return 1;
	return 0;
}
