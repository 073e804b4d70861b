# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# `modseal run` with the kernel of Debian 12 (6.1), where files may have fs-verity.
. tests/lib.sh
. tests/policy.sh
user=1000
ours=$REAL/ours disk=$WORK/disk
mkdir "$ours" "$REAL/held" && chown $user:$user "$ours" && chmod 755 "$WORK"
# its times are whole seconds, for its inodes are small
truncate -s 24M "$disk" && mkfs.ext4 -q -b 4096 -I 128 -O verity,^has_journal "$disk" && losetup /dev/loop0 "$disk" &&
	mount -t ext4 /dev/loop0 "$REAL/held" || exit 1
for name in one plain; do cp /samples/lib$name.so.1 "$REAL/held/"; done
sign_with release "$REAL/held/libone.so.1" >"$WORK/.sign"
cp /samples/libone.so.1 "$ours/libevil.so.1" && cp /bin/busybox "$ours/program"
chown $user:$user "$ours"/* "$REAL/held"/*
cat >"$REAL/run.yaml" <<POLICY
modseal-policy: 1
name: run
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
signers:
  release:
    trust: pinned
    certificate-file: $REAL/release.pem
    certificate-sha256: "$(sha256sum "$REAL/release.pem" | cut -d' ' -f1)"
rules:
  - {path: /bin/**, kind: program, evidence: [protected-path]}
  - {path: /build/**, kind: program, evidence: [protected-path]}
  - {path: /usr/lib/**, kind: library, evidence: [protected-path], identity: unbound}
  - {path: $REAL/held/*, kind: library, signers: [release], owners: [root, caller]}
POLICY
check "a policy for it" "$MODSEAL" policy sign "$REAL/run.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
# shellcheck disable=SC2086 # several words, or none
under() {
	/bin/setpriv --reuid $user --regid $user --clear-groups "$MODSEAL" run --policy "$REAL/${policy:-run.yaml}" --anchor "$REAL/policy.pem" ${options:-} -- "$@" \
		>"$WORK/said" 2>&1
}
says() { grep -qE -- "$1" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
thread=/build/tests/hosts/run_thread
check "true" exits 0 under /bin/true
check "E24 its status passes" exits 7 under /bin/sh -c 'exit 7'
check "a pipeline" exits 0 under /bin/sh -c 'echo a | cat | grep -q a'
check "a program of the user's is refused" exits 126 under "$ours/program" true
check "with one message" says "^modseal: '$ours/program': refused: "
under /bin/sh -c "LD_PRELOAD=$ours/libevil.so.1 $thread execute /bin/true"
check "E01 so is a library by LD_PRELOAD" says "^modseal: '$ours/libevil.so.1': refused: "
for mode in map unshared; do
	under $thread $mode "$ours/libevil.so.1"
	check "E23 what a thread maps is judged as it sees it ($mode)" says '^stopped mmap EACCES'
done
for mode in map unshared; do
	under $thread $mode "$(find /usr/lib -name 'libc.so.6' | head -1)"
	check "and it maps what is approved ($mode)" says '^worked'
done
check "E24 it executes what is approved" exits 0 under $thread execute /bin/true

# ---- --strict, with Landlock of version 2 ----------------------------------------------
landlock=/build/tests/hosts/run_landlock
libc=$(find /usr/lib -name 'libc.so.6' | head -1)
mkdir "$ours/from" "$ours/to" && touch "$ours/from/a" && chown -R $user:$user "$ours"
check "/proc/PID/mem can be written to" exits 0 under $landlock memory /proc/self/mem "$libc"
options="--strict --summary"
under /bin/true
check "--strict: a program is started" says '^modseal: programs'
check "--strict: this kernel has Landlock" nothing grep Landlock "$WORK/said"
for way in "memory /proc/self/mem" memory-thread memory-reopened memory-child memory-new-proc memory-cloned-proc; do
	under $landlock $way "$libc"
	check "E25 --strict: $way" says '^(stopped open EACCES|unable unshare EPERM)'
done
check "--strict: files are moved between directories" exits 0 under $landlock move "$ours/from/a" "$ours/to/a"
check "--strict: and made" exits 0 under $landlock write "$ours/to/b"
options=

# ---- held by fs-verity -----------------------------------------------------------------
one=$REAL/held/libone.so.1
under $thread map "$one"
check "a signed library that its user could change is refused" says "^modseal: '$one': refused: .*fs-verity"
check "fs-verity is enabled on it" fsverity enable "$one"
check "and on one that nobody signed" fsverity enable "$REAL/held/libplain.so.1"
under $thread map "$one"
check "E19 then it is approved where it lies" says '^worked'
under $thread map "$REAL/held/libplain.so.1"
check "but not what nobody signed" says "^modseal: '$REAL/held/libplain.so.1': refused: "

# A file that only root can write is judged once; one that fs-verity holds each time, however long ago
# it was changed: its user may put another in its place.
judged() { # judged WORD...: how many libraries, and not by a kept verdict
	options=--summary under "$@"
	sed -n 's/^modseal: libraries *\([0-9]*\) judged.*/\1/p' "$WORK/said"
}
sleep 3
both="$thread map $libc && $thread map $one"
once=$(judged /bin/sh -c "$both")
check "E19 a user's file is judged each time, though it has not been changed for long, root's once" \
	test "$(judged /bin/sh -c "$both && $both")" = $((once + 1))

# The user puts another file in its place that has the same inode, size and times.
signed=$ours/signed other=$ours/other
cp /samples/libone.so.1 "$signed" && sign_with release "$signed" >>"$WORK/.sign"
size=$(stat -c %s /samples/libone.so.1)
{ head -c $((size - 1)) "$signed"; echo; tail -c "+$((size + 1))" "$signed"; } >"$other"
check "another of the same size" test "$(stat -c %s "$signed")" = "$(stat -c %s "$other")"
chmod 644 "$signed" "$other" && chown $user:$user "$REAL/held"
# shellcheck disable=SC2016 # expanded there
under /bin/sh -c 'put() { rm -f "$3"; cat "$2" >"$3"; fsverity enable "$3" && stat -c "%i %Z %s %a %h" "$3" >"$1"; }
	for turn in 1 2 3 4 5; do
		put "$4/before" "$1" "$3" && "$5" map "$3" || exit 1
		put "$4/after" "$2" "$3" && "$5" map "$3" && { echo "passed"; exit 1; }
		cmp -s "$4/before" "$4/after" && { echo "the same file to the eye"; exit 0; }
	done; exit 2' sh "$signed" "$other" "$one" "$ours" $thread
check "E19 a user's file is judged each time, whatever it looks like" says '^the same file to the eye'
check "E19 it is refused for what is in it" says "^modseal: '$one': refused: .*sign"
umount "$REAL/held" && losetup -d /dev/loop0

# ---- --seal, where no memfd can be sealed against execution ----------------------------
plugins=$REAL/plugins loader=/build/tests/hosts/run_loader
mkdir "$plugins" && cp /samples/libpayload.so.1 "$plugins/signed" && cp "$plugins/signed" "$plugins/unsigned" &&
	sign_with release "$plugins/signed" >>"$WORK/.sign" && chown -R $user:$user "$plugins" || exit 1
sed "s|^rules:|&\n  - {path: $plugins/*, kind: library, signers: [release], owners: [root, caller], identity: unbound}|" \
	"$REAL/run.yaml" >"$REAL/sealing.yaml"
check "a policy for it" "$MODSEAL" policy sign "$REAL/sealing.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
policy=sealing.yaml
under $loader dlopen "$plugins/signed"
check "E20 without --seal a user's signed library is refused" says '^stopped dlopen'
options=--seal
under $loader dlopen "$plugins/signed"
check "E20 with --seal it is loaded" says '^worked'
under $loader dlopen "$plugins/unsigned"
check "E20 and one that nobody signed is not" says "^modseal: '$plugins/unsigned': refused: "
check "--seal: what a shell opens is the file" exits 0 under /bin/sh -c "cmp $plugins/signed /proc/self/fd/3 3<$plugins/signed"
for way in memfd-map memfd-sealed memfd-execve; do
	under /build/tests/hosts/run_hostile $way /build/tests/hosts/run_hostile
	check "E03 $way" says '^stopped '
done
options=

# ---- files that never answer (FUSE) ----------------------------------------------------
mkdir "$ours/hangs"
/build/tests/hosts/run_fuse "$ours/hangs" - 0 >"$WORK/fuse" 2>&1 &
server=$!
until grep -q mounted "$WORK/fuse"; do sleep 1; done
check "E17 what never answers is refused, and others are served" exits 0 under /bin/sh -c \
	"'$ours/hangs/file' & tried=\$!; for turn in 1 2 3 4 5; do /bin/true || exit 9; done; wait \$tried; [ \$? = 126 ]"
kill $server
umount "$ours/hangs"
