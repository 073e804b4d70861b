/* SPDX-License-Identifier: Apache-2.0 */
/* Signs files in batches: a thread fills one, and what is in it becomes ready at once. */
#ifndef MODSEAL_VERIFY_ONLY
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "verifier/tool/jobs.h"
#include "verifier/tool/ordered.h"
#include "verifier/tool/sign_many.h"
#include "verifier/tool/sign_report.h"
#include "verifier/tool/stopping.h"

#define MAX_FILES 512 /* of a batch */
/* Descriptors that a file of a batch has open, and those that are for everything else. */
#define DESCRIPTORS_PER_FILE 3
#define DESCRIPTORS_ELSE     64
#define DESCRIPTORS_WANTED   8192
/* So long a slow key (a token) may keep the user waiting for a batch to fill. */
#define MAX_AGE 2000 /* milliseconds */
/* So often a file is tried again, 10 ms apart, when there was no room for it. */
#define MAX_TRIES 50

enum state {
	STATE_NOT_DONE, /* the run was stopped before */
	STATE_SIGNED,
	STATE_ALREADY,
	STATE_FAILED,
};

struct result {
	enum state state;
	char *written;			 /* or NULL */
	struct modseal_outcome *outcome; /* for the report; its pointers are no good */
	struct modseal_error *error;	 /* of a failure; NULL where memory ran out */
};

struct run {
	struct sign_many *many;
	struct result *results; /* by file */
	size_t counts[STATE_FAILED + 1];
	size_t max_files; /* of a batch */
	bool alone;	  /* one thread */
	json_t *reported; /* for the report, or NULL */
	/* There was no room for a file beside those of the batches: from then on each is
	 * put in place at once. */
	atomic_bool tight;
	/* Nor was there when the other threads had done so: nobody waits for them again.
	 */
	atomic_bool full;
	/* The token of the key is gone, or refuses its PIN: no file can be signed any
	 * more, and once is enough to say so. */
	atomic_bool keyless;
};

/* What belongs to a thread. */
struct thread {
	struct run *run;
	struct modseal_batch *batch;
	size_t *waiting; /* files in the batch, run->max_files of them */
	size_t waiting_count;
	int64_t since; /* the first of them was added */
};

static int64_t now_milliseconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fail(struct result *result, const struct modseal_error *error)
{
	result->state = STATE_FAILED;
	result->error = malloc(sizeof(*result->error));
	if (result->error)
		*result->error = *error;
}

/* ---- in any thread ----------------------------------------------------------------- */

static void end(void *own)
{
	struct thread *thread = own;

	if (!thread)
		return;
	modseal_batch_free(&thread->batch);
	free(thread->waiting);
	free(thread);
}

static void *begin(void *argument)
{
	struct run *run = argument;
	struct modseal_batch_options options = {
		.version = MODSEAL_BATCH_OPTIONS_VERSION,
		.flags = run->many->flags,
		.digests = run->many->options->report != NULL,
		.max_files = (uint32_t)run->max_files,
	};
	struct thread *thread = calloc(1, sizeof(*thread));
	struct modseal_error error;

	if (!thread)
		return NULL;
	thread->run = run;
	thread->waiting = calloc(run->max_files, sizeof(*thread->waiting));
	if (!thread->waiting ||
	    modseal_batch_new(run->many->key, &options, &thread->batch, &error) < 0) {
		end(thread);
		return NULL;
	}
	return thread;
}

static void done(void *argument, const struct modseal_outcome *outcome)
{
	const struct run *run = argument;
	struct result *result = outcome->tag;

	if (outcome->code < 0) {
		fail(result, outcome->error);
		return;
	}
	result->state = outcome->already ? STATE_ALREADY : STATE_SIGNED;
	if (outcome->written)
		result->written = strdup(outcome->written);
	if (!run->many->options->report)
		return;
	result->outcome = malloc(sizeof(*result->outcome));
	if (result->outcome)
		*result->outcome = *outcome;
}

static void settle(struct ordered *ordered, void *own)
{
	struct thread *thread = own;

	if (!thread || thread->waiting_count == 0)
		return;
	/* whoever wants an end wants it now: nothing has happened to these files yet */
	if (stopping())
		modseal_batch_free(&thread->batch);
	else
		modseal_batch_commit(thread->batch, done, thread->run);
	for (size_t i = 0; i < thread->waiting_count; i++)
		ordered_ready(ordered, thread->waiting[i]);
	thread->waiting_count = 0;
}

static int add(struct thread *thread, size_t index, struct modseal_error *error)
{
	const struct sign_many *many = thread->run->many;
	const struct file *file = &many->files->items[index];

	if (file->found)
		modseal_batch_expect(thread->batch, file->device, file->inode);
	return modseal_batch_add(thread->batch, file->path,
				 (const char *const *)file->also, file->also_count,
				 many->options->output, &thread->run->results[index],
				 error);
}

static bool is_time(const struct thread *thread)
{
	int full = 0;

	modseal_batch_count(thread->batch, &full);
	return full || atomic_load(&thread->run->tight) ||
	       now_milliseconds() - thread->since >= MAX_AGE;
}

/* What waits in batches takes room on the disk itself, and descriptors: once it is in
 * place, what it replaces is gone. */
static int add_again(struct ordered *ordered, struct thread *thread, size_t index,
		     struct modseal_error *error)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	struct run *run = thread->run;
	int code = MODSEAL_E_RESOURCE;

	for (int tries = 0; tries < MAX_TRIES && code == MODSEAL_E_RESOURCE; tries++) {
		bool last = tries > 0 && (run->alone || atomic_load(&run->full));

		atomic_store(&run->tight, true);
		settle(ordered, thread);
		if (!thread->batch || last)
			return code;
		if (tries > 0)
			nanosleep(&pause, NULL);
		code = add(thread, index, error);
	}
	if (code == MODSEAL_E_RESOURCE)
		atomic_store(&run->full, true);
	return code;
}

static void work(struct ordered *ordered, void *own, size_t index)
{
	struct thread *thread = own;
	struct modseal_error error;
	const struct file *file;
	int code;

	if (!thread) { /* nobody can say more about memory than that */
		ordered_ready(ordered, index);
		return;
	}
	if (atomic_load(&thread->run->keyless)) {
		ordered_ready(ordered, index);
		return;
	}
	file = &thread->run->many->files->items[index];
	if (file->error) {
		fail(&thread->run->results[index], file->error);
		ordered_ready(ordered, index);
		return;
	}
	code = add(thread, index, &error);
	if (code == MODSEAL_E_RESOURCE)
		code = add_again(ordered, thread, index, &error);
	if (code == MODSEAL_E_TOKEN_REMOVED || code == MODSEAL_E_TOKEN_PIN)
		atomic_store(&thread->run->keyless, true);
	if (code < 0) {
		fail(&thread->run->results[index], &error);
		ordered_ready(ordered, index);
		return;
	}
	if (thread->waiting_count == 0)
		thread->since = now_milliseconds();
	thread->waiting[thread->waiting_count++] = index;
	if (is_time(thread))
		settle(ordered, own);
}

/* ---- in the calling thread --------------------------------------------------------- */

static void report_done(struct run *run, const struct file *file,
			const struct result *result)
{
	struct output *output = run->many->output;
	json_t *extra = NULL;

	if (output->json && (result->written || file->also_count > 0)) {
		extra = json_object();
		output_json_set(extra, "output", result->written);
		for (size_t i = 0; i < file->also_count; i++)
			output_json_fact(extra, "also", file->also[i]);
	}
	output_done(output, file->path,
		    result->state == STATE_ALREADY ? "signed already" : "signed", extra);
	if (result->written)
		output_line(output, "output", result->written);
	for (size_t i = 0; i < file->also_count; i++)
		output_line(output, "also", file->also[i]);
}

/* A file that was signed and for whose outcome there was no memory makes the whole report
 * impossible: it must not be told of in part. */
static void note_result(struct run *run, const struct file *file, struct result *result)
{
	static const char *const names[] = {"not-done", "signed", "already-signed",
					    "failed"};
	struct sign_report_file entry = {.file = file,
					 .result = names[result->state],
					 .outcome = result->outcome,
					 .error = result->error};

	if (!run->reported)
		return;
	if (result->outcome) {
		result->outcome->written = result->written;
		result->outcome->error = NULL;
	} else if (result->state == STATE_SIGNED || result->state == STATE_ALREADY) {
		json_decref(run->reported);
		run->reported = NULL;
		return;
	}
	sign_report_add(&run->reported, &entry);
}

static void report(void *argument, size_t index)
{
	struct run *run = argument;
	const struct file *file = &run->many->files->items[index];
	struct result *result = &run->results[index];

	note_result(run, file, result);
	run->counts[result->state]++;
	if (result->state == STATE_SIGNED || result->state == STATE_ALREADY)
		report_done(run, file, result);
	else if (result->error)
		output_failure(run->many->output, file->path, result->error);
	else if (result->state == STATE_FAILED ||
		 (!stopping() && !atomic_load(&run->keyless)))
		jobs_no_memory(run->many->output, file->path);
	free(result->written);
	free(result->outcome);
	free(result->error);
	*result = (struct result){.state = result->state};
	output_progress(run->many->output, index + 1, run->many->files->count);
}

static size_t undone(const struct run *run)
{
	return run->many->files->count - run->counts[STATE_SIGNED] -
	       run->counts[STATE_ALREADY] - run->counts[STATE_FAILED];
}

static json_t *summary(const struct run *run, size_t removed)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "signed",
			 (json_int_t)run->counts[STATE_SIGNED], "already-signed",
			 (json_int_t)run->counts[STATE_ALREADY], "passed-over",
			 (json_int_t)run->many->files->passed_over, "failed",
			 (json_int_t)run->counts[STATE_FAILED], "not-done",
			 (json_int_t)undone(run), "left-overs", (json_int_t)removed);
}

/* One line, or with JSON one object, about all. */
static void summarise(const struct run *run, size_t removed)
{
	struct output *output = run->many->output;
	char text[256];
	int used;

	if (output->json) {
		output_object(output,
			      json_pack("{s:o}", "summary", summary(run, removed)));
		return;
	}
	used = snprintf(text, sizeof(text),
			"%zu signed, %zu signed already, %zu passed over, %zu failed",
			run->counts[STATE_SIGNED], run->counts[STATE_ALREADY],
			run->many->files->passed_over, run->counts[STATE_FAILED]);
	if (undone(run) > 0)
		used += snprintf(text + used, sizeof(text) - (size_t)used,
				 ", %zu not done", undone(run));
	if (removed > 0)
		snprintf(text + used, sizeof(text) - (size_t)used,
			 "; %zu left-over file%s of a killed run removed", removed,
			 removed > 1 ? "s" : "");
	output_text(output, text);
}

/* Files that nobody has come to before the run was stopped are told of too. */
static void write_report(struct run *run, size_t reported, size_t removed)
{
	const struct sign_many *many = run->many;
	struct modseal_error error;
	struct result none = {.state = STATE_NOT_DONE};

	for (; reported < many->files->count; reported++)
		note_result(run, &many->files->items[reported], &none);
	if (sign_report_write(many->options, many->key, run->reported,
			      summary(run, removed), &error) != MODSEAL_OK)
		output_failure(many->output, NULL, &error);
}

/* ---- all --------------------------------------------------------------------------- */

/* Once there are threads, the kernel waits at each growth of the table of descriptors
 * until no processor can be reading the old one (milliseconds). Now it does not. */
static void make_room(rlim_t count)
{
	int last = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)count - 1);

	if (last >= 0)
		close(last);
}

/* So many files fit in a batch of each thread, with as many descriptors as this process
 * may have. */
static size_t batch_size(size_t threads)
{
	struct rlimit limit;
	size_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	if (limit.rlim_cur < DESCRIPTORS_WANTED && limit.rlim_cur < limit.rlim_max) {
		rlim_t before = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max
								     : DESCRIPTORS_WANTED;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			limit.rlim_cur = before;
	}
	if (limit.rlim_cur > DESCRIPTORS_WANTED)
		limit.rlim_cur = DESCRIPTORS_WANTED;
	if (threads > 1)
		make_room(limit.rlim_cur);
	room = limit.rlim_cur > DESCRIPTORS_ELSE ? limit.rlim_cur - DESCRIPTORS_ELSE : 0;
	room /= DESCRIPTORS_PER_FILE * threads;
	return room < 1 ? 1 : room > MAX_FILES ? MAX_FILES : room;
}

static bool is_many(const struct sign_many *many)
{
	return many->options->files_from || many->files->directories ||
	       many->options->operands.count > 1;
}

void sign_many(struct sign_many *many)
{
	size_t count = many->files->count, removed, reported;
	struct run run = {.many = many};
	struct ordered_plan plan = {
		.count = count,
		.threads = jobs_threads(many->options, count),
		.argument = &run,
		.begin = begin,
		.work = work,
		.settle = settle,
		.end = end,
		.report = report,
		.stopped = stopping,
	};

	run.max_files = batch_size(plan.threads);
	run.alone = plan.threads == 1;
	/* a second batch may fill while those before the first are reported */
	plan.window = 2 * plan.threads * run.max_files;
	run.results = calloc(count + 1, sizeof(*run.results));
	run.reported = many->options->report ? json_array() : NULL;
	removed = files_clean(many->files, many->options->output);
	stopping_begin();
	output_progress_start(many->output);
	reported = run.results ? ordered_run(&plan) : 0;
	for (size_t i = reported; i < count && !stopping(); i++)
		jobs_no_memory(many->output, many->files->items[i].path);
	if (count == 0) {
		struct modseal_error error;

		output_error(&error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, NULL,
			     "name files, or directories with libraries, programs or "
			     "kernel modules below them",
			     "there is nothing to sign");
		output_failure(many->output, NULL, &error);
	}
	if (many->options->report)
		write_report(&run, reported, removed);
	if (is_many(many))
		summarise(&run, removed);
	free(run.results);
	if (stopping())
		output_finish(many->output);
	stopping_end();
}

void sign_many_fail(struct sign_many *many, const struct modseal_error *error)
{
	struct words names = {.count = 0};

	names.items = calloc(many->files->count + 1, sizeof(*names.items));
	for (size_t i = 0; names.items && i < many->files->count; i++)
		names.items[names.count++] = many->files->items[i].path;
	output_failure_for_all(many->output, &names, error);
	free(names.items);
}
#else
typedef int modseal_sign_many_is_left_out; /* a file must declare something (C11 6.9) */
#endif
