#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keygen, sign, strip, inspect and verify --certificate: what they do, and what each says when it
# cannot. Every refusal leaves the files as they were.
# emulated
# plain
. tests/lib.sh
CC=${CC:-gcc}
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }

# answers STATUS CODE STAGE COMMAND...: --json tells code and stage, and the text form is one
# line on standard error with a remedy
answers() {
	status=$1 code=$2 stage=$3
	shift 3
	out=$("$@" --json 2>err </dev/null)
	got=$?
	[ "$got" = "$status" ] || { echo "exit $got, wanted $status: $out $(cat err)" >&2; return 1; }
	[ ! -s err ] || { echo "a message besides JSON: $(cat err)" >&2; return 1; }
	case $out in
	*"\"code\": \"$code\", \"stage\": \"$stage\""*) ;;
	*) echo "wanted $code in stage $stage: $out" >&2; return 1 ;;
	esac
	text=$("$@" 2>&1 >/dev/null </dev/null)
	case $text in
	*"
"* | '') echo "not one line: $text" >&2; return 1 ;;
	"modseal: '"*"': "*" ("*")") ;;
	*) echo "not in the form of messages: $text" >&2; return 1 ;;
	esac
	printf '%s %s\n' "$code" "$text" | sed "s|$WORK||g; s|'[^']*'||g" >>messages
}
# The same, and no file changed.
refuses() {
	sum=$(sums)
	answers "$@" || return 1
	[ "$(sums)" = "$sum" ] || { echo "a file changed" >&2; return 1; }
}
sums() {
	find . -type f ! -name messages ! -name err ! -name '.*' -exec sha256sum {} + | sort
}
member() { # member KEY VALUE COMMAND...: the JSON of a success says so
	key=$1 value=$2
	shift 2
	out=$("$@" --json) || return 1
	case $out in *"\"$key\": $value"*) ;; *) echo "no $key $value: $out" >&2; return 1 ;; esac
}
fresh() { cp plain.so "$1"; }
sign() { modseal sign --key key.key --certificate key.pem "$@"; }
verify() { modseal verify --certificate "$@"; }

echo 'int f(void) { return 1; }' >f.c
$CC -shared -fPIC -o plain.so f.c || exit 99

# ---- keygen ----------------------------------------------------------------------------

makes() { # makes NAME OPTION...: key and certificate fit, and only the owner reads the key
	modseal keygen "$@" || return 1
	[ "$(stat -c %a "$1.key")" = 600 ] && grep -q 'BEGIN PRIVATE KEY' "$1.key" &&
		[ "$(openssl pkey -in "$1.key" -pubout)" = "$(openssl x509 -in "$1.pem" -pubkey -noout)" ]
}
certificate_says() { openssl x509 -in "$1" -noout -text | grep -q "$2"; }
check "keygen makes a key and a certificate" makes key
check "the default is P-256" certificate_says key.pem prime256v1
check "the certificate signs code" certificate_says key.pem "Code Signing"
check "keygen --algorithm ecdsa-p384" makes p384 --algorithm ecdsa-p384
check "it is P-384" certificate_says p384.pem secp384r1
check "keygen --algorithm rsa3072 --days 7" makes rsa --algorithm rsa3072 --days 7
check "it has 3072 bits" certificate_says rsa.pem '3072 bit'
days() { openssl x509 -in rsa.pem -noout -checkend $((6 * 86400)) &&
	! openssl x509 -in rsa.pem -noout -checkend $((8 * 86400)); }
check "it is valid for 7 days" days
check "keygen --ca" makes ca --ca
check "the certificate is an authority's" certificate_says ca.pem 'CA:TRUE'
check "keygen --issuer" makes leaf --issuer ca.key,ca.pem
check "the issuer's name is in it" certificate_says leaf.pem 'Issuer: CN *= *ca'
mkdir dir
in_directory() { modseal keygen other --directory dir && [ -s dir/other.key ] && [ -s dir/other.pem ]; }
check "keygen --directory" in_directory
keygen_json() {
	member certificate '"./named.pem"' modseal keygen named && [ -s named.key ]
}
check "keygen --json names what it wrote" keygen_json
check "keygen leaves files alone" refuses 1 EXISTS key modseal keygen key
check "keygen with an unknown algorithm" refuses 2 ARGUMENT key modseal keygen new --algorithm dsa
check "keygen with a name that is a path" refuses 2 ARGUMENT key modseal keygen a/b
check "keygen where there is no directory" refuses 3 NOT_WRITABLE key modseal keygen new --directory nowhere
check "keygen with an issuer that is no authority" \
	refuses 1 CERTIFICATE_INVALID key modseal keygen new --issuer key.key,key.pem
check "keygen with an issuer that is not there" \
	refuses 3 NOT_FOUND key modseal keygen new --issuer none.key,ca.pem
check "keygen with an issuer's key of another" \
	refuses 1 KEY_MISMATCH key modseal keygen new --issuer key.key,ca.pem

# it waits for the passphrase, and could crash there
coreless() {
	mkfifo silence
	prlimit --core=unlimited "$MODSEAL" sign --key key.key --certificate key.pem --passphrase-fd 3 f.c 3<>silence 2>err &
	waiting=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		limit=$(sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' /proc/$waiting/limits)
		[ "$limit" != 1 ] || break
		sleep 0.1
	done
	kill $waiting
	wait $waiting 2>/dev/null
	rm silence
	[ "$limit" = 1 ] || { echo "$limit" >&2; return 1; }
}
if [ -n "${MODSEAL_EMULATED:-}" ] || ! prlimit --core=unlimited true 2>/dev/null; then
	skip "no core file is written once a key is asked for" "the limits are not ours to raise"
else
	check "no core file is written once a key is asked for" coreless
fi
dated() {
	SOURCE_DATE_EPOCH=1700000000 modseal keygen dated >/dev/null &&
		[ "$(openssl x509 -in dated.pem -noout -startdate)" = 'notBefore=Nov 14 22:13:20 2023 GMT' ]
}
check "SOURCE_DATE_EPOCH is when the certificate begins" dated
check "SOURCE_DATE_EPOCH that is no number" exits 2 env SOURCE_DATE_EPOCH=now "$MODSEAL" keygen other
check "or a time that no policy can have" exits 2 env SOURCE_DATE_EPOCH=253402300800 "$MODSEAL" learn "$MODSEAL"

# ---- sign, verify, strip ---------------------------------------------------------------

fresh a.so
check "sign signs in place" sign a.so
check "verify accepts it" verify key.pem a.so
check "the verdict names the evidence" member evidence '"appended"' verify key.pem a.so
digest=$(sha256sum plain.so | cut -d ' ' -f 1)
check "the verdict names the digest of the content" \
	member digest "\"sha256:$digest\"" verify key.pem a.so
check "verify with another certificate" refuses 1 SIGNER_NOT_ALLOWED evidence verify p384.pem a.so
by_rsa() { modseal sign --key rsa.key --certificate rsa.pem "$@"; }
check "sign refuses a file that is signed by another key" refuses 1 ALREADY_SIGNED sign by_rsa a.so
offers() { by_rsa a.so 2>&1 | grep -q -e '--force.*--append'; }
check "and offers --force and --append" offers
skips() { # skips COMMAND...: says so, and changes nothing
	sum=$(sums) && member reason '"signed already"' "$@" && [ "$(sums)" = "$sum" ]
}
check "what the same key has signed is left alone" skips sign a.so
check "with --append too" skips sign --append a.so
check "unless another digest is wanted now" refuses 1 ALREADY_SIGNED sign sign --hash sha512 a.so
check "sign --append by another key" by_rsa --append a.so
facts() { modseal inspect "$1" | grep -q "$(printf '^\t%s: %s$' "$2" "$3")"; }
check "inspect counts two signatures" facts a.so signature.signers 2
check "verify accepts two signatures by the first key" verify key.pem a.so
check "verify accepts two signatures by the second key" verify rsa.pem a.so
check "sign --append --force" sign --append --force a.so
check "it replaces the signature by this key only" facts a.so signature.signers 2
check "verify accepts the new one" verify key.pem a.so
check "verify accepts the one that stayed" verify rsa.pem a.so
check "sign --force" sign --force a.so
check "inspect counts one signature" facts a.so signature.signers 1
one_block() { # of a file of one block the fs-verity digest can be made by hand
	printf abc >abc
	{ cat abc && head -c 4093 /dev/zero; } | openssl dgst -sha256 -binary >root
	{ printf '\1\1\14\0\0\0\0\0\3\0\0\0\0\0\0\0' && cat root && head -c 208 /dev/zero; } >descriptor
	facts abc fsverity.sha256 "$(sha256sum descriptor | cut -d ' ' -f 1)"
}
check "inspect tells the fs-verity digest" one_block
whole_file() {
	modseal inspect a.so | grep fsverity >signed && modseal inspect plain.so | grep fsverity >unsigned &&
		! cmp -s signed unsigned
}
check "which is of the whole file" whole_file
strips() { modseal strip a.so && cmp a.so plain.so; }
check "strip gives back the exact input" strips
check "strip without a signature" refuses 1 SIGNATURE_MISSING container modseal strip a.so
check "verify without a signature" refuses 1 SIGNATURE_MISSING evidence verify key.pem a.so
with_output() {
	sign --output out.so a.so && cmp a.so plain.so && verify key.pem out.so &&
		modseal strip --output back.so out.so && cmp back.so plain.so && verify key.pem out.so
}
check "sign and strip --output leave the operand alone" with_output
several() {
	fresh 1.so && fresh 2.so && fresh 3.so && sign --jobs 2 1.so 2.so 3.so &&
		verify key.pem --jobs 2 1.so 2.so 3.so && modseal strip 1.so 2.so 3.so && cmp 2.so plain.so
}
check "several files at once" several
for hash in sha256 sha384 sha512; do
	signs_with() { sign --force --hash "$hash" a.so && verify key.pem a.so && facts a.so signer.algorithm ".*$hash"; }
	check "sign --hash $hash" signs_with
	signs_rsa() {
		modseal sign --key rsa.key --certificate rsa.pem --force --hash "$hash" --padding pss a.so &&
			verify rsa.pem a.so && facts a.so signer.algorithm ".*pss.*$hash"
	}
	check "sign --padding pss --hash $hash" signs_rsa
done
pkcs1() {
	modseal sign --key rsa.key --certificate rsa.pem --force --padding pkcs1 a.so &&
		verify rsa.pem a.so && ! facts a.so signer.algorithm '.*pss.*'
}
check "sign --padding pkcs1" pkcs1
fresh d.so
detached() { sign --detached d.so && cmp d.so plain.so && [ -s d.so.p7s ] && verify key.pem d.so; }
check "sign --detached writes a file beside" detached
check "the verdict names the evidence: detached" member evidence '"detached"' verify key.pem d.so
check "sign --detached refuses to write over a signature by another key" \
	refuses 1 ALREADY_SIGNED sign by_rsa --detached d.so
check "and leaves one by the same key alone" skips sign --detached d.so
check "sign --detached --force" sign --detached --force d.so
says_where() { sign --detached --force d.so | grep -q "$(printf '^\toutput: .*/d.so.p7s$')"; }
check "and says where it is" says_where
check "in JSON too" member output "\"$(realpath .)/d.so.p7s\"" sign --detached --force d.so
mkdir real
mv d.so d.so.p7s real && ln -s real/d.so d.so
check "verify through a link finds it beside the file" verify key.pem d.so
inspects_link() { facts d.so evidence detached; }
check "inspect too" inspects_link
linked() { sign --detached --force d.so | grep -q '/real/d.so.p7s$' && [ ! -e d.so.p7s ] && verify key.pem d.so; }
check "sign --detached writes beside what a link leads to" linked
cp real/d.so.p7s d.so.p7s && rm real/d.so.p7s
check "beside the link nothing is looked for" refuses 1 SIGNATURE_MISSING evidence verify key.pem d.so
mv d.so.p7s real
check "sign --detached --append" \
	modseal sign --key rsa.key --certificate rsa.pem --detached --append d.so
check "verify accepts both" verify rsa.pem --evidence detached d.so
printf x >>real/d.so
check "sign --append refuses where the file was changed since" \
	refuses 1 SIGNATURE_INVALID evidence modseal sign --key p384.key --certificate p384.pem \
	--detached --append d.so
rm -r d.so real && fresh d.so && sign --detached d.so >/dev/null
check "verify --evidence detached" verify key.pem --evidence detached d.so
check "verify --evidence appended where there is none" \
	refuses 1 SIGNATURE_MISSING evidence verify key.pem --evidence appended d.so
fresh e.so
sign e.so >/dev/null
check "verify --evidence appended" verify key.pem --evidence appended e.so
check "verify --evidence detached where there is none" \
	refuses 1 SIGNATURE_MISSING evidence verify key.pem --evidence detached e.so
modseal sign --key leaf.key --certificate leaf.pem --force e.so >/dev/null
check "verify --trust chain accepts what the authority's leaf signed" \
	verify ca.pem --trust chain e.so
check "verify --trust pinned does not" refuses 1 SIGNER_NOT_ALLOWED evidence \
	verify ca.pem --trust pinned e.so
check "pinned is the default" refuses 1 SIGNER_NOT_ALLOWED evidence verify ca.pem e.so
check "verify --trust chain with an authority that did not" \
	refuses 1 SIGNER_NOT_ALLOWED evidence verify p384.pem --trust chain e.so
from_pipe() { verify leaf.pem - <e.so && (cat e.so) | modseal verify --certificate leaf.pem -; }
check "verify - reads standard input" from_pipe
empty_input() { exits 1 verify leaf.pem - </dev/null; }
check "verify - with nothing to read" empty_input
flipped() {
	cp e.so x.so && printf '\377' | dd of=x.so bs=1 seek=100 conv=notrunc 2>/dev/null
	refuses 1 SIGNATURE_INVALID evidence verify leaf.pem x.so
}
check "verify refuses a changed byte" flipped
option_like() {
	cp e.so ./--json && modseal verify --certificate leaf.pem -- --json | grep -q '^--json: accepted' &&
		modseal verify -- --json --certificate 2>/dev/null
	[ $? = 3 ]
}
check "after -- there are no options" option_like
check "options may follow operands" modseal verify e.so --certificate leaf.pem
posixly() { POSIXLY_CORRECT=1 modseal verify e.so --certificate leaf.pem; }
check "whatever POSIXLY_CORRECT says" posixly

# ---- bad input -------------------------------------------------------------------------

fresh a.so
rm -f messages
check "sign: no such file" refuses 3 NOT_FOUND open sign nowhere.so
check "verify: no such file" refuses 3 NOT_FOUND open verify key.pem nowhere.so
check "inspect: no such file" refuses 3 NOT_FOUND open modseal inspect nowhere.so
check "strip: no such file" refuses 3 NOT_FOUND open modseal strip nowhere.so
mkdir nothing
check "sign: a directory with nothing to sign" exits 3 sign nothing
mkfifo fifo
check "R76 a FIFO does not hang" refuses 1 NOT_REGULAR open verify key.pem fifo
check "sign: not an ELF file" refuses 1 TYPE_MISMATCH sign sign f.c
printf 'modseal-policy: 1\n' >like-a-policy
check "R13 sign: one of modseal's own formats" refuses 1 TYPE_MISMATCH sign sign like-a-policy
: >empty
check "sign: an empty file" refuses 1 TYPE_MISMATCH sign sign empty
check "no such key" refuses 3 NOT_FOUND key modseal sign --key none.key --certificate key.pem a.so
check "no such certificate" \
	refuses 3 NOT_FOUND key modseal sign --key key.key --certificate none.pem a.so
check "a key that is none" \
	refuses 1 KEY_INVALID key modseal sign --key f.c --certificate key.pem a.so
check "a certificate that is none" \
	refuses 1 CERTIFICATE_INVALID key modseal sign --key key.key --certificate f.c a.so
check "verify: a certificate that is none" refuses 1 CERTIFICATE_INVALID key verify f.c e.so
check "key and certificate do not belong together" \
	refuses 1 KEY_MISMATCH key modseal sign --key key.key --certificate p384.pem a.so
openssl pkcs8 -topk8 -in key.key -out locked.key -passout pass:secret 2>/dev/null
locked() { modseal sign --key locked.key --certificate key.pem "$@"; }
printf 'wrong\n' >wrong
check "a wrong passphrase" refuses 1 KEY_PASSPHRASE key locked --passphrase-file wrong a.so
no_terminal() { setsid "$MODSEAL" sign --key locked.key --certificate key.pem "$@"; }
check "an encrypted key and no passphrase" refuses 1 KEY_PASSPHRASE key no_terminal a.so
names_options() { no_terminal a.so 2>&1 | grep -q '(give one with --passphrase-file, '; }
check "and says how to give one" names_options
check "a passphrase file that is not there" \
	refuses 3 NOT_FOUND key locked --passphrase-file none a.so
check "an empty passphrase file" refuses 1 KEY_PASSPHRASE key locked --passphrase-file empty a.so
head -c 2000 /dev/zero | tr '\0' a >long
check "a passphrase that is too long" refuses 1 KEY_PASSPHRASE key locked --passphrase-file long a.so
printf 'a\0b\n' >nul
check "a passphrase with a NUL byte" refuses 1 KEY_PASSPHRASE key locked --passphrase-file nul a.so
names_nul() { locked --passphrase-file nul a.so 2>&1 | grep -q "'nul': the passphrase holds a NUL byte"; }
check "and says so" names_nul
check "a variable that is not set" \
	refuses 3 NOT_FOUND key locked --passphrase-env MODSEAL_NO_SUCH_VARIABLE a.so
check "a descriptor that is not open" refuses 3 SYSTEM key locked --passphrase-fd 9 a.so

# What follows needs a user whom permissions stop.
if [ "$(id -u)" = 0 ]; then
	if command -v setpriv >/dev/null; then
		as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$MODSEAL" "$@"; }
	else
		as_user=''
	fi
	chmod 755 .
else
	as_user() { "$MODSEAL" "$@"; }
fi
if [ "${as_user-set}" = set ]; then
	mkdir own && cp key.key key.pem plain.so own && chmod 755 own && chmod 644 own/key.key
	cp own/key.key unreadable.key && chmod 000 unreadable.key
	check "an unreadable key" refuses 3 SYSTEM key \
		as_user sign --key unreadable.key --certificate key.pem own/plain.so
	chmod 600 unreadable.key
	cp plain.so unreadable.so && chmod 000 unreadable.so
	check "an unreadable file" refuses 3 SYSTEM open as_user inspect unreadable.so
	chmod 600 unreadable.so
	chmod 555 own
	check "a target that cannot be written" refuses 3 NOT_WRITABLE sign \
		as_user sign --key own/key.key --certificate own/key.pem own/plain.so
	check "an output that cannot be written" refuses 3 NOT_WRITABLE sign \
		as_user sign --key own/key.key --certificate own/key.pem --output own/x.so own/plain.so
	chmod 755 own
else
	skip "unreadable and read-only files" "root without setpriv"
fi
distinct() { # one sentence for each kind of refusal
	sort -u messages | sed 's/^[A-Z_]* //' | uniq -d
}
check "different refusals have different messages" nothing distinct

# ---- passphrases -----------------------------------------------------------------------

unlocks() { # unlocks COMMAND...: signs, and the result verifies
	fresh p.so && "$@" && verify key.pem p.so
}
printf 'secret\nsecond line\n' >secret
printf 'secret' >bare
with_fd() { locked --passphrase-fd 3 p.so 3<secret; }
with_environment() { SECRET=secret locked --passphrase-env SECRET p.so; }
check "--passphrase-file" unlocks locked --passphrase-file secret p.so
check "--passphrase-file without a newline at its end" unlocks locked --passphrase-file bare p.so
check "--passphrase-fd" unlocks with_fd
check "--passphrase-env" unlocks with_environment
check "a passphrase that is not needed does no harm" \
	unlocks modseal sign --key key.key --certificate key.pem --passphrase-file secret p.so
openssl pkcs8 -topk8 -in ca.key -out locked-ca.key -passout pass:secret 2>/dev/null
check "keygen --passphrase-file opens the issuer's key" \
	modseal keygen under --issuer locked-ca.key,ca.pem --passphrase-file secret
silent() { # the passphrase is not in any output
	locked --passphrase-file secret p.so --force >out 2>&1
	locked --passphrase-file wrong p.so --force >>out 2>&1
	! grep -e secret -e wrong out
}
check "no passphrase is ever printed" silent
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	typed() { # typed TEXT: what comes to the terminal while TEXT is typed at the prompt
		fresh p.so
		(sleep 1; printf '%s\n' "$1"; sleep 1) |
			script -qec "'$MODSEAL' sign --key locked.key --certificate key.pem p.so" /dev/null
	}
	asks() {
		typed secret >out && verify key.pem p.so && grep -q "Passphrase of 'locked.key': " out &&
			! grep secret out
	}
	check "a terminal is asked, without echo" asks
	asks_wrong() { typed wrong >out; grep -q 'passphrase' out && cmp p.so plain.so; }
	check "a wrong passphrase typed" asks_wrong
else
	skip "the prompt" "no terminal can be made here"
fi
