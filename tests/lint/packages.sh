#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The packages have what `make install` installs, and the version of the Makefile; `make
# uninstall` undoes it; the SELinux module compiles. Whole packages: make check-packages.
. tests/lib.sh
MULTIARCH=$(${CC:-gcc} -print-multiarch)

# in_place TARGET [VARIABLE...]: make install or uninstall of what is built
in_place() {
	make --no-print-directory -o all "$@" BUILD="$BUILD" PREFIX=/usr
}
compared() { nothing python3 tests/lint/packages.py "$WORK/tree" "$@"; }
remains() { find "$WORK/tree" ! -type d; }
folders() { find "$WORK/tree" -path "$WORK/tree/*modseal*"; }

# ---- Debian --------------------------------------------------------------------------------

debian="LIBDIR=/usr/lib/$MULTIARCH ZSHDIR=/usr/share/zsh/vendor-completions"
# shellcheck disable=SC2086 # words are wanted
{
	check "make install" in_place install DESTDIR="$WORK/tree" $debian
	check "what is installed names the place it was installed to" nothing grep -rIl /usr/local "$WORK/tree"
	check "make install of what only verifies" in_place install DESTDIR="$WORK/tree/verify" $debian VERIFY_ONLY=1
	check "the Debian packages have every file once" compared deb packaging/debian/*.install packaging/debian/not-installed
	check "make uninstall" in_place uninstall DESTDIR="$WORK/tree" $debian
	check "make uninstall of what only verifies" in_place uninstall DESTDIR="$WORK/tree/verify" $debian VERIFY_ONLY=1
}
check "leaves no file" nothing remains
check "and no folder of its own" nothing folders
version=$(sed -n 's/^VERSION := //p' Makefile)
of_changelog() { sed -n '1s/^modseal (\(.*\)-[^-]*) .*/\1/p' packaging/debian/changelog; }
check "their version is that of the Makefile" [ "$(of_changelog)" = "$version" ]
of_soversion() { [ -e "packaging/debian/libmodseal$(sed -n 's/^SOVERSION := //p' Makefile).install" ]; }
check "their name that of the library" of_soversion
symbols() { # of the whole library, were it all that there is
	packaging/debian-symbols libmodseal0 "$BUILD/lib/libmodseal.so" >"$WORK/symbols" || return 1
	sed -n 's/^ \(modseal_[a-z0-9_]*\)@MODSEAL_0 0\.1\.0$/\1/p' "$WORK/symbols" | sort >"$WORK/a"
	sed -n 's/^\t\(modseal_[a-z0-9_]*\);$/\1/p' packaging/libmodseal.map | sort | diff - "$WORK/a" >&2
}
check "their symbols are those of the list" symbols

mkdir "$WORK/few"
for tool in mkdir realpath dirname sed date env; do ln -s "$(command -v $tool)" "$WORK/few"; done
lacks() { # lacks TOOL SCRIPT: the script says so, and makes nothing
	PATH=$WORK/few /bin/sh "packaging/$2" "$WORK/made" 2>"$WORK/said" && return 1
	[ "$(wc -l <"$WORK/said")" = 1 ] && grep -q "^$2: $1 is missing; install " "$WORK/said" && [ ! -e "$WORK/made" ]
}
check "make deb says what it lacks" lacks dpkg-buildpackage build-deb
check "make rpm says what it lacks" lacks rpmbuild build-rpm

# ---- RPM -----------------------------------------------------------------------------------

rm -rf "$WORK/tree"
elsewhere() { # what of ours is named where it is not
	grep -rIn '/usr/bin/modseal\|/usr/share/modseal' "$WORK/tree" | grep -v '/catalog-package/build:\|NO_CMAKE_FIND_ROOT_PATH'
}
check "make install to the usual place" make --no-print-directory -o all install BUILD="$BUILD" DESTDIR="$WORK/tree"
check "what it installs names that place" nothing elsewhere
rm -rf "$WORK/tree"
check "make install with another folder" in_place install DESTDIR="$WORK/tree" LIBDIR=/usr/lib64
# as the spec removes them: debhelper is Debian's
grep -q '^rm -r %{buildroot}%{_bindir}/dh_modseal %{buildroot}%{_datadir}/perl5$' packaging/rpm/modseal.spec &&
	rm -r "$WORK/tree/usr/bin/dh_modseal" "$WORK/tree/usr/share/perl5"
check "the RPM packages have every file once" compared rpm packaging/rpm/modseal.spec _bindir=/usr/bin \
	_datadir=/usr/share _mandir=/usr/share/man _tmpfilesdir=/usr/lib/tmpfiles.d _libdir=/usr/lib64 \
	_includedir=/usr/include _prefix=/usr
check "make uninstall of it" in_place uninstall DESTDIR="$WORK/tree" LIBDIR=/usr/lib64
check "leaves no file, either" nothing remains
of_spec() { sed -n 's/^Version: *//p' packaging/rpm/modseal.spec; }
check "their version is that of the Makefile" [ "$(of_spec)" = "$version" ]
changelogs() { sed -n 's/^\* .* - \([^-]*\)-.*/\1/p' packaging/rpm/modseal.spec | head -n 1; }
check "and that of their changelog" [ "$(changelogs)" = "$version" ]

# ---- systemd, SELinux ------------------------------------------------------------------------

if command -v systemd-tmpfiles >/dev/null && [ "$(id -u)" = 0 ]; then
	mkdir "$WORK/root"
	made() {
		systemd-tmpfiles --root="$WORK/root" --create "$PWD/packaging/tmpfiles.conf" &&
			[ "$(stat -c '%a %u %g' "$WORK/root/var/lib/modseal")" = '755 0 0' ]
	}
	check "systemd-tmpfiles makes the folder of the state" made
else
	skip "systemd-tmpfiles" "not installed, or not root"
fi
if [ -e /usr/share/selinux/devel/Makefile ] && command -v checkmodule semodule_package >/dev/null; then
	mkdir "$WORK/selinux"
	cp packaging/selinux/modseal.* "$WORK/selinux"
	cat >"$WORK/selinux/domains.te" <<'TE'
policy_module(domains, 1.0.0)
type verifying_t;
type verifying_exec_t;
application_domain(verifying_t, verifying_exec_t)
modseal_verify(verifying_t)
type loading_t;
type loading_exec_t;
application_domain(loading_t, loading_exec_t)
modseal_load(loading_t)
type other_t;
type other_exec_t;
type other_tmpfs_t;
application_domain(other_t, other_exec_t)
files_tmpfs_file(other_tmpfs_t)
fs_tmpfs_filetrans(other_t, other_tmpfs_t, file)
modseal_load_from(other_t, other_tmpfs_t)
type installing_t;
type installing_exec_t;
application_domain(installing_t, installing_exec_t)
modseal_install(installing_t)
TE
	compiled() {
		(cd "$WORK/selinux" && env -u MAKEFLAGS -u MFLAGS make -f /usr/share/selinux/devel/Makefile 2>&1) >"$WORK/log"
		status=$?
		# an interface that is not there is only warned of
		[ $status = 0 ] && ! grep -iE 'warning|error|syntax' "$WORK/log" >&2 &&
			[ -s "$WORK/selinux/modseal.pp" ] && [ -s "$WORK/selinux/domains.pp" ]
	}
	check "the SELinux module compiles, with a domain for each interface" compiled
else
	skip "the SELinux module" "no selinux-policy-dev, checkpolicy or semodule-utils"
fi
