#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each header compiles alone, the public ones in C and C++, and the exported symbols are the
# list in packaging/libmodseal.map, which is what the public headers declare.
. tests/lib.sh
CC=${CC:-gcc}

alone() { # alone LANGUAGE STANDARD HEADER [FLAG...]
	language=$1 standard=$2 header=$3
	shift 3
	echo "#include \"$header\"" |
		$CC -x "$language" -std="$standard" -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
			-Iinclude -I. -isystem /usr/include/p11-kit-1 "$@" -
}
plus=yes
echo 'int i;' | $CC -x c++ -fsyntax-only - 2>/dev/null || plus=
for header in include/*.h; do
	check "$header compiles alone in C11" alone c c11 "${header#include/}"
	if [ -n "$plus" ]; then
		check "$header compiles alone in C++17" alone c++ c++17 "${header#include/}"
	else
		skip "$header in C++" "the compiler has no C++"
	fi
done
# Those for C++, with each compiler, standard and style; and beside every C header.
for compiler in g++ clang++; do
	if ! echo '#include <string>' | $compiler -x c++ -fsyntax-only - 2>/dev/null; then
		skip "the C++ headers by $compiler" "not installed"
		continue
	fi
	for header in include/*.hpp; do
		check "$header compiles alone by $compiler" eval 'CC=$compiler; alone c++ c++17 "${header#include/}" \
			-Wconversion -Wshadow'
	done
	for standard in c++17 c++20; do
		check "... without exceptions in $standard, beside every C header" eval 'CC=$compiler; alone c++ \
			$standard modseal-library.hpp -Wconversion -Wshadow -fno-exceptions -fno-rtti \
			$(printf -- "-include %s " include/*.h)'
	done
done
# A source that includes its own header first has compiled it alone.
is_first() {
	source=${1%.h}.c
	[ -f "$source" ] && [ "$(grep -m 1 '^#' "$source")" = "#include \"${1#include/}\"" ]
}
for header in $(sources 'include/internal/*.h' 'keys/*.h' 'policy/*.h' 'verifier/*.h'); do
	if is_first "$header"; then
		check "$header is the first that its source includes" is_first "$header"
	else
		check "$header compiles alone" alone c gnu11 "${header#include/}" -D_GNU_SOURCE \
			-Wno-pedantic
	fi
done

declared() {
	cat include/*.h | tr '\n' ' ' | grep -oE 'MODSEAL_API[^;(]*[ *](modseal_[a-z0-9_]+)\(' |
		grep -oE 'modseal_[a-z0-9_]+\($' | tr -d '(' | sort
}
listed() {
	sed -n 's/^\t\(modseal_[a-z0-9_]*\);$/\1/p' packaging/libmodseal.map
}
exported() {
	nm -D --defined-only "$BUILD/lib/libmodseal.so" | sed 's/.* //; s/@.*//' |
		grep -v '^MODSEAL_0$' | sort
}
same() { # same A B: two commands print the same
	"$1" >"$WORK/a"
	"$2" >"$WORK/b"
	diff "$WORK/a" "$WORK/b"
}
check "the list of symbols is what the headers declare" same declared listed
check "the library exports the list of symbols" same listed exported
