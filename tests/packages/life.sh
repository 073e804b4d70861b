# SPDX-License-Identifier: Apache-2.0
# The life of modseal's packages in a system that is fresh and ours: installed, used, upgraded,
# changed for those that only verify and back, removed. check.sh starts it in a chroot.
# Usage: sh life.sh deb|rpm DIRECTORY, which holds KIND-1 and KIND-2, the higher version.
. tests/lib.sh
kind=$1 packages=$2
cd "$WORK" || exit 1
one=$packages/$kind-1 two=$packages/$kind-2

# ---- the package manager -----------------------------------------------------------------

case $kind in
deb)
	file() { ls "$1/$2"_*_"$(dpkg --print-architecture)".deb; }
	files() { # files DIRECTORY PACKAGE...
		directory=$1
		shift
		for package in "$@"; do file "$directory" "$package"; done
	}
	# apt takes the file as it is, and removes what it conflicts with
	# shellcheck disable=SC2046 # names without spaces
	put() { apt-get install -y --no-install-recommends --allow-downgrades $(files "$@"); }
	drop() { apt-get remove -y "$@"; }
	# apt no longer knows what left nothing
	purge() { dpkg --purge "$@"; }
	version() { dpkg-query -f '${Version}' -W "$1"; }
	there() { dpkg-query -f '${db:Status-Status}\n' -W "$1" 2>/dev/null | grep -qx installed; }
	devel=libmodseal-dev library=libmodseal0
	apt-get update >/dev/null
	# what ours need, so that nothing but ours comes and goes
	needed=$(for package in $(files "$one" modseal modseal-verify libmodseal0 libmodseal-dev); do
		dpkg-deb -f "$package" Depends | tr '\n' ,
	done | sed 's/libmodseal0 ([^)]*),*//g; s/,[ ,]*/, /g; s/, $//')
	apt-get satisfy -y --no-install-recommends "$needed" >/dev/null
	apt-get install -y --no-install-recommends gcc libc6-dev pkg-config dpkg-dev bash-completion >/dev/null
	;;
rpm)
	files() {
		directory=$1
		shift
		for package in "$@"; do ls "$directory/$package"-[0-9]*.rpm; done
	}
	# Debian's libraries are in no database of rpm's
	# shellcheck disable=SC2046
	put() { rpm -U --nodeps --oldpackage $(files "$@"); }
	drop() { rpm -e --nodeps "$@"; }
	purge() { :; }
	version() { rpm -q --qf '%{VERSION}-%{RELEASE}' "$1"; }
	there() { rpm -q "$1"; }
	devel=libmodseal-devel library=libmodseal
	apt-get update >/dev/null
	apt-get install -y --no-install-recommends rpm gcc libc6-dev pkg-config libssl-dev libelf-dev libyaml-dev \
		libjansson4 bash-completion >/dev/null
	mkdir -p /usr/share/licenses # of the package filesystem, where systems are made of RPM's
	;;
esac
# what the system consists of, without the notes that package managers take
system() {
	ldconfig
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path "$WORK" -o -path /root -o \
		-path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/rpm -o \
		-path /etc/ld.so.cache -o -path /var/tmp \) -prune -o -printf '%p %y %m %u %g %l\n' | sort
}

# ---- it comes and goes, and nothing is left ------------------------------------------------

system >before
check "$kind: installed" put "$one" modseal "$library" "$devel"
check "its version" [ "$(version modseal)" = 0.1.0-0upstream1 ]
purged() { drop modseal "$library" "$devel" && purge modseal "$library" "$devel"; }
check "taken away before it was used" purged
as_before() { system >after; diff before after; }
check "nothing is left of it" as_before

# ---- used ----------------------------------------------------------------------------------

check "installed again" put "$one" modseal "$library" "$devel"
modes() { [ "$(stat -c '%a %U %G' /etc/modseal /etc/modseal/anchors.d /var/lib/modseal | uniq)" = '755 root root' ]; }
check "only root writes policy, anchors and state" modes
completes() { bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader modseal; complete -p modseal'; }
check "bash-completion finds the completion" completes
check "the manual is there" ls /usr/share/man/man1/modseal.1*
check "keys" modseal keygen release
check "another" modseal keygen policy
echo 'const char *greet(void) { return "hello"; }' >greet.c
cc -shared -fPIC -Wl,-soname,libgreet.so.1 -o libgreet.so.1 greet.c
install -d /opt/life
check "a library is signed" modseal sign --key release.key --certificate release.pem libgreet.so.1
cp libgreet.so.1 /opt/life/
cat >host.c <<'HOST'
#include <stdio.h>
#include <modseal.h>
int main(void)
{
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION};
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	void *greet = NULL;

	if (modseal_open(&options, &context, &error) ||
	    modseal_verify(context, "/opt/life/libgreet.so.1", &image, &error) ||
	    modseal_load(image, 0, &module, &error) ||
	    modseal_symbol(module, "greet", NULL, &greet, &error)) {
		fprintf(stderr, "%s: %s: %s\n", modseal_code_name(error.code), error.object, error.message);
		return 1;
	}
	return puts(((const char *(*)(void))greet)()) < 0;
}
HOST
# shellcheck disable=SC2046 # words are wanted
compiled() { cc -Wall -Werror -o /opt/life/host host.c $(pkg-config --cflags --libs modseal); }
check "a program is compiled by pkg-config" compiled
# shellcheck disable=SC2046
linked() {
	cc -Wall -Werror -o /opt/life/static host.c -Wl,-Bstatic -lmodseal -Wl,-Bdynamic \
		$(pkg-config --static --libs modseal | sed 's/-lmodseal//')
}
check "and with the static library" linked
cat >policy.yaml <<POLICY
modseal-policy: 1
name: life
serial: 7
issued: 2026-01-01T00:00:00Z
mode: enforce
signers:
  release:
    trust: pinned
    certificate-file: release.pem
    certificate-sha256: "$(sha256sum release.pem | cut -d ' ' -f 1)"
rules:
  - {path: /opt/life/lib*.so.*, signers: [release]}
  - {path: /opt/life/*, kind: program, evidence: [protected-path]}
  - {path: /usr/bin/modseal, kind: program, evidence: [protected-path]}
  - {path: /usr/lib/**, evidence: [protected-path]}
POLICY
check "a policy is signed" modseal policy sign policy.yaml --key policy.key --certificate policy.pem
install -m 644 policy.pem /etc/modseal/anchors.d/life.pem
check "and installed" modseal policy install --yes policy.yaml
verifies() { # everything that was installed is as it was, and in force
	modseal verify /opt/life/libgreet.so.1 && [ "$(modseal load --symbol greet /opt/life/libgreet.so.1 >/dev/null; echo $?)" = 0 ] &&
		[ "$(/opt/life/host)" = hello ] && [ "$(cd / && cat etc/modseal/policy.yaml var/lib/modseal/state | sha256sum)" = "$state" ]
}
state=$(cd / && cat etc/modseal/policy.yaml var/lib/modseal/state | sha256sum)
check "under it a library is verified and loaded" verifies
check "by the static program, too" [ "$(/opt/life/static)" = hello ]
printf x | cat libgreet.so.1 - >/opt/life/libbad.so.1
check "a changed one is refused" refused SIGNATURE_MISSING modseal verify /opt/life/libbad.so.1
rm /opt/life/libbad.so.1
check "an older policy, too" refused ROLLBACK sh -c 'sed "s/^serial: 7/serial: 6/" policy.yaml >old.yaml &&
	modseal policy sign old.yaml --key policy.key --certificate policy.pem >/dev/null &&
	modseal policy install --yes old.yaml "$@"' -
if [ "$kind" = deb ]; then
	# what a package of the program would depend on
	mkdir debian
	printf 'Source: life\n\nPackage: life\nArchitecture: any\n' >debian/control
	depends() { # depends FILE DEPENDENCY: this one, and no other package of ours without a choice
		dpkg-shlibdeps -O "$1" | tr , '\n' | sed 's/^shlibs:Depends=//; s/^ //' | grep libmodseal >found
		grep -qxF "$2" found || { cat found >&2; return 1; }
	}
	either='libmodseal0 (>= 0.1.0) | libmodseal0-verify (>= 0.1.0)'
	check "a program that verifies depends on either library" depends /opt/life/host "$either"
	check "and on no certain one" [ "$(cat found)" = "$either" ]
	cat >signing.c <<'SIGNING'
#include <modseal-sign.h>
int main(void)
{
	struct modseal_signing_key *key = NULL;
	modseal_signing_key_free(&key);
	return 0;
}
SIGNING
	# shellcheck disable=SC2046
	cc -o signing signing.c $(pkg-config --cflags --libs modseal)
	check "one that signs on that which does" depends signing 'libmodseal0 (>= 0.1.0)'
fi

# ---- upgraded, changed, changed back -----------------------------------------------------

check "upgraded" put "$two" modseal "$library" "$devel"
check "to a higher version" [ "$(version modseal)" = 0.1.0-0upstream2 ]
check "policy and state are as they were, and in force" verifies

if [ "$kind" = rpm ]; then
	conflicts() { ! put "$two" modseal-verify "$library-verify" 2>said && grep -q 'conflicts with' said; }
	# rpm -U --nodeps looks at no conflicts but those of files
	check "those that only verify do not come beside them" conflicts
	check "they are taken away" drop modseal "$library" "$devel"
fi
check "those that only verify are installed" put "$two" modseal-verify "$library-verify"
instead() { there modseal-verify && there "$library-verify" && ! there modseal && ! there "$library" && ! there "$devel"; }
check "and take the places of the others" instead
check "policy and state are as they were, and in force with them" verifies
cannot() { exits 3 modseal sign libgreet.so.1 2>said && grep -q 'this build cannot sign' said; }
check "they cannot sign" cannot
sed 's/^serial: 7/serial: 8/' policy.yaml >eight.yaml
[ "$kind" = deb ] || { drop modseal-verify "$library-verify"; }
check "back to all" put "$two" modseal "$library" "$devel"
back() { there modseal && there "$library" && there "$devel" && ! there modseal-verify && ! there "$library-verify"; }
check "and they take the places of those" back
check "policy and state are as they were, and in force again" verifies
check "a newer policy is signed" modseal policy sign eight.yaml --key policy.key --certificate policy.pem
check "and installed" modseal policy install --yes eight.yaml
state=$(cd / && cat etc/modseal/policy.yaml var/lib/modseal/state | sha256sum)

# ---- removed -----------------------------------------------------------------------------

rm -r /opt/life
check "taken away" drop modseal "$library" "$devel"
check "with all that was to be configured" purge modseal "$library" "$devel"
left() { # nothing but policy and state
	system >after
	diff before after | grep '^[<>]' | grep -v '^> /etc/modseal[ /]' | grep -v '^> /var/lib/modseal[ /]' >"$WORK/left"
	! grep . "$WORK/left"
}
check "nothing is left but policy and state" left
kept() { [ "$(cd / && cat etc/modseal/policy.yaml var/lib/modseal/state | sha256sum)" = "$state" ] && [ -e /etc/modseal/anchors.d/life.pem ]; }
check "and these are" kept
check "installed once more" put "$one" modseal
check "it still takes no older policy" refused ROLLBACK modseal policy install --yes policy.yaml
