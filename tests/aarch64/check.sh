#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds for aarch64 with Debian's cross compiler and multiarch packages, and runs the tests of
# it that do without a kernel of its own, under qemu-user.
# Usage: tests/aarch64/check.sh MAKE BUILD. The last line is "N passed, N failed, N skipped".
#
# Debian's Criterion is for one architecture at a time, and so is libarchive-dev from Debian 13 on
# (it needs libext2fs-dev): those for the tests are unpacked below BUILD and not installed.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
MAKE=${1:-make}
BUILD=$(realpath -m "${2:-build/aarch64}")
criterion=$BUILD/criterion

fail() {
	echo "not ok aarch64: $1"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
skip() {
	echo "skip aarch64: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
command -v apt-get >/dev/null || skip "only with Debian's packages"
packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static libssl-dev:arm64 libelf-dev:arm64
	libyaml-dev:arm64 libjansson-dev:arm64 zlib1g-dev:arm64 libffi8:arm64
	libseccomp-dev:arm64"
libarchive() { # its library, whose name has a version; nothing before arm64 is known
	apt-cache depends libarchive-dev:arm64 2>/dev/null | sed -n 's/.*Depends: \(libarchive[0-9][^ ]*\)$/\1/p'
}
missing() {
	# shellcheck disable=SC2046,SC2086 # lists of names
	for package in $packages $(libarchive); do
		[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || echo "$package"
	done
}
mkdir -p "$criterion/packages" || fail "$criterion cannot be made"
if [ -n "$(missing)" ] || [ ! -e "$criterion/.unpacked" ]; then
	[ "$(id -u)" = 0 ] || skip "not installed: $(missing | tr '\n' ' ')"
	{ dpkg --add-architecture arm64 && apt-get update; } >"$criterion/log" 2>&1 ||
		fail "the packages for arm64: $(tail -n 1 "$criterion/log")"
fi
if [ -n "$(missing)" ]; then
	# shellcheck disable=SC2046 # a list of names
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(missing) \
		>"$criterion/log" 2>&1 </dev/null || fail "installing $(missing | tr '\n' ' '): $(tail -n 1 "$criterion/log")"
fi
# A library that Criterion needs has its version in its name, and needs others.
# shellcheck disable=SC2086 # a list of names
unpack() {
	cd "$criterion/packages" && rm -f ./*.deb &&
		git2=$(apt-cache depends libcriterion3:arm64 | sed -n 's/.*Depends: \(libgit2-[0-9.]*[^ ]*\)$/\1/p' | head -n 1) &&
		needed=$(apt-cache depends "$git2" | sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p' | grep -v '^libc6') &&
		apt-get download libarchive-dev:arm64 "$(libarchive)" libcriterion-dev:arm64 libcriterion3:arm64 libnanomsg5:arm64 "$git2" $needed || return 1
	for package in *.deb; do
		dpkg -x "$package" "$criterion" || return 1
	done
}
if [ ! -e "$criterion/.unpacked" ]; then
	(unpack) >"$criterion/log" 2>&1 || fail "Criterion and libarchive: $(tail -n 1 "$criterion/log")"
	touch "$criterion/.unpacked"
fi
# Criterion starts the program anew for each test, which the kernel must know how to.
known=/proc/sys/fs/binfmt_misc
if ! grep -qs '^enabled' "$known"/*aarch64*; then
	[ -e "$known/register" ] || mount -t binfmt_misc binfmt_misc "$known" 2>/dev/null ||
		skip "the kernel starts no programs of other machines (binfmt_misc)"
	sed 's/^:[^:]*:/:modseal-aarch64:/' /usr/lib/binfmt.d/qemu-aarch64.conf >"$known/register" ||
		fail "programs for aarch64 cannot be made known to the kernel"
	trap 'echo -1 >"$known/modseal-aarch64"' EXIT
fi
libraries=$criterion/usr/lib/aarch64-linux-gnu
unset CC CXX # in an environment it is the compiler for this machine
"$MAKE" --no-print-directory BUILD="$BUILD" CROSS_COMPILE=aarch64-linux-gnu- \
	LDFLAGS="-L$libraries -Wl,-rpath-link,$libraries" \
	EMULATOR="qemu-aarch64-static -E LD_LIBRARY_PATH=$libraries" check-emulated
