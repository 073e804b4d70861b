#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: what these programs do to memory no sanitizer survives
# `modseal run` against roundabout ways to executable bytes: io_uring, descriptors of siblings, memory of
# files without a name, 32-bit code, mounts of one's own seen by others (E02, E07, E08, E15, E21).
. tests/lib.sh
. tests/hostile/run.inc
detours=$SAFE/bin/run_detours
cp "$BUILD/tests/hosts/run_detours" "$detours" || exit 99
# able MODE...: it works without run; else it is skipped
able() {
	out=$(as_user "$detours" "$@" 2>"$WORK/err")
	[ "${out%% *}" = worked ] || { skip "$*" "not here without run: ${out:-$(head -n 1 "$WORK/err")}"; return 1; }
}
# never MODE ERROR: no kernel lets it pass; nor does one with run
never() { check "E02 $1: stopped as without run" caught "$2" "$3" "$detours" "$1" "$good"; }

# ---- opened and mapped without being asked about ------------------------------------------------
if able ring "$OURS/code"; then
	bypass "E02 opened by io_uring" EACCES "$OURS/code" "$detours" ring "$OURS/code"
	for run_options in --seal --strict; do
		check "E02 io_uring with $run_options" caught EPERM - "$detours" ring "$OURS/code"
	done
	run_options=
fi
if able sibling; then
	bypass "E03 memory of a sibling, by pidfd_getfd" EACCES memfd "$detours" sibling
fi
bypass "E02 a page of /dev/zero" EACCES /dev/zero "$detours" zero-device
bypass "E02 shared memory of no file" EACCES /dev/zero "$detours" shared-anonymous
# the kernel may refuse these itself, and must not be all that does
for mode in secret-later secret-mapped asynchronous; do
	out=$(as_user "$detours" $mode 2>&1)
	case $out in
	unable*) skip "E02 $mode" "$out" ;;
	*)
		check "E02 $mode" caught EACCES 'secretmem|aio' "$detours" $mode
		;;
	esac
done
never kernel-writes EFAULT -
never own-filter ENOSYS -
bypass "E07 personality, bits beside and above" EPERM - "$detours" personality-bits "$OURS/code"
if [ "$(uname -m)" = x86_64 ] && able far-call "$OURS/code"; then
	bypass "E08 32-bit code by a far call" ENOSYS - "$detours" far-call "$OURS/code"
	run_options=--strict
	check "E08 none with --strict" caught EACCES - "$detours" far-call "$OURS/code"
	run_options=
fi

# ---- mounts of one's own --------------------------------------------------------------------------
# root's, but nowhere approved
cp "$good" "$REAL/unlisted" && mkdir -p "$REAL/tree$SAFE/lib" && cp "$good" "$REAL/tree$good" || exit 99
for mode in through-root joined; do
	able $mode "$REAL/unlisted" "$good" || continue
	bypass "E21 $mode: what a sibling has mounted over an approved file" EACCES "$good" "$detours" $mode "$REAL/unlisted" "$good"
done
if able cloned "$REAL/tree" "$good"; then
	bypass "E21 a descriptor from a tree that is mounted nowhere" EACCES "$good" "$detours" cloned "$REAL/tree" "$good"
	check "E21 it says why" grep -q 'is not the file of that path (.*another mount namespace' "$WORK/err"
fi


# ---- the supervisor -------------------------------------------------------------------------------
# shellcheck disable=SC2016 # expanded there
reached='"$0" reached $PPID; exit $?'
if as_user sh -c 'sh -c "$1" "$0"; exit $?' "$detours" "$reached" >/dev/null; then
	check "E15 an ordinary parent is reached" as_user sh -c 'sh -c "$1" "$0"; exit $?' "$detours" "$reached"
else
	skip "E15 an ordinary parent is reached" "this kernel lets nobody reach one"
fi
for run_options in '' --strict; do
	check "E15 the supervisor is not, by no other call or file${run_options:+ with $run_options}" \
		caught '' - sh -c "$reached" "$detours"
done
run_options=
# shellcheck disable=SC2016 # expanded there
check "E15 signals as of its own timers: it goes on, and refuses" caught EACCES "$OURS/code" \
	sh -c '"$0" forged $PPID "$1"; exit $?' "$detours" "$OURS/code"
