/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of `run`, each in one write where a pipe takes it, so that those of others do
 * not mix with it. */
#include "verifier/run/report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

void run_report_start(struct run_report *report, const char *policy_options)
{
	memset(report, 0, sizeof(*report));
	report->policy_options = policy_options;
	pthread_mutex_init(&report->lock, NULL);
}

/* Another writer may fill a pipe between poll and write: then the kernel is not to wait
 * either, where it knows how (Linux 6.4). Files and terminals are written to as usual. */
static ssize_t write_some(const char *text, size_t size)
{
	struct iovec bytes = {(void *)(uintptr_t)text, size};
	ssize_t written = -1;
	struct stat status;

	errno = EOPNOTSUPP;
	if (fstat(STDERR_FILENO, &status) == 0 && S_ISFIFO(status.st_mode))
		written = pwritev2(STDERR_FILENO, &bytes, 1, -1, RWF_NOWAIT);
	if (written < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		written = write(STDERR_FILENO, text, size);
	return written;
}

/* What a pipe takes at once if it is ready for any. */
#define PRINT_PIECE 4096
/* How long a reader is waited for; the whole target may wait meanwhile. */
#define PRINT_WAIT_MS 100
/* How often others may be quicker. */
#define PRINT_TRIES 8

/* A message is lost where nobody reads: the decision is what matters, and is recorded.
 * Once that was seen nobody is waited for until there is room again. */
static void print(const char *text, int length, size_t size)
{
	static atomic_bool stuck;
	int tries = 0;
	size_t left = length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;

	while (left > 0) {
		struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
		int wait = atomic_load(&stuck) ? 0 : PRINT_WAIT_MS;
		ssize_t written;

		if (poll(&ready, 1, wait) == 0) {
			atomic_store(&stuck, true);
			return;
		}
		written = write_some(text, left < PRINT_PIECE ? left : PRINT_PIECE);
		if (written < 0 && errno == EAGAIN && tries++ < PRINT_TRIES)
			continue;
		if (written <= 0)
			return; /* there is nobody left to tell */
		atomic_store(&stuck, false);
		text += written;
		left -= (size_t)written;
	}
}

void run_report_message(const char *object, const char *remedy, const char *format, ...)
{
	char text[8192], reason[1024], name[4200] = "";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (object)
		modseal_escape(name, sizeof(name), object);
	print(text,
	      snprintf(text, sizeof(text), "modseal: %s%s%s%s%s%s%s\n", object ? "'" : "",
		       name, object ? "': " : "", reason, remedy && *remedy ? " (" : "",
		       remedy ? remedy : "", remedy && *remedy ? ")" : ""),
	      sizeof(text));
}

int run_report_error(struct modseal_error *error, int code, const char *object,
		     const char *remedy, const char *format, ...)
{
	va_list arguments;

	memset(error, 0, sizeof(*error));
	error->code = code;
	error->stage = MODSEAL_STAGE_GATE;
	modseal_escape(error->object, sizeof(error->object), object ? object : "");
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	snprintf(error->remedy, sizeof(error->remedy), "%s", remedy ? remedy : "");
	return code;
}

/* FNV-1a: it only spares repetitions. */
static uint64_t hash(uint64_t start, const char *text)
{
	for (; *text; text++)
		start = (start ^ (unsigned char)*text) * 1099511628211u;
	return start;
}

static bool is_news(struct run_report *report, const struct run_asker *asker,
		    const struct modseal_error *error)
{
	uint64_t key = hash(14695981039346656037u ^ (uint64_t)(uint32_t)error->code,
			    error->object);

	key = hash(hash(key, error->message), asker->program);
	for (size_t i = 0; i < RUN_REPORT_SEEN; i++)
		if (report->seen[i] == key)
			return false;
	report->seen[report->seen_next++ % RUN_REPORT_SEEN] = key;
	return true;
}

static const char *kind_of(enum run_use use)
{
	return use == RUN_USE_LIBRARY || use == RUN_USE_MEMORY ? "library" : "program";
}

void run_report_refusal(struct run_report *report, enum run_use use,
			const struct run_asker *asker, const struct modseal_error *error,
			bool passed)
{
	static const char *const verbs[] = {
		[RUN_USE_PROGRAM] = "execute",
		[RUN_USE_INTERPRETER] = "execute (as an interpreter)",
		[RUN_USE_LIBRARY] = "load",
		[RUN_USE_MEMORY] = "make executable",
	};
	char text[24576], program[4200], command[128], explain[8800] = "";
	bool news;

	pthread_mutex_lock(&report->lock);
	report->refused[use]++;
	news = is_news(report, asker, error);
	pthread_mutex_unlock(&report->lock);
	if (!news)
		return;
	modseal_escape(program, sizeof(program),
		       asker->program[0] ? asker->program : "a program");
	modseal_escape(command, sizeof(command), asker->command);
	/* it is made to be pasted into a shell, where a quote in a name would end it */
	if (error->object[0] == '/' && !strpbrk(error->object, "'\\"))
		snprintf(explain, sizeof(explain),
			 "\nmodseal:   why: modseal policy explain%s --kind %s '%s'",
			 report->policy_options, kind_of(use), error->object);
	print(text,
	      snprintf(
		      text, sizeof(text),
		      "modseal: '%s': %s: %s%s%s%s\n"
		      "modseal:   %s wanted to %s it (process %d, \"%s\", parent %d)%s\n",
		      error->object, passed ? "would be refused" : "refused",
		      error->message, error->remedy[0] ? " (" : "", error->remedy,
		      error->remedy[0] ? ")" : "", program, verbs[use],
		      (int)asker->process, command, (int)asker->parent, explain),
	      sizeof(text));
}

void run_report_accepted(struct run_report *report, enum run_use use, bool kept)
{
	pthread_mutex_lock(&report->lock);
	if (kept)
		report->kept[use]++;
	else
		report->judged[use]++;
	pthread_mutex_unlock(&report->lock);
}

void run_report_copy(struct run_report *report)
{
	pthread_mutex_lock(&report->lock);
	report->copies++;
	pthread_mutex_unlock(&report->lock);
}

void run_report_summary(struct run_report *report)
{
	static const char *const names[] = {
		[RUN_USE_PROGRAM] = "programs",
		[RUN_USE_INTERPRETER] = "interpreters",
		[RUN_USE_LIBRARY] = "libraries",
		[RUN_USE_MEMORY] = "memory",
	};
	char text[1024];
	int used = 0;

	pthread_mutex_lock(&report->lock);
	for (int i = 0; i < RUN_USE_COUNT; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used,
				 "modseal: %-12s %6" PRIu64 " judged, %6" PRIu64
				 " by kept verdicts, %4" PRIu64 " refused\n",
				 names[i], report->judged[i], report->kept[i],
				 report->refused[i]);
	used += snprintf(text + used, sizeof(text) - (size_t)used,
			 "modseal: %" PRIu64 " opens answered with sealed copies\n",
			 report->copies);
	pthread_mutex_unlock(&report->lock);
	print(text, used, sizeof(text));
}
