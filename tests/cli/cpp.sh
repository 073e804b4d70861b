#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal.hpp: a plugin host in C++ in both styles; what must not compile; the manual's example.
. tests/lib.sh

compilers=
for compiler in g++ clang++; do
	if echo '#include <string>' | $compiler -x c++ -fsyntax-only - 2>/dev/null; then
		compilers="$compilers $compiler"
	else
		skip "$compiler" "not installed"
	fi
done
[ -n "$compilers" ] || exit 0
first=${compilers# } first=${first%% *} last=${compilers##* }
. tests/policy.sh
static=$(sed -n 's/^PROBED_STATIC_LIBS := //p' "$BUILD"/probed-*.mk | head -n 1)
check "the policy is signed" write_policy "$REAL/policy.yaml" \
	"rule:{path: $REAL/host*, kind: program, signers: [release], owners: [root, caller], identity: unbound}"

# ---- the plugin, and what must be refused ----------------------------------------------
cat >"$WORK/plugin.c" <<'C'
#include <stdio.h>
#include "modseal-module.h"
MODSEAL_MODULE("libplugin", 3, "acme-1", MODSEAL_METADATA("vendor", "Acme"),
	       MODSEAL_METADATA("empty", ""));
int counter = 41, *gone;
int count(void) { puts("  the plugin counts"); return counter; }
int add_1(int a, int b) { return a - b; }
int add_2(int a, int b) { return a + b; }
__asm__(".symver add_1, add@V1");
__asm__(".symver add_2, add@@V2");
__attribute__((destructor)) static void leave(void) { if (gone) *gone = 1; }
C
echo 'V1 { global: add; }; V2 { global: add; };' >"$WORK/plugin.map"
plugin() {
	${CC:-cc} -shared -fPIC -fno-lto -Iinclude -Wl,-soname,libplugin.so -Wl,--version-script="$WORK/plugin.map" \
		-o "$LIB/libplugin.so" \
		"$WORK/plugin.c" && cp "$LIB/libplugin.so" "$LIB/unsigned.so" &&
		sign_with release "$LIB/libplugin.so" && cp "$LIB/libplugin.so" "$LIB/tampered.so" &&
		printf x | dd of="$LIB/tampered.so" bs=1 seek=4096 conv=notrunc 2>/dev/null
}
check "a plugin is built and signed" plugin
check "a library with a version" build_library "$LIB/libversioned.so.2" libversioned.so.2 "int two = 2;"
check "a plugin that cannot be linked" build_library "$LIB/broken.so" broken.so \
	'void nobody_has_it(void); void call(void) { nobody_has_it(); }'

# ---- the host, in both styles -----------------------------------------------------------
build() { # build FILE COMPILER FLAG...
	file=$1 compiler=$2
	shift 2
	# shellcheck disable=SC2086 # words are wanted
	$compiler "$@" -O0 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude -pthread \
		${SANITIZE:+-fsanitize=$SANITIZE -fno-sanitize-recover=all -DNO_DEEP_BIND} -o "$file" "$WORK/host.cpp" \
		"$BUILD/lib/libmodseal.a" $static -ldl && sign_with release "$file"
}
# properties STYLE FILE: each line that the host prints is a test
properties() {
	"$2" "$REAL/policy.yaml" "$REAL/policy.pem" "$LIB" >"$WORK/said" 2>"$WORK/complaints"
	status=$?
	grep -v '^ok ' "$WORK/said" "$WORK/complaints" >&2
	while read -r line; do
		case $line in
		"ok "* | "not ok "*) check "$1: ${line#*ok }" [ "${line%% *}" = ok ] ;;
		esac
	done <"$WORK/said"
	check "$1: the host ends well" [ "$status" = 0 ]
}
cp tests/hosts/cpp_host.cpp "$WORK/host.cpp"
check "$first builds the host with exceptions" build "$REAL/host1" "$first" -std=c++17
check "$last builds the host without exceptions and RTTI" build "$REAL/host2" "$last" -std=c++20 \
	-fno-exceptions -fno-rtti
properties exceptions "$REAL/host1"
properties results "$REAL/host2"

# ---- what must not compile --------------------------------------------------------------
# Each line marked "no" has an error, and no other line has one.
cat >"$WORK/wrong.cpp" <<'CPP'
#include "modseal-library.hpp"
using namespace modseal;
void wrong(Context &context, Image &image, Module &module, std::string_view view)
{
	(void)module.try_symbol<int(int)>("f");
	context.try_load("x");                                          // no: the result is ignored
	module.try_unload();                                            // no: likewise
	Context two(context);                                           // no: contexts are not copied
	Image other(image);                                             // no: nor images
	(void)context.try_load("x")->try_symbol<int(int)>("f");
	(void)std::move(module).try_symbol<int(int)>("f");              // no: it would dangle
	(void)module.try_symbol<int &>("f");                            // no: neither function nor variable
	(void)module.try_symbol<void>("f");                             // no: likewise
	(void)(*module.try_symbol<int(int)>("f"))("text");              // no: not an int
	(void)(*module.try_symbol<int(int)>("f"))(1, 2);                // no: one too many
	(void)(*module.try_symbol<int(*)(int)>("f"))(1);                // no: a variable that is a pointer
	(void)(*module.try_bound_symbol<int(int)>("f"))("text");        // no: not an int
	(void)context.try_load(view);                                   // no: it may not end with NUL
	(void)image.try_load(1);                                        // no: flags have a type
	(void)Library(std::move(context), "x");                         // no: the context would be gone
#ifdef THROWING
	module.symbol<int(int)>("f");
	context.load("x").symbol<int(int)>("f");                        // no: it would dangle
	context.load("x").bound_symbol<int(int)>("f");
#else
	(void)context.load("x");                                        // no: nothing throws here
	(void)module.symbol<int(int)>("f");                             // no: likewise
#endif
}
CPP
wrong() { # wrong COMPILER FLAG...
	"$@" -std=c++17 -Wall -Werror=unused-result -fsyntax-only -Iinclude "$WORK/wrong.cpp" 2>"$WORK/errors" && return 1
	case $* in *THROWING*) part='1,/^#else/p' ;; *) part='1,/^#ifdef/p; /^#else/,$p' ;; esac
	sed -n "$part" "$WORK/wrong.cpp" | grep -o '// no.*' | sort >"$WORK/wanted"
	grep -oE "wrong\.cpp:[0-9]+:[0-9]+: (error|note: in instantiation|  *required from here)" "$WORK/errors" |
		cut -d: -f2 | sort -un | while read -r number; do
		sed -n "${number}p" "$WORK/wrong.cpp" | grep -o '// no.*' || echo "line $number has an error"
	done | sort >"$WORK/got"
	[ "$(wc -l <"$WORK/wanted")" -ge 14 ] && diff "$WORK/wanted" "$WORK/got" >&2
}
check "$first refuses what is wrong, with exceptions" wrong "$first" -DTHROWING
check "$last refuses what is wrong, without" wrong "$last" -fno-exceptions

# ---- the example of modseal.hpp(3) --------------------------------------------------------
sed -n '/^\.Sh EXAMPLES/,/^\.Sh/{/^\.Bd -literal/,/^\.Ed/p}' packaging/man/modseal.hpp.3 |
	sed '/^\.[BE]d/d; s/\\e/\\/g; s/\\&//g' >"$WORK/host.cpp"
check "the example of the manual compiles" build "$REAL/host3" "$first" -std=c++17
example() {
	said=$("$REAL/host3" "$REAL/policy.yaml" "$REAL/policy.pem" "$1" 2>&1)
	echo "$said"
	[ "$said" = "$2" ]
}
check "... and adds" example plugin "2 + 3 = 5"
says_why() {
	"$REAL/host3" "$REAL/policy.yaml" "$REAL/policy.pem" none.so 2>&1 >"$WORK/.out" | grep "^modseal: 'none.so': "
}
check "... and says why not" says_why

# ---- the lines in README.md ---------------------------------------------------------------
check "a library that greets" build_library "$LIB/libgreet.so.1" libgreet.so.1 \
	'const char *greet(void) { return "hello"; }'
{
	printf '#include <cstdio>\n#include "modseal.hpp"\nint main()\n{\n'
	sed -n '/^And from C++17/,/^A plugin says/s/^    //p' README.md
	echo '}'
} | sed "s|Context::open()|Context::open(modseal::Options().policy(\"$REAL/policy.yaml\").anchor(\"$REAL/policy.pem\").caller_owned())|
	s|/opt/acme/|$LIB/|" >"$WORK/host.cpp"
check "the lines of README.md compile" build "$REAL/host4" "$first" -std=c++17
greets() { [ "$("$REAL/host4")" = hello ]; }
check "... and greet" greets
