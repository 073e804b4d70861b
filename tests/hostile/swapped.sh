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
for directory in files other; do
	i=0
	while [ $i -lt 60 ]; do
		i=$((i + 1))
		cp kinds/good $directory/$i.so
	done
done
seq -f 'files/%g.so' 1 60 >list

swap() { # swap FILE KIND: at once, as a whole
	ln -f "kinds/$2" "files/$1.new" && mv -f "files/$1.new" "files/$1" 2>/dev/null
}
swap_files() {
	while [ ! -e stop ]; do
		for kind in wrong strange bare good; do
			for i in $(seq 1 60); do
				swap "$i.so" $kind
			done
			rm -f "files/1.so"
			ln -s ../kinds/wrong files/1.so
		done
	done
}
swap_directory() { # for an empty one, one with other files, and a link to that
	while [ ! -e stop ]; do
		mv -T files away && mv -T other files && mv -T files other && mv -T away files
		mv -T files away && ln -s other files && rm files && mv -T away files
	done
}
all_met() {
	while read -r _ digest; do
		grep -q "$digest" results || return 1
	done <digests
}
# told ROUNDS JOBS ALL: each result is that of the digest it tells; ALL: rounds go on until every
# kind was met, however slow the others are
told() {
	round=0
	while [ $round -lt "$1" ] || { [ "$3" = 1 ] && [ $round -lt 400 ] && ! all_met; }; do
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
		END { for (k in want) if (files && !seen[k]) { print "never met: " k; bad = 1 }
		      exit bad }' files="$3" digests counts
}
files_replaced() { swap_files & told "$1" "$2" 1; }
directory_replaced() { swap_directory & told "$1" "$2" 0; }

rounds=20
[ -z "${SANITIZE:-}" ] || rounds=6
for jobs in 1 2; do
	check "R06 files are replaced: each verdict is of the bytes it tells, --jobs $jobs" \
		files_replaced $rounds $jobs
	check "R06 their directory is replaced, --jobs $jobs" directory_replaced $rounds $jobs
done
