#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A catalog that is made and signed at once: signed is what was listed, whatever others put
# into its place meanwhile, and a failure leaves the old one with its signature.
. tests/lib.sh
cd "$WORK" || exit 99
real=$(pwd -P)
for key in key other; do
	"$MODSEAL" keygen $key >/dev/null || exit 99
done
cp "$MODSEAL" good
head -c 4096 "$MODSEAL" >evil
mkdir shared
make() { # make DIR [STRACE OPTION...]
	to=$1
	shift
	strace -qq -o trace "$@" "$MODSEAL" catalog create --name base --serial 2 --issued 2026-02-01T00:00:00Z \
		--output "$to/base.cat" --key key.key --certificate key.pem "$real/good"
}
signed() { # signed FILE: with a signature of ours
	openssl cms -verify -binary -inform DER -in "$1.p7s" -content "$1" -certfile key.pem -noverify -out /dev/null
}
lists() { grep -q "^$real/$2 " "$1"; }
"$MODSEAL" catalog create --name base --serial 9 --output evil.cat --all "$real/evil" >/dev/null || exit 99

# ---- somebody who may write beside it -------------------------------------------------

swapped() { # swapped CALL: when CALL has been made for the first time another lies there
	rm -rf shared && mkdir shared
	make shared -e "inject=$1:delay_exit=1500000:when=1" >out 2>err &
	maker=$!
	for turn in $(seq 1 100); do
		[ ! -s shared/base.cat ] || break
		sleep 0.05
	done
	cp evil.cat shared/new && mv shared/new shared/base.cat
	wait $maker
	[ ! -f shared/base.cat.p7s ] || ! lists shared/base.cat evil || ! signed shared/base.cat || {
		echo "others have a signature over their list" >&2
		return 1
	}
	lists shared/base.cat evil
}
check "what others put into its place is not signed" swapped renameat2

# ---- failures ------------------------------------------------------------------------

mkdir old
"$MODSEAL" catalog create --name base --serial 1 --output old/base.cat --key key.key --certificate key.pem --all \
	"$real/evil" >/dev/null || exit 99
check "a good pair is there" signed old/base.cat
# whole CALL: made to fail each time in turn, it leaves the old pair or makes the new one
whole() {
	for nth in $(seq 1 40); do
		rm -rf pair && cp -a old pair
		make pair -e trace="$1" -e "inject=$1:error=$2:when=$nth" >out 2>err
		status=$?
		grep -q INJECTED trace || break
		signed pair/base.cat || { echo "$1 $nth: no pair: $(grep INJECTED trace)" >&2; return 1; }
		[ $status != 0 ] || lists pair/base.cat good || { echo "$1 $nth: nothing done" >&2; return 1; }
		[ "$(find pair -type f | wc -l)" = 2 ] || { find pair >&2; return 1; }
	done
	[ "$nth" -gt 1 ]
}
for call in write fsync openat getrandom pread64 renameat2; do
	check "a $call that fails leaves the old pair or makes the new one" whole $call EIO
done
# the same where there was none
none() {
	for nth in $(seq 1 5); do
		rm -rf pair && mkdir pair
		make pair -e trace=renameat2 -e "inject=renameat2:error=EIO:when=$nth" >out 2>err && break
		grep -q INJECTED trace && [ -z "$(ls -A pair)" ] || { ls -A pair >&2; return 1; }
	done
	[ "$nth" = 3 ] && signed pair/base.cat
}
check "a renameat2 that fails where there was none leaves none" none
# file systems that only rename: NFS for one
plain() {
	rm -rf pair && cp -a "$1" pair
	shift
	make pair -e inject=renameat2:error=EINVAL "$@" >out 2>err
}
mkdir empty
check "without renameat2 a pair is made" plain empty
check "... and it is one" signed pair/base.cat
check "without renameat2 a pair is replaced" plain old
check "... by a new one" lists pair/base.cat good
check "... and it is one" signed pair/base.cat
check "without renameat2, a first renameat that fails is told" exits 3 plain old -e inject=renameat:error=EIO:when=1
check "... and leaves the old pair" signed pair/base.cat
check "without renameat2, a second that fails is told" exits 3 plain old -e inject=renameat:error=EIO:when=2
check "... with what is new" grep -q 'base.cat.p7s.*base.cat is the new one by now' err
lost() {
	rm -rf pair && cp -a old pair
	make pair -e trace=renameat2 -e inject=renameat2:error=EIO:when=2+ >out 2>err && return 1
	kept=$(sed -n 's/.*the file that was there is now \(\.modseal-[0-9a-f]*\), beside it.*/\1/p' err)
	cmp "pair/$kept" old/base.cat && cmp pair/base.cat.p7s old/base.cat.p7s && lists pair/base.cat good
}
check "what cannot be given back is told, and not thrown away" lost
# another signs the old one meanwhile: nothing is replaced, rather than half of the pair
meanwhile() {
	rm -rf pair && cp -a old pair && cp old/base.cat.p7s another.p7s
	make pair -e "inject=fsync:delay_enter=1500000:when=1" >out 2>err &
	maker=$!
	for turn in $(seq 1 100); do
		[ -z "$(find pair -name '.modseal-*' -size +0)" ] || break
		sleep 0.05
	done
	sleep 0.2
	mv another.p7s pair/base.cat.p7s
	wait $maker && return 1
	grep -q 'changed meanwhile' err && signed pair/base.cat && cmp old/base.cat pair/base.cat
}
check "a signature that changes meanwhile leaves the old pair" meanwhile
rm -rf pair && cp -a old pair && ln -sf "$real/key.pem" pair/base.cat.p7s
check "a link in the place of the signature is refused" refused NOT_REGULAR "$MODSEAL" catalog create --name base \
	--serial 2 --output pair/base.cat --key key.key --certificate key.pem "$real/good"
check "... and the old one stays" cmp old/base.cat pair/base.cat
check "a new pair is made" make shared
check "... and it is one" signed shared/base.cat
check "... as it always was" "$MODSEAL" catalog create --name base --serial 2 --issued 2026-02-01T00:00:00Z \
	--output alone.cat "$real/good"
check "... with the same bytes" cmp alone.cat shared/base.cat
