#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal catalog: made, signed, shown, verified, used; and the story of an upgrade.
. tests/lib.sh
. tests/policy.sh
for key in cats second; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
catalog() { "$MODSEAL" catalog "$@"; }
by() { key=$1; shift; "$@" --key "$REAL/$key.key" --certificate "$REAL/$key.pem"; }
says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
export SOURCE_DATE_EPOCH=1769904000

TREE=$REAL/tree
mkdir -p "$TREE/usr/lib/sub" "$TREE/usr/bin" "$TREE/etc"
echo 'int one(void) { return 1; }' >"$WORK/one.c"
echo 'int main(void) { return 0; }' >"$WORK/main.c"
${CC:-cc} -shared -fPIC -o "$TREE/usr/lib/libone.so.1" "$WORK/one.c" -Wl,-soname,libone.so.1
${CC:-cc} -shared -fPIC -o "$TREE/usr/lib/sub/a plugin.so" "$WORK/one.c"
${CC:-cc} -o "$TREE/usr/bin/program" "$WORK/main.c"
${CC:-cc} -c -o "$TREE/usr/lib/one.o" "$WORK/one.c"
cp "$TREE/usr/lib/one.o" "$TREE/usr/lib/one.ko"
echo '#!/bin/sh' >"$TREE/usr/bin/script"
: >"$TREE/etc/empty"
ln -s libone.so.1 "$TREE/usr/lib/libone.so"
ln -s usr/lib "$TREE/lib"
ln -s /usr/lib "$TREE/outside"

# ---- created --------------------------------------------------------------------------
create() { catalog create --name base --serial 1 --output "$REAL/base.cat" "$@"; }
check "a tree is listed" create "$TREE"
paths() { sed '1,4d; s/ .*//' "$1"; }
wanted_paths() { printf '%s\n' "$TREE/usr/bin/program" "$TREE/usr/lib/libone.so.1" "$TREE/usr/lib/one.ko" \
	"$TREE/usr/lib/sub/a\\x20plugin.so"; }
same_paths() { wanted_paths >"$WORK/a"; paths "$REAL/base.cat" >"$WORK/b"; diff "$WORK/a" "$WORK/b" >&2; }
check "libraries, programs and kernel modules by their real paths, sorted, no links" same_paths
check "the head is what was asked for" says "name: base
serial: 1
issued: 2026-02-01T00:00:00Z" head -4 "$REAL/base.cat"
check "as sort says" sh -c "sed 1,4d '$REAL/base.cat' | LC_ALL=C sort -c"
line() { printf '%s %s sha256:%s\n' "$1" "$(stat -c %s "$1")" "$(sha256sum "$1" | cut -d' ' -f1)"; }
check "a line is what stat and sha256sum say" grep -qxF "$(line "$TREE/usr/lib/libone.so.1")" "$REAL/base.cat"
cp "$REAL/base.cat" "$WORK/first.cat"
create "$TREE/usr/lib/sub" "$TREE/usr" "$TREE/usr/lib/libone.so.1" "$TREE/lib/libone.so" >"$WORK/log"
check "the same files give the same bytes, in any order, named once or twice" cmp "$REAL/base.cat" "$WORK/first.cat"
check "the time may be said" sh -c "'$MODSEAL' catalog create --name base --serial 1 --issued 2027-01-01T00:00:00Z \
	--output '$REAL/base.cat' '$TREE' && grep -q '^issued: 2027-01-01T00:00:00Z$' '$REAL/base.cat'"
create --all "$TREE" >"$WORK/log"
check "--all lists every regular file" [ "$(paths "$REAL/base.cat" | wc -l)" = 7 ]
check "an empty one too" grep -q "/etc/empty 0 sha256:e3b0c442" "$REAL/base.cat"
create --digest sha512 --digest fsverity-sha256 --digest sha256 --digest sha384 "$TREE/usr/bin/program" >"$WORK/log"
digests="fsverity-sha256:$("$MODSEAL" inspect "$TREE/usr/bin/program" | sed -n 's/.*fsverity.sha256: //p')"
for digest in sha256 sha384 sha512; do
	digests="$digests $digest:$(${digest}sum "$TREE/usr/bin/program" | cut -d' ' -f1)"
done
check "all digests, as the tools take them" grep -qF " $digests" "$REAL/base.cat"
check "JSON says how many" says '"catalog": "base", "catalog-serial": 1, "listed": 4, "left-out": 3' create --json "$TREE"
# content: without the container
cp "$TREE/usr/lib/libone.so.1" "$REAL/signed.so"
sign_with release "$REAL/signed.so" >"$WORK/log"
create "$REAL/signed.so" >"$WORK/log"
check "digest and size of a signed file are of its content" grep -qxF \
	"$(line "$TREE/usr/lib/libone.so.1" | sed "s|^[^ ]*|$REAL/signed.so|")" "$REAL/base.cat"
# an image
create --root "$TREE" /usr /lib/libone.so >"$WORK/log"
check "inside of an image paths are the image's" [ "$(paths "$REAL/base.cat")" = "$(wanted_paths | sed "s|^$TREE||")" ]
check "a link out of the image is refused" refused ARGUMENT create --root "$TREE" /outside
check "with its target" says "it leads out of the root, to /usr/lib" create --root "$TREE" /outside
check "the whole image" create --root "$TREE" /
check "and with a slash at its end" create --root "$TREE/" /

# ---- refused --------------------------------------------------------------------------
cp "$REAL/base.cat" "$WORK/kept.cat"
check "nothing to list" refused NOT_FOUND create "$TREE/etc"
check "says what can be done" says "list all with --all" create "$TREE/etc"
check "no such file" refused NOT_FOUND create "$TREE/none"
check "a file that is none" refused NOT_REGULAR create /dev/null
check "what is no catalog is not replaced" refused EXISTS catalog create --name base --serial 1 \
	--output "$TREE/usr/bin/script" "$TREE/usr"
check "and is as it was" [ "$(cat "$TREE/usr/bin/script")" = '#!/bin/sh' ]
printf '\001' >"$TREE/usr/lib/$(printf 'a\001b').txt"
check "a name with control characters is no matter where it is left out" create "$TREE"
check "and refused where it would be listed" refused ARGUMENT create --all "$TREE"
rm "$TREE/usr/lib/$(printf 'a\001b').txt"
{ cat "$TREE/usr/lib/libone.so.1"; printf '%040d~Module signature appended~\n' 0; } >"$REAL/broken.so"
check "a broken container" refused SIGNATURE_MALFORMED create "$REAL/broken.so"
create --root "$TREE" / >"$WORK/log"
check "a refusal leaves the old catalog there" cmp "$REAL/base.cat" "$WORK/kept.cat"
check "no temporary file is left behind" [ -z "$(find "$REAL" -name '.modseal-*')" ]
for options in "--serial 1" "--name base"; do
	# shellcheck disable=SC2086 # words are wanted
	check "the options are needed: only $options" exits 2 catalog create $options --output "$WORK/x.cat" "$TREE"
done
check "--output is needed" exits 2 catalog create --name base --serial 1 "$TREE"
for serial in 01 -1 x 9007199254740992 99999999999999999999 ''; do
	check "a serial is not '$serial'" exits 2 catalog create --name base --serial "$serial" --output "$WORK/x.cat" "$TREE"
done
check "the highest serial" catalog create --name base --serial 9007199254740991 --output "$WORK/x.cat" "$TREE"
check "a name has no space" refused ARGUMENT catalog create --name 'a b' --serial 1 --output "$WORK/x.cat" "$TREE"
check "a time has a form" refused ARGUMENT create --issued 2027-01-01 "$TREE"
check "an unknown digest" refused ARGUMENT create --digest md5 "$TREE"
check "a digest twice" refused ARGUMENT create --digest sha256 --digest sha256 "$TREE"
check "a key without its certificate" exits 2 create --key "$REAL/cats.key" "$TREE"
check "--root wants absolute paths" exits 2 create --root "$TREE" usr
check "SOURCE_DATE_EPOCH is a number" exits 2 env SOURCE_DATE_EPOCH=x "$MODSEAL" catalog create --name base --serial 1 \
	--output "$WORK/x.cat" "$TREE"

# ---- signed ---------------------------------------------------------------------------
check "listed and signed at once" by cats create "$TREE"
foreign() { openssl cms -verify -binary -inform DER -in "$REAL/base.cat.p7s" -content "$REAL/base.cat" \
	-CAfile "$REAL/$1.pem" -certfile "$REAL/$1.pem" -purpose any -out "$WORK/out"; }
check "openssl cms accepts the signature" foreign cats
check "again, over other bytes" by cats create "$TREE/usr/lib"
check "the signature is the new one's" foreign cats
check "a signature that holds is not replaced" refused ALREADY_SIGNED by cats catalog sign "$REAL/base.cat"
check "but on demand" by cats catalog sign --force "$REAL/base.cat"
check "one by another key is not replaced either" refused ALREADY_SIGNED by second catalog sign "$REAL/base.cat"
check "but added" by second catalog sign --append "$REAL/base.cat"
check "both hold: the first" catalog verify "$REAL/base.cat" --certificate "$REAL/cats.pem"
check "both hold: the second" catalog verify "$REAL/base.cat" --certificate "$REAL/second.pem"
check "--append and --force" exits 2 by cats catalog sign --append --force "$REAL/base.cat"
sed 's/ sha256/  sha256/' "$REAL/base.cat" >"$WORK/wrong.cat"
check "a text that is not exactly right is not signed" refused CATALOG_INVALID by cats catalog sign "$WORK/wrong.cat"
check "R13 a library is not signed as a catalog" refused TYPE_MISMATCH by cats catalog sign "$REAL/signed.so"
printf 'modseal-policy: 1\n' >"$WORK/policy.cat"
check "R13 nor is a policy" refused TYPE_MISMATCH by cats catalog sign "$WORK/policy.cat"
check "R13 modseal sign names the right command" says "modseal catalog sign" by cats "$MODSEAL" sign "$REAL/base.cat"
check "R13 and refuses" refused TYPE_MISMATCH by cats "$MODSEAL" sign --detached "$REAL/base.cat"

# ---- shown ----------------------------------------------------------------------------
create "$TREE" >"$WORK/log"
check "show tells the head" says "issued: 2026-02-01T00:00:00Z" catalog show "$REAL/base.cat"
check "and the files by their names" says "file: $TREE/usr/lib/sub/a plugin.so, " catalog show "$REAL/base.cat"
check "JSON has them as objects" sh -c "'$MODSEAL' catalog show --json '$REAL/base.cat' |
	python3 -c 'import json,sys; o=json.load(sys.stdin); f=o[\"files\"]
assert o[\"catalog\"]==\"base\" and o[\"catalog-serial\"]==1 and o[\"verdict\"]==\"undecided\" and len(f)==4
assert f[3][\"path\"].endswith(\"/a plugin.so\") and len(f[3][\"digests\"][\"sha256\"])==64 and f[3][\"size\"]>0'"
printf '/z 1 version:9007199254740991 !x:00\n' >>"$REAL/base.cat"
check "a version is told" says "/z, 1 bytes, version 9007199254740991, !x:00" catalog show "$REAL/base.cat"
check "in JSON too" says '"version": 9007199254740991, "digests": {"!x": "00"}' catalog show --json "$REAL/base.cat"
check "what is no catalog" refused TYPE_MISMATCH catalog show "$REAL/signed.so"
check "a line that is wrong" refused CATALOG_INVALID catalog show "$WORK/wrong.cat"
check "is named" says "line 5: it has no digest" catalog show "$WORK/wrong.cat"
check "no such catalog" refused NOT_FOUND catalog show "$WORK/none.cat"

# ---- verified -------------------------------------------------------------------------
by cats create "$TREE" >"$WORK/log"
verified() { catalog verify "$REAL/base.cat" --certificate "$REAL/cats.pem" "$@"; }
check "the signature, and all files" verified
check "say how many" says "checked: 4" verified
check "a folder of them" says "checked: 3" verified "$TREE/usr/lib"
check "with a slash" says "checked: 3" verified "$TREE/usr/lib/"
check "one of them, twice named" says "checked: 2" verified "$TREE/usr/bin/program" "$TREE/usr/lib/one.ko"
check "JSON says how many" says '"catalog": "base", "catalog-serial": 1, "checked": 4' verified --json
check "a path that is not listed" refused SIGNATURE_MISSING verified "$TREE/usr/li"
check "names are absolute" exits 2 verified usr
check "the certificate is needed" exits 2 catalog verify "$REAL/base.cat"
check "another certificate" refused SIGNER_NOT_ALLOWED catalog verify "$REAL/base.cat" --certificate "$REAL/second.pem"
cp "$TREE/usr/bin/program" "$WORK/program"
printf X | dd of="$TREE/usr/bin/program" bs=1 seek=700 conv=notrunc status=none
check "a file that was changed" refused CATALOG_MISMATCH verified
check "the others are looked at as well, and nothing is said to be right" sh -c \
	"[ \"\$('$MODSEAL' catalog verify '$REAL/base.cat' --certificate '$REAL/cats.pem' --json | wc -l)\" = 1 ]"
cp "$WORK/program" "$TREE/usr/bin/program"
mv "$TREE/usr/lib/one.ko" "$WORK/one.ko"
check "a file that is missing" refused NOT_FOUND verified
mv "$WORK/one.ko" "$TREE/usr/lib/one.ko"
cp "$REAL/base.cat" "$WORK/bare.cat"
check "no signature beside it" refused SIGNATURE_MISSING catalog verify "$WORK/bare.cat" --certificate "$REAL/cats.pem"
echo >>"$REAL/base.cat"
check "R15 a byte more than was signed" refused SIGNATURE_INVALID verified
by cats create --root "$TREE" / >"$WORK/log"
check "an image from outside" verified --root "$TREE"
check "a folder of an image" says "checked: 3" verified --root "$TREE" /usr/lib
check "not the files of this machine" exits 3 verified

# an image is judged from outside, by the catalog of its files
${CC:-cc} -shared -fPIC -nostdlib -o "$TREE/usr/lib/libfree.so.1" "$WORK/one.c" -Wl,-soname,libfree.so.1
by cats create --root "$TREE" /usr >"$WORK/log"
write_policy "$REAL/image.yaml" "catalogs: [{name: base, file: base.cat, signers: [cats]}]" \
	"signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: $(
		sha256sum "$REAL/cats.pem" | cut -d' ' -f1)}" \
	"rule:{path: /usr/lib/**, evidence: [catalog], catalog: base, owners: [root, caller]}" >"$WORK/log"
image() { "$MODSEAL" verify --root "$TREE" --policy "$REAL/image.yaml" --anchor "$REAL/policy.pem" "$@"; }
check "a file of an image is looked up by its path there" says "listed in base of serial 1" image /usr/lib/libfree.so.1
check "also through a link of the image" image /lib/libfree.so.1
cp "$TREE/usr/lib/libone.so.1" "$TREE/usr/lib/libfree.so.1"
check "and refused where it is another" refused CATALOG_MISMATCH image /usr/lib/libfree.so.1
rm "$TREE/usr/lib/libfree.so.1"

# ---- an upgrade -----------------------------------------------------------------------
APP=$REAL/app
mkdir "$APP"
cp "$TREE/usr/lib/libone.so.1" "$APP"
new_catalog() { by cats catalog create --name app --serial "$1" --output "$REAL/app.cat" "$APP"; }
app_policy() { # app_policy MINIMUM
	write_policy "$REAL/policy.yaml" "catalogs: [{name: app, file: app.cat, signers: [cats], minimum-serial: $1}]" \
		"signer:cats: {trust: pinned, purposes: [catalog], certificate-file: $REAL/cats.pem, certificate-sha256: $(
			sha256sum "$REAL/cats.pem" | cut -d' ' -f1)}" \
		"rule:{path: $APP/**, evidence: [catalog], catalog: app, owners: [root, caller]}"
}
new_catalog 1 >"$WORK/log"
cp "$REAL/app.cat" "$WORK/one.cat"
cp "$REAL/app.cat.p7s" "$WORK/one.cat.p7s"
check "a policy for the catalog" app_policy 1
check "the package of today is accepted" load "$APP/libone.so.1" --symbol one
echo 'int one(void) { return 1; } int two(void) { return 2; }' >"$WORK/one.c"
${CC:-cc} -shared -fPIC -o "$APP/libone.new" "$WORK/one.c" -Wl,-soname,libone.so.1
mv "$APP/libone.new" "$APP/libone.so.1"
check "upgraded without its catalog it is refused" refused CATALOG_MISMATCH load "$APP/libone.so.1"
check "and what to do is said" says "after an upgrade install the catalog of the new packages" load "$APP/libone.so.1"
new_catalog 2 >"$WORK/log"
check "with the catalog of the new packages it is accepted" load "$APP/libone.so.1" --symbol two
check "R33 the next policy rules the old catalog out" app_policy 2
cp "$WORK/one.cat" "$REAL/app.cat"
cp "$WORK/one.cat.p7s" "$REAL/app.cat.p7s"
check "R33 which then is refused" refused ROLLBACK load "$APP/libone.so.1"
