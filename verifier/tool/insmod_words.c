/* SPDX-License-Identifier: Apache-2.0 */
/* Tells files from parameters, and writes these as the kernel wants them. */
#include "verifier/tool/insmod_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-kernel.h"
#include "verifier/tool/commands.h"

/* A parameter is a name of C, with a value or without one. */
static bool is_file(const char *word)
{
	size_t length = strcspn(word, "=");

	return memchr(word, '/', length) != NULL ||
	       (word[length] == '\0' && memchr(word, '.', length) != NULL);
}

size_t insmod_words_next(const struct words *operands, size_t first,
			 struct insmod_words *ret_words)
{
	size_t end = first + 1;

	if (first >= operands->count)
		return 0;
	while (end < operands->count && !is_file(operands->items[end]))
		end++;
	*ret_words = (struct insmod_words){.file = operands->items[first],
					   .parameters = operands->items + first + 1,
					   .count = end - first - 1};
	return end - first;
}

int insmod_words_judge(const struct insmod_words *words)
{
	size_t length = 0;

	for (size_t i = 0; i < words->count; i++) {
		const char *parameter = words->parameters[i];

		for (const char *at = parameter; *at; at++)
			if ((unsigned char)*at < ' ' || *at == '\x7f')
				return options_conflict(&command_insmod, parameter,
							"a control byte in a parameter");
		if (parameter[0] == '=')
			return options_conflict(&command_insmod, parameter,
						"a parameter without a name");
		length += strlen(parameter) + 3; /* a space and two quotes */
	}
	if (length > MODSEAL_MAX_KERNEL_PARAMETERS)
		return options_conflict(&command_insmod, NULL,
					"the parameters are too long for the kernel");
	return EXIT_DONE;
}

/* The kernel splits the text at spaces outside of quotes, which the shell took away
 * (kernel/params.c, next_arg). */
static void print_parameter(FILE *stream, const char *parameter)
{
	const char *value = strchr(parameter, '=');

	if (value && strchr(value, ' ') && !strchr(parameter, '"'))
		fprintf(stream, "%.*s\"%s\"", (int)(value + 1 - parameter), parameter,
			value + 1);
	else
		fputs(parameter, stream);
}

char *insmod_words_join(const struct insmod_words *words)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	for (size_t i = 0; stream && i < words->count; i++) {
		if (i > 0)
			fputc(' ', stream);
		print_parameter(stream, words->parameters[i]);
	}
	if (!stream || fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
