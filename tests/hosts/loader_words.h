/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For hosts that do one thing for each word they are given: images and modules by a short
 * name, and one line of output for what was done.
 */
#include "tests/hosts/loader_host.h"

struct slot {
	char id[16];
	struct modseal_image *image;
	struct modseal_module *module;
};

static struct stand_in stand_in;
static struct slot slots[MAX_WORDS];
static struct modseal_error error;

static struct slot *slot(const char *id)
{
	struct slot *found = slots;

	while (found->id[0] && strcmp(found->id, id) != 0)
		found++;
	snprintf(found->id, sizeof(found->id), "%s", id);
	return found;
}

/* Splits at commas; returns how many. */
static size_t split(char *text, char *words[MAX_WORDS])
{
	size_t count = 0;
	char *rest = text;

	while (count < MAX_WORDS && (words[count] = strsep(&rest, ",")))
		count++;
	return count;
}

static void say(const char *word, int code)
{
	if (code)
		printf("%s: %s %s '%s' %s (%s)\n", word, modseal_code_name(error.code),
		       modseal_stage_name(error.stage), error.object, error.message,
		       error.remedy);
	else
		printf("%s: OK\n", word);
	fflush(stdout);
}

static void do_image(char **words, size_t count)
{
	struct modseal_image *closure[MAX_WORDS];
	struct slot *to = slot(words[0]);

	for (size_t i = 2; i < count; i++)
		closure[i - 2] = slot(words[i])->image;
	to->image = make_image(&stand_in, words[1], closure, count - 2, &error);
	say("image", to->image ? 0 : error.code);
}
