#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# inspect lists what a library opens itself while it runs, as far as its notes (UAPI.12) say so,
# whatever these notes hold; nothing is decided by them.
. tests/lib.sh
# with_note JSON: a library with one such note, and what inspect tells of it
with_note() {
	printf '%b\0' "$1" >"$WORK/json"
	cat >"$WORK/note.c" <<C
__asm__(".pushsection .note.dlopen,\"a\",%note\n.balign 4\n.long 4, 2f - 1f, 0x407c0c0a\n.asciz \"FDO\"\n"
	"1: .incbin \"$WORK/json\"\n2: .balign 4\n.popsection\n");
int f(void) { return 1; }
C
	"${CC:-gcc}" -shared -fPIC -nostdlib -o "$WORK/note.so" "$WORK/note.c" || return 1
	exits 0 "$MODSEAL" inspect "$WORK/note.so" >"$WORK/out" && exits 0 "$MODSEAL" inspect --json "$WORK/note.so" >"$WORK/out.json"
}
lists() { # lists JSON TEXT JSON: these lines of text, and this member of JSON
	with_note "$1" || return 1
	printf '%s\n' "$2" | sed 's/^/\toptional: /' >"$WORK/want"
	grep -e optional: -e problem: "$WORK/out" | diff "$WORK/want" - && grep -qF "\"optional\": $3" "$WORK/out.json" &&
		! grep -q '"problem"' "$WORK/out.json"
}
complains() { # complains JSON TEXT: this is the problem, and nothing is listed
	with_note "$1" || return 1
	{ grep "problem: ELF_MALFORMED: dlopen note: $2" "$WORK/out" || { cat "$WORK/out"; return 1; }; } && grep -q '"problem": "ELF_MALFORMED: dlopen note' "$WORK/out.json" &&
		! grep -q optional "$WORK/out" "$WORK/out.json" && grep -q 'kind: library' "$WORK/out"
}
one='{"soname":["libone.so.1"],"feature":"one","description":"Does one","priority":"suggested"}'
spaced='{"soname": ["libone.so.1"], "feature": "one", "description": "Does one", "priority": "suggested"}'
two='{"soname":["libtwo.so.2","libtwo.so.1"]}'
check "one entry with everything" lists "[$one]" "libone.so.1 (suggested, for one: Does one)" "[$spaced]"
check "alternatives, and nothing but names" lists "[$two]" "libtwo.so.2 or libtwo.so.1" \
	'[{"soname": ["libtwo.so.2", "libtwo.so.1"]}]'
check "two entries in one note" lists "[$one,$two]" "libone.so.1 (suggested, for one: Does one)
libtwo.so.2 or libtwo.so.1" "[$spaced, {\"soname\": [\"libtwo.so.2\", \"libtwo.so.1\"]}]"
check "only a priority" lists '[{"soname":["x"],"priority":"required"}]' "x (required)" '[{"soname": ["x"], "priority": "required"}]'
check "only a feature" lists '[{"soname":["x"],"feature":"y"}]' "x (for y)" '[{"soname": ["x"], "feature": "y"}]'
check "only a description" lists '[{"soname":["x"],"description":"y"}]' "x (y)" '[{"soname": ["x"], "description": "y"}]'
check "members of others are left out" lists '[{"soname":["x"],"vendor":{"a":[1,2.5,null]}}]' "x" '[{"soname": ["x"]}]'
none() { with_note '[]' && ! grep -e optional -e problem "$WORK/out" "$WORK/out.json"; }
check "an empty array lists nothing" none

# ---- hostile notes ---------------------------------------------------------------------

# shellcheck disable=SC1003 # a backslash is meant
check "control bytes reach no terminal" lists '[{"soname":["a\\u001b[2J\\u000aneeded: b"],"description":"\0342\0200\0256c"}]' \
	'a\x1b[2J\x0aneeded: b (\xe2\x80\xaec)' '[{"soname": ["a\u001B[2J\nneeded: b"]'
check "no JSON" complains 'libone.so.1' "column [0-9]*: .* expected near 'libone'"
check "nothing" complains '' "column [0-9]*: .* near end of file"
check "cut off" complains "[$two" "column [0-9]*: .* near end of file"
check "something behind" complains "[$two]x" "column [0-9]*: end of file expected near 'x'"
check "not UTF-8" complains '[{"soname":["\0377"]}]' "column [0-9]*: unable to decode byte 0xff"
check "a control byte as it is" complains '[{"soname":["a\nb"]}]' "column [0-9]*: unexpected newline"
check "a zero byte in a name" complains '[{"soname":["a\\u0000b"]}]' "column [0-9]*: .u0000 is not allowed"
check "an object, as drafts had it" complains "$one" "it is no array"
check "an entry that is no object" complains '["libone.so.1"]' "entry 1: it is no object"
check "a name twice" complains '[{"soname":["a"],"soname":["b"]}]' "column [0-9]*: duplicate object key"
check "no soname" complains '[{"feature":"x"}]' "entry 1: .soname. is not an array of names"
check "soname as drafts had it" complains '[{"soname":"x"}]' "entry 1: .soname. is not an array of names"
check "no name in soname" complains '[{"soname":[]}]' "entry 1: .soname. is not an array of names"
check "an empty name" complains '[{"soname":[""]}]' "entry 1: .soname. is not an array of names"
check "a number among the names" complains '[{"soname":[1]}]' "entry 1: .soname. is not an array of names"
check "a feature that is no text" complains '[{"soname":["x"],"feature":1}]' "entry 1: .* is no text"
check "a description that is no text" complains '[{"soname":["x"],"description":[]}]' "entry 1: .* is no text"
check "a priority that is no text" complains '[{"soname":["x"],"priority":null}]' "entry 1: .* is no text"
check "an unknown priority" complains '[{"soname":["x"],"priority":"urgent"}]' "entry 1: its priority is not required,"
check "arrays in arrays without end" complains "$(head -c 100000 /dev/zero | tr '\0' '[')" "column [0-9]*: maximum parsing depth"
others() { # of two entries the good one is told all the same
	with_note "[1,$two]" && grep -q 'problem: ELF_MALFORMED: dlopen note: entry 1:' "$WORK/out" &&
		grep -q 'optional: libtwo.so.2 or' "$WORK/out" && grep -q '"optional": \[{"soname"' "$WORK/out.json"
}
check "one bad entry hides no other" others
unended() { # the last zero byte is no part of the note
	with_note "[$two]" && sed -i 's/2f - 1f/2f - 1f - 1/' "$WORK/note.c" &&
		"${CC:-gcc}" -shared -fPIC -nostdlib -o "$WORK/note.so" "$WORK/note.c" &&
		"$MODSEAL" inspect "$WORK/note.so" | grep 'problem: ELF_MALFORMED: dlopen note: not one text that a zero byte ends'
}
check "a text without its zero byte" unended
huge() { # an entry of 100,000 bytes is cut in a line, and whole in JSON
	with_note "[{\"soname\":[\"$(head -c 100000 /dev/zero | tr '\0' a)\"]}]" &&
		[ "$(wc -c <"$WORK/out.json")" -gt 100000 ] && [ "$(grep -c optional: "$WORK/out")" = 1 ]
}
check "a name of 100,000 bytes" huge

# ---- files of others -------------------------------------------------------------------

# read another way: each note by its head, as bytes
names_of() {
	python3 - "$1" <<'P'
import json, re, sys
content = open(sys.argv[1], "rb").read()
for note in re.finditer(rb"\x04\0\0\0(....)\x0a\x0c\x7c\x40FDO\0", content, re.S):
    size = int.from_bytes(note[1], sys.byteorder)
    for entry in json.loads(content[note.end():note.end() + size].rstrip(b"\0")):
        print(" or ".join(entry["soname"]), entry.get("priority"), entry.get("feature"), sep="|")
P
}
same() {
	names_of "$1" >"$WORK/want" && [ -s "$WORK/want" ] || return 1
	"$MODSEAL" inspect "$1" | sed -n 's/^\toptional: \(.*\) (\([a-z]*\), for \([^:]*\):.*/\1|\2|\3/p' | diff "$WORK/want" -
}
found=0
for library in /usr/lib/*/libsystemd.so.0 /usr/lib/*/libkmod.so.2 /usr/lib/*/libudev.so.1 /usr/lib64/libsystemd.so.0; do
	if [ -e "$library" ] && readelf -n "$library" 2>"$WORK/log" | grep -q 407c0c0a; then
		found=1
		check "what $library opens" same "$library"
	fi
done
[ "$found" = 1 ] || skip "what libraries of the system open" "none here has such notes (systemd from 256 on)"
