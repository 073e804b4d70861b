#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal vouch, and the hooks of apt and rpm that ask it: a warning before an upgrade would
# leave files that nothing vouches for.
. tests/lib.sh
REAL=$(cd "$WORK" && pwd -P)
if [ ! -f /usr/include/archive.h ] || ! command -v dpkg-deb >/dev/null; then
	skip "packages before they are installed" "no dpkg-deb here to make some"
	exit 0
fi
for key in release cats policy; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
by() { key=$1; shift; "$@" --key "$REAL/$key.key" --certificate "$REAL/$key.pem" >"$WORK/.sign"; }
mkdir -p "$REAL/tmp"
export TMPDIR="$REAL/tmp"

# ---- a package of each sort ---------------------------------------------------------------
STAGE=$REAL/stage
build() { # build FILE SONAME [FLAGS...]
	file=$STAGE$1 soname=$2
	shift 2
	mkdir -p "$(dirname "$file")"
	echo "int f(void) { return ${version:-1}; }" >"$WORK/f.c"
	${CC:-cc} -shared -fPIC -nostdlib -o "$file" "$WORK/f.c" "-Wl,-soname,$soname" -Wl,--no-as-needed "$@"
}
package() { # package NAME [FLAGS...]: of what was built
	name=$1
	shift
	mkdir -p "$STAGE/DEBIAN"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: of a test\n' \
		"$name" "${version:-1}" >"$STAGE/DEBIAN/control"
	dpkg-deb "$@" --root-owner-group -b "$STAGE" "$REAL/$name.deb" >"$WORK/log" 2>&1 || exit 99
	rm -r "$STAGE"
}
build /opt/acme/liba.so.1 liba.so.1
by release "$MODSEAL" sign "$STAGE/opt/acme/liba.so.1"
echo text >"$STAGE/opt/acme/README"
package signed
build /opt/acme/libb.so.1 libb.so.1
package unsigned
build /usr/lib/libsys.so.1 libsys.so.1
package system
version=2
build /usr/lib/libsys.so.1 libsys.so.1
package upgraded
version=1
build /srv/libc.so.1 libc.so.1
package elsewhere
build /opt/acme/libd.so.1 libd.so.1
cp "$STAGE/opt/acme/libd.so.1" "$REAL/libd.so.1"
build /opt/acme/libe.so.1 libe.so.1 "$REAL/libd.so.1"
rm "$STAGE/opt/acme/libd.so.1"
cp -a "$STAGE" "$REAL/kept"
package needy-unsigned
mv "$REAL/kept" "$STAGE"
by release "$MODSEAL" sign "$STAGE/opt/acme/libe.so.1"
package needy
build /opt/acme/beside/libf.so.1 libf.so.1
by release "$MODSEAL" sign --detached "$STAGE/opt/acme/beside/libf.so.1"
package sidecar
by cats "$MODSEAL" catalog create --name base --serial 1 --output "$REAL/base.cat" --deb "$REAL/system.deb"
if [ "$(id -u)" = 0 ]; then owners='[root]'; else owners='[root, caller]'; fi
cat >"$REAL/policy.yaml" <<END
modseal-policy: 1
name: tests
serial: 1
issued: 2026-01-01T00:00:00Z
search: [/opt/acme, /usr/lib]
signers:
  release:
    trust: pinned
    certificate: |
$(sed 's/^/      /' "$REAL/release.pem")
  cats:
    trust: pinned
    purposes: [catalog]
    certificate: |
$(sed 's/^/      /' "$REAL/cats.pem")
catalogs: [{name: base, file: base.cat, signers: [cats]}]
rules:
  - {path: /opt/acme/beside/**, evidence: [detached], signers: [release], owners: $owners}
  - {path: /opt/acme/**, signers: [release], owners: $owners}
  - {path: /usr/lib/**, evidence: [catalog], catalog: base, owners: $owners}
END
by policy "$MODSEAL" policy sign "$REAL/policy.yaml"
vouch() { "$MODSEAL" vouch --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
at() { for name in "$@"; do echo "$REAL/$name.deb"; done; }

# ---- the answers --------------------------------------------------------------------------
check "a signed file is vouched for" vouch "$(at signed)"
check "which is told" says "vouched for: 1" vouch "$(at signed)"
check "and what was not judged" says "not judged: owners, modes, scripts, and needed libraries of other packages" vouch "$(at signed)"
check "one that is not signed is not" refused SIGNATURE_MISSING vouch "$(at unsigned)"
check "it is named" says "'/opt/acme/libb.so.1': " vouch "$(at unsigned)"
check "the exit is that of a refusal" exits 1 vouch "$(at unsigned)"
check "what the catalog lists is vouched for" vouch "$(at system)"
check "the same file of an upgrade is not" refused CATALOG_MISMATCH vouch "$(at upgraded)"
check "a file that no rule is for is no matter" vouch "$(at elsewhere)"
check "but counted" says "of which no rule speaks: 1" vouch "$(at elsewhere)"
check "a signature beside a file comes with it" vouch "$(at sidecar)"
check "what a file needs may lie elsewhere" vouch "$(at needy)"
check "but that hides nothing about itself" refused SIGNATURE_MISSING vouch "$(at needy-unsigned)"
# shellcheck disable=SC2046 # words are wanted
check "several at once: the worst counts" exits 1 vouch $(at signed unsigned system)
# shellcheck disable=SC2046
check "and each is told" says "not vouched for: 2" vouch $(at signed unsigned upgraded)
check "JSON counts" says '"vouched-for": 1, "not-vouched-for": 0, "without-rule": 0' vouch --json "$(at signed)"
check "no such package" refused NOT_FOUND vouch "$REAL/none.deb"
check "what is none" refused TYPE_MISMATCH vouch "$REAL/policy.yaml"
check "a policy that is not there: nothing is vouched for" exits 3 "$MODSEAL" vouch --policy "$REAL/none.yaml" \
	--anchor "$REAL/policy.pem" "$(at signed)"
check "another anchor" refused POLICY_SIGNATURE "$MODSEAL" vouch --policy "$REAL/policy.yaml" --anchor "$REAL/release.pem" "$(at signed)"
python3 - "$REAL/climbing.deb" "$REAL/policy.pem" <<'PYTHON'
import io, sys, tarfile
raw = io.BytesIO()
tar = tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT)
for name in "./usr/lib/../../../../../../../../tmp/x.so", "/etc/modseal/anchors.d/x.pem":
    info = tarfile.TarInfo(name); info.size = 4
    tar.addfile(info, io.BytesIO(b"\x7fELF"))
tar.close()
control = io.BytesIO(); tarfile.open(fileobj=control, mode="w").close()
with open(sys.argv[1], "wb") as out:
    out.write(b"!<arch>\n")
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar", control.getvalue()), ("data.tar", raw.getvalue())):
        out.write(b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(content)) + content + b"\n" * (len(content) % 2))
PYTHON
check "a member that climbs is refused" refused ARGUMENT vouch "$REAL/climbing.deb"
check "nothing is left behind" nothing ls -A "$REAL/tmp"
check "no room for the files" exits 3 env TMPDIR="$REAL/none" "$MODSEAL" vouch --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem" "$(at signed)"

sed 's/^issued/mode: audit\n&/' "$REAL/policy.yaml" >"$REAL/audit.yaml"
by policy "$MODSEAL" policy sign "$REAL/audit.yaml"
audit() { "$MODSEAL" vouch --policy "$REAL/audit.yaml" --anchor "$REAL/policy.pem" "$@"; }
check "audit mode lets through, which is no refusal" audit "$(at unsigned)"
check "but nothing vouches for that" says "not vouched for: 1" audit "$(at unsigned)"
check "which is told of the file" says "/opt/acme/libb.so.1: accepted (no evidence named, rule in line" audit "$(at unsigned)"
check "with what would be" says "but WOULD BE REFUSED: no signature" audit "$(at unsigned)"
check "nobody says that all is well" refused SIGNATURE_MISSING sh -c '"$@"; exit 1' - "$MODSEAL" vouch \
	--policy "$REAL/audit.yaml" --anchor "$REAL/policy.pem" "$(at unsigned)"
check "what is signed is vouched for as ever" says "all files are vouched for" audit "$(at signed)"
check "and what no rule is for is no matter" says "of which no rule speaks: 1" audit "$(at elsewhere)"

build /opt/acme/libbig.so.1 libbig.so.1
head -c 60000000 /dev/urandom >>"$STAGE/opt/acme/libbig.so.1"
package big -Zgzip -z1
interrupted() { # interrupted SIGNAL: while files lie in the tree
	"$MODSEAL" vouch --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$(at big)" >"$WORK/said" 2>&1 &
	ended=$!
	while [ -z "$(ls -A "$REAL/tmp")" ] && kill -0 $ended 2>/dev/null; do sleep 0.01; done
	kill "-$1" $ended
	wait $ended
	status=$?
	[ -z "$(ls -A "$REAL/tmp")" ] || { ls -AR "$REAL/tmp" >&2; return 1; }
	[ ! -s "$WORK/said" ] && [ "$status" -gt 128 ] || { echo "exit $status: $(cat "$WORK/said")" >&2; return 1; }
}
for signal in TERM HUP; do
	check "SIG$signal leaves nothing behind" interrupted $signal
done

mkdir "$REAL/noexec"
noexec() { unshare -m sh -c 'mount -t tmpfs -o noexec,mode=755 none "$0/noexec" && TMPDIR=$0/noexec exec "$@"' "$REAL" "$@"; }
if [ "$(id -u)" = 0 ] && noexec true 2>/dev/null; then
	check "a TMPDIR mounted noexec is no reason to refuse packages, but to judge none" exits 3 noexec "$MODSEAL" vouch \
		--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$(at signed)"
	check "and what to do is said" says "set TMPDIR to a directory elsewhere" noexec "$MODSEAL" vouch \
		--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$(at signed)"
else
	skip "a TMPDIR mounted noexec" "no mount name space here"
fi

# ---- apt's hook ----------------------------------------------------------------------------
# apt writes its configuration and the packages to the hook (apt.conf(5), Pre-Install-Pkgs)
protocol() { # protocol SETTING PACKAGE...
	printf 'VERSION 3\nAPT::Architecture=amd64\n%s\n\n' "$1"
	shift
	for name in "$@"; do
		printf '%s - - none < 1 all none %s\n' "$name" "$REAL/$name.deb"
		printf '%s - - none < 1 all none **CONFIGURE**\n' "$name"
	done
}
hook() { PATH=$(dirname "$MODSEAL"):$PATH sh packaging/apt/check-packages --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"; }
quiet_hook() { protocol "$@" | hook >"$WORK/said" 2>&1 && [ ! -s "$WORK/said" ] || { cat "$WORK/said" >&2; return 1; }; }
warned() { # warned SETTING PACKAGE...: the hook warns and lets go on
	protocol "$@" | hook >"$WORK/said" 2>&1 && grep -q "^W: modseal: .*would leave" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
blocked() { protocol "$@" | hook >"$WORK/said" 2>&1 && return 1; grep -q "^E: modseal: .*would leave" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
check "apt's hook is silent where all is well" quiet_hook X::Y=z signed system elsewhere
check "it warns" warned X::Y=z signed unsigned
check "with the file" grep -q "/opt/acme/libb.so.1" "$WORK/said"
check "of an upgrade without its catalog" warned X::Y=z upgraded
check "and never stops apt" warned Modseal::Packages=warn unsigned
check "unless that is configured" blocked Modseal::Packages=block unsigned
check "where good packages still go through" quiet_hook Modseal::Packages=block signed
check "removals are no matter" sh -c 'printf "VERSION 3\n\nx 1 all none > - - none **REMOVE**\n" | sh packaging/apt/check-packages'
no_policy() { protocol X::Y=z unsigned | PATH=$(dirname "$MODSEAL"):$PATH sh packaging/apt/check-packages --policy "$REAL/none.yaml" 2>&1; }
check "where no policy is in force it says nothing" nothing no_policy
undecided() { protocol "$1" missing | hook >"$WORK/said" 2>&1; status=$?; grep -q "^[WE]: modseal: .*could not" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; [ "$status" = "$2" ]; }
check "what could not be judged is told" undecided X::Y=z 0
check "and stops where refusals do" undecided Modseal::Packages=block 1
other_version() { printf 'VERSION 2\n\n%s\n' "$REAL/unsigned.deb" | hook >"$WORK/said" 2>&1; grep -q "^W: modseal: .*protocol" "$WORK/said"; }
check "another protocol is told" other_version

# ---- rpm's ---------------------------------------------------------------------------------
if command -v rpmbuild >/dev/null; then
	rpm_of() { # rpm_of NAME: of the files of NAME.deb
		mkdir -p "$REAL/rpm-files"
		dpkg-deb -x "$REAL/$1.deb" "$REAL/rpm-files"
		cat >"$REAL/$1.spec" <<SPEC
Name: $1
Version: 1
Release: 1
Summary: of a test
License: none
BuildArch: noarch
%global __os_install_post %{nil}
%global __requires_exclude .*
%global _binaries_in_noarch_packages_terminate_build 0
%description
of a test
%install
cp -a "$REAL/rpm-files/." %{buildroot}
%files
%defattr(-,root,root)
$(cd "$REAL/rpm-files" && find . -type f | sed 's/^\.//')
SPEC
		rpmbuild -bb --define "_topdir $REAL/rpmbuild" --define "_rpmdir $REAL" --define "_rpmfilename $1.rpm" \
			--define "debug_package %{nil}" "$REAL/$1.spec" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; return 1; }
		rm -rf "$REAL/rpm-files"
	}
	check "an RPM package of the signed file" rpm_of signed
	check "and of the other" rpm_of unsigned
	check "RPM packages are judged as well" vouch "$REAL/signed.rpm"
	check "and refused" refused SIGNATURE_MISSING vouch "$REAL/unsigned.rpm"
	rpm_hook() { PATH=$(dirname "$MODSEAL"):$PATH MODSEAL_PACKAGES=${setting:-warn} sh packaging/rpm/check-packages \
		"$@" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" >"$WORK/said" 2>&1; }
	check "rpm's check says nothing where all is well" rpm_hook "$REAL/signed.rpm"
	check "it warns" rpm_hook "$REAL/signed.rpm" "$REAL/unsigned.rpm"
	check "with the file" grep -q "/opt/acme/libb.so.1" "$WORK/said"
	setting=block
	check "and fails where that is wanted" exits 1 rpm_hook "$REAL/unsigned.rpm"
else
	skip "RPM packages" "no rpmbuild here"
fi
