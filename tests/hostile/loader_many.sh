#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R115: 50 modules, loaded, resolved and unloaded by eight threads; nothing is left of it. The
# full count is tests/races/loader_threads.sh. Also run by check-tsan:
# threads
# plain
. tests/lib.sh
. tests/hostile/loader.inc

directory=$(cd "/usr/lib/$(${CC:-cc} -print-multiarch 2>/dev/null)" && pwd -P)

# one is compiled; the others are copies with their own numbers, in text of the same length
mkdir "$WORK/many"
echo 'static const volatile char mine[] = "module 00";
int many_value(void) { return (mine[7] - 48) * 10 + mine[8] - 48; }' >"$WORK/many.c"
${CC:-cc} -shared -fPIC -nostdlib -Wl,-soname,libmany00.so.1 -Wl,-z,noexecstack \
	-o "$WORK/many/libmany00.so.1" "$WORK/many.c"
for number in $(seq -w 1 49); do
	LC_ALL=C sed "s/libmany00/libmany$number/; s/module 00/module $number/" \
		"$WORK/many/libmany00.so.1" >"$WORK/many/libmany$number.so.1"
done
few=20
[ -z "${SANITIZE:-}" ] || few=10
"$BUILD/tests/hosts/loader_many" "${ROUNDS:-$few}" "$directory" "$WORK/many" >"$WORK/said" 2>&1
ended=$?
[ -z "${ROUNDS:-}" ] || cat "$WORK/said"
check "R115 eight threads load, resolve and unload 50 modules, and each gives its own value" \
	says '^[0-9]+ rounds of 50 modules, 0 wrong'
left_nothing() { [ $ended = 0 ] || { cat "$WORK/said" >&2; return 1; }; }
check "no descriptor, mapping, object or memory is left of that" left_nothing
