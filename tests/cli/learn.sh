#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal learn: what it proposes for a tree, that the proposal accepts just that, and that
# nobody's file name gets more into it.
. tests/lib.sh
REAL=$(cd "$WORK" && pwd -P)
for key in release other stranger cats policy; do
	"$MODSEAL" keygen "$key" --directory "$REAL" >"$WORK/.keygen" || exit 99
done
export SOURCE_DATE_EPOCH=1769904000
says() { # says TEXT COMMAND...: the command's output or message has TEXT
	said=$1
	shift
	"$@" >"$WORK/said" 2>&1
	grep -qF -e "$said" "$WORK/said" || { cat "$WORK/said" >&2; return 1; }
}
by() { key=$1; shift; "$MODSEAL" sign --key "$REAL/$key.key" --certificate "$REAL/$key.pem" "$@" >"$WORK/.sign"; }
build() { # build FILE [SONAME [FLAGS...]]: needs nothing, so that the tree is whole
	file=$1 soname=${2:-}
	shift; [ $# = 0 ] || shift
	mkdir -p "$(dirname "$TREE$file")"
	echo 'int f(void) { return 1; }' >"$WORK/f.c"
	${CC:-cc} -shared -fPIC -nostdlib -o "$TREE$file" "$WORK/f.c" ${soname:+-Wl,-soname,$soname} -Wl,--no-as-needed "$@"
}
learn() { "$MODSEAL" learn --root "$TREE" --signer "$REAL/release.pem" --signer "$REAL/other.pem" "$@"; }
# proposed FILE...: learns into policy.yaml and signs it, as an administrator would
proposed() {
	rm -f "$REAL/policy.yaml" "$REAL/base.cat" "$REAL/base.cat.p7s"
	learn --output "$REAL/policy.yaml" "$@" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; return 1; }
	[ ! -f "$REAL/base.cat" ] || "$MODSEAL" catalog sign "$REAL/base.cat" --key "$REAL/cats.key" \
		--certificate "$REAL/cats.pem" >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; return 1; }
	"$MODSEAL" policy sign --force "$REAL/policy.yaml" --root "$TREE" --key "$REAL/policy.key" \
		--certificate "$REAL/policy.pem" >"$WORK/log" 2>&1 || { cat "$REAL/policy.yaml" "$WORK/log" >&2; return 1; }
}
with_catalog() { proposed --catalog "$REAL/base.cat" --catalog-signer "$REAL/cats.pem" "$@"; }
judge() { "$MODSEAL" verify --root "$TREE" --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$@"; }
shown() { sed -n '/^name:/,/^$/p; /^rules:/,$p' "$REAL/policy.yaml" >&2; return 1; }
has() { grep -qF -e "$1" "$REAL/policy.yaml" || shown; }
has_not() { ! grep -qF -e "$1" "$REAL/policy.yaml" || shown; }
rules() { [ "$(grep -c '^  - {path:' "$REAL/policy.yaml")" = "$1" ] || shown; }

# ---- signed ---------------------------------------------------------------------------
TREE=$REAL/signed
build /opt/acme/liba.so.1 liba.so.1
build /opt/acme/libb.so.1.2 libb.so.1
by release "$TREE"/opt/acme/*
check "a folder of one signer's libraries" proposed /opt/acme
check "is one rule" rules 1
if [ "$(id -u)" = 0 ]; then
	check "with its signer" has "- {path: '/opt/acme/*.so.*', evidence: [appended], signers: [release]}"
else
	check "with its signer" has "- {path: '/opt/acme/*.so.*', evidence: [appended], signers: [release], owners: [root, caller]}"
fi
check "and what it was seen for" has "# 2 libraries, signed by release: liba.so.1, libb.so.1.2"
check "what else it would allow is said" has "# Also what comes later under such a name, if signed by release."
check "who signs nothing there is no signer, and that is said" has "# Nothing that was seen is signed by other."
check "both are accepted" judge /opt/acme/liba.so.1 /opt/acme/libb.so.1.2
build /opt/acme/libnew.so.1 libnew.so.1
check "one planted there is not" refused SIGNATURE_MISSING judge /opt/acme/libnew.so.1
by stranger "$TREE/opt/acme/libnew.so.1"
check "signed by a stranger neither" refused SIGNER_NOT_ALLOWED judge /opt/acme/libnew.so.1
check "the stranger's is left out" proposed /opt/acme
check "with who it seems to be" has "/opt/acme/libnew.so.1: signed, it says, by CN=stranger; give that certificate with --signer"
check "and the rule is as narrow as before" rules 1
check "it is not accepted" refused SIGNER_NOT_ALLOWED judge /opt/acme/libnew.so.1
cp "$REAL/policy.yaml" "$WORK/first.yaml"
check "the same files give the same proposal" sh -c '"$@" --output "$0/again.yaml" /opt/acme >/dev/null 2>&1 &&
	cmp "$0/again.yaml" "$0/first.yaml"' "$WORK" "$MODSEAL" learn --root "$TREE" \
	--signer "$REAL/release.pem" --signer "$REAL/other.pem"
check "named twice and in parts too" sh -c '"$@" --output "$0/parts.yaml" /opt/acme/liba.so.1 /opt/acme /opt/acme/ \
	>/dev/null 2>&1 && cmp "$0/parts.yaml" "$0/first.yaml"' "$WORK" "$MODSEAL" learn --root "$TREE" \
	--signer "$REAL/release.pem" --signer "$REAL/other.pem"
check "one file is one rule for it alone" proposed /opt/acme/liba.so.1
check "by its path" has "- {path: '/opt/acme/liba.so.1', "
check "and its neighbour is not accepted" refused PATH_NOT_ALLOWED judge /opt/acme/libb.so.1.2
printf X | dd of="$TREE/opt/acme/libnew.so.1" bs=1 seek=70 conv=notrunc status=none
check "changed after it was signed" proposed /opt/acme
check "it is left out" has "/opt/acme/libnew.so.1: signed, it says, by CN=stranger"
by release --force "$TREE/opt/acme/libnew.so.1"
printf Y | dd of="$TREE/opt/acme/libnew.so.1" bs=1 seek=70 conv=notrunc status=none
check "changed after a known key signed it" proposed /opt/acme
check "the reason is that" has "/opt/acme/libnew.so.1: SIGNATURE_INVALID: "
by release --force "$TREE/opt/acme/libnew.so.1"
head -c -1 "$TREE/opt/acme/libnew.so.1" >"$WORK/cut" && cp "$WORK/cut" "$TREE/opt/acme/libnew.so.1"
check "half a signature" proposed /opt/acme
check "is not taken for none" has "/opt/acme/libnew.so.1: SIGNATURE_MISSING: part of a signature is there"
rm "$TREE/opt/acme/libnew.so.1"

# ---- several signers, kinds and names ---------------------------------------------------
build /opt/acme/plugins/one.so
build /opt/acme/plugins/two.so
by release "$TREE/opt/acme/plugins/one.so"
by other "$TREE/opt/acme/plugins/two.so"
build /opt/acme/plugins/both.so both.so
by release "$TREE/opt/acme/plugins/both.so"
by other --append "$TREE/opt/acme/plugins/both.so"
build /opt/acme/beside/x.so x.so
by release --detached "$TREE/opt/acme/beside/x.so"
echo 'void _start(void) { for (;;) ; }' >"$WORK/start.c"
${CC:-cc} -nostdlib -static -o "$TREE/opt/acme/tool" "$WORK/start.c"
by other "$TREE/opt/acme/tool"
check "a folder of several" proposed /opt/acme
check "each signer's by itself" rules 6
check "without a SONAME it is unbound" has "identity: unbound}"
check "and why is said" has "a SONAME or module note of the file's name would bind it"
check "signed by both, both are asked for" has "- {path: '/opt/acme/plugins/both.so', evidence: [appended], signers: [release, other], require: 2"
check "a sidecar is another form" has "'/opt/acme/beside/x.so', evidence: [detached], signers: [release]"
check "programs are programs" has "- {path: '/opt/acme/tool', kind: program, evidence: [appended], signers: [other]"
check "their signer may sign such" has "    purposes: [library, program]"
all=$(cd "$TREE" && find opt -type f ! -name '*.p7s' | sed 's|^|/|' | sort)
# shellcheck disable=SC2086 # words are wanted
check "all are accepted" judge $all
cp "$TREE/opt/acme/plugins/two.so" "$TREE/opt/acme/liba.so.2"
check "what is good in one place is not in another" refused SIGNER_NOT_ALLOWED judge /opt/acme/liba.so.2
rm "$TREE/opt/acme/liba.so.2"

# ---- trees ----------------------------------------------------------------------------
TREE=$REAL/deep
for number in 1 2 3; do
	build "/opt/deep/$number/below/p.so" p.so
	by release "$TREE/opt/deep/$number/below/p.so"
done
build /opt/deep/q.so q.so
by release "$TREE/opt/deep/q.so"
ln -s below "$TREE/opt/deep/1/link"
ln "$TREE/opt/deep/q.so" "$TREE/opt/deep/2/q.so"
check "a whole tree of one signer's" proposed /opt/deep
check "is one rule" rules 1
check "for all below it" has "'/opt/deep/**/*.so'"
check "never above what was looked at" has_not "'/opt/**"
check "links are not followed, hard links are files" has "# 5 libraries, signed by release: 1/below/p.so"
check "all are accepted" judge /opt/deep/q.so /opt/deep/2/q.so /opt/deep/3/below/p.so
check "parts of it" proposed /opt/deep/1 /opt/deep/2
check "are patterns of their own" rules 2
check "and say nothing of the third" refused PATH_NOT_ALLOWED judge /opt/deep/3/below/p.so

# ---- not signed -----------------------------------------------------------------------
TREE=$REAL/plain
build /usr/lib/libx.so.1 libx.so.1
build /usr/lib/liby.so.1 liby.so.1 "$TREE/usr/lib/libx.so.1"
build /usr/lib/sub/plugin.so
echo text >"$TREE/usr/lib/README.so"
check "a catalog for what is not signed" with_catalog /usr
check "is drafted" grep -q "^/usr/lib/sub/plugin.so " "$REAL/base.cat"
check "with nothing that is not loaded" [ "$(sed 1,4d "$REAL/base.cat" | wc -l)" = 3 ]
check "the policy takes it" has "- {name: base, file: 'base.cat', signers: [cats]}"
check "for all of the tree" has "evidence: [catalog], catalog: base"
check "in one rule" rules 1
check "which allows nothing that comes later" has "# Nothing that comes later, unless base lists it."
check "all are accepted" judge /usr/lib/libx.so.1 /usr/lib/liby.so.1 /usr/lib/sub/plugin.so
build /usr/lib/libz.so.1 libz.so.1
check "one planted there is not" refused SIGNATURE_MISSING judge /usr/lib/libz.so.1
cp "$TREE/usr/lib/libz.so.1" "$TREE/usr/lib/liby.so.1"
check "nor one that took the place of another" refused CATALOG_MISMATCH judge /usr/lib/liby.so.1
rm "$TREE/usr/lib/libz.so.1"
build /usr/lib/liby.so.1 liby.so.1 "$TREE/usr/lib/libx.so.1"
check "what a file needs comes with it" with_catalog /usr/lib/liby.so.1
check "and why" has "needed by /usr/lib/liby.so.1"
check "and no neighbour" rules 2
check "so that it is accepted" judge /usr/lib/liby.so.1
if [ "$(id -u)" = 0 ]; then
	check "root's protection without a catalog" proposed /usr
	check "says what it is" has "3 libraries, not signed, but only root can write there"
	check "and what it allows" has "# Also whatever root puts there later under such a name."
	check "all are accepted" judge /usr/lib/libx.so.1 /usr/lib/liby.so.1 /usr/lib/sub/plugin.so
	by stranger "$TREE/usr/lib/libx.so.1"
	check "a stranger's signature among them" proposed /usr/lib
	check "is not accepted for its place" refused PATH_NOT_ALLOWED judge /usr/lib/libx.so.1
	"$MODSEAL" strip "$TREE/usr/lib/libx.so.1" >"$WORK/log"
	chown 12345 "$TREE/usr/lib/sub/plugin.so"
	check "another user's file" proposed /usr/lib
	check "is left out" has "/usr/lib/sub/plugin.so: PATH_UNSAFE: /usr/lib/sub/plugin.so belongs to the user 12345"
	chown 0 "$TREE/usr/lib/sub/plugin.so"
else
	check "without a catalog, and root's protection" proposed /usr
	check "they are left out" has "not signed, and root is not the only one who can change it"
fi
chmod 775 "$TREE/usr/lib/sub"
check "what a group can write" with_catalog /usr
check "is left out with the reason" has "/usr/lib/sub/plugin.so: PATH_UNSAFE: a whole group can write to /usr/lib/sub"
check "and not in the catalog" [ "$(sed 1,4d "$REAL/base.cat" | wc -l)" = 2 ]
chmod 1777 "$TREE/usr/lib/sub"
check "a sticky directory is good enough for a catalog" with_catalog /usr
check "and its file is accepted" judge /usr/lib/sub/plugin.so
check "but not without anything" proposed /usr
if [ "$(id -u)" = 0 ]; then
	check "which is said" has "/usr/lib/sub/plugin.so: not signed, and it lies below a directory that all can write to"
fi
chmod 755 "$TREE/usr/lib/sub"
build /usr/lib/sub/plugin.so '' -Wl,-z,execstack
check "what every policy refuses" with_catalog /usr
check "is left out" has "/usr/lib/sub/plugin.so: ELF_UNSAFE: "
check "and not listed" [ "$(sed 1,4d "$REAL/base.cat" | wc -l)" = 2 ]
build /usr/lib/sub/plugin.so

# where needed libraries lie
build /opt/own/libown.so.1 libown.so.1
build /opt/own/user.so user.so "$TREE/opt/own/libown.so.1"
check "a library that lies elsewhere" with_catalog /opt
check "puts its directory into search" has "  - '/opt/own'"
check "so that what needs it is accepted" judge /opt/own/user.so
rm "$TREE/opt/own/libown.so.1"
check "one that is missing" with_catalog /opt
check "is named" has "# libown.so.1, which /opt/own/user.so needs"

# ---- names of others ------------------------------------------------------------------
TREE=$REAL/hostile
build /h/good.so
by release "$TREE/h/good.so"
newline=$(printf 'x.so\n  - {path: /**, evidence: [protected-path]}\n#.so')
plant() { mkdir -p "$(dirname "$TREE/h/$1")" && cp "$TREE/h/good.so" "$TREE/h/$1"; }
plant "$newline"
plant "$(printf 'cr\r  - {path: /q}.so')"
plant "$(printf 'nel\302\205- y.so')"
plant "$(printf 'ls\342\200\250- y.so')"
plant "$(printf 'bom\357\273\277.so')"
plant "$(printf 'non\357\277\276.so')"
plant "$(printf 'bidi\342\200\256.so')"
plant "$(printf 'bytes\377\376.so')"
plant 'star*.so'
plant 'q?.so'
plant 'b[a].so'
plant 'back\slash.so'
check "hostile names are no way into the text" proposed /h
check "they are left out" has '/h/x.so\x0a  - {path: /**, evidence: [protected-path]}\x0a#.so: no policy can hold this name; rename it'
check "all of them" [ "$(grep -c 'no policy can hold this name' "$REAL/policy.yaml")" = 8 ]
check "names that are no patterns only for a rule are matched by one" rules 1
check "as all that are accepted" judge /h/good.so '/h/star*.so' '/h/q?.so' '/h/b[a].so' '/h/back\slash.so'
by other --force "$TREE/h/good.so"
check "and where no pattern can be" proposed /h/good.so "/h/star*.so" "/h/q?.so"
check "they are left out" has '# /h/q?.so: no rule can hold this name by itself; rename it'
check "and not accepted" refused PATH_NOT_ALLOWED judge '/h/star*.so'
rm -r "$TREE/h"
build /h/good.so
for name in "it's" '"two"' 'a: b' 'a #b' '- a' '{a}' '&a' '!a' '%a' "''" 'a, b' '🐙' 'ü' ' a ' '${x}' '~' '|' '@'; do
	cp "$TREE/h/good.so" "$TREE/h/$name"
	by release "$TREE/h/$name"
	cp "$TREE/h/$name" "$TREE/h/n$name"
	by other --force "$TREE/h/n$name"
done
rm "$TREE/h/good.so"
check "names that mean something in YAML" proposed /h
exact() { # each by itself
	for name in "$TREE"/h/*; do
		judge "${name#"$TREE"}" || return 1
	done
}
check "stand for themselves" exact
mkdir "$TREE/h[1]"
cp "$TREE/h/ü" "$TREE/h[1]/a.so"
cp "$TREE/h/ü" "$TREE/h[1]/b.so"
check "a folder that no pattern can name" proposed "/h[1]"
check "has no rule" has "rules: []"
check "and why" has '# /h[1]/b.so: no rule can hold this name by itself; rename it'

# ---- use ------------------------------------------------------------------------------
TREE=$REAL/signed
cp "$REAL/policy.yaml" "$WORK/kept.yaml"
check "a proposal is never written over a file" refused EXISTS learn --output "$REAL/policy.yaml" /opt
check "which stays as it is" cmp "$REAL/policy.yaml" "$WORK/kept.yaml"
: >"$REAL/base.cat"
check "nor over a catalog" refused EXISTS learn --output "$REAL/new.yaml" --catalog "$REAL/base.cat" \
	--catalog-signer "$REAL/cats.pem" /opt
check "and nothing is left half done" [ ! -e "$REAL/new.yaml" ]
rm "$REAL/base.cat"
ln -s nowhere "$REAL/link.yaml"
check "nor through a link" refused EXISTS learn --output "$REAL/link.yaml" /opt
# Killed when half of it is written.
printf '%s\n' '#define _GNU_SOURCE' '#include <dlfcn.h>' '#include <signal.h>' '#include <unistd.h>' \
	'ssize_t write(int to, const void *bytes, size_t size) {' \
	'ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");' \
	'if (to <= 2) return next(to, bytes, size);' \
	'next(to, bytes, size / 2); kill(getpid(), SIGKILL); return -1; }' >"$WORK/half.c"
if [ -n "${SANITIZE:-}" ]; then
	skip "half a proposal is never left in its place" "sanitizers come first of all libraries"
else
	${CC:-cc} -shared -fPIC -o "$WORK/half.so" "$WORK/half.c"
	LD_PRELOAD=$WORK/half.so "$MODSEAL" learn --root "$TREE" --signer "$REAL/release.pem" \
		--output "$REAL/half.yaml" /opt >"$WORK/log" 2>&1
	killed=$?
	check "half a proposal is never left in its place" [ "$killed-$(ls "$REAL/half.yaml" 2>/dev/null)" = 137- ]
	rm -f "$REAL"/.modseal-*
fi
check "to standard output" says "modseal-policy: 1" learn /opt
check "for audit mode" says "mode: audit" learn --audit /opt
check "and only where that was asked for" sh -c '! "$@" 2>&1 | grep "^mode"' sh "$MODSEAL" learn --root "$TREE" \
	--signer "$REAL/release.pem" /opt
check "JSON needs a file" exits 2 learn --json /opt
check "and says how many" says '"rules": 6, "allowed": 7, "left-out": 0' learn --json --output "$REAL/new.yaml" /opt
check "nothing to learn from" exits 2 learn
check "nothing there to learn" refused NOT_FOUND learn --output "$REAL/none.yaml" /opt/acme/beside/x.so.p7s
check "no such folder" refused NOT_FOUND learn --output "$REAL/none.yaml" /none
check "relative names with --root" exits 2 learn opt
check "a name for the policy" says "name: staging-2" learn --name staging-2 /opt
check "which must be one" exits 2 learn --name 'a b' /opt
check "a catalog and its signer belong together" exits 2 learn --catalog "$REAL/base.cat" /opt
check "either way" exits 2 learn --catalog-signer "$REAL/cats.pem" /opt
check "a certificate that is none" refused ARGUMENT learn --output "$REAL/none.yaml" --signer "$REAL/release.key" /opt
openssl x509 -in "$REAL/cats.pem" -outform DER -out "$REAL/der.pem"
check "one that is not text" refused ARGUMENT learn --output "$REAL/none.yaml" --signer "$REAL/der.pem" /opt
check "says how to make it one" says "openssl x509 -inform DER" learn --signer "$REAL/der.pem" /opt
cat "$REAL/cats.pem" "$REAL/other.pem" >"$REAL/two.pem"
sed 's/^-----BEGIN.*/&\nX: y\n  - {path: \/**, evidence: [protected-path]}\n/' "$REAL/cats.pem" >"$REAL/headers.pem"
check "one with more than its letters between the marks" refused ARGUMENT learn --output "$REAL/none.yaml" \
	--signer "$REAL/headers.pem" /opt
check "two in a file" refused ARGUMENT learn --output "$REAL/none.yaml" --signer "$REAL/two.pem" /opt
check "two of one name" refused ARGUMENT learn --output "$REAL/none.yaml" --signer "$REAL/other.pem" /opt
check "a certificate that is not there" refused NOT_FOUND learn --output "$REAL/none.yaml" --signer "$REAL/none.pem" /opt
check "the catalog's signer as another" refused ARGUMENT learn --output "$REAL/none.yaml" --catalog "$REAL/base.cat" \
	--catalog-signer "$REAL/other.pem" /opt
check "a directory that is not there" refused NOT_WRITABLE learn --output "$REAL/none/policy.yaml" /opt
check "no draft is left behind" [ -z "$(find "$REAL" -name 'none*' -o -name '.modseal-*')" ]
