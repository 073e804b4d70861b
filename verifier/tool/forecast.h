/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what the kernel would answer, and tells it. */
#ifndef MODSEAL_TOOL_FORECAST_H
#define MODSEAL_TOOL_FORECAST_H

#include "modseal-kernel.h"
#include "verifier/tool/output.h"

struct forecast {
	json_t *list; /* of objects, one for each modseal_forecast */
	/* the first of the worst outlook */
	enum modseal_outlook worst;
	char path[1024], text[1024], remedy[512];
};

/* Asks about an approved module. Errors: as modseal_forecast_kernel_module. Ended by
 * forecast_free in both cases. */
MODSEAL_MUST_CHECK int forecast_ask(struct modseal_image *image,
				    struct forecast *ret_forecast,
				    struct modseal_error *error);
void forecast_free(struct forecast *forecast);

/* Lines of the text form, of at least this outlook. */
void forecast_lines(struct output *output, const struct forecast *forecast,
		    enum modseal_outlook least);

#endif
