/* SPDX-License-Identifier: Apache-2.0 */
/* Load names: each leads to its descriptor, no two are equal, long enough for the path.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verifier/loader/loadname.h"

#define SOME_COUNTERS 300
#define SELF	      "/proc/self/task/4194304/../../fd"
#define THREAD	      "/proc/self/task/4194304/fd"

/* Taken by all of a test, as by all of a load. */
static struct modseal_loadname_way way;

Test(loadname, R51_no_two_counters_give_the_same_name)
{
	static const uint64_t large[] = {1ull << 32, 1ull << 63, UINT64_MAX};
	char *names[SOME_COUNTERS + 3];
	size_t count = 0;

	for (uint64_t i = 0; i < SOME_COUNTERS; i++)
		names[count++] = modseal_loadname_make(SELF, i, 3, 0);
	for (size_t i = 0; i < 3; i++)
		names[count++] = modseal_loadname_make(SELF, large[i], 3, 0);
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < i; n++)
			cr_assert(ne(str, names[i], names[n]), "%zu and %zu", i, n);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
}

/* Padding must not give the digits of another counter. */
Test(loadname, R51_padding_keeps_names_apart)
{
	char *padded = modseal_loadname_make(SELF, 0, 3, 1000);
	char *other = modseal_loadname_make(SELF, 1, 3, 1000);
	char *thread = modseal_loadname_make(THREAD, 0, 3, 1000);

	cr_assert(ne(str, padded, other));
	cr_assert(ne(str, padded, thread));
	free(padded);
	free(other);
	free(thread);
}

Test(loadname, R66_is_as_long_as_the_path_that_replaces_it)
{
	static const size_t lengths[] = {0, 1, 140, 150, 151, 152, 500, 4094, 4095};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *name = modseal_loadname_make(SELF, 1, 1234567, lengths[i]);

		cr_assert(ge(sz, strlen(name), lengths[i]), "row %zu", i);
		cr_assert(le(sz, strlen(name), MODSEAL_LOADNAME_MAX), "row %zu", i);
		free(name);
	}
}

Test(loadname, leads_to_the_descriptor)
{
	static const uint64_t counters[] = {0, 1, 0x5555555555555555, UINT64_MAX};
	int memory = memfd_create("test", MFD_CLOEXEC);
	struct stat wanted, found;

	cr_assert(eq(int, fstat(memory, &wanted), 0));
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		for (size_t length = 0; length <= 4095; length += 4095) {
			char *name = NULL;

			cr_assert(eq(int,
				     modseal_loadname_take(&way, counters[i], memory,
							   length, "x", &name, NULL),
				     0),
				  "row %zu", i);
			cr_assert(eq(int, stat(name, &found), 0), "row %zu", i);
			cr_assert(eq(u64, found.st_ino, wanted.st_ino), "row %zu", i);
			free(name);
		}
	close(memory);
}

/* As where it lies: a file with fs-verity is loaded as it is. */
Test(loadname, of_a_file_that_this_user_may_not_open_the_reason_is_told)
{
	char place[] = "/tmp/modseal-loadname.XXXXXX";
	struct modseal_error error;
	char *name = NULL;
	int file, status, code;
	pid_t child;

	if (geteuid() != 0)
		cr_skip_test("it needs root");
	file = mkostemp(place, O_CLOEXEC);
	cr_assert(ge(int, file, 0));
	cr_assert(zero(int, unlink(place)));
	child = fork();
	if (child == 0) {
		if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
			_exit(2);
		code = modseal_loadname_take(&way, 1, file, 0, "x", &name, &error);
		_exit(code == MODSEAL_E_SYSTEM && error.system_errno == EACCES &&
				      strstr(error.message, "has not the rights") &&
				      strstr(error.remedy, "gives up its rights")
			      ? 0
			      : 3);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(zero(int, status));
	close(file);
}

static bool named_by(const char *wanted)
{
	int memory = memfd_create("test", MFD_CLOEXEC);
	char *name = NULL;
	bool same = modseal_loadname_take(&way, 1, memory, 0, "x", &name, NULL) == 0 &&
		    strncmp(name, wanted, strlen(wanted)) == 0;

	free(name);
	close(memory);
	return same;
}

static bool named_by_process(void)
{
	char wanted[MODSEAL_LOADNAME_DIRECTORY];

	snprintf(wanted, sizeof(wanted), "/proc/self/task/%d/../../fd/", getpid());
	return named_by(wanted);
}

static void *in_thread(void *argument)
{
	char wanted[MODSEAL_LOADNAME_DIRECTORY];

	snprintf(wanted, sizeof(wanted), "/proc/self/task/%d/fd/", gettid());
	return named_by(wanted) ? argument : NULL;
}

/* A debugger opens it, too. */
Test(loadname, R66_leads_nowhere_in_another_process)
{
	pthread_t thread;
	void *right = NULL;
	char *name = NULL;
	int status;
	pid_t child;

	cr_assert(named_by_process());
	cr_assert(zero(int, pthread_create(&thread, NULL, in_thread, &status)));
	cr_assert(zero(int, pthread_join(thread, &right)));
	cr_assert(eq(ptr, right, &status));
	cr_assert(eq(int, modseal_loadname_take(&way, 1, 0, 0, "x", &name, NULL), 0));
	child = fork();
	if (child == 0)
		_exit(named_by_process() && access(name, F_OK) ? 0 : 1);
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(zero(int, status), "the child of a fork has another number");
	free(name);
}

Test(loadname, R61_refuses_a_descriptor_that_cannot_be_reached)
{
	struct modseal_error error = {0};
	char *name = NULL;
	int gone = memfd_create("test", MFD_CLOEXEC);

	close(gone);
	cr_assert(eq(int, modseal_loadname_take(&way, 1, gone, 0, "x", &name, &error),
		     MODSEAL_E_SYSTEM));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_LOAD));
	cr_assert(zero(ptr, name));
}
