#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Completion in bash and zsh proposes every command and option the help has, and nothing else.
# plain
. tests/lib.sh
PATH=$(dirname "$MODSEAL"):$PATH
export PATH
"$MODSEAL" help | awk '/^  [a-z]/ { sub(/^  /, ""); sub(/  .*/, ""); print }' >"$WORK/commands"
firsts() { cut -d ' ' -f 1 "$WORK/commands" | sort -u; }
seconds() { sed -n "s/^$1 //p" "$WORK/commands" | sort; }
# options COMMAND: "--option ARGUMENT", one a line, as in the help
options() {
	# shellcheck disable=SC2086 # a command may have two words
	"$MODSEAL" $1 --help | awk '/^  --/ { print $1, (/^  --[^ ]+ [^ ]/ ? $2 : "") }' | sed 's/ *$//' | sort
}
check "there are commands to compare with" [ "$(wc -l <"$WORK/commands")" -gt 20 ]
mkdir "$WORK/files" "$WORK/files/directory"
touch "$WORK/files/library one.so"

# ---- bash --------------------------------------------------------------------------------

# What the function proposes for the last word of a line, one a line; "<...>" is what it asks
# readline for.
cat >"$WORK/bash" <<'BASH'
. packaging/completion/modseal.bash
compopt() { COMPREPLY+=("<$2>"); }
propose() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_modseal
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
}
BASH
if command -v bash >/dev/null; then
	cat >"$WORK/bash-all" <<'BASH'
while read -r command; do
	propose modseal $command -- | sed "s/^/$command: /"
done <"$WORK/commands"
BASH
	proposed() { # proposed WORD...: for the last of them
		bash -c '. "$WORK/bash"; propose "$@"' - modseal "$@"
	}
	is() { # is EXPECTED WORD...: in any order, on one line
		expected=$1
		shift
		proposed "$@" | sort | paste -sd ' ' - >"$WORK/is"
		echo "$expected" | diff - "$WORK/is" >&2
	}
	all_options() {
		bash -c '. "$WORK/bash"; . "$WORK/bash-all"' | sort >"$WORK/proposed"
		while read -r command; do
			options "$command" | sed "s/ .*//; s/^/$command: /"
		done <"$WORK/commands" | sort | diff - "$WORK/proposed" >&2
	}
	check "bash: the options of every command" all_options
	check "bash: commands" is "$({ firsts; printf '%s\n' help --help --version; } | sort | paste -sd ' ' -)" ''
	check "bash: one command" is policy po
	check "bash: commands of a group" is "$(seconds policy | paste -sd ' ' -)" policy ''
	check "bash: commands behind help" is "$(firsts | paste -sd ' ' -)" help ''
	check "bash: commands of a group behind help" is "$(seconds catalog | paste -sd ' ' -)" help catalog ''
	check "bash: and then no more" is '' help catalog sign ''
	check "bash: what begins so" is '--passphrase-env --passphrase-fd --passphrase-file' sign --pass
	check "bash: words an option takes" is 'kernel-module library program' verify --kind ''
	check "bash: words behind =" is 'sha256 sha384 sha512' sign --hash = sha
	check "bash: words right behind =" is 'chain pinned' verify --trust =
	check "bash: algorithms" is 'rsa3072 rsa4096' keygen --algorithm rsa
	check "bash: a file for an option" is '<default>' sign --key ''
	check "bash: a file for what the help calls otherwise" is '<default>' sign --certificate ''
	check "bash: a directory for an option" is '<dirnames>' verify --root ''
	check "bash: nothing for what only the user knows" is '' verify --policy-name ''
	check "bash: files as operands" is '<default>' sign --key a.key ''
	check "bash: files behind --" is '<default>' sign -- --
	check "bash: nothing where there are no operands" is '' policy rollback ''
	check "bash: a process" is $$ ps $$
	check "bash: an unknown command" is '' frobnicate --
	check "bash: no pattern is made of what is typed" is '' '.*' ''
else
	skip "bash" "not installed"
fi

# ---- zsh ---------------------------------------------------------------------------------

if command -v zsh >/dev/null; then
	# What the function tells _arguments and _describe.
	cat >"$WORK/zsh" <<'ZSH'
setopt extended_glob no_nomatch
_arguments() { shift; for spec; do print -r -- "$command: $spec"; done }
_describe() { print -rl -- ${(P)${@[-1]}%%:*} }
functions[_modseal]="$(<packaging/completion/_modseal)"
propose() {
	words=("$@") CURRENT=$# curcontext=:complete:modseal:
	_modseal
}
ZSH
	# "--option" of "--option=[text]:FILE:_files", "*--option[text]"
	cat >"$WORK/zsh-all" <<'ZSH'
while read -r command; do
	propose modseal ${=command} --
done <$WORK/commands
ZSH
	all_options() {
		zsh -f -c '. $WORK/zsh; . $WORK/zsh-all' >"$WORK/specs" || return 1
		sed -n 's/^\([a-z ]*: \)\*\{0,1\}\(--[a-z0-9-]*\)=\{0,1\}\[..*\].*/\1\2/p' "$WORK/specs" | sort >"$WORK/proposed"
		while read -r command; do
			options "$command" | sed "s/ .*//; s/^/$command: /"
		done <"$WORK/commands" | sort | diff - "$WORK/proposed" >&2
	}
	check "zsh: the options of every command" all_options
	# shellcheck disable=SC2016 # for zsh
	says() { zsh -f -c '. $WORK/zsh; propose modseal "$@"' - "$@" | sort | paste -sd ' ' - >"$WORK/is"; }
	is() {
		expected=$1
		shift
		says "$@" && echo "$expected" | diff - "$WORK/is" >&2
	}
	check "zsh: commands" is "$({ firsts; echo help; } | sort | paste -sd ' ' -)" ''
	check "zsh: commands of a group" is "$(seconds policy | paste -sd ' ' -)" policy ''
	check "zsh: commands behind help" is "$(firsts | paste -sd ' ' -)" help ''
	has() { grep -qxF -- "$1" "$WORK/specs" || { grep -F -- "${1%%:*}" "$WORK/specs" >&2; return 1; }; }
	check "zsh: words an option takes" has 'sign: --padding=[RSA padding (default\: pkcs1, which the kernel wants)]:pkcs1|pss:(pkcs1 pss)'
	check "zsh: what may be repeated" has 'verify: *--anchor=[certificate of a key that may sign the policy (repeatable);]:FILE:_files'
	check "zsh: files as operands" has 'sign: *:FILE...:_files'
	check "zsh: processes as operands" has 'ps: *:[PID...]:_pids'
else
	skip "zsh" "not installed"
fi

# ---- in a terminal -----------------------------------------------------------------------

# typed WANTED SHELL...: types what comes on standard input to a shell in a terminal, with the
# tabs in it, and waits for what is wanted
cat >"$WORK/terminal.py" <<'PYTHON'
import os, pty, select, sys, time
wanted, typed = sys.argv[1].encode(), sys.stdin.buffer.read()
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "dumb"
    os.execvp(sys.argv[2], sys.argv[2:])
seen, end = b"", time.time() + 20
def read_until(text):
    global seen
    while text not in seen:
        if time.time() > end or not select.select([fd], [], [], 1)[0]:
            if time.time() > end:
                sys.exit("not seen: %r in %r" % (text, seen))
            continue
        seen += os.read(fd, 65536)
setup, line = typed.split(b"\n", 1)
os.write(fd, setup + b"; echo rea''dy\n")
read_until(b"ready\r\n")
seen = b""
os.write(fd, line)
read_until(wanted)
os.kill(pid, 9)
PYTHON
typed() {
	wanted=$1 line=$2
	shift 2
	printf '%s\n%b' "$setup" "$line" | python3 "$WORK/terminal.py" "$wanted" "$@"
}
terminals=1
python3 -c 'import pty; pty.openpty()' 2>/dev/null || { terminals= && skip "in a terminal" "none can be opened"; }
if [ -n "$terminals" ] && command -v bash >/dev/null; then
	setup=". packaging/completion/modseal.bash; bind 'set bell-style none'; cd '$WORK/files'"
	bash_typed() { typed "$@" bash --norc --noprofile -i; }
	check "bash in a terminal: a command and its option" bash_typed 'policy check --policy-name' 'modseal pol\tch\t--policy-\tn\t'
	check "bash in a terminal: a file with a space" bash_typed 'library\ one.so' 'modseal sign lib\t'
	check "bash in a terminal: a directory" bash_typed 'directory/' 'modseal keygen --directory d\t'
fi
if [ -n "$terminals" ] && command -v zsh >/dev/null; then
	setup="fpath=('$PWD/packaging/completion' \$fpath); autoload -U compinit; compinit -u -D; cd '$WORK/files'"
	zsh_typed() { typed "$@" zsh -f -i; }
	check "zsh in a terminal: compinit takes it" zsh_typed '--policy-name' 'modseal pol\tch\t--policy-n\t'
	check "zsh in a terminal: what is proposed is explained" zsh_typed 'RSA padding' 'modseal sign --\t\t'
	check "zsh in a terminal: a directory" zsh_typed 'directory/' 'modseal keygen --directory d\t'
fi
