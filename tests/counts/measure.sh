# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced after lib.sh: how many instructions each hot path takes, and whether that is what the
# tree says. $EXPECTED is the file that says it for this compiler.
. tests/counts/inputs.sh
COMPILER=$("${CC:-cc}" --version 2>/dev/null | sed -n '1s/ .*//p' | sed 's/.*gcc.*/gcc/')-$("${CC:-cc}" -dumpversion | cut -d . -f 1)
EXPECTED=tests/counts/$COMPILER.txt
# What brings the instructions that are not modseal's own.
LIBRARIES="OpenSSL $(openssl version | sed 's/^[^ ]* \([0-9]*\.[0-9]*\).*/\1/'), glibc $(ldd --version 2>/dev/null | sed -n '1s/.* //p')"

# Why nothing can be counted here; nothing where it can.
uncountable() {
	[ "$(uname -m)" = x86_64 ] || { echo "the counts are those of an x86-64"; return; }
	[ -z "${SANITIZE:-}" ] || { echo "sanitizers do work of their own"; return; }
	for tool in valgrind taskset setpriv openssl; do
		command -v $tool >/dev/null || { echo "$tool is not installed"; return; }
	done
	grep -q -- ' -I\. -O2 -g ' "$BUILD/flags" || echo "it is not built with the flags that are the default"
}

# measure OUTPUT: "PATH OURS CALLS ALL" a line. By a user, for whom more is looked at than for root;
# on one processor, for how many there are decides how many threads are started; with instructions
# that every x86-64 has. What callgrind found stays in $BUILD/counts.
measure() {
	make_inputs "$WORK" >"$WORK/.inputs" 2>&1 || { cat "$WORK/.inputs" >&2; return 1; }
	mkdir "$WORK/out"
	cp "$BUILD/tests/counts/paths" "$WORK/"
	as_user=
	if [ "$(id -u)" = 0 ]; then
		as_user="setpriv --reuid 12345 --regid 12345 --clear-groups"
		chown -R 12345:12345 "$WORK"
	fi
	# shellcheck disable=SC2046,SC2086 # names of paths are words, and so is the command
	$as_user env -i "PATH=$PATH" OPENSSL_ia32cap=0:0 \
		GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX,-SSE4_2,-SSSE3,-ERMS,-FSRM,-BMI2 \
		taskset -c "$(taskset -pc $$ | sed 's/.*[^0-9]\([0-9]*\)[^0-9]*$/\1/')" \
		valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file="$WORK/out/out" \
		"$WORK/paths" "$WORK" $("$WORK/paths" names) >"$WORK/.log" 2>&1 </dev/null ||
		{ cat "$WORK/.log" >&2; return 1; }
	rm -rf "$BUILD/counts"
	cp -r "$WORK/out" "$BUILD/counts"
	# in the order in which they were walked
	# shellcheck disable=SC2046 # names without spaces
	awk -f tests/counts/sum.awk $(printf '%s\n' "$WORK"/out/out.* | sort -t . -k 3n) >"$1"
}

# compare EXPECTED MEASURED: nothing to say, or what is wrong, and what is to be done
compare() {
	libraries=different
	grep -qx "# all: $LIBRARIES" "$1" && libraries=same
	awk -v libraries=$libraries -f tests/counts/compare.awk "$1" "$2"
}
