#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: a library is put before a program's own
# The policy of a service from one run of it: `modseal run` in audit mode under a policy that allows
# next to nothing, `modseal learn --from` its records, and the same program under what that proposes.
. tests/lib.sh
. tests/hostile/run.inc

python=$(realpath /usr/bin/python3 2>/dev/null) && "$python" -c 'import ssl, sqlite3' 2>/dev/null || {
	skip "a policy from one run" "needs python3 with ssl and sqlite3 (Debian: python3)"
	exit 0
}
mkdir "$WORK/records" && chown "$user:$user" "$WORK/records" || exit 99
log=$WORK/records/log.jsonl
cat >"$SAFE/service.py" <<'PY'
import ctypes, hashlib, sqlite3, ssl, subprocess, sys
for library in sys.argv[1:]:
    ctypes.CDLL(library)
ssl.create_default_context()
connection = sqlite3.connect(":memory:")
print(connection.execute("select 6 * 7").fetchone()[0], hashlib.sha256(b"").hexdigest()[:8])
print(subprocess.run(["/bin/sh", "-c", "uname | tr a-z A-Z"], capture_output=True, text=True, check=True).stdout.strip())
PY
serves() {
	run "$python" -S "$SAFE/service.py" >"$WORK/out" 2>"$WORK/err" &&
		printf '42 e3b0c442\nLINUX\n' | cmp - "$WORK/out" >&2 || { cat "$WORK/err" >&2; return 1; }
}

# ---- once in audit mode -------------------------------------------------------------------------
cat >"$SAFE/audit.yaml" <<POLICY
modseal-policy: 1
name: service
serial: 1
issued: 2026-01-01T00:00:00Z
mode: audit
records: {to: [file], file: $log}
rules:
  - {path: $SAFE/nothing-lies-here, kind: program, evidence: [protected-path]}
POLICY
sign_policy() { "$MODSEAL" policy sign --force "$SAFE/$1" --key "$SAFE/policy.key" --certificate "$SAFE/policy.pem"; }
check "a policy that allows next to nothing is signed" sign_policy audit.yaml
policy=audit.yaml
check "the service serves in audit mode" serves
would() { grep -Eq "\"verdict\":\"would-refuse\",.*\"object\":\"[^\"]*$1" "$log"; }
check "its program is recorded" would "${python##*/}\""
check "what it loads later is, too" would 'libsqlite3\.so'
check "and what it starts" would '(dash|bash)\"'

# ---- what is learned of it ------------------------------------------------------------------------
learn() { "$MODSEAL" learn --from "$log" --name service --output "$WORK/learned.yaml"; }
check "learn makes a policy of the records" learn
install -m 644 "$WORK/learned.yaml" "$SAFE/learned.yaml"
check "which can be signed as it is" sign_policy learned.yaml
policy=learned.yaml
check "under it the service serves" serves
quiet() { ! grep '^modseal: ' "$WORK/err" >&2; }
check "and nothing is refused" quiet
enforces() { ! grep '^mode: audit' "$SAFE/learned.yaml"; }
check "though it enforces" enforces
# not by env, which the service did not use
unused() { ! run env true 2>"$WORK/err" && grep -q "^modseal: '/usr/bin/env': refused: no rule" "$WORK/err"; }
check "what the service did not use is refused" unused
marks "LD_PRELOAD" "$EVIL" sh -c "LD_PRELOAD='$EVIL' exec '$python' -S -c 1"
marks "ctypes" "$EVIL" "$python" -S "$SAFE/service.py" "$EVIL"
