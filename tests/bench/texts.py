# SPDX-License-Identifier: Apache-2.0
"""Large policies and catalogs, made up."""


def rules(count, signers):
    """Patterns of four sorts, each for a path of its own, which `paths` gives."""
    forms = ["*.so", "lib{}.so.*", "**", "libexact.so"]
    return [f"  - {{path: /opt/vendor{i % 97}/product{i}/{forms[i % 4].format(i)}, "
            f"signers: [{signers[i % len(signers)]}]}}" for i in range(count)]


def paths(count):
    names = ["any.so", "lib{}.so.1", "a/b/c.so", "libexact.so"]
    return [f"/opt/vendor{i % 97}/product{i}/{names[i % 4].format(i)}" for i in range(count)]


def signer(name, certificate):
    """The lines of a signer whose certificate stands in the policy itself."""
    return "\n".join([f"  {name}:", "    trust: pinned", "    certificate: |",
                      *(f"      {line}" for line in certificate.splitlines())])


def supplement(name, signers, lines):
    return "\n".join(["modseal-supplement: 1", f"name: {name}", "serial: 1",
                      "issued: 2026-01-01T00:00:00Z", "signers:", signers, "rules:", *lines,
                      ""])


def catalog(small, count):
    """So many files beside the one of a small catalog, in the order of their names."""
    lines = small.splitlines()
    listed = [line for line in lines if line.startswith("/")]
    listed += [f"/usr/lib/x86_64-linux-gnu/directory/libnumber{i:06}.so.1.2.3 {i} "
               f"sha256:{i:064x}" for i in range(count - len(listed))]
    head = [line for line in lines if not line.startswith("/")]
    return "\n".join(head + sorted(listed, key=str.encode) + [""])
