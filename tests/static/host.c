/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host POLICY ANCHOR LIBRARY... [-FLAG... PLUGIN]: a program with an OpenSSL and a zlib
 * of its own verifies the libraries, loads the plugin (flags: deep, export), asks it
 * which OpenSSL and zlib it has, and verifies again. At the end it tells how often its
 * own functions were called that stand under the names of what modseal uses: `taken`, and
 * the last one's name.
 */
#include <modseal.h>
#include <stdio.h>
#include <string.h>

/* From the program's own: tests/interop/static_deps.sh makes them. */
const char *zlibVersion(void);
unsigned long OpenSSL_version_num(void);
extern unsigned taken_count __attribute__((weak));
extern const char *taken_name __attribute__((weak));

static struct modseal *context;

static void say(const char *what, int code, const struct modseal_error *error)
{
	if (code)
		printf("%s: %s %s '%s' %s\n", what, modseal_code_name(code),
		       modseal_stage_name(error->stage), error->object, error->message);
	else
		printf("%s: OK\n", what);
	fflush(stdout);
}

static void verify(const char *path)
{
	struct modseal_image *image = NULL;
	struct modseal_error error = {0};
	int code = modseal_verify(context, path, &image, &error);

	say(path, code, &error);
	modseal_image_free(&image);
}

/* Which OpenSSL and which zlib the plugin's calls go to. */
static void use(const char *path, uint32_t flags)
{
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	struct modseal_error error = {0};
	void *address = NULL;
	int code = modseal_verify(context, path, &image, &error);

	if (!code)
		code = modseal_load(image, flags, &module, &error);
	if (!code)
		code = modseal_symbol(module, "plugin_tells", NULL, &address, &error);
	say("plugin", code, &error);
	if (!code)
		printf("plugin has %s\n", ((const char *(*)(void))address)());
	modseal_image_free(&image);
}

int main(int count, char **words)
{
	const char *anchor = count > 2 ? words[2] : NULL;
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION,
					  .flags = MODSEAL_OPEN_CALLER_OWNED,
					  .policy_path = count > 1 ? words[1] : NULL,
					  .anchor_paths = &anchor,
					  .anchor_path_count = 1};
	struct modseal_error error = {0};
	uint32_t flags = 0;
	int last = 3, code;

	printf("host has OpenSSL %lx zlib %s\n", OpenSSL_version_num(), zlibVersion());
	fflush(stdout);
	code = modseal_open(&options, &context, &error);
	say("open", code, &error);
	for (; !code && last < count && words[last][0] != '-'; last++)
		verify(words[last]);
	for (int i = last; !code && i < count; i++) {
		if (strcmp(words[i], "-deep") == 0)
			flags |= MODSEAL_LOAD_DEEP_BIND;
		else if (strcmp(words[i], "-export") == 0)
			flags |= MODSEAL_LOAD_EXPORT;
		else if (words[i][0] != '-')
			use(words[i], flags);
	}
	for (int i = 3; !code && i < last && last < count; i++)
		verify(words[i]);
	if (&taken_count)
		printf("taken: %u%s\n", taken_count, taken_count ? taken_name : "");
	modseal_free(&context);
	return 0;
}
