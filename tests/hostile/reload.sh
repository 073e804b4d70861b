#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Policies are replaced under a running host: eight threads, no verdict by two of them, and the
# last good one stays. Also run by check-tsan:
# threads
# long
. tests/lib.sh
CC=${CC:-gcc}

cd "$WORK" || exit 99
real=$(pwd -P)
mkdir lib more a b broken
echo 'int base(void) { return 40; }' >base.c
echo 'int base(void); int answer(void) { return base() + 2; }' >answer.c
"$CC" -shared -fPIC -Wl,-soname,libbase.so.1 -o lib/libbase.so.1 base.c
"$CC" -shared -fPIC -Wl,-soname,libanswer.so.1 -o lib/libanswer.so.1 answer.c lib/libbase.so.1
"$CC" -shared -fPIC -o more/libonly.so base.c
cp "$BUILD/tests/hosts/reload" "$BUILD/tests/hosts/reload_once" .
for key in release policy; do "$MODSEAL" keygen $key >/dev/null; done
by() { key=$1; shift; "$@" --key "$key.key" --certificate "$key.pem" >/dev/null; }
by release "$MODSEAL" sign lib/*.so.1 more/*.so reload reload_once
cp lib/libanswer.so.1 lib/libbad.so.1
printf '\1' | dd of=lib/libbad.so.1 bs=1 seek=4096 conv=notrunc 2>/dev/null

HOST="{path: $real/reload*, kind: program, signers: [release], owners: [caller], identity: unbound}"
ONE="{path: $real/lib/*, signers: [release], owners: [caller]}"
BOTH="{path: $real/**, signers: [release], owners: [caller], identity: unbound}"
# policy FILE SERIAL RULE [LINE...]: signed
policy() {
	file=$1 serial=$2 rule=$3
	shift 3
	{
		cat <<END
modseal-policy: 1
name: ${NAME:-reload}
serial: $serial
issued: 2026-01-01T00:00:00Z
search: [$real/lib, /usr/lib/$("$CC" -print-multiarch)]
END
		cat <<END
signers:
  release: {trust: pinned, certificate-file: $real/release.pem, purposes: [library, program, catalog],
    certificate-sha256: "$(sha256sum release.pem | cut -d ' ' -f 1)"}
END
		[ $# = 0 ] || printf '%s\n' "$@"
		cat <<END
rules:
  - $rule
${HOST:+  - $HOST}
  - {path: /usr/lib/**, evidence: [protected-path]}
END
	} >"$file"
	by policy "$MODSEAL" policy sign --force "$file"
}
policy a/policy.yaml 1 "$BOTH"
policy b/policy.yaml 1 "$ONE" '# one' '# two'
cp a/policy.yaml broken/
cp b/policy.yaml.p7s broken/
ln -s a now
LINE_A=$(grep -nF "$BOTH" a/policy.yaml | cut -d: -f1)
LINE_B=$(grep -nF "$ONE" b/policy.yaml | cut -d: -f1)
export LINE_A LINE_B
reloads_under_threads() { # reloads_under_threads ROUNDS check|verify
	rm now && ln -s a now && ./reload "$real/now/policy.yaml" "$real/policy.pem" "$real/lib/libanswer.so.1" "$real/more/libonly.so" \
		"$real/lib/libbad.so.1" "$@"
}
# what only a sanitizer sees is seen in fewer; RELOADS=1000 takes all with it, too
rounds=${RELOADS:-300}
process=50
[ -z "${SANITIZE:-}" ] || { rounds=${RELOADS:-30} process=6; }
check "R115 $rounds policies replaced under eight threads that check: none wrong, no verdict by two" \
	reloads_under_threads "$rounds" check
check "R115 and under threads that verify for loading, with the process judged anew each time" \
	reloads_under_threads $process verify

# ---- what a reload does not do, without any rollback state ----------------------------------
mkdir base next
# reloads CODE FILE'S-CODE SERIAL: from base to next, by a relative name
reloads() {
	rm -f now to && ln -s base now && ln -s next to || return 1
	./reload_once now/policy.yaml "$real/policy.pem" to "$real/more/libonly.so" >said 2>&1 || { cat said >&2; return 1; }
	grep -qxF "$*" said || { cat said >&2; return 1; }
}
policy base/policy.yaml 5 "$BOTH"
policy next/policy.yaml 6 "$BOTH"
check "a newer one is taken" reloads OK OK 6
policy next/policy.yaml 5 "$BOTH" '# as new'
check "one as new, too" reloads OK OK 5
policy next/policy.yaml 6 "$ONE"
check "what it does not allow any more is refused" reloads OK PATH_NOT_ALLOWED -
policy next/policy.yaml 4 "$BOTH"
check "R33 an older one is not" reloads ROLLBACK OK 5
NAME=other policy next/policy.yaml 6 "$BOTH"
check "R33 nor one of another name" reloads POLICY_NAME OK 5
policy next/policy.yaml 6 "$BOTH"
printf '# more\n' >>next/policy.yaml
check "nor one that was changed" reloads POLICY_SIGNATURE OK 5
rm next/policy.yaml
check "nor none at all" reloads NOT_FOUND OK 5
policy next/policy.yaml 6 "{path: $real/**, colour: red}" 2>said || true
openssl cms -sign -binary -in next/policy.yaml -signer policy.pem -inkey policy.key -outform DER -nosmimecap \
	-out next/policy.yaml.p7s
check "signed but wrong" reloads POLICY_INVALID OK 5
HOST='' policy next/policy.yaml 6 "$ONE"
check "R54 nor one that does not allow the process itself" reloads PATH_NOT_ALLOWED OK 5

# a catalog is part of the set
for serial in 1 2; do
	"$MODSEAL" catalog create --name files --serial $serial --output $serial.cat more/libonly.so >said
	by release "$MODSEAL" catalog sign $serial.cat
done
LISTED="{path: $real/more/*, evidence: [catalog], catalog: files, owners: [caller]}"
with_catalog() { # with_catalog SET SERIAL CATALOG
	policy "$1/policy.yaml" "$2" "$LISTED" "catalogs: [{name: files, file: files.cat, signers: [release]}]"
	cp "$3.cat" "$1/files.cat"
	cp "$3.cat.p7s" "$1/files.cat.p7s"
}
cp 2.cat base/files.cat
cp 2.cat.p7s base/files.cat.p7s
for name in base next; do cp 2.cat $name/files.cat && cp 2.cat.p7s $name/files.cat.p7s; done
with_catalog base 5 2
with_catalog next 6 2
check "a set with its catalog is taken" reloads OK OK 6
with_catalog next 6 1
check "R33 not with an older catalog" reloads ROLLBACK OK 5
with_catalog next 6 2
rm next/files.cat.p7s
check "nor with one that is not signed, though a context would open with it" reloads CATALOG_INVALID OK 5

# so is a supplement, with its own catalogs
with_supplement() { # with_supplement SET SERIAL CATALOG
	cp "$3.cat" "$1/files.cat"
	cp "$3.cat.p7s" "$1/files.cat.p7s"
	cat >"$1/vendor.yaml" <<END
modseal-supplement: 1
name: vendor
serial: $2
issued: 2026-01-01T00:00:00Z
signers:
  build: {trust: pinned, certificate-file: $real/build.pem, purposes: [catalog],
    certificate-sha256: "$(sha256sum build.pem | cut -d ' ' -f 1)"}
catalogs: [{name: files, file: files.cat, signers: [build]}]
rules:
  - $LISTED
END
	by vendor "$MODSEAL" policy sign --force "$1/vendor.yaml"
	policy "$1/policy.yaml" 5 "{path: $real/more/**, delegate: vendor, minimum-evidence: catalog}" \
		"  vendor: {trust: pinned, certificate-file: $real/vendor.pem, purposes: [supplement]," \
		"    certificate-sha256: \"$(sha256sum vendor.pem | cut -d ' ' -f 1)\"}" \
		"supplements: [{name: vendor, file: vendor.yaml, signers: [vendor]}]"
}
for key in vendor build; do "$MODSEAL" keygen $key >/dev/null; done
for serial in 1 2; do by build "$MODSEAL" catalog sign --force $serial.cat; done
with_supplement base 3 2
with_supplement next 4 2
check "a set with a newer supplement is taken" reloads OK OK 5
with_supplement next 2 2
check "R33 not with an older supplement" reloads ROLLBACK OK 5
with_supplement next 3 1
check "R33 nor with an older catalog of it" reloads ROLLBACK OK 5
rm next/vendor.yaml
check "nor without it" reloads NOT_FOUND OK 5

# the process is judged anew though the policy says the same, by another catalog
for serial in 3 4; do
	listed=more/libonly.so
	[ $serial = 4 ] || listed="$listed reload_once"
	# shellcheck disable=SC2086
	"$MODSEAL" catalog create --name files --serial $serial --output $serial.cat $listed >said
	by release "$MODSEAL" catalog sign $serial.cat
done
HOST="{path: $real/reload*, kind: program, evidence: [catalog], catalog: files, owners: [caller]}"
for name in base next; do cp 3.cat $name/files.cat && cp 3.cat.p7s $name/files.cat.p7s; done
with_catalog base 5 3
with_catalog next 5 3
check "a program that the catalog lists" reloads OK OK 5
with_catalog next 5 4
check "R54 is not that of a set whose catalog does not" reloads SIGNATURE_MISSING OK 5

# the time that was signed once stays: no certificate that has ended since begins again
HOST="{path: $real/reload*, kind: program, signers: [release], owners: [caller], identity: unbound}"
"$MODSEAL" keygen authority --ca >/dev/null
"$MODSEAL" keygen leaf --issuer authority.key,authority.pem >/dev/null
by leaf "$MODSEAL" sign --force more/libonly.so
by_chain() { # by_chain SET SERIAL YEAR: issued in that year
	policy "$1/policy.yaml" "$2" "{path: $real/more/*, signers: [authority], owners: [caller], identity: unbound}" \
		"  authority: {trust: chain, certificate-file: $real/authority.pem," \
		"    certificate-sha256: \"$(sha256sum authority.pem | cut -d ' ' -f 1)\"}"
	sed -i "s/^issued: 2026/issued: $3/" "$1/policy.yaml"
	by policy "$MODSEAL" policy sign --force "$1/policy.yaml"
}
by_chain base 5 2026
by_chain next 6 2026
check "a certificate that is valid" reloads OK OK 6
by_chain base 5 2199
check "R28 has ended for good where a later time was signed" reloads OK CERTIFICATE_EXPIRED -

# ---- revocation lists come and go with the same policy -----------------------------------
printf '%s\n' '[ca]' default_ca=c '[c]' database=index.txt crlnumber=number default_md=sha256 unique_subject=no \
	'[l]' authorityKeyIdentifier=keyid >ca.cnf
: >index.txt
echo 01 >number
ca() { openssl ca -config ca.cnf -cert authority.pem -keyfile authority.key "$@" 2>>ca.log; }
publish() { # publish FILE TIME
	ca -gencrl -crlexts l -crl_lastupdate "$2" -crl_nextupdate 21990101000000Z -out "$1"
}
for name in program lost; do "$MODSEAL" keygen $name --issuer authority.key,authority.pem >/dev/null; done
publish first.crl 20260201000000Z
ca -revoke lost.pem
publish second.crl 20260301000000Z
ca -revoke program.pem
publish third.crl 20260401000000Z
HOST="{path: $real/reload*, kind: program, signers: [authority], owners: [caller], identity: unbound}"
by program "$MODSEAL" sign --force reload_once
by lost "$MODSEAL" sign --force more/libonly.so
with_list() { # with_list SET LIST [DEMAND]
	policy "$1/policy.yaml" 5 "{path: $real/more/*, signers: [authority], owners: [caller], identity: unbound}" \
		"  authority: {trust: chain, certificate-file: $real/authority.pem, purposes: [library, program]," \
		"    crl: ${3:-required}, crl-files: [authority.crl]," \
		"    certificate-sha256: \"$(sha256sum authority.pem | cut -d ' ' -f 1)\"}"
	rm -f "$1/authority.crl"
	[ "$2" = none ] || cp "$2.crl" "$1/authority.crl"
}
with_list base first
with_list next first
check "a set with the same list is taken" reloads OK OK 5
with_list next second
check "R29 one with a newer list revokes what it names" reloads OK REVOKED -
with_list next third
check "R29 R54 the process, too, though the policy says the same" reloads REVOKED OK 5
with_list base second
with_list next first
check "R33 a list is not replaced by an older one" reloads ROLLBACK REVOKED -
for demand in required if-present; do
	with_list base second $demand
	with_list next none $demand
	check "R33 $demand: nor by none" reloads ROLLBACK REVOKED -
	printf 'no list\n' >next/authority.crl
	check "R33 $demand: nor by what is no list" reloads CRL_UNUSABLE REVOKED -
done

# a supplement that was not there before brings lists, too
with_delegate() { # with_delegate SET LIST
	cat >"$1/vendor.yaml" <<END
modseal-supplement: 1
name: vendor
serial: 1
issued: 2026-01-01T00:00:00Z
signers:
  theirs: {trust: chain, certificate-file: $real/authority.pem, crl: if-present, crl-files: [theirs.crl],
    certificate-sha256: "$(sha256sum authority.pem | cut -d ' ' -f 1)"}
rules:
  - {path: $real/more/theirs/*, signers: [theirs]}
END
	cp "$2" "$1/theirs.crl"
	by vendor "$MODSEAL" policy sign --force "$1/vendor.yaml"
	policy "$1/policy.yaml" 5 "{path: $real/more/theirs/**, delegate: vendor}" \
		"  vendor: {trust: pinned, certificate-file: $real/vendor.pem, purposes: [supplement]," \
		"    certificate-sha256: \"$(sha256sum vendor.pem | cut -d ' ' -f 1)\"}" \
		"supplements: [{name: vendor, file: vendor.yaml, signers: [vendor]}]"
}
HOST="{path: $real/reload*, kind: program, signers: [release], owners: [caller], identity: unbound}"
by release "$MODSEAL" sign --force reload_once more/libonly.so
policy base/policy.yaml 5 "{path: $real/more/*, signers: [release], owners: [caller], identity: unbound}"
with_delegate next first.crl
check "a set with a supplement that is new, and its list, is taken" reloads OK PATH_NOT_ALLOWED -
echo 'no list' >none.crl
with_delegate next none.crl
check "R33 not where that is no list" reloads CRL_UNUSABLE OK 5

# what was held back of a file's records is told by the next one, though a reload was between
for name in base next; do
	policy $name/policy.yaml 5 "{path: $real/more/*, signers: [release], owners: [caller], identity: unbound}" \
		"records: {to: [file], file: $real/records, per-minute: 1}"
done
CHECKS=4 && export CHECKS
check "R106 a file that is asked for often" reloads OK OK 5
told() { [ "$(grep 'libonly' records | sed -n 's/.*"suppressed": *\([0-9]*\).*/\1/p' | tail -n 1)" = 3 ] || { cat records >&2; return 1; }; }
check "R106 what was held back before a reload is told after it" told
