#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tree compiles against the headers of musl: what only glibc has is noticed here. Linking,
# and trying it, takes OpenSSL and the other libraries for musl: make check-musl.
. tests/lib.sh
if ! command -v musl-gcc >/dev/null; then
	skip "musl" "musl-gcc is not installed"
	exit 0
fi
# musl's own headers, the kernel's and those of what is linked, and not one of glibc's
headers=$WORK/headers
multiarch=/usr/include/$(${CC:-cc} -print-multiarch)
mkdir -p "$headers/openssl"
for header in /usr/include/linux /usr/include/asm-generic "$multiarch/asm" /usr/include/*elf.h /usr/include/yaml.h \
	/usr/include/jansson*.h "$multiarch"/jansson*.h /usr/include/archive*.h \
	/usr/include/p11-kit-1/p11-kit; do
	[ ! -e "$header" ] || [ "$header" = /usr/include/elf.h ] || ln -sf "$header" "$headers"
done
ln -sf /usr/include/openssl/*.h "$multiarch"/openssl/*.h "$headers/openssl"

# compiles FILE...: several at once, each by itself
compiles() {
	# shellcheck disable=SC2016 # the other shell's
	printf '%s\n' "$@" | xargs -P "$(nproc)" -n 20 sh -c '
		exec musl-gcc -idirafter "$0" -std=gnu11 -O0 -Wall -Wextra -Wno-unused-parameter -Werror \
			-fsyntax-only -D_GNU_SOURCE -DMODSEAL_VERSION_TEXT="\"0\"" \
			-DMODSEAL_MULTIARCH="\"x\"" -Iinclude -I. "$@"' "$headers"
}
notices() { # what glibc alone has
	echo '#include <dlfcn.h>
	void *f(void *h) { return dlvsym(h, "f", "V"); }' >"$WORK/glibc.c"
	! compiles "$WORK/glibc.c" && ${CC:-cc} -D_GNU_SOURCE -Wall -Werror -fsyntax-only "$WORK/glibc.c"
}
check "what only glibc has is noticed" notices
# `modseal run` is left out where musl is too old for it or libseccomp is not there, as
# packaging/probe.sh decides
echo '#include <seccomp.h>
#include <sys/stat.h>
struct statx status;' >"$WORK/run.c"
without_run() {
	sources "$@" | if compiles "$WORK/run.c" 2>/dev/null; then cat; else grep -v -e ^verifier/run/ -e /cmd_run.c; fi
}
compiles "$WORK/run.c" 2>/dev/null || skip "modseal run with musl" "needs musl 1.2.5 and libseccomp for it"
# Of the tests' programs only what check-musl runs.
# shellcheck disable=SC2046 # names of files have no spaces
check "the tree compiles with musl-gcc" compiles $(without_run 'keys/*.c' 'policy/*.c' 'verifier/*.c' \
	'tests/hosts/loader_host.c')
