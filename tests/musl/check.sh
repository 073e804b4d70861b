#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds everything with musl-gcc and tests it: the command's own tests, the verdicts beside
# those of the build for glibc, and what musl's dynamic linker can load.
# Usage: tests/musl/check.sh MAKE BUILD COMMAND (the one for glibc). The last line is "N passed,
# N failed, N skipped".
#
# Debian has none of the libraries for musl: they are built once from its sources and kept
# below $MUSL.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
MAKE=${1:-make}
BUILD=$(realpath -m "${2:-build/musl}")
GLIBC_MODSEAL=$(realpath "${3:-build/bin/modseal}")
MUSL=${MUSL:-/var/tmp/modseal-musl}
export BUILD GLIBC_MODSEAL MUSL

fail() {
	echo "not ok musl: $1"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
skip() {
	echo "skip musl: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
command -v apt-get >/dev/null || skip "only with Debian's packages"
packaging/setup.sh musl >/dev/null 2>&1
command -v musl-gcc >/dev/null || skip "musl-gcc is not installed"
mkdir -p "$MUSL" || fail "$MUSL cannot be made"
exec 9>"$MUSL/.lock"
flock -n 9 || fail "another run is using $MUSL"
tests/musl/libraries.sh "$MUSL" >"$MUSL/log" 2>&1 || fail "libraries: $(tail -n 1 "$MUSL/log")"
"$MAKE" --no-print-directory BUILD="$BUILD" CC="$MUSL/cc" "$BUILD/bin/modseal" "$BUILD/lib/libmodseal.so" \
	"$BUILD/tests/hosts/loader_host" "$BUILD/tests/hosts/outlive" || fail "the build"
# what the tests compile is for glibc, as far as it is only looked at
CC=gcc tests/run.sh musl
