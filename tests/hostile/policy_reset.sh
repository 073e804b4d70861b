#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# R33: the day when the key that signs policies is stolen, by `policy reset` and by a recovery
# key; and going back to the set before, which is no way around a floor.
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "R33 policy reset" "installed files must belong to root"
	exit 0
fi
. tests/sets.sh
for key in fresh successor recovery; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
spki() { openssl x509 -in "$REAL/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1; }
HIGHEST=9007199254740991
# signs DIR SERIAL KEY [LINE...]: a policy with more lines, whose certificates lie beside it
signs() {
	dir=$1 serial=$2 key=$3
	shift 3
	rm -rf "$dir"
	mkdir -p "$dir"
	cp "$REAL"/*.pem "$dir"
	{
		printf 'modseal-policy: 1\nname: %s\nserial: %s\nissued: %s\n' "${NAME:-tests}" "$serial" "${ISSUED:-2026-01-01T00:00:00Z}"
		printf 'rules:\n  - {path: /usr/lib/**, evidence: [protected-path]}\n'
		for line in "$@"; do printf '%s\n' "$line"; done
	} >"$dir/policy.yaml"
	"$MODSEAL" policy sign "$dir/policy.yaml" --key "$REAL/$key.key" --certificate "$REAL/$key.pem" >"$WORK/.signed"
}
hands() { printf 'policy-signers: {certificates: [{certificate-file: %s.pem, certificate-sha256: "%s"}]}\n' "$1" "$(sha256sum "$REAL/$1.pem" | cut -d' ' -f1)"; }
takes() { signs "$REAL/next" "$@" && install "$REAL/next/policy.yaml" && serial_is "$1"; }
refuses() { code=$1; shift; signs "$REAL/next" "$@" && refused "$code" install "$REAL/next/policy.yaml"; }
reset() { "$MODSEAL" policy reset --directory "$ETC" --state "$VAR" --yes "$@"; }
rollback() { "$MODSEAL" policy rollback --anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" --yes "$@"; }

# ---- going back ----------------------------------------------------------------------------

check "there is nothing to go back to" refused NOT_FOUND rollback
check "a policy" takes 1 policy
check "nor after the first" refused NOT_FOUND rollback
check "and the next" takes 2 policy
check "R33 going back below the floor is refused" refused ROLLBACK rollback
check "R33 it says what forbids it" says "its serial is 1, below the floor 2" rollback
check "R33 and how to have it again" says "raise the serial in again/policy.yaml to at least 3" rollback
check "R33 with the place where it is kept" says "cp -rL $ETC/sets/$(readlink "$ETC/previous" | cut -d/ -f2) again" rollback
check "R33 and nothing has changed" serial_is 2
again() { # what it says, done
	cp -rL "$ETC/sets/$(readlink "$ETC/previous" | cut -d/ -f2)" "$REAL/again" && sed -i 's/^serial: .*/serial: 3/' "$REAL/again/policy.yaml" &&
		"$MODSEAL" policy sign --force "$REAL/again/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" &&
		install "$REAL/again/policy.yaml" && serial_is 3
}
check "R33 that is the way" again
# the same policy with other files beside it is another set
listed() { # listed SERIAL CATALOG_SERIAL: with a catalog, signed anew each time
	mkdir -p "$REAL/listed"
	cp "$REAL/other.pem" "$REAL/listed"
	printf 'modseal-catalog: 1\nname: base\nserial: %s\nissued: 2026-01-01T00:00:00Z\n' "$2" >"$REAL/listed/base.cat"
	openssl cms -sign -binary -in "$REAL/listed/base.cat" -signer "$REAL/other.pem" -inkey "$REAL/other.key" \
		-outform DER -nosmimecap -nocerts -out "$REAL/listed/base.cat.p7s"
	cat >"$REAL/listed/policy.yaml" <<-POLICY
		modseal-policy: 1
		name: tests
		serial: $1
		issued: 2026-01-01T00:00:00Z
		signers: {cats: {trust: pinned, purposes: [catalog], certificate-file: other.pem, certificate-sha256: "$(sha256sum "$REAL/other.pem" | cut -d' ' -f1)"}}
		catalogs: [{name: base, file: base.cat, signers: [cats]}]
		rules: [{path: /usr/lib/**, evidence: [protected-path]}]
	POLICY
	"$MODSEAL" policy sign --force "$REAL/listed/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/.signed" &&
		install "$REAL/listed/policy.yaml"
}
check "a policy with a catalog" listed 4 1
first=$(readlink "$ETC/current")
check "with the same catalog, signed again" listed 4 1
check "going back within the floors is allowed" rollback
in_force() { [ "$(readlink "$ETC/current")" = "$1" ] && serial_is 4; }
check "and it is in force" in_force "$first"
check "and back again" rollback
away() { ! in_force "$first" && serial_is 4; }
check "so it is not" away
check "a newer catalog" listed 4 2
check "R33 going back to an older catalog is refused" refused ROLLBACK rollback
check "R33 it is the catalog that forbids it" says "base.cat': its serial is 1, below the floor 2" rollback
check "R33 and says so" says "put newer lists and catalogs there" rollback
printf 'x' >>"$ETC/previous/base.cat"
check "R33 a damaged set does not come back" refused CATALOG_INVALID rollback
rm -r "$ETC/sets/$(readlink "$ETC/previous" | cut -d/ -f2)"
check "one that is gone neither" refused NOT_FOUND rollback
ln -sfn /etc "$ETC/previous"
check "R33 a link to somewhere else is no set" refused NOT_FOUND rollback
no_answer() { "$MODSEAL" policy rollback --directory "$ETC" --state "$VAR" </dev/null; }
check "it must be asked or told" exits 2 no_answer

# ---- the key is stolen: policy reset ---------------------------------------------------------

ISSUED=2999-01-01T00:00:00Z
check "R33 the thief's policy has the highest serial, and a time far away" takes $HIGHEST policy "$(hands stranger)" "revoked: {keys: [$(spki successor)]}"
ISSUED=2026-02-01T00:00:00Z
check "R33 nothing comes after it" refuses POLICY_SIGNATURE 5 policy
check "R33 not with the highest serial either" refuses POLICY_SIGNATURE $HIGHEST policy
check "a name that was never here" refused NOT_FOUND reset production
check "is told so" says "no policy of this name was ever installed here" reset production
no_yes() { "$MODSEAL" policy reset --directory "$ETC" --state "$VAR" </dev/null; }
check "reset must be asked or told" exits 2 no_yes
before=$(cat "$VAR/state")
unchanged() { [ "$(cat "$VAR/state")" = "$before" ]; }
check "and nothing has changed" unchanged
check "reset says what it forgets" says "forgets: that no serial below $HIGHEST is accepted" reset tests
check "R33 the state is without the floor" sh -c "! grep -q '^policy: tests' '$VAR/state'"
check "R33 and who signed" sh -c "! grep -qE '^(next|present)-signer: tests|^signer-key: tests' '$VAR/state'"
check "R28 and without his time" grep -q '^time-floor: 1970-01-01T00:00:00Z$' "$VAR/state"
cp "$REAL/fresh.pem" "$ANCHORS/tests.pem"
check "R33 the thief's set is no floor for the next by a new anchor, which revokes the stolen key" takes 5 fresh "revoked: {keys: [$(spki policy)]}"
check "R33 with its floor" floor_is 5
check "R33 the thief's policy is refused" refuses POLICY_SIGNATURE $HIGHEST policy
check "R28 the time is back" grep -q '^time-floor: 2026-02-01T00:00:00Z$' "$VAR/state"
cp "$REAL/policy.pem" "$ANCHORS/tests.pem"
check "R33 also where its certificate is still an anchor" refuses REVOKED $HIGHEST policy
by_any() { refused REVOKED "$MODSEAL" policy check "$REAL/next/policy.yaml" --anchor "$REAL/policy.pem" --state "$VAR"; }
check "R33 or an anchor for any name" by_any
is_read() {
	echo 'rules: [' >>"$REAL/next/policy.yaml"
	openssl cms -sign -binary -in "$REAL/next/policy.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
		-outform DER -nosmimecap -nocerts -out "$REAL/next/policy.yaml.p7s" || return 1
	refused "$1" "$MODSEAL" policy check "$REAL/next/policy.yaml" --anchor-directory "$ANCHORS" --state "$VAR"
}
check "R80 a text by it is not even read" is_read REVOKED
cp "$REAL/fresh.pem" "$ANCHORS/tests.pem"

# what was revoked stays so: an anchor that hands over, and is revoked then
check "hand over" takes 6 fresh "$(hands successor)"
check "and revoke the anchor" takes 7 successor "revoked: {keys: [$(spki fresh)]}"
check "reset" reset tests --json
check "R33 keeps what was revoked" grep -q "^revoked-key: tests $(spki fresh)\$" "$VAR/state"
check "R33 so the revoked anchor begins nothing" refuses REVOKED 8 fresh
cp "$REAL/release.pem" "$ANCHORS/tests.pem"
check "R33 another one does, with a lower serial" takes 3 release
check "R33 the floor is that one's from then on" refuses ROLLBACK 2 release
check "and the next" takes 4 release
cp "$REAL/release.pem" "$ANCHORS/other.pem"
NAME=other signs "$REAL/beside" 9 release
check "another name in the same state" "$MODSEAL" policy install "$REAL/beside/policy.yaml" --anchor-directory "$ANCHORS" \
	--directory "$REAL/beside.etc" --state "$VAR" --yes
check "R33 going back is refused" refused ROLLBACK rollback
check "reset of one" reset tests
check "R33 leaves the floors of the other" grep -q '^policy: other 9 ' "$VAR/state"
check "after it going back is allowed" rollback
check "and is the floor" floor_is 3
check "R33 below which nothing is" refuses ROLLBACK 2 release
check "reset of all" reset
check "R33 leaves no floor" sh -c "! grep -q '^policy: ' '$VAR/state'"
check "R33 and a second time there is nothing" refused NOT_FOUND reset

# ---- the key is stolen: a recovery key compiled in -------------------------------------------

# only what is compiled in differs, so it is put in front of the library that was built
linked() {
	packaging/anchor.sh "" "" "" "$REAL/recovery.pem" >"$WORK/anchor.c" &&
		${CC:-cc} -Iinclude -c -o "$WORK/anchor.o" "$WORK/anchor.c" &&
		link_command "$REAL/recovering" "$WORK/anchor.o"
}
if [ -z "${SANITIZE:-}" ]; then
	check "the command is linked with a recovery key" linked
	ordinary=$MODSEAL
	MODSEAL=$REAL/recovering
	rm -rf "$ETC" "$VAR"
	cp "$REAL/policy.pem" "$ANCHORS/tests.pem"
	check "a policy is in force" takes 1 policy
	check "R33 the recovery key is no ordinary signer: it must say who is next" refuses POLICY_INVALID 2 recovery
	check "R33 and it says so" says "does not say who signs from then on" install "$REAL/next/policy.yaml"
	ISSUED=2999-01-01T00:00:00Z
	check "R33 the thief hands over to himself, and revokes the recovery key" takes $HIGHEST policy "$(hands stranger)" \
		"revoked: {keys: [$(spki recovery)]}"
	ISSUED=2026-03-01T00:00:00Z
	check "R33 nobody else can sign now" refuses POLICY_SIGNATURE 2 policy
	NAME=other signs "$REAL/next" 2 recovery "$(hands successor)"
	rm -f "$ANCHORS/other.pem"
	check "R33 the recovery key neither, for a name that no anchor expects" refused POLICY_NAME install "$REAL/next/policy.yaml"
	signs "$REAL/next" 2 recovery "$(hands successor)"
	check "R33 nor for a build without it" refused POLICY_SIGNATURE "$ordinary" policy install "$REAL/next/policy.yaml" \
		--anchor-directory "$ANCHORS" --directory "$ETC" --state "$VAR" --yes
	check "R33 the recovery key takes it back, with a low serial" takes 2 recovery "$(hands successor)" \
		"revoked: {keys: [$(spki stranger), $(spki policy)]}"
	cp -r "$REAL/next" "$REAL/taken"
	check "R33 beside an anchor of the caller it is no signer" refused POLICY_SIGNATURE "$MODSEAL" policy check \
		"$REAL/next/policy.yaml" --anchor "$REAL/policy.pem"
	check "R33 its floor is that serial" floor_is 2
	check "R28 and the time that of its issue" grep -q '^time-floor: 2026-03-01T00:00:00Z$' "$VAR/state"
	check "R33 the thief is revoked for ever" grep -q "^revoked-key: tests $(spki stranger)\$" "$VAR/state"
	check "R33 the stolen anchor, too" grep -q "^revoked-key: tests $(spki policy)\$" "$VAR/state"
	check "R33 neither signs again" refuses POLICY_SIGNATURE $HIGHEST stranger
	check "R33 nor the other" refuses REVOKED $HIGHEST policy
	check "the one it named does" takes 3 successor
	check "R33 what the recovery key has signed once does not come again" refused ROLLBACK install "$REAL/taken/policy.yaml"
	check "R33 and that is told" says "the last policy by the recovery key that was installed here had 2" \
		install "$REAL/taken/policy.yaml"
	check "R33 not by a reset either" reset tests
	check "R33 so it is still refused" refused ROLLBACK install "$REAL/taken/policy.yaml"
	check "R33 none that revokes the key it is signed with" refuses REVOKED 4 recovery "$(hands fresh)" \
		"revoked: {keys: [$(spki recovery)]}"
	check "R33 the next recovery has a higher serial" takes 4 recovery "$(hands fresh)"
	check "a verifier that does not know the recovery key uses what it installed" "$ordinary" policy check \
		"$ETC/policy.yaml" --anchor-directory "$ANCHORS" --state "$VAR"
	signs "$REAL/own" 5 recovery "$(hands fresh)"
	own() { "$MODSEAL" policy check "$REAL/own/policy.yaml" "$@" --state "$VAR"; }
	check "an installed anchor knows it" own --anchor-directory "$ANCHORS"
	check "R33 an application's own anchors do not" refused POLICY_SIGNATURE own --anchor "$REAL/policy.pem"
	cp "$REAL/recovery.pem" "$ANCHORS/tests.pem"
	check "R30 as an anchor it is refused" refused ANCHOR_INVALID own --anchor-directory "$ANCHORS"
	cp "$REAL/policy.pem" "$ANCHORS/tests.pem"
	MODSEAL=$ordinary
	signs "$REAL/next" 5 fresh "$(hands recovery)"
	MODSEAL=$REAL/recovering
	check "R30 and as who signs the next" refused POLICY_INVALID install "$REAL/next/policy.yaml"
	check "R30 told so" says "has the key that is compiled in for recovery" install "$REAL/next/policy.yaml"
	MODSEAL=$ordinary
	signs "$REAL/next" 5 fresh "signers: {x: {trust: pinned, certificate-file: recovery.pem, certificate-sha256: \"$(sha256sum "$REAL/recovery.pem" | cut -d' ' -f1)\"}}"
	MODSEAL=$REAL/recovering
	check "R30 and as a signer of libraries" refused POLICY_INVALID install "$REAL/next/policy.yaml"
	check "R30 told so, too" says "the signer 'x' has the key of 'recovery key'" install "$REAL/next/policy.yaml"
else
	skip "R33 a recovery key" "not a plain build"
fi
