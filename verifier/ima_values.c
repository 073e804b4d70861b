/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the IMA signatures of a file from where they lie. */
#include "verifier/ima_values.h"

#include "verifier/image/attribute.h"

static int read_attribute(const struct modseal_located *located,
			  struct modseal_ima_values *values, struct modseal_error *error)
{
	struct modseal_span *value = &values->source.values[MODSEAL_IMA_XATTR];
	enum modseal_attribute_state state;
	size_t size;
	int result = modseal_attribute_read(located->descriptor, MODSEAL_IMA_ATTRIBUTE,
					    values->attribute, sizeof(values->attribute),
					    &state, &size, located->path, error);

	if (result < 0 || state == MODSEAL_ATTRIBUTE_ABSENT)
		return result;
	/* larger than the buffer is larger than any value: the reader says so */
	if (state == MODSEAL_ATTRIBUTE_TOO_LARGE)
		size = sizeof(values->attribute);
	*value = modseal_span_of(values->attribute, size);
	values->digest_only = modseal_ima_is_digest(*value);
	values->source.present[MODSEAL_IMA_XATTR] = !values->digest_only;
	return 0;
}

int modseal_ima_values_read(const int *root, const struct modseal_located *located,
			    struct modseal_ima_values *ret_values,
			    struct modseal_error *error)
{
	bool *beside = &ret_values->source.present[MODSEAL_IMA_BESIDE];
	int result;

	*ret_values = (struct modseal_ima_values){.beside = {.descriptor = -1}};
	result = read_attribute(located, ret_values, error);
	if (result == 0)
		result = modseal_beside_read(root, located->path, MODSEAL_IMA_SUFFIX,
					     MODSEAL_MAX_IMA_SIZE, &ret_values->beside,
					     beside, error);
	if (result < 0)
		return result;
	if (*beside)
		ret_values->source.values[MODSEAL_IMA_BESIDE] = ret_values->beside.view;
	ret_values->present = *beside || ret_values->source.present[MODSEAL_IMA_XATTR];
	return 0;
}

void modseal_ima_values_clear(struct modseal_ima_values *values)
{
	modseal_bytes_free(&values->beside);
}
