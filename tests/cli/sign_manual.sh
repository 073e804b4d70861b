#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# plain
# modseal-sign(1): what it says to the shell is run, word for word and in its order; what it says to
# build systems is in the sample that tests/interop builds with them.
. tests/lib.sh
PAGE=packaging/man/modseal-sign.1

displays() { # displays KIND: what stands in displays of this kind; tests/interop/fits_token.sh has a token
	sed '/^\.Ss Keys in tokens/,/^\.Ss Many/d' "$PAGE" | sed -n "/^\.Bd -$1/,/^\.Ed/{/^\.[BE]d/!p}" | sed 's/\\e/\\/g'
}
displays literal >"$WORK/example.sh"
check "modseal-sign(1) has examples of each of its subjects" [ "$(grep -c '^\.Bd -literal' "$PAGE")" = 13 ]

# What the page takes for granted: libraries that a build has installed, keys, and an authority for
# time stamps, which is asked by what is called curl here.
mkdir -p "$WORK/stage/usr/lib" "$WORK/rebuilt/usr/lib" "$WORK/bin"
for name in foo bar; do
	echo "int $name(void) { return 1; }" >"$WORK/$name.c"
	${CC:-cc} -shared -fPIC -Wl,-soname,lib$name.so.1 -o "$WORK/stage/usr/lib/lib$name.so.1" "$WORK/$name.c"
done
cp "$WORK"/stage/usr/lib/* "$WORK/rebuilt/usr/lib"
for key in release next other; do
	"$MODSEAL" keygen $key --directory "$WORK" >"$WORK/.keygen" || exit 99
done
ln -s "$MODSEAL" "$WORK/bin/modseal"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=tsa -days 30 -addext extendedKeyUsage=critical,timeStamping \
	-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -keyout "$WORK/tsa.key" -out "$WORK/tsa.pem" 2>"$WORK/.openssl"
cat >"$WORK/tsa.cnf" <<'END'
[tsa]
serial = tsa.serial
digests = sha256
default_policy = 1.2.3.4
signer_digest = sha256
ess_cert_id_alg = sha256
END
cat >"$WORK/bin/curl" <<'END'
#!/bin/sh
# curl -sSf -H HEADER --data-binary @QUESTION -o ANSWER ADDRESS
[ "$1 $2 $4 $6" = "-sSf -H --data-binary -o" ] || exit 2
exec openssl ts -reply -config tsa.cnf -section tsa -queryfile "${5#@}" -signer tsa.pem -inkey tsa.key -out "$7"
END
chmod 755 "$WORK/bin/curl"
echo 01 >"$WORK/tsa.serial"
examples() {
	(cd "$WORK" && PATH=$WORK/bin:$PATH sh -eu ./example.sh >out.txt 2>&1) || { tail -n 15 "$WORK/out.txt"; return 1; }
}
check "they do what they say" examples
stamped() {
	"$MODSEAL" verify --certificate "$WORK/release.pem" "$WORK"/stage/usr/lib/*.so.1 &&
		"$MODSEAL" timestamp verify --tsa-certificate "$WORK/tsa.pem" "$WORK"/stage/usr/lib/*.so.1
}
check "and in the end the libraries are signed and stamped" stamped

of_readme() { sed -n '/^## Signing in a build/,/^## A policy/{/^```[a-z]/,/^```$/{/^```/!p}}' README.md; }
samples() { # every line for a build system is in the sample, but for that of the kernel
	{ displays unfilled && of_readme; } | grep -v '/kernel/sign-modules' | while IFS= read -r line; do
		cat tests/interop/sample/*.* tests/interop/sample/debian/rules | grep -qxF -- "$line" || echo "$line"
	done
}
check "what it and README.md say to build systems is what the sample says" nothing samples
check "there is something of that" [ "$(displays unfilled | wc -l) $(of_readme | wc -l)" = "9 8" ]
variables() { # what sign-built reads, and no other
	sed -n 's/^\.It Ev \(.*\)/\1/p' "$PAGE" | tr -d ' ' | tr ',' '\n' | sort >"$WORK/named"
	sed -n '/^# What is not given/,/^set/p' packaging/sign-built | grep -oE 'MODSEAL_[A-Z_]+' | sort -u | diff - "$WORK/named"
}
check "it names the environment variables of sign-built" variables
arguments() { # what modseal_sign() of CMake takes
	for word in $(sed -n 's/.*PARSE_ARGV 0 sign "\(.*\)" "${values}" .*DESTINATION.*/\1;DESTINATION/p; s/^	set(values \(.*\))/\1/p' \
		packaging/cmake/modsealSign.cmake.in | tr ';' ' '); do
		grep -qw "$word" "$PAGE" || echo "$word"
	done
}
check "and the arguments of modseal_sign" nothing arguments
