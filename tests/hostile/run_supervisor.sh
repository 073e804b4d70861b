#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: processes are counted, killed, and looked into
# The supervisor of `modseal run`: it is killed, cannot be set up, is reached for, must look into
# processes that end or cannot be looked into; and passes on what they end with (E13-E15, E22-E24).
. tests/lib.sh
. tests/hostile/run.inc

# ---- E13 ----------------------------------------------------------------------------------
count() { cat "$OURS/counter" 2>/dev/null || echo 0; }
cp "$BUILD/tests/hosts/run_loop" "$SAFE/bin" || exit 99
# looping: a tree that maps and executes, by each of the calls, for 8 seconds, once it has begun
looping() {
	rm -f "$OURS/counter"
	run "$SAFE/bin/run_loop" loop "$good" "$OURS/counter" 8 >"$WORK/looped" 2>&1 &
	looper=$!
	for turn in $(seq 100); do
		[ "$(count)" != 0 ] && [ "$(count)" != 000000000000 ] && return
		sleep 0.05
	done
	echo "it did not begin" >&2
	return 1
}
still() {
	before=$(count)
	sleep 1
	[ "$(count)" = "$before" ] || { echo "from $before to $(count)" >&2; return 1; }
}
going_on() { ! still 2>/dev/null; }
check "E13 a tree at work" looping
check "E13 goes on while its supervisor lives" going_on
kill_them() { for process in $(supervisors); do kill "-$1" "$process"; done; }
kill_them KILL
sleep 1
check "E13 supervisor killed: nothing new 1 s later" still
check "E13 nobody of it is left" [ -z "$(supervisors)" ]
wait $looper
check "E13 a tree at work" looping
kill_them STOP
sleep 0.3
check "E13 supervisor stopped: nothing is decided" still
kill_them KILL
sleep 1
check "E13 killed in the middle of a request: nothing new 1 s later" still
wait $looper
for process in /proc/[0-9]*; do
	[ "$(readlink "$process/exe")" = "$SAFE/bin/run_loop" ] && kill -KILL "${process#/proc/}"
done
# killed as it looks at the first call, that of the program itself: whoever starts it holds no listener
# that its own call could wait for
unborn() {
	rm -f "$OURS/born" "$WORK/all"
	# shellcheck disable=SC2016 # expanded there
	timeout -k 5 10 sh -c 'strace -f -qq -o "$WORK/trace" -P "anon_inode:seccomp notify" -e trace=ioctl -e inject=ioctl:signal=KILL:when=2 \
		"$SAFE/bin/modseal" run --policy "$SAFE/policy.yaml" --anchor "$SAFE/policy.pem" -- /usr/bin/touch "$OURS/born"
		: >"$WORK/all"' 2>"$WORK/err"
	# it waits for all that it traces
	[ -e "$WORK/all" ] && [ ! -e "$OURS/born" ] && grep -q NOTIF_ID_VALID "$WORK/trace" && ! grep -q NOTIF_SEND "$WORK/trace" && return
	cat "$WORK/trace" "$WORK/err" >&2
	kill_them KILL
	return 1
}
if strace -qq -o "$WORK/trace" -e trace=getpid -e inject=getpid:signal=URG true 2>/dev/null; then
	check "E13 killed before the program is executed: who was to become it ends" unborn
else
	skip "E13 killed before the program is executed" "no strace that sends signals"
fi
# nobody in the tree becomes the supervisor, least of all where there is none any more
bypass "E13 a supervisor of one's own" EBUSY - "$SAFE/bin/run_listen" "$OURS/code"
orphaned() {
	run "$SAFE/bin/run_listen" "$OURS/code" orphaned >"$WORK/orphan" 2>&1 &
	looper=$!
	for turn in $(seq 200); do grep -q ready "$WORK/orphan" && break; sleep 0.05; done
	kill_them KILL
	wait $looper
	for turn in $(seq 200); do grep -q '^[suw]' "$WORK/orphan" && break; sleep 0.05; done
	grep -qx 'stopped listener EBUSY' "$WORK/orphan" || { cat "$WORK/orphan" >&2; return 1; }
}
check "E13 nor once the supervisor was killed" orphaned
check "E13 ordinary ends leave nobody either" run true
check "E13 nobody" [ -z "$(supervisors)" ]

# ---- E14 ----------------------------------------------------------------------------------
not_started() {
	rm -f "$OURS/started"
	exits 125 "$@" 2>"$WORK/err" || { cat "$WORK/err" >&2; return 1; }
	[ ! -e "$OURS/started" ] || { echo "it started" >&2; return 1; }
	grep -q '^modseal: ' "$WORK/err"
}
inner="$SAFE/bin/modseal run --policy $SAFE/policy.yaml --anchor $SAFE/policy.pem"
rm -f started
# shellcheck disable=SC2086 # several words
check "E14 without a filter around it, it starts" as_user $inner -- touch "$OURS/started"
check "E14 it did" [ -e started ]
# shellcheck disable=SC2086
check "E14 run inside run" not_started run $inner -- touch "$OURS/started"
check "E14 it says why" grep -Eq 'run|listener|EBUSY|busy' "$WORK/err"
for call in seccomp listener no-new-privs; do
	# shellcheck disable=SC2086
	check "E14 refused: $call" not_started within_time "$reach" refusing $call $inner -- touch "$OURS/started"
done
# told TEXT CALL OPTION: what it says where a filter around it refuses the call
told() {
	text=$1 around=$2 given=$3
	# shellcheck disable=SC2086
	not_started within_time "$reach" refusing "$around" ${inner} $given -- touch "$OURS/started" && grep -qE "$text" "$WORK/err" ||
		{ cat "$WORK/err" >&2; return 1; }
}
check "E14 it says that seccomp(2) is refused" told '^modseal: the filter cannot be made: .*must let seccomp\(2\) pass' seccomp ''
check "E14 it says that of the listener, too" told '^modseal: the filter cannot be set up: Operation not permitted.*must let seccomp\(2\) pass' filter ''
check "E14 it says that the kernel is too old" told '^modseal: the filter cannot be set up: Invalid argument.*Linux 5.19' listener ''
# shellcheck disable=SC2086
check "E14 without memfd_create(2) it starts" within_time "$reach" refusing memfd_create $inner -- "$hostile" map-only "$good"
check "E14 but not with --seal, which needs it" told '^modseal: sealed copies cannot be made: .*memfd_create\(2\)' memfd_create --seal
# what it needs to look into others
# shellcheck disable=SC2086
check "E14 refused: statx" not_started within_time "$reach" refusing statx $inner -- touch "$OURS/started"
# memory is read in another way then
unread() {
	# shellcheck disable=SC2086
	within_time "$reach" refusing process_vm_readv $inner -- sh -c "$1; exit \$?"
}
cp /usr/bin/true "$OURS/unapproved" || exit 99
check "E14 without process_vm_readv(2) it starts" unread /usr/bin/true
check "E14 and refuses what nobody approved" exits 126 unread "$OURS/unapproved"
few_not_started() {
	number=$1
	# shellcheck disable=SC2086,SC2016 # expanded there
	not_started within_time sh -c 'ulimit -n "$0" && exec "$@"' "$number" $inner -- touch "$OURS/started"
}
# a second thread, which the filter of the first would not hold
cat >"$WORK/thread.c" <<'END'
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static void *wait(void *none) { for (;;) pause(); return none; }
__attribute__((constructor)) static void begin(void)
{
	pthread_t thread;
	unsetenv("LD_PRELOAD");
	if (pthread_create(&thread, NULL, wait, NULL))
		_exit(99);
}
END
${CC:-cc} -shared -fPIC -pthread -o "$SAFE/lib/thread.so" "$WORK/thread.c" || exit 99
# shellcheck disable=SC2086 # several words
check "E14 more than one thread" not_started within_time env LD_PRELOAD="$SAFE/lib/thread.so" $inner -- touch "$OURS/started"
check "E14 it says so" grep -q '^modseal: the launcher has more than one thread' "$WORK/err"
for number in 5 6 7 8 9 10 11 12 16 20; do
	check "E14 at most $number descriptors: not started" few_not_started $number
done
# what it needs to wait unharmed: it may not start, or must start and decide
decides() {
	rm -f "$OURS/started"
	"$@" sh -c "touch $OURS/started; $hostile map $OURS/code" >"$WORK/out" 2>"$WORK/err"
	ended=$?
	! grep -q '^worked' "$WORK/out" || { echo "unapproved code ran" >&2; return 1; }
	case $ended in
	1) grep -q '^stopped mmap EACCES' "$WORK/out" && return ;;
	*) [ -e started ] || { grep -q '^modseal: ' "$WORK/err" && return; } ;;
	esac
	echo "ended with $ended: $(cat "$WORK/out" "$WORK/err")" >&2
	return 1
}
# shellcheck disable=SC2086
check "E14 without killable nothing runs that is not approved" decides within_time "$reach" refusing killable $inner --
few() {
	number=$1
	shift
	# shellcheck disable=SC2086,SC2016 # expanded there
	decides within_time sh -c 'ulimit -n "$0" && exec "$@"' "$number" $inner --
}
for number in 4 24 28 32 48; do
	check "E14 at most $number descriptors" few $number
done
top='crypto: {provider: none}' policy_of broken.yaml >/dev/null 2>&1
check "E14 a policy that is none" not_started within_time "$SAFE/bin/modseal" run --policy "$SAFE/broken.yaml" \
	--anchor "$SAFE/policy.pem" -- touch "$OURS/started"
check "E14 no policy" not_started within_time "$SAFE/bin/modseal" run --policy "$SAFE/none.yaml" \
	--anchor "$SAFE/policy.pem" -- touch "$OURS/started"

# ---- E15 ----------------------------------------------------------------------------------
out_of_reach() { exits 1 run "$reach" "$@"; }
for way in ptrace memory vm descriptors names limits; do
	if as_user "$reach" family "$reach" reach $way >/dev/null; then
		check "E15 $way: reaches an ordinary parent" as_user "$reach" family "$reach" reach $way
	else
		skip "E15 $way without run" "this kernel lets nobody reach a parent (yama)"
	fi
	check "E15 $way: not the supervisor" out_of_reach reach $way
done
check "E15 a listener of one's own is found" as_user "$reach" listener own
check "E15 the program has none" out_of_reach listener
# shellcheck disable=SC2016 # expanded there
check "E15 no descriptors but its own" [ "$(run sh -c 'ls /proc/self/fd | wc -l' 2>&1)" = \
	"$(as_user sh -c 'ls /proc/self/fd | wc -l' 2>&1)" ]

# ---- E22 ----------------------------------------------------------------------------------
library=$(ldd "$SAFE/bin/modseal" | awk '/libcrypto/ { print $3 }')
many=
for number in $(seq 40); do
	cp "${library:-/usr/bin/perl}" "$SAFE/lib/many$number" && echo "$number" >>"$SAFE/lib/many$number"
	many="$many $SAFE/lib/many$number"
done
descriptors() { for process in $(supervisors); do ls "/proc/$process/fd"; done | wc -l; }
# shellcheck disable=SC2086,SC2016 # many words; expanded there
run sh -c '"$0" killed "$@" >"$OURS/one" && : >go1; while [ ! -e went1 ]; do sleep 0.05; done
	"$0" killed "$@" >"$OURS/two" && : >go2; while [ ! -e went2 ]; do sleep 0.05; done' "$reach" "$good" $many \
	>"$WORK/log" 2>&1 &
runner=$!
await() { for turn in $(seq 400); do [ -e "$1" ] && return; sleep 0.05; done; return 1; }
check "E22 forty are killed while they wait, and the next is served" await go1
sleep 0.3
first=$(descriptors)
: >went1
check "E22 and forty again" await go2
sleep 0.3
second=$(descriptors)
: >went2
check "E22 no descriptor is kept of them ($first, then $second)" [ "$second" -le "$((first + 2))" ]
check "E22 the tree ends as it should" wait $runner
check "E22 nobody is called a liar" nothing grep -v 'many' "$WORK/log"

# who is killed before its call is taken leaves a thread of the supervisor nothing to take: here one
# after the other, for each of them
all_stand() {
	for process in $(supervisors); do
		for task in "/proc/$process/task/"*; do
			read -r stat <"$task/stat" && [ "${stat#*) T}" != "$stat" ] || return 1
		done
	done
}
untaken() {
	rm -f "$OURS/here" "$OURS/stopped" "$OURS/killed"
	# shellcheck disable=SC2016 # expanded there
	patience=20 run sh -c ': >here; while [ ! -e stopped ]; do :; done
		for one in 1 2 3 4 5 6 7 8 9 10; do
			for again in 1 2 3 4; do /usr/bin/true & all="$all $!"; done
		done
		for one in $all; do
			until read -r stat </proc/$one/stat && [ "${stat#*) S}" != "$stat" ]; do :; done
		done
		kill -9 $all; wait; : >killed; exec /usr/bin/true' &
	runner=$!
	await "$OURS/here" || return 1
	kill_them STOP
	for turn in $(seq 200); do all_stand && break; sleep 0.05; done
	: >stopped
	await "$OURS/killed" || return 1
	kill_them CONT
	exits 0 wait $runner
}
check "E16 E22 forty are killed before their calls are taken, and the next is served" untaken

# ---- E23 ----------------------------------------------------------------------------------
check "E23 a process that nobody may look into: works without run" free "$reach" undumpable "$good"
check "E23 a process that nobody may look into" caught EACCES 'process [0-9]+, "run_reach": descriptor [0-9]+' "$reach" undumpable "$good"
unseen='process [0-9]+, "run_limits": the memory'
bypass "E23 memory that it mapped before becomes executable" EACCES "$unseen" "$limits" undumpable-protect "$good"
check "E23 a path in memory that nobody may read: works without run" as_user "$limits" undumpable-execute /usr/bin/true
check "E23 a path in memory that nobody may read" caught EACCES "$unseen" "$limits" undumpable-execute /usr/bin/true
run_options=--strict
bypass "E23 with --strict, what it mapped before grows" EACCES "$unseen" "$limits" undumpable-grow "$good"
run_options=
cp "$hostile" "$SAFE/bin/unreadable" && chmod 711 "$SAFE/bin/unreadable"
check "E23 a program that may not be read: works without run" free "$SAFE/bin/unreadable" say
check "E23 a program that may not be read" exits 126 run "$SAFE/bin/unreadable" say
run "$SAFE/bin/unreadable" say 2>"$WORK/err"
check "E23 it is named" one_record "$SAFE/bin/unreadable"
check "E23 calls that are wrong, without run" exits 0 as_user "$reach" wrong-calls "$good"
check "E23 calls that are wrong fail as they do without" exits 0 run "$reach" wrong-calls "$good"

# ---- E24 ----------------------------------------------------------------------------------
check "E24 env -i" caught EACCES "$OURS/code" env -i "$hostile" map "$OURS/code"
closed() { run sh -c "exec $hostile map $OURS/code <&- 2>&-" >"$WORK/out"; grep -q '^stopped mmap EACCES' "$WORK/out"; }
check "E24 closed descriptors" closed
none_open() { run "$reach" wrong-calls "$good" <&- >&- 2>&-; }
check "E24 started with none" none_open
none_but() { run "$hostile" map "$OURS/code" <&- 2>&-; }
gated() { out=$("$@"); [ "$out" = "stopped mmap EACCES" ] || { echo "$out" >&2; return 1; }; }
check "E24 and still gated" gated none_but
# daemon FILE [with]: what a daemon says whose starter has ended
daemon() {
	rm -f "$OURS/said"
	if [ $# = 2 ]; then run "$reach" daemon "$1" "$OURS/said" 2>/dev/null; else as_user "$reach" daemon "$1" "$OURS/said"; fi
	for turn in $(seq 60); do [ -s "$OURS/said" ] && break; sleep 0.05; done
	cat "$OURS/said"
}
free_daemon() { [ "$(daemon "$OURS/code")" = worked ]; }
good_daemon() { [ "$(daemon "$good" with)" = worked ]; }
gated_daemon() { gated daemon "$OURS/code" with; }
check "E24 a daemon that forked twice: works without run" free_daemon
check "E24 it may have what is approved" good_daemon
check "E24 and nothing else" gated_daemon
for turn in $(seq 40); do [ -z "$(supervisors)" ] && break; sleep 0.05; done
check "E24 nobody stays behind the last one" [ -z "$(supervisors)" ]

# in modseal alone: its waiting ends by a signal, and then by an error of the listener's, as the kernel
# has it of a process that is stopped meanwhile
cat >"$WORK/poll.c" <<'END'
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
__attribute__((constructor)) static void begin(void) { unsetenv("LD_PRELOAD"); }
int poll(struct pollfd *wait, nfds_t count, int milliseconds)
{
	static int turn;
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	if (count == 2 && turn++ == 0)
		return errno = EINTR, -1;
	if (count == 2 && turn == 2)
		return wait[0].revents = 0, wait[1].revents = POLLERR, 1;
	return (int)syscall(SYS_ppoll, wait, count, milliseconds < 0 ? NULL : &time, NULL, 0);
}
END
${CC:-cc} -shared -fPIC -o "$SAFE/lib/poll.so" "$WORK/poll.c" || exit 99
disturbed_daemon() {
	rm -f "$OURS/said"
	# shellcheck disable=SC2086 # several words
	as_user env LD_PRELOAD="$SAFE/lib/poll.so" $inner -- "$reach" daemon "$good" "$OURS/said" 2>/dev/null
	grep -qx worked "$OURS/said"
}
check "E24 nor is it left alone where waiting for it was disturbed" disturbed_daemon

for status in 0 1 42 125 126 127 255; do
	check "E24 exit status $status" exits $status run sh -c "exit $status"
done
# what a shell says of a process that a signal ended: 128 and its number
for signal in 1 9 11 15; do
	ended_by() { exits $((128 + signal)) as_user sh -c "$inner -- sh -c 'kill -$signal \$\$'; exit \$?"; }
	check "E24 ended by signal $signal" ended_by
done
passed_on() {
	rm -f "$OURS/ready"
	# what is started in the background ignores SIGINT
	# shellcheck disable=SC2086
	as_user env --default-signal=INT $inner -- sh -c "trap 'exit 33' $1; : >$OURS/ready
		for turn in \$(seq 100); do sleep 0.1; done" 2>"$WORK/err" &
	runner=$!
	await "$OURS/ready" || return 1
	${2:-kill} "-$1" $(supervisors)
	exits 33 wait $runner
}
# 34: the first of the real-time signals, which its own timer has, too
for signal in TERM HUP INT USR1 34; do
	check "E24 SIG$signal to run reaches the program" passed_on $signal
done
queue() { python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).sigqueue(int(sys.argv[2]), -int(sys.argv[1]), None))' "$@"; }
to_thread() { python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).tgkill(int(sys.argv[2]), int(sys.argv[2]), -int(sys.argv[1])))' "$@"; }
for way in queue to_thread; do
	check "E24 signal 15 to run, sent by $way, reaches the program" passed_on 15 $way
done
# The key of a terminal is for all of its group, whom the kernel tells itself: run must not tell a
# program that has gone into a group of its own.
cat >"$WORK/terminal.py" <<'END'
import contextlib, os, pty, signal, sys
child, terminal = pty.fork()
if child == 0:
    # beside run, to know when the key has come
    def tell(*_):
        with contextlib.suppress(ProcessLookupError): # it has ended by the key
            os.kill(program, signal.SIGUSR1)
    signal.signal(signal.SIGINT, tell)
    program = os.fork()
    if program == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    os._exit(os.waitstatus_to_exitcode(os.waitpid(program, 0)[1]))
text = b""
try:
    while more := os.read(terminal, 4096):
        if b"ready" in text + more and b"ready" not in text:
            os.write(terminal, b"\x03")
        text += more
except OSError:
    pass # nobody has it open any more
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
cat >"$WORK/program.py" <<'END'
import os, signal, sys
apart = sys.argv[1] == "apart"
if apart:
    os.setpgid(0, 0)
signal.signal(signal.SIGINT, lambda *_: os._exit(33))
signal.signal(signal.SIGUSR1, lambda *_: apart and os._exit(44))
print("ready", flush=True)
while True:
    signal.pause()
END
chmod 644 "$WORK/program.py"
in_terminal() {
	# shellcheck disable=SC2086 # several words
	timeout -k 5 30 python3 "$WORK/terminal.py" setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all \
		env --default-signal=INT $inner -- "$@"
}
interrupted() { in_terminal /usr/bin/python3 -S "$WORK/program.py" "$@"; }
if python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
	check "E24 the key of a terminal reaches the program in its group" exits 33 interrupted together
	check "E24 not one in a group of its own; what is sent to run does" exits 44 interrupted apart
	# a terminal stops a program by its keys; who sends SIGSTOP must not stop the others of the tree
	# shellcheck disable=SC2016 # expanded there
	check "E24 SIGSTOP to the program stops no other of the tree" exits 7 in_terminal sh -c '
		(until read -r stat </proc/$$/stat && [ "${stat#*) T}" != "$stat" ]; do :; done
			/usr/bin/true; ended=$?; kill -CONT $$; exit $ended) & other=$!
		kill -STOP $$; wait $other; exit $((7 + $?))'
else
	skip "E24 in a terminal" "none can be opened"
fi
# what it left behind may be more than one process, which are modseal's when it has been reaped
left_behind() {
	rm -f "$OURS"/ready? "$OURS"/got?
	# shellcheck disable=SC2086,SC2016 # several words; expanded there
	as_user $inner -- sh -c 'for one in 1 2; do
		setsid sh -c "trap \": >$0/got$one; exit\" TERM; while [ -d /proc/$$ ]; do sleep 0.02; done; : >$0/ready$one; for turn in \$(seq 100); do sleep 0.1; done" &
	done' "$OURS" 2>"$WORK/err" &
	runner=$!
	await "$OURS/ready1" && await "$OURS/ready2" || return 1
	kill -TERM $(supervisors)
	exits 0 wait $runner && [ -e "$OURS/got1" ] && [ -e "$OURS/got2" ]
}
check "E24 when the program has ended, it reaches what it left behind" left_behind
helped() {
	rm -f "$OURS/ready" "$OURS/got"
	# shellcheck disable=SC2086,SC2016 # several words; expanded there
	as_user $inner -- sh -c '(trap "[ -d /proc/$$ ] || : >$0/got; exit" TERM; : >$0/ready; for turn in $(seq 100); do sleep 0.1; done) &
		trap "exit 33" TERM; wait' "$OURS" 2>"$WORK/err" &
	runner=$!
	await "$OURS/ready" || return 1
	kill -TERM $(supervisors)
	exits 33 wait $runner && [ -e "$OURS/got" ]
}
check "E24 told to end, the program ends first, and then what it left behind" helped
# left_alone SIGNAL: what does not tell it to end reaches the program only, not what outlives it
left_alone() {
	rm -f "$OURS/ready" "$OURS/got"
	# shellcheck disable=SC2086,SC2016 # several words; expanded there
	as_user $inner -- sh -c '(while [ -d /proc/$$ ]; do sleep 0.02; done; sleep 0.3; : >$0/got) &
		trap "exit 33" '"$1"'; : >$0/ready; wait' "$OURS" 2>"$WORK/err" &
	runner=$!
	await "$OURS/ready" || return 1
	kill "-$1" $(supervisors)
	exits 33 wait $runner && [ -e "$OURS/got" ]
}
for signal in HUP USR1; do
	check "E24 SIG$signal to run ends nothing that outlives the program" left_alone $signal
done
# the first ends when the program has been reaped, the second when the first has
# shellcheck disable=SC2016 # expanded there
check "E24 the status is the program's, not that of what ends later" exits 7 run sh -c \
	'(while [ -d /proc/$$ ]; do sleep 0.02; done; exit 3) & first=$!
	(while [ -d /proc/$first ]; do sleep 0.02; done; sleep 0.1) & exit 7'
if [ -n "$default" ]; then
	# shellcheck disable=SC2086 # several words
	without_chld() {
		wanted=$1
		shift
		patience=10 exits "$wanted" within_time env --ignore-signal=CHLD $inner -- "$@"
	}
	check "E24 started with SIGCHLD ignored it sees the end" without_chld 7 sh -c 'exit 7'
	check "E24 and the program ignores it, too" without_chld 0 grep -q '^SigIgn:.*[1-9a-f]....$' /proc/self/status
else
	skip "E24 SIGCHLD ignored" "env(1) has no --ignore-signal"
fi
