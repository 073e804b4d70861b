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
control_flow() { readelf -nW "$1" | grep -qE 'x86 feature: .*IBT|AArch64 feature: .*BTI'; }

for file in "$MODSEAL" "$library"; do
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
	if [ "${STATIC_DEPS:-}" = 1 ] || ! ${CC:-gcc} -fcf-protection -E - </dev/null >/dev/null 2>&1; then
		skip "R109 $name marks its branch targets" "needs the compiler's and all archives' help"
	else
		check "R109 $name marks its branch targets" control_flow "$file"
	fi
done
check "R109 the command is position independent" pie "$MODSEAL"
no_pkcs7() { ! nm -uD "$1" | grep PKCS7_; }
check "R10 the library uses no PKCS7 call" no_pkcs7 "$library"
soname() { readelf -dW "$library" | grep -q 'SONAME.*\[libmodseal.so.0\]'; }
check "the library carries its SONAME" soname
