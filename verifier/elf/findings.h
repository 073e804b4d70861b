/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hygiene can find in an ELF file (R41, R44, R50): the one list that refusals and
 * inspections are worded from.
 */
#ifndef MODSEAL_ELF_FINDINGS_H
#define MODSEAL_ELF_FINDINGS_H

#include "verifier/elf/elf.h"

/* X(id, name, the lowest level that refuses it, what is wrong, what to change in the
 * build), in the order in which they are told. Names are stable: scripts compare them. */
#define MODSEAL_ELF_FINDINGS(X)                                                          \
	X(NO_GNU_STACK, "no-gnu-stack", STANDARD,                                        \
	  "no PT_GNU_STACK, which makes the stack executable",                           \
	  "link with -Wl,-z,noexecstack")                                                \
	X(EXECUTABLE_STACK, "executable-stack", STANDARD,                                \
	  "asks for an executable stack (PT_GNU_STACK)",                                 \
	  "link with -Wl,-z,noexecstack, and mark assembly with .note.GNU-stack")        \
	X(WRITABLE_CODE, "writable-code", STANDARD,                                      \
	  "a PT_LOAD that is writable and executable",                                   \
	  "link without -N, --omagic and linker scripts that mix code and data")         \
	X(TEXT_RELOCATIONS, "text-relocations", STANDARD,                                \
	  "relocations in its code (DT_TEXTREL)",                                        \
	  "compile everything with -fPIC and link with -Wl,-z,text")                     \
	X(AUDIT, "audit", STANDARD, "names an audit library (DT_AUDIT)",                 \
	  "link without -Wl,--audit")                                                    \
	X(DEPENDENCY_AUDIT, "dependency-audit", STANDARD,                                \
	  "names an audit library (DT_DEPAUDIT)", "link without -Wl,--depaudit")         \
	X(FILTER, "filter", STANDARD, "is a filter (DT_FILTER)", "link without -Wl,-F")  \
	X(AUXILIARY_FILTER, "auxiliary-filter", STANDARD,                                \
	  "is an auxiliary filter (DT_AUXILIARY)", "link without -Wl,-f")                \
	X(CONFIGURATION, "configuration", STANDARD,                                      \
	  "names a configuration file (DT_CONFIG)", "link without -Wl,-c")               \
	X(EARLY_FUNCTIONS, "early-functions", STANDARD,                                  \
	  "functions that run before everybody's (DT_PREINIT_ARRAY)",                    \
	  "use constructors instead of .preinit_array")                                  \
	X(INTERPOSITION, "interposition", STANDARD,                                      \
	  "puts its symbols before everybody's (DF_1_INTERPOSE)",                        \
	  "link without -Wl,-z,interpose")                                               \
	X(FILTERS_AT_ONCE, "filters-at-once", STANDARD,                                  \
	  "asks for filters at once (DF_1_LOADFLTR)", "link without -Wl,-z,loadfltr")    \
	X(RELATIVE_INTERPRETER, "relative-interpreter", STANDARD,                        \
	  "its program interpreter is no absolute path",                                 \
	  "link without -Wl,--dynamic-linker")                                           \
	X(LAZY_BINDING, "lazy-binding", HARDENED, "binds symbols lazily",                \
	  "link with -Wl,-z,now")                                                        \
	X(NO_RELRO, "no-relro", HARDENED, "no PT_GNU_RELRO", "link with -Wl,-z,relro")   \
	X(PARTIAL_RELRO, "partial-relro", HARDENED,                                      \
	  "PT_GNU_RELRO does not cover its tables of addresses",                         \
	  "link with -Wl,-z,relro,-z,now")                                               \
	X(SEARCH_PATH, "search-path", HARDENED,                                          \
	  "carries a search path (DT_RPATH or DT_RUNPATH)", "link without -Wl,-rpath")   \
	X(NO_CET, "no-cet", HARDENED,                                                    \
	  "not all of its code is marked for CET (IBT, SHSTK)",                          \
	  "compile everything with -fcf-protection=full and link with "                  \
	  "-Wl,-z,cet-report=error")                                                     \
	X(NO_BTI, "no-bti", HARDENED, "not all of its code is marked for BTI",           \
	  "compile everything with -mbranch-protection=standard and link with "          \
	  "-Wl,-z,force-bti")

#define MODSEAL_ELF_FINDING_ID(id, name, level, what, remedy) MODSEAL_ELF_##id,
enum modseal_elf_finding_id {
	MODSEAL_ELF_FINDINGS(MODSEAL_ELF_FINDING_ID) MODSEAL_ELF_FINDING_COUNT
};
#undef MODSEAL_ELF_FINDING_ID
/* a set of them is a uint32_t */
_Static_assert(MODSEAL_ELF_FINDING_COUNT <= 32, "too many findings for a set");

struct modseal_elf_finding {
	const char *name;
	enum modseal_elf_level level;
	const char *what;
	const char *remedy;
};

/* The finding of a set at an index, in the order of the list; NULL: there are no more. */
const struct modseal_elf_finding *modseal_elf_finding_at(uint32_t found, size_t index);

#endif
