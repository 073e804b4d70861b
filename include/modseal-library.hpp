/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For those who come from QLibrary and QPluginLoader: a class with their calls, spelled
 * as theirs, that verifies what it loads. No exceptions: a call says that it failed by
 * what it returns, and errorString() why.
 *
 *	modseal::Library library(context, "add");	// QLibrary library("add");
 *	auto add = library.resolve<int(int, int)>("add");
 *	if (!add)
 *		std::cerr << library.errorString();
 *
 * What differs:
 *
 *   - A context decides; it must stay while the Library is there. Names without a '/' are
 *     looked up in its policy's search directories and nowhere else.
 *   - resolve<T>() gives a pointer of the right type and needs no cast. It refuses what
 *     the library does not define itself.
 *   - All symbols are bound at once. QLibrary's PreventUnloadHint is Load::no_unload,
 *     ExportExternalSymbolsHint Load::export_symbols, DeepBindHint Load::deep_bind.
 *   - metaData() is what the module note says (modseal-module.h), read from the verified
 *     bytes without mapping them; load() maps the very bytes it was read from. Whether a
 *     plugin fits is asked there, not by running it.
 *   - unload() is true once this Library has let go; others that hold the same file keep
 *     it loaded, and QLibrary says false then.
 *
 * As with QLibrary, what is loaded when the Library ends stays loaded: symbols may still
 * be in use. Module in modseal.hpp is for those who want it unloaded.
 */
#ifndef MODSEAL_LIBRARY_HPP
#define MODSEAL_LIBRARY_HPP

#include <map>

#include "modseal.hpp"

namespace modseal
{

class Library
{
	const Context *context_;
	std::string name_;
	Load hints_ = Load::standard;
	std::optional<Image> image_;
	std::optional<Module> module_;
	std::optional<Failure> failure_;

	bool fail(const Failure &failure) noexcept { return failure_ = failure, false; }
	bool verify() noexcept
	{
		if (image_)
			return true;
		auto image = context_->try_verify(name_);

		if (!image)
			return fail(image.failure());
		image_ = std::move(*image);
		return true;
	}
	void let_stay() noexcept
	{
		if (module_)
			module_->keep();
		module_.reset();
		image_.reset();
	}

public:
	explicit Library(const Context &context, std::string fileName = std::string()) noexcept
		: context_(&context), name_(std::move(fileName)) {}
	explicit Library(Context &&context, std::string fileName = std::string()) = delete;
	Library(const Library &) = delete;
	Library &operator=(const Library &) = delete;
	~Library() { let_stay(); }

	/* The real path once it is verified, before that as it was given. */
	std::string fileName() const
	{
		return image_ ? std::string(image_->verdict().path()) : name_;
	}
	/* From here on it is about another file; one that is loaded stays loaded. */
	void setFileName(std::string fileName)
	{
		let_stay();
		failure_.reset();
		name_ = std::move(fileName);
	}
	/* Of the loads that follow. */
	void setLoadHints(Load hints) noexcept { hints_ = hints; }
	Load loadHints() const noexcept { return hints_; }

	bool load() noexcept
	{
		failure_.reset();
		if (module_)
			return true;
		if (!verify())
			return false;
		auto module = image_->try_load(hints_);

		if (!module) {
			image_.reset(); /* another time the file may be another */
			return fail(module.failure());
		}
		module_ = std::move(*module);
		return true;
	}
	bool isLoaded() const noexcept { return module_.has_value(); }
	bool unload() noexcept
	{
		failure_.reset();
		if (!module_)
			return false;
		auto done = module_->try_unload();

		module_.reset();
		image_.reset();
		return done ? true : fail(done.failure());
	}
	/* The symbol, loading first where that is not done; NULL where there is none. Without
	 * a type it is a QFunctionPointer, to be cast. */
	template <class T = void()> T *resolve(Text symbol) noexcept
	{
		if (!load())
			return nullptr;
		auto found = std::as_const(*module_).template try_symbol<T>(symbol);

		return found ? *found : (fail(found.failure()), nullptr);
	}
	template <class T = void()>
	static T *resolve(const Context &context, std::string fileName, Text symbol) noexcept
	{
		return Library(context, std::move(fileName)).resolve<T>(symbol);
	}

	/* What the module note says, without loading: its pairs. Empty where there are none,
	 * and where the file is refused, which errorString() tells. */
	std::map<std::string, std::string> metaData()
	{
		std::map<std::string, std::string> pairs;

		failure_.reset();
		if (!verify())
			return pairs;
		for (std::string_view key : image_->verdict().module_metadata_keys()) {
			std::string name(key);

			pairs[name] = *image_->verdict().module_metadata(name);
		}
		return pairs;
	}
	/* Everything else about it: ABI identifier, version, signers. Without loading, too. */
	std::optional<VerdictView> verdict() noexcept
	{
		failure_.reset();
		return verify() ? std::optional(image_->verdict()) : std::nullopt;
	}

	/* Why the last call failed; empty where it did not. */
	std::string errorString() const { return failure_ ? failure_->text() : std::string(); }
	const std::optional<Failure> &failure() const noexcept { return failure_; }
};

} /* namespace modseal */
#endif
