#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real libraries of Debian with everything they need, copied, signed, loaded through modseal;
# a function of each is called and must give what plain dlopen gives. What was bound in them,
# and in the whole process, leads nowhere else.
. tests/lib.sh

host=$BUILD/tests/hosts/call_library
triplet=$(${CC:-cc} -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
system=/usr/lib/$triplet

# library, symbol, what it returns, arguments
cat >"$WORK/table" <<'TABLE'
libz.so.1 zlibVersion string
libxml2.so.2 xmlCheckVersion integer 20900
libcurl.so.4 curl_version string
libLLVM-14.so.1 LLVMGetDefaultTargetTriple string
libcrypto.so.3 OpenSSL_version string 0
libssl.so.3 SSL_alert_type_string_long string 512
libsqlite3.so.0 sqlite3_libversion string
libgomp.so.1 omp_get_max_threads integer
libglib-2.0.so.0 glib_check_version string 99 0 0
libQt5Core.so.5 qVersion string
libstdc++.so.6 _ZNSt6thread20hardware_concurrencyEv integer
libgcc_s.so.1 __popcountdi2 integer 65535
libatomic.so.1 __atomic_is_lock_free byte 8 0
libexpat.so.1 XML_ExpatVersion string
libgnutls.so.30 gnutls_check_version string 0
libgcrypt.so.20 gcry_check_version string 0
libgpg-error.so.0 gpg_error_check_version string 0
libgmp.so.10 __gmp_version data
libmpfr.so.6 mpfr_get_version string
libnettle.so.8 nettle_version_major integer
libzstd.so.1 ZSTD_versionString string
liblzma.so.5 lzma_version_string string
libbz2.so.1.0 BZ2_bzlibVersion string
liblz4.so.1 LZ4_versionString string
libbrotlidec.so.1 BrotliDecoderVersion integer
libidn2.so.0 idn2_check_version string 0
libpsl.so.5 psl_get_version string
libssh2.so.1 libssh2_version string 0
libldap-2.5.so.0 ldap_err2string string 32
libtinfo.so.6 curses_version string
libmagic.so.1 magic_version integer
libyaml-0.so.2 yaml_get_version_string string
libelf.so.1 elf_version integer 1
libdw.so.1 dwfl_version string 0
libjansson.so.4 jansson_version_str string
libcairo.so.2 cairo_version_string string
libpango-1.0.so.0 pango_version_string string
libfontconfig.so.1 FcGetVersion integer
libharfbuzz.so.0 hb_version_string string
libicuuc.so.72 u_errorName_72 string 1
libpng16.so.16 png_get_libpng_ver string 0
libtiff.so.6 TIFFGetVersion string
libpython3.11.so.1.0 Py_GetVersion string
libarchive.so.13 archive_version_string string
libp11-kit.so.0 p11_kit_strerror string 5
libtasn1.so.6 asn1_check_version string 0
libmount.so.1 mnt_get_library_version integer 0
libdb-5.3.so db_version string 0 0 0
libgdbm.so.6 gdbm_strerror string 3
libjpeg.so.62 jpeg_quality_scaling integer 40
libwebp.so.7 WebPGetDecoderVersion integer
libpq.so.5 PQlibVersion integer
libcom_err.so.2 error_message string 2
libevent-2.1.so.7 event_get_version string
libuv.so.1 uv_version_string string
libseccomp.so.2 seccomp_api_get integer
libcap.so.2 cap_to_name string 7
libsystemd.so.0 sd_booted integer
TABLE

# Everything a library needs, as real files under the names they are needed by, into $lib.
lib=$WORK/lib
mkdir "$lib"
copy_closure() {
	[ -e "$lib/$1" ] && return 0
	found=
	for directory in "$system" "/lib/$triplet" /usr/lib /lib; do
		[ -e "$directory/$1" ] && { found=$directory/$1; break; }
	done
	[ -n "$found" ] || return 1
	cp -L "$found" "$lib/$1"
	for needed in $(readelf -d "$found" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case $needed in
		libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.* | ld-linux*) ;;
		*) (copy_closure "$needed") || return 1 ;;
		esac
	done
}
while read -r library rest; do
	copy_closure "$library" || { skip "$library" "not installed, or needs something that is not"; continue; }
	echo "$library $rest" >>"$WORK/there"
done <"$WORK/table"
cp "$host" "$WORK/call_library"

"$MODSEAL" keygen release --directory "$WORK"
"$MODSEAL" keygen policy --directory "$WORK"
check "everything is signed in one run" "$MODSEAL" sign --key "$WORK/release.key" \
	--certificate "$WORK/release.pem" "$lib"/* "$WORK/call_library"
real=$(cd "$WORK" && pwd -P)
{
	cat <<POLICY
modseal-policy: 1
name: interop
serial: 1
issued: 2026-01-01T00:00:00Z
mode: enforce
search: [$real/lib, /usr/lib/$triplet]
signers:
  release:
    trust: pinned
    purposes: [library, program]
    certificate: |
POLICY
	sed 's/^/      /' "$WORK/release.pem"
	cat <<POLICY
rules:
  - {path: $real/lib/*, signers: [release], owners: [root, caller]}
  - {path: $real/call_library, kind: program, signers: [release], owners: [root, caller], identity: unbound}
  - {path: /usr/lib/**, evidence: [protected-path]}
POLICY
} >"$WORK/policy.yaml"
check "the policy is signed" "$MODSEAL" policy sign "$WORK/policy.yaml" \
	--key "$WORK/policy.key" --certificate "$WORK/policy.pem"

AUDITED=$WORK/audited
export AUDITED
same() {
	library=$1 symbol=$2 returns=$3
	shift 3
	plain=$("$host" plain "$lib/$library" "$symbol" "$returns" "$@") || return 1
	verified=$("$WORK/call_library" modseal "$real/policy.yaml" "$real/policy.pem" \
		"$real/lib/$library" "$symbol" "$returns" "$@") || return 1
	[ "$plain" = "$verified" ] || { echo "plain '$plain', through modseal '$verified'" >&2; return 1; }
	[ -n "$verified" ]
}
while read -r library symbol returns arguments; do
	# shellcheck disable=SC2086
	check "$library: $symbol gives what plain dlopen gives" same "$library" "$symbol" "$returns" $arguments
done <"$WORK/there"
check "there were at least 40 libraries" [ "$(wc -l <"$WORK/there")" -ge 40 ]
# audited IMAGES SLOTS: the audit of each library looked at so many places at least, that of
# libcurl at so many images of its own
audited() {
	[ "$(wc -l <"$AUDITED")" = "$(wc -l <"$WORK/there")" ] || return 1
	awk -v images="$1" -v slots="$2" '$3 < 10 || $5 < $2 || $6 < $3 { bad = 1 }
		/libcurl/ { curl = $2; places = $3 } { sum += $3 }
		END { print sum " places, of libcurl " places " in " curl " images"
			exit bad || curl < images || places < slots }' "$AUDITED" >&2
}
check "nothing is bound outside of them, and there was much to look at" audited 20 20000
sort -n -k 3 "$AUDITED" | sed -n '1p;$p' | sed 's|^[^ ]*/||; s/^/audited: /'
