/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_process POLICY ANCHOR WORD...: a program whose process is judged again and again
 * by a real policy. One line of output for each word that answers:
 *
 *	only  open           a context that only checks; one that loads
 *	process              modseal_check_process
 *	load=PATH            verify and load
 *	call=SYMBOL          an int function of what was loaded last
 *	in=WAY,PATH          lets a stranger in, as tests/hosts/ways.h says
 *	iconv=CHARSET        what the C library opens by itself: gconv
 *	users=NAME           and NSS
 *	drop                 root's rights given up
 *	maps                 names of what is mapped executable, in their order
 *	files                names of all files that are mapped
 */
#include <iconv.h>
#include <pwd.h>

#include "modseal-process.h"
#include "tests/hosts/ways.h"

static struct modseal_error error;
static struct modseal *context;
static struct modseal_module *module;

static void say(const char *word, int code)
{
	if (code)
		printf("%s: %s %s '%s' %s (%s)\n", word, modseal_code_name(error.code),
		       modseal_stage_name(error.stage), error.object, error.message,
		       error.remedy);
	else
		printf("%s: OK\n", word);
	fflush(stdout);
}

static void start(const char *policy, const char *anchor, uint32_t flags)
{
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | flags,
		.policy_path = policy,
		.anchor_paths = &anchor,
		.anchor_path_count = 1,
	};

	modseal_free(&context);
	say("open", modseal_open(&options, &context, &error));
}

static void load(const char *path)
{
	struct modseal_image *image = NULL;
	int result = modseal_verify(context, path, &image, &error);

	if (!result)
		result = modseal_load(image, 0, &module, &error);
	modseal_image_free(&image);
	say("load", result);
}

static void call(const char *symbol)
{
	void *address = NULL;
	int result = modseal_symbol(module, symbol, NULL, &address, &error);

	if (result)
		say("call", result);
	else
		printf("call: %d\n", ((int (*)(void))address)());
}

static void maps(bool files)
{
	FILE *list = fopen("/proc/self/maps", "re");
	char line[5000], *name;

	while (list && fgets(line, sizeof(line), list)) {
		name = strpbrk(line, files ? "/" : "/[");
		if (name && (files || strstr(line, "-xp ")))
			printf("mapped: %s", name);
	}
	if (list)
		fclose(list);
}

static void let_in(char *word)
{
	const char *way = strsep(&word, ",");

	printf("in %s: %s\n", way, come_in(way, word) ? "OK" : "failed");
	fflush(stdout);
}

static void perform(const char *policy, const char *anchor, char *word)
{
	char *verb = strsep(&word, "=");

	if (strcmp(verb, "open") == 0)
		start(policy, anchor, 0);
	else if (strcmp(verb, "only") == 0)
		start(policy, anchor, MODSEAL_OPEN_CHECK_ONLY);
	else if (strcmp(verb, "process") == 0)
		say("process", modseal_check_process(context, &error));
	else if (strcmp(verb, "load") == 0)
		load(word);
	else if (strcmp(verb, "call") == 0)
		call(word);
	else if (strcmp(verb, "in") == 0)
		let_in(word);
	else if (strcmp(verb, "iconv") == 0)
		printf("iconv: %s\n",
		       iconv_open(word, "UTF-8") == (iconv_t)-1 ? "no" : "OK");
	else if (strcmp(verb, "users") == 0)
		printf("users: %s\n", getpwnam(word) ? "OK" : "no");
	else if (strcmp(verb, "drop") == 0)
		printf("drop: %s\n", setresuid(65533, 65533, 65533) ? "no" : "OK");
	else if (strcmp(verb, "maps") == 0 || strcmp(verb, "files") == 0)
		maps(verb[0] == 'f');
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++)
		perform(argv[1], argv[2], argv[i]);
	modseal_free(&context);
	return 0;
}
