/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every answer modseal can give: result codes with their exit value, sentence and remedy,
 * and the stages of a decision. One list each; names and values are stable.
 */
#ifndef MODSEAL_ERRORS_H
#define MODSEAL_ERRORS_H

/*
 * X(NAME, number, exit, sentence, remedy)
 *
 * number: the value of MODSEAL_E_NAME is its negative.
 * exit:   the command's exit value: 1 "the answer is no", 2 wrong use, 3 could not
 * decide. Both "no" and "could not decide" are refusals.
 */
#define MODSEAL_ERROR_LIST(X)                                                            \
	/* could not decide */                                                           \
	X(INTERNAL, 1, 3, "internal error", "report this; nothing was accepted")         \
	X(RESOURCE, 2, 3, "out of memory or descriptors",                                \
	  "free memory, or raise the limits of the process")                             \
	X(SYSTEM, 3, 3, "a system call failed",                                          \
	  "see the system's reason in the message")                                      \
	X(CRYPTO, 4, 3, "the cryptographic library failed",                              \
	  "check the OpenSSL installation")                                              \
	X(NOT_FOUND, 5, 3, "no such file", "check the name")                             \
	X(UNSUPPORTED, 6, 3, "not supported here", "see the message for what it needs")  \
	X(NOT_WRITABLE, 7, 3, "the target cannot be written",                            \
	  "write to another place, or change its permissions")                           \
	/* wrong use */                                                                  \
	X(ARGUMENT, 10, 2, "wrong argument",                                             \
	  "give it as the message says; see the manual")                                 \
	/* where a file lies */                                                          \
	X(PATH_UNSAFE, 20, 1, "somebody else could replace the file",                    \
	  "let only allowed owners own and write the file and every directory above it") \
	X(NOT_REGULAR, 21, 1, "not a regular file", "name a regular file")               \
	X(PATH_NOT_ALLOWED, 22, 1, "no rule of the policy allows this path",             \
	  "add a rule for its real path, or move the file to an allowed place")          \
	X(TOO_LARGE, 23, 1, "larger than the policy allows",                             \
	  "raise limits.max-size in the policy if the file is right")                    \
	X(CHANGED, 24, 1, "the file changed while it was read",                          \
	  "let the writer finish, then try again")                                       \
	X(PATH_MISMATCH, 25, 1, "the descriptor is not the file of that path",           \
	  "pass the path the descriptor was opened from")                                \
	X(NOEXEC, 26, 1, "the file lies on a file system mounted noexec",                \
	  "move it to a file system that may hold executables")                          \
	X(NOT_SEALED, 27, 1, "the memory of the image is not sealed",                    \
	  "hand over only images made by modseal_verify")                                \
	X(HAND_OFF_UNAVAILABLE, 28, 1, "it cannot be handed over as the rule wants",     \
	  "enable fs-verity on the file, put it on dm-verity, or let the rule's "        \
	  "hand-off list `sealed` too")                                                  \
	/* what vouches for it */                                                        \
	X(TYPE_MISMATCH, 30, 1, "the content is of another type than is wanted here",    \
	  "offer a file of the wanted type")                                             \
	X(SIGNATURE_MISSING, 31, 1, "no signature", "sign the file with `modseal sign`") \
	X(SIGNATURE_MALFORMED, 32, 1, "the signature container is malformed",            \
	  "take the signature off with `modseal strip` and sign again")                  \
	X(SIGNATURE_INVALID, 33, 1, "the signature does not fit the content",            \
	  "get the file again from its source; it was changed after signing")            \
	X(SIGNER_NOT_ALLOWED, 34, 1, "not signed by a signer who is allowed here",       \
	  "sign with an allowed key, or add the signer to the rule")                     \
	X(SIGNERS_TOO_FEW, 35, 1, "fewer signers than the rule requires",                \
	  "add the missing signatures with `modseal sign --append`")                     \
	X(ALGORITHM_NOT_ALLOWED, 36, 1, "an algorithm that is not allowed",              \
	  "sign with an algorithm that the policy allows for this signer")               \
	X(CERTIFICATE_INVALID, 37, 1, "the signer's certificate may not sign this",      \
	  "use a code-signing certificate issued under the policy's signer")             \
	X(CERTIFICATE_EXPIRED, 38, 1, "a certificate is not valid at this time",         \
	  "renew the certificate and sign again; check the clock")                       \
	X(TIMESTAMP_MISSING, 90, 1, "no time stamp",                                     \
	  "get one for the signature with `modseal timestamp request` and `modseal "     \
	  "timestamp attach`, or sign again")                                            \
	X(TIMESTAMP_INVALID, 91, 1, "the time stamp cannot be relied on",                \
	  "sign again, and get a time stamp from an authority that is allowed here")     \
	X(REVOKED, 39, 1, "revoked", "replace the file with one that is not revoked")    \
	/* what is inside */                                                             \
	X(ELF_MALFORMED, 40, 1, "not a well-formed ELF file of this kind",               \
	  "rebuild the file with an ordinary linker")                                    \
	X(ELF_UNSAFE, 41, 1, "the ELF file asks for something unsafe",                   \
	  "rebuild it without what the message names")                                   \
	X(ELF_FOREIGN, 42, 1, "built for another machine",                               \
	  "use a build for this machine")                                                \
	X(NAME_MISMATCH, 43, 1, "the file is not what its name says",                    \
	  "give it the name its SONAME says, or put the right file there")               \
	X(ROLLBACK, 44, 1, "older than what is allowed", "install a newer version")      \
	X(CATALOG_MISMATCH, 45, 1, "the file is not the one that the catalog lists",     \
	  "install the catalog of the packages there are, or the package that the "      \
	  "catalog lists")                                                               \
	X(ABI_MISMATCH, 47, 1, "the module was built for another interface",             \
	  "install a build of the module for this version of the program")               \
	/* what its signer's issuers say */                                              \
	X(CRL_UNUSABLE, 46, 1, "a revocation list that is asked for cannot be used",     \
	  "install the newest list of that CA at the policy's crl-files")                \
	/* what it needs */                                                              \
	X(DEPENDENCY_MISSING, 50, 1, "a needed library was not found",                   \
	  "install it in a directory of the policy's search list")                       \
	X(DEPENDENCY_CYCLE, 51, 1, "libraries need each other in a circle",              \
	  "link them without the circle")                                                \
	X(DEPENDENCY_LIMIT, 52, 1, "too many libraries are needed",                      \
	  "link fewer libraries into one module")                                        \
	X(SONAME_CONFLICT, 53, 1, "another library with the same SONAME is loaded",      \
	  "restart the process to use the new library")                                  \
	/* the process and the dynamic linker */                                         \
	X(PROCESS_UNVERIFIED, 60, 1, "something unverified is in this process",          \
	  "start the program without it, or list it in the policy's process.preload")    \
	X(STALE_OBJECT, 61, 1, "a library of this process was replaced on disk",         \
	  "restart the program")                                                         \
	X(LOAD_FAILED, 62, 1, "the dynamic linker refused the library",                  \
	  "see the dynamic linker's reason in the message")                              \
	X(SYMBOL_NOT_FOUND, 63, 1, "no such symbol",                                     \
	  "check the name and version of the symbol")                                    \
	X(SYMBOL_FOREIGN, 64, 1, "the symbol does not lie in a verified library",        \
	  "find out what put it there; see PROCESS_UNVERIFIED")                          \
	X(NOT_LOADED, 65, 1, "the module is not loaded",                                 \
	  "load it first, and keep it loaded as long as its symbols are used")           \
	X(LOADING_CLOSED, 66, 1, "loading is closed in this process",                    \
	  "load everything before modseal_close_loading is called")                      \
	X(BINDING_FOREIGN, 67, 1, "a binding leads out of the verified images",          \
	  "find out what put it there: a library that exports the symbol, a debugger, "  \
	  "or who overwrote the table; then restart the program without it")             \
	X(MEMORY_CHANGED, 68, 1, "memory of a loaded image is not what was approved",    \
	  "end the process; if a debugger is attached, it is its breakpoint")            \
	/* the kernel */                                                                 \
	X(KERNEL_REFUSED, 69, 1, "the kernel refuses the module",                        \
	  "see the reason in the kernel's log (dmesg)")                                  \
	/* the policy */                                                                 \
	X(POLICY_SIGNATURE, 70, 1, "the policy is not signed by an anchor",              \
	  "sign it with `modseal policy sign` and a key whose certificate is an anchor") \
	X(POLICY_INVALID, 71, 1, "the policy is not valid",                              \
	  "mend the line named, check with `modseal policy sign`, and sign again")       \
	X(POLICY_NAME, 72, 1, "the policy is not the one expected beside this anchor",   \
	  "install that policy; an anchor NAME.pem expects the policy NAME")             \
	X(ANCHOR_INVALID, 73, 1, "the anchor cannot be used",                            \
	  "use the certificate of exactly one policy-signing key, not of a CA")          \
	X(CATALOG_INVALID, 74, 1, "a catalog cannot be used",                            \
	  "install the catalog again, as its signer made it")                            \
	X(STATE_INVALID, 75, 1, "the rollback state is missing or damaged",              \
	  "restore it, or remove what is left of it and install the newest policy with " \
	  "`modseal policy install`")                                                    \
	X(POLICY_EXPIRED, 76, 1, "the policy has expired",                               \
	  "install a newer policy; if this one is the newest, check the clock")          \
	/* signing */                                                                    \
	X(ALREADY_SIGNED, 80, 1, "the file is signed already",                           \
	  "use --force to replace the signature or --append to add one")                 \
	X(KEY_INVALID, 81, 1, "the private key cannot be used",                          \
	  "use an RSA key of 2048 bits or more, an ECDSA key on P-256, P-384 or P-521, " \
	  "or Ed25519 or ML-DSA")                                                        \
	X(KEY_PASSPHRASE, 82, 1, "the passphrase does not open the key",                 \
	  "check the passphrase")                                                        \
	X(KEY_MISMATCH, 83, 1, "key and certificate do not belong together",             \
	  "use the certificate made for this key")                                       \
	X(EXISTS, 84, 1, "the file exists already", "choose another name, or remove it") \
	X(TOKEN_NOT_FOUND, 85, 3, "no such token, or nothing of that name in it",        \
	  "name one of those that are there")                                            \
	X(TOKEN_PIN, 86, 1, "the token refuses the PIN",                                 \
	  "find the right PIN before you try again: tokens lock")                        \
	X(TOKEN_FAILED, 87, 3, "the token failed",                                       \
	  "look at it with its own tool, or with pkcs11-tool")                           \
	X(TOKEN_REMOVED, 88, 3, "the token is gone",                                     \
	  "connect it again and repeat the command: what was signed already stays")

/* The results of every call that can fail: 0, or one of these negative values. */
enum modseal_result {
	MODSEAL_OK = 0,
#define MODSEAL_ERROR_VALUE(name, number, exit, sentence, remedy)                        \
	MODSEAL_E_##name = -(number),
	MODSEAL_ERROR_LIST(MODSEAL_ERROR_VALUE)
#undef MODSEAL_ERROR_VALUE
};

/* X(NAME, "name"): the steps of a decision, in their order. */
#define MODSEAL_STAGE_LIST(X)                                                            \
	X(NONE, "none")                                                                  \
	X(CONTEXT, "context")                                                            \
	X(POLICY, "policy")                                                              \
	X(FIND, "find")                                                                  \
	X(OPEN, "open")                                                                  \
	X(RULE, "rule")                                                                  \
	X(BYTES, "bytes")                                                                \
	X(CONTAINER, "container")                                                        \
	X(EVIDENCE, "evidence")                                                          \
	X(IMAGE, "image")                                                                \
	X(CLOSURE, "closure")                                                            \
	X(APPROVE, "approve")                                                            \
	X(GATE, "gate")                                                                  \
	X(LOAD, "load")                                                                  \
	X(SYMBOL, "symbol")                                                              \
	X(KEY, "key")                                                                    \
	X(SIGN, "sign")

enum modseal_stage {
#define MODSEAL_STAGE_VALUE(name, text) MODSEAL_STAGE_##name,
	MODSEAL_STAGE_LIST(MODSEAL_STAGE_VALUE)
#undef MODSEAL_STAGE_VALUE
};

#endif
