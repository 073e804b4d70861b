#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What every source file keeps to: licence line, size, no banned call, no foreign name.
. tests/lib.sh

code() {
	sources '*.c' '*.h' '*.hpp' '*.cpp' '*.sh' Makefile '.ci/*'
}
without_licence() {
	for file in $(code; sources 'packaging/*.in' 'packaging/*.map'); do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
	done
}
# After the licence line stands a comment that says what the file does.
without_sentence() {
	for file in $(code); do
		sed '1{/^#!/d}' "$file" | sed -n '2,3p' | grep -qE '^(/\*|//| \*|#).*' || echo "$file"
	done
}
too_long() {
	for file in $(code); do
		lines=$(wc -l <"$file")
		[ "$lines" -le 500 ] || echo "$file has $lines lines"
	done
}
top_level() {
	sources '*' | sed 's|/.*||' | sort -u |
		grep -vxE 'Makefile|verifier|keys|policy|include|tests|packaging|README\.md|LICENSE|\..*'
}
# calls PATTERN FILES...: where a function is called, comment lines left out
calls() {
	pattern=$1
	shift
	grep -nE "(^|[^A-Za-z0-9_])($pattern)\(" "$@" /dev/null |
		grep -vE '^[^:]*:[0-9]+:[ \t]*(/?\*|//)'
}
c_files() {
	sources 'include/*.h' 'keys/*.[ch]' 'policy/*.[ch]' 'verifier/*.[ch]'
}
banned() {
	# shellcheck disable=SC2046
	calls 'strcpy|stpcpy|strcat|sprintf|vsprintf|gets|alloca|strdupa|strndupa|atoi|atol|atoll|atof|strtok|mktemp|tmpnam|tempnam|system|popen|setjmp|longjmp|strtol|strtoll|readdir_r|putenv|setenv' $(c_files)
}
prints() {
	# shellcheck disable=SC2046
	calls 'printf|vprintf|puts|putchar|perror|warn|warnx|err|errx|exit|_exit' \
		$(c_files | grep -vE '^verifier/(tool|run)/')
}
# R19: nothing may switch a check of OpenSSL's off.
switched_off() {
	# shellcheck disable=SC2046
	grep -nE 'CMS_NO_SIGNER_CERT_VERIFY|CMS_NO_ATTR_VERIFY|CMS_NO_CONTENT_VERIFY|CMS_NOVERIFY|CMS_NOSIGS|CMS_NOCRL|PKCS7_NO|PKCS7_verify|X509_V_FLAG_ALLOW_PROXY|X509_V_FLAG_LEGACY|set_default_paths|OPENSSL_INIT_LOAD_CONFIG|CONF_modules_load' \
		$(c_files) | grep -vE '^[^:]*:[0-9]+:[ \t]*(/?\*|//)'
}
spaces() {
	# shellcheck disable=SC2046
	grep -nE '[ 	]+$' $(code) /dev/null
}
# The tree builds anywhere: no folder of one machine, no mirror's name.
local_names() {
	# shellcheck disable=SC2046
	grep -nE '/work/|/var/tmp/ws|/home/[a-z][a-z]|deb\.debian\.org' \
		$(sources '*' | grep -v '^tests/lint/sources\.sh$')
}
# What `make check` runs does without procps: a minimal system has none of it.
procps() {
	# shellcheck disable=SC2046
	grep -nE '(^|[^A-Za-z0-9_./-])(ps -[a-z]|pgrep|pkill|run kill)' \
		$(sources 'tests/cli/*' 'tests/hostile/*' 'tests/unit/*' 'tests/hosts/*' 'tests/demo/*')
}

check "every file names its licence" nothing without_licence
check "every file says what it does" nothing without_sentence
check "no file has more than 500 lines" nothing too_long
check "the top level holds what it may" nothing top_level
check "no banned call" nothing banned
check "the library neither prints nor exits" nothing prints
check "R19 no flag that switches checks off" nothing switched_off
check "no space at the end of a line" nothing spaces
check "no name of one machine" nothing local_names
check "no command that minimal systems lack" nothing procps
