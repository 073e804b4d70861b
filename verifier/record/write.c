/* SPDX-License-Identifier: Apache-2.0 */
/* Where records go: a file that only its owners can replace, and datagrams to daemons. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal/limits.h"
#include "verifier/record/record.h"

static bool is_owner(const struct modseal_recorder *recorder, uid_t owner)
{
	return owner == 0 || (recorder->config.caller_owned && owner == geteuid());
}

/* In a sticky directory on the way others cannot replace what is not theirs; where the
 * log is made they could be there first. */
static bool is_safe_directory(const struct modseal_recorder *recorder, int directory,
			      bool last)
{
	struct stat status;

	return fstat(directory, &status) == 0 && is_owner(recorder, status.st_uid) &&
	       (!(status.st_mode & (S_IWGRP | S_IWOTH)) ||
		(!last && status.st_mode & S_ISVTX));
}

/* Nobody else may put a link or another file in the place of the log. Links are not
 * followed. Returns the directory of the file, or -1. */
static int open_directory(const struct modseal_recorder *recorder, const char **ret_name)
{
	const char *at = recorder->config.file + 1;
	int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (;;) {
		size_t size = strcspn(at, "/");
		char name[256];
		int next;

		if (directory >= 0 &&
		    !is_safe_directory(recorder, directory, at[size] == '\0')) {
			close(directory);
			errno = EPERM;
			return -1;
		}
		if (directory < 0 || at[size] == '\0')
			break;
		if (size >= sizeof(name)) {
			close(directory);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, at, size);
		name[size] = '\0';
		next = openat(directory, name,
			      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(directory);
		directory = next;
		at += size + 1;
	}
	*ret_name = at;
	return directory;
}

static int open_file(const struct modseal_recorder *recorder, struct stat *ret_status)
{
	const char *name;
	int directory = open_directory(recorder, &name), file;

	if (directory < 0)
		return -1;
	file = openat(directory, name,
		      O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			      O_CLOEXEC,
		      0640);
	close(directory);
	/* a program that has closed its standard streams would write to the log */
	if (file >= 0 && file <= STDERR_FILENO) {
		int above = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		close(file);
		file = above;
	}
	if (file < 0)
		return -1;
	if (fstat(file, ret_status) || !S_ISREG(ret_status->st_mode) ||
	    !is_owner(recorder, ret_status->st_uid) || ret_status->st_mode & S_IWOTH) {
		close(file);
		errno = EPERM;
		return -1;
	}
	return file;
}

/* The descriptor may have been closed by the program, which closes all it does not know,
 * and its number be another file's since: then it is not ours to write to, nor to close.
 */
static bool is_ours(const struct modseal_recorder *recorder)
{
	struct stat status;

	return recorder->descriptor >= 0 && fstat(recorder->descriptor, &status) == 0 &&
	       status.st_dev == recorder->device && status.st_ino == recorder->inode;
}

void modseal_record_close(struct modseal_recorder *recorder)
{
	if (is_ours(recorder))
		close(recorder->descriptor);
	recorder->descriptor = -1;
}

/* Rotated away: what lies at the path is another file, or none. */
static bool is_in_place(const struct modseal_recorder *recorder)
{
	struct stat status;

	return lstat(recorder->config.file, &status) == 0 &&
	       status.st_dev == recorder->device && status.st_ino == recorder->inode;
}

static bool ready(struct modseal_recorder *recorder)
{
	bool ours = is_ours(recorder);
	struct stat status;
	int next;

	if (ours && is_in_place(recorder))
		return true;
	next = open_file(recorder, &status);
	/* rights may have been given up since: the old file is better than none */
	if (next < 0)
		return ours;
	if (ours)
		close(recorder->descriptor);
	recorder->descriptor = next;
	recorder->device = status.st_dev;
	recorder->inode = status.st_ino;
	recorder->torn = false;
	return true;
}

/* A log at the limit of file sizes ends no program: its SIGXFSZ is taken back. */
static ssize_t write_quietly(int file, const void *data, size_t size)
{
	const struct timespec now = {0};
	sigset_t limit, before, pending;
	bool was_pending;
	ssize_t written;
	int errnum;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	sigpending(&pending);
	was_pending = sigismember(&pending, SIGXFSZ) == 1;
	if (pthread_sigmask(SIG_BLOCK, &limit, &before))
		return -1;
	written = write(file, data, size);
	errnum = errno;
	if (written < 0 && errnum == EFBIG && !was_pending)
		sigtimedwait(&limit, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = errnum;
	return written;
}

int modseal_record_to_file(struct modseal_recorder *recorder,
			   const struct modseal_record_text *line)
{
	ssize_t written;

	if (!ready(recorder))
		return -1;
	/* what is left of a line that a full disk has cut ends here */
	if (recorder->torn && write_quietly(recorder->descriptor, "\n", 1) != 1)
		return -1;
	recorder->torn = false;
	/* one write: lines of several processes do not mix (O_APPEND) */
	written = write_quietly(recorder->descriptor, line->data, line->size);
	recorder->torn = written > 0 && (size_t)written < line->size;
	return written >= 0 && (size_t)written == line->size ? 0 : -1;
}

static int send_to(int type, const struct sockaddr_un *address,
		   const struct modseal_record_text *text, int *ret_errno)
{
	int daemon = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ssize_t sent = -1;

	if (daemon >= 0 &&
	    connect(daemon, (const struct sockaddr *)address, sizeof(*address)) == 0)
		sent = send(daemon, text->data, text->size, MSG_DONTWAIT | MSG_NOSIGNAL);
	*ret_errno = errno;
	if (daemon >= 0)
		close(daemon);
	return sent >= 0 && (size_t)sent == text->size ? 0 : -1;
}

/* No socket is kept: the program may close it, and the daemon start anew. */
int modseal_record_to_socket(const char *path, const struct modseal_record_text *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int result, errnum;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	result = send_to(SOCK_DGRAM, &address, text, &errnum);
	if (result < 0 && errnum == EPROTOTYPE)
		result = send_to(SOCK_STREAM, &address, text, &errnum);
	return result;
}
