#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds what modseal links, for musl, from Debian's sources: libcrypto, libelf with zlib,
# libyaml, jansson, libarchive. Static and small, for tests only.
# Usage: tests/musl/libraries.sh MUSL (absolute). Makes MUSL/lib, MUSL/include, and a compiler
# MUSL/cc that finds them; takes minutes, once.
#
# apt checks each archive against the signed lists of the distribution. The machine's own
# lists stay as they are: sources are listed below MUSL.
set -eu
MUSL=$1
[ ! -e "$MUSL/.done" ] || exit 0
rm -rf "${MUSL:?}/lib" "$MUSL/include" "$MUSL/kernel" "$MUSL/sources"
mkdir -p "$MUSL/lib" "$MUSL/include" "$MUSL/kernel" "$MUSL/sources/sources.d" "$MUSL/sources/archives" \
	"$MUSL/sources/lists/partial" "$MUSL/sources/cache/archives/partial"
cd "$MUSL/sources"

# ---- sources -----------------------------------------------------------------------------

for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
	[ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"sources.d/$(basename "$list")"
done
for list in /etc/apt/sources.list.d/*.sources; do
	[ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"sources.d/$(basename "$list")"
done
cat >apt.conf <<EOF
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$PWD/sources.d";
Dir::State::Lists "$PWD/lists";
Dir::Cache "$PWD/cache";
APT::Sandbox::User "root";
EOF
export APT_CONFIG="$PWD/apt.conf"
apt-get update
for source in openssl elfutils zlib libyaml jansson libarchive; do
	# A mirror may lack Debian's own patches of the newest version: the upstream archive does.
	(cd archives && apt-get source --download-only "$source") || true
	archive=$(find archives -name "${source}_*.orig.tar.*" ! -name '*.asc')
	[ -f "$archive" ] || { echo "no source of $source" >&2; exit 1; }
	mkdir "$source"
	tar -xf "$archive" -C "$source" --strip-components=1
done

# ---- compiling -----------------------------------------------------------------------------

multiarch=/usr/include/$(gcc -print-multiarch)
ln -s /usr/include/linux /usr/include/asm-generic "$multiarch/asm" "$MUSL/kernel"
CC="musl-gcc -idirafter $MUSL/kernel"
jobs=$(nproc)
# objects LIBRARY FLAG... -- FILE...: compiled and put into an archive
objects() {
	library=$1 flags=
	shift
	while [ "$1" != -- ]; do flags="$flags $1" && shift; done
	shift
	mkdir objects
	# shellcheck disable=SC2086 # words are wanted
	printf '%s\n' "$@" | xargs -P "$jobs" -I FILE sh -c \
		'exec '"$CC -O1 -fPIC -w -I$MUSL/include$flags"' -c -o "objects/$(basename FILE .c).o" FILE'
	ar rcs "$MUSL/lib/$library" objects/*.o
}

(
	cd openssl
	CC=$CC ./Configure linux-"$(gcc -dumpmachine | sed 's/-.*//')" no-shared no-tests no-ssl no-tls no-dtls \
		no-comp no-engine no-dso no-module no-async no-legacy no-ui-console no-srp no-ct no-idea no-seed \
		no-aria no-camellia no-bf no-cast no-rc2 no-rc4 no-whirlpool no-mdc2 no-md4 -O1
	make -s -j"$jobs" build_generated libcrypto.a
	cp libcrypto.a "$MUSL/lib"
	cp -r include/openssl "$MUSL/include"
)
(
	cd zlib
	CC=$CC CFLAGS="-O1 -fPIC" ./configure --static
	make -s libz.a
	cp libz.a "$MUSL/lib" # for the configuration of elfutils
	cp zlib.h zconf.h "$MUSL/include"
)
(
	# what other parts of it need, libelf does not
	cd elfutils
	ac_cv_search_argp_parse="none required" ac_cv_search_fts_close="none required" \
		ac_cv_search__obstack_free="none required" CC="$CC -I$MUSL/include" CFLAGS="-O1 -fPIC" \
		LDFLAGS="-L$MUSL/lib" ./configure --disable-debuginfod --disable-libdebuginfod --without-bzlib \
		--without-lzma --without-zstd --disable-nls --disable-dependency-tracking
	make -s -j"$jobs" -C lib crc32.o next_prime.o error.o xmalloc.o
	make -s -j"$jobs" -C libelf libelf.a
	cp libelf/libelf.a "$MUSL/lib"
	ar rs "$MUSL/lib/libelf.a" lib/*.o ../zlib/*.o
	cp libelf/libelf.h libelf/gelf.h "$MUSL/include"
)
(
	cd libyaml
	cp include/yaml.h "$MUSL/include"
	objects libyaml.a -Iinclude -DYAML_VERSION_STRING='\"0\"' -DYAML_VERSION_MAJOR=0 \
		-DYAML_VERSION_MINOR=0 -DYAML_VERSION_PATCH=0 -- src/*.c
)
(
	cd jansson
	cp src/jansson.h android/jansson_config.h "$MUSL/include"
	: >src/jansson_private_config.h
	objects libjansson.a -DHAVE_UNISTD_H -DHAVE_STDINT_H -DHAVE_SYS_TYPES_H -DHAVE_FCNTL_H -DHAVE_OPEN \
		-DHAVE_READ -DHAVE_CLOSE -DHAVE_GETPID -DHAVE_GETTIMEOFDAY -DHAVE_SYS_TIME_H -DUSE_URANDOM \
		-DVERSION='\"0\"' -- src/*.c
)
(
	# what reads, without what links more
	cd libarchive
	cp libarchive/archive.h libarchive/archive_entry.h "$MUSL/include"
	sed -E '/SYS_CDEFS|ICONV|LIBXML|LIBCRYPTO|LIBSSL|OPENSSL|EXPAT|BZ|LZMA|EXT2|ACL|LINUX_TYPES|LINUX_FIEMAP/d
		/XATTR|ATTR_|NETTLE|LIBMD|READDIR_R/d' contrib/android/config/linux_host.h >config.h
	echo '#define __LIBARCHIVE_CONFIG_H_INCLUDED 1' >>config.h
	# shellcheck disable=SC2046 # names of files have no spaces
	objects libarchive.a -I. -DHAVE_CONFIG_H -DPLATFORM_CONFIG_H='\"config.h\"' -- \
		$(find libarchive -maxdepth 1 -name '*.c' ! -name '*windows*' ! -name '*write*' \
			! -name '*disk*' ! -name '*darwin*' ! -name '*freebsd*' ! -name '*sunos*')
)
cd "$MUSL"
printf '#!/bin/sh\nexec %s -isystem %s/include -L%s/lib "$@"\n' "$CC" "$MUSL" "$MUSL" >cc
chmod 755 cc
rm -rf sources lib/libz.a
touch .done
