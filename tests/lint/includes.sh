#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# Includes point one way, foreign libraries stay in their rooms, and only the approve step
# makes approved images.
. tests/lib.sh

# The folders whose headers a folder may include, besides its own and the public ones.
allowed() {
	case $1 in
	include) echo "" ;;
	include/internal) echo "include/internal" ;;
	keys | policy) echo "include/internal" ;;
	verifier/image | verifier/elf | verifier/record) echo "include/internal" ;;
	verifier/signature) echo "include/internal keys" ;;
	verifier/sign) echo "include/internal keys verifier/signature verifier/image" ;;
	verifier/loader) echo "include/internal verifier/image" ;;
	verifier/admin) echo "include/internal keys policy verifier verifier/image
		verifier/signature verifier/elf" ;;
	verifier/tool | verifier/run) echo "" ;;
	verifier) echo "include/internal keys policy verifier/image verifier/signature verifier/elf
		verifier/loader verifier/record" ;;
	*) echo "unknown" ;;
	esac
}

# home FILE INCLUDED: the folder the quoted name comes from
home() {
	for directory in "$(dirname "$1")" include .; do
		if [ -f "$directory/$2" ]; then
			dirname "$directory/$2" | sed 's|^\./||'
			return
		fi
	done
	echo missing
}

wrong_directions() {
	for file in $(sources 'include/*.h' 'include/*.hpp' 'keys/*.[ch]' 'policy/*.[ch]' \
		'verifier/*.[ch]'); do
		folder=$(dirname "$file")
		permitted=$(allowed "$folder")
		[ "$permitted" != unknown ] || echo "$file: a folder that design does not know"
		for name in $(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file"); do
			from=$(home "$file" "$name")
			[ "$from" != missing ] || { echo "$file: no \"$name\""; continue; }
			[ "$from" = "$folder" ] || [ "$from" = include ] && continue
			case " $(echo $permitted) " in
			*" $from "*) ;;
			*) echo "$file: may not include \"$name\" of $from" ;;
			esac
		done
	done
}

# strangers HEADERS ROOMS: files outside the rooms (a pattern) that see the headers (a
# pattern), directly or through others
strangers() {
	for file in $(sources 'keys/*.c' 'policy/*.c' 'verifier/*.c'); do
		case $(dirname "$file") in
		keys) room=keys ;;
		*) room=$(dirname "$file") ;;
		esac
		echo "$room" | grep -qxE "$2" && continue
		${CC:-gcc} -M -D_GNU_SOURCE -Iinclude -I. "$file" 2>&1 | tr ' ' '\n' |
			grep -E "$1" | head -n 1 | sed "s|^|$file sees |"
	done
}

archive_readers() {
	strangers '/archive(_entry)?\.h' 'verifier/tool'
	grep -lE '^#include <archive' $(sources 'verifier/tool/*.[ch]') | grep -vx 'verifier/tool/package_reader.c'
}

outside_approve() {
	grep -nE '\bmodseal_image_create[ \t]*\(' $(sources 'keys/*.c' 'policy/*.c' 'verifier/*.c') |
		grep -vE '^verifier/(verify|image/image)\.c:'
}

# What nobody has signed is opened for asking, by no command that decides.
draft_openers() {
	grep -lE '\bmodseal_(draft_open|context_draft)[ \t]*\(' $(sources 'keys/*.c' 'policy/*.c' 'verifier/*.c') |
		grep -vxE 'verifier/context\.c|verifier/admin/(draft|lint|diff)\.c|verifier/tool/(asking|cmd_policy_diff)\.c'
	grep -l '"verifier/tool/asking\.h"' $(sources 'verifier/tool/*.[ch]') |
		grep -vxE 'verifier/tool/(asking|cmd_policy_(explain|lint|diff|test))\.c'
}

check "includes point one way" nothing wrong_directions
check "OpenSSL stays in keys, signature and sign" \
	nothing strangers '/openssl/' 'keys|verifier/signature|verifier/sign'
check "libelf stays in verifier/elf" nothing strangers '/(libelf|gelf)\.h' 'verifier/elf'
check "libyaml stays in policy" nothing strangers '/yaml\.h' 'policy'
check "jansson stays in the command" nothing strangers '/jansson\.h' 'verifier/tool'
check "libarchive stays in the command's package reader" nothing archive_readers
check "only commands that ask open drafts" nothing draft_openers
check "only verify.c makes approved images" nothing outside_approve
