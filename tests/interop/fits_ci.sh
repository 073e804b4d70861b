#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples for GitHub and GitLab and the class for Yocto: what they say to the shell is run, and
# what they sign is verified.
. tests/lib.sh
# what make was called with is for modseal, not for what is built here
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
. tests/policy.sh

if ! python3 -c 'import yaml' 2>/dev/null || ! command -v bash >/dev/null; then
	skip "CI examples" "no bash, or no yaml for python3"
	exit 0
fi
mkdir "$REAL/bin" && ln -s "$MODSEAL" "$REAL/bin/modseal"
PATH=$REAL/bin:$PATH
export PATH
project() {
	cp -R tests/interop/sample "$REAL/project" && cp "$REAL/release.pem" "$REAL/project" &&
		openssl pkcs8 -topk8 -in "$REAL/release.key" -passout pass:secret -out "$REAL/locked.key"
}
check "a project and a key with a passphrase" project
runs() { # runs KIND MODSEAL_KEY
	mkdir "$REAL/$1" && python3 tests/interop/ci_jobs.py "$1" "packaging/ci/$1.yml" "$REAL/project" "$REAL/$1" \
		MODSEAL_KEY="$2" MODSEAL_PASSPHRASE=secret HSM_KEY="$REAL/release.key"
}
signed() { "$MODSEAL" verify --certificate "$REAL/release.pem" "$@"; }
unpacked() { mkdir "$REAL/unpacked-$1" && tar -xf "$REAL/github/.artifacts/$1/$1.tar" -C "$REAL/unpacked-$1"; }

check "GitHub: all jobs" runs github "$(cat "$REAL/locked.key")"
check "GitHub: what was signed with a secret" unpacked signed
check "GitHub: library and program are signed" signed "$REAL/unpacked-signed/usr/lib/libfilter.so.1" "$REAL/unpacked-signed/usr/bin/halve"
reported() { [ "$(grep -c '"result": "signed"' "$1")" = 2 ]; }
check "GitHub: and reported" reported "$REAL/github/.artifacts/report/report.json"
check "GitHub: what was signed in two steps" unpacked attached
check "GitHub: the library is signed" signed "$REAL/unpacked-attached/usr/lib/libfilter.so.1"
check "GitHub: the build is not" unpacked unsigned
check "GitHub: as it was" refused SIGNATURE_MISSING "$MODSEAL" verify --certificate "$REAL/release.pem" "$REAL/unpacked-unsigned/usr/lib/libfilter.so.1"
secret() { ! grep -rqF "$(sed -n 2p "$REAL/locked.key")" "$1"; }
check "GitHub: the key is in no file" secret "$REAL/github"
check "GitLab: all jobs" runs gitlab "$REAL/locked.key"
check "GitLab: library and program are signed" signed "$REAL/gitlab/sign/stage/usr/lib/libfilter.so.1" "$REAL/gitlab/sign/stage/usr/bin/halve"
check "GitLab: so is the library that was signed in two steps" signed "$REAL/gitlab/attach/stage/usr/lib/libfilter.so.1"

# Yocto: the function, with its variables as BitBake replaces them
class() { # class SIGN KEY: on a copy of what was built
	rm -rf "$REAL/pkgd" "$REAL/native" && cp -R "$REAL/unpacked-unsigned" "$REAL/pkgd" &&
		mkdir -p "$REAL/pkgd/usr/lib/.debug" "$REAL/native/share/modseal" && cp "$REAL/pkgd/usr/lib/libfilter.so.1" "$REAL/pkgd/usr/lib/.debug" &&
		cp packaging/sign-built "$REAL/native/share/modseal" || return 1
	{
		sed -n '/^modseal_sign() {/,/^}/p' packaging/yocto/modseal.bbclass | sed "s|\${STAGING_BINDIR_NATIVE}|$REAL/bin|
			s|\${STAGING_DATADIR_NATIVE}|$REAL/native/share|; s|\${PKGD}|$REAL/pkgd|; s|\${MODSEAL_SIGN}|$1|
			s|\${MODSEAL_KEY}|$2|; s|\${MODSEAL_CERTIFICATE}|$REAL/release.pem|; s|\${MODSEAL_PASSPHRASE_FILE}||"
		echo modseal_sign
	} >"$REAL/class.sh"
	! grep -F '${' "$REAL/class.sh" >&2 && sh -e "$REAL/class.sh"
}
check "Yocto: the class signs" class yes "$REAL/release.key"
check "Yocto: library and program" signed "$REAL/pkgd/usr/lib/libfilter.so.1" "$REAL/pkgd/usr/bin/halve"
check "Yocto: not what is for debuggers" refused SIGNATURE_MISSING "$MODSEAL" verify --certificate "$REAL/release.pem" "$REAL/pkgd/usr/lib/.debug/libfilter.so.1"
check "Yocto: without a key it fails" exits 2 class yes ''
check "Yocto: but where nothing is to be signed" class no ''
