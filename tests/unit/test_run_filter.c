/* SPDX-License-Identifier: Apache-2.0 */
/* The filter, run as the kernel would: which calls it asks about, refuses, lets pass. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include "tests/unit/slowness.h"
#include "verifier/run/filter.h"

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif
#define ASKS	 SECCOMP_RET_USER_NOTIF
#define PASSES	 SECCOMP_RET_ALLOW
#define FAILS(e) (SECCOMP_RET_ERRNO | (e))

/* Classic BPF, as much of it as filters of libseccomp use. */
static uint32_t run(const struct run_filter *filter, const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (unsigned at = 0; at < filter->count; at++) {
		const struct sock_filter *step = &filter->instructions[at];
		bool jumps = false;

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&value, (const char *)data + step->k, sizeof(value));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			value &= step->k;
			continue;
		case BPF_RET | BPF_K:
			return step->k;
		case BPF_JMP | BPF_JA:
			at += step->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jumps = value == step->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jumps = value >= step->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jumps = value > step->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jumps = (value & step->k) != 0;
			break;
		default:
			cr_fatal("instruction %u: code %#x", at, step->code);
		}
		at += jumps ? step->jt : step->jf;
	}
	cr_fatal("ran off the end");
	return 0;
}

static uint32_t ask(bool strict, bool seal, uint32_t arch, long call, uint64_t second,
		    uint64_t third, uint64_t fourth)
{
	const struct seccomp_data data = {
		.nr = (int)call,
		.arch = arch,
		.args = {second, second, third, fourth, 0, 0},
	};
	struct run_filter filter;
	uint32_t answer;

	/* the emulator's kernel has no seccomp(2), which libseccomp would ask; the filter
	 * is only looked at */
	if (is_emulated())
		cr_assert(zero(int, seccomp_api_set(6)));
	cr_assert(eq(int, run_filter_make(strict, seal, &filter), 0));
	answer = run(&filter, &data);
	free(filter.instructions);
	return answer;
}

#define HIGH (UINT64_C(7) << 32)

Test(run_filter, calls_are_asked_about_refused_and_let_pass)
{
	static const struct {
		long call;
		uint64_t second, third, fourth;
		uint32_t plain, strict, seal;
	} rows[] = {
		{SYS_mmap, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE, ASKS, ASKS, ASKS},
		{SYS_mmap, 0, PROT_EXEC | HIGH, MAP_PRIVATE | HIGH, ASKS, ASKS, ASKS},
		{SYS_mmap, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE, PASSES, PASSES,
		 PASSES},
		{SYS_mmap, 0, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, PASSES,
		 FAILS(EACCES), PASSES},
		{SYS_mprotect, 0, PROT_READ | PROT_EXEC, 0, ASKS, ASKS, ASKS},
		{SYS_mprotect, 0, PROT_EXEC | PROT_GROWSDOWN, 0, ASKS, ASKS, ASKS},
		{SYS_mprotect, 0, PROT_READ, 0, PASSES, PASSES, PASSES},
		{SYS_pkey_mprotect, 0, PROT_EXEC, 0, ASKS, ASKS, ASKS},
		{SYS_execve, 0, 0, 0, ASKS, ASKS, ASKS},
		{SYS_execveat, 0, 0, 0, ASKS, ASKS, ASKS},
		/* E06, E07, E09 */
		{SYS_shmat, 0, 0100000, 0, FAILS(EACCES), FAILS(EACCES), FAILS(EACCES)},
		{SYS_shmat, 0, 0, 0, PASSES, PASSES, PASSES},
		{SYS_personality, READ_IMPLIES_EXEC, 0, 0, ASKS, ASKS, ASKS},
		{SYS_personality, ADDR_NO_RANDOMIZE, 0, 0, PASSES, PASSES, PASSES},
		{SYS_remap_file_pages, 0, 0, 0, FAILS(EPERM), FAILS(EPERM), FAILS(EPERM)},
		{SYS_userfaultfd, 0, 0, 0, FAILS(EPERM), FAILS(EPERM), FAILS(EPERM)},
		{SYS_mremap, 0, 0, 0, PASSES, ASKS, PASSES},
		{SYS_mount, 0, 0, 0, ASKS, ASKS, ASKS},
		{SYS_fsopen, 0, 0, 0, ASKS, ASKS, ASKS},
		/* a filter of one's own, and one with a listener */
		{SYS_seccomp, SECCOMP_FILTER_FLAG_TSYNC, 0, 0, PASSES, PASSES, PASSES},
		{SYS_seccomp, SECCOMP_FILTER_FLAG_NEW_LISTENER | HIGH, 0, 0, FAILS(EBUSY),
		 FAILS(EBUSY), FAILS(EBUSY)},
		/* one's own limits, to look at others', to set others' */
		{SYS_prlimit64, 0, 1, 0, PASSES, PASSES, PASSES},
		{SYS_prlimit64, 7, 0, 0, PASSES, PASSES, PASSES},
		{SYS_prlimit64, 7, 1, 0, FAILS(EPERM), FAILS(EPERM), FAILS(EPERM)},
		{SYS_prlimit64, HIGH, 1, 0, FAILS(EPERM), FAILS(EPERM), FAILS(EPERM)},
		{SYS_ptrace, 0, 0, 0, PASSES, FAILS(EPERM), PASSES},
		{SYS_process_vm_writev, 0, 0, 0, PASSES, FAILS(EPERM), PASSES},
		{SYS_io_uring_setup, 0, 0, 0, PASSES, FAILS(EPERM), FAILS(EPERM)},
		{SYS_openat, 0, O_RDONLY | O_CLOEXEC, 0, PASSES, PASSES, ASKS},
		{SYS_openat, 0, O_RDONLY | O_CLOEXEC | HIGH, 0, PASSES, PASSES, ASKS},
		{SYS_openat, 0, O_RDONLY, 0, PASSES, PASSES, PASSES},
		{SYS_openat, 0, O_RDWR | O_CLOEXEC, 0, PASSES, PASSES, PASSES},
		{SYS_openat, 0, O_CLOEXEC | O_DIRECTORY, 0, PASSES, PASSES, PASSES},
		{SYS_read, 0, PROT_EXEC, 0, PASSES, PASSES, PASSES},
		{SYS_memfd_create, 0, 0, 0, PASSES, PASSES, PASSES},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t plain = ask(false, false, OWN_ARCH, rows[i].call, rows[i].second,
				     rows[i].third, rows[i].fourth);
		uint32_t strict = ask(true, false, OWN_ARCH, rows[i].call, rows[i].second,
				      rows[i].third, rows[i].fourth);
		uint32_t seal = ask(false, true, OWN_ARCH, rows[i].call, rows[i].second,
				    rows[i].third, rows[i].fourth);

		cr_assert(eq(u32, plain, rows[i].plain), "row %zu", i);
		cr_assert(eq(u32, strict, rows[i].strict), "strict, row %zu", i);
		cr_assert(eq(u32, seal, rows[i].seal), "seal, row %zu", i);
	}
}

Test(run_filter, E08_other_architectures_have_no_calls)
{
	cr_assert(
		eq(u32, ask(false, false, AUDIT_ARCH_I386, 11, 0, 0, 0), FAILS(ENOSYS)));
	cr_assert(
		eq(u32, ask(false, false, AUDIT_ARCH_I386, 20, 0, 0, 0), FAILS(ENOSYS)));
	cr_assert(eq(u32, ask(false, false, AUDIT_ARCH_ARM, SYS_read, 0, 0, 0),
		     FAILS(ENOSYS)));
#ifdef __x86_64__
	cr_assert(eq(u32, ask(false, false, OWN_ARCH, 0x40000000 | 520, 0, 0, 0),
		     FAILS(ENOSYS)));
	cr_assert(eq(u32, ask(false, false, OWN_ARCH, 0x40000000 | SYS_read, 0, 0, 0),
		     FAILS(ENOSYS)));
	cr_assert(eq(u32, ask(true, false, OWN_ARCH, SYS_modify_ldt, 0, 0, 0),
		     FAILS(EPERM)));
	cr_assert(
		eq(u32, ask(false, false, OWN_ARCH, SYS_uselib, 0, 0, 0), FAILS(EPERM)));
#endif
}
