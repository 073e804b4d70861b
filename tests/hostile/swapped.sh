#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Files, and the directory they lie in, are replaced while many are checked in one process: what
# is kept from one file for the next (memory, decoded signatures) never tells of another file.
# Also run by check-tsan:
# threads
. tests/lib.sh

cd "$WORK" || exit 99
mkdir kinds files other
# names of one length: then all but a signature is as long as that of the other
for key in release another; do
	"$MODSEAL" keygen $key --algorithm rsa3072 >/dev/null || exit 99
done
# of one size: a signature fits wherever another was read into memory
for kind in good wrong strange bare; do
	cp "$DATA/signature/small.so" kinds/$kind
	printf '%-8s' $kind | dd of=kinds/$kind bs=1 seek=72 conv=notrunc 2>/dev/null
	digest=$(sha256sum kinds/$kind | cut -d' ' -f1)
	echo "$kind $digest" >>digests
done
"$MODSEAL" sign --key release.key --certificate release.pem kinds/good kinds/wrong >/dev/null
"$MODSEAL" sign --key another.key --certificate another.pem kinds/strange >/dev/null
# the signature of another file: one bit of the content is not what was signed
printf '\377' | dd of=kinds/wrong bs=1 seek=100 conv=notrunc 2>/dev/null
sed -i '/^wrong/d' digests
size=$(stat -c %s "$DATA/signature/small.so")
echo "wrong $(head -c "$size" kinds/wrong | sha256sum | cut -d' ' -f1)" >>digests
put() { # put DIRECTORY NUMBER PHASE: at once, as a whole; at any time there are some of each
	case $((($2 + $3) % 4)) in 0) kind=good ;; 1) kind=wrong ;; 2) kind=strange ;; *) kind=bare ;; esac
	cp "kinds/$kind" "$1/$2.new" && mv -f "$1/$2.new" "$1/$2.so"
}
fill() { # fill DIRECTORY
	for i in $(seq 1 60); do
		put "$1" "$i" 0
	done
}
fill other
seq -f 'files/%g.so' 1 60 >list

swap_files() {
	while :; do
		for phase in 1 2 3 4; do
			for i in $(seq 1 60); do
				[ ! -e stop ] || return
				put files "$i" $phase
			done
			rm files/1.so
			ln -s ../kinds/wrong files/1.so
		done
	done
}
swap_directory() { # for none, for one with other files, and for a link to that
	while [ ! -e stop ]; do
		mv -T files away && mv -T other files && mv -T files other && mv -T away files
		mv -T files away && ln -s other files && rm files && mv -T away files
	done
}
# told ROUNDS JOBS: each result is that of the digest it tells
told() {
	round=0
	while [ $round -lt "$1" ]; do
		round=$((round + 1))
		# shellcheck disable=SC2046
		"$MODSEAL" verify --json --jobs "$2" --certificate release.pem $(cat list list list)
	done >results 2>messages
	touch stop
	wait
	rm stop
	[ ! -s messages ] || { cat messages >&2; return 1; }
	sed -n 's/.*"code": "\([A-Z_]*\)".*"digest": "sha256:\([0-9a-f]*\)".*/\1 \2/p' results |
		sort | uniq -c >counts
	awk '
		NR == FNR { kind[$2] = $1; next }
		{ want["good"] = "OK"; want["wrong"] = "SIGNATURE_INVALID"
		  want["strange"] = "SIGNER_NOT_ALLOWED"; want["bare"] = "SIGNATURE_MISSING"
		  seen[kind[$3]]++
		  if ($2 != want[kind[$3]]) { print; bad = 1 } }
		END { for (k in want) if (!seen[k]) { print "never met: " k; bad = 1 }
		      exit bad }' digests counts
}
files_replaced() { fill files; swap_files & told "$1" "$2"; }
directory_replaced() { fill files; swap_directory & told "$1" "$2"; }

rounds=20
[ -z "${SANITIZE:-}" ] || rounds=6
for jobs in 1 2; do
	check "R06 files are replaced: each verdict is of the bytes it tells, --jobs $jobs" \
		files_replaced $rounds $jobs
	check "R06 their directory is replaced, --jobs $jobs" directory_replaced $rounds $jobs
done
