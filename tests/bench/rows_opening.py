# SPDX-License-Identifier: Apache-2.0
"""d: opening a context of many rules, signers, supplements and of large catalogs; the first
verdict of a process, from its start to its end."""
import concurrent.futures
import os

from measure import of
import texts

HELLO = '#include <unistd.h>\nint main(void) { return write(1, "hello\\n", 6) != 6; }\n'


def policy_rows(bench):
    """The floor is a file of the same size, read, digested, its signature checked."""
    bench.key("one")
    counts = [10] if bench.quick else [10, 1000, 10000]
    for count in counts:
        policy, anchor = bench.policy(f"rules{count}", [bench.pin("one", "library")],
                                      texts.rules(count, ["one"]))
        results = bench.turns({"open": bench.side("open", policy, anchor)}, 3)
        bench.add(f"d.rules{count}", f"policy of {count:,} rules, opened", "us",
                  of(results["open"], "us"),
                  target=("max", 50000, "median") if count == 10000 else None)


def many_rows(bench):
    """Many signers, and many supplements of one rule each."""
    count = 10 if bench.quick else 1000
    folder = bench.path("many")
    os.mkdir(folder)
    names = [f"s{number}" for number in range(count)]

    def certificate(name):
        path = os.path.join(folder, f"{name}.pem")
        bench.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null", "-out",
                  path, "-days", "365", "-subj", f"/CN={name}")
        with open(path, encoding="ascii") as file:
            return texts.signer(name, file.read())

    with concurrent.futures.ThreadPoolExecutor() as pool:
        signers = list(pool.map(certificate, names))
    sides = {"signers": bench.side("open", *bench.policy(
        "signers", signers, texts.rules(10 * count, names)))}
    bench.key("vendor")
    for number in range(count):
        path = os.path.join(folder, f"{number}.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(texts.supplement(f"v{number}", signers[0], [
                f"  - {{path: /opt/vendor{number}/**, signers: [s0]}}"]))
        bench.run(bench.modseal, "policy", "sign", path, "--key", bench.path("vendor.key"),
                  "--certificate", bench.path("vendor.pem"))
    sides["supplements"] = bench.side("open", *bench.policy(
        "supplements", [bench.pin("vendor", "supplement")],
        [f"  - {{path: /opt/vendor{number}/**, delegate: v{number}}}"
         for number in range(count)],
        ["supplements:", *(f"  - {{name: v{number}, file: many/{number}.yaml, "
                           "signers: [vendor]}" for number in range(count))]))
    results = bench.turns(sides, 3, 3)
    bench.add("d.signers", f"policy of {10 * count:,} rules and {count:,} signers, opened",
              "us", of(results["signers"], "us"))
    bench.add("d.supplements", f"policy of {count:,} supplements, opened", "us",
              of(results["supplements"], "us"))


def catalog_rows(bench):
    bench.key("catalogs", "rsa4096")
    listed = bench.library_of("liblisted.so.1", 4096)
    small = bench.path("small.cat")
    bench.run(bench.modseal, "catalog", "create", "--name", "big", "--serial", "1",
              "--output", small, listed)
    for count in [100] if bench.quick else [1000, 100000]:
        catalog = bench.path(f"{count}.cat")
        with open(small, encoding="ascii") as file, \
                open(catalog, "w", encoding="ascii") as big:
            big.write(texts.catalog(file.read(), count))
        bench.run(bench.modseal, "catalog", "sign", catalog, "--key",
                  bench.path("catalogs.key"), "--certificate", bench.path("catalogs.pem"))
        policy, anchor = bench.policy(
            f"catalog{count}", [bench.pin("catalogs", "catalog")],
            [f"  - {{path: {os.path.dirname(listed)}/*, evidence: [catalog], catalog: big, "
             "owners: [root, caller]}"],
            [f"catalogs: [{{name: big, file: {count}.cat, signers: [catalogs]}}]"])
        size = os.path.getsize(catalog)
        same = bench.library_of(f"libassize{count}.so.1", size)
        results = bench.turns({
            "floor": bench.side("digest", 1, bench.path("release.pem"), files=[same]),
            "open": bench.side("open", policy, anchor),
            "check": bench.side("check", policy, anchor, listed),
        }, 4)
        floor = bench.add(f"d.catalog{count}.floor",
                          f"{size:,} bytes: digest, signature check", "us",
                          of(results["floor"], "us"), role="floor", bytes=size)
        bench.add(f"d.catalog{count}", f"catalog of {count:,} files, opened", "us",
                  of(results["open"], "us"), floor,
                  ("max", 20000, "median") if count == 100000 else None)
        bench.add(f"d.catalog{count}.check", "... a file of 4 KB that it lists, checked",
                  "us", of(results["check"], "us"))


def hello(bench, name, *flags):
    source = bench.path("hello.c")
    with open(source, "w", encoding="ascii") as file:
        file.write(HELLO)
    bench.run(bench.compiler(), "-O2", "-o", bench.path(name), source, *flags)
    return bench.path(name)


def process_rows(bench):
    _, policy, anchor = bench.libraries()
    library = bench.library_of("libfirst.so.1", 4096)
    certificate = bench.path("release.pem")
    commands = {"static": bench.modseal, "dynamic": os.path.join(bench.dynamic, "bin/modseal")}

    def spawn(*command):
        return bench.side("spawn", 3 if bench.quick else 11, *command)

    sides = {"hello": spawn(hello(bench, "hello-static", "-static")),
             "hello dynamic": spawn(hello(bench, "hello-dynamic"))}
    for build, command in commands.items():
        sides[f"certificate {build}"] = spawn(command, "verify", "--certificate",
                                              certificate, library)
        sides[f"policy {build}"] = spawn(command, "verify", "--policy", policy, "--anchor",
                                         anchor, library)
    results = bench.turns(sides, 8)
    floor = bench.add("d.hello", "a static hello, start to end", "us",
                      of(results["hello"], "us"), role="floor")
    bench.add("d.hello-dynamic", "a hello linked as usual", "us",
              of(results["hello dynamic"], "us"), floor, role="other")
    for build, what in (("static", "STATIC_DEPS=1"), ("dynamic", "shared libraries")):
        for way, words in (("certificate", "by a certificate"), ("policy", "by a policy")):
            bench.add(f"d.first.{way}.{build}", f"modseal verify {words}, {what}", "us",
                      of(results[f"{way} {build}"], "us"), floor,
                      ("max", floor["median"] + 3000, "median"),
                      formula="3 ms beyond the static hello")


def rows(bench):
    policy_rows(bench)
    many_rows(bench)
    catalog_rows(bench)
    process_rows(bench)
