#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: code is written to memory and called
# The limits of `modseal run`, as modseal-run(1) tells them: what hostile code that runs already can
# still do. What is said here to work does, and nothing else of run_*.sh; --strict ends some of it, and
# of what is left the kernel more, where it has Landlock (run_landlock.sh).
. tests/lib.sh
TOP=$PWD
. tests/hostile/run.inc
cp /usr/bin/true "$SAFE" && cp /usr/bin/false "$OURS/other" && chown $user "$OURS/other" || exit 99
limit() {
	name=$1
	shift
	check "limit: $name: works without run" free "$@"
	check "limit: $name: works with it" worked "$@"
}
worked() { out=$(run "$@" 2>"$WORK/err"); [ "${out%% *}" = worked ] || { echo "said: $out" >&2; cat "$WORK/err" >&2; return 1; }; }
ends() {
	out=$(run_options=--strict; run "$@" 2>"$WORK/err")
	[ "${out#stopped}" != "$out" ] || { echo "said: $out" >&2; cat "$WORK/err" >&2; return 1; }
}
strictly() {
	name=$1
	limit "$@"
	shift
	check "--strict: $name: does not" ends "$@"
}

# races with the check, by another thread
sed -n '/^Three races are open/,/^The kernel reads all three again/{ /^\./d; p; }' \
	"$TOP/packaging/man/modseal-run.1" | tr '\n' ' ' >"$WORK/races"
# race NAME SAID WORD...: it works, and the man page says so
race() {
	said=$2
	check "E25 the man page names the race: $1" grep -q "$said" "$WORK/races"
	name=$1
	shift 2
	limit "$name" "$@"
}
race "the descriptor is changed meanwhile" 'put another file behind a number of theirs between the check' \
	"$limits" race-descriptor "$good" "$OURS/code"
race "the mapping is changed meanwhile" 'another thread may change a mapping between the check' \
	"$limits" race-mapping "$OURS/code"
race "the path lies in memory that changes" 'path may be changed between the check and in memory by whoever shares it' \
	"$landlock" race-text "$SAFE/true" "$OURS/other"

# root changes a file in place: an overlay that has it from below copies it then, and maps for whoever has
# opened it before what is there below
mkdir "$WORK/lower" "$WORK/upper" "$WORK/work" "$SAFE/merged"
cp "$OURS/code" "$WORK/lower/image" && chmod 644 "$WORK/lower/image" && chown 0:0 "$WORK/lower/image" &&
	cp "$good" "$WORK/signed" &&
	"$MODSEAL" sign --key "$SAFE/release.key" --certificate "$SAFE/release.pem" "$WORK/signed" >/dev/null || exit 99
over() { mount -t overlay -o "lowerdir=$WORK/lower,upperdir=$WORK/upper,workdir=$WORK/work" overlay "$SAFE/merged"; }
if over 2>/dev/null; then
	mounts="$mounts $SAFE/merged"
	policy_of overlay.yaml "{path: $SAFE/merged/*, signers: [release], owners: [root], identity: unbound}" >/dev/null
	policy=overlay.yaml
	changed_below() { # changed_below WANT [COMMAND...]: how root changes it
		want=$1
		shift
		rm -f opened
		run "$limits" opened-before "$SAFE/merged/image" "$OURS/opened" >"$WORK/out" 2>"$WORK/err" &
		runner=$!
		for turn in $(seq 200); do [ -e opened ] && break; sleep 0.02; done
		"$@"
		rm -f opened
		wait $runner
		grep -q "^$want" "$WORK/out" || { cat "$WORK/out" "$WORK/err" >&2; return 1; }
	}
	check "an overlay: what nobody signed is refused" changed_below "stopped mmap EACCES"
	replace() { cp "$WORK/signed" "$SAFE/merged/new" && mv "$SAFE/merged/new" "$SAFE/merged/image"; }
	check "an overlay: what root replaced is refused" changed_below "stopped mmap EACCES" replace
	umount "$SAFE/merged" && rm "$WORK/upper/image" && over || exit 99
	check "limit: an overlay, a file opened before root changed it: works with it" changed_below worked \
		cp "$WORK/signed" "$SAFE/merged/image"
	policy=policy.yaml
else
	skip "limit: an overlay" "none can be mounted here"
fi

# code that comes from no file
strictly "anonymous memory" "$limits" anonymous
strictly "anonymous memory, made executable later" "$limits" anonymous-later
strictly "memory of a program, made executable" "$limits" data
strictly "ptrace" "$limits" ptrace "$good"
strictly "process_vm_writev" "$limits" vm-writev

# behind the content of a signed file lies its signature, and in that certificates of anybody's
tailed() {
	printf '[req]\ndistinguished_name=d\nx509_extensions=e\nprompt=no\n[d]\nCN=stranger\n[e]\n1.2.3.4=DER:0406%s\n' "$2" >"$WORK/tail.cnf"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/tail.key" -out "$WORK/tail.pem" \
		-config "$WORK/tail.cnf" -days 30 2>"$WORK/log" &&
		openssl cms -sign -binary -outform DER -noattr -nocerts -md sha256 -signer "$SAFE/release.pem" -inkey "$SAFE/release.key" \
			-certfile "$WORK/tail.pem" -in "$good" -out "$WORK/tail.cms" 2>"$WORK/log" || return 1
	{
		cat "$good" "$WORK/tail.cms"
		python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack(">BBBBB3xI", 0, 0, 2, 0, 0, int(sys.argv[1])) + b"~Module signature appended~\n")' \
			"$(stat -c %s "$WORK/tail.cms")"
	} >"$1"
}
case $(uname -m) in
x86_64) bytes=b867120000c3 ;;
*) bytes= ;;
esac
if [ "$bytes" ] && tailed "$SAFE/lib/tailed.so" $bytes; then
	policy_of tailed.yaml "{path: $SAFE/lib/tailed.so, kind: library, signers: [release], identity: unbound}" >"$WORK/log" 2>&1
	policy=tailed.yaml
	strictly "the signature behind a signed file" "$limits" tail "$SAFE/lib/tailed.so"
	check "--strict: it is named" one_record "$SAFE/lib/tailed.so"
	strictly "the same by mremap" "$limits" tail-grown "$SAFE/lib/tailed.so"
	check "--strict: it is named" one_record "$SAFE/lib/tailed.so"
	strictly "the same by a mapping of no size, in the end" "$limits" tail-doubled "$SAFE/lib/tailed.so"
	check "--strict: it is named" one_record "$SAFE/lib/tailed.so"
	run_options=--strict
	check "--strict: what is signed of it is mapped" run "$hostile" map-only "$SAFE/lib/tailed.so"
	check "--strict: it is loaded" caught payload - "$loader" dlopen "$SAFE/lib/tailed.so"
	check "--strict: memory of no file grows" run /usr/bin/python3 -c 'import mmap; m = mmap.mmap(-1, 4096); m.resize(1 << 24); x = bytearray(1 << 20); x.extend(bytes(1 << 24))'
	run_options=
	policy=policy.yaml
else
	skip "limit: the signature behind a signed file" "no machine code for it here, or no openssl"
fi
if as_user "$limits" io_uring >/dev/null; then
	strictly "io_uring" "$limits" io_uring
else
	skip "io_uring" "this kernel has none"
fi
if [ "$(uname -m)" = x86_64 ] && as_user "$limits" modify_ldt >/dev/null; then
	strictly "modify_ldt" "$limits" modify_ldt
fi
if as_user "$limits" proc-mem "$good" >/dev/null; then
	limit "/proc/PID/mem" "$limits" proc-mem "$good"
else
	skip "limit: /proc/PID/mem" "this kernel writes no read-only memory"
fi

# What is set for modseal itself, not behind `--`, is in the supervisor before that can decide; the
# units that are shipped unset it.
own() { within_time env LD_PRELOAD="$EVIL" "$SAFE/bin/modseal" run --policy "$SAFE/$policy" --anchor "$SAFE/policy.pem" -- true; }
fresh
own >"$WORK/out" 2>&1
check "limit: LD_PRELOAD for modseal itself: works" marked
units() {
	for unit in "$TOP"/packaging/systemd/*; do
		grep -q '^UnsetEnvironment=.*LD_PRELOAD.*LD_LIBRARY_PATH.*LD_AUDIT' "$unit" || { echo "$unit" >&2; return 1; }
	done
}
check "the units unset it" units

# scripts as data of an approved interpreter
echo 'echo worked' >script
limit "a script as data of a shell" sh "$OURS/script"
# shellcheck disable=SC2016 # expanded there
limit "a script that a shell reads" sh -c '. "$0"' "$OURS/script"
echo 'print("worked")' >script.py
limit "a script as data of Python" /usr/bin/python3 "$OURS/script.py"
