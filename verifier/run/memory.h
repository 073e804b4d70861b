/* SPDX-License-Identifier: Apache-2.0 */
/* What lies at an address of the target that is to become executable. */
#ifndef MODSEAL_RUN_MEMORY_H
#define MODSEAL_RUN_MEMORY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Judges mprotect(address, length, protection) with PROT_EXEC. Memory of no file may
 * become executable (unless strict); memory of a file must be so already, private and
 * not writable, and stay that: then its file was judged when it was mapped, and no page
 * of it was written since. Nothing may be missing in between (ENOMEM). 0, EACCES (what:
 * the file, or "anonymous memory"; why), or another errno where it could not be looked
 * at.
 */
int run_memory_judge(pid_t thread, uint64_t address, uint64_t length, uint64_t protection,
		     bool strict, char what[PATH_MAX], const char **ret_why);

/*
 * Judges mremap(address, ...) that shows more of a file than before. 0: what lies at the
 * address is not executable, or of no file. EFAULT: nothing lies there, as far as it is
 * told (an address may have a tag). EACCES: it is (what: the file); or another errno, or
 * EACCES with what empty, where it could not be looked at.
 */
int run_memory_grows(pid_t thread, uint64_t address, char what[PATH_MAX]);

/* One line of /proc/PID/maps. */
struct run_mapping {
	uint64_t start, end;
	char permissions[5];
	uint64_t inode;
	const char *path; /* into the line; "" where there is none */
};
/* False: it is no such line. Changes the line. */
bool run_mapping_read(char *line, struct run_mapping *ret_mapping);
/* Why this mapping may not become executable, or NULL. */
const char *run_mapping_flaw(const struct run_mapping *mapping, uint64_t protection,
			     bool strict);

#endif
