# SPDX-License-Identifier: Apache-2.0
"""Reads and changes the parts of a 64-bit little-endian ELF file, for elf_files.py."""
import struct

TYPES = dict(NULL=0, LOAD=1, DYNAMIC=2, INTERP=3, NOTE=4, PHDR=6, TLS=7, EH_FRAME=0x6474e550,
             STACK=0x6474e551, RELRO=0x6474e552, PROPERTY=0x6474e553)
TAGS = dict(NULL=0, NEEDED=1, PLTRELSZ=2, PLTGOT=3, HASH=4, STRTAB=5, SYMTAB=6, RELA=7, RELASZ=8, RELAENT=9,
            STRSZ=10, SYMENT=11, INIT=12, FINI=13, SONAME=14, RPATH=15, SYMBOLIC=16, REL=17, RELSZ=18, RELENT=19,
            PLTREL=20, DEBUG=21, TEXTREL=22, JMPREL=23, BIND_NOW=24, INIT_ARRAY=25, FINI_ARRAY=26, INIT_ARRAYSZ=27,
            FINI_ARRAYSZ=28, RUNPATH=29, FLAGS=30, PREINIT_ARRAY=32, PREINIT_ARRAYSZ=33, RELRSZ=35, RELR=36,
            RELRENT=37, CHECKSUM=0x6ffffdf8, GNU_HASH=0x6ffffef5, CONFIG=0x6ffffefa, DEPAUDIT=0x6ffffefb,
            AUDIT=0x6ffffefc, VERSYM=0x6ffffff0, RELACOUNT=0x6ffffff9, FLAGS_1=0x6ffffffb, VERDEF=0x6ffffffc,
            VERDEFNUM=0x6ffffffd, VERNEED=0x6ffffffe, VERNEEDNUM=0x6fffffff, AUXILIARY=0x7ffffffd,
            FILTER=0x7fffffff)
# name: offset, width
HEADER = dict(klass=(4, 1), order=(5, 1), ident_version=(6, 1), osabi=(7, 1), abi_version=(8, 1), pad=(9, 1),
              type=(16, 2), machine=(18, 2), version=(20, 4), entry=(24, 8), phoff=(32, 8), shoff=(40, 8),
              flags=(48, 4), ehsize=(52, 2), phentsize=(54, 2), phnum=(56, 2), shentsize=(58, 2), shnum=(60, 2),
              shstrndx=(62, 2))
SEGMENT = dict(type=(0, 4), flags=(4, 4), offset=(8, 8), vaddr=(16, 8), paddr=(24, 8), filesz=(32, 8),
               memsz=(40, 8), align=(48, 8))
R, W, X = 4, 2, 1


class Elf:
    """The bytes of a file; every setter changes them in place."""

    def __init__(self, data):
        self.data = bytearray(data)

    def get(self, at, width):
        return int.from_bytes(self.data[at:at + width], "little")

    def put(self, at, width, value):
        self.data[at:at + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")

    def header(self, **fields):
        for name, value in fields.items():
            self.put(*HEADER[name], value)

    # ---- program headers

    def segments(self, kind=None):
        """Offsets of the program headers of a type."""
        table, count = self.get(32, 8), self.get(56, 2)
        places = [table + 56 * i for i in range(count)]
        return [at for at in places if kind is None or self.get(at, 4) == TYPES[kind]]

    def segment(self, kind, which=0):
        at = self.segments(kind)[which]
        return {name: self.get(at + place, width) for name, (place, width) in SEGMENT.items()}

    def set(self, kind, which=0, **fields):
        at = self.segments(kind)[which]
        for name, value in fields.items():
            place, width = SEGMENT[name]
            self.put(at + place, width, TYPES[value] if isinstance(value, str) else value)

    def swap(self, one, other):
        """Two program headers, by their offsets."""
        held = self.data[one:one + 56]
        self.data[one:one + 56] = self.data[other:other + 56]
        self.data[other:other + 56] = held

    def load(self, flags):
        """Number of the first PT_LOAD with these flags."""
        for which in range(len(self.segments("LOAD"))):
            if self.segment("LOAD", which)["flags"] == flags:
                return which
        raise KeyError(flags)

    def at(self, address):
        """Where in the file what is mapped at an address lies."""
        for which in range(len(self.segments("LOAD"))):
            load = self.segment("LOAD", which)
            if load["vaddr"] <= address < load["vaddr"] + load["filesz"]:
                return address - load["vaddr"] + load["offset"]
        raise KeyError(hex(address))

    # ---- the dynamic section

    def entries(self):
        at = self.segment("DYNAMIC")["offset"]
        while self.get(at, 8) != 0:
            yield at
            at += 16

    def entry(self, tag, which=0):
        """Offset of the entry."""
        return [at for at in self.entries() if self.get(at, 8) == TAGS[tag]][which]

    def value(self, tag, which=0):
        return self.get(self.entry(tag, which) + 8, 8)

    def dynamic(self, **tags):
        for tag, value in tags.items():
            self.put(self.entry(tag) + 8, 8, value)

    def retag(self, tag, other, which=0):
        """other None: DT_DEBUG, which means nothing in a library."""
        self.put(self.entry(tag, which), 8, TAGS["DEBUG" if other is None else other])

    def add(self, tag, value):
        """Over a DT_NULL: the linker left some."""
        at = self.segment("DYNAMIC")["offset"]
        end = at + self.segment("DYNAMIC")["filesz"]
        while self.get(at, 8) != 0:
            at += 16
        assert at + 32 <= end, "no spare entries"
        self.put(at, 8, TAGS[tag] if isinstance(tag, str) else tag)
        self.put(at + 8, 8, value)

    def table(self, tag):
        """Where in the file the table lies that a tag points to."""
        return self.at(self.value(tag))

    def text(self, offset):
        start = self.table("STRTAB") + offset
        return self.data[start:self.data.index(0, start)].decode()

    # ---- symbols and relocations

    def symbol_count(self):
        return self.get(self.table("HASH") + 4, 4)

    def symbol(self, name):
        """Offset of the symbol {name 4, info 1, other 1, section 2, value 8, size 8}."""
        return self.table("SYMTAB") + 24 * self.symbol_number(name)

    def symbol_number(self, name):
        for number in range(self.symbol_count()):
            if self.text(self.get(self.table("SYMTAB") + 24 * number, 4)) == name:
                return number
        raise KeyError(name)

    def relocations(self, table="RELA", kind=None):
        """Offsets of the relocations {offset 8, type 4, symbol 4, addend 8}."""
        start = self.table(table)
        size = self.value("PLTRELSZ" if table == "JMPREL" else table + "SZ")
        return [at for at in range(start, start + size, 24) if kind is None or self.get(at + 8, 4) == kind]

    def note(self, owner):
        """Offset of the note {sizes 4 4, type 4, owner, content} of an owner."""
        for which in range(len(self.segments("NOTE"))):
            part = self.segment("NOTE", which)
            at = self.data.find(owner + b"\0", part["offset"], part["offset"] + part["filesz"])
            if at >= 0:
                return at - 12
        raise KeyError(owner)


def words(*numbers):
    return struct.pack("<%dI" % len(numbers), *numbers)
