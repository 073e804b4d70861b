#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds modseal's own packages in fresh systems of Debian 12 and 13, twice, compares the two
# builds, and has each kind of package live its life in another fresh one (life.sh).
# Usage: tests/packages/check.sh [SUITE...]. The last line is "N passed, N failed, N skipped".
#
# The systems are fetched once and kept below $SYSTEMS; what is built and tried lies in layers
# above them that are thrown away. Needs root, and Debian's archive ($MIRROR for one of its
# mirrors). RPM packages are built on Debian 12, where rpm does not know the libraries they need.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
SYSTEMS=${SYSTEMS:-/var/tmp/modseal-packages}
MIRROR=${MIRROR:-} # debootstrap's own choice
passed=0 failed=0 skipped=0

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}
skip() {
	echo "skip packages: $1"
	skipped=$((skipped + 1))
}
failure() {
	echo "not ok packages: $1"
	failed=$((failed + 1))
}
check() { # check NAME COMMAND...
	name=$1
	shift
	if "$@" >"$work/check.log" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		failure "$name"
		tail -n 30 "$work/check.log" | sed 's/^/  /'
		return 1
	fi
}

if [ "$(id -u)" != 0 ]; then
	skip "a chroot needs root"
	finish
fi
packaging/setup.sh packages >/dev/null 2>&1
if ! command -v debootstrap >/dev/null; then
	skip "debootstrap is not installed"
	finish
fi
# In a mount namespace of its own: whatever happens, nothing stays mounted. One run at a time.
if [ -z "${PACKAGES_APART:-}" ]; then
	PACKAGES_APART=1 exec unshare --mount --propagation private "$0" "$@"
fi
mkdir -p "$SYSTEMS"
exec 9>"$SYSTEMS/.lock"
if ! flock -n 9; then
	failure "another run is using $SYSTEMS"
	finish
fi
work=$(mktemp -d "$SYSTEMS/work.XXXXXX") || exit 1
trap 'cd /; umount -R "$work"/*/root 2>/dev/null; rm -rf "$work"' EXIT

# layer NAME LOWER [UPPER]: $work/NAME/root is LOWER, and what is written goes to UPPER
layer() {
	upper=${3:-$work/$1/upper}
	root=$work/$1/root
	mkdir -p "$work/$1" "$root" "$upper" "$upper.work" &&
		mount -t overlay overlay -o "lowerdir=$2,upperdir=$upper,workdir=$upper.work" "$root" &&
		mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
		mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" &&
		mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" &&
		cp -L /etc/resolv.conf "$root/etc/resolv.conf"
}
# inside NAME SHELL_COMMAND
inside() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		DEB_BUILD_OPTIONS="parallel=$(nproc)" WORK="${WORK:-}" RELEASE="${RELEASE:-}" \
		chroot "$work/$1/root" /bin/sh -c "cd /root/modseal && $2" 9>&-
}
copy_tree() { # copy_tree ROOT DIRECTORY
	mkdir -p "$1/$2" && git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$1/$2"
}
# what is fetched once: a system, and above it what the packages are built with
fetch() {
	[ -e "$SYSTEMS/$suite.done" ] || {
		rm -rf "${SYSTEMS:?}/$suite" &&
			debootstrap --variant=minbase "$suite" "$SYSTEMS/$suite" ${MIRROR:+"$MIRROR"} &&
			touch "$SYSTEMS/$suite.done"
	}
}
prepare() {
	layer "build-$suite" "$SYSTEMS/$suite" "$SYSTEMS/$suite-build" && copy_tree "$root" root/modseal || return
	sum=$(sha256sum <packaging/debian/control)
	[ "$(cat "$SYSTEMS/$suite-build.done" 2>/dev/null)" = "$sum" ] || {
		inside "build-$suite" 'apt-get update && mkdir -p /root/wanted/debian &&
			cp packaging/debian/control packaging/debian/changelog /root/wanted/debian/ &&
			apt-get install -y --no-install-recommends dpkg-dev rpm debugedit elfutils &&
			apt-get build-dep -y --no-install-recommends /root/wanted' && echo "$sum" >"$SYSTEMS/$suite-build.done"
	}
}
same_packages() { # same_packages DIRECTORY DIRECTORY PATTERN
	[ -n "$(find "$1" -name "$3")" ] || { echo "nothing built"; return 1; }
	for package in "$1"/$3; do
		cmp "$package" "$2/$(basename "$package")" || return 1
	done
}
quiet_lintian() { # older than the field, of which deb-control(5) of its own release speaks
	lintian --allow-root --fail-on error,warning --suppress-tags unknown-field "$1"/*.changes
}
quiet_rpmlint() {
	rpmlint -c packaging/rpm/rpmlint.toml "$1"/*.rpm
}
# life KIND: the story of life.sh, its checks among ours
life() {
	layer "life-$1-$suite" "$SYSTEMS/$suite" && copy_tree "$root" root/modseal &&
		cp -r "$built" "$root/root/packages" || { failure "no system for $1 on $suite"; return; }
	inside "life-$1-$suite" "sh tests/packages/life.sh $1 /root/packages" >"$work/life.log" 2>&1
	grep -E '^(ok|not ok|skip|  )' "$work/life.log"
	line=$(tail -n 1 "$work/life.log")
	case $line in
	*" passed, "*" failed, "*" skipped")
		# shellcheck disable=SC2046 # words are wanted
		set -- $(echo "$line" | sed 's/[^0-9 ]//g')
		passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
		;;
	*) failure "life.sh did not come to its end"; tail -n 20 "$work/life.log" ;;
	esac
}

[ $# != 0 ] || set -- bookworm trixie
for suite in "$@"; do
	check "$suite: a fresh system" fetch && check "$suite: what control says is wanted" prepare || continue
	built=$work/build-$suite/root/root/packages
	rm -rf "$built" "$work/build-$suite/root/root/work" "$work/build-$suite/root/root/elsewhere"
	WORK=/root/work RELEASE=''
	check "$suite: packages are built" inside "build-$suite" 'packaging/build-deb /root/packages/deb-1' || continue
	RELEASE=0upstream2
	check "$suite: and of a higher version" inside "build-$suite" 'packaging/build-deb /root/packages/deb-2' || continue
	WORK=/root/elsewhere/and/deeper RELEASE=''
	check "$suite: once more, elsewhere, in another time zone, with another umask" inside "build-$suite" \
		"umask 002; TZ=UTC-14 packaging/build-deb /root/packages/deb-again" &&
		check "$suite: with the same bytes" same_packages "$built/deb-1" "$built/deb-again" '*.deb'
	if [ "$suite" = bookworm ]; then
		if command -v lintian >/dev/null; then
			check "lintian has neither an error nor a warning" quiet_lintian "$built/deb-1"
		else
			skip "lintian is not installed"
		fi
	fi
	life deb

	[ "$suite" = bookworm ] || continue
	# where the dynamic linker of Debian finds it, too
	rpm="--define '_libdir /usr/lib'"
	WORK=/root/work RELEASE=''
	check "RPM packages are built" inside "build-$suite" "packaging/build-rpm /root/packages/rpm-1 $rpm" || continue
	RELEASE=0upstream2
	check "and of a higher release" inside "build-$suite" "packaging/build-rpm /root/packages/rpm-2 $rpm" || continue
	if command -v rpmlint >/dev/null; then
		check "rpmlint has neither an error nor a warning" quiet_rpmlint "$built/rpm-1"
	else
		skip "rpmlint is not installed"
	fi
	life rpm
done
finish
