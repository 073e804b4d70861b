/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpp_host POLICY ANCHOR DIRECTORY: a plugin host in C++, in the style without exceptions
 * and, where they are enabled, in the one with them. Prints "ok NAME" or "not ok NAME" for
 * each property. DIRECTORY holds libplugin.so, and what must be refused: unsigned.so,
 * tampered.so, broken.so (an undefined symbol).
 */
#include <cstdio>
#include <filesystem>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include "modseal-ask.h"
#include "modseal-library.hpp"

static std::string policy, anchor, directory;
static int failed;
static int gone; /* set by the plugin when it is unloaded, at the end of the process, too */

static void say(bool good, const char *name)
{
	std::printf("%s %s\n", good ? "ok" : "not ok", name);
	failed += !good;
}

template <class T>
static bool refused(const modseal::Result<T> &result, int code, int stage)
{
	if (result) {
		std::printf("  accepted\n");
		return false;
	}
	if (result.failure().code() == code && result.failure().stage() == stage)
		return *result.failure().message() != '\0';
	std::printf("  %s at %s: %s\n", result.failure().name(), result.failure().stage_name(),
		    result.failure().text().c_str());
	return false;
}

static modseal::Options options()
{
	return modseal::Options().caller_owned().policy(policy).anchor(anchor);
}

static std::string file(const char *name) { return directory + "/" + name; }

/* ---- without exceptions ---- */

static void open_contexts()
{
	const std::string cut("x\0y", 3);
	auto context = modseal::Context::try_open(options());
	auto none = modseal::Context::try_open(options().policy(file("none.yaml")));
	auto other = modseal::Context::try_open(options().policy_name("other"));

	say(bool(context), "a context opens");
	say(refused(none, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN), "no policy is a failure");
	say(refused(other, MODSEAL_E_POLICY_NAME, MODSEAL_STAGE_POLICY),
	    "another policy name is a failure");
	if (FILE *stream = std::fopen(anchor.c_str(), "r")) {
		std::string bytes(8192, '\0');

		bytes.resize(std::fread(bytes.data(), 1, bytes.size(), stream));
		std::fclose(stream);
		auto own = modseal::Context::try_open(modseal::Options().caller_owned().policy(policy).anchor(
			bytes.data(), bytes.size()));
		say(own && bool(own->try_verify(file("libplugin.so"))), "an anchor's bytes do as well");
	}
	say(!modseal::Context::try_open(options().policy(cut)), "a policy with a zero byte is refused");
	say(!modseal::Context::try_open(options().policy_name(cut)), "a name with a zero byte is refused");
	say(!modseal::Context::try_open(options().anchor(cut)), "an anchor with a zero byte is refused");
	say(!modseal::Context::try_open(options().state_directory(cut)),
	    "a state directory with a zero byte is refused");
	say(!modseal::Context::try_open(options().check_only().root_directory(cut)),
	    "a root directory with a zero byte is refused");
	say(!modseal::Context::try_open(modseal::Options().caller_owned().policy(policy).anchor_directory(cut)),
	    "an anchor directory with a zero byte is refused");
	say(!modseal::Context::try_open(options().policy(nullptr)), "a null pointer is not the default");
}

static void decide(const modseal::Context &context)
{
	auto verdict = context.try_check(std::filesystem::path(directory) / "libplugin.so");
	size_t signers = 0, keys = 0, needed = 0;

	say(bool(verdict), "a signed plugin is accepted");
	if (!verdict)
		return;
	modseal::Verdict own = std::move(*verdict);
	for (std::string_view signer : own.signers())
		signers += signer == "release";
	for (std::string_view key : own.module_metadata_keys())
		keys += own.module_metadata(std::string(key)).has_value();
	for (modseal::VerdictView dependency : own.dependencies())
		needed += dependency.evidence() == "protected-path";
	say(own.path() == file("libplugin.so") && own.evidence() == "appended" && own.rule_line() > 0 &&
		    own.digest().substr(0, 7) == "sha256:" && own.kind() == MODSEAL_KIND_LIBRARY &&
		    own.policy() == "tests" && own.serial() == 1 && own.mode() == "enforce",
	    "a verdict tells its grounds");
	say(signers == 1 && needed > 0, "... its signers, and the verdicts of what it needs");
	say(own.module_name() == "libplugin" && own.module_abi() == "acme-1" &&
		    own.module_version() == 3u && own.module_metadata("vendor") == "Acme",
	    "... and its module note");
	say(keys == 2 && own.module_metadata("empty") == "" && !own.module_metadata("none"),
	    "an empty value is not a missing one");
	say(own.catalog().empty() && own.supplement().empty() && own.would_refuse() == MODSEAL_OK,
	    "texts that do not apply are empty");
}

static void refuse(modseal::Context &context)
{
	const std::string cut("libplugin.so\0.evil", 18);

	say(refused(context.try_load(file("unsigned.so")), MODSEAL_E_SIGNATURE_MISSING,
		    MODSEAL_STAGE_EVIDENCE),
	    "an unsigned library is refused");
	say(refused(context.try_load(file("tampered.so")), MODSEAL_E_SIGNATURE_INVALID,
		    MODSEAL_STAGE_EVIDENCE),
	    "a changed one is refused");
	say(refused(context.try_load(file("none.so")), MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN),
	    "one that is not there is a failure");
	say(refused(context.try_load(file("broken.so")), MODSEAL_E_LOAD_FAILED, MODSEAL_STAGE_LOAD),
	    "what the dynamic linker refuses is a failure");
	say(!context.try_load(cut), "a name with a zero byte inside is not cut short");
	say(refused(context.try_check(file("unsigned.so")), MODSEAL_E_SIGNATURE_MISSING,
		    MODSEAL_STAGE_EVIDENCE),
	    "check refuses as load does");
	auto image = context.try_verify(file("libplugin.so"));
	say(image && refused(image->try_load(modseal::Load(0x80000000u)), MODSEAL_E_ARGUMENT,
			     MODSEAL_STAGE_LOAD),
	    "an unknown flag is refused");
	int here = open(file("libplugin.so").c_str(), O_RDONLY | O_CLOEXEC);
	say(bool(context.try_verify(here, file("libplugin.so"))), "a descriptor and its path are taken");
	say(refused(context.try_verify(here, file("unsigned.so")), MODSEAL_E_PATH_MISMATCH,
		    MODSEAL_STAGE_OPEN),
	    "a descriptor of another file is refused");
	close(here);
	say(bool(context.try_reload()), "the policy is reloaded");
	modseal::Context moved = std::move(context);
	say(refused(context.try_load("plugin"), MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT),
	    "a context that was moved from refuses");
	context = std::move(moved);
}

static void use(const modseal::Context &context)
{
#ifdef NO_DEEP_BIND
	const modseal::Load flags = modseal::Load::export_symbols;
#else
	const modseal::Load flags = modseal::Load::export_symbols | modseal::Load::deep_bind;
#endif
	gone = 0;
	auto module = context.try_load("plugin", flags);

	say(bool(module), "a name is found, verified and loaded");
	if (!module)
		return;
	auto add = module->try_symbol<int(int, int)>("add");
	auto old = module->try_symbol<int(int, int)>("add", "V1");
	auto counter = module->try_symbol<int>("counter");
	say(add && (*add)(40, 2) == 42, "a function is called by its type");
	say(old && (*old)(40, 2) == 38, "... and its older version");
	say(counter && ++**counter == 42 && (*module->try_symbol<int()>("count"))() == 42,
	    "a variable is a pointer to it");
	say(refused(module->try_symbol<int>("none"), MODSEAL_E_SYMBOL_NOT_FOUND, MODSEAL_STAGE_SYMBOL),
	    "no such symbol is a failure");
	say(refused(module->try_symbol<int(int, int)>("add", "V9"), MODSEAL_E_SYMBOL_NOT_FOUND,
		    MODSEAL_STAGE_SYMBOL),
	    "no such version is a failure");
	say(refused(module->try_symbol<int(int, int)>("add", std::string("V1\0", 3)),
		    MODSEAL_E_SYMBOL_NOT_FOUND, MODSEAL_STAGE_SYMBOL),
	    "a version with a zero byte is not the default one");
	say(refused(module->try_symbol<int(const char *)>("puts"), MODSEAL_E_SYMBOL_NOT_FOUND,
		    MODSEAL_STAGE_SYMBOL) &&
		    bool(module->try_symbol_anywhere<int(const char *)>("puts")),
	    "what only a dependency defines is asked for by another name");

	**module->try_symbol<int *>("gone") = &gone;
	auto bound = module->try_bound_symbol<int(int, int)>("add");
	modseal::Module copy = *module;
	say(bool(module->try_unload()) && gone == 0, "a copy keeps the module loaded");
	say(refused(module->try_symbol<int>("counter"), MODSEAL_E_NOT_LOADED, MODSEAL_STAGE_SYMBOL),
	    "one that was unloaded refuses");
	{
		modseal::Module last = std::move(copy);
	}
	say(bound && gone == 0 && (*bound)(1, 2) == 3, "a bound symbol keeps its module loaded");
	bound = module->try_bound_symbol<int(int, int)>("none");
	say(gone == 1, "the last of them unloads it");
	say(!bound, "a module that is gone has no symbols to bind");
}

static void share(const modseal::Context &context)
{
	gone = 0;
	auto module = context.try_load("plugin");
	std::vector<std::thread> threads;
	std::atomic<int> sum{0};

	if (!module)
		return say(false, "threads share a module");
	**module->try_symbol<int *>("gone") = &gone;
	for (int i = 0; i < 4; i++)
		threads.emplace_back([copy = *module, &sum] {
			for (int round = 0; round < 1000; round++) {
				modseal::Module mine = copy;

				sum += (**mine.try_bound_symbol<int(int, int)>("add"))(1, 0);
			}
		});
	(void)module->try_unload();
	for (std::thread &thread : threads)
		thread.join();
	threads.clear();
	say(sum == 4000 && gone == 1, "threads share a module");
}

static void move_over(const modseal::Context &context)
{
	modseal::Library library(context, "plugin");

	gone = 0;

	say(library.metaData()["vendor"] == "Acme" && library.verdict()->module_abi() == "acme-1" &&
		    !library.isLoaded(),
	    "Library: metadata without loading");
	say(library.fileName() == file("libplugin.so"), "Library: the real path");
	auto add = library.resolve<int(int, int)>("add");
	say(add && add(2, 3) == 5 && library.isLoaded() && library.errorString().empty(),
	    "Library: resolve loads");
	say(!library.resolve("none") && library.errorString().find("none") != std::string::npos &&
		    library.failure()->code() == MODSEAL_E_SYMBOL_NOT_FOUND,
	    "Library: no such symbol");
	*library.resolve<int *>("gone") = &gone;
	say(library.unload() && gone == 1 && !library.isLoaded() && !library.unload(), "Library: unload");
	library.setFileName(file("unsigned.so"));
	say(!library.load() && library.failure()->code() == MODSEAL_E_SIGNATURE_MISSING &&
		    library.errorString().find("unsigned.so") != std::string::npos,
	    "Library: refused, and why");
	say(library.metaData().empty() && !library.verdict() && !library.resolve("add") &&
		    library.failure()->code() == MODSEAL_E_SIGNATURE_MISSING,
	    "Library: metadata of what is refused is none");
	gone = 0;
	*modseal::Library::resolve<int *>(context, "plugin", "gone") = &gone;
	library.setFileName("plugin");
	library.setLoadHints(modseal::Load::export_symbols);
	say(library.load() && library.unload() && gone == 0,
	    "Library: what one left loaded another does not unload");
}

static void judge(const modseal::Context &context)
{
	say(bool(context.try_check_process()), "the process is judged again");
#ifdef __cpp_exceptions
	context.check_process();
#endif
}

/* Asked of an image before any code of it runs. */
static void fit(const modseal::Context &context)
{
	auto image = context.try_verify("plugin");
	modseal::Result<modseal::Image> versioned = context.try_verify_version("plugin", "2");

	say(image && !image->is_loaded() && bool(image->try_expect_abi("acme-1")), "an ABI that fits");
	say(image && refused(image->try_expect_abi("acme-2"), MODSEAL_E_ABI_MISMATCH, MODSEAL_STAGE_IMAGE),
	    "an ABI that does not");
	auto module = image ? image->try_load() : modseal::Result<modseal::Module>(image.failure());
	say(module && image->is_loaded(), "an image knows that it is loaded");
	say(refused(versioned, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND), "a version that is not there");
	versioned = context.try_verify_version("versioned", "2");
	say(versioned && versioned->verdict().path() == file("libversioned.so.2"), "one that is");
}

/* The last of all: there is no way back. */
static void close_loading(const modseal::Context &context)
{
	say(bool(modseal::try_close_loading()) && refused(context.try_load("plugin"), MODSEAL_E_LOADING_CLOSED,
							  MODSEAL_STAGE_LOAD),
	    "loading is closed");
}

/* ---- with exceptions ---- */

#ifdef __cpp_exceptions
template <class Call> static bool throws(int code, Call call)
{
	try {
		call();
	} catch (const modseal::Error &error) {
		if (error.code() == code && error.failure().text() == error.what())
			return true;
		std::printf("  %s: %s\n", error.failure().name(), error.what());
	}
	return false;
}

static void throwing()
{
	modseal::Context context = modseal::Context::open(options());
	modseal::Module module = context.verify(file("libplugin.so")).load();
	auto bound = module.bound_symbol<int(int, int)>("add");

	say(context.check("plugin").path() == file("libplugin.so"), "throwing: check");
	say(module.symbol<int(int, int)>("add")(2, 2) == 4 && module.symbol<int(int, int)>("add", "V1")(2, 2) == 0,
	    "throwing: symbol");
	say(throws(MODSEAL_E_SYMBOL_NOT_FOUND, [&] { module.symbol<int>("none"); }), "throwing: no such symbol");
	say(throws(MODSEAL_E_SYMBOL_NOT_FOUND, [&] { (void)module.bound_symbol<int>("none"); }),
	    "throwing: no such bound symbol");
	say(throws(MODSEAL_E_SYMBOL_NOT_FOUND, [&] { module.symbol_anywhere<int>("none_at_all"); }),
	    "throwing: no such symbol anywhere");
	say(throws(MODSEAL_E_SIGNATURE_MISSING, [&] { (void)context.load(file("unsigned.so")); }),
	    "throwing: load");
	say(throws(MODSEAL_E_SIGNATURE_INVALID, [&] { (void)context.verify(file("tampered.so")); }),
	    "throwing: verify");
	say(throws(MODSEAL_E_NOT_FOUND, [&] { (void)context.check(file("none.so")); }), "throwing: no file");
	say(throws(MODSEAL_E_NOT_FOUND, [&] { (void)context.verify_version("plugin", "9"); }),
	    "throwing: no such version");
	say(throws(MODSEAL_E_ABI_MISMATCH, [&] { context.verify("plugin").expect_abi("acme-2"); }),
	    "throwing: another ABI");
	say(throws(MODSEAL_E_POLICY_NAME, [&] { modseal::Context::open(options().policy_name("other")); }),
	    "throwing: open");
	std::filesystem::rename(policy, policy + ".away");
	say(throws(MODSEAL_E_NOT_FOUND, [&] { context.reload(); }), "throwing: reload");
	std::filesystem::rename(policy + ".away", policy);
	module.unload();
	say(bound(20, 3) == 23, "throwing: a bound symbol holds its module");
	try {
		auto inside = context.load("plugin");

		throw 1;
	} catch (int) {
	}
	say(bound(20, 3) == 23, "throwing: a stack that unwinds lets go of one reference");
}
#endif

int main(int count, char **arguments)
{
	if (count != 4)
		return 2;
	policy = arguments[1];
	anchor = arguments[2];
	directory = arguments[3];
	open_contexts();
	auto context = modseal::Context::try_open(options());
	if (!context) {
		std::printf("not ok %s\n", context.failure().text().c_str());
		return 1;
	}
	decide(*context);
	refuse(*context);
	use(*context);
	share(*context);
	fit(*context);
	move_over(*context);
	judge(*context);
#ifdef __cpp_exceptions
	throwing();
#endif
	close_loading(*context);
	return failed ? 1 : 0;
}
