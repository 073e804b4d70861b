#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# sign-built: what it takes for something to be signed, and what it refuses. Build systems call it in
# tests/interop/fits_*.sh, where keys, secrets and their messages are tried.
. tests/lib.sh
cd "$WORK" || exit 99
unset MODSEAL_SIGN MODSEAL_PASSPHRASE MODSEAL_PASSPHRASE_FILE
script=$OLDPWD/packaging/sign-built
"$MODSEAL" keygen key >/dev/null && "$MODSEAL" keygen other >/dev/null || exit 99
export MODSEAL MODSEAL_KEY="$WORK/key.key" MODSEAL_CERTIFICATE="$WORK/key.pem"
sign_built() { sh "$script" "$@"; }
says() { # says STATUS TEXT COMMAND...
	want=$1 text=$2
	shift 2
	"$@" >said 2>&1
	got=$?
	[ "$got" = "$want" ] && grep -qF -- "$text" said || { echo "exit $got" >&2; cat said >&2; return 1; }
}
is_signed() { "$MODSEAL" verify --certificate key.pem "$@" >/dev/null; }
# image FILE CLASS-AND-ORDER TYPE: the beginning of an ELF file, by printf
image() { printf "\\177ELF$2\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0$3 and more" >"$1"; }
names=$(printf 'a\nb c')
fresh() {
	rm -rf tree && mkdir -p tree/usr/lib/debug tree/usr/bin "tree/$names" || return 1
	image tree/usr/lib/little.so '\2\1' '\3\0'
	image tree/usr/lib/big.so '\1\2' '\0\3'
	image tree/usr/bin/program '\2\1' '\2\0'
	image "tree/$names/$names" '\2\1' '\3\0'
	image tree/module.ko '\2\1' '\1\0'
	image tree/object.o '\2\1' '\1\0'
	image tree/usr/lib/debug/little.so '\2\1' '\3\0'
	image tree/little.debug '\2\1' '\3\0'
	printf '\177ELF' >tree/short
	echo text >tree/text.so
	ln -s little.so tree/usr/lib/link.so
	ln tree/usr/bin/program tree/usr/bin/same
	find tree -type f ! -path "tree/$names/*" -exec sha256sum {} + | sort >before
}
whole() {
	fresh && sign_built --tree tree &&
		is_signed tree/usr/lib/little.so tree/usr/lib/big.so tree/usr/bin/program "tree/$names/$names" tree/module.ko &&
		[ -L tree/usr/lib/link.so ] && [ "$(stat -c %i tree/usr/bin/program)" = "$(stat -c %i tree/usr/bin/same)" ]
}
check "programs, libraries and modules of a tree, whatever they are called" whole
others() { grep -E 'object.o|debug|short|text' before | sha256sum -c --quiet; }
check "and nothing else" others
excluded() { fresh && sign_built --tree tree/ --exclude '*.so' --exclude 'usr/bin/*' && is_signed tree/module.ko && grep -E 'usr/' before | sha256sum -c --quiet; }
check "but for what is excluded" excluded
kept() { # others' signatures are kept in a tree, and replaced elsewhere
	fresh && "$MODSEAL" sign --key other.key --certificate other.pem tree/usr/lib/little.so && sign_built --tree tree usr/lib/little.so &&
		"$MODSEAL" verify --certificate other.pem tree/usr/lib/little.so && is_signed tree/usr/lib/little.so &&
		sign_built tree/usr/lib/little.so && is_signed tree/usr/lib/little.so &&
		refused SIGNER_NOT_ALLOWED "$MODSEAL" verify --certificate other.pem tree/usr/lib/little.so
}
check "signatures by others are kept in a tree, and replaced elsewhere unless --append says so" kept
listed() { fresh && printf '%s\0' "tree/$names/$names" tree/module.ko >list && sign_built --files-from list && is_signed "tree/$names/$names" tree/module.ko; }
check "a list, with names of any kind" listed
odd() { mkdir -p 'tree/a dir' && cp tree/usr/lib/big.so 'tree/a dir/x y.so' && sign_built --tree tree '/a dir/*.so' && is_signed 'tree/a dir/x y.so'; }
check "a pattern with spaces" odd
check "a pattern that finds a link only" says 1 "'usr/lib/link.so' names no file below" sign_built --tree tree usr/lib/link.so
mkdir empty
check "nothing to sign" says 1 'there is nothing to sign below' sign_built --tree empty
check "which may be so" sign_built --if-any --tree empty
check "no such tree" says 1 'there is no directory none' sign_built --tree none
check "no such file" says 1 'not everything was signed' sign_built none
published() { cp key.key tree/usr/lib/key && says 1 'the private key is among the files to be packaged: ' sign_built --tree tree usr/lib/big.so; }
check "the key among them" published
check "an option that it does not know" says 2 'unknown option --digest' sign_built --digest x
check "an option without its value" says 2 '--hash needs a value' sign_built --hash
check "no files" says 2 'no files are named' sign_built
check "a tree and a list" says 2 '--files-from stands alone' sign_built --tree tree --files-from list
check "patterns and exclusions" says 2 'are for trees, without patterns' sign_built --tree tree --exclude a b
