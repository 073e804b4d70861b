#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R75: whose files a rule takes; and on a file system whose word about owners is not believed (ramfs) a place
# says nothing, only what is signed counts, and only in a sealed copy.
. tests/lib.sh
. tests/policy.sh
if [ "$(id -u)" != 0 ]; then
	skip "R75 a file system that is not believed" "mounting needs root"
	exit 0
fi
# every folder above it is root's and nobody else's to write to
SAFE=$(realpath "$(mktemp -d /opt/modseal-ram.XXXXXX)") || exit 99
trap 'ended=$?; umount -l "$SAFE/ram" 2>/dev/null; rm -rf "$SAFE"; (exit $ended); finish' EXIT
chmod 755 "$SAFE" && mkdir "$SAFE/ram" "$SAFE/disk"
# ---- whose files -------------------------------------------------------------------------------
mkdir "$SAFE/theirs" "$SAFE/others" && chmod 755 "$WORK" "$LIB" && cp "$REAL/policy.pem" "$REAL/release.pem" "$REAL/other.pem" "$SAFE"
build_library "$SAFE/theirs/libtheirs.so.1" libtheirs.so.1 'int theirs(void) { return 1; }'
cp "$SAFE/theirs/libtheirs.so.1" "$SAFE/libroots.so.1"
cp "$SAFE/theirs/libtheirs.so.1" "$SAFE/others/libtheirs.so.1"
user=$(id -u daemon)
chown -R "$user" "$SAFE/theirs" && chown -R 4711 "$SAFE/others"
by_user() {
	setpriv --reuid "$user" --regid "$user" --clear-groups "$@" --policy "$SAFE/policy.yaml" --anchor "$SAFE/policy.pem"
}
takes() { write_policy "$SAFE/policy.yaml" "rule:{path: $SAFE/**, signers: [release], identity: unbound$1}"; }
if command -v setpriv >/dev/null && cp "$MODSEAL" "$SAFE/modseal"; then
	check "a rule that says nothing of owners" takes ''
	check "R75 root's" by_user "$SAFE/modseal" verify "$SAFE/libroots.so.1"
	check "R75 the caller's own: refused" refused PATH_UNSAFE by_user "$SAFE/modseal" verify "$SAFE/theirs/libtheirs.so.1"
	check "a rule that takes the caller's, too" takes ', owners: [root, caller]'
	check "R75 root's, still" by_user "$SAFE/modseal" verify "$SAFE/libroots.so.1"
	check "R75 the caller's own" by_user "$SAFE/modseal" verify "$SAFE/theirs/libtheirs.so.1"
	check "R75 another user's: refused" refused PATH_UNSAFE by_user "$SAFE/modseal" verify "$SAFE/others/libtheirs.so.1"
else
	skip "R75 the caller's own" "no setpriv (util-linux)"
fi

# ---- whose word ------------------------------------------------------------------------------------
if ! mount -t ramfs none "$SAFE/ram" 2>/dev/null; then
	skip "R75 a file system that is not believed" "no ramfs may be mounted here"
	exit 0
fi
build_library "$SAFE/disk/libplain.so.1" libplain.so.1 'int plain(void) { return 1; }'
cp "$SAFE/disk/libplain.so.1" "$SAFE/ram/libplain.so.1"
rule() { write_policy "$REAL/policy.yaml" "rule:{path: $SAFE/**, kind: $1, $2, identity: unbound}"; }
check "by its place" rule library 'evidence: [protected-path]'
check "R75 what root protects, on a disk" verify "$SAFE/disk/libplain.so.1"
check "R75 the same in memory" refused PATH_UNSAFE verify "$SAFE/ram/libplain.so.1"
check "R75 it says why" sh -c 'printf %s "$1" | grep -q "not believed"' sh "$out"
check "by its signature" rule library 'signers: [release]'
check "R75 signed, on a disk" verify "$SAFE/disk/libplain.so.1"
copied() { verify --json "$SAFE/ram/libplain.so.1" | grep -q '"hand-off": "sealed".*owners not judged'; }
check "R75 signed, in memory: in a sealed copy" copied
# a program and what it was started with are mapped from where they lie
for place in disk ram; do
	cp "$BUILD/tests/hosts/two_policies" "$SAFE/$place/host"
	sign_with release "$SAFE/$place/host" >"$WORK/log"
done
opened() { [ "$("$1" "$REAL/policy.pem" "$REAL/policy.yaml")" = "$2" ] || { "$1" "$REAL/policy.pem" "$REAL/policy.yaml" >&2; return 1; }; }
check "a signed program" rule program 'signers: [release]'
check "R75 it runs from a disk" opened "$SAFE/disk/host" OK
check "R75 it runs from memory: refused" opened "$SAFE/ram/host" PATH_UNSAFE
