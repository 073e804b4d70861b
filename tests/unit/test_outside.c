/* SPDX-License-Identifier: Apache-2.0 */
/* How processes are taken hold of from outside, and what the call takes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/slowness.h"
#include "verifier/handle.h"
#include "verifier/process/outside.h"

static struct modseal_error error;

/* A child that waits until it is killed. */
static pid_t start(void)
{
	pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

Test(outside, sees_what_a_process_is)
{
	struct modseal_sight sight;
	char own[PATH_MAX] = "";
	pid_t child;

	if (is_emulated())
		cr_skip_test("another process shows the emulator");
	child = start();
	cr_assert(zero(int, modseal_sight_open(child, &sight, &error)), "%s",
		  error.message);
	cr_assert(gt(long, readlink("/proc/self/exe", own, sizeof(own) - 1), 0));
	cr_assert(eq(str, sight.program, own));
	cr_assert(eq(u32, sight.user, geteuid()));
	cr_assert(gt(sz, sight.maps.count, 3));
	cr_assert(not(sight.foreign));
	end(child);
	modseal_sight_close(&sight);
}

Test(outside, a_number_used_again_is_another_process)
{
	pid_t child = start();
	struct modseal_sight sight;
	struct modseal_maps maps;
	uint64_t pages;

	cr_assert(zero(int, modseal_sight_open(child, &sight, &error)));
	cr_assert(not(modseal_sight_has_ended(&sight, &error)));
	end(child);
	cr_assert(modseal_sight_has_ended(&sight, &error));
	cr_assert(eq(int, error.code, MODSEAL_E_NOT_FOUND));
	/* whoever has the number now: the directory is that of the one that ended */
	cr_assert(eq(int,
		     modseal_maps_read_of(sight.directory, "x", MODSEAL_STAGE_GATE, &maps,
					  &error),
		     MODSEAL_E_SYSTEM));
	cr_assert(error.system_errno == ENOENT || error.system_errno == ESRCH);
	cr_assert(eq(int,
		     modseal_sight_count_changed(&sight, &sight.maps.items[0], 4096,
						 &pages, &error),
		     MODSEAL_E_NOT_FOUND));
	modseal_sight_close(&sight);
	cr_assert(
		eq(int, modseal_sight_open(child, &sight, &error), MODSEAL_E_NOT_FOUND));
	modseal_sight_close(&sight);
}

Test(outside, a_process_that_nobody_waited_for_has_ended)
{
	pid_t child = fork();
	struct modseal_sight sight;
	siginfo_t info;

	if (child == 0)
		_exit(0);
	cr_assert(zero(int, waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT)));
	cr_assert(
		eq(int, modseal_sight_open(child, &sight, &error), MODSEAL_E_NOT_FOUND));
	cr_assert(eq(str, error.message, "it has ended"));
	modseal_sight_close(&sight);
	waitpid(child, NULL, 0);
}

Test(outside, counts_pages_that_were_written_to)
{
	long page = sysconf(_SC_PAGESIZE);
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	volatile char *bytes = mmap(NULL, (size_t)(3 * page), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE, file, 0);
	const struct modseal_mapping *mapping;
	struct modseal_sight sight;
	uint64_t pages = 99;

	cr_assert(bytes != MAP_FAILED);
	bytes[0] = bytes[page]; /* one is written to, one only read */
	cr_assert(zero(int, modseal_sight_open(getpid(), &sight, &error)));
	mapping = modseal_maps_at(&sight.maps, (const void *)bytes);
	cr_assert(zero(int,
		       modseal_sight_count_changed(&sight, mapping, (uint64_t)(3 * page),
						   &pages, &error)));
	cr_assert(eq(u64, pages, 1));
	modseal_sight_close(&sight);
	close(file);
}

Test(outside, refuses_what_makes_no_sense)
{
	struct modseal_context context = {.root = -1, .references = 9};
	struct modseal *handle = modseal_handle_of(&context);
	struct modseal_running_count count = {.approved = 7};
	pid_t none = 0, own = getpid();

	cr_assert(eq(int,
		     modseal_check_running(NULL, &own, 1, 0, NULL, NULL, &count, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(zero(u64, count.approved));
	cr_assert(
		eq(int,
		   modseal_check_running(handle, &own, 1, 0x80, NULL, NULL, NULL, &error),
		   MODSEAL_E_ARGUMENT));
	cr_assert(eq(str, error.message, "unknown flags 0x80"));
	cr_assert(eq(int,
		     modseal_check_running(handle, &none, 1, 0, NULL, NULL, NULL, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int,
		     modseal_check_running(handle, NULL, 1, 0, NULL, NULL, NULL, &error),
		     MODSEAL_E_ARGUMENT));
	context.root = 0;
	cr_assert(eq(int,
		     modseal_check_running(handle, &own, 1, 0, NULL, NULL, NULL, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(
		eq(str, error.message, "the context is for the tree of another system"));
	modseal_free(&handle);
}
