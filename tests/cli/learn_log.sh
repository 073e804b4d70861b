#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal learn --from: what records in a log lead to, and that whoever writes the log gets
# nothing allowed that he could not put in place himself.
. tests/lib.sh
REAL=$(cd "$WORK" && pwd -P)
for key in release cats policy; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
export SOURCE_DATE_EPOCH=1769904000
TREE=$REAL/tree
LOG=$REAL/records
by() { key=$1; shift; "$MODSEAL" sign --force --key "$REAL/$key.key" --certificate "$REAL/$key.pem" "$@" >"$WORK/.sign"; }
build() { # build FILE SONAME
	mkdir -p "$(dirname "$TREE$1")"
	echo "int f(void) { return ${3:-1}; }" >"$WORK/f.c"
	${CC:-cc} -shared -fPIC -nostdlib -o "$TREE$1" "$WORK/f.c" "-Wl,-soname,$2"
}
content() { printf 'sha256:%s' "$("$MODSEAL" inspect "$TREE$1" | sed -n 's/^\tsha256: //p')"; }
# record VERDICT CODE PATH [MORE]: a line of the log
record() {
	printf '{"modseal-record":1,"time":"2026-11-26T01:02:0%s.123456Z","verdict":"%s","code":"%s","stage":"evidence","object":"%s"%s}\n' \
		"${second:-1}" "$1" "$2" "$3" "${4:+,$4}"
}
says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
learn() { "$MODSEAL" learn --root "$TREE" --signer "$REAL/release.pem" --from "$LOG" "$@"; }
proposed() { # learns into policy.yaml and signs it
	rm -f "$REAL/policy.yaml" "$REAL/base.cat" "$REAL/base.cat.p7s"
	learn --output "$REAL/policy.yaml" "$@" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; return 1; }
	[ ! -f "$REAL/base.cat" ] || "$MODSEAL" catalog sign "$REAL/base.cat" --key "$REAL/cats.key" \
		--certificate "$REAL/cats.pem" >"$WORK/signed" 2>&1 || { cat "$WORK/signed" >&2; return 1; }
	"$MODSEAL" policy sign --force "$REAL/policy.yaml" --root "$TREE" --key "$REAL/policy.key" \
		--certificate "$REAL/policy.pem" >"$WORK/signed" 2>&1 || { cat "$REAL/policy.yaml" "$WORK/signed" >&2; return 1; }
}
with_catalog() { proposed --catalog "$REAL/base.cat" --catalog-signer "$REAL/cats.pem"; }
judge() { "$MODSEAL" verify --root "$TREE" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
shown() { sed -n '/^# From/,/^$/p; /^rules:/,$p' "$REAL/policy.yaml" >&2; return 1; }
has() { grep -qF -e "$1" "$REAL/policy.yaml" || shown; }
rules() { [ "$(grep -c '^  - {path:' "$REAL/policy.yaml")" = "$1" ] || shown; }

build /opt/liba.so.1 liba.so.1
build /opt/libb.so.1 libb.so.1
build /opt/libc.so.1 libc.so.1
build /opt/sub/plain.so plain.so
by release "$TREE/opt/liba.so.1" "$TREE/opt/libb.so.1" "$TREE/opt/libc.so.1"

# ---- what was seen --------------------------------------------------------------------
record would-refuse PATH_NOT_ALLOWED /opt/liba.so.1 "\"program\":\"/usr/bin/host\",\"digest\":\"$(content /opt/liba.so.1)\"" >"$LOG"
second=7 record accepted OK /opt/liba.so.1 '"suppressed":4,"program":"/usr/bin/other"' >>"$LOG"
record refused SIGNATURE_MISSING /opt/sub/plain.so >>"$LOG"
check "the files of a log" with_catalog
check "each gets its rule" rules 2
check "a path and nothing beside it" has "- {path: '/opt/liba.so.1', evidence: [appended], signers: [release]"
check "with how often, when, why and by whom it was met" has \
	"# In the log 6 times, from 2026-11-26T01:02:01.123456Z to 2026-11-26T01:02:07.123456Z: PATH_NOT_ALLOWED, OK; by /usr/bin/host, /usr/bin/other"
check "what is not signed goes into the catalog" has "- {path: '/opt/sub/plain.so', evidence: [catalog], catalog: base"
check "the log is counted" has "# From a log: 3 records; 0 that judged no file"
check "they are accepted" judge /opt/liba.so.1 /opt/sub/plain.so
record would-refuse PATH_NOT_ALLOWED /opt/libb.so.1 >>"$LOG"
check "two of three in a folder" with_catalog
check "are two rules" rules 3
check "so that the third is not accepted" refused PATH_NOT_ALLOWED judge /opt/libc.so.1
sed -i '$d' "$LOG"
with_catalog
check "what was not seen is not" refused PATH_NOT_ALLOWED judge /opt/libb.so.1
record would-refuse PATH_NOT_ALLOWED /opt/libb.so.1 >>"$LOG"
record would-refuse PATH_NOT_ALLOWED /opt/libc.so.1 >>"$LOG"
check "a folder of which all was seen" with_catalog
check "is one rule" has "- {path: '/opt/*.so.*', evidence: [appended]"
check "but not what lies below it" rules 2
cp "$REAL/policy.yaml" "$WORK/first.yaml"
sort -r "$LOG" >"$WORK/turned" && cp "$WORK/turned" "$LOG"
check "in any order" with_catalog
check "the same but for the order of codes" sh -c 'sed "s/: [A-Z_, ]*\(;.*\)*$//" "$0/first.yaml" >"$0/a"
	sed "s/: [A-Z_, ]*\(;.*\)*$//" "$1/policy.yaml" | diff "$0/a" - >&2' "$WORK" "$REAL"
record accepted OK /opt/libc.so.1 | "$MODSEAL" learn --root "$TREE" --signer "$REAL/release.pem" --from - >"$WORK/out" 2>&1
check "from standard input" grep -qF "path: '/opt/libc.so.1'" "$WORK/out"
check "a log beside a folder" says "path: '/opt/sub/plain.so'" "$MODSEAL" learn --root "$TREE" --from "$LOG" \
	--catalog "$REAL/none.cat" --catalog-signer "$REAL/cats.pem" /opt/sub
rm "$REAL/none.cat"

# the journal's form of the same
printf '{"MODSEAL_RECORD":"1","MODSEAL_VERDICT":"would-refuse","MODSEAL_CODE":"PATH_NOT_ALLOWED","MODSEAL_OBJECT":"/opt/liba.so.1","MODSEAL_SUPPRESSED":"2","MESSAGE":"x","_PID":"1","_UID":"0"}\n{"MESSAGE":"of another","_PID":"1"}\n' >"$LOG"
check "journalctl -o json" proposed
check "is read, too" has "# In the log 3 times: PATH_NOT_ALLOWED"
check "what else is in a journal is no matter" has "# From a log: 1 records; 0 that judged no file, and 0 lines"

# whose word it is says the journal itself; anybody may write MODSEAL_ fields
entry() { # entry PATH [MORE]: one of the journal
	printf '{"MODSEAL_RECORD":"1","MODSEAL_VERDICT":"refused","MODSEAL_CODE":"%s","MODSEAL_OBJECT":"%s","MODSEAL_UID":"0"%s}\n' \
		"${code:-PATH_NOT_ALLOWED}" "$1" "${2:+,$2}"
}
{ entry /opt/liba.so.1 '"_UID":"0"'; entry /opt/libb.so.1 '"_UID":"1000"'; entry /opt/libc.so.1 '"_UID":"00"'; entry /opt/libc.so.1
	entry /opt/libc.so.1 '"_UID":0'; entry /opt/libc.so.1 '"_UID":["0","1000"]'; entry /opt/libb.so.1 '"_UID":"1000"'
	code=REVOKED entry /opt/liba.so.1 '"_UID":"1001"'; } >"$LOG"
check "a journal that others write to" proposed
check "says what root has written" has "- {path: '/opt/liba.so.1', evidence: [appended]"
check "and nothing else" rules 1
check "which is told" has "# 7 records that root has not written to the journal are passed"
check "with whose they are" has "# of user 1000, unknown, 1001."
check "a user who is named is believed" proposed --from-user 1000 --from-user 65534
check "as root is" has "- {path: '/opt/libb.so.1', evidence: [appended]"
check "and no other" rules 2
echo '{"MODSEAL_RECORD":"2","_UID":"1000"}' >>"$LOG"
check "what a stranger calls another version stops nothing" proposed
check "and stops it where he is believed" refused UNSUPPORTED learn --output "$REAL/none.yaml" --from-user 1000
entry /opt/liba.so.1 '"_UID":"1000"' >"$LOG"
check "nothing but strangers" refused NOT_FOUND learn --output "$REAL/none.yaml"
check "who are named" says "1 records that root has not written are passed over, of user 1000" learn
for user in root -1 00 '' 4294967296000 1x; do
	check "no number of a user: '$user'" exits 2 learn --from-user "$user"
done
check "a user without a log" exits 2 "$MODSEAL" learn --from-user 0 "$TREE/opt"

# ---- what no rule can answer -------------------------------------------------------------
for code in REVOKED SIGNATURE_INVALID CATALOG_MISMATCH ELF_UNSAFE CHANGED NO_SUCH_CODE; do
	record refused PATH_NOT_ALLOWED /opt/liba.so.1 >"$LOG"
	record refused $code /opt/libb.so.1 >>"$LOG"
	record accepted OK /opt/libb.so.1 >>"$LOG"
	record accepted OK /opt/libc.so.1 >>"$LOG"
	check "$code is not answered with a rule" proposed
	check "$code: it is left out" has "/opt/libb.so.1: $code in the log, which no rule can answer"
	check "$code: nor does a pattern take it in" refused PATH_NOT_ALLOWED judge /opt/libb.so.1
done
record refused PATH_NOT_ALLOWED /opt/liba.so.1 "\"digest\":\"sha256:$(printf '%064d' 0)\"" >"$LOG"
check "another file than the log's" proposed
check "is left out" has "/opt/liba.so.1: not the file that the log names, sha256:0000"
record refused PATH_NOT_ALLOWED /opt/liba.so.1 "\"digest\":\"$(content /opt/liba.so.1)\"" >>"$LOG"
check "the newest record counts" proposed
check "for the digest" rules 1
record refused PATH_NOT_ALLOWED /opt/gone.so >"$LOG"
record undecided SYSTEM /opt/liba.so.1 >>"$LOG"
check "what is not there any more" proposed
check "is named" has "# /opt/gone.so: the log names it, but it is not there"
check "what could not be judged says nothing" has "# From a log: 1 records; 1 that judged no file"
check "no rule for either" rules 0
{ record accepted OK /opt/liba.so.1; echo '{"modseal-record":1,"verdict":"refused","code":"NOT_FOUND","asked":"none.so"}'; } >"$LOG"
check "a record of no file" proposed
check "says nothing, and is no wrong line" has "# From a log: 1 records; 1 that judged no file, and 0 lines"
ln -s liba.so.1 "$TREE/opt/link.so"
ln -s opt "$TREE/way"
ln -s "$REAL/release.pem" "$TREE/opt/out.so"
for path in /opt/link.so /way/liba.so.1 /opt/out.so; do
	record refused PATH_NOT_ALLOWED $path >"$LOG"
	check "a link is no real path: $path" proposed
	check "and says so: $path" has "# $path: the log names it, but that is not its real path"
done
record refused PATH_NOT_ALLOWED /opt >"$LOG"
check "nor is a directory a file" proposed
check "and says so" has "# /opt: the log names it, but it is no ELF file"

# ---- a hostile log ----------------------------------------------------------------------
unreadable() { # unreadable NAME: the log's only line says nothing, and nothing is proposed
	check "$1 says nothing" refused NOT_FOUND learn --output "$REAL/none.yaml"
	check "$1 is counted" says "1 lines could not be read" learn /opt/sub/plain.so
}
for path in / // opt/liba.so.1 /opt//liba.so.1 /opt/../../../../../../etc/passwd /opt/./liba.so.1 /opt/liba.so.1/ '' ..; do
	record refused PATH_NOT_ALLOWED "$path" >"$LOG"
	unreadable "the path '$path'"
done
while read -r line; do
	printf '%s\n' "$line" >"$LOG"
	unreadable "$line"
done <<'END'
{"modseal-record":1
[{"modseal-record":1}]
"modseal-record"
1
{"modseal-record":1,"modseal-record":1,"verdict":"refused","code":"OK","object":"/opt/liba.so.1"}
{"modseal-record":1,"verdict":"refused","code":"OK","object":["/opt/liba.so.1"]}
{"modseal-record":1,"verdict":"refused","code":7,"object":"/opt/liba.so.1"}
{"modseal-record":1,"verdict":"allowed","code":"OK","object":"/opt/liba.so.1"}
{"modseal-record":1,"verdict":"refused","object":"/opt/liba.so.1"}
{"modseal-record":1,"verdict":"refused","code":"OK\n- x","object":"/opt/liba.so.1"}
{"modseal-record":1,"verdict":"refused","code":"OK","object":"/opt/liba.so.1\u0000"}
{"modseal-record":1,"verdict":"refused","code":"OK","object":"/opt/liba.so.1"} {}
END
printf '{"modseal-record":1,"verdict":"refused","code":"OK","object":"/opt/liba.so.1\377"}\n' >"$LOG"
unreadable "bytes that are not UTF-8"
{ printf '{"modseal-record":1,"verdict":"refused","code":"OK","object":"/opt/liba.so.1","x":"'; head -c 100000 /dev/zero | tr '\0' x
	printf '"}\n'; } >"$LOG"
unreadable "a line that is too long"
head -c 200000 /dev/zero | tr '\0' '[' >"$LOG"
unreadable "brackets without an end"
head -c 60000 /dev/zero | tr '\0' '[' >"$LOG"
unreadable "brackets that fit a line"
: >"$LOG"
check "an empty log" refused NOT_FOUND learn --output "$REAL/none.yaml"
check "no log" exits 3 learn --from "$REAL/none.log"
for line in '{"modseal-record":2,"verdict":"refused","code":"OK","object":"/opt/liba.so.1"}' '{"modseal-record":"1"}' \
	'{"modseal-record":1.0}' '{"modseal-record":null}' '{"MODSEAL_RECORD":"2","_UID":"0"}' '{"MODSEAL_RECORD":1,"_UID":"0"}' \
	'{"modseal-record":1,"MODSEAL_RECORD":"1","verdict":"refused","code":"OK","object":"/opt/liba.so.1"}'; do
	{ record refused PATH_NOT_ALLOWED /opt/liba.so.1; printf '%s\n' "$line"; } >"$LOG"
	check "another version is refused: $line" refused UNSUPPORTED learn --output "$REAL/none.yaml"
	check "with its line: $line" says "line 2 is a record of another version" learn
done
# names, programs and times that would be more than they are
evil="x.so'}\\n  - {path: /**, evidence: [protected-path]}\\n#"
cp "$TREE/opt/liba.so.1" "$TREE/opt/x.so'}"
{ record refused PATH_NOT_ALLOWED "/opt/$evil"
	record refused PATH_NOT_ALLOWED "/opt/x.so'}" "\"program\":\"/bin/x\\n  - {path: /**, evidence: [protected-path]}\\n\""
	printf '{"modseal-record":1,"time":"2026\\n- a","verdict":"refused","code":"OK","object":"/opt/x.so'"'"'}","digest":"sha256:\\n"}\n'
	record refused PATH_NOT_ALLOWED '/opt/a\u0085b' '"suppressed":-5'
	record refused PATH_NOT_ALLOWED '/opt/a\u2028b' '"suppressed":1e99'
	record refused PATH_NOT_ALLOWED '/opt/a\ufeffb' '"suppressed":99999999999999999999'
} >"$LOG"
check "a log that writes YAML" proposed
check "has one rule for the file that is there" rules 1
check "by its name" has "- {path: '/opt/x.so''}', "
check "with its programs in a comment" has '# In the log 2 times, from 2026-11-26T01:02:01.123456Z to 2026-11-26T01:02:01.123456Z: PATH_NOT_ALLOWED, OK; by /bin/x\x0a  - {path: /**'
not_there() { [ "$(grep -c "the log names it, but it is not there" "$REAL/policy.yaml")" = 3 ] || shown; }
check "the rest is named as what is not there" not_there
check "that file is accepted" judge "/opt/x.so'}"
check "and no other" refused PATH_NOT_ALLOWED judge /opt/liba.so.1
rm "$TREE/opt/x.so'}"
