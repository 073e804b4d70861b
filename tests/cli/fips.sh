#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# crypto: {provider: fips}: where the FIPS provider of OpenSSL is installed (make check-trixie), all
# checks are its own; where it is not, nothing else serves in its place.
. tests/lib.sh
. tests/policy.sh

says() { # says TEXT COMMAND...: refused by a message with this text
	text=$1; shift
	out=$("$@" 2>&1) && { echo "accepted" >&2; return 1; }
	case $out in *"$text"*) ;; *) echo "$out" >&2; return 1 ;; esac
}
build_library "$LIB/liba.so" liba.so 'int a(void) { return 1; }'
check "a policy that names the default provider" write_policy "$REAL/policy.yaml" 'crypto: {provider: default}'
check "... verifies" verify "$LIB/liba.so"
# a draft is judged where it is signed, which needs no such provider
check "a policy that names fips is signed" write_policy "$REAL/policy.yaml" 'crypto: {provider: fips}'

# R27: neither the module nor the settings that the environment names
mkdir "$REAL/modules"
{ marker module; echo; echo 'int OSSL_provider_init(void) { return 0; }'; } >"$REAL/module.c"
${CC:-cc} -shared -fPIC -o "$REAL/modules/fips.so" "$REAL/module.c"
printf 'openssl_conf = a\n[a]\nproviders = b\n[b]\nfips = c\n[c]\nactivate = 1\nmodule = %s\n' \
	"$REAL/modules/fips.so" >"$REAL/openssl.cnf"
hostile() { env OPENSSL_MODULES="$REAL/modules" OPENSSL_CONF="$REAL/openssl.cnf" "$@"; }
check "the module of the environment would run" eval \
	'hostile openssl list -providers -provider fips >/dev/null 2>&1; [ -e "$REAL/ran/module" ]'
rm -f "$REAL/ran/module"

modules=$(openssl version -m | sed 's/.*"\(.*\)"/\1/')
settings=$(openssl version -d | sed 's/.*"\(.*\)"/\1/')
if [ ! -e "$modules/fips.so" ] || [ ! -e "$settings/fipsmodule.cnf" ]; then
	check "fips without the provider" refused UNSUPPORTED verify "$LIB/liba.so"
	check "... names what is missing and what to do" says "openssl fipsinstall -module $modules/fips.so" \
		verify "$LIB/liba.so"
	check "... in policy check too" refused UNSUPPORTED "$MODSEAL" policy check \
		--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
	check "R27 the environment brings no provider in" refused UNSUPPORTED hostile "$MODSEAL" verify \
		--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/liba.so"
	check "R27 ... and none of its code ran" nothing_ran
	skip "the FIPS provider" "not installed here"
	exit 0
fi

check "verify under fips" verify "$LIB/liba.so"
check "policy show tells of it" eval '"$MODSEAL" policy show --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem" | grep -q "crypto.provider: fips"'
check "R27 the environment brings no other provider in" hostile "$MODSEAL" verify \
	--policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/liba.so"
check "R27 ... and none of its code ran" nothing_ran
printf x >>"$LIB/liba.so"
check "a wrong file is refused all the same" refused SIGNATURE_MISSING verify "$LIB/liba.so"
build_library "$LIB/liba.so" liba.so 'int a(void) { return 1; }'
check "load under fips: the module is known to the gate" load --symbol a "$LIB/liba.so"
write_policy "$REAL/policy.yaml" 'crypto: {provider: fips}' "rule:{path: $modules/**, signers: [other]}"
check "R54 ... and judged by the rules" eval 'refused SIGNATURE_MISSING load "$LIB/liba.so" &&
	load --json "$LIB/liba.so" | grep -q "\"object\": \"$modules/fips.so\""'
write_policy "$REAL/policy.yaml" 'crypto: {provider: fips}'

# The module's code runs before any rule: nobody but root may be able to put it there. Tried only
# where the system is the test's own.
if [ "${MODSEAL_TEST_OWNS_SYSTEM:-}" = 1 ]; then
	for unsafe in "$modules/fips.so" "$modules" "$settings/fipsmodule.cnf"; do
		chmod o+w "$unsafe"
		check "others may write to $unsafe" refused PATH_UNSAFE verify "$LIB/liba.so"
		chmod o-w "$unsafe"
	done
	cp "$settings/fipsmodule.cnf" "$REAL/kept.cnf"
	sed 's/^module-mac = ../module-mac = 00/' "$REAL/kept.cnf" >"$settings/fipsmodule.cnf"
	check "another checksum" refused UNSUPPORTED verify "$LIB/liba.so"
	rm "$settings/fipsmodule.cnf"
	check "no settings" refused UNSUPPORTED verify "$LIB/liba.so"
	cp "$REAL/kept.cnf" "$settings/fipsmodule.cnf"
	check "as it was" verify "$LIB/liba.so"
fi

for algorithm in rsa3072 ecdsa-p384 ed25519 ml-dsa-44 ml-dsa-65 ml-dsa-87; do
	"$MODSEAL" keygen "$algorithm" --directory "$REAL" --algorithm "$algorithm" >/dev/null || exit 99
	sed "s/^  other:/  more:\n    trust: pinned\n    certificate-file: $algorithm.pem\n    certificate-sha256: $(
		sha256sum "$REAL/$algorithm.pem" | cut -d' ' -f1)\n&/; s|^\(  - {path: $LIB/.*signers: \)\[release\]|\1[more]|" \
		"$REAL/policy.yaml" >"$REAL/more.yaml"
	"$MODSEAL" policy sign --force "$REAL/more.yaml" --key "$REAL/policy.key" \
		--certificate "$REAL/policy.pem" >/dev/null || exit 99
	sign_with "$algorithm" "$LIB/liba.so" >/dev/null
	check "$algorithm under fips" "$MODSEAL" verify --policy "$REAL/more.yaml" --anchor "$REAL/policy.pem" \
		"$LIB/liba.so"
done

# The policy's own signature counts by that provider.
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/ml-dsa-65.key" \
	--certificate "$REAL/ml-dsa-65.pem" >/dev/null
sign_with release "$LIB/liba.so" >/dev/null
check "a policy signed with ML-DSA-65" "$MODSEAL" verify --policy "$REAL/policy.yaml" \
	--anchor "$REAL/ml-dsa-65.pem" "$LIB/liba.so"
check "... and the wrong anchor" refused POLICY_SIGNATURE "$MODSEAL" verify --policy "$REAL/policy.yaml" \
	--anchor "$REAL/policy.pem" "$LIB/liba.so"
