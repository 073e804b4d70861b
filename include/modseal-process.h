/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal-process: looks at what is in a process already, this one or another. Nothing
 * here loads, unloads or changes anything; what is found is judged by the policy in
 * force.
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
 * another thread that loads, and what it would load, unload or judge itself is refused
 * with ARGUMENT; may be NULL. ret_count: may be NULL; filled also where
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

/* ---- other processes ---------------------------------------------------------------
 */

/* Refuse also what the policy approves but the program neither needs nor modseal loaded
 * (its own dlopen: plugins, name services), unless process.preload lists it: what
 * modseal_check_process says of a process that loads through modseal. */
#define MODSEAL_RUNNING_STRICT 0x1u

/* One file, or piece of memory, that a process has mapped executable. Texts are escaped
 * as those of struct modseal_error, and live until the visitor returns. */
struct modseal_running_image {
	/* As the kernel names it, which is where it lies, or lay. */
	const char *path;
	/* What it is there for: "program", "needed" (by the program, or by what it
	 * needs), "preload" (process.preload lists it), "sealed" (a memory copy that
	 * modseal made), "opened" (by the program itself), "memory" (of no file),
	 * "kernel". */
	const char *origin;
	const struct modseal_verdict *verdict; /* of its file; NULL where there is none */
	const struct modseal_error *refusal;   /* NULL: nothing speaks against it */
	const char *remark;		       /* or NULL */
	uint64_t reserved[4];
};

/* What was found out about one process; lives until the visitor returns. */
struct modseal_running {
	pid_t pid;
	uint32_t user;	     /* the effective user it runs as */
	const char *program; /* the path of what the kernel started, or "" */
	const char *command; /* the name it gives itself, or "" */
	/* NULL: every image is approved. Else the first refusal, or why the process, or
	 * an image, could not be judged. */
	const struct modseal_error *error;
	const struct modseal_running_image *images;
	size_t image_count;
	size_t done;  /* processes before this one */
	size_t total; /* that are looked at in all */
	uint64_t reserved[4];
};
/* A non-zero return ends the look and becomes the result of the call. */
typedef int modseal_running_visit(void *argument, const struct modseal_running *process);

/* Counts of processes; written whatever the result is. */
struct modseal_running_count {
	uint64_t approved;
	uint64_t refused;
	uint64_t undecided; /* looked at, but not or not wholly judged */
	uint64_t unseen;    /* of all processes those that this one may not look at */
	uint64_t vanished;  /* of all processes those that ended meanwhile */
	uint64_t reserved[3];
};

/*
 * Judges processes from outside, by what is mapped executable in them: each file must be
 * approved by the policy where it lies (the program as such, others as libraries), and be
 * the very file that is mapped; no page of it may have been changed in memory; a memory
 * copy that modseal made must hold the bytes that the policy approves; what LD_PRELOAD,
 * /etc/ld.so.preload or LD_AUDIT brought must be needed or listed in process.preload;
 * memory of no file follows process.anonymous-executable. A file is read once in a call.
 * What audit mode would let through is told as refused: nothing is let through here.
 *
 * It shows a moment. A process that was taken over can hide what it does not run just
 * then, and nobody can see from outside what it did before.
 *
 * pids: numbers of processes as this one sees them; count 0: all but threads of the
 * kernel. Root, or CAP_SYS_PTRACE with CAP_CHECKPOINT_RESTORE, sees all; others see what
 * they own, and of that not memory copies, nor files on a file system without a device of
 * its own (btrfs, overlay, tmpfs): that is undecided. visit: is told of each process, one
 * after the other, unless it may not be looked at, or has ended, and was not asked for;
 * may be NULL. ret_count: may be NULL.
 *
 * Threads: may be called at any time; calls do not wait for each other.
 *
 * Errors: that of the first process that is not approved, as in its struct
 * modseal_running: PROCESS_UNVERIFIED, STALE_OBJECT, MEMORY_CHANGED, NOT_SEALED, and
 * every code of modseal_check for files; NOT_FOUND (no such process, or it has ended),
 * UNSUPPORTED (a thread of the kernel; a file whose mapping proves nothing), SYSTEM (no
 * right to look; with count 0 also where some could not be seen). ARGUMENT (no context,
 * or one with a root_directory; unknown flags; a number below 1); RESOURCE. Not in a
 * library made with VERIFY_ONLY=1.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_check_running(struct modseal *context, const pid_t *pids, size_t count,
		      uint32_t flags, modseal_running_visit *visit, void *argument,
		      struct modseal_running_count *ret_count,
		      struct modseal_error *error);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
