#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R30 R33: who may sign the next policy (`policy-signers`), and everybody who may not: those
# before, too few of those now, the revoked, strangers, and the signers of another name.
. tests/lib.sh
if [ "$(id -u)" != 0 ]; then
	skip "R33 handing over policies" "installed files must belong to root"
	exit 0
fi
. tests/sets.sh
for key in one two three late; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
"$MODSEAL" keygen authority --ca --directory "$REAL" >"$WORK/.keygen" || exit 99
spki() { openssl x509 -in "$REAL/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1; }
certificate() { openssl x509 -in "$REAL/$1.pem" -outform DER | sha256sum | cut -d ' ' -f 1; }

# made DIR SERIAL SIGNERS [LINE...]: a policy signed by these keys (a,b), with more lines; NAME= its name
made() {
	dir=$1 serial=$2 signers=$3
	shift 3
	rm -rf "$dir"
	mkdir -p "$dir"
	cp "$REAL"/*.pem "$dir"
	{
		printf 'modseal-policy: 1\nname: %s\nserial: %s\nissued: 2026-01-01T00:00:00Z\n' "${NAME:-tests}" "$serial"
		printf 'rules:\n  - {path: /usr/lib/**, evidence: [protected-path]}\n'
		for line in "$@"; do printf '%s\n' "$line"; done
	} >"$dir/policy.yaml"
	for key in $(echo "$signers" | tr , ' '); do
		"$MODSEAL" policy sign --append "$dir/policy.yaml" --key "$REAL/$key.key" --certificate "$REAL/$key.pem" \
			>"$WORK/.signed" || return 1
	done
}
# signed DIR KEY...: by openssl, which judges nothing
unjudged() {
	dir=$1 key=$2
	openssl cms -sign -binary -in "$dir/policy.yaml" -signer "$REAL/$key.pem" -inkey "$REAL/$key.key" \
		-outform DER -nosmimecap -nocerts -out "$dir/policy.yaml.p7s"
}
# hands REQUIRE KEY...: the lines that hand over
hands() {
	printf 'policy-signers:\n  require: %s\n  certificates:\n' "$1"
	shift
	for key; do
		printf '    - {certificate-file: %s.pem, certificate-sha256: "%s"}\n' "$key" "$(sha256sum "$REAL/$key.pem" | cut -d' ' -f1)"
	done
}
takes() { made "$REAL/next" "$@" && install "$REAL/next/policy.yaml" && serial_is "$1"; }
# whatever is refused at installing is refused by a verifier with the same state, too
refuses() { # refuses CODE SERIAL SIGNERS [LINE...]
	code=$1
	shift
	made "$REAL/next" "$@" || return 1
	refused "$code" install "$REAL/next/policy.yaml" &&
		refused "$code" "$MODSEAL" policy check "$REAL/next/policy.yaml" --anchor-directory "$ANCHORS" --state "$VAR"
}
told() { says "$1" install "$REAL/next/policy.yaml"; }

# ---- handing over ------------------------------------------------------------------------

check "the first policy, by the anchor" takes 1 policy
check "R33 another signer may not sign yet" refuses POLICY_SIGNATURE 2 one
anchor_shown() { installed "policy show" | grep -q "^[[:space:]]*next-signer: anchor, key sha256:$(spki policy)\$"; }
check "policy show names the anchor as who may sign the next" anchor_shown
check "the anchor hands over to two, both of whom must sign" takes 2 policy "$(hands 2 one two)"
cp -r "$REAL/next" "$REAL/handed"
kept() { [ "$(grep -c "^$1: tests $2 " "$VAR/state")" = "$3" ]; }
check "the state keeps who signed it" kept present-signer 1 1
check "and who may sign the next" kept next-signer 2 2
check "the policy in force stays in force" serial_is 2
shown() { installed "policy show" | grep -qE "^[[:space:]]*$1: $2\$" || { installed "policy show" | grep signer >&2; return 1; }; }
check "policy show tells how many must sign the next" shown next-require 2
check "and who" shown next-signer "key sha256:$(spki two)"
check "it may be installed again" install "$REAL/handed/policy.yaml"
# is_read KEY...: whether the text is read, which is none, if it is signed so; "before parsing" is design
is_read() {
	made "$REAL/next" 3 "" "rules: ["
	unjudged "$REAL/next" "$1"
	refused "$2" "$MODSEAL" policy check "$REAL/next/policy.yaml" --anchor-directory "$ANCHORS" --state "$VAR"
}
check "R80 a text by the anchor is not even read then" is_read policy POLICY_SIGNATURE
check "R33 the anchor may not sign the next" refuses POLICY_SIGNATURE 3 policy
check "and it is told why" told "policies of the name 'tests' were handed over to others (\`policy-signers\`)"
check "and what to do" told "names as \`next-signer\`"
check "R33 nor with the highest serial" refuses POLICY_SIGNATURE 9007199254740991 policy
check "R33 nor the same serial again" refuses POLICY_SIGNATURE 2 policy "x-a: 1"
check "R33 nor beside one of the new ones" refuses POLICY_SIGNATURE 3 policy,one
check "R18 R33 one of the new ones alone may not" refuses POLICY_SIGNATURE 3 two
check "and is told how many must" told "1 of the 2 signers required; missing: 'policy signer"
check "R18 R33 one of them twice is one" refuses POLICY_SIGNATURE 3 one,stranger
check "R33 nor may one of them sign the present serial again" refuses POLICY_SIGNATURE 2 one "x-a: 1"
check "R33 both may not either: the serial is taken" refuses ROLLBACK 2 one,two "x-a: 1"
check "R33 nor one below" refuses ROLLBACK 1 one,two
check "both may sign the next" takes 3 one,two
check "the floor has come with them" floor_is 3
check "without \`policy-signers\` the next are the same" takes 4 two,one
check "R33 the policy that handed over is of the past" refused POLICY_SIGNATURE install "$REAL/handed/policy.yaml"
check "R33 for verifiers, too" refused POLICY_SIGNATURE "$MODSEAL" policy check \
	"$REAL/handed/policy.yaml" --anchor-directory "$ANCHORS" --state "$VAR"
check "R33 so is the one before it" refuses POLICY_SIGNATURE 1 policy

# ---- whose word counts -------------------------------------------------------------------

made "$REAL/newest" 5 one,two
# check_by ANCHOR...: by anchors of the caller's own, with the state or without
check_by() { "$MODSEAL" policy check "$REAL/newest/policy.yaml" "$@"; }
check "an own anchor with this state hands over, too" check_by --anchor "$REAL/policy.pem" --state "$VAR"
check "without a state anchors decide" refused POLICY_SIGNATURE check_by --anchor "$REAL/policy.pem"
check "a present signer as anchor without a state decides alone" check_by --anchor "$REAL/two.pem"
made "$REAL/alone" 5 two
alone() { "$MODSEAL" policy check "$REAL/alone/policy.yaml" --anchor "$REAL/two.pem" "$@"; }
check "but not with one, where both must sign" refused POLICY_SIGNATURE alone --state "$VAR"
check "which is told" says "1 of the 2 signers required" alone --state "$VAR"
check "R33 an anchor that never handed over gets nobody else's word" refused POLICY_SIGNATURE \
	check_by --anchor "$REAL/stranger.pem" --state "$VAR"
check "and is told so" says "not by the anchor that is here now" check_by --anchor "$REAL/stranger.pem" --state "$VAR"
cp "$REAL/stranger.pem" "$ANCHORS/tests.pem"
check "R33 an anchor put in the place of the first does not begin anew by itself" refuses POLICY_SIGNATURE 5 stranger
check "it is told how" told "modseal policy reset tests"
cp "$REAL/policy.pem" "$ANCHORS/staging.pem"
check "R33 nor is it the one that handed over if that is here for another name" refused POLICY_SIGNATURE \
	check_by --anchor-directory "$ANCHORS" --state "$VAR"
check "and is told so" says "not by the anchor that is here now" check_by --anchor-directory "$ANCHORS" --state "$VAR"
cp "$REAL/policy.pem" "$ANCHORS/tests.pem"
check "it is where that is here for both" check_by --anchor-directory "$ANCHORS" --state "$VAR"

# ---- two names do not mix ------------------------------------------------------------------

cp "$REAL/other.pem" "$ANCHORS/staging.pem"
names() { "$MODSEAL" policy install --anchor-directory "$ANCHORS" --directory "$REAL/staging" --state "$VAR" --yes "$@"; }
mkdir "$REAL/only" && cp "$REAL/other.pem" "$REAL/only/staging.pem" || exit 99
NAME=staging made "$REAL/staged" 1 one,two
for anchors in "$ANCHORS" "$REAL/only"; do
	check "R33 to whom one name was handed over signs for no other" refused POLICY_NAME "$MODSEAL" policy check \
		"$REAL/staged/policy.yaml" --anchor-directory "$anchors" --state "$VAR"
done
NAME=staging made "$REAL/staged" 1 other "$(hands 1 late)"
check "another name with the same state hands over to its own" names "$REAL/staged/policy.yaml"
signed_by_one() { [ "$(grep -c '^present-signer: staging ' "$VAR/state")" = 1 ] || { grep signer "$VAR/state" >&2; return 1; }; }
check "R33 of the anchors those are kept that signed" signed_by_one
check "R33 whom the first name does not know" refuses POLICY_SIGNATURE 5 late
NAME=staging made "$REAL/staged" 2 one,two
check "R33 nor the other way round" refused POLICY_SIGNATURE names "$REAL/staged/policy.yaml"
NAME=staging made "$REAL/staged" 2 late "revoked: {keys: [$(spki one), $(spki policy)], certificates: [$(certificate two)]}"
check "R33 it may revoke what it likes" names "$REAL/staged/policy.yaml"
check "R33 and harms only itself" takes 5 one,two
foreign() { ! grep -q "^revoked-.*: staging" "$VAR/state"; }
check "R33 of it nothing is kept: they never signed its policies" foreign

# ---- revoked for ever ----------------------------------------------------------------------

check "R33 who revokes one of those who must sign is one short" refuses POLICY_SIGNATURE 6 one,two \
	"revoked: {keys: [$(spki one)]}"
check "hand over to others" takes 6 one,two "$(hands 1 three late)"
check "they revoke one of those before, and the anchor" takes 7 three "revoked: {keys: [$(spki one), $(spki policy)], certificates: [$(certificate policy)]}"
revoked() { grep -q "^revoked-$1: tests $2\$" "$VAR/state"; }
check "R33 that is kept" revoked key "$(spki one)"
check "R33 and shown" shown revoked-signer "key sha256:$(spki one)"
check "R33 of the anchor, too" revoked key "$(spki policy)"
check "R33 and its certificate" revoked certificate "$(certificate policy)"
check "R33 whom they hand over to must not be among them" refuses POLICY_INVALID 8 late "$(hands 1 one two)"
check "and the line is told" told "this policy signer is revoked, by this policy or by one before it"
check "R33 who hands over and revokes the same contradicts himself" refuses POLICY_INVALID 8 late "$(hands 1 one)" \
	"revoked: {keys: [$(spki two)]}"
made "$REAL/self" 8 "" "$(hands 1 two)" "revoked: {certificates: [$(certificate two)]}"
check "R33 it is not signed" refused POLICY_INVALID "$MODSEAL" policy sign "$REAL/self/policy.yaml" \
	--key "$REAL/late.key" --certificate "$REAL/late.pem"
check "R33 who revokes himself cannot sign that" refuses REVOKED 8 three "revoked: {keys: [$(spki three)]}"
check "R33 another may, and the next" takes 8 late "revoked: {certificates: [$(certificate three)]}"
check "R33 is that other one" takes 9 late
check "R33 nor may the revoked certificate sign the next" refuses POLICY_INVALID 10 late "$(hands 1 late three)"
check "and the line is told" told "this policy signer is revoked, by this policy or by one before it"
check "R33 not the revoked one" refuses POLICY_SIGNATURE 10 three
check "R33 nor the anchor, revoked too" refuses REVOKED 10 policy
check "which is told" told "with an anchor's key that was revoked for policies of the name 'tests'"
check "R33 under its own anchor neither" refused POLICY_SIGNATURE "$MODSEAL" policy check "$REAL/next/policy.yaml" \
	--anchor "$REAL/policy.pem" --state "$VAR"

# ---- who can be no policy signer -----------------------------------------------------------

# refused where it is signed, and where a foreign tool has signed it
wrong() { # wrong TEXT LINE...
	text=$1
	shift
	made "$REAL/next" 10 "" "$@"
	refused POLICY_INVALID "$MODSEAL" policy sign "$REAL/next/policy.yaml" --key "$REAL/late.key" --certificate "$REAL/late.pem" &&
		unjudged "$REAL/next" late && refused POLICY_INVALID install "$REAL/next/policy.yaml" && told "$text"
}
check "R30 a CA" wrong "cannot be one: the certificate is a CA's" "$(hands 1 late authority)"
check "R30 a signer of libraries" wrong "has the key of 'policy-signers, line" "$(hands 1 late release)" \
	"signers: {release: {trust: pinned, certificate-file: release.pem, certificate-sha256: \"$(sha256sum "$REAL/release.pem" | cut -d' ' -f1)\"}}"
made "$REAL/next" 10 "" "signers: {late: {trust: pinned, certificate-file: late.pem, certificate-sha256: \"$(sha256sum "$REAL/late.pem" | cut -d' ' -f1)\"}}"
unjudged "$REAL/next" late
check "R30 one who signs policies is no signer of libraries" refused POLICY_INVALID install "$REAL/next/policy.yaml"
check "R30 and that is told" told "the signer 'late' has the key of 'policy signer"
made "$REAL/next" 10 "" "$(hands 1 other)" "signers: {late: {trust: pinned, certificate-file: late.pem, certificate-sha256: \"$(sha256sum "$REAL/late.pem" | cut -d' ' -f1)\"}}"
unjudged "$REAL/next" late
check "R30 nor with the policy by which he hands over" refused POLICY_INVALID install "$REAL/next/policy.yaml"
check "R30 and that is told" told "the signer 'late' has the key of 'policy signer"
check "R18 one key twice" wrong "has the key of another one" "$(hands 1 late late)"
check "more required than there are" wrong "from 1 to the number of signers" "$(hands 2 late)"
check "none at all" wrong "expects 1 to 16 certificates, these are 0" "policy-signers: {certificates: []}"
sed -i 's/certificate-sha256: "../certificate-sha256: "00/' "$REAL/next/policy.yaml"
made "$REAL/next" 10 "" "$(hands 1 late | sed 's/sha256: "...../sha256: "00000/')"
unjudged "$REAL/next" late
check "another certificate than the policy says" refused POLICY_INVALID install "$REAL/next/policy.yaml"
many="policy-signers:
  certificates:"
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
	"$MODSEAL" keygen "n$number" --directory "$REAL" >"$WORK/.keygen"
	many="$many
    - {certificate-file: n$number.pem, certificate-sha256: \"$(sha256sum "$REAL/n$number.pem" | cut -d' ' -f1)\"}"
	[ $number != 16 ] || sixteen=$many
done
check "seventeen" wrong "expects 1 to 16 certificates, these are 17" "$many"
check "sixteen are kept" takes 10 late "$sixteen"
check "and any of them signs" takes 11 n16

# ---- the state itself ----------------------------------------------------------------------

cp "$VAR/state" "$REAL/state.good"
sealed() { # sealed SED-EXPRESSION: the state changed so, and closed again as if it were right
	sed '$d' "$REAL/state.good" | sed "$1" >"$VAR/state"
	echo "sha256: $(sha256sum <"$VAR/state" | cut -d' ' -f1)" >>"$VAR/state"
}
damaged() { sealed "$1" && refused STATE_INVALID installed "policy check"; }
check "the state as it is" sealed ""
check "is read" serial_is 11
sed '/^next-signer: tests/{s/ 1 / 2 /}' "$REAL/state.good" >"$VAR/state"
check "R33 a signer changed in it is noticed" refused STATE_INVALID installed "policy check"
check "R33 no signers for the next" damaged '/^next-signer: tests/d'
check "R33 no signers for the present" damaged '/^present-signer: tests/d'
check "R33 signers without a floor" damaged '/^policy: tests/d'
check "R33 none of them required" damaged '/^next-signer: tests/s/ 1 / 0 /'
check "R33 more required than there are" damaged '/^next-signer: tests/s/ 1 / 17 /'
check "R33 not all the same required" damaged '0,/^next-signer: tests 1 /s/^next-signer: tests 1 /next-signer: tests 2 /'
check "R33 a certificate that is none" damaged '/^present-signer: tests/s/ 1 30/ 1 31/'
check "R33 half a byte" damaged '0,/^next-signer: tests/{/^next-signer: tests/s/.$//}'
cp "$REAL/state.good" "$VAR/state"
check "the state is as it was" serial_is 11

# ---- what nobody could ever sign -----------------------------------------------------------
hands 9 one two three late one two three late one >"$WORK/nine.lines"
made "$REAL/nine" 1 policy
cat "$WORK/nine.lines" >>"$REAL/nine/policy.yaml"
unjudged "$REAL/nine" policy
check "R30 nine signatures of nine, where one CMS holds eight" refused POLICY_INVALID "$MODSEAL" policy check \
	"$REAL/nine/policy.yaml" --anchor "$REAL/policy.pem"

# ---- a state that was lost takes nothing back ----------------------------------------------
rm -rf "$ETC" "$VAR"
mkdir -p "$ETC" "$VAR"
check "a hand-over" takes 5 policy "$(hands 1 one)"
check "and a policy by the next signers" takes 6 one
rm -f "$VAR"/*
made "$REAL/next" 3 policy
check "R33 without the state an old policy by the old key is refused" refused STATE_INVALID install "$REAL/next/policy.yaml"
check "and says what can be done" told "policy reset"
