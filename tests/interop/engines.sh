#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: what it needs there is put there by hand
# `modseal run` as the entry point of containers by systemd-nspawn, podman and docker, each with what it
# allows without being asked: a small system with modseal, its policy, and a shell.
# shellcheck disable=SC2086,SC2016 # options are words; what is quoted is of the shell inside
. tests/lib.sh
PATH=$PATH:/usr/sbin:/sbin
needs() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return; }
	for tool in busybox setpriv tar unshare; do
		command -v $tool >/dev/null || { echo "$tool is not installed"; return; }
	done
	ldd "$(command -v busybox)" >/dev/null 2>&1 && { echo "busybox is not static (Debian: busybox-static)"; return; }
	grep -qw cgroup2 /proc/filesystems || { echo "this kernel has no cgroup2"; return; }
	"$MODSEAL" run --help >/dev/null 2>&1 || echo "no \`modseal run\` in this build"
}
missing=$(needs)
if [ -n "$missing" ]; then
	skip "containers" "$missing"
	exit 0
fi
# In a mount namespace of its own, where nothing stays, with control groups as new systems have them.
if [ -z "${ENGINES_APART:-}" ]; then
	trap - EXIT
	rm -rf "$WORK"
	ENGINES_APART=1 exec timeout -k 5 240 unshare --mount --propagation private sh "$0"
fi
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 none /sys/fs/cgroup && mount -t tmpfs none /run || exit 99

# ---- the system --------------------------------------------------------------------------
root=$WORK/root
for folder in usr/bin usr/lib etc/modseal/anchors.d var/lib/modseal proc sys dev tmp run root opt; do
	mkdir -p "$root/$folder"
done
chmod 755 "$WORK" && ln -s usr/bin "$root/bin" && ln -s usr/lib "$root/lib"
[ ! -L /lib64 ] || { mkdir "$root/usr/lib64" && ln -s usr/lib64 "$root/lib64"; }
# put FILE NAME: a program, and its libraries by the names it knows them under
put() {
	cp -L "$1" "$root/usr/bin/$2"
	ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p' | while read -r library; do
		place=$root/$(realpath "$(dirname "$library")")
		mkdir -p "$place" && cp -L "$library" "$place/"
	done
}
put "$MODSEAL" modseal && put "$(command -v setpriv)" setpriv && cp -L "$(command -v busybox)" "$root/usr/bin/busybox" || exit 99
for name in sh id true; do ln -s busybox "$root/usr/bin/$name"; done
cp "$root/usr/bin/busybox" "$root/opt/other"
printf 'root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\ndaemon:x:1:\n' >"$root/etc/group"
cat >"$WORK/policy.yaml" <<'POLICY'
modseal-policy: 1
name: system
serial: 1
issued: 2026-01-01T00:00:00Z
rules:
  - {path: /usr/**, kind: program, evidence: [protected-path]}
  - {path: /usr/**, evidence: [protected-path], identity: unbound}
POLICY
{ "$MODSEAL" keygen policy --directory "$WORK" && cp "$WORK/policy.pem" "$root/etc/modseal/anchors.d/system.pem" &&
	"$MODSEAL" policy sign "$WORK/policy.yaml" --key "$WORK/policy.key" --certificate "$WORK/policy.pem" &&
	"$MODSEAL" policy install --yes --directory "$root/etc/modseal" --state "$root/var/lib/modseal" \
		--anchor-directory "$root/etc/modseal/anchors.d" "$WORK/policy.yaml"; } >"$WORK/log" 2>&1 || { cat "$WORK/log"; exit 99; }

# ---- the engines -----------------------------------------------------------------------------
# in_NAME WORD...: WORD... in a container with $options
in_nspawn() { systemd-nspawn -q --register=no --keep-unit --pipe -D "$root" $options "$@"; }
in_podman() {
	podman --root "$WORK/podman" --runroot /run/podman --cgroup-manager=cgroupfs --events-backend=none \
		run --rm --ulimit nofile=1024:1024 --ulimit nproc=512:512 --cgroups=disabled --network=none $options --rootfs "$root" "$@"
}
in_docker() { docker -H unix:///run/docker.sock run --rm --pull=never --network=none $options modseal-test "$@"; }
# contained STATUS WORD...: `modseal run $run_options -- WORD...` there ends so
options='' run_options=''
contained() {
	want=$1
	shift
	"in_$engine" modseal run $run_options -- "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	got=$?
	[ "$got" = "$want" ] || { echo "ended with $got" >&2; tail -n 10 "$WORK/out" "$WORK/err" >&2; return 1; }
}
# refuses TEXT WORD...: the same is refused (126), and standard error has TEXT
refuses() {
	text=$1
	shift
	contained 126 "$@" && { grep -qF -e "$text" "$WORK/err" || { cat "$WORK/err" >&2; return 1; }; }
}
# what all of them must do; $as names another user, $landlock lets its calls pass
all_of() {
	options=''
	check "$engine: its status passes" contained 7 sh -c 'exit 7'
	check "$engine: what no rule is for is refused" refuses "'/opt/other': refused: no rule" /opt/other true
	check "$engine: so is a child of the program" refuses "'/opt/other': refused: no rule" sh -c '/opt/other true'
	options=$as
	check "$engine: as another user" contained 1 sh -c 'exit $(id -u)'
	options=$landlock run_options=--strict
	check "$engine: --strict" contained 8 sh -c '(exit 7) | (exit 8)'
	options='' run_options=''
}
of_images() {
	set -- setpriv --reuid=1 --regid=1 --clear-groups sh -c 'exit $(id -u)'
	options='--read-only --cap-drop=all --security-opt=no-new-privileges'
	check "$engine: read-only, without a right" contained 7 sh -c 'exit 7'
	options=''
	check "$engine: a program that becomes another user is refused, with what it needs" refuses 'or with CAP_SYS_PTRACE' "$@"
	options=--cap-add=sys_ptrace
	check "$engine: with that it works" contained 1 "$@"
	options=''
}

if command -v systemd-nspawn >/dev/null; then
	engine=nspawn as='-u daemon' landlock=
	for call in create_ruleset add_rule restrict_self; do
		landlock="$landlock --system-call-filter=landlock_$call"
	done
	all_of
else
	skip "systemd-nspawn" "not installed (Debian: systemd-container)"
fi
if command -v podman >/dev/null; then
	engine=podman as='--user 1:1' landlock=''
	all_of
	of_images
	umount -R "$WORK/podman/overlay" 2>/dev/null || true
else
	skip "podman" "not installed"
fi
if command -v dockerd >/dev/null && command -v docker >/dev/null; then
	dockerd --data-root "$WORK/docker" --exec-root /run/docker --pidfile /run/docker.pid -H unix:///run/docker.sock \
		--iptables=false --ip6tables=false --ip-forward=false --bridge=none >"$WORK/dockerd" 2>&1 &
	daemon=$!
	turns=100
	until docker -H unix:///run/docker.sock info >/dev/null 2>&1 || [ $((turns -= 1)) = 0 ]; do sleep 0.2; done
	if tar -C "$root" -c . | docker -H unix:///run/docker.sock import - modseal-test >/dev/null 2>"$WORK/err"; then
		engine=docker as='--user 1:1' landlock=''
		all_of
		of_images
	else
		skip "docker" "its daemon does not work here: $(tail -n 1 "$WORK/err")"
	fi
	kill $daemon 2>/dev/null
	wait $daemon 2>/dev/null
	umount -R "$WORK/docker" 2>/dev/null || true
else
	skip "docker" "not installed"
fi
