#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Help, versions, and every wrong use: one message that says what is wrong, and exit 2.
# emulated
# plain
. tests/lib.sh

# says STATUS TEXT COMMAND...: ends with STATUS, nothing on standard output, and one line on
# standard error that is "modseal: " and TEXT
says() {
	want=$1 text=$2
	shift 2
	"$@" >"$WORK/stdout" 2>"$WORK/stderr" </dev/null
	got=$?
	[ "$got" = "$want" ] || { echo "exit $got, wanted $want" >&2; cat "$WORK/stderr" >&2; return 1; }
	[ ! -s "$WORK/stdout" ] || { echo "something on standard output" >&2; return 1; }
	printf 'modseal: %s\n' "$text" | diff - "$WORK/stderr" >&2
}
wrong() {
	text=$1
	shift
	check "wrong use: $*" says 2 "$text" "$MODSEAL" "$@"
}

# ---- help and version ------------------------------------------------------------------

first_line() { # first_line TEXT COMMAND...
	text=$1
	shift
	"$@" >"$WORK/stdout" 2>"$WORK/stderr" || return 1
	[ ! -s "$WORK/stderr" ] && [ "$(head -n 1 "$WORK/stdout")" = "$text" ]
}
commands() {
	"$MODSEAL" help | sed -n 's/^  \([a-z][a-z]*\( [a-z][a-z]*\)\{0,1\}\)  .*/\1/p'
}
check "the version" first_line "modseal ${VERSION:-0.1.0}" "$MODSEAL" --version
for word in help --help -h; do
	check "$word lists the commands" \
		first_line "Usage: modseal COMMAND [options] [FILE...]" "$MODSEAL" "$word"
	check "policy has a list of its own: $word" \
		first_line "Usage: modseal policy COMMAND [options] [FILE...]" "$MODSEAL" policy "$word"
done
# a build without libseccomp has no `run`
run=$("$MODSEAL" help run >"$WORK/stdout" 2>&1 && echo run,)
all_commands() {
	[ "$(commands | tr '\n' ,)" = "keygen,sign,strip,digest,attach,timestamp request,timestamp attach,timestamp verify,verify,inspect,load,insmod,ps,${run}policy check,policy show,policy install,policy rollback,policy reset,policy explain,policy test,policy lint,policy diff,policy sign,catalog create,catalog sign,catalog show,catalog verify,learn,vouch," ]
}
check "every command is in the list" all_commands
commands >"$WORK/commands"
while read -r command; do
	# shellcheck disable=SC2086 # a command may have two words
	usage=$("$MODSEAL" $command --help | head -n 1)
	has_usage() { case $usage in "Usage: modseal $command [options]"*) ;; *) return 1 ;; esac; }
	check "$command --help" has_usage
	# shellcheck disable=SC2086
	check "help $command says the same" first_line "$usage" "$MODSEAL" help $command
	# what stands behind the name of a program is the program's
	others='some operands'
	[ "$command" != run ] || others='--summary'
	# shellcheck disable=SC2086
	check "$command -h says the same, whatever else is given" \
		first_line "$usage" "$MODSEAL" $command $others -h
	explains_all() { # no line of options is without its text
		# shellcheck disable=SC2086
		"$MODSEAL" $command --help | awk '
			/^  --/ && !/^  --[^ ]+( [^ ]+)?  +[^ ]/ { getline; if (!/^ +[^ -]/) exit 1 }'
	}
	check "$command --help explains every option" explains_all
done <"$WORK/commands"

# ---- commands --------------------------------------------------------------------------

lists_and_fails() { # the list of commands on standard error
	"$@" >"$WORK/stdout" 2>"$WORK/stderr"
	[ $? = 2 ] && [ ! -s "$WORK/stdout" ] && grep -q '^Usage: modseal ' "$WORK/stderr"
}
check "without a command" lists_and_fails "$MODSEAL"
check "without a command of policy" lists_and_fails "$MODSEAL" policy
wrong "'sing': unknown command (did you mean \`modseal sign\`? see \`modseal help\`)" sing a
wrong "'zzz': unknown command (see \`modseal help\`)" zzz
wrong "'': unknown command (see \`modseal help\`)" ""
wrong "'--jobs': unknown option (see \`modseal help\`)" --jobs 2
wrong "'policy shw': unknown command (did you mean \`modseal policy show\`? see \`modseal help\`)" policy shw
wrong "'polcy': unknown command (did you mean \`modseal policy check\`? see \`modseal help\`)" polcy check
wrong "'zzz': unknown command (see \`modseal help\`)" help zzz
wrong "'policy zzz': unknown command (see \`modseal help\`)" help policy zzz
escape=$(printf 'a\033[31mb\nc')
wrong "'a\\x1b[31mb\\x0ac': unknown command (see \`modseal help\`)" "$escape"

# ---- options ---------------------------------------------------------------------------

see() { echo "see \`modseal $1 --help\`"; }
# not one of the exit values of a program that it starts
if [ -n "$run" ]; then
	check "wrong use of run: an option" says 125 "'--sumary': unknown option (did you mean --summary? $(see run))" \
		"$MODSEAL" run --sumary true
	check "wrong use of run: no program" says 125 "an operand is missing: -- PROGRAM [ARGUMENT...] ($(see run))" "$MODSEAL" run
	check "wrong use of run: an empty name" says 125 "'': an operand is empty (name a file; $(see run))" \
		"$MODSEAL" run -- ''
	check "wrong use of run: an empty policy" says 125 "'--policy': its argument is empty ($(see run))" \
		"$MODSEAL" run --policy '' -- true
fi
sed -i '/^run$/d' "$WORK/commands"
while read -r command; do
	# shellcheck disable=SC2086
	wrong "'--frobnicate': unknown option ($(see "$command"))" $command --frobnicate x
	# shellcheck disable=SC2086
	wrong "'--jsn': unknown option (did you mean --json? $(see "$command"))" $command x --jsn
	# shellcheck disable=SC2086
	wrong "'--json=1': this option takes no argument ($(see "$command"))" $command --json=1 x
	# shellcheck disable=SC2086
	wrong "'-x': unknown option ($(see "$command"))" $command -x x
	# every option that takes an argument, without one
	# shellcheck disable=SC2086
	"$MODSEAL" $command --help | sed -n 's/^  --\([a-z-]*\) [^ ].*/\1/p' >"$WORK/with"
	while read -r option; do
		# shellcheck disable=SC2086
		wrong "'--$option': its argument is missing ($(see "$command"))" $command x "--$option"
		case $option in
		jobs | days | passphrase-fd | kind | trust | evidence | hash | padding | anchor | digest | signer | from | from-user | include | exclude) continue ;;
		esac
		# shellcheck disable=SC2086
		wrong "'--$option': its argument is empty ($(see "$command"))" $command x "--$option" ""
		# shellcheck disable=SC2086
		wrong "'--$option': given twice (give it once; $(see "$command"))" \
			$command x "--$option" a "--$option=b"
	done <"$WORK/with"
done <"$WORK/commands"

wrong "'--cert': unknown option (did you mean --certificate? $(see verify))" verify --cert c x
wrong "'--certificate-': unknown option (did you mean --certificate? $(see verify))" \
	verify --certificate- c x
wrong "'-certificate': unknown option (did you mean --certificate? $(see sign))" sign -certificate c x
for number in -1 +1 1x 0x1 1025 18446744073709551617 ' 1' ''; do
	wrong "'$number': not such a number (--jobs takes a whole number from 0 to 1024; $(see verify))" \
		verify --jobs "$number" x
done
wrong "'--jobs': given twice (give it once; $(see verify))" verify --jobs 1 --jobs 1 x
wrong "'0': not such a number (--days takes a whole number from 1 to 36500; $(see keygen))" \
	keygen --days 0 x
wrong "'-1': not such a number (--passphrase-fd takes a whole number from 0 to 1048576; $(see sign))" \
	sign --passphrase-fd -1 x
choice() { # choice COMMAND OPTION CHOICES
	for value in x "" "$3" "${3%%|*}x"; do
		wrong "'$value': not one of the choices (--$2 takes $3; $(see "$1"))" \
			"$1" "--$2" "$value" x
	done
}
choice verify kind 'library|program|kernel-module'
choice verify trust 'pinned|chain'
choice verify evidence 'appended|detached|ima'
choice sign hash 'sha256|sha384|sha512'
choice sign padding 'pkcs1|pss'

# ---- operands --------------------------------------------------------------------------

for command in sign strip verify inspect; do
	wrong "an operand is missing: FILE... ($(see $command))" $command
	wrong "'': an operand is empty (name a file; $(see $command))" $command ""
done
wrong "an operand is missing: NAME ($(see keygen))" keygen
wrong "an operand is missing: FILE ($(see load))" load
wrong "an operand is missing: FILE ($(see "policy sign"))" policy sign
wrong "an operand is missing: FILE... ($(see verify))" verify --json --
wrong "'b': one operand too many ($(see keygen))" keygen a b
wrong "'b': one operand too many ($(see load))" load a b
wrong "'b': one operand too many ($(see "policy check"))" policy check a b
wrong "'a': one operand too many ($(see "policy show"))" policy show a
wrong "'b': one operand too many ($(see "policy sign"))" policy sign a b
wrong "'--json': one operand too many ($(see load))" load a -- --json

# ---- what does not go together ---------------------------------------------------------

wrong "the option --key is missing ($(see sign))" sign x
wrong "the option --key is missing ($(see sign))" sign --certificate c x
wrong "'--output': it takes one file, not several ($(see sign))" \
	sign --key k --certificate c --output o a b
wrong "'--output': it takes one file, not several ($(see strip))" strip --output o a b
for pair in "file f --passphrase-fd 3" "file f --passphrase-env E" "fd 3 --passphrase-env E"; do
	# shellcheck disable=SC2086
	wrong "the passphrase is given in several ways ($(see sign))" \
		sign --key k --certificate c --passphrase-$pair x
	# shellcheck disable=SC2086
	wrong "the passphrase is given in several ways ($(see keygen))" keygen --passphrase-$pair x
done
for issuer in key ',cert' 'key,' 'a,b,c' ','; do
	wrong "'$issuer': --issuer takes KEY,CERT: two files ($(see keygen))" keygen --issuer "$issuer" x
done
wrong "'--trust': it needs --certificate ($(see verify))" verify --trust chain x
wrong "'--evidence': it needs --certificate ($(see verify))" verify --evidence appended x
wrong "'--kind': it needs a policy, not --certificate ($(see verify))" \
	verify --certificate c --kind library x
for option in policy anchor policy-name; do
	wrong "'--certificate': it takes the place of the policy; give one of the two ($(see verify))" \
		verify --certificate c "--$option" p x
done
wrong "'-': standard input needs --certificate: a policy judges where a file lies ($(see verify))" \
	verify x -
wrong "'-': standard input has no signature beside it, only appended ones ($(see verify))" \
	verify --certificate c --evidence detached -
wrong "'b': the policy is named twice ($(see "policy check"))" policy check --policy a b

# ---- no wrong use touches a file -------------------------------------------------------

made() {
	ls -d x x.key x.pem b.key x.p7s o 2>/dev/null
}
check "no wrong use makes a file" nothing made
