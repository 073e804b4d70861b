/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parity POLICY ANCHOR DIRECTORY [ROW]: does what programs do with QLibrary and
 * QPluginLoader, row by row of the table in modseal(3), with the libraries that
 * tests/hostile/parity.sh has put into DIRECTORY. Without ROW it lists the rows.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "modseal-kernel.h"

static struct modseal *context;
static struct modseal_error error;
static const char *directory;

#define REQUIRE(condition)                                                               \
	do {                                                                             \
		if (!(condition)) {                                                      \
			printf("line %d: %s; last error: %s %s\n", __LINE__, #condition, \
			       modseal_code_name(error.code), error.message);            \
			return false;                                                    \
		}                                                                        \
	} while (0)

static const char *in_directory(const char *name)
{
	static char path[2][4096];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", directory, name);
	return path[turn];
}

static bool has_run(const char *name)
{
	return access(in_directory(name), F_OK) == 0;
}

/* Held until the process ends. */
static struct modseal_image *verified(const char *path_or_name)
{
	static struct modseal_image *held[16];
	size_t i = 0;

	while (held[i])
		i++;
	return modseal_verify(context, path_or_name, &held[i], &error) ? NULL : held[i];
}

static struct modseal_module *loaded(const char *path_or_name, uint32_t flags)
{
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;

	if (modseal_verify(context, path_or_name, &image, &error) == 0 &&
	    modseal_load(image, flags, &module, &error))
		module = NULL;
	modseal_image_free(&image);
	return module;
}

static int call(struct modseal_module *module, const char *symbol)
{
	int (*function)(void);
	void *address;

	if (modseal_symbol(module, symbol, NULL, &address, &error))
		return -1;
	memcpy(&function, &address, sizeof(function));
	return function();
}

static int is_it(struct dl_phdr_info *info, size_t size, void *name)
{
	return strstr(info->dlpi_name, name) != NULL;
}

static bool is_mapped(const char *name)
{
	return dl_iterate_phdr(is_it, (void *)name) != 0;
}

/* ---- the rows -----------------------------------------------------------------------
 */

static bool bare_name(void)
{
	static const char *const spellings[] = {"tool", "tool.so", "libtool",
						"libtool.so"};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct modseal_module *module = loaded(spellings[i], 0);

		REQUIRE(module && call(module, "tool") == 0);
		REQUIRE(modseal_unload(&module, &error) == 0);
	}
	REQUIRE(!verified("tools") && error.code == MODSEAL_E_NOT_FOUND &&
		error.stage == MODSEAL_STAGE_FIND);
	return true;
}

static bool name_and_version(void)
{
	static const struct {
		const char *name, *version;
		int wanted;
	} rows[] = {
		{"tool", "2", 2},    {"libtool", "2", 2}, {"libtool.so", "3.1", 31},
		{"tool.so", "2", 2}, {"bare", "4", 4},
	};
	static const char *const wrong[][2] = {
		{"tool", ""}, {"tool", "../2"}, {"", "2/"}, {"/tool", "2"}};
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		REQUIRE(modseal_verify_version(context, rows[i].name, rows[i].version,
					       &image, &error) == 0);
		REQUIRE(modseal_load(image, 0, &module, &error) == 0);
		REQUIRE(call(module, "tool") == rows[i].wanted);
		REQUIRE(modseal_unload(&module, &error) == 0);
		modseal_image_free(&image);
	}
	/* there is libtool.so, but that is not what was asked for */
	REQUIRE(modseal_verify_version(context, "tool", "9", &image, &error) ==
		MODSEAL_E_NOT_FOUND);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		REQUIRE(modseal_verify_version(context, wrong[i][0], wrong[i][1], &image,
					       &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(!image);
	return true;
}

static bool full_path(void)
{
	struct modseal_module *module = loaded(in_directory("libtool.so.2"), 0);

	REQUIRE(module && call(module, "tool") == 2);
	/* a path is taken as it is */
	REQUIRE(!verified(in_directory("tool")) && error.code == MODSEAL_E_NOT_FOUND &&
		error.stage == MODSEAL_STAGE_OPEN);
	return true;
}

static bool file_name(void)
{
	struct modseal_module *module = loaded("tool", 0), *gone = module;

	REQUIRE(module);
	REQUIRE(strcmp(modseal_module_path(module), in_directory("libtool.so")) == 0);
	REQUIRE(strcmp(modseal_module_soname(module), "libtool.so") == 0);
	REQUIRE(modseal_unload(&module, &error) == 0);
	REQUIRE(!modseal_module_path(gone) && !modseal_module_soname(gone));
	return true;
}

static bool is_library(void)
{
	static const char *const good[] = {"libz.so",
					   "libz.so.1",
					   "libz.so.1.2.13",
					   "plugin.so",
					   "/opt/x/lib-0.3.so.0.3.0",
					   "a.so.b.so",
					   "x.so.old.so.1"};
	static const char *const bad[] = {
		"",	      ".so",	    "libz",	  "libz.so.", "libz.so.a",
		"libz.so.1.", "libz.so..1", "libz.so.1a", "libz.a",   "libz.so/",
		"z.sox",      "/lib.so/x",  "libz.SO"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		REQUIRE(modseal_is_library_name(good[i]) == 1 ||
			(printf("%s ", good[i]), 0));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REQUIRE(modseal_is_library_name(bad[i]) == 0 ||
			(printf("%s ", bad[i]), 0));
	REQUIRE(modseal_is_library_name(NULL) == 0);
	return true;
}

static bool load_it(void)
{
	struct modseal_module *one = loaded("plugin.so", 0), *two;

	REQUIRE(one && has_run("plugin.ran"));
	unlink(in_directory("plugin.ran"));
	two = loaded("plugin.so", 0);
	REQUIRE(one == two && !has_run("plugin.ran"));
	REQUIRE(!loaded("unsigned.so", 0) && error.code == MODSEAL_E_SIGNATURE_MISSING);
	REQUIRE(!has_run("unsigned.ran") && !is_mapped("unsigned.so"));
	return true;
}

static bool is_loaded(void)
{
	struct modseal_image *image = verified("user"),
			     *needed = verified("libneeded.so.1");
	struct modseal_module *module = NULL, *again = NULL;

	REQUIRE(image && needed);
	REQUIRE(!modseal_image_is_loaded(image) && !modseal_image_is_loaded(needed));
	REQUIRE(modseal_load(image, 0, &module, &error) == 0);
	REQUIRE(modseal_image_is_loaded(image) && modseal_image_is_loaded(needed));
	REQUIRE(modseal_load(image, 0, &again, &error) == 0);
	REQUIRE(modseal_unload(&again, &error) == 0);
	REQUIRE(modseal_image_is_loaded(image));
	REQUIRE(modseal_unload(&module, &error) == 0);
	REQUIRE(!modseal_image_is_loaded(image) && !modseal_image_is_loaded(needed));
	REQUIRE(!modseal_image_is_loaded(NULL));
	return true;
}

static bool unload_it(void)
{
	struct modseal_image *image = verified("plugin.so"),
			     *same = verified("plugin.so");
	struct modseal_module *one = NULL, *two = NULL, *stale;

	REQUIRE(image && same);
	REQUIRE(modseal_load(image, 0, &one, &error) == 0);
	REQUIRE(modseal_load(same, 0, &two, &error) == 0);
	stale = one;
	REQUIRE(modseal_unload(&one, &error) == 0 && !one);
	REQUIRE(is_mapped("plugin.so") && call(two, "plugin") == 5);
	REQUIRE(modseal_unload(&two, &error) == 0 && !is_mapped("plugin.so"));
	REQUIRE(modseal_unload(&two, &error) == 0);
	REQUIRE(modseal_unload(&stale, &error) == MODSEAL_E_NOT_LOADED);
	return true;
}

static bool prevent_unload(void)
{
	struct modseal_module *module = loaded("plugin.so", MODSEAL_LOAD_NO_UNLOAD);

	REQUIRE(module && modseal_unload(&module, &error) == 0 && !module);
	REQUIRE(is_mapped("plugin.so"));
	return true;
}

static bool export_symbols(void)
{
	struct modseal_module *module = loaded("who_one.so", 0);

	REQUIRE(module && !dlsym(RTLD_DEFAULT, "who"));
	REQUIRE(!loaded("asks_who.so", 0) && error.code == MODSEAL_E_LOAD_FAILED);
	REQUIRE(modseal_unload(&module, &error) == 0);
	module = loaded("who_one.so", MODSEAL_LOAD_EXPORT);
	REQUIRE(module && dlsym(RTLD_DEFAULT, "who"));
	REQUIRE(call(loaded("asks_who.so", 0), "ask") == 1);
	return true;
}

static bool deep_bind(void)
{
	REQUIRE(loaded("who_one.so", MODSEAL_LOAD_EXPORT));
	REQUIRE(call(loaded("who_two.so", 0), "ask") == 1);
	REQUIRE(call(loaded("who_three.so", MODSEAL_LOAD_DEEP_BIND), "ask") == 3);
	return true;
}

static bool all_symbols(void)
{
	/* bound at the first call it would load */
	REQUIRE(!loaded("lazy.so", 0) && error.code == MODSEAL_E_LOAD_FAILED &&
		error.stage == MODSEAL_STAGE_LOAD);
	REQUIRE(strstr(error.message, "no_such_function") && !is_mapped("lazy.so"));
	return true;
}

/* What a program may get wrong is answered, not followed. */
static bool asks_for_nothing(void)
{
	struct modseal_image *image = verified("plugin.so");
	struct modseal_module *module = loaded("plugin.so", 0);
	void *address = NULL;

	REQUIRE(image && module);
	REQUIRE(modseal_load(NULL, 0, &module, &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_load(image, 0, NULL, &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_load_kernel_module(image, NULL, &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_symbol(module, NULL, NULL, &address, &error) ==
		MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_symbol(module, "", NULL, &address, &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_symbol(module, "plugin", NULL, NULL, &error) ==
		MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_symbol(NULL, "plugin", NULL, &address, &error) ==
		MODSEAL_E_NOT_LOADED);
	REQUIRE(!address);
	return modseal_unload(&module, &error) == 0;
}

static bool resolve_loaded(void)
{
	struct modseal_module *module = loaded("user", 0);
	void *address = NULL;

	REQUIRE(module && call(module, "user") == 8);
	REQUIRE(modseal_symbol(module, "none", NULL, &address, &error) ==
			MODSEAL_E_SYMBOL_NOT_FOUND &&
		strcmp(error.symbol, "none") == 0);
	/* of what it needs only if asked so */
	REQUIRE(modseal_symbol(module, "needed", NULL, &address, &error) ==
		MODSEAL_E_SYMBOL_NOT_FOUND);
	REQUIRE(!address);
	REQUIRE(modseal_symbol_anywhere(module, "needed", NULL, &address, &error) == 0);
	return asks_for_nothing();
}

static bool resolve_unloaded(void)
{
	struct modseal_module *module = loaded("plugin.so", 0), *stale = module;
	void *address = NULL;

	REQUIRE(module && modseal_unload(&module, &error) == 0);
	REQUIRE(modseal_symbol(module, "plugin", NULL, &address, &error) ==
			MODSEAL_E_NOT_LOADED &&
		error.stage == MODSEAL_STAGE_SYMBOL);
	REQUIRE(modseal_symbol(stale, "plugin", NULL, &address, &error) ==
		MODSEAL_E_NOT_LOADED);
	REQUIRE(modseal_symbol_anywhere(stale, "plugin", NULL, &address, &error) ==
		MODSEAL_E_NOT_LOADED);
	REQUIRE(!address);
	return true;
}

static bool resolve_at_once(void)
{
	int (*function)(void);
	void *address = NULL;

	REQUIRE(modseal_resolve(context, "tool", "none", &address, &error) ==
		MODSEAL_E_SYMBOL_NOT_FOUND);
	REQUIRE(!address && !is_mapped("libtool.so"));
	REQUIRE(modseal_resolve(context, "plugin.so", "plugin", NULL, &error) ==
		MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_resolve(context, "plugin.so", "", &address, &error) ==
		MODSEAL_E_ARGUMENT);
	REQUIRE(!has_run("plugin.ran"));
	REQUIRE(modseal_resolve(context, "unsigned.so", "plugin", &address, &error) ==
		MODSEAL_E_SIGNATURE_MISSING);
	for (int i = 0; i < 3; i++) {
		REQUIRE(modseal_resolve(context, "tool", "tool", &address, &error) == 0);
		memcpy(&function, &address, sizeof(function));
		REQUIRE(is_mapped("libtool.so") && function() == 0);
	}
	return true;
}

static bool error_text(void)
{
	static struct modseal_error other;
	struct modseal_image *image = NULL;

	REQUIRE(modseal_verify(context, "nothing", &image, &other) ==
		MODSEAL_E_NOT_FOUND);
	REQUIRE(!verified("unsigned.so"));
	/* each call fills its caller's, and no other's */
	REQUIRE(other.code == MODSEAL_E_NOT_FOUND &&
		strcmp(other.object, "nothing") == 0);
	REQUIRE(strstr(error.object, "unsigned.so") && *error.message && *error.remedy);
	REQUIRE(modseal_verify(context, "nothing", &image, NULL) == MODSEAL_E_NOT_FOUND);
	return true;
}

static bool metadata(void)
{
	static const char *const names[] = {"plugin.so", "stripped.so"};

	for (size_t i = 0; i < 2; i++) {
		struct modseal_verdict *verdict = NULL;
		uint64_t version = 0;

		REQUIRE(modseal_check(context, names[i], MODSEAL_KIND_LIBRARY, &verdict,
				      &error) == 0);
		REQUIRE(strcmp(modseal_verdict_module_metadata(verdict, "vendor"),
			       "Acme") == 0);
		REQUIRE(modseal_verdict_module_version(verdict, &version) &&
			version == 7);
		REQUIRE(!modseal_verdict_module_metadata(verdict, "none"));
		modseal_verdict_free(&verdict);
	}
	REQUIRE(!is_mapped("plugin.so") && !has_run("plugin.ran"));
	return true;
}

static bool expected_abi(void)
{
	struct modseal_image *image = verified("plugin.so"), *without = verified("tool");

	REQUIRE(image && without);
	REQUIRE(modseal_image_expect_abi(image, "acme-2", &error) ==
			MODSEAL_E_ABI_MISMATCH &&
		error.stage == MODSEAL_STAGE_IMAGE && strstr(error.message, "acme-1"));
	REQUIRE(modseal_image_expect_abi(image, "acme-", &error) ==
		MODSEAL_E_ABI_MISMATCH);
	REQUIRE(modseal_image_expect_abi(without, "acme-1", &error) ==
		MODSEAL_E_ABI_MISMATCH);
	REQUIRE(modseal_image_expect_abi(image, "", &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(modseal_image_expect_abi(image, NULL, &error) == MODSEAL_E_ARGUMENT);
	REQUIRE(!has_run("plugin.ran"));
	REQUIRE(modseal_image_expect_abi(image, "acme-1", &error) == 0);
	return true;
}

static bool size_limit(void)
{
	REQUIRE(!verified("large.so") && error.code == MODSEAL_E_TOO_LARGE);
	return true;
}

static bool close_it(void)
{
	struct modseal_module *module = loaded("plugin.so", 0), *again = NULL;
	struct modseal_image *image = verified("tool"), *same = verified("plugin.so");

	REQUIRE(module && image && same);
	REQUIRE(modseal_close_loading(&error) == 0);
	REQUIRE(modseal_load(image, 0, &again, &error) == MODSEAL_E_LOADING_CLOSED &&
		error.stage == MODSEAL_STAGE_LOAD && !again);
	REQUIRE(!is_mapped("libtool.so"));
	REQUIRE(modseal_load(same, 0, &again, &error) == MODSEAL_E_LOADING_CLOSED);
	REQUIRE(call(module, "plugin") == 5);
	REQUIRE(modseal_unload(&module, &error) == 0 && !is_mapped("plugin.so"));
	REQUIRE(modseal_close_loading(NULL) == 0);
	return true;
}

static const struct {
	const char *name; /* the first column of the table in modseal(3) */
	bool (*holds)(void);
} rows[] = {
	{"QLibrary(\"foo\")", bare_name},
	{"setFileNameAndVersion", name_and_version},
	{"setFileName(path)", full_path},
	{"fileName", file_name},
	{"isLibrary", is_library},
	{"load", load_it},
	{"isLoaded", is_loaded},
	{"unload", unload_it},
	{"PreventUnloadHint", prevent_unload},
	{"ExportExternalSymbolsHint", export_symbols},
	{"DeepBindHint", deep_bind},
	{"ResolveAllSymbolsHint", all_symbols},
	{"resolve", resolve_loaded},
	{"resolve, not loaded", resolve_unloaded},
	{"resolve(file, symbol)", resolve_at_once},
	{"errorString", error_text},
	{"metaData", metadata},
	{"IID", expected_abi},
	{"(none) size limit", size_limit},
	{"(none) closing", close_it},
};

int main(int argc, char **argv)
{
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION,
					  .flags = MODSEAL_OPEN_CALLER_OWNED};
	const char *anchors[1];

	if (argc < 4)
		return 2;
	directory = argv[3];
	anchors[0] = argv[2];
	options.policy_path = argv[1];
	options.anchor_paths = anchors;
	options.anchor_path_count = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (argc == 4)
			puts(rows[i].name);
		if (argc == 4 || strcmp(argv[4], rows[i].name) != 0)
			continue;
		if (modseal_open(&options, &context, &error)) {
			printf("%s\n", error.message);
			return 3;
		}
		return rows[i].holds() ? 0 : 1;
	}
	return argc != 4;
}
