/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /sys/module: a directory for each module, and for parts of the kernel itself. */
#include "verifier/kernel/kernel_state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal/limits.h"

#define MODULES "/sys/module"

/* Not there, or not for this process to see. */
static bool tells_nothing(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP ||
	       errnum == EACCES || errnum == EPERM;
}

static int fail(const char *path, struct modseal_error *error)
{
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_CLOSURE, errno,
				  path, "what the kernel has loaded cannot be read");
}

/* One line of a file of sysfs, without its end; 0: not there, 1: read. */
static int read_line(int directory, const char *path, char *buffer, size_t size,
		     struct modseal_error *error)
{
	int descriptor =
		openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t length;

	if (descriptor < 0)
		return tells_nothing(errno) ? 0 : fail(path, error);
	length = read(descriptor, buffer, size - 1);
	if (length < 0) {
		int result = fail(path, error);

		close(descriptor);
		return result;
	}
	close(descriptor);
	buffer[length] = '\0';
	buffer[strcspn(buffer, "\n")] = '\0';
	return 1;
}

/* "live" and "coming" have their symbols in the kernel's list, which waits for the second
 * (kernel/module/main.c, resolve_symbol_wait); "going" has not. A part of the kernel has
 * a directory only if it has parameters or a version. */
int modseal_kernel_state_at(int directory, const char *name,
			    enum modseal_kernel_state *ret_state,
			    struct modseal_error *error)
{
	char path[MODSEAL_MAX_MODULE_NAME + sizeof("/initstate")], state[16];
	struct stat status;
	int result;

	*ret_state = MODSEAL_KERNEL_ABSENT;
	if (!name[0] || name[0] == '.' || strchr(name, '/') ||
	    strlen(name) > MODSEAL_MAX_MODULE_NAME)
		return 0;
	snprintf(path, sizeof(path), "%s/initstate", name);
	result = read_line(directory, path, state, sizeof(state), error);
	if (result < 0)
		return result;
	if (result == 1) {
		if (strcmp(state, "live") == 0 || strcmp(state, "coming") == 0)
			*ret_state = MODSEAL_KERNEL_LOADED;
		return 0;
	}
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return tells_nothing(errno) ? 0 : fail(name, error);
	if (S_ISDIR(status.st_mode))
		*ret_state = MODSEAL_KERNEL_BUILT_IN;
	return 0;
}

int modseal_kernel_state(const char *name, enum modseal_kernel_state *ret_state,
			 struct modseal_error *error)
{
	int directory = open(MODULES, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct statfs system;
	int result = 0;

	*ret_state = MODSEAL_KERNEL_ABSENT;
	if (directory < 0)
		return tells_nothing(errno) ? 0 : fail(MODULES, error);
	if (fstatfs(directory, &system) < 0)
		result = fail(MODULES, error);
	else if (system.f_type == SYSFS_MAGIC)
		result = modseal_kernel_state_at(directory, name, ret_state, error);
	close(directory);
	return result;
}
