#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the C source of the compiled-in anchor and recovery key.
# Usage: packaging/anchor.sh [FILE] [NAME] [SERIAL] [RECOVERY]
set -eu
file=${1:-} name=${2:-} serial=${3:-} recovery=${4:-}
case $name in
*[!A-Za-z0-9._-]*)
	echo "modseal: POLICY_NAME=$name: letters, digits, '.', '_' and '-' only" >&2
	exit 1
	;;
esac
case $serial in
*[!0-9]* | 0?* | ?????????????????*) bad=yes ;; # no number of 16 digits overflows
*) [ "${serial:-0}" -le 9007199254740991 ] && bad= || bad=yes ;;
esac
if [ -n "$bad" ]; then
	echo "modseal: POLICY_SERIAL=$serial: a whole number from 0 to 9007199254740991" >&2
	exit 1
fi
if [ -n "$serial" ] && [ -z "$file" ]; then
	echo "modseal: POLICY_SERIAL=$serial needs ANCHOR=, the certificate that signs that policy" >&2
	exit 1
fi
if [ -n "$file" ] && [ -z "$name" ]; then
	echo "modseal: ANCHOR=$file needs POLICY_NAME=, the name of the policy it may sign" >&2
	exit 1
fi
if [ -n "$name" ] && [ -z "$file" ]; then
	echo "modseal: POLICY_NAME=$name needs ANCHOR=, the certificate that signs that policy" >&2
	exit 1
fi
echo '#include "internal/builtin.h"'
embed() { # embed VARIABLE ARRAY FILE
	if [ -n "$3" ]; then
		[ -s "$3" ] || { echo "modseal: $1=$3 is empty" >&2; exit 1; }
		echo "const unsigned char $2[] = {"
		od -An -v -tx1 "$3" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'
		echo '};'
		echo "const size_t $2_size = sizeof($2);"
	else
		echo "const unsigned char $2[] = { 0 };"
		echo "const size_t $2_size = 0;"
	fi
}
embed ANCHOR modseal_builtin_anchor "$file"
embed RECOVERY modseal_builtin_recovery "$recovery"
printf 'const char modseal_builtin_policy_name[] = "%s";\n' "$name"
printf 'const uint64_t modseal_builtin_policy_serial = %su;\n' "${serial:-0}"
