/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal: decides whether the bytes of a shared library may run, and maps exactly those.
 *
 *	struct modseal_options options = { .version = MODSEAL_OPTIONS_VERSION };
 *	modseal_open(&options, &context, &error);
 *	modseal_verify(context, "libfoo.so", &image, &error);
 *	modseal_load(image, 0, &module, &error);
 *	modseal_symbol(module, "foo", &address, &error);
 *
 * Every call that can fail returns 0 or a negative MODSEAL_E_* (modseal-errors.h), writes
 * its ret_ argument only on success, and fills *error if error is not NULL. Both "no" and
 * "could not decide" are failures: nothing was mapped, no code of the file has run.
 *
 * Threads: a context may be used by any number of threads at once. Handles may be handed
 * from thread to thread, but one handle must not be freed while another thread uses it.
 * A thread that is cancelled (pthread_cancel(3)) in a call of this header that opens,
 * reloads, checks, verifies, loads or unloads ends when that has its answer.
 *
 * Lifetimes: an image, a module and a verdict stay valid after their context is freed.
 * Strings returned by an accessor live as long as the object they were asked of.
 */
#ifndef MODSEAL_H
#define MODSEAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "modseal-errors.h"

/* In C++ modseal is a namespace (modseal.hpp), and the struct is called modseal_handle.
 */
#ifdef __cplusplus
extern "C" {
#define modseal modseal_handle
#endif

#define MODSEAL_API	   __attribute__((visibility("default")))
#define MODSEAL_MUST_CHECK __attribute__((warn_unused_result))

struct modseal;		/* a context: one policy in force */
struct modseal_verdict; /* what was decided about one file, and why */
struct modseal_image;	/* an approved file with its approved dependencies, sealed */
struct modseal_module;	/* a loaded image */

/* ---- errors ---------------------------------------------------------------------- */

/*
 * What went wrong, in a struct of the caller. All texts end with NUL, have control bytes
 * and bytes that are not UTF-8 escaped as \xNN, and contain no secret and no address.
 */
struct modseal_error {
	int32_t code;	      /* MODSEAL_OK or MODSEAL_E_* */
	int32_t stage;	      /* enum modseal_stage: the step that refused */
	int32_t system_errno; /* errno of a failed system call, else 0 */
	uint32_t rule_line;   /* line of the rule that decided in the policy, else 0 */
	char object[4096];    /* the file or thing it is about, or "" */
	char symbol[256];     /* the symbol it is about, or "" */
	char digest[144];     /* as modseal_verdict_digest, where it was known, or "" */
	char supplement[72];  /* the supplement whose rule that was, or "" */
	char message[1024];   /* what is wrong, one clause */
	char remedy[512];     /* what the user can do about it */
	/* Where a policy is wrong, both from 1, columns count characters; 0: no such
	 * place, or only its line is known. */
	uint32_t line;
	uint32_t column;
	/* That line as it can be printed, tabs as spaces, cut where it is long, or "";
	 * and the column of a terminal, from 1, in which a caret below it points at the
	 * place (0: none). */
	uint32_t caret;
	char excerpt[252];
	/* 1: of a file that a rule is for which enforces, though the policy may audit
	 * (modseal_guard_use) */
	uint32_t enforced;
	uint32_t reserved32;
	uint64_t reserved[7];
};

/* The stable name of a code ("SIGNATURE_INVALID"; 0 is "OK"), of a stage, and the exit
 * value of a code as documented in modseal-errors.h. Unknown values: "INTERNAL", 3. */
MODSEAL_API const char *modseal_code_name(int code);
MODSEAL_API const char *modseal_code_sentence(int code);
MODSEAL_API int modseal_code_exit(int code);
MODSEAL_API const char *modseal_stage_name(int stage);

/* Makes a text that somebody else chose, such as the name of a file, safe to print: into
 * a buffer of size bytes, with what a terminal or an editor would act upon instead of
 * showing it (controls of C0 and C1, separators of lines, bidirectional controls,
 * non-characters) and all that is not UTF-8 as \xNN, byte for byte. So are all texts of a
 * struct modseal_error. Ends with NUL, cut before what has no room; size 0: does nothing.
 */
MODSEAL_API void modseal_escape(char *buffer, size_t size, const char *text);

/* The version of the library, "MAJOR.MINOR.PATCH". */
MODSEAL_API const char *modseal_version(void);

/* ---- contexts -------------------------------------------------------------------- */

#define MODSEAL_OPTIONS_VERSION 1u

/* The context only checks: the process gate does not run, modseal_verify and modseal_load
 * refuse with MODSEAL_E_ARGUMENT. For tools that judge files without loading them. */
#define MODSEAL_OPEN_CHECK_ONLY 0x1u
/* The policy's own files (policy, signature, certificates, anchors) may also belong to
 * the effective user of the process, not only to root. Refused in secure execution. */
#define MODSEAL_OPEN_CALLER_OWNED 0x2u
/* Fail where a catalog or supplement that the policy names is not good: missing, not or
 * badly signed, too old. Without this flag the context opens, and files of the rules that
 * name it are refused for that reason: one vendor's mistake does not stop everything.
 * modseal_reload and modseal_policy_install are always strict. */
#define MODSEAL_OPEN_STRICT 0x4u

/* Only kernel modules are loaded, by modseal-kernel.h: the process gate, which guards the
 * process that libraries are loaded into, does not run, and modseal_verify refuses with
 * MODSEAL_E_ARGUMENT. The policy then need not know this program and its libraries. */
#define MODSEAL_OPEN_KERNEL_ONLY 0x8u

/* Certificates or other bytes given by the caller; must live until the call returns. */
struct modseal_buffer {
	const void *data;
	size_t size; /* bytes */
};

/* How a context is opened. Zero in every member means the default. */
struct modseal_options {
	uint32_t version; /* MODSEAL_OPTIONS_VERSION */
	uint32_t flags;	  /* MODSEAL_OPEN_* */
	/* The policy file. Links to it are followed first; its signature is its real name
	 * with ".p7s", and what it names is looked up beside that.
	 * Default: the built-in place, /etc/modseal/policy.yaml. */
	const char *policy_path;
	/* The `name` the policy must have, besides being the one its anchor vouches for:
	 * NAME for an anchor NAME.pem of the anchor directory, the built-in name for a
	 * built-in anchor, any for anchors given here. Default: only the latter. */
	const char *policy_name;
	/* Certificates (PEM or DER) of the exact keys that may sign the policy: files, or
	 * bytes. If any is given the anchor directory is not read. With a built-in anchor
	 * both are refused (MODSEAL_E_ARGUMENT). */
	const char *const *anchor_paths;
	size_t anchor_path_count;
	const struct modseal_buffer *anchors;
	size_t anchor_count;
	/* Default: the built-in place, /etc/modseal/anchors.d. */
	const char *anchor_directory;
	/* The root of an image tree: files are judged as they would be if this directory
	 * were `/`, its own owner and mode included. With MODSEAL_OPEN_CHECK_ONLY only.
	 * Every path in a policy and every file asked about is then one of the image, and
	 * so are the built-in places of policy, anchors and state; what these options
	 * name is found where the caller says. Default: the root of the process. */
	const char *root_directory;
	/* Where the rollback state is kept: the highest serials that were installed.
	 * Default: with anchors given here none (verdicts say so); with installed ones,
	 * which need it, the built-in place, /var/lib/modseal. */
	const char *state_directory;
	/* How many threads a call may use at a time, the caller's included: others read
	 * ahead of it and judge what a library needs, with all signals blocked that can
	 * be sent to a process (those of faults are not), and are gone when the call
	 * returns. What is decided, and in which order it is told,
	 * does not depend on it. 1: never another. Default: one for each processor that
	 * the thread that opens the context may run on, at most 8. */
	uint32_t threads;
	uint32_t reserved_threads; /* must be zero, like the others */
	uint64_t reserved[5];	   /* must be zero */
};

/*
 * Opens a context: reads and authenticates the policy, reads the certificates it names,
 * reads and authenticates its catalogs, and (unless MODSEAL_OPEN_CHECK_ONLY or
 * MODSEAL_OPEN_KERNEL_ONLY) verifies
 * everything that is mapped executable in the process now.
 *
 * Errors: ARGUMENT (unknown version, flag, or non-zero reserved member), ANCHOR_INVALID,
 * POLICY_SIGNATURE, POLICY_INVALID, POLICY_NAME, POLICY_EXPIRED, CATALOG_INVALID,
 * TYPE_MISMATCH for a catalog, PATH_UNSAFE, NOT_REGULAR, NOT_FOUND, TOO_LARGE for the
 * policy's own files; STATE_INVALID (missing, cut or damaged rollback state), ROLLBACK (a
 * serial below the floor, of the policy or a catalog); PROCESS_UNVERIFIED, STALE_OBJECT
 * and every code of modseal_verify for objects of the process; RESOURCE, SYSTEM, CRYPTO,
 * UNSUPPORTED.
 *
 * The caller frees *ret_context with modseal_free.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_open(const struct modseal_options *options,
						struct modseal **ret_context,
						struct modseal_error *error);

/*
 * Opens again what modseal_open opened: the policy in force now, with all it names. If
 * anything of it is refused, or its name is another, or a serial is lower, or a
 * revocation list is older or missing, or a start-up object is not approved by it, the
 * context stays exactly as it was, and the error says why. What is decided meanwhile is
 * decided by the one or by the other as a whole; images and verdicts of before stay
 * valid, with the policy they name.
 *
 * Threads: may be called at any time; calls wait for each other. Errors: as modseal_open,
 * ROLLBACK also without a rollback state, and CRL_UNUSABLE for a file that is no list.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_reload(struct modseal *context,
						  struct modseal_error *error);

/* Frees a context and sets *context to NULL; accepts NULL. */
MODSEAL_API void modseal_free(struct modseal **context);

/* ---- decisions ------------------------------------------------------------------- */

/* What a file is judged as. The stable names are "library", "program", "kernel-module".
 */
enum modseal_kind {
	MODSEAL_KIND_LIBRARY,
	MODSEAL_KIND_PROGRAM,
	MODSEAL_KIND_KERNEL_MODULE,
	/* modseal_check only: kernel-module for names that end in ".ko", otherwise the
	 * kind of the first rule of kind library or program that matches the path. */
	MODSEAL_KIND_BY_RULE,
};

/*
 * Decides about a file and, for libraries, everything it needs, and maps nothing.
 *
 * path_or_name: a path, or a name without '/' that is looked up in the policy's search
 * directories (as it is, then with "lib" and ".so" added where they are missing).
 * On success *ret_verdict is to be freed with modseal_verdict_free.
 *
 * Errors: any of the stages find to closure; POLICY_EXPIRED.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_check(struct modseal *context, const char *path_or_name, enum modseal_kind kind,
	      struct modseal_verdict **ret_verdict, struct modseal_error *error);

/*
 * Decides as modseal_check does with MODSEAL_KIND_LIBRARY, and gives an approved handle
 * whose bytes, and those of all its dependencies, are sealed in memory, or held by
 * fs-verity or by what they lie on where the rule's hand-off lists `verity` or
 * `read-only` first. Every file is read and judged; where an image of this context has
 * the same path and bytes, its sealed copy is shared. But what another library needs, and
 * is loaded already from an image of this context that still lives, is satisfied by that,
 * as the dynamic linker will do it, if its path and the file there are the same and
 * unchanged. Maps nothing executable. The caller frees *ret_image with
 * modseal_image_free.
 *
 * Errors: any of the stages find to closure; POLICY_EXPIRED; ARGUMENT in a check-only
 * context.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_verify(struct modseal *context,
						  const char *path_or_name,
						  struct modseal_image **ret_image,
						  struct modseal_error *error);

/*
 * The same for a name with a version, as hosts of several generations of a plugin need
 * it: "foo" and "2" stand for "foo.so.2" or "libfoo.so.2", whichever of them a search
 * directory has first; "libfoo.so" and "2" for "libfoo.so.2". Nothing without the version
 * is taken.
 *
 * Errors: as modseal_verify; ARGUMENT (a name or version that is empty or has a '/').
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_verify_version(struct modseal *context, const char *name, const char *version,
		       struct modseal_image **ret_image, struct modseal_error *error);

/* 1 if a file of this name would be a shared library's by the habit of Linux: "NAME.so",
 * or that with a version of numbers, "libz.so.1.2.13". No file is looked at. */
MODSEAL_API int modseal_is_library_name(const char *path_or_name);

/*
 * The same for a file that the caller has open already: path must lead to the very file
 * of fd, or the answer is PATH_MISMATCH. fd is a regular file opened for reading; it
 * stays the caller's, and nothing of it is read: what is decided, and what the image
 * holds, are the bytes found under the path. path has a '/'; no name is looked up.
 *
 * Errors: as modseal_verify; PATH_MISMATCH; ARGUMENT (fd not open, O_PATH or write-only;
 * a path without '/'), NOT_REGULAR (fd is a directory, a pipe, ...).
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_verify_fd(struct modseal *context, int fd,
						     const char *path,
						     struct modseal_image **ret_image,
						     struct modseal_error *error);

/* How many times audit mode has let through what would have been refused: files, and what
 * the process gate found; since the context was opened or last reloaded. */
MODSEAL_API uint64_t modseal_audit_count(struct modseal *context);

MODSEAL_API void modseal_verdict_free(struct modseal_verdict **verdict);
MODSEAL_API void modseal_image_free(struct modseal_image **image);

/* The verdict of an image; lives as long as the image. */
MODSEAL_API const struct modseal_verdict *
modseal_image_verdict(const struct modseal_image *image);
/* The sealed memory, or the file itself where the verdict's hand-off is not "sealed";
 * belongs to the image, must not be closed. It holds the content, of a kernel module the
 * whole file with its signature. */
MODSEAL_API int modseal_image_descriptor(const struct modseal_image *image);
/* The SONAME, or NULL; of a kernel module its name. */
MODSEAL_API const char *modseal_image_soname(const struct modseal_image *image);

/* The ABI identifier of its module note, or NULL: what a host compares before it loads.
 */
MODSEAL_API const char *modseal_image_module_abi(const struct modseal_image *image);
/* Refuses with ABI_MISMATCH unless its module note says exactly this ABI identifier. To
 * be asked between modseal_verify and modseal_load: no code of the module has run then.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_image_expect_abi(const struct modseal_image *image, const char *abi,
			 struct modseal_error *error);
/* 1 if these bytes are in the process, loaded by modseal from this or another image of
 * them and held by a module, be it as a dependency; else 0. */
MODSEAL_API int modseal_image_is_loaded(const struct modseal_image *image);

/* Verdicts of what was accepted. Texts that do not apply are NULL. */
MODSEAL_API const char *modseal_verdict_path(const struct modseal_verdict *verdict);
MODSEAL_API enum modseal_kind modseal_verdict_kind(const struct modseal_verdict *verdict);
/* "sha256:<hex>" of the content (the bytes before the signature container), or
 * "fsverity-sha256:<hex>" where only fs-verity and a catalog had to be asked. */
MODSEAL_API const char *modseal_verdict_digest(const struct modseal_verdict *verdict);
/* The form that decided: "appended", "detached", "ima", "catalog", "protected-path"; NULL
 * where audit mode let a file through for which nothing vouches. */
MODSEAL_API const char *modseal_verdict_evidence(const struct modseal_verdict *verdict);
/* Names of the signers that were counted, in the policy's order; NULL past the last. With
 * the form "catalog" they are the catalog's. */
MODSEAL_API const char *modseal_verdict_signer(const struct modseal_verdict *verdict,
					       size_t index);
/* Where the signer was counted by a time stamp: its time in UTC, "2026-11-26T10:00:00Z",
 * at which the signer's certificates were judged; else NULL. */
MODSEAL_API const char *modseal_verdict_timestamp(const struct modseal_verdict *verdict,
						  size_t index);
/* And the signer of the policy by whose word; else NULL. */
MODSEAL_API const char *
modseal_verdict_timestamp_signer(const struct modseal_verdict *verdict, size_t index);
/* The name and serial of the catalog that lists the file; NULL and 0 where none was
 * asked. */
MODSEAL_API const char *modseal_verdict_catalog(const struct modseal_verdict *verdict);
MODSEAL_API uint64_t
modseal_verdict_catalog_serial(const struct modseal_verdict *verdict);
/* The name and serial of the supplement that decided; NULL and 0: the policy did. */
MODSEAL_API const char *modseal_verdict_supplement(const struct modseal_verdict *verdict);
MODSEAL_API uint64_t
modseal_verdict_supplement_serial(const struct modseal_verdict *verdict);
/* Line of the deciding rule in the policy, or in the supplement; 0 without a policy, or
 * where audit mode let a file through that no rule is for. */
MODSEAL_API uint32_t modseal_verdict_rule_line(const struct modseal_verdict *verdict);
/* How the bytes reach the dynamic linker, or would if it were loaded ("sealed", "verity",
 * "read-only"; why no other way of the rule is a remark); NULL: nothing is handed off. */
MODSEAL_API const char *modseal_verdict_hand_off(const struct modseal_verdict *verdict);
MODSEAL_API const char *modseal_verdict_policy(const struct modseal_verdict *verdict);
MODSEAL_API uint64_t modseal_verdict_serial(const struct modseal_verdict *verdict);
/* Where the anchor came from: "built-in", "directory", "file", "options". */
MODSEAL_API const char *
modseal_verdict_anchor_source(const struct modseal_verdict *verdict);
/* What guards against older policies: "present" (a rollback state) or "none". */
MODSEAL_API const char *modseal_verdict_state(const struct modseal_verdict *verdict);
/* How the file was judged: "enforce", or "audit" where the policy's mode, or the rule's,
 * lets through what it would refuse; NULL without a policy. */
MODSEAL_API const char *modseal_verdict_mode(const struct modseal_verdict *verdict);
/* In audit mode: the code with which the file, or what it needs, would have been refused;
 * MODSEAL_OK where it would not. The reason is the message; NULL where there is none. */
MODSEAL_API int modseal_verdict_would_refuse(const struct modseal_verdict *verdict);
MODSEAL_API const char *
modseal_verdict_would_refuse_reason(const struct modseal_verdict *verdict);
/* Remarks for people ("1 signature by an unknown signer was not counted"); NULL past the
 * last. */
MODSEAL_API const char *modseal_verdict_remark(const struct modseal_verdict *verdict,
					       size_t index);
/* The verdicts of what the library, or an approved kernel module, needs, dependencies
 * first; NULL past the last. */
MODSEAL_API const struct modseal_verdict *
modseal_verdict_dependency(const struct modseal_verdict *verdict, size_t index);

/* What the module note of the file says (modseal-module.h); NULL without one. All texts
 * are UTF-8 without control characters. */
MODSEAL_API const char *
modseal_verdict_module_name(const struct modseal_verdict *verdict);
MODSEAL_API const char *modseal_verdict_module_abi(const struct modseal_verdict *verdict);
/* The security version, which a catalog can say of a file without a note: 1 and
 * *ret_version written, or 0 where there is none. */
MODSEAL_API int modseal_verdict_module_version(const struct modseal_verdict *verdict,
					       uint64_t *ret_version);
/* The value of a key, or NULL; and the keys in the order of the note, NULL past the last.
 */
MODSEAL_API const char *
modseal_verdict_module_metadata(const struct modseal_verdict *verdict, const char *key);
MODSEAL_API const char *
modseal_verdict_module_metadata_key(const struct modseal_verdict *verdict, size_t index);

/* ---- loading --------------------------------------------------------------------- */

/* The module stays mapped until the process ends, whatever modseal_unload says. */
#define MODSEAL_LOAD_NO_UNLOAD 0x1u
/* Symbols of the module serve objects loaded later (RTLD_GLOBAL). */
#define MODSEAL_LOAD_EXPORT 0x2u
/* The module prefers its own symbols (RTLD_DEEPBIND). */
#define MODSEAL_LOAD_DEEP_BIND 0x4u
/* The load fails where something was bound outside of the approved images
 * (modseal_check_bindings); constructors have run by then. */
#define MODSEAL_LOAD_CHECK_BINDINGS 0x8u
/* Makes the memory of what this load brought final by mseal(2), see modseal(3). Only with
 * MODSEAL_LOAD_NO_UNLOAD. UNSUPPORTED, before anything is mapped, where there is none. */
#define MODSEAL_LOAD_SEAL_MEMORY 0x10u

/*
 * Maps an approved image and its dependencies, dependencies first, and runs their
 * constructors. All symbols are bound at once. Loading an image with the same SONAME and
 * digest twice gives the same module with one more reference; that maps nothing, runs
 * nothing, and without flags does not judge the process anew.
 *
 * With musl, whose dynamic linker cannot more, an image that needs others than the C
 * library and what the program itself needs is UNSUPPORTED before anything is mapped, and
 * so is MODSEAL_LOAD_DEEP_BIND; nothing that was loaded is exported later or ever
 * unmapped.
 *
 * Errors: ARGUMENT (unknown flag), UNSUPPORTED (MODSEAL_LOAD_SEAL_MEMORY, musl),
 * NOT_SEALED, PROCESS_UNVERIFIED, STALE_OBJECT, SONAME_CONFLICT, LOADING_CLOSED,
 * LOAD_FAILED (only verified code can have run), RESOURCE, SYSTEM. If after loading what
 * is mapped is not what was approved the process is ended (abort).
 *
 * The caller ends *ret_module with modseal_unload.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_load(struct modseal_image *image,
						uint32_t flags,
						struct modseal_module **ret_module,
						struct modseal_error *error);

/*
 * No further load by this library in this process, whatever context or thread asks: every
 * later modseal_load is refused with LOADING_CLOSED. For programs that load all they need
 * at their start and then lock up. What is loaded stays usable and can be unloaded. There
 * is no way back. Loads that other threads have begun are waited for; in a constructor
 * the load it belongs to goes on.
 *
 * Errors: SYSTEM where the loader's lock cannot be taken.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_close_loading(struct modseal_error *error);

/* The real path of its file, and its SONAME (NULL: none). The texts live as long as the
 * module is loaded; of one that is not, NULL. */
MODSEAL_API const char *modseal_module_path(const struct modseal_module *module);
MODSEAL_API const char *modseal_module_soname(const struct modseal_module *module);

/*
 * The address of a symbol that the module itself defines (not one of a dependency), or of
 * version `version` of it (NULL: the default version).
 *
 * Errors: NOT_LOADED (NULL, or unloaded already), SYMBOL_NOT_FOUND; SYMBOL_FOREIGN where
 * the address lies in no verified image; UNSUPPORTED (a version, with musl).
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_symbol(struct modseal_module *module,
						  const char *name, const char *version,
						  void **ret_address,
						  struct modseal_error *error);

/* The same, but symbols of the module's dependencies are found too. */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_symbol_anywhere(struct modseal_module *module,
							   const char *name,
							   const char *version,
							   void **ret_address,
							   struct modseal_error *error);

/*
 * Verifies, loads, and looks one symbol up, as modseal_verify, modseal_load and
 * modseal_symbol do it, for programs that need no more of a library. Where the symbol is
 * found the library stays until the process ends, and so does the address; else it is
 * unloaded. *ret_address is written only on success. Errors: those of the three.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_resolve(struct modseal *context,
						   const char *path_or_name,
						   const char *symbol, void **ret_address,
						   struct modseal_error *error);

/*
 * Gives one reference back and sets *module to NULL; the last one unmaps the module
 * unless it cannot be unmapped. Addresses of its symbols must not be used afterwards.
 *
 * Errors: NOT_LOADED; LOAD_FAILED where the dynamic linker says no, and the reference is
 * gone even so; ARGUMENT from a visitor of modseal_check_bindings, and all is as it was.
 */
MODSEAL_API int modseal_unload(struct modseal_module **module,
			       struct modseal_error *error);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
