#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ordered load, proof, symbols, unloading, and what a failure leaves behind.
. tests/lib.sh
. tests/hostile/loader.inc
one=$libraries/v1 two=$libraries/v2
real=$(cd "$one" && pwd -P)
a=image=a,$one/libmsa.so.1
b=image=b,$one/libmsb.so.1,a
c=image=c,$one/libmsc.so.1,a,b

tries gate "$a" "$b" "$c" load=m,c call=m,msc_value code-lines=memfd gate unload=m code-lines=memfd
check "a closure is loaded dependencies first and unloaded in reverse" says '^gate: OK' \
	'^\+ .*libmsa' '^\+ .*libmsb' '^\+ .*libmsc' '^load: OK' '^call: 111' 'memfd: 3' '^gate: OK' \
	'^- .*libmsc' '^- .*libmsb' '^- .*libmsa' '^unload: OK' 'memfd: 0'
tries "$a" "$b" load=1,b load=2,b load=3,a unload=1 call=2,msb_value unload=2 code-lines=memfd \
	call=3,msa_value unload=3 code-lines=memfd
check "loading twice gives the same module; references are counted" \
	says '^call: 11' 'memfd: 1' '^call: 1' 'memfd: 0'
check "constructors run once" [ "$(grep -c '^+' "$WORK/said")" = 2 ]
tries "$a" image=again,"$one/libmsa.so.1" load=1,a load=2,again code-lines=memfd unload=1 call=2,msa_value
check "R53 the same bytes verified twice are one object" says 'memfd: 1' '^call: 1'
tries "$a" "$b" load=1,b image=n,"$two/libmsa.so.1" image=m,"$one/libmsb.so.1",n load=2,m call=1,msb_value unload=1 \
	load=2,m call=2,msb_value
check "R53 a loaded module is not that of another closure" says '^load: OK' \
	'^load: SONAME_CONFLICT load .*v2/libmsa.so.1.* belongs to other bytes already' '^call: 11' '^unload: OK' '^load: OK' '^call: 12'
tries "$a" drop=a descriptors "$a" load=1,a drop=a descriptors call=1,msa_value gate
check "a module needs neither image nor descriptor" says '^descr' '^load: OK' '^descr' '^call: 1' '^gate: OK'
check "a load leaves no descriptor" \
	[ "$(grep '^descriptors' "$WORK/said" | sort -u | wc -l)" = 1 ]
tries "$a" descriptors nocode load=1,a code-lines=memfd descriptors
check "where no code may be mapped the reason is told" says '^descr' \
	'^load: LOAD_FAILED load .*lets this process map no code from its sealed copy; the dynamic linker says: .*SELinux' 'memfd: 0'
check "and nothing stays behind" [ "$(grep '^descriptors' "$WORK/said" | sort -u | wc -l)" = 1 ]
if [ "$(id -u)" = 0 ]; then
	tries gate "$a" user=65534 load=1,a code-lines=memfd
	check "loading as another user than who verified" says '^gate: OK' '^load: OK' 'memfd: 1'
else
	skip "loading as another user than who verified" "it needs root"
fi
tries "$a" load=1,a,bad
check "unknown flags" says "^load: ARGUMENT load .*flag"
tries "$a" load=1,a,keep unload=1 code-lines=memfd load=2,a call=2,msa_value
check "prevent unload" says '^unload: OK' 'memfd: 1' '^load: OK' '^call: 1'
tries "$a" load=1,a load=2,a,keep unload=1 unload=2 code-lines=memfd
check "prevent unload, asked for later" says '^unload: OK' '^unload: OK' 'memfd: 1'
tries "$a" load=1,a global=msa_value unload=1 load=1,a,export global=msa_value
check "export symbols" says '^global: no' '^global: yes'
case ${SANITIZE:-} in
'') tries "$a" load=1,a,deep call=1,msa_value
	check "deep bind" says '^load: OK' '^call: 1' ;;
*) skip "deep bind" "sanitizers do not bear it" ;;
esac
tries image=p,"$one/plugin.so" image=q,"$one/plugin.so" load=1,p load=2,q code-lines=memfd call=2,plugin_value
check "without a SONAME the digest is the identity" says 'memfd: 1' '^call: 5'
tries "$a" image=p,"$one/plugin.so",a load=m,p call=m,plugin_value unload=m image=q,"$one/plugin.so" \
	image=r,"$one/plugin.so",q load=m,r code-lines=memfd \
	unload=m image=s,"$one/libmsa.so.1",q load=m,s
check "nor does one without a SONAME clash with what it needs" says '^load: OK' '^call: 5' '^unload: OK' '^load: OK' 'memfd: 1' \
	'^unload: OK' '^load: OK'
make_needy
host=$WORK/needy tries search="$work/lib" image=z,"$WORK/lib/libmsone.so.1" load=1,z code-lines=memfd call=1,ms_needed \
	unload=1 gate
check "R53 a library the program has already is that one" \
	says '^load: OK' 'memfd: 0' '^call: 1' '^unload: OK' '^gate: OK'
host=$WORK/needy tries search="$work/lib" image=z,"$WORK/lib/libmsone.so.1" load=1,z policy=1 gate call=1,ms_needed \
	load=2,z unload=1 call=2,ms_needed unload=2 policy=2 gate
check "a module of a library the program has outlives the policy it was loaded by" \
	says '^load: OK' '^gate: OK' '^call: 1' '^load: OK' '^unload: OK' '^call: 1' '^unload: OK' '^gate: OK'
tries nest "$a" image=n,"$one/libmsnest.so.1" load=1,n code-lines=memfd unload=1 code-lines=memfd gate
check "constructors and destructors may load and unload through modseal" \
	says '^nested: OK' '^load: OK' 'memfd: 2' '^nested: OK' '^unload: OK' 'memfd: 0' '^gate: OK'

# a module whose memory is gone a moment later is none
echo '#include <stdlib.h>
	int late(void) { return 7; }
	__attribute__((destructor)) static void end(void) {
		const char *up = getenv("NESTED_UP");
		if (up) ((void (*)(void))strtoull(up, NULL, 0))(); }' >"$WORK/late.c"
echo 'int late(void); int later(void) { return late() + 1; }' >"$WORK/later.c"
for library in late later; do
	${CC:-cc} -shared -fPIC -Wl,-soname,lib$library.so.1 -o "$WORK/lib$library.so.1" "$WORK/$library.c" \
		$([ $library = late ] || echo "$WORK/liblate.so.1")
done
tries nest image=a,"$WORK/liblate.so.1" load=1,a unload=1 code-lines=memfd load=2,a call=2,late unload=2 gate
check "a destructor does not get its own library again" says '^load: OK' \
	'^nested: LOAD_FAILED load .*just being unloaded: a destructor .* \(load it before or after that' '^unload: OK' 'memfd: 0' \
	'^load: OK' '^call: 7' '^nested: LOAD_FAILED' '^unload: OK' '^gate: OK'
check "and it is not named as what stays" unsaid 'still mapped'
tries nest image=l,"$WORK/liblate.so.1" image=a,"$WORK/liblater.so.1",l load=1,l unload=1 code-lines=memfd load=2,a call=2,later
check "nor another that needs it" says '^load: OK' '^nested: LOAD_FAILED load .*liblate.so.1. it is just being unloaded' \
	'^unload: OK' 'memfd: 0' '^load: OK' '^call: 8'
tries nest image=a,"$WORK/liblate.so.1" image=n,"$one/libmsnest.so.1" load=1,n unload=1 code-lines=memfd load=2,a call=2,late \
	unload=2 code-lines=memfd gate
check "nor where another's destructor unloads it" says '^nested: OK' '^load: OK' '^nested: OK' \
	'^nested: LOAD_FAILED load .*liblate.so.1. it is just being unloaded' '^unload: OK' 'memfd: 0' '^load: OK' '^call: 7' \
	'^unload: OK' 'memfd: 0' '^gate: OK' '^ended 0'
tries nest image=a,"$one/libmsnest.so.1" load=1,a code-lines=memfd unload=1 code-lines=memfd
check "nor does a constructor" says '^nested: LOAD_FAILED load .*just being loaded: a constructor' '^load: OK' 'memfd: 1' \
	'^unload: OK' 'memfd: 0'

# ---- a constructor that forks: the child goes on, and the parent ends as it does ----------
echo '#include <sys/wait.h>
#include <unistd.h>
	int forks(void) { return 9; }
	__attribute__((constructor)) static void start(void) {
		int status = 0;
		pid_t child = fork();
		if (child == 0) { alarm(20); return; }
		waitpid(child, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99); }' >"$WORK/forks.c"
${CC:-cc} -shared -fPIC -Wl,-soname,libforks.so.1 -o "$WORK/libforks.so.1" "$WORK/forks.c"
tries image=f,"$WORK/libforks.so.1" "$a" load=1,f call=1,forks load=2,a call=2,msa_value unload=2 unload=1 code-lines=memfd gate
check "its child loads and unloads like any other" says '^load: OK' '^call: 9' '^load: OK' '^call: 1' '^unload: OK' '^unload: OK' \
	'memfd: 0' '^gate: OK' '^ended 0'

echo '#define _GNU_SOURCE
#include <unistd.h>
	__attribute__((constructor)) static void end(void) { close_range(3, ~0u, 0); }' >"$WORK/closes.c"
if ${CC:-cc} -shared -fPIC -Wl,-soname,libmsa.so.1 -o "$WORK/libmsa.so.1" "$WORK/closes.c" 2>"$WORK/unable"; then
	tries image=a,"$WORK/libmsa.so.1" "$b" load=1,b gate
	check "one that closes all descriptors: the reason is told" \
		says '^load: NOT_SEALED load .*libmsb.so.1. its descriptor was closed since it was verified' '^gate: OK'
else
	skip "one that closes all descriptors: the reason is told" "the C library has no close_range"
fi

# ---- R51 -------------------------------------------------------------------------------
tries repeat=100,"$one/libmsa.so.1,msa_value,1,$two/libmsa.so.1,msa_value,2" code-lines=memfd
check "R51 two versions in turn, 100 times, in reused descriptors" says '^repeat: 0 wrong' 'memfd: 0'
tries "$a" load=m,a drop=a image=p,"$one/plugin.so" load=n,p call=n,plugin_value call=m,msa_value
check "R51 a descriptor closed and used for another, while the first is loaded" \
	says '^load: OK' '^load: OK' '^call: 5' '^call: 1'
tries image=1,"$one/libmsn.so.1" image=2,"$two/libmsn.so.1" load=m,1 unload=m load=n,2 load=m,1 call=m,msn_value
check "R51 R53 a NODELETE library stays, and its version 2 is refused" \
	says '^unload: OK' '^load: SONAME_CONFLICT load .*libmsn.so.1' '^load: OK' '^call: 3'
tries image=1,"$one/libmsa.so.1" image=2,"$two/libmsa.so.1" load=m,1 load=n,2 code-lines=memfd call=m,msa_value
check "R53 other bytes with a SONAME that is loaded" \
	says "^load: SONAME_CONFLICT load '$(cd "$two" && pwd -P)/libmsa.so.1' .*$real/libmsa.so.1" 'memfd: 1' '^call: 1'
tries image=1,"$one/libmsa.so.1" image=2,"$two/libmsa.so.1" image=b,"$one/libmsb.so.1",1,2 load=m,b code-lines=memfd
check "R53 two of one SONAME in a closure" says '^load: SONAME_CONFLICT load' 'memfd: 0'
check "R53 and none of them ran" unsaid '^\+'

# ---- R52: needed names that nothing satisfies ------------------------------------------------
tries image=b,"$one/libmsb.so.1" load=m,b code-lines=memfd
check "R52 a needed library that is not in the closure" \
	says "^load: DEPENDENCY_MISSING load '$real/libmsb.so.1' it needs libmsa.so.1" 'memfd: 0'
tries "$a" image=b,"$one/libmsb.so.1" image=c,"$one/libmsc.so.1",b,a load=m,c
check "R57 a closure in the wrong order" says '^load: DEPENDENCY_MISSING load'
check "R57 and nothing of it ran" unsaid '^\+'
tries "$a" load=m,a image=b,"$one/libmsb.so.1" load=n,b
check "R52 what modseal loaded for another module does not satisfy" says '^load: DEPENDENCY_MISSING load'

# ---- R55: the proof ---------------------------------------------------------------------
STRANGER=$one/stranger.so tries gate image=o,"$one/libmsopens.so.1" load=m,o
check "R55 a constructor opens a stranger: the process ends" says '^\+ .*stranger' \
	"^modseal: '$real/libmsopens.so.1' was loaded, but another library, which nobody approved, was opened meanwhile: .*/stranger.so: the process ends .see modseal_load in modseal.3..\$" '^ended 134'
check "R55 and the load gives no module" unsaid '^load'
STRANGER=$one/codeless.so tries gate image=o,"$one/libmsopens.so.1" load=m,o
check "R55 the same with an object without code" says '^modseal: .* opened meanwhile: .*/codeless.so: ' '^ended 134'
MAPPED=$one/stranger.so tries gate image=o,"$one/libmsopens.so.1" load=m,o
check "R55 the same with code mapped without the dynamic linker" says '^modseal: .* other code, which nobody approved, came in meanwhile: .*/stranger.so: ' '^ended 134'
OVER=$one/stranger.so tries gate image=o,"$one/libmsopens.so.1" load=m,o
check "R55 the same with a file over its own data" says '^modseal: .* what is mapped is not the file that was approved: the' '^ended 134'
tries gate image=o,"$one/libmsopens.so.1" load=m,o
check "R55 without the stranger it loads" says '^load: OK' '^ended 0'
printf '%s\n' '#include <stdint.h>' '#include <sys/mman.h>' '#include <unistd.h>' \
	'__attribute__((constructor)) static void open_up(void) {' \
	'	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);' \
	'	mprotect((void *)((uintptr_t)open_up & ~(page - 1)), page, PROT_READ | PROT_WRITE | PROT_EXEC); }' >"$WORK/open_up.c"
${CC:-cc} -shared -fPIC -Wl,-soname,libopenup.so.1 -o "$WORK/libopenup.so.1" "$WORK/open_up.c" || exit 99
tries gate image=w,"$WORK/libopenup.so.1" load=m,w
check "R55 a constructor makes its code writable: the process ends" \
	says '^modseal: .*libopenup.so.1. was loaded, but code became writable meanwhile: ' '^ended 134'
tries image=j,"$one/libmsjit.so.1" load=m,j gate noanon gate
check "executable memory made by a constructor" says '^load: OK' '^gate: OK' '^gate: PROCESS_UNVERIFIED'
tries noanon image=j,"$one/libmsjit.so.1" load=m,j code-lines=memfd
check "R54 the same where the policy refuses it" says '^load: PROCESS_UNVERIFIED gate .*anonymous' 'memfd: 0'
tries open="$one/stranger.so" "$a" load=m,a code-lines=memfd
check "R54 the gate judges before each load" says '^load: PROCESS_UNVERIFIED gate' 'memfd: 0'
check "R54 and nothing of it ran" unsaid '^\+.*msa'

# ---- R56 ---------------------------------------------------------------------------------
sym=image=s,$one/libmssym.so.1
tries "$sym" load=m,s call=m,answer call=m,answer,MS_1 call=m,answer,MS_2 symbol=m,answer,MS_3 \
	value=m,variable value=m,zeroed symbol=m,missing symbol=m,
check "versioned symbols, variables, none" says '^call: 42' '^call: 41' '^call: 42' \
	'^symbol: SYMBOL_NOT_FOUND symbol .*MS_3' '^value: 11' '^value: 0' \
	'^symbol: SYMBOL_NOT_FOUND symbol' '^symbol: ARGUMENT symbol'
tries "$sym" load=m,s call=m,own_ifunc symbol=m,foreign_ifunc symbol=m,null_ifunc \
	anywhere=m,foreign_ifunc anywhere=m,null_ifunc
check "R56 the results of IFUNCs are judged" says '^call: 6' '^symbol: SYMBOL_FOREIGN symbol .*no verified image' \
	'^symbol: SYMBOL_FOREIGN .*NULL' '^anywhere: SYMBOL_FOREIGN' '^anywhere: SYMBOL_FOREIGN .*NULL'
tries "$sym" load=m,s symbol=m,absolute_null symbol=m,thread_local_value
check "R56 no address, and a thread's own" says '^symbol: SYMBOL_FOREIGN' '^symbol: SYMBOL_FOREIGN'
tries "$a" "$b" load=m,b symbol=m,msa_only anywhere=m,msa_only symbol=m,puts anywhere=m,puts anywhere=m,time
check "R56 a dependency's symbol only if asked for" says '^symbol: SYMBOL_NOT_FOUND .*anywhere' \
	'^anywhere: OK' '^symbol: SYMBOL_NOT_FOUND' '^anywhere: OK' '^anywhere: OK'

# ---- R63, R65 -----------------------------------------------------------------------------
bad="image=n,$one/libmsn.so.1 image=bad,$one/libmsbad.so.1,a,n"
# shellcheck disable=SC2086
tries gate "$a" $bad descriptors load=m,bad code-lines=memfd descriptors gate load=m,bad load=n,n call=n,msn_value \
	load=a,a descriptors
check "R63 R65 an unresolved symbol fails the load; what stays is named and known" \
	says '^\+ .*libmsa' '^\+ .*libmsn' '^- .*libmsa' \
	"^load: LOAD_FAILED load '$real/libmsbad.so.1' .*undefined symbol: missing; .*$real/libmsn.so.1 \\(" \
	'memfd: 1' '^gate: OK' '^load: LOAD_FAILED' '^load: OK' '^call: 3' '^load: OK'
check "R65 no descriptor leaks" [ "$(grep '^descriptors' "$WORK/said" | sort -u | wc -l)" = 1 ]
check "R63 what can be unmapped is not named" unsaid 'mapped.*libmsa'

# ---- R66 ----------------------------------------------------------------------------------
long=$WORK/$(printf 'd%.0s' $(seq 200))/$(printf 'e%.0s' $(seq 200))
mkdir -p "$long"
cp "$one/libmsa.so.1" "$long"
tries "$a" load=m,a where=m,msa_value image=l,"$long/libmsa.so.1" unload=m load=m,l where=m,msa_value
check "R66 dladdr names the true file" \
	says "^where: $real/libmsa.so.1 msa_value" "^where: $(cd "$long" && pwd -P)/libmsa.so.1 msa_value"
if command -v gdb >/dev/null; then
	mkfifo "$WORK/hold"
	# shellcheck disable=SC2086
	"$host" $search "$a" load=m,a wait <"$WORK/hold" >"$WORK/held" 2>&1 &
	process=$!
	exec 9>"$WORK/hold"
	while ! grep -q waiting "$WORK/held" && kill -0 $process 2>/dev/null; do sleep 0.1; done
	timeout -k 5 30 gdb -p $process -batch -nx -ex 'info sharedlibrary' >"$WORK/said" 2>&1
	echo go >&9
	exec 9>&-
	wait $process
	if grep -q 'ptrace: Operation not permitted' "$WORK/said"; then
		skip "R66 gdb" "it may not attach"
	else
		check "R66 gdb names the true file" says "$real/libmsa.so.1"
	fi
else
	skip "R66 gdb" "not installed"
fi

# ---- R67, R68 -------------------------------------------------------------------------------
export WORK
for kind in WRITE GROW SHRINK SEAL none; do
	tries "$a" forge=a,$kind load=m,a code-lines=memfd
	check "R67 without the seal $kind" says '^load: NOT_SEALED load' 'memfd: 0'
	check "R67 and nothing ran without $kind" unsaid '^\+'
done
for kind in tmpfs file fifo; do
	tries "$a" forge=a,$kind load=m,a code-lines=memfd
	check "R68 $kind in the place of a sealed memfd" says '^load: NOT_SEALED load' 'memfd: 0'
done
tries "$a" forge=a,none "$b" load=m,b
check "R67 a dependency without seals" says '^load: NOT_SEALED load .*libmsa'
