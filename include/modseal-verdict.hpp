/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts for C++: what a file was accepted on. Included by modseal.hpp. */
#ifndef MODSEAL_VERDICT_HPP
#define MODSEAL_VERDICT_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "modseal-result.hpp"

namespace modseal
{

/* What a verdict has several of, for `for`. Get gives one by its index, NULL past the
 * last. */
template <class Item, class Raw, Raw *(*Get)(const modseal_verdict *, std::size_t)>
class Several
{
	const modseal_verdict *verdict_;

public:
	struct End {
	};
	class Iterator
	{
		const modseal_verdict *verdict_;
		std::size_t index_ = 0;

	public:
		explicit Iterator(const modseal_verdict *verdict) noexcept : verdict_(verdict) {}
		Item operator*() const noexcept { return Item(Get(verdict_, index_)); }
		Iterator &operator++() noexcept { return index_++, *this; }
		bool operator!=(End) const noexcept { return Get(verdict_, index_) != nullptr; }
	};
	explicit Several(const modseal_verdict *verdict) noexcept : verdict_(verdict) {}
	Iterator begin() const noexcept { return Iterator(verdict_); }
	End end() const noexcept { return {}; }
};

/* On what grounds a file was accepted: a look at a verdict that somebody else owns. Each
 * is the accessor modseal_verdict_* of that name; texts that do not apply are empty. */
class VerdictView
{
	const modseal_verdict *verdict_;

public:
	explicit VerdictView(const modseal_verdict *verdict) noexcept : verdict_(verdict) {}
#define MODSEAL_VERDICT_TEXT_(name)                                                      \
	std::string_view name() const noexcept                                           \
	{                                                                                \
		const char *text = modseal_verdict_##name(verdict_);                     \
                                                                                         \
		return text ? std::string_view(text) : std::string_view();               \
	}
	MODSEAL_VERDICT_TEXT_(path)
	MODSEAL_VERDICT_TEXT_(digest)
	MODSEAL_VERDICT_TEXT_(evidence)
	MODSEAL_VERDICT_TEXT_(catalog)
	MODSEAL_VERDICT_TEXT_(supplement)
	MODSEAL_VERDICT_TEXT_(hand_off)
	MODSEAL_VERDICT_TEXT_(policy)
	MODSEAL_VERDICT_TEXT_(anchor_source)
	MODSEAL_VERDICT_TEXT_(state)
	MODSEAL_VERDICT_TEXT_(mode)
	MODSEAL_VERDICT_TEXT_(would_refuse_reason)
	MODSEAL_VERDICT_TEXT_(module_name)
	MODSEAL_VERDICT_TEXT_(module_abi)
#undef MODSEAL_VERDICT_TEXT_
#define MODSEAL_VERDICT_NUMBER_(type, name)                                              \
	type name() const noexcept { return modseal_verdict_##name(verdict_); }
	MODSEAL_VERDICT_NUMBER_(modseal_kind, kind)
	MODSEAL_VERDICT_NUMBER_(std::uint32_t, rule_line)
	MODSEAL_VERDICT_NUMBER_(std::uint64_t, serial)
	MODSEAL_VERDICT_NUMBER_(std::uint64_t, catalog_serial)
	MODSEAL_VERDICT_NUMBER_(std::uint64_t, supplement_serial)
	MODSEAL_VERDICT_NUMBER_(int, would_refuse)
#undef MODSEAL_VERDICT_NUMBER_
	std::optional<std::uint64_t> module_version() const noexcept
	{
		std::uint64_t version = 0;

		if (modseal_verdict_module_version(verdict_, &version))
			return version;
		return std::nullopt;
	}
	std::optional<std::string_view> module_metadata(Text key) const noexcept
	{
		if (auto text = modseal_verdict_module_metadata(verdict_, key.c_str()))
			return text;
		return std::nullopt;
	}
#define MODSEAL_VERDICT_SEVERAL_(type, raw, plural, name)                                \
	Several<type, const raw, modseal_verdict_##name> plural() const noexcept         \
	{                                                                                \
		return Several<type, const raw, modseal_verdict_##name>(verdict_);       \
	}
	MODSEAL_VERDICT_SEVERAL_(std::string_view, char, signers, signer)
	MODSEAL_VERDICT_SEVERAL_(std::string_view, char, remarks, remark)
	MODSEAL_VERDICT_SEVERAL_(std::string_view, char, module_metadata_keys,
				 module_metadata_key)
	/* of what the library needs, dependencies first */
	MODSEAL_VERDICT_SEVERAL_(VerdictView, modseal_verdict, dependencies, dependency)
#undef MODSEAL_VERDICT_SEVERAL_
};

/* A verdict of one's own, as Context::check gives. */
class Verdict : public Owner<modseal_verdict, modseal_verdict_free>, public VerdictView
{
public:
	explicit Verdict(modseal_verdict *verdict) noexcept : Owner(verdict), VerdictView(verdict) {}
};

} /* namespace modseal */
#endif
