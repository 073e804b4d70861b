/* SPDX-License-Identifier: Apache-2.0 */
/* Judges processes from outside, one after the other, and tells of each. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/handle.h"
#include "verifier/process/outside.h"

/* Files that are kept hold of, each by a page: far below what a process may map. */
#define MAX_FILES 8192u
/* The kernel's own limit (PID_MAX_LIMIT). */
#define MAX_PROCESSES (4u * 1024 * 1024)
#define MAX_ATTEMPTS  4
#define KNOWN_FLAGS   MODSEAL_RUNNING_STRICT

/* One call. */
struct look {
	struct modseal_outside run;
	bool all; /* processes that may not be looked at are only counted */
	modseal_running_visit *visit;
	void *argument;
	struct modseal_running_count count;
	struct modseal_error first; /* of the first process that is not approved */
};

/* What is given out about a process: texts that can be printed. */
struct telling {
	char program[4 * sizeof(((struct modseal_sight *)NULL)->program)];
	char command[4 * sizeof(((struct modseal_sight *)NULL)->command)];
	struct modseal_running_image *images;
	char **paths;
};

static bool is_refusal(const struct modseal_error *error)
{
	return modseal_code_exit(error->code) == 1;
}

/* A refusal says more than that something could not be decided. */
static const struct modseal_error *worst_of(const struct modseal_outside_images *images)
{
	const struct modseal_error *worst = NULL;

	for (size_t i = 0; i < images->count; i++) {
		const struct modseal_error *refusal = images->items[i].refusal;

		if (refusal && (!worst || (!is_refusal(worst) && is_refusal(refusal))))
			worst = refusal;
	}
	return worst;
}

static char *escaped(const char *text)
{
	size_t size = 4 * strlen(text) + 1;
	char *copy = malloc(size);

	if (copy)
		modseal_escape(copy, size, text);
	return copy;
}

static bool fill(struct telling *telling, const struct modseal_outside_images *images)
{
	telling->images = calloc(images->count + 1, sizeof(*telling->images));
	telling->paths = calloc(images->count + 1, sizeof(*telling->paths));
	if (!telling->images || !telling->paths)
		return false;
	for (size_t i = 0; i < images->count; i++) {
		const struct modseal_outside_image *image = &images->items[i];

		telling->paths[i] = escaped(image->path);
		if (!telling->paths[i])
			return false;
		telling->images[i] = (struct modseal_running_image){
			.path = telling->paths[i],
			.origin = image->origin,
			.verdict = image->file && !image->file->code && !image->refusal
					   ? image->file->verdict
					   : NULL,
			.refusal = image->refusal,
			.remark = image->remark,
		};
	}
	return true;
}

static int tell(struct look *look, const struct modseal_sight *sight,
		const struct modseal_outside_images *images,
		const struct modseal_error *why, size_t done, size_t total,
		struct modseal_error *error)
{
	struct telling *telling = calloc(1, sizeof(*telling));
	struct modseal_running process = {
		.pid = sight->pid,
		.user = sight->user,
		.error = why,
		.done = done,
		.total = total,
	};
	bool filled = telling && fill(telling, images);
	int result = 0;

	if (filled) {
		modseal_escape(telling->program, sizeof(telling->program),
			       sight->program);
		modseal_escape(telling->command, sizeof(telling->command),
			       sight->command);
		process.program = telling->program;
		process.command = telling->command;
		process.images = telling->images;
		process.image_count = images->count;
		result = look->visit(look->argument, &process);
	} else {
		result = modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	}
	for (size_t i = 0; telling && telling->paths && i < images->count; i++)
		free(telling->paths[i]);
	if (telling) {
		free(telling->images);
		free(telling->paths);
	}
	free(telling);
	return result;
}

/* Of all processes these are not told of one by one. */
static bool is_passed_over(struct look *look, const struct modseal_error *why)
{
	if (!look->all)
		return false;
	if (why->code == MODSEAL_E_UNSUPPORTED) /* a thread of the kernel */
		return true;
	if (why->code == MODSEAL_E_NOT_FOUND) {
		look->count.vanished++;
		return true;
	}
	if (why->system_errno == EACCES || why->system_errno == EPERM) {
		look->count.unseen++;
		return true;
	}
	return false;
}

/* One that executes another program while it is looked at has lost what was seen of it.
 */
static bool has_changed(const struct modseal_error *worst)
{
	return worst && !is_refusal(worst) &&
	       (worst->system_errno == ENOENT || worst->system_errno == ESRCH ||
		worst->code == MODSEAL_E_NOT_FOUND);
}

/* Not ended, so that nobody passes it over. */
static int fail_restless(const struct modseal_sight *sight, struct modseal_error *why)
{
	int code = modseal_fail(why, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, sight->name,
				"its threads end while they are looked at, one after "
				"the other");

	modseal_remedy(why, "stop it (kill -STOP), and ask again");
	return code;
}

/* Judges it as it is at one moment. Returns why it could not be judged at all. */
static int judge(struct look *look, pid_t pid, struct modseal_sight *sight,
		 struct modseal_outside_images *images, struct modseal_error *why)
{
	int result = MODSEAL_E_INTERNAL;

	for (int i = 0; i < MAX_ATTEMPTS; i++) {
		result = modseal_sight_open(pid, sight, why);
		if (!result)
			result = modseal_outside_judge(&look->run, sight, images, why);
		/* NOT_FOUND: the thread that was looked at has ended */
		if (result != MODSEAL_E_NOT_FOUND &&
		    (result || !has_changed(worst_of(images))))
			return result;
		/* what it was when it ended nobody needs to know */
		if (modseal_sight_has_ended(sight, why))
			return why->code;
		/* what is seen of files when a thread ends says nothing about them */
		if (i + 1 == MAX_ATTEMPTS && !result && !modseal_sight_is_lost(sight))
			return 0;
		modseal_outside_images_free(images);
		if (i + 1 == MAX_ATTEMPTS)
			return fail_restless(sight, why);
		modseal_sight_close(sight);
	}
	return result;
}

static int look_at(struct look *look, pid_t pid, size_t done, size_t total,
		   struct modseal_error *error)
{
	struct modseal_outside_images images = {0};
	struct modseal_sight *sight = malloc(sizeof(*sight));
	const struct modseal_error *worst;
	struct modseal_error why = {0};
	bool passed;
	int result;

	if (!sight)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	look->run.round++;
	if (look->run.file_count > MAX_FILES)
		modseal_outside_forget(&look->run);
	result = judge(look, pid, sight, &images, &why);
	passed = result && is_passed_over(look, &why);
	worst = result ? &why : worst_of(&images);
	if (!passed) {
		look->count.approved += !worst;
		look->count.refused += worst && is_refusal(worst);
		look->count.undecided += worst && !is_refusal(worst);
		if (worst && !look->first.code)
			look->first = *worst;
	}
	result = passed || !look->visit
			 ? 0
			 : tell(look, sight, &images, worst, done, total, error);
	modseal_outside_images_free(&images);
	modseal_sight_close(sight);
	free(sight);
	return result;
}

/* The numbers of all processes; threads are not listed. */
static int list_processes(pid_t **ret_pids, size_t *ret_count,
			  struct modseal_error *error)
{
	DIR *directory = opendir("/proc");
	pid_t *pids = NULL;
	size_t count = 0;
	int result = 0;

	if (!directory)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
					  errno, "/proc",
					  "the processes cannot be listed");
	for (struct dirent *entry; !result && (entry = readdir(directory));) {
		pid_t *larger = pids;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if ((count & (count - 1)) == 0) /* full */
			larger = realloc(pids, (count ? 2 * count : 1) * sizeof(*pids));
		if (!larger || count == MAX_PROCESSES) {
			result = modseal_fail_memory(error, MODSEAL_STAGE_GATE);
			break;
		}
		pids = larger;
		pids[count++] = (pid_t)strtoul(entry->d_name, NULL, 10);
	}
	closedir(directory);
	if (result) {
		free(pids);
		return result;
	}
	*ret_pids = pids;
	*ret_count = count;
	return 0;
}

static int check_arguments(const struct modseal_context *context, const pid_t *pids,
			   size_t count, uint32_t flags, struct modseal_error *error)
{
	if (flags & ~KNOWN_FLAGS)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_GATE, NULL,
				    "unknown flags 0x%x", flags & ~KNOWN_FLAGS);
	if (context->root >= 0)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_GATE, NULL,
				    "the context is for the tree of another system");
	for (size_t i = 0; i < count; i++)
		if (!pids || pids[i] < 1)
			return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_GATE,
					    NULL, "a process has a number above 0");
	if (modseal_proc_is_real())
		return 0;
	modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, "/proc",
		     "it is not the kernel's proc file system");
	modseal_remedy(error, "mount the kernel's own proc file system on /proc");
	return MODSEAL_E_SYSTEM;
}

/* What is said where all that could be seen is approved, but not all could be seen. */
static int conclude(const struct look *look, struct modseal_error *error)
{
	if (look->first.code) {
		*error = look->first;
		return look->first.code;
	}
	if (!look->count.unseen)
		return 0;
	modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, "/proc",
		     "%llu processes may not be looked at by this user",
		     (unsigned long long)look->count.unseen);
	modseal_remedy(error, "ask as root");
	return MODSEAL_E_SYSTEM;
}

static int run(struct look *look, const pid_t *pids, size_t count,
	       struct modseal_error *error)
{
	pid_t *listed = NULL;
	int result = 0;

	if (look->all)
		result = list_processes(&listed, &count, error);
	if (listed)
		pids = listed;
	look->run.may_open_mappings = modseal_sight_may_open_mappings();
	look->run.vdso_is_told = modseal_sight_knows_vdso();
	for (size_t i = 0; i < count && !result; i++)
		result = look_at(look, pids[i], i, count, error);
	free(listed);
	return result ? result : conclude(look, error);
}

static int check_running(struct modseal *handle, const pid_t *pids, size_t count,
			 uint32_t flags, modseal_running_visit *visit, void *argument,
			 struct modseal_running_count *ret_count,
			 struct modseal_error *error)
{
	struct look *look = calloc(1, sizeof(*look));
	struct modseal_context *context = NULL;
	struct modseal_error own;
	int result;

	if (!error)
		error = &own;
	modseal_error_clear(error);
	if (ret_count)
		*ret_count = (struct modseal_running_count){0};
	if (!look)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	result = modseal_handle_take(handle, &context, error);
	if (!result)
		result = check_arguments(context, pids, count, flags, error);
	if (!result) {
		look->run.context = context;
		look->run.flags = flags;
		look->all = count == 0;
		look->visit = visit;
		look->argument = argument;
		result = run(look, pids, count, error);
		modseal_outside_forget(&look->run);
	}
	if (ret_count)
		*ret_count = look->count;
	modseal_context_close(&context);
	free(look);
	return result;
}

/* Not cancelled meanwhile: nobody would free what it has so far. */
int modseal_check_running(struct modseal *handle, const pid_t *pids, size_t count,
			  uint32_t flags, modseal_running_visit *visit, void *argument,
			  struct modseal_running_count *ret_count,
			  struct modseal_error *error)
{
	int cancel, result;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	result = check_running(handle, pids, count, flags, visit, argument, ret_count,
			       error);
	pthread_setcancelstate(cancel, NULL);
	return result;
}
