#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: modseal run has one thread when it starts, and a sanitizer more
# What a thread other than the first asks for under `modseal run` is judged as that thread sees it.
. tests/lib.sh
. tests/hostile/run.inc

install -m 755 "$BUILD/tests/hosts/run_thread" "$SAFE/bin/"
thread=$SAFE/bin/run_thread
works() { [ "$(run "$thread" "$@" 2>"$WORK/err")" = worked ] || { cat "$WORK/err" >&2; return 1; }; }
check "a thread maps what is approved" works map "$good"
check "by a descriptor of its own, too" works unshared "$good"
bypass "a thread maps what nobody approves" EACCES "$EVIL" "$thread" map "$EVIL"
bypass "E23 its number means an approved file for the first thread" EACCES "$EVIL" "$thread" unshared "$EVIL"
executes() { run "$thread" execute /usr/bin/true 2>"$WORK/err" || { cat "$WORK/err" >&2; return 1; }; }
check "E24 a thread executes what is approved" executes
cp /usr/bin/true "$OURS/program" && chown $user "$OURS/program"
refused_exec() { run "$thread" execute "$OURS/program" >"$WORK/out" 2>"$WORK/err"; grep -q '^stopped execve EACCES' "$WORK/out" && one_record "$OURS/program"; }
check "and not what is not" refused_exec
