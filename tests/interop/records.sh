#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records as the real systemd-journald and a real syslog daemon (busybox) take them, each on
# sockets of its own in a private mount namespace.
. tests/lib.sh
. tests/policy.sh
JOURNALD=/lib/systemd/systemd-journald
if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	skip "the daemons" "no mount namespaces here"
	exit 0
fi
if [ ! -x "$JOURNALD" ]; then
	skip "the daemons" "no systemd here"
	exit 0
fi
build_library "$LIB/libgood.so.1" libgood.so.1 'int good(void) { return 1; }' || exit 99
${CC:-cc} -shared -fPIC -o "$LIB/libplain.so.1" -Wl,-soname,libplain.so.1 "$WORK/.library.c"
write_policy "$REAL/policy.yaml" 'records: {to: [syslog, journald]}' >"$WORK/log" || exit 99
cat >"$WORK/inside.sh" <<'INSIDE'
set -u
mkdir "$WORK/dev" && mount --rbind /dev "$WORK/dev" && mount -t tmpfs -o mode=755 none /dev || exit 99
for device in null zero random urandom; do : >"/dev/$device" && mount --bind "$WORK/dev/$device" "/dev/$device"; done
mount -t tmpfs -o mode=755 none /run && mkdir -p /run/systemd/journal "/run/log/journal/$(cat /etc/machine-id)"
"$1" >"$WORK/journald.log" 2>&1 &
journald=$!
busybox syslogd -n -O "$WORK/messages" >"$WORK/syslogd.log" 2>&1 &
syslogd=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -S /run/systemd/journal/socket ] && [ -e /dev/log ] && break
	sleep 0.2
done
"$MODSEAL" verify --policy "$REAL/policy.yaml" --anchor "$REAL/policy.pem" "$LIB/libgood.so.1" "$LIB/libplain.so.1" \
	"$(printf '%s/lib\nevil\033[2J.so' "$LIB")" >"$WORK/verdicts" 2>&1
printf '%s\n' MODSEAL_RECORD=1 MODSEAL_VERDICT=would-refuse MODSEAL_CODE=PATH_NOT_ALLOWED "MODSEAL_OBJECT=/usr/bin/evil" \
	SYSLOG_IDENTIFIER=modseal _UID=0 MESSAGE=x | setpriv --reuid 65534 --clear-groups logger --journald
sleep 0.5
kill "$syslogd"
kill -RTMIN+1 "$journald"
sleep 0.5
kill "$journald"
wait
journalctl --directory=/run/log/journal -o json --no-pager SYSLOG_IDENTIFIER=modseal >"$WORK/journal.json" 2>"$WORK/journalctl.log"
INSIDE
export REAL LIB
[ -s /etc/machine-id ] || { skip "the daemons" "no machine-id"; exit 0; }
unshare -m sh "$WORK/inside.sh" "$JOURNALD"
key() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
journal() { # journal OBJECT FIELD=VALUE...: one entry of the object has all the fields
	python3 - "$WORK/journal.json" "$@" <<'PYTHON'
import json, sys
entries = [json.loads(line) for line in open(sys.argv[1])]
mine = [e for e in entries if sys.argv[2] in (e.get("MODSEAL_OBJECT"), e.get("MODSEAL_ASKED"))]
if len(mine) != 1:
    sys.exit("%d entries of %d: %s" % (len(mine), len(entries), entries[:1]))
for wanted in sys.argv[3:]:
    name, value = wanted.split("=", 1)
    if mine[0].get(name) != value:
        sys.exit("%s is %r in %r" % (name, mine[0].get(name), mine[0]))
PYTHON
}
check "journald: an accepted file, with every field" journal "$LIB/libgood.so.1" MODSEAL_RECORD=1 MODSEAL_VERDICT=accepted \
	MODSEAL_CODE=OK MODSEAL_STAGE=approve "MODSEAL_ASKED=$LIB/libgood.so.1" MODSEAL_KIND=library MODSEAL_EVIDENCE=appended \
	MODSEAL_SIGNER=release "MODSEAL_SIGNER_KEY=sha256:$(key "$REAL/release.pem")" MODSEAL_POLICY=tests MODSEAL_SERIAL=1 \
	MODSEAL_ANCHOR_SOURCE=file "MODSEAL_ANCHOR_KEY=sha256:$(key "$REAL/policy.pem")" MODSEAL_MODE=enforce MODSEAL_UID=0 \
	"MODSEAL_PROGRAM=$MODSEAL" MODSEAL_SUPPRESSED=0 PRIORITY=6 SYSLOG_FACILITY=10 SYSLOG_IDENTIFIER=modseal \
	MESSAGE_ID=c4eec9b2a7d14b6c9b1de3d0f1a5c7e8 "MESSAGE=accepted: $LIB/libgood.so.1"
check "journald: a refused file" journal "$LIB/libplain.so.1" MODSEAL_VERDICT=refused MODSEAL_CODE=SIGNATURE_MISSING \
	MODSEAL_STAGE=evidence "MODSEAL_REASON=no signature of the form the rule asks for" PRIORITY=4
check "journald: a name with a newline forges no field" journal "$LIB/lib\\x0aevil\\x1b[2J.so" PRIORITY=4 MODSEAL_VERDICT=refused
learned() {
	"$MODSEAL" learn --signer "$REAL/release.pem" --from "$WORK/journal.json" >"$WORK/learned" 2>"$WORK/learn.log" &&
		grep -qF "path: '$LIB/libgood.so.1'" "$WORK/learned" && ! grep -q evil "$WORK/learned" &&
		grep -qF "# of user 65534." "$WORK/learned" || { cat "$WORK/learned" "$WORK/learn.log" >&2; return 1; }
}
check "journald: learn believes root, and nobody who says so" learned
syslog() { grep -qE -- "$1" "$WORK/messages" || { cat "$WORK/messages" "$WORK/syslogd.log" >&2; return 1; }; }
check "syslog: an accepted file" syslog "authpriv.info modseal\[[0-9]+\]: accepted: \"$LIB/libgood.so.1\" record=1 time=\"20.*verdict=\"accepted\" code=\"OK\".*signer=\"release\" signer-key=\"sha256:.*policy=\"tests\" serial=1.*suppressed=0"
check "syslog: a refused file" syslog "authpriv.warn modseal\[[0-9]+\]: refused: \"$LIB/libplain.so.1\": \"no signature.*code=\"SIGNATURE_MISSING\""
one_line() { [ "$(grep -c 'modseal\[' "$WORK/messages")" = 3 ] && syslog 'lib\\\\x0aevil\\\\x1b\[2J.so'; }
check "syslog: a name with a newline is in one line" one_line
