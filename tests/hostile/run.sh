#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modseal run: unmodified programs under the policy. What works as without it, what is refused,
# and what is told of that.
# plain
# threads
. tests/lib.sh
. tests/policy.sh
chmod 755 "$WORK" "$REAL" "$LIB"
program_rules="rule:{path: /usr/bin/**, kind: program, evidence: [protected-path]}
rule:{path: /usr/lib/**, kind: program, evidence: [protected-path]}
rule:{path: $LIB/**, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
IFS='
'
# shellcheck disable=SC2086 # a rule a line
write_policy "$REAL/policy.yaml" $program_rules || exit 99
# shellcheck disable=SC2086
write_policy "$REAL/audit.yaml" "records: {to: [file], file: $REAL/records.jsonl}" $program_rules || exit 99
unset IFS
sed -i 's/^mode: enforce/mode: audit/' "$REAL/audit.yaml"
"$MODSEAL" policy sign --force "$REAL/audit.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
policy=

# under OPTION... -- PROGRAM...: $policy may be set to another policy
under() {
	timeout 60 "$MODSEAL" run --policy "${policy:-$REAL/policy.yaml}" --anchor "$REAL/policy.pem" "$@"
}
# says TEXT FILE: a line that fits
says() { grep -qE "$1" "$2" || { cat "$2" >&2; return 1; }; }
prints() { # prints TEXT COMMAND...
	text=$1
	shift
	"$@" >"$WORK/stdout" 2>"$WORK/stderr" || { cat "$WORK/stderr" >&2; return 1; }
	[ "$(cat "$WORK/stdout")" = "$text" ] || { cat "$WORK/stdout" "$WORK/stderr" >&2; return 1; }
	[ ! -s "$WORK/stderr" ] || { cat "$WORK/stderr" >&2; return 1; }
}
# fails STATUS TEXT COMMAND...: and standard error says so
fails() {
	want=$1 text=$2
	shift 2
	"$@" >"$WORK/stdout" 2>"$WORK/stderr"
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; cat "$WORK/stderr" >&2; return 1; }
	says "$text" "$WORK/stderr"
}

# ---- what works ------------------------------------------------------------------------

if ! under -- true 2>"$WORK/stderr"; then
	grep -q 'needs Linux 5.19' "$WORK/stderr" && { skip "modseal run" "this kernel is older than 5.19"; exit 0; }
fi
check "a program runs" prints '' under -- true
check "it has its arguments, empty ones too" prints 'a||b' under -- printf '%s|%s|%s' a '' b
check "options behind its name are its own" prints 'x' under printf '%s' x
check "a pipeline of a shell" prints '3 2 1 ' under -- sh -c 'seq 3 | sort -r | tr "\n" " "'
check "E24 its exit status" exits 7 under -- sh -c 'exit 7'
killed() { # by a signal, and so is modseal, though it may ignore that one
	python3 - "$MODSEAL" "$REAL" "$@" <<'END'
import signal, subprocess, sys
modseal, real, ignored, program = sys.argv[1:]
if ignored == "ignored":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
ended = subprocess.run([modseal, "run", "--policy", real + "/policy.yaml", "--anchor",
                        real + "/policy.pem", "--", "/usr/bin/python3", "-S", "-c", program])
sys.exit(ended.returncode != -15)
END
}
ends='import os, signal; signal.signal(signal.SIGTERM, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGTERM)'
check "E24 the signal that ends it" killed default "$ends"
check "E24 one that was ignored before" killed ignored "$ends"
passed_on() {
	rm -f "$WORK/got"
	under -- sh -c "trap 'echo got >$WORK/got; exit 3' TERM; echo \$\$ >$WORK/ready; while :; do sleep 0.05; done" &
	run=$!
	until [ -s "$WORK/ready" ]; do sleep 0.05; done
	# the command itself, not the timeout that started it
	kill -TERM "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$(cat "$WORK/ready")/status")"
	wait $run
	[ $? = 3 ] && [ -s "$WORK/got" ]
}
check "E24 a signal that is sent to modseal" passed_on
outlives() {
	rm -f "$WORK/late"
	under -- sh -c "(setsid sh -c 'sleep 0.5; ls / >$WORK/late' &)" && [ -s "$WORK/late" ]
}
check "E24 modseal waits for the last process, and answers it" outlives
# In a terminal: stopped by its key, the shell gets the terminal back, and `fg` continues it.
cat >"$WORK/terminal" <<SHELL
'$MODSEAL' run --policy '$REAL/policy.yaml' --anchor '$REAL/policy.pem' -- sh -c 'kill -TSTP \$\$; echo went on'
echo "shell: \$?"
fg
echo "shell: \$?"
SHELL
stopped_and_continued() {
	timeout 60 script -qec "sh -m '$WORK/terminal'" /dev/null </dev/null >"$WORK/typescript" 2>&1
	tr -d '\r' <"$WORK/typescript" | grep -aE '^(shell: |went on)' >"$WORK/seen"
	# 128 and the number of the signal that stopped modseal
	[ "$(tr '\n' ' ' <"$WORK/seen")" = "shell: $((128 + $(kill -l STOP 2>/dev/null || echo 19))) went on shell: 0 " ] ||
		{ cat "$WORK/typescript" >&2; return 1; }
}
if command -v script >/dev/null && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	check "E24 a terminal stops and continues it" stopped_and_continued
else
	skip "E24 job control" "needs script (util-linux)"
fi
# shellcheck disable=SC2016 # expanded there
check "what systemd tells a service by its number is told to the program" exits 0 env LISTEN_FDS=0 sh -c 'LISTEN_PID=$$ exec "$@"' sh \
	"$MODSEAL" run --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" -- sh -c '[ "$LISTEN_PID" = $$ ]'
check "E24 an empty environment" prints '' under -- env -i /usr/bin/true
check "a library that is linked, and one that is opened" prints '4.0' \
	under -- /usr/bin/python3 -S -c 'import ctypes; m = ctypes.CDLL("libm.so.6"); m.sqrt.restype = ctypes.c_double; m.sqrt.argtypes = [ctypes.c_double]; print(m.sqrt(16.0))'
check "the summary" fails 0 '^modseal: programs +1 judged' under --summary -- true

# ---- what does not ---------------------------------------------------------------------

check "no such program" fails 127 "^modseal: '$REAL/nosuch': No such file" under -- "$REAL/nosuch"
check "it says what to do" says '\(check the name\)' "$WORK/stderr"
check "no such program in PATH" fails 127 "^modseal: 'nosuch-program': No such file .*name it by its path" under -- nosuch-program
check "wrong use is told from the program's exit" exits 125 under --nosuch -- true
check "no program" exits 125 under
check "E14 no policy, no program" exits 125 timeout 60 "$MODSEAL" run --policy "$REAL/none.yaml" --anchor "$REAL/policy.pem" -- touch "$WORK/ran/policy"
mkdir -p "$REAL/out"
cp /usr/bin/true "$REAL/out/program"
check "a program that no rule allows" fails 126 "^modseal: '$REAL/out/program': refused: no rule" \
	under -- "$REAL/out/program"
check "it says who wanted what" says "  .* wanted to execute it \(process [0-9]+, \"modseal\", parent [0-9]+\)" "$WORK/stderr"
check "it is told once" [ "$(grep -c "^modseal: '" "$WORK/stderr")" = 1 ]
explained() {
	sed -n 's/^modseal:   why: modseal //p' "$WORK/stderr" >"$WORK/explain"
	printf 'set -- %s\n"$MODSEAL" "$@"\n' "$(cat "$WORK/explain")" >"$WORK/explain.sh"
	sh "$WORK/explain.sh" >"$WORK/stdout" 2>&1
	grep -q 'no rule' "$WORK/stdout" || { cat "$WORK/explain" "$WORK/stdout" >&2; return 1; }
}
check "and how to learn why" explained
check "the shell goes on" fails 126 'refused' under -- sh -c "$REAL/out/program; exit \$?"
printf '%s\n' "$(marker evil)" >"$WORK/evil.c"
${CC:-cc} -shared -fPIC -o "$REAL/out/evil.so" "$WORK/evil.c"
check "E01 LD_PRELOAD" fails 0 "^modseal: '$REAL/out/evil.so': refused" \
	under -- env LD_PRELOAD="$REAL/out/evil.so" true
check "E01 dlopen" fails 1 "'$REAL/out/evil.so': refused.*" \
	under -- /usr/bin/python3 -S -c "import ctypes; ctypes.CDLL('$REAL/out/evil.so')"
check "E01 nothing of it has run" nothing_ran
# who pastes what is told into a shell runs nothing of a name
cp "$REAL/out/program" "$REAL/out/a';touch x;'"
check "a name with a quote is refused" fails 126 'refused' under -- "$REAL/out/a';touch x;'"
no_line() { ! grep '^modseal:   why:' "$WORK/stderr" >&2; }
check "no line to be pasted has it" no_line
printf '#!/bin/sh\ntouch %s/ran/script\n' "$WORK" >"$REAL/out/script"
chmod 755 "$REAL/out/script"
check "E10 a script that no rule allows" fails 126 "'$REAL/out/script': refused" under -- "$REAL/out/script"
printf '#!%s/out/program\n' "$REAL" >"$LIB/script"
chmod 755 "$LIB/script"
"$MODSEAL" sign --force --any --detached --key "$REAL/release.key" --certificate "$REAL/release.pem" "$LIB/script" >"$WORK/log" 2>&1
check "E10 a script's interpreter that no rule allows" fails 126 "refused" under -- "$LIB/script"
check "E10 nothing of them has run" nothing_ran
[ "$(id -u)" != 0 ] || check "E14 run inside of run" fails 125 'there is a supervisor already' \
	under -- sh -c "exec $LOADER run --policy $REAL/policy.yaml --anchor $REAL/policy.pem -- true"

# ---- audit mode ------------------------------------------------------------------------

policy=$REAL/audit.yaml
check "audit mode lets pass" fails 0 "^modseal: '$REAL/out/program': would be refused" under -- "$REAL/out/program"
recorded() {
	grep -q "\"verdict\":\"would-refuse\",\"code\":\"PATH_NOT_ALLOWED\".*\"object\":\"$REAL/out/program\".*\"pid\":[0-9]*,\"parent\":[0-9]*,\"uid\":$(id -u),\"program\":\"[^\"]*/modseal\",\"command\":\"modseal\"" "$REAL/records.jsonl" ||
		{ cat "$REAL/records.jsonl" >&2; return 1; }
}
check "and records who wanted what" recorded
# what run itself refuses, and the library is never asked about
unnamed="import mmap, os; fd = os.memfd_create('unnamed'); os.write(fd, bytes(4096)); mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)"
own_record() { # own_record VERDICT
	grep -q "\"verdict\":\"$1\",\"code\":\"NOT_FOUND\".*\"object\":\"[^\"]*unnamed[^\"]*\".*\"command\":\"python3\"" "$REAL/records.jsonl" ||
		{ cat "$REAL/records.jsonl" >&2; return 1; }
}
check "E03 memory of its own, in audit mode" fails 0 "unnamed.*: would be refused" under -- /usr/bin/python3 -S -c "$unnamed"
check "R106 it is recorded that it would be refused" own_record would-refuse
learned() {
	"$MODSEAL" learn --from "$REAL/records.jsonl" >"$WORK/learned" 2>"$WORK/stderr"
	grep -q "path: '/usr/lib.*/libc.so.6'" "$WORK/learned"
}
check "learn makes a policy of that" learned
sed 's/^mode: audit/mode: enforce/' "$REAL/audit.yaml" >"$REAL/recorded.yaml"
"$MODSEAL" policy sign --force "$REAL/recorded.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem" >"$WORK/log"
policy=$REAL/recorded.yaml
check "E03 the same where it is enforced" fails 1 "unnamed.*: refused" under -- /usr/bin/python3 -S -c "$unnamed"
check "R106 it is recorded that it was not approved" own_record undecided
policy=

# ---- sealed copies ---------------------------------------------------------------------

as_user() { [ "$(id -u)" != 0 ] || set -- setpriv --reuid 12345 --regid 12345 --clear-groups "$@"; "$@"; }
build_library "$LIB/plugin.so" plugin.so 'int plugin(void) { return 5; }'
if [ "$(id -u)" = 0 ]; then
	chown 12345 "$LIB" "$LIB/plugin.so"
	chmod 644 "$REAL/policy.yaml"* "$REAL/policy.pem" "$REAL/release.pem" "$REAL/other.pem"
	cp "$MODSEAL" "$REAL/command"
	mine=$REAL/command
else
	mine=$MODSEAL
fi
load_plugin="import ctypes; print(ctypes.CDLL('$LIB/plugin.so').plugin())"
by_user() {
	as_user timeout 60 "$mine" run --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@" -- /usr/bin/python3 -S -c "$load_plugin"
}
check "a library that a user may write is refused" fails 1 "'$LIB/plugin.so': refused: others than root" by_user
check "E20 with --seal a copy is loaded" prints 5 by_user --seal
printf x | dd of="$LIB/plugin.so" bs=1 seek=4200 conv=notrunc 2>"$WORK/log"
check "E20 a changed one is refused" fails 1 "'$LIB/plugin.so': refused" by_user --seal
