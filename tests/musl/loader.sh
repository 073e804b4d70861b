#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What musl's dynamic linker can load, and what is refused because it cannot: before anything
# is mapped, with the reason. The command and the host are built for musl, and so is what they
# load.
. tests/lib.sh
CC=musl-gcc
. tests/policy.sh
. tests/hostile/loader.inc
search="search=$LIB"

# ---- under a policy ------------------------------------------------------------------------

build_library "$LIB/libplain.so.1" libplain.so.1 "$(marker plain)
#include <string.h>
int plain(const char *text) { return (int)strlen(text); }" || exit 99
build_library "$LIB/libneedy.so.1" libneedy.so.1 "$(marker needy)
int plain(const char *); int needy(void) { return plain(\"x\"); }" "$LIB/libplain.so.1" || exit 99
build_library "$LIB/libforeign.so.1" libforeign.so.1 "$(marker foreign)" -Wl,--no-as-needed,-l:libc.so.6 \
	-L"$SYSTEM" || exit 99
build_library "$LIB/libmissing.so.1" libmissing.so.1 "$(marker missing)
int none(void); int missing(void) { return none(); }" || exit 99
cp "$LIB/libplain.so.1" "$LIB/libbad.so.1"
printf '\1' | dd of="$LIB/libbad.so.1" bs=1 seek=600 conv=notrunc 2>/dev/null
write_policy "$REAL/policy.yaml" >/dev/null || exit 99

interpreter() { readelf -lW "$LOADER" | grep -q 'interpreter: /lib/ld-musl' && readelf -dW "$LOADER" | grep -q 'NEEDED.*\[libc.so\]'; }
check "the command is a program of musl's" interpreter
check "a library that needs the C library alone is loaded" load --symbol plain "$LIB/libplain.so.1"
check "its constructor ran" [ -e "$REAL/ran/plain" ]
rm -f "$REAL/ran/"*
check "a changed one is refused" refused SIGNATURE_INVALID load "$LIB/libbad.so.1"
closure() {
	refused UNSUPPORTED load "$LIB/libneedy.so.1" || return 1
	load --json "$LIB/libneedy.so.1" | grep '"stage": "load"' | grep 'needs libplain.so.1' | grep -q 'link what it needs'
}
check "one that needs another is refused, and told which" closure
check "one that was built for glibc is, too" refused UNSUPPORTED load "$LIB/libforeign.so.1"
check "an unresolved symbol" refused LOAD_FAILED load "$LIB/libmissing.so.1"
check "nothing of them ran" nothing_ran
stranger() {
	out=$(LD_PRELOAD=$LIB/libplain.so.1 load --json "$LIB/libplain.so.1") && return 1
	echo "$out" | grep '"PROCESS_UNVERIFIED"' | grep "$LIB/libplain.so.1" | grep -q LD_PRELOAD
}
check "R54 the gate names what LD_PRELOAD brought" stranger
rm -f "$REAL/ran/"*

# a program of its own, with libmodseal.so and a library beside it
cp "$BUILD/lib/libmodseal.so" "$LIB/libmodseal.so.0"
sign_with release "$LIB/libmodseal.so.0" >/dev/null
cat >"$WORK/host.c" <<'PROGRAM'
#include <modseal.h>
#include <stdio.h>
int plain(const char *);
int main(int count, char **arguments)
{
	const char *anchor = arguments[2];
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED, .policy_path = arguments[1],
		.anchor_paths = &anchor, .anchor_path_count = 1};
	struct modseal_error error = {0};
	struct modseal_module *module = NULL;
	struct modseal_image *image = NULL;
	struct modseal *context = NULL;
	void *address = NULL;

	if (modseal_open(&options, &context, &error) ||
	    modseal_verify(context, arguments[3], &image, &error) ||
	    modseal_load(image, 0, &module, &error) ||
	    modseal_symbol(module, "needy", NULL, &address, &error))
		printf("%s %s: %s\n", modseal_code_name(error.code), error.object, error.message);
	else
		printf("needy: %d\n", ((int (*)(void))address)() + plain(""));
	modseal_image_free(&image);
	modseal_free(&context);
	return 0;
}
PROGRAM
$CC -Iinclude -o "$LIB/host" "$WORK/host.c" "$LIB/libmodseal.so.0" "$LIB/libplain.so.1" -Wl,-rpath,"$LIB" || exit 99
sign_with release "$LIB/host" >/dev/null
write_policy "$REAL/policy.yaml" "rule:{path: $LIB/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}" >/dev/null
by_host() { "$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" | tee "$WORK/said"; }
needed() { by_host "$LIB/libneedy.so.1" >/dev/null; says '^needy: 1'; }
check "what the program needs itself, a module may need" needed
by_host "$LIB/libplain.so.1" >/dev/null
check "libmodseal.so itself passes the gate" says '^SYMBOL_NOT_FOUND'
unverified() {
	cp "$LIB/libplain.so.1" "$WORK/keep" && cp "$LIB/libbad.so.1" "$LIB/new" && mv "$LIB/new" "$LIB/libplain.so.1" || return 1
	by_host "$LIB/libneedy.so.1" >/dev/null
	mv "$WORK/keep" "$LIB/libplain.so.1"
	says '^SIGNATURE_INVALID .*libplain'
}
check "a changed library of the program is found by the gate" unverified

# ---- the loader by itself --------------------------------------------------------------------

plain=$LIB/libplain.so.1 needy=$LIB/libneedy.so.1
tries gate image=a,"$plain" load=m,a call=m,plain_none where=m,plain unload=m load=m,a where=m,plain code-lines=memfd
check "unloaded and loaded again it is the same one" says '^load: OK' '^call: SYMBOL_NOT_FOUND' '^unload: OK' \
	'^load: OK' "^where: $plain plain" '^code-lines memfd: 1$'
check "R66 dladdr names the true path" says "^where: $plain plain\$"
tries image=a,"$plain" load=m,a load=n,a,export load=o,a,keep load=d,a,deep image=b,"$plain" load=p,b,export global=plain
check "what is loaded is not exported afterwards" says '^load: LOAD_FAILED .*cannot export what is loaded already'
check "prevent unload is what musl does anyway" says '^load: LOAD_FAILED' '^load: OK'
check "deep binding is refused" says '^load: UNSUPPORTED load .*no deep binding'
tries image=a,"$plain" load=m,a,export global=plain
check "a load can export" says '^load: OK' '^global: yes'
tries image=a,"$plain" load=m,a call=m,plain,PLAIN_1
check "versions of symbols are refused" says '^load: OK' '^call: UNSUPPORTED symbol .*knows no versions'
tries image=a,"$plain" load=m,a global=plain
check "and does not by itself" says '^load: OK' '^global: no'
tries image=a,"$plain" image=n,"$needy",a load=m,n code-lines=memfd load=m,a unload=m load=m,n code-lines=memfd
check "a closure is refused before anything is mapped" says '^load: UNSUPPORTED load ' '^code-lines memfd: 0$' '^load: OK'
check "also when what it needs is mapped already" says '^load: OK' '^unload: OK' '^load: UNSUPPORTED' '^code-lines memfd: 1$'
tries image=a,"$LIB/libmissing.so.1" load=m,a code-lines=memfd descriptors
check "what cannot be bound is not left mapped" says '^load: LOAD_FAILED .*none: symbol not found' '^code-lines memfd: 0$'

# another version under the SONAME: the first is never gone
mkdir "$LIB/v2"
build_library "$LIB/v2/libplain.so.1" libplain.so.1 "int plain(const char *text) { return -1; }" || exit 99
tries image=a,"$plain" load=m,a unload=m drop=a image=b,"$LIB/v2/libplain.so.1" load=n,b
check "R53 a second version is refused even when the first was unloaded" says '^unload: OK' '^load: SONAME_CONFLICT'

# descriptors that come again: musl compares device and inode, not the name
for number in 1 2 3 4; do
	build_library "$LIB/number$number.so" "number$number.so" "int number(void) { return $number; }" || exit 99
done
turns=
for number in 1 2 3 4; do turns="$turns,$LIB/number$number.so,number,$number"; done
tries "repeat=400$turns" \
	code-lines=memfd descriptors
check "R51 loads in turn, in the same descriptors, give the right ones" says '^repeat: 0 wrong' '^code-lines memfd: 4$'
