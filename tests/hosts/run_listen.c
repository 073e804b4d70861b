/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_listen FILE [orphaned]: inside `modseal run`, a process that has calls of its child
 * notified to itself, and lets them all pass: of two filters that notify, the kernel asks
 * the newer one only. The child maps FILE, as `run_hostile code` makes it, and calls it.
 *
 *	orphaned	once its parent, the supervisor, is gone: the kernel allows one
 *			listener in a row of filters, and that one's is closed then
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run_hostile.h"

static int ways[2]; /* a pipe: the listener's number, or -errno */

static _Noreturn void be_child(const char *file)
{
	struct sock_filter all[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	const struct sock_fprog program = {sizeof(all) / sizeof(all[0]), all};
	int fd = opened(file, O_RDONLY), listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		unable("no_new_privs");
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0)
		listener = -errno;
	if (write(ways[1], &listener, sizeof(listener)) != sizeof(listener))
		unable("write");
	if (listener < 0)
		stopped("listener");
	call(mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

/* Until the child is gone, and with it the last one under the filter. */
static void let_all_pass(int listener)
{
	struct pollfd wait = {.fd = listener, .events = POLLIN};
	struct seccomp_notif asked;
	struct seccomp_notif_resp pass = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	while (poll(&wait, 1, 10000) > 0 && wait.revents & POLLIN) {
		memset(&asked, 0, sizeof(asked));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
			continue;
		pass.id = asked.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &pass);
	}
}

int main(int count, char **arguments)
{
	pid_t parent = getppid(), child;
	int listener, status;

	if (count < 2 || pipe(ways))
		return 64;
	if (count > 2) {
		printf("ready\n");
		fflush(stdout);
		for (int tries = 0; getppid() == parent && tries < 1000; tries++)
			usleep(10000);
		usleep(200000); /* its threads and descriptors, too */
	}
	/* the descriptors are both's: the listener, too */
	child = (pid_t)syscall(SYS_clone, 0x400 /* CLONE_FILES */ | SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		be_child(arguments[1]);
	if (child < 0 || read(ways[0], &listener, sizeof(listener)) != sizeof(listener))
		unable("clone");
	if (listener >= 0)
		let_all_pass(listener);
	if (waitpid(child, &status, 0) != child)
		unable("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
