/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter of the target, made with libseccomp. */
#include "verifier/run/filter.h"
#include "verifier/run/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/personality.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SHM_EXEC
#define SHM_EXEC 0100000
#endif

/* The kernel looks at the low 32 bits of what is an int; so does this. */
#define HAS(argument, bits)   SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, bits, bits)
#define LACKS(argument, bits) SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, bits, 0)
#define IS_INT(argument, value)                                                          \
	SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, 0xffffffffu, value)

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct rule {
	int call;
	uint32_t action;
	unsigned count;
	struct scmp_arg_cmp arguments[2];
};

static int add(scmp_filter_ctx filter, const struct rule *rules, size_t count)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++) {
		/* this machine has no such call */
		if (rules[i].call < 0)
			continue;
		result = seccomp_rule_add_array(filter, rules[i].action, rules[i].call,
						rules[i].count, rules[i].arguments);
	}
	return result;
}

static int add_always(scmp_filter_ctx filter)
{
	const struct rule rules[] = {
		{SCMP_SYS(mmap),
		 SCMP_ACT_NOTIFY,
		 2,
		 {HAS(2, PROT_EXEC), LACKS(3, MAP_ANONYMOUS)}},
		{SCMP_SYS(mprotect), SCMP_ACT_NOTIFY, 1, {HAS(2, PROT_EXEC)}},
		{SCMP_SYS(pkey_mprotect), SCMP_ACT_NOTIFY, 1, {HAS(2, PROT_EXEC)}},
		{SCMP_SYS(execve), SCMP_ACT_NOTIFY, 0, {{0}}},
		{SCMP_SYS(execveat), SCMP_ACT_NOTIFY, 0, {{0}}},
		{SCMP_SYS(shmat), SCMP_ACT_ERRNO(EACCES), 1, {HAS(2, SHM_EXEC)}},
		/* all bits set only asks, which debuggers do: the supervisor looks */
		{SCMP_SYS(personality), SCMP_ACT_NOTIFY, 1, {HAS(0, READ_IMPLIES_EXEC)}},
		{SCMP_SYS(remap_file_pages), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
		{SCMP_SYS(uselib), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
		{SCMP_SYS(userfaultfd), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
		/* binfmt_misc, which a user may have in a namespace of his own (Linux
		 * 6.7): its interpreters are executed without a call that is asked about
		 */
		{SCMP_SYS(mount), SCMP_ACT_NOTIFY, 0, {{0}}},
		{SCMP_SYS(fsopen), SCMP_ACT_NOTIFY, 0, {{0}}},
		/* of two filters that notify the kernel asks the newer one only: that it
		 * has one listener at most holds while there is the supervisor's
		 */
		{SCMP_SYS(seccomp),
		 SCMP_ACT_ERRNO(EBUSY),
		 1,
		 {HAS(1, SECCOMP_FILTER_FLAG_NEW_LISTENER)}},
		/* limits of another process: the supervisor's are nobody's to lower */
		{SCMP_SYS(prlimit64),
		 SCMP_ACT_ERRNO(EPERM),
		 2,
		 {SCMP_CMP64(0, SCMP_CMP_NE, 0, 0), SCMP_CMP64(2, SCMP_CMP_NE, 0, 0)}},
	};

	return add(filter, rules, LENGTH(rules));
}

static int add_strict(scmp_filter_ctx filter)
{
	const struct rule rules[] = {
		{SCMP_SYS(mmap),
		 SCMP_ACT_ERRNO(EACCES),
		 2,
		 {HAS(2, PROT_EXEC), HAS(3, MAP_ANONYMOUS)}},
		/* it may make a mapping show more of its file */
		{SCMP_SYS(mremap), SCMP_ACT_NOTIFY, 0, {{0}}},
		{SCMP_SYS(ptrace), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
		{SCMP_SYS(modify_ldt), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
		{SCMP_SYS(process_vm_writev), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
	};

	return add(filter, rules, LENGTH(rules));
}

static int add_seal(scmp_filter_ctx filter)
{
	const struct rule rules[] = {
		{SCMP_SYS(openat), SCMP_ACT_NOTIFY, 1, {IS_INT(2, O_RDONLY | O_CLOEXEC)}},
	};

	return add(filter, rules, LENGTH(rules));
}

/* io_uring opens files without the call that is asked about. */
static int add_io_uring(scmp_filter_ctx filter)
{
	const struct rule rules[] = {
		{SCMP_SYS(io_uring_setup), SCMP_ACT_ERRNO(EPERM), 0, {{0}}},
	};

	return add(filter, rules, LENGTH(rules));
}

/* The library can load a filter, but not with the flags that are wanted here: it writes
 * it to a descriptor, and the launcher loads it. A socket of whole messages takes all of
 * it or nothing; memfd_create(2) is not allowed everywhere. */
static int take_out(scmp_filter_ctx filter, struct run_filter *ret_filter)
{
	const size_t most = BPF_MAXINSNS * sizeof(struct sock_filter);
	ssize_t size = 0;
	int ends[2], result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return errno;
	ret_filter->instructions = malloc(most);
	result = ret_filter->instructions ? -seccomp_export_bpf(filter, ends[1]) : ENOMEM;
	if (result == 0)
		size = recv(ends[0], ret_filter->instructions, most, MSG_TRUNC);
	if (size < 0)
		result = errno;
	else if (result == 0 && (size == 0 || (size_t)size > most ||
				 (size_t)size % sizeof(struct sock_filter) != 0))
		result = E2BIG;
	ret_filter->count = (unsigned short)((size_t)size / sizeof(struct sock_filter));
	if (result != 0) {
		free(ret_filter->instructions);
		*ret_filter = (struct run_filter){0};
	}
	close(ends[0]);
	close(ends[1]);
	return result;
}

int run_filter_make(bool strict, bool seal, struct run_filter *ret_filter)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	*ret_filter = (struct run_filter){0};
	if (!filter)
		return ENOMEM;
	/* another architecture, x32 too, has other numbers for the same calls */
	result =
		seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (result == 0)
		result = add_always(filter);
	if (result == 0 && strict)
		result = add_strict(filter);
	if (result == 0 && seal)
		result = add_seal(filter);
	if (result == 0 && (strict || seal))
		result = add_io_uring(filter);
	result = result == 0 ? take_out(filter, ret_filter) : -result;
	seccomp_release(filter);
	return result;
}
