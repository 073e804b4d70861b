/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard POLICY ANCHOR HOW KIND FILE PATH [ROOT]: asks modseal_guard_use about PATH (below
 * ROOT) by an O_PATH descriptor of FILE, and prints code, stage, what holds it, message,
 * and whether it is enforced in audit mode.
 * KIND: library, program, module. HOW: use; script, either (those flags); copy
 * (modseal_guard_copy: prints the size of the sealed memory and whether it can be
 * written); hold, refuse-hold (asked before bytes are held: prints what it was asked, and
 * says yes or no); record (modseal_guard_record; record-none: of no refusal,
 * record-version); version, flag, reserved, reserved-32 (wrong ones); checking and
 * in-root open the context in other ways.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modseal-guard.h"

static const int seals = F_SEAL_SEAL | F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;

static void tell_copy(int descriptor)
{
	char name[64];
	int writable;

	if (descriptor < 0)
		return;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
	writable = open(name, O_RDWR | O_CLOEXEC);
	printf("copy: %lld bytes, %s, %s\n", (long long)lseek(descriptor, 0, SEEK_END),
	       (fcntl(descriptor, F_GET_SEALS) & seals) == seals ? "sealed" : "open",
	       writable >= 0 && pwrite(writable, "x", 1, 0) == 1 ? "changed"
								 : "unchanged");
	close(descriptor);
}

static enum modseal_kind kind_of(const char *word)
{
	if (strcmp(word, "library") == 0)
		return MODSEAL_KIND_LIBRARY;
	return strcmp(word, "program") == 0 ? MODSEAL_KIND_PROGRAM
					    : MODSEAL_KIND_KERNEL_MODULE;
}

static int hold(void *argument, uint64_t bytes, enum modseal_reach reach)
{
	static const char *const names[] = {"root", "users", "unknown"};

	fprintf(stderr, "hold: %llu bytes, %s\n", (unsigned long long)bytes,
		names[reach]);
	return strcmp(argument, "refuse-hold") == 0;
}

static int ask(struct modseal *context, const char *how, struct modseal_use *use,
	       struct modseal_error *error)
{
	struct modseal_verdict *verdict = NULL;
	int copy = -1, result;

	if (strcmp(how, "script") == 0)
		use->flags = MODSEAL_USE_SCRIPT;
	if (strcmp(how, "either") == 0)
		use->flags = MODSEAL_USE_EITHER;
	if (strcmp(how, "flag") == 0)
		use->flags = 0x80;
	if (strstr(how, "version"))
		use->version = 2;
	if (strcmp(how, "reserved") == 0)
		use->reserved[3] = 1;
	if (strcmp(how, "reserved-32") == 0)
		use->reserved32 = 1;
	if (strstr(how, "hold")) {
		use->hold = hold;
		use->hold_argument = (void *)how;
	}
	if (strncmp(how, "record", 6) == 0) {
		const struct modseal_error refusal = {.code = MODSEAL_E_NOT_SEALED,
						      .stage = MODSEAL_STAGE_GATE,
						      .object = "anonymous memory",
						      .message = "by the enforcer"};

		use->path = NULL;
		return modseal_guard_record(
			context, use, strcmp(how, "record-none") == 0 ? NULL : &refusal,
			0, error);
	}
	result = strcmp(how, "copy") == 0
			 ? modseal_guard_copy(context, use, &copy, &verdict, error)
			 : modseal_guard_use(context, use, &verdict, error);
	if (result != MODSEAL_OK)
		return result;
	printf("OK none %s audit=%d\n",
	       modseal_verdict_held(verdict) ? modseal_verdict_held(verdict) : "-",
	       modseal_is_audit(context));
	tell_copy(copy);
	modseal_verdict_free(&verdict);
	return MODSEAL_OK;
}

int main(int argc, char **argv)
{
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION,
					  .flags = MODSEAL_OPEN_CHECK_ONLY |
						   MODSEAL_OPEN_CALLER_OWNED};
	const char *anchors[1];
	struct modseal_use use = {.version = MODSEAL_USE_VERSION, .root = -1};
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	int result;

	if (argc < 7)
		return 2;
	anchors[0] = argv[2];
	options.policy_path = argv[1];
	options.anchor_paths = anchors;
	options.anchor_path_count = 1;
	if (strcmp(argv[3], "in-root") == 0)
		options.root_directory = "/";
	use.kind = kind_of(argv[4]);
	use.descriptor = open(argv[5], O_PATH | O_CLOEXEC);
	use.path = argv[6];
	use.pid = 4242;
	use.parent = 4241;
	use.user = 77;
	use.program = "/usr/bin/asker";
	use.command = "asker";
	if (argc > 7)
		use.root = open(argv[7], O_PATH | O_DIRECTORY | O_CLOEXEC);
	result = modseal_open(&options, &context, &error);
	if (result == MODSEAL_OK)
		result = ask(context, argv[3], &use, &error);
	if (result != MODSEAL_OK)
		printf("%s %s - %s\nenforced=%d\n", modseal_code_name(result),
		       modseal_stage_name(error.stage), error.message, error.enforced);
	modseal_free(&context);
	return result == MODSEAL_OK ? 0 : 1;
}
