#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: the C library leaks and maps there what is compared
# modseal_check_process: the process judged at any time by a real policy; what comes in by
# itself after it was judged is found.
. tests/lib.sh
. tests/policy.sh
. tests/hostile/loader.inc
cp "$BUILD/tests/hosts/check_process" "$LIB/host"
sign_with release "$LIB/host" >"$WORK/log"
rule="rule:{path: $LIB/host, kind: program, signers: [release], owners: [root, caller]}"
check "the policy is signed" write_policy "$REAL/policy.yaml" "$rule"
# runs WORD...: the host under that policy; its output is what says looks at
runs() {
	"$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
build_library "$LIB/libms.so.1" libms.so.1 "#include <dlfcn.h>
int ms(void) { return 1; }
int ms_more(void) { return dlopen(\"$LIB/libmore.so.1\", RTLD_NOW) != 0; }"
build_library "$LIB/libnext.so.1" libnext.so.1 'int next(void) { return 4; }'
build_library "$LIB/libmore.so.1" libmore.so.1 'int more(void) { return 2; }'

# ---- the call ------------------------------------------------------------------------
runs open process process load="$LIB/libms.so.1" process call=ms
check "a clean process passes at any time" says '^open: OK' '^process: OK' '^process: OK' \
	'^load: OK' '^process: OK' '^call: 1' '^ended 0'
runs only process
check "what only checks was never judged by its process" says '^open: OK' \
	"^process: ARGUMENT gate '' the context was opened for checking only"
runs process
check "without a context nothing is judged" says "^process: ARGUMENT context '' no context"

# ---- R54: each way in, by a table ------------------------------------------------------------
stranger=$WORK/stranger.so
printf '%s\n' 'int stranger(void) { return 3; }' >"$WORK/stranger.c"
${CC:-cc} -shared -fPIC -Wl,-soname,stranger.so -o "$stranger" "$WORK/stranger.c"
printf '%s\n' 'int stranger(void); int carrier(void) { return stranger(); }' >"$WORK/carrier.c"
${CC:-cc} -shared -fPIC -o "$WORK/carrier.so" "$WORK/carrier.c" "$stranger" -Wl,-rpath,"$REAL"
here=$REAL/stranger.so
# way NAME SETTING WORDS OBJECT MESSAGE: found when a context is opened, and afterwards; with
# SETTING in the environment it is there from the start
way() {
	name=$1 setting=$2 words=$3 object=$4 message=$5
	cp "$stranger" "$WORK/kept.so"
	if [ -n "$setting" ]; then
		export "${setting?}"
		# shellcheck disable=SC2086
		runs $words open
		unset "${setting%%=*}"
	else
		# shellcheck disable=SC2086
		runs $words open
	fi
	check "R54 $name" says "^open: PROCESS_UNVERIFIED gate '$object' .*$message" '^ended 0'
	mv "$WORK/kept.so" "$stranger"
	[ -z "$setting" ] || return 0
	# shellcheck disable=SC2086
	runs open process $words process
	check "R54 $name, after the process was judged" says '^open: OK' '^process: OK' \
		"^process: PROCESS_UNVERIFIED gate '$object' .*$message" '^ended 0'
	cp "$LIB/kept" "$stranger"
}
cp "$stranger" "$LIB/kept"
runs open maps
for known in "$LIB/host" '/ld-linux' '/libc[.-]'; do
	check "R54 known: $known" says '^open: OK' "^mapped: .*$known"
done
check "R54 known: the vDSO" says '^open: OK' '^mapped: \[vdso'
if [ "${SANITIZE:-}" != thread ]; then
	way LD_AUDIT "LD_AUDIT=$libraries/v1/audit.so" '' "$libraries/v1/audit.so" 'came in by LD_AUDIT'
fi
way LD_PRELOAD "LD_PRELOAD=$here" '' "$here" 'came in by LD_PRELOAD'
way 'LD_PRELOAD of a bare name' "LD_PRELOAD=$here $libraries/v1/audit.so" '' "($here|$libraries/v1/audit.so)" 'came in by LD_PRELOAD'
way 'needed by what LD_PRELOAD names' "LD_PRELOAD=$REAL/carrier.so" '' "$REAL/(carrier|stranger).so" \
	'came in (by LD_PRELOAD|with what LD_PRELOAD names)'
way 'LD_PRELOAD, deleted' "LD_PRELOAD=$here" "in=remove,$here" "$here" 'its file was deleted, and it came in by LD_PRELOAD'
way 'LD_PRELOAD, replaced' "LD_PRELOAD=$here" "in=replace,$here" "$here" \
	'another file has been put in its place, and it came in by LD_PRELOAD'
way 'an earlier dlopen' '' "in=dlopen,$here" "$here" 'opened it with dlopen'
way 'a deleted file' '' "in=dlopen,$here in=remove,$here" "$here" 'its file was deleted, and the program opened it with dlopen'
way 'a replaced file' '' "in=dlopen,$here in=replace,$here" "$here" 'another file has been put in its place, and .*dlopen'
way dlmopen '' "in=dlmopen,$here" "$here" 'dlmopen, in a namespace of its own'
way 'a memfd' '' "in=memfd,$here" '/memfd:stranger' 'a memfd that modseal did not load, and the program opened it with dlopen'
way 'a memfd that is only mapped' '' "in=memfd-mmap,$here" '/memfd:stranger' 'a memfd .*without the dynamic linker'
way 'a file mapped executable' '' "in=mmap,$here" "$here" 'mapped executable without the dynamic linker'
way 'a file mapping made executable' '' "in=mprotect,$here" "$here" 'without the dynamic linker .*mprotect'
way 'System V shared memory' '' in=sysv '/SYSV[0-9a-f]*' 'it is System V shared memory'
way 'POSIX shared memory' '' in=posix '/dev/shm/modseal-way.[0-9]*' 'it is POSIX shared memory'
way 'shared memory of no file' '' in=shared '/dev/zero' 'it is shared memory of no file'
# what is approved is so for its code, where the dynamic linker has put it
way 'data of an approved file made executable' '' in=data "$LIB/host" 'approved, but data of it was made executable'
way 'an approved file mapped once more' '' "in=mmap,$LIB/host" "$LIB/host" 'approved, but something else than the dynamic linker'
way 'an approved file changed and made executable' '' "in=mprotect,$LIB/host" "$LIB/host" 'approved, but something else'
runs open load="$LIB/libms.so.1" process over=ms,"$LIB/host" process
check "R54 an approved file in the place of another one's code" says '^process: OK' '^over: OK' \
	"^process: PROCESS_UNVERIFIED gate '$LIB/host' .*approved, but data of it was made executable"
runs open load="$LIB/libms.so.1" over=ms,"$here" process
check "R54 a stranger there" says '^over: OK' "^process: PROCESS_UNVERIFIED gate '$here'"

# ---- R54: the program is what the kernel started -----------------------------------------------
# Two links to the dynamic linker: a name as long as the program's, and one that begins with it.
linker=$(realpath "$(readelf -lW "$LIB/host" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')")
for name in link host-linker; do
	cp "$linker" "$LIB/$name"
	"$LIB/$name" "$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" open >"$WORK/said" 2>&1
	check "R54 started by a dynamic linker called $name" says \
		"^open: PROCESS_UNVERIFIED gate '$LIB/host' the program that runs is not the one the kernel started, $LIB/$name"
done

check "a policy that lists a library is signed" write_policy "$REAL/policy.yaml" "$rule" \
	"process:\n  preload: [$LIB/libmore.so.1]"
LD_PRELOAD=$LIB/libmore.so.1 runs open process in=mmap,"$LIB/libmore.so.1" process
check "R54 what process.preload lists, mapped once more by somebody else" says '^open: OK' '^process: OK' \
	"^process: PROCESS_UNVERIFIED gate '$LIB/libmore.so.1' .*approved, but something else than the dynamic linker"
runs open in=dlmopen,"$LIB/libmore.so.1" process
check "R54 what it lists may have a namespace of its own, with its own C library" says '^open: OK' '^in dlmopen: OK' \
	'^process: OK'
check "a stricter policy is signed" write_policy "$REAL/policy.yaml" "$rule" 'process: {anonymous-executable: refuse}'
way 'anonymous executable memory' '' in=anonymous 'anonymous memory' 'belongs to no file is executable'
way 'the heap made executable' '' in=heap '\[heap\]' 'belongs to no file is executable'
check "the policy is as before" write_policy "$REAL/policy.yaml" "$rule"
runs in=anonymous open in=heap process
check "R54 anonymous executable memory that the policy only logs" says '^open: OK' '^process: OK'

# ---- R58: what is opened later, by itself ------------------------------------------------
runs open load="$LIB/libms.so.1" call=ms_more process load="$LIB/libnext.so.1"
check "R58 a plugin's own dlopen is found by the next check, and by the next load" \
	says '^load: OK' '^call: 1' \
	"^process: PROCESS_UNVERIFIED gate '$LIB/libmore.so.1' .*opened it with dlopen" \
	"^load: PROCESS_UNVERIFIED gate '$LIB/libmore.so.1'"
gconv=$(ls -d "$SYSTEM/gconv" /usr/lib64/gconv /usr/lib/gconv 2>/dev/null | head -1)
if [ -n "$gconv" ] && [ -f "$gconv/EUC-KR.so" ]; then
	runs open process iconv=EUC-KR process load="$LIB/libms.so.1"
	check "R58 a character set that the C library opens is found" says '^process: OK' '^iconv: OK' \
		"^process: PROCESS_UNVERIFIED gate '$gconv/[A-Za-z-]*.so' .*dlopen" '^load: PROCESS_UNVERIFIED'
	check "R58 a policy that lists it is signed" write_policy "$REAL/policy.yaml" "$rule" \
		"process:\n  preload: [$gconv/EUC-KR.so, $(ls "$gconv"/libKSC.so), $gconv/BIG5.so]"
	runs open process iconv=EUC-KR process load="$LIB/libms.so.1" iconv=BIG5 process
	check "R58 what process.preload lists may come in at any time" says '^process: OK' '^iconv: OK' \
		'^process: OK' '^load: OK' '^iconv: OK' '^process: OK'
	runs open iconv=EUC-JP process
	check "R58 and nothing beside it" says '^iconv: OK' "^process: PROCESS_UNVERIFIED gate '$gconv/"
	check "the policy is as before" write_policy "$REAL/policy.yaml" "$rule"
else
	skip "R58 iconv" "the C library has no modules for character sets here"
fi
# what GCONV_PATH names is opened by the program's own iconv, and is a stranger
mkdir "$REAL/gconv"
printf 'module %s mshostile 1\n' 'MSHOSTILE// INTERNAL' 'INTERNAL MSHOSTILE//' >"$REAL/gconv/gconv-modules"
printf '%s\n' "$(marker gconv) int gconv_init(void *step) { return step == 0; }
int gconv(void) { return 0; }" >"$WORK/gconv.c"
${CC:-cc} -shared -fPIC -o "$REAL/gconv/mshostile.so" "$WORK/gconv.c"
GCONV_PATH=$REAL/gconv runs open process iconv=MSHOSTILE process
check "R58 R60 what GCONV_PATH names is not opened by a check, and found when the program opens it" \
	says '^open: OK' '^process: OK' '^iconv' "^process: PROCESS_UNVERIFIED gate '$REAL/gconv/mshostile.so' .*dlopen"
rm -f "$WORK/ran/gconv"
nss=$(ls "$SYSTEM/libnss_compat.so.2" /usr/lib64/libnss_compat.so.2 2>/dev/null | head -1)
if [ "$(id -u)" = 0 ] && [ -n "$nss" ] && [ -e /etc/nsswitch.conf ] && unshare -m true 2>/dev/null; then
	echo 'passwd: compat' >"$WORK/nsswitch.conf"
	unshare -m sh -c 'mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"' - "$WORK/nsswitch.conf" \
		"$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" open process users=root process >"$WORK/said" 2>&1
	check "R58 a name service that the C library opens is found" says '^process: OK' '^users: ' \
		"^process: PROCESS_UNVERIFIED gate '.*/libnss_compat[^/]*' .*dlopen"
else
	skip "R58 NSS" "needs root and libnss_compat"
fi

# ---- /etc/ld.so.preload, in a namespace of its own -----------------------------------------------
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null && [ -z "${SANITIZE:-}" ]; then
	mkdir "$WORK/etc"
	cp /etc/ld.so.cache "$WORK/etc/" 2>/dev/null
	preloaded() { # preloaded FILE WORD...
		echo "$1" >"$WORK/etc/ld.so.preload"
		shift
		unshare -m sh -c 'mount --bind "$1" /etc && shift && exec "$@"' - "$WORK/etc" \
			"$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	}
	preloaded "$here" open
	check "R54 /etc/ld.so.preload" says "^open: PROCESS_UNVERIFIED gate '$here' .*it came in by /etc/ld.so.preload"
	preloaded "$REAL/carrier.so" open
	check "R54 needed by what /etc/ld.so.preload names" \
		says "^open: PROCESS_UNVERIFIED gate '$REAL/[a-z]*.so' .*came in (by|with what) /etc/ld.so.preload"
else
	skip "R54 /etc/ld.so.preload" "needs root and mount namespaces, and no sanitizer"
fi

# ---- R60: hostile settings that change nothing -----------------------------------------------
mkdir -p "$REAL/locale/C/LC_MESSAGES" "$REAL/decoy"
for file in "$REAL"/locale/C/LC_CTYPE "$REAL"/locale/C/LC_MESSAGES/SYS_LC_MESSAGES "$REAL/locale/libc"; do
	head -c 4096 /dev/urandom >"$file"
done
for name in libms.so.1 libmore.so.1; do cp "$stranger" "$REAL/decoy/$name"; done
cp "$LIB/libms.so.1" "$LIB/libunsigned.so.1"
"$MODSEAL" strip "$LIB/libunsigned.so.1" >"$WORK/log"
# everything that is told: verdicts of the command, and a host's with what it has mapped
tell() {
	verify --json "$LIB/libms.so.1" "$LIB/libunsigned.so.1" 2>&1
	load "$LIB/libms.so.1" --symbol ms 2>&1
	runs open process load="$LIB/libms.so.1" call=ms load="$LIB/libunsigned.so.1" process files
	cat "$WORK/said"
}
tell >"$WORK/plain"
check "R60 what is compared is there" eval 'grep -q "^load: OK" "$WORK/plain" && grep -q SIGNATURE_MISSING "$WORK/plain" &&
	grep -q "^mapped: /memfd:modseal:/" "$WORK/plain"'
for setting in LD_DEBUG_OUTPUT="$REAL/debug" LD_PROFILE=libmore.so.1 LD_BIND_NOT=1 LD_HWCAP_MASK=0 \
	GLIBC_TUNABLES=glibc.malloc.check=3:glibc.rtld.optional_static_tls=0:glibc.cpu.hwcaps=-AVX2_Usable \
	GCONV_PATH="$REAL/gconv" LOCPATH="$REAL/locale" NLSPATH="$REAL/locale/%N" \
	LD_LIBRARY_PATH="$REAL/decoy" LD_ORIGIN_PATH="$REAL/decoy" LD_DYNAMIC_WEAK=1 LD_USE_LOAD_BIAS=1; do
	export "${setting?}"
	tell >"$WORK/hostile"
	unset "${setting%%=*}"
	check "R60 ${setting%%=*} changes no verdict and maps nothing more" diff "$WORK/plain" "$WORK/hostile"
done
check "R60 nothing of them ran" nothing_ran
# the dynamic linker itself would map a file for what is loaded, and write to it
for name in libms.so.1 /x/libms.so.1; do
	LD_PROFILE=$name LD_PROFILE_OUTPUT=$REAL runs open load="$LIB/libms.so.1" files
	check "R60 LD_PROFILE=$name of what is loaded is refused" says '^open: OK' \
		"^load: PROCESS_UNVERIFIED load '$LIB/libms.so.1' LD_PROFILE=$name makes .*without LD_PROFILE"
	check "R60 and nothing was mapped or written for it" unsaid 'profile$|memfd'
done
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$REAL" "$LIB"
	runs open drop load="$LIB/libms.so.1" process
	check "a program that gave its rights up loads" says '^drop: OK' '^load: OK' '^process: OK'
	LD_PROFILE=libms.so.1 LD_PROFILE_OUTPUT=$REAL runs open drop load="$LIB/libms.so.1"
	check "R60 LD_PROFILE is seen where /proc/self/environ is hidden" \
		says '^drop: OK' "^load: PROCESS_UNVERIFIED load '$LIB/libms.so.1' LD_PROFILE=libms.so.1 makes "
else
	skip "R60 rights given up" "needs root"
fi
check "R60 no profile was written" nothing ls "$REAL"/*.profile
