#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A catalog of the base system, from the packages as Debian ships them: in a system made of
# these packages libcurl's closure is loaded by it alone. And a package is upgraded under a
# running program.
. tests/lib.sh
real=$(cd "$WORK" && pwd -P)
chmod 755 "$real"
triplet=$(${CC:-cc} -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
system=/usr/lib/$triplet
library=$(realpath "$system/libcurl.so.4" 2>/dev/null) || library=
if ! command -v apt-get >/dev/null || [ -z "$library" ]; then
	skip "a catalog from packages" "no apt-get, or libcurl.so.4 is not installed"
	exit 0
fi
if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	skip "a catalog from packages" "a system of its own needs root, and a mount name space"
	exit 0
fi
image=$real/image
for key in cats policy; do "$MODSEAL" keygen "$key" --directory "$real" >/dev/null || exit 99; done
mkdir -p "$real/debs" "$real/anchors" "$image/proc" "$image/etc/modseal" "$image/var/lib/modseal"
cp "$real/policy.pem" "$real/anchors/interop.pem"

# ---- a program of our own, in a package that also has a library it needs ----------------
cat >"$WORK/up.c" <<'C'
#include <unistd.h>
int up_version(void) { return VERSION; }
/* holds the program at its start until a file is there */
__attribute__((constructor)) static void wait_for(void)
{
	while (access(HOLD, F_OK) == 0)
		usleep(10000);
}
C
for version in 1 2; do
	stage=$WORK/up$version
	mkdir -p "$stage/DEBIAN" "$stage/opt/app/lib"
	${CC:-cc} -shared -fPIC -DVERSION=$version -DHOLD="\"/opt/app/hold\"" -o "$stage/opt/app/lib/libup.so.1" "$WORK/up.c" \
		-Wl,-soname,libup.so.1
	${CC:-cc} -D_GNU_SOURCE -Iinclude -o "$stage/opt/app/host" tests/hosts/call_library.c "$BUILD/lib/libmodseal.a" \
		-Wl,--no-as-needed "$stage/opt/app/lib/libup.so.1" -Wl,-rpath,/opt/app/lib -lcrypto -lelf -lyaml -lpthread -ldl
	printf 'Package: modseal-up\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n' \
		$version >"$stage/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$stage" "$real/up$version.deb" >/dev/null
done

# ---- the packages, and a system made of them --------------------------------------------
owner() { # owner FILE: the package that it belongs to
	{ dpkg-query -S "$1" || dpkg-query -S "${1#/usr}"; } 2>/dev/null | sed 's/: .*//' | head -1
}
mapped() { ldd "$1" | sed -n 's|.*[ \t]\(/[^ ]*\) (0x.*|\1|p' | grep -v "^$real"; }
{ mapped "$library"; mapped "$WORK/up1/opt/app/host"; echo "$library"; } | while read -r file; do
	owner "$(realpath "$file")"
done | sort -u >"$WORK/closure"
# and small others that have libraries
dpkg-query -W -f '${Installed-Size} ${db:Status-Abbrev} ${binary:Package} ${Architecture}\n' 'lib*' 2>/dev/null |
	sort -n | sed -n "s/^[0-9]* ii *\(lib[^ ]*[0-9][^ ]*\) $(dpkg --print-architecture)\$/\1/p" |
	grep -vE '(-dev|-dbg|-dbgsym|-perl|-doc|-data|-common|-java)(:|$)' | grep -vxFf "$WORK/closure" | head -40 >"$WORK/others"
# shellcheck disable=SC2046 # words are wanted
(cd "$real/debs" && apt-get download $(cat "$WORK/closure" "$WORK/others")) >"$WORK/log" 2>&1
count=$(find "$real/debs" -name '*.deb' | wc -l)
if [ "$count" -lt 50 ]; then
	tail -3 "$WORK/log"
	skip "a catalog from packages" "only $count packages could be had"
	exit 0
fi
for directory in bin sbin lib lib32 lib64 libx32; do
	mkdir -p "$image/usr/$directory"
	ln -s "usr/$directory" "$image/$directory"
done
unpack() { # unpack FILE DIRECTORY
	dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"
}
for package in "$real"/debs/*.deb "$real/up1.deb"; do unpack "$package" "$image"; done
signed() { # signed FILE SERIAL PACKAGE...
	file=$1 serial=$2
	shift 2
	"$MODSEAL" catalog create --name base --serial "$serial" --issued "2026-02-0${serial}T00:00:00Z" --output "$file" \
		--key "$real/cats.key" --certificate "$real/cats.pem" --deb "$@"
}
check "$count packages of Debian are listed and the list is signed" signed "$real/base.cat" 1 "$real"/debs/*.deb "$real/up1.deb"
sed 's/^/  /' "$WORK/.out"
check "all files of the system made of them are as listed" "$MODSEAL" catalog verify --root "$image" "$real/base.cat" \
	--certificate "$real/cats.pem"
same_list() { # the catalog of its files is the catalog of its packages
	"$MODSEAL" catalog create --name base --serial 1 --issued 2026-02-01T00:00:00Z --output "$WORK/files.cat" --root "$image" / &&
		diff "$WORK/files.cat" "$real/base.cat" >&2
}
check "and no other is there" same_list

# ---- used -------------------------------------------------------------------------------
make_set() { # make_set DIRECTORY POLICY-SERIAL CATALOG
	mkdir -p "$1"
	cp "$3" "$1/base.cat" && cp "$3.p7s" "$1/base.cat.p7s" && cp "$real/cats.pem" "$1" || return 1
	cat >"$1/policy.yaml" <<POLICY
modseal-policy: 1
name: interop
serial: $2
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$system, /opt/app/lib]
signers:
  cats:
    trust: pinned
    purposes: [catalog]
    certificate-file: cats.pem
    certificate-sha256: "$(sha256sum "$real/cats.pem" | cut -d' ' -f1)"
catalogs:
  - {name: base, file: base.cat, signers: [cats]}
rules:
  - {path: /usr/lib/**, evidence: [catalog], catalog: base}
  - {path: /opt/app/host, kind: program, evidence: [catalog], catalog: base}
  - {path: /opt/app/lib/**, evidence: [catalog], catalog: base}
POLICY
	"$MODSEAL" policy sign --force "$1/policy.yaml" --key "$real/policy.key" --certificate "$real/policy.pem"
}
check "a policy with no other evidence" make_set "$real/s1" 1 "$real/base.cat"
library=$(cd "$image$system" && realpath libcurl.so.4) && library=${library#"$image"}
closure() {
	"$MODSEAL" verify --json --root "$image" --policy "$real/s1/policy.yaml" --anchor "$real/policy.pem" "$library" >"$WORK/verdict" ||
		{ cat "$WORK/verdict" >&2; return 1; }
	python3 - "$WORK/verdict" <<'PYTHON'
import json, sys
verdict = json.load(open(sys.argv[1]))
everything = [verdict] + verdict["dependencies"]
assert len(everything) >= 20, len(everything)
for one in everything:
    assert one["evidence"] == "catalog" and one["catalog"] == "base", one
print(len(everything), "objects")
PYTHON
}
check "libcurl and all it needs are accepted by the catalog" closure
sed 's/^/  /' "$WORK/.out"
cp "$real/policy.pem" "$image/etc/policy.pem"
inside() { # inside COMMAND...: run in the system made of the packages
	# shellcheck disable=SC2016 # the inner shell expands them
	unshare -m sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$image" "$@"
}
install() { "$MODSEAL" policy install "$1/policy.yaml" --yes --anchor-directory "$real/anchors" \
	--directory "$image/etc/modseal" --state "$image/var/lib/modseal" ${2:+"$2"}; }
host() { inside /opt/app/host modseal /etc/modseal/policy.yaml /etc/policy.pem "$@"; }
check "it is installed there" install "$real/s1"
same() {
	plain=$(inside /opt/app/host plain "$library" curl_version string) && verified=$(host "$library" curl_version string) || return 1
	[ "$plain" = "$verified" ] || { echo "plain '$plain', through modseal '$verified'" >&2; return 1; }
	[ -n "$verified" ] && echo "$verified"
}
check "loaded there, curl_version gives what plain dlopen gives" same
sed 's/^/  /' "$WORK/.out"

# ---- an upgrade -------------------------------------------------------------------------
for version in 1 2; do mkdir "$WORK/unpacked$version" && unpack "$real/up$version.deb" "$WORK/unpacked$version"; done
put() { # put N: the library of version N takes its place as packages do it, by a rename
	cp "$WORK/unpacked$1/opt/app/lib/libup.so.1" "$image/opt/app/lib/libup.new"
	mv "$image/opt/app/lib/libup.new" "$image/opt/app/lib/libup.so.1"
}
in_force() { host /opt/app/lib/libup.so.1 up_version integer; }
answers() { [ "$(in_force)" = "$1" ]; }
start() { # the program, held at its start with the library of now
	touch "$image/opt/app/hold"
	in_force >"$WORK/running" 2>&1 &
	running=$!
	sleep 2
}
goes_on() { # and its end
	rm "$image/opt/app/hold"
	wait $running
}
check "the program runs under the first catalog" answers 1
put 2
refused_so() { in_force >"$WORK/said" 2>&1 && return 1; grep -q "$1" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
check "upgraded without the catalog of the new package it is refused, and what to do is said" refused_so \
	"^CATALOG_MISMATCH .*libup.so.1.*install the catalog of the new packages"
put 1
check "the new catalog, of the same name with a higher serial" signed "$real/new.cat" 2 "$real"/debs/*.deb "$real/up2.deb"
make_set "$real/s2" 2 "$real/new.cat" >/dev/null
start
put 2
check "is installed with its policy" install "$real/s2"
goes_on
check "who runs with the old library is told to restart" grep -q \
	"^STALE_OBJECT at gate: '/opt/app/lib/libup.so.1'.*restart the program" "$WORK/running"
sed 's/^/  /' "$WORK/running"
check "and after it all is well" answers 2
check "R33 the old set is refused now" refused ROLLBACK install "$real/s1"
make_set "$real/s3" 3 "$real/base.cat" >/dev/null
check "R33 the old catalog under a newer policy too" refused ROLLBACK install "$real/s3"
both() { install "$real/s3" --json | grep -q "serial is 1, below the floor 2"; }
check "R33 both serials are told" both
check "and the program runs on" answers 2
