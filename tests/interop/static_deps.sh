#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# STATIC_DEPS=1: the library's OpenSSL, libelf, zlib and libyaml are its own. A program that has
# others, exports functions under all their names, or loads a plugin that brings yet others,
# changes no verdict, and takes nothing of them. And what happens to the library as it is
# usually linked.
. tests/lib.sh
. tests/policy.sh
static=$BUILD/tests/static/libmodseal.so shared=$BUILD/lib/libmodseal.so
# compiles ARGUMENT...: warnings are not the point: the programs' functions have made-up types
compiles() { "${CC:-cc}" -w -g -Iinclude "$@" || exit 99; }

# ---- what is seen from outside -------------------------------------------------------------

needs() { readelf -dW "$1" | grep -q "NEEDED.*\[$2"; }
names() { nm -D "$@" | sed 's/.* //; s/@.*//' | sort -u; }
# what the libraries export that must not be shared: as the compiler's finds the files
theirs() {
	for library in libcrypto.so libyaml.so libelf.so libz.so; do
		file=$("${CC:-cc}" -print-file-name=$library)
		[ -e "$file" ] || { echo "no $library to compare with" >&2; return 1; }
		# where its archive cannot be linked in (packaging/probe.sh)
		case $library in libelf.so | libz.so) needs "$static" libelf && continue ;; esac
		names --defined-only "$file"
	done | grep -v '^_\(init\|fini\|edata\|end\|_bss_start\)$' | sort -u >"$WORK/theirs"
	[ "$(wc -l <"$WORK/theirs")" -gt 3000 ]
}
check "the names of OpenSSL and the others are known" theirs
names "$static" >"$WORK/seen"
shared_names() { comm -12 "$WORK/theirs" "$WORK/seen"; }
check "none of them is exported or imported" nothing shared_names
names "$shared" >"$WORK/seen"
check "the usual library imports them" grep -qx EVP_DigestVerify "$WORK/seen"
if needs "$static" libelf; then
	skip "libelf and zlib are its own, too" "this system's libelf.a cannot be linked in"
fi

# ---- programs and plugins ------------------------------------------------------------------

# The program's own OpenSSL and zlib, and functions under the names of all others that the
# library's objects call: each counts, and says yes.
nm -u "$BUILD/lib/libmodseal.a" 2>/dev/null | sed -n 's/^ *U //p' | sort -u >"$WORK/called"
comm -12 "$WORK/called" "$WORK/theirs" >"$WORK/twins"
printf '%s\n' inflate inflateInit_ crc32 adler32 >>"$WORK/twins"
twins() {
	echo '__attribute__((visibility("default"))) unsigned taken_count; const char *taken_name;'
	while read -r name; do
		echo "long $name(void) { taken_count++; taken_name = \" by $name\"; return 1; }"
	done
}
own() { # own NAME
	echo "const char *zlibVersion(void) { return \"$1\"; }
	unsigned long OpenSSL_version_num(void) { return 0x$2; }"
}
grep -vx 'zlibVersion\|OpenSSL_version_num' "$WORK/twins" | twins >"$WORK/twins.c"
check "functions for all names that it calls" [ "$(grep -c '^long' "$WORK/twins.c")" -gt 150 ]
own host aaa >"$WORK/own.c"
mkdir "$REAL/programs"
programs="rule:{path: $REAL/programs/*, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: $REAL/programs/own/*, signers: [release], owners: [root, caller]}"
cp "$static" "$LIB/libmodseal.so.0"
mkdir "$LIB/shared"
cp "$shared" "$LIB/shared/libmodseal.so.0"
sign_with release "$LIB/libmodseal.so.0" "$LIB/shared/libmodseal.so.0" >/dev/null || exit 99
# host NAME ARGUMENT...: the program with the library, and where it has the rest from
host() {
	name=$1
	shift
	compiles -o "$REAL/programs/$name" tests/static/host.c "$@" -Wl,-rpath,"$LIB"
	sign_with release "$REAL/programs/$name" >/dev/null || exit 99
}
# hidden: it has them, and shows nobody
host hidden "$WORK/own.c" "$LIB/libmodseal.so.0" -fvisibility=hidden
host exports "$WORK/own.c" "$WORK/twins.c" -rdynamic "$LIB/libmodseal.so.0"
# of other versions, before the library in the order of things
compiles -shared -fPIC -Wl,-soname,libcrypto.so.1.1 -o "$LIB/libcrypto.so.1.1" "$WORK/own.c" "$WORK/twins.c"
# under the very names, and for OpenSSL the version, that the system's have
OWN=$REAL/programs/own
mkdir "$OWN"
echo 'OPENSSL_3.0.0 { *; };' >"$WORK/versions"
for soname in libcrypto.so.3 libz.so.1 libelf.so.1 libyaml-0.so.2; do
	case $soname in libcrypto*) versions=-Wl,--version-script="$WORK/versions" ;; *) versions= ;; esac
	compiles -shared -fPIC -Wl,-soname,$soname ${versions:+"$versions"} -o "$OWN/$soname" "$WORK/own.c" "$WORK/twins.c"
	sign_with release "$OWN/$soname" >/dev/null || exit 99
done
sign_with release "$LIB/libcrypto.so.1.1" >/dev/null || exit 99
host other -Wl,--no-as-needed "$LIB/libcrypto.so.1.1" "$LIB/libmodseal.so.0"
host same -Wl,-rpath,"$OWN" -Wl,--no-as-needed "$OWN/libcrypto.so.3" "$OWN/libz.so.1" "$OWN/libelf.so.1" \
	"$OWN/libyaml-0.so.2" "$LIB/libmodseal.so.0"

# a plugin that brings an OpenSSL and a zlib of its own, and one with those of the system
own plugin bbb >"$WORK/bring.c"
for soname in libz.so.9 libcrypto.so.9; do
	build_library "$LIB/$soname" $soname "$(cat "$WORK/bring.c")" || exit 99
done
tells='#include <stdio.h>
const char *zlibVersion(void);
unsigned long OpenSSL_version_num(void);
const char *plugin_tells(void)
{
	static char text[100];
	snprintf(text, sizeof(text), "OpenSSL %lx zlib %s", OpenSSL_version_num(), zlibVersion());
	return text;
}'
build_library "$LIB/libplugin.so.1" libplugin.so.1 "$tells" -Wl,--no-as-needed "$LIB/libz.so.9" "$LIB/libcrypto.so.9" || exit 99
build_library "$LIB/libsystem.so.1" libsystem.so.1 "$tells" -Wl,--no-as-needed -lz -lcrypto || exit 99

# what is verified: good, changed, of nobody, signed by another, needing what is not there
for name in good changed unsigned foreign; do
	build_library "$LIB/lib$name.so.1" lib$name.so.1 "int f(void) { return 1; }" || exit 99
done
printf '\377' | dd of="$LIB/libchanged.so.1" bs=1 seek=200 conv=notrunc 2>/dev/null
"$MODSEAL" strip "$LIB/libunsigned.so.1" >/dev/null
sign_with other "$LIB/libforeign.so.1" >/dev/null
build_library "$LIB/libnoelf.so.1" libnoelf.so.1 "int f(void) { return 1; }" -z execstack || exit 99
files="$LIB/libgood.so.1 $LIB/libchanged.so.1 $LIB/libunsigned.so.1 $LIB/libforeign.so.1 $LIB/libnoelf.so.1"
# policy_with DIRECTORY [KEY...]: that directory is searched first
policy_with() {
	directory=$1
	shift
	write_policy "$WORK/policy" "$programs" "$@" >/dev/null || exit 99
	sed "s|^search: .|&$directory, |" "$WORK/policy" >"$REAL/policy.yaml"
	"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" \
		>/dev/null || exit 99
}
policy_with "$LIB"
. tests/hostile/loader.inc
# by HOST WORD...: what it prints, in $WORK/said
by() {
	program=$1
	shift
	# shellcheck disable=SC2086 # several files
	"$REAL/programs/$program" "$REAL/policy.yaml" "$REAL/policy.pem" $files "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
by hidden
grep "^$LIB" "$WORK/said" >"$WORK/verdicts"
check "the verdicts of a program with nothing of that kind" says '^host has OpenSSL aaa zlib host' '^open: OK' \
	'libgood.so.1: OK' 'libchanged.so.1: SIGNATURE_INVALID evidence' 'libunsigned.so.1: SIGNATURE_MISSING evidence' \
	'libforeign.so.1: SIGNER_NOT_ALLOWED evidence' 'libnoelf.so.1: ELF_UNSAFE image' '^ended 0'
# same_verdicts TIMES: as there, once or before and after a load, and no function of the program was called
same_verdicts() {
	for turn in $(seq "$1"); do cat "$WORK/verdicts"; done >"$WORK/wanted"
	grep "^$LIB" "$WORK/said" | diff "$WORK/wanted" - >&2 && says '^ended 0' && unsaid '^taken: [1-9]'
}
for program in exports other same; do
	[ $program != same ] || policy_with "$OWN"
	by $program
	check "$program: the same verdicts" same_verdicts 1
	check "$program: nothing of it is called" says '^host has OpenSSL aaa' '^open: OK'
done

by same -load "$LIB/libsystem.so.1"
check "one of the name that the program's has is the program's, as with dlopen" says '^plugin: OK' \
	'^plugin has OpenSSL aaa zlib host'
check "and the verdicts stay, even so" same_verdicts 2

# ---- a plugin brings yet others --------------------------------------------------------------

policy_with "$LIB"
by hidden -load "$LIB/libplugin.so.1"
check "a plugin has what it brings" says '^plugin: OK' '^plugin has OpenSSL bbb zlib plugin'
check "and the verdicts stay" same_verdicts 2
by hidden -export "$LIB/libplugin.so.1"
check "also where it is exported" same_verdicts 2
by exports -deep "$LIB/libplugin.so.1"
check "a program that exports its own: the plugin has what it brings, by deep binding" \
	says '^plugin: OK' '^plugin has OpenSSL bbb zlib plugin'
check "and the verdicts stay there, too" same_verdicts 2
by exports -load "$LIB/libplugin.so.1"
check "without, the program's come first, as with dlopen" says '^plugin: OK' '^plugin has OpenSSL aaa zlib host'
by hidden -load "$LIB/libsystem.so.1"
check "a plugin with the system's OpenSSL and zlib" says '^plugin: OK' '^plugin has OpenSSL 3[0-9a-f]* zlib 1\.'
check "two OpenSSLs in one process, and the verdicts stay" same_verdicts 2

# ---- what is preloaded, and the usual library -----------------------------------------------

preloaded() { # preloaded HOST
	LD_PRELOAD="$LIB/libcrypto.so.1.1" by "$1"
	says '^open: PROCESS_UNVERIFIED gate .*libcrypto.so.1.1.*LD_PRELOAD'
}
check "R54 what LD_PRELOAD brings is a stranger" preloaded hidden
policy_with "$LIB" "process: {preload: [$LIB/libcrypto.so.1.1]}"
LD_PRELOAD="$LIB/libcrypto.so.1.1" by hidden
check "one that the policy lists changes nothing either" same_verdicts 1

# As it is usually linked, what a program exports comes first here as everywhere; modseal(3) says so.
policy_with "$LIB/shared"
host usual "$WORK/own.c" -fvisibility=hidden "$LIB/shared/libmodseal.so.0" -Wl,-rpath,"$LIB/shared"
by usual
check "the usual library: the same verdicts" same_verdicts 1
echo elf_version | twins >"$WORK/one.c"
host usual-exports "$WORK/own.c" "$WORK/one.c" -rdynamic "$LIB/shared/libmodseal.so.0" -Wl,-rpath,"$LIB/shared"
by usual-exports
check "the usual library: what the program exports is called" says '^taken: [1-9][0-9]* by elf_version'
