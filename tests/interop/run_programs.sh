#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# E25: programs that know nothing of it work under `modseal run` as they do without, for an ordinary
# user, with what root protects below /usr approved.
. tests/lib.sh
. tests/hostile/run.inc
patience=40
# as other than a stranger to the machine: PostgreSQL and git look the user up
export GIT_CONFIG_NOSYSTEM=1

# has PROGRAM PACKAGE NAME: whether it is there, where others may run it
has() {
	[ -n "$(as_user sh -c "command -v $1")" ] && return
	skip "E25 $3" "no $1: install $2"
	return 1
}
# both NAME TEXT [WORD...]: a shell does TEXT without and with run, each in an empty folder; it must
# succeed, say the same, and nothing may be refused
both() {
	name=$1 text=$2
	shift 2
	for way in within_time run; do
		rm -rf "$OURS/room" && mkdir "$OURS/room" && chown "$user:$user" "$OURS/room"
		"$way" sh -euc "cd $OURS/room; $text" sh "$@" >"$WORK/$way.out" 2>"$WORK/$way.err" </dev/null
		echo "ended $?" >>"$WORK/$way.out"
	done
	alone() { grep -qx 'ended 0' "$WORK/within_time.out" || { cat "$WORK/within_time.out" "$WORK/within_time.err" >&2; return 1; }; }
	same() {
		cmp "$WORK/within_time.out" "$WORK/run.out" >&2 && ! grep '^modseal: ' "$WORK/run.err" >&2 && return
		tail -n 20 "$WORK/run.out" "$WORK/run.err" >&2
		return 1
	}
	check "E25 $name: works without run" alone
	check "E25 $name: the same with it, nothing refused" same
}

# ---- shells and languages ------------------------------------------------------------------
# shellcheck disable=SC2016 # expanded there, here and below
has bash bash bash && both bash '
	exec bash -euc '\''
		set -o pipefail
		seq 1000 | sort -rn | awk "{ s += \$1 } END { print s }" | tee sum | cat - <(echo process) >all
		cat all; (cd / && echo "$(pwd)"); coproc head -n 1; echo there >&"${COPROC[1]}"; read -r -u "${COPROC[0]}" line
		echo "$line"; for i in 1 2 3; do sleep 0.01 & done; wait; trap "echo end" EXIT'\'''
has python3 python3 Python && both "Python with ssl, sqlite3 and ctypes" '
	cat >p.py <<PYTHON
import ctypes, hashlib, json, lzma, multiprocessing, sqlite3, ssl, subprocess, threading
context = ssl.create_default_context()
out = ssl.MemoryBIO()
try:
    context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="example.org").do_handshake()
except ssl.SSLWantReadError:
    print("hello", out.pending > 100)
base = sqlite3.connect(":memory:")
base.execute("create table t (n)")
base.executemany("insert into t values (?)", [(n,) for n in range(1000)])
print(base.execute("select sum(n) from t").fetchone())
libc = ctypes.CDLL(None)
CALL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 5)(5, 3, 1, 4, 2)
libc.qsort(numbers, 5, ctypes.sizeof(ctypes.c_int), CALL(lambda a, b: a[0] - b[0]))
print(list(numbers), ctypes.CDLL("libm.so.6").abs(-3))
def square(n):
    return n * n
with multiprocessing.Pool(2) as pool:
    print(pool.map(square, range(5)))
print(subprocess.run(["sh", "-c", "echo child | tr a-z A-Z"], capture_output=True, text=True).stdout)
print(hashlib.sha256(lzma.decompress(lzma.compress(b"x" * 1000))).hexdigest())
PYTHON
	exec python3 p.py'
has perl perl Perl && both Perl '
	exec perl -MPOSIX -MDigest::SHA=sha256_hex -MEncode -MSocket -MList::Util=sum \
		-e '\''print POSIX::floor(3.7), sha256_hex("x"), encode("UTF-8", "\x{e9}"), sum(1 .. 9), `echo child`'\'''
has node nodejs Node.js && both Node.js '
	exec node -e '\''
		const { Worker } = require("worker_threads"), { execSync } = require("child_process");
		console.log(require("crypto").createHash("sha256").update("x").digest("hex"));
		console.log(require("zlib").gunzipSync(require("zlib").gzipSync("packed")).toString());
		console.log(execSync("echo child").toString());
		let sum = 0; for (let i = 0; i < 3e6; i++) sum += i % 7;
		console.log(sum);
		new Worker("require(\"worker_threads\").parentPort.postMessage(42)", { eval: true }).on("message", console.log)'\'''
if has java default-jre-headless Java; then
	both Java 'exec java -XshowSettings:properties -version 2>&1 | grep -E "java.(home|version) ="'
	if has javac default-jdk-headless "Java's compiler"; then
		both "Java's compiler, and what it made" '
			cat >Hello.java <<JAVA
import java.security.MessageDigest;
public class Hello {
	public static void main(String[] words) throws Exception {
		byte[] sum = new byte[1];
		for (int i = 0; i < 20000; i++)
			sum = MessageDigest.getInstance("SHA-256").digest(sum);
		Thread thread = new Thread(() -> System.out.println("thread"));
		thread.start();
		thread.join();
		System.out.println(sum[0] + " " + new String(new ProcessBuilder("echo", "child").start().getInputStream().readAllBytes()));
	}
}
JAVA
			javac Hello.java && exec java Hello'
	fi
fi

# ---- tools ---------------------------------------------------------------------------------
has git git git && both git '
	export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z
	git init -q one && cd one && git config user.email a@example.org && git config user.name a
	seq 100 >file && git add file && git commit -qm first && seq 99 >file && git status --short
	git commit -qam second && cd .. && git clone -q one two && cd two && git log --oneline && git diff HEAD~1 | tail -n 5
	git bundle create -q ../b HEAD && git fsck --no-progress && git gc -q && git archive HEAD | tar t'
if has gcc gcc gcc; then
	both "gcc, compiling and linking" '
		printf "int twice(int n) { return 2 * n; }" >a.c
		printf "#include <stdio.h>\nint twice(int);\nint main(void) { return printf(\"%%d\", twice(21)) != 2; }" >b.c
		gcc -O2 -c a.c && gcc -O2 -flto -o program b.c a.o && gcc -shared -fPIC -o liba.so a.c && ar rc liba.a a.o
		readelf -h program | grep Type; nm -D liba.so | grep twice; strip program; echo linked'
	# what it makes is nobody's
	printf 'int main(void) { return 0; }\n' >"$OURS/own.c"
	made() { exits 126 run sh -c "gcc -o $OURS/made $OURS/own.c && exec $OURS/made" 2>"$WORK/err" && one_record "$OURS/made"; }
	check "E25 what gcc made is not approved" made
fi
has sqlite3 sqlite3 sqlite3 && both sqlite3 '
	sqlite3 base "create table t (n); insert into t values (1), (2); create index i on t (n)"
	exec sqlite3 base "select sum(n), json_array(1, 2), sqrt(16) from t; pragma integrity_check"'
has curl curl curl && both curl 'echo content >file; curl -sS "file://$PWD/file"; curl --version | head -n 1; curl -sS http://127.0.0.1:1/ || echo $?'
if has bwrap bubblewrap bwrap; then
	if as_user bwrap --ro-bind / / true 2>/dev/null; then
		both bwrap 'exec bwrap --unshare-all --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
			--symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp sh -c "ls / && python3 -c \"print(1 + 1)\"; id -u"'
		boxed() {
			! run bwrap --unshare-all --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc \
				--bind "$OURS" /usr/local/bin /usr/local/bin/program say >"$WORK/out" 2>"$WORK/err"
			! grep -q ^worked "$WORK/out" && grep -q '^modseal: ' "$WORK/err"
		}
		cp "$hostile" "$OURS/program" && chown "$user" "$OURS/program"
		check "E25 in bwrap what is not approved is not" boxed
	else
		skip "E25 bwrap" "this kernel lets nobody but root make namespaces"
	fi
fi
has gdb gdb gdb && both "gdb on a child" '
	exec gdb -batch -nx -ex "set disable-randomization off" -ex "set confirm off" -ex starti -ex "p \$_siginfo.si_signo" -ex "info inferiors" \
		-ex "catch syscall write" -ex continue -ex kill --args /usr/bin/echo said 2>&1 </dev/null |
		sed "s/process [0-9]*/process N/g; s/0x[0-9a-f]*/0xN/g"'

# ---- services ------------------------------------------------------------------------------
has nginx nginx-light nginx && has curl curl "nginx and curl" && both "nginx serving a page" '
	mkdir www temp && echo "a page" >www/index.html
	cat >conf <<CONF
daemon off; pid nginx.pid; error_log stderr; worker_processes 2;
events {}
http {
	access_log off;
	client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
	server { listen unix:$PWD/socket; root $PWD/www; gzip on; gzip_min_length 0; }
}
CONF
	nginx -e stderr -p "$PWD" -c "$PWD/conf" 2>log & server=$!
	for turn in $(seq 100); do [ -S socket ] && break; sleep 0.05; done
	curl -sS --compressed --unix-socket socket http://localhost/; curl -sS -o /dev/null -w "%{http_code}\n" --unix-socket socket http://localhost/none
	kill -QUIT $server; wait $server'
postgres=$(ls -d /usr/lib/postgresql/*/bin /usr/bin 2>/dev/null | while read -r folder; do
	[ -x "$folder/initdb" ] && echo "$folder" && break
done)
if [ -n "$postgres" ]; then
	both "PostgreSQL: initdb and a query" '
		PATH=$1:$PATH
		initdb -D data --auth=trust -U test --no-sync >/dev/null
		pg_ctl -D data -w -l log -o "-k $PWD -h \"\" -F" start >/dev/null
		psql -X -h "$PWD" -U test -At postgres -c "create table t as select n from generate_series(1, 100000) n" \
			-c "set jit_above_cost = 0" -c "select sum(n), count(distinct n % 7) from t" -c "create extension if not exists plpgsql" \
			-c "do \$\$ begin raise notice \$x\$done\$x\$; end \$\$"
		pg_ctl -D data -w -m fast stop >/dev/null' "$postgres"
else
	skip "E25 PostgreSQL" "no initdb: install postgresql"
fi
