/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls of modseal.hpp take and give back: failures, results, texts, and who owns a
 * handle. Included by it.
 */
#ifndef MODSEAL_RESULT_HPP
#define MODSEAL_RESULT_HPP

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "modseal.h"

#ifdef __cpp_exceptions
#include <stdexcept>
#endif

namespace modseal
{

/* ---- failures -------------------------------------------------------------------- */

/* Why something was refused, or could not be decided; see struct modseal_error. */
class Failure
{
	modseal_error detail_;

public:
	explicit Failure(const modseal_error &detail) noexcept : detail_(detail) {}
	/* Without more to say than the code does. */
	Failure(modseal_result code, modseal_stage stage) noexcept : detail_()
	{
		detail_.code = code;
		detail_.stage = stage;
		std::strncpy(detail_.message, modseal_code_sentence(code),
			     sizeof(detail_.message) - 1);
	}
	/* MODSEAL_E_*, and its name, such as "SIGNATURE_INVALID". */
	int code() const noexcept { return detail_.code; }
	const char *name() const noexcept { return modseal_code_name(detail_.code); }
	/* enum modseal_stage: the step that refused. */
	int stage() const noexcept { return detail_.stage; }
	const char *stage_name() const noexcept { return modseal_stage_name(detail_.stage); }
	const char *object() const noexcept { return detail_.object; }
	const char *symbol() const noexcept { return detail_.symbol; }
	const char *message() const noexcept { return detail_.message; }
	const char *remedy() const noexcept { return detail_.remedy; }
	/* Everything: the line of the rule, the place in a policy, errno, the digest. */
	const modseal_error &detail() const noexcept { return detail_; }
	/* In one line, as the command prints it: 'object': message (remedy) */
	std::string text() const
	{
		std::string all;

		if (*object())
			all.append("'").append(object()).append("': ");
		all.append(message());
		if (*remedy())
			all.append(" (").append(remedy()).append(")");
		return all;
	}
};

#ifdef __cpp_exceptions
/* A Failure as an exception; what() is its text(). */
class Error : public std::runtime_error
{
	Failure failure_;

public:
	explicit Error(const Failure &why)
		: std::runtime_error(why.text()), failure_(why) {}
	const Failure &failure() const noexcept { return failure_; }
	int code() const noexcept { return failure_.code(); }
	int stage() const noexcept { return failure_.stage(); }
	const char *object() const noexcept { return failure_.object(); }
	const char *remedy() const noexcept { return failure_.remedy(); }
};
#endif

/*
 * A value, or the Failure that says why there is none: asked first, `if (result)`, then
 * used, `*result`. To use the one of the two that is not there is a mistake of the
 * program and aborts it; value() throws an Error instead.
 */
template <class T> class [[nodiscard]] Result
{
	std::variant<T, Failure> what_;

public:
	Result(T made) noexcept : what_(std::in_place_index<0>, std::move(made)) {}
	Result(const Failure &why) noexcept : what_(std::in_place_index<1>, why) {}
	explicit operator bool() const noexcept { return what_.index() == 0; }
	T *operator->() noexcept
	{
		T *made = std::get_if<0>(&what_);

		return made ? made : (std::abort(), made);
	}
	T &operator*() &noexcept { return *operator->(); }
	T &&operator*() &&noexcept { return std::move(*operator->()); }
	const Failure &failure() const noexcept
	{
		const Failure *why = std::get_if<1>(&what_);

		return why ? *why : (std::abort(), *why);
	}
#ifdef __cpp_exceptions
	T value() &&
	{
		if (!*this)
			throw Error(failure());
		return std::move(*operator->());
	}
#endif
};

/* Done, or the Failure that says why not. */
template <> class [[nodiscard]] Result<void>
{
	std::optional<Failure> failure_;

public:
	Result() noexcept = default;
	Result(const Failure &why) noexcept : failure_(why) {}
	explicit operator bool() const noexcept { return !failure_; }
	const Failure &failure() const noexcept
	{
		return failure_ ? *failure_ : (std::abort(), *failure_);
	}
#ifdef __cpp_exceptions
	void value() &&
	{
		if (failure_)
			throw Error(*failure_);
	}
#endif
};

/*
 * A name or path: of a C string, a std::string or a std::filesystem::path. One with a
 * zero byte inside would be cut short on its way: it becomes "", which names nothing and
 * is refused. So does a null pointer, which elsewhere means "the default".
 */
class Text
{
	const char *text_;

public:
	Text(const char *text) noexcept : text_(text ? text : "") {}
	Text(const std::string &text) noexcept
		: text_(text.find('\0') == text.npos ? text.c_str() : "") {}
	template <class Path, class = decltype(std::declval<const Path &>().native())>
	Text(const Path &path) noexcept : Text(path.native()) {}
	const char *c_str() const noexcept { return text_; }
};

/* Who owns a handle of the C interface, and frees it. */
template <class Handle, void (*Free)(Handle **)> class Owner
{
	Handle *handle_;

protected:
	explicit Owner(Handle *handle) noexcept : handle_(handle) {}

public:
	Owner(Owner &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
	Owner &operator=(Owner &&other) noexcept
	{
		Owner taken(std::move(other));

		std::swap(handle_, taken.handle_);
		return *this;
	}
	~Owner() { Free(&handle_); }
	/* For the calls of modseal.h; it stays owned. NULL where it was moved from. */
	Handle *get() const noexcept { return handle_; }
};

} /* namespace modseal */
#endif
