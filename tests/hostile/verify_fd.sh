#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R114: a descriptor and a path that must be of one file; what is decided is what the path
# leads to, whatever the descriptor gives.
. tests/lib.sh
. tests/policy.sh
check "the policy is signed" write_policy "$REAL/policy.yaml"
cp "$BUILD/tests/hosts/verify_fd" "$REAL/host"
sign_with release "$REAL/host" >"$WORK/log"
check "the policy allows the host" write_policy "$REAL/policy.yaml" \
	"rule:{path: $REAL/host, kind: program, signers: [release], owners: [root, caller]}"
build_library "$LIB/liba.so.1" liba.so.1 "int value(void) { return 1; }"
build_library "$LIB/libb.so.1" libb.so.1 "int value(void) { return 2; }"
# answers CODE STAGE HOW FILE PATH [SYMBOL]
answers() {
	wanted="$1 $2 "
	shift 2
	"$REAL/host" "$REAL/policy.yaml" "$REAL/policy.pem" "$@" >"$WORK/said" 2>&1
	case $(head -n 1 "$WORK/said") in "$wanted"*) ;; *) echo "wanted $wanted: $(cat "$WORK/said")" >&2; return 1 ;; esac
}
said() { grep -qF -- "$1" "$WORK/said"; }
a=$LIB/liba.so.1 b=$LIB/libb.so.1
check "R114 a descriptor of the very file is accepted" answers OK none read "$a" "$a" value
check "R114 and the file is loaded" said "value: 1"
check "R114 opened for reading and writing, too" answers OK none both "$a" "$a"
check "R114 the descriptor of another signed file" answers PATH_MISMATCH open read "$b" "$a"
check "R114 the other way round" answers PATH_MISMATCH open read "$a" "$b"
cp "$a" "$WORK/copy"
check "R114 of a copy with the same bytes" answers PATH_MISMATCH open read "$WORK/copy" "$a"
check "R114 of a memfd with the same bytes" answers PATH_MISMATCH open memfd "$a" "$a"
cp "$a" "$LIB/libc.so.1"
check "R114 of what was replaced since" answers PATH_MISMATCH open moved "$LIB/libc.so.1" "$LIB/libc.so.1"
ln "$a" "$LIB/liba.so.1.1"
check "R114 of another name of the same file" answers OK none read "$LIB/liba.so.1.1" "$a"
ln -s liba.so.1 "$LIB/liba.so"
check "R114 a path that is a link to the file" answers OK none read "$a" "$LIB/liba.so"
: >"$LIB/empty.so"
check "R114 an empty file is compared, and judged then" answers TYPE_MISMATCH container read "$LIB/empty.so" \
	"$LIB/empty.so"
check "R114 O_PATH" answers ARGUMENT open path "$a" "$a"
check "and that is told" said O_PATH
check "R114 opened for writing only" answers ARGUMENT open write "$a" "$a"
check "and that is told" said "for writing only"
check "R114 a directory" answers NOT_REGULAR open directory "$a" "$a"
check "R114 a pipe" answers NOT_REGULAR open pipe "$a" "$a"
# its number would be that of the file that is opened by path
check "R114 a descriptor that is closed" answers ARGUMENT open closed "$a" "$a"
check "and that is told" said "not open"
check "R114 a name is not looked up" answers ARGUMENT find read "$a" liba.so.1
check "R114 a path to nothing" answers NOT_FOUND open read "$a" "$LIB/none.so"
check "R114 a context that only checks" answers ARGUMENT find only-checking "$a" "$a"
check "and that is told" said "opened for checking only"
# the files of an image are looked at, not handed out
check "R114 a context of an image" answers ARGUMENT find in-root "$a" "$a"
check "and that is told" said "opened for checking only"
check "R114 an image is no root to load from" answers ARGUMENT context load-in-root "$a" "$a"
check "and that is told" said "the root of an image is for checking only"
check "R114 what is wrong with the file is found as ever" answers SIGNATURE_INVALID evidence changed "$b" "$b"
# two file systems may number their files alike
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir "$WORK/low" "$WORK/up" "$WORK/work" "$LIB/merged"
	cp "$a" "$WORK/low/liba.so.1"
	overlaid() {
		unshare -m sh -c "mount -t overlay -o lowerdir='$REAL/low',upperdir='$REAL/up',workdir='$REAL/work' overlay '$LIB/merged' &&
			exec '$REAL/host' '$REAL/policy.yaml' '$REAL/policy.pem' ${3:-read} '$1' '$LIB/merged/liba.so.1'" >"$WORK/said" 2>&1
		grep -q "^$2 " "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
	}
	if unshare -m sh -c "mount -t overlay -o lowerdir='$REAL/low',upperdir='$REAL/up',workdir='$REAL/work' overlay '$LIB/merged'" 2>/dev/null; then
		check "R114 on an overlay the very file is accepted" overlaid "$LIB/merged/liba.so.1" OK
		check "R114 the file below is another" overlaid "$REAL/low/liba.so.1" PATH_MISMATCH
		# the descriptor gives the good bytes from below then, the path leads to others
		check "R114 copied up and changed since, it is judged as it is" overlaid "$LIB/merged/liba.so.1" \
			SIGNATURE_INVALID changed
	else
		skip "R114 on an overlay" "no overlay can be mounted here"
	fi
else
	skip "R114 on an overlay" "needs root"
fi
