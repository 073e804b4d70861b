/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reload POLICY ANCHOR GOOD ONLY-A BAD ROUNDS check|verify: POLICY leads through a link
 * `now`, in its directory's parent, to `a`, `b` or `broken`. Eight threads verify under
 * one context while another switches the link and reloads, ROUNDS times; every tenth set
 * is broken, and that reload must fail and change nothing.
 *
 * GOOD, with its dependency, is accepted by the rule in line LINE_A of the one policy and
 * in line LINE_B of the other: a closure of both lines was judged by two policies. ONLY-A
 * is accepted by the first only, BAD by none (SIGNATURE_INVALID).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modseal.h"

#define THREADS 8

struct job {
	struct modseal *context;
	char **arguments;
	unsigned long accepted, refused, mixed;
	char wrong[1200];
};

static atomic_bool done;

static unsigned line_of(const char *name)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

/* All of a closure by one policy: 0 where it is of both. */
static unsigned line_of_closure(const struct modseal_verdict *verdict)
{
	unsigned line = modseal_verdict_rule_line(verdict);
	const struct modseal_verdict *dependency;

	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)); i++)
		if (modseal_verdict_rule_line(dependency) != line)
			return 0;
	return line;
}

static void judge_good(struct job *job)
{
	bool only_checks = strcmp(job->arguments[7], "check") == 0;
	struct modseal_verdict *verdict = NULL;
	struct modseal_image *image = NULL;
	struct modseal_error error;
	int result = only_checks ? modseal_check(job->context, job->arguments[3],
						 MODSEAL_KIND_LIBRARY, &verdict, &error)
				 : modseal_verify(job->context, job->arguments[3], &image,
						  &error);
	unsigned line;

	if (result) {
		snprintf(job->wrong, sizeof(job->wrong), "good: %s", error.message);
		return;
	}
	line = line_of_closure(image ? modseal_image_verdict(image) : verdict);
	if (line != line_of("LINE_A") && line != line_of("LINE_B"))
		snprintf(job->wrong, sizeof(job->wrong), "good: by line %u", line);
	job->accepted++;
	modseal_image_free(&image);
	modseal_verdict_free(&verdict);
}

static void judge_only_a(struct job *job)
{
	struct modseal_verdict *verdict = NULL;
	struct modseal_error error;
	int result = modseal_check(job->context, job->arguments[4], MODSEAL_KIND_LIBRARY,
				   &verdict, &error);

	if (result == 0 && modseal_verdict_rule_line(verdict) == line_of("LINE_A"))
		job->mixed++;
	else if (result != MODSEAL_E_PATH_NOT_ALLOWED)
		snprintf(job->wrong, sizeof(job->wrong), "only by the first: %s",
			 result ? error.message : "by another line");
	modseal_verdict_free(&verdict);
}

static void judge_bad(struct job *job)
{
	struct modseal_verdict *verdict = NULL;
	struct modseal_error error;

	if (modseal_check(job->context, job->arguments[5], MODSEAL_KIND_LIBRARY, &verdict,
			  &error) != MODSEAL_E_SIGNATURE_INVALID)
		snprintf(job->wrong, sizeof(job->wrong), "bad: %s", error.message);
	modseal_verdict_free(&verdict);
	job->refused++;
}

static void *work(void *argument)
{
	struct job *job = argument;

	while (!atomic_load(&done) && !job->wrong[0]) {
		judge_good(job);
		judge_only_a(job);
		judge_bad(job);
	}
	return NULL;
}

static int point(const char *target)
{
	if (symlink(target, "next") || rename("next", "now")) {
		perror("now");
		return 1;
	}
	return 0;
}

/* The set in turn; broken ones must leave the context as it is. */
static int reload(struct modseal *context, unsigned round)
{
	int broken = round % 10 == 9;
	struct modseal_error error;
	int result;

	if (point(broken ? "broken" : round % 2 ? "b" : "a"))
		return 1;
	result = modseal_reload(context, &error);
	if (broken ? result == MODSEAL_E_POLICY_SIGNATURE : result == 0)
		return 0;
	fprintf(stderr, "round %u: %s: %s: %s\n", round, modseal_code_name(result),
		error.object, error.message);
	return 1;
}

int main(int count, char **arguments)
{
	static struct job jobs[THREADS];
	pthread_t threads[THREADS];
	const char *anchors[] = {count == 8 ? arguments[2] : NULL};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = count == 8 ? arguments[1] : NULL,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	unsigned long accepted = 0, refused = 0, mixed = 0;
	struct modseal *context = NULL;
	struct modseal_error error;
	int failed = 0;

	if (count != 8)
		return 2;
	if (strcmp(arguments[7], "check") == 0)
		options.flags |= MODSEAL_OPEN_CHECK_ONLY;
	if (modseal_open(&options, &context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		return 1;
	}
	for (int i = 0; i < THREADS; i++) {
		jobs[i].context = context;
		jobs[i].arguments = arguments;
		if (pthread_create(&threads[i], NULL, work, &jobs[i]))
			return 1;
	}
	for (unsigned i = 0; !failed && i < strtoul(arguments[6], NULL, 10); i++)
		failed = reload(context, i);
	atomic_store(&done, true);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		accepted += jobs[i].accepted;
		refused += jobs[i].refused;
		mixed += jobs[i].mixed;
		if (jobs[i].wrong[0])
			failed = fprintf(stderr, "%s\n", jobs[i].wrong);
	}
	modseal_free(&context);
	printf("%lu accepted, %lu refused, %lu by the first policy only\n", accepted,
	       refused, mixed);
	return failed || !accepted || !refused || !mixed;
}
