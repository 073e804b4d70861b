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
for header in openssl/cms.h libelf.h yaml.h jansson.h archive.h; do
	echo "#include <$header>" >"$work/header.c"
	$CC -E "$work/header.c" >/dev/null 2>&1 ||
		echo "modseal: <$header> is not installed: run packaging/setup.sh" >&2
done

# Keys in tokens are reached by the plain interface of PKCS#11, of which only the header is
# needed here: the same for every machine, and not a system directory.
pkcs11=$(pkg-config --cflags-only-I p11-kit-1 2>/dev/null) && [ -n "$pkcs11" ] || pkcs11=-I/usr/include/p11-kit-1
pkcs11=-isystem${pkcs11#-I}
pkcs11=${pkcs11% }
echo '#include <p11-kit/pkcs11.h>' >"$work/header.c"
# shellcheck disable=SC2086 # words are wanted
$CC $pkcs11 -E "$work/header.c" >/dev/null 2>&1 ||
	echo "modseal: <p11-kit/pkcs11.h> is not installed: run packaging/setup.sh" >&2
echo "PROBED_PKCS11 := $pkcs11"

echo "PROBED_WARNINGS :=$(each -Wlogical-op -Wduplicated-cond -Wimplicit-fallthrough \
	-Wdouble-promotion -Walloca -Wnull-dereference)"
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
# static PACKAGE SYMBOL [FLAG...]: how to link one whose SYMBOL is used; as usual where the
# archive does not do: Debian 13's libelf.a lacks a part of itself, its libz.a is for programs
static() {
	package=$1 symbol=$2
	shift 2
	libraries=$(archives "$package")
	# shellcheck disable=SC2086 # words are wanted
	if [ -n "$libraries" ] && takes "$@" "-Wl,-u,$symbol" -Wl,-Bstatic $libraries \
		-Wl,-Bdynamic -lm -ldl -lpthread; then
		echo "-Wl,-Bstatic$libraries -Wl,-Bdynamic"
	else
		echo "-l$(echo "$package" | sed 's/^lib//; s/-0.1$//')"
	fi
}
# static_all [FLAG...]: what the library needs, linked with the flags
static_all() {
	echo "$(static libcrypto CMS_verify "$@") $(static libelf elf_memory "$@")" \
		"$(static yaml-0.1 yaml_parser_parse "$@")"
}
echo "PROBED_STATIC_LIBS := $(static_all)"
# Debian 12's libelf.a has one member with thread-local data that only programs can take.
own=
shared="-shared -fPIC -Wl,-z,defs"
# shellcheck disable=SC2086 # words are wanted
if [ "$(static libelf elf_memory $shared)" = -lelf ] &&
	[ "$(static libelf elf_memory $shared verifier/elf/libelf_errors.c)" != -lelf ]; then
	own=verifier/elf/libelf_errors.c
fi
echo "PROBED_STATIC_SHARED_SOURCES := $own"
# shellcheck disable=SC2086
echo "PROBED_STATIC_SHARED_LIBS := $(static_all $shared $own)"
echo "PROBED_STATIC_TOOL_LIBS := $(static jansson json_object)"

# Trees are walked with fts(3), which musl has in a library of its own (Alpine's musl-fts-dev).
echo '#include <fts.h>
int main(void) { return fts_close(0); }' >"$work/fts.c"
found=
if ! $CC -o "$work/fts" "$work/fts.c" 2>/dev/null && $CC -o "$work/fts" "$work/fts.c" -lfts 2>/dev/null; then
	found=-lfts
fi
echo "PROBED_FTS := $found"

# Of libarchive only what reads packages: from its archive, with the decompressors, no more
# than that comes along; the shared library needs XML and Unicode too.
cat >"$work/archive.c" <<'END'
#include <archive.h>
int main(void)
{
	struct archive *a = archive_read_new();
	return archive_read_support_filter_gzip(a) + archive_read_support_filter_xz(a) +
	       archive_read_support_filter_zstd(a) + archive_read_support_filter_rpm(a) +
	       archive_read_support_format_raw(a) + archive_read_support_format_ar(a) +
	       archive_read_support_format_tar(a) + archive_read_support_format_cpio(a);
}
END
found="-larchive"
for decompressors in "-llzma -lzstd -Wl,-Bdynamic" "-Wl,-Bdynamic -llzma -lzstd"; do
	# shellcheck disable=SC2086 # words are wanted
	if $CC -o "$work/archive" "$work/archive.c" -Wl,-Bstatic -larchive $decompressors -lz \
		2>/dev/null; then
		found="-Wl,-Bstatic -larchive $decompressors -lz"
		break
	fi
done
echo "PROBED_ARCHIVE_LIBS := $found"

# `modseal run` needs libseccomp, statx (musl has it since 1.2.5), and a machine whose calls its
# filter knows; without one of them the command has no `run`.
echo '#include <seccomp.h>
int main(void) { return seccomp_init(SCMP_ACT_ALLOW) == 0; }' >"$work/seccomp.c"
echo '#include <sys/stat.h>
int main(void) { struct statx status; return statx(0, "", 0, 0, &status); }' >"$work/statx.c"
echo '#include "verifier/run/machine.h"
int main(void) { return 0; }' >"$work/machine.c"
found=
if ! $CC -D_GNU_SOURCE -o "$work/statx" "$work/statx.c" 2>/dev/null; then
	missing="the C library has no statx"
elif ! $CC -I. -o "$work/machine" "$work/machine.c" 2>/dev/null; then
	missing="it does not know the system calls of this machine"
elif ! $CC -o "$work/seccomp" "$work/seccomp.c" -lseccomp 2>/dev/null; then
	missing="libseccomp is not installed: run packaging/setup.sh"
else
	found=1
fi
[ -n "$found" ] || echo "modseal: there will be no \`modseal run\`: $missing" >&2
echo "PROBED_SECCOMP := $found"
echo "PROBED_STATIC_SECCOMP := $(static libseccomp seccomp_init)"
