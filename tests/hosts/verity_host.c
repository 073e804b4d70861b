/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verity_host POLICY ANCHOR LIBRARY SYMBOL [COMMAND [COMMAND]]: verifies, tells the
 * verdict, runs a shell command, loads, calls the function, tells from which file its
 * code is mapped, and runs another one while it is ($PPID is the host). Plays a kernel
 * with fs-verity where it is asked to. With DENY_MAPS in the environment no file can be
 * mapped for reading any more before it verifies.
 */
#include <fcntl.h>

#include <errno.h>
#include <sys/mman.h>

#include "modseal.h"
#include "tests/hosts/verity_kernel.h"
#include "tests/unit/deny.h"

static int complain(const char *step, const struct modseal_error *error)
{
	printf("%s: %s %s: %s (%s)\n", step, modseal_code_name(error->code),
	       modseal_stage_name(error->stage), error->message, error->remedy);
	return 1;
}

static void tell(const struct modseal_verdict *verdict)
{
	const char *remark;

	printf("verify: OK, evidence %s, hand-off %s, digest %s\n",
	       modseal_verdict_evidence(verdict), modseal_verdict_hand_off(verdict),
	       modseal_verdict_digest(verdict));
	for (size_t i = 0; (remark = modseal_verdict_remark(verdict, i)); i++)
		printf("remark: %s\n", remark);
	for (size_t i = 0; modseal_verdict_dependency(verdict, i); i++)
		printf("needs: %s, hand-off %s\n",
		       modseal_verdict_path(modseal_verdict_dependency(verdict, i)),
		       modseal_verdict_hand_off(modseal_verdict_dependency(verdict, i)));
	fflush(stdout);
}

/* The line of /proc/self/maps that holds an address. */
static void tell_mapping(const void *address)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end, at = (unsigned long)address;
	char line[4400];

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start <= at && at < end)
			printf("mapped: %s", line);
	if (maps)
		fclose(maps);
}

static int use(struct modseal *context, char **argv, struct modseal_image **image,
	       struct modseal_module **module, struct modseal_error *error)
{
	void *symbol;

	if (getenv("DENY_MAPS") && !deny_value(__NR_mmap, 2, PROT_READ, ENOMEM))
		return 2;
	if (modseal_verify(context, argv[3], image, error) < 0)
		return complain("verify", error);
	tell(modseal_image_verdict(*image));
	if (argv[5] && system(argv[5]) != 0)
		return 2;
	if (modseal_load(*image, 0, module, error) < 0)
		return complain("load", error);
	if (modseal_symbol(*module, argv[4], NULL, &symbol, error) < 0)
		return complain("symbol", error);
	printf("call: %d\n", ((int (*)(void))symbol)());
	tell_mapping(symbol);
	fflush(stdout);
	return argv[5] && argv[6] && system(argv[6]) != 0 ? 2 : 0;
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
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	int status;

	if (argc < 5)
		return 2;
	if (modseal_open(&options, &context, &error) < 0)
		return complain("open", &error);
	status = use(context, argv, &image, &module, &error);
	modseal_image_free(&image);
	if (module && modseal_unload(&module, &error) < 0)
		status = complain("unload", &error);
	modseal_free(&context);
	return status;
}
