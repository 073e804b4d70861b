#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# IMA signatures under a policy, when loading, and by a certificate: security.ima and FILE.sig.
. tests/lib.sh
. tests/policy.sh
cd "$REAL" || exit 99

answer='int answer(void) { return 42; }'
mkdir -p lib/ima lib/both lib/two
# plain NAME: an unsigned library in lib/, with a SONAME of its own
plain() {
	printf '%s\n' "$answer" >plain.c
	${CC:-cc} -shared -fPIC -Wl,-soname,"$(basename "$1")" -o "$1" plain.c
}
ima() { key=$1; shift; "$MODSEAL" sign --ima --force --key "$key.key" --certificate "$key.pem" "$@"; }
append() { key=$1; shift; "$MODSEAL" sign --force --key "$key.key" --certificate "$key.pem" "$@"; }
accepted() { out=$("$@" --json) && case $out in *'"verdict": "accepted"'*) ;; *) echo "$out" >&2; return 1 ;; esac; }
# at STAGE CODE COMMAND...: refused there with that code
at() {
	stage=$1 code=$2
	shift 2
	out=$("$@" --json)
	case $out in *"\"code\": \"$code\", \"stage\": \"$stage\""*) ;; *) echo "$out" >&2; return 1 ;; esac
}
says() { # says TEXT COMMAND...: the output holds it, whatever the answer
	text=$1
	shift
	out=$("$@" 2>&1)
	case $out in *"$text"*) ;; *) echo "no '$text' in: $out" >&2; return 1 ;; esac
}
both='owners: [root, caller], signers'
write_policy policy.yaml "rule:{path: $LIB/ima/*, evidence: [ima], $both: [release]}" \
	"rule:{path: $LIB/both/*, evidence: [appended, ima], $both: [release]}" \
	"rule:{path: $LIB/two/*, evidence: [ima], $both: [release, other], require: 2}" >log || exit 99

# ---- FILE.sig --------------------------------------------------------------------------

plain lib/ima/liba.so
check "unsigned is refused" at evidence SIGNATURE_MISSING verify "$LIB/ima/liba.so"
check "sign --ima --detached" ima release --detached lib/ima/liba.so
check "it writes FILE.sig" test -s lib/ima/liba.so.sig
check "FILE.sig is accepted" says 'liba.so: accepted (ima, signed by release' verify "$LIB/ima/liba.so"
check "FILE.sig serves for loading" says 'symbol found: answer' load --symbol answer "$LIB/ima/liba.so"
check "verify --certificate finds FILE.sig" says '(ima, ' "$MODSEAL" verify --certificate release.pem lib/ima/liba.so
check "verify --evidence ima" accepted "$MODSEAL" verify --certificate release.pem --evidence ima lib/ima/liba.so
check "verify --evidence appended does not look there" at evidence SIGNATURE_MISSING \
	"$MODSEAL" verify --certificate release.pem --evidence appended lib/ima/liba.so
check "another certificate" at evidence SIGNER_NOT_ALLOWED "$MODSEAL" verify --certificate other.pem lib/ima/liba.so
stream() { "$MODSEAL" verify --certificate release.pem "$@" - <lib/ima/liba.so; }
check "a stream has nothing beside it" at evidence SIGNATURE_MISSING stream
check "inspect tells of it" says 'ima.place: FILE.sig' "$MODSEAL" inspect lib/ima/liba.so
check "and its algorithm" says 'ima.algorithm: sha256' "$MODSEAL" inspect lib/ima/liba.so
again() { # again KEY OPTION...
	key=$1
	shift
	"$MODSEAL" sign --ima --key "$key.key" --certificate "$key.pem" "$@"
}
check "signing again is needless" says 'signed already' again release --detached lib/ima/liba.so
check "by another key it needs --force" at sign ALREADY_SIGNED again other --detached lib/ima/liba.so
cp lib/ima/liba.so.sig good.sig
ima other --detached lib/ima/liba.so >log
check "R05 a signer of other files" at evidence SIGNER_NOT_ALLOWED verify "$LIB/ima/liba.so"
printf 'x' | cat good.sig - >lib/ima/liba.so.sig
check "a byte too many" at evidence SIGNATURE_MALFORMED verify "$LIB/ima/liba.so"
head -c -1 good.sig >lib/ima/liba.so.sig
check "a byte too few" at evidence SIGNATURE_MALFORMED verify "$LIB/ima/liba.so"
: >lib/ima/liba.so.sig
check "an empty FILE.sig" at evidence SIGNATURE_MALFORMED verify "$LIB/ima/liba.so"
head -c 2000 /dev/zero >lib/ima/liba.so.sig
check "a large FILE.sig" at bytes TOO_LARGE verify "$LIB/ima/liba.so"
rm lib/ima/liba.so.sig && mkdir lib/ima/liba.so.sig
check "FILE.sig is a directory" at open NOT_REGULAR verify "$LIB/ima/liba.so"
rmdir lib/ima/liba.so.sig
cp good.sig lib/ima/liba.so.sig
check "R05 appended in place of ima" at evidence SIGNATURE_MISSING \
	sh -c 'rm "$1/ima/liba.so.sig"; "$2" sign --key release.key --certificate release.pem "$1/ima/liba.so" >/dev/null
		shift 2; "$@"' - "$LIB" "$MODSEAL" "$MODSEAL" verify --policy policy.yaml --anchor policy.pem "$LIB/ima/liba.so"
cp good.sig lib/ima/liba.so.sig
check "R15 the signature of the content is not that of the file" at evidence SIGNATURE_INVALID \
	verify "$LIB/ima/liba.so"
# the evil twin of the sealed copy: it ends where the content ends, but the whole is signed
ima release --detached lib/ima/liba.so >log
check "R40 a container is part of what IMA signs" accepted verify "$LIB/ima/liba.so"
check "R40 also where it is loaded without its container" says 'symbol found: answer' load --symbol answer "$LIB/ima/liba.so"
byte=$(tail -c 60 lib/ima/liba.so | head -c 1 | od -An -tu1)
# shellcheck disable=SC2059 # the format is the byte
printf "\\$(printf %o $((byte ^ 1)))" | dd of=lib/ima/liba.so bs=1 seek="$(($(stat -c %s lib/ima/liba.so) - 60))" \
	conv=notrunc 2>log
check "R40 a byte of the container changed" at evidence SIGNATURE_INVALID verify "$LIB/ima/liba.so"
check "R40 and loading sees it too" at evidence SIGNATURE_INVALID load --symbol answer "$LIB/ima/liba.so"

# ---- beside other forms ----------------------------------------------------------------

plain lib/both/libb.so
append release lib/both/libb.so >log
check "one of two forms is enough" says '(appended, ' verify "$LIB/both/libb.so"
ima other --detached lib/both/libb.so >log
check "R05 a good first with a bad second" at evidence SIGNER_NOT_ALLOWED verify "$LIB/both/libb.so"
ima release --detached lib/both/libb.so >log
check "both are good: the first listed decides" says '(appended, signed by release' verify "$LIB/both/libb.so"
append other lib/both/libb.so >log
ima release --detached lib/both/libb.so >log
check "R05 a bad first with a good second" at evidence SIGNER_NOT_ALLOWED verify "$LIB/both/libb.so"

# ---- revoked ---------------------------------------------------------------------------

plain lib/ima/libr.so
ima release --detached lib/ima/libr.so >log
key_digest=$(openssl x509 -in release.pem -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
whole=$(sha256sum lib/ima/libr.so | cut -d' ' -f1)
mkdir revoking
for what in keys files; do
	[ $what = keys ] && digest=$key_digest || digest=$whole
	write_policy revoking/$what.yaml "revoked:\n  $what: [\"$digest\"]" \
		"rule:{path: $LIB/ima/*, evidence: [ima], $both: [release]}" >log
	check "R29 a policy that revokes it among $what" at evidence REVOKED "$MODSEAL" verify \
		--policy revoking/$what.yaml --anchor policy.pem "$LIB/ima/libr.so"
done

# ---- security.ima ----------------------------------------------------------------------

check "sign --ima --append is wrong use" exits 2 "$MODSEAL" sign --ima --append --key release.key \
	--certificate release.pem lib/ima/libr.so
plain lib/ima/libx.so
why=
[ "$(id -u)" = 0 ] || why="needs root to write security.ima"
command -v setfattr >/dev/null || why="setfattr is not installed"
[ -n "$why" ] || setfattr -n security.ima -v 0x01 lib/ima/libx.so 2>log || why="$WORK cannot hold security.ima"
if [ -n "$why" ]; then
	skip "security.ima" "$why"
	exit 0
fi
check "a digest is no signature" at evidence SIGNATURE_MISSING verify "$LIB/ima/libx.so"
check "inspect tells of the digest" says 'ima.digest-only: yes' "$MODSEAL" inspect lib/ima/libx.so
check "sign --ima replaces a digest" "$MODSEAL" sign --ima --key release.key --certificate release.pem lib/ima/libx.so
check "security.ima is accepted" says 'libx.so: accepted (ima, signed by release' verify "$LIB/ima/libx.so"
check "security.ima serves for loading" says 'symbol found: answer' load --symbol answer "$LIB/ima/libx.so"
check "inspect names the place" says 'ima.place: security.ima' "$MODSEAL" inspect lib/ima/libx.so
check "verify --certificate finds security.ima" says '(ima, ' "$MODSEAL" verify --certificate release.pem lib/ima/libx.so
check "a stream has no attribute" at evidence SIGNATURE_MISSING \
	sh -c '"$1" verify --certificate release.pem "$2" - <lib/ima/libx.so' - "$MODSEAL"
check "signing the attribute again is needless" says 'signed already' again release lib/ima/libx.so
check "by another key the attribute needs --force" at sign ALREADY_SIGNED again other lib/ima/libx.so
ima release --detached lib/ima/libx.so >log
check "security.ima and FILE.sig, both good" accepted verify "$LIB/ima/libx.so"
echo >lib/ima/libx.so.sig
check "R05 security.ima good, FILE.sig bad" at evidence SIGNATURE_MALFORMED verify "$LIB/ima/libx.so"
ima release --detached lib/ima/libx.so >log
setfattr -n security.ima -v 0x030204 lib/ima/libx.so
check "R05 security.ima bad, FILE.sig good" at evidence SIGNATURE_MALFORMED verify "$LIB/ima/libx.so"
setfattr -n security.ima -v 0x060304 lib/ima/libx.so
check "a signature over the fs-verity digest is refused" at evidence SIGNATURE_MALFORMED verify "$LIB/ima/libx.so"
setfattr -n security.ima -v "0x0302$(head -c 2000 /dev/zero | od -An -v -tx1 | tr -d ' \n')" lib/ima/libx.so
check "a large security.ima" says "security.ima has more than 1033 bytes" verify "$LIB/ima/libx.so"
ima other lib/ima/libx.so >log
check "R05 security.ima of another signer, FILE.sig good" at evidence SIGNER_NOT_ALLOWED verify "$LIB/ima/libx.so"
setfattr -x security.ima lib/ima/libx.so
check "taken off, FILE.sig is left" accepted verify "$LIB/ima/libx.so"
# another file's attribute: renamed over, linked to, copied along
plain lib/ima/liby.so && cp --preserve=xattr lib/ima/libx.so lib/ima/libz.so
ima release lib/ima/liby.so >log
ln lib/ima/liby.so lib/ima/libl.so
value=$(getfattr --only-values -n security.ima lib/ima/liby.so 2>log | od -An -v -tx1 | tr -d ' \n')
setfattr -n security.ima -v "0x$value" lib/ima/libz.so
rm -f lib/ima/libz.so.sig
check "R15 the attribute of another file" at evidence SIGNATURE_INVALID verify "$LIB/ima/libz.so"
check "a hard link has the attribute of its file" at image NAME_MISMATCH verify "$LIB/ima/libl.so"

# ---- two signers -----------------------------------------------------------------------

plain lib/two/libt.so
ima release lib/two/libt.so >log
check "R18 require: 2, one place" at evidence SIGNERS_TOO_FEW verify "$LIB/two/libt.so"
ima release --detached lib/two/libt.so >log
check "R18 require: 2, one signer in both" at evidence SIGNERS_TOO_FEW verify "$LIB/two/libt.so"
ima other --detached lib/two/libt.so >log
check "R18 require: 2, a signer in each" says 'signed by release and other' verify "$LIB/two/libt.so"
