# SPDX-License-Identifier: Apache-2.0
"""Reads lines of `inspect --hygiene --json` and compares what they say about RELRO and lazy
binding with a reader of its own: prints each file where the two differ, and how many agreed.

All of it for little-endian files of 64 bits; the page is that of x86-64."""
import json
import struct
import sys

PAGE = 4096
PT_LOAD, PT_DYNAMIC, PT_GNU_RELRO = 1, 2, 0x6474E552
DT_PLTRELSZ, DT_PLTGOT, DT_RELA, DT_RELASZ, DT_JMPREL, DT_BIND_NOW = 2, 3, 7, 8, 23, 24
DT_FLAGS, DT_FLAGS_1 = 30, 0x6FFFFFFB
ARRAYS = ((25, 27), (26, 28), (32, 33))  # DT_INIT_ARRAY, DT_FINI_ARRAY, DT_PREINIT_ARRAY
SLOTS = {62: (6, 7, 36), 183: (1025, 1026, 1031)}  # GLOB_DAT, JUMP_SLOT, TLSDESC


def findings(path):
    """The names that belong to the file; None: not judged here."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x7fELF\2\1":
        return None
    machine, = struct.unpack_from("<H", data, 18)
    table, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    segments = [struct.unpack_from("<IIQQQQQQ", data, table + 56 * i) for i in range(count)]
    dynamic = [s for s in segments if s[0] == PT_DYNAMIC]
    relro = [s for s in segments if s[0] == PT_GNU_RELRO]
    if not dynamic or machine not in SLOTS:
        return None

    def words(address, size):
        load = next(s for s in segments if s[0] == PT_LOAD and s[3] <= address < s[3] + s[5])
        return struct.unpack_from("<%dQ" % (size // 8), data, address - load[3] + load[2])

    tags = {}
    pairs = words(dynamic[0][3], dynamic[0][5])
    for tag, value in zip(pairs[::2], pairs[1::2]):
        if tag == 0:
            break
        tags[tag] = value
    names = set()
    if not (DT_BIND_NOW in tags or tags.get(DT_FLAGS, 0) & 8 or tags.get(DT_FLAGS_1, 0) & 1):
        names.add("lazy-binding")
    if not relro:
        return names | {"no-relro"}
    start = relro[0][3] & -PAGE
    end = relro[0][3] + relro[0][6] & -PAGE
    needed = [(dynamic[0][3], dynamic[0][6])]
    if DT_PLTGOT in tags:
        needed.append((tags[DT_PLTGOT], 8))
    needed += [(tags[a], tags[s]) for a, s in ARRAYS if tags.get(s)]
    for table, size, calls in ((DT_JMPREL, DT_PLTRELSZ, True), (DT_RELA, DT_RELASZ, False)):
        if not tags.get(size):
            continue
        entries = words(tags[table], tags[size])
        for where, info in zip(entries[::3], entries[1::3]):
            kind = info & 0xFFFFFFFF
            if calls or kind in SLOTS[machine]:
                needed.append((where, 16 if kind == SLOTS[machine][2] else 8))
    if any(a < start or a + s > end for a, s in needed):
        names.add("partial-relro")
    return names


agreed = 0
for line in sys.stdin:
    said = json.loads(line)
    if said["code"] != "OK":
        continue
    want = findings(said["path"])
    if want is None:
        continue
    got = {f["name"] for f in said["findings"]} & {"lazy-binding", "no-relro", "partial-relro"}
    if got != want:
        print(said["path"], sorted(got), "but it has", sorted(want))
    agreed += got == want
print(agreed)
