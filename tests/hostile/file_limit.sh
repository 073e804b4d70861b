#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# At the limit of file sizes (RLIMIT_FSIZE) whatever writes says so, ends by no signal, and
# leaves nothing half-written behind: neither a new file, nor one beside it, nor another content.
. tests/lib.sh
mkdir -p "$WORK/box/tree" && cd "$WORK/box" || exit 99
{ "$MODSEAL" keygen release && echo 'int f(void) { return 1; }' >f.c &&
	${CC:-cc} -shared -fPIC -nostdlib -o tree/f.so f.c -Wl,-soname,f.so && cp tree/f.so plain.so &&
	head -c 100000 /dev/zero >>plain.so &&
	printf 'modseal-policy: 1\nname: a\nserial: 1\nissued: 2026-01-01T00:00:00Z\nrules: []\n' >a.yaml &&
	"$MODSEAL" sign --key release.key --certificate release.pem --output signed.so plain.so; } >"$WORK/log" 2>&1 || exit 99

listed() { find . -type f -exec sha256sum {} + | sort -k 2; }
listed >"$WORK/before"
# limited BLOCKS COMMAND...: of 512 bytes. It says what is wrong, and nothing has changed.
limited() {
	blocks=$1
	shift
	(
		ulimit -f "$blocks"
		"$@" --json 2>&1
		echo "status $?"
	) | cat >"$WORK/said"
	cat "$WORK/said" >&2
	listed >"$WORK/after"
	grep -q '^status 3$' "$WORK/said" && grep -q 'File too large' "$WORK/said" &&
		grep -q 'ulimit -f' "$WORK/said" && diff "$WORK/before" "$WORK/after"
}
signing="--key release.key --certificate release.pem"
check "keygen" limited 0 "$MODSEAL" keygen new
check "keygen of a request" limited 0 "$MODSEAL" keygen --key release.key --request new
# shellcheck disable=SC2086 # words are wanted
{
	check "sign in place" limited 16 "$MODSEAL" sign $signing plain.so
	check "sign beside" limited 0 "$MODSEAL" sign $signing --detached plain.so
	check "sign into another file" limited 16 "$MODSEAL" sign $signing --output other.so plain.so
	check "strip" limited 16 "$MODSEAL" strip signed.so
	check "policy sign" limited 0 "$MODSEAL" policy sign $signing a.yaml
	check "catalog create" limited 0 "$MODSEAL" catalog create $signing --name base --serial 1 --output base.cat \
		"$PWD/tree/f.so"
}
check "learn" limited 0 "$MODSEAL" learn --output l.yaml "$PWD/tree"
check "without a limit all is as ever" "$MODSEAL" keygen new
