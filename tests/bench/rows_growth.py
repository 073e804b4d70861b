# SPDX-License-Identifier: Apache-2.0
"""g: how cost grows with bytes, objects and rules: the exponent of a power of the size."""
import os
import statistics

import texts
from measure import MB, fit, of


# the word of a side, the figure of it, what it is
WAYS = [("check", "us", "modseal_check"), ("load", "verify", "modseal_verify"),
        ("load", "us", "verify and load")]
# what of it is the C library's: see sealed.c
OTHERS = [("plain", "us", "plain dlopen"),
          ("sealed", "load", "dlopen of sealed copies"),
          ("sealed", "us", "sealed floor"),
          ("load", "load", "modseal_load")]


def exponent(bench, id, label, results, sizes, name, member, target=None):
    """A row of the sides `name size`: fitted to the medians, and to the least times, which
    a busy machine disturbs less: what takes long waits for others, what is short does not."""
    times = [of(results[f"{name} {size}"], member) for size in sizes]
    points = [[size, statistics.median(all_)] for size, all_ in zip(sizes, times)]
    least = [[size, min(all_)] for size, all_ in zip(sizes, times)]
    bench.derive(id, f"{label}, {sizes[0]:,} to {sizes[-1]:,}", "power", fit(points), fit(least),
                 target and ("max", target, "median"), points=points, least_points=least)


def bytes_rows(bench):
    _, policy, anchor = bench.libraries()
    sizes = [1, 2] if bench.quick else [1, 4, 16, 64, 256]
    libraries = [bench.library_of(f"libof{size}m.so.1", size * MB) for size in sizes]
    sides = {}
    for size, library in zip(sizes, libraries):
        sides[f"check {size}"] = bench.side("check", policy, anchor, library)
        sides[f"load {size}"] = bench.side("load", policy, anchor, library)
    results = bench.turns(sides, 15, 5)
    for side, member, words in WAYS:
        exponent(bench, f"g.bytes.{words.replace(' ', '-')}", f"{words}: time by MB",
                 results, sizes, side, member, 1.05)
    for library in libraries:
        os.unlink(library)


def objects(bench, count):
    """A chain, each needing the next, and stars over the same leaves; signed."""
    folder, _, _ = bench.libraries()
    source, code = bench.path("object.s"), bench.path("object.o")
    with open(source, "w", encoding="ascii") as file:
        file.write(".section .rodata\n.fill 4096, 1, 42\n"
                   ".section .note.GNU-stack,\"\",@progbits\n")
    bench.run(bench.compiler(), "-c", "-o", code, source)

    def link(name, needed):
        path = os.path.join(folder, name)
        bench.run("ld", "-shared", "-z", "noexecstack", "-z", "relro", "-z", "now", "-soname",
                  name, "-o", path, code, "--no-as-needed", *needed)
        return path

    chain, leaves = [], []
    for number in range(count):
        chain.append(link(f"libchain{number}.so.1", chain[-1:]))
        leaves.append(link(f"libleaf{number}.so.1", []))
    bench.sign("release", *chain, *leaves)

    def star(size):
        path = link(f"libstar{size}.so.1", leaves[:size - 1])
        bench.sign("release", path)
        return path

    return chain, leaves, star


def objects_rows(bench):
    folder, policy, anchor = bench.libraries()
    # a chain may be 128 deep
    sizes = {"chain": [1, 2, 5, 10, 20, 50, 100, 128], "star": [1, 2, 5, 10, 20, 50, 100, 200]}
    if bench.quick:
        sizes = {"chain": [1, 3], "star": [1, 4]}
    chain, leaves, star = objects(bench, sizes["star"][-1])
    certificate = bench.path("release.pem")
    sides = {}
    forms = (("chain", lambda size: chain[:size]),
             ("star", lambda size: [*leaves[:size - 1], star(size)]))
    for form, closure in forms:
        for size in sizes[form]:
            files = closure(size)
            path = files[-1]
            sides[f"check {form} {size}"] = bench.side("check", policy, anchor, path)
            sides[f"load {form} {size}"] = bench.side("load", policy, anchor, path)
            sides[f"plain {form} {size}"] = bench.side("plain", path,
                                                       env={"LD_LIBRARY_PATH": folder})
            sides[f"sealed {form} {size}"] = bench.side("sealed", 2, certificate, "load",
                                                        files=files)
    results = bench.turns(sides, 20, 5)
    for form, counts in sizes.items():
        # below ten, what every run costs hides what grows
        counts = [size for size in counts if size >= 10] or counts
        for side, member, words in [*WAYS, *OTHERS]:
            exponent(bench, f"g.objects.{form}.{words.replace(' ', '-')}",
                     f"{words}: time by objects, {form}", results, counts,
                     f"{side} {form}", member,
                     None if (side, member, words) in OTHERS else 1.05)


def rules_rows(bench):
    bench.key("one")
    sizes = [10, 20] if bench.quick else [10, 100, 1000, 10000]
    sides = {}
    for size in sizes:
        path, _ = bench.policy(f"decide{size}", [bench.pin("one", "library")],
                               texts.rules(size, ["one"]))
        # as many paths however many rules: the cache of the processor holds them, or not
        asked = texts.paths(size)[-1000:]
        sides[f"decide {size}"] = bench.side("decide", path, files=asked)
    results = bench.turns(sides, 5)
    for size in sizes:
        bench.add(f"g.rules.{size}", f"{size:,} rules: a file decided", "us",
                  of(results[f"decide {size}"], "us"))
    exponent(bench, "g.rules", "a file decided: time by rules", results, sizes, "decide",
             "us", 0.3)


def rows(bench):
    bytes_rows(bench)
    objects_rows(bench)
    rules_rows(bench)
