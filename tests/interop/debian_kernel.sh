# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced by the tests that use Debian's signed kernel modules.
# fetch_kernel FLAVOUR DIRECTORY: unpacks the release's linux-image package; sets nothing.
# fetch_sign_file DIRECTORY: unpacks the newest linux-kbuild package, prints where sign-file is.
# kernel_certificate DIRECTORY FILE: the certificate its modules were signed with, as DER.

unpack_kernel() {
	command -v apt-get >/dev/null 2>&1 || return 1
	package=$(apt-cache depends "linux-image-$1" 2>/dev/null | awk '/Depends:/ {print $2; exit}')
	[ -n "$package" ] || { apt-get update >/dev/null 2>&1
		package=$(apt-cache depends "linux-image-$1" 2>/dev/null | awk '/Depends:/ {print $2; exit}'); }
	[ -n "$package" ] || return 1
	if [ ! -e "$2/.unpacked" ]; then
		rm -rf "$2" && mkdir -p "$2/deb" || return 1
		(cd "$2/deb" && apt-get download "$package") >/dev/null 2>&1 || return 1
		dpkg -x "$2"/deb/*.deb "$2/root" && rm -rf "$2/deb" && touch "$2/.unpacked"
	fi
}

# Tests that run at the same time share what is unpacked.
fetch_kernel() {
	mkdir -p "$(dirname "$2")" && { flock 9 && unpack_kernel "$@"; } 9>"$2.lock"
}

unpack_kbuild() {
	[ ! -e "$1/.unpacked" ] || return 0
	rm -rf "$1" && mkdir -p "$1/deb" || return 1
	package=$(apt-cache search --names-only '^linux-kbuild-[0-9.]+$' 2>/dev/null | cut -d' ' -f1 | sort -V | tail -1)
	(cd "$1/deb" && apt-get download "$package") >/dev/null 2>&1 &&
		dpkg -x "$1"/deb/*.deb "$1/root" && touch "$1/.unpacked"
}
fetch_sign_file() {
	mkdir -p "$(dirname "$1")" && { flock 9 && unpack_kbuild "$@"; } 9>"$1.lock" || return 1
	program=$(find "$1/root" -name sign-file | head -1)
	[ -x "$program" ] && echo "$program"
}

# The kernel's bzImage holds one stream with the vmlinux in it: of xz, the cloud kernel's of lz4.
kernel_certificate() {
	image=$(echo "$1"/root/boot/vmlinuz-*)
	if grep -q '^CONFIG_KERNEL_LZ4=y' "$1"/root/boot/config-*; then
		carve "$image" "$(printf '\002!L\030')" lz4 -dc >"$2"
	else
		carve "$image" "$(printf '\3757zXZ')" xz -dc --single-stream >"$2"
	fi
}
carve() { # carve IMAGE MAGIC DECOMPRESSOR...: what lies behind the stream is no concern of it
	offset=$(LC_ALL=C grep -abo "$2" "$1" | head -1 | cut -d: -f1)
	[ -n "$offset" ] || return 1
	image=$1
	shift 2
	tail -c +$((offset + 1)) "$image" | "$@" 2>/dev/null | "$BUILD/tests/interop/carve_certificate"
}
