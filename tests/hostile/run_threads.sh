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

# /proc/self is the first thread, whoever names it
cp "$hostile" "$OURS/says" && mkdir -p "$OURS/root$SAFE/bin" "$OURS/other" && cp "$hostile" "$OURS/root$thread" &&
	chown -R $user:$user "$OURS/says" "$OURS/root" "$OURS/other" || exit 99
bypass "E21 /proc/self/fd is the first thread's, and there another file" EACCES "$OURS/says" "$thread" first-fd "$OURS/says"
if as_user unshare --user true 2>/dev/null; then
	cd "$OURS/root" || exit 99
	bypass "E21 /proc/self/root is the first thread's, and there another file" EACCES "/proc/self/root$thread" \
		"$thread" first-root "$OURS/root$thread"
	cd "$OURS/other" || exit 99
	bypass "E21 the same directory, but another mount of it" EACCES "/proc/self/root$thread" \
		"$thread" first-mount "$OURS/says"
	cd "$OURS" || exit 99
else
	skip "E21 the root of the first thread" "no user namespace for an ordinary user"
fi
