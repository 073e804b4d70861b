#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Under valgrind: no error and no leak in certificate mode, in checking under a policy, and
# in loading, where the policy's process.preload lists valgrind's own objects.
. tests/lib.sh
. tests/policy.sh
if ! command -v valgrind >/dev/null 2>&1 || [ -n "${SANITIZE:-}" ]; then
	skip "valgrind" "not installed, or a sanitizer build"
	exit 0
fi
room=$(dirname "$(find /usr/libexec/valgrind /usr/lib/valgrind /usr/lib/*/valgrind -name 'vgpreload_core-*' 2>/dev/null | head -1)")
room=$(cd "$room" && pwd -P) || exit 1
core=$(find "$room" -name "vgpreload_core-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')-linux.so")
memcheck=$(find "$room" -name "vgpreload_memcheck-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')-linux.so")
tool=$(find "$room" -name "memcheck-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')-linux")
check "the policy is signed" write_policy "$REAL/policy.yaml" \
	"process:\n  preload: [$core, $memcheck, $tool]\n  anonymous-executable: allow" \
	"rule:{path: $tool, kind: program, evidence: [protected-path]}" \
	"rule:{path: $room/*.so, evidence: [protected-path]}"
build_library "$LIB/libbase.so.1" libbase.so.1 "int base(void) { return 1; }"
build_library "$LIB/libgood.so.1" libgood.so.1 "int base(void); int good(void) { return base(); }" "$LIB/libbase.so.1"
cp "$LIB/libgood.so.1" "$WORK/bad.so"
printf X | dd of="$WORK/bad.so" bs=1 seek=700 conv=notrunc 2>/dev/null
watched() { valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible "$@"; }
under="--policy $REAL/policy.yaml --anchor $REAL/policy.pem"
check "certificate mode" watched "$MODSEAL" verify --certificate "$REAL/release.pem" "$LIB/libgood.so.1"
check "certificate mode, refused" exits 1 watched "$MODSEAL" verify --certificate "$REAL/release.pem" "$WORK/bad.so"
check "certificate mode, chain" exits 0 watched "$MODSEAL" verify --trust chain --certificate "$REAL/release.pem" "$LIB/libgood.so.1"
# shellcheck disable=SC2086
check "checking under a policy" watched "$MODSEAL" verify $under "$LIB/libgood.so.1"
# shellcheck disable=SC2086
check "checking, refused" exits 1 watched "$MODSEAL" verify $under "$WORK/bad.so"
# shellcheck disable=SC2086
check "inspecting" watched "$MODSEAL" inspect "$LIB/libgood.so.1"
# shellcheck disable=SC2086
check "loading under a policy that lists valgrind" watched "$LOADER" load $under "$LIB/libgood.so.1" --symbol good
check "the other policy is signed" write_policy "$REAL/policy.yaml"
strangers() { valgrind -q "$LOADER" load "$@" --json; }
# shellcheck disable=SC2086
check "R54 valgrind is a stranger where it is not listed" refused PROCESS_UNVERIFIED strangers $under "$LIB/libgood.so.1"
