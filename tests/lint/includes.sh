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
	verifier/loader | verifier/kernel) echo "include/internal verifier/image" ;;
	verifier/process) echo "include/internal policy verifier verifier/image verifier/elf verifier/loader" ;;
	verifier/admin) echo "include/internal keys policy verifier verifier/image
		verifier/signature verifier/elf verifier/kernel" ;;
	verifier/tool) echo "verifier/run" ;;
	verifier/run) echo "" ;;
	verifier) echo "include/internal keys policy verifier/image verifier/signature verifier/elf
		verifier/loader verifier/process verifier/kernel verifier/record" ;;
	*) echo "unknown" ;;
	esac
}

# find_home FOLDER INCLUDED: sets home to the folder the quoted name comes from. Without a
# process of its own: there are thousands.
find_home() {
	for home in "$1" include .; do
		if [ -f "$home/$2" ]; then
			home=$home/$2
			home=${home#./}
			home=${home%/*}
			return
		fi
	done
	home=missing
}

wrong_directions() {
	for file in $(sources 'include/*.h' 'include/*.hpp' 'keys/*.[ch]' 'policy/*.[ch]' \
		'verifier/*.[ch]'); do
		[ "${file%/*}" = "${folder:-}" ] || { folder=${file%/*} && permitted=$(echo $(allowed "$folder")); }
		[ "$permitted" != unknown ] || echo "$file: a folder that design does not know"
		for name in $(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file"); do
			find_home "$folder" "$name"
			[ "$home" != missing ] || { echo "$file: no \"$name\""; continue; }
			[ "$home" = "$folder" ] || [ "$home" = include ] && continue
			case " $permitted " in
			*" $home "*) ;;
			*) echo "$file: may not include \"$name\" of $home" ;;
			esac
		done
	done
}

# "FILE HEADER" for every header that a file sees, directly or through others
look() {
	for file in $(sources 'keys/*.c' 'policy/*.c' 'verifier/*.c'); do
		${CC:-gcc} -M -D_GNU_SOURCE -Iinclude -I. -isystem /usr/include/p11-kit-1 "$file" | tr -s ' \\\n' '\n' | sed "1d; s|^|$file |" || return 1
	done >"$WORK/seen"
	[ "$(cut -d' ' -f1 "$WORK/seen" | uniq | wc -l)" = "$(sources 'keys/*.c' 'policy/*.c' 'verifier/*.c' | wc -w)" ]
}
# strangers HEADERS ROOMS: files outside the rooms (a pattern) that see the headers (a
# pattern)
strangers() {
	grep -vE "^($2)/[^/ ]* " "$WORK/seen" | grep -E "$1" | sort -u -k 1,1 | sed 's/ / sees /'
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
check "what each file sees is known" look
check "OpenSSL stays in keys, signature and sign" \
	nothing strangers '/openssl/' 'keys|verifier/signature|verifier/sign'
check "libelf stays in verifier/elf" nothing strangers '/(libelf|gelf)\.h' 'verifier/elf'
check "PKCS#11 stays in verifier/sign" nothing strangers '/p11-kit/' 'verifier/sign'
check "libyaml stays in policy" nothing strangers '/yaml\.h' 'policy'
check "jansson stays in the command" nothing strangers '/jansson\.h' 'verifier/tool'
check "libarchive stays in the command's package reader" nothing archive_readers
check "only commands that ask open drafts" nothing draft_openers
check "only verify.c makes approved images" nothing outside_approve
