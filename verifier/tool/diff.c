/* SPDX-License-Identifier: Apache-2.0 */
/* The lines in which two texts differ: a longest common subsequence of lines. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/diff.h"

/* Cells of the table, 4 bytes each: 2,000 changed lines on both sides. */
#define MAX_CELLS (4u * 1024 * 1024)

struct line {
	const char *text;
	size_t length;
};

struct lines {
	struct line *items;
	size_t count;
};

static bool split(struct modseal_buffer text, struct lines *ret_lines)
{
	const char *at = text.data;
	size_t left = text.size, count = 0;

	ret_lines->count = 0;
	for (size_t i = 0; i < text.size; i++)
		count += at[i] == '\n';
	ret_lines->items = calloc(count + 1, sizeof(ret_lines->items[0]));
	if (!ret_lines->items)
		return false;
	while (left > 0) {
		const char *end = memchr(at, '\n', left);
		size_t length = end ? (size_t)(end - at) : left;
		size_t taken = end ? length + 1 : length;

		ret_lines->items[ret_lines->count++] = (struct line){at, length};
		at += taken;
		left -= taken;
	}
	return true;
}

static bool equal(struct line a, struct line b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

struct comparison {
	struct lines before, after;
	size_t start; /* of the part that differs, in both */
	size_t before_end, after_end;
	uint32_t *
		common; /* [i][j]: common lines from before[i] and after[j] on; or NULL */
	diff_line *tell;
	void *argument;
};

static size_t cell(const struct comparison *c, size_t i, size_t j)
{
	return (i - c->start) * (c->after_end - c->start + 1) + (j - c->start);
}

static void find_ends(struct comparison *c)
{
	size_t before = c->before.count, after = c->after.count, start = 0;

	while (start < before && start < after &&
	       equal(c->before.items[start], c->after.items[start]))
		start++;
	while (before > start && after > start &&
	       equal(c->before.items[before - 1], c->after.items[after - 1])) {
		before--;
		after--;
	}
	c->start = start;
	c->before_end = before;
	c->after_end = after;
}

static bool fill(struct comparison *c)
{
	size_t rows = c->before_end - c->start + 1, columns = c->after_end - c->start + 1;

	if (rows > MAX_CELLS / columns)
		return true; /* all of the one away, all of the other put in */
	c->common = calloc(rows * columns, sizeof(c->common[0]));
	if (!c->common)
		return false;
	for (size_t i = c->before_end; i-- > c->start;)
		for (size_t j = c->after_end; j-- > c->start;) {
			uint32_t down = c->common[cell(c, i + 1, j)];
			uint32_t right = c->common[cell(c, i, j + 1)];

			c->common[cell(c, i, j)] =
				equal(c->before.items[i], c->after.items[j])
					? c->common[cell(c, i + 1, j + 1)] + 1
				: down > right ? down
					       : right;
		}
	return true;
}

static int tell_all(const struct comparison *c)
{
	size_t i = c->start, j = c->start;
	int result = 0;

	while (result == 0 && (i < c->before_end || j < c->after_end)) {
		bool both = i < c->before_end && j < c->after_end;

		if (both && c->common && equal(c->before.items[i], c->after.items[j])) {
			i++;
			j++;
		} else if (i < c->before_end && (!both || !c->common ||
						 c->common[cell(c, i + 1, j)] >=
							 c->common[cell(c, i, j + 1)])) {
			result = c->tell(c->argument, '-', i + 1, c->before.items[i].text,
					 c->before.items[i].length);
			i++;
		} else {
			result = c->tell(c->argument, '+', j + 1, c->after.items[j].text,
					 c->after.items[j].length);
			j++;
		}
	}
	return result;
}

int diff_texts(struct modseal_buffer before, struct modseal_buffer after, diff_line *tell,
	       void *argument)
{
	struct comparison c = {.tell = tell, .argument = argument};
	int result = MODSEAL_E_RESOURCE;

	if (split(before, &c.before) && split(after, &c.after)) {
		find_ends(&c);
		if (fill(&c))
			result = tell_all(&c);
	}
	free(c.common);
	free(c.before.items);
	free(c.after.items);
	return result;
}
