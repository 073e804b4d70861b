/* SPDX-License-Identifier: Apache-2.0 */
/* Every cap in one place, with its reason. Sizes in bytes. */
#ifndef MODSEAL_INTERNAL_LIMITS_H
#define MODSEAL_INTERNAL_LIMITS_H

/* A signature with four RSA-4096 certificates and eight signers is about 16 KiB. With
 * ML-DSA-87 (4.9 KB a signer, 7.5 KB a certificate) eight signers and three certificates
 * fit, or seven and four. */
#define MODSEAL_MAX_CMS_SIZE	     (64u * 1024)
#define MODSEAL_MAX_SIGNER_INFOS     8
#define MODSEAL_MAX_CMS_CERTIFICATES 4
/* An IMA signature: nine bytes in front of that of an RSA-8192 key. */
#define MODSEAL_MAX_IMA_SIZE (9 + 1024)
/* Leaf, two intermediates, root: what public and company PKIs use. */
#define MODSEAL_MAX_PATH_CERTIFICATES 4
#define MODSEAL_MAX_CERTIFICATE_SIZE  (64u * 1024)
#define MODSEAL_MAX_ANCHORS	      64
/* About 100,000 revoked certificates; OpenSSL needs ten times that to decode them. */
#define MODSEAL_MAX_CRL_SIZE (4u * 1024 * 1024)
/* PEM makes bytes a third longer, and `openssl crl -text` puts text in front. */
#define MODSEAL_MAX_CRL_FILE_SIZE (8u * 1024 * 1024)
/* A list for each CA of a path, two while keys change, for several branches. */
#define MODSEAL_MAX_CRL_FILES	 16
#define MODSEAL_MAX_CRL_AGE_DAYS 3650

#define MODSEAL_DEFAULT_MAX_SIZE (256ull * 1024 * 1024)
/* limits.max-size may not be set above this: sizes stay below 2^31 for 32-bit builds. */
#define MODSEAL_HIGHEST_MAX_SIZE (2047ull * 1024 * 1024)

#define MODSEAL_MAX_POLICY_SIZE	 (4u * 1024 * 1024)
#define MODSEAL_MAX_POLICY_DEPTH 16
#define MODSEAL_MAX_RULES	 16384
#define MODSEAL_MAX_SIGNERS	 4096
#define MODSEAL_MAX_RULE_SIGNERS 64
/* $ORIGIN and what lies around it; each is looked in for each needed name. */
#define MODSEAL_MAX_ORIGINS 16
/* Devices that a policy names; each is compared for each file. */
#define MODSEAL_MAX_DEVICES	 64
#define MODSEAL_MAX_LIST_ENTRIES 65536
/* Who may sign the next policy: twice the signatures that a CMS can carry. */
#define MODSEAL_MAX_POLICY_SIGNERS 16
#define MODSEAL_MAX_SERIAL	   ((1ull << 53) - 1)
/* Policies and catalogs that one system has ever had; at most 0.9 MiB of state. */
#define MODSEAL_MAX_STATE_RECORDS 8192
#define MODSEAL_MAX_STATE_SIZE	  (2u * 1024 * 1024)

/* All files of a large distribution image: half a million lines of 130 bytes. */
#define MODSEAL_MAX_CATALOG_SIZE    (64u * 1024 * 1024)
#define MODSEAL_MAX_CATALOG_ENTRIES (512u * 1024)
/* A path of 4095 bytes that are all escaped, and every digest there may be. */
#define MODSEAL_MAX_CATALOG_LINE    (20u * 1024)
#define MODSEAL_MAX_CATALOG_DIGESTS 8
/* Catalogs that one policy names; each is read whole when a context is opened. */
#define MODSEAL_MAX_CATALOGS 64
/* One for each vendor of a very mixed system. */
#define MODSEAL_MAX_SUPPLEMENTS 2048

#define MODSEAL_MAX_PROGRAM_HEADERS 64
#define MODSEAL_MAX_NAME_LENGTH	    255 /* SONAME, DT_NEEDED */
#define MODSEAL_MAX_NEEDED	    512
/* With its NUL the kernel's MODULE_NAME_LEN of 64-bit builds (linux/moduleparam.h). */
#define MODSEAL_MAX_MODULE_NAME 55
#define MODSEAL_MAX_CLOSURE	1024
/* The walk down is recursive; the longest chain of a Debian installation is about 20. */
#define MODSEAL_MAX_CLOSURE_DEPTH  128
#define MODSEAL_MAX_SYMBOLIC_LINKS 40 /* as the kernel (MAXSYMLINKS) */

#endif
