#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: it runs where there is nothing that a sanitizer looks for
# `modseal run` where services run: as the child of PID 1 and as PID 1, in a PID namespace and a root
# directory of their own, as root and as an ordinary user (E21, E24).
. tests/lib.sh
. tests/hostile/run.inc

# not of PID 1: who may be looked at is often a matter of who comes from whom (Yama)
cat >"$SAFE/orphan" <<'SH'
#!/bin/sh
sleep 0.3
while read -r name value; do
	[ "$name" = PPid: ] && cat "/proc/$value/comm"
done </proc/$$/status
SH
chmod 755 "$SAFE/orphan"
adopts() {
	[ "$(run sh -c "($SAFE/orphan &); exit 0" 2>"$WORK/err")" = modseal ] || { cat "$WORK/err" >&2; return 1; }
}
check "E24 whoever loses its parent becomes a child of modseal" adopts

# standard error that nobody reads: the answers must not wait for it
unread() {
	mkfifo "$WORK/unread" && chmod 666 "$WORK/unread"
	sleep 60 <>"$WORK/unread" & reader=$!
	for i in $(seq 250); do cp /usr/bin/true "$OURS/refused-$i" && chown $user "$OURS/refused-$i"; done
	# shellcheck disable=SC2016 # of the shell inside
	patience=20 run sh -c 'for i in $(seq 250); do ./refused-$i 2>/dev/null; done; echo through' >"$WORK/out" 2>"$WORK/unread"
	kill $reader
	rm -f "$OURS"/refused-*
	grep -qx through "$WORK/out"
}
check "E17 messages that nobody reads hold nobody up" unread

unshare --pid --fork --mount --mount-proc true 2>"$WORK/err" || {
	skip "modseal run in a container" "no namespaces: $(cat "$WORK/err")"
	exit 0
}
# container WORD...: in a tree that has the system's /usr, $SAFE, and no more; /proc unless $no_proc
container() {
	timeout -k 5 60 unshare --pid --fork --mount sh -euc '
		root=$1 safe=$2 no_proc=$3
		shift 3
		mount -t tmpfs -o mode=755 tmpfs "$root"
		for folder in usr proc dev opt etc tmp; do mkdir "$root/$folder"; done
		for link in bin lib lib32 lib64 libx32 sbin; do
			[ ! -L "/$link" ] || cp -P "/$link" "$root/$link"
		done
		mount --rbind /usr "$root/usr"
		mkdir "$root$safe"
		mount --bind "$safe" "$root$safe"
		mount --bind "$safe" "$root/tmp" && umount "$root/tmp"
		for device in null zero urandom; do : >"$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"; done
		[ -n "$no_proc" ] || mount -t proc proc "$root/proc"
		exec chroot $userspec "$root" "$@"' container "$WORK/root" "$SAFE" "$no_proc" "$@"
}
export userspec='' no_proc=''
mkdir "$WORK/root"
modseal_run() { echo "$SAFE/bin/modseal run --policy $SAFE/policy.yaml --anchor $SAFE/policy.pem --"; }
# shellcheck disable=SC2046,SC2086 # several words
for who in root user; do
	userspec=
	[ $who = root ] || userspec=--userspec=$user:$user
	check "as PID 1, as $who" exits 0 container $(modseal_run) /usr/bin/true
	check "and with --strict, as $who" exits 0 container $(modseal_run | sed 's/ --$/ --strict --/') /bin/sh -c 'echo a | cat >/dev/null'
	is_first() { [ "$(container $(modseal_run) /bin/sh -c 'echo $PPID')" = 1 ]; }
	check "the program is its child, as $who" is_first
	check "E24 its status passes, as $who" exits 7 container $(modseal_run) /bin/sh -c 'exit 7'
	check "as a child of PID 1, as $who" exits 8 container /bin/sh -c "$(modseal_run) /bin/sh -c 'exit 8'; exit \$?"
	refuses() {
		container $(modseal_run) /bin/sh -c "$SAFE/other/program" 2>"$WORK/err"
		[ $? = 126 ] && grep -q "^modseal: '$SAFE/other/program': refused: " "$WORK/err" || { cat "$WORK/err" >&2; return 1; }
	}
	rm -rf "$SAFE/other" && mkdir -m 755 "$SAFE/other" && cp /usr/bin/true "$SAFE/other/program" && chown "$user" "$SAFE/other/program"
	check "E21 what is not approved there is refused, as $who" refuses
	# an orphan ends before the program does: somebody has to wait for it
	reaps() {
		[ "$(container $(modseal_run) /bin/sh -c '(sleep 0.2 & ) ; sleep 1; grep -l "^State:.*Z" /proc/[0-9]*/status 2>/dev/null | wc -l')" = 0 ]
	}
	check "E24 orphans are waited for, as $who" reaps
	# without it nothing of a process can be looked at
	no_proc=yes
	says_proc() {
		container $(modseal_run) /usr/bin/true >"$WORK/out" 2>"$WORK/err"
		[ $? = 125 ] && grep -q '/proc' "$WORK/err" || { cat "$WORK/err" >&2; return 1; }
	}
	check "E14 without /proc it does not start, and says so, as $who" says_proc
	no_proc=
done
# PID 1 has no default actions: the signal has to be passed on
# shellcheck disable=SC2046
told() {
	userspec='' container $(modseal_run) /bin/sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done' >"$WORK/out" 2>"$WORK/err" &
	container=$!
	for attempt in $(seq 100); do
		grep -q ready "$WORK/out" && break
		sleep 0.1
	done
	for first in /proc/[0-9]*; do
		case $(tr '\0' ' ' <"$first/cmdline") in "$SAFE/bin/modseal run "*trap*) break ;; esac
	done 2>/dev/null
	kill -TERM "${first#/proc/}"
	wait $container
	[ $? = 9 ] || { cat "$WORK/err" >&2; echo "attempt $attempt" >&2; return 1; }
}
check "E24 SIGTERM to PID 1 reaches the program" told
