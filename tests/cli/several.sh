#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Several signatures on a file: other algorithms side by side, one signer taken off, one signer in
# another's place, in the file and beside it.
# emulated
# plain
. tests/lib.sh
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }
answers() { # answers STATUS CODE COMMAND...: and no file has changed
	status=$1 code=$2
	shift 2
	before=$(sha256sum file.so* | sort)
	exits "$status" "$@" --json >out 2>err </dev/null || return 1
	grep -q "\"code\": \"$code\"" out || { cat out >&2; return 1; }
	[ "$(sha256sum file.so* | sort)" = "$before" ] || { echo "a file changed" >&2; return 1; }
}
for key in first second third; do modseal keygen $key >/dev/null || exit 99; done
modseal keygen rsa --algorithm rsa3072 >/dev/null || exit 99
cp "$DATA/signature/p384.key" p384.key && cp "$DATA/signature/p384.pem" p384.pem || exit 99
printf '\177ELF a library' >plain

sign() { key=$1; shift; modseal sign --key "$key.key" --certificate "$key.pem" "$@" file.so; }
fresh() { rm -f file.so*; cp plain file.so; }
# by NAMES...: exactly these keys have signed it
by() {
	for key in first second third rsa p384; do
		case " $* " in
		*" $key "*) modseal verify --certificate $key.pem $beside file.so ;;
		*) exits 1 modseal verify --certificate $key.pem $beside file.so ;;
		esac >/dev/null 2>said || { echo "$key: $(cat said)" >&2; return 1; }
	done
}
beside=

for place in '' --detached; do
	beside=${place:+--evidence detached}
	where=${place:+ beside}
	side_by_side() {
		fresh && sign first $place && sign rsa $place --append --padding pss && sign p384 $place --append &&
			by first rsa p384
	}
	check "signatures of three algorithms side by side$where" side_by_side
	one_off() { modseal strip --signer rsa.pem $place file.so && by first p384; }
	check "one signer taken off, the others stay$where" one_off
	# shellcheck disable=SC2086 # an option or none
	check "a signer who has not signed$where" answers 1 SIGNATURE_MISSING modseal strip --signer second.pem $place file.so
	check "a certificate that is not there$where" answers 3 NOT_FOUND modseal strip --signer none.pem $place file.so
	in_place_of() { sign second --replace first.pem $place && by second p384; }
	check "one signer in another's place$where" in_place_of
	# shellcheck disable=SC2086
	check "a signer whose place nobody had$where" answers 1 SIGNATURE_MISSING \
		modseal sign --key third.key --certificate third.pem --replace first.pem $place file.so
	both_there() { sign first --append $place && sign second --replace first.pem $place && by second p384; }
	check "in its place though it has signed before$where" both_there
	last_off() {
		modseal strip --signer p384.pem $place file.so && by second && modseal strip --signer second.pem $place file.so &&
			cmp file.so plain && [ ! -e file.so.p7s ]
	}
	check "with the last signature the file is what it was$where" last_off
done
beside=
same_bytes() {
	fresh && touch -d @1700000000 file.so && sign first && cp file.so one && sign rsa --append &&
		modseal strip --signer rsa.pem file.so && cmp file.so one && modseal strip file.so && cmp file.so plain &&
		[ "$(stat -c %Y file.so)" = 1700000000 ]
}
check "a signature that came and went leaves no trace" same_bytes
into_another() {
	fresh && sign first && sign rsa --append && cp file.so two && modseal strip --signer first.pem --output other.so file.so &&
		cmp file.so two && mv other.so file.so && by rsa
}
check "the result written elsewhere" into_another
# keys that nothing could be signed with any more are those that are taken off
expired() {
	cp "$DATA/signature/expired.key" old.key &&
		openssl req -x509 -key old.key -subj /CN=old -days 9 -addext extendedKeyUsage=codeSigning -out old.pem 2>err &&
		fresh && sign old && sign rsa --append &&
		exits 1 modseal sign --key old.key --certificate "$DATA/signature/expired.pem" --force file.so 2>err &&
		modseal strip --signer "$DATA/signature/expired.pem" file.so && by rsa
}
check "by a certificate that has expired, of the same key" expired
changed_since() {
	fresh && sign first && sign rsa --append && python3 - <<'EOF'
data = bytearray(open("file.so", "rb").read())
data[6] ^= 1
open("file.so", "wb").write(data)
EOF
}
changed_since
gone_though_wrong() { modseal strip --signer rsa.pem --output other.so file.so && [ "$(head -c 14 other.so | od -c)" = "$(head -c 14 file.so | od -c)" ]; }
check "wrong signatures that go by its name are taken off too" gone_though_wrong
fresh && sign first >/dev/null
check "no signature at all" answers 1 SIGNATURE_MISSING modseal strip --signer first.pem plain
check "a signer's own place" answers 2 ARGUMENT modseal sign --key first.key --certificate first.pem --replace first.pem file.so
for option in --append --force --ima; do
	check "--replace and $option" exits 2 "$MODSEAL" sign --key second.key --certificate second.pem --replace first.pem $option file.so
done
check "--detached without a signer" exits 2 "$MODSEAL" strip --detached file.so
check "--detached and an output" exits 2 "$MODSEAL" strip --detached --signer first.pem --output x file.so
