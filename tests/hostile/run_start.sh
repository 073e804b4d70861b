#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: a sanitizer's own calls would be made to fail
# The calls of a start of `modseal run`, each made to fail: nothing starts, or it starts under the policy, and
# nobody waits for ever (E14, E07).
. tests/lib.sh
. tests/hostile/run.inc
follow=-f
# tried CALL NUMBER ERROR: the call of that number, in each process of the start, ends so; 2: nobody calls
# it so often
tried() {
	timeout -k 5 30 strace $follow -qq -o "$WORK/trace" -e trace="$1" -e inject="$1:error=$3:when=$2" \
		"$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" $run_options -- \
		"$hostile" map "$OURS/code" >"$WORK/out" 2>"$WORK/err"
	ended=$?
	grep -q INJECTED "$WORK/trace" || return 2
	case $ended:$(cat "$WORK/out") in
	*worked*) ;;
	*stopped\ mmap\ EACCES*) return ;;
	125:) grep -q '; the program was not started' "$WORK/err" && return ;;
	esac
	echo "$1 number $2: ended with $ended: $(cat "$WORK/out" "$WORK/err")" >&2
	return 1
}
if ! strace -qq -o "$WORK/trace" -e trace=getpid -e inject=getpid:error=EPERM true 2>/dev/null; then
	skip "E14 each call of the start" "no strace that makes calls fail"
	exit 0
fi
# every_one CALL ERROR: each time that it is called
every_one() {
	for number in $(seq 60); do
		tried "$1" "$number" "$2"
		case $? in
		1) return 1 ;;
		2) [ "$number" -gt 1 ]; return ;; # it is not called so often
		esac
	done
}
for call in prctl:EPERM seccomp:ENOMEM socketpair:EMFILE clone,clone3:EAGAIN sendmsg:EPERM recvmsg:EPERM sendto:EPERM \
	recvfrom:EPERM signalfd4:EMFILE timer_create:EAGAIN; do
	check "E14 $call, each in turn" every_one "${call%:*}" "${call#*:}"
done
run_options=--strict
check "E14 --strict, landlock_add_rule, each in turn" every_one landlock_add_rule ENOMEM
run_options=
# never CALL ERROR [NUMBER]: it never starts where the first (that one) of these calls of modseal itself fails
follow=
never() {
	tried "$1" "${3:-1}" "$2" || return 1
	[ $ended = 125 ] || { echo "ended with $ended" >&2; return 1; }
}
# nothing would be late, and no signal reach the program
check "E14 without a descriptor for signals: not started" never signalfd4 EMFILE
check "E14 where its orphans would not come to it: not started" never prctl EPERM
check "E15 where it could be looked into: not started" never prctl EPERM 2
# the kernels of most machines clear it on execve themselves
unknown() {
	timeout -k 5 30 strace -f -qq -o "$WORK/trace" -P /proc/self/personality -e trace=openat -e inject=openat:error=EACCES \
		"$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" -- "$hostile" say >"$WORK/out" 2>"$WORK/err"
	ended=$?
	[ $ended = 125 ] && [ ! -s "$WORK/out" ] && grep -q '^modseal: READ_IMPLIES_EXEC cannot be cleared: Permission denied' "$WORK/err" ||
		{ echo "ended with $ended: $(cat "$WORK/out" "$WORK/err")" >&2; return 1; }
}
check "E07 READ_IMPLIES_EXEC, where nobody tells whether it is set: not started" unknown
