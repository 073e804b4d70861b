#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# All modules of the release's kernel package, against the certificate in its own vmlinuz.
. tests/lib.sh
. tests/interop/debian_kernel.sh

flavour=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
tree=$BUILD/data/kernel-$flavour
other=$BUILD/data/kernel-rt-$flavour
if ! fetch_kernel "$flavour" "$tree" || ! fetch_kernel "rt-$flavour" "$other"; then
	skip "Debian's kernel modules" "the kernel packages are not to be had here"
	exit 0
fi
find "$tree/root" -name '*.ko' | sort >"$WORK/modules"
total=$(wc -l <"$WORK/modules")
if [ "$total" = 0 ]; then
	skip "Debian's kernel modules" "this release compresses them"
	exit 0
fi
check "the certificate is in vmlinuz" kernel_certificate "$tree" "$WORK/kernel.der"
check "so is that of the other kernel" kernel_certificate "$other" "$WORK/other.der"
check "two builds have two certificates" exits 1 cmp -s "$WORK/kernel.der" "$WORK/other.der"

# accepted_of CERTIFICATE LIST: how many are accepted, and that each was answered
accepted_of() {
	xargs -d '\n' "$MODSEAL" verify --json --jobs 2 --certificate "$1" <"$2" \
		>"$WORK/answers" 2>/dev/null
	grep -c '"verdict": *"accepted"' "$WORK/answers"
}
answered() { [ "$(wc -l <"$WORK/answers")" = "$1" ]; }

accepted=$(accepted_of "$WORK/kernel.der" "$WORK/modules")
echo "accepted $accepted of $total modules"
check "every module is accepted" [ "$accepted" = "$total" ]
check "every module was answered" answered "$total"
accepted=$(accepted_of "$WORK/other.der" "$WORK/modules")
echo "accepted $accepted of $total by another build's certificate"
check "none is accepted by another build's certificate" [ "$accepted" = 0 ]
check "each of those was answered" answered "$total"

# make check-all takes each; otherwise every sixth
awk -v every="${THOROUGH:+1}" '!((NR - 1) % (every ? every : 6))' "$WORK/modules" >"$WORK/some"
total=$(wc -l <"$WORK/some")
for part in content cms trailer; do
	mkdir "$WORK/$part"
	check "one bit flipped in the $part of each" \
		xargs -d '\n' "$BUILD/tests/interop/flip_bit" "$part" "$WORK/$part" <"$WORK/some"
	find "$WORK/$part" -type f >"$WORK/flipped"
	check "all were copied ($part)" [ "$(wc -l <"$WORK/flipped")" = "$total" ]
	accepted=$(accepted_of "$WORK/kernel.der" "$WORK/flipped")
	echo "accepted $accepted of $total with a bit of the $part flipped"
	check "none is accepted with a bit of the $part flipped" [ "$accepted" = 0 ]
	check "each was answered ($part)" answered "$total"
	rm -rf "${WORK:?}/$part"
done

# Under a policy: rules for kernel modules, identity by .modinfo name and vermagic (R31, R36).
release=$(basename "$(echo "$tree"/root/lib/modules/*)")
modules=$WORK/usr/lib/modules/$release
mkdir -p "$modules"
head -100 "$WORK/modules" | xargs -d '\n' cp -t "$modules"
real=$(cd "$WORK" && pwd -P)
openssl x509 -inform DER -in "$WORK/kernel.der" -out "$WORK/kernel.pem"
"$MODSEAL" keygen policy --directory "$WORK"
cat >"$WORK/policy.yaml" <<POLICY
modseal-policy: 1
name: modules
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
signers:
  kernel-build:
    trust: pinned
    certificate-file: kernel.pem
    certificate-sha256: "$(sha256sum "$WORK/kernel.pem" | cut -d' ' -f1)"
    purposes: [kernel-module]
rules:
  - path: $real/**/*.ko
    kind: kernel-module
    signers: [kernel-build]
    owners: [root, caller]
POLICY
policy="--policy $WORK/policy.yaml --anchor $WORK/policy.pem"
check "the policy is signed" "$MODSEAL" policy sign "$WORK/policy.yaml" \
	--key "$WORK/policy.key" --certificate "$WORK/policy.pem"
# shellcheck disable=SC2086
check "modules are accepted under a rule" "$MODSEAL" verify $policy "$modules"/*.ko
first=$(find "$modules" -name '*.ko' | sort | head -1)
second=$(find "$modules" -name '*.ko' | sort | sed -n 2p)
mkdir -p "$WORK/wrong/usr/lib/modules/$release"
cp "$first" "$WORK/wrong/usr/lib/modules/$release/$(basename "$second")"
# shellcheck disable=SC2086
check "R31 a module under another's name is refused" refused NAME_MISMATCH \
	"$MODSEAL" verify $policy "$WORK/wrong/usr/lib/modules/$release/$(basename "$second")"
