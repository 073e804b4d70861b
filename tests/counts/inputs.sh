# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced: make_inputs DIRECTORY makes the fixed inputs of tests/counts/paths.c. Sizes, names and
# depths are always the same, so the directory is to be one level below /var/tmp, with a name of
# one length. Keys are new each time: what differs by them is within every tolerance.

# rules N: patterns of four sorts, each for a path of its own, which rule_paths says
rules() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) {
		path = i % 4 == 0 ? "*.so" : i % 4 == 1 ? "lib" i ".so.*" : i % 4 == 2 ? "**" : "libexact.so"
		printf "  - {path: /opt/vendor%d/product%d/%s, signers: [release]}\n", i % 97, i, path } }'
}
rule_paths() { # of 10,000 rules 1,000
	awk 'BEGIN { for (n = 0; n < 1000; n++) {
		i = n * 7919 % 10000
		name = i % 4 == 0 ? "any.so" : i % 4 == 1 ? "lib" i ".so.1" : i % 4 == 2 ? "a/b/c.so" : "libexact.so"
		printf "/opt/vendor%d/product%d/%s\n", i % 97, i, name } }'
}
# policy FILE MODE [LINE...]: signed, with the lines before its rules; the rules are read
policy() {
	policy_file=$1 policy_mode=$2
	shift 2
	{
		printf 'modseal-policy: 1\nname: counts\nserial: 1\nissued: 2026-01-01T00:00:00Z\nmode: %s\n' "$policy_mode"
		printf 'search: [%s/lib]\nsigners:\n' "$inputs"
		for signer in release:rsa:library,program cats:cats:catalog; do
			pem=${signer#*:}
			pem=${pem%%:*}
			printf '  %s: {trust: pinned, purposes: [%s], certificate-file: %s.pem, certificate-sha256: "%s"}\n' \
				"${signer%%:*}" "${signer##*:}" "$pem" "$(sha256sum "$pem.pem" | cut -d ' ' -f 1)"
		done
		[ $# = 0 ] || printf '%s\n' "$@"
		echo rules:
		cat
	} >"$policy_file"
	"$MODSEAL" policy sign "$policy_file" --key policy.key --certificate policy.pem >/dev/null
}
# library NAME [NEEDED...]: needs nothing but what it is given, not even the C library
library() {
	name=$1
	shift
	printf 'extern int value_%s(void);\nint value_%s(void) { return 1; }\n' "$name" "$name" >"$name.c"
	"${CC:-cc}" -O1 -shared -fPIC -nostdlib -Wl,-soname,"lib$name.so" -Wl,--no-as-needed -Wl,-z,now -o "lib/lib$name.so" "$name.c" \
		$(for needed; do echo "lib/lib$needed.so"; done)
}
make_inputs() (
	set -e
	inputs=$1
	cd "$inputs"
	"$MODSEAL" keygen rsa --algorithm rsa4096 >/dev/null
	for key in release policy cats; do
		"$MODSEAL" keygen $key >/dev/null
	done
	sign() { "$MODSEAL" sign --key "$1.key" --certificate "$1.pem" "$2" >/dev/null; }
	{ printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\003\000' && head -c 99982 /dev/zero; } >unsigned.ko
	cp unsigned.ko rsa.ko && sign rsa rsa.ko
	cp unsigned.ko ecdsa.ko && sign release ecdsa.ko
	mkdir -p lib listed walked/by/its/components/to
	echo >walked/by/its/components/to/file.so
	library a
	library b
	library c
	library d a
	library e b c d
	library top a b c d e
	cp lib/libc.so listed/libone.so
	# by RSA, whose signatures have one length: those of ECDSA differ, and with them what is decoded
	for name in a b c d e top; do
		sign rsa "lib/lib$name.so"
	done
	signed="  - {path: $inputs/lib/*, signers: [release], owners: [root, caller]}"
	echo "$signed" | policy policy.yaml enforce
	{ echo "$signed"; echo "  - {path: /usr/**, evidence: [protected-path]}"; } |
		policy audit.yaml audit 'process: {anonymous-executable: allow}'
	rules 10 | policy rules-10.yaml enforce
	rules 10000 | policy rules-10000.yaml enforce
	rule_paths >asked
	"$MODSEAL" catalog create --name big --serial 1 --output small.cat listed >/dev/null
	{
		head -n 4 small.cat
		awk 'BEGIN { for (i = 0; i < 9999; i++)
			printf "/usr/lib/x86_64-linux-gnu/directory/libnumber%06d.so.1.2.3 %d sha256:%064x\n", i, i, i }' |
			cat - small.cat | grep '^/' | LC_ALL=C sort
	} >big.cat
	"$MODSEAL" catalog sign big.cat --key cats.key --certificate cats.pem >/dev/null
	echo "  - {path: $inputs/listed/*, evidence: [catalog], catalog: big, owners: [root, caller]}" |
		policy catalog.yaml enforce 'catalogs: [{name: big, file: big.cat, signers: [cats]}]'
)
