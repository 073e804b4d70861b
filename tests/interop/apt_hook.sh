#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# apt's hook called by a real apt-get that installs into a system of its own; and a catalog
# that comes as a package, installed and upgraded by a real dpkg.
. tests/lib.sh
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null || [ "$(id -u)" != 0 ]; then
	skip "packages installed by apt" "no apt-get, or not root"
	exit 0
fi
REAL=$(cd "$WORK" && pwd -P)
SYSTEM=$REAL/system
mkdir -p "$SYSTEM/var/lib/dpkg/info" "$SYSTEM/var/lib/dpkg/updates" "$SYSTEM/etc" "$REAL/apt/lists/partial" \
	"$REAL/apt/archives/partial" "$REAL/apt/etc"
: >"$SYSTEM/var/lib/dpkg/status"
: >"$REAL/apt/sources.list"
for key in release policy; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
by() { key=$1; shift; "$@" --key "$REAL/$key.key" --certificate "$REAL/$key.pem" >"$WORK/.sign"; }
package() { # package NAME VERSION [sign]
	mkdir -p "$REAL/stage/opt/acme" "$REAL/stage/DEBIAN"
	echo "int f(void) { return $2; }" >"$WORK/f.c"
	${CC:-cc} -shared -fPIC -nostdlib -o "$REAL/stage/opt/acme/lib$1.so.1" "$WORK/f.c" "-Wl,-soname,lib$1.so.1"
	[ -z "${3:-}" ] || by release "$MODSEAL" sign "$REAL/stage/opt/acme/lib$1.so.1"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: of a test\n' \
		"$1" "$2" >"$REAL/stage/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$REAL/stage" "$REAL/$1_$2.deb" >"$WORK/log" 2>&1
	rm -r "$REAL/stage"
}
package fine 1 sign
package bare 1
package fine 2
cat >"$REAL/policy.yaml" <<END
modseal-policy: 1
name: tests
serial: 1
issued: 2026-01-01T00:00:00Z
signers:
  release:
    trust: pinned
    certificate: |
$(sed 's/^/      /' "$REAL/release.pem")
rules:
  - {path: /opt/acme/**, signers: [release]}
END
by policy "$MODSEAL" policy sign "$REAL/policy.yaml"
# what `make install` installs, for this policy
cat >"$REAL/apt/hook" <<END
#!/bin/sh
PATH=$(dirname "$MODSEAL"):\$PATH exec sh $PWD/packaging/apt/check-packages --policy $REAL/policy.yaml --anchor $REAL/policy.pem
END
chmod 755 "$REAL/apt/hook"
sed "s|/usr/local/share/modseal/apt/check-packages|$REAL/apt/hook|" packaging/apt/80modseal >"$REAL/apt/etc/80modseal"
cat >"$REAL/apt/apt.conf" <<END
Dir::Etc::main "none";
Dir::Etc::parts "$REAL/apt/etc";
Dir::Etc::sourcelist "$REAL/apt/sources.list";
Dir::Etc::sourceparts "none";
Dir::State "$REAL/apt";
Dir::State::status "$SYSTEM/var/lib/dpkg/status";
Dir::Cache "$REAL/apt";
Dir::Log "$REAL/apt";
APT::Sandbox::User "root";
DPkg::Options {"--root=$SYSTEM"; "--force-not-root"; "--force-script-chrootless";};
END
install() { APT_CONFIG=$REAL/apt/apt.conf apt-get -q -y --allow-downgrades install "$@" >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; return 1; }; }
says() { grep -qF -e "$1" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
installed() { [ "$(dpkg-query --admindir="$SYSTEM/var/lib/dpkg" -W -f '${Version}' "$1" 2>/dev/null)" = "$2" ]; }
silent() { ! grep -q '^[WE]: modseal' "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
check "apt installs what is signed" install "$REAL/fine_1.deb"
check "really" installed fine 1
check "without a word" silent
check "it installs what is not signed" install "$REAL/bare_1.deb"
check "with a warning" says "W: modseal: these packages would leave files that the policy refuses:"
check "that names the file" says "'/opt/acme/libbare.so.1'"
check "really" installed bare 1
check "an upgrade warns, too" install "$REAL/fine_2.deb"
check "with the file" says "'/opt/acme/libfine.so.1'"
check "back again" install "$REAL/fine_1.deb"
sed -i 's/"warn"/"block"/' "$REAL/apt/etc/80modseal"
check "where it is to block, apt does not install it" exits 1 install "$REAL/fine_2.deb"
check "the reason is there" says "E: modseal: these packages would leave files that the policy refuses:"
check "and the old version is still there" installed fine 1
check "what is signed is still installed" install --reinstall "$REAL/fine_1.deb"

# ---- a catalog as a package ---------------------------------------------------------------
# A system with a policy that takes a catalog, and dpkg without chroot.
"$MODSEAL" keygen cats --directory "$REAL" >"$WORK/.keygen"
mkdir -p "$SYSTEM/etc/modseal/anchors.d" "$SYSTEM/var/lib/modseal"
cp "$REAL/policy.pem" "$SYSTEM/etc/modseal/anchors.d/tests.pem"
listing() { # listing SERIAL KEY PACKAGE...: base.cat of these packages
	serial=$1 key=$2
	shift 2
	rm -f "$REAL/base.cat" "$REAL/base.cat.p7s"
	by "$key" "$MODSEAL" catalog create --name base --serial "$serial" --output "$REAL/base.cat" --deb "$@"
}
as_package() { (cd "$REAL" && sh "$OLDPWD/packaging/catalog-package/build" base "$@" >"$WORK/built" 2>&1) || { cat "$WORK/built" >&2; return 1; }; }
listing 1 cats "$REAL/bare_1.deb"
mkdir "$REAL/source"
cp "$REAL/base.cat" "$REAL/base.cat.p7s" "$REAL/source"
sed '/^rules:/,$d' "$REAL/policy.yaml" >"$REAL/source/policy.yaml"
cat >>"$REAL/source/policy.yaml" <<END
  cats:
    trust: pinned
    purposes: [catalog]
    certificate: |
$(sed 's/^/      /' "$REAL/cats.pem")
catalogs: [{name: base, file: base.cat, signers: [cats]}]
rules:
  - {path: /opt/acme/**, evidence: [catalog], catalog: base}
END
by policy "$MODSEAL" policy sign "$REAL/source/policy.yaml"
PLACES="--anchor-directory $SYSTEM/etc/modseal/anchors.d --state $SYSTEM/var/lib/modseal"
# shellcheck disable=SC2086 # words are wanted
put_in_force() { "$MODSEAL" policy install --yes --directory "$SYSTEM/etc/modseal" $PLACES "$1"; }
check "a policy with a catalog is in force" put_in_force "$REAL/source/policy.yaml"
# shellcheck disable=SC2086
judge() { "$MODSEAL" verify --policy "$SYSTEM/etc/modseal/policy.yaml" $PLACES --root "$SYSTEM" "$@"; }
dpkg_install() {
	PATH=$(dirname "$MODSEAL"):$PATH dpkg --root="$SYSTEM" --force-not-root --force-script-chrootless --force-downgrade \
		-i "$@" >"$WORK/said" 2>&1 || { cat "$WORK/said" >&2; return 1; }
}
check "what it lists is accepted" judge /opt/acme/libbare.so.1
check "the next version of the package" package bare 2
check "has a catalog of its own" listing 2 cats "$REAL/bare_2.deb"
check "which becomes a package" as_package 2 base.cat
check "the upgrade alone" dpkg_install "$REAL/bare_2.deb"
check "is refused" refused CATALOG_MISMATCH judge /opt/acme/libbare.so.1
check "with the package of the catalog" dpkg_install "$REAL/modseal-catalog-base_2_all.deb"
check "it is accepted" judge /opt/acme/libbare.so.1
# shellcheck disable=SC2086
in_force() { "$MODSEAL" policy show --policy "$SYSTEM/etc/modseal/policy.yaml" $PLACES >"$WORK/said" && grep -q "catalog.base: serial $1," "$WORK/said"; }
check "by a catalog that is part of the policy in force" in_force 2
check "again is no matter" dpkg_install "$REAL/modseal-catalog-base_2_all.deb"
listing 1 cats "$REAL/bare_1.deb" && as_package 1 base.cat
check "R33 an older one is refused" exits 1 dpkg_install "$REAL/modseal-catalog-base_1_all.deb"
check "with the reason" grep -q "modseal: .*serial" "$WORK/said"
check "and the newer stays in force" in_force 2
listing 3 release "$REAL/bare_2.deb" && as_package 3 base.cat
check "one by a key that signs no catalogs is refused" exits 1 dpkg_install "$REAL/modseal-catalog-base_3_all.deb"
check "and the good one stays in force" in_force 2
check "what it vouches for is still accepted" judge /opt/acme/libbare.so.1
check "nothing is left behind" nothing find "$SYSTEM/var/lib/modseal" -name 'catalog.*'
listing 4 cats "$REAL/bare_2.deb" && sed -i 's/^name: base/name: other/' "$REAL/base.cat"
check "a catalog of another name makes no package" exits 1 as_package 4 base.cat
check "nor does a name that would be a command" exits 2 sh packaging/catalog-package/build 'x;id' 1 "$REAL/base.cat"
if command -v rpmbuild >/dev/null; then
	listing 5 cats "$REAL/bare_2.deb"
	check "an RPM package of it" as_package 2 base.cat
	check "with the catalog" sh -c 'cd "$0" && sh "$1/packaging/catalog-package/build" --rpm base 5 base.cat >built.txt &&
		rpm -qlp modseal-catalog-base-5.rpm 2>/dev/null | grep -qx /usr/share/modseal/catalogs/base.cat.p7s' "$REAL" "$PWD"
	check "and the script" sh -c 'rpm -qp --scripts "$0/modseal-catalog-base-5.rpm" 2>/dev/null | grep -q "modseal policy install --yes"' "$REAL"
else
	skip "a catalog as an RPM package" "no rpmbuild here"
fi
