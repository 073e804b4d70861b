#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R50: no shared library of the packages installed here, nor of 200 further ones that are unpacked
# for this (tests/races/system_packages.txt, those of them that the release has), is refused by the
# hygiene `standard` but for a real hazard of R41, R42 or R44. The refused ones are printed.
. tests/lib.sh
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
	skip "R50 the libraries of packages" "no apt here"
	exit 0
fi
CACHE=$BUILD/data/packages
mkdir -p "$CACHE"
# what was fetched once is kept: a folder for each package, with its libraries alone
for package in $(apt-cache madison $(cat tests/races/system_packages.txt) 2>/dev/null | awk '{ print $1 }' | sort -u); do
	[ -d "$CACHE/$package" ] || echo "$package"
done >"$WORK/missing"
fetch() {
	mkdir "$WORK/debs" && cd "$WORK/debs" || return
	xargs -n 25 apt-get download <"$WORK/missing" >"$WORK/log" 2>&1
	for deb in *.deb; do
		[ -e "$deb" ] || continue
		dpkg-deb -x "$deb" tree && find tree ! -type d ! -name '*.so*' -delete && mv tree "$CACHE/${deb%%_*}"
		rm -rf "$deb" tree
	done
}
(fetch)
packages=$(find "$CACHE" -mindepth 1 -maxdepth 1 -type d | wc -l)
if [ "$packages" -lt 200 ]; then
	skip "R50 the libraries of 200 packages" "only $packages of them could be had"
	exit 0
fi
find /usr/lib "$CACHE" -path /usr/lib/debug -prune -o -type f -name '*.so*' -print0 |
	xargs -0 -n 200 "$MODSEAL" inspect --json >"$WORK/facts" 2>"$WORK/log"
judged=$(grep -cE '"kind": "(library|program)"' "$WORK/facts")
grep -E '"unsafe"|"problem": \[?"ELF_' "$WORK/facts" |
	sed -E 's/.*"path": "([^"]*)".*"(unsafe|problem)": (\["?)?"?([^"]*)".*/\1: \4/' >"$WORK/refused"
echo "$judged libraries of $packages packages and this system, $(wc -l <"$WORK/refused") refused:"
cat "$WORK/refused"
check "R50 thousands of libraries are judged ($judged)" [ "$judged" -ge 3000 ]
check "R50 none is refused but for a hazard" nothing grep -v ': ELF_UNSAFE: ' "$WORK/refused"
check "R50 and of those there are few" [ "$(wc -l <"$WORK/refused")" -le $((judged / 100)) ]
# full RELRO is not what a flag says, but where the addresses lie that calls go through
relro() {
	find /usr/lib /usr/bin "$CACHE" -path /usr/lib/debug -prune -o -type f \( -name '*.so*' -o -path '/usr/bin/*' \) -print0 |
		xargs -0 -n 200 "$MODSEAL" inspect --hygiene --json 2>/dev/null | python3 tests/races/relro.py >"$WORK/relro"
	cat "$WORK/relro"
	[ "$(wc -l <"$WORK/relro")" = 1 ] && [ "$(cat "$WORK/relro")" -ge 1000 ]
}
check "R50 what is said of RELRO is what another reader finds, file by file" relro
