#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sign with directories, lists and patterns: what is signed, what is kept, what is told of.
. tests/lib.sh
CC=${CC:-gcc}
cd "$WORK" || exit 99
modseal() { "$MODSEAL" "$@"; }
modseal keygen key >/dev/null && modseal keygen other >/dev/null || exit 99
sign() { modseal sign --key key.key --certificate key.pem "$@"; }
verify() { modseal verify --certificate key.pem "$@" >/dev/null; }
is_plain() { cmp "$1" plain.so; }
same() { [ "$(stat -c %d:%i "$1")" = "$(stat -c %d:%i "$2")" ]; }
last() { tail -n 1; }

echo 'int f(void) { return 1; }' >f.c
$CC -shared -fPIC -o plain.so f.c && $CC -c -o plain.o f.c || exit 99
tree() { # tree NAME: five files that can be signed, and five that cannot
	rm -rf "$1" && mkdir -p "$1/lib/deep" "$1/obj" &&
		for name in lib/a.so lib/b.so.1 lib/deep/c.so program; do cp plain.so "$1/$name" || return 1; done
	cp plain.o "$1/obj/module.ko" && cp plain.o "$1/obj/part.o" && cp f.c "$1/f.c" &&
		printf '\177ELF' >"$1/obj/short" && : >"$1/empty" &&
		cp plain.so "$1/lib/.modseal-00112233aabbccdd" && ln -s a.so "$1/lib/link.so"
}

# ---- directories -----------------------------------------------------------------------

tree t
signs_tree() {
	sign t >out && verify t/lib/a.so t/lib/b.so.1 t/lib/deep/c.so t/program t/obj/module.ko &&
		[ "$(last <out)" = "5 signed, 0 signed already, 5 passed over, 0 failed; 1 left-over file of a killed run removed" ]
}
check "a directory stands for all below it that can be loaded" signs_tree
in_order() { sed '$d' out | cut -d: -f1 | tr '\n' ' ' | grep -qx 't/lib/a.so t/lib/b.so.1 t/lib/deep/c.so t/obj/module.ko t/program '; }
check "in the order of their names" in_order
others_stay() { cmp plain.o t/obj/part.o && cmp f.c t/f.c && [ ! -s t/empty ] && [ -L t/lib/link.so ]; }
check "other files and links are as they were" others_stay
check "a file that a killed run has left is removed" [ ! -e t/lib/.modseal-00112233aabbccdd ]
again() {
	find t -type f -exec stat -c '%n %i %Z' {} + | sort >before
	sign t >out && find t -type f -exec stat -c '%n %i %Z' {} + | sort | cmp before - &&
		[ "$(last <out)" = "0 signed, 5 signed already, 4 passed over, 0 failed" ] &&
		[ "$(grep -c ': signed already$' out)" = 5 ]
}
check "a second run leaves everything alone, and says so" again
resumes() { cp plain.so t/lib/a.so && sign t | last | grep -q '^1 signed, 4 signed already' && verify t/lib/a.so; }
check "what is missing is signed" resumes
by_other() { exits 1 modseal sign --key other.key --certificate other.pem t >out 2>err && last <out | grep -q '^0 signed, 0 signed already, 4 passed over, 5 failed$'; }
check "what another key has signed is refused" by_other
json() {
	sign --force --json t >out && tail -n 1 out |
		grep -qx '{"summary": {"signed": 5, "already-signed": 0, "passed-over": 4, "failed": 0, "not-done": 0, "left-overs": 0}}' &&
		[ "$(grep -c '"verdict": "accepted"' out)" = 5 ]
}
check "--json ends with a summary" json
rotates() {
	modseal sign --key other.key --certificate other.pem --replace key.pem t | last | grep -q '^5 signed' &&
		modseal sign --key other.key --certificate other.pem --replace key.pem t | last | grep -q '^0 signed, 5 signed already' &&
		sign --append t >/dev/null &&
		modseal sign --key other.key --certificate other.pem --replace key.pem t/program | grep -q ': signed$' &&
		! verify t/program 2>/dev/null
}
check "a rotation that was cut short is repeated too, and ends" rotates
tree t
parallel() { sign --jobs 4 t | last | grep -q '^5 signed' && verify t/lib/a.so t/lib/b.so.1 t/lib/deep/c.so t/program t/obj/module.ko; }
check "--jobs" parallel
tree t
included() { sign t --include '*.so' --include 'obj/*' | last | grep -q '^3 signed' && is_plain t/program && is_plain t/lib/b.so.1 && verify t/obj/module.ko t/lib/a.so t/lib/deep/c.so; }
check "--include, by name and by path" included
tree t
excluded() { sign t --exclude deep --exclude 'lib/b*' | last | grep -q '^3 signed' && is_plain t/lib/deep/c.so && is_plain t/lib/b.so.1; }
check "--exclude, files and directories" excluded
check "patterns without a directory are wrong use" exits 2 sign plain.so --include x
check "so is --output with a directory" exits 2 sign t --output x
mkdir none
finds_nothing() { exits 3 sign none none >out 2>err && grep -q 'there is nothing to sign (name files' err; }
check "nothing to sign is a failure" finds_nothing
tree t && ln -s t through
through() { sign through/ | last | grep -q '^5 signed' && [ -L through ] && verify t/program; }
check "a link to a directory that is named is followed" through

# ---- lists -----------------------------------------------------------------------------

tree t && cp plain.so 't/with
newline.so'
lists() { printf 't/program\n\nt/obj\n' | sign --files-from - t/lib/a.so | last | grep -q '^3 signed' && verify t/program t/lib/a.so t/obj/module.ko; }
check "--files-from -: files and directories, beside operands" lists
nul() { find t -name '*.so*' -print0 | sign --files-from - -0 >out && last <out | grep -q '^3 signed, 1 signed already, 0 passed over' && verify 't/with
newline.so' && [ "$(wc -l <out)" = 5 ]; }
check "-0: names with newlines" nul
long() { printf 't/program\0' >list && sign --files-from list --null | grep -q '^t/program: signed already$'; }
check "--null, from a file" long
wrong_list() { exits 2 sign --files-from list 2>err && grep -q 'NUL bytes.*give --null too' err; }
check "a list with NUL bytes and no --null" wrong_list
wrong_null() { printf 't/program\nt/f.c\n' | exits 2 sign --files-from - --null 2>err && grep -q 'leave --null away' err; }
check "a list without NUL bytes and --null" wrong_null
check "a list that is not there" exits 3 sign --files-from nowhere
check "--null without a list is wrong use" exits 2 sign --null plain.so
check "an empty list is nothing to sign" exits 3 sign --files-from /dev/null
escaped() { exits 3 sign 'no
where' 2>err && [ "$(wc -l <err)" = 1 ] && grep -q "'no.x0awhere'" err; }
check "a name with a newline stays one line" escaped

# ---- each once, and what is kept -------------------------------------------------------

tree t
once() { sign t t/lib/a.so t/lib/link.so ./t/lib/../lib/a.so | last | grep -q '^5 signed' && [ -L t/lib/link.so ]; }
check "a file that is reached several times is signed once" once
tree t && ln t/lib/a.so t/other.so && ln t/lib/a.so t/lib/deep/third.so
joined() {
	sign t >out && last <out | grep -q '^5 signed' && verify t/other.so t/lib/a.so &&
		[ "$(stat -c %h t/lib/a.so)" = 3 ] && same t/lib/a.so t/other.so && same t/lib/a.so t/lib/deep/third.so &&
		[ "$(grep -c "$(printf '^\talso: ')" out)" = 2 ]
}
check "all names of a file (hard links) get the new one" joined
mkdir many && cp plain.so many/a.so
(cd many && seq 3000 | while read -r i; do echo "l$i.so"; done | xargs -n 1 ln a.so)
many_names() {
	# shellcheck disable=SC3045 # dash, bash and busybox have it
	(ulimit -t 5 && exec "$MODSEAL" sign --key key.key --certificate key.pem many many/a.so many/../many/l7.so) >out &&
		last <out | grep -q '^1 signed' && [ "$(grep -c "$(printf '^\talso: ')" out)" = 3000 ] &&
		[ "$(stat -c %h many/a.so)" = 3001 ] && verify many/l2999.so
}
check "3,000 of them, of which some are named twice" many_names
rm -rf many
tree t && ln t/lib/a.so outside.so
outside() {
	exits 3 sign t >out 2>err && last <out | grep -q '^4 signed.*1 failed' && is_plain t/lib/a.so && is_plain outside.so &&
		grep -q "it has 2 names (hard links), and 1 of them .*--break-links" err
}
check "a name that would keep the old bytes is a refusal" outside
check "refused with its code" refused NOT_WRITABLE sign t/lib/a.so
breaks() { sign --break-links t/lib/a.so && verify t/lib/a.so && is_plain outside.so; }
check "--break-links" breaks
ln plain.so own-name.so
beside_links() { sign --detached own-name.so && verify own-name.so && same own-name.so plain.so; }
check "a signature beside it replaces no file" beside_links
rm -f own-name.so own-name.so.p7s
cp plain.so kept.so && chmod 4751 kept.so && touch -d '2001-02-03 04:05:06.789012345' kept.so
acl=no
command -v setfacl >/dev/null && setfacl -m u:12345:r-x kept.so 2>/dev/null && acl=yes
attribute=no
command -v setfattr >/dev/null && setfattr -n user.kept -v yes kept.so 2>/dev/null && attribute=yes
[ "$(id -u)" != 0 ] || { chown 12345:54321 kept.so && chmod 4751 kept.so; }
facts() { stat -c '%a %u %g %.9Y' kept.so; [ $acl = no ] || getfacl -np kept.so; [ $attribute = no ] || getfattr -d kept.so; }
facts >before
keeps() { sign kept.so && verify kept.so && facts | cmp before -; }
check "mode, owner, time, attributes and ACL stay (acl: $acl, attribute: $attribute)" keeps
if [ $acl = yes ]; then
	# a default ACL of the directory is for what is new in it, not for what replaces a file
	defaults() { # defaults NAME MODE: a directory whose new files are writable for a user
		mkdir "$1" && cp plain.so "$1" && chmod "$2" "$1/plain.so" && setfacl -d -m u:12345:rwx,g:54321:rwx,m:rwx "$1"
	}
	same_acl() { getfacl -np "$1" >before && sign "$1" && verify "$1" && getfacl -np "$1" | cmp before -; }
	no_acl() { defaults "d$1" "$1" && same_acl "d$1/plain.so" && ! getfacl -ncp "d$1/plain.so" | grep -e 12345 -e 54321 -e mask; }
	check "a file without an ACL gets none from its directory" no_acl 664
	check "nor does one with a set-user-id bit, which stays" no_acl 4755
	own_acl() { defaults kept-acl 640 && setfacl -m u:12345:r--,u:4711:rw-,m:rw- kept-acl/plain.so && same_acl kept-acl/plain.so; }
	check "a file with an ACL keeps exactly that" own_acl
else
	skip "default ACLs" "no setfacl, or no ACLs in $WORK"
fi

# ---- files that are not ELF ------------------------------------------------------------

printf 'text\n' >text
check "not ELF" refused TYPE_MISMATCH sign --detached text
any() { sign --detached --any text && [ -s text.p7s ] && modseal verify --certificate key.pem --any text && [ "$(cat text)" = text ]; }
check "--any --detached signs it, and verify --any takes it" any
check "verify without --any does not" refused TYPE_MISMATCH modseal verify --certificate key.pem text
openssl_takes() { openssl cms -verify -binary -inform DER -in text.p7s -content text -certfile key.pem -CAfile key.pem -purpose any -out /dev/null; }
check "nor is it ours alone: openssl cms takes it" openssl_takes
printf '1' >>text
check "a changed file is refused" refused SIGNATURE_INVALID modseal verify --certificate key.pem --any text
check "--any without --detached is wrong use" exits 2 sign --any text
check "--any with --ima is wrong use" exits 2 sign --any --ima --detached text
for start in 'modseal-policy: 1\n' 'modseal-catalog: 1\n' 'modseal-supplement: 1\n' 'modseal-whatever' 'modseal-'; do
	# shellcheck disable=SC2059 # the escapes are wanted
	printf "$start" >own
	check "R13 --any never signs what begins with $start" refused TYPE_MISMATCH sign --any --detached own
done
: >nothing
check "nor nothing at all" refused TYPE_MISMATCH sign --any --detached nothing
# a valid signature by openssl over a format of ours is none for --any either
own_format() {
	openssl cms -sign -binary -in own -signer key.pem -inkey key.key -outform DER -out own.p7s 2>/dev/null &&
		refused TYPE_MISMATCH modseal verify --certificate key.pem --any own
}
check "R13 verify --any refuses what begins with modseal-, whoever signed it" own_format
# What the key would have signed as it is could be the attributes of another signature.
printf '1\005not ELF' >bytes
raw() { openssl cms -sign -binary -noattr -nosmimecap -in bytes -signer key.pem -inkey key.key -outform DER -out raw.cms 2>/dev/null; }
byte() { printf '%b' "\\0$(printf %o "$1")"; }
appended_raw() {
	raw && size=$(stat -c %s raw.cms) && {
		cat bytes raw.cms && printf '\000\000\002\000\000\000\000\000\000\000' &&
			byte $((size / 256)) && byte $((size % 256)) && printf '~Module signature appended~\n'
	} >bytes.signed && refused TYPE_MISMATCH modseal verify --certificate key.pem --any bytes.signed
}
check "R13 verify --any refuses a good signature over such bytes themselves, in the file" appended_raw
beside_raw() { raw && cp raw.cms bytes.p7s && refused SIGNATURE_MALFORMED modseal verify --certificate key.pem --any bytes; }
check "R13 and beside it" beside_raw
below_any() { mkdir -p d && cp f.c text plain.so d && sign --any --detached d | last | grep -q '^1 signed' && sign --any --detached d --include 'f*' | last | grep -q '^1 signed' && [ -e d/f.c.p7s ] && [ ! -e d/text.p7s ]; }
check "below directories --any takes what --include names" below_any

# ---- the report ------------------------------------------------------------------------

if command -v python3 >/dev/null; then
	says() { python3 -c 'import json, sys; r = json.load(open("report.json")); sys.exit(not eval(sys.argv[1]))' "$1"; }
	digest() { echo "sha256:$(sha256sum <"$1" | cut -d ' ' -f 1)"; }
	tree t && modseal sign --key other.key --certificate other.pem t/program >/dev/null && sign t/lib/deep/c.so >/dev/null
	ln t/lib/a.so t/lib/second.so
	cp t/lib/deep/c.so c.before
	reports() {
		exits 1 sign t --report report.json >out 2>err && last <out | grep -q '^3 signed, 1 signed already, 5 passed over, 1 failed' &&
			says 'r["modseal-report"] == 1 and r["form"] == "appended" and r["algorithm"] == "ecdsa-p256-sha256"' &&
			says 'r["signer"]["subject"] == "CN=key" and r["summary"] == {"signed": 3, "already-signed": 1, "passed-over": 5, "failed": 1, "not-done": 0, "left-overs": 1}' &&
			says "r['signer']['certificate'] == 'sha256:$(openssl x509 -in key.pem -outform DER | sha256sum | cut -d ' ' -f 1)'" &&
			says "r['signer']['key'] == 'sha256:$(openssl x509 -in key.pem -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1)'"
	}
	check "--report is written though some failed" reports
	files() {
		says '[(f["path"], f["result"]) for f in r["files"]] == [("t/lib/a.so", "signed"), ("t/lib/b.so.1", "signed"), ("t/lib/deep/c.so", "already-signed"), ("t/obj/module.ko", "signed"), ("t/program", "failed")]' &&
			says 'r["files"][0]["also"] == ["t/lib/second.so"] and r["files"][4]["code"] == "ALREADY_SIGNED"'
	}
	check "it tells what came of each file" files
	digests() {
		says "r['files'][0]['before'] == {'size': $(stat -c %s plain.so), 'digest': '$(digest plain.so)'}" &&
			says "r['files'][0]['after'] == {'size': $(stat -c %s t/lib/a.so), 'digest': '$(digest t/lib/a.so)'}" &&
			says "r['files'][0]['content'] == '$(digest plain.so)' and r['files'][2]['content'] == '$(digest plain.so)'" &&
			says "r['files'][2]['before'] == r['files'][2]['after'] == {'size': $(stat -c %s c.before), 'digest': '$(digest c.before)'}" &&
			cmp c.before t/lib/deep/c.so
	}
	check "and the digests before and after" digests
	forced() { cp t/lib/a.so a.before && sign --force --hash sha512 t/lib/a.so --break-links --report report.json && says "r['files'][0]['before']['digest'] == '$(digest a.before)' and r['files'][0]['after']['digest'] == '$(digest t/lib/a.so)' and r['files'][0]['content'] == '$(digest plain.so)' and r['algorithm'] == 'ecdsa-p256-sha512'"; }
	check "of a file that was signed before, with another digest" forced
	beside() { sign --detached text --any --force --report report.json && says "r['form'] == 'detached' and r['files'][0]['signature'] == {'name': 'text.p7s', 'digest': '$(digest text.p7s)'} and r['files'][0]['after']['digest'] == '$(digest text)'"; }
	check "of a signature beside" beside
	output() { sign plain.so --output out.so --report report.json && says "r['output'] == 'out.so' and r['files'][0]['after']['digest'] == '$(digest out.so)' and r['files'][0]['before']['digest'] == '$(digest plain.so)'"; }
	check "of another output" output
	impersonal() { ! grep -e "$(uname -n)" -e "$WORK" -e "$(date +%Y)-" report.json; }
	check "no host, clock or place is in it" impersonal
	again() { modseal keygen rsa --algorithm rsa3072 >/dev/null && for run in 1 2; do cp plain.so same.so && modseal sign --key rsa.key --certificate rsa.pem same.so --report report.json && cp report.json report.$run || return 1; done && cmp report.1 report.2; }
	check "the same run gives the same report" again
else
	skip "reports" "no python3"
fi
kept_key() { cp key.key key.before && refused EXISTS sign plain.so --output out.so --report key.key && cmp key.before key.key; }
check "a report replaces nothing but a report" kept_key
check "nowhere to write it to" refused NOT_WRITABLE sign plain.so --output unwritten.so --report nowhere/report.json
check "is found out before anything is signed" [ ! -e unwritten.so ]
tree t
full_report() { exits 3 sign t --report /dev/full >out 2>err && grep -q '/dev/full' err && verify t/program; }
check "a report that cannot be written is a failure" full_report

# ---- where reports go to ---------------------------------------------------------------

mkdir rep && cp plain.so rep/a.so && sign rep/a.so >/dev/null || exit 99
report() { sign rep/a.so --report "$@"; } # it is signed already
is_a_report() { grep -q '"modseal-report": 1' "$1"; }
for name in /dev/fd/1 /proc/self/fd/1; do
	into_stdout() { echo before >got && report $name >>got && is_a_report got && grep -qx before got; }
	check "$name that is a file is written to" into_stdout
done
into_fourth() { report /dev/fd/4 4>got && is_a_report got; }
check "so is any descriptor of the caller" into_fourth
into_pipe() { report /dev/stdout | cat >got && is_a_report got && [ "$(stat -L -c %i /dev/stdout </dev/null)" ]; }
check "and /dev/stdout that is a pipe" into_pipe
check "a descriptor that is not open" refused NOT_WRITABLE report /dev/fd/399
check "one that is only the command's own" refused NOT_WRITABLE report /proc/self/fd/3
echo mine >mine && ln -s mine rep/link && mkfifo rep/pipe && ln -s pipe rep/link-to-pipe
through_link() {
	cp plain.so new.so && exits 3 sign new.so --report rep/link 2>err && grep -q 'symbolic link (name the file itself)' err &&
		is_plain new.so && [ -L rep/link ] && [ "$(cat mine)" = mine ] && refused NOT_WRITABLE report rep/link-to-pipe
}
check "other links are refused, before anything is signed" through_link
digest_link() { exits 3 modseal digest --certificate key.pem plain.so --output rep/link 2>err && grep -q 'symbolic link' err && [ -L rep/link ] && [ "$(cat mine)" = mine ]; }
check "so they are by digest --output" digest_link
into_fifo() { report rep/pipe & sleep 0.2 && timeout 20 cat rep/pipe >got && wait $! && is_a_report got; }
check "a named pipe is written to, once somebody reads it" into_fifo
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	until_is() { for _ in $(seq 1 200); do "$@" && return; sleep 0.05; done; }
	# what is a pipe when it is looked at, and something else when it is opened
	swapped() { # swapped COMMAND...: which puts it there
		rm -f rep/pipe new.so && mkfifo rep/pipe && cp plain.so new.so
		strace -f -o trace -P rep/pipe -e inject=openat:delay_enter=1000000 "$MODSEAL" sign --key key.key --certificate key.pem new.so --report rep/pipe >/dev/null 2>err &
		until_is verify new.so 2>/dev/null
		rm rep/pipe && "$@" rep/pipe && exits 3 wait $! && [ "$(cat mine)" = mine ] && grep -q 'cannot be written' err
	}
	check "a pipe that becomes a link: what it leads to is left alone" swapped ln -s ../mine
	check "a pipe that becomes a file: it is left alone" swapped ln mine
	rm -f rep/pipe
	# another run removes what nobody holds
	is_beside() { ls rep/.modseal-*; }
	held() {
		sign rep/a.so >/dev/null && rm -f rep/report.json
		# only the report is still to be renamed
		strace -f -o trace -e 'inject=/^rename:delay_enter=1000000' "$MODSEAL" sign --key key.key --certificate key.pem rep/a.so --report rep/report.json 2>err >/dev/null &
		until_is is_beside >/dev/null 2>&1
		sign rep && sleep 0.3 && sign rep && wait $! && is_a_report rep/report.json
	}
	check "a report that is about to be put in place is nobody's left-over" held
else
	skip "places that change" "no strace"
fi

# ---- interrupted -----------------------------------------------------------------------

if [ "$(uname -o 2>/dev/null)" = GNU/Linux ]; then
	mkdir many && for i in $(seq 1 300); do cp plain.so "many/$i.so"; done
	stops() {
		"$MODSEAL" sign --key key.key --certificate key.pem many >out 2>err &
		child=$!
		kill -INT $child 2>/dev/null
		wait $child
		status=$?
		[ "$(find many -name '.modseal-*' | wc -l)" = 0 ] && { [ $status = 130 ] || [ $status = 0 ]; } &&
			sign many >out && [ "$(grep -c ': signed' out)" = 300 ]
	}
	check "an interrupt leaves nothing behind, and the run can be repeated" stops
fi
