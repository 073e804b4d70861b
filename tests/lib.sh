# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What every shell test sources. A test is a script of numbered properties:
#
#	. tests/lib.sh
#	check "R37 two PT_DYNAMIC are refused" refused ELF_MALFORMED modseal verify x.so
#
# Each check prints "ok NAME" or "not ok NAME"; the last line is "N passed, N failed, N skipped".
# The environment gives BUILD (absolute); $WORK is a fresh folder, removed at the end.
set -u
# what others may write is refused
umask 022
BUILD=${BUILD:-$PWD/build}
DATA=$BUILD/data
MODSEAL=${MODSEAL:-$BUILD/bin/modseal}
WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/modseal-test.XXXXXX") || exit 99
export BUILD DATA MODSEAL WORK
passed=0 failed=0 skipped=0
finish() {
	status=$?
	rm -rf "$WORK"
	[ "$status" = 0 ] || [ "$failed" -gt 0 ] || { failed=$((failed + 1)); echo "not ok script ended with $status"; }
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] || exit 1
	exit 0
}
trap finish EXIT
# check NAME COMMAND...: the command must succeed; its output is shown when it does not
check() {
	checked=$1
	shift
	if "$@" >"$WORK/.out" 2>"$WORK/.err"; then
		passed=$((passed + 1)); echo "ok $checked"
	else
		failed=$((failed + 1)); echo "not ok $checked"
		sed 's/^/  out: /' "$WORK/.out" | head -20; sed 's/^/  err: /' "$WORK/.err" | head -20
	fi
}
skip() { skipped=$((skipped + 1)); echo "skip $1: $2"; }
# exits N COMMAND...: the command must exit with N
exits() {
	want=$1; shift
	"$@"; got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; return 1; }
}
# refused CODE COMMAND...: a modseal command that must refuse with CODE (by --json)
refused() {
	code=$1; shift
	out=$("$@" --json); status=$?
	[ "$status" != 0 ] || { echo "accepted: $out" >&2; return 1; }
	case $out in
	*"\"code\": \"$code\""* | *"\"code\":\"$code\""*) return 0 ;;
	esac
	echo "wanted $code, got: $out" >&2
	return 1
}
# LeakSanitizer needs ptrace for itself.
strace() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 command strace "$@"
}
# sources NAME...: the project's own files whose names fit one of the patterns, one a line
sources() {
	{ git ls-files -co --exclude-standard 2>/dev/null ||
		find . -name .git -prune -o -path './build*' -prune -o -type f -print | sed 's|^\./||'
	} | while read -r file; do
		for pattern in "$@"; do
			# shellcheck disable=SC2254 # a pattern is wanted
			case $file in $pattern) [ -f "$file" ] && echo "$file"; break ;; esac
		done
	done | sort
}
# empty_state DIR: a rollback state without floors, for anchors that must have one
empty_state() {
	mkdir -p "$1"
	printf 'modseal-state: 1\ntime-floor: 1970-01-01T00:00:00Z\n' >"$1/state"
	echo "sha256: $(sha256sum <"$1/state" | cut -d' ' -f1)" >>"$1/state"
}
# nothing COMMAND...: the command must print nothing; what it prints is the complaint
nothing() {
	out=$("$@") || true
	[ -z "$out" ] || { echo "$out" >&2; return 1; }
}
