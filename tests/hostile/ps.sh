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
	${before:-} "$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" ${end:-wait} <"$WORK/in" >"$WORK/out" 2>&1 9>&- 8<&- &
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
	[ "${end:-wait}" = wait ] || kill "$host_pid" 2>/dev/null
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
found "R54 LD_PRELOAD, deleted" PATH_NOT_ALLOWED opened "$stranger" 'its file was deleted, and it came in by LD_PRELOAD' in=remove,"$stranger"
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

check "a program that runs from memory" start memory
looks "$host_pid"
check "R54 is refused" says "^ *$host_pid  refused    /memfd:host .deleted." 'the program itself runs from a memfd' '^ended 1'
stop
check "a program with far too many files" start crowd=4100
looks "$host_pid"
check "R54 is refused for that" says "^ *$host_pid  refused    $LIB/host" "process $host_pid: it has more than 4096 files mapped executable" '^ended 1'
stop
check "a policy that only audits is signed" eval 'allow >/dev/null && sed -i "s/^mode: enforce/mode: audit/" "$REAL/policy.yaml" &&
	"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"'
found "what audit mode would let through" SIGNATURE_MISSING opened "$LIB/bare.so" '' in=dlopen,"$LIB/bare.so"
check "the policy is as before" allow

# ---- what an approved file's mapping holds -------------------------------------------
found "an approved file changed in memory" MEMORY_CHANGED program "$LIB/host" 'pages? (is|are) no longer what its file holds' \
	in=mprotect,"$LIB/host"
found "the vDSO changed in memory" MEMORY_CHANGED kernel '.vdso.' 'no longer' vdso
found "an approved file writable and executable" PROCESS_UNVERIFIED opened "$LIB/libms.so.1" 'writable and executable at once' \
	writable="$LIB/libms.so.1"
# its directory in /proc shows no memory then
end=leave
found "a stranger in a program whose first thread has ended" SIGNATURE_MISSING opened "$LIB/bare.so" '' in=dlopen,"$LIB/bare.so"
end=leave
check "and where all processes are looked at" start in=dlopen,"$LIB/bare.so"
looks --json
check "it is one of them" says "^.\"path\": \"$host_pid\", \"verdict\": \"refused\""
stop
end=leave
check "a program whose first thread has ended" start
looks --json "$host_pid"
check "is approved as it would be before" says "^.\"path\": \"$host_pid\", \"verdict\": \"accepted\"" '^ended 0'
stop
end=restless
check "one whose threads end one after the other" start
never_passed_over() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		looks --json
		says "^.\"path\": \"$host_pid\"" || return 1
		looks --json "$host_pid"
		says '^ended' || return 1
		! grep -E '^."path": "[0-9]*", "verdict": "[a-z]*", "code": "NOT_FOUND"|No such process' "$WORK/said" >&2 || return 1
	done
}
check "is never taken for one that has ended" never_passed_over
stop
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
if [ "$here" = 1 ] && awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo; then
	check "R54 replaced since, where the policy lets it be" image OK opened "$LIB/libmore.so.1" 'its file was replaced'
else
	# in a directory that chroot made the root, its own mount is in no list
	skip "R54 process.deleted" "needs root, a root that is mounted, and the right to /proc/PID/map_files"
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
rm "$LIB/libms.so.1 (deleted)" "$LIB/libmore.so.1 (deleted)"
strange=$LIB/$(printf 'e\033[2J\nx').so
cp "$stranger" "$strange"
found "R77 control bytes in a name" PATH_NOT_ALLOWED opened "$LIB/e..x1b.2J..x0ax.so" '' "in=dlopen,$strange"
check "R77 reach no terminal" start "name=$(printf 'a\033[2J')" "in=dlopen,$strange"
looks "$host_pid"
check "R77 whatever is asked for" sh -c "! grep -q '$(printf '\033')' '$WORK/said'"
looks --json "$host_pid"
check "R77 in JSON neither" says '"command": "a..x1b.2J"'
stop

# ---- what of a file is mapped, and what it is for ----------------------------------------
found "the signature behind a file mapped executable" PROCESS_UNVERIFIED opened "$LIB/libms.so.1" 'the signature behind its content' \
	end="$LIB/libms.so.1"
found "the end of a file that has none behind it" OK needed "$libc" '' end="$libc"
build_library "$LIB/foreign.so" '' 'int foreign(void) { return 4; }' -nostdlib
"$MODSEAL" strip "$LIB/foreign.so" >"$WORK/log"
printf '\267\000' | dd of="$LIB/foreign.so" bs=1 seek=18 conv=notrunc 2>"$WORK/log"
sign_with release "$LIB/foreign.so" >"$WORK/log"
machine="$(uname -m)"
if [ "$machine" = x86_64 ]; then
	found "code of another machine" ELF_FOREIGN opened "$LIB/foreign.so" '' in=mmap,"$LIB/foreign.so"
	check "a policy that takes any machine is signed" allow \
		"rule:{path: $LIB/foreign.so, signers: [release], owners: [root, caller], machine: any, identity: unbound}"
	found "code of another machine, where the rule says so" OK opened "$LIB/foreign.so" '' in=mmap,"$LIB/foreign.so"
	check "the policy is as before" allow
else
	skip "code of another machine" "made on x86-64"
fi
check "the host" start in=remove,"$LIB/host"
cp "$BUILD/tests/hosts/check_process" "$LIB/host"
sign_with release "$LIB/host" >"$WORK/log"
looks "$host_pid"
check "R54 a program replaced since" says "^ *$host_pid  refused    $LIB/host .deleted." "$LIB/host: this process runs a file that is gone" '^ended 1'
stop
before=$(ldd "$LIB/host" | sed -n 's/^[^/]*\(\/[^ ]*ld-[^ ]*\) .*/\1/p')
check "the host through the dynamic linker" start
looks "$host_pid"
check "R45 a program that the dynamic linker was told to start" says "^ *$host_pid  refused    " \
	"$(readlink -f "$before"): no rule of the policy allows this path .the kernel started it" '^ended 1'
stop

# ---- other mount namespaces and roots ------------------------------------------------------
# In a chroot the paths of another namespace begin above it.
alike() {
	unshare -m sleep 60 &
	for turn in $(seq 100); do
		case $(readlink "/proc/$!/exe") in */unshare | */sh | */dash | */bash) sleep 0.05 ;; *) break ;; esac
	done
	seen=$(readlink "/proc/$!/exe")
	kill $!
	[ "$seen" = "$(readlink -f "$(command -v sleep)")" ]
}
if [ "$here" = 1 ] && unshare -m true 2>/dev/null && alike; then
	before='unshare -m'
	found "a process in a mount namespace of its own, with the same files" OK opened "$LIB/libms.so.1" '' in=dlopen,"$LIB/libms.so.1"
	cat >"$WORK/over" <<'S'
mount --bind "$1" "$2" || exit 1
shift 2
exec "$@"
S
	before="unshare -m sh $WORK/over $stranger $LIB/libms.so.1"
	found "a stranger mounted over an approved file" PROCESS_UNVERIFIED opened "$LIB/libms.so.1" \
		'not the file that lies there for this command: the process is in another mount namespace' in=dlopen,"$LIB/libms.so.1"
	check "a policy that lets replaced files be is signed" allow 'process: {deleted: log}'
	cp "$stranger" "$REAL/gone.so"
	before="unshare -m sh $WORK/over $REAL/gone.so $LIB/libms.so.1"
	check "a host with a stranger mounted over an approved file" start in=dlopen,"$LIB/libms.so.1"
	rm "$REAL/gone.so"
	check "R54 deleted then, it is not taken for one that was replaced" image STALE_OBJECT opened "$LIB/libms.so.1" ''
	stop
	check "the policy is as before" allow
	cat >"$WORK/ram" <<'S'
mount -t ramfs none "$1" && cp "$2" "$1" || exit 1
exec 9<>"$WORK/in"
"$3" - - in=dlopen,"$1/libms.so.1" wait <&9 >"$WORK/waits" &
until grep -q waiting "$WORK/waits"; do sleep 0.05; done
"$MODSEAL" ps --policy "${2%/*/*}/policy.yaml" --anchor "${2%/*/*}/policy.pem" $!
echo "ended $?"
kill $!
S
	mkdir "$LIB/far"
	unshare -m sh "$WORK/ram" "$LIB/far" "$LIB/libms.so.1" "$LIB/host" >"$WORK/said" 2>&1
	check "R75 a file system that is not believed" says '  refused    ' \
		"$LIB/far/libms.so.1: '$LIB/far' lies on a file system whose word about owners is not believed" '^ended 1'
	mkdir -p "$REAL/far/lib"
	cp "$LIB/libms.so.1" "$REAL/far/lib/libfar.so"
	before="unshare -m sh $WORK/over $REAL/far $LIB/far"
	found "a file that is not here" PROCESS_UNVERIFIED opened "$LIB/far/lib/libfar.so" 'there is no such file here: the process is in another mount' \
		in=dlopen,"$LIB/far/lib/libfar.so"
	# below another root a name is what it is from here
	root=$REAL/root
	mkdir -p "$root$LIB"
	cp "$LIB/host" "$LIB/libms.so.1" "$root$LIB"
	ldd "$LIB/host" | grep -oE '/[^ ]+' | while read -r file; do
		mkdir -p "$root${file%/*}" && cp -L "$file" "$root$file"
	done
	before="chroot $root"
	check "a host below another root" start
	looks "$host_pid"
	check "is judged by where its files are from here" says "^ *$host_pid  refused    $root$LIB/host" \
		"$root$LIB/host: no rule of the policy allows this path" '^ended 1'
	stop
else
	skip "other mount namespaces" "needs root, a root that is no chroot, and the right to /proc/PID/map_files"
fi

# ---- a file that is replaced while one process after the other is looked at ----------------
# two OLD NEW: hosts of the old and of the new file, and a look at both
two() {
	renew 2 && build_library "$LIB/new.so" libmore.so.1 'int more(void) { return 5; }' &&
		"$MODSEAL" strip --output "$WORK/old" "$LIB/libmore.so.1" >"$WORK/log" &&
		"$MODSEAL" strip --output "$WORK/new" "$LIB/new.so" >"$WORK/log" && start "$2" || return 1
	second=$host_pid
	start "$1" || return 1
	"$LIB/host" "$REAL/policy.yaml" "$REAL/policy.pem" only \
		running="$host_pid,$second,$LIB/new.so,$LIB/libmore.so.1" >"$WORK/said" 2>&1
	stop
	wait "$second"
	says 'running: OK first of 2' 'running: OK last of 2' 'running: OK, 2 approved'
}
check "R105 a library" two in=dlopen,"$LIB/libmore.so.1" in=dlopen,"$LIB/new.so"
if [ "$here" = 1 ]; then
	check "R105 a memory copy" two forge="modseal:$LIB/libmore.so.1,yes,$WORK/old" forge="modseal:$LIB/libmore.so.1,yes,$WORK/new"
fi

# ---- who may look ---------------------------------------------------------------------
if [ "$here" = 1 ] && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
	check "the host of root" start
	as=$nobody
	looks "$host_pid"
	check "a process of somebody else" says "process $host_pid: it cannot be looked at: Permission denied .ask as root" '^ended 3'
	as=
	stop
	before=$nobody
	check "a host of nobody's" start open load="$LIB/libms.so.1"
	as=$nobody
	check "whose owner sees no memory copies" image SYSTEM sealed "$copy" 'its bytes cannot be read'
	if [ "$(stat -c %Hd "$LIB/host")" != 0 ]; then
		stop
		before=$nobody
		check "a host of nobody's with a library that was replaced" start in=dlopen,"$LIB/libmore.so.1"
		renew 7
		as=$nobody
		looks "$host_pid"
		check "R54 is seen by nobody, too" says "^ *$host_pid  refused" "$LIB/libmore.so.1: this process runs a file that is gone"
		as=
		stop
		before=$nobody
		check "a host of nobody's that loads" start open load="$LIB/libms.so.1"
		as=$nobody
		looks --json "$host_pid"
		check "... sees its files on a device" says "\"path\": \"$LIB/host\", \"origin\": \"program\", \"verdict\": \"accepted\""
	else
		check "nor files without a device" image UNSUPPORTED program "$LIB/host" 'no device of its own'
	fi
	as=
	check "and root sees it" image OK sealed "$copy"
	stop
else
	skip "other users" "needs root"
fi
sleep 0 &
gone=$!
wait "$gone"
looks "$gone"
check "a process that has ended" says "process $gone: there is no such process here" '^ended 3'
code() { refused "$1" "$MODSEAL" ps --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$2"; }
check "its code" code NOT_FOUND "$gone"
if [ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ]; then
	looks 2
	check "a thread of the kernel" says 'process 2: it is a thread of the kernel' '^ended 3'
else
	skip "a thread of the kernel" "none to be seen"
fi
for word in 0 x 1x -1 '' 99999999999; do
	wrong() { exits 2 "$MODSEAL" ps -- "$word" 2>"$WORK/said"; }
	check "no process: '$word'" wrong
done

# ---- all processes ---------------------------------------------------------------------
if [ "$here" = 1 ] && unshare -pfm --mount-proc true 2>/dev/null; then
	alone() { # alone COMMAND...: in a process namespace of its own
		unshare -pfm --mount-proc "$@" >"$WORK/said" 2>&1
		echo "ended $?" >>"$WORK/said"
	}
	set -- "$LOADER" ps --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
	alone "$@"
	check "all there are" says "^ *1  approved   $LOADER" '^1 approved, 0 refused, 0 undecided, 0 not to be seen' '^ended 0'
	alone sh -c 'sleep 9 & exec "$@"' - "$@"
	check "a program that no rule allows" says "^ *1  approved" '  refused    /' '^1 approved, 1 refused' '^ended 1'
	alone sh -c 'sleep 9 & exec "$@"' - "$@" --json
	check "one line of JSON each" says '^."path": "1", "verdict": "accepted"' '^."path": "[0-9]*", "verdict": "refused", "code": "PATH_NOT_ALLOWED"' '^ended 1'
	alone sh -c 'sleep 9 & exec setpriv --reuid 65534 --clear-groups "$@"' - "$@"
	check "what may not be looked at is counted, and is no yes" says ' 1 not to be seen by this user' '^ended 3'
	alone sh -c 'sleep 9 & setpriv --reuid 65534 sleep 9 & exec setpriv --reuid 65534 --clear-groups "$@"' - "$@" --json
	check "in JSON, and beside a refusal, too" says '^."path": "1", "verdict": "accepted"' \
		'"refused", "code": "PATH_NOT_ALLOWED"' '^."path": "/proc", "verdict": "undecided", "code": "SYSTEM", .*"1 processes may not be looked at' '^ended 3'
else
	skip "all processes" "needs root and namespaces"
fi

# ---- btrfs: another file can have the same device, inode and name in a list of mappings -------
truncate -s 120M "$WORK/image"
if [ "$here" = 1 ] && mkfs.btrfs -q "$WORK/image" 2>"$WORK/log" >&2 &&
	unshare -m sh -c 'mount -o loop "$1" "$2"' - "$WORK/image" "$LIB/far" 2>"$WORK/log"; then
	check "a policy for two subvolumes is signed" allow
	cat >"$WORK/subvolumes" <<'S'
set -e
cd "$1"
mount -o loop "$WORK/image" far
btrfs -q subvolume create far/sys && btrfs -q subvolume create far/other
cp libms.so.1 far/sys/libms.so.1 && cp "$2" far/other/libms.so.1
[ "$(stat -c %i far/sys/libms.so.1)" = "$(stat -c %i far/other/libms.so.1)" ] && echo "one inode"
exec 9<>"$WORK/in"
for what in sys other; do
	: >"$WORK/waits"
	unshare -m sh "$WORK/over" "$1/far/$what" "$1/far/sys" "$1/host" - - in=dlopen,"$1/far/sys/libms.so.1" wait <&9 >"$WORK/waits" &
	until grep -q waiting "$WORK/waits"; do sleep 0.05; done
	grep -F "r-xp" /proc/$!/maps | grep -F " $1/far/sys/libms.so.1" | sed "s/.*p [0-9a-f]*/$what/"
	"$MODSEAL" ps --policy "${1%/*}/policy.yaml" --anchor "${1%/*}/policy.pem" $! || true
	setpriv --bounding-set -sys_admin,-checkpoint_restore "$MODSEAL" ps --policy "${1%/*}/policy.yaml" \
		--anchor "${1%/*}/policy.pem" $! || true
	kill $!
	wait $! || true
done
S
	unshare -m sh "$WORK/subvolumes" "$LIB" "$stranger" >"$WORK/said" 2>&1
	check "R55 two files of one device, inode and name" eval 'says "one inode" &&
		[ "$(sed -n "s/^sys //p" "$WORK/said")" = "$(sed -n "s/^other //p" "$WORK/said")" ]'
	check "R55 are told apart" says "approved   $LIB/host" "undecided  $LIB/host" \
		"$LIB/far/sys/libms.so.1: whether it is the file that is mapped cannot be seen" "refused    $LIB/host" \
		"$LIB/far/sys/libms.so.1: it is not the file that lies there for this command"
else
	skip "R55 btrfs" "needs root, mkfs.btrfs and a kernel with btrfs"
fi
