#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records of verdicts: every one is told, none can be forged by a name, and whatever becomes
# of the log, verdicts stay what they are.
. tests/lib.sh
. tests/policy.sh
build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }' || exit 99
${CC:-cc} -shared -fPIC -o "$LIB/libplain.so.1" -Wl,-soname,libplain.so.1 "$WORK/.library.c"
chmod 755 "$REAL"
good=$LIB/libgood.so.1 plain=$LIB/libplain.so.1 log=$REAL/log/records.jsonl
mkdir -m 755 "$REAL/log"
RECORDS="{to: [file], file: $log}"
policy() { write_policy "$REAL/policy.yaml" "records: $RECORDS" >"$WORK/.sign"; }
fresh() { rm -rf "$log"; }
is_json() { python3 -c 'import json, sys
for line in open(sys.argv[1]):
    json.loads(line)' "$log"; }
lines() { [ "$(wc -l <"$log")" = "$1" ] || { cat "$log" >&2; return 1; }; }
has() { grep -qF -- "$1" "$log" || { cat "$log" >&2; return 1; }; }

# ---- what stands in them ---------------------------------------------------------------------
policy || exit 99
verify "$good" >"$WORK/out"
check "R105 R106 an accepted file: one line" lines 1
check "it is JSON" is_json
for field in '{"modseal-record":1,"time":"20' '"verdict":"accepted","code":"OK","stage":"approve"' \
	"\"object\":\"$good\",\"asked\":\"$good\",\"kind\":\"library\",\"digest\":\"sha256:" '"evidence":"appended"' \
	'"signers":[{"name":"release","key":"sha256:' '"rule":' '"policy":"tests","serial":1' '"anchor-source":"file","anchor-key":"sha256:' \
	'"mode":"enforce"' '"pid":' "\"uid\":$(id -u),\"program\":\"$MODSEAL\"" '"suppressed":0}'; do
	check "R106 it has $field" has "$field"
done
key() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
check "R106 the signer's key" has "\"name\":\"release\",\"key\":\"sha256:$(key "$REAL/release.pem")\""
check "R106 the anchor's key" has "\"anchor-key\":\"sha256:$(key "$REAL/policy.pem")\""
fresh
verify "$plain" >"$WORK/out" 2>&1
check "a refused file" has '"verdict":"refused","code":"SIGNATURE_MISSING","stage":"evidence"'
check "with reason and remedy" has '"reason":"no signature of the form the rule asks for","remedy":"sign the file with'
fresh
verify "$LIB/libnone.so.1" >"$WORK/out" 2>&1
check "a file that is not there" has '"verdict":"undecided","code":"NOT_FOUND"'
fresh
build_library "$LIB/libuser.so.1" libuser.so.1 'int good(void); int user(void) { return good(); }' "$good"
load "$LIB/libuser.so.1" >"$WORK/out" 2>&1
check "R106 what a library needs has a line of its own" has "\"verdict\":\"accepted\",\"code\":\"OK\",\"stage\":\"approve\",\"object\":\"$good\",\"asked\":\"libgood.so.1\""
check "R106 beside that of the library" has "\"object\":\"$LIB/libuser.so.1\""
if [ "${SANITIZE:-}" ]; then
	skip "R106 a process that is refused" "a sanitizer's library must come first"
else
	fresh
	LD_PRELOAD=$plain load "$good" >"$WORK/out" 2>&1
	check "R106 a process that is refused" has '"verdict":"refused","code":"PROCESS_UNVERIFIED","stage":"gate"'
fi
fresh
sed -i 's/^mode: .*/mode: audit/' "$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/out"
verify "$plain" >"$WORK/out" 2>&1
check "R107 what would be refused" has '"verdict":"would-refuse","code":"SIGNATURE_MISSING"'
check "and its mode" has '"mode":"audit"'
mode() { stat -c %a "$log"; }
check "the log is for its owner and group alone" [ "$(mode)" = 640 ]

# ---- what does not get into them --------------------------------------------------------------
policy
fresh
newline=$(printf '%s/lib\nevil"},{"verdict":"accepted\033[2J\377.so' "$LIB")
verify "$newline" >"$WORK/out" 2>&1
check "R112 a newline and escapes in a name: one line" lines 1
check "R112 it is JSON" is_json
check "R112 they are escaped" has 'lib\\x0aevil\"},{\"verdict\":\"accepted\\x1b[2J\\xff.so'
fresh
long=$LIB/$(printf '%4000s' x | tr ' ' '\001')
verify "$long" >"$WORK/out" 2>&1
check "a very long name: one line" lines 1
check "a very long name is JSON" is_json

# ---- how many ----------------------------------------------------------------------------------
fresh
flood() { for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do set -- "$@" "$plain"; done; verify "$@" >"$WORK/out" 2>&1; }
flood
check "ten of one file and code in a minute" lines 10
RECORDS="{to: [file], file: $log, per-minute: 2}" policy
fresh
flood "$good"
check "others are written" lines 3
RECORDS="{to: [file], file: $log, verdicts: refused}" policy
fresh
verify "$good" "$plain" >"$WORK/out" 2>&1
check "only what was refused, where only that is wanted" lines 1

# ---- nothing asked, nothing written ------------------------------------------------------------
write_policy "$REAL/policy.yaml" >"$WORK/out"
fresh
verify "$good" >"$WORK/out"
check "without \`records\` there is no log" [ ! -e "$log" ]

# ---- R106: a log that cannot be written changes nothing ---------------------------------------
policy
stays() { # stays NAME: an acceptance and a refusal, whatever the log is
	check "R106 $1: accepted stays accepted" verify "$good"
	check "R106 $1: refused stays refused" refused SIGNATURE_MISSING verify "$plain"
	told() { MODSEAL_DEBUG=1 verify "$good" "$plain" 2>&1 | grep -c 'debug: a record could not be written' | grep -qx 1; }
	check "R106 $1: told once" told
}
fresh
chmod 775 "$REAL/log"
stays "a directory that a group may write"
check "and nothing is written there" [ ! -e "$log" ]
chmod 755 "$REAL/log"
echo precious >"$REAL/precious"
ln -s "$REAL/precious" "$log"
stays "a link in its place"
check "and nothing is written through it" [ "$(cat "$REAL/precious")" = precious ]
fresh
mkfifo "$log"
stays "a pipe in its place"
fresh
mkdir "$log"
stays "a directory in its place"
fresh
: >"$log"
chmod 666 "$log"
stays "a log that anybody may write"
check "and nothing is written to it" [ ! -s "$log" ]
fresh
mv "$REAL/log" "$REAL/moved" && ln -s "$REAL/moved" "$REAL/log"
stays "a link on the way"
check "and nothing is written behind it" [ -z "$(ls "$REAL/moved")" ]
rm "$REAL/log" && mv "$REAL/moved" "$REAL/log"
rmdir "$REAL/log" 2>/dev/null || rm -rf "$REAL/log"
stays "no directory"
mkdir -m 755 "$REAL/log"
RECORDS="{to: [file], file: /dev/full}" policy
stays "a device in its place"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	RECORDS="{to: [file], file: $log}" policy
	full() { unshare -m sh -c "mount -t tmpfs -o size=4k,mode=755 none '$REAL/log' && head -c 4000 /dev/zero >'$REAL/log/records.jsonl' &&
		chmod 640 '$REAL/log/records.jsonl' && \"\$@\"; status=\$?; dd if=/dev/null of='$REAL/log/records.jsonl' bs=1 seek=0 2>/dev/null; exit \$status" sh "$@"; }
	check "R106 a full disk: accepted stays accepted" full "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$good"
	check "R106 a full disk: refused stays refused" exits 1 full "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$plain"
	readonly_() { unshare -m sh -c "mount -t tmpfs -o ro none '$REAL/log' && exec \"\$@\"" sh "$@"; }
	check "R106 a read-only disk: accepted stays accepted" readonly_ "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$good"
fi
RECORDS='{to: [syslog, journald]}' policy
stays_silent() { unshare -m sh -c "mount -t tmpfs none /dev && mount -t tmpfs none /run && exec \"\$@\"" sh "$@"; }
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	check "R106 no daemons: accepted stays accepted" stays_silent "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$good"
fi

# ---- several processes ---------------------------------------------------------------------------
RECORDS="{to: [file], file: $log, per-minute: 6000}" policy
fresh
for i in 1 2 3 4 5 6; do
	verify --jobs 2 "$good" "$plain" "$good" "$plain" "$good" "$plain" "$good" "$plain" >"$WORK/out.$i" 2>&1 &
done
wait
check "six processes of two threads: every line" lines 48
check "and every line is whole" is_json
