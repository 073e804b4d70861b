#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-format (version 14: others disagree with it) and shellcheck have nothing to say.
. tests/lib.sh

formatted() {
	# shellcheck disable=SC2046
	"$formatter" --dry-run -Werror $(sources '*.c' '*.h')
}
formatter=
for name in clang-format-14 clang-format; do
	"$name" --version 2>/dev/null | grep -q 'version 14\.' && { formatter=$name; break; }
done
if [ -n "$formatter" ]; then
	check "clang-format has nothing to change" formatted
else
	skip "clang-format" "version 14 is not installed"
fi

checked() {
	# shellcheck disable=SC2046
	shellcheck -x -s sh -S warning -e SC1091,SC2034,SC2154,SC2046 $(sources '*.sh')
}
if command -v shellcheck >/dev/null; then
	check "shellcheck has no complaint" checked
else
	skip "shellcheck" "not installed"
fi
