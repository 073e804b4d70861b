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

# static PACKAGE...: the archives to link, the C library's own parts left out; nothing where
# one of them is not installed
static() {
	if command -v pkg-config >/dev/null; then
		list=$(pkg-config --static --libs-only-l "$@" 2>/dev/null) || return
	else
		return
	fi
	libraries=
	for library in $list; do
		case $library in
		-lc | -lm | -ldl | -lpthread | -lrt | -lresolv) ;;
		*) libraries="$libraries $library" ;;
		esac
	done
	takes -Wl,--no-as-needed -Wl,-Bstatic $libraries -Wl,-Bdynamic -lm -ldl -lpthread &&
		echo "-Wl,-Bstatic$libraries -Wl,-Bdynamic"
}
echo "PROBED_STATIC_LIBS := $(static libcrypto libelf yaml-0.1)"
echo "PROBED_STATIC_TOOL_LIBS := $(static jansson)"
