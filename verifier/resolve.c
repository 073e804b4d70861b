/* SPDX-License-Identifier: Apache-2.0 */
/* One symbol of one library, for programs that want no more of it. */
#include "internal/error.h"
#include "modseal.h"

/* Keeps the library only if it has the symbol. */
static int load_and_find(struct modseal_image *image, const char *symbol,
			 void **ret_address, struct modseal_error *error)
{
	struct modseal_module *module = NULL, *kept = NULL;
	void *address = NULL;
	int result = modseal_load(image, 0, &module, error);

	if (result)
		return result;
	result = modseal_symbol(module, symbol, NULL, &address, error);
	if (!result)
		result = modseal_load(image, MODSEAL_LOAD_NO_UNLOAD, &kept, error);
	if (!result)
		*ret_address = address;
	modseal_unload(&kept, NULL);
	modseal_unload(&module, NULL);
	return result;
}

int modseal_resolve(struct modseal *context, const char *path_or_name, const char *symbol,
		    void **ret_address, struct modseal_error *error)
{
	struct modseal_image *image = NULL;
	int result;

	/* before any code of the library runs */
	if (!symbol || !*symbol || !ret_address)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SYMBOL, NULL,
				    "no name, or no place for the address");
	result = modseal_verify(context, path_or_name, &image, error);
	if (!result)
		result = load_and_find(image, symbol, ret_address, error);
	modseal_image_free(&image);
	return result;
}
