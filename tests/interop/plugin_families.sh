#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real plugins of six families, of Debian's packages as they are: what their hosts do with them
# through modseal comes out as it does by plain dlopen.
. tests/lib.sh
real=$(cd "$WORK" && pwd -P)
triplet=$(${CC:-cc} -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
system=/usr/lib/$triplet
cp "$BUILD/tests/hosts/plugin_families" "$real/host"
for key in release policy; do "$MODSEAL" keygen $key --directory "$real" >"$WORK/log" || exit 99; done
check "the host is signed" "$MODSEAL" sign --key "$real/release.key" --certificate "$real/release.pem" "$real/host"
cat >"$real/policy.yaml" <<POLICY
modseal-policy: 1
name: families
serial: 1
issued: 2026-01-01T00:00:00Z
search: [$system, /usr/lib]
signers:
  release: {trust: pinned, purposes: [library, program], certificate-file: release.pem,
    certificate-sha256: "$(sha256sum "$real/release.pem" | cut -d' ' -f1)"}
rules:
  - {path: $real/host, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: /usr/lib/**, evidence: [protected-path], identity: unbound}
POLICY
check "the policy is signed" "$MODSEAL" policy sign "$real/policy.yaml" --key "$real/policy.key" --certificate "$real/policy.pem"
export POLICY="$real/policy.yaml" ANCHOR="$real/policy.pem"

through_modseal() { "$real/host" modseal "$@" >"$WORK/verified"; }
# family NAME PATTERN OPERAND...: both ways the same, and it is what it should be
family() {
	name=$1 pattern=$2
	shift 2
	for operand in "$@"; do
		case $operand in
		/*.so*) [ -e "$operand" ] || { skip "$name" "$operand is not installed"; return; } ;;
		esac
	done
	"$real/host" plain "$name" "$@" >"$WORK/plain" 2>"$WORK/plain.err"
	case $? in
	0) ;;
	77) skip "$name" "$(cat "$WORK/plain.err")"; return ;;
	*) cat "$WORK/plain.err" ;;
	esac
	check "$name by plain dlopen does what it should" grep -Ex -- "$pattern" "$WORK/plain"
	check "$name through modseal runs" through_modseal "$name" "$@"
	check "$name through modseal gives the same" diff "$WORK/plain" "$WORK/verified"
}

# a token of its own
mkdir "$real/tokens"
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$real" >"$real/softhsm2.conf"
export SOFTHSM2_CONF="$real/softhsm2.conf"
if command -v softhsm2-util >/dev/null; then
	check "a token is made" softhsm2-util --init-token --free --label families --pin 1234 --so-pin 5678
	# CKR_SIGNATURE_INVALID
	family pkcs11 'other data: 0xc0' "$(realpath /usr/lib/softhsm/libsofthsm2.so)" 1234
else
	skip "pkcs11" "softhsm2 is not installed"
fi
# RFC 1320, A.5
family provider 'MD4 of abc: a448017aaf21d8525fc10ae87aa6729d' "$system/ossl-modules/legacy.so" MD4
printf 'a;b\nx;1\ny;41\n' >"$real/table.csv"
family sqlite 'count\(\*\)=2 sum\(b\)=42(\.0)? max\(a\)=y' "$(realpath "$system/libsqlite3.so.0")" \
	"$(realpath "$system/libsqlite3_mod_csvtable.so")" sqlite3_extension_init \
	"create virtual table t using csvtable('$real/table.csv', 1); select count(*), sum(b), max(a) from t"
family qt 'class: QGifPlugin' "$(realpath "$system/libQt5Core.so.5")" "$system/qt5/plugins/imageformats/libqgif.so"
mkdir "$real/pam.d"
: >"$real/pam.d/families"
: >"$real/pam.d/other"
export PAM_DIRECTORY="$real/pam.d"
family pam 'pam_deny.so: 7 .*' "$(realpath "$system/libpam.so.0")" "$system/security/pam_permit.so" "$system/security/pam_deny.so"
python=$(find "$system" -maxdepth 1 -name 'libpython3.*.so.1.0' | sort -V | tail -n 1)
version=$(basename "$python" | sed 's/libpython\(.*\)\.so.*/\1/')
cat >"$real/script.py" <<'PYTHON'
import bz2, lzma, sqlite3, sys
text = b"modseal " * 1000
assert bz2.decompress(bz2.compress(text)) == text and lzma.decompress(lzma.compress(text)) == text
print([sys.modules[name].__spec__.origin for name in ("_bz2", "_lzma", "_sqlite3")])
print(sqlite3.connect(":memory:").execute("select sum(value) from json_each('[1, 41]')").fetchall())
PYTHON
dynload=/usr/lib/python$version/lib-dynload
set --
for name in _bz2 _lzma _sqlite3; do
	set -- "$@" "$(find "$dynload" -name "$name.*.so" 2>/dev/null)"
done
if [ -n "$python" ] && [ -n "$1" ]; then
	family python '\[\(42,\)\]' "$python" "exec(open('$real/script.py').read())" "$@"
else
	skip "python" "no libpython with its extension modules is installed"
fi
