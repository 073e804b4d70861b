/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_module POLICY ANCHOR FILE [COPY]: verifies a kernel module for loading, tells
 * the verdict and what it depends on, and writes the approved bytes to COPY. Tries what
 * must not be possible with it. Loads nothing. Plays a kernel with fs-verity where it is
 * asked to.
 *
 * kernel_module POLICY ANCHOR FILE load PARAMETERS [COMMAND]: verifies it, runs a shell
 * command, and loads it: in a virtual machine, or into a kernel that is played
 * (module_kernel.h).
 *
 * With STEAL=PATH another file is put over the module's descriptor before it is loaded.
 * With TAMPER=N somebody who holds the memory copy of a file writes a byte into it, N
 * bytes before its end, at the last moment before it is sealed.
 */
#include <fcntl.h>

#include "modseal-kernel.h"
#include "tests/hosts/module_kernel.h"
#include "tests/hosts/verity_kernel.h"

static struct modseal_error error;

int fcntl(int descriptor, int command, ...)
{
	const char *tamper = getenv("TAMPER");
	struct stat status;
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = va_arg(arguments, long);
	va_end(arguments);
	if (command == F_ADD_SEALS && tamper && fstat(descriptor, &status) == 0 &&
	    pwrite(descriptor, "X", 1, status.st_size - atol(tamper)) != 1)
		abort();
	return (int)syscall(SYS_fcntl, descriptor, command, argument);
}

static int complain(const char *step)
{
	printf("%s: %s %s: %s: %s (%s)\n", step, modseal_code_name(error.code),
	       modseal_stage_name(error.stage), error.object, error.message,
	       error.remedy);
	return 1;
}

static void tell(const struct modseal_verdict *verdict)
{
	const struct modseal_verdict *needed;
	const char *remark;

	printf("verify: OK, evidence %s, hand-off %s, digest %s\n",
	       modseal_verdict_evidence(verdict), modseal_verdict_hand_off(verdict),
	       modseal_verdict_digest(verdict));
	for (size_t i = 0; (remark = modseal_verdict_remark(verdict, i)); i++)
		printf("remark: %s\n", remark);
	for (size_t i = 0; (needed = modseal_verdict_dependency(verdict, i)); i++)
		printf("needs: %s, hand-off %s\n", modseal_verdict_path(needed),
		       modseal_verdict_hand_off(needed));
}

static int copy(const struct modseal_image *image, const char *path)
{
	int from = modseal_image_descriptor(image);
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	off_t at = 0;
	char buffer[4096];
	ssize_t length;

	if (to < 0)
		return 2;
	while ((length = pread(from, buffer, sizeof(buffer), at)) > 0) {
		if (write(to, buffer, (size_t)length) != length)
			return 2;
		at += length;
	}
	printf("seals: %x\n", (unsigned)fcntl(from, F_GET_SEALS));
	return close(to) || length < 0 ? 2 : 0;
}

static int hear(void *argument, const struct modseal_forecast *forecast)
{
	return 7;
}

/* R36, R40: what is for the kernel is never mapped, and what is for it alone is no way
 * to libraries. */
static int misuse(struct modseal *context, struct modseal_image *image, const char *file)
{
	char *long_text = malloc(MODSEAL_MAX_KERNEL_PARAMETERS + 2);
	struct modseal_module *module = NULL;
	struct modseal_image *library = NULL;
	int wanted = MODSEAL_E_ARGUMENT, got = wanted;

	if (!long_text)
		return 2;
	memset(long_text, 'a', MODSEAL_MAX_KERNEL_PARAMETERS + 1);
	long_text[MODSEAL_MAX_KERNEL_PARAMETERS + 1] = '\0';
	if (got == wanted)
		got = modseal_load(image, 0, &module, &error);
	if (got == wanted)
		got = modseal_verify(context, file, &library, &error);
	if (got == wanted)
		got = modseal_verify_kernel_module(context, "name", &library, &error);
	if (got == wanted)
		got = modseal_load_kernel_module(NULL, NULL, &error);
	if (got == wanted)
		got = modseal_load_kernel_module(image, "a=1\nb=2", &error);
	if (got == wanted)
		got = modseal_load_kernel_module(image, "a=\x7f", &error);
	if (got == wanted)
		got = modseal_load_kernel_module(image, long_text, &error);
	if (got == wanted)
		got = modseal_forecast_kernel_module(NULL, hear, NULL, &error);
	if (got == wanted)
		got = modseal_forecast_kernel_module(image, NULL, NULL, &error);
	if (got == wanted &&
	    modseal_forecast_kernel_module(image, hear, NULL, &error) != 7)
		got = 0;
	free(long_text);
	printf("misuse: %s\n",
	       got == wanted && !module && !library ? "refused" : "accepted");
	return got == wanted ? 0 : 1;
}

/* A context that only checks, and a draft is one, hands nothing out. */
static int misuse_check_only(struct modseal_options options, const char *file)
{
	struct modseal *context = NULL;
	struct modseal_image *image = NULL;
	int code;

	options.flags |= MODSEAL_OPEN_CHECK_ONLY;
	code = modseal_open(&options, &context, &error);
	if (code == 0)
		code = modseal_verify_kernel_module(context, file, &image, &error);
	printf("check only: %s\n", modseal_code_name(code));
	modseal_free(&context);
	return 0;
}

static int load(struct modseal_image *image, const char *parameters, const char *command)
{
	const char *other = getenv("STEAL");

	if (command && system(command) != 0)
		return 2;
	if (other &&
	    dup2(open(other, O_RDONLY | O_CLOEXEC), modseal_image_descriptor(image)) < 0)
		return 2;
	if (modseal_load_kernel_module(image, parameters, &error) < 0)
		return complain("load");
	printf("load: OK\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *anchors[] = {argc > 2 ? argv[2] : NULL};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | MODSEAL_OPEN_KERNEL_ONLY,
		.policy_path = argv[1],
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;
	struct modseal_image *image = NULL;
	int status = 0;

	if (argc < 4)
		return 2;
	if (modseal_open(&options, &context, &error) < 0)
		return complain("open");
	if (modseal_verify_kernel_module(context, argv[3], &image, &error) < 0) {
		status = complain("verify");
	} else {
		tell(modseal_image_verdict(image));
		printf("name: %s\n", modseal_image_soname(image));
		if (argc > 5)
			status = load(image, argv[5], argv[6]);
		else if (argv[4])
			status = copy(image, argv[4]);
		if (status == 0 && argc < 6)
			status = misuse(context, image, argv[3]);
		if (status == 0 && argc < 6)
			status = misuse_check_only(options, argv[3]);
	}
	modseal_image_free(&image);
	modseal_free(&context);
	return status;
}
