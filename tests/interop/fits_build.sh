#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CMake and Meson: the sample project is built, installed and signed with what `make install`
# puts there for them; it is verified, under a policy too, and loaded.
. tests/lib.sh
# what make was called with is for modseal, not for what is built here
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
. tests/policy.sh

for tool in cmake meson ninja; do
	command -v $tool >/dev/null || { skip "CMake and Meson" "no $tool here: packaging/setup.sh interop"; exit 0; }
done
PREFIX=$REAL
stage_modseal() {
	make -s BUILD="$BUILD" PREFIX="$PREFIX" LIBDIR="$PREFIX/lib" DESTDIR= install-integrations || return 1
	mkdir -p "$PREFIX/bin" "$PREFIX/include" && cp "$MODSEAL" "$PREFIX/bin/modseal" &&
		cp include/*.h "$PREFIX/include" && cp "$BUILD/lib/libmodseal.so" "$PREFIX/lib/libmodseal.so.0" &&
		ln -s libmodseal.so.0 "$PREFIX/lib/libmodseal.so" && sign_with release "$PREFIX/lib/libmodseal.so.0"
}
check "what build systems need of modseal is installed" stage_modseal
unset MODSEAL_SIGN MODSEAL_KEY MODSEAL_CERTIFICATE MODSEAL_PASSPHRASE MODSEAL_PASSPHRASE_FILE DESTDIR
PATH=$PREFIX/bin:$PATH
PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig
export PATH PKG_CONFIG_PATH
write_policy "$REAL/policy.yaml" \
	"rule:{path: $REAL/root/*/opt/bin/*, kind: program, signers: [release], owners: [root, caller], identity: unbound}" \
	"rule:{path: $REAL/root/**, signers: [release], owners: [root, caller]}" >"$WORK/.policy"
cp -R tests/interop/sample "$REAL/source"
# with FOLDER COMMAND...: with the release key, installing into the root FOLDER
with() {
	root=$REAL/root/$1
	shift
	env DESTDIR="$root" MODSEAL_KEY="$REAL/release.key" MODSEAL_CERTIFICATE="$REAL/release.pem" "$@"
}
# signed FOLDER FILE...: by the release key alone, by certificate and under the policy
signed() {
	folder=$REAL/root/$1/opt
	shift
	for file in "$@"; do
		"$MODSEAL" verify --certificate "$REAL/release.pem" "$folder/$file" &&
			"$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$folder/$file" || return 1
		"$MODSEAL" inspect "$folder/$file" | grep -qx "	signature.signers: 1" || return 1
	done
}
unsigned() { refused SIGNATURE_MISSING "$MODSEAL" verify --certificate "$REAL/release.pem" "$1"; }
# loads FOLDER FILE: the installed host loads the library through modseal
loads() { [ "$("$REAL/root/$1/opt/bin/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$REAL/root/$1/opt/$2")" = 42 ]; }
halves() { [ "$("$REAL/root/$1/opt/bin/halve")" = 42 ]; }
says() { # says PATTERN COMMAND...: fails, and says so
	pattern=$1
	shift
	! "$@" >"$WORK/said" 2>&1 && grep -q -- "$pattern" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
stripped() { [ -f "$1" ] && ! readelf -SW "$1" | grep -q ' \.symtab '; }

# ---- CMake -----------------------------------------------------------------------------

cmake_build() {
	cmake -S "$REAL/source" -B "$REAL/cmake" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_INSTALL_PREFIX=/opt \
		-DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$PREFIX" && cmake --build "$REAL/cmake"
}
cmake_installs() { # cmake_installs FOLDER [OPTION...]
	folder=$1
	shift
	with "$folder" cmake --install "$REAL/cmake" "$@"
}
library=lib/libfilter.so.1.2.3
check "CMake: the sample is built" cmake_build
check "CMake: it is installed, stripped and signed" cmake_installs cmake --strip
check "CMake: what is installed is signed" signed cmake $library bin/halve bin/host
check "CMake: and had been stripped before" stripped "$REAL/root/cmake/opt/$library"
check "CMake: the build tree is left alone" unsigned "$REAL/cmake/libfilter.so.1.2.3"
check "CMake: a program loads it through modseal" loads cmake $library
check "CMake: a program linked with it runs" halves cmake
check "CMake: it is installed again" cmake_installs cmake --strip
check "CMake: and signed once" signed cmake $library bin/halve bin/host
check "CMake: with another key" env DESTDIR="$REAL/root/cmake" MODSEAL_KEY="$REAL/other.key" \
	MODSEAL_CERTIFICATE="$REAL/other.pem" cmake --install "$REAL/cmake"
check "CMake: and then with the first, which alone is left" cmake_installs cmake
check "CMake: signed by it alone" signed cmake $library bin/halve bin/host
check "CMake: one component is installed" cmake_installs part --component library
check "CMake: and signed" signed part $library
check "CMake: without the others" [ ! -e "$REAL/root/part/opt/bin" ]
check "CMake: to another prefix" with prefix cmake --install "$REAL/cmake" --prefix "/opt"
check "CMake: it is signed there" signed prefix $library bin/halve bin/host
packed() {
	(cd "$REAL/cmake" && MODSEAL_KEY=$REAL/release.key MODSEAL_CERTIFICATE=$REAL/release.pem \
		cpack -G TGZ -D CPACK_STRIP_FILES=ON) || return 1
	mkdir -p "$REAL/root/packed/opt" && tar -xzf "$REAL"/cmake/filter-*.tar.gz --strip-components=1 -C "$REAL/root/packed/opt"
}
check "CPack makes an archive of it" packed
check "CPack: what is in it is signed" signed packed $library bin/halve bin/host
check "CPack: and had been stripped before" stripped "$REAL/root/packed/opt/$library"

export DESTDIR="$REAL/root/bare"
check "CMake: without a key it is not installed" says 'there is no key to sign with: set MODSEAL_KEY' \
	cmake --install "$REAL/cmake"
check "CMake: and nothing unsigned is left" [ ! -e "$DESTDIR/opt/$library" ]
check "CMake: without a certificate neither" says 'MODSEAL_CERTIFICATE is not set' \
	env MODSEAL_KEY="$REAL/release.key" cmake --install "$REAL/cmake"
check "CMake: nor with the key of another certificate" says 'nothing of it is to be installed' \
	env MODSEAL_KEY="$REAL/release.key" MODSEAL_CERTIFICATE="$REAL/other.pem" cmake --install "$REAL/cmake"
check "CMake: nothing unsigned is left either" [ ! -e "$DESTDIR/opt/$library" ]
leaking() { # a key in the place of its name is not repeated
	says 'the content of a key or certificate was given' env MODSEAL_KEY="$(cat "$REAL/release.key")" \
		MODSEAL_CERTIFICATE="$REAL/release.pem" "$@" && ! grep -q "$(sed -n 2p "$REAL/release.key")" "$WORK/said"
}
check "CMake: a key is not repeated in messages" leaking cmake --install "$REAL/cmake"
check "CMake: nor is a PIN" says 'a PIN in the address' env MODSEAL_KEY='pkcs11:object=a?pin-value=1234' \
	MODSEAL_CERTIFICATE="$REAL/release.pem" cmake --install "$REAL/cmake"
check "CMake: however it is written" says 'a PIN in the address' env MODSEAL_KEY='PKCS11:object=a?PIN-VALUE=1234' \
	MODSEAL_CERTIFICATE="$REAL/release.pem" cmake --install "$REAL/cmake"
check "CMake: MODSEAL_SIGN is yes or no" says "neither yes nor no" env MODSEAL_SIGN=off cmake --install "$REAL/cmake"
check "CMake: MODSEAL_SIGN=no installs it as it is" env MODSEAL_SIGN=no cmake --install "$REAL/cmake"
check "CMake: and it is not signed" unsigned "$DESTDIR/opt/$library"
unset DESTDIR

# variant NAME LINE...: a project in a folder whose name has a space, with keys of its own and none
# in the environment, that ends with these lines, installed into $REAL/root/NAME. It builds nothing
# where it does not need to: what it has is the library that CMake has built.
variant() {
	variant=$1
	here="$REAL/a $variant"
	mkdir -p "$here/keys" && cp "$REAL/source/"*.[ch] "$here" && cp "$REAL"/release.* "$here/keys" &&
		cp "$REAL/cmake/libfilter.so.1.2.3" "$here/libfilter.so.1" || return 1
	{
		cat <<'END'
cmake_minimum_required(VERSION 3.21)
project(variant LANGUAGES NONE)
find_package(modseal REQUIRED)
add_library(filter SHARED IMPORTED)
set_target_properties(filter PROPERTIES IMPORTED_LOCATION ${CMAKE_SOURCE_DIR}/libfilter.so.1)
add_library(archive STATIC IMPORTED)
END
		shift
		printf '%s\n' "$@"
	} >"$here/CMakeLists.txt"
	cmake -S "$here" -B "$here/build" -G Ninja -DCMAKE_INSTALL_PREFIX=/opt -DCMAKE_PREFIX_PATH="$PREFIX" \
		-DCMAKE_INSTALL_RPATH=/other -DCMAKE_BUILD_RPATH=/a/longer/path && cmake --build "$here/build" &&
		DESTDIR=$REAL/root/$variant cmake --install "$here/build" --strip
}
install='install(FILES libfilter.so.1 DESTINATION lib)'
keys='KEY keys/release.key CERTIFICATE keys/release.pem'
check "CMake: keys and digest in the project, and the build tree signed too" variant tree 'enable_language(C)' \
	'add_library(built SHARED filter.c)' 'install(TARGETS built DESTINATION lib)' "modseal_sign(TARGET built $keys HASH sha512 BUILD_TREE)"
check "CMake: the build tree is signed" "$MODSEAL" verify --certificate "$REAL/release.pem" "$REAL/a tree/build/libbuilt.so"
check "CMake: what is installed of it is signed anew" signed tree lib/libbuilt.so
moved() { readelf -d "$REAL/a tree/build/libbuilt.so" | grep -q /a/longer && readelf -d "$REAL/root/tree/opt/lib/libbuilt.so" | grep -q /other; }
check "CMake: with another RPATH" moved
digest() { "$MODSEAL" inspect "$REAL/root/tree/opt/lib/libbuilt.so" | grep -q 'signer.algorithm: ecdsa-sha512'; }
check "CMake: and the digest" digest
check "CMake: detached" variant detached "$install" "modseal_sign(TARGET filter $keys DETACHED)"
check "CMake: that is signed beside" "$MODSEAL" verify --certificate "$REAL/release.pem" --evidence detached \
	"$REAL/root/detached/opt/lib/libfilter.so.1"
check "CMake: two signatures" variant two "$install" "modseal_sign(TARGET filter $keys)" \
	"modseal_sign(TARGET filter KEY $REAL/other.key CERTIFICATE $REAL/other.pem APPEND)"
both() {
	for key in release other; do
		"$MODSEAL" verify --certificate "$REAL/$key.pem" "$REAL/root/two/opt/lib/libfilter.so.1" || return 1
	done
}
check "CMake: both verify" both
elsewhere='install(FILES libfilter.so.1 DESTINATION share)'
check "CMake: of two of one name the one that is meant" variant named "$install" "$elsewhere" "modseal_sign(TARGET filter $keys DESTINATION lib)"
check "CMake: is signed" signed named lib/libfilter.so.1
check "CMake: the other is not" unsigned "$REAL/root/named/opt/share/libfilter.so.1"
check "CMake: two of one name, and none is meant" says 'is installed several times' variant twice "$install" "$elsewhere" \
	"modseal_sign(TARGET filter $keys)"
check "CMake: signing before installing" says 'was not installed before: modseal_sign() must' variant before \
	"modseal_sign(TARGET filter $keys)" "$install"
check "CMake: an archive is not signed" says "'archive' is no program, shared library or" variant archive "modseal_sign(TARGET archive)"
check "CMake: nor what is not there" says "there is no target 'filer'" variant typo "modseal_sign(TARGET filer)"
check "CMake: a word that it does not know" says "what is 'DETACH'" variant word "modseal_sign(DETACH TARGET filter)"
check "CMake: an option without its value" says "KEY without a value" variant value "modseal_sign(TARGET filter KEY)"
check "CMake: another version is not taken" says 'compatible with requested version "0.2"' variant version 'find_package(modseal 0.2 REQUIRED)'

# ---- Meson -----------------------------------------------------------------------------

meson_build() {
	meson setup --prefix /opt --libdir lib --buildtype debug "$REAL/meson" "$REAL/source" && ninja -C "$REAL/meson"
}
meson_installs() { # meson_installs FOLDER [OPTION...]
	folder=$1
	shift
	with "$folder" meson install -C "$REAL/meson" "$@"
}
check "Meson: the sample is built" meson_build
check "Meson: it is installed, stripped and signed" meson_installs meson --strip
check "Meson: what is installed is signed" signed meson $library bin/halve bin/host
check "Meson: and had been stripped before" stripped "$REAL/root/meson/opt/$library"
check "Meson: the build tree is left alone" unsigned "$REAL/meson/libfilter.so.1.2.3"
check "Meson: a program loads it through modseal" loads meson $library
check "Meson: a program linked with it runs" halves meson
check "Meson: it is installed again, where it changed" meson_installs meson --strip --only-changed
check "Meson: and signed once" signed meson $library bin/halve bin/host
check "Meson: what runs is installed alone" meson_installs tagged --tags runtime
check "Meson: and signed" signed tagged $library bin/halve bin/host
export DESTDIR="$REAL/root/nokey"
check "Meson: without a key it is not installed" says 'there is no key to sign with: set MODSEAL_KEY' \
	meson install -C "$REAL/meson"
check "Meson: and nothing unsigned is left" [ ! -e "$DESTDIR/opt/$library" ]
unset DESTDIR
meson_sign() { # as Meson calls it
	MESON_BUILD_ROOT=$REAL/meson DESTDIR=$REAL/root/meson MODSEAL_KEY=$REAL/release.key \
		MODSEAL_CERTIFICATE=$REAL/release.pem "$PREFIX/share/modseal/meson/sign" "$@"
}
check "Meson: options stand before the targets" meson_sign --hash sha384 --detached libfilter.so.1.2.3
check "Meson: and are used" "$MODSEAL" verify --certificate "$REAL/release.pem" --evidence detached \
	"$REAL/root/meson/opt/$library"
check "Meson: what is not installed is not signed" says "'meson.build' is not installed by this project" meson_sign meson.build
check "Meson: nothing named, nothing signed" says 'no targets are named' meson_sign --detached
check "Meson: it is no command of its own" says 'to be called by meson.add_install_script' "$PREFIX/share/modseal/meson/sign" x
