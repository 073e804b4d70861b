# SPDX-License-Identifier: Apache-2.0
"""a: all kernel modules of Debian, each with an RSA-4096 signature at its end."""
import os
import platform
import shutil

from measure import Missing, of

SAMPLE = 100  # for what takes a process a file
MAGIC = b"~Module signature appended~\n"


def fetch(bench):
    """The files, and the certificate their signatures are by."""
    flavour = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    tree = os.path.join(bench.dynamic, "data", f"kernel-{flavour}")
    certificate = bench.path("kernel.der")
    try:
        bench.run("sh", "-euc", ". tests/interop/debian_kernel.sh\n"
                  'fetch_kernel "$1" "$2"; kernel_certificate "$2" "$3"',
                  "sh", str(flavour), tree, certificate,
                  env={**os.environ, "BUILD": bench.dynamic})
        bench.run("openssl", "x509", "-inform", "DER", "-in", certificate,
                  "-out", bench.path("kernel.pem"))
    except RuntimeError as error:
        raise Missing("Debian's kernel package is not to be had") from error
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(tree)
                   for name in names if name.endswith(".ko"))
    if not files:
        raise Missing("the modules of Debian's kernel package are compressed")
    return files, bench.path("kernel.pem")


def made_up(bench, count=3):
    """Files like these, for a run that only shows that all of it works."""
    key = bench.key("modules", "rsa4096")
    os.mkdir(bench.path("made"))
    files = []
    for number in range(count):
        source, path = bench.path("module.s"), bench.path("made", f"m{number}.ko")
        with open(source, "w", encoding="ascii") as file:
            file.write('.section .modinfo,"a",@progbits\n'
                       f'.asciz "name=m{number}"\n.asciz "depends="\n'
                       '.asciz "vermagic=6.1.0-9-test SMP mod_unload "\n')
        bench.run(bench.compiler(), "-c", "-o", path, source)
        files.append(path)
    bench.sign(key, *files)
    return files, bench.path(f"{key}.pem")


def split(path):
    """The content and the CMS of a signed file."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.endswith(MAGIC):
        raise RuntimeError(f"{path} is not signed")
    length = int.from_bytes(data[-32:-28], "big")
    end = len(data) - 40 - length
    return data[:end], data[end:end + length]


def copies(bench, folder, files):
    """Copies where no one else may write, which a policy asks for."""
    os.mkdir(folder)
    return [shutil.copyfile(file, os.path.join(folder, os.path.basename(file)))
            for file in files]


def alone(files):
    """Those that depend on no other module: what is verified is that one file."""
    for file in files:
        with open(file, "rb") as module:
            if b"\0depends=\0" in module.read():
                yield file


def each(bench, files, command):
    """A side: a process a file, one after the other; microseconds a file."""
    once = [bench.timed(*command(file)) for file in files]
    return lambda: {"us": sum(one()["us"] for one in once) / len(files)}


def others(bench, files, trusted):
    """The sides of what people would use instead, on a sample, and how large that is."""
    sample = files[::max(1, len(files) // SAMPLE)][:SAMPLE]
    sides = {}
    folder = bench.path("split")
    os.mkdir(folder)
    split_files = []
    for number, file in enumerate(sample):
        name = os.path.join(folder, str(number))
        for ending, data in zip((".content", ".cms"), split(file)):
            with open(name + ending, "wb") as part:
                part.write(data)
        split_files.append(name)
    sides["cms"] = each(bench, split_files, lambda name: (
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", name + ".cms",
        "-content", name + ".content", "-certfile", trusted, "-CAfile", trusted,
        "-purpose", "any", "-noverify", "-out", "/dev/null"))
    key = bench.key("ima", "rsa4096")
    signed = copies(bench, bench.path("ima-files"), sample)
    if all(bench.works("a", "evmctl", "evmctl", "ima_sign", "--sigfile", "-a", "sha256",
                       "--key", bench.path(f"{key}.key"), file) for file in signed):
        der = bench.path(f"{key}.der")
        bench.run("openssl", "x509", "-in", bench.path(f"{key}.pem"), "-outform", "DER",
                  "-out", der)
        sides["evmctl"] = each(bench, signed, lambda file: (
            "evmctl", "ima_verify", "--sigfile", "--key", der, file))
    return sides, len(sample)


def rows(bench):
    files, certificate = made_up(bench) if bench.quick else fetch(bench)
    unlinked = copies(bench, bench.path("modules"), list(alone(files)))
    digest = bench.run("sha256sum", certificate).split()[0]
    policy, anchor = bench.policy("modules", [
        "  debian: {trust: pinned, purposes: [kernel-module], certificate-file: "
        f"{certificate}, certificate-sha256: \"{digest}\"}}"], [
        f"  - {{path: {bench.path('modules')}/*, kind: kernel-module, signers: [debian], "
        "owners: [root, caller]}"])
    verify = (bench.modseal, "verify", "--certificate", certificate, "--jobs")
    sides, sample = others(bench, files, certificate)
    results = bench.turns({
        "floor": bench.side("digest", 1, certificate, files=files),
        "floor2": bench.side("digest", 2, certificate, files=files),
        "inside": bench.side("modules", certificate, files=files),
        "jobs1": bench.timed(*verify, "1", *files),
        "jobs2": bench.timed(*verify, "2", *files),
        "load floor": bench.side("digest", 1, certificate, files=unlinked),
        "load sealed": bench.side("sealed", 1, certificate, "forget", files=unlinked),
        "load": bench.side("kernel", policy, anchor, files=unlinked),
        **sides,
    }, 25)
    times = {side: [us / len(unlinked if side.startswith("load") else files)
                    for us in of(got, "us")] for side, got in results.items() if side not in sides}
    count = f"{len(files):,} modules"
    floor = bench.add("a.floor", f"{count}: read, SHA-256, RSA-4096 check", "us",
                      times["floor"], role="floor", files=len(files))
    bench.add("a.floor2", "the same, 2 threads", "us", times["floor2"], floor, role="other")
    bench.add("a.inside", "modseal_trust_check, within a process", "us", times["inside"],
              floor)
    one = bench.add("a.jobs1", "modseal verify --certificate, 1 job, whole process", "us",
                    times["jobs1"], floor, ("max", 1.15, "ratio"))
    two = bench.add("a.jobs2", "the same, 2 jobs", "us", times["jobs2"], floor)
    bench.derive("a.speedup2", "... times as fast as 1 job", "times",
                 one["median"] / two["median"], one["min"] / two["min"], ("min", 1.8, "median"))
    load_floor = bench.add("a.load.floor",
                           f"{len(unlinked):,} that depend on no other: as above", "us",
                           times["load floor"], role="floor", files=len(unlinked))
    load = bench.add("a.load", "modseal_verify_kernel_module (sealed, to load)", "us",
                     times["load"], load_floor, ("max", 1.65, "ratio"))
    bench.add_sealed("a.load", "the same modules", times["load sealed"], load_floor, load)
    cms = bench.add("a.cms", f"openssl cms -verify, a process a file (of {sample})", "us",
                    of(results["cms"], "us"), floor, role="other")
    bench.derive("a.times-cms", "... times as long as modseal verify, 1 job", "times",
                 cms["median"] / one["median"], cms["min"] / one["min"],
                 ("min", 25, "median"))
    if "evmctl" in results:
        bench.add("a.evmctl", f"evmctl ima_verify of IMA signatures (of {sample})", "us",
                  of(results["evmctl"], "us"), floor, role="other")
