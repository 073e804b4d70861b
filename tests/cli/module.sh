#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# The module note: plugins of every compiler carry it, whatever is stripped, and verify, load
# and inspect tell what it says; the version floor; the identity of plugins without SONAME.
. tests/lib.sh
. tests/policy.sh
check "the policy is signed" write_policy "$REAL/policy.yaml" \
	"rule:{path: $LIB/floor/**, signers: [release], owners: [root, caller], minimum-version: 2}"
HEADERS=$PWD/include
cat >"$WORK/reverb.c" <<'C'
#include "modseal-module.h"
MODSEAL_MODULE("reverb", VERSION, "acme-plugin-3", MODSEAL_METADATA("vendor", "Acme"),
	       MODSEAL_METADATA("licence", "Apache-2.0"));
#ifdef __cplusplus
extern "C"
#endif
int reverb(void);
int reverb(void)
{
	return 1;
}
C
cp "$WORK/reverb.c" "$WORK/reverb.cc"
cat >"$WORK/wanted" <<'FACTS'
module.name: reverb
module.version: 7
module.abi: acme-plugin-3
module.metadata.vendor: Acme
module.metadata.licence: Apache-2.0
FACTS
# plugin FILE VERSION COMPILER [FLAG...]
plugin() {
	file=$1 version=$2 compiler=$3
	shift 3
	case $compiler in *++*) source=$WORK/reverb.cc ;; *) source=$WORK/reverb.c ;; esac
	$compiler -Wall -Wextra -Wpedantic -Werror -shared -fPIC -I"$HEADERS" -DVERSION="$version" -o "$file" \
		"$source" "$@"
}
told() { # told FILE: inspect tells what the note says
	"$MODSEAL" inspect "$1" | sed -n 's/^\t\(module\.\)/\1/p' | diff - "$WORK/wanted"
}

# ---- compilers, linkers, strip ---------------------------------------------------------

built() { plugin "$WORK/plugin.so" 7 "$@" && told "$WORK/plugin.so"; }
for compiler in gcc clang g++ clang++; do
	if ! command -v $compiler >/dev/null; then
		skip "the note of $compiler" "not installed"
		continue
	fi
	case $compiler in *++) standard=-std=c++11 ;; *) standard=-std=c11 ;; esac
	check "the note of $compiler -O0" built $compiler $standard -O0
	check "the note of $compiler -O2" built $compiler $standard -O2
	check "the note of $compiler with --gc-sections" built $compiler $standard -Os -ffunction-sections \
		-fdata-sections -fvisibility=hidden -Wl,--gc-sections
	if plugin "$WORK/plugin.so" 7 $compiler -O2 -flto 2>"$WORK/log"; then
		check "the note of $compiler -flto" built $compiler $standard -O2 -flto -Wl,--gc-sections
	else
		skip "the note of $compiler -flto" "no plugin for the linker"
	fi
done
if command -v g++ >/dev/null; then
	check "newest C++" built g++ -std=c++20 -O2
else
	skip "newest C++" "no g++ here"
fi
if command -v ld.lld >/dev/null; then
	check "the note by lld" built clang -O2 -fuse-ld=lld -Wl,--gc-sections
else
	skip "the note by lld" "not installed"
fi
if command -v aarch64-linux-gnu-gcc >/dev/null; then
	check "the note of another machine" built aarch64-linux-gnu-gcc -O2 -nostdlib
else
	skip "the note of another machine" "no aarch64-linux-gnu-gcc"
fi
plugin "$WORK/plugin.so" 7 "${CC:-gcc}" -g
stripped() { strip --strip-all "$WORK/plugin.so" && told "$WORK/plugin.so"; }
check "strip --strip-all leaves the note" stripped
# Without section headers, which whoever hides what a file holds takes off, and the dynamic linker
# never looks at. cut_off FILE: ends it where its last PT_LOAD does, as sstrip does; e_shoff,
# e_shentsize, e_shnum, e_shstrndx of a 64-bit file
cut_off() {
	end=$(readelf -lW "$1" | awk '$1 == "LOAD" { print $2, $5 }' | while read -r offset size; do
		echo $((offset + size))
	done | sort -n | tail -n 1)
	truncate -s "$end" "$1" && printf '\0\0\0\0\0\0\0\0' | dd of="$1" bs=1 seek=40 conv=notrunc 2>/dev/null
	printf '\0\0\0\0\0\0' | dd of="$1" bs=1 seek=58 conv=notrunc 2>/dev/null
}
by_objcopy() { objcopy --strip-section-headers "$1" 2>"$WORK/log"; }
# headless COMMAND: then the note is told, before the signature and after it, and that too
headless() {
	cp "$WORK/sections.so" "$WORK/plugin.so" && "$1" "$WORK/plugin.so" &&
		readelf -SW "$WORK/plugin.so" 2>&1 | grep -q 'no sections' && told "$WORK/plugin.so" || return 1
	sign_with release "$WORK/plugin.so" >"$WORK/log" && told "$WORK/plugin.so" || return 1
	"$MODSEAL" inspect --json "$WORK/plugin.so" >"$WORK/json" && ! grep -q '"problem"' "$WORK/json" &&
		grep -q '"kind": "library".*"evidence": "appended".*"signer.*release' "$WORK/json" &&
		"$MODSEAL" verify --certificate "$REAL/release.pem" "$WORK/plugin.so"
}
cp "$WORK/plugin.so" "$WORK/sections.so"
case $("${CC:-gcc}" -dumpmachine) in
*64*) check "without section headers note and signature are told" headless cut_off ;;
*) skip "without section headers note and signature are told" "not a 64-bit file" ;;
esac
if objcopy --help | grep -q -e --strip-section-headers; then
	check "and where objcopy took them off" headless by_objcopy
else
	skip "and where objcopy took them off" "this one cannot (binutils 2.41)"
fi
twice() {
	printf '#include "modseal-module.h"\nMODSEAL_MODULE("again", 1, "a");\n' >"$WORK/again.c"
	! "${CC:-gcc}" -shared -fPIC -I"$HEADERS" -DVERSION=1 -o "$WORK/twice.so" "$WORK/reverb.c" "$WORK/again.c" \
		2>"$WORK/log" && grep -q modseal_module_note "$WORK/log"
}
check "two notes in one plugin are a link error" twice
# not_compiled TEXT ARGUMENTS: with these arguments the macro is an error that says TEXT
not_compiled() {
	printf '#include "modseal-module.h"\nMODSEAL_MODULE(%s);\n' "$2" >"$WORK/wrong.c"
	! "${CC:-gcc}" -fsyntax-only -I"$HEADERS" "$WORK/wrong.c" 2>"$WORK/log" && grep -qF "$1" "$WORK/log"
}
check "an empty name does not compile" not_compiled "name in MODSEAL_MODULE has 1 to 255 bytes" '"", 1, "a"'
check "an empty abi does not compile" not_compiled "abi in MODSEAL_MODULE has 1 to 255 bytes" '"n", 1, ""'
check "a version below 0 does not compile" not_compiled "from 0 to 2^53-1" '"n", -1, "a"'
check "a version above 2^53-1 does not compile" not_compiled "from 0 to 2^53-1" '"n", 9007199254740992ull, "a"'
check "an empty key does not compile" not_compiled "has 1 to 64 bytes" '"n", 1, "a", MODSEAL_METADATA("", "")'
check "a missing abi does not compile" not_compiled "takes_name_version_abi" '"n", 1'

# ---- what a verdict tells --------------------------------------------------------------

plugin "$LIB/reverb.so" 7 "${CC:-gcc}"
sign_with release "$LIB/reverb.so" >"$WORK/log"
in_json() {
	"$@" --json >"$WORK/json"
	grep -qF '"module.name": "reverb", "module.version": 7, "module.abi": "acme-plugin-3", "module.metadata.vendor": "Acme", "module.metadata.licence": "Apache-2.0"' "$WORK/json"
}
check "verify --json tells the note" in_json verify "$LIB/reverb.so"
facts_in_json() { "$MODSEAL" inspect --json "$LIB/reverb.so" | grep -qF '"module.name": "reverb", "module.version": "7", "module.abi": "acme-plugin-3"'; }
check "inspect --json tells the note" facts_in_json

# ---- R31: identity ---------------------------------------------------------------------

check "R31 a plugin without SONAME is itself by its note" verify "$LIB/reverb.so"
check "R31 and is loaded" load "$LIB/reverb.so" --symbol reverb
cp "$LIB/reverb.so" "$LIB/reverb.so.2"
check "R31 under its name with a version part, too" verify "$LIB/reverb.so.2"
cp "$LIB/reverb.so" "$LIB/chorus.so"
check "R31 under another plugin's name it is refused" refused NAME_MISMATCH verify "$LIB/chorus.so"
named() { verify "$LIB/chorus.so" 2>&1 | grep -q "its module note says 'reverb', but it was asked for as 'chorus.so'"; }
check "R31 and both names are told" named
ln -s reverb.so "$LIB/alias.so"
check "R31 by a link of another name it is refused" refused NAME_MISMATCH verify "$LIB/alias.so"
plugin "$LIB/other.so" 7 "${CC:-gcc}" -Wl,-soname,other.so
sign_with release "$LIB/other.so" >"$WORK/log"
check "R31 a SONAME that fits does not make up for a note that does not" refused NAME_MISMATCH verify "$LIB/other.so"
plugin "$WORK/reverb.so" 7 "${CC:-gcc}" -Wl,-soname,chorus.so
sign_with release "$WORK/reverb.so" >"$WORK/log"
cp "$LIB/reverb.so" "$WORK/saved"
cp "$WORK/reverb.so" "$LIB/reverb.so"
check "R31 nor the other way round" refused NAME_MISMATCH verify "$LIB/reverb.so"
cp "$WORK/saved" "$LIB/reverb.so"
# two files that share one SONAME: their notes tell them apart
for number in 1 2; do
	printf '#include "modseal-module.h"\nMODSEAL_MODULE("libtwin.so.%s", 1, "a");\n' $number >"$WORK/twin.c"
	"${CC:-gcc}" -shared -fPIC -I"$HEADERS" -Wl,-soname,libtwin.so -o "$LIB/libtwin.so.$number" "$WORK/twin.c"
done
sign_with release "$LIB/libtwin.so.1" "$LIB/libtwin.so.2" >"$WORK/log"
check "R31 of two files with one SONAME the first is itself" verify "$LIB/libtwin.so.1"
check "R31 and the second" verify "$LIB/libtwin.so.2"
cp "$LIB/libtwin.so.2" "$LIB/libtwin.so.1"
check "R31 one in the other's place is refused" refused NAME_MISMATCH verify "$LIB/libtwin.so.1"
# a note is no SONAME: what is needed must have the SONAME it is needed as
cp "$WORK/saved" "$LIB/libreverb.so"
printf '#include "modseal-module.h"\nMODSEAL_MODULE("libreverb", 1, "a");\nint reverb(void) { return 1; }\n' >"$WORK/needed.c"
"${CC:-gcc}" -shared -fPIC -I"$HEADERS" -o "$LIB/libreverb.so" "$WORK/needed.c"
sign_with release "$LIB/libreverb.so" >"$WORK/log"
check "the note alone is enough for what is asked for" verify "$LIB/libreverb.so"
build_library "$LIB/libuser.so.1" libuser.so.1 "int reverb(void); int user(void) { return reverb(); }" -L"$LIB" -lreverb
check "R52 a note does not satisfy a DT_NEEDED" refused NAME_MISMATCH verify "$LIB/libuser.so.1"
"${CC:-gcc}" -shared -fPIC -I"$HEADERS" -DVERSION=1 -Wl,-soname,libreverb.so -o "$LIB/libreverb.so" "$WORK/reverb.c"
sign_with release "$LIB/libreverb.so" >"$WORK/log"
check "R31 what is needed must fit by its note, too" refused NAME_MISMATCH verify "$LIB/libuser.so.1"

# ---- R32: the version floor ------------------------------------------------------------

mkdir "$LIB/floor"
says() { # says TEXT COMMAND...
	text=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -- "$text" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
for version in 1 2 3; do
	plugin "$LIB/floor/reverb.so" $version "${CC:-gcc}"
	sign_with release "$LIB/floor/reverb.so" >"$WORK/log"
	cp "$LIB/floor/reverb.so" "$WORK/version$version"
done
cp "$WORK/version2" "$LIB/floor/reverb.so"
check "R32 the floor itself is accepted" verify "$LIB/floor/reverb.so"
cp "$WORK/version3" "$LIB/floor/reverb.so"
check "R32 above the floor, too" verify "$LIB/floor/reverb.so"
cp "$WORK/version1" "$LIB/floor/reverb.so"
check "R32 validly signed but below the floor: refused" refused ROLLBACK verify "$LIB/floor/reverb.so"
check "R32 both numbers are told" says "its security version is 1, and the rule wants 2 or above" \
	verify "$LIB/floor/reverb.so"
check "R32 it is not loaded either" refused ROLLBACK load "$LIB/floor/reverb.so"
build_library "$LIB/floor/libplain.so.1" libplain.so.1 "int plain(void) { return 1; }"
check "R32 no version at all: refused" refused ROLLBACK verify "$LIB/floor/libplain.so.1"
check "R32 and that is told" says "it carries no security version, and the rule wants 2 or above" \
	verify "$LIB/floor/libplain.so.1"
cp "$WORK/version1" "$LIB/reverb.so"
check "R32 without a floor an old version is accepted" verify "$LIB/reverb.so"
check "the floor is told by policy show" says "minimum-version 2" "$MODSEAL" policy show \
	--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"

# ---- forged notes ----------------------------------------------------------------------

cp "$WORK/version1" "$LIB/floor/reverb.so"
objcopy --dump-section .note.modseal="$WORK/note" "$WORK/version2" "$WORK/ignored" 2>"$WORK/log"
same_size() { [ -s "$WORK/note" ]; }
check "the note of version 2 was taken out" same_size
"$MODSEAL" strip --output "$WORK/bare" "$WORK/version1" >"$WORK/log"
objcopy --update-section .note.modseal="$WORK/note" "$WORK/bare" "$WORK/forged" 2>"$WORK/log"
says_two() { "$MODSEAL" inspect "$1" | grep -q 'module.version: 2'; }
check "objcopy put it into version 1" says_two "$WORK/forged"
cp "$WORK/forged" "$LIB/floor/reverb.so"
check "forged so, it is unsigned" refused SIGNATURE_MISSING verify "$LIB/floor/reverb.so"
# with the signature that version 1 has, in place of what objcopy cut off
size=$(wc -c <"$WORK/bare")
tail -c +$((size + 1)) "$WORK/version1" >"$WORK/container"
cat "$WORK/forged" "$WORK/container" >"$LIB/floor/reverb.so"
check "a note forged after signing: the signature is wrong" refused SIGNATURE_INVALID verify "$LIB/floor/reverb.so"
# in place: nothing but the version differs, 32 bytes behind the owner
cp "$WORK/version1" "$LIB/floor/reverb.so"
owner=$(grep -abo modseal "$LIB/floor/reverb.so" | head -n 1 | cut -d: -f1)
printf '\2' | dd of="$LIB/floor/reverb.so" bs=1 seek=$((owner + 32)) conv=notrunc 2>/dev/null
check "version 1 says 2 now" says_two "$LIB/floor/reverb.so"
check "and its signature is wrong" refused SIGNATURE_INVALID verify "$LIB/floor/reverb.so"
# a broken note, signed all the same
"$MODSEAL" strip --output "$LIB/reverb.so" "$WORK/version1" >"$WORK/log"
printf '\2' | dd of="$LIB/reverb.so" bs=1 seek=$((owner + 8)) conv=notrunc 2>/dev/null
sign_with release "$LIB/reverb.so" >"$WORK/log"
check "a note of an unknown format is refused" refused ELF_MALFORMED verify "$LIB/reverb.so"
check "and inspect says so" says "problem: ELF_MALFORMED: module note: unknown format 2" \
	"$MODSEAL" inspect "$LIB/reverb.so"
