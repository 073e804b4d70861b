#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make demo`: libxml2 and all it needs, taken from this system, signed, put under a signed
# policy, verified, loaded and used; then everything that must be refused.
# Usage: tests/demo/demo.sh FOLDER, where modseal and host were built. Works as root and as
# an ordinary user. KEEP=1 keeps what it made.
set -eu
built=$1
CC=${CC:-gcc}
preload='' failures=0 shown=0

# A folder that nobody else may write, below one where users may make folders.
D=$(realpath "$(mktemp -d "${TMPDIR:-/var/tmp}/modseal-demo.XXXXXX")")
[ "${KEEP:-}" = 1 ] || trap 'rm -rf "$D"' EXIT
cd "$D"
umask 022
mkdir bin lib keys elsewhere lib/flipped lib/unsigned lib/vendor
chmod 755 . && chmod 700 keys

say() { printf '\n== %s\n' "$*"; }
run() {
	printf '$ %s\n' "$(echo "$*" | sed "s|$D/||g")"
	"$@"
}

# ---- what is signed --------------------------------------------------------------------

triplet=$($CC -print-multiarch 2>/dev/null || true)
for candidate in "/usr/lib/$triplet"/libxml2.so.[0-9]* /usr/lib64/libxml2.so.[0-9]* \
	/usr/lib/libxml2.so.[0-9]*; do
	[ -e "$candidate" ] && { xml=$(realpath "$candidate"); break; }
done
[ -n "${xml:-}" ] || { echo "demo: libxml2 is not installed: packaging/setup.sh check" >&2; exit 1; }

soname() { readelf -dW "$1" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p'; }
# needs FILE: the real paths of all libraries it needs, the dynamic linker's included
needs() {
	ldd "$1" | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | xargs -r realpath
}
is_c_library() {
	case $(basename "$1") in
	libc.so.* | libc-* | libm.so.* | libm-* | libpthread* | libdl* | librt.so* | librt-* | \
		libresolv* | ld-* | ld64* | libmvec* | libutil*) return 0 ;;
	esac
	return 1
}

say "libxml2 and everything it needs, copied from this system"
cp "$built/host" "$built/modseal" bin/
modseal=$D/bin/modseal host=$D/bin/host
startup=$({ needs bin/host; needs bin/modseal; } | sort -u)
for file in "$xml" $(needs "$xml"); do
	is_c_library "$file" && continue
	# what the host itself needs is in the process before modseal loads anything
	if echo "$startup" | grep -qx "$file"; then
		echo "  not $file: this program needs it itself; under root's protection"
		continue
	fi
	name=$(soname "$file")
	cp "$file" "lib/$name"
	chmod 755 "lib/$name"
	echo "  lib/$name from $file ($(stat -c %s "$file") bytes)"
done
xml=$(soname "$xml")

say "Keys: one for policies, one for releases, one of a vendor"
for name in policy release vendor; do
	run "$modseal" keygen "$name" --directory keys
done

say "Signing the libraries, this program and this command"
cp "lib/$xml" lib/unsigned/
run "$modseal" sign --key keys/release.key --certificate keys/release.pem lib/lib*.so*
cp bin/modseal bin/signed # a running program cannot be written
run "$modseal" sign --key keys/release.key --certificate keys/release.pem bin/host bin/signed
mv bin/signed bin/modseal

say "The policy"
digest() { sha256sum "$1" | cut -d ' ' -f 1; }
c_libraries=$({ echo "$startup"; needs "lib/$xml"; } | while read -r file; do
	if is_c_library "$file" || echo "$startup" | grep -qx "$file"; then
		echo "$file"
	fi
done | sort -u)
directories=$(for file in $c_libraries; do dirname "$file"; done | sort -u | tr '\n' ',' |
	sed 's/,$//; s/,/, /g')
{
	cat <<END
modseal-policy: 1
name: demo
serial: 1
issued: $(date -u +%Y-%m-%dT%H:%M:%SZ)
mode: enforce

search: [$D/lib, $directories]

signers:
END
	for name in release vendor; do
		cat <<END
  $name:
    trust: pinned
    certificate-file: keys/$name.pem
    certificate-sha256: "$(digest keys/$name.pem)"
    purposes: [library, program]
END
	done
	cat <<END

rules:
  - path: $D/lib/vendor/*
    signers: [vendor]
    owners: [caller]
  - path: $D/lib/**
    signers: [release]
    owners: [caller]
  - path: $D/bin/*
    kind: program
    signers: [release]
    owners: [caller]
  # the system's C library: root's protection
END
	for file in $c_libraries; do
		echo "  - {path: $file, evidence: [protected-path]}"
	done
} >policy.yaml
sed -n '/^search/p; /^rules/,$p' policy.yaml | sed "s|$D/||g; s/^/  /"
run "$modseal" policy sign policy.yaml --key keys/policy.key --certificate keys/policy.pem

# ---- what is accepted ------------------------------------------------------------------

accept() { # accept TITLE COMMAND...
	say "$1"
	shift
	shown=$((shown + 1))
	run "$@" || { echo "UNEXPECTED: refused with $?"; failures=$((failures + 1)); }
}
accept "Verifying" "$modseal" verify --policy policy.yaml --anchor keys/policy.pem \
	"$D/lib/$xml" "$D/bin/modseal" "$D/bin/host"
accept "Loading: a symbol of $xml, from the image that was verified" \
	"$host" "$D/policy.yaml" "$D/keys/policy.pem" "$D/lib/$xml"
accept "The same by the command" "$modseal" load --policy policy.yaml \
	--anchor keys/policy.pem --symbol xmlReadMemory "$D/lib/$xml"

# ---- what is refused -------------------------------------------------------------------

# refuse TITLE CODE LIBRARY: the host must refuse with the code, and say so first
refuse() {
	printf '\n-- %s\n' "$1"
	shown=$((shown + 1))
	status=0
	env ${preload:+"LD_PRELOAD=$preload"} \
		"$host" "$D/policy.yaml" "$D/keys/policy.pem" "$3" >.output 2>&1 || status=$?
	sed "/policy and process/d; s|$D/||g; s/^\([A-Z]\)/  \1/" .output
	if [ $status = 0 ] || ! grep -q "^$2 at" .output; then
		echo "UNEXPECTED: status $status, wanted $2"
		failures=$((failures + 1))
	fi
}

say "What is refused"
size=$(stat -c %s "lib/unsigned/$xml")
cp "lib/$xml" lib/flipped/
old=$(od -An -tu1 -j $((size / 2)) -N 1 "lib/$xml" | tr -d ' ')
# shellcheck disable=SC2059 # the octal escape is the byte
printf "\\$(printf %03o $((old ^ 1)))" |
	dd of="lib/flipped/$xml" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
refuse "one bit of byte $((size / 2)) flipped" SIGNATURE_INVALID "$D/lib/flipped/$xml"
refuse "a file without a signature" SIGNATURE_MISSING "$D/lib/unsigned/$xml"
cp "lib/$xml" lib/vendor/
refuse "signed by 'release' where the rule allows only 'vendor'" SIGNER_NOT_ALLOWED \
	"$D/lib/vendor/$xml"
cp "lib/$xml" elsewhere/
refuse "the right signature, outside the allowed paths" PATH_NOT_ALLOWED "$D/elsewhere/$xml"
cp "lib/$xml" lib/libcrypto.so.3
refuse "libxml2 under the name of another library" NAME_MISMATCH "$D/lib/libcrypto.so.3"
rm lib/libcrypto.so.3

echo 'int stranger;' >stranger.c
$CC -shared -fPIC -o stranger.so stranger.c
preload=$D/stranger.so
refuse "a stranger brought in by LD_PRELOAD" PROCESS_UNVERIFIED "$D/lib/$xml"
preload=''

cp policy.yaml policy.kept
echo "# anything" >>policy.yaml
refuse "a policy changed after it was signed" POLICY_SIGNATURE "$D/lib/$xml"
mv policy.kept policy.yaml

accept "All put back: accepted again" "$host" "$D/policy.yaml" "$D/keys/policy.pem" "$D/lib/$xml"

printf '\ndemo: %s of %s as expected\n' $((shown - failures)) "$shown"
[ "$failures" = 0 ]
