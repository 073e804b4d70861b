/* SPDX-License-Identifier: Apache-2.0 */
/*
 * R34: makes every call of the verify path fail in turn, and of signing.
 *
 * fault trust CERTIFICATE FILE
 * fault check POLICY ANCHOR FILE
 * fault load POLICY ANCHOR FILE SYMBOL
 * fault again POLICY ANCHOR FILE: approved a second time, while the first image lives
 * fault kernel POLICY ANCHOR FILE: a kernel module, into a kernel that is played
 * fault sign KEY CERTIFICATE FILE; fault batch, the same; fault attach CERTIFICATE FILE
 * SIGNATURE: of copies
 * FAULT_STATE names the directory of a rollback state for check and load.
 *
 * FAULT_ALIKE=N makes of the calls that the same functions lead to (loops: one after the
 * other) only the first N fail; FAULT_STRIDE=N makes every Nth of these fail.
 *
 * With FAULT_AGAIN every later call of the same function fails too: what is tried again
 * after a first failure must not succeed in the end by skipping it.
 *
 * fault count PREFIX trust|check|load ...: runs the operation once, whatever it answers,
 * and prints how many calls of functions with this prefix it made (R47, R80).
 *
 * Otherwise the operation runs once untouched and must succeed; then, each time in a
 * process of its own, with its 1st, 2nd, 3rd ... call outside the library failing
 * (VERITY: with a kernel that has fs-verity). Wanted: always a refusal with a code and a
 * message, outputs untouched, nothing left open. Prints `accepted after NAME` for each
 * breach; the last line counts.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "modseal-inspect.h"
#include "modseal-kernel.h"
#include "names.h"
/* the kernel that is played must not fail when it asks the real one */
long __real_syscall(long number, ...);
#define syscall __real_syscall
#include "tests/hosts/verity_kernel.h"
#undef syscall
ssize_t __real_write(int descriptor, const void *bytes, size_t size);
void *__real_dlsym(void *handle, const char *name);
#define REAL_DLSYM __real_dlsym
#include "tests/hosts/module_kernel.h"

static const char *const names[] = {
#define X(name) name,
	FAULT_NAMES
#undef X
};

/* Calls still to pass before one fails; negative: none is to fail. */
static long countdown = -1;
static long counts[sizeof(names) / sizeof(names[0])];
static int failed_name = -1;
static int teller = -1; /* where a child says which call failed, before anything else */
static bool stopping;	/* FAULT_AT=N: no children, stop at the Nth call for a debugger */
static bool again;	/* every later call of the same name fails too */

/*
 * Which calls are alike: a hash of the return addresses that led to each, in their order.
 * Not by backtrace(3), which loads a library that the process gate rightly refuses.
 */
#define MAX_CALLS 65536
static uint64_t *ways; /* while calls are counted, shared with the parent */
static uint64_t *known_ways;
static size_t way_count;

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *argument)
{
	uint64_t *hash = argument;

	*hash = (*hash ^ (uint64_t)_Unwind_GetIP(context)) * 1099511628211U; /* FNV-1a */
	return _URC_NO_REASON;
}

static void keep_way(void)
{
	uint64_t hash = 14695981039346656037U;

	if (way_count == MAX_CALLS)
		_exit(99);
	_Unwind_Backtrace(add_frame, &hash);
	ways[way_count++] = hash ? hash : 1;
}

/* Called by the assembly in front of every wrapped function. */
int fault_decide(int number);
int fault_decide(int number)
{
	counts[number]++;
	if (ways)
		keep_way();
	if (countdown < 0)
		return 0;
	if (failed_name >= 0)
		return again && number == failed_name;
	if (countdown-- > 0)
		return 0;
	countdown = 0;
	failed_name = number;
	if (stopping)
		raise(SIGTRAP);
	else if (__real_write(teller, &number, sizeof(number)) < 0)
		_exit(99);
	errno = strstr(names[number], "alloc") ? ENOMEM : EIO;
	return 1;
}

static struct modseal_error error;

typedef int operation(char **argv);

static int run_trust(char **argv)
{
	struct modseal_trust_options options = {.version = MODSEAL_TRUST_OPTIONS_VERSION,
						.certificate_path = argv[2]};
	struct modseal_trust *trust = NULL;
	struct modseal_verdict *verdict = NULL;
	int result = modseal_trust_open(&options, &trust, &error);

	if (result == 0)
		result = modseal_trust_check(trust, argv[3], &verdict, &error);
	if (result < 0 && verdict)
		result = 1;
	modseal_verdict_free(&verdict);
	modseal_trust_free(&trust);
	return result;
}

static int open_policy(char **argv, uint32_t flags, struct modseal **context)
{
	const char *anchors[] = {argv[3]};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | flags,
		.policy_path = argv[2],
		.anchor_paths = anchors,
		.anchor_path_count = 1,
		.state_directory = getenv("FAULT_STATE"),
		.threads = 1, /* the calls come in the same order each time */
	};

	return modseal_open(&options, context, &error);
}

static int run_check(char **argv)
{
	struct modseal *context = NULL;
	struct modseal_verdict *verdict = NULL;
	int result = open_policy(argv, MODSEAL_OPEN_CHECK_ONLY, &context);

	if (result == 0)
		result = modseal_check(context, argv[4], MODSEAL_KIND_LIBRARY, &verdict,
				       &error);
	if (result < 0 && verdict)
		result = 1;
	modseal_verdict_free(&verdict);
	modseal_free(&context);
	return result;
}

static int run_load(char **argv)
{
	struct modseal *context = NULL;
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	void *symbol = NULL;
	/* by a descriptor: all that modseal_verify does, and what is asked of it */
	int descriptor = open(argv[4], O_RDONLY | O_CLOEXEC);
	int result = open_policy(argv, 0, &context);

	if (result == 0)
		result = modseal_verify_fd(context, descriptor, argv[4], &image, &error);
	if (result == 0)
		result =
			modseal_load(image, MODSEAL_LOAD_CHECK_BINDINGS, &module, &error);
	if (result == 0)
		result = modseal_symbol(module, argv[5], NULL, &symbol, &error);
	if (result < 0 && symbol)
		result = 1;
	/* what is decided is decided: unloading may be short of memory */
	countdown = -1;
	ways = NULL;
	if (module && modseal_unload(&module, NULL) < 0)
		result = result < 0 ? result : 1;
	modseal_image_free(&image);
	modseal_free(&context);
	close(descriptor);
	return result;
}

static bool same_bytes(const struct modseal_image *a, const struct modseal_image *b)
{
	static char one[1 << 20], two[1 << 20];
	ssize_t length = pread(modseal_image_descriptor(a), one, sizeof(one), 0);

	return length > 0 &&
	       pread(modseal_image_descriptor(b), two, sizeof(two), 0) == length &&
	       memcmp(one, two, (size_t)length) == 0;
}

/* What fails on the way to the copy of the first may lead to a copy of its own, with the
 * same bytes. */
static int run_again(char **argv)
{
	struct modseal *context = NULL;
	struct modseal_image *first = NULL, *second = NULL;
	uint64_t *listed = ways;
	long position = countdown;
	int result;

	ways = NULL;
	countdown = -1;
	result = open_policy(argv, 0, &context);
	if (result == 0)
		result = modseal_verify(context, argv[4], &first, &error);
	if (result < 0)
		abort();
	ways = listed;
	countdown = position;
	result = modseal_verify(context, argv[4], &second, &error);
	countdown = -1;
	ways = NULL;
	if (result < 0 && second)
		result = 1;
	if (result == 0 && !same_bytes(first, second))
		abort();
	modseal_image_free(&second);
	modseal_image_free(&first);
	modseal_free(&context);
	return result;
}

static int run_kernel(char **argv)
{
	struct modseal *context = NULL;
	struct modseal_image *image = NULL;
	int result = open_policy(argv, MODSEAL_OPEN_KERNEL_ONLY, &context);

	if (result == 0)
		result = modseal_verify_kernel_module(context, argv[4], &image, &error);
	if (result < 0 && image)
		result = 1;
	if (result == 0)
		result = modseal_load_kernel_module(image, "a=1", &error);
	modseal_image_free(&image);
	modseal_free(&context);
	return result;
}

#include "tests/fault/signing.h"

static int count_descriptors(void)
{
	DIR *listing = opendir("/proc/self/fd");
	int count = 0;

	while (listing && readdir(listing))
		count++;
	if (listing)
		closedir(listing);
	return count;
}

/* What a child says by its exit status. */
enum { REFUSED, ACCEPTED, UNTOLD, LEAKED, EXHAUSTED };

/* Calls by which the copy of another image is opened and looked at. */
static bool is_of_sharing(const char *name)
{
	static const char *const calls[] = {"open", "fstat", "fcntl", "fstatfs",
					    "readlink"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(name, calls[i]) == 0)
			return true;
	return false;
}

/*
 * Failures that need not refuse: the limit of file sizes is a courtesy, and dlinfo
 * fetches what the proof and the true name need, so without it the process ends (R55) or
 * the library keeps the name it was loaded by. What cannot be mapped for reading is read
 * (R112): kernel modules can be loaded then. Huge pages are but a wish.
 */
static bool is_tolerated(operation *run, const char *name, int answer)
{
	if (run == run_sign || run == run_batch || run == run_attach)
		return answer == 1 && fault_is_tolerated(name);
	return (strcmp(name, "madvise") == 0 && answer == 1) ||
	       (run == run_again && answer == 1 && is_of_sharing(name)) ||
	       (run == run_kernel && strcmp(name, "mmap") == 0 && answer == 1) ||
	       (strcmp(name, "getrlimit") == 0 && answer == 1) ||
	       (strcmp(name, "dlinfo") == 0 && (answer == 1 || answer == 128 + SIGABRT));
}

/* A process in which one call fails. */
struct attempt {
	pid_t child;
	int told; /* the call that failed can be read here */
};

static struct attempt start(operation *run, char **argv, long position)
{
	struct attempt attempt;
	int ends[2];

	fflush(stdout);
	if (pipe(ends) < 0 || (attempt.child = fork()) < 0)
		exit(3);
	if (attempt.child == 0) {
		int before = count_descriptors(), answer = REFUSED, result;

		teller = ends[1];
		countdown = position;
		result = run(argv);
		countdown = -1;
		if (failed_name < 0)
			answer = EXHAUSTED;
		else if (result >= 0)
			answer = ACCEPTED;
		else if (error.code != result || error.message[0] == '\0')
			answer = UNTOLD;
		else if (count_descriptors() != before)
			answer = LEAKED;
		exit(answer); /* runs the leak check of a sanitized build */
	}
	close(ends[1]);
	attempt.told = ends[0];
	return attempt;
}

static int finish(struct attempt attempt, int *ret_name)
{
	int status = 0;

	if (read(attempt.told, ret_name, sizeof(*ret_name)) != sizeof(*ret_name))
		*ret_name = -1;
	close(attempt.told);
	waitpid(attempt.child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static operation *find_operation(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "trust") == 0)
		return run_trust;
	if (argc == 5 && strcmp(argv[1], "check") == 0)
		return run_check;
	if (argc == 6 && strcmp(argv[1], "load") == 0)
		return run_load;
	if (argc == 5 && strcmp(argv[1], "again") == 0)
		return run_again;
	if (argc == 5 && strcmp(argv[1], "kernel") == 0)
		return run_kernel;
	if (argc == 5 && strcmp(argv[1], "sign") == 0)
		return run_sign;
	if (argc == 5 && strcmp(argv[1], "batch") == 0)
		return run_batch;
	if (argc == 5 && strcmp(argv[1], "attach") == 0)
		return run_attach;
	return NULL;
}

static int count_calls(const char *prefix, operation *run, char **argv)
{
	size_t length = strlen(prefix);
	long total = 0;

	if (!run)
		return 2;
	(void)run(argv);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(names[i], prefix, length) == 0)
			total += counts[i];
	printf("%ld\n", total);
	return 0;
}

/* Runs the operation untouched in a process of its own: *ret_count calls, or -1: it did
 * not succeed. */
static int count_ways(operation *run, char **argv, size_t *ret_count)
{
	uint64_t *shared =
		mmap(NULL, (MAX_CALLS + 1) * sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t child;

	if (shared == MAP_FAILED || (child = fork()) < 0)
		exit(3);
	if (child == 0) {
		int result;

		ways = shared;
		result = run(argv);
		ways = NULL;
		if (result < 0)
			fprintf(stderr, "%s\n", error.message);
		exit(result < 0);
	}
	if (waitpid(child, &status, 0) < 0 || status != 0)
		return -1;
	for (*ret_count = 0; *ret_count < MAX_CALLS && shared[*ret_count];)
		++*ret_count;
	known_ways = shared;
	return 0;
}

static long number_of(const char *variable, long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : otherwise;
}

/* Which calls are to fail; the caller frees. */
static long *choose(size_t calls, size_t *ret_count)
{
	long stride = number_of("FAULT_STRIDE", 1), alike = number_of("FAULT_ALIKE", 0);
	long *chosen = calloc(calls + 1, sizeof(*chosen)), different = 0;

	if (!chosen || stride < 1 || alike < 0)
		exit(2);
	*ret_count = 0;
	for (size_t i = 0; i < calls; i++) {
		long before = 0;

		for (size_t other = 0; alike && other < i && before < alike; other++)
			before += known_ways[other] == known_ways[i];
		if ((!alike || before < alike) && different++ % stride == 0)
			chosen[(*ret_count)++] = (long)i;
	}
	return chosen;
}

int main(int argc, char **argv)
{
	static const char *const verdicts[] = {"refused", "accepted",
					       "refused without a reason",
					       "descriptors leaked", "not reached"};
	operation *run;
	struct attempt attempts[8];
	size_t calls = 0, wanted = 0, started = 0;
	size_t at_once = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	bool seen[sizeof(names) / sizeof(names[0])] = {false};
	size_t different = 0;
	long breaches = 0, *chosen;
	int name = -1;

	if (argc > 3 && strcmp(argv[1], "count") == 0)
		return count_calls(argv[2], find_operation(argc - 2, argv + 2), argv + 2);
	run = find_operation(argc, argv);
	if (!run)
		return 2;
	again = getenv("FAULT_AGAIN") != NULL;
	if (getenv("FAULT_AT")) {
		stopping = true;
		countdown = strtol(getenv("FAULT_AT"), NULL, 10);
		return run(argv) < 0 ? 1 : 0;
	}
	if (count_ways(run, argv, &calls) < 0) {
		printf("it does not succeed where nothing fails\n");
		return 1;
	}
	chosen = choose(calls, &wanted);
	at_once = at_once < 1 ? 1 : at_once > 8 ? 8 : at_once;
	for (size_t done = 0; done < wanted; done++) {
		int answer;

		for (; started < wanted && started < done + at_once; started++)
			attempts[started % at_once] = start(run, argv, chosen[started]);
		answer = finish(attempts[done % at_once], &name);
		if (name >= 0 && !seen[name]) {
			seen[name] = true;
			different++;
		}
		if (answer == REFUSED ||
		    (name >= 0 && is_tolerated(run, names[name], answer)))
			continue;
		breaches++;
		printf("%s after call %ld, %s, failed\n",
		       answer <= EXHAUSTED ? verdicts[answer] : "crashed or leaked",
		       chosen[done], name >= 0 ? names[name] : "?");
	}
	printf("%zu of %zu calls made to fail, of %zu functions, %ld breaches\n", wanted,
	       calls, different, breaches);
	free(chosen);
	return breaches == 0 && wanted > 0 ? 0 : 1;
}
