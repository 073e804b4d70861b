#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# digest and attach: what is in a request, what is refused, and that one wrong signature among many
# leaves every file as it was. The foreign signers are in tests/interop/two_steps.sh.
# emulated
. tests/lib.sh
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }
sums() { find . -path ./asked -prune -o -type f ! -name '.*' ! -name '*.json' ! -name out ! -name err -exec sha256sum {} + | sort; }
# answers STATUS CODE COMMAND...: the JSON says so, and no file has changed
answers() {
	status=$1 code=$2
	shift 2
	before=$(sums)
	"$@" --json >out 2>err </dev/null
	got=$?
	[ "$got" = "$status" ] || { echo "exit $got, wanted $status: $(cat out err)" >&2; return 1; }
	[ ! -s err ] || { echo "a message besides JSON: $(cat err)" >&2; return 1; }
	grep -q "\"code\": \"$code\"" out || { echo "wanted $code: $(cat out)" >&2; return 1; }
	[ "$(sums)" = "$before" ] || { echo "a file changed" >&2; return 1; }
	[ -z "$(find . -name '.modseal-*')" ] || { echo "something was left behind" >&2; return 1; }
}
sign_all() { # sign_all KEY: all that was asked for
	for in in asked/*.digest; do
		openssl pkeyutl -sign -inkey "$1" -pkeyopt digest:sha256 -in "$in" -out "${in%.digest}.sig" || return 1
	done
}
fresh() {
	rm -rf files asked && mkdir files
	for i in 1 2 3; do printf '\177ELF number %s\n' $i >files/$i.so; done
}
ask() { modseal digest --certificate key.pem --output request.json --directory asked "$@"; }
attach() { modseal attach --certificate key.pem --signatures asked request.json "$@"; }
modseal keygen key >/dev/null && modseal keygen other >/dev/null && modseal keygen rsa --algorithm rsa3072 >/dev/null || exit 99

# ---- requests ----------------------------------------------------------------------------------

request_member() { python3 -c "import json, sys; r = json.load(open('request.json')); print($1)"; }
digest_bytes() {
	id=$(sha256sum <files/2.so | cut -d' ' -f1)
	[ "$(od -An -v -tx1 asked/"$id".digest | tr -d ' \n')" = "$id" ]
}
plain_request() {
	fresh && ask files/*.so &&
		[ "$(request_member 'r["modseal-request"], r["form"], r["algorithm"], len(r["files"])')" = \
			"1 appended ecdsa-p256-sha256 3" ] &&
		[ "$(request_member 'r["files"][1]["id"]')" = "$(sha256sum <files/2.so | cut -d' ' -f1)" ] &&
		[ "$(request_member 'r["files"][1]["size"]')" = "$(stat -c %s files/2.so)" ] &&
		[ "$(request_member 'r["certificate"]')" = \
			"$(openssl x509 -in key.pem -outform DER | sha256sum | cut -d' ' -f1)" ] &&
		[ "$(request_member '"message" in r["files"][1]')" = False ]
}
check "a request names algorithm, form, certificate, and what is signed of each file" plain_request
check "the digest lies there in binary" digest_bytes
beside() {
	fresh && ask --detached --hash sha384 files/1.so &&
		[ "$(request_member 'r["form"], r["algorithm"]')" = "detached ecdsa-p256-sha384" ] &&
		[ "$(sha384sum <"$(ls asked/*.message)" | cut -d' ' -f1)" = "$(request_member 'r["files"][0]["id"]')" ]
}
check "a request for signatures beside has the attributes as its message" beside
signed_is_asked_as_unsigned() {
	fresh && ask files/1.so && cp request.json unsigned.json &&
		modseal sign --key other.key --certificate other.pem files/1.so >/dev/null &&
		ask files/1.so && cmp request.json unsigned.json
}
check "what is signed already is asked for by the same bytes" signed_is_asked_as_unsigned
odd_names() {
	fresh && mv files/1.so "files/$(printf 'a\nb.so')" && mv files/2.so "files/$(printf '\377.so')" &&
		ask files/* && sign_all key.key && attach >/dev/null &&
		[ "$(modseal verify --certificate key.pem files/* | grep -c ': accepted')" = 3 ]
}
check "names with newlines and bytes that are no text go through" odd_names
directories() {
	fresh && mkdir files/below && for i in 1 2 below/3; do cp "$DATA/signature/small.so" files/$i.so; done &&
		rm files/3.so && echo text >files/text && ask files &&
		[ "$(request_member '[f["path"] for f in r["files"]]')" = "['files/1.so', 'files/2.so', 'files/below/3.so']" ] &&
		printf 'files/2.so\0files/1.so' | modseal digest --certificate key.pem --files-from - --null --output request.json &&
		[ "$(request_member '[f["path"] for f in r["files"]]')" = "['files/2.so', 'files/1.so']" ]
}
check "directories and lists of names" directories
nothing_there() { mkdir empty && answers 3 NOT_FOUND modseal digest --certificate key.pem empty; }
check "a directory with nothing to sign" nothing_there
not_elf() {
	fresh && echo text >files/text && rm files/*.so && ask --detached --any files/text && sign_all key.key &&
		answers 1 TYPE_MISMATCH attach && attach --any >/dev/null &&
		modseal verify --certificate key.pem --evidence detached --any files/text >/dev/null
}
check "what is not ELF, where it is said on both sides" not_elf
several_names() {
	fresh && ask files/1.so && sign_all key.key && ln files/1.so other.so && answers 3 NOT_WRITABLE attach &&
		grep -q '"remedy": "break the link with --break-links"' out &&
		attach --break-links >/dev/null && modseal verify --certificate key.pem files/1.so >/dev/null &&
		[ "$(head -c 4 other.so | od -An -c | tr -d ' ')" = '177ELF' ]
}
check "a file with several names" several_names
rm -f other.so
one_bad_file() {
	fresh && echo text >files/2.so && ! ask files/*.so 2>err && grep -q "files/2.so" err && [ ! -e request.json ]
}
rm -f request.json
check "where a file cannot be signed nothing is asked for" one_bad_file
fresh
check "no such file" answers 3 NOT_FOUND modseal digest --certificate key.pem files/none.so
check "no such certificate" answers 3 NOT_FOUND modseal digest --certificate none.pem files/1.so
check "a folder that cannot be made" answers 3 NOT_WRITABLE \
	modseal digest --certificate key.pem --directory key.pem/x files/1.so
check "a request that cannot be written" answers 3 NOT_WRITABLE \
	modseal digest --certificate key.pem --output none/request.json files/1.so

# ---- attaching ---------------------------------------------------------------------------------

asked() { fresh && ask files/*.so && sign_all key.key; }
attaches() {
	asked && chmod 640 files/1.so && touch -d @1700000000 files/1.so && attach >out &&
		[ "$(stat -c %Y files/1.so)" = 1700000000 ] && [ "$(grep -c ': signed$' out)" = 3 ] &&
		[ "$(stat -c %a files/1.so)" = 640 ] && [ -z "$(find . -name '.modseal-*')" ] &&
		[ "$(modseal verify --certificate key.pem files/*.so | grep -c ': accepted')" = 3 ]
}
check "all signatures are put on their files" attaches
again() { attach >out && [ "$(grep -c ': signed already$' out)" = 3 ]; }
before=$(sums)
check "it can be repeated" again
check "and changes nothing then" [ "$(sums)" = "$before" ]
asked
printf 'x' | dd of=asked/"$(sha256sum <files/2.so | cut -d' ' -f1)".sig bs=1 seek=20 conv=notrunc 2>/dev/null
check "one wrong signature among three: none is written" answers 1 SIGNATURE_INVALID attach
asked && sign_all other.key
check "signatures by another key" answers 1 SIGNATURE_INVALID attach
asked && echo more >>files/3.so
check "a file that was changed since" answers 1 CHANGED attach
asked && rm asked/"$(sha256sum <files/3.so | cut -d' ' -f1)".sig
check "a signature is missing" answers 3 NOT_FOUND attach
asked && : >asked/"$(sha256sum <files/3.so | cut -d' ' -f1)".sig
check "a signature is empty" answers 2 ARGUMENT attach
asked && mkfifo "asked/$(sha256sum <files/3.so | cut -d' ' -f1).fifo" &&
	mv asked/*.fifo "asked/$(sha256sum <files/3.so | cut -d' ' -f1).sig"
check "a FIFO is not waited for" answers 1 NOT_REGULAR timeout 10 "$MODSEAL" attach --certificate key.pem \
	--signatures asked request.json
asked && rm "asked/$(sha256sum <files/3.so | cut -d' ' -f1).sig" &&
	ln -s /dev/zero "asked/$(sha256sum <files/3.so | cut -d' ' -f1).sig"
check "nor is a device read" answers 1 NOT_REGULAR attach
asked
check "no signatures in the request" answers 2 ARGUMENT modseal attach --certificate key.pem request.json
check "another certificate" answers 1 KEY_MISMATCH \
	modseal attach --certificate other.pem --signatures asked request.json
asked && rm files/2.so
check "a file is gone" answers 3 NOT_FOUND attach
asked && modseal sign --key other.key --certificate other.pem files/1.so >/dev/null
check "signed by others meanwhile" answers 1 ALREADY_SIGNED attach
beside_others() {
	attach --append >out && [ "$(modseal verify --certificate other.pem files/1.so | grep -c ': accepted')" = 1 ] &&
		[ "$(modseal verify --certificate key.pem files/*.so | grep -c ': accepted')" = 3 ]
}
check "--append keeps the others" beside_others
in_their_place() {
	asked && modseal sign --key other.key --certificate other.pem files/1.so >/dev/null && attach --force >out &&
		exits 1 modseal verify --certificate other.pem files/1.so >/dev/null 2>&1 &&
		[ "$(modseal verify --certificate key.pem files/*.so | grep -c ': accepted')" = 3 ]
}
check "--force replaces them" in_their_place
asked && exec 9<files/3.so && flock -x 9
check "a file that somebody else is signing: none is written" answers 1 CHANGED attach
exec 9<&-
asked && chmod 400 files/2.so
if [ "$(id -u)" = 0 ]; then
	skip "a file that may not be written" "root may"
else
	check "a file that may not be written: none is" answers 3 NOT_WRITABLE attach
fi

# the request comes from outside: each of these is answered, none crashes or writes
bad_request() { # bad_request NAME TEXT
	printf '%s' "$2" >bad.json
	check "$1" answers 2 ARGUMENT modseal attach --certificate key.pem --signatures asked bad.json
}
fresh
bad_request "a request that is no JSON" '{"modseal-request": 1'
bad_request "a request that is a list" '[]'
bad_request "another format" '{"modseal-request": 2}'
bad_request "a request without files" '{"modseal-request": 1, "form": "appended", "algorithm": "x", "certificate": "y"}'
certificate=$(openssl x509 -in key.pem -outform DER | sha256sum | cut -d' ' -f1)
known="\"modseal-request\": 1, \"form\": \"appended\", \"algorithm\": \"ecdsa-p256-sha256\", \"certificate\": \"$certificate\""
bad_request "a form that is none" "$(echo "{$known, \"files\": [{}]}" | sed 's/appended/ima/')"
bad_request "an entry that is no object" "{$known, \"files\": [3]}"
bad_request "an entry without a path" "{$known, \"files\": [{\"id\": \"00\"}]}"
bad_request "an entry without an id" "{$known, \"files\": [{\"path\": \"files/1.so\"}]}"
bad_request "an id that leads out of the folder" "{$known, \"files\": [{\"path\": \"files/1.so\", \"id\": \"../key\"}]}"
bad_request "a path with a NUL" "{$known, \"files\": [{\"path\": \"files/1.so\", \"path-base64\": \"AGE=\", \"id\": \"00\"}]}"
bad_request "a member given twice" "{$known, $known, \"files\": []}"
bad_request "an algorithm of another kind of key" \
	"$(echo "{$known, \"files\": [{}]}" | sed 's/ecdsa-p256-sha256/rsa-pss-sha256/')"
bad_signature() {
	printf '%s' "{$known, \"files\": [{\"path\": \"files/1.so\", \"id\": \"00\", \"signature\": \"$1\"}]}" >bad.json
	answers "$2" "$3" modseal attach --certificate key.pem bad.json
}
for text in '' '=' '====' 'A===' 'AB=C' 'AAA' 'AB==' 'AA A' 'AAAA='; do
	check "no Base64: '$text'" bad_signature "$text" 2 ARGUMENT
done
check "Base64, but no signature" bad_signature AA== 1 CHANGED
check "no request" answers 3 NOT_FOUND modseal attach --certificate key.pem none.json

# ---- killed ------------------------------------------------------------------------------------

# killed anywhere, every file is what it was or well signed, and repeating it completes it
killed() {
	rm -rf many && mkdir many
	for i in $(seq 40); do printf '\177ELF number %s\n' "$i" >"many/$i.so"; done
	cp -a many plain
	rm -rf asked && ask many/*.so && sign_all key.key || return 1
	for round in $(seq "${1:-8}"); do
		rm -rf many && cp -a plain many
		"$MODSEAL" attach --certificate key.pem --signatures asked request.json >out 2>&1 &
		child=$!
		sleep "0.0$round"
		kill -9 $child 2>/dev/null
		wait $child 2>/dev/null
		for file in many/*.so; do
			cmp -s "$file" "plain/${file#many/}" || modseal verify --certificate key.pem "$file" >/dev/null || return 1
		done
		attach >out && [ "$(grep -c ': signed' out)" = 40 ] || return 1
	done
}
check "killed at any moment, and repeated" killed
