/* SPDX-License-Identifier: Apache-2.0 */
/* What the build fixes: the compiled-in anchor, the default places, the search list. */
#ifndef MODSEAL_INTERNAL_BUILTIN_H
#define MODSEAL_INTERNAL_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

/*
 * `make ANCHOR=file POLICY_NAME=name`: the certificate's bytes (PEM or DER, as the file
 * has them) and the name its policy must have. Size 0 and "": no anchor is compiled in.
 * Written by the Makefile to $(BUILD)/anchor.c.
 */
extern const unsigned char modseal_builtin_anchor[];
extern const size_t modseal_builtin_anchor_size;
extern const char modseal_builtin_policy_name[];
/* `make POLICY_SERIAL=n`: the least serial of that policy, whatever the state says. */
extern const uint64_t modseal_builtin_policy_serial;

/* `make RECOVERY=file`: the certificate of the key that may take the policies of this
 * build's anchors back from whoever signs them. Size 0: there is none. */
extern const unsigned char modseal_builtin_recovery[];
extern const size_t modseal_builtin_recovery_size;

/* Where policies are installed; the one in force is policy.yaml there. */
#ifndef MODSEAL_DEFAULT_DIRECTORY
#define MODSEAL_DEFAULT_DIRECTORY "/etc/modseal"
#endif
#ifndef MODSEAL_DEFAULT_POLICY
#define MODSEAL_DEFAULT_POLICY MODSEAL_DEFAULT_DIRECTORY "/policy.yaml"
#endif
#ifndef MODSEAL_DEFAULT_ANCHORS
#define MODSEAL_DEFAULT_ANCHORS MODSEAL_DEFAULT_DIRECTORY "/anchors.d"
#endif

#ifndef MODSEAL_DEFAULT_STATE
#define MODSEAL_DEFAULT_STATE "/var/lib/modseal"
#endif

/*
 * Directories a policy without `search` is looked up in: an initializer of strings for
 * `static const char *const list[] = { MODSEAL_DEFAULT_SEARCH };`. Only what the system's
 * own packages fill: a directory for local additions would let them shadow those.
 * MODSEAL_MULTIARCH is the compiler's triplet ("x86_64-linux-gnu") where there is one.
 */
#ifdef MODSEAL_MULTIARCH
#define MODSEAL_DEFAULT_SEARCH                                                           \
	"/usr/lib/" MODSEAL_MULTIARCH, "/lib/" MODSEAL_MULTIARCH, "/usr/lib", "/lib"
#elif defined(__LP64__)
#define MODSEAL_DEFAULT_SEARCH "/usr/lib64", "/lib64", "/usr/lib", "/lib"
#else
#define MODSEAL_DEFAULT_SEARCH "/usr/lib", "/lib"
#endif

#endif
