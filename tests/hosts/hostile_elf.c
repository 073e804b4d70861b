/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_elf POLICY ANCHOR FILE...: verifies each file in a process of its own, loads
 * what is accepted, and calls its `answer`. Prints a line for each, and tabs between what
 * it says:
 *
 *	NAME CODE STAGE MESSAGE
 *
 * Of what answered, CODE is OK and MESSAGE its answer. CODE is SLOW where verifying took
 * more than 0.1 s of the processor, MAPPED where something refused was mapped, and
 *CRASHED where the process ended otherwise than by itself.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modseal.h"
#include "tests/unit/slowness.h"

#define MOST_SECONDS 0.1

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void say(const char *path, const char *code, const char *stage, const char *text)
{
	printf("%s\t%s\t%s\t%s\n", base(path), code, stage, text);
	fflush(stdout);
}

static unsigned count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned count = 0;
	char line[5000];

	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:") || strstr(line, "/lib/");
	if (maps)
		fclose(maps);
	return count;
}

static int load(struct modseal_image *image, const char *path)
{
	static struct modseal_error error;
	struct modseal_module *module = NULL;
	void *address = NULL;
	int result = modseal_load(image, 0, &module, &error);
	char *text;

	if (result == 0)
		result = modseal_symbol(module, "answer", NULL, &address, &error);
	if (result != 0) {
		say(path, modseal_code_name(result), modseal_stage_name(error.stage),
		    error.message);
		return 0;
	}
	/* the text is the library's, which goes */
	text = strdup(((const char *(*)(void))address)());
	result = modseal_unload(&module, &error);
	say(path, modseal_code_name(result), "none", result ? error.message : text);
	free(text);
	return 0;
}

static int judge(struct modseal *context, const char *path)
{
	static struct modseal_error error;
	struct modseal_image *image = NULL;
	unsigned mappings = count_mappings();
	double start = cpu_seconds();
	int result = modseal_verify(context, path, &image, &error);

	if (cpu_seconds() - start > MOST_SECONDS * time_factor())
		say(path, "SLOW", "none", error.message);
	if (result == 0)
		return load(image, path);
	say(path, count_mappings() > mappings ? "MAPPED" : modseal_code_name(result),
	    modseal_stage_name(error.stage), error.message);
	return 0;
}

/* What is let through may crash: that is an answer, and no report of a sanitizer. */
static void expect_crashes(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	const struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	alarm(20);
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	const char *anchors[] = {argc > 2 ? argv[2] : NULL};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = argc > 1 ? argv[1] : NULL,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;

	if (argc < 4 || modseal_open(&options, &context, &error) != 0) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		return 3;
	}
	for (int i = 3; i < argc; i++) {
		char text[64];
		int status = 0;
		pid_t child = fork();

		if (child == 0) {
			expect_crashes();
			_exit(judge(context, argv[i]));
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			return 3;
		snprintf(text, sizeof(text), "signal %d, status %d", WTERMSIG(status),
			 WEXITSTATUS(status));
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			say(argv[i], "CRASHED", "none", text);
	}
	modseal_free(&context);
	return 0;
}
