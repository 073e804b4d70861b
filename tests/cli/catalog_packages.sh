#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# long
# modseal catalog create from package files and from installed packages: the same as from
# the files themselves; and packages that lie.
. tests/lib.sh
real=$(cd "$WORK" && pwd -P)
export SOURCE_DATE_EPOCH=1769904000
create() { "$MODSEAL" catalog create --name base --serial 1 --output "$WORK/base.cat" "$@"; }
says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
paths() { sed '1,4d; s/ .*//' "$WORK/base.cat"; }
listed() { # listed PATH...: exactly these, of the last catalog
	printf '%s\n' "$@" >"$WORK/a"
	paths | diff "$WORK/a" - >&2
}
if [ ! -f /usr/include/archive.h ] || ! command -v dpkg-deb >/dev/null; then
	skip "catalogs from packages" "no dpkg-deb here to make some"
	exit 0
fi

# ---- made by dpkg-deb -----------------------------------------------------------------
TREE=$WORK/tree
mkdir -p "$TREE/usr/lib/sub" "$TREE/usr/bin" "$TREE/etc" "$TREE/DEBIAN"
echo 'int one(void) { return 1; }' >"$WORK/one.c"
echo 'int main(void) { return 0; }' >"$WORK/main.c"
${CC:-cc} -shared -fPIC -o "$TREE/usr/lib/libone.so.1" "$WORK/one.c" -Wl,-soname,libone.so.1
${CC:-cc} -shared -fPIC -o "$TREE/usr/lib/sub/a plugin.so" "$WORK/one.c"
${CC:-cc} -o "$TREE/usr/bin/program" "$WORK/main.c"
${CC:-cc} -c -o "$TREE/usr/lib/one.o" "$WORK/one.c"
cp "$TREE/usr/lib/one.o" "$TREE/usr/lib/one.ko"
cp "$TREE/usr/lib/libone.so.1" "$TREE/usr/lib/$(printf 'lib\303\274.so')"
ln "$TREE/usr/lib/libone.so.1" "$TREE/usr/lib/another.so"
ln "$TREE/usr/lib/libone.so.1" "$TREE/usr/lib/zother.so"
ln -s libone.so.1 "$TREE/usr/lib/libone.so"
echo '#!/bin/sh' >"$TREE/usr/bin/script"
: >"$TREE/etc/empty"
ln "$TREE/etc/empty" "$TREE/etc/empty2"
# longer than a plain tar header can hold
long=usr/lib/$(printf '%0120d' 7)/$(printf '%0120d' 8)
mkdir -p "$TREE/$long"
cp "$TREE/usr/lib/sub/a plugin.so" "$TREE/$long/deep.so"
cat >"$TREE/DEBIAN/control" <<'CONTROL'
Package: modseal-test
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: files of a test
CONTROL
mkdir "$WORK/plain"
(cd "$TREE" && cp -a usr etc "$WORK/plain")
same_as_tree() { # same_as_tree FILE [--all]
	create --root "$WORK/plain" / ${2:-} >"$WORK/log" && cp "$WORK/base.cat" "$WORK/tree.cat" &&
		create --deb "$1" ${2:-} >"$WORK/log" && diff "$WORK/tree.cat" "$WORK/base.cat" >&2
}
made=
for compression in none gzip xz zstd; do
	dpkg-deb --root-owner-group "-Z$compression" -b "$TREE" "$WORK/$compression.deb" >"$WORK/log" 2>&1 || {
		skip "a Debian package, $compression" "this dpkg-deb does not make it"
		continue
	}
	made="$made $compression"
	check "a Debian package, $compression, gives what its files give" same_as_tree "$WORK/$compression.deb"
	check "all its files, $compression" same_as_tree "$WORK/$compression.deb" --all
done
check "hard links are listed with their content" [ "$(sed -n 's|^/usr/lib/[az].*other.so ||p' "$WORK/base.cat" |
	sort -u | wc -l)" = 1 ]
check "as many as there are" [ "$(grep -c '^/usr/lib/[az].*other.so ' "$WORK/base.cat")" = 2 ]
check "JSON says how many" says '"listed": 8, "left-out": 4' create --json --deb "$WORK/xz.deb"
check "twice the same package is once its files" sh -c "'$MODSEAL' catalog create --name base --serial 1 \
	--output '$WORK/twice.cat' --deb '$WORK/xz.deb' '$WORK/gzip.deb' >/dev/null && cmp '$WORK/twice.cat' '$WORK/tree.cat' ||
	diff '$WORK/twice.cat' '$WORK/base.cat'"
unpacked() { # nothing is written beside the catalog
	mkdir "$WORK/empty"
	(cd "$WORK/empty" && strace -f -e trace=openat,open,creat,mkdir,mkdirat,link,linkat,rename,renameat2,symlink \
		-o "$WORK/calls" "$MODSEAL" catalog create --name base --serial 1 --output only.cat --deb "$WORK/xz.deb") >/dev/null || return 1
	[ "$(ls "$WORK/empty")" = only.cat ] || return 1
	grep -E 'O_CREAT|O_WRONLY|O_RDWR|mkdir|symlink' "$WORK/calls" | grep -vE '\.modseal-|O_TMPFILE|= -1 ' >&2
	! grep -E 'O_CREAT|O_WRONLY|O_RDWR|mkdir|symlink' "$WORK/calls" | grep -qvE '\.modseal-|O_TMPFILE|= -1 '
}
check "nothing is unpacked to disk" unpacked

# ---- merged /usr ----------------------------------------------------------------------
mkdir -p "$WORK/old/DEBIAN"
cp "$TREE/DEBIAN/control" "$WORK/old/DEBIAN"
for directory in lib lib32 lib64 libx32 bin sbin libexec opt/lib; do
	mkdir -p "$WORK/old/$directory"
	cp "$TREE/usr/bin/program" "$WORK/old/$directory/p"
done
cp "$TREE/usr/bin/program" "$WORK/old/program"
dpkg-deb --root-owner-group -b "$WORK/old" "$WORK/old.deb" >"$WORK/log" 2>&1
create --deb "$WORK/old.deb" >"$WORK/log"
check "what lies in /lib and its like is listed below /usr" listed /libexec/p /opt/lib/p /program /usr/bin/p \
	/usr/lib/p /usr/lib32/p /usr/lib64/p /usr/libx32/p /usr/sbin/p
create --no-usrmerge --deb "$WORK/old.deb" >"$WORK/log"
check "or as it is with --no-usrmerge" listed /bin/p /lib/p /lib32/p /lib64/p /libexec/p /libx32/p /opt/lib/p \
	/program /sbin/p

# ---- wrong use ------------------------------------------------------------------------
check "--deb and --rpm" exits 2 create --deb --rpm "$WORK/xz.deb"
check "--deb and --installed" exits 2 create --deb --installed "$WORK/xz.deb"
check "--rpm and --installed" exits 2 create --rpm --installed "$WORK/xz.deb"
for source in --deb --rpm --installed; do
	check "$source and --root" exits 2 create $source --root / "$WORK/xz.deb"
done
check "--no-usrmerge is for packages" exits 2 create --no-usrmerge "$TREE"
check "and not for installed ones" exits 2 create --no-usrmerge --installed bash
check "no such file" refused NOT_FOUND create --deb "$WORK/missing.deb"
check "a directory" refused NOT_REGULAR create --deb "$TREE"
mkfifo "$WORK/fifo.deb"
check "a FIFO does not make it wait" refused NOT_REGULAR timeout 10 "$MODSEAL" catalog create --name base --serial 1 \
	--output "$WORK/base.cat" --deb "$WORK/fifo.deb"
check "a library is no Debian package" refused TYPE_MISMATCH create --deb "$TREE/usr/lib/libone.so.1"
check "nor an RPM package" refused TYPE_MISMATCH create --rpm "$TREE/usr/lib/libone.so.1"
check "a Debian package is no RPM package" refused TYPE_MISMATCH create --rpm "$WORK/xz.deb"
check "an empty file" refused TYPE_MISMATCH create --deb "$TREE/etc/empty"

# ---- packages that lie ----------------------------------------------------------------
# deb FILE PYTHON: a package whose data are what the statements make of `tar`; `file(NAME,
# CONTENT, FIELD=VALUE...)` adds a member, `elf` is a library; `parts` are those of the ar
# archive, to be changed by a third argument
deb() {
	python3 - "$1" "$TREE/usr/lib/libone.so.1" "$2" "${3:-}" <<'PYTHON'
import io, sys, tarfile, gzip, lzma
elf = open(sys.argv[2], "rb").read()
def made(statements, name=None):
    raw = io.BytesIO()
    tar = tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT)
    def file(name, content=b"", **fields):
        info = tarfile.TarInfo(name)
        info.size = len(content)
        for field, value in fields.items():
            setattr(info, field, value)
        tar.addfile(info, io.BytesIO(content))
    exec(statements, dict(globals(), file=file, tar=tar))
    tar.close()
    return raw.getvalue()
data = made(sys.argv[3])
parts = [("debian-binary", b"2.0\n"), ("control.tar.xz", lzma.compress(made("file('./control', b'')"))),
         ("data.tar", data)]
exec(sys.argv[4])
with open(sys.argv[1], "wb") as out:
    out.write(b"!<arch>\n")
    for name, content in parts:
        out.write(b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(content)))
        out.write(content + b"\n" * (len(content) % 2))
PYTHON
}
lies() { # lies NAME CODE TEXT PYTHON [PYTHON]: refused with CODE and a message that has TEXT
	deb "$WORK/lie.deb" "$4" "${5:-}" || { check "$1: the package is made" false; return; }
	create --root "$WORK/plain" / >"$WORK/log" 2>&1
	cp "$WORK/base.cat" "$WORK/before.cat"
	check "$1" refused "$2" create --deb "$WORK/lie.deb"
	check "$1: the message says so" says "$3" create --deb "$WORK/lie.deb"
	check "$1: the old catalog is left there" cmp "$WORK/base.cat" "$WORK/before.cat"
}
deb "$WORK/good.deb" "file('./usr/lib/x.so', elf)"
check "the maker of lies makes good packages too" create --deb "$WORK/good.deb"
check "with their file" listed /usr/lib/x.so
deb "$WORK/good.deb" "file('usr/lib/x.so', elf)" "parts[2:2] = [('_later', b'x')]; parts.append(('_more', b'xy'))"
check "parts of later minor versions are passed over" create --deb "$WORK/good.deb"
for name in ../x.so ./../x.so usr/../x.so usr/lib/.. ./usr/./x.so /usr/lib/x.so .//usr/x.so usr//x.so ././x.so '..'; do
	lies "a member named $name" ARGUMENT "no plain relative name" "file('$name', elf)"
done
lies "a hard link out of the package" ARGUMENT "no plain relative name" \
	"file('usr/lib/x.so', elf); file('usr/lib/y.so', type=tarfile.LNKTYPE, linkname='../../etc/passwd')"
lies "a hard link to nothing" ARGUMENT "leads to no file in it" \
	"file('usr/lib/x.so', elf); file('usr/lib/y.so', type=tarfile.LNKTYPE, linkname='usr/lib/z.so')"
lies "a hard link to a link" ARGUMENT "leads to no file in it" \
	"file('usr/lib/s.so', type=tarfile.SYMTYPE, linkname='x'); file('usr/lib/y.so', type=tarfile.LNKTYPE, linkname='usr/lib/s.so')"
lies "more hard links than there can be" TOO_LARGE "more than 65536 hard links" \
	"file('a', elf); [file('b%d' % i, type=tarfile.LNKTYPE, linkname='a') for i in range(65537)]"
lies "a member twice, with other content" ARGUMENT "/usr/lib/x.so" \
	"file('usr/lib/x.so', elf); file('./usr/lib/x.so', elf + b' ')"
lies "a member twice, once below /usr" ARGUMENT "/usr/lib/x.so" "file('usr/lib/x.so', elf); file('lib/x.so', elf + b' ')"
lies "a name with control bytes" ARGUMENT "control characters" "file('usr/lib/x\\x1b.so', elf)"
lies "a broken signature container" SIGNATURE_MALFORMED "lie.deb: /usr/lib/x.so" \
	"file('usr/lib/x.so', elf + bytes(40) + b'~Module signature appended~\\n')"
lies "a file larger than can be loaded" TOO_LARGE "lie.deb: /usr/lib/x.so" "file('usr/lib/x.so', elf + bytes(256 << 20))" \
	"parts[2] = ('data.tar.gz', gzip.compress(parts[2][1], 1))"
lies "other compression than its name says" TYPE_MISMATCH "not what their name says" "file('usr/lib/x.so', elf)" \
	"parts[2] = ('data.tar.gz', lzma.compress(parts[2][1]))"
lies "compressed twice" TYPE_MISMATCH "not what their name says" "file('usr/lib/x.so', elf)" \
	"parts[2] = ('data.tar.gz', gzip.compress(gzip.compress(parts[2][1])))"
lies "a compression that is not read" UNSUPPORTED "repack it" "file('usr/lib/x.so', elf)" \
	"parts[2] = ('data.tar.bz2', parts[2][1])"
lies "another major version" TYPE_MISMATCH "format 2" "file('usr/lib/x.so', elf)" "parts[0] = ('debian-binary', b'3.0\\n')"
lies "no version" TYPE_MISMATCH "not a Debian package" "file('usr/lib/x.so', elf)" "del parts[0]"
lies "no data" TYPE_MISMATCH "without data" "file('usr/lib/x.so', elf)" "del parts[2]"
lies "data twice" TYPE_MISMATCH "a part more" "file('usr/lib/x.so', elf)" "parts.append(parts[2])"
lies "bytes behind the archive" TYPE_MISMATCH "behind the last file" "file('usr/lib/x.so', elf)" \
	"parts[2] = ('data.tar', parts[2][1] + made(\"file('usr/lib/y.so', elf)\"))"
lies "bytes behind the compressed data" TYPE_MISMATCH "damaged" "file('usr/lib/x.so', elf)" \
	"parts[2] = ('data.tar.xz', lzma.compress(parts[2][1]) + b'abcd')"
lies "a damaged member behind a good one" TYPE_MISMATCH "/lie.deb': damaged" \
	"file('usr/lib/x.so', elf); file('usr/lib/y.so', elf)" \
	"x = bytearray(parts[2][1]); x[x.index(b'usr/lib/y.so') + 148] ^= 1; parts[2] = ('data.tar', bytes(x))"
lies "bytes behind the gzip data" TYPE_MISMATCH "behind its data" "file('usr/lib/x.so', elf)" \
	"parts[2] = ('data.tar.gz', gzip.compress(parts[2][1]) + b'abcd')"
lies "a wrong checksum at the end of the data" TYPE_MISMATCH "damaged" "file('usr/lib/x.so', elf)" \
	"x = bytearray(lzma.compress(parts[2][1])); x[-32] ^= 1; parts[2] = ('data.tar.xz', bytes(x))"
deb "$WORK/devices.deb" "file('usr/lib/x.so', elf); file('usr/f', type=tarfile.FIFOTYPE); file('usr/c', type=tarfile.CHRTYPE)
file('usr/lib/s.so', type=tarfile.SYMTYPE, linkname='/etc/passwd'); file('usr/d', type=tarfile.DIRTYPE)"
create --all --deb "$WORK/devices.deb" >"$WORK/log"
check "FIFOs, devices, links and directories are passed over" listed /usr/lib/x.so
deb "$WORK/big.deb" "file('usr/share/big', bytes(257 << 20)); file('usr/lib/x.so', elf)
file('usr/share/big2', type=tarfile.LNKTYPE, linkname='usr/share/big')" \
	"parts[2] = ('data.tar.gz', gzip.compress(parts[2][1], 1))"
check "a large file that is not to be listed is no matter" create --deb "$WORK/big.deb"
check "but is too large with --all" refused TOO_LARGE create --all --deb "$WORK/big.deb"

# ---- truncated, and changed -----------------------------------------------------------
truncated() { # truncated FILE OPTION: no shorter part of it is taken
	[ -s "$1" ] || return 1
	size=$(stat -c %s "$1")
	parts=20 at=0
	[ -z "${THOROUGH:-}" ] || parts=60
	step=$((size / parts + 1))
	while [ $at -lt "$size" ]; do
		head -c $at "$1" >"$WORK/cut"
		create "$2" "$WORK/cut" >"$WORK/log" 2>&1 && { echo "accepted $at of $size bytes" >&2; return 1; }
		at=$((at + step))
		[ $at -lt "$size" ] || [ $at = $((size - 1 + step)) ] || at=$((size - 1))
	done
}
for compression in $made; do
	check "no part of a package is taken for it, $compression" truncated "$WORK/$compression.deb" --deb
done
check "says which package" says "cut': damaged: " create --deb "$WORK/cut"
head -c -5000 "$WORK/none.deb" >"$WORK/cut"
check "and which member" says "cut: ./usr/" create --deb "$WORK/cut"
changed() { # a changed byte of an xz package gives an error or the same catalog, never another
	create --all --deb "$WORK/xz.deb" >"$WORK/log" && cp "$WORK/base.cat" "$WORK/right.cat"
	python3 - "$MODSEAL" "$WORK" <<'PYTHON'
import random, subprocess, sys
modseal, work = sys.argv[1:]
good = open(work + "/xz.deb", "rb").read()
right = open(work + "/right.cat").read()
start = good.index(b"data.tar.xz") + 60
random.seed(7)
for at in random.sample(range(start, len(good)), 40):
    bad = bytearray(good)
    bad[at] ^= 1 << random.randrange(8)
    open(work + "/bad.deb", "wb").write(bad)
    done = subprocess.run([modseal, "catalog", "create", "--all", "--name", "base", "--serial", "1", "--output",
                           work + "/bad.cat", "--deb", work + "/bad.deb"], capture_output=True)
    assert done.returncode == 1 or open(work + "/bad.cat").read() == right, (at, done)
PYTHON
}
check "a bit changed in the data is never another catalog" changed

# ---- RPM packages ---------------------------------------------------------------------
if command -v rpmbuild >/dev/null; then
	cat >"$WORK/two.spec" <<SPEC
Name: two
Version: 1
Release: 1
Summary: two names
License: none
AutoReqProv: no
%description
two names
%install
mkdir -p %{buildroot}
cp -a $WORK/root/. %{buildroot}
%files
/opt/two
/lib64
SPEC
	mkdir -p "$WORK/root/opt/two" "$WORK/root/lib64"
	cp "$TREE/usr/lib/libone.so.1" "$WORK/root/opt/two/a.so"
	ln "$WORK/root/opt/two/a.so" "$WORK/root/opt/two/b.so"
	ln "$WORK/root/opt/two/a.so" "$WORK/root/opt/two/c.so"
	cp "$TREE/usr/bin/program" "$WORK/root/lib64/program"
	ln -s a.so "$WORK/root/opt/two/link.so"
	: >"$WORK/root/opt/two/empty"
	ln "$WORK/root/opt/two/empty" "$WORK/root/opt/two/empty2"
	rpm_of() { # rpm_of PAYLOAD: the package with such a payload, in $WORK/PAYLOAD.rpm
		rm -rf "$WORK/rpm"
		HOME=$WORK rpmbuild -bb --define "_topdir $WORK/rpm" --define "_binary_payload $1" --define "_build_id_links none" \
			--define '__os_install_post %{nil}' --define "_tmppath $WORK" \
			"$WORK/two.spec" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; return 1; }
		cp "$WORK"/rpm/RPMS/*/*.rpm "$WORK/$1.rpm"
	}
	rpm_same() { # rpm_same FILE [--all]
		create --root "$WORK/root" / ${2:-} >"$WORK/log" &&
			{ head -4 "$WORK/base.cat"; sed '1,4d; s|^/lib64/|/usr/lib64/|' "$WORK/base.cat" | LC_ALL=C sort; } >"$WORK/tree.cat" &&
			create --rpm "$1" ${2:-} >"$WORK/log" && diff "$WORK/tree.cat" "$WORK/base.cat" >&2
	}
	for payload in w9.gzdio w6.xzdio w3.zstdio; do
		check "an RPM package is made, $payload" rpm_of $payload
		check "an RPM package, $payload, gives what its files give" rpm_same "$WORK/$payload.rpm"
		check "all its files, $payload" rpm_same "$WORK/$payload.rpm" --all
		check "no part of it is taken for it, $payload" truncated "$WORK/$payload.rpm" --rpm
	done
	check "an RPM package is no Debian package" refused TYPE_MISMATCH create --deb "$WORK/w9.gzdio.rpm"
	{ cat "$WORK/w6.xzdio.rpm"; echo more; } >"$WORK/more.rpm"
	check "bytes behind an RPM package" refused TYPE_MISMATCH create --rpm "$WORK/more.rpm"
else
	skip "RPM packages" "no rpmbuild here"
fi

# ---- installed ------------------------------------------------------------------------
# A package manager that knows one package, and says of it what the test wants.
mkdir "$WORK/tools" "$WORK/host"
cp "$TREE/usr/lib/libone.so.1" "$WORK/host/libone.so.1"
cp "$TREE/usr/bin/program" "$WORK/host/program"
cp "$TREE/usr/bin/script" "$WORK/host/script"
ln -s libone.so.1 "$WORK/host/link.so"
ln -s host "$WORK/way"
: >"$WORK/differs"
printf '%s\n' "/." "$WORK/host" "$WORK/way/libone.so.1" "$WORK/host/program" "$WORK/host/script" "$WORK/host/link.so" \
	"$WORK/host/missing" >"$WORK/list"
cat >"$WORK/tools/dpkg-query" <<TOOL
#!/bin/sh
[ "\$*" = "--listfiles -- test" ] && [ "\$LC_ALL" = C ] || exit 1
cat "$WORK/list"
TOOL
cat >"$WORK/tools/dpkg" <<TOOL
#!/bin/sh
[ "\$*" = "--verify -- test" ] || exit 2
cat "$WORK/differs"
[ ! -s "$WORK/differs" ] || exit 1
TOOL
chmod +x "$WORK/tools/dpkg-query" "$WORK/tools/dpkg"
fake() { PATH=$WORK/tools:$PATH "$MODSEAL" catalog create --name base --serial 1 --output "$WORK/base.cat" --installed "$@"; }
check "an installed package" fake test
check "by the real paths of its files" listed "$real/host/libone.so.1" "$real/host/program"
check "with a warning" says "the catalog vouches for what lies on this machine" fake test
check "a package that is not installed" refused NOT_FOUND fake modseal-none
check "an option is no package" says "'--version': dpkg and rpm know no such package" fake -- --version
echo "??5??????   $WORK/way/libone.so.1" >"$WORK/differs"
check "a library that is not as it was installed" refused CATALOG_MISMATCH fake test
check "is named" says "'$real/host/libone.so.1': it is not as its package installed it" fake test
echo "S.5....T.  c $WORK/host/program" >"$WORK/differs"
check "a changed program, in rpm's words" refused CATALOG_MISMATCH fake test
echo "..?....T.    $WORK/host/program" >"$WORK/differs"
check "other changes than of its bytes are no matter" fake test
{ echo "??5?????? c $WORK/host/script"; echo "missing     $WORK/host/missing"; } >"$WORK/differs"
check "nor are files that are not listed" fake test
check "but they are with --all" refused CATALOG_MISMATCH fake --all test
: >"$WORK/differs"
printf '#!/bin/sh\nexit 2\n' >"$WORK/tools/dpkg"
check "a package manager that cannot tell" refused SYSTEM fake test
printf '#!/bin/sh\nkill -9 $$\n' >"$WORK/tools/dpkg"
check "or dies" refused SYSTEM fake test
printf '#!/bin/sh\n' >"$WORK/tools/dpkg"
cp "$WORK/host/program" "$WORK/host/program.distrib"
printf '%s\n' "$WORK/host/program" "diverted by other to: $WORK/host/program.distrib" "$WORK/host/libone.so.1" \
	"locally diverted to: $WORK/host/none" >"$WORK/list"
check "a diverted file, which dpkg does not compare" refused CATALOG_MISMATCH fake test
check "is named by where it is" says "'$real/host/program.distrib': it was diverted to there" fake test
cp "$WORK/host/script" "$WORK/host/script.distrib"
printf '%s\n' "$WORK/host/script" "diverted by other to: $WORK/host/script.distrib" "$WORK/host/libone.so.1" >"$WORK/list"
check "but for one that is not listed" fake test
check "... which says nothing of the files behind it" listed "$real/host/libone.so.1"
yes /usr/share/doc | head -c 70000000 >"$WORK/list"
check "an answer without end" refused SYSTEM fake test
rm "$WORK/list"
architecture=$(dpkg --print-architecture)
installed=$(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' 2>/dev/null | sed -n 's/^ii *//p' |
	grep -xE "zlib1g(:$architecture)?" | head -1)
if [ -n "$installed" ]; then
	create --installed "$installed" >"$WORK/log" 2>&1
	zlib=$(dpkg-query -L "$installed" | grep '/libz\.so\.1\..*' | head -1)
	check "a package of this machine: the real path and digest" grep -qxF \
		"$(realpath "$zlib") $(stat -c %s "$zlib") sha256:$(sha256sum "$zlib" | cut -d' ' -f1)" "$WORK/base.cat"
else
	skip "a package of this machine" "zlib1g is not installed"
fi
