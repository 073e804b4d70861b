#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints, as variables for the Makefile, what a compiler and the installed libraries can do.
# Usage: packaging/probe.sh CC
set -u
CC=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
echo 'int main(void) { return 0; }' >"$work/empty.c"

# takes FLAG...: the compiler (and linker) accept the flags without a word
takes() {
	$CC -Werror "$@" -o "$work/empty" "$work/empty.c" >/dev/null 2>&1
}
each() {
	found=
	for flag in "$@"; do
		takes "$flag" && found="$found $flag"
	done
	echo "$found"
}

if ! takes; then
	echo "modseal: '$CC' does not compile: run packaging/setup.sh, or choose a compiler with CC=" >&2
	exit 1
fi
for header in openssl/cms.h libelf.h yaml.h jansson.h; do
	echo "#include <$header>" >"$work/header.c"
	$CC -E "$work/header.c" >/dev/null 2>&1 ||
		echo "modseal: <$header> is not installed: run packaging/setup.sh" >&2
done

echo "PROBED_WARNINGS :=$(each -Wlogical-op -Wduplicated-cond -Wimplicit-fallthrough \
	-Wdouble-promotion -Walloca -Wcast-align -Wnull-dereference)"
echo "PROBED_HARDENING :=$(each -fcf-protection -mbranch-protection=standard \
	-fstack-clash-protection -fno-delete-null-pointer-checks)"
# Level 3 needs the compiler's dynamic object sizes and a C library that uses them.
cat >"$work/fortify.c" <<'END'
#include <string.h>
int main(int argc, char **argv)
{
	return !(__builtin_dynamic_object_size(argv, 0) && argc);
}
END
if $CC -O2 -Werror -D_FORTIFY_SOURCE=3 -o "$work/fortify" "$work/fortify.c" 2>/dev/null; then
	echo "PROBED_FORTIFY := 3"
else
	echo "PROBED_FORTIFY := 2"
fi
# Debian's spelling of the triplet; clang 14 does not know -print-multiarch.
multiarch=$($CC -print-multiarch 2>/dev/null) ||
	multiarch=$($CC -dumpmachine | sed 's/-pc-linux/-linux/; s/-unknown-linux/-linux/')
[ -n "$multiarch" ] && [ -d "/usr/lib/$multiarch" ] || multiarch=
echo "PROBED_MULTIARCH := $multiarch"
# Some linkers refuse names in a version script that VERIFY_ONLY leaves undefined.
echo "PROBED_UNDEFINED_VERSION :=$(each -Wl,--undefined-version)"

# archives PACKAGE...: -l flags of everything they need, the C library's own parts left out
archives() {
	command -v pkg-config >/dev/null || return
	list=$(pkg-config --static --libs-only-l "$@" 2>/dev/null) || return
	for library in $list; do
		case $library in
		-lc | -lm | -ldl | -lpthread | -lrt | -lresolv) ;;
		*) printf ' %s' "$library" ;;
		esac
	done
}
# static PACKAGE...: how to link them into a program; nothing where an archive is missing
static() {
	libraries=$(archives "$@")
	# shellcheck disable=SC2086 # words are wanted
	[ -n "$libraries" ] && takes -Wl,--no-as-needed -Wl,-Bstatic $libraries -Wl,-Bdynamic \
		-lm -ldl -lpthread && echo "-Wl,-Bstatic$libraries -Wl,-Bdynamic"
}
# static_shared PACKAGE SYMBOL: how to link one into a shared library; as usual where the
# archive is not made for that (Debian's libelf.a has thread-local data of programs)
static_shared() {
	libraries=$(archives "$1")
	# shellcheck disable=SC2086
	if [ -n "$libraries" ] && takes -shared -fPIC "-Wl,-u,$2" -Wl,-Bstatic $libraries \
		-Wl,-Bdynamic -lm -ldl -lpthread; then
		echo "-Wl,-Bstatic$libraries -Wl,-Bdynamic"
	else
		pkg-config --libs-only-l "$1" 2>/dev/null
	fi
}
echo "PROBED_STATIC_LIBS := $(static libcrypto libelf yaml-0.1)"
echo "PROBED_STATIC_TOOL_LIBS := $(static jansson)"
echo "PROBED_STATIC_SHARED_LIBS := $(static_shared libcrypto CMS_verify)" \
	"$(static_shared libelf elf_begin) $(static_shared yaml-0.1 yaml_parser_parse)"
