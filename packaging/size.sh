#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints what the archive of the library takes, in bytes: code, constant and other data.
# Usage: packaging/size.sh SIZE_PROGRAM ARCHIVE
set -eu
"$1" -A "$2" | awk '
	$1 ~ /^\.text/ { text += $2 }
	$1 ~ /^\.rodata/ { constant += $2 }
	$1 ~ /^\.(data|bss)/ { data += $2 }
	END { printf "  SIZE  %d bytes of text, %d of constants, %d of data\n", text, constant, data }'
