#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Delegation through the command: what a vendor's supplement decides, and all that it tries to
# decide and may not.
# plain
. tests/lib.sh
. tests/policy.sh
for key in vendor build second; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
OPT=$REAL/opt
mkdir -p "$OPT/lib/strict" "$REAL/own" "$REAL/beside"
says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
signer() { # signer NAME KEY PURPOSES: one of a text's signers
	printf '  %s: {trust: pinned, purposes: [%s], certificate-file: %s, certificate-sha256: "%s"}\n' \
		"$1" "$3" "$REAL/$2.pem" "$(sha256sum "$REAL/$2.pem" | cut -d' ' -f1)"
}
# base [LINE...]: the policy, with more rules before the last one
base() {
	{
		cat <<POLICY
modseal-policy: 1
name: tests
serial: 1
issued: 2026-01-01T00:00:00Z
search: [$LIB]
signers:
$(signer release release library)
$(signer vendor vendor supplement)
$(signer second second supplement)
supplements:
  - {name: vendor, file: vendor.yaml, signers: [vendor], minimum-serial: 2}
rules:
POLICY
		[ $# = 0 ] || printf '  - %s\n' "$@"
		cat <<POLICY
  - {path: $OPT/lib/strict/**, delegate: vendor, minimum-evidence: appended}
  - {path: $OPT/**, delegate: vendor, minimum-evidence: catalog}
  - {path: $OPT/lib/left.so, signers: [release], owners: [root, caller], identity: unbound}
  - {path: $REAL/own/**, signers: [release], owners: [root, caller], identity: unbound}
POLICY
	} >"$REAL/policy.yaml"
	"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
}
# supplement HEAD [RULE...]: vendor.yaml, with HEAD (lines) after its first four
supplement() {
	{
		printf 'modseal-supplement: 1\nname: vendor\nserial: %s\nissued: 2026-01-01T00:00:00Z\n' "${SERIAL:-2}"
		printf '%b' "$1"
		echo "signers:"
		signer build build "${PURPOSES:-library, program, catalog}"
		shift
		echo rules:
		printf '  - %s\n' "$@"
	} >"$REAL/vendor.yaml"
}
sign_supplement() { # sign_supplement [KEY]: by openssl, so that the reader must catch it
	openssl cms -sign -binary -in "$REAL/vendor.yaml" -signer "$REAL/${1:-vendor}.pem" \
		-inkey "$REAL/${1:-vendor}.key" -outform DER -nosmimecap -out "$REAL/vendor.yaml.p7s"
}
GOOD="{path: $OPT/**, signers: [build], owners: [root, caller], identity: unbound}"
library() { # library FILE [KEY]
	echo 'int one(void) { return 1; }' >"$WORK/one.c"
	${CC:-cc} -shared -fPIC -o "$1" "$WORK/one.c" && "$MODSEAL" sign --force --key "$REAL/$2.key" \
		--certificate "$REAL/$2.pem" "$1" >"$WORK/.sign"
}
chmod 755 "$REAL" "$LIB"
library "$OPT/lib/vendor.so" build
library "$OPT/lib/strict/vendor.so" build
library "$OPT/lib/left.so" release
library "$REAL/own/own.so" release
library "$REAL/beside/vendor.so" build
policy_check() { "$MODSEAL" policy check --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }

# ---- what is delegated is decided --------------------------------------------------------
supplement '' "$GOOD"
check "a supplement is signed by the same command" "$MODSEAL" policy sign "$REAL/vendor.yaml" \
	--key "$REAL/vendor.key" --certificate "$REAL/vendor.pem"
check "openssl takes the signature" openssl cms -verify -binary -inform DER -in "$REAL/vendor.yaml.p7s" \
	-content "$REAL/vendor.yaml" -certfile "$REAL/vendor.pem" -CAfile "$REAL/vendor.pem" -purpose any -out "$WORK/out"
base >"$WORK/log"
check "the policy is good with it" policy_check
check "below the delegation the vendor's signature counts" verify "$OPT/lib/vendor.so"
check "the verdict names the supplement" says "of the supplement vendor" verify "$OPT/lib/vendor.so"
check "in JSON with its serial" says '"supplement": "vendor", "supplement-serial": 2' verify --json "$OPT/lib/vendor.so"
check "and nowhere else" refused PATH_NOT_ALLOWED verify "$REAL/beside/vendor.so"
check "nor where the policy has a rule of its own" refused SIGNER_NOT_ALLOWED sh -c "cp '$OPT/lib/vendor.so' \
	'$REAL/own/vendor.so' && '$MODSEAL' verify --json --policy '$REAL/policy.yaml' --anchor '$REAL/policy.pem' '$REAL/own/vendor.so'"
check "what the policy signs itself is unchanged" verify "$REAL/own/own.so"
check "policy show tells its rules" says "supplement.vendor.rule.8" "$MODSEAL" policy show \
	--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
sed -i "s|^signers:|records: {to: [file], file: $REAL/log.jsonl}\n&|" "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
verify "$OPT/lib/vendor.so" >"$WORK/log"
check "R106 a record names it, too" grep -q '"verdict":"accepted",.*"supplement":"vendor"' "$REAL/log.jsonl"
base >"$WORK/log"
supplement '' "{path: $OPT/bin/**, signers: [build]}"
sign_supplement
check "where it says nothing the answer is no" refused PATH_NOT_ALLOWED verify "$OPT/lib/vendor.so"
check "and says who was asked" says "to the supplement 'vendor', which has no rule for it" verify "$OPT/lib/vendor.so"
check "later rules of the policy are not asked" refused PATH_NOT_ALLOWED verify "$OPT/lib/left.so"
base "{path: $OPT/lib/left.so, signers: [release], owners: [root, caller], identity: unbound}" >"$WORK/log"
check "earlier ones are" verify "$OPT/lib/left.so"
base >"$WORK/log"

# ---- attempts to do more -----------------------------------------------------------------
attempts=0
# attempt WHAT CODE REASON: the whole set is refused, and so is the file, and nothing else is
attempt() {
	attempts=$((attempts + 1))
	check "$1: the set is refused" refused "$2" policy_check
	check "$1: for that reason" says "$3" policy_check
	check "$1: so is the file" refused "$2" verify "$OPT/lib/vendor.so"
	check "$1: the policy's own go on" verify "$REAL/own/own.so"
}
try() { # try WHAT CODE REASON HEAD [RULE...]
	what=$1 code=$2 reason=$3
	shift 3
	supplement "$@"
	sign_supplement
	attempt "$what" "$code" "$reason"
}
IS="is the policy's to say"
OUTSIDE="the policy delegates nothing there to 'vendor'"
for path in '/**' "$REAL/**" "$REAL/own/**" "$OPT" "${OPT}-evil/x" "$REAL/*/lib/x" /usr/lib/libc.so.6; do
	try "a rule for $path" POLICY_INVALID "$OUTSIDE" '' "$GOOD" "{path: $path, signers: [build]}"
done
try "evidence weaker than wanted" POLICY_INVALID "at least as strong as \`catalog\`" '' \
	"{path: $OPT/**, evidence: [ima], signers: [build]}"
try "weaker evidence beside a strong one" POLICY_INVALID "it accepts \`ima\`" '' \
	"{path: $OPT/**, evidence: [appended, ima], signers: [build]}"
try "no signature at all" POLICY_INVALID "it accepts \`protected-path\`" '' "{path: $OPT/**, evidence: [protected-path]}"
for key in 'search: [/tmp]' 'mode: enforce' 'process: {preload: [/tmp/x.so]}' 'limits: {max-size: 2047M}' \
	'crypto: {provider: default}' 'versions: {libssl.so.3: 1}' 'supplements: []' 'read-only-devices: []'; do
	try "\`$key\`" POLICY_INVALID "\`${key%%:*}\` $IS" "$key\n" "$GOOD"
done
try "a delegation of its own" POLICY_INVALID "there is no \`vendor\`" '' "{path: $OPT/x/**, delegate: vendor}"
try "another least evidence" POLICY_INVALID "\`minimum-evidence\` $IS" '' \
	"{path: $OPT/**, signers: [build], minimum-evidence: ima}"
for key in "search: [$OPT/lib]" 'noexec: allow' 'mode: audit'; do
	try "a rule with \`${key%%:*}\`" POLICY_INVALID "\`${key%%:*}\` $IS" '' "{path: $OPT/**, signers: [build], $key}"
done
for key in 'search: [/tmp]' 'origin: [..]' 'noexec: allow' 'mode: audit'; do
	try "\`$key\` in a rule" POLICY_INVALID "\`${key%%:*}\` $IS" '' "{path: $OPT/**, signers: [build], $key}"
done
PURPOSES='library, supplement' try "a signer of supplements" POLICY_INVALID "only the policy says who signs supplements" '' "$GOOD"
try "a name of the policy's signers" POLICY_INVALID "there is no \`release\`" '' "{path: $OPT/**, signers: [release]}"
ln -s lib "$OPT/linked"
try "R79 a rule through a link" POLICY_INVALID "goes through a link; its real path is $OPT/lib" '' "$GOOD" \
	"{path: $OPT/linked/**, signers: [build]}"
check "R79 and such a one is not signed" refused POLICY_INVALID "$MODSEAL" policy sign --force "$REAL/vendor.yaml" \
	--key "$REAL/vendor.key" --certificate "$REAL/vendor.pem"
rm "$OPT/linked"
supplement '' "$GOOD"
sed -i "s/^name: vendor/name: other/" "$REAL/vendor.yaml"
sign_supplement
attempt "another name" POLICY_NAME "the policy (line 11) expects 'vendor'"
SERIAL=1 try "an older one" ROLLBACK "wants at least 2" '' "$GOOD"
supplement '' "$GOOD"
sign_supplement second
attempt "signed by who signs other supplements" POLICY_SIGNATURE "its signature is not accepted"
sign_supplement release
attempt "signed by who signs libraries" POLICY_SIGNATURE "its signature is not accepted"
sign_supplement policy
attempt "signed by the policy's own key" POLICY_SIGNATURE "its signature is not accepted"
base >"$WORK/log" 2>&1 || true
sed -i 's/signers: \[vendor\]/signers: [vendor, release]/' "$REAL/policy.yaml"
openssl cms -sign -binary -in "$REAL/policy.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
	-outform DER -nosmimecap -out "$REAL/policy.yaml.p7s"
sign_supplement release
attempt "R21 signed by one who is listed, but has another purpose" POLICY_SIGNATURE "its signature is not accepted"
sign_supplement
base >"$WORK/log"
sign_supplement
printf '# more\n' >>"$REAL/vendor.yaml"
attempt "changed after it was signed" POLICY_SIGNATURE "its signature is not accepted"
supplement 'expires: 2026-01-02T00:00:00Z\n' "$GOOD"
sed -i 's/2026-01-02T/2020-01-02T/; s/^issued: .*/issued: 2020-01-01T00:00:00Z/' "$REAL/vendor.yaml"
sign_supplement
attempt "one whose end has come" POLICY_EXPIRED "expired on 2020-01-02T00:00:00Z"
sed -i 's/^expires: .*/&\non-expiry: warn/' "$REAL/vendor.yaml"
sign_supplement
check "one that warns of its end still counts" says 'remark: the supplement expired on 2020-01-02T00:00:00Z' \
	verify "$OPT/lib/vendor.so"
outlives() { # outlives TEXT SECONDS...: what a context answers whose clock goes on
	wanted=$1
	shift
	"$BUILD/tests/hosts/outlive" "$REAL/policy.pem" "$REAL/policy.yaml" "$OPT/lib/vendor.so" "$@" | tee "$WORK/said" |
		grep -v 'rollback state' | tr '\n' ';' | grep -qxF "$wanted" || { cat "$WORK/said" >&2; return 1; }
}
supplement 'expires: 2030-01-01T00:00:00Z\n' "$GOOD"
sign_supplement
check "a context that outlives it accepts nothing by it" outlives \
	'open OK;check OK;check POLICY_EXPIRED expired on 2030-01-01T00:00:00Z;' 1893455999 1893456000
rm "$REAL/vendor.yaml.p7s"
attempt "without a signature" POLICY_SIGNATURE "there is no signature"
cp "$REAL/policy.yaml" "$REAL/vendor.yaml"
sign_supplement
attempt "R13 a policy in its place" TYPE_MISMATCH "policy"
for key in vendor policy second; do
	supplement '' "$GOOD"
	sed -i "s|^  build: .*|$(signer build "$key" library)|" "$REAL/vendor.yaml"
	sign_supplement
	attempt "R30 the key of '$key' for libraries" POLICY_INVALID "has the key of"
done
supplement "revoked: {keys: [\"$(openssl x509 -in "$REAL/vendor.pem" -noout -pubkey | openssl pkey -pubin -outform DER |
	sha256sum | cut -d' ' -f1)\"]}\n" "$GOOD"
sign_supplement
attempt "its own key revoked" REVOKED "it revokes the key by which it is signed"
supplement "revoked: {certificates: [\"$(openssl x509 -in "$REAL/vendor.pem" -outform DER | sha256sum | cut -d' ' -f1)\"]}\n" \
	"$GOOD"
sign_supplement
attempt "its own certificate revoked" REVOKED "it revokes the key by which it is signed"
mv "$REAL/vendor.yaml" "$REAL/elsewhere.yaml"
attempt "not there at all" NOT_FOUND "vendor.yaml"
mv "$REAL/elsewhere.yaml" "$REAL/vendor.yaml"
check "25 attempts and more" [ "$attempts" -ge 25 ]

# one rule for the whole delegation is weighed where a stricter one lies inside of it
supplement '' "{path: $OPT/**, evidence: [detached, appended], signers: [build], owners: [root, caller], identity: unbound}"
sign_supplement
check "what is strong enough there" verify "$OPT/lib/vendor.so"
check "is not below the stricter delegation" refused PATH_NOT_ALLOWED verify "$OPT/lib/strict/vendor.so"
check "and says why" says "wants evidence at least as strong as \`appended\` here" verify "$OPT/lib/strict/vendor.so"

# ---- revoked: for itself, and the policy's for both --------------------------------------
digest() { "$MODSEAL" inspect "$1" | sed -n 's/^\tsha256: //p'; }
supplement "revoked: {files: [\"$(digest "$OPT/lib/vendor.so")\", \"$(digest "$REAL/own/own.so")\"]}\n" "$GOOD"
sign_supplement
check "what it revokes is refused" refused REVOKED verify "$OPT/lib/vendor.so"
check "but not where it has no say" verify "$REAL/own/own.so"
supplement '' "$GOOD"
sign_supplement
base >"$WORK/log"
sed -i "s|^rules:|revoked: {files: [\"$(digest "$OPT/lib/vendor.so")\"]}\nrules:|" "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
check "what the policy revokes is refused below a delegation, too" refused REVOKED verify "$OPT/lib/vendor.so"
spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
certificate() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }
for revoked in "keys: [\"$(spki "$REAL/build.pem")\"]" "certificates: [\"$(certificate "$REAL/build.pem")\"]"; do
	base >"$WORK/log"
	sed -i "s|^rules:|revoked: {$revoked}\nrules:|" "$REAL/policy.yaml"
	"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
	check "so is what one of his signers has signed whose ${revoked%%:*} it revokes" refused REVOKED verify "$OPT/lib/vendor.so"
done
# he may revoke one of the keys that sign for him only where enough are left
base >"$WORK/log"
sed -i 's/signers: \[vendor\]/signers: [vendor, second], require: 2/' "$REAL/policy.yaml"
openssl cms -sign -binary -in "$REAL/policy.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
	-outform DER -nosmimecap -out "$REAL/policy.yaml.p7s"
both() { # both HEAD: a supplement that both have signed
	supplement "$1" "$GOOD"
	rm -f "$REAL/vendor.yaml.p7s"
	"$MODSEAL" policy sign "$REAL/vendor.yaml" --key "$REAL/vendor.key" --certificate "$REAL/vendor.pem" &&
		"$MODSEAL" policy sign --append "$REAL/vendor.yaml" --key "$REAL/second.key" --certificate "$REAL/second.pem"
}
check "a supplement by two" both ''
check "counts" verify "$OPT/lib/vendor.so"
sign_supplement
check "one of two is too few" refused POLICY_SIGNATURE verify "$OPT/lib/vendor.so"
check "a supplement by two that revokes one of them" both "revoked: {keys: [\"$(spki "$REAL/second.pem")\"]}\n"
check "does not: one is too few" refused REVOKED verify "$OPT/lib/vendor.so"
supplement '' "$GOOD"
sign_supplement
base >"$WORK/log"

# ---- the mode of a delegation is that of what the supplement decides ------------------------
mkdir "$OPT/audited"
echo 'int bare(void) { return 1; }' >"$WORK/bare.c"
${CC:-cc} -shared -fPIC -o "$OPT/audited/bare.so" "$WORK/bare.c"
cp "$OPT/audited/bare.so" "$OPT/lib/bare.so"
base "{path: $OPT/audited/**, delegate: vendor, mode: audit}" >"$WORK/log"
check "R107 what is delegated for audit would be refused" says '"verdict": "would-refuse", "code": "SIGNATURE_MISSING"' \
	verify --json "$OPT/audited/bare.so"
check "R107 by the supplement's rule" says '"supplement": "vendor"' verify --json "$OPT/audited/bare.so"
check "R107 the other delegation to the same supplement is enforced" refused SIGNATURE_MISSING verify "$OPT/lib/bare.so"
supplement '' "{path: $OPT/bin/**, signers: [build]}"
sign_supplement
check "R107 where the supplement says nothing, too" says '"verdict": "would-refuse", "code": "PATH_NOT_ALLOWED"' \
	verify --json "$OPT/audited/bare.so"
rm "$REAL/vendor.yaml.p7s"
check "R107 but not without a good supplement" refused POLICY_SIGNATURE verify "$OPT/audited/bare.so"
sign_supplement
base >"$WORK/log"

# ---- its own catalog ---------------------------------------------------------------------
echo 'int two(void) { return 2; }' >"$WORK/two.c"
${CC:-cc} -shared -fPIC -o "$OPT/lib/listed.so" "$WORK/two.c"
"$MODSEAL" catalog create --name vendor-files --serial 1 --output "$REAL/vendor.cat" "$OPT/lib/listed.so" >"$WORK/log"
"$MODSEAL" catalog sign "$REAL/vendor.cat" --key "$REAL/build.key" --certificate "$REAL/build.pem" >"$WORK/log"
supplement '' "{path: $OPT/lib/listed.so, evidence: [catalog], catalog: vendor-files, owners: [root, caller]}"
sed -i 's|^rules:|catalogs: [{name: vendor-files, file: vendor.cat, signers: [build]}]\nrules:|' "$REAL/vendor.yaml"
sign_supplement
check "a catalog of the vendor's vouches below his delegation" verify "$OPT/lib/listed.so"

# ---- installed: with its supplement, and never with an older one ---------------------------
ETC=$REAL/etc
mkdir -p "$ETC/anchors.d" "$REAL/var"
cp "$REAL/policy.pem" "$ETC/anchors.d/tests.pem"
mkdir "$REAL/package"
publish() { # publish SERIAL LINE...: a supplement of that serial, beside the policy, in package
	number=$1
	shift
	SERIAL=$number supplement '' "$GOOD"
	[ $# = 0 ] || printf '%s\n' "$@" >>"$REAL/vendor.yaml"
	sign_supplement
	cp "$REAL/vendor.yaml" "$REAL/vendor.yaml.p7s" "$REAL/build.pem" "$REAL/release.pem" "$REAL/vendor.pem" \
		"$REAL/second.pem" "$REAL/package/"
	sed -i "s|certificate-file: $REAL/|certificate-file: |" "$REAL/package/vendor.yaml"
	openssl cms -sign -binary -in "$REAL/package/vendor.yaml" -signer "$REAL/vendor.pem" -inkey "$REAL/vendor.key" \
		-outform DER -nosmimecap -out "$REAL/package/vendor.yaml.p7s"
}
base >"$WORK/log"
sed "s|certificate-file: $REAL/|certificate-file: |" "$REAL/policy.yaml" >"$REAL/package/policy.yaml"
install_it() {
	"$MODSEAL" policy install --yes --anchor-directory "$ETC/anchors.d" --directory "$ETC" --state "$REAL/var" \
		"$REAL/package/policy.yaml" "$@"
}
in_force() { "$MODSEAL" verify --policy "$ETC/policy.yaml" --anchor "$REAL/policy.pem" --state "$REAL/var" "$@"; }
publish 5
"$MODSEAL" policy sign "$REAL/package/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
if [ "$(id -u)" = 0 ]; then
	check "a set with its supplement is installed" install_it
	check "and decides" says "of the supplement vendor" in_force "$OPT/lib/vendor.so"
	publish 6
	check "the vendor's next one comes without a new policy" install_it
	check "and decides" says '"supplement-serial": 6' in_force --json "$OPT/lib/vendor.so"
	# a vendor's time is nothing to others
	cp "$OPT/lib/listed.so" "$REAL/package/listed.so"
	"$MODSEAL" catalog create --name vendor-files --serial 1 --issued 2026-06-01T00:00:00Z --output "$REAL/package/vendor.cat" \
		--key "$REAL/build.key" --certificate "$REAL/build.pem" "$OPT/lib/listed.so" >"$WORK/log"
	publish 7
	sed -i 's|^rules:|catalogs: [{name: vendor-files, file: vendor.cat, signers: [build]}]\nrules:|
		s|^issued: .*|issued: 2026-05-01T00:00:00Z|' "$REAL/package/vendor.yaml"
	openssl cms -sign -binary -in "$REAL/package/vendor.yaml" -signer "$REAL/vendor.pem" -inkey "$REAL/vendor.key" \
		-outform DER -nosmimecap -out "$REAL/package/vendor.yaml.p7s"
	check "a set with a catalog of the vendor's" install_it
	check "R33 whose floor is kept" grep -q '^supplement-catalog: tests vendor vendor-files 1$' "$REAL/var/state"
	check "R28 and whose times raise no floor" grep -q '^time-floor: 2026-01-01T00:00:00Z$' "$REAL/var/state"
	publish 5
	check "R33 his older one does not come back" refused ROLLBACK install_it
	check "and says the floor" says "its serial is 5, below the floor 7" install_it
	publish 7 '# another text'
	check "R33 nor another text of the same serial" refused ROLLBACK install_it
	check "the last good one is in force" says '"supplement-serial": 7' in_force --json "$OPT/lib/vendor.so"
	publish 8
	echo "# changed" >>"$REAL/package/vendor.yaml"
	check "a bad one refuses the whole set" refused POLICY_SIGNATURE install_it
	check "and the last good one is in force" says '"supplement-serial": 7' in_force --json "$OPT/lib/vendor.so"
	check "the state knows the supplement" grep -q '^supplement: tests vendor 7 ' "$REAL/var/state"
else
	skip "an installed supplement" "installed files must belong to root"
fi
