#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs groups of tests and adds them up; the last line is "N passed, N failed, N skipped".
# Usage: tests/run.sh GROUP... (unit, threads, emulated, musl, cli, hostile, interop, races, vm, counts, lint), or
#        tests/run.sh all MAKE TARGET... (each by itself, then the sum)
# Environment: BUILD (absolute), CC, SANITIZE, UNITS, EMULATOR, as in the Makefile; JOBS, how
#        many scripts run at once (as many as there are processors); THOROUGH, 1: under sanitizers
#        also the scripts that say "# plain"; AT_MOST, seconds (1800) for one script or program:
#        who hangs has failed, and is not waited for
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0 skipped=0
at_most=${AT_MOST:-1800}

add() { # add PASSED FAILED SKIPPED
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}
finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}
# add_summary FILE NAME: adds the closing line of a script; without one the script failed
add_summary() {
	# make tells of a failure behind it
	line=$(grep -v '^make' "$1" | tail -n 1 | grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$')
	if [ -n "$line" ]; then
		# shellcheck disable=SC2046,SC2086 # three words are wanted
		add $(echo "$line" | sed 's/[^0-9 ]//g')
	else
		echo "not ok $2: ended without its closing line"
		add 0 1 0
	fi
}

# One script: one line with its sums and, where it failed, what it said.
run_script() {
	name=$(basename "$(dirname "$1")")/$(basename "$1" .sh)
	log=$logs/$(echo "$name" | tr / -).log
	started=$(date +%s)
	BUILD=$scripts MODSEAL=$modseal timeout --foreground -k 10 "$at_most" sh "$1" >"$log" 2>&1
	status=$?
	[ $status != 124 ] || echo "not ok $name: did not end within $at_most seconds" >>"$log"
	add_summary "$log" "$name"
	if [ $status != 0 ] && [ "$failed" = 0 ]; then
		echo "not ok $name: ended with $status"
		add 0 1 0
	fi
	if [ "$failed" != 0 ]; then
		tail -n 100 "$log"
	else
		grep '^skip ' "$log"
	fi
	echo "$name: $(tail -n 1 "$log") ($(($(date +%s) - started)) s)"
	echo "$passed $failed $skipped" >"$sums/$(echo "$name" | tr / -)"
}

# One Criterion program: its results as TAP. One that dies leaves no or half a file.
run_unit() {
	name=$(basename "$1")
	started=$(date +%s)
	tap=$logs/$name.tap
	rm -f "$tap"
	# shellcheck disable=SC2086 # an emulator may have options
	timeout --foreground -k 10 "$at_most" ${EMULATOR:-} "$1" --tap="$tap" >"$logs/$name.log" 2>&1
	status=$?
	good=0 bad=0 left=0 planned=x
	if [ -s "$tap" ]; then
		left=$(grep -ci '^ok .*# skip' "$tap")
		good=$(($(grep -c '^ok ' "$tap") - left))
		bad=$(grep -c '^not ok ' "$tap")
		planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$tap" | head -n 1)
	fi
	if [ "$planned" != $((good + bad + left)) ] || { [ $status != 0 ] && [ "$bad" = 0 ]; }; then
		echo "not ok $name: status $status, $((good + bad + left)) of ${planned:-x} tests reported"
		bad=$((bad + 1))
	fi
	if [ "$bad" != 0 ]; then
		grep -A 20 '^not ok' "$tap" 2>/dev/null | head -n 60
		tail -n 40 "$logs/$name.log"
	fi
	echo "$name: $good passed, $bad failed, $left skipped ($(($(date +%s) - started)) s)"
	echo "$good $bad $left" >"$sums/$name"
}

# a job of run_jobs
if [ "${1:-}" = --job ]; then
	umask 022
	case $2 in
	*.sh) said=$(run_script "$2") ;;
	*) said=$(run_unit "$2") ;;
	esac
	printf '%s\n' "$said"
	exit 0
fi
if [ "${1:-}" = all ]; then
	make=$2
	shift 2
	output=$(mktemp) || exit 1
	for target in "$@"; do
		echo "== $target"
		{ $make --no-print-directory "$target" 2>&1; echo $? >"$output.status"; } | tee "$output"
		before=$failed
		add_summary "$output" "$target"
		status=$(cat "$output.status")
		if [ "$status" != 0 ] && [ "$failed" = "$before" ]; then
			echo "not ok $target: ended with $status"
			add 0 1 0
		fi
	done
	rm -f "$output" "$output.status"
	echo "== all"
	finish
fi

: "${BUILD:?the build folder, absolute}"
export BUILD
logs=$BUILD/logs
reports=$logs/reports
mkdir -p "$logs"
rm -rf "$reports"
mkdir -p "$reports"

# Programs and libraries are judged where they lie, and a checkout that others may write to
# (umask 002, or root in somebody's folder) is no place for that. Then a copy is tested.
umask 022
could_be_replaced() {
	folder=$1
	while :; do
		[ -z "$(find "$folder" -maxdepth 0 \( -perm -0020 -o -perm -0002 \) ! -perm -1000)" ] &&
			[ -n "$(find "$folder" -maxdepth 0 \( -user 0 -o -user "$(id -u)" \))" ] || return 0
		[ "$folder" != / ] || return 1
		folder=$(dirname "$folder")
	done
}
scripts=$BUILD
case " $* " in
*" lint "* | " unit ") ;;
*)
	if could_be_replaced "$BUILD"; then
		scripts=$(realpath "$(mktemp -d "${TMPDIR:-/var/tmp}/modseal-build.XXXXXX")") || exit 1
		trap 'rm -rf "$scripts"' EXIT
		chmod 755 "$scripts"
		for part in anchor.o flags keys policy verifier lib bin tests data; do
			[ ! -e "$BUILD/$part" ] || cp -a "$BUILD/$part" "$scripts"
		done
		chown -R "$(id -u)" "$scripts" && chmod -R go-w "$scripts"
		echo "others may write to $BUILD: what is built is tested in $scripts"
	fi
	;;
esac

# A script that starts the command is how it runs on another processor.
modseal=$scripts/bin/modseal
if [ -n "${EMULATOR:-}" ]; then
	export MODSEAL_EMULATED=1
	modseal=$BUILD/bin/modseal-emulated
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$EMULATOR" "$BUILD/bin/modseal" >"$modseal"
	chmod 755 "$modseal"
fi

# A sanitizer's report goes to a file of its own: neither Criterion nor a script that expects
# a refusal would fail by it.
case ${SANITIZE:-} in
*address*)
	export ASAN_OPTIONS="log_path=$reports/asan:detect_stack_use_after_return=1:handle_sigill=1"
	;;
undefined) export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1" ;;
thread) export TSAN_OPTIONS="log_path=$reports/tsan" ;;
esac

# run_jobs JOB...: scripts and unit tests, some at once, first those that say "# long"; what one
# prints stays together
run_jobs() {
	[ $# -gt 0 ] || return # nothing passed, which finish takes for a failure
	sums=$(mktemp -d) || exit 1
	for job in $(grep -l '^# long$' "$@") $(grep -L '^# long$' "$@"); do
		echo "$job"
	done >"$sums.list"
	wanted=$#
	export logs scripts modseal sums
	xargs -P "${JOBS:-$(nproc)}" -n 1 "$0" --job <"$sums.list"
	for sum in "$sums"/*; do
		# shellcheck disable=SC2046 # three words are wanted
		[ -e "$sum" ] && add $(cat "$sum") && wanted=$((wanted - 1))
	done
	if [ "$wanted" != 0 ]; then
		echo "not ok: $wanted scripts or unit tests did not run to their ends"
		add 0 "$wanted" 0
	fi
	rm -rf "$sums" "$sums.list"
}

# jobs_of GROUP: one a line
jobs_of() {
	case $1 in
	unit)
		for source in tests/unit/test_*.c; do
			name=$(basename "$source" .c)
			case " ${UNITS:-${name#test_}} " in *" ${name#test_} "*) ;; *) continue ;; esac
			# it compares with the dynamic linker in thousands of processes
			[ -n "${EMULATOR:-}" ] && [ "$name" = test_elf_truth ] && continue
			echo "$BUILD/tests/unit/$name"
		done
		;;
	# For ThreadSanitizer, under which Criterion 2.4.1 does not start: the scripts that say
	# "# threads" run a program of tests/hosts that starts threads.
	threads) grep -l '^# threads$' tests/cli/*.sh tests/hostile/*.sh ;;
	# Scripts that say "# emulated" need no more than the command.
	emulated) grep -l '^# emulated$' tests/cli/*.sh tests/hostile/*.sh ;;
	# What differs with musl, and scripts that need no more than the command and load nothing
	# that needs more than the C library.
	musl)
		ls tests/musl/verdicts.sh tests/musl/loader.sh
		printf 'tests/cli/%s.sh\n' answers_diff answers_explain answers_lint answers_test catalog delegation \
			ima install learn module output pure readme revocation root rotation signing use
		;;
	*)
		# without an interpreter line it is a part of other scripts
		# under sanitizers one that says "# plain" has code that they see elsewhere: in check-all
		# alone (THOROUGH); "# unsanitized": it cannot work there, and says why behind that
		for script in tests/"$1"/*.sh; do
			[ "$(head -c 2 "$script")" = '#!' ] || continue
			if [ -n "${SANITIZE:-}" ]; then
				[ -z "${THOROUGH:-}" ] && grep -q '^# plain$' "$script" && continue
				grep -q '^# unsanitized: ' "$script" && continue
			fi
			echo "$script"
		done
		;;
	esac
}
case "${EMULATOR:-} $* " in
[!\ ]*" unit "*)
	echo "skip test_elf_truth: takes an emulator too long"
	add 0 0 1
	;;
esac
# shellcheck disable=SC2046 # names of scripts have no spaces
run_jobs $(for group in "$@"; do jobs_of "$group"; done)
if [ -n "${SANITIZE:-}" ]; then
	for report in "$reports"/*; do
		# no finding: LeakSanitizer met a thread that was just ending, and went on
		grep -qv '^==[0-9]*==Unable to get registers from thread [0-9]*\.$' "$report" || continue
		echo "not ok sanitizer report $(basename "$report")"
		head -n 60 "$report"
		add 0 1 0
	done
fi
finish
