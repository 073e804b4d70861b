/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines whose calls the filter knows: mmap(2) is one call there, with its arguments in
 * registers, and shmat(2) has no second door. A 32-bit machine maps by mmap2, s390x by a
 * pointer to the arguments, powerpc64 attaches shared memory by ipc(2), too: a filter
 * would let through what it is there for.
 */
#ifndef MODSEAL_RUN_MACHINE_H
#define MODSEAL_RUN_MACHINE_H

#if !defined(__LP64__) ||                                                                \
	!(defined(__x86_64__) || defined(__aarch64__) || defined(__riscv))
#error "`modseal run` does not know how this machine maps files"
#endif

#endif
