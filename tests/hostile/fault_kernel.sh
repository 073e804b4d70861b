#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R34: every call on the way of a kernel module fails in turn, into a kernel that is played.
. tests/lib.sh
fault=$BUILD/tests/fault/fault
if [ ! -x "$fault" ]; then
	skip "R34 failing calls" "the wrappers are x86-64 assembly"
	exit 0
fi
. tests/policy.sh
. tests/kernel.sh
# A sanitizer takes ten times as long: every fifteenth call then, unless FAULT_STRIDE says another.
[ -z "${SANITIZE:-}" ] || FAULT_STRIDE=${FAULT_STRIDE:-15}
export FAULT_STRIDE="${FAULT_STRIDE:-1}"
export MODULE_KERNEL="$WORK/linux"
mkdir "$MODULE_KERNEL"
kernel_policy
build_module "$MODULES/top.ko" top base 'softdep=pre: nothing' && build_module "$MODULES/base.ko" base '' || exit 99
# told COMMAND...: shows the count and fails where there was a breach
told() { "$@" >"$WORK/told"; status=$?; cat "$WORK/told" >&2; tail -1 "$WORK/told" >>"$WORK/counts"; return $status; }
check "R34 a kernel module is refused whatever fails" told env FAULT_AGAIN=1 "$fault" kernel \
	"$REAL/policy.yaml" "$REAL/policy.pem" "$MODULES/top.ko"
: >"$MODULE_KERNEL/log"
echo 126 >"$MODULE_KERNEL/top.answer"
"$fault" count finit kernel "$REAL/policy.yaml" "$REAL/policy.pem" "$MODULES/top.ko" >"$WORK/log"
taken_out() { printf '%s\n' 'insert base' 'insert top a=1' 'take out base' | diff - "$MODULE_KERNEL/log" >&2; }
check "R63 the played kernel was asked, and what it had loaded was taken out" taken_out
cat "$WORK/counts"
