/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a process from those it descends from, by a page that the kernel empties in what
 * is forked off. Handlers of pthread_atfork would be called too late for those of the
 * program that come before them, and not at all by _Fork or a bare system call; and
 * process ids come again. Who only shares the memory, as after vfork, shares its locks.
 */
#include "internal/lock.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* linux/mman.h, from 4.14 on */
#endif

/* What the page has: the process's number, or 0, where nobody asked since the fork. It is
 * never given back: threads may ask until the process ends. */
static _Atomic(atomic_int *) kept;
static atomic_int latest; /* of this process and those it descends from */

static atomic_int *keep(void)
{
	atomic_int *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	atomic_int *other = NULL;

	/* qemu takes any advice for good, and does nothing about it */
	if (page != MAP_FAILED && (madvise(page, sizeof(*page), -1) == 0 ||
				   madvise(page, sizeof(*page), MADV_WIPEONFORK) < 0)) {
		munmap(page, sizeof(*page));
		page = MAP_FAILED;
	}
	if (atomic_compare_exchange_strong(&kept, &other, page))
		return page;
	if (page != MAP_FAILED)
		munmap(page, sizeof(*page));
	return other;
}

int modseal_lock_process(void)
{
	atomic_int *page = atomic_load_explicit(&kept, memory_order_acquire);
	int next, number;

	if (!page)
		page = keep();
	/* what stands in for the kernel, as qemu and gVisor do, may not know of such
	 * pages: all that is left then is the process id */
	if (page == MAP_FAILED)
		return getpid();
	number = atomic_load_explicit(page, memory_order_relaxed);
	if (number > 0)
		return number;
	next = atomic_fetch_add(&latest, 1) + 1;
	return atomic_compare_exchange_strong(page, &number, next) ? next : number;
}
