#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds and tests the tree on Debian 13 (trixie: OpenSSL 3.5, its FIPS provider) in a chroot.
# Usage: tests/trixie/check.sh MAKE. The last line is "N passed, N failed, N skipped".
#
# The system is fetched once and kept below $TRIXIE; each run begins with a fresh copy of the
# tree, of which only what git knows comes along. Needs root, and Debian's archive ($MIRROR for
# one of its mirrors).
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
MAKE=${1:-make}
TRIXIE=${TRIXIE:-/var/tmp/modseal-trixie}
MIRROR=${MIRROR:-} # debootstrap's own choice
MODULE=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")/ossl-modules/fips.so

fail() {
	echo "not ok trixie: $1"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
skip() {
	echo "skip trixie: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
[ "$(id -u)" = 0 ] || skip "a chroot needs root"
packaging/setup.sh trixie >/dev/null 2>&1
command -v debootstrap >/dev/null || skip "debootstrap is not installed"

# In a mount namespace of its own: whatever happens, nothing stays mounted. One run at a time.
if [ -z "${TRIXIE_APART:-}" ]; then
	TRIXIE_APART=1 exec unshare --mount --propagation private tests/trixie/check.sh "$MAKE"
fi
root=$TRIXIE/root
mkdir -p "$TRIXIE" || fail "$TRIXIE cannot be made"
exec 9>"$TRIXIE/.lock"
flock -n 9 || fail "another run is using $TRIXIE"
if [ ! -e "$TRIXIE/.done" ]; then
	rm -rf "$root"
	debootstrap --variant=minbase trixie "$root" ${MIRROR:+"$MIRROR"} >"$TRIXIE/debootstrap.log" 2>&1 ||
		fail "debootstrap: $(tail -n 1 "$TRIXIE/debootstrap.log")"
	touch "$TRIXIE/.done"
fi

mount -t proc proc "$root/proc" && mount -t sysfs sysfs "$root/sys" && mount --bind /dev "$root/dev" &&
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" &&
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" || fail "its file systems cannot be mounted"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"

source=$root/root/modseal
rm -rf "$source"
mkdir -p "$source"
git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$source" || fail "the tree cannot be copied"
inside() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		MODSEAL_TEST_OWNS_SYSTEM=1 \
		WERROR="${WERROR:-}" MAKEFLAGS="${MAKEFLAGS:-}" chroot "$root" /bin/sh -c "cd /root/modseal && $1"
}
{
	inside "apt-get update && packaging/setup.sh build check fips" &&
		inside "openssl fipsinstall -module $MODULE -out /usr/lib/ssl/fipsmodule.cnf"
} >"$TRIXIE/setup.log" 2>&1 || fail "setup: $(tail -n 1 "$TRIXIE/setup.log")"
inside "openssl version && $MAKE --no-print-directory check"
