#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: code is written to memory and called
# `modseal run --strict`: what the kernel itself holds the target to (Landlock), whatever happens
# between a check and its call; that ordinary programs work inside, and what does not.
. tests/lib.sh
. tests/hostile/run.inc
if ! as_user "$landlock" version 2 >/dev/null; then
	skip "Landlock" "this kernel has none, or an old one"
	exit 0
fi
run_options="--strict --summary"
run true 2>"$WORK/err" || { cat "$WORK/err"; exit 99; }
check "E25 --strict: there is Landlock" nothing grep 'without Landlock' "$WORK/err"
run_options=--strict
cp /usr/bin/true "$SAFE" && cp /usr/bin/false other && chown $user other && chmod 755 other || exit 99

loosely() { (run_options=; run "$@") 2>"$WORK/err"; }
works() {
	out=$("$@" 2>"$WORK/err")
	[ "${out%% *}" = worked ] || { echo "said: $out" >&2; cat "$WORK/err" >&2; return 1; }
}
# stops ERROR WORD...
stops() {
	error=$1
	shift
	out=$(RACE_SECONDS=4 run "$@" 2>"$WORK/err")
	case $out in "stopped "*"$error") ;; *) echo "said: $out" >&2; cat "$WORK/err" >&2; return 1 ;; esac
}
# strictly NAME ERROR WORD...: works under run, and not with --strict
strictly() {
	name=$1 wanted=$2
	shift 2
	check "$name: works under run" works loosely "$@"
	check "$name: does not with --strict" stops "$wanted" "$@"
}

# ---- races of execve -----------------------------------------------------------------------
strictly "the path in memory changes after the check" race "$landlock" race-text "$SAFE/true" "$OURS/other"
strictly "a link on the way changes after the check" race "$landlock" race-link "$SAFE/true" "$OURS/other"
echo "#!$OURS/link" >"$SAFE/script" && chmod 755 "$SAFE/script" || exit 99
strictly "a link to an interpreter changes after the check" race "$landlock" race-interpreter "$SAFE/true" "$OURS/other" "$SAFE/script"
strictly "the descriptor changes after the check" race "$landlock" race-slot "$SAFE/true" "$OURS/other"
# it lies nowhere, so nothing that is said about places is about it
for way in race-memory race-memory-name; do
	check "limit: $way, of the tree's own: works with --strict" works run "$landlock" $way "$SAFE/true" "$OURS/other"
done
as_user "$landlock" hold-memory "$OURS/other" >"$WORK/held" &
tries=0
until [ -s "$WORK/held" ] || [ $tries = 50 ]; do sleep 0.1 && tries=$((tries + 1)); done
held=$(cat "$WORK/held")
outside=${held%/fd/*}
strictly "a link changes to memory of a process outside" race "$landlock" race-link "$SAFE/true" "$held"

# ---- memory through /proc --------------------------------------------------------------------
strictly "E15 memory of a process outside, read" EACCES "$landlock" read "$outside/mem"
strictly "E15 descriptors of a process outside" EACCES "$landlock" read "$held"
# sockets and signals are left as they are: services live by them
check "a signal reaches a process outside" run sh -c 'kill -0 "$1"' sh "${outside#/proc/}"
kill -PIPE "${outside#/proc/}" # of which the shell does not tell
if as_user "$landlock" memory /proc/self/mem "$good" >/dev/null; then
	for name in self thread-self self/root/proc/self; do
		strictly "E25 /proc/$name/mem" EACCES "$landlock" memory "/proc/$name/mem" "$good"
	done
	for way in thread reopened read-only directory child new-proc cloned-proc; do
		if as_user "$landlock" memory-$way "$good" >/dev/null; then
			strictly "E25 memory-$way" EACCES "$landlock" memory-$way "$good"
		else
			skip "E25 memory-$way" "users may not do that here"
		fi
	done
else
	skip "E25 /proc/PID/mem" "this kernel writes no read-only memory"
fi
mkdir "$WORK/jail" "$WORK/jail/proc" "$WORK/jail/dir" && chmod 777 "$WORK/jail" "$WORK/jail/dir"
if mount -t proc proc "$WORK/jail/proc" 2>/dev/null; then
	mounts=$WORK/jail/proc
	check "E25 memory in another /proc" stops EACCES "$landlock" memory "$REAL/jail/proc/self/mem" "$good"
	check "it is told that it is there" grep -q "^modseal: '$REAL/jail/proc': a proc file system is mounted there" "$WORK/err"
	check "beside it files are made as before" works run "$landlock" write "$REAL/jail/dir/new"
	check "in the directories above it they are not" stops EACCES "$landlock" write "$REAL/jail/new"
	umount "$mounts" && mounts=
else
	skip "E25 memory in another /proc" "none can be mounted"
fi
for name in comm oom_score_adj; do
	strictly "other files of /proc: $name" EACCES "$landlock" write /proc/self/$name
done

# ---- where programs may lie --------------------------------------------------------------------
# narrow NAME LINE...: as policy_of, but of $SAFE only bin and lib
narrow() {
	policy_of "$@" && sed -i "s|$SAFE/\*\*|$SAFE/bin/**|" "$SAFE/$1" &&
		"$MODSEAL" policy sign --force "$SAFE/$1" --key "$SAFE/policy.key" --certificate "$SAFE/policy.pem"
}
# meanwhile COMMAND...: what a shell that is strictly run executes after COMMAND was done
meanwhile() {
	rm -f go
	run sh -c 'until [ -e go ]; do :; done; exec "$0"' "$SAFE/one/tool" >"$WORK/out" 2>"$WORK/err" &
	sleep 1
	"$@"
	: >go
	wait $! || { cat "$WORK/err" >&2; return 1; }
}
later() { mkdir "$SAFE/one" && cp /usr/bin/true "$SAFE/one/tool"; }
replaced() { cp /usr/bin/true "$SAFE/one/new" && mv "$SAFE/one/new" "$SAFE/one/tool"; }
narrow narrow.yaml "{path: $SAFE/one/tool, kind: program, evidence: [protected-path]}" >"$WORK/log" || cat "$WORK/log"
policy=narrow.yaml
not_executed() { ! "$@" 2>/dev/null; }
check "a program in a directory that was not there at the start" meanwhile later
check "a program that was replaced since" meanwhile replaced
moved() { mv "$SAFE/one" "$SAFE/before" && later; }
check "a program in a directory that was itself replaced is refused" not_executed meanwhile moved
check "it is told" one_record "$SAFE/one/tool"
says() { grep -qE -- "$1" "$WORK/err" || { cat "$WORK/err" >&2; return 1; }; }
check "with the reason and what to do" says 'its directory as it was at the start.*restart'
# what root executes in another root directory, which needs no library there
as_root() { "$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" $run_options -- "$@" 2>"$WORK/err"; }
still=$SAFE/bin/still
echo 'int main(void) { return 0; }' >"$WORK/still.c"
if ${CC:-cc} -static -o "$still" "$WORK/still.c" 2>"$WORK/log"; then
	mkdir -p "$SAFE/jail$SAFE/bin" && cp "$still" "$SAFE/jail$SAFE/bin" || exit 99
	run_options=
	check "a program in another root directory: works under run" as_root "$landlock" chroot "$SAFE/jail" "$still"
	run_options=--strict
	check "a program in another root directory: does not with --strict" exits 1 as_root "$landlock" chroot "$SAFE/jail" "$still"
	check "it is told, too" one_record "$still"
	check "with the reason and what to do" says 'as it is seen outside.*in a chroot'
	narrow jail.yaml "{path: $SAFE/jail/**, kind: program, evidence: [protected-path]}" >"$WORK/log" || cat "$WORK/log"
	policy=jail.yaml
	check "it does where a rule begins with the directory that it has outside" as_root "$landlock" chroot "$SAFE/jail" "$still"
else
	skip "a program in another root directory" "there is no static C library"
fi
mode=audit narrow audit.yaml >"$WORK/log" || cat "$WORK/log"
policy=audit.yaml
check "in audit mode everything passes" exits 1 run "$OURS/other"
policy=policy.yaml

mkdir one two "$SAFE/open" && chown $user one two "$SAFE/open" && touch one/file one/kept && chown $user one/file one/kept
check "files are moved between directories" works run "$landlock" move one/file two/file
check "files are linked between directories" works run "$landlock" link two/file one/file
check "directories are moved, too" works run "$landlock" move two one/two
if [ "$(stat -c %d "$SAFE/open")" = "$(stat -c %d one)" ]; then
	check "into a directory of the policy by run" works loosely "$landlock" move one/kept "$SAFE/open/kept"
	check "out of one with --strict" works run "$landlock" move "$SAFE/open/kept" one/kept
	check "into one not with --strict, so it is copied" stops "Invalid cross-device link" "$landlock" move one/kept "$SAFE/open/kept"
	check "mv does that" run mv one/kept "$SAFE/open/kept"
else
	skip "moving into a directory of the policy" "$WORK and /opt are on two file systems"
fi

# ---- ordinary programs ------------------------------------------------------------------------
check "E25 --strict: pipelines" run sh -ec 'echo a | tr a b | grep -q b; echo x >/dev/null; echo y 2>&1 >/dev/stderr | grep -q y; (exec cat </dev/null >made); [ -e made ]'
check "E25 --strict: git, with moves" run sh -ec 'git init -q repo; cd repo; git config user.name a; git config user.email a@b
	mkdir d; echo x >a; git add a; git commit -qm one; git mv a d/b; git commit -qm two; git gc -q; git clone -q . ../copy; [ -e ../copy/d/b ]'
check "E25 --strict: gcc" run sh -ec 'echo "int main(void) { return 0; }" >p.c; gcc -o p p.c; [ -x p ]'
if command -v sqlite3 >/dev/null; then
	check "E25 --strict: sqlite3 in /tmp" run sh -ec 'file=$(mktemp -p /tmp); sqlite3 "$file" "create table t(a); insert into t values (1);"; rm "$file"'
fi
check "E25 --strict: python3" run /usr/bin/python3 -c 'import os, shutil, ssl, tempfile
a, b = tempfile.mkdtemp(dir="/tmp"), tempfile.mkdtemp(dir="/tmp")
open(a + "/x", "w").write("1"); os.rename(a + "/x", b + "/y"); shutil.rmtree(a); shutil.rmtree(b)'
check "--strict: a program with a Landlock domain of its own" works run "$landlock" own-domain
if as_user bwrap --ro-bind / / true 2>/dev/null; then
	check "limit: no mounts with --strict" exits 1 run bwrap --ro-bind / / true
	check "without it there are" loosely bwrap --ro-bind / / true
fi

# ---- where it cannot be ------------------------------------------------------------------------
# traced ERROR CALL [NUMBER [PATH]]: what modseal run says where the call (that one; of that path) fails so
traced() {
	# shellcheck disable=SC2086 # two words, or none
	strace -f -qq -o "$WORK/trace" ${4:+-P $4} -e trace="$2" -e inject="$2:error=$1${3:+:when=$3}" "$SAFE/bin/modseal" run --policy "$SAFE/$policy" \
		--anchor "$SAFE/policy.pem" --strict --summary -- true 2>"$WORK/err"
}
if strace -f -qq -o "$WORK/trace" -e trace=landlock_create_ruleset true 2>/dev/null; then
	check "E14 Landlock forbidden from outside: not started" exits 125 traced EPERM landlock_create_ruleset
	check "it says so" says "^modseal: Landlock: Operation not permitted; the program was not started .*container"
	check "E14 a rule that cannot be made: not started" exits 125 traced ENOMEM landlock_add_rule
	# those of the policy's directories, of what is beside /proc, and of moves
	strace -f -qq -o "$WORK/trace" -e trace=landlock_add_rule "$SAFE/bin/modseal" run --policy "$SAFE/$policy" \
		--anchor "$SAFE/policy.pem" --strict -- true
	count=$(grep -c landlock_add_rule "$WORK/trace")
	for number in $((count - 1)) "$count"; do
		check "E14 rule $number of them: not started" exits 125 traced ENOMEM landlock_add_rule "$number"
	done
	check "E14 what holds the rules cannot be made: not started" exits 125 traced ENOMEM landlock_create_ruleset 2
	check "E14 mounts that cannot be read: not started" exits 125 traced EACCES openat 1 /proc/self/mountinfo
	check "E14 a root directory that cannot be read: not started" exits 125 traced EIO getdents64 2 /
	check "E14 a domain that cannot be entered: not started" exits 125 traced E2BIG landlock_restrict_self
	check "it says why" says "cannot be entered.*too many"
	# as_version NUMBER: started by a kernel of that version of Landlock; what its domain is entered with
	as_version() {
		strace -f -qq -o "$WORK/trace" -e trace=landlock_create_ruleset,landlock_restrict_self \
			-e inject=landlock_create_ruleset:retval="$1":when=1 "$SAFE/bin/modseal" run --policy "$SAFE/$policy" \
			--anchor "$SAFE/policy.pem" --strict --summary -- true 2>"$WORK/err"
	}
	enters() { as_version "$1" && grep -qE "landlock_restrict_self\([0-9]+, $2\) += $3" "$WORK/trace" || { cat "$WORK/trace" >&2; return 1; }; }
	check "a kernel whose Landlock takes moves away: started" as_version 1
	check "without it, says the summary" says "without Landlock"
	check "one that knows no flag: none" enters 6 0 0
	check "one that does: refusals are logged" enters 7 '(0x2|LAND.*LOG_NEW_EXEC_ON)' ''
	for error in ENOSYS EOPNOTSUPP; do
		check "a kernel without it ($error): started" traced $error landlock_create_ruleset
		check "the summary says so" says "without Landlock"
	done
else
	skip "E14 Landlock that cannot be had" "no strace that knows it"
fi
