# SPDX-License-Identifier: Apache-2.0
"""h: programs under `modseal run`, beside the same without: from start to end, the first time (with
the start of modseal itself, and every file judged) and warm (started again by a process that is
under it already); what they do once they run; many at once."""
import glob
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from measure import Missing, of

# Does one thing so often, and prints the microseconds of each.
TIMER = r"""
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static pid_t start(char **words)
{
	posix_spawn_file_actions_t actions;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&child, words[0], &actions, NULL, words, environ))
		exit(3);
	posix_spawn_file_actions_destroy(&actions);
	return child;
}

static void ends(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || status)
		exit(4);
}

static int twice(const char *number)
{
	return 2 * atoi(number);
}

#define CONNECTIONS 8

/* A thousand requests on each of several connections, which a server on a socket answers
 * with so many bytes. */
static void ask(const char *path, size_t size)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	static char buffer[65536];
	int connections[CONNECTIONS];

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	for (int i = 0; i < CONNECTIONS; i++) {
		connections[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(connections[i], (void *)&address, sizeof(address)))
			exit(8);
	}
	for (int n = 0; n < 1000; n++) {
		for (int i = 0; i < CONNECTIONS; i++)
			if (write(connections[i], request, sizeof(request) - 1) < 0)
				exit(9);
		for (int i = 0; i < CONNECTIONS; i++)
			for (size_t left = size; left > 0;) {
				ssize_t got = read(connections[i], buffer,
						   left < sizeof(buffer) ? left : sizeof(buffer));

				if (got <= 0)
					exit(10);
				left -= (size_t)got;
			}
	}
	for (int i = 0; i < CONNECTIONS; i++)
		close(connections[i]);
}

static void once(const char *what, char **words)
{
	static char buffer[65536];
	static pid_t children[100];
	static int (*volatile function)(const char *) = twice;
	static int fd = -1;

	if (strcmp(what, "start") == 0) {
		ends(start(words));
	} else if (strcmp(what, "parallel") == 0) {
		for (int i = 0; i < 100; i++)
			children[i] = start(words);
		for (int i = 0; i < 100; i++)
			ends(children[i]);
	} else if (strcmp(what, "calls") == 0) {
		for (int i = 0; i < 100000; i++)
			syscall(SYS_getppid);
	} else if (strcmp(what, "reads") == 0) {
		if (fd < 0)
			fd = open(words[0], O_RDONLY);
		for (int i = 0; i < 2000; i++)
			if (pread(fd, buffer, sizeof(buffer), 0) != sizeof(buffer))
				exit(5);
	} else if (strcmp(what, "ask") == 0) {
		ask(words[0], strtoul(words[1], NULL, 10));
	} else if (strcmp(what, "functions") == 0) {
		for (int i = 0; i < 1000000; i++)
			if (function("21") != 42)
				exit(6);
	} else {
		exit(2);
	}
}

/* What any filter costs: the kernel enters by another way when there is one. */
static void filter(void)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {1, allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		exit(7);
}

int main(int count, char **words)
{
	static double each[1000];
	int rounds;

	(void)count;
	if (getenv("MODSEAL_BENCH_FILTER"))
		filter();
	if (strcmp(words[1], "exec") == 0)
		return execv(words[2], words + 2);
	rounds = atoi(words[2]);
	once(words[1], words + 3);
	for (int i = 0; i < rounds; i++) {
		double begin = now();

		once(words[1], words + 3);
		each[i] = now() - begin;
	}
	qsort(each, (size_t)rounds, sizeof(each[0]), compare);
	printf("us %.2f\n", each[rounds / 2]);
	return 0;
}
"""


FILTER = ["env", "MODSEAL_BENCH_FILTER=1"]


class Room:
    """A folder of root's, approved: the timer, and policies that approve it and /usr."""

    def __init__(self, bench):
        if os.geteuid() != 0:
            raise Missing("only root can lay out what only root may write")
        self.bench = bench
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="modseal-bench.", dir="/opt"))
        os.chmod(self.folder, 0o755)
        source = bench.path("timer.c")
        with open(source, "w", encoding="ascii") as file:
            file.write(TIMER)
        self.timer = os.path.join(self.folder, "timer")
        bench.run(bench.compiler(), "-O2", "-w", "-o", self.timer, source)
        bench.key("run")
        rules = [f"  - {{path: {place}/**, kind: {kind}, evidence: [protected-path]{more}}}"
                 for place in (self.folder, "/usr")
                 for kind, more in (("program", ""), ("library", ", identity: unbound"))]
        policy, anchor = bench.policy("run", [bench.pin("run", "library")], rules)
        self.under = [bench.modseal, "run", "--policy", policy, "--anchor", anchor, "--"]

    def measure(self, prefix, what, rounds, *words):
        out = self.bench.run(*prefix, self.timer, what, str(1 if self.bench.quick else rounds),
                             *words)
        return {"us": float(out.split()[1])}

    def prefixes(self):
        """Of servers, by side: alone, under a filter that allows all, under modseal run."""
        return {"plain": [], "filter": [*FILTER, self.timer, "exec"], "warm": self.under}

    def pair(self, what, rounds, *words):
        """Two sides: without, and with it."""
        return {"plain": lambda: self.measure([], what, rounds, *words),
                "warm": lambda: self.measure(self.under, what, rounds, *words)}

    def sides(self, what, rounds, *words):
        """As of servers: also under a filter that allows all."""
        return {**self.pair(what, rounds, *words),
                "filter": lambda: self.measure(FILTER, what, rounds, *words)}


def programs(bench):
    """(name, how often in a round, words) of those that are here."""
    repository, source = bench.path("repository"), bench.path("hello-run.c")
    with open(source, "w", encoding="ascii") as file:
        file.write("#include <stdio.h>\nint main(void) { return puts(\"hello\") < 0; }\n")
    if shutil.which("git"):
        bench.run("git", "init", "-q", repository)
        for number in range(100):
            with open(os.path.join(repository, str(number)), "w", encoding="ascii") as file:
                file.write(f"{number}\n")
        bench.run("git", "-C", repository, "add", ".")
    for name, rounds, *words in (
            ("true", 51, "/usr/bin/true"),
            ("ls", 51, "/usr/bin/ls", "/"),
            ("python with ssl", 11, "/usr/bin/python3", "-c", "import ssl"),
            ("git status", 31, "/usr/bin/git", "-C", repository, "status"),
            ("gcc -c", 11, "/usr/bin/gcc", "-c", "-o", bench.path("hello.o"), source),
            ("node", 9, "/usr/bin/node", "-e", "0"),
            ("java", 9, "/usr/bin/java", "-version")):
        if os.access(words[0], os.X_OK):
            yield name, rounds, words
        else:
            bench.skip("h", f"no {words[0]}")


def start_rows(bench, room):
    for name, rounds, words in programs(bench):
        sides = room.pair("start", rounds, *words)
        sides["first"] = bench.timed(*room.under, *words)
        results = bench.turns(sides, 4)
        id = f"h.{name.replace(' ', '-')}"
        floor = bench.add(f"{id}.plain", f"{name}, start to end", "us",
                          of(results["plain"], "us"), role="floor")
        bench.add(f"{id}.first", f"{name} by modseal run, every file judged", "us",
                  of(results["first"], "us"), floor)
        if name in ("true", "ls"):
            bench.add(f"{id}.warm", f"{name} within modseal run, warm", "us",
                      of(results["warm"], "us"), floor,
                      ("max", floor["median"] + 500, "median"),
                      formula="0.5 ms beyond plain")
        else:
            bench.add(f"{id}.warm", f"{name} within modseal run, warm", "us",
                      of(results["warm"], "us"), floor, ("max", 1.15, "ratio"))


def work_rows(bench, room):
    """Programs at their work, so long that their start does not count."""
    headers = sorted(os.path.join(folder, name) for folder, _, names in os.walk("/usr/include")
                     for name in names if name.endswith(".h"))[:2000]
    bulk = bench.path("bulk")
    with open(bulk, "wb") as file:
        for name in (*headers, bench.real_bytes()):
            with open(name, "rb") as source:
                file.write(source.read(8 << 20))
    for id, label, words in (
            ("gzip", f"gzip of {os.path.getsize(bulk) >> 20} MB", ("/usr/bin/gzip", "-c", bulk)),
            ("sha256sum", f"sha256sum of {len(headers):,} small files, 8 times",
             ("/usr/bin/sha256sum", *(headers * 8)))):
        add_filtered(bench, id, label, bench.turns(room.sides("start", 3, *words), 25, 9))


def steady_rows(bench, room):
    for id, label, rounds, what, words in (
            ("functions", "a million calls of a function", 31, "functions", ()),
            ("reads", "2,000 reads of 64 KB", 15, "reads", (bench.real_bytes(),)),
            ("calls", "100,000 system calls that do nothing", 31, "calls", ())):
        add_filtered(bench, id, label, bench.turns(room.sides(what, rounds, *words), 4, 21))
    results = bench.turns(room.pair("parallel", 7, "/usr/bin/ls", "/"), 6)
    floor = bench.add("h.parallel.plain", "100 ls at once", "us", of(results["plain"], "us"),
                      role="floor")
    bench.add("h.parallel", "100 ls at once within modseal run, warm", "us", of(results["warm"], "us"),
              floor, ("max", 1.5, "ratio"))


def wait_for(path, server):
    """Until a server's socket is there."""
    for _ in range(1000):
        if os.path.exists(path):
            return
        if server.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"{' '.join(server.args)}: it does not serve {path}")


class Servers:
    """The same server several times at once; they do nothing until a client comes."""

    def __init__(self):
        self.running = []

    def start(self, words, socket):
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.append(server)
        wait_for(socket, server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.running:
            server.terminate()
        for server in self.running:
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                # nginx forgets a signal that comes while it starts
                server.kill()
                server.wait()


NGINX = """daemon off; worker_processes 1; error_log stderr; pid {folder}/pid; user root;
events {{}}
http {{
  access_log {folder}/log; keepalive_requests 10000000; sendfile on; root {folder};
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen unix:{folder}/socket; }}
}}
"""


def nginx_rows(bench, room):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if not nginx:
        return bench.skip("h", "no nginx")
    page = os.urandom(10000)
    sides = {}
    for side, prefix in room.prefixes().items():
        folder = os.path.join(room.folder, f"nginx-{side}")
        os.mkdir(folder)
        with open(os.path.join(folder, "conf"), "w", encoding="ascii") as file:
            file.write(NGINX.format(folder=folder))
        with open(os.path.join(folder, "index.html"), "wb") as file:
            file.write(page)
        sides[side] = asked(room, [*prefix, nginx, "-p", folder, "-c", f"{folder}/conf"], folder)
    add_filtered(bench, "nginx", "nginx, its own time for 8,000 requests of 10 KB",
                 bench.turns(sides, 12, 41))
    return None


def worker_of(pid_file):
    """The process that answers: the only child of the one whose number is in the file, which
    is written when the socket is there already."""
    for _ in range(500):
        try:
            with open(pid_file, encoding="ascii") as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                children = file.read().split()
        except (OSError, ValueError):
            children = []
        if len(children) == 1:
            return children[0]
        time.sleep(0.01)
    raise RuntimeError("nginx: no process that answers")


def running_us(pid):
    """How long a process was on a processor so far."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1000


def asked(room, words, folder):
    """A side: processor time of who answers, which others on the machine change little. Each
    time it is another one: where its memory lies makes more of a difference than a filter."""
    def once():
        with Servers() as servers:
            servers.start(words, f"{folder}/socket")
            worker = worker_of(f"{folder}/pid")
            size = answer_size(f"{folder}/socket")
            before = running_us(worker)
            room.measure([], "ask", 1, f"{folder}/socket", str(size))
            return {"us": (running_us(worker) - before) / 2}  # what warms up is counted, too
    return once


def answer_size(path):
    """How many bytes the server answers a request with, head and page."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
        answer = b""
        while more := connection.recv(65536):
            answer += more
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"nginx: {answer[:200]!r}")
    return len(answer.replace(b"Connection: close", b"Connection: keep-alive"))


def postgres_rows(bench, room):
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not folders or not os.access(f"{folders[-1]}/pgbench", os.X_OK):
        return bench.skip("h", "no PostgreSQL with pgbench")
    binaries = folders[-1]
    # client and server take turns: on two processors the kernel's choice of them is what
    # would be measured
    one = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    # a server does not run as root
    user = [*one, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    os.chmod(bench.work, 0o711)  # the policy is there
    if subprocess.run([*user, *room.under, "/usr/bin/true"], capture_output=True,
                      check=False).returncode:
        return bench.skip("h", "PostgreSQL: its user does not reach the folders measured in")
    with Servers() as servers:
        sides = {}
        for side, prefix in room.prefixes().items():
            folder = os.path.join(room.folder, f"postgres-{side}")
            os.mkdir(folder)
            os.chown(folder, 65534, 65534)
            bench.run(*user, f"{binaries}/initdb", "-D", f"{folder}/data", "--auth=trust", "-U",
                      "bench", "--no-sync", cwd="/")
            servers.start([*user, *prefix, f"{binaries}/postgres", "-D", f"{folder}/data", "-k",
                           folder, "-h", "", "-F"], f"{folder}/.s.PGSQL.5432")
            client = [*one, f"{binaries}/pgbench", "-h", folder, "-U", "bench"]
            wait_ready([f"{binaries}/pg_isready", "-q", "-h", folder])
            bench.run(*client, "-q", "-i", "-s", "1", "postgres")
            sides[side] = lambda client=client: pgbench(bench, client)
        add_filtered(bench, "postgres", "PostgreSQL, 8,000 transactions that select a row",
                     bench.turns(sides, 12, 41))
    return None


def wait_ready(asking):
    """Until the server says that it takes connections."""
    for _ in range(600):
        if subprocess.run(asking, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL: it takes no connections")


def pgbench(bench, client):
    count = "10" if bench.quick else "4000"
    out = bench.run(*client, "-S", "-n", "-c", "2", "-t", count, "postgres")
    each = float(re.search(r"^tps = ([0-9.]+)", out, re.M).group(1))
    return {"us": 8000 / each * 1e6}


def add_filtered(bench, id, label, results):
    # the kernel asks any filter, and enters by another way for it
    floor = bench.add(f"h.{id}.filter", f"{label}, under a filter that allows all", "us",
                      of(results["filter"], "us"), role="floor")
    bench.add(f"h.{id}.plain", f"{label}, under none", "us", of(results["plain"], "us"), floor)
    bench.add(f"h.{id}", f"{label}, within modseal run", "us", of(results["warm"], "us"), floor,
              ("max", 1.01, "ratio"))


def rows(bench):
    room = Room(bench)
    try:
        trial = subprocess.run([*room.under, "/usr/bin/true"], capture_output=True, text=True,
                               check=False)
        if trial.returncode:
            raise Missing(f"modseal run: {trial.stderr.strip()}")
        start_rows(bench, room)
        work_rows(bench, room)
        nginx_rows(bench, room)
        postgres_rows(bench, room)
        steady_rows(bench, room)
    finally:
        shutil.rmtree(room.folder, ignore_errors=True)
