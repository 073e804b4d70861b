# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for the command modseal in bash. The commands, their options and the words these
# take are read from the help of the very command that is being typed, which prints it from the
# tables it parses by: so nothing here can be older or newer than the command.

# What the command says, "" where it cannot be asked. A `~` has not been expanded yet.
_modseal_ask() {
	local program=${COMP_WORDS[0]/#\~\//$HOME/}

	[[ $(type -t -- "$program") == file ]] || program=modseal
	"$program" "$@" 2>/dev/null </dev/null
}

# The commands, one a line; two spaces end the name of one.
_modseal_commands() {
	local line

	while IFS= read -r line; do
		[[ $line =~ ^'  '([a-z]+(' '[a-z]+)?)'  ' ]] && echo "${BASH_REMATCH[1]}"
	done < <(_modseal_ask help)
}

# The options of a command, one a line, with the word for what one takes: "--policy FILE".
# Where that is ALGORITHM its text names those there are, all of which have a digit.
_modseal_options() {
	local line word option='' argument='' names=''

	while IFS= read -r line; do
		if [[ $line =~ ^'  '(--[a-z0-9-]+)(' '([^ ]+))?('  '|$)(.*) ]]; then
			[[ -n $option ]] && echo "$option ${names:-$argument}"
			option=${BASH_REMATCH[1]} argument=${BASH_REMATCH[3]} names=''
			line=${BASH_REMATCH[5]}
		fi
		[[ $argument == ALGORITHM ]] || continue
		for word in $line; do
			word=${word%%[,;]*}
			[[ $word == [a-z]*[0-9]* ]] && names+=${names:+|}$word
		done
	done < <(_modseal_ask "$@" --help)
	[[ -n $option ]] && echo "$option ${names:-$argument}"
}

# Proposes what fits to the word for it in the help: files, but for what only the user knows.
_modseal_argument() {
	case $1 in
	*[a-z]*\|*) mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$current") ;;
	*FILE* | *PACKAGE* | OLD*) compopt -o default ;;
	*DIR*) compopt -o dirnames ;;
	*PID*) mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && compgen -G '[0-9]*')" -- "$current") ;;
	'' | N | *NAME* | SYMBOL | PATTERN | TIME | SIZE | SERIAL | DIGEST) ;;
	*) compopt -o default ;;
	esac
}

_modseal() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local words=1 i line argument='' ended='' proposed=''
	local -a known options command

	COMPREPLY=()
	# `--kind=library` comes as three words
	if [[ $current == = ]]; then
		current=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	mapfile -t known < <(_modseal_commands)

	# the command: one word, or two; behind `help` no more than that
	[[ ${COMP_WORDS[1]} != help ]] || words=2
	command=("${COMP_WORDS[words]}")
	if ((COMP_CWORD <= words)); then
		for line in "${known[@]}"; do proposed+=" ${line%% *}"; done
		((words > 1)) || proposed+=' help --help --version'
		mapfile -t COMPREPLY < <(compgen -W "$proposed" -- "$current" | sort -u)
		return
	fi
	for line in "${known[@]}"; do
		[[ $line != "${command[0]} "* ]] || proposed+=" ${line#* }"
	done
	if [[ -n $proposed ]]; then
		command+=("${COMP_WORDS[++words]}")
		if ((COMP_CWORD <= words)); then
			mapfile -t COMPREPLY < <(compgen -W "$proposed" -- "$current")
			return
		fi
	fi
	[[ ${COMP_WORDS[1]} != help ]] || return

	# its options, what an option takes, its operands
	for ((i = words + 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} != -- ]] || ended=1
	done
	if [[ -z $ended ]]; then
		mapfile -t options < <(_modseal_options "${command[@]}")
		for line in "${options[@]}"; do
			[[ ${line%% *} != "$before" ]] || argument=${line#* }
			proposed+=" ${line%% *}"
		done
		if [[ -z $argument && $current == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "${proposed#"${proposed%% --*}"}" -- "$current")
			return
		fi
	fi
	if [[ -z $argument ]]; then
		argument=$(_modseal_ask "${command[@]}" --help | head -n 1)
		argument=${argument#*\[options\]}
		argument=${argument# }
	fi
	_modseal_argument "$argument"
}
complete -F _modseal modseal
