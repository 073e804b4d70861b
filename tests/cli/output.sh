#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# What the command prints: JSON, names that others chose, order, exit values, failing writes.
# threads
. tests/lib.sh
CC=${CC:-gcc}
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }
verify() { modseal verify --certificate key.pem "$@"; }

echo 'int f(void) { return 1; }' >f.c
$CC -shared -fPIC -o plain.so f.c || exit 99
modseal keygen key >/dev/null || exit 99
cp plain.so good.so
modseal sign --key key.key --certificate key.pem good.so >/dev/null || exit 99

# is_json FILE: each line looks like one JSON object; all are read by a real parser at the end
is_json() {
	cat "$1" >>all_json
	! grep -qvE '^\{.*\}$' "$1"
}
parses() {
	[ -s all_json ] || return 1
	if command -v python3 >/dev/null; then
		python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' <all_json
	elif command -v jq >/dev/null; then
		jq . <all_json >/dev/null
	fi
}

# ---- names that others chose -----------------------------------------------------------

newline=$(printf 'a\nb.so')
escape=$(printf 'a\033[2Jb.so')
delete=$(printf 'a\177b.so')
c1=$(printf 'a\302\233b.so')
bidi=$(printf 'a\342\200\256b.so')
# not UTF-8: a byte that starts nothing, too long forms, a surrogate, above U+10FFFF, cut off
broken=$(printf 'a\377\300\257b.so')
long=$(printf 'a\340\202\251b\360\202\202\254.so')
surrogate=$(printf 'a\355\240\200b.so')
above=$(printf 'a\364\220\200\200\370\220\200\200b.so')
cut=$(printf 'a\303(b\342\202.so')
for given in "$newline" "$escape" "$delete" "$c1" "$bidi" "$broken" "$long" "$surrogate" \
	"$above" "$cut" 'a"b\.so' 'ä€😀.so'; do
	cp good.so "$given"
	cp plain.so "un$given"
	shown=$(printf '%s' "$given" | LC_ALL=C sed ':a;N;$!ba;s/\n/\\x0a/g' |
		LC_ALL=C sed 's/\x1b/\\x1b/g; s/\x7f/\\x7f/g; s/\xc2\x9b/\\xc2\\x9b/g
			s/\xe2\x80\xae/\\xe2\\x80\\xae/g; s/\xff\xc0\xaf/\\xff\\xc0\\xaf/g
			s/\xe0\x82\xa9/\\xe0\\x82\\xa9/g; s/\xf0\x82\x82\xac/\\xf0\\x82\\x82\\xac/g; s/\xed\xa0\x80/\\xed\\xa0\\x80/g
			s/\xf4\x90\x80\x80/\\xf4\\x90\\x80\\x80/g
			s/\xf8\x90\x80\x80/\\xf8\\x90\\x80\\x80/g
			s/\xc3(/\\xc3(/g; s/\xe2\x82\./\\xe2\\x82./g')
	escaped_text() {
		verify "$given" >out && [ "$(cat out)" = "$shown: accepted$(sed 's/.*: accepted//' out)" ]
	}
	escaped_message() {
		verify "un$given" 2>err
		[ "$(wc -l <err)" = 1 ] && grep -qF "modseal: 'un$shown': " err
	}
	escaped_json() {
		verify "$given" "un$given" --json >out
		[ "$(wc -l <out)" = 2 ] && is_json out && ! LC_ALL=C grep -q '[^ -~]' out
	}
	escaped_inspect() {
		modseal inspect "$given" >out && [ "$(head -n 1 out)" = "$shown:" ]
	}
	check "R77 a name is escaped in text: $shown" escaped_text
	check "R77 in a message: $shown" escaped_message
	check "R77 in JSON: $shown" escaped_json
	check "R77 by inspect: $shown" escaped_inspect
done
dependency() { # a DT_NEEDED with control bytes, shown by inspect
	$CC -shared -fPIC -Wl,-soname,"$escape" -o dep.so f.c &&
		$CC -shared -fPIC -Wl,--no-as-needed -o needs.so f.c dep.so || return 0
	modseal inspect needs.so >out
	! LC_ALL=C grep -q '[[:cntrl:]]' out || ! LC_ALL=C tr -d '\t' <out | grep -q '[[:cntrl:]]'
}
check "R77 what a file says of itself is escaped" dependency
reasons() { # what was read, and where a link leads, stand in reasons
	printf '["a" \033]0;b\007' >request
	modseal attach --certificate key.pem request 2>err
	mkdir -p image "$escape$bidi.d" && ln -sf "$PWD/$escape$bidi.d" image/out
	modseal learn --root image /out 2>>err
	[ "$(wc -l <err)" = 2 ] && grep -qF 'a\x1b[2Jb.soa\xe2\x80\xaeb.so.d' err && grep -qF "near '\\x1b'" err
}
check "R77 what was read is escaped in a reason" reasons

lossless() { # lossless NAME JSON: what is UTF-8 is kept as it is
	verify "$1" --json | grep -qiF "{\"path\": \"$2\","
}
check "R77 a newline is kept in JSON" lossless "$newline" 'a\nb.so'
check "R77 an escape is kept in JSON" lossless "$escape" 'a\u001b[2Jb.so'
check "R77 a DEL is kept in JSON" lossless "$delete" 'a\u007fb.so'
check "R77 a C1 control is kept in JSON" lossless "$c1" 'a\u009bb.so'
check "R77 what is not UTF-8 is escaped in JSON" lossless "$cut" 'a\\xc3(b\\xe2\\x82.so'

# ---- JSON ------------------------------------------------------------------------------

members() { # members KIND...: JSON of `out` has them
	for key in "$@"; do
		grep -q "\"$key\": " out || { echo "no $key: $(cat out)" >&2; return 1; }
	done
}
common='path verdict code stage reason remedy'
accepted_json() {
	# shellcheck disable=SC2086
	verify good.so --json >out && is_json out && members $common digest signer evidence remarks &&
		grep -q '"path": "good.so", "verdict": "accepted", "code": "OK"' out &&
		grep -q '"signer": \["' out
}
refused_json() {
	verify plain.so --json >out 2>err
	# shellcheck disable=SC2086
	[ ! -s err ] && is_json out && members $common &&
		grep -q '"path": "plain.so", "verdict": "refused", "code": "SIGNATURE_MISSING"' out
}
undecided_json() {
	verify none.so --json >out 2>err
	[ ! -s err ] && is_json out &&
		grep -q '"path": "none.so", "verdict": "undecided", "code": "NOT_FOUND"' out
}
inspect_json() {
	modseal inspect good.so --json >out && is_json out && members path size sha256 &&
		grep -q '"verdict": "undecided", "code": "OK"' out
}
repeated_json() { # a library that needs two others
	$CC -shared -fPIC -Wl,-soname,liba.so -o liba.so f.c
	$CC -shared -fPIC -Wl,-soname,libb.so -o libb.so f.c
	$CC -shared -fPIC -nostdlib -Wl,--no-as-needed -o two.so f.c liba.so libb.so
	modseal inspect two.so --json >out && is_json out && grep -q '"needed": \["liba.so", "libb.so"' out
}
for_all_json() { # what concerns all files is told for each
	modseal verify --certificate none.pem a b --json >out 2>err
	[ $? = 3 ] && [ ! -s err ] && [ "$(wc -l <out)" = 2 ] && is_json out &&
		sed -n 1p out | grep -q '"path": "a".*"code": "NOT_FOUND".*"object": "none.pem"' &&
		sed -n 2p out | grep -q '"path": "b"'
}
for_all_text() {
	modseal verify --certificate none.pem a b >out 2>err
	[ $? = 3 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -q "^modseal: 'none.pem': " err
}
check "JSON of an accepted file" accepted_json
check "JSON of a refused file" refused_json
check "JSON of a file that cannot be judged" undecided_json
check "JSON of inspect: nothing is accepted" inspect_json
check "JSON of inspect: facts that repeat are arrays" repeated_json
check "JSON of what concerns all files comes for each" for_all_json
check "a message that concerns all files comes once" for_all_text

# ---- exit values and order -------------------------------------------------------------

check "the worst counts: 0" exits 0 verify good.so good.so
check "the worst counts: 1 over 0" exits 1 verify plain.so good.so
check "the worst counts: 3 over 1" exits 3 verify good.so none.so plain.so
mkdir many
i=0
# more than may wait for an earlier one, as the first of them do for a large file
cp good.so many/large.so && truncate -s 60M many/large.so && echo many/large.so >list
while [ $i -lt 300 ]; do
	i=$((i + 1))
	case $((i % 3)) in
	0) cp good.so many/$i.so ;;
	1) cp plain.so many/$i.so ;;
	*) : ;; # not there
	esac
	echo "many/$i.so" >>list
done
in_order() { # in_order JOBS
	# shellcheck disable=SC2046
	verify --jobs "$1" --json $(cat list) >"out$1"
	[ $? = 3 ] && sed 's/{"path": "\([^"]*\)".*/\1/' "out$1" | cmp - list
}
for jobs in 1 2 7 0 1024; do
	check "--jobs $jobs keeps the order" in_order $jobs
	check "--jobs $jobs gives the same results" cmp out1 "out$jobs"
done
order_text() { # standard output and error together
	# shellcheck disable=SC2046
	verify --jobs 3 $(cat list) 2>/dev/null | sed 's/:.*//' >out
	while read -r file; do
		case $(cmp "$file" good.so 2>&1) in "") echo "$file" ;; esac
	done <list | cmp - out
}
check "text keeps the order, too" order_text

# ---- writes that fail ------------------------------------------------------------------

fails_to_write() { # the message names standard output and the reason, exit 3
	[ "$status" = 3 ] && grep -q "^modseal: 'standard output': results could not be written: $1" err
}
full_disk() {
	[ -c /dev/full ] || return 0
	"$@" >/dev/full 2>err
	status=$?
	fails_to_write 'No space left on device'
}
closed_pipe() {
	{ sleep 0.3; "$@" 2>err; echo $? >status; } | :
	status=$(cat status)
	fails_to_write 'Broken pipe'
}
closed() {
	"$@" >&- 2>err
	status=$?
	fails_to_write 'Bad file descriptor'
}
for how in full_disk closed_pipe closed; do
	check "$how: verify" $how "$MODSEAL" verify --certificate key.pem good.so
	check "$how: verify --json" $how "$MODSEAL" verify --certificate key.pem --json good.so
	check "$how: inspect" $how "$MODSEAL" inspect good.so
	check "$how: help" $how "$MODSEAL" help
	check "$how: help of a command" $how "$MODSEAL" verify --help
	check "$how: version" $how "$MODSEAL" --version
done
# shellcheck disable=SC2046
check "a pipe closed in the middle" closed_pipe "$MODSEAL" verify --certificate key.pem \
	--jobs 2 $(cat list list list)
without_descriptors() { # nothing opened later takes the place of a standard descriptor
	cp good.so sum.so
	modseal sign --key key.key --certificate key.pem --force sum.so <&- >&- 2>&-
	verify sum.so && modseal inspect sum.so | grep -q 'signature.signers: 1'
}
check "without standard descriptors no file is written into" without_descriptors
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	takes_their_place() { # opened as 0, 1 or 2 after main has put /dev/null there
		strace -f -o trace -e trace=openat,open "$MODSEAL" verify --certificate key.pem good.so \
			<&- >&- 2>&-
		[ "$(grep -c '"/dev/null"' trace)" = 3 ] || echo "no three times /dev/null"
		awk '/"\/dev\/null"/ { seen = 1; next } seen && / = [012]$/' trace
	}
	check "without standard descriptors others get numbers from 3 on" nothing takes_their_place
	threads() { # threads JOBS: how many are started
		strace -f -o trace -e trace=clone,clone3 "$MODSEAL" verify --certificate key.pem \
			--jobs "$1" good.so good.so good.so plain.so >out 2>err
		grep -cE 'clone3?\(|clone3? resumed' trace
	}
	without_threads() { [ "$(threads 1)" = 0 ]; }
	if [ -n "${SANITIZE:-}" ]; then
		skip "--jobs 1 starts no thread" "a sanitizer starts its own"
	else
		check "--jobs 1 starts no thread" without_threads
	fi
	if [ "$(nproc)" -gt 1 ]; then
		with_threads() { [ "$(threads 0)" -ge 2 ]; }
		check "--jobs 0 starts one thread per processor" with_threads
	else
		skip "--jobs 0" "one processor only"
	fi
else
	skip "descriptors and threads" "nothing can be traced here"
fi

# ---- terminals -------------------------------------------------------------------------

colours() { LC_ALL=C grep -q "$(printf '\033')" "$1"; }
plain_pipe() { verify good.so plain.so >out 2>&1; ! colours out; }
check "no colour but on a terminal" plain_pipe
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	on_terminal() {
		TERM=xterm script -qec "$1 '$MODSEAL' verify --certificate key.pem $2 good.so" /dev/null \
			</dev/null >out
	}
	coloured() { on_terminal env '' && colours out; }
	no_colour() { on_terminal 'env NO_COLOR=1' '' && ! colours out; }
	dumb() { on_terminal 'env TERM=dumb' '' && ! colours out; }
	json_plain() { on_terminal env --json && ! colours out; }
	check "colour on a terminal" coloured
	check "no colour with NO_COLOR" no_colour
	check "no colour on a dumb terminal" dumb
	check "no colour in JSON" json_plain
else
	skip "terminals" "none can be made here"
fi
check "every line of JSON can be parsed" parses
