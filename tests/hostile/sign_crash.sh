#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sign is killed at random moments, runs twice at once, and runs out of room: every file is then
# either exactly what it was or well signed, and the next run leaves nothing behind.
. tests/lib.sh
CC=${CC:-gcc}
moments=30
[ "${THOROUGH:-}" != 1 ] || moments=300
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }
modseal keygen key >/dev/null || exit 99
sign() { modseal sign --key key.key --certificate key.pem "$@"; }
echo 'int f(void) { return 1; }' >f.c
$CC -shared -fPIC -o plain.so f.c || exit 99
COUNT=20
fill() { # fill DIR: files of one content, in two directories
	rm -rf "$1" && mkdir -p "$1/a" "$1/b" && cp -r store/. "$1/a" && cp -r store/. "$1/b"
}
mkdir store && for i in $(seq 1 $COUNT); do cp plain.so "store/$i.so"; done
size=$(stat -c %s plain.so)
plain=$(sha256sum <plain.so | cut -d ' ' -f 1)
# Every file of a tree is the input, or the input with a signature that verifies.
sound() { # sound DIR: prints how many are signed
	find "$1" -name '*.so' -size "${size}c" >unsigned
	find "$1" -name '*.so' ! -size "${size}c" >signed
	[ "$(cat unsigned signed | wc -l)" = $((2 * COUNT)) ] || { echo "files are missing" >&2; return 1; }
	if [ -s unsigned ] && xargs sha256sum <unsigned | grep -v "^$plain "; then
		echo "these are half of something" >&2
		return 1
	fi
	if [ -s signed ]; then
		xargs "$MODSEAL" verify --json --jobs 0 --certificate key.pem <signed >verified || { cat verified >&2; return 1; }
		[ "$(grep -c "\"digest\": \"sha256:$plain\"" verified)" = "$(wc -l <signed)" ] || { echo "another content" >&2; return 1; }
	fi
	wc -l <signed
}
finished() { # finished DIR: a run after all that signs what is left, and nothing else is there
	sign --jobs 2 "$1" >finished 2>&1 || { cat finished >&2; return 1; }
	[ "$(sound "$1")" = $((2 * COUNT)) ] && [ "$(find "$1" -type f ! -name '*.so' | wc -l)" = 0 ]
}

# ---- kill -9 ---------------------------------------------------------------------------

# How long a run takes, in milliseconds, so that the moments are spread over it: the quickest
# of three, for one that something held up would have most moments come too late.
whole=10000
for turn in 1 2 3; do
	fill t
	start=$(date +%s%N)
	sign t >/dev/null
	took=$((($(date +%s%N) - start) / 1000000 + 1))
	[ $took -ge $whole ] || whole=$took
done
random() { od -An -N4 -tu4 /dev/urandom | tr -d ' '; }
between=0 left_over=0
kills() {
	# some more where none of them was in the middle
	for moment in $(seq 1 $((moments * 5))); do
		[ "$moment" -le $moments ] || [ $((between + left_over)) = 0 ] || break
		[ $((moment % 2)) = 1 ] || fill t
		# few descriptors are small batches; what was signed before is signed anew
		# LeakSanitizer complains when it is killed at its work.
		# shellcheck disable=SC2046 # a command, or nothing
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 $([ $((moment % 3)) = 0 ] && echo env || echo prlimit --nofile=80) "$MODSEAL" sign --key key.key \
			--certificate key.pem --force --jobs $((1 + moment % 2)) t >out 2>&1 &
		child=$!
		micro=$(($(random) % (whole * 1000)))
		sleep "$(printf '%d.%06d' $((micro / 1000000)) $((micro % 1000000)))"
		kill -KILL $child 2>/dev/null
		wait $child 2>/dev/null
		done=$(sound t) || { echo "moment $moment, after $micro us" >&2; return 1; }
		[ "$done" = 0 ] || [ "$done" = $((2 * COUNT)) ] || between=$((between + 1))
		[ "$(find t -name '.modseal-*' | wc -l)" = 0 ] || left_over=$((left_over + 1))
	done
	finished t
}
check "kill -9 at $moments random moments of $whole ms" kills
# a test that always came too late would show nothing
check "some of them in the middle ($between with some signed, $left_over with new files left)" \
	[ $((between + left_over)) -gt 0 ]

# ---- two runs at once ------------------------------------------------------------------

fill t
twice() {
	"$MODSEAL" sign --key key.key --certificate key.pem --jobs 2 t >first 2>&1 &
	first=$!
	"$MODSEAL" sign --key key.key --certificate key.pem --jobs 2 t >second 2>&1
	wait $first
	sound t >/dev/null && finished t
}
check "two runs at once" twice
# whoever comes second to a file says so, or finds it signed
told() {
	grep -h ': ' first second | grep -vE 'signed$|signed already$|another process is signing it|was (changed|replaced|removed) meanwhile|(signed|grew|shortened) while it was read|was changed while|was replaced while it was opened|was moved or replaced meanwhile|another file lies there than was found there' >untold
	[ ! -s untold ] || { head -3 untold >&2; return 1; }
}
check "each file that the other had is told of" told
# a living run's new files are not taken for left-overs
mkdir held && cp plain.so held && : >held/.modseal-0123456789abcdef
# shellcheck disable=SC2016 # expanded inside
holds() {
	flock held/.modseal-0123456789abcdef sh -c '
		"$MODSEAL" sign --key key.key --certificate key.pem held >/dev/null && [ -e held/.modseal-0123456789abcdef ]' &&
		sign --force held >/dev/null && [ ! -e held/.modseal-0123456789abcdef ]
}
check "what a living process holds locked stays" holds
others_stay() {
	: >held/.modseal-0123456789abcde && : >held/.modseal-0123456789ABCDEF && : >held/.modseal-policy &&
		mkdir held/.modseal-00000000000000ff && ln -s ../plain.so held/.modseal-00000000000000fe &&
		: >held/real && ln held/real held/.modseal-00000000000000fd && sign --force held >/dev/null &&
		[ "$(find held -name '.modseal-*' | wc -l)" = 6 ]
}
check "so does what is not surely left over" others_stay

# ---- no room ---------------------------------------------------------------------------

if unshare -m true 2>/dev/null; then
	fill t
	full() { # full KIBIBYTES: on a file system that has so much
		# shellcheck disable=SC2016 # expanded inside
		SIZE=$1 unshare -m sh -c '
			mount -t tmpfs -o size=${SIZE}k tmpfs t && cp -r kept/. t/ || exit 9
			"$MODSEAL" sign --key key.key --certificate key.pem --jobs 2 t >out 2>err; status=$?
			rm -rf after && cp -r t after && exit $status'
	}
	mv t kept && mkdir t
	used=$((2 * COUNT * ((size + 4095) / 4096) * 4))
	no_room() {
		full $((used + 8)); status=$?
		[ $status = 3 ] || { echo "exit $status" >&2; cat err >&2; return 1; }
		grep -q "No space left on device (make room on the file system" err &&
			sound after >/dev/null && [ "$(find after -name '.modseal-*' | wc -l)" = 0 ]
	}
	check "a full file system: each file is as it was, and nothing else is there" no_room
	# room for one file more than there are is enough for all of them
	one_more() { full $((used + 64)) && [ "$(sound after)" = $((2 * COUNT)) ]; }
	check "room for a few files at a time is enough" one_more
else
	skip "a full file system" "no mount namespaces here"
fi

# ---- changed meanwhile, not allowed ----------------------------------------------------

rm -rf t kept after
mkdir t && cp plain.so t/locked.so && cp plain.so t/other.so
locked() {
	# shellcheck disable=SC2016 # expanded inside
	flock t/locked.so sh -c '"$MODSEAL" sign --key key.key --certificate key.pem t >out 2>err'
	[ $? = 1 ] && grep -q "'t/locked.so': another process is signing it" err && cmp t/locked.so plain.so &&
		modseal verify --certificate key.pem t/other.so
}
check "a file that another process is signing" locked
