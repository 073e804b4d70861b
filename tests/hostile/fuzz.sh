#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# R01-R48 R88 For each reader of bytes from outside, some thousand of them made at random, always
# the same ones: refused as what they are not, or what is accepted holds (tests/fuzz; `make fuzz`
# looks for new ones).
. tests/lib.sh

# tried TARGET ROUNDS: some of the seeds are accepted as they are, and some that were changed
tried() {
	sh tests/fuzz/seeds.sh "$1" "$WORK/$1" 2>"$WORK/log" &&
		"$BUILD/tests/hosts/fuzzed" "$1" "$WORK/$1" "$2" >"$WORK/said" || return
	cat "$WORK/said" && grep -q 'accepted; .* accepted$' "$WORK/said" && ! grep -q ' 0 accepted' "$WORK/said"
}
check "R01-R24 signatures: containers, CMS, IMA" tried signature 6000
check "R29 revocation lists, and certificates" tried lists 12000
check "R33 the rollback state" tried state 20000
check "R36-R48 ELF files" tried elf 6000
check "R88 policies" tried policy 4000
check "catalogs" tried catalog 20000
check "R24 time stamps" tried timestamp 8000
