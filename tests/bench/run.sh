#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make bench`: one table, each row beside its floor, medians of interleaved rounds.
# $BUILD is a STATIC_DEPS=1 build, so that no library measured is in the process already.
set -eu
BUILD=${BUILD:-$PWD/build/static}
MODSEAL=$BUILD/bin/modseal
BENCH=$BUILD/tests/bench/bench
export BUILD
. tests/interop/debian_kernel.sh
work=$(mktemp -d "${TMPDIR:-/var/tmp}/modseal-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
work=$(cd "$work" && pwd -P)

value() { sed -n "s/^$1 //p" "$work/out"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

echo "machine: $(uname -mr), $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
echo

flavour=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
tree=$BUILD/data/kernel-$flavour
if fetch_kernel "$flavour" "$tree" && kernel_certificate "$tree" "$work/kernel.der" &&
	find "$tree/root" -name '*.ko' | sort >"$work/modules" && [ -s "$work/modules" ]; then
	"$BENCH" check "$work/kernel.der" <"$work/modules" >"$work/out"
	count=$(value files) floor=$(value floor) ours=$(value modseal)
	echo "Checking $count kernel modules, microseconds a module, one thread:"
	printf '  %-52s %10s %6s\n' "" "us" "ratio"
	printf '  %-52s %10s %6s\n' "floor: one read, SHA-256, RSA-4096 check (OpenSSL)" "$floor" 1.00
	printf '  %-52s %10s %6s\n' "modseal, signature by one certificate" "$ours" "$(ratio "$ours" "$floor")"
	for jobs in 1 2; do
		start=$(date +%s%N)
		xargs -d '\n' "$MODSEAL" verify --jobs $jobs --certificate "$work/kernel.der" <"$work/modules" >/dev/null
		whole=$((($(date +%s%N) - start) / count))
		whole=$(awk -v ns="$whole" 'BEGIN { printf "%.1f", ns / 1000 }')
		printf '  %-52s %10s %6s\n' "modseal verify, whole process, --jobs $jobs" "$whole" "$(ratio "$whole" "$floor")"
	done
	openssl x509 -inform DER -in "$work/kernel.der" -out "$work/kernel.pem"
	head -100 "$work/modules" >"$work/some"
	mkdir "$work/split"
	while read -r file; do
		name=$(basename "$file")
		size=$(stat -c %s "$file")
		length=$(tail -c 32 "$file" | head -c 4 | od -An -tu1 | awk '{print (($1*256+$2)*256+$3)*256+$4}')
		head -c $((size - 40 - length)) "$file" >"$work/split/$name.content"
		tail -c $((40 + length)) "$file" | head -c "$length" >"$work/split/$name.cms"
	done <"$work/some"
	start=$(date +%s%N)
	for cms in "$work"/split/*.cms; do
		openssl cms -verify -binary -inform DER -in "$cms" -content "${cms%.cms}.content" \
			-certfile "$work/kernel.pem" -CAfile "$work/kernel.pem" -purpose any \
			-noverify -out /dev/null 2>/dev/null
	done
	theirs=$((($(date +%s%N) - start) / 100000))
	printf '  %-52s %10s %6s\n' "openssl cms -verify, one process a file (of 100)" "$theirs" "$(ratio "$theirs" "$floor")"
	echo
fi

triplet=$(cc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
copy_closure() {
	[ -e "$work/lib/$1" ] && return 0
	[ -e "/usr/lib/$triplet/$1" ] || return 1
	cp -L "/usr/lib/$triplet/$1" "$work/lib/$1"
	for needed in $(readelf -d "$work/lib/$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case $needed in
		libc.so.* | libm.so.* | ld-linux*) ;;
		*) (copy_closure "$needed") || return 1 ;;
		esac
	done
}
mkdir "$work/lib"
"$MODSEAL" keygen release --directory "$work" --algorithm rsa4096 >/dev/null
"$MODSEAL" keygen policy --directory "$work" >/dev/null
libraries=
for name in libz.so.1 libxml2.so.2 libcurl.so.4 libLLVM-14.so.1 libLLVM-19.so.1 libLLVM.so.19.1; do
	copy_closure "$name" && libraries="$libraries $name"
done
cp "$BENCH" "$work/bench"
"$MODSEAL" sign --key "$work/release.key" --certificate "$work/release.pem" \
	"$work"/lib/* "$work/bench" >/dev/null
cat >"$work/policy.yaml" <<POLICY
modseal-policy: 1
name: bench
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$work/lib, /usr/lib/$triplet]
signers:
  release:
    trust: pinned
    purposes: [library, program]
    certificate-file: release.pem
    certificate-sha256: "$(sha256sum "$work/release.pem" | cut -d' ' -f1)"
rules:
  - {path: $work/lib/*, signers: [release], owners: [root, caller]}
  - {path: $work/bench, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: /usr/lib/**, evidence: [protected-path]}
POLICY
"$MODSEAL" policy sign "$work/policy.yaml" --key "$work/policy.key" --certificate "$work/policy.pem" >/dev/null

echo "Cold load of a signed library with its closure, milliseconds, each in a fresh process:"
printf '  %-18s %8s %10s %8s %8s %8s %14s\n' library objects digest dlopen check load "load / digest"
for name in $libraries; do
	"$work/bench" load "$work/policy.yaml" "$work/policy.pem" "$work/lib/$name" >"$work/out"
	milli() { awk -v us="$(value "$1")" 'BEGIN { printf "%.2f", us / 1000 }'; }
	printf '  %-18s %8s %10s %8s %8s %8s %14s\n' "$name" "$(value objects)" "$(milli digest)" \
		"$(milli plain)" "$(milli verify)" "$(milli load)" "$(ratio "$(value load)" "$(value digest)")"
done
echo
echo "digest: SHA-256 of every file of the closure by OpenSSL alone; dlopen: plain, of the same file;"
echo "check: modseal_check; load: modseal_verify and modseal_load (seal, verify, map, bind, prove)."
echo

if [ -e "$work/lib/libz.so.1" ]; then
	"$work/bench" calls "$work/policy.yaml" "$work/policy.pem" "$work/lib/libz.so.1" >"$work/out"
	echo "After loading (libz, least of 25 processes each):"
	printf '  %-40s %10s %10s %6s\n' "" dlopen modseal ratio
	printf '  %-40s %10s %10s %6s\n' "a call of zlibVersion, ns" "$(value call-plain)" "$(value call-modseal)" \
		"$(awk -v a="$(value call-modseal)" -v b="$(value call-plain)" 'BEGIN { printf "%.3f", a / b }')"
	printf '  %-40s %10s %10s %6s\n' "crc32 of 4096 bytes, ns" "$(value crc-plain)" "$(value crc-modseal)" \
		"$(awk -v a="$(value crc-modseal)" -v b="$(value crc-plain)" 'BEGIN { printf "%.3f", a / b }')"
	printf '  %-40s %10s %10s\n' "modseal_load of an image already loaded, us" "" "$(value again)"
	echo
fi

# ---- signing many files -----------------------------------------------------------------
# 1,000 files of 100 KB on a real file system, medians of rounds in turn, in seconds.
{ printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\003\000' && head -c 99982 /dev/urandom; } >"$work/file"
# shellcheck disable=SC2016 # expanded inside
fresh_files() {
	rm -rf "$work/files" && mkdir "$work/files"
	seq -f "$work/files/%g.so" 1 1000 | tee "$work/list" | xargs -n 100 sh -c 'for f; do cp "$0" "$f"; done' "$work/file"
	sync -f "$work/files"
}
seconds() { awk -v ns=$(($(date +%s%N) - $1)) 'BEGIN { printf "%.3f\n", ns / 1e9 }'; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
time_signing() { # time_signing WHO: one round of the floor, of jobs1 or of jobs2
	fresh_files
	if [ "$1" = floor ]; then
		"$BENCH" sign "$work/$key.key" <"$work/list" | awk '/^sign/ { print $2 / 1e6 }' >>"$work/floor.$key"
		return
	fi
	start=$(date +%s%N)
	"$MODSEAL" sign --jobs "${1#jobs}" --key "$work/$key.key" --certificate "$work/$key.pem" "$work/files" >/dev/null
	seconds "$start" >>"$work/$1.$key"
}
# unpacked there by tests/interop/sign_file.sh, or installed
sign_file=$(find "$BUILD/data/kbuild" /usr/lib/linux-kbuild-* /usr/src/linux-headers-*/scripts -name sign-file 2>/dev/null | head -1)
one_by_one() { # one_by_one NAME COMMAND...: 100 files, a process each, {} is the file; as if 1,000
	name=$1
	shift
	fresh_files
	start=$(date +%s%N)
	head -100 "$work/list" | xargs -I {} "$@" >/dev/null 2>&1 || return 0
	seconds "$start" | awk '{ print $1 * 10 }' >"$work/$name.$key"
	printf '  %-46s %10s %6s\n' "$name, one process a file (of 100)" "$(cat "$work/$name.$key")" \
		"$(ratio "$(cat "$work/$name.$key")" "$floor")"
}
for key in p256 rsa3072; do
	algorithm=$(echo $key | sed 's/^p256$/ecdsa-p256/')
	"$MODSEAL" keygen "$key" --directory "$work" --algorithm "$algorithm" >/dev/null
	rm -f "$work"/floor.* "$work"/jobs1.* "$work"/jobs2.*
	# ext4 makes files slower the more were removed just before: all orders, once each
	for order in "floor jobs1 jobs2" "floor jobs2 jobs1" "jobs1 floor jobs2" "jobs1 jobs2 floor" "jobs2 floor jobs1" "jobs2 jobs1 floor"; do
		for who in $order; do
			time_signing "$who"
		done
	done
	floor=$(median "$work/floor.$key")
	echo "Signing 1000 files of 100 KB with $algorithm, seconds:"
	printf '  %-46s %10s %6s\n' "" "s" "ratio"
	printf '  %-46s %10s %6s\n' "floor: digest, private key, write, one sync" "$floor" 1.00
	for jobs in 1 2; do
		printf '  %-46s %10s %6s\n' "modseal sign, --jobs $jobs" "$(median "$work/jobs$jobs.$key")" \
			"$(ratio "$(median "$work/jobs$jobs.$key")" "$floor")"
	done
	[ -z "$sign_file" ] || one_by_one sign-file "$sign_file" sha256 "$work/$key.key" "$work/$key.pem" {}
	if command -v evmctl >/dev/null; then
		one_by_one evmctl evmctl ima_sign --sigfile -a sha256 --key "$work/$key.key" {}
	fi
	one_by_one "openssl cms" openssl cms -sign -binary -nocerts -nosmimecap -in {} -signer "$work/$key.pem" \
		-inkey "$work/$key.key" -outform DER -out {}.p7s
	echo
done
rm -rf "$work/files"

# ---- a catalog of 100,000 files ---------------------------------------------------------
"$MODSEAL" keygen cats --directory "$work" >/dev/null
mkdir "$work/listed"
echo 'int one(void) { return 1; }' >"$work/one.c"
cc -shared -fPIC -o "$work/listed/libone.so.1" "$work/one.c" -Wl,-soname,libone.so.1
"$MODSEAL" catalog create --name big --serial 1 --output "$work/small.cat" "$work/listed" >/dev/null
{
	head -4 "$work/small.cat"
	awk 'BEGIN { for (i = 0; i < 99999; i++)
		printf "/usr/lib/x86_64-linux-gnu/directory/libnumber%06d.so.1.2.3 %d sha256:%064x\n", i, i, i }' |
		cat - "$work/small.cat" | grep '^/' | LC_ALL=C sort
} >"$work/big.cat"
"$MODSEAL" catalog sign "$work/big.cat" --key "$work/cats.key" --certificate "$work/cats.pem" >/dev/null
{
	sed '/^rules:/,$d' "$work/policy.yaml"
	cat <<POLICY
  cats:
    trust: pinned
    purposes: [catalog]
    certificate-file: cats.pem
    certificate-sha256: "$(sha256sum "$work/cats.pem" | cut -d' ' -f1)"
catalogs: [{name: big, file: big.cat, signers: [cats]}]
rules:
  - {path: $work/listed/*, evidence: [catalog], catalog: big, owners: [root, caller]}
POLICY
} >"$work/with.yaml"
sed '/^catalogs:/d; s/evidence: .catalog., catalog: big/signers: [release]/' "$work/with.yaml" >"$work/without.yaml"
for policy in with without; do
	"$MODSEAL" policy sign "$work/$policy.yaml" --key "$work/policy.key" --certificate "$work/policy.pem" >/dev/null
done
"$BENCH" catalog "$work/with.yaml" "$work/without.yaml" "$work/policy.pem" "$work/big.cat" \
	"$work/listed/libone.so.1" >"$work/out"
echo "A catalog of $(($(wc -l <"$work/big.cat") - 4)) files, $(stat -c %s "$work/big.cat") bytes, milliseconds:"
for row in "digest floor: SHA-256 of its bytes (OpenSSL)" "without a context without it" \
	"with a context with it (read, signature, every line)" "check checking a small file that it lists"; do
	printf '  %-52s %10s\n' "${row#* }" "$(milli "${row%% *}")"
done
echo

# ---- many rules, many signers, many supplements -------------------------------------------
# rules N: patterns of four sorts, each for a path of its own, which `paths` says
rules() {
	awk -v n="$1" -v signers="$2" 'BEGIN { for (i = 0; i < n; i++) {
		path = i % 4 == 0 ? "*.so" : i % 4 == 1 ? "lib" i ".so.*" : i % 4 == 2 ? "**" : "libexact.so"
		printf "  - {path: /opt/vendor%d/product%d/%s, signers: [s%d]}\n", i % 97, i, path, i % signers } }'
}
paths() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) {
		name = i % 4 == 0 ? "any.so" : i % 4 == 1 ? "lib" i ".so.1" : i % 4 == 2 ? "a/b/c.so" : "libexact.so"
		printf "/opt/vendor%d/product%d/%s\n", i % 97, i, name } }'
}
signers() {
	echo signers:
	for number in $(seq 0 $(($1 - 1))); do
		printf '  s%s:\n    trust: pinned\n    certificate: |\n' "$number"
		sed 's/^/      /' "$work/many/$number.pem"
	done
}
head_of() { printf 'modseal-%s: 1\nname: %s\nserial: 1\nissued: 2026-01-01T00:00:00Z\n' "$1" "$2"; }
sign_text() { "$MODSEAL" policy sign "$1" --key "$work/$2.key" --certificate "$work/$2.pem" >/dev/null; }
mkdir "$work/many"
for i in $(seq 0 999); do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null \
		-out "$work/many/$i.pem" -days 365 -subj "/CN=signer $i" 2>/dev/null
done
echo "Policies, opened (checked, in milliseconds) and asked which rule decides (microseconds):"
printf '  %-36s %10s %10s\n' "" open decide
row() { # row LABEL POLICY RULES
	paths "$3" | "$BENCH" policy "$2" "$work/policy.pem" >"$work/out"
	printf '  %-36s %10s %10s\n' "$1" "$(milli open)" "$(awk -v ns="$(value decide)" 'BEGIN { printf "%.2f", ns / 1000 }')"
}
for count in 10 100 1000 10000; do
	{ head_of policy rules; signers 1; echo rules:; rules $count 1; } >"$work/rules$count.yaml"
	sign_text "$work/rules$count.yaml" policy
	row "$count rules, 1 signer" "$work/rules$count.yaml" $count
done
{ head_of policy rules; signers 1000; echo rules:; rules 10000 1000; } >"$work/both.yaml"
sign_text "$work/both.yaml" policy
row "10000 rules, 1000 signers" "$work/both.yaml" 10000
"$MODSEAL" keygen vendor --directory "$work" >/dev/null
{
	head_of policy supplements
	printf 'signers:\n  v: {trust: pinned, purposes: [supplement], certificate-file: vendor.pem, certificate-sha256: "%s"}\n' \
		"$(sha256sum "$work/vendor.pem" | cut -d' ' -f1)"
	echo supplements:
	seq 0 999 | sed 's/.*/  - {name: v&, file: many\/&.yaml, signers: [v]}/'
	echo rules:
	seq 0 999 | sed 's/.*/  - {path: \/opt\/vendor&\/**, delegate: v&}/'
} >"$work/supplements.yaml"
for i in $(seq 0 999); do
	{
		head_of supplement "v$i"
		signers 1
		printf 'rules:\n  - {path: /opt/vendor%s/**, signers: [s0]}\n' "$i"
	} >"$work/many/$i.yaml"
	sign_text "$work/many/$i.yaml" vendor
done
sign_text "$work/supplements.yaml" policy
row "1000 supplements" "$work/supplements.yaml" 97
