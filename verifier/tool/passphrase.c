/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrases from a file, a descriptor, the environment, or a terminal without echo. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "verifier/tool/input.h"
#include "verifier/tool/output.h"
#include "verifier/tool/passphrase.h"

/* Reads the first line, without its newline, to the end of the input or of the line.
 * Returns its length, or -1 with errno (E2BIG where it is too long). */
static ssize_t read_line(int descriptor, char *buffer, size_t size)
{
	size_t used = 0;

	for (;;) {
		/* byte by byte: what follows on a descriptor belongs to somebody else */
		char byte;
		ssize_t got = read(descriptor, &byte, 1);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return -1;
		if (got == 0 || byte == '\n')
			return (ssize_t)used;
		if (used == size) {
			errno = E2BIG;
			return -1;
		}
		buffer[used++] = byte;
	}
}

static int take(struct passphrase *passphrase, ssize_t length, const char *object,
		struct modseal_error *error)
{
	if (length == -1 && errno == E2BIG)
		return output_error(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				    object, "put the passphrase alone on the first line",
				    "the passphrase is longer than %d bytes",
				    PASSPHRASE_MAX);
	if (length == -1)
		return output_error(
			error, errno == ENOENT ? MODSEAL_E_NOT_FOUND : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_KEY, object,
			"name a file or descriptor that you can read",
			"the passphrase cannot be read: %s",
			errno == ENXIO ? OUTPUT_NOBODY_THERE : strerror(errno));
	if (length == 0 || memchr(passphrase->text, '\0', (size_t)length))
		return output_error(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				    object, "put the passphrase on the first line",
				    length == 0 ? "the passphrase is empty"
						: "the passphrase holds a NUL byte");
	passphrase->length = length;
	return MODSEAL_OK;
}

static int from_file(struct passphrase *passphrase, const char *path,
		     struct modseal_error *error)
{
	int descriptor = input_open(path);
	ssize_t length = -1;
	int result;

	if (descriptor != -1)
		length =
			read_line(descriptor, passphrase->text, sizeof(passphrase->text));
	result = take(passphrase, length, path, error);
	if (descriptor != -1)
		close(descriptor);
	return result;
}

static int from_environment(struct passphrase *passphrase, const char *name,
			    struct modseal_error *error)
{
	const char *value = secure_getenv(name);
	size_t length = value ? strlen(value) : 0;

	if (!value)
		return output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_KEY, name,
				    "set it, or use --passphrase-file",
				    "no such environment variable");
	errno = E2BIG;
	if (length > sizeof(passphrase->text))
		return take(passphrase, -1, name, error);
	memcpy(passphrase->text, value, length);
	return take(passphrase, (ssize_t)length, name, error);
}

/* No key gets into a file of a crash. One byte instead of none: that keeps the kernel
 * from handing the memory to a program as well (core(5), "Piping core dumps"). */
static void leave_no_core(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max < 1 ? limit.rlim_max : 1;
		setrlimit(RLIMIT_CORE, &limit);
	}
}

int passphrase_open(const struct options *options, const char *key_path,
		    struct passphrase *ret_passphrase, struct modseal_error *error)
{
	ssize_t length;
	char name[32];

	leave_no_core();
	*ret_passphrase = (struct passphrase){.length = -1, .key_path = key_path};
	if (options->passphrase_file)
		return from_file(ret_passphrase, options->passphrase_file, error);
	if (options->passphrase_env)
		return from_environment(ret_passphrase, options->passphrase_env, error);
	if (options->passphrase_fd_given) {
		snprintf(name, sizeof(name), "descriptor %u", options->passphrase_fd);
		length = read_line((int)options->passphrase_fd, ret_passphrase->text,
				   sizeof(ret_passphrase->text));
		return take(ret_passphrase, length, name, error);
	}
	ret_passphrase->asked = true;
	return MODSEAL_OK;
}

void passphrase_wipe(struct passphrase *passphrase)
{
	explicit_bzero(passphrase, sizeof(*passphrase));
	passphrase->length = -1;
}

/* ---- the terminal ---------------------------------------------------------------- */

/* Signals that would end or stop the process while the terminal does not echo. */
static void prompt_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGQUIT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGTSTP);
}

#define NO_PASSPHRASE (-1)
/* A signal came. Once the terminal is put right it does its work; where the process lives
 * on (stopped and continued), the user is asked again. */
#define ASK_AGAIN (-2)

/* Waits for a line, or for a signal, which stays pending. */
static ssize_t read_typed(int terminal, int signals, char *buffer, size_t size)
{
	struct pollfd waits[] = {{.fd = terminal, .events = POLLIN},
				 {.fd = signals, .events = POLLIN}};

	while (poll(waits, 2, -1) == -1)
		if (errno != EINTR)
			return NO_PASSPHRASE;
	if (waits[1].revents)
		return ASK_AGAIN;
	return waits[0].revents & POLLIN ? read_line(terminal, buffer, size)
					 : NO_PASSPHRASE;
}

/* One prompt: the length typed, or one of the above. */
static ssize_t prompt(int terminal, const char *key_path, char *buffer, size_t size)
{
	struct termios before, quiet;
	sigset_t signals, old;
	ssize_t length = NO_PASSPHRASE;
	int descriptor;

	if (tcgetattr(terminal, &before) == -1)
		return NO_PASSPHRASE;
	prompt_signals(&signals);
	descriptor = signalfd(-1, &signals, SFD_CLOEXEC);
	if (descriptor == -1)
		return NO_PASSPHRASE;
	pthread_sigmask(SIG_BLOCK, &signals, &old);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(terminal, TCSAFLUSH, &quiet) == 0) {
		dprintf(terminal, "%s of '%s': ",
			strncmp(key_path, "pkcs11:", 7) == 0 ? "PIN" : "Passphrase",
			key_path);
		length = read_typed(terminal, descriptor, buffer, size);
		dprintf(terminal, "\n");
		tcsetattr(terminal, TCSAFLUSH, &before);
	}
	close(descriptor);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return length;
}

static ssize_t ask(const char *key_path, char *buffer, size_t size)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char name[512];
	ssize_t length = ASK_AGAIN;

	if (terminal == -1)
		return NO_PASSPHRASE;
	modseal_escape(name, sizeof(name), key_path);
	if (strncmp(name, "pkcs11:", 7) == 0)
		name[strcspn(name, "?")] = '\0';
	while (length == ASK_AGAIN)
		length = prompt(terminal, name, buffer, size);
	close(terminal);
	return length > 0 ? length : NO_PASSPHRASE;
}

int passphrase_get(void *argument, char *buffer, size_t size)
{
	struct passphrase *passphrase = argument;

	/* asked once: both keys of one command line have the same source */
	if (passphrase->asked) {
		passphrase->asked = false;
		passphrase->length = ask(passphrase->key_path, passphrase->text,
					 sizeof(passphrase->text));
	}
	if (passphrase->length <= 0 || (size_t)passphrase->length > size)
		return -1;
	memcpy(buffer, passphrase->text, (size_t)passphrase->length);
	return (int)passphrase->length;
}
