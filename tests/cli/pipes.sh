#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# A named pipe whose other end nobody opens makes no command wait for ever; whatever comes by a
# pipe that somebody writes to, however late, is taken.
. tests/lib.sh

cd "$WORK" || exit 99
for key in key other; do "$MODSEAL" keygen $key >/dev/null || exit 99; done
"$MODSEAL" keygen ca --ca >/dev/null
echo secret >secret
openssl pkcs12 -export -inkey key.key -in key.pem -passout pass:secret -out key.p12
cp "$BUILD/lib/libmodseal.so" plain.so
printf '%s\n' plain.so >list
printf 'modseal-policy: 1\n' >draft.yaml

# silent NAME ARGUMENTS...: begun at once, as each waits for ten seconds; FIFO is a pipe of its own
silent() {
	name=$1
	shift
	names="$names $name"
	mkfifo "$name.pipe"
	cp plain.so "$name.so"
	(
		for word in "$@"; do
			shift
			set -- "$@" "$(printf '%s\n' "$word" | sed "s|FIFO|$name.pipe|; s|COPY|$name.so|")"
		done
		timeout 30 "$MODSEAL" "$@" >"$name.out" 2>"$name.err" </dev/null
		echo $? >"$name.status"
	) &
}
names=
silent key sign --key FIFO --certificate key.pem COPY
silent passphrase sign --key key.p12 --passphrase-file FIFO COPY
silent list sign --key key.key --certificate key.pem --files-from FIFO
silent report sign --key key.key --certificate key.pem --report FIFO COPY
silent output digest --certificate key.pem COPY --output FIFO
silent request attach --certificate key.pem FIFO
silent issuer keygen new --issuer FIFO,ca.pem
silent authority keygen newer --issuer ca.key,FIFO
silent subject keygen newest --request --key FIFO
silent policy policy sign draft.yaml --key FIFO --certificate key.pem
silent signer learn --signer FIFO COPY
silent log learn --from FIFO

# late NAME: a copy, signed by the key that is written to a pipe
late() { timeout 30 "$MODSEAL" sign --key "$1.pipe" --certificate key.pem "$1.so"; echo $? >"$1.status"; }
for name in slow later given; do mkfifo $name.pipe && cp plain.so $name.so; done
# opened at once, and written to when the ten seconds are over
{ sleep 12 && cat key.key; } >slow.pipe &
late slow >slow.out 2>&1 &
{ sleep 3 && cat key.key >later.pipe; } &
late later >later.out 2>&1 &

by() { rm -f copy.so && cp plain.so copy.so && "$@" && "$MODSEAL" verify --certificate key.pem copy.so; }
if command -v bash >/dev/null; then
	check "a key by <(command)" by bash -c '"$MODSEAL" sign --key <(sleep 1; cat key.key) --certificate key.pem copy.so'
	check "a passphrase by <(command)" by bash -c '"$MODSEAL" sign --key key.p12 --passphrase-file <(sleep 1; cat secret) copy.so'
	check "a list by <(command)" by bash -c '"$MODSEAL" sign --key key.key --certificate key.pem --files-from <(sleep 1; echo copy.so)'
else
	skip "<(command)" "no bash"
fi
check "a key by /dev/stdin" by sh -c '{ sleep 1; cat key.key; } | "$MODSEAL" sign --key /dev/stdin --certificate key.pem copy.so'
check "a key that was written before it is read" by sh -c 'cat key.key | { sleep 1; "$MODSEAL" sign --key /dev/stdin --certificate key.pem copy.so; }'
ends_at_once() { exits 1 timeout 5 "$MODSEAL" sign --key /dev/stdin --certificate key.pem plain.so; }
check "a pipe that was empty to its end is no key" eval ': | ends_at_once'
empty() { { sleep 1; : >given.pipe; } & exits 1 timeout 8 "$MODSEAL" sign --key given.pipe --certificate key.pem given.so; }
check "nor is a named one" empty

wait
gave_up() {
	[ "$(cat "$1.status")" = 3 ] && grep -q 'nobody is at the other end of it' "$1.err" && return
	cat "$1.status" "$1.out" "$1.err" >&2
	return 1
}
for name in $names; do check "$name: a pipe that nobody opens is given up" gave_up "$name"; done
signed() { [ "$(cat "$1.status")" = 0 ] && "$MODSEAL" verify --certificate key.pem "$1.so" || { cat "$1.out" >&2; return 1; }; }
check "what writes to it may take its time" signed slow
check "and may come later" signed later
