#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the loader knows of musl's dynamic linker is so: by the part of it that talks to the
# dynamic linker, built for musl. A whole build for musl takes OpenSSL and the other libraries
# for it, which Debian does not have: make check-musl.
. tests/lib.sh
. tests/hostile/loader.inc
if ! command -v musl-gcc >/dev/null; then
	skip "musl" "musl-gcc is not installed"
	exit 0
fi
work=$(cd "$WORK" && pwd -P)
mkdir "$work/kernel" "$work/decoy"
for headers in linux asm-generic "$(${CC:-cc} -print-multiarch 2>/dev/null)/asm"; do
	[ ! -e "/usr/include/$headers" ] || ln -s "/usr/include/$headers" "$work/kernel"
done
# library FILE SONAME TEXT [ARGUMENT...]
library() {
	printf '%s\n' "$3" >"$work/library.c"
	file=$1 soname=$2
	shift 3
	musl-gcc -shared -fPIC -Wl,-soname,"$soname" -o "$file" "$work/library.c" "$@" || exit 99
}
library "$work/plain.so" libmsplain.so.1 '#include <string.h>
int plain(const char *text) { return (int)strlen(text); }'
library "$work/other.so" libmsplain.so.1 'int plain(const char *text) { return 99; }'
library "$work/needy.so" libmsneedy.so.1 'int plain(const char *);
int needy(const char *text) { return plain(text); }' "$work/plain.so"
# a decoy in the way of the search that must not happen
library "$work/decoy/libmsplain.so.1" libmsplain.so.1 'int plain(const char *text) { return 666; }'
echo 'int foreign(void) { return 1; }' >"$work/foreign.c"
${CC:-cc} -shared -fPIC -Wl,--no-as-needed -o "$work/foreign.so" "$work/foreign.c" || exit 99
check "the part that talks to the dynamic linker builds for musl" musl-gcc -idirafter "$work/kernel" -std=gnu11 -Wall \
	-Wextra -Wno-unused-parameter -Werror -D_GNU_SOURCE -Iinclude -I. -o "$work/linker" tests/musl/linker.c \
	verifier/loader/linker.c verifier/loader/loadname.c verifier/error.c

ask() { "$work/linker" "$work/plain.so" "$work/needy.so" "$work/other.so" "$work/foreign.so" >"$WORK/said" 2>&1; }
check "it runs" ask
check "a library that needs libc alone is loaded by descriptor" says '^plain: 4$'
check "R66 dladdr names the true path afterwards" says '^listed: 1$' "^named: $work/plain.so$"
check "R51 another in the same descriptor is another" says '^other: 99$' '^first again: 4$'
check "a loaded one is found again, and not exported" says '^reopened: 1$' '^exported later: 0 it cannot export'
check "nothing is ever unmapped" says '^closed: 1$' '^still there: 4$'
check "versions are not asked for" says '^versions: 0$' '^a version: 0$'
check "a closure is beyond it, and said to be" says '^limit alone: none$' '^limit of a closure: .*would search paths$' \
	'^limit of deep: .*no deep binding$'
check "its own names are known" says '^provides: 1 1 0$'
# what the limit rests on: the one that is loaded does not do
check "what it needs is looked for though it is loaded" says '^needy: Error loading shared library libmsplain.so.1: No such'
decoyed() { LD_LIBRARY_PATH="$work/decoy" ask; says '^needy: loaded$'; }
check "and would be taken from a search path" decoyed
# no danger: its needed name is reserved, and no other file is opened
ask
check "what needs glibc is given musl" says '^foreign: loaded$'
if command -v strace >/dev/null; then
	strace -f -e trace=open,openat -o "$WORK/trace" "$work/linker" "$work/plain.so" "$work/needy.so" "$work/other.so" \
		"$work/foreign.so" >/dev/null
	check "and no library of glibc is opened for it" sh -c 'grep -q plain.so "$1" && ! grep libc.so.6 "$1"' - "$WORK/trace"
else
	skip "and no library of glibc is opened for it" "strace is not installed"
fi
