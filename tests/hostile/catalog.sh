#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Catalogs as evidence: what they vouch for, who may sign them, and what is not one.
. tests/lib.sh
. tests/policy.sh
for key in cats second; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
digest() { "${2:-sha256}sum" "$1" | cut -d' ' -f1; }
spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
# cms FILE KEY...: FILE.p7s, made by a foreign tool
cms() {
	file=$1
	shift
	signers=
	for key; do signers="$signers -signer $REAL/$key.pem -inkey $REAL/$key.key"; done
	# shellcheck disable=SC2086 # words are wanted
	openssl cms -sign -binary -in "$file" $signers -outform DER -nosmimecap -nocerts -out "$file.p7s"
}
head_of() { printf 'modseal-catalog: 1\nname: %s\nserial: %s\nissued: 2026-02-01T00:00:00Z\n' "$1" "$2"; }
entry() { printf '%s %s sha256:%s\n' "$1" "$(stat -c %s "$1")" "$(digest "$1")"; }
# policy_with CATALOG [LINE...]: a policy with one catalog, whose first rule is for $CAT/**
CAT=$REAL/cat
mkdir "$CAT"
RULE="rule:{path: $CAT/**, evidence: [catalog], catalog: base, owners: [root, caller]}"
SIGNER="signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: $(digest "$REAL/cats.pem")}"
policy_with() {
	given=$1
	shift
	write_policy "$REAL/policy.yaml" "catalogs: [$given]" "$SIGNER" "$@" >"$WORK/log"
}
BASE="{name: base, file: base.cat, signers: [cats]}"

echo 'int one(void) { return 1; }' >"$WORK/one.c"
${CC:-cc} -shared -fPIC -o "$CAT/libone.so.1" "$WORK/one.c" -Wl,-soname,libone.so.1
${CC:-cc} -shared -fPIC -o "$CAT/plugin.so" "$WORK/one.c"
${CC:-cc} -shared -fPIC -o "$CAT/other name.so" "$WORK/one.c" -Wl,-soname,libelse.so
cp "$CAT/libone.so.1" "$CAT/libunlisted.so"
cp "$CAT/plugin.so" "$CAT/signed.so"
sign_with release "$CAT/signed.so" >"$WORK/log"
catalog_of() { # catalog_of SERIAL: all but libunlisted.so, sorted
	head_of base "$1"
	{
		entry "$CAT/libone.so.1"
		printf '%s %s sha256:%s sha384:%s sha512:%s x-new:00\n' "$CAT/plugin.so" "$(stat -c %s "$CAT/plugin.so")" \
			"$(digest "$CAT/plugin.so")" "$(digest "$CAT/plugin.so" sha384)" "$(digest "$CAT/plugin.so" sha512)"
		entry "$CAT/other name.so" | sed 's/other name/other\\x20name/'
		# digest and size are of the content
		printf '%s %s sha256:%s\n' "$CAT/signed.so" "$(stat -c %s "$CAT/plugin.so")" "$(digest "$CAT/plugin.so")"
	} | LC_ALL=C sort
}
catalog_of 7 >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "a policy with a catalog is signed" policy_with "$BASE" "$RULE"

says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
check "a listed library is accepted" verify "$CAT/libone.so.1"
check "the verdict names form, catalog and signer" says \
	"accepted (catalog, listed in base of serial 7, signed by cats" verify "$CAT/libone.so.1"
check "and so does JSON" says '"evidence": "catalog", "signer": ["cats"], "catalog": "base", "catalog-serial": 7' \
	verify --json "$CAT/libone.so.1"
check "policy show lists the catalog" says "files 4" "$MODSEAL" policy show --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem"
check "and what the rule names" says "catalog base" "$MODSEAL" policy show --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem"
check "R31 a listed path needs no SONAME, and every digest is compared" verify "$CAT/plugin.so"
check "R31 nor one that is like its name; a space is spelled" verify "$CAT/other name.so"
check "a container behind the content is not part of what is listed" verify "$CAT/signed.so"
ln -s libone.so.1 "$CAT/libone.so"
ln -s plugin.so "$CAT/libone.so.2"
ln -s "other name.so" "$CAT/libwrong.so"
check "a link that differs in version parts" verify "$CAT/libone.so"
check "R31 a link of another name to what has no SONAME" refused NAME_MISMATCH verify "$CAT/libone.so.2"
check "R31 a link of another name to another library" refused NAME_MISMATCH verify "$CAT/libwrong.so"
check "what is not listed has no evidence" refused SIGNATURE_MISSING verify "$CAT/libunlisted.so"
check "and the message says so" says "the catalog 'base' does not list $CAT/libunlisted.so" verify "$CAT/libunlisted.so"

# other bytes
cp "$CAT/plugin.so" "$WORK/plugin.so"
printf 'X' | dd of="$CAT/plugin.so" bs=1 seek=300 conv=notrunc status=none
check "R15 another digest" refused CATALOG_MISMATCH verify "$CAT/plugin.so"
check "the message names the digest and what to do" says "lists another sha256 digest" verify "$CAT/plugin.so"
check "after an upgrade too, in programs that go on running" says "install the catalog of the new packages, and restart" \
	verify "$CAT/plugin.so"
printf 'X' >>"$CAT/plugin.so"
check "R15 another size" refused CATALOG_MISMATCH verify "$CAT/plugin.so"
check "the message names the serial and both sizes" says "'base' of serial 7 lists it with a size of" verify "$CAT/plugin.so"
cp "$WORK/plugin.so" "$CAT/plugin.so"
check "R31 a listed file at the path of another" sh -c "cp '$CAT/libone.so.1' '$WORK/kept' && \
	cp '$CAT/plugin.so' '$CAT/libone.so.1'"
check "R31 is not that other" refused CATALOG_MISMATCH verify "$CAT/libone.so.1"
cp "$WORK/kept" "$CAT/libone.so.1"

# R32: the version that the catalog lists; $RULE with a floor
floor() { # floor VERSION MINIMUM: libone.so.1 listed with it, under a floor
	catalog_of 7 | sed "/libone/s| sha256:| version:$1&|" >"$REAL/base.cat"
	cms "$REAL/base.cat" cats
	policy_with "$BASE" "rule:{path: $CAT/**, evidence: [catalog], catalog: base, owners: [root, caller], minimum-version: $2}"
}
floor 3 3
check "R32 a listed version that is not below the floor" verify "$CAT/libone.so.1"
check "R32 is told" says '"module.version": 3' verify --json "$CAT/libone.so.1"
check "R32 a listed file without a version is refused" refused ROLLBACK verify "$CAT/plugin.so"
floor 3 4
check "R32 a listed version below the floor is refused" refused ROLLBACK verify "$CAT/libone.so.1"
check "R32 with both numbers" says "its security version is 3, and the rule wants 4 or above" verify "$CAT/libone.so.1"
cp "$CAT/libone.so.1" "$WORK/kept"
printf '#include "modseal-module.h"\nMODSEAL_MODULE("libone", 3, "a");\n' >"$WORK/noted.c"
${CC:-cc} -shared -fPIC -Iinclude -o "$CAT/libone.so.1" "$WORK/noted.c" -Wl,-soname,libone.so.1
floor 3 3
check "R32 the module note says the same version" verify "$CAT/libone.so.1"
for other in 2 4; do
	floor $other 0
	check "R32 the note says 3 and the catalog $other: refused" refused CATALOG_MISMATCH verify "$CAT/libone.so.1"
	check "R32 and both are told" says "its module note says security version 3, the catalog $other" verify "$CAT/libone.so.1"
done
catalog_of 7 >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R32 the note alone is enough" verify "$CAT/libone.so.1"
cp "$WORK/kept" "$CAT/libone.so.1"
catalog_of 7 >"$REAL/base.cat"
cms "$REAL/base.cat" cats
policy_with "$BASE" "$RULE"

# with_line SED: the line of plugin.so edited, the catalog signed again
with_line() {
	catalog_of 7 | sed "\\|plugin.so|$1" >"$REAL/base.cat" && cms "$REAL/base.cat" cats
}
with_line 's/sha384:./sha384:z/; s/z\(.*\)/0\1/'
for last in sha256 sha384 sha512; do
	# the last digit of one digest, turned into another one
	with_line "s/\\($last:[0-9a-f]*\\)0\\( \\|\$\\)/\\11\\2/; t; s/\\($last:[0-9a-f]*\\)[1-9a-f]\\( \\|\$\\)/\\10\\2/"
	check "a wrong $last among right digests" refused CATALOG_MISMATCH verify "$CAT/plugin.so"
	check "is the one that is named" says "lists another $last digest" verify "$CAT/plugin.so"
done
with_line 's/ x-new:/ !x-new:/'
check "an unknown digest that is critical" refused UNSUPPORTED verify "$CAT/plugin.so"
check "is named" says "the critical digest x-new" verify "$CAT/plugin.so"
check "the other files of that catalog are not concerned" verify "$CAT/libone.so.1"
with_line 's/ sha[0-9]*:[0-9a-f]*//g'
check "only unknown digests vouch for nothing" refused UNSUPPORTED verify "$CAT/plugin.so"
check "which is said" says "no digest that this version knows" verify "$CAT/plugin.so"
# fs-verity digests are of the whole file, the container too
with_verity() { # with_verity FILE DIGEST: its line with no other digest
	catalog_of 7 | sed "\\|$1|s/ sha256.*/ fsverity-sha256:$2/" >"$REAL/base.cat" && cms "$REAL/base.cat" cats
}
verity_of() { "$MODSEAL" inspect "$1" | sed -n 's/.*fsverity.sha256: //p'; }
for listed in plugin.so signed.so; do
	with_verity $listed "$(verity_of "$CAT/$listed")"
	check "the fs-verity digest of $listed" verify "$CAT/$listed"
	check "and when it is loaded" load "$CAT/$listed"
done
with_verity signed.so "$(verity_of "$CAT/plugin.so")"
check "the fs-verity digest without the container" refused CATALOG_MISMATCH verify "$CAT/signed.so"
with_verity plugin.so "$(verity_of "$CAT/signed.so")"
check "another fs-verity digest" refused CATALOG_MISMATCH verify "$CAT/plugin.so"
check "is the one that is named" says "lists another fsverity-sha256 digest" verify "$CAT/plugin.so"

# who signed it, and what it is
restore() { catalog_of 7 >"$REAL/base.cat" && cms "$REAL/base.cat" cats; }
check_policy() { "$MODSEAL" policy check --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
# signed_by CODE NAME KEY...: a catalog signed so gives CODE
signed_by() {
	restore
	wanted=$1 name=$2
	shift 2
	cms "$REAL/base.cat" "$@"
	check "$name" refused "$wanted" verify "$CAT/libone.so.1"
}
restore
check "the catalog as it was" verify "$CAT/libone.so.1"
signed_by CATALOG_INVALID "a stranger's signature on a catalog" second
check "is said to be one" says "SIGNER_NOT_ALLOWED" verify "$CAT/libone.so.1"
signed_by CATALOG_INVALID "R21 R30 a library signer's signature on a catalog" release
signed_by CATALOG_INVALID "R30 a policy signer's signature on a catalog" policy
restore
rm "$REAL/base.cat.p7s"
check "R80 no signature" refused CATALOG_INVALID verify "$CAT/libone.so.1"
check "says where it should be" says "there is no signature $REAL/base.cat.p7s beside it" verify "$CAT/libone.so.1"
restore
cp "$REAL/base.cat.p7s" "$WORK/old.p7s"
catalog_of 8 >"$REAL/base.cat"
check "R15 the signature of another catalog" refused CATALOG_INVALID verify "$CAT/libone.so.1"
restore
rm "$REAL/base.cat"
check "a catalog that is missing" refused NOT_FOUND check_policy
restore
chmod 666 "$REAL/base.cat"
check "R79 a catalog that others may write" refused PATH_UNSAFE check_policy
chmod 644 "$REAL/base.cat"
chmod 666 "$REAL/base.cat.p7s"
check "R79 a signature that others may write" refused PATH_UNSAFE check_policy
restore
chmod 644 "$REAL/base.cat.p7s"
check "R79 a catalog that is a FIFO" sh -c "mv '$REAL/base.cat' '$WORK/kept.cat' && mkfifo '$REAL/base.cat'"
check "R79 is none" refused NOT_REGULAR check_policy
mv "$WORK/kept.cat" "$REAL/base.cat"
# R13: the first bytes decide before any signature does
cp "$REAL/policy.yaml" "$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R13 a policy offered as catalog" refused TYPE_MISMATCH check_policy
cp "$CAT/libone.so.1" "$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R13 a library offered as catalog" refused TYPE_MISMATCH check_policy
catalog_of 7 | sed '1s/1$/2/' >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R13 another format" refused CATALOG_INVALID check_policy
: >"$REAL/base.cat"
check "an empty file" refused CATALOG_INVALID check_policy
catalog_of 7 | sed '$s/ sha256/  sha256/' >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "signed but wrong" refused CATALOG_INVALID check_policy
check "with its line" says "line 8: it has no digest" check_policy
restore
mkdir "$REAL/as"
cp "$REAL/base.cat" "$REAL/as/policy.yaml"
cp "$REAL/base.cat" "$CAT/libcatalog.so"
cms "$REAL/as/policy.yaml" policy
check "R13 a catalog offered as policy" refused TYPE_MISMATCH "$MODSEAL" verify --policy "$REAL/as/policy.yaml" \
	--anchor "$REAL/policy.pem" "$CAT/libone.so.1"
check "R13 a catalog offered as library" refused TYPE_MISMATCH verify "$CAT/libcatalog.so"
check "R13 and it cannot be signed as one" refused TYPE_MISMATCH "$MODSEAL" sign --key "$REAL/release.key" \
	--certificate "$REAL/release.pem" "$CAT/libcatalog.so"

# R33: name and serial
head_of other 7 >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R33 a catalog of another name" refused CATALOG_INVALID check_policy
check "which is told beside the one expected" says "its name is 'other', the policy" check_policy
restore
policy_with "{name: base, file: base.cat, signers: [cats], minimum-serial: 7}" "$RULE"
check "R33 a serial that is the lowest one" verify "$CAT/libone.so.1"
catalog_of 6 >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R33 a serial below the lowest" refused ROLLBACK check_policy
check "which is told" says "is 6, the policy" check_policy
check "R33 a policy with such a catalog is not signed" refused ROLLBACK "$MODSEAL" policy sign --force \
	"$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"
restore

# R29: revoked
policy_with "$BASE" "$RULE" 'revoked:' "  keys: [$(spki "$REAL/second.pem")]"
check "R29 another key revoked" verify "$CAT/libone.so.1"
restore
policy_with "$BASE" "$RULE" 'revoked:' "  files: [$(digest "$CAT/libone.so.1")]"
check "R29 a listed file that is revoked" refused REVOKED verify "$CAT/libone.so.1"
# modseal policy sign would refuse these
sed "s|^  files: .*|  keys: [$(spki "$REAL/cats.pem")]|" "$REAL/policy.yaml" >"$REAL/revoking.yaml"
cms "$REAL/revoking.yaml" policy
revoking() { "$MODSEAL" verify --policy "$REAL/revoking.yaml" --anchor "$REAL/policy.pem" "$@"; }
check "R29 a catalog by a revoked key" refused CATALOG_INVALID revoking "$CAT/libone.so.1"
check "R29 is said to be one" says "REVOKED" revoking "$CAT/libone.so.1"
sed "s|^  files: .*|  certificates: [$(openssl x509 -in "$REAL/cats.pem" -outform DER | sha256sum | cut -d' ' -f1)]|" \
	"$REAL/policy.yaml" >"$REAL/revoking.yaml"
cms "$REAL/revoking.yaml" policy
check "R29 a catalog by a revoked certificate" refused CATALOG_INVALID revoking "$CAT/libone.so.1"

# beside signed forms: what is there must verify, all of it
BOTH="rule:{path: $CAT/**, evidence: [appended, catalog], catalog: base, signers: [release], owners: [root, caller], identity: unbound}"
policy_with "$BASE" "$BOTH"
cp "$CAT/libunlisted.so" "$CAT/appended.so"
sign_with release "$CAT/appended.so" >"$WORK/log"
check "R05 not listed, but signed" verify "$CAT/appended.so"
check "R05 listed and not signed" verify "$CAT/libone.so.1"
check "R05 listed and signed: the first form decides" says "(appended, listed in base of serial 7, signed by release" \
	verify "$CAT/signed.so"
check "R05 neither" refused SIGNATURE_MISSING verify "$CAT/libunlisted.so"
cp "$CAT/signed.so" "$WORK/signed.so"
cp "$CAT/plugin.so" "$CAT/signed.so"
sign_with other "$CAT/signed.so" >"$WORK/log"
check "R05 listed, and signed by somebody who may not" refused SIGNER_NOT_ALLOWED verify "$CAT/signed.so"
cp "$CAT/libone.so.1" "$CAT/signed.so"
sign_with release "$CAT/signed.so" >"$WORK/log"
check "R05 signed, and listed with other bytes" refused CATALOG_MISMATCH verify "$CAT/signed.so"

# loading, and what a library needs
restore
DEEP="rule:{path: $CAT/**, evidence: [catalog], catalog: base, owners: [root, caller]}"
echo 'int one(void); int two(void) { return one() + 1; }' >"$WORK/two.c"
${CC:-cc} -shared -fPIC -o "$CAT/libtwo.so.1" "$WORK/two.c" -Wl,-soname,libtwo.so.1 "$CAT/libone.so.1"
{ head_of base 8; for file in libone.so.1 libtwo.so.1; do entry "$CAT/$file"; done; } >"$REAL/base.cat"
cms "$REAL/base.cat" cats
policy_with "$BASE" "$DEEP"
sed -i "s|^search: \\[|search: [$CAT, |" "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
check "a listed library is loaded with a listed dependency" load "$CAT/libtwo.so.1" --symbol two
mv "$CAT/libone.so.1" "$CAT/libone.real"
cp "$CAT/libtwo.so.1" "$CAT/libone.so.1"
check "not with another file in the dependency's place" refused CATALOG_MISMATCH load "$CAT/libtwo.so.1"
cp "$CAT/plugin.so" "$CAT/libone.so.1"
{ head_of base 8; for file in libone.so.1 libtwo.so.1; do entry "$CAT/$file"; done; } >"$REAL/base.cat"
cms "$REAL/base.cat" cats
check "R52 a listed file is no dependency without the SONAME" refused NAME_MISMATCH load "$CAT/libtwo.so.1"
