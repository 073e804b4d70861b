#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal ps: processes judged from outside (R54, R58, R60), by whoever may look at them. The
# owner of a process is the attacker: of its names, of what it maps, and of what it writes.
. tests/lib.sh
. tests/policy.sh
. tests/hostile/loader.inc
chmod 755 "$REAL" "$LIB"
cp "$BUILD/tests/hosts/check_process" "$LIB/host"
sign_with release "$LIB/host" >"$WORK/log"
rule="rule:{path: $LIB/host, kind: program, signers: [release], owners: [root, caller]}"
allow() { write_policy "$REAL/policy.yaml" "$rule" "$@"; }
check "the policy is signed" allow
build_library "$LIB/libms.so.1" libms.so.1 'int ms(void) { return 1; }'
build_library "$LIB/libmore.so.1" libmore.so.1 'int more(void) { return 2; }'
stranger=$REAL/stranger.so
printf '%s\n' 'int stranger(void) { return 3; }' >"$WORK/stranger.c"
${CC:-cc} -shared -fPIC -Wl,-soname,stranger.so -o "$stranger" "$WORK/stranger.c"
mkfifo "$WORK/in" "$WORK/out"

# start WORD...: the host, which waits in the end; its number is in $host_pid. $before may be set to
# a command that starts it.
start() {
	# shellcheck disable=SC2086
	${before:-} "$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" ${end:-wait} <"$WORK/in" >"$WORK/out" 2>&1 &
	host_pid=$!
	exec 9>"$WORK/in" 8<"$WORK/out"
	: >"$WORK/did"
	while read -r line <&8; do
		[ "$line" != waiting ] || return 0
		echo "$line" >>"$WORK/did"
	done
	cat "$WORK/did" >&2
	return 1
}
stop() {
	exec 9>&- 8<&-
	[ "${end:-wait}" = wait ] || kill "$host_pid"
	wait "$host_pid" 2>/dev/null
	end='' before=''
}
# looks [OPTION...] PID...: its output is what says looks at; $as may be set to who looks
looks() {
	# shellcheck disable=SC2086
	${as:-} "$MODSEAL" ps --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	echo "ended $?" >>"$WORK/said"
}
# image CODE ORIGIN PATH [TEXT]: the host has this image (PATH and TEXT are patterns), and is
# judged as it deserves
image() {
	looks --json "$host_pid"
	case $1 in
	OK) verdict=accepted ended=0 code='' ;;
	SYSTEM | UNSUPPORTED) verdict=undecided ended=3 code=", \"code\": \"$1\", \"stage\": \"[a-z]*\"" ;;
	*) verdict=refused ended=1 code=", \"code\": \"$1\", \"stage\": \"[a-z]*\"" ;;
	esac
	says "^.\"path\": \"$host_pid\", \"verdict\": \"$verdict\".*\"program\": \"$LIB/host\"" "^ended $ended" &&
		says "\"path\": \"$3\", \"origin\": \"$2\", \"verdict\": \"$verdict\"$code${4:+, \"re(ason|mark)\": \"[^\"]*$4}"
}
# found NAME CODE ORIGIN PATH TEXT WORD...: a host of these words has that image
found() {
	name=$1 code=$2 origin=$3 path=$4 text=$5
	shift 5
	if start "$@"; then
		check "$name" image "$code" "$origin" "$path" "$text"
	else
		check "$name: the host waits" false
	fi
	stop
}
here=0
for mapped in /proc/$$/map_files/*; do
	[ "$(id -u)" != 0 ] || ! head -c 1 "$mapped" >/dev/null 2>&1 || here=1
	break
done


# ---- approved, and known for what it is ----------------------------------------------------
libc=$(ldd "$LIB/host" | sed -n 's/.* => \([^ ]*libc\.so[^ ]*\).*/\1/p' | xargs readlink -f)
copy="/memfd:modseal:$LIB/libms.so.1"
if [ "$here" = 1 ]; then
	check "a host that loads" start open load="$LIB/libms.so.1"
	check "the program" image OK program "$LIB/host"
	check "what the program needs" image OK needed "$libc"
	check "the kernel's own" image OK kernel '.vdso.'
	check "what modseal loaded is known by its name and bytes" image OK sealed "$copy"
	looks --strict "$host_pid"
	check "R54 by the gate's rule, too" says '^ *PID  VERDICT    PROGRAM' "^ *$host_pid  approved   $LIB/host" '^ended 0'
	mv "$LIB/libms.so.1" "$LIB/kept"
	build_library "$LIB/libms.so.1" libms.so.1 'int ms(void) { return 9; }'
	check "a memory copy of what was replaced since" image PROCESS_UNVERIFIED sealed "$copy" \
		"its bytes are not those of $LIB/libms.so.1"
	rm "$LIB/libms.so.1"
	check "a memory copy of what is gone" image PROCESS_UNVERIFIED sealed "$copy" "there is no $LIB/libms.so.1 any more"
	mv "$LIB/kept" "$LIB/libms.so.1"
	check "and of what is there again" image OK sealed "$copy"
	stop

	# ---- memory copies that modseal did not make -----------------------------------------
	cp "$stranger" "$LIB/bare.so"
	"$MODSEAL" strip --output "$WORK/content.so" "$LIB/libms.so.1" >"$WORK/log"
	found "a forged memory copy" PROCESS_UNVERIFIED sealed "$copy" 'or it is a forgery' forge="${copy#/memfd:},yes,$stranger"
	found "the right bytes that can still be written to" NOT_SEALED sealed "$copy" 'the seal WRITE is missing' \
		forge="${copy#/memfd:},some,$WORK/content.so"
	found "the right bytes without any seal" NOT_SEALED sealed "$copy" 'the seal WRITE is missing' \
		forge="${copy#/memfd:},no,$WORK/content.so"
	found "the right bytes and more behind them" PROCESS_UNVERIFIED sealed "$copy" forgery forge="${copy#/memfd:},yes,$LIB/libms.so.1"
	found "a memory copy of what no rule allows" PATH_NOT_ALLOWED sealed "/memfd:modseal:$stranger" '' \
		forge="modseal:$stranger,yes,$stranger"
	found "a memory copy of what nobody signed" SIGNATURE_MISSING sealed "/memfd:modseal:$LIB/bare.so" '' \
		forge="modseal:$LIB/bare.so,yes,$stranger"
	found "one without a path" PROCESS_UNVERIFIED sealed /memfd:modseal 'which file' forge="modseal,yes,$WORK/content.so"
else
	skip "memory copies" "needs root, and the right to /proc/PID/map_files"
fi

# ---- R54: each way in -----------------------------------------------------------------
found "a file that no rule is for" PATH_NOT_ALLOWED opened "$stranger" 'or opened or mapped it' in=dlopen,"$stranger"
found "a file that nobody signed" SIGNATURE_MISSING opened "$LIB/bare.so" '' in=dlopen,"$LIB/bare.so"
found "one that is only mapped" PATH_NOT_ALLOWED opened "$stranger" '' in=mmap,"$stranger"
found "an approved file is approved" OK opened "$LIB/libms.so.1" '' in=dlopen,"$LIB/libms.so.1"
check "and waits" start in=dlopen,"$LIB/libms.so.1"
looks --strict "$host_pid"
check "R54 but not by the gate's rule" says "^ *$host_pid  refused    $LIB/host" \
	"$LIB/libms.so.1: the policy approves it, but the program does not need it and modseal did not load it: the program opened it" '^ended 1'
stop
before="env LD_PRELOAD=$LIB/libms.so.1"
found "R54 an approved file by LD_PRELOAD" PROCESS_UNVERIFIED opened "$LIB/libms.so.1" "it came in by LD_PRELOAD"
before="env LD_PRELOAD=$stranger"
found "R54 LD_PRELOAD" PATH_NOT_ALLOWED opened "$stranger" 'it came in by LD_PRELOAD'
before="env LD_PRELOAD=$stranger"
found "R54 LD_PRELOAD, deleted" PROCESS_UNVERIFIED opened "$stranger" 'its file was deleted, and it came in by LD_PRELOAD' in=remove,"$stranger"
${CC:-cc} -shared -fPIC -Wl,-soname,stranger.so -o "$stranger" "$WORK/stranger.c"
before="env LD_AUDIT=$libraries/v1/audit.so"
found "R60 LD_AUDIT" PATH_NOT_ALLOWED opened "$libraries/v1/audit.so" 'it came in by LD_AUDIT'
before="env LD_LIBRARY_PATH=$REAL"
found "R60 LD_LIBRARY_PATH" PATH_NOT_ALLOWED opened "$stranger" 'where LD_LIBRARY_PATH makes' in=dlopen,"$stranger"
check "a policy that lists what is preloaded is signed" allow "process:\n  preload: [$LIB/libms.so.1]"
before="env LD_PRELOAD=$LIB/libms.so.1"
found "R54 what process.preload lists" OK preload "$LIB/libms.so.1" ''
found "a memfd" PROCESS_UNVERIFIED opened /memfd:stranger 'a memfd that modseal did not make' in=memfd-mmap,"$stranger"
found "System V shared memory" PROCESS_UNVERIFIED opened '/SYSV[0-9a-f]*' '' in=sysv
found "shared memory of no file" PROCESS_UNVERIFIED opened '/dev/zero' '' in=shared
found "anonymous memory that the policy wants to be told of" OK memory 'anonymous memory' 'only wants to be told' in=anonymous
check "a policy that refuses such memory is signed" allow 'process: {anonymous-executable: refuse}'
found "anonymous executable memory" PROCESS_UNVERIFIED memory 'anonymous memory' 'belongs to no file is executable' in=anonymous
found "the heap made executable" PROCESS_UNVERIFIED memory '.heap.' 'belongs to no file' in=heap
check "a policy that allows it is signed" allow 'process: {anonymous-executable: allow}'
found "anonymous memory that the policy allows" OK memory 'anonymous memory' '' in=anonymous

# ---- what an approved file's mapping holds -------------------------------------------
found "an approved file changed in memory" MEMORY_CHANGED program "$LIB/host" 'pages? (is|are) no longer what its file holds' \
	in=mprotect,"$LIB/host"
found "the vDSO changed in memory" MEMORY_CHANGED kernel '.vdso.' 'no longer' vdso
found "an approved file writable and executable" PROCESS_UNVERIFIED opened "$LIB/libms.so.1" 'writable and executable at once' \
	writable="$LIB/libms.so.1"
end=hide
found "a program that hides its code" PROCESS_UNVERIFIED '[a-z]*' '[^"]*' 'is not mapped executable'

# ---- files replaced, and names ---------------------------------------------------------
renew() { build_library "$LIB/libmore.so.1" libmore.so.1 "int more(void) { return $1; }"; }
check "R54 a host with a library" start in=dlopen,"$LIB/libmore.so.1" in=replace,"$LIB/libmore.so.1"
check "R54 replaced since" image STALE_OBJECT opened "$LIB/libmore.so.1" 'runs a file that is gone, not the one that lies there'
rm "$LIB/libmore.so.1"
check "R54 gone since" image STALE_OBJECT opened "$LIB/libmore.so.1" 'its file is gone'
renew 3
check "a policy that lets replaced files be is signed" allow 'process: {deleted: log}'
if [ "$here" = 1 ]; then
	check "R54 replaced since, where the policy lets it be" image OK opened "$LIB/libmore.so.1" 'its file was replaced'
else
	skip "R54 process.deleted" "needs root, and the right to /proc/PID/map_files"
fi
rm "$LIB/libmore.so.1"
check "R54 gone is gone" image STALE_OBJECT opened "$LIB/libmore.so.1" 'its file is gone'
stop
renew 2
check "the policy is as before" allow
cp -p "$LIB/libms.so.1" "$LIB/libms.so.1 (deleted)"
found "a name that says it is deleted" NAME_MISMATCH opened "$LIB/libms.so.1 .deleted." '' "in=dlopen,$LIB/libms.so.1 (deleted)"
cp -p "$stranger" "$LIB/libmore.so.1 (deleted)"
found "... of a stranger, beside an approved file" SIGNATURE_MISSING opened "$LIB/libmore.so.1 .deleted." '' \
	"in=dlopen,$LIB/libmore.so.1 (deleted)"
strange=$LIB/$(printf 'e\033[2J\nx').so
cp "$stranger" "$strange"
found "R77 control bytes in a name" PATH_UNSAFE opened "$LIB/e..x1b.2J..x0ax.so" '' "in=dlopen,$strange"
check "R77 reach no terminal" start "name=$(printf 'a\033[2J')" "in=dlopen,$strange"
looks "$host_pid"
check "R77 whatever is asked for" sh -c "! grep -q '$(printf '\033')' '$WORK/said'"
looks --json "$host_pid"
check "R77 in JSON neither" says '"command": "a..x1b.2J"'
stop
