/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen of the running kernel's mind about modules. */
#ifndef MODSEAL_ADMIN_RUNNING_H
#define MODSEAL_ADMIN_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum modseal_seen { MODSEAL_SEEN_NO, MODSEAL_SEEN_YES, MODSEAL_SEEN_UNKNOWN };

/* The keyrings that modules are judged by, as far as they can be seen; 0: not. */
struct modseal_keyrings {
	int32_t builtin;   /* .builtin_trusted_keys */
	int32_t secondary; /* .secondary_trusted_keys, with .machine linked into it */
	int32_t platform;  /* .platform: some distributions' kernels ask it, too */
	int32_t revoked;   /* .blacklist */
};

struct modseal_running {
	char release[65];		    /* uname(2) */
	enum modseal_seen capable;	    /* the process may load modules */
	enum modseal_seen modules;	    /* the kernel has loadable ones */
	enum modseal_seen disabled;	    /* kernel.modules_disabled */
	enum modseal_seen reads_signatures; /* CONFIG_MODULE_SIG */
	enum modseal_seen enforces;	    /* module.sig_enforce */
	enum modseal_seen locked_down;	    /* integrity or confidentiality */
	struct modseal_keyrings keyrings;
};

/* root: where proc and sys are below, "" for those of the system. */
void modseal_running_observe(const char *root, struct modseal_running *ret_running);

/* The keyrings named in the text of /proc/keys. */
void modseal_keyrings_read(const char *text, struct modseal_keyrings *ret_keyrings);

enum modseal_key_place {
	MODSEAL_KEY_TRUSTED,
	MODSEAL_KEY_PLATFORM,
	MODSEAL_KEY_ABSENT,
	MODSEAL_KEY_UNSEEN, /* the keyrings cannot be looked into */
};

/* Where the kernel has the key of this identifier: issuer and serial number, or subject
 * key identifier, in hexadecimal as the kernel joins them. */
enum modseal_key_place modseal_running_key(const struct modseal_running *running,
					   const char *identifier);

/* Is the key in the list of revoked ones? */
bool modseal_running_revoked(const struct modseal_running *running,
			     const char *identifier);

#endif
