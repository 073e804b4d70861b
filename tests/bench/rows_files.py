# SPDX-License-Identifier: Apache-2.0
"""b: one library that needs no other; f: the memory it takes."""
import os

from measure import MB, of

SIZES = [("100k", "100 KB", 100 * 1024, 8), ("5m", "5 MB", 5 * MB, 8),
         ("110m", "110 MB", 110 * MB, 30)]
QUICK = [("100k", "100 KB", 100 * 1024, 0)]


def loaded(results):
    """What is there behind a load, in MB: the memory with the memfds, and what is mapped of
    these once."""
    return [(result["load-resident"] + result["load-memfd"] - result["load-shmem"])
            / 1024 for result in results]


def memory_rows(bench, name, label, library, results, largest, images):
    """The rows of one library. results: those of the sides "check", "load" and
    "plain"; largest, images: bytes of the largest file, of all that are sealed."""
    _, policy, anchor = bench.libraries()
    watched = bench.turns({"memory": bench.side("memory", policy, anchor, library)}, 0, 3)
    largest, images = largest / MB, images / MB
    floor = bench.add(f"f.{name}.largest", f"{label}: the largest file", "MB", [largest],
                      role="floor")
    bench.add(f"f.{name}.check", f"{label}: checked, peak", "MB",
              [value / 1024 for value in of(results["check"], "check-peak")], floor,
              ("max", largest + 8, "median"))
    floor = bench.add(f"f.{name}.images", f"{label}: all sealed images", "MB", [images],
                      role="floor")
    bench.add(f"f.{name}.peak", f"{label}: verified and loaded, peak", "MB",
              [value / 1024 for value in of(watched["memory"], "peak")], floor,
              ("max", images + largest + 8, "median"))
    plain = bench.add(f"f.{name}.plain", f"{label}: private behind plain dlopen", "MB",
                      [(result["behind-private"] - result["before-private"]) / 1024
                       for result in results["plain"]], role="other")
    bench.add(f"f.{name}.load", f"{label}: behind the load", "MB",
              loaded(results["load"]), floor,
              ("max", images + plain["median"] + 8, "median"),
              formula="the images, what plain dlopen makes private, and 8 MB")


def rows(bench):
    _, policy, anchor = bench.libraries()
    certificate = bench.path("release.pem")
    before = bench.library_of("libbefore.so.1", 20 * 1024)
    for name, label, size, seconds in QUICK if bench.quick else SIZES:
        library = bench.library_of(f"libof{name}.so.1", size)
        results = bench.turns({
            # as the floor has its key and digest before the clock starts, the context
            # has judged another file by then; "first": it has not
            "check": bench.side("check", policy, anchor, library, before),
            "load": bench.side("load", policy, anchor, library, before),
            "first-check": bench.side("check", policy, anchor, library),
            "first-load": bench.side("load", policy, anchor, library),
            "digest": bench.side("digest", 1, files=[library]),
            "signature": bench.side("digest", 1, certificate, files=[library]),
            "plain": bench.side("plain", library),
            # modseal uses a second thread where a file is large enough
            "sealed": bench.side("sealed", 1 if size < MB else 2, certificate, "load",
                                 files=[library]),
        }, seconds)
        times = {side: of(got, "us") for side, got in results.items()}
        digest = bench.add(f"b.{name}.digest", f"{label}: digest only", "us",
                           times["digest"], role="floor")
        floor = bench.add(f"b.{name}.floor", f"{label}: digest and signature check", "us",
                          times["signature"], digest, role="floor")
        small = size < MB
        bench.add(f"b.{name}.check", f"{label}: modseal_check", "us", times["check"],
                  floor if small else digest,
                  ("max", 1.65 if small else 1.05, "ratio"))
        bench.add(f"b.{name}.verify", f"{label}: modseal_verify", "us",
                  of(results["load"], "verify"), floor if small else digest)
        target = {"100k": 1.65, "110m": 1.4}.get(name)
        load = bench.add(f"b.{name}.load", f"{label}: modseal_verify and modseal_load", "us",
                         times["load"], floor if small else digest,
                         target and ("max", target, "ratio"))
        bench.add_sealed(f"b.{name}", label, times["sealed"], floor if small else digest, load)
        bench.add(f"b.{name}.first-check", f"{label}: the same, a context's first file",
                  "us", times["first-check"], floor if small else digest, role="other")
        bench.add(f"b.{name}.first-load", f"{label}: the same, verified and loaded",
                  "us", times["first-load"], floor if small else digest, role="other")
        bench.add(f"b.{name}.plain", f"{label}: plain dlopen", "us", times["plain"],
                  floor if small else digest, role="other")
        memory_rows(bench, name, label, library, results, os.path.getsize(library),
                    os.path.getsize(library))
