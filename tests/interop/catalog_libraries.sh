#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unmodified libraries of the system, the start-up objects of the program too, with nothing
# but a catalog to vouch for them: libcurl's closure is loaded and called.
. tests/lib.sh

triplet=$(${CC:-cc} -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
host=$BUILD/tests/hosts/call_library
real=$(cd "$WORK" && pwd -P)
export BUILD
cp "$host" "$real/call_library"
"$MODSEAL" keygen cats --directory "$real"
"$MODSEAL" keygen policy --directory "$real"
system=$(realpath "/usr/lib/$triplet")
library=$(realpath "/usr/lib/$triplet/libcurl.so.4" 2>/dev/null) || library=
if [ -z "$library" ]; then
	skip "libcurl's closure" "libcurl.so.4 is not installed"
	exit 0
fi
check "the system's libraries are listed and the list is signed" "$MODSEAL" catalog create --name system --serial 1 \
	--output "$real/system.cat" --digest sha256 --digest fsverity-sha256 --key "$real/cats.key" \
	--certificate "$real/cats.pem" "$system" "$real/call_library"
policy_with() { # policy_with DIRECTORY: all below it by the catalog
	cat >"$real/policy.yaml" <<POLICY
modseal-policy: 1
name: interop
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$system]
signers:
  cats:
    trust: pinned
    purposes: [catalog]
    certificate-file: cats.pem
    certificate-sha256: "$(sha256sum "$real/cats.pem" | cut -d' ' -f1)"
catalogs:
  - {name: system, file: system.cat, signers: [cats], minimum-serial: 1}
rules:
  - {path: $1/**, evidence: [catalog], catalog: system}
  - {path: $real/call_library, kind: program, evidence: [catalog], catalog: system, owners: [root, caller]}
POLICY
	"$MODSEAL" policy sign --force "$real/policy.yaml" --key "$real/policy.key" --certificate "$real/policy.pem"
}
check "the policy has no other evidence" policy_with "$system"
closure() {
	"$MODSEAL" verify --json --policy "$real/policy.yaml" --anchor "$real/policy.pem" "$library" >"$WORK/verdict" ||
		{ cat "$WORK/verdict" >&2; return 1; }
	python3 - "$WORK/verdict" <<'PYTHON'
import json, sys
verdict = json.load(open(sys.argv[1]))
everything = [verdict] + verdict["dependencies"]
assert len(everything) >= 20, len(everything)
for one in everything:
    assert one["evidence"] == "catalog" and one["catalog"] == "system", one
print(len(everything), "objects")
PYTHON
}
check "libcurl and all it needs are accepted by the catalog" closure
cat "$WORK/.out"
same() {
	plain=$("$host" plain "$library" "$@") || return 1
	verified=$("$real/call_library" modseal "$real/policy.yaml" "$real/policy.pem" "$library" "$@") || return 1
	[ "$plain" = "$verified" ] || { echo "plain '$plain', through modseal '$verified'" >&2; return 1; }
	[ -n "$verified" ]
}
check "curl_version gives what plain dlopen gives" same curl_version string
# a start-up object that is not listed: the process is not what the policy wants
libc=$(realpath "/usr/lib/$triplet/libc.so.6")
sed -i "\\|^$libc |d" "$real/system.cat"
"$MODSEAL" catalog sign --force "$real/system.cat" --key "$real/cats.key" --certificate "$real/cats.pem"
without() { "$real/call_library" modseal "$real/policy.yaml" "$real/policy.pem" "$library" curl_version string 2>&1; }
unlisted() { without >"$WORK/said" && return 1; grep -q "does not list $libc" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }; }
check "the gate refuses a start-up object that is not listed" unlisted
