/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal-process: looks at what is in a process already. Nothing here loads, unloads or
 * changes anything; what is found is judged by the policy in force.
 */
#ifndef MODSEAL_PROCESS_H
#define MODSEAL_PROCESS_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#define modseal modseal_handle
#endif

/* ---- this process ----------------------------------------------------------------- */

/*
 * Judges the process again, as modseal_open and modseal_load do: everything mapped
 * executable in it, and everything its dynamic linker has loaded, must be there because
 * the program needed it, because modseal loaded it, or because the policy's
 * process.preload lists it. So it finds what came in since: a library's own dlopen
 * (iconv, name services, its plugins), a debugger's or profiler's, code made in memory.
 * What was judged before is recognized, and not judged again.
 *
 * It finds; it cannot undo: code of a stranger has run by then. A host calls it before it
 * does what matters, or from a timer, and ends the process where it fails.
 *
 * Threads: may be called at any time from any thread, except from a handler of a signal;
 * it waits while another thread loads.
 *
 * Errors: PROCESS_UNVERIFIED (the object is the stranger, the message says how it came
 * in), STALE_OBJECT, and every code of modseal_verify for objects of the process;
 * ARGUMENT (no context, or one opened with MODSEAL_OPEN_CHECK_ONLY, which may look at
 * files of another system: nothing here was ever judged by it); RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_check_process(struct modseal *context,
							 struct modseal_error *error);

/*
 * One place that the dynamic linker filled and that does not lead where it may: told to
 * the visitor, and gone when it returns. No text and no number is an address.
 */
struct modseal_binding {
	const char *image;	/* real path of the image that the place is in */
	uint64_t slot;		/* where: bytes from where the image begins in memory */
	const char *relocation; /* "JUMP_SLOT", ...; "RELR"; "PLTGOT" */
	const char *symbol;	/* the symbol it is for, or "" */
	/* What it leads to: a file's path, "anonymous memory", "[stack]", "nothing". */
	const char *target;
	uint64_t target_offset; /* bytes from where that file begins in memory, else 0 */
	uint64_t reserved[4];
};
/* A non-zero return ends the audit and becomes the result of the call. */
typedef int modseal_binding_visit(void *argument, const struct modseal_binding *binding);

/* What an audit looked at; written whatever its result is. */
struct modseal_bindings {
	uint64_t images;   /* approved images whose relocations were read */
	uint64_t slots;	   /* places with an address that were judged */
	uint64_t writable; /* of them those that a program may change */
	uint64_t foreign;  /* of them those that lead where they may not */
	/* Images that could not be looked at, because their files were replaced and the
	 * policy tolerates that. */
	uint64_t unseen;
	uint64_t reserved[3];
};

/*
 * Binding audit: does everything that the dynamic linker bound still lead into approved
 * images? Judged is each place that a relocation of an approved image fills (x86-64 and
 * aarch64), by the value that is in memory now. Which places there are is read out of the
 * bytes that were approved, not out of memory. module: one module and what it needs;
 * NULL: all approved images of the process, the program itself included.
 *
 *	functions of the PLT, IFUNCs, TLS descriptors: into the code of an approved
 *	image (or for the clock functions the kernel's vDSO, which libc chooses);
 *	the GOT, and addresses in RELRO: into an approved image;
 *	other addresses in data, which a program may change at any time: anywhere but
 *	into code that is not of an approved image.
 *
 * A weak symbol that nothing defines may be 0. Numbers (offsets and sizes, of
 * thread-local variables for example) are not judged, nor what the program stored itself
 * in places that no relocation fills, such as pointers in the heap; nor whether a place
 * leads to the right function of an approved image.
 *
 * It finds; it cannot undo: what was called through a foreign place has run.
 *
 * visit: is told each finding while the loader's lock is held, so it must not wait for
 * another thread that loads; may be NULL. ret_count: may be NULL; filled also where
 * something was found.
 *
 * Errors: BINDING_FOREIGN (object: the image of the first finding; symbol: its symbol);
 * NOT_LOADED; ARGUMENT (nothing approved yet); UNSUPPORTED (another
 *machine); ELF_MALFORMED (a file of the program's own was changed since it was approved);
 *RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_check_bindings(struct modseal_module *module, modseal_binding_visit *visit,
		       void *argument, struct modseal_bindings *ret_count,
		       struct modseal_error *error);

/*
 * Compares what is mapped of loaded images with the bytes that were approved: every page
 * of every segment that is not writable must be mapped from the approved file, hold
 * exactly its bytes, and be no more writable than it should be; nor may RELRO be writable
 * (what it leads to is for modseal_check_bindings). A single byte that was changed, by
 * whatever way (mprotect(2), ptrace(2), /proc/PID/mem), is found: so a debugger's
 * breakpoint is, too. module: one module and what it needs; NULL: all images that modseal
 * loaded. Libraries that the program itself brought are not compared.
 *
 * ret_bytes: how many bytes of these segments were compared; may be NULL.
 *
 * Errors: MEMORY_CHANGED (object: the image; the message says at which offset from where
 * the image begins), NOT_LOADED, RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_recheck(struct modseal_module *module,
						   uint64_t *ret_bytes,
						   struct modseal_error *error);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
