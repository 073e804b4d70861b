#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, with the system's package manager, or prints the one line to run
# if it may not. Does nothing, quickly, where everything is there.
# Usage: packaging/setup.sh [build] [check] [deb] [rpm] [interop] [libraries] [fips] [trixie] [musl] [packages] [vm] [bench] [ci]  (default: build)
#
# build: to make the command and the libraries; check: also for `make check` and `make demo`;
# deb, rpm: also for `make deb` and `make rpm`;
# interop: also for `make check-interop`; libraries: as many real ones as the release has, for
# it to load; fips: OpenSSL's FIPS provider, from Debian 13 on; trixie: for `make check-trixie`;
# musl: for `make check-musl`; packages: for `make check-packages`; vm: for `make check-vm`;
# bench: also for `make bench` and `make bench-plot`; ci: also for .ci/run. Tried on Debian 12
# and 13; the lists for dnf and apk are written from their indexes and untried.
set -eu
parts=${*:-build}

if command -v dpkg >/dev/null && command -v apt-get >/dev/null; then
	system=apt
elif command -v dnf >/dev/null; then
	system=dnf
elif command -v apk >/dev/null; then
	system=apk
else
	echo "setup: neither apt, dnf nor apk here; install a C compiler and what README.md lists" >&2
	exit 1
fi

wanted=
for part in $parts; do
	case $system-$part in
	apt-build) list="gcc libc6-dev make binutils libssl-dev libelf-dev libyaml-dev libjansson-dev
		libarchive-dev liblzma-dev libzstd-dev zlib1g-dev libp11-kit-dev libseccomp-dev pkg-config" ;;
	apt-check) list="g++ libcriterion-dev openssl libxml2 strace acl attr xz-utils zstd kmod git python3 python3-jsonschema
		python3-yaml" ;;
	apt-interop) list="gdb xz-utils kmod valgrind libxml2 fsverity ima-evm-utils rpm systemd systemd-container podman busybox-static musl-tools
		elfutils linux-perf cmake meson ninja-build debhelper cpio softhsm2 opensc
		perl curl sqlite3 bubblewrap nginx-light nodejs default-jre-headless postgresql" ;;
	apt-libraries) list="libcurl4 libcurl4t64 libsqlite3-0 libllvm14 libllvm19 libqt5core5a
		libqt5core5t64 libglib2.0-0 libglib2.0-0t64 libgomp1 libatomic1 libgnutls30
		libgnutls30t64 libmpfr6 libarchive13 libarchive13t64 libcairo2 libpango-1.0-0
		libharfbuzz0b libtiff6 libxslt1.1 libpq5 libuv1 libuv1t64 libmagic1 libmagic1t64
		libgcrypt20 libnettle8 libnettle8t64 libssh2-1 libssh2-1t64 libldap-2.5-0
		libevent-2.1-7 libevent-2.1-7t64 libwebp7 libjpeg62-turbo libgdbm6 libgdbm6t64
		libicu72 libicu76 libpython3.11 libpython3.13 libdw1 libdw1t64 libseccomp2
		libp11-kit0 libquadmath0 libgfortran5 softhsm2 libqt5gui5 libqt5gui5t64
		libsqlite3-mod-csvtable" ;;
	*-libraries) list= ;;
	apt-deb) list="build-essential debhelper fakeroot git" ;;
	apt-rpm) list="rpm git" ;;
	dnf-rpm) list="rpm-build git" ;;
	dnf-deb | apk-deb | apk-rpm)
		echo "setup: packages of that kind are not built on this system" >&2
		exit 1
		;;
	apt-fips) list="openssl-provider-fips" ;;
	apt-trixie) list="debootstrap" ;;
	apt-packages) list="debootstrap lintian rpmlint" ;;
	apt-musl) list="musl-tools perl m4 bzip2 xz-utils" ;;
	apt-bench) list="gnuplot-nox libgtk-3-0 libgtk-3-0t64" ;;
	dnf-bench) list="gnuplot-minimal gtk3" ;;
	apk-bench) list="gnuplot gtk+3.0" ;;
	*-fips | *-trixie | *-packages | *-musl) list= ;;
	apt-vm) list="lz4 qemu-system-x86 cpio busybox-static openssl fsverity e2fsprogs squashfs-tools erofs-utils
		cryptsetup-bin dmsetup fdisk" ;;
	dnf-vm) list="lz4 qemu-system-x86-core cpio busybox openssl fsverity-utils e2fsprogs squashfs-tools erofs-utils
		veritysetup device-mapper util-linux" ;;
	apk-vm) list="lz4 qemu-system-x86_64 cpio busybox-static openssl fsverity-utils e2fsprogs e2fsprogs-extra
		squashfs-tools erofs-utils cryptsetup device-mapper sfdisk" ;;
	apt-ci) list="clang clang-format shellcheck musl-tools zsh selinux-policy-dev
		checkpolicy semodule-utils" ;;
	dnf-build) list="gcc glibc-devel make binutils openssl-devel elfutils-libelf-devel
		libyaml-devel jansson-devel libarchive-devel zlib-devel p11-kit-devel libseccomp-devel pkgconf-pkg-config" ;;
	dnf-check) list="gcc-c++ criterion-devel openssl libxml2 strace acl attr xz zstd kmod git python3 python3-jsonschema
		python3-pyyaml" ;;
	dnf-interop) list="gdb xz kmod valgrind valgrind-devel libxml2 fsverity-utils ima-evm-utils rpm-build systemd systemd-container podman busybox elfutils perf cmake meson ninja-build cpio softhsm opensc
		perl curl sqlite bubblewrap nginx-core nodejs java-headless postgresql-server" ;;
	dnf-ci) list="clang clang-tools-extra ShellCheck zsh" ;;
	apk-build) list="gcc musl-dev musl-fts-dev make binutils openssl-dev elfutils-dev yaml-dev jansson-dev
		libarchive-dev zlib-dev p11-kit-dev libseccomp-dev pkgconf" ;;
	apk-check) list="g++ criterion-dev openssl libxml2 strace acl attr xz zstd kmod git python3 py3-jsonschema py3-yaml" ;;
	apk-interop) list="gdb xz kmod valgrind valgrind-dev libxml2 fsverity-utils rpm busybox elfutils perf cmake meson samurai cpio softhsm opensc
		perl curl sqlite bubblewrap nginx nodejs openjdk17-jre-headless postgresql" ;;
	apk-ci) list="clang clang-extra-tools shellcheck zsh" ;;
	*)
		echo "setup: unknown part '$part' (build, check, deb, rpm, interop, libraries, fips, trixie, musl, packages, vm, bench, ci)" >&2
		exit 2
		;;
	esac
	wanted="$wanted $list"
done

# Which of them are missing. A compiler of another name or a newer libxml2 counts.
provided() {
	case $1 in
	gcc) command -v gcc >/dev/null || command -v clang >/dev/null ;;
	make | git | python3 | strace | xz | zstd | kmod | valgrind | openssl | clang | clang-format | shellcheck | zsh | g++ | perl | curl) command -v "$1" >/dev/null ;;
	pkg-config) command -v pkg-config >/dev/null ;;
	binutils) command -v readelf >/dev/null && command -v ld >/dev/null ;;
	gnuplot*) command -v gnuplot >/dev/null ;;
	nginx-*) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] ;;
	nodejs) command -v node >/dev/null ;;
	*java-headless | *jre-headless) command -v java >/dev/null ;;
	postgresql*) command -v initdb >/dev/null || [ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] ;;
	xz-utils) command -v xz >/dev/null ;;
	acl) command -v setfacl >/dev/null ;;
	attr) command -v setfattr >/dev/null ;;
	ima-evm-utils) command -v evmctl >/dev/null ;;
	*) return 1 ;;
	esac
}
installed=
if [ $system = apt ]; then
	# shellcheck disable=SC2086,SC2016 # a list of names; the format is dpkg's
	installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}:${Architecture}\n' $wanted 2>/dev/null |
		sed -nE "s/^ii *(.*):($(dpkg --print-architecture)|all)\$/\1/p") || true
fi
missing=
for package in $wanted; do
	case " $missing " in *" $package "*) continue ;; esac
	provided "$package" && continue
	case $system in
	apt) echo "$installed" | grep -qx "$package" && continue ;;
	dnf) rpm -q --quiet "$package" && continue ;;
	apk) apk info -e "$package" >/dev/null 2>&1 && continue ;;
	esac
	missing="$missing $package"
done
[ -n "$missing" ] || exit 0
# A release has only some of the libraries: the others are not missed.
case " $parts " in
*" libraries "* | *" bench "*)
	[ "$(id -u)" != 0 ] || [ -z "$missing" ] || apt-get update >/dev/null 2>&1 || true
	there=
	for package in $missing; do
		if [ -n "$(apt-cache madison "$package" 2>/dev/null)" ]; then there="$there $package"; fi
	done
	missing=$there
	[ -n "$missing" ] || exit 0
	;;
esac
missing=${missing# }

case $system in
apt) line="apt-get update && apt-get install -y --no-install-recommends $missing" ;;
dnf) line="dnf install -y $missing" ;;
apk) line="apk add $missing" ;;
esac
if [ "$(id -u)" = 0 ]; then
	become=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	become="sudo -n"
else
	echo "setup: some packages are missing. As root, run:" >&2
	echo "    $line" >&2
	exit 1
fi
echo "setup: $line" >&2
# Nothing is asked, and what is started in the packages does not wait for a terminal.
$become env DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2 </dev/null || {
	echo "setup: the package manager failed; to try by hand, run as root:" >&2
	echo "    $line" >&2
	exit 1
}
