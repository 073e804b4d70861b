/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a process from those it descends from, by a page that the kernel empties in what
 * is forked off. Handlers of pthread_atfork would be called too late for those of the
 * program that come before them, and not at all by _Fork or a bare system call; and
 * process ids come again. Who only shares the memory, as after vfork, shares its locks.
 */
#include "internal/lock.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* linux/mman.h, from 4.14 on */
#endif
#define MOST_PAGE 65536

/* A page of it has the process's number, or 0, where nobody asked since the fork. A part
 * of the library: it is there whatever memory is left, and goes when it is unloaded. */
static atomic_int room[2 * MOST_PAGE / sizeof(atomic_int)];
static atomic_int latest;  /* of this process and those it descends from */
static atomic_int emptied; /* whether the kernel empties it: 0: not known, -1: no */

static atomic_int *own_page(uintptr_t size)
{
	return (atomic_int *)(((uintptr_t)room + size - 1) & ~(size - 1));
}

static int find_out(uintptr_t size)
{
	atomic_int *page = own_page(size);
	int known = 0, found = -1;

	/* qemu takes any advice for good, and does nothing about it */
	if (size <= MOST_PAGE && madvise(page, size, -1) < 0 &&
	    madvise(page, size, MADV_WIPEONFORK) == 0)
		found = 1;
	return atomic_compare_exchange_strong(&emptied, &known, found) ? found : known;
}

int modseal_lock_process(void)
{
	uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
	int is = atomic_load(&emptied), next, number;

	if (is == 0)
		is = find_out(size);
	/* what stands in for the kernel, as qemu and gVisor do, may not know of such
	 * pages: all that is left then is the process id */
	if (is < 0)
		return getpid();
	number = atomic_load_explicit(own_page(size), memory_order_relaxed);
	if (number > 0)
		return number;
	next = atomic_fetch_add(&latest, 1) + 1;
	return atomic_compare_exchange_strong(own_page(size), &number, next) ? next
									     : number;
}
