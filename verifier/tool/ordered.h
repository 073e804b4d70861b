/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does numbered things in several threads and reports on them in their order. A thing may
 * become ready long after it was worked on, together with others (a batch).
 */
#ifndef MODSEAL_TOOL_ORDERED_H
#define MODSEAL_TOOL_ORDERED_H

#include <stdbool.h>
#include <stddef.h>

struct ordered;

struct ordered_plan {
	size_t count;	/* of things, numbered from 0 */
	size_t threads; /* at least 1; fewer are used where the system gives no more */
	size_t window;	/* of things that may wait, for an earlier one or in a batch */
	void *argument;
	/* In any thread. What begin returns belongs to that thread and goes to the
	 * others; without begin that is the argument. */
	void *(*begin)(void *argument);
	void (*work)(struct ordered *ordered, void *own, size_t index);
	/* Makes everything ready that this thread has worked on; NULL: work does. */
	void (*settle)(struct ordered *ordered, void *own);
	void (*end)(void *own);
	/* In the calling thread, in order. */
	void (*report)(void *argument, size_t index);
	/* True: nothing more is begun; NULL: never. */
	bool (*stopped)(void);
};

/* Returns how many were reported on: all, unless it was stopped. */
size_t ordered_run(const struct ordered_plan *plan);

/* A thing can be reported on. Called once for each that was worked on. */
void ordered_ready(struct ordered *ordered, size_t index);

#endif
