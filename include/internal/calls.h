/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the C library is musl: system calls that the kernel has longer than it (statx(2)
 * from 1.2.5 on, renameat2(2)), and what POSIX lets it do otherwise.
 */
#ifndef MODSEAL_INTERNAL_CALLS_H
#define MODSEAL_INTERNAL_CALLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef STATX_BASIC_STATS
#include <linux/stat.h>

static inline int statx(int directory, const char *path, int flags, unsigned mask,
			struct statx *ret_status)
{
	return (int)syscall(SYS_statx, directory, path, flags, mask, ret_status);
}
#endif

#ifndef RENAME_EXCHANGE
/* as in linux/fs.h, which is not to be included before this, nor with sys/mount.h */
#define RENAME_NOREPLACE (1 << 0)
#define RENAME_EXCHANGE	 (1 << 1)

static inline int renameat2(int from_directory, const char *from, int to_directory,
			    const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}
#endif

/* realpath(3) with memory of its own, which the caller frees. Two leading slashes, which
 * POSIX lets mean something and musl keeps, are one. */
static inline char *modseal_realpath(const char *path)
{
	char *real = realpath(path, NULL);

	if (real && real[0] == '/' && real[1] == '/')
		memmove(real, real + 1, strlen(real));
	return real;
}

#endif
