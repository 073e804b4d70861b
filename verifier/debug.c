/* SPDX-License-Identifier: Apache-2.0 */
/* The debug log that MODSEAL_DEBUG asks for: which step, which name, which answer. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "verifier/context.h"

bool modseal_debug_wanted(void)
{
	/* secure_getenv: nothing in secure execution (R111) */
	const char *value = secure_getenv("MODSEAL_DEBUG");

	return value && value[0] != '\0';
}

void modseal_debug(const struct modseal_context *context, const char *format, ...)
{
	char raw[1024], line[1200];
	va_list arguments;
	int length;

	if (!context->debug)
		return;
	va_start(arguments, format);
	length = vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	modseal_escape(line, sizeof(line), raw);
	dprintf(STDERR_FILENO, "modseal: debug: %s\n", line);
}
