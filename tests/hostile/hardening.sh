#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R109: how our own binaries are linked and compiled, read back from the binaries.
. tests/lib.sh

library=$BUILD/lib/libmodseal.so

relro() { readelf -lW "$1" | grep -q GNU_RELRO; }
bind_now() { readelf -dW "$1" | grep -qE '\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW'; }
no_path() { ! readelf -dW "$1" | grep -E 'RPATH|RUNPATH'; }
no_textrel() { ! readelf -dW "$1" | grep TEXTREL; }
pie() { readelf -hW "$1" | grep -q 'Type: *DYN' && readelf -dW "$1" | grep -q 'FLAGS_1.*PIE'; }
stack() {
	readelf -lW "$1" | grep GNU_STACK >"$WORK/stack" && ! grep -q 'E  *0x[0-9a-f]*$' "$WORK/stack"
}
no_writable_code() { ! readelf -lW "$1" | grep -E 'LOAD.* RWE '; }
# The table of a stripped or statically linked file may lack them: --dyn-syms is enough here,
# the C library is always linked dynamically.
imports() { readelf --dyn-syms -W "$1" | grep -qE " UND $2(@|\$)"; }
# The linker keeps the mark only if all its input has it, and a C library's start files may
# not: so it is asked of what we compile.
control_flow() {
	find "$BUILD/keys" "$BUILD/policy" "$BUILD/verifier" -name '*.o' >"$WORK/objects"
	[ -s "$WORK/objects" ] || return 1
	while read -r object; do
		readelf -nW "$object" | grep -qE 'x86 feature: .*IBT|AArch64 feature: .*BTI' ||
			{ echo "$object" >&2; return 1; }
	done <"$WORK/objects"
}

# a sanitizer build makes no shared library
[ -e "$library" ] || [ -z "${SANITIZE:-}" ] || library=
for file in "$MODSEAL" $library; do
	name=$(basename "$file")
	check "R109 $name has a relro segment" relro "$file"
	check "R109 $name binds all symbols at start" bind_now "$file"
	check "R109 $name has no RPATH and no RUNPATH" no_path "$file"
	check "R109 $name has no text relocation" no_textrel "$file"
	check "R109 $name has a stack that is not executable" stack "$file"
	check "R109 $name has no segment both writable and executable" no_writable_code "$file"
	check "R109 $name uses the stack protector" imports "$file" __stack_chk_fail
	if [ -n "${SANITIZE:-}" ]; then
		skip "R109 $name is fortified" "not in a sanitizer build"
	else
		check "R109 $name is fortified" imports "$file" '__[a-z]*_chk'
	fi
done
if echo 'int f(void) { return 1; }' | ${CC:-gcc} -fcf-protection -x c -c - -o "$WORK/cet.o" 2>/dev/null; then
	check "R109 every object marks its branch targets" control_flow
else
	skip "R109 every object marks its branch targets" "the compiler cannot"
fi
check "R109 the command is position independent" pie "$MODSEAL"
if [ -z "$library" ]; then
	skip "the library's symbols" "a sanitizer build makes no shared library"
	exit 0
fi
no_pkcs7() { ! nm -uD "$1" | grep PKCS7_; }
check "R10 the library uses no PKCS7 call" no_pkcs7 "$library"
soname() { readelf -dW "$library" | grep -q 'SONAME.*\[libmodseal.so.0\]'; }
check "the library carries its SONAME" soname
