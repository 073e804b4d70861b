# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced after lib.sh by tests that load under a policy: keys `release`, `other` and
# `policy` in $WORK, a signed copy of the command as $LOADER, and these functions:
#
#	write_policy FILE [rule:RULE|signer:SIGNER|KEY...]: a signed policy for $LIB, by `release`
#	build_library FILE SONAME BODY [FLAGS...]: a library from C text, signed by `release`
LIB=$WORK/lib
mkdir -p "$LIB"
REAL=$(cd "$WORK" && pwd -P)
LIB=$REAL/lib
TRIPLET=$(${CC:-cc} -print-multiarch 2>/dev/null || true)
SYSTEM=/usr/lib${TRIPLET:+/$TRIPLET}
LOADER=$REAL/modseal
for key in release other policy; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
sign_with() { key=$1; shift; "$MODSEAL" sign --force --key "$REAL/$key.key" --certificate "$REAL/$key.pem" "$@"; }
cp "$MODSEAL" "$LOADER"
sign_with release "$LOADER" >"$WORK/.sign" || exit 99

write_policy() {
	policy=$1
	shift
	{
		cat <<POLICY
modseal-policy: 1
name: tests
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$LIB, $SYSTEM]
POLICY
		for line in "$@"; do
			case $line in rule:* | signer:*) ;; *) printf '%b\n' "$line" ;; esac
		done
		cat <<POLICY
signers:
  release:
    trust: pinned
    purposes: [library, program]
    certificate-file: $REAL/release.pem
    certificate-sha256: "$(sha256sum "$REAL/release.pem" | cut -d' ' -f1)"
  other:
    trust: pinned
    certificate-file: $REAL/other.pem
    certificate-sha256: "$(sha256sum "$REAL/other.pem" | cut -d' ' -f1)"
POLICY
		for line in "$@"; do
			case $line in signer:*) printf '%b\n' "  ${line#signer:}" ;; esac
		done
		echo rules:
		for line in "$@"; do
			case $line in rule:*) printf '%b\n' "  - ${line#rule:}" ;; esac
		done
		cat <<POLICY
  - {path: $LIB/**, signers: [release], owners: [root, caller]}
  - {path: $LOADER, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: $BUILD/tests/hosts/**, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: /usr/lib/**, evidence: [protected-path]}
POLICY
	} >"$policy"
	"$MODSEAL" policy sign --force "$policy" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
}

build_library() {
	file=$1 soname=$2 body=$3
	shift 3
	printf '%s\n' "$body" >"$WORK/.library.c"
	${CC:-cc} -shared -fPIC -o "$file" "$WORK/.library.c" ${soname:+-Wl,-soname,$soname} "$@" || return 1
	sign_with release "$file" >"$WORK/.sign"
}
# A constructor that tells it has run, by a file in $WORK/ran.
mkdir -p "$WORK/ran"
marker() {
	printf '%s' "#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void mark(void) { close(open(\"$REAL/ran/$1\", O_CREAT | O_WRONLY, 0600)); }"
}
nothing_ran() { [ -z "$(ls -A "$WORK/ran")" ] || { echo "ran: $(ls "$WORK/ran")" >&2; return 1; }; }
# load ARGUMENTS...: modseal load under $REAL/policy.yaml
load() { "$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
verify() { "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
