/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what the kernel would answer, and tells it. */
#include <stdio.h>
#include <string.h>

#include "verifier/tool/forecast.h"

static int gather(void *argument, const struct modseal_forecast *told)
{
	struct forecast *forecast = argument;
	json_t *object = json_object();

	output_json_set(object, "path", told->path);
	output_json_set(object, "topic", told->topic);
	output_json_set(object, "outlook", modseal_outlook_name((int)told->outlook));
	output_json_set(object, "text", told->text);
	output_json_set(object, "remedy", told->remedy);
	if (!forecast->list)
		forecast->list = json_array();
	if (json_array_append_new(forecast->list, object) != 0)
		return MODSEAL_E_RESOURCE;
	if (told->outlook <= forecast->worst)
		return 0;
	forecast->worst = told->outlook;
	snprintf(forecast->path, sizeof(forecast->path), "%s",
		 told->path ? told->path : "");
	snprintf(forecast->text, sizeof(forecast->text), "%s", told->text);
	snprintf(forecast->remedy, sizeof(forecast->remedy), "%s",
		 told->remedy ? told->remedy : "");
	return 0;
}

int forecast_ask(struct modseal_image *image, struct forecast *ret_forecast,
		 struct modseal_error *error)
{
	int result;

	*ret_forecast = (struct forecast){.list = NULL};
	result = modseal_forecast_kernel_module(image, gather, ret_forecast, error);
	if (result == MODSEAL_E_RESOURCE && error->code == MODSEAL_OK)
		return output_error(error, result, MODSEAL_STAGE_LOAD, NULL, NULL,
				    "out of memory");
	return result;
}

void forecast_free(struct forecast *forecast)
{
	json_decref(forecast->list);
	forecast->list = NULL;
}

void forecast_lines(struct output *output, const struct forecast *forecast,
		    enum modseal_outlook least)
{
	size_t count = json_array_size(forecast->list);
	char line[2600];

	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(forecast->list, i);
		const char *path = json_string_value(json_object_get(object, "path"));
		const char *outlook =
			json_string_value(json_object_get(object, "outlook"));
		const char *remedy = json_string_value(json_object_get(object, "remedy"));
		int grade = MODSEAL_OUTLOOK_FINE;

		while (grade < MODSEAL_OUTLOOK_REFUSED &&
		       strcmp(outlook, modseal_outlook_name(grade)) != 0)
			grade++;
		if (grade < (int)least)
			continue;
		snprintf(line, sizeof(line), "%s: %s%s%s%s%s%s", outlook,
			 path ? path : "", path ? ": " : "",
			 json_string_value(json_object_get(object, "text")),
			 remedy ? " (" : "", remedy ? remedy : "", remedy ? ")" : "");
		output_line(output, "forecast", line);
	}
}
