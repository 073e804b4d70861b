#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R66: a debugger that attaches to a process, or opens its core, finds what modseal loaded by its
# true path, with symbols and lines.
. tests/lib.sh
. tests/hostile/loader.inc
if ! command -v gdb >/dev/null; then
	skip "R66 gdb" "not installed"
	exit 0
fi
work=$(cd "$WORK" && pwd -P)
cat >"$WORK/debugged.c" <<'C'
int debugged(void)
{
	volatile int local = 4711;

	return local + 1;
}
C
(cd "$WORK" && ${CC:-cc} -g -O0 -shared -fPIC -Wl,-soname,libdebugged.so.1 -o libdebugged.so.1 debugged.c)
mkfifo "$WORK/hold"
# shellcheck disable=SC2086 # several words
"$host" $search image=a,"$work/libdebugged.so.1" load=m,a wait call=m,debugged <"$WORK/hold" >"$WORK/held" 2>&1 &
process=$!
exec 9>"$WORK/hold"
while ! grep -q waiting "$WORK/held" && kill -0 $process 2>/dev/null; do sleep 0.1; done
timeout -k 5 60 gdb -p $process -batch -nx -ex 'info sharedlibrary' -ex 'break debugged.c:5' \
	-ex "shell echo go >'$WORK/hold'" -ex continue -ex backtrace -ex 'print local' -ex "gcore $WORK/core" \
	-ex delete -ex detach </dev/null >"$WORK/said" 2>&1
if grep -q 'ptrace: Operation not permitted' "$WORK/said"; then
	skip "R66 gdb" "it may not attach"
	echo go >&9
	exec 9>&-
	wait $process
	exit 0
fi
exec 9>&-
wait $process
check "R66 the true path among the shared libraries" says "Yes .*$work/libdebugged.so.1"
check "R66 a breakpoint by file and line is hit, with its caller and a local variable" says \
	'^Breakpoint 1.*debugged.c, line 5' 'Breakpoint 1, debugged \(\) at debugged.c:5' '^#0 .*debugged.c:5' \
	'^#1 .*main|^#1 .*do_symbol' '= 4711'
check "R66 the process goes on" grep -q '^call: 4712' "$WORK/held"
timeout -k 5 60 gdb -batch -nx -ex 'info sharedlibrary' -ex backtrace -ex 'print local' "$host" "$WORK/core" \
	</dev/null >"$WORK/said" 2>&1
check "R66 a core tells the same" says "Yes .*$work/libdebugged.so.1" '^#0 .*debugged.c:5' '= 4711'
# One that starts the program sees each library arrive, under the name that dlopen is given; at the
# next stop it is asked to look again.
# shellcheck disable=SC2086 # several words
timeout -k 5 60 gdb -batch -nx -ex 'break modseal_symbol' -ex run -ex sharedlibrary -ex 'break debugged.c:5' -ex continue \
	-ex backtrace -ex 'print local' -ex delete -ex continue \
	--args "$host" $search image=a,"$work/libdebugged.so.1" load=m,a call=m,debugged </dev/null >"$WORK/said" 2>&1
check "R66 a debugger may start the program" says '^load: OK' '^call: 4712' 'exited normally'
check "R66 and stops by file and line after \`sharedlibrary'" says 'Breakpoint 2, debugged \(\) at debugged.c:5' \
	'^#1 .*main|^#1 .*do_symbol' '= 4711'
