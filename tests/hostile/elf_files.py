# SPDX-License-Identifier: Apache-2.0
"""Writes broken plugins into a folder: elf_files.py FOLDER PLUGIN RELR_PLUGIN

PLUGIN is made of elf_files.c, RELR_PLUGIN of the same with -z pack-relative-relocs. Each
file is FOLDER/NAME.so and differs from one of them in one thing. FOLDER/wanted has a line
for each, and tabs between what it says:

    NAME.so  refused   CODE   a word of the message
    NAME.so  harmless  -      why nothing comes of it

What is harmless must be loaded and answer as the plugin does that it was made of.
"""
import sys

from elf_parts import Elf, R, W, X, words

FOLDER = sys.argv[1]
GOOD = open(sys.argv[2], "rb").read()
PACKED = open(sys.argv[3], "rb").read() if len(sys.argv) > 3 else None
PAGE = 4096
FAR = 0x7fff00000000
wanted = []


def write(name, kind, code, sentence, elf):
    name = name.replace("/", "|") + ".so"
    assert name not in [line[0] for line in wanted], name
    wanted.append((name, kind, code, sentence))
    with open("%s/%s" % (FOLDER, name), "wb") as file:
        file.write(elf.data)


def refused(name, word, change, code="ELF_MALFORMED", base=GOOD):
    elf = Elf(base)
    change(elf)
    assert bytes(elf.data) != base, name
    write(name, "refused", code, word, elf)


def harmless(name, why, change, base=GOOD):
    elf = Elf(base)
    change(elf)
    assert bytes(elf.data) != base, name
    write(name, "harmless", "-", why, elf)


def header(**fields):
    return lambda elf: elf.header(**fields)


def segment(kind, which=0, **fields):
    return lambda elf: elf.set(kind, which, **fields)


def dynamic(**tags):
    return lambda elf: elf.dynamic(**tags)


def retag(tag, other=None):
    return lambda elf: elf.retag(tag, other)


def add(tag, value=0):
    return lambda elf: elf.add(tag, value)


def both(*changes):
    def change(elf):
        for one in changes:
            one(elf)
    return change


def put(place, width, value):
    """place: a function of the file that gives an offset; value: a number, or another."""
    return lambda elf: elf.put(place(elf), width, value(elf) if callable(value) else value)


good = Elf(GOOD)
CODE, DATA = good.load(R | X), good.load(R | W)
FIRST, LAST = 0, len(good.segments("LOAD")) - 1
code, data = good.segment("LOAD", CODE), good.segment("LOAD", DATA)
end = data["vaddr"] + data["memsz"]

# ---- the ELF header -----------------------------------------------------------------------------

refused("R45 another class", "wrong ELF header size", header(klass=1))
refused("R45 no class", "unknown ELF class", header(klass=0))
refused("R45 another byte order", "unknown ELF version", header(order=2))
refused("R45 no byte order", "unknown byte order", header(order=3))
refused("R39 another version", "unknown ELF version", header(version=2))
refused("R39 another version in e_ident", "unknown ELF version", header(ident_version=0))
refused("R39 another system", "built for another system", header(osabi=9))
refused("R39 bytes in the padding", "reserved bytes of the header", header(pad=1))
refused("R45 a program", "a program, not a library", header(type=2))
refused("R45 an object file", "an object file or kernel module", header(type=1))
refused("R45 a core file", "ELF type 4", header(type=4))
refused("R45 another machine", "built for", header(machine=8), "ELF_FOREIGN")
refused("R39 a header of another size", "wrong ELF header size", header(ehsize=63))
refused("R49 program headers of another size", "wrong program header size", header(phentsize=57))
refused("R49 more program headers than 64", "65 program headers", header(phnum=65))
refused("R49 their number in section zero", "65535 program headers", header(phnum=0xffff))
refused("R49 no program headers", "no PT_LOAD", header(phnum=0))
refused("R49 program headers beyond the file", "not inside the file", header(phoff=len(GOOD) - 8 & ~7))
refused("R49 program headers at the end of numbers", "not inside the file", header(phoff=2**64 - 8))
refused("R49 program headers at an odd place", "not inside the file", header(phoff=65))
refused("R39 section headers beyond the file", "section headers are not inside", header(shoff=len(GOOD) + 8))
refused("R39 section headers that wrap", "section headers are not inside", header(shoff=2**64 - 64))
refused("R39 section headers of another size", "section headers are not inside", header(shentsize=63))
refused("R39 sections without headers", "wrong number of sections", header(shoff=0))
refused("R39 the number of sections in section zero", "wrong number of sections", header(shnum=0))
harmless("no sections at all", "the dynamic linker maps segments and never looks for a section",
         header(shoff=0, shnum=0, shstrndx=0, shentsize=0))
harmless("names of sections in a section that is none", "sections have no names for the dynamic linker",
         header(shstrndx=0xfffe))
harmless("an entry point", "only the kernel starts a file at its entry point, and it starts no library",
         header(entry=0xdeadbeef))
harmless("flags of the processor", "x86-64 knows no e_flags", header(flags=0x1234))
harmless("sections full of rubbish", "what lies in no segment is not mapped",
         lambda elf: elf.data.__setitem__(slice(elf.get(40, 8), None),
                                          b"\xff" * (len(elf.data) - elf.get(40, 8))))

# ---- program headers: what is mapped ------------------------------------------------------------

refused("R39 a PT_LOAD beyond the file", "past the end of the content",
        segment("LOAD", LAST, filesz=data["filesz"] + PAGE * 16, memsz=data["memsz"] + PAGE * 16))
refused("R39 a PT_LOAD that begins beyond the file", "past the end of the content",
        segment("LOAD", LAST, offset=data["offset"] + PAGE * 100))
refused("R39 a PT_LOAD whose end wraps", "past the end of the content", segment("LOAD", LAST, offset=2**64 - PAGE))
refused("R39 a PT_LOAD larger in the file than in memory", "larger in the file",
        segment("LOAD", LAST, memsz=data["filesz"] - 1))
refused("R39 a PT_LOAD at the end of the address space", "past the end of the address space",
        segment("LOAD", LAST, vaddr=2**63 - PAGE + data["vaddr"] % PAGE))
refused("R39 a PT_LOAD of all memory", "past the end of the address space", segment("LOAD", LAST, memsz=2**63))
refused("R39 addresses that wrap", "past the end of the address space",
        segment("LOAD", LAST, vaddr=2**64 - PAGE + data["vaddr"] % PAGE))
refused("R39 two PT_LOADs in one place", "overlap in memory",
        segment("LOAD", CODE, memsz=code["memsz"] + PAGE * 16))
refused("R39 two PT_LOADs in one page", "overlap in memory",
        segment("LOAD", CODE, memsz=good.segment("LOAD", CODE + 1)["vaddr"] - code["vaddr"] + 1))
refused("R39 PT_LOADs in the wrong order", "not sorted",
        lambda elf: elf.swap(elf.segments("LOAD")[1], elf.segments("LOAD")[2]))
refused("R39 the same bytes as code and as constants", "same bytes of the file",
        segment("LOAD", CODE, offset=good.segment("LOAD", CODE + 1)["offset"]))
refused("R39 alignment that is no power of two", "aligned to", segment("LOAD", CODE, align=0x1800))
refused("R39 alignment below a page", "aligned to", segment("LOAD", CODE, align=8))
refused("R39 no alignment", "aligned to", segment("LOAD", CODE, align=0))
refused("R39 alignment of all memory", "aligned to", segment("LOAD", CODE, align=2**62))
refused("R39 address and offset that do not fit", "do not fit its alignment",
        segment("LOAD", LAST, vaddr=data["vaddr"] + 8))
refused("R39 a first PT_LOAD of no bytes", "first PT_LOAD has no bytes", segment("LOAD", FIRST, filesz=0))
refused("R39 no PT_LOAD", "no PT_LOAD",
        lambda elf: [elf.put(at, 4, 0) for at in elf.segments("LOAD")])
refused("R41 code that can be written", "writable and executable", segment("LOAD", CODE, flags=R | W | X),
        "ELF_UNSAFE")
refused("R41 data that can be run", "writable and executable", segment("LOAD", DATA, flags=R | W | X), "ELF_UNSAFE")
refused("R36 tables that cannot be read", "cannot be read", segment("LOAD", FIRST, flags=X))
refused("R36 tables without any permission", "cannot be read", segment("LOAD", FIRST, flags=0))
refused("R36 code without the permission to run", "not in its code", segment("LOAD", CODE, flags=R))
refused("R36 data without the permission to write", "cannot be read or written", segment("LOAD", DATA, flags=R))
refused("R40 a PT_LOAD with the first byte of the signature", "past the end of the content",
        segment("LOAD", LAST, filesz=len(GOOD) - data["offset"] + 1, memsz=max(
            data["memsz"], len(GOOD) - data["offset"] + 1)))
harmless("physical addresses", "no program of Linux has physical addresses", segment("LOAD", CODE, paddr=FAR))
harmless("a segment of a type that nobody knows", "the dynamic linker passes over types that it does not know",
         segment("EH_FRAME", type=0x6abcdef0, offset=2**63, filesz=2**63, memsz=1))
harmless("a type of the processor", "the dynamic linker passes over types that it does not know",
         segment("EH_FRAME", type=0x70000001, vaddr=FAR))
harmless("more zeroed memory", "nothing of the plugin lies in it",
         segment("LOAD", LAST, memsz=data["memsz"] + PAGE * 16))

# ---- program headers: the others ----------------------------------------------------------------

for kind in ("DYNAMIC", "EH_FRAME", "NOTE"):
    refused("R37 PT_%s outside" % kind, "lies outside every PT_LOAD", segment(kind, vaddr=FAR))
    refused("R37 PT_%s at another offset" % kind, "do not agree",
            put(lambda elf, kind=kind: elf.segments(kind)[0] + 8, 8,
                lambda elf, kind=kind: elf.segment(kind)["offset"] + 16))
    refused("R37 PT_%s of another size in memory" % kind, "another size in memory",
            put(lambda elf, kind=kind: elf.segments(kind)[0] + 40, 8,
                lambda elf, kind=kind: elf.segment(kind)["memsz"] + 16))
refused("R37 no PT_DYNAMIC", "no PT_DYNAMIC", segment("DYNAMIC", type="NULL"))
refused("R37 two PT_DYNAMIC", "more than one PT_DYNAMIC", segment("EH_FRAME", type="DYNAMIC"))
refused("R37 an empty PT_DYNAMIC", "lies outside every PT_LOAD", segment("DYNAMIC", filesz=0, memsz=0))
refused("R37 half an entry in PT_DYNAMIC", "wrong size or alignment", segment("DYNAMIC", filesz=8, memsz=8))
refused("R37 PT_DYNAMIC across two PT_LOADs", "lies outside every PT_LOAD",
        segment("DYNAMIC", filesz=PAGE * 64, memsz=PAGE * 64))
refused("R45 an interpreter that is no text", "PT_INTERP is not one string", segment("EH_FRAME", type="INTERP"))
refused("R37 a PT_PHDR elsewhere", "PT_PHDR is not the table", segment("EH_FRAME", type="PHDR"))
refused("R39 PT_TLS larger in the file than in memory", "PT_TLS", segment("TLS", memsz=1))
refused("R39 PT_TLS of 2 GiB", "PT_TLS", segment("TLS", memsz=2**31))
refused("R39 PT_TLS of all memory", "PT_TLS", segment("TLS", memsz=2**64 - 8))
refused("R39 PT_TLS aligned to no power of two", "PT_TLS", segment("TLS", align=24))
refused("R39 PT_TLS without alignment", "PT_TLS", segment("TLS", align=0))
refused("R39 PT_TLS aligned to 2 GiB", "PT_TLS", segment("TLS", align=2**31))
refused("R39 PT_TLS outside", "PT_TLS lies outside", segment("TLS", vaddr=FAR))
refused("R39 PT_TLS at another offset", "PT_TLS lies outside",
        put(lambda elf: elf.segments("TLS")[0] + 8, 8, lambda elf: elf.segment("TLS")["offset"] + 16))
refused("R39 two PT_TLS", "more than one PT_TLS", segment("EH_FRAME", type="TLS"))
refused("R39 no PT_TLS", "PT_TLS that is not there", segment("TLS", type="NULL"))
refused("R39 a PT_TLS too small for its variables", "outside PT_TLS", segment("TLS", memsz=4, filesz=4))
refused("R39 PT_GNU_RELRO outside", "PT_GNU_RELRO lies outside", segment("RELRO", vaddr=FAR))
refused("R39 PT_GNU_RELRO over the next object", "PT_GNU_RELRO lies outside", segment("RELRO", memsz=PAGE * 64))
refused("R39 PT_GNU_RELRO that wraps", "PT_GNU_RELRO lies outside", segment("RELRO", memsz=2**64 - 16))
refused("R39 two PT_GNU_RELRO", "more than one PT_GNU_RELRO", segment("EH_FRAME", type="RELRO"))
refused("R41 no PT_GNU_STACK", "no PT_GNU_STACK", segment("STACK", type="NULL"), "ELF_UNSAFE")
refused("R41 an executable stack", "executable stack", segment("STACK", flags=R | W | X), "ELF_UNSAFE")
refused("R41 two PT_GNU_STACK", "more than one PT_GNU_STACK", segment("EH_FRAME", type="STACK"))
harmless("PT_GNU_STACK with sizes", "of PT_GNU_STACK only the flags are read",
         segment("STACK", vaddr=FAR, filesz=2**63, memsz=2**63, align=3))
harmless("PT_GNU_RELRO in the file elsewhere", "it protects memory, and its offset is not read",
         segment("RELRO", offset=2**63, filesz=2**62))
harmless("an empty PT_GNU_EH_FRAME", "without it there is no way to unwind, and nothing here throws",
         segment("EH_FRAME", filesz=0, memsz=0))
harmless("another version of PT_GNU_EH_FRAME", "the unwinder knows version 1 and leaves others alone",
         put(lambda elf: elf.segment("EH_FRAME")["offset"], 1, 9))

# ---- the dynamic section ------------------------------------------------------------------------

refused("R36 no DT_NULL", "DT_NULL",
        lambda elf: [elf.put(at, 8, 0x60000000 + at) for at in range(
            elf.segment("DYNAMIC")["offset"], elf.segment("DYNAMIC")["offset"] + elf.segment("DYNAMIC")["filesz"],
            16) if elf.get(at, 8) == 0])
for tag in ("SONAME", "STRTAB", "SYMTAB", "RELA", "INIT"):
    refused("R38 two DT_%s" % tag, "twice", lambda elf, tag=tag: elf.add(tag, elf.value(tag)))
refused("R38 a tag that stands for DT_SONAME in its lower half", "dynamic tag",
        lambda elf: elf.add(0x10000000e, elf.value("SONAME")))
refused("R42 DT_NEEDED beyond the names", "not a text", dynamic(NEEDED=10**6))
refused("R42 DT_NEEDED of nothing", "empty DT_NEEDED", dynamic(NEEDED=0), "ELF_UNSAFE")
refused("R42 DT_SONAME beyond the names", "not a text", dynamic(SONAME=10**6))
refused("R43 DT_RUNPATH beyond the names", "not a text", add("RUNPATH", 10**6))
for tag in ("STRTAB", "SYMTAB", "HASH", "GNU_HASH", "RELA", "JMPREL", "INIT_ARRAY", "FINI_ARRAY", "INIT", "FINI",
            "VERSYM", "VERNEED", "VERDEF", "PLTGOT"):
    word = "string table lies outside" if tag == "STRTAB" else "DT_%s points outside" % tag
    refused("R36 DT_%s outside" % tag, word, dynamic(**{tag: FAR}))
    if tag not in ("INIT", "FINI", "PLTGOT", "STRTAB"):
        # in the zeroed part: memory, but none of the file
        refused("R36 DT_%s at its odd end" % tag, "DT_%s " % tag, dynamic(**{tag: end - 2 | 1}))
for tag in ("STRSZ", "RELASZ", "PLTRELSZ", "INIT_ARRAYSZ", "FINI_ARRAYSZ"):
    refused("R36 DT_%s of all memory" % tag, "outside every PT_LOAD", dynamic(**{tag: 2**64 - 8}))
refused("R36 no DT_STRTAB", "no dynamic string table", retag("STRTAB"))
refused("R36 no DT_STRSZ", "no dynamic string table", retag("STRSZ"))
refused("R36 no DT_SYMTAB", "no dynamic symbol table", retag("SYMTAB"))
refused("R36 no DT_SYMENT", "wrong entry size", retag("SYMENT"))
refused("R36 no DT_RELASZ", "DT_RELA without its size", retag("RELASZ"))
refused("R36 no DT_RELAENT", "wrong entry size", retag("RELAENT"))
refused("R36 no DT_INIT_ARRAYSZ", "without its size", retag("INIT_ARRAYSZ"))
refused("R36 no DT_PLTRELSZ", "without its size", retag("PLTRELSZ"))
refused("R36 no DT_PLTREL", "not all there", retag("PLTREL"))
refused("R36 no DT_JMPREL", "not all there", retag("JMPREL"))
refused("R36 no DT_VERSYM", "without DT_VERSYM", retag("VERSYM"))
refused("R36 no DT_VERNEED and no DT_VERDEF", "the last is 0", both(retag("VERNEED"), retag("VERDEF", "CHECKSUM")))
refused("R36 DT_SYMENT of 16", "wrong entry size", dynamic(SYMENT=16))
refused("R36 DT_RELAENT of 0", "wrong entry size", dynamic(RELAENT=0))
refused("R36 DT_RELASZ inside a relocation", "ends inside a relocation", lambda elf: elf.dynamic(
    RELASZ=elf.value("RELASZ") - 8))
refused("R36 DT_PLTRELSZ inside a relocation", "ends inside a relocation", lambda elf: elf.dynamic(
    PLTRELSZ=elf.value("PLTRELSZ") - 8))
refused("R36 DT_PLTREL of another kind", "DT_PLTREL", dynamic(PLTREL=17))
refused("R36 DT_PLTREL of no kind", "DT_PLTREL", dynamic(PLTREL=9))
refused("R36 DT_REL on a machine of DT_RELA", "DT_REL,",
        lambda elf: (elf.add("REL", elf.value("RELA")), elf.add("RELSZ", 16), elf.add("RELENT", 16)))
refused("R36 DT_RELACOUNT of more than are relative", "begins with", lambda elf: elf.dynamic(
    RELACOUNT=elf.value("RELACOUNT") + 1))
refused("R36 DT_STRTAB in PT_DYNAMIC", "overlaps PT_DYNAMIC", lambda elf: elf.dynamic(
    STRTAB=elf.segment("DYNAMIC")["vaddr"]))
refused("R36 names that do not end", "does not end in a zero byte", lambda elf: elf.dynamic(
    STRSZ=elf.value("STRSZ") - 1))
refused("R41 DT_TEXTREL", "DT_TEXTREL", add("TEXTREL"), "ELF_UNSAFE")
refused("R44 DT_PREINIT_ARRAY", "DT_PREINIT_ARRAY",
        lambda elf: (elf.add("PREINIT_ARRAY", elf.value("INIT_ARRAY")), elf.add("PREINIT_ARRAYSZ", 8)),
        "ELF_UNSAFE")
for tag in ("AUDIT", "DEPAUDIT", "FILTER", "AUXILIARY", "CONFIG"):
    refused("R44 DT_%s" % tag, "DT_%s" % tag, lambda elf, tag=tag: elf.add(tag, elf.value("SONAME")), "ELF_UNSAFE")
refused("R44 DF_1_INTERPOSE", "DF_1_INTERPOSE", add("FLAGS_1", 0x400), "ELF_UNSAFE")
refused("R44 DF_1_LOADFLTR", "DF_1_LOADFLTR", add("FLAGS_1", 0x10), "ELF_UNSAFE")
refused("R45 DF_1_PIE", "a program (DF_1_PIE)", add("FLAGS_1", 0x8000000))
harmless("a tag that nobody knows", "the dynamic linker passes over tags that it does not know",
         add(0x60001234, 2**64 - 1))
harmless("DT_DEBUG in a library", "the dynamic linker fills it in for programs alone", add("DEBUG", FAR))
harmless("a checksum that is wrong", "nobody compares DT_CHECKSUM", add("CHECKSUM", 0xbad))
harmless("DT_VERNEEDNUM and DT_VERDEFNUM of 9999", "the lists end where they say, and the numbers are not read",
         dynamic(VERNEEDNUM=9999, VERDEFNUM=9999))
harmless("DT_RELACOUNT of 0", "it saves time, and the relocations are applied by their types then",
         dynamic(RELACOUNT=0))
harmless("entries behind DT_NULL", "nothing is read behind the first DT_NULL", lambda elf: elf.put(
    elf.segment("DYNAMIC")["offset"] + elf.segment("DYNAMIC")["filesz"] - 16, 8, 0x7ffffffd))
harmless("half a function in DT_INIT_ARRAYSZ", "the size is divided by that of a function, and the rest dropped",
         lambda elf: elf.dynamic(INIT_ARRAYSZ=elf.value("INIT_ARRAYSZ") + 4))
harmless("DT_PLTGOT elsewhere", "it serves lazy binding, and everything is bound at once",
         lambda elf: elf.dynamic(PLTGOT=data["vaddr"]))
harmless("no DT_HASH", "there is DT_GNU_HASH, which is the one that glibc takes", retag("HASH"))

# ---- hash tables --------------------------------------------------------------------------------


def old(elf):
    return elf.table("HASH")


def gnu(elf):
    return elf.table("GNU_HASH")


def gnu_buckets(elf):
    return gnu(elf) + 16 + 8 * elf.get(gnu(elf) + 8, 4)


def gnu_chains(elf):
    return gnu_buckets(elf) + 4 * elf.get(gnu(elf), 4)


def last_chain(elf):
    return gnu_chains(elf) + 4 * (elf.symbol_count() - 1 - elf.get(gnu(elf) + 4, 4))


def endless(elf):
    """No chain ends: the words that say so are cleared to the end of the segment."""
    at, last = gnu_chains(elf), elf.at(0) + elf.segment("LOAD", FIRST)["filesz"]
    for place in range(at, last - 3, 4):
        elf.put(place, 4, elf.get(place, 4) & ~1)


refused("R36 a bucket of DT_HASH beyond the symbols", "DT_HASH names symbol", put(lambda elf: old(elf) + 8, 4, 5000))
refused("R36 a chain of DT_HASH beyond the symbols", "DT_HASH names symbol",
        put(lambda elf: old(elf) + 8 + 4 * elf.get(old(elf), 4) + 4, 4, 0xffffffff))
refused("R36 a chain of DT_HASH that goes round", "comes back to itself",
        lambda elf: [elf.put(old(elf) + 8 + 4 * (elf.get(old(elf), 4) + number), 4, 3) for number in (1, 3)])
refused("R36 buckets of DT_HASH beyond the file", "DT_HASH reaches out", put(old, 4, 100000))
refused("R36 4,000,000,000 buckets in DT_HASH", "DT_HASH has more", put(old, 4, 4 * 10**9))
refused("R36 4,000,000,000 symbols in DT_HASH", "DT_HASH has more", put(lambda elf: old(elf) + 4, 4, 4 * 10**9))
refused("R36 two hash tables that count differently", "by DT_HASH",
        put(lambda elf: last_chain(elf), 4, lambda elf: elf.get(last_chain(elf), 4) & ~1))
refused("R36 no filter in DT_GNU_HASH", "the filter of DT_GNU_HASH", put(lambda elf: gnu(elf) + 8, 4, 0))
refused("R36 a filter of three words", "the filter of DT_GNU_HASH", put(lambda elf: gnu(elf) + 8, 4, 3))
refused("R36 a filter of 2^31 words", "DT_GNU_HASH reaches out", put(lambda elf: gnu(elf) + 8, 4, 2**31))
refused("R36 4,000,000,000 buckets in DT_GNU_HASH", "DT_GNU_HASH has more", put(gnu, 4, 4 * 10**9))
refused("R36 1,000,000 buckets in DT_GNU_HASH", "DT_GNU_HASH reaches out", put(gnu, 4, 10**6))
refused("R36 a bucket of DT_GNU_HASH beyond the chains", "DT_GNU_HASH", put(gnu_buckets, 4, 10**9))
refused("R36 a bucket of DT_GNU_HASH before the chains", "names symbol 1, the first is",
        both(put(lambda elf: gnu(elf) + 4, 4, 10**6), put(gnu_buckets, 4, 1)))
refused("R36 chains of DT_GNU_HASH that do not end", "does not end", endless)
harmless("no buckets in DT_HASH", "glibc takes DT_GNU_HASH where there is one",
         lambda elf: [elf.put(old(elf) + 8 + 4 * bucket, 4, 0) for bucket in range(elf.get(old(elf), 4))])

# ---- symbols and names --------------------------------------------------------------------------


def of(name, place):
    return lambda elf: elf.symbol(name) + place


refused("R36 a symbol whose name is beyond the names", "is not in DT_STRTAB", put(of("twice", 0), 4, 10**6))
refused("R36 an import whose name is beyond the names", "is not in DT_STRTAB", put(of("qsort", 0), 4, 2**32 - 1))
refused("R36 a function outside the plugin", "lies outside every PT_LOAD", put(of("twice", 8), 8, FAR))
refused("R36 a variable before the plugin", "lies outside every PT_LOAD", put(of("filled", 8), 8, 2**64 - 4096))
refused("R36 a chooser (IFUNC) in the data", "is not in its code",
        put(of("chosen", 8), 8, lambda elf: elf.get(elf.symbol("filled") + 8, 8)))
refused("R36 a thread's variable outside PT_TLS", "outside PT_TLS", put(of("counted", 8), 8, 10**6))
harmless("sizes of functions", "the dynamic linker copies variables by their sizes, and looks at no other",
         put(of("twice", 16), 8, 2**63))
harmless("a function in another section", "which section a symbol is in is not asked, only whether it is in one",
         put(of("twice", 6), 2, 0xfe00))

# ---- versions -----------------------------------------------------------------------------------


def versions(tag, place):
    return lambda elf: elf.table(tag) + place


refused("R36 a symbol of a version that is not there", "the last is",
        put(lambda elf: elf.table("VERSYM") + 2 * elf.symbol_number("qsort"), 2, 0x7ffe))
refused("R36 DT_VERNEED that goes on outside", "DT_VERNEED", put(versions("VERNEED", 12), 4, 2**31))
refused("R36 DT_VERNEED whose versions are outside", "DT_VERNEED", put(versions("VERNEED", 8), 4, 2**32 - 4))
refused("R36 DT_VERNEED of an unknown version", "unknown version", put(versions("VERNEED", 0), 2, 2))
refused("R36 DT_VERNEED of a library without a name", "not in DT_STRTAB", put(versions("VERNEED", 4), 4, 10**6))
refused("R36 DT_VERNEED of a library that is not needed", "which is not needed",
        put(versions("VERNEED", 4), 4, lambda elf: elf.value("SONAME")))
refused("R36 a version needed without a name", "not in DT_STRTAB", put(versions("VERNEED", 16 + 8), 4, 10**6))
refused("R36 DT_VERDEF that goes on outside", "DT_VERDEF", put(versions("VERDEF", 16), 4, 2**31))
refused("R36 DT_VERDEF whose names are outside", "DT_VERDEF", put(versions("VERDEF", 12), 4, 2**32 - 4))
refused("R36 DT_VERDEF of an unknown version", "unknown version", put(versions("VERDEF", 0), 2, 7))
refused("R36 a version defined without a name", "not in DT_STRTAB", put(
    lambda elf: elf.table("VERDEF") + elf.get(elf.table("VERDEF") + 12, 4), 4, 10**6))
harmless("how many versions an entry has", "the versions end where they say, and their number is not read",
         put(versions("VERNEED", 2), 2, 999))

# ---- relocations --------------------------------------------------------------------------------

RELATIVE, WORD, GLOB_DAT, DTPMOD, TPOFF, IRELATIVE, COPY, PAIR, PC32 = 8, 1, 6, 16, 18, 37, 5, 36, 2


def relocation(kind, place, width, value, table="RELA"):
    return put(lambda elf: elf.relocations(table, kind)[0] + place, width, value)


for kind, name, table in ((RELATIVE, "relative", "RELA"), (WORD, "of a symbol", "RELA"),
                          (IRELATIVE, "indirect", "JMPREL"), (TPOFF, "of a thread", "RELA")):
    refused("R39 a relocation %s outside" % name, "outside every PT_LOAD", relocation(kind, 0, 8, FAR, table))
    refused("R39 a relocation %s in its own code" % name, "which is not writable",
            relocation(kind, 0, 8, code["vaddr"], table))
refused("R39 a call's relocation outside", "outside every PT_LOAD", relocation(7, 0, 8, 2**64 - 8, "JMPREL"))
refused("R39 a call's relocation in the names", "which is not writable",
        relocation(7, 0, 8, lambda elf: elf.value("STRTAB"), "JMPREL"))
refused("R39 a relocation across the end", "outside every PT_LOAD", relocation(RELATIVE, 0, 8, end - 3))
refused("R39 a relocation in PT_DYNAMIC", "in the tables",
        relocation(RELATIVE, 0, 8, lambda elf: elf.segment("DYNAMIC")["vaddr"] + 8))
for kind, name in ((RELATIVE, "relative"), (GLOB_DAT, "of a slot"), (WORD, "of a word")):
    # behind others, which are where they may be
    for what, place in (("that begins before PT_DYNAMIC", lambda part: part["vaddr"] - 4),
                        ("behind others in PT_DYNAMIC", lambda part: part["vaddr"]),
                        ("at the end of PT_DYNAMIC", lambda part: part["vaddr"] + part["memsz"] - 4)):
        refused("R39 a relocation %s %s" % (name, what), "in the tables",
                put(lambda elf, kind=kind: elf.relocations("RELA", kind)[-1], 8,
                    lambda elf, place=place: place(elf.segment("DYNAMIC"))))
refused("R39 a relocation of symbol 16,000,000", "a relocation names symbol", relocation(WORD, 12, 4, 16000000))
refused("R39 a relocation of the symbol behind the last", "a relocation names symbol",
        relocation(WORD, 12, 4, lambda elf: elf.symbol_count()))
refused("R39 a call of symbol 16,000,000", "a relocation names symbol",
        relocation(7, 12, 4, 16000000, "JMPREL"))
refused("R39 a relocation of an unknown type", "unknown type", relocation(RELATIVE, 8, 4, 200))
refused("R39 a relocation for static linking", "unknown type", relocation(GLOB_DAT, 8, 4, 9))
refused("R39 a variable copied into a library", "copies a variable", relocation(GLOB_DAT, 8, 4, COPY))
refused("R39 an indirect relocation that calls the data", "is not in its code",
        relocation(IRELATIVE, 16, 8, data["vaddr"], "JMPREL"))
refused("R39 an indirect relocation that calls elsewhere", "is not in its code", relocation(IRELATIVE, 16, 8, FAR, "JMPREL"))
refused("R36 a constructor outside", "is not in its code",
        put(lambda elf: [at for at in elf.relocations("RELA", RELATIVE) if elf.get(at, 8) == elf.value(
            "INIT_ARRAY")][0] + 16, 8, FAR))
refused("R36 a constructor in the data", "is not in its code",
        put(lambda elf: [at for at in elf.relocations("RELA", RELATIVE) if elf.get(at, 8) == elf.value(
            "INIT_ARRAY")][0] + 16, 8, data["vaddr"]))
refused("R36 a destructor outside", "is not in its code",
        put(lambda elf: [at for at in elf.relocations("RELA", RELATIVE) if elf.get(at, 8) == elf.value(
            "FINI_ARRAY")][0] + 16, 8, 2**64 - 16))
refused("R36 DT_INIT_ARRAY longer than its functions", "is not in its code", lambda elf: elf.dynamic(
    INIT_ARRAYSZ=elf.value("INIT_ARRAYSZ") + 24))
refused("R36 a constructor that no relocation fills", "no relocation fills", both(
    put(lambda elf: [at for at in elf.relocations("RELA", RELATIVE) if elf.get(at, 8) == elf.value(
        "INIT_ARRAY")][0] + 8, 8, 0), dynamic(RELACOUNT=0)))
refused("R36 a relocation across two constructors", "across the functions",
        put(lambda elf: [at for at in elf.relocations("RELA", RELATIVE) if elf.get(at, 8) == elf.value(
            "INIT_ARRAY")][0], 8, lambda elf: elf.value("INIT_ARRAY") + 4))
refused("R36 a relocation that begins before the constructors", "across the functions",
        put(lambda elf: elf.relocations("RELA", WORD)[-1], 8, lambda elf: elf.value("INIT_ARRAY") - 4))
refused("R36 a pair that begins before the constructors", "across the functions",
        put(lambda elf: elf.relocations("RELA", WORD)[-1], 12, lambda elf: (elf.value("INIT_ARRAY") - 8) | PAIR << 64))
refused("R36 a pair in a constructor", "across the functions",
        put(lambda elf: elf.relocations("RELA", WORD)[-1], 12, lambda elf: elf.value("INIT_ARRAY") | PAIR << 64))
refused("R36 half a word in a constructor", "across the functions",
        put(lambda elf: elf.relocations("RELA", WORD)[-1], 12, lambda elf: elf.value("INIT_ARRAY") | PC32 << 64))
refused("R36 DT_INIT in the data", "DT_INIT is not in its code", dynamic(INIT=data["vaddr"]))
refused("R36 DT_INIT in the names", "DT_INIT is not in its code", lambda elf: elf.dynamic(INIT=elf.value("STRTAB")))
refused("R36 DT_FINI in the header", "DT_FINI is not in its code", dynamic(FINI=0))
refused("R39 relocations that lie where they write", "in the tables", lambda elf: (
    elf.data.__setitem__(slice(elf.at(data["vaddr"]), elf.at(data["vaddr"]) + 24),
                         data["vaddr"].to_bytes(8, "little") + words(RELATIVE, 0) + bytes(8)),
    elf.dynamic(RELA=data["vaddr"], RELASZ=24)))
harmless("a relocation of no type", "R_X86_64_NONE is passed over, wherever it points to",
         # the first that is not relative, of a symbol that need not be there
         both(relocation(GLOB_DAT, 0, 8, FAR), relocation(GLOB_DAT, 8, 8, 0)))

# ---- notes --------------------------------------------------------------------------------------


def module(place):
    return lambda elf: elf.note(b"modseal") + place


refused("R36 a module note longer than its PT_NOTE", "module note", put(module(4), 4, 2**31))
refused("R36 a module note of an unknown type", "unknown type", put(module(8), 4, 0x1234))
refused("R36 a module note of an unknown format", "unknown format", put(module(20), 2, 9))
refused("R36 a module note that says another size", "it says that it has", put(module(22), 2, 8))
refused("R36 a module note with critical flags", "unknown critical flag", put(module(24), 4, 1))
refused("R36 a module note whose owner ends early", "owner begins like", put(module(0), 4, 7))
refused("R36 a module note that is hidden", "cannot be read to its end",
        put(lambda elf: elf.segments("NOTE")[0] + 48, 8, 16))
refused("R36 a note in front of the module note that has no end", "cannot be read to its end",
        put(lambda elf: elf.note(b"GNU") + 4, 4, 2**31))
harmless("a build ID of another type", "nobody asks for the build ID", put(lambda elf: elf.note(b"GNU") + 8, 4, 77))
harmless("a module note of another owner", "it is nobody's, so the plugin has none: whoever wants a version refuses it",
         put(module(12 + 7), 1, ord("x")))

# ---- packed relative relocations ----------------------------------------------------------------


def packed(place, width, value):
    return put(lambda elf: elf.table("RELR") + place, width, value)


if PACKED:
    refused("R36 DT_RELR outside", "DT_RELR points outside", dynamic(RELR=FAR), base=PACKED)
    refused("R36 no DT_RELRSZ", "DT_RELR without its size", retag("RELRSZ"), base=PACKED)
    refused("R36 DT_RELRENT of 16", "wrong entry size", dynamic(RELRENT=16), base=PACKED)
    refused("R36 DT_RELRSZ inside an entry", "DT_RELR ends inside", dynamic(RELRSZ=12), base=PACKED)
    refused("R39 DT_RELR that begins with a bitmap", "begins with a bitmap", packed(0, 8, 3), base=PACKED)
    refused("R39 DT_RELR that writes outside", "outside every PT_LOAD", packed(0, 8, FAR), base=PACKED)
    refused("R39 DT_RELR that writes into the code", "which is not writable", packed(0, 8, code["vaddr"]), base=PACKED)
    refused("R39 DT_RELR that writes into PT_DYNAMIC", "in the tables", packed(
        8, 8, lambda elf: elf.segment("DYNAMIC")["vaddr"]), base=PACKED)
    refused("R39 DT_RELR whose bitmap goes into PT_DYNAMIC", "in the tables",
            both(packed(0, 8, lambda elf: elf.segment("DYNAMIC")["vaddr"] - 16), packed(8, 8, 2**64 - 1)), base=PACKED)
    refused("R39 DT_RELR whose bitmap goes outside", "outside every PT_LOAD",
            both(packed(0, 8, Elf(PACKED).segment("LOAD", DATA)["vaddr"] + Elf(PACKED).segment("LOAD", DATA)[
                "memsz"] - 8 & ~7), packed(8, 8, 2**64 - 1)), base=PACKED)
    refused("R39 DT_RELR whose addresses do not rise", "do not rise",
            both(lambda elf: elf.dynamic(RELRSZ=16), packed(8, 8, lambda elf: elf.get(elf.table("RELR"), 8))), base=PACKED)
    refused("R36 DT_RELR that leaves a constructor out", "no relocation fills",
            both(lambda elf: elf.dynamic(RELRSZ=8),
                 packed(0, 8, lambda elf: elf.value("INIT_ARRAY") + 8)), base=PACKED)
    refused("R36 DT_RELR with a constructor outside", "is not in its code",
            put(lambda elf: elf.table("INIT_ARRAY"), 8, FAR), base=PACKED)

with open(FOLDER + "/wanted", "w", encoding="utf-8") as file:
    for line in wanted:
        file.write("\t".join(line) + "\n")
