# SPDX-License-Identifier: Apache-2.0
"""c: a library with all that it needs, cold, again, and beside one that shares it; calls of
what is loaded; f: memory."""
import os
import re
import shutil

from measure import MB, Missing, of
from rows_files import memory_rows

# The first of each line that is there; Debian 12 and 13.
LIBRARIES = [
    (["libxml2.so.2", "libxml2.so.16"], 3),
    (["libcurl.so.4"], 6),
    (["libgtk-3.so.0", "libQt5Gui.so.5"], 10),
    (["libLLVM-19.so.1", "libLLVM.so.19.1", "libLLVM-14.so.1"], 20),
]


def present(bench):
    """The names of what is in the measuring process already: the C library, and on a system
    without static ones what modseal needs."""
    return bench.once("present", lambda: set(
        re.findall(r"^\s*(?:\S*/)?(\S+\.so\S*)", bench.run("ldd", bench.program), re.M)))


def copy_closure(bench, folder, name):
    """Copies a system library and what it needs; False where something is not there."""
    target = os.path.join(folder, name)
    if os.path.exists(target) or name in present(bench):
        return True
    for system in (os.path.join("/usr/lib", bench.triplet()), "/usr/lib", "/usr/lib64"):
        if os.path.exists(os.path.join(system, name)):
            shutil.copyfile(os.path.join(system, name), target)
            os.chmod(target, 0o644)
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", bench.run("readelf", "-d", target))
            return all(copy_closure(bench, folder, other) for other in needed)
    return False


def prepare(bench, names):
    """Puts the first library that is there whole into the folder of the policy, signed."""
    folder, _, _ = bench.libraries()
    before = set(os.listdir(folder))
    found = next((name for name in names
                  if name not in present(bench) and copy_closure(bench, folder, name)), None)
    new = [os.path.join(folder, name) for name in os.listdir(folder) if name not in before]
    if new:
        bench.sign("release", *new)
    return found and os.path.join(folder, found)


def cold_rows(bench, library, seconds):
    name = os.path.basename(library)
    short = re.match(r"lib([A-Za-z0-9]+)", name).group(1).lower()
    _, policy, anchor = bench.libraries()
    certificate = bench.path("release.pem")
    closure = bench.run(bench.program, "closure", policy, anchor, library).split("\n")[:-1]
    # what is accepted by its place has no signature
    signed = [path for path in closure if path.startswith(bench.path("lib"))]
    sizes = [os.path.getsize(path) for path in signed]
    results = bench.turns({
        "floor": bench.side("digest", 2, certificate, files=signed),
        "floor1": bench.side("digest", 1, certificate, files=signed),
        "plain": bench.side("plain", library),
        "check": bench.side("check", policy, anchor, library),
        "load": bench.side("load", policy, anchor, library),
        "sealed": bench.side("sealed", 2, certificate, "load", files=signed),
    }, seconds)
    times = {side: of(got, "us") for side, got in results.items()}
    label = f"{name}, {len(signed)} objects, {sum(sizes) / MB:.0f} MB: 2 threads"
    floor = bench.add(f"c.{short}.floor", label, "us", times["floor"], role="floor",
                      objects=len(signed), bytes=sum(sizes))
    bench.add(f"c.{short}.floor1", f"{name}: the same, 1 thread", "us", times["floor1"],
              floor, role="other")
    plain = bench.add(f"c.{short}.plain", f"{name}: plain dlopen", "us", times["plain"],
                      floor, role="other")
    bench.add(f"c.{short}.check", f"{name}: modseal_check", "us", times["check"], floor)
    bench.add(f"c.{short}.verify", f"{name}: modseal_verify", "us",
              of(results["load"], "verify"), floor)
    load = bench.add(f"c.{short}.load", f"{name}: modseal_verify and modseal_load", "us",
                     times["load"], floor,
                     ("max", plain["median"] + 1.6 * floor["median"], "median"),
                     formula="plain dlopen + 1.6 times the floor")
    bench.add_sealed(f"c.{short}", name, times["sealed"], floor, load)
    memory_rows(bench, short, name, library, results, max(sizes), sum(sizes))


def warm_rows(bench, library):
    name = os.path.basename(library)
    _, policy, anchor = bench.libraries()
    results = bench.turns({"again": bench.side("again", policy, anchor, library)}, 1)
    bench.add("c.again", f"{name}: modseal_load of what is loaded", "us",
              of(results["again"], "us"), target=("max", 5, "median"))


def second_rows(bench, library):
    """Two modules of 1 MB that need the same library: the second, behind the first."""
    _, policy, anchor = bench.libraries()
    name = os.path.basename(library)
    first, second = (bench.library_of(f"libmodule{which}.so.1", MB,
                                      ("-Wl,--no-as-needed", library))
                     for which in ("one", "two"))
    lone = bench.library_of("libmodulelone.so.1", MB)
    certificate = bench.path("release.pem")
    results = bench.turns({
        "floor": bench.side("digest", 1, certificate, files=[second]),
        "lone": bench.side("load", policy, anchor, lone, first),
        "plain": bench.side("plain", second, first),
        "second": bench.side("load", policy, anchor, second, first),
        "alone": bench.side("load", policy, anchor, second),
        "same": bench.side("load", policy, anchor, first, first),
    }, 5)
    label = f"second module (1 MB) on {name}"
    floor = bench.add("c.second.floor", f"{label}: its own bytes", "us",
                      of(results["floor"], "us"), role="floor")
    bench.add("c.second.plain", f"{label}: plain dlopen", "us",
              of(results["plain"], "us"), floor, role="other")
    lone = bench.add("c.second.lone", "a module (1 MB) that needs nothing, in its place",
                     "us", of(results["lone"], "us"), floor, role="other")
    # its own bytes, and a look at the path of each that it shares
    bench.add("c.second.load", label, "us", of(results["second"], "us"), floor,
              ("max", 1.5 * lone["median"], "median"),
              formula="1.5 times a module of its size that needs nothing")
    bench.add("c.second.alone", "the same module as the first one", "us",
              of(results["alone"], "us"), floor)
    bench.add("c.second.same", "a module that is loaded, verified and loaded again", "us",
              of(results["same"], "us"), floor)


def call_rows(bench, library):
    _, policy, anchor = bench.libraries()
    results = bench.turns({
        "plain": bench.side("calls", "-", "-", library),
        "ours": bench.side("calls", policy, anchor, library),
    }, 3)
    for member, label in (("call", "a call of zlibVersion"), ("crc", "crc32 of 4,096 bytes")):
        plain = bench.add(f"c.{member}.plain", f"{label}, by dlopen", "ns",
                          of(results["plain"], member), role="floor")
        bench.add(f"c.{member}.modseal", f"{label}, by modseal_load", "ns",
                  of(results["ours"], member), plain)


def rows(bench):
    found = []
    for names, seconds in LIBRARIES[:1] if bench.quick else LIBRARIES:
        library = prepare(bench, names)
        if not library:
            bench.skip("c", f"{' or '.join(names)} is not here, or not all it needs")
            continue
        found.append(library)
        cold_rows(bench, library, seconds)
    if not found:
        raise Missing("none of the libraries is here")
    # libcurl where it is there: 30 objects
    shared = found[1] if len(found) > 1 else found[0]
    warm_rows(bench, shared)
    second_rows(bench, shared)
    libz = prepare(bench, ["libz.so.1"])
    if libz:
        call_rows(bench, libz)
