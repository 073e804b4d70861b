#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Audit mode lets through what a policy would refuse, says so each time, and is switched on
# by the signed policy alone; what is malformed, revoked or unsafe is refused in it, too.
. tests/lib.sh
. tests/policy.sh

build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }' || exit 99
cp "$LIB/libgood.so.1" "$LIB/libplain.so.1"
${CC:-cc} -shared -fPIC -o "$LIB/libplain.so.1" -Wl,-soname,libplain.so.1 "$WORK/.library.c"
plain=$LIB/libplain.so.1
mkdir "$REAL/norule"
cp "$LIB/libgood.so.1" "$REAL/norule/"
# would CODE FILE [OPTION...]: it is let through, with the code it would be refused with
would() {
	code=$1
	shift
	verify --json "$@" >"$WORK/out" || { cat "$WORK/out" >&2; return 1; }
	grep -q "\"verdict\": \"would-refuse\", \"code\": \"$code\"" "$WORK/out" &&
		grep -q '"would-refuse": "'"$code"'"' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }
}
accepted() { verify --json "$@" >"$WORK/out" && grep -q '"verdict": "accepted"' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }; }
# in both modes: audit tolerates, and the same file is refused when enforced again
both() { # both CODE FILE
	sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign &&
		would "$1" "$2" && sed 's/^mode: .*/mode: enforce/' "$REAL/base.yaml" >"$REAL/policy.yaml" &&
		resign && refused "$1" verify "$2"
}
# never CODE FILE: refused in audit mode
never() {
	sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign && refused "$1" verify "$2"
}
resign() { "$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/policy.key" --certificate "$REAL/policy.pem"; }
base() { write_policy "$REAL/base.yaml" "$@"; }

# ---- tolerated, told, and refused again ----------------------------------------------------
base || exit 99
check "no signature" both SIGNATURE_MISSING "$plain"
check "no rule" both PATH_NOT_ALLOWED "$REAL/norule/libgood.so.1"
cp "$LIB/libgood.so.1" "$LIB/libother.so.1"
sign_with other "$LIB/libother.so.1"
check "another signer" both SIGNER_NOT_ALLOWED "$LIB/libother.so.1"
sed 's/GCC:/GCX:/' "$LIB/libgood.so.1" >"$LIB/libchanged.so.1"
check "changed after signing" both SIGNATURE_INVALID "$LIB/libchanged.so.1"
cp "$LIB/libgood.so.1" "$LIB/libnamed.so.1"
check "another name" both NAME_MISMATCH "$LIB/libnamed.so.1"
base "rule:{path: $LIB/**, signers: [release, other], require: 2, owners: [root, caller]}"
check "too few signers" both SIGNERS_TOO_FEW "$LIB/libgood.so.1"
base "rule:{path: $LIB/**, signers: [release], owners: [root, caller], minimum-version: 2}"
check "too old" both ROLLBACK "$LIB/libgood.so.1"
base 'versions: {libgood.so.1: 7}'
check "too old for versions" both ROLLBACK "$LIB/libgood.so.1"
base "rule:{path: $LIB/**, evidence: [protected-path]}"
check "an unsafe place" both PATH_UNSAFE "$LIB/libgood.so.1"
base "rule:{path: $LIB/libother*, signers: [other], owners: [root, caller]}"
sed -i 's/^  other:/&\n    algorithms: [rsa-pss-sha512]/' "$REAL/base.yaml"
check "an algorithm that is not allowed" both ALGORITHM_NOT_ALLOWED "$LIB/libother.so.1"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	base
	on_noexec() { unshare -m sh -c "mkdir -p '$LIB/noexec' && mount -t tmpfs -o noexec,mode=755 none '$LIB/noexec' &&
		cp '$LIB/libgood.so.1' '$LIB/noexec/' && exec \"\$@\"" sh "$@"; }
	noexec_is() { # noexec_is CODE MODE
		sed "s/^mode: .*/mode: $2/" "$REAL/base.yaml" >"$REAL/policy.yaml" && resign &&
			on_noexec "$MODSEAL" verify --json --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" \
				"$LIB/noexec/libgood.so.1" >"$WORK/out"
		grep -q "\"verdict\": \"$1\", \"code\": \"NOEXEC\"" "$WORK/out" || { cat "$WORK/out" >&2; return 1; }
	}
	check "mounted noexec, audited" noexec_is would-refuse audit
	check "mounted noexec, enforced" noexec_is refused enforce
	base "rule:{path: /mnt/**, evidence: [protected-path]}"
	sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
	protected_still() {
		unshare -m sh -c "mount -t tmpfs -o noexec,mode=755 none /mnt && cp '$LIB/libgood.so.1' /mnt/ && exec \"\$@\"" sh \
			"$MODSEAL" verify --json --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" /mnt/libgood.so.1 >"$WORK/out"
		grep -q '"code": "NOEXEC".*"evidence": "protected-path"' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }
	}
	check "what protects the place counts there, too" protected_still
else
	skip "mounted noexec" "no mount namespaces here"
fi

"$MODSEAL" keygen cats --directory "$REAL" >"$WORK/log"
cp "$plain" "$LIB/liblisted.so.1"
"$MODSEAL" catalog create --name base --serial 1 --output "$REAL/base.cat" --key "$REAL/cats.key" \
	--certificate "$REAL/cats.pem" "$LIB/liblisted.so.1" >"$WORK/log" || exit 99
printf '\1' >>"$LIB/liblisted.so.1"
LISTED="rule:{path: $LIB/liblisted*, evidence: [catalog], catalog: base, owners: [root, caller]}"
cats() { # cats CERTIFICATE
	printf 'signer:cats: {trust: pinned, purposes: [catalog], certificate-file: %s, certificate-sha256: "%s"}\n' \
		"$1" "$(sha256sum "$1" | cut -d' ' -f1)"
}
base "$(cats "$REAL/cats.pem")" "catalogs: [{name: base, file: $REAL/base.cat, signers: [cats]}]" "$LISTED" 2>"$WORK/log"
check "not what the catalog lists" both CATALOG_MISMATCH "$LIB/liblisted.so.1"
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
printf '\1' >>"$REAL/base.cat"
check "R107 a catalog that was changed" refused CATALOG_INVALID verify "$LIB/liblisted.so.1"
for serial in 1 2; do
	rm -f "$REAL/base.cat" "$REAL/base.cat.p7s"
	"$MODSEAL" catalog create --name base --serial $serial --output "$REAL/base.cat" --key "$REAL/cats.key" \
		--certificate "$REAL/cats.pem" "$LIB/liblisted.so.1" >"$WORK/log" || exit 99
	[ $serial = 2 ] || { mv "$REAL/base.cat" "$REAL/old.cat" && mv "$REAL/base.cat.p7s" "$REAL/old.cat.p7s"; }
done
base "$(cats "$REAL/cats.pem")" "catalogs: [{name: base, file: $REAL/base.cat, signers: [cats], minimum-serial: 2}]" "$LISTED"
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
check "a new catalog" accepted "$LIB/liblisted.so.1"
mv "$REAL/old.cat" "$REAL/base.cat" && mv "$REAL/old.cat.p7s" "$REAL/base.cat.p7s"
check "R107 an old catalog" refused ROLLBACK verify "$LIB/liblisted.so.1"

# ---- how it is told --------------------------------------------------------------------------
base
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
tells() { # tells PATTERN COMMAND...: exit 0, and both streams hold it
	pattern=$1
	shift
	"$@" >"$WORK/out" 2>&1 && grep -q "$pattern" "$WORK/out" || { cat "$WORK/out" >&2; return 1; }
}
check "verify says it in words" tells 'libplain.so.1: accepted (no evidence named.*), but WOULD BE REFUSED: no signature' verify "$plain"
check "verify says how many" tells '^modseal: 2 would be refused: audit mode' verify "$plain" "$REAL/norule/libgood.so.1" "$LIB/libgood.so.1"
check "what is good is accepted" accepted "$LIB/libgood.so.1"
no_count() { verify "$LIB/libgood.so.1" 2>&1 | grep 'would be refused'; }
check "what is good is not counted" nothing no_count
check "policy check says the mode" tells 'mode: audit (what would be refused is loaded' \
	"$MODSEAL" policy check "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
check "policy show says the mode" tells 'mode: audit (what would be refused is loaded' \
	"$MODSEAL" policy show --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem"
check "the debug log says the mode" tells 'debug: policy .*: mode audit' env MODSEAL_DEBUG=1 \
	"$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$plain"
check "the debug log says what would be refused" grep -q 'debug: .*libplain.so.1: would be refused: SIGNATURE_MISSING' "$WORK/out"
counted() { # counted LIBRARY [COUNT]: what a context has counted that judged it twice
	"$BUILD/tests/hosts/outlive" "$REAL/policy.pem" "$REAL/policy.yaml" "$1" 1800000000 1800000000 >"$WORK/out" 2>&1 &&
		[ "$(grep would-refuse "$WORK/out")" = "${2:+would-refuse $2}" ] || { cat "$WORK/out" >&2; return 1; }
}
check "a context counts what would be refused" counted "$plain" 2
check "and nothing else" counted "$LIB/libgood.so.1"
mode_in() { verify --json "$LIB/libgood.so.1" | grep -q "\"mode\": \"$1\""; }
check "every verdict says the mode" mode_in audit
several() { would SIGNATURE_INVALID "$LIB/libtwice.so.1" && grep -q 'would be refused for this, too: NAME_MISMATCH' "$WORK/out"; }
cp "$LIB/libchanged.so.1" "$LIB/libtwice.so.1"
check "further reasons are remarks" several

# ---- the mode of a rule ----------------------------------------------------------------------
base "rule:{path: $LIB/libplain*, signers: [release], owners: [root, caller], mode: audit}"
cp "$REAL/base.yaml" "$REAL/policy.yaml" && resign
check "a rule audits in a policy that enforces" would SIGNATURE_MISSING "$plain"
check "and audits nothing else" refused SIGNER_NOT_ALLOWED verify "$LIB/libother.so.1"
check "no rule is no rule of it" refused PATH_NOT_ALLOWED verify "$REAL/norule/libgood.so.1"
check "what other rules accept is enforced" mode_in enforce
base "rule:{path: $LIB/libplain*, signers: [release], owners: [root, caller], mode: enforce}"
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
check "a rule enforces in a policy that audits" refused SIGNATURE_MISSING verify "$plain"
check "other rules are audited" would SIGNER_NOT_ALLOWED "$LIB/libother.so.1"

# ---- closures: each member by the mode of its own rule ---------------------------------------
build_library "$LIB/libneeds.so.1" libneeds.so.1 'int good(void); int needs(void) { return good(); }' \
	"$plain" -Wl,--no-as-needed || exit 99
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
check "R107 what an audited library needs is enforced by its own rule" \
	refused SIGNATURE_MISSING verify "$LIB/libneeds.so.1"
base "rule:{path: $LIB/libneeds*, signers: [other], owners: [root, caller], mode: audit}"
cp "$REAL/base.yaml" "$REAL/policy.yaml" && resign
check "R107 a wrong signer under audit brings nothing unsigned past another rule" \
	refused SIGNATURE_MISSING verify "$LIB/libneeds.so.1"
base "rule:{path: $LIB/libplain*, signers: [release], owners: [root, caller], mode: audit}"
cp "$REAL/base.yaml" "$REAL/policy.yaml" && resign
check "a library would be refused where what it needs would be" would SIGNATURE_MISSING "$LIB/libneeds.so.1"
cp "$LIB/libneeds.so.1" "$LIB/libneeds2.so.1"
build_library "$LIB/libempty.so.1" libempty.so.1 'int good(void); typedef int function(void); static function *choose(void) { return good; }
	int chosen(void) __attribute__((ifunc("choose")));'
cp "$plain" "$LIB/libwrong.so.1"
cp "$LIB/libneeds.so.1" "$REAL/needs" && sed 's/libplain/libwrong/' "$REAL/needs" >"$LIB/libneeds.so.1"
base
check "R107 what is needed under another name than its own is refused" never NAME_MISMATCH "$LIB/libneeds.so.1"

# ---- never ------------------------------------------------------------------------------------
base
cp "$LIB/libgood.so.1" "$LIB/libbad.so.1"
size=$(stat -c %s "$LIB/libbad.so.1")
printf '\377' | dd of="$LIB/libbad.so.1" bs=1 seek=$((size - 30)) conv=notrunc 2>/dev/null
check "R107 a malformed container" never SIGNATURE_MALFORMED "$LIB/libbad.so.1"
cp "$LIB/libgood.so.1" "$REAL/norule/libcms.so.1"
length=$(tail -c 32 "$LIB/libgood.so.1" | head -c 4 | od -An -tu1 | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
printf '\377' | dd of="$REAL/norule/libcms.so.1" bs=1 seek=$((size - 40 - length + 20)) conv=notrunc 2>/dev/null
check "R107 a malformed signature without a rule" never SIGNATURE_MALFORMED "$REAL/norule/libcms.so.1"
mkfifo "$LIB/libfifo.so.1"
check "R107 what is no regular file" never NOT_REGULAR "$LIB/libfifo.so.1"
printf 'modseal-policy: 1\n' >"$LIB/libtext.so.1"
check "R107 another type" never TYPE_MISMATCH "$LIB/libtext.so.1"
check "R107 nothing there" never NOT_FOUND "$LIB/libnone.so.1"
printf '\177ELF' >"$LIB/libtorn.so.1"
check "R107 a malformed ELF file" never ELF_MALFORMED "$LIB/libtorn.so.1"
${CC:-cc} -shared -fPIC -o "$LIB/libstack.so.1" -Wl,-soname,libstack.so.1 -Wl,-z,execstack "$WORK/.library.c" 2>/dev/null
check "R107 an unsafe ELF file" never ELF_UNSAFE "$LIB/libstack.so.1"
cp "$LIB/libstack.so.1" "$REAL/norule/"
check "R107 an unsafe ELF file without a rule" never ELF_UNSAFE "$REAL/norule/libstack.so.1"
base 'limits: {max-size: 4K}'
check "R107 too large" never TOO_LARGE "$LIB/libgood.so.1"
base "revoked: {files: [\"$(sha256sum <"$plain" | cut -d' ' -f1)\"]}"
check "R107 a revoked file" never REVOKED "$plain"
cp "$plain" "$REAL/norule/libplain.so.1"
check "R107 a revoked file without a rule" never REVOKED "$REAL/norule/libplain.so.1"
key() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
base "revoked: {keys: [\"$(key "$REAL/release.pem")\"]}"
check "R107 a file that only a revoked key signed" never REVOKED "$LIB/libgood.so.1"
cp "$LIB/libgood.so.1" "$LIB/libmasked.so.1"
"$MODSEAL" sign --append --key "$REAL/other.key" --certificate "$REAL/other.pem" "$LIB/libmasked.so.1" >"$WORK/log"
# the signature by `release`, which the file has twice now, is made wrong in the second
cat >"$WORK/spoil.py" <<'PYTHON'
import sys
trailer = b'~Module signature appended~\n'
one = open(sys.argv[1], 'rb').read()
end = len(one) - len(trailer) - 12
both = bytearray(open(sys.argv[2], 'rb').read())
both[both.rindex(one[end - 20:end]) + 10] ^= 1
open(sys.argv[2], 'wb').write(both)
PYTHON
python3 "$WORK/spoil.py" "$LIB/libgood.so.1" "$LIB/libmasked.so.1"
MASKED="rule:{path: $LIB/libmasked*, signers: [release, other], owners: [root, caller], identity: unbound}"
base "$MASKED"
check "a wrong signature beside a good one" both SIGNATURE_INVALID "$LIB/libmasked.so.1"
base "revoked: {keys: [\"$(key "$REAL/other.pem")\"]}" "$MASKED"
check "R107 a wrong signature does not hide that only a revoked key has signed" never REVOKED "$LIB/libmasked.so.1"
base
chmod 777 "$REAL/norule"
check "R107 a place where anybody may write" never PATH_UNSAFE "$REAL/norule/libgood.so.1"
chmod 755 "$REAL/norule"

# ---- the process: strangers stay, are told, and what modseal loads is proven -------------------
base
cp "$REAL/base.yaml" "$REAL/policy.yaml" && resign
preloaded() { LD_PRELOAD=$plain MODSEAL_DEBUG=1 "$@" >"$WORK/out" 2>&1; }
if [ "${SANITIZE:-}" ]; then
	skip "the process gate in audit mode" "a sanitizer's library must come first"
else
	enforced() { preloaded "$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/libgood.so.1"
		grep -q 'gate: PROCESS_UNVERIFIED' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }; }
	check "a stranger in the process, enforced" enforced
	sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
	stays() { # stays PATTERN FILE [OPTION...]: the stranger is told, and FILE is loaded
		pattern=$1
		shift
		preloaded "$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@" &&
			grep -q "$pattern" "$WORK/out" && grep -q ': loaded' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }
	}
	check "R107 a stranger stays in audit mode, and is told" \
		stays 'gate: would be refused: PROCESS_UNVERIFIED: .*libplain.so.1: .*LD_PRELOAD' "$LIB/libgood.so.1"
	once() { [ "$(grep -c 'would be refused: PROCESS_UNVERIFIED' "$WORK/out")" = 1 ] || { cat "$WORK/out" >&2; return 1; }; }
	check "it is told once for the process" once
	check "what would be refused is loaded" stays 'SIGNATURE_MISSING' "$LIB/libneeds2.so.1"
	foreign() { preloaded "$LOADER" load --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" --symbol chosen "$LIB/libempty.so.1"
		grep -q 'its address lies in no verified image' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }; }
	check "R107 no symbol lies in a stranger" foreign
	cp "$BUILD/tests/hosts/two_policies" "$REAL/two" && sign_with release "$REAL/two" >"$WORK/log"
	base "rule:{path: $REAL/two, kind: program, signers: [release], owners: [root, caller], identity: unbound}"
	for mode in audit enforce; do
		mkdir -p "$REAL/$mode"
		sed "s/^mode: .*/mode: $mode/" "$REAL/base.yaml" >"$REAL/$mode/policy.yaml"
		"$MODSEAL" policy sign --force "$REAL/$mode/policy.yaml" --key "$REAL/policy.key" \
			--certificate "$REAL/policy.pem" >"$WORK/log"
	done
	then_enforced() { # then_enforced LIBRARY CODE: loaded under audit, and what an enforcing policy says then
		FIRST_LOADS=$1 "$REAL/two" "$REAL/policy.pem" "$REAL/audit/policy.yaml" "$REAL/enforce/policy.yaml" >"$WORK/out"
		printf 'OK\nload OK\n%s\n' "$2" | cmp - "$WORK/out" || { cat "$WORK/out" >&2; return 1; }
	}
	check "R107 what audit mode has loaded is a stranger to a policy that enforces" \
		then_enforced "$plain" PROCESS_UNVERIFIED
	check "R107 what was good is not" then_enforced "$LIB/libgood.so.1" OK
	base "rule:{path: $SYSTEM/**, signers: [release], mode: enforce}"
	sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml" && resign
	enforces() { "$LOADER" load --json --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/libgood.so.1" >"$WORK/out" 2>&1
		grep -q '"code": "SIGNATURE_MISSING"' "$WORK/out" || { cat "$WORK/out" >&2; return 1; }; }
	check "R107 a rule that enforces is enforced for what the process started with" enforces
fi

# ---- what does not switch it on ---------------------------------------------------------------
cp "$REAL/base.yaml" "$REAL/policy.yaml" && resign
not_by() { # not_by ASSIGNMENT...
	refused SIGNATURE_MISSING env "$@" "$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$plain"
}
check "R107 no environment switches it on" not_by MODSEAL_MODE=audit MODSEAL_AUDIT=1 MODSEAL_DEBUG=audit mode=audit
for option in --mode=audit --audit --mode; do
	check "R107 no option switches it on: $option" exits 2 verify "$option" "$plain"
done
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml"
check "R107 no text that is not signed as it is" refused POLICY_SIGNATURE verify "$plain"
rm "$REAL/policy.yaml.p7s"
check "R107 no text without a signature" refused POLICY_SIGNATURE verify "$plain"
sed 's/^mode: .*/mode: audit/' "$REAL/base.yaml" >"$REAL/policy.yaml"
"$MODSEAL" policy sign --force "$REAL/policy.yaml" --key "$REAL/other.key" --certificate "$REAL/other.pem" >/dev/null
check "R107 no text that another signed" refused POLICY_SIGNATURE verify "$plain"
