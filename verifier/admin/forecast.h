/* SPDX-License-Identifier: Apache-2.0 */
/* How what was seen of a kernel and of a module fits together. */
#ifndef MODSEAL_ADMIN_FORECAST_H
#define MODSEAL_ADMIN_FORECAST_H

#include "modseal-kernel.h"
#include "verifier/admin/running.h"
#include "verifier/kernel/kernel_state.h"

/* Of one module. Texts are borrowed. */
struct modseal_module_facts {
	const char *path;
	const char *release;
	const char *vermagic;
	bool in_tree;
	bool free;
	bool is_dependency; /* not loaded yet, or it would not be one to be loaded */
	enum modseal_kernel_state state;
	bool has_signature;	    /* appended, which is all that the kernel takes */
	bool has_certificates;	    /* with the signature */
	enum modseal_key_place key; /* the best of its signers */
	bool revoked;		    /* the key of one of them is */
};

struct modseal_foretelling {
	const struct modseal_running *running;
	modseal_forecast_visit *visit;
	void *argument;
	int result; /* of the first visit that ended the listing */
};

/* About the process and the kernel, and about one module. */
void modseal_foretell_system(struct modseal_foretelling *f);
void modseal_foretell_module(struct modseal_foretelling *f,
			     const struct modseal_module_facts *facts);

#endif
