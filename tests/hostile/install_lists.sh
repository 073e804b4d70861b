#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R29 R33 policy install and revocation lists: they come with the same serial, and must not come
# back older, damaged or not at all.
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "policy install" "installed files must belong to root"
	exit 0
fi
. tests/sets.sh

for ca in acme else; do
	"$MODSEAL" keygen "$ca" --ca --directory "$REAL" >"$WORK/.keygen" || exit 99
done
printf '%s\n' '[ca]' default_ca=c '[c]' "database=$WORK/index" "crlnumber=$WORK/number" default_md=sha256 \
	unique_subject=no '[l]' authorityKeyIdentifier=keyid >"$WORK/ca.cnf"
: >"$WORK/index"
echo 01 >"$WORK/number"
# list NAME CA YEAR: NAME.crl, of the first of January
list() {
	openssl ca -gencrl -config "$WORK/ca.cnf" -cert "$REAL/$2.pem" -keyfile "$REAL/$2.key" -crlexts l \
		-crl_lastupdate "${3}0101000000Z" -crl_nextupdate 20990101000000Z -out "$REAL/$1.crl" 2>>"$WORK/log" ||
		{ cat "$WORK/log"; exit 99; }
}
list old acme 2024
list new acme 2025
list newer acme 2026
list coming acme 2098
list foreign else 2026
# chained SERIAL DEMAND [LIST]: a set in $REAL/set with that list
chained() {
	rm -rf "$REAL/set"
	mkdir -p "$REAL/set"
	cp "$REAL/acme.pem" "$REAL/set/"
	[ -z "${3:-}" ] || cp "$REAL/$3.crl" "$REAL/set/acme.crl"
	files='    crl-files: [acme.crl]'
	[ "$2" != none ] || files='    x-none: 1'
	cat >"$REAL/set/policy.yaml" <<POLICY
modseal-policy: 1
name: tests
serial: $1
issued: 2023-01-01T00:00:00Z
signers:
  acme:
    trust: chain
    certificate-file: acme.pem
    certificate-sha256: "$(sha256sum "$REAL/acme.pem" | cut -d' ' -f1)"
    crl: $2
$files
rules:
  - {path: /usr/lib/modseal/*, signers: [acme]}
POLICY
	"$MODSEAL" policy sign --force "$REAL/set/policy.yaml" --key "$REAL/policy.key" \
		--certificate "$REAL/policy.pem" >"$WORK/.signed"
}
takes() { chained "$@" && install "$REAL/set/policy.yaml"; }
refuses() { code=$1; shift; chained "$@" && refused "$code" install "$REAL/set/policy.yaml"; }
in_force() { cmp "$ETC/current/acme.crl" "$REAL/$1.crl"; }

check "a first list" takes 1 if-present new
check "R29 an older list with the same serial is refused" refuses ROLLBACK 1 if-present old
check "and it says which and when" says "is of 2024-01-01 00:00:00Z, the one in force of 2025-01-01 00:00:00Z" \
	install "$REAL/set/policy.yaml"
check "R29 no list at all is refused" refuses ROLLBACK 1 if-present
check "and it says so" says "has a revocation list of 2025-01-01 00:00:00Z in force, and none by the same CA" \
	install "$REAL/set/policy.yaml"
check "R29 with a higher serial, too" refuses ROLLBACK 2 if-present
check "R29 a list by another CA is none" refuses ROLLBACK 1 if-present foreign
cp "$REAL/policy.pem" "$REAL/damaged.crl"
check "R29 what is no list is refused" refuses CRL_UNUSABLE 1 if-present damaged
openssl crl -in "$REAL/newer.crl" -outform DER -out "$REAL/changed.crl"
printf 'XXXX' | dd of="$REAL/changed.crl" bs=1 seek=$(($(stat -c %s "$REAL/changed.crl") - 4)) conv=notrunc 2>/dev/null
check "R29 a list with another signature is refused" refuses CRL_UNUSABLE 1 if-present changed
check "all the time the first was in force" in_force new
check "the same list again" takes 1 if-present new
check "a newer one" takes 2 required newer
check "is in force" in_force newer
check "R29 and does not go back" refuses ROLLBACK 2 required new
# by mistake or not: a list from the future is of no use, and must not be there forever
check "a list from the future" takes 2 required coming
check "goes again" takes 2 required newer
check "the policy may ask for none" takes 3 none
check "R29 and for some again, but none older than was in force once" refuses ROLLBACK 4 if-present old
check "R29 which is told" says "a newer revocation list by the same CA was in force on this system once" \
	install "$REAL/set/policy.yaml"
check "the newest of them is" takes 4 if-present newer
# the set in force is lost, and the state is not
rm -r "$ETC"
check "R29 a set that is lost takes no list along" refuses ROLLBACK 5 if-present new
check "the newest comes back" takes 5 if-present newer

# a supplement's lists are its maker's, and so is their time
rm -rf "$ETC" "$VAR"
list before else 2025
digest() { sha256sum "$REAL/$1.pem" | cut -d' ' -f1; }
# delegated LIST: a set whose supplement asks for it
delegated() {
	rm -rf "$REAL/set"
	mkdir -p "$REAL/set"
	cp "$REAL/else.pem" "$REAL/stranger.pem" "$REAL/set/"
	cp "$REAL/$1.crl" "$REAL/set/else.crl"
	cat >"$REAL/set/vendor.yaml" <<SUPPLEMENT
modseal-supplement: 1
name: vendor
serial: 1
issued: 2023-01-01T00:00:00Z
signers:
  else: {trust: chain, certificate-file: else.pem, certificate-sha256: "$(digest else)", crl: if-present, crl-files: [else.crl]}
rules:
  - {path: /usr/lib/vendor/*, signers: [else]}
SUPPLEMENT
	cat >"$REAL/set/policy.yaml" <<POLICY
modseal-policy: 1
name: tests
serial: 1
issued: 2023-01-01T00:00:00Z
signers:
  vendor: {trust: pinned, purposes: [supplement], certificate-file: stranger.pem, certificate-sha256: "$(digest stranger)"}
supplements:
  - {name: vendor, file: vendor.yaml, signers: [vendor]}
rules:
  - {path: /usr/lib/vendor/**, delegate: vendor}
POLICY
	"$MODSEAL" policy sign "$REAL/set/vendor.yaml" --key "$REAL/stranger.key" --certificate "$REAL/stranger.pem" >"$WORK/.signed" &&
		"$MODSEAL" policy sign "$REAL/set/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/.signed"
}
check "a list of a supplement's signer" delegated before
check "is installed" install "$REAL/set/policy.yaml"
check "a newer one" delegated foreign
check "is, too" install "$REAL/set/policy.yaml"
check "R28 and its time is nothing to others" grep -q '^time-floor: 2023-01-01T00:00:00Z$' "$VAR/state"
check "an older one" delegated before
check "R29 is refused" refused ROLLBACK install "$REAL/set/policy.yaml"
check "R29 and it says which" says "is of 2025-01-01 00:00:00Z, the one in force of 2026-01-01 00:00:00Z" \
	install "$REAL/set/policy.yaml"
check "R29 nor does the set before bring it back" refused ROLLBACK "$MODSEAL" policy rollback \
	--anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" --yes
