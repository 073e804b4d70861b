# SPDX-License-Identifier: Apache-2.0
"""h: programs under `modseal run`, beside the same without: from start to end, the first time (with
the start of modseal itself, and every file judged) and warm (started again by a process that is
under it already); what they do once they run; many at once."""
import os
import shutil
import subprocess
import tempfile

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
#include <sys/syscall.h>
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
	int rounds = atoi(words[2]);

	(void)count;
	if (getenv("MODSEAL_BENCH_FILTER"))
		filter();
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

    def pair(self, what, rounds, *words):
        """Two sides: without, and with it."""
        return {"plain": lambda: self.measure([], what, rounds, *words),
                "warm": lambda: self.measure(self.under, what, rounds, *words)}


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
        results = bench.turns(room.pair("start", 3, *words), 8)
        floor = bench.add(f"h.{id}.plain", label, "us", of(results["plain"], "us"), role="floor")
        bench.add(f"h.{id}.warm", f"{label}, within modseal run", "us", of(results["warm"], "us"),
                  floor, ("max", 1.01, "ratio"))


def steady_rows(bench, room):
    for id, label, rounds, what, words in (
            ("functions", "a million calls of a function", 31, "functions", ()),
            ("reads", "2,000 reads of 64 KB", 15, "reads", (bench.real_bytes(),)),
            ("calls", "100,000 system calls that do nothing", 31, "calls", ())):
        sides = room.pair(what, rounds, *words)
        sides["filter"] = lambda what=what, rounds=rounds, words=words: room.measure(
            ["env", "MODSEAL_BENCH_FILTER=1"], what, rounds, *words)
        results = bench.turns(sides, 4)
        # the kernel asks any filter, and enters by another way for it
        floor = bench.add(f"h.{id}.filter", f"{label}, under a filter that allows all", "us",
                          of(results["filter"], "us"), role="floor")
        bench.add(f"h.{id}.plain", f"{label}, under none", "us", of(results["plain"], "us"), floor)
        bench.add(f"h.{id}", f"{label}, within modseal run", "us", of(results["warm"], "us"), floor,
                  ("max", 1.01, "ratio"))
    results = bench.turns(room.pair("parallel", 7, "/usr/bin/ls", "/"), 6)
    floor = bench.add("h.parallel.plain", "100 ls at once", "us", of(results["plain"], "us"),
                      role="floor")
    bench.add("h.parallel", "100 ls at once within modseal run, warm", "us", of(results["warm"], "us"),
              floor, ("max", 1.5, "ratio"))


def rows(bench):
    room = Room(bench)
    try:
        trial = subprocess.run([*room.under, "/usr/bin/true"], capture_output=True, text=True,
                               check=False)
        if trial.returncode:
            raise Missing(f"modseal run: {trial.stderr.strip()}")
        start_rows(bench, room)
        work_rows(bench, room)
        steady_rows(bench, room)
    finally:
        shutil.rmtree(room.folder, ignore_errors=True)
