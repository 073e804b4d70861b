#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The policy's own files: who signed them, where they lie, what they name.
. tests/lib.sh
. tests/policy.sh
check "the policy is signed" write_policy "$REAL/policy.yaml"
build_library "$LIB/libgood.so.1" libgood.so.1 "int good(void) { return 1; }"
check "it is in force" verify "$LIB/libgood.so.1"
under() { policy=$1; shift; "$MODSEAL" verify --policy "$policy" --anchor "$REAL/policy.pem" "$LIB/libgood.so.1" "$@"; }
anchored() { anchor=$1; shift; "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$anchor" "$LIB/libgood.so.1" "$@"; }

# R30: who may sign a policy
cp "$REAL/policy.yaml" "$REAL/by-library.yaml"
"$MODSEAL" sign --help >"$WORK/log"
openssl cms -sign -binary -in "$REAL/by-library.yaml" -signer "$REAL/release.pem" -inkey "$REAL/release.key" \
	-outform DER -nosmimecap -out "$REAL/by-library.yaml.p7s"
check "R30 a library signer's signature on a policy is refused" refused POLICY_SIGNATURE under "$REAL/by-library.yaml"
openssl cms -sign -binary -in "$REAL/by-library.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
	-outform DER -nosmimecap -out "$REAL/by-library.yaml.p7s"
check "what openssl cms signs with the anchor's key is accepted" under "$REAL/by-library.yaml"
cp "$LIB/libgood.so.1" "$WORK/bypolicy.so"
sign_with policy "$WORK/bypolicy.so" >"$WORK/log"
cp "$WORK/bypolicy.so" "$LIB/libbypolicy.so.1"
build_library "$LIB/libbypolicy.so.1" libbypolicy.so.1 "int x(void) { return 1; }"
sign_with policy "$LIB/libbypolicy.so.1" >"$WORK/log"
check "R30 a policy signer's signature on a library is refused" refused SIGNER_NOT_ALLOWED verify "$LIB/libbypolicy.so.1"
sed "s|^rules:|  policy:\n    trust: pinned\n    certificate-file: $REAL/policy.pem\n    certificate-sha256: \"$(sha256sum "$REAL/policy.pem" | cut -d' ' -f1)\"\nrules:|" \
	"$REAL/policy.yaml" >"$REAL/selfish.yaml"
openssl cms -sign -binary -in "$REAL/selfish.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
	-outform DER -nosmimecap -out "$REAL/selfish.yaml.p7s"
check "R30 a policy whose signers include the anchor's key is refused" refused POLICY_INVALID under "$REAL/selfish.yaml"
"$MODSEAL" keygen authority --ca --directory "$REAL" >"$WORK/log"
check "R30 a CA as anchor is refused" refused ANCHOR_INVALID anchored "$REAL/authority.pem"
check "another key's certificate as anchor is refused" refused POLICY_SIGNATURE anchored "$REAL/other.pem"

# R18: two signers of one key
sed "s|^rules:|  twin:\n    trust: pinned\n    certificate-file: $REAL/release.pem\n    certificate-sha256: \"$(sha256sum "$REAL/release.pem" | cut -d' ' -f1)\"\nrules:|" \
	"$REAL/policy.yaml" >"$REAL/twins.yaml"
check "R18 two signers of one key cannot be signed" refused POLICY_INVALID "$MODSEAL" policy sign "$REAL/twins.yaml" \
	--key "$REAL/policy.key" --certificate "$REAL/policy.pem"
openssl cms -sign -binary -in "$REAL/twins.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
	-outform DER -nosmimecap -out "$REAL/twins.yaml.p7s"
check "R18 nor be in force when signed otherwise" refused POLICY_INVALID under "$REAL/twins.yaml"

# R79: a certificate that is not the one the policy means; links in paths
cp "$REAL/release.pem" "$WORK/release.saved"
"$MODSEAL" keygen third --directory "$REAL" >"$WORK/log"
cp "$REAL/third.pem" "$REAL/release.pem"
check "R79 a certificate file with another digest is refused" refused POLICY_INVALID under "$REAL/policy.yaml"
cp "$WORK/release.saved" "$REAL/release.pem"
ln -s lib "$REAL/linked"
sed "s|path: $LIB/\*\*|path: $REAL/linked/**|" "$REAL/policy.yaml" >"$REAL/linked.yaml"
check "R79 a rule through a link cannot be signed" refused POLICY_INVALID "$MODSEAL" policy sign "$REAL/linked.yaml" \
	--key "$REAL/policy.key" --certificate "$REAL/policy.pem"
names_real() { "$MODSEAL" policy sign "$REAL/linked.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" 2>&1 | grep -q "real path is $LIB"; }
check "R79 and the real spelling is named" names_real
sed "s|^search: \[$LIB|search: [$REAL/linked|" "$REAL/policy.yaml" >"$REAL/searched.yaml"
check "R79 a search path through a link cannot be signed" refused POLICY_INVALID "$MODSEAL" policy sign "$REAL/searched.yaml" \
	--key "$REAL/policy.key" --certificate "$REAL/policy.pem"
mkdir "$REAL/open"
cp "$REAL/policy.yaml" "$REAL/policy.yaml.p7s" "$REAL/open/"
check "a copy elsewhere is in force" under "$REAL/open/policy.yaml"
# what a policy reached through a link names is beside the policy, not beside the link
mkdir "$REAL/set" "$REAL/through"
sed "s|$REAL/release.pem|release.pem|" "$REAL/policy.yaml" >"$REAL/set/policy.yaml"
cp "$REAL/release.pem" "$REAL/set/"
"$MODSEAL" policy sign "$REAL/set/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
ln -s ../set/policy.yaml "$REAL/through/policy.yaml"
cp "$REAL/other.pem" "$REAL/through/release.pem"
echo rubbish >"$REAL/through/policy.yaml.p7s"
check "R79 signature and certificates are read beside the real path of the policy" under "$REAL/through/policy.yaml"
mv "$REAL/set/policy.yaml.p7s" "$REAL/through/policy.yaml.p7s"
check "R79 and not beside the link to it" refused POLICY_SIGNATURE under "$REAL/through/policy.yaml"
for loose in "$REAL/open" "$REAL/open/policy.yaml" "$REAL/open/policy.yaml.p7s"; do
	chmod o+w "$loose"
	check "R79 others may write ${loose#"$REAL/"}: refused" refused PATH_UNSAFE under "$REAL/open/policy.yaml"
	chmod o-w "$loose"
done
cp "$REAL/release.pem" "$REAL/loose.pem"
sed "s|$REAL/release.pem|$REAL/loose.pem|" "$REAL/policy.yaml" >"$REAL/loose.yaml"
"$MODSEAL" policy sign "$REAL/loose.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
check "it is in force with its certificate" under "$REAL/loose.yaml"
chmod g+w "$REAL/loose.pem"
check "R79 others may write a certificate: refused" refused PATH_UNSAFE under "$REAL/loose.yaml"
cp "$REAL/policy.pem" "$REAL/anchor.pem"
chmod o+w "$REAL/anchor.pem"
check "R79 others may write the anchor: refused" refused PATH_UNSAFE anchored "$REAL/anchor.pem"
if [ "$(id -u)" = 0 ]; then
	chmod o-w "$REAL/anchor.pem"
	chown 65534 "$REAL/anchor.pem"
	check "R79 a stranger owns the anchor: refused" refused PATH_UNSAFE anchored "$REAL/anchor.pem"
else
	skip "R79 a stranger owns the anchor" "needs root"
fi
mkdir "$REAL/empty"
check "a directory without an anchor is refused" refused ANCHOR_INVALID "$MODSEAL" verify --policy "$REAL/policy.yaml" \
	--anchor-directory "$REAL/empty" "$LIB/libgood.so.1"
with_anchors() { # with_anchors COUNT OPTION...: the same key so often
	count=$1
	shift
	for i in $(seq "$count"); do set -- --anchor "$REAL/policy.pem" "$@"; done
	"$MODSEAL" verify --policy "$REAL/policy.yaml" "$LIB/libgood.so.1" "$@"
}
check "64 anchors are accepted" with_anchors 64
check "one more is refused" refused ANCHOR_INVALID with_anchors 65
rm -f "$REAL/fifo"; mkfifo "$REAL/fifo"
quick() { timeout 2 "$@"; }
check "R76 a FIFO as policy is refused at once" refused NOT_REGULAR quick "$MODSEAL" verify --policy "$REAL/fifo" \
	--anchor "$REAL/policy.pem" "$LIB/libgood.so.1"

# what is signed but wrong, and what is wrong about the signature
changed() { cp "$REAL/policy.yaml" "$REAL/changed.yaml"; cp "$REAL/policy.yaml.p7s" "$REAL/changed.yaml.p7s"; }
changed; echo "# added" >>"$REAL/changed.yaml"
check "a policy changed after signing is refused" refused POLICY_SIGNATURE under "$REAL/changed.yaml"
changed; rm "$REAL/changed.yaml.p7s"
check "an unsigned policy is refused" refused POLICY_SIGNATURE under "$REAL/changed.yaml"
changed; : >"$REAL/changed.yaml.p7s"
check "an empty signature is refused" refused POLICY_SIGNATURE under "$REAL/changed.yaml"
changed; printf '\0' >>"$REAL/changed.yaml.p7s"
check "a signature with a byte too many is refused" refused POLICY_SIGNATURE under "$REAL/changed.yaml"
signed_anyhow() {
	openssl cms -sign -binary -in "$REAL/$1.yaml" -signer "$REAL/policy.pem" -inkey "$REAL/policy.key" \
		-outform DER -nosmimecap -out "$REAL/$1.yaml.p7s"
}
spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
certificate() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1; }
for revoked in "keys: [\"$(spki "$REAL/policy.pem")\"]" "certificates: [\"$(certificate "$REAL/policy.pem")\"]"; do
	sed "s|^rules:|revoked: {$revoked}\nrules:|" "$REAL/policy.yaml" >"$REAL/disowned.yaml"
	signed_anyhow disowned
	check "R29 a policy that revokes the ${revoked%%:*} it is signed by is refused" refused REVOKED under "$REAL/disowned.yaml"
done
sed 's/^mode: enforce/mode: enforce\nfoo: bar/' "$REAL/policy.yaml" >"$REAL/wrong.yaml"
signed_anyhow wrong
check "signed but wrong is POLICY_INVALID" refused POLICY_INVALID under "$REAL/wrong.yaml"
positioned() { under "$REAL/wrong.yaml" 2>&1 | grep -Eq 'line 6, column [0-9]+'; }
check "with line and column" positioned
sed '1s/.*/modseal-policy: 2/' "$REAL/policy.yaml" >"$REAL/two.yaml"
signed_anyhow two
check "R13 another format is refused" refused POLICY_INVALID under "$REAL/two.yaml"
for type in catalog supplement; do
	sed "1s/.*/modseal-$type: 1/" "$REAL/policy.yaml" >"$REAL/$type.yaml"
	signed_anyhow $type
	check "R13 a $type offered as policy is refused" refused TYPE_MISMATCH under "$REAL/$type.yaml"
done
cp "$LIB/libgood.so.1" "$REAL/library.yaml"
signed_anyhow library
check "R13 a library offered as policy is refused" refused TYPE_MISMATCH under "$REAL/library.yaml"
cp "$REAL/policy.yaml" "$LIB/libpolicy.so"
check "R13 a policy offered as library is refused" refused TYPE_MISMATCH verify "$LIB/libpolicy.so"
check "R13 and cannot be signed as one" refused TYPE_MISMATCH "$MODSEAL" sign --key "$REAL/release.key" \
	--certificate "$REAL/release.pem" "$LIB/libpolicy.so"

# --policy-name, and the anchor directory that expects NAME for NAME.pem
check "the name that is asked for" under "$REAL/policy.yaml" --policy-name tests
check "another name is refused" refused POLICY_NAME under "$REAL/policy.yaml" --policy-name production

# a rule for a place where the one who verifies may not go
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null 2>&1; then
	mkdir -m 700 "$REAL/closed" && mkdir "$REAL/closed/lib"
	chmod 755 "$REAL" "$LIB"
	write_policy "$REAL/policy.yaml" "rule:{path: $REAL/closed/lib/**, signers: [release]}" >"$WORK/log"
	cp "$MODSEAL" "$REAL/plain"
	as_user() { setpriv --reuid 65533 --clear-groups "$REAL/plain" verify --policy "$REAL/policy.yaml" \
		--anchor "$REAL/policy.pem" "$LIB/libgood.so.1"; }
	check "a rule for a place closed to the user leaves the policy usable" as_user
else
	skip "a rule for a place closed to the user" "needs root and setpriv"
fi

# certificates are decoded when a file asks for their signer: what is wrong refuses that file
openssl req -x509 -newkey rsa:1024 -nodes -keyout "$REAL/weak.key" -out "$REAL/weak.pem" -days 9 -subj /CN=weak \
	2>"$WORK/log"
mkdir -p "$LIB/weak"
cp "$LIB/libgood.so.1" "$LIB/weak/"
write_policy "$REAL/policy.yaml" "signer:weak: {trust: pinned, certificate: \"$(awk '{printf "%s\\\\n", $0}' "$REAL/weak.pem")\"}" \
	"rule:{path: $LIB/weak/**, signers: [release, weak], owners: [root, caller]}" >"$WORK/log" 2>&1
check "R22 a signer with a weak key is not signed for" grep -q "shorter\|1024\|weak" "$WORK/log"
signed_anyhow policy
check "R22 a file that may be by that signer is refused" refused POLICY_INVALID verify "$LIB/weak/libgood.so.1"
check "R22 others are not" verify "$LIB/libgood.so.1"
check "R22 and the whole is, where it is checked" refused POLICY_INVALID "$MODSEAL" policy check \
	--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
