#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What QLibrary and QPluginLoader offer: one test for each row of the table in modseal(3).
. tests/lib.sh
. tests/policy.sh
cp "$BUILD/tests/hosts/parity" "$REAL/host"
sign_with release "$REAL/host" >"$WORK/log"
check "the policy is signed" write_policy "$REAL/policy.yaml" "limits: {max-size: 16M}" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}" \
	"rule:{path: $LIB/*.so, signers: [release], owners: [root, caller], identity: unbound}"

build_library "$LIB/libtool.so" libtool.so "int tool(void) { return 0; }"
build_library "$LIB/libtool.so.2" libtool.so.2 "int tool(void) { return 2; }"
build_library "$LIB/libtool.so.3.1" libtool.so.3 "int tool(void) { return 31; }"
build_library "$LIB/bare.so.4" bare.so.4 "int tool(void) { return 4; }"
build_library "$LIB/libneeded.so.1" libneeded.so.1 "int needed(void) { return 7; }"
build_library "$LIB/libuser.so" libuser.so "int needed(void); int user(void) { return needed() + 1; }" \
	"$LIB/libneeded.so.1"
# mark NAME: a constructor that tells, beside the library, that it has run
mark() {
	printf '#include <fcntl.h>\n#include <unistd.h>\n%s' "__attribute__((constructor)) static void mark(void) {
	close(open(\"$LIB/$1.ran\", O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }"
}
note="#include \"$PWD/include/modseal-module.h\"
MODSEAL_MODULE(\"plugin\", 7, \"acme-1\", MODSEAL_METADATA(\"vendor\", \"Acme\"));"
build_library "$LIB/plugin.so" "" "$note
$(mark plugin)
int plugin(void) { return 5; }"
# without section headers only what the dynamic linker goes by is left
build_library "$LIB/stripped.so" "" "$note
int plugin(void) { return 6; }"
"$MODSEAL" strip "$LIB/stripped.so" >"$WORK/log"
printf '\0\0\0\0\0\0\0\0' | dd of="$LIB/stripped.so" bs=1 seek=40 conv=notrunc 2>"$WORK/log"
printf '\0\0\0\0' | dd of="$LIB/stripped.so" bs=1 seek=60 conv=notrunc 2>"$WORK/log"
sign_with release "$LIB/stripped.so" >"$WORK/log"
check "the section headers are gone" sh -c "readelf -S '$LIB/stripped.so' | grep -q 'no sections'"
build_library "$LIB/unsigned.so" "" "$(mark unsigned)
int plugin(void) { return 9; }"
"$MODSEAL" strip "$LIB/unsigned.so" >"$WORK/log"
build_library "$LIB/who_one.so" "" "int who(void) { return 1; }"
build_library "$LIB/who_two.so" "" "int who(void) { return 2; } int ask(void) { return who(); }"
build_library "$LIB/who_three.so" "" "int who(void) { return 3; } int ask(void) { return who(); }"
build_library "$LIB/asks_who.so" "" "int who(void); int ask(void) { return who(); }"
build_library "$LIB/lazy.so" "" "int no_such_function(void); int f(void) { return no_such_function(); }" -Wl,-z,lazy
build_library "$LIB/large.so" "" "const char large[17 << 20] = {1};"

row() { "$REAL/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB" "$1"; }
"$REAL/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB" >"$WORK/rows"
while read -r name; do
	rm -f "$LIB"/*.ran
	case $name${SANITIZE:-} in
	DeepBindHint?*) skip "$name" "sanitizers do not bear it" ;;
	*) check "$name" row "$name" ;;
	esac
done <"$WORK/rows"
# the table ends where the section does
sed -n '/^\.Ss Coming from QLibrary/,/^\.Ss Signatures/s/^\.It //p' packaging/man/modseal.3 |
	sed 's/ Ta .*//; s/^"\(.*\)"$/\1/; s/""/"/g' >"$WORK/table"
check "the table of modseal(3) has these rows" diff "$WORK/table" "$WORK/rows"
