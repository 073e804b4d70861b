#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# debhelper and rpmbuild: the sample project becomes a package, and what is in it is signed
# though both strip it; it is unpacked, verified, under a policy too, and loaded.
. tests/lib.sh
# what make was called with is for modseal, not for what is built here
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
. tests/policy.sh

PREFIX=$REAL
stage_modseal() {
	make -s BUILD="$BUILD" PREFIX="$PREFIX" LIBDIR="$PREFIX/lib" DESTDIR= install-integrations &&
		cp "$MODSEAL" "$PREFIX/bin/modseal" && mkdir "$REAL/root"
}
check "what builds packages finds modseal" stage_modseal
unset MODSEAL_SIGN MODSEAL_PASSPHRASE MODSEAL_PASSPHRASE_FILE DESTDIR DEB_BUILD_PROFILES DEB_BUILD_OPTIONS
MODSEAL_KEY=$REAL/release.key MODSEAL_CERTIFICATE=$REAL/release.pem
PATH=$PREFIX/bin:$PATH
export PATH MODSEAL_KEY MODSEAL_CERTIFICATE
write_policy "$REAL/policy.yaml" \
	"rule:{path: $REAL/root/*/usr/bin/*, kind: program, signers: [release], owners: [root, caller], identity: unbound}" \
	"rule:{path: $REAL/root/**, signers: [release], owners: [root, caller]}" >"$WORK/.policy"
signed() { # signed FILE...: by the release key alone, by certificate and under the policy
	for signed in "$@"; do
		"$MODSEAL" verify --certificate "$REAL/release.pem" "$signed" &&
			"$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$signed" &&
			"$MODSEAL" inspect "$signed" | grep -qx "	signature.signers: 1" || return 1
	done
}
unsigned() { refused SIGNATURE_MISSING "$MODSEAL" verify --certificate "$REAL/release.pem" "$1"; }
stripped() { [ -f "$1" ] && ! readelf -SW "$1" | grep -q ' \.debug_info '; }
loads() { "$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" --symbol filter_halve "$1"; }
says() { # says PATTERN COMMAND...: fails, and says so
	pattern=$1
	shift
	! "$@" >"$WORK/said" 2>&1 && grep -q -- "$pattern" "$WORK/said" || { tail -n 30 "$WORK/said" >&2; return 1; }
}
# no line of the private key
secret() { ! grep -rqF "$(sed -n 2p "$MODSEAL_KEY")" "$@"; }

# ---- debhelper -------------------------------------------------------------------------

PERL5LIB=$PREFIX/share/perl5
export PERL5LIB
deb() { # deb NAME COMMAND...: built by COMMAND, unpacked into $REAL/root/NAME
	deb=$REAL/deb/$1
	[ -d "$deb/filter" ] || { mkdir -p "$deb" && cp -R tests/interop/sample "$deb/filter"; } || return 1
	name=$1
	shift
	(cd "$deb/filter" && "$@") || return 1
	if [ -n "$(find "$deb" -name 'filter_1.2.3_*.deb')" ]; then
		dpkg-deb -x "$deb"/filter_1.2.3_*.deb "$REAL/root/$name"
	fi
}
again() { # as its rules say it, from what was built on
	(cd "$REAL/deb/$1/filter" && shift && env "$@")
}
if command -v dh >/dev/null; then
	check "debhelper: packages are built" deb whole dpkg-buildpackage -d -b -uc -us
	unpacked=$(echo "$REAL"/root/whole/usr/lib/*/libfilter.so.1)
	check "debhelper: library and program are signed" signed "$unpacked" "$REAL/root/whole/usr/bin/halve"
	check "debhelper: and had been stripped before" stripped "$unpacked"
	check "debhelper: the library is loaded through modseal" loads "$unpacked"
	sums() { (mkdir "$REAL/deb/control" && dpkg-deb -e "$REAL"/deb/whole/filter_1.2.3_*.deb "$REAL/deb/control" &&
		cd "$REAL/root/whole" && md5sum -c "$REAL/deb/control/md5sums"); }
	check "debhelper: the sums in the package are those of what was signed" sums
	debug() { ls "$REAL"/deb/whole/filter-dbgsym_*.deb; }
	check "debhelper: what is for debuggers has a package of its own" debug
	check "debhelper: the key is nowhere in what was built" secret "$REAL/deb/whole"
	tree=debian/filter
	check "debhelper: without a key it is refused" says 'there is no key to sign with' again whole -u MODSEAL_KEY dh_modseal
	check "debhelper: but for a build profile" again whole -u MODSEAL_KEY DEB_BUILD_PROFILES='nodoc pkg.modseal.nosign' dh_modseal
	inside() { # a key in the source tree
		cp "$MODSEAL_KEY" "$REAL/deb/whole/filter/debian/release.key"
		says 'lies in the source tree' again whole MODSEAL_KEY=debian/release.key dh_modseal
	}
	check "debhelper: a key in the source tree is refused" inside
	packed() { # a copy of the key in a package
		mv "$REAL/deb/whole/filter/debian/release.key" "$REAL/deb/whole/filter/$tree/usr/lib"
		says 'the private key is among the files to be packaged: .*/usr/lib/release.key' again whole dh_modseal
	}
	check "debhelper: so is one among the files to be packaged" packed
	rm -f "$REAL/deb/whole/filter/$tree/usr/lib/release.key"
	listed() { # only the library, by a list and with options
		echo 'usr/lib/*/*.so.*' >"$REAL/deb/whole/filter/debian/filter.modseal" &&
			again whole MODSEAL_KEY="$REAL/other.key" dh_modseal --certificate="$REAL/other.pem" --hash=sha384
	}
	check "debhelper: what a list names is signed by another key too" listed
	twice() { "$MODSEAL" inspect "$1" | grep -qx "	signature.signers: $2"; }
	check "debhelper: the library has both signatures" twice "$REAL/deb/whole/filter/$tree"/usr/lib/*/libfilter.so.1 2
	check "debhelper: the program has one" twice "$REAL/deb/whole/filter/$tree/usr/bin/halve" 1
	echo 'usr/lib/*.so.*' >"$REAL/deb/whole/filter/debian/filter.modseal"
	check "debhelper: a pattern that fits nothing" says "'usr/lib/\*.so.\*' names no file" again whole dh_modseal
	rm -f "$REAL/deb/whole/filter/debian/filter.modseal"
	"$MODSEAL" strip "$REAL/deb/whole/filter/$tree/usr/bin/halve" "$REAL/deb/whole/filter/$tree"/usr/lib/*/* >"$WORK/.strip"
	check "debhelper: but for what is excluded" again whole dh_modseal -Xbin/halve
	check "debhelper: that is not signed" unsigned "$REAL/deb/whole/filter/$tree/usr/bin/halve"
	check "debhelper: the rest is" twice "$REAL/deb/whole/filter/$tree"/usr/lib/*/libfilter.so.1 1
else
	skip debhelper "not installed: packaging/setup.sh interop"
fi

# ---- rpmbuild --------------------------------------------------------------------------

top=$REAL/rpm
rpm_tree() {
	mkdir -p "$top/SOURCES" && cp -R tests/interop/sample "$top/filter-1.2.3" &&
		tar -czf "$top/SOURCES/filter-1.2.3.tar.gz" -C "$top" filter-1.2.3
}
macros() { # macros COMMAND...: with ours, as the package installs them
	command=$1
	shift
	"$command" --load "$PREFIX/lib/rpm/macros.d/macros.modseal" --define "_topdir $top" \
		--define "__find_debuginfo $(command -v find-debuginfo)" "$@"
}
rpm_of() { # rpm_of NAME [OPTION...]: built, unpacked into $REAL/root/NAME
	name=$1
	shift
	rm -rf "$top/RPMS" && macros rpmbuild -bb --define "_libdir /usr/lib64" "$@" "$top/filter-1.2.3/filter.spec" &&
		mkdir -p "$REAL/root/$name" || return 1
	rpm2cpio "$top"/RPMS/*/filter-1.2.3-1.*.rpm | (cd "$REAL/root/$name" && cpio -idm)
}
if command -v rpmbuild >/dev/null && command -v cpio >/dev/null; then
	check "rpm: the sources" rpm_tree
	check "rpm: a package is built" rpm_of rpm
	unpacked=$REAL/root/rpm/usr/lib64/libfilter.so.1
	check "rpm: library and program are signed" signed "$unpacked" "$REAL/root/rpm/usr/bin/halve"
	check "rpm: and had been stripped before" stripped "$unpacked"
	check "rpm: the library is loaded through modseal" loads "$unpacked"
	check "rpm: the key is nowhere in what was built" secret "$top"
	# everything, debuginfo too, the key from macros, and everywhere else nothing
	cp "$top/filter-1.2.3/filter.spec" "$top/spec"
	edited() { edit=$1; shift; sed "$edit" "$top/spec" >"$top/filter-1.2.3/filter.spec" && "$@"; }
	from_macros() {
		(unset MODSEAL_KEY MODSEAL_CERTIFICATE && rpm_of debug --define "_modseal_key $REAL/release.key" \
			--define "_modseal_certificate $REAL/release.pem")
	}
	# from rpm 4.20 on it is made without being asked for
	debug=%debug_package
	[ "$(rpm --eval '%{?_enable_debug_packages}')" != 1 ] || debug=
	check "rpm: everything is signed, and debuginfo packaged" \
		edited "s|^%modseal_sign.*|%modseal_sign --hash sha384\n$debug|" from_macros
	unpacked=$REAL/root/debug/usr/lib64/libfilter.so.1
	check "rpm: library and program are signed" signed "$unpacked" "$REAL/root/debug/usr/bin/halve"
	digest() { "$MODSEAL" inspect "$1" | grep -q 'signer.algorithm: ecdsa-sha384'; }
	check "rpm: with the digest that is asked for" digest "$unpacked"
	check "rpm: and had been stripped before" stripped "$unpacked"
	debug() { # what was taken out belongs to it, and is not signed
		rpm2cpio "$top"/RPMS/*/filter-debuginfo-*.rpm | (cd "$REAL/rpm" && cpio -idm) &&
			found=$(find "$REAL/rpm/usr/lib/debug" -type f -name 'libfilter.so.1*.debug') && unsigned "$found" &&
			[ "$(readelf -n "$found" | grep 'Build ID')" = "$(readelf -n "$unpacked" | grep 'Build ID')" ]
	}
	check "rpm: debuginfo belongs to it and is not signed" debug
	# a pattern is about the build root: /usr/bin has other programs here
	check "rpm: a pattern is about the build root" edited 's|^%modseal_sign.*|%modseal_sign -- /usr/bin/*|' rpm_of pattern
	check "rpm: what it names is signed" signed "$REAL/root/pattern/usr/bin/halve"
	check "rpm: what it does not name is not" unsigned "$REAL/root/pattern/usr/lib64/libfilter.so.1"
	check "rpm: a pattern that fits nothing" says "'/usr/lib/\*.so' names no file" \
		edited 's|^%modseal_sign.*|%modseal_sign /usr/lib/*.so|' rpm_of nothing
	check "rpm: it stands in a spec once" says 'modseal_sign is there twice' edited 's|^%modseal_sign.*|%modseal_sign\n&|' rpm_of twice
	cp "$top/spec" "$top/filter-1.2.3/filter.spec"
	unset MODSEAL_KEY
	check "rpm: without a key it is refused" says 'there is no key to sign with' rpm_of nokey
	check "rpm: but with --without modseal_sign" rpm_of without --without modseal_sign
	check "rpm: then it is not signed" unsigned "$REAL/root/without/usr/lib64/libfilter.so.1"
else
	skip rpmbuild "not installed: packaging/setup.sh interop"
fi
