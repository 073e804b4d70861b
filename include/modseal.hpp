/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal for C++17: the calls of modseal.h with owners, typed symbols, and failures that
 * cannot be overlooked. Header-only; linked is libmodseal, as from C.
 *
 *	auto context = modseal::Context::open(); // by the policy in force
 *	auto module = context.load("libadd.so");
 *	auto add = module.symbol<int(int, int)>("add");
 *	std::cout << add(2, 3);
 *
 * Two styles, one meaning. What can fail has a name that begins with try_ and returns a
 * Result: the value, or the Failure that says why there is none. Where exceptions are
 * enabled the same name without try_ is there, too, and throws that Failure as an Error.
 * With -fno-exceptions only the first are declared; -fno-rtti makes no difference.
 *
 * Lifetimes: Context, Image, Module and Verdict each own what they stand for, and may go
 * in any order. A copy of a Module is one more reference to it; the others can only be
 * moved. Where one was moved from, calls that can fail are refused, and nothing else may
 * be asked. A symbol is a plain pointer and dangles when the last Module of it is gone; a
 * bound one (Module::bound_symbol) holds its Module. Views of texts live as long as the
 * object they were asked of.
 *
 * Threads: as in modseal.h. Different copies of a Module may be used by different threads
 * at once, one and the same object may not.
 *
 * modseal-library.hpp has a class for those who come from QLibrary and QPluginLoader.
 */
#ifndef MODSEAL_HPP
#define MODSEAL_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "modseal-process.h"
#include "modseal-result.hpp"
#include "modseal-verdict.hpp"

namespace modseal
{

/* ---- modules --------------------------------------------------------------------- */

/* MODSEAL_LOAD_*, joined by |. */
enum class Load : std::uint32_t {
	standard = 0,
	no_unload = MODSEAL_LOAD_NO_UNLOAD,
	export_symbols = MODSEAL_LOAD_EXPORT,
	deep_bind = MODSEAL_LOAD_DEEP_BIND,
	check_bindings = MODSEAL_LOAD_CHECK_BINDINGS,
	seal_memory = MODSEAL_LOAD_SEAL_MEMORY,
};
constexpr Load operator|(Load a, Load b) noexcept
{
	return Load(std::uint32_t(a) | std::uint32_t(b));
}

template <class T> class Symbol;

/* A loaded library. The last copy unloads it; what the dynamic linker says to that is
 * only told by unload(). */
class Module
{
	struct Shared {
		modseal_module *module;
		std::atomic<unsigned> owners;
		std::atomic<bool> kept;
	};
	Shared *shared_ = nullptr;

	static std::string_view view(const char *text) noexcept
	{
		return text ? std::string_view(text) : std::string_view();
	}
	friend class Image;
	Module() noexcept : shared_(new (std::nothrow) Shared{nullptr, {1}, {false}}) {}
	template <class T>
	Result<T *> find(decltype(modseal_symbol) *call, Text name, const char *version) const noexcept
	{
		static_assert(std::is_function_v<T> || std::is_object_v<T>,
			      "a symbol has the type of its function, as in "
			      "symbol<int(int)>, or of its variable");
		modseal_error error = {};
		void *address = nullptr;

		if (call(get(), name.c_str(), version, &address, &error))
			return Failure(error);
		return reinterpret_cast<T *>(address);
	}
	template <class T> Result<Symbol<T>> bind(Result<T *> found) const noexcept
	{
		if (!found)
			return found.failure();
		return Symbol<T>(*this, *found);
	}

public:
	Module(const Module &other) noexcept : shared_(other.shared_)
	{
		if (shared_)
			shared_->owners++;
	}
	Module(Module &&other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
	Module &operator=(Module other) noexcept { return std::swap(shared_, other.shared_), *this; }
	~Module() { (void)try_unload(); }
	/* Its file's real path, and its SONAME; empty where it has none or was unloaded. */
	std::string_view path() const noexcept { return view(modseal_module_path(get())); }
	std::string_view soname() const noexcept { return view(modseal_module_soname(get())); }
	/* For the calls of modseal.h; it stays owned. NULL where it was unloaded. */
	modseal_module *get() const noexcept { return shared_ ? shared_->module : nullptr; }
	/* The module stays loaded until the process ends, whoever lets go of it. */
	void keep() noexcept
	{
		if (shared_)
			shared_->kept = true;
	}
	/* Lets go of it now; the last one to do so unloads, and is told if that fails. */
	Result<void> try_unload() noexcept
	{
		Shared *shared = std::exchange(shared_, nullptr);
		modseal_error error = {};
		int code = 0;

		if (!shared || --shared->owners > 0)
			return {};
		if (!shared->kept)
			code = modseal_unload(&shared->module, &error);
		delete shared;
		return code ? Result<void>(Failure(error)) : Result<void>();
	}

	/*
	 * A function, or a variable, of the module: of its default version, or of another;
	 * "anywhere": or of what it needs. Not of a Module that is gone at the end of the
	 * line: the pointer would dangle at once.
	 */
#define MODSEAL_SYMBOL_(name, call)                                                      \
	template <class T> Result<T *> try_##name(Text symbol) const &noexcept           \
	{                                                                                \
		return find<T>(call, symbol, nullptr);                                   \
	}                                                                                \
	template <class T>                                                               \
	Result<T *> try_##name(Text symbol, Text version) const &noexcept                \
	{                                                                                \
		return find<T>(call, symbol, version.c_str());                           \
	}                                                                                \
	template <class T, class... Texts>                                               \
	Result<T *> try_##name(const Texts &...) const && = delete;
	MODSEAL_SYMBOL_(symbol, modseal_symbol)
	MODSEAL_SYMBOL_(symbol_anywhere, modseal_symbol_anywhere)
#undef MODSEAL_SYMBOL_
	/* The same as an object that holds the module while it is there. */
	template <class T, class... Texts>
	Result<Symbol<T>> try_bound_symbol(const Texts &...texts) const noexcept
	{
		return bind<T>(try_symbol<T>(texts...));
	}
#ifdef __cpp_exceptions
	void unload() { try_unload().value(); }
	template <class T, class... Texts> T *symbol(const Texts &...texts) const &
	{
		return try_symbol<T>(texts...).value();
	}
	template <class T, class... Texts> T *symbol(const Texts &...) const && = delete;
	template <class T, class... Texts> T *symbol_anywhere(const Texts &...texts) const &
	{
		return try_symbol_anywhere<T>(texts...).value();
	}
	template <class T, class... Texts> T *symbol_anywhere(const Texts &...) const && = delete;
	template <class T, class... Texts> Symbol<T> bound_symbol(const Texts &...texts) const
	{
		return try_bound_symbol<T>(texts...).value();
	}
#endif
};

/* A symbol that holds its module: called as the function, or used as a pointer to the
 * variable, that it is. */
template <class T> class Symbol
{
	Module module_;
	T *pointer_;

	friend class Module;
	Symbol(const Module &module, T *pointer) noexcept : module_(module), pointer_(pointer) {}

public:
	T *get() const noexcept { return pointer_; }
	T &operator*() const noexcept { return *pointer_; }
	T *operator->() const noexcept { return pointer_; }
	template <class... Arguments>
	std::invoke_result_t<T &, Arguments...> operator()(Arguments &&...arguments) const
		noexcept(std::is_nothrow_invocable_v<T &, Arguments...>)
	{
		return (*pointer_)(std::forward<Arguments>(arguments)...);
	}
	const Module &module() const noexcept { return module_; }
};

/* ---- images ---------------------------------------------------------------------- */

/* An approved library with all that it needs, in memory that nobody can change. */
class Image : public Owner<modseal_image, modseal_image_free>
{
public:
	explicit Image(modseal_image *image) noexcept : Owner(image) {}
	/* The verdict lives as long as the image. */
	VerdictView verdict() const noexcept { return VerdictView(modseal_image_verdict(get())); }
	int descriptor() const noexcept { return modseal_image_descriptor(get()); }
	/* Empty where it has none. */
	std::string_view soname() const noexcept
	{
		const char *soname = modseal_image_soname(get());

		return soname ? std::string_view(soname) : std::string_view();
	}
	/* These bytes are in the process, held by a module. */
	bool is_loaded() const noexcept { return modseal_image_is_loaded(get()) != 0; }
	/* Refused unless its module note says exactly this; before any code of it has run. */
	Result<void> try_expect_abi(Text abi) const noexcept
	{
		modseal_error error = {};

		return modseal_image_expect_abi(get(), abi.c_str(), &error)
			       ? Result<void>(Failure(error))
			       : Result<void>();
	}
	Result<Module> try_load(Load flags = Load::standard) const noexcept
	{
		modseal_error error = {};
		Module module;

		if (!module.shared_)
			return Failure(MODSEAL_E_RESOURCE, MODSEAL_STAGE_LOAD);
		if (modseal_load(get(), std::uint32_t(flags), &module.shared_->module, &error))
			return Failure(error);
		return module;
	}
#ifdef __cpp_exceptions
	Module load(Load flags = Load::standard) const { return try_load(flags).value(); }
	void expect_abi(Text abi) const { try_expect_abi(abi).value(); }
#endif
};

/* ---- contexts -------------------------------------------------------------------- */

/* How a context is opened: struct modseal_options. What is not said is the default. */
class Options
{
	std::optional<std::string> policy_, name_, anchor_directory_, root_, state_;
	std::vector<std::string> anchors_, anchor_bytes_;
	std::uint32_t flags_ = 0;

	friend class Context;

public:
	Options &policy(Text path) { return policy_ = path.c_str(), *this; }
	Options &policy_name(Text name) { return name_ = name.c_str(), *this; }
	/* The file of a certificate that may sign the policy; the certificate itself. */
	Options &anchor(Text path) { return anchors_.emplace_back(path.c_str()), *this; }
	Options &anchor(const void *data, std::size_t size)
	{
		return anchor_bytes_.emplace_back(static_cast<const char *>(data), size), *this;
	}
	Options &anchor_directory(Text path) { return anchor_directory_ = path.c_str(), *this; }
	Options &root_directory(Text path) { return root_ = path.c_str(), *this; }
	Options &state_directory(Text path) { return state_ = path.c_str(), *this; }
	/* MODSEAL_OPEN_* */
	Options &check_only() noexcept { return flags_ |= MODSEAL_OPEN_CHECK_ONLY, *this; }
	Options &caller_owned() noexcept { return flags_ |= MODSEAL_OPEN_CALLER_OWNED, *this; }
	Options &strict() noexcept { return flags_ |= MODSEAL_OPEN_STRICT, *this; }
};

/* One policy in force. */
class Context : public Owner<modseal_handle, modseal_free>
{
	template <class Made, class Raw, class Call> static Result<Made> make(Call call) noexcept
	{
		modseal_error error = {};
		Raw *raw = nullptr;

		if (call(&raw, &error))
			return Failure(error);
		return Made(raw);
	}

public:
	explicit Context(modseal_handle *context) noexcept : Owner(context) {}
	static Result<Context> try_open(const Options &wanted = Options())
	{
		modseal_options options = {};
		std::vector<const char *> paths;
		std::vector<modseal_buffer> bytes;
		auto given = [](const auto &text) { return text ? text->c_str() : nullptr; };

		for (const std::string &path : wanted.anchors_)
			paths.push_back(path.c_str());
		for (const std::string &one : wanted.anchor_bytes_)
			bytes.push_back({one.data(), one.size()});
		options.version = MODSEAL_OPTIONS_VERSION;
		options.flags = wanted.flags_;
		options.policy_path = given(wanted.policy_);
		options.policy_name = given(wanted.name_);
		options.anchor_paths = paths.data();
		options.anchor_path_count = paths.size();
		options.anchors = bytes.data();
		options.anchor_count = bytes.size();
		options.anchor_directory = given(wanted.anchor_directory_);
		options.root_directory = given(wanted.root_);
		options.state_directory = given(wanted.state_);
		return make<Context, modseal_handle>(
			[&](auto ret, auto error) { return modseal_open(&options, ret, error); });
	}
	/* Takes the policy in force now; refused, the context stays as it is. */
	Result<void> try_reload() const noexcept
	{
		modseal_error error = {};

		return modseal_reload(get(), &error) ? Result<void>(Failure(error)) : Result<void>();
	}
	/* Decides, and maps nothing. */
	Result<Verdict> try_check(Text file, modseal_kind kind = MODSEAL_KIND_LIBRARY) const noexcept
	{
		return make<Verdict, modseal_verdict>([&](auto ret, auto error) {
			return modseal_check(get(), file.c_str(), kind, ret, error);
		});
	}
	/* Decides about a library and all it needs, and holds their bytes. */
	Result<Image> try_verify(Text file) const noexcept
	{
		return make<Image, modseal_image>([&](auto ret, auto error) {
			return modseal_verify(get(), file.c_str(), ret, error);
		});
	}
	/* A name with a version: "foo" and "2" are foo.so.2 or libfoo.so.2. */
	Result<Image> try_verify_version(Text name, Text version) const noexcept
	{
		return make<Image, modseal_image>([&](auto ret, auto error) {
			return modseal_verify_version(get(), name.c_str(), version.c_str(), ret,
						      error);
		});
	}
	Result<Image> try_verify(int descriptor, Text path) const noexcept
	{
		return make<Image, modseal_image>([&](auto ret, auto error) {
			return modseal_verify_fd(get(), descriptor, path.c_str(), ret, error);
		});
	}
	/* Verifies and loads. */
	Result<Module> try_load(Text file, Load flags = Load::standard) const noexcept
	{
		auto image = try_verify(file);

		return image ? image->try_load(flags) : Result<Module>(image.failure());
	}
	/* Judges the process again: finds what came in since. */
	Result<void> try_check_process() const noexcept
	{
		modseal_error error = {};

		return modseal_check_process(get(), &error) ? Result<void>(Failure(error))
							    : Result<void>();
	}
	/* What audit mode has let through. */
	std::uint64_t audit_count() const noexcept { return modseal_audit_count(get()); }
#ifdef __cpp_exceptions
	static Context open(const Options &options = Options()) { return try_open(options).value(); }
	void reload() const { try_reload().value(); }
	void check_process() const { try_check_process().value(); }
	Verdict check(Text file, modseal_kind kind = MODSEAL_KIND_LIBRARY) const
	{
		return try_check(file, kind).value();
	}
	Image verify(Text file) const { return try_verify(file).value(); }
	Image verify_version(Text name, Text version) const
	{
		return try_verify_version(name, version).value();
	}
	Image verify(int descriptor, Text path) const { return try_verify(descriptor, path).value(); }
	Module load(Text file, Load flags = Load::standard) const
	{
		return try_load(file, flags).value();
	}
#endif
};

/* ---- the process ------------------------------------------------------------------- */

/* No further load in this process, for good. */
inline Result<void> try_close_loading() noexcept
{
	modseal_error error = {};

	return modseal_close_loading(&error) ? Result<void>(Failure(error)) : Result<void>();
}
#ifdef __cpp_exceptions
inline void close_loading()
{
	try_close_loading().value();
}
#endif

} /* namespace modseal */
#endif
