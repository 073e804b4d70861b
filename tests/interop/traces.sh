#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R66: the process itself, elfutils, perf, and a core that the kernel wrote name what modseal
# loaded by its true path, with its symbols, or by what leads to it as modseal(3) says.
# debuggers.sh tries gdb in a living process.
. tests/lib.sh
. tests/hostile/loader.inc
work=$(cd "$WORK" && pwd -P)
cat >"$work/traced.c" <<'C'
#include <execinfo.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static volatile unsigned long sum;
void __attribute__((noinline)) burn(void) { for (int i = 0; i < 100000; i++) sum += i; }
int __attribute__((noinline)) spin(void)
{
	const char *seconds = getenv("SPIN");
	write(1, "spinning\n", 9);
	for (time_t end = time(NULL) + (seconds ? atoi(seconds) : 2); time(NULL) < end;)
		burn();
	return 1;
}
int trace(void)
{
	void *at[20];
	backtrace_symbols_fd(at, backtrace(at, 20), 1);
	return 2;
}
int hang(void)
{
	write(1, "hanging\n", 8);
	pause();
	return 3;
}
int die(void) { abort(); }
#ifdef BEGIN
__attribute__((constructor)) static void begin(void) { BEGIN(); }
#endif
C
# traced NAME [FLAG...]: a library from it; in $work, so that the lines are found by that name
traced() {
	name=$1
	shift
	(cd "$work" && ${CC:-cc} -w -g -O0 -shared -fPIC -Wl,--build-id -Wl,-soname,"$name" -o "$name" traced.c "$@") || exit 99
}
traced libtraced.so.1
traced libbegins.so.1 -DBEGIN=die
traced libopens.so.1 -DBEGIN=trace
library=$work/libtraced.so.1
escaped=$(echo "$library" | sed 's/[.]/\\./g')
# held WORD...: the host in the background, once it spins or hangs
held() {
	: >"$work/held"
	# shellcheck disable=SC2086 # several words
	"$host" $search image=a,"$library" load=m,a "$@" >"$work/held" 2>&1 &
	process=$!
	while ! grep -qE '^(spinning|hanging)' "$work/held" && kill -0 $process 2>/dev/null; do sleep 0.1; done
}
# and what the shell says of that stays out of the way
ends() { { kill $process && wait $process; } 2>/dev/null; }

tries image=a,"$library" load=m,a call=m,trace
check "R66 backtrace_symbols names the true path" says "^$escaped\(trace\+0x" '^call: 2'

# backtrace(3) opens libgcc_s when it is called for the first time
quiet() { (tries "$@"; true) 2>/dev/null; }
quiet image=a,"$work/libopens.so.1" load=m,a descriptors
check "a constructor that opens a library by itself has the process ended" says '\(trace\+0x|/fd/.*\(\+0x' '^ended 134'

# ---- elfutils ------------------------------------------------------------------------------

if command -v eu-stack >/dev/null; then
	held call=m,hang
	timeout -k 5 60 eu-stack -p $process >"$WORK/said" 2>&1
	check "R66 eu-stack knows the functions of a living process" says '^#[0-9]* .* pause' '^#[0-9]* .* hang$' '^#[0-9]* .* main$'
	timeout -k 5 60 eu-unstrip -n -p $process >"$WORK/said" 2>&1
	check "R66 eu-unstrip names the memory copy after the true path" says "/memfd:modseal:$escaped "
	ends
else
	skip "R66 eu-stack" "elfutils is not installed"
fi

# ---- cores as the kernel writes them ---------------------------------------------------------

# dies LIBRARY [WORD...]: the host, which leaves $WORK/cores/core
dies() {
	rm -rf "$work/cores"
	mkdir "$work/cores"
	library=$1
	shift
	# shellcheck disable=SC2086,SC3045 # several words; dash, bash and busybox have -c
	(
		cd "$work/cores" && ulimit -c unlimited && "$host" $search image=a,"$library" load=m,a "$@"
		true # what the shell says of its end stays in here
	) >/dev/null 2>&1
	mv "$work/cores"/core* "$work/cores/core" 2>/dev/null
	[ -s "$work/cores/core" ]
}
# opens FILE COMMAND...: gdb opens the host's core
opens() {
	file=$1
	shift
	timeout -k 5 60 gdb -batch -nx "$@" "$host" "$file" </dev/null >"$WORK/said" 2>&1
}
if ! command -v gdb >/dev/null; then
	skip "R66 cores" "gdb is not installed"
elif ! dies "$library" call=m,die; then
	skip "R66 cores" "this system writes none here: kernel.core_pattern is $(cat /proc/sys/kernel/core_pattern)"
else
	opens "$work/cores/core" -ex backtrace -ex 'info sharedlibrary'
	check "R66 a core after a crash: function, file and line, true path" says 'die \(\) at traced\.c:27' "Yes .* $escaped\$"
	if command -v eu-stack >/dev/null; then
		timeout -k 5 60 eu-unstrip -n --core="$work/cores/core" >"$WORK/said" 2>&1
		check "R66 eu-unstrip names the true path" says " $escaped "
		timeout -k 5 60 eu-stack --core="$work/cores/core" -e "$host" >"$WORK/said" 2>&1
		check "R66 eu-stack knows the functions" says '^#[0-9]* .* die$' '^#[0-9]* .* main$'
	fi
	# While constructors run, dlopen has not returned, and the name is the one it was given.
	dies "$work/libbegins.so.1"
	opens "$work/cores/core" -ex 'info proc mappings'
	check "R66 a crash in a constructor: the mapping tells the true path" says "/memfd:modseal:$work/libbegins.so.1 "
	base=$(sed -n 's|^ *\(0x[0-9a-f]*\) .*/memfd:modseal:.*libbegins.*|\1|p' "$WORK/said" | head -n 1)
	opens "$work/cores/core" -ex "add-symbol-file $work/libbegins.so.1 -o $base" -ex backtrace
	check "R66 and add-symbol-file finds function, file and line" says 'die \(\) at traced\.c:27' 'begin \(\) at traced\.c:29'
fi

# ---- perf ----------------------------------------------------------------------------------

library=$work/libtraced.so.1
# with files of its own, not those of the home directory
profiler() { timeout -k 5 60 perf --buildid-dir "$work/cache" "$@"; }
# of the processor's clock in software: there need not be another
recorded() { profiler record -q -e cpu-clock:u "$@" >"$work/perf.log" 2>&1; }
reported() { profiler report --stdio --no-children -i "$@" 2>&1 | grep -v '^#' >"$WORK/said"; }
if ! command -v perf >/dev/null; then
	skip "R66 perf" "not installed"
elif ! recorded -o "$work/none.data" true; then
	skip "R66 perf" "it may not record here: $(head -n 1 "$work/perf.log")"
else
	# shellcheck disable=SC2086 # several words
	recorded --buildid-mmap -o "$work/started.data" "$host" $search image=a,"$library" load=m,a call=m,spin
	reported "$work/started.data" --sort dso
	check "R66 perf names the file" says 'libtraced\.so\.1 \(deleted\)'
	profiler script -i "$work/started.data" -F ip,sym,dso >"$WORK/said" 2>&1
	check "R66 and shows the true path in the memory copy's name" says "\(/memfd:modseal:$escaped \(deleted\)\)"
	profiler buildid-cache --add "$library" >"$work/perf.log" 2>&1
	reported "$work/started.data" --sort dso,sym
	check "R66 perf record --buildid-mmap, perf buildid-cache --add: its functions" says 'libtraced\.so\.1 .* burn'
	# one that runs already has its build ids read from files, which memory has not
	export SPIN=60
	held call=m,spin
	recorded -o "$work/attached.data" -p $process -- sleep 1
	ends
	mkdir -p "$work/symbols/memfd:modseal:$work"
	ln -s "$library" "$work/symbols/memfd:modseal:$library (deleted)"
	reported "$work/attached.data" --symfs "$work/symbols" --sort dso,sym
	check "R66 perf record --pid, perf report --symfs: its functions" says 'libtraced\.so\.1 .* burn'
fi
